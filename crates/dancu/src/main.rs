//! dancu: the one binary. Command line, configuration, composition of routes, demonstration, benchmarks.

mod bench;
mod cli;
mod commands;
mod demo;
mod home;
mod ledger_routes;
mod observe;
mod problem_catalogue;
mod settings;
mod site;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    web::hush_panics();
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("dancu: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(error) => {
            // The chain of causes on one line; none of them holds personal data.
            eprintln!("dancu: {error:#}");
            ExitCode::FAILURE
        }
    }
}
