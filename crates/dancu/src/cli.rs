//! The command line.

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
    /// The quality of data.
    #[command(subcommand)]
    Quality(Quality),
    /// Copy the embedded database while it is in use.
    Backup {
        /// The file to write.
        to: PathBuf,
    },
    /// Put a backup in the place of a database that does not exist yet.
    Restore {
        /// The backup.
        from: PathBuf,
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
    /// Rebuild the current state from the acts.
    Rebuild,
}

/// The quality of data.
#[derive(Debug, Subcommand)]
pub enum Quality {
    /// Find the records of CSV files that are one person, and say why.
    Link(Link),
}

/// Options of `quality link`.
#[derive(Debug, Args)]
pub struct Link {
    /// The file; its records are linked among themselves when it is the only one.
    #[arg(long, value_name = "FILE")]
    pub left: PathBuf,
    /// A second file: its records are linked with those of the first, one to one.
    #[arg(long, value_name = "FILE")]
    pub right: Option<PathBuf>,
    /// Where the pairs go: left_id, right_id, probability, weight.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Where the groups go: cluster_id, id.
    #[arg(long, value_name = "FILE")]
    pub clusters: Option<PathBuf>,
    /// Where the explanations go, one line of JSON a pair.
    #[arg(long, value_name = "FILE")]
    pub explain: Option<PathBuf>,
    /// The column with the identifiers.
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// What the columns hold (JSON); guessed from the headers where absent.
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// True pairs (CSV with id_a and id_b), to measure against.
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// What was learnt (JSON): read where the file is there, else written.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Least probability of a pair that is written.
    #[arg(long, default_value_t = 0.5)]
    pub threshold: f64,
    /// Threads; 0 for all processors. The result does not depend on it.
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// Chooses the pairs that are drawn at random.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
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

/// Calling systems.
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Register a system and print its first token.
    Create {
        /// Identifier of the system.
        id: String,
        /// Its title.
        #[arg(long)]
        name: String,
        /// Agency answerable.
        #[arg(long)]
        agency: String,
        /// Roles, with commas between them.
        #[arg(long, value_delimiter = ',', default_value = "client-verify")]
        roles: Vec<String>,
        /// Units answered for.
        #[arg(long, default_value = "everywhere")]
        units: String,
        /// Days for which the token is valid.
        #[arg(long, default_value_t = 365)]
        days: u32,
    },
    /// Issue another token.
    Token {
        /// Identifier of the system.
        id: String,
        /// Agency on whose behalf the console acts.
        #[arg(long)]
        agency: String,
        /// Days for which the token is valid.
        #[arg(long, default_value_t = 365)]
        days: u32,
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

/// Generated documents.
#[derive(Debug, Subcommand)]
pub enum Docs {
    /// The catalogue of problems, in Markdown.
    Problems,
    /// The description of the JSON interface.
    Openapi,
}
