//! The commands, one file a group.

mod accounts;
mod applications;
mod config;
mod database;
mod describe;
mod duplicates;
mod export;
mod import;
mod ledger;
mod link;
mod lookup;
mod quality;
mod reconcile;
mod serve;
mod synthesize;
mod units;

pub use serve::{listen, run_house};

use crate::{
    bench,
    cli::{Bench, Cli, Client, Command, Docs, PopulationCommand, Quality},
    demo, observe,
    settings::Settings,
    site,
};
use anyhow::Result;
use std::process::ExitCode;

/// Runs one command.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let lang = cli.common.lang.into();
    // These need neither settings nor a database.
    match cli.command {
        Command::Units(units) => return units::run(units, lang),
        Command::Lookup(lookup) => return lookup::run(lookup).await,
        Command::Ledger(crate::cli::LedgerCommand::CheckProof { file, key }) => {
            return ledger::check_proof(&file, &key, lang);
        }
        Command::Quality(Quality::Link(options)) if !options.register => {
            return link::link(&options, None, lang);
        }
        Command::Docs(docs) => return documents(docs),
        _ => {}
    }
    // A settings file alone must not make a command fill the registry it names.
    let names_database = cli.common.database.is_some();
    let settings = Settings::read(&cli.common)?;
    observe::start_logs(&settings.log)?;
    match cli.command {
        Command::Serve(serve) => serve::run(settings, serve).await,
        Command::Demo(demo) => demo::run(settings, demo, lang).await,
        Command::Ledger(command) => ledger::run(settings, command, lang).await,
        Command::Population(PopulationCommand::Export(options)) => export::run(settings, options, lang).await,
        Command::Population(PopulationCommand::Import(options)) => import::run(settings, options, lang).await,
        Command::Population(PopulationCommand::Imports(options)) => {
            import::list(settings, options, lang).await
        }
        Command::Population(PopulationCommand::Synthesize(options)) => {
            synthesize::run(settings, options, names_database, lang).await
        }
        Command::Population(PopulationCommand::Describe(options)) => {
            describe::run(settings, options, lang).await
        }
        Command::Population(command) => database::population(settings, command).await,
        Command::Quality(Quality::Check { json }) => quality::check(settings, json, lang).await,
        Command::Quality(Quality::Reconcile(options)) => reconcile::run(settings, *options, lang).await,
        Command::Quality(Quality::Rules) => quality::rules(&settings, lang),
        Command::Quality(Quality::Link(options)) => link::register(settings, &options, lang).await,
        Command::Quality(Quality::Duplicates(asked)) => duplicates::run(settings, &asked, lang).await,
        Command::Staff(staff) => accounts::staff(settings, staff, lang).await,
        Command::Client(Client::Application(command)) => applications::run(settings, command, lang).await,
        Command::Client(Client::System(command)) => accounts::system(settings, command, lang).await,
        Command::Migrate { citus } => database::migrate(settings, citus, lang).await,
        Command::Backup { to, thorough } => database::backup(settings, &to, thorough).await,
        Command::Restore { from, thorough } => database::restore(&settings, &from, thorough),
        Command::Config(command) => config::run(settings, command, lang).await,
        Command::Bench(Bench::Lookup(options)) => bench::lookup(settings, options).await,
        Command::Bench(Bench::Nation(options)) => bench::nation(settings, options).await,
        Command::Bench(Bench::Duplicates(options)) => bench::duplicates(settings, options).await,
        Command::Bench(Bench::Import(options)) => bench::import(&options),
        Command::Bench(Bench::Signin(options)) => bench::signin(settings, options).await,
        Command::Units(_) | Command::Lookup(_) | Command::Docs(_) => Ok(ExitCode::SUCCESS),
    }
}

fn documents(docs: Docs) -> Result<ExitCode> {
    match docs {
        Docs::Problems => print!("{}", crate::problem_catalogue::markdown(&site::problem_kinds())),
        Docs::Openapi => println!("{}", site::openapi().to_pretty_json()?),
    }
    Ok(ExitCode::SUCCESS)
}
