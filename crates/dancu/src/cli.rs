//! The command line.

mod client;
mod link;

pub use client::{Client, ClientApplication, ClientSystem};
pub use link::Link;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Population data, electronic identity and authentication.
#[derive(Debug, Parser)]
#[command(name = "dancu", version, about)]
pub struct Cli {
    /// Settings and where they come from.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// Settings file (TOML); without it `dancu.toml` in the working folder, where there is one.
    #[arg(long, global = true, env = "DANCU_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database: a path for the embedded engine, or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Streaming replica of a PostgreSQL database, for the look-ups of systems: postgres://…
    #[arg(long, global = true, value_name = "URL")]
    pub read_database: Option<String>,
    /// Folder for the embedded database and the keys.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Language of the output.
    #[arg(long, global = true, value_enum, default_value = "vi", env = "DANCU_LANG")]
    pub lang: Language,
}

/// Language of the output.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl From<Language> for vocabulary::Lang {
    fn from(lang: Language) -> vocabulary::Lang {
        match lang {
            Language::Vi => vocabulary::Lang::Vi,
            Language::En => vocabulary::Lang::En,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the product with a synthetic population, for trying it out.
    Demo(Demo),
    /// Start the product.
    Serve(Serve),
    /// Administrative units: what a code was and what it is now.
    #[command(subcommand)]
    Units(Units),
    /// Look-ups against a running server, with a client token.
    #[command(subcommand)]
    Lookup(Lookup),
    /// The ledger of reads and changes.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// The registry.
    #[command(subcommand)]
    Population(PopulationCommand),
    /// Officers' accounts.
    #[command(subcommand)]
    Staff(Staff),
    /// Calling systems and their tokens.
    #[command(subcommand)]
    Client(Client),
    /// Bring the schema up to date; with --citus, spread the current state over the workers of a Citus cluster.
    Migrate {
        /// Distribute the tables, where the database has the extension.
        #[arg(long)]
        citus: bool,
    },
    /// The quality of data.
    #[command(subcommand)]
    Quality(Quality),
    /// Copy the embedded database while it is in use.
    Backup {
        /// The file to write; its SHA-256 is written beside it.
        to: PathBuf,
        /// Compare every index with its table too: several times as long.
        #[arg(long)]
        thorough: bool,
    },
    /// Put a backup in the place of a database that does not exist yet.
    Restore {
        /// The backup. Without its SHA-256 beside it, it is searched through as with --thorough.
        from: PathBuf,
        /// Compare every index with its table too: several times as long.
        #[arg(long)]
        thorough: bool,
    },
    /// Settings and policy.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Measure this machine.
    #[command(subcommand)]
    Bench(Bench),
    /// Documents generated from the code.
    #[command(subcommand, hide = true)]
    Docs(Docs),
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// How many synthetic persons.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
    pub persons: u64,
    /// Province before July 2025, by code.
    #[arg(long, default_value = "56")]
    pub province: String,
    /// Seed: the same seed gives the same people.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Port on loopback; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on, such as 127.0.0.1:8080.
    #[arg(long)]
    pub listen: Option<String>,
}

/// Units.
#[derive(Debug, Subcommand)]
pub enum Units {
    /// What a code is and was, in the structure before and since 1 July 2025.
    Show {
        /// 2, 3 or 5 digits.
        code: String,
    },
    /// What became of a unit of the structure before 1 July 2025.
    Convert {
        /// 2, 3 or 5 digits.
        code: String,
    },
}

/// What a look-up is for, and whom it asks.
#[derive(Debug, Args)]
pub struct Asking {
    /// Address of the server.
    #[arg(long, default_value = "http://127.0.0.1:8080", env = "DANCU_SERVER")]
    pub server: String,
    /// File that holds the client token; else the environment variable DANCU_TOKEN.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The officer on whose behalf the system asks.
    #[arg(long)]
    pub officer: Option<String>,
    /// Purpose, such as procedure or verification.
    #[arg(long)]
    pub purpose: Option<String>,
    /// Legal basis.
    #[arg(long)]
    pub legal_basis: Option<String>,
    /// Procedure served.
    #[arg(long)]
    pub procedure: Option<String>,
    /// Dossier served.
    #[arg(long)]
    pub dossier: Option<String>,
}

/// The person asked about. Numbers and names are read from standard input where they are not given, so that they need
/// not stand in the history of the shell.
#[derive(Debug, Args)]
pub struct Claimed {
    /// 12- or 9-digit number; `-` or left out: the first line of standard input.
    pub number: Option<String>,
    /// Full name claimed.
    #[arg(long)]
    pub name: Option<String>,
    /// Birth date claimed.
    #[arg(long)]
    pub birth: Option<String>,
    /// Sex claimed.
    #[arg(long)]
    pub sex: Option<String>,
    /// Commune of permanent residence claimed.
    #[arg(long)]
    pub unit: Option<String>,
}

/// Look-ups.
#[derive(Debug, Subcommand)]
pub enum Lookup {
    /// Verify a number.
    Verify {
        /// Who and what for.
        #[command(flatten)]
        asking: Asking,
        /// About whom.
        #[command(flatten)]
        claimed: Claimed,
    },
    /// Verify a head of household.
    VerifyHead {
        /// Who and what for.
        #[command(flatten)]
        asking: Asking,
        /// About whom.
        #[command(flatten)]
        claimed: Claimed,
    },
    /// Confirm a former against a personal number.
    ConfirmNumber {
        /// Who and what for.
        #[command(flatten)]
        asking: Asking,
        /// 12 digits.
        personal_number: String,
        /// 9 digits.
        former_number: String,
    },
    /// Get a citizen's data.
    Citizen {
        /// Who and what for.
        #[command(flatten)]
        asking: Asking,
        /// 12- or 9-digit number; `-` or left out: the first line of standard input.
        number: Option<String>,
        /// Fields wanted, with commas between them.
        #[arg(long, value_delimiter = ',')]
        fields: Option<Vec<String>>,
    },
    /// Confirm a residence.
    Residence {
        /// Who and what for.
        #[command(flatten)]
        asking: Asking,
        /// 12- or 9-digit number; `-` or left out: the first line of standard input.
        number: Option<String>,
    },
    /// Verify the numbers of a CSV file.
    Batch {
        /// Who and what for.
        #[command(flatten)]
        asking: Asking,
        /// The file.
        file: PathBuf,
        /// The result file.
        #[arg(long)]
        out: PathBuf,
    },
}

/// The ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Check the whole log: every entry, tile and checkpoint.
    Verify {
        /// Checkpoints that were kept outside, to be compared.
        #[arg(long, value_name = "FILE")]
        remembered: Vec<PathBuf>,
    },
    /// Print the proof that an entry is in the log.
    Prove {
        /// Number of the entry.
        entry: u64,
        /// Agency on whose behalf the console acts; the reading is entered in the ledger.
        #[arg(long)]
        agency: String,
    },
    /// Check a proof against a verifier key; needs no database.
    CheckProof {
        /// The proof.
        file: PathBuf,
        /// The verifier key, as `dancu ledger key` prints it.
        #[arg(long)]
        key: String,
    },
    /// Write the public part of the log as files for any web server.
    Export {
        /// The folder.
        folder: PathBuf,
    },
    /// Print the key with which outsiders check the log.
    Key,
}

