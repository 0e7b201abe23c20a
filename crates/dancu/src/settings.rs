//! Settings: defaults, then a file, then the environment (`DANCU_SERVER__LISTEN`), then flags. Every key has a default.

use crate::cli::Common;
use anyhow::{Context, Result, bail};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// All settings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Folder for the embedded database and the keys.
    pub data: PathBuf,
    /// The database.
    pub database: Database,
    /// The listener.
    pub server: Server,
    /// The ledger.
    pub ledger: LedgerSettings,
    /// Authorisation.
    pub access: AccessSettings,
    /// Data quality.
    pub quality: QualitySettings,
    /// Sign-in.
    pub identity: identity::Config,
    /// Citizens' sign-in.
    pub provider: provider::Config,
    /// Logs.
    pub log: Log,
}

/// Where data is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// A path, or postgres://…; empty: `dancu.sqlite` in the data folder.
    pub url: String,
    /// A streaming replica of it that answers the look-ups of systems: postgres://…; empty: there is none.
    pub read_url: String,
    /// How many seconds the replica may be behind and still be asked.
    pub read_behind_seconds: u64,
}

impl Default for Database {
    fn default() -> Database {
        Database { url: String::new(), read_url: String::new(), read_behind_seconds: 5 }
    }
}

/// The listener.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    pub listen: SocketAddr,
    /// Addresses besides loopback that may read `/metrics`.
    pub metrics_from: Vec<IpAddr>,
}

impl Default for Server {
    fn default() -> Server {
        Server { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), metrics_from: Vec::new() }
    }
}

/// The ledger.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerSettings {
    /// The log's name in its checkpoints; never changes once the log has begun.
    pub origin: String,
    /// The file of its key; empty: `ledger.key` in the data folder. Made at the first start.
    pub key: PathBuf,
}

impl Default for LedgerSettings {
    fn default() -> LedgerSettings {
        LedgerSettings { origin: "dancu.local/ledger".to_owned(), key: PathBuf::new() }
    }
}

/// Authorisation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessSettings {
    /// A policy file in place of the one that comes with the product.
    pub policy: Option<PathBuf>,
}

/// Data quality.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualitySettings {
    /// A file of rules that are added to those of the product, or replace those of the same id.
    pub rules: Option<PathBuf>,
    /// A file of sectors that are reconciled, added to those of the product or in the place of those with the same id.
    pub sectors: Option<PathBuf>,
}

/// Logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// What is logged, as a filter of the tracing crate.
    pub filter: String,
    /// One JSON object a line instead of text.
    pub json: bool,
}

impl Default for Log {
    fn default() -> Log {
        Log { filter: "info,web::access=warn".to_owned(), json: false }
    }
}

impl Settings {
    /// Reads all sources.
    pub fn read(common: &Common) -> Result<Settings> {
        let defaults = Settings { data: PathBuf::from("dancu-data"), ..Settings::default() };
        let mut figment = Figment::from(Serialized::defaults(defaults));
        match &common.config {
            Some(file) if !file.is_file() => bail!("there is no settings file {}", file.display()),
            Some(file) => figment = figment.merge(Toml::file_exact(file)),
            None => figment = figment.merge(Toml::file("dancu.toml")),
        }
        figment = figment.merge(
            Env::prefixed("DANCU_").ignore(&["config", "lang", "token"]).split("__").filter(|key| {
                // Only keys of sections; other variables of this prefix belong to tests and scripts.
                key.as_str().contains('.') || key == "data"
            }),
        );
        let mut settings: Settings = figment.extract().context("the settings cannot be read")?;
        if let Some(data) = &common.data {
            settings.data.clone_from(data);
        }
        if let Some(url) = &common.database {
            settings.database.url.clone_from(url);
        }
        if let Some(url) = &common.read_database {
            settings.database.read_url.clone_from(url);
        }
        Ok(settings)
    }

