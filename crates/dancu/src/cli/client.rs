//! `dancu client`.

use clap::Subcommand;
use std::path::PathBuf;

/// Calling systems, and applications that citizens sign in to.
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Applications that citizens sign in to.
    #[command(flatten)]
    Application(ClientApplication),
    /// Systems that call the programming interface.
    #[command(flatten)]
    System(ClientSystem),
}

/// Applications that citizens sign in to.
#[derive(Debug, Subcommand)]
pub enum ClientApplication {
    /// Registers an application that citizens sign in to, or replaces its registration, from a JSON file; and says
    /// whether it works here.
    Register {
        /// The registration, as docs/sign-in.md describes it.
        file: PathBuf,
    },
    /// The applications that citizens sign in to, and how each stands.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// One of them, as it was registered.
    Show {
        /// Its identifier, `client_id`.
        id: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Systems that call the programming interface, and the key of citizens' sign-in.
#[derive(Debug, Subcommand)]
pub enum ClientSystem {
    /// Adds a key to sign identity tokens with, and prints its name. Running servers publish it within a second and sign
    /// with it from an hour on, so that every application knows it by then.
    RotateKey,
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