/// The registry.
#[derive(Debug, Subcommand)]
pub enum PopulationCommand {
    /// Write the people of a unit to a file; each of them gets an entry in the ledger.
    Export(PopulationExport),
    /// Take a register file (CSV, XLSX, JSON Lines) into the registry, or go on with one that was cut off.
    Import(PopulationImport),
    /// List imports: who, what file, what became of it.
    Imports(PopulationImports),
    /// Rebuild the current state from the acts, while the old one is read.
    Rebuild,
    /// Bytes on disk of the acts and of the current state, by table and index.
    Sizes,
    /// Invent a population: into files, or into an empty registry.
    Synthesize(Synthesize),
    /// Show a population beside the figures of the sources: ages, households, ethnic groups.
    Describe(Describe),
}

/// Options of `population import`.
#[derive(Debug, Args)]
pub struct PopulationImport {
    /// The file.
    pub file: PathBuf,
    /// Which column is which, as --save-mapping wrote it; recognised by the headers otherwise.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Keep the mapping for the next file.
    #[arg(long, value_name = "FILE")]
    pub save_mapping: Option<PathBuf>,
    /// Say what would become of each row, and record nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Where to write rejected rows with their reasons; it must not exist. A dry run writes the first 200.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Show the first rows as they would be read, and stop.
    #[arg(long, value_name = "N")]
    pub preview: Option<usize>,
    /// Where the file is from, such as the office; stands in the evidence of each act.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// The worksheet to read.
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// Take rows whose number is there with other data in as records of their own, to be examined as duplicates.
    #[arg(long)]
    pub keep_differing: bool,
    /// Rows in one transaction.
    #[arg(long, default_value_t = population::import::IMPORT_BATCH)]
    pub batch_rows: usize,
    /// Legal basis.
    #[arg(long)]
    pub legal_basis: String,
    /// Agency on whose behalf the console acts.
    #[arg(long)]
    pub agency: String,
}