    /// The database's address.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            self.data.join("dancu.sqlite").to_string_lossy().into_owned()
        } else {
            self.database.url.clone()
        }
    }

    /// How a process that serves uses the database.
    pub fn store_options(&self) -> store::Options {
        let replica = (!self.database.read_url.is_empty()).then(|| store::ReadReplica {
            url: self.database.read_url.clone(),
            behind: Duration::from_secs(self.database.read_behind_seconds),
        });
        store::Options { replica, ..store::Options::default() }
    }

    /// The ledger's key file.
    pub fn ledger_key(&self) -> PathBuf {
        if self.ledger.key.as_os_str().is_empty() {
            self.data.join("ledger.key")
        } else {
            self.ledger.key.clone()
        }
    }

    /// A place of citizens' sign-in: as set, or under a name in the data folder.
    pub fn provider_place(&self, set: &Path, name: &str) -> PathBuf {
        if set.as_os_str().is_empty() { self.data.join(name) } else { set.to_owned() }
    }

    /// The file by which the demonstration marks its data folder, so that other commands know its people for invented.
    /// It says so and permits nothing.
    pub fn demonstration(&self) -> PathBuf {
        self.data.join("demonstration")
    }

    /// Makes the data folder, readable by its owner alone.
    pub fn prepare_folder(&self) -> Result<()> {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        if self.data.is_dir() {
            let mode = std::fs::metadata(&self.data)?.permissions().mode();
            if mode & 0o007 != 0 {
                tracing::warn!("the data folder is open to every account of this machine");
            }
            return Ok(());
        }
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.data)
            .with_context(|| format!("cannot make the data folder {}", self.data.display()))
    }

    /// The settings in force, as a file would state them. A password in the database's address is left out.
    pub fn to_toml(&self) -> Result<String> {
        let mut shown = self.clone();
        shown.database.url = without_password(&self.database_url());
        shown.database.read_url = without_password(&self.database.read_url);
        Ok(toml::to_string_pretty(&shown)?)
    }

    /// The rules of data quality in force.
    pub fn rules(&self) -> Result<quality::rules::Rules> {
        let builtin = quality::rules::Rules::builtin();
        let rules = match &self.quality.rules {
            None => builtin,
            Some(file) => builtin.with(read_rules(file)?),
        };
        Ok(match &self.quality.sectors {
            None => rules,
            Some(file) => rules.with_sectors(read_sectors(file)?),
        })
    }

    /// The policy in force.
    pub fn policy(&self) -> Result<access::Policy> {
        match &self.access.policy {
            None => Ok(access::Policy::builtin()),
            Some(file) => read_policy(file),
        }
    }
}

fn read_rules(file: &Path) -> Result<quality::rules::Rules> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read the rules {}", file.display()))?;
    quality::rules::Rules::parse(&text).map_err(|faults| {
        let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the rules {} are faulty:\n  {}", file.display(), list.join("\n  "))
    })
}

fn read_sectors(file: &Path) -> Result<quality::sectors::Sectors> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the sectors {}", file.display()))?;
    quality::sectors::Sectors::parse(&text).map_err(|faults| {
        let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the sectors {} are faulty:\n  {}", file.display(), list.join("\n  "))
    })
}

fn read_policy(file: &Path) -> Result<access::Policy> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the policy {}", file.display()))?;
    access::Policy::parse(&text).map_err(|faults| {
        let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the policy {} is faulty:\n  {}", file.display(), list.join("\n  "))
    })
}

/// A database address without the password.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((user, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("d.toml");
        std::fs::write(
            &file,
            "data = \"/srv/a\"\n[server]\nlisten = \"127.0.0.1:9\"\n[identity]\nidle_minutes = 7\n",
        )
        .unwrap();
        let common = Common { config: Some(file), data: Some("/srv/b".into()), ..Common::default() };
        let s = Settings::read(&common).unwrap();
        assert_eq!((s.data, s.server.listen.port(), s.identity.idle_minutes), ("/srv/b".into(), 9, 7));
    }

    #[test]
    fn the_read_database_comes_from_the_flag_and_keeps_its_password_to_itself() {
        let url = "postgres://a:hush-hush@h/db".to_owned();
        let common = Common { read_database: Some(url), ..Common::default() };
        let s = Settings::read(&common).unwrap();
        let replica = s.store_options().replica.unwrap();
        assert_eq!((replica.url.as_str(), replica.behind.as_secs()), ("postgres://a:hush-hush@h/db", 5));
        assert!(!s.to_toml().unwrap().contains("hush-hush"));
        assert!(!format!("{replica:?}").contains("hush-hush"));
        assert!(Settings::read(&Common::default()).unwrap().store_options().replica.is_none());
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("d.toml");
        std::fs::write(&file, "[server]\nlissen = 1\n").unwrap();
        let error = Settings::read(&Common { config: Some(file), ..Common::default() }).unwrap_err();
        assert!(format!("{error:#}").contains("lissen"), "{error:#}");
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("postgres://a:secret@h/db"), "postgres://a@h/db");
        assert_eq!(without_password("/srv/x.sqlite"), "/srv/x.sqlite");
    }
}