/// Options of `population imports`.
#[derive(Debug, Args)]
pub struct PopulationImports {
    /// Legal basis.
    #[arg(long)]
    pub legal_basis: String,
    /// Agency on whose behalf the console acts.
    #[arg(long)]
    pub agency: String,
}

/// Options of `population export`.
#[derive(Debug, Args)]
pub struct PopulationExport {
    /// The file to write; it must not exist.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// csv or parquet.
    #[arg(long, default_value = "csv")]
    pub format: String,
    /// CSV exactly as recorded, for other systems; without it, safe to open in a spreadsheet.
    #[arg(long)]
    pub plain: bool,
    /// Fields by code, with commas between them; all that the policy grants otherwise.
    #[arg(long, value_delimiter = ',')]
    pub fields: Option<Vec<String>>,
    /// Province or commune since July 2025, by code; the whole country otherwise.
    #[arg(long, value_name = "CODE")]
    pub unit: Option<String>,
    /// Purpose, such as cleaning or residence.
    #[arg(long)]
    pub purpose: String,
    /// Legal basis.
    #[arg(long)]
    pub legal_basis: String,
    /// Procedure served.
    #[arg(long)]
    pub procedure: Option<String>,
    /// Dossier served.
    #[arg(long)]
    pub dossier: Option<String>,
    /// Agency on whose behalf the console acts.
    #[arg(long)]
    pub agency: String,
}

/// Options of `population synthesize`.
#[derive(Debug, Args)]
pub struct Synthesize {
    /// Records of persons, dead and duplicates among them.
    #[arg(long)]
    pub persons: u64,
    /// Province before July 2025, by code; `all` for the whole country.
    #[arg(long, default_value = "56")]
    pub province: String,
    /// Seed: the same seed gives the same people.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Year of the projection that ages and sexes follow: 2019, 2022 to 2025 or 2030.
    #[arg(long, default_value_t = 2023)]
    pub year: u16,
    /// Day up to which lives are told; today where it is left out.
    #[arg(long, value_name = "DAY")]
    pub today: Option<String>,
    /// Share of records with faults put in on purpose, such as 0.01; with --out the truth about them is written down.
    #[arg(long, default_value_t = 0.0, value_name = "RATE")]
    pub dirty: f64,
    /// Folder for the files; the database is named by --database.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Write the acts too, as acts.jsonl.
    #[arg(long, requires = "out")]
    pub acts: bool,
    /// Threads; as many as processors where they are not given. They change nothing but the time.
    #[arg(long)]
    pub threads: Option<usize>,
}

/// Options of `population describe`.
#[derive(Debug, Args)]
pub struct Describe {
    /// Folder that `population synthesize` has filled; the database where it is left out.
    #[arg(long, value_name = "FOLDER")]
    pub from: Option<PathBuf>,
    /// Year of the projection to compare with; for files the year that they follow, for a database the nearest.
    #[arg(long)]
    pub year: Option<u16>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// The quality of data.
#[derive(Debug, Subcommand)]
pub enum Quality {
    /// Find the records of files, or of the registry, that are one person, and say why.
    Link(Box<Link>),
    /// Check every record of the registry against the rules, and print how many break each.
    Check {
        /// Print the figures as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Compare the file of a sector with the registry, and write the result in its format.
    Reconcile(Box<Reconcile>),
    /// List the rules in force and the facts that their conditions may name.
    Rules,
    /// Take over the pairs that `link` found among records of the registry: records that may be one person's become cases.
    Duplicates(Duplicates),
}

/// Options of `quality duplicates`.
#[derive(Debug, Args)]
pub struct Duplicates {
    /// The pairs: left_id, right_id, probability, weight; an id is a personal number, or # and the number of a record.
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// The explanations that `link --explain` wrote with them.
    #[arg(long, value_name = "FILE")]
    pub explain: Option<PathBuf>,
    /// Least probability of a pair that is taken over.
    #[arg(long, default_value_t = 0.5)]
    pub threshold: f64,
    /// Print the figures as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `quality reconcile`.
#[derive(Debug, Args)]
pub struct Reconcile {
    /// The sector, such as insurance; without it the sectors are listed.
    #[arg(long)]
    pub sector: Option<String>,
    /// The file: CSV, Excel (.xlsx) or JSON Lines.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Where the result goes, in the same format.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Which column is which (JSON, as --save-mapping writes it); recognised by the headers where absent.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Write which column is which.
    #[arg(long, value_name = "FILE")]
    pub save_mapping: Option<PathBuf>,
    /// The agency for which is asked.
    #[arg(long, default_value = "G01")]
    pub agency: String,
    /// The document and article that allow it; that of the sector where absent.
    #[arg(long)]
    pub legal_basis: Option<String>,
    /// Print the figures as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Officers' accounts.
#[derive(Debug, Subcommand)]
pub enum Staff {
    /// Make an account; its one-time password is printed.
    Create {
        /// Account name.
        login: String,
        /// The officer's name.
        #[arg(long)]
        name: String,
        /// Agency code.
        #[arg(long)]
        agency: String,
        /// The agency's own commune or province.
        #[arg(long)]
        unit: Option<String>,
        /// Roles, with commas between them.
        #[arg(long, value_delimiter = ',', default_value = "administrator")]
        roles: Vec<String>,
        /// Units answered for: codes with blanks between them, or `everywhere`.
        #[arg(long, default_value = "everywhere")]
        units: String,
    },
    /// Give out a new one-time password.
    ResetPassword {
        /// Account name.
        login: String,
        /// Agency on whose behalf the console acts.
        #[arg(long)]
        agency: String,
    },
    /// List the accounts.
    List {
        /// Agency on whose behalf the console acts.
        #[arg(long)]
        agency: String,
    },
}

/// Settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check settings, policy, key and database, and print what is in force.
    Check,
    /// Print the policy that comes with the product.
    Policy,
}

/// Benchmarks.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Verify calls through HTTP with authorisation and a durable ledger entry, beside the bare ceilings.
    Lookup(BenchLookup),
    /// A registry from nothing through its life: made, loaded, copied, read, searched, replayed, rebuilt.
    Nation(BenchNation),
    /// An office's file, read alone, tried, imported into an empty registry and imported again.
    Import(BenchImport),
    /// The question for possible duplicates, about people of a whole registry and their spoilt copies.
    Duplicates(crate::bench::DuplicatesOptions),
    /// Whole sign-ins of applications (PAR, DPoP, private_key_jwt) with live sessions, beside another provider; passwords,
    /// revocation, rotation of keys, kill -9.
    Signin(crate::bench::SigninOptions),
}

/// Options of `bench import`.
#[derive(Debug, Args)]
pub struct BenchImport {
    /// Rows of the file, about so many.
    #[arg(long, default_value_t = 200_000)]
    pub rows: u64,
    /// xlsx, csv or jsonl.
    #[arg(long, default_value = "xlsx")]
    pub format: String,
    /// Province before July 2025, by code.
    #[arg(long, default_value = "56")]
    pub province: String,
    /// Share of rows with a fault put in on purpose.
    #[arg(long, default_value_t = 0.0)]
    pub dirty: f64,
    /// Rows in one transaction.
    #[arg(long, default_value_t = population::import::IMPORT_BATCH)]
    pub batch_rows: usize,
    /// Where file and registry are made and removed again; the folder for temporary files otherwise.
    #[arg(long)]
    pub folder: Option<PathBuf>,
    /// Leave out the dry run.
    #[arg(long)]
    pub skip_dry_run: bool,
    /// Keep the folder.
    #[arg(long)]
    pub keep: bool,
    /// Read this file to its end and do nothing else: a step of the measurement.
    #[arg(long, value_name = "FILE", hide = true)]
    pub read_only: Option<PathBuf>,
}

/// Options of `bench lookup`.
#[derive(Debug, Args)]
pub struct BenchLookup {
    /// Synthetic persons.
    #[arg(long, default_value_t = 1_000_000)]
    pub persons: u64,
    /// Seconds per measurement.
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Connections held by the load generator.
    #[arg(long, default_value_t = 128)]
    pub connections: usize,
}

/// Options of `bench nation`.
#[derive(Debug, Args)]
pub struct BenchNation {
    /// Synthetic persons.
    #[arg(long, default_value_t = 10_000_000)]
    pub persons: u64,
    /// Province before July 2025, by code, or `all`.
    #[arg(long, default_value = "all")]
    pub province: String,
    /// Seconds per measurement.
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Connections held by the load generator.
    #[arg(long, default_value_t = 128)]
    pub connections: usize,
    /// Where the database is made and removed again; the folder for temporary files otherwise.
    #[arg(long)]
    pub folder: Option<PathBuf>,
    /// Leave out the files of the synthetic population.
    #[arg(long)]
    pub skip_files: bool,
    /// Leave out backup and restore, which need the room of the database twice more.
    #[arg(long)]
    pub skip_backup: bool,
    /// Leave out the rebuild.
    #[arg(long)]
    pub skip_rebuild: bool,
}

/// Generated documents.
#[derive(Debug, Subcommand)]
pub enum Docs {
    /// The catalogue of problems, in Markdown.
    Problems,
    /// The description of the JSON interface.
    Openapi,
}
