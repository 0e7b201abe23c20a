//! Composition: opens the parts of the house and puts their routes together.

use crate::{home, ledger_routes, observe, settings::Settings};
use access::Caller;
use anyhow::{Context, Result, bail};
use axum::Router;
use identity::Identity;
use ledger::{KeyFile, Ledger, Origin};
use population::Population;
use provider::{Backends, Courier, KeyFolder, KeyStore, KeyToken, Outbox, Provider};
use quality::Quality;
use std::{path::Path, sync::Arc};
use store::{MigrationSet, Store};
use vocabulary::{Kind, Text};
use web::{Desk, Limits, Menu, MenuItem};

/// The schemas of all domains, lower floors first.
pub const MIGRATIONS: &[MigrationSet] = &[
    ledger::MIGRATIONS,
    identity::MIGRATIONS,
    population::MIGRATIONS,
    quality::MIGRATIONS,
    provider::MIGRATIONS,
];

/// The opened parts.
#[derive(Clone)]
pub struct House {
    /// The store.
    pub store: Store,
    /// The ledger.
    pub ledger: Ledger,
    /// Accounts.
    pub identity: Identity,
    /// The registry.
    pub population: Population,
    /// Rules, campaigns and scores.
    pub quality: Quality,
    /// Citizens' accounts and the OpenID provider.
    pub provider: Provider,
}

impl House {
    /// Opens everything: the database with its migrations, the ledger's key, the policy.
    pub async fn open(settings: &Settings) -> Result<House> {
        House::open_with(settings, settings.store_options()).await
    }

    /// The same with other use of the engine than the settings say.
    pub async fn open_with(settings: &Settings, options: store::Options) -> Result<House> {
        settings.prepare_folder()?;
        let url = settings.database_url();
        let store = Store::open(&url, options).await.context("cannot open the database")?;
        store.migrate(MIGRATIONS).await.context("cannot bring the database up to date")?;
        let ledger = open_ledger(settings, store.clone()).await?;
        let policy = Arc::new(settings.policy()?);
        let identity =
            Identity::open(store.clone(), ledger.clone(), policy.clone(), settings.identity.clone())
                .await
                .context("cannot open the accounts")?;
        if !population::store::is_whole(&store).await? {
            bail!(
                "a load of the registry was cut off and has to be run again \
                 (việc nạp dữ liệu dân cư bị ngắt giữa chừng, cần nạp lại)"
            );
        }
        let population = Population::new(store.clone(), ledger.clone(), policy);
        let quality = Quality::new(store.clone(), ledger.clone(), population.clone(), settings.rules()?);
        let provider = open_provider(settings, &store, &ledger, &population)?;
        Ok(House { store, ledger, identity, population, quality, provider })
    }

    /// All routes.
    pub fn routes(&self, settings: &Settings, demo: bool) -> Router {
        observe::start_metrics();
        let api = population::api::api(self.population.clone());
        let bulk =
            population::api::bulk(self.population.clone()).merge(quality::api::bulk(self.quality.clone()));
        let page_routes = home::router(demo)
            .merge(identity::router(self.identity.clone()))
            .merge(population::pages::pages(self.population.clone()))
            .merge(quality::pages::pages(self.quality.clone()))
            .merge(provider::pages::pages(self.provider.clone()));
        let pages = web::pages(page_routes, menu(demo), problem_kinds());
        let pages = identity::layer(provider::layer(pages, &self.provider), &self.identity);
        let api = api.merge(provider::api::administration(self.provider.clone()));
        let api = api.merge(quality::api::api(self.quality.clone()));
        let api = identity::layer(api, &self.identity);
        let bulk = identity::layer(bulk, &self.identity);
        let applications = provider::api::api(self.provider.clone());
        let open = ledger_routes::router(self.ledger.clone())
            .merge(observe::router(self.store.clone(), settings.server.metrics_from.clone()))
            .merge(home::openapi(openapi()));
        web::edge_with_uploads(pages, Limits::ORDINARY, UPLOADS)
            .merge(web::edge(api, Limits::ORDINARY))
            .merge(web::edge(bulk, Limits::BULK))
            .merge(web::edge(applications, Limits::ORDINARY))
            .merge(web::edge(open, Limits::ORDINARY))
            .merge(web::assets())
    }
}

/// The ledger over a migrated store.
pub async fn open_ledger(settings: &Settings, store: Store) -> Result<Ledger> {
    let key = KeyFile::open_or_create(Path::new(&settings.ledger_key())).context("the ledger's key")?;
    let origin = Origin::parse(&settings.ledger.origin).context("ledger.origin")?;
    Ok(Ledger::open(store, Arc::new(key), origin).await?)
}

/// Citizens' accounts over a migrated store.
fn open_provider(
    settings: &Settings,
    store: &Store,
    ledger: &Ledger,
    population: &Population,
) -> Result<Provider> {
    let set = &settings.provider;
    let keys = open_keys(settings, false).context("the signing keys of citizens' sign-in")?;
    let outbox =
        Outbox::open(&settings.provider_place(&set.outbox, "outbox")).context("the outbox of messages")?;
    let back =
        Backends { ledger: ledger.clone(), population: population.clone(), keys, channel: Arc::new(outbox) };
    Provider::open(store.clone(), back, set.clone(), settings.identity.clone())
        .context("cannot open citizens' sign-in")
}

/// The signing keys: in a token where the settings name one, else in files. `insist` tries a PIN although a wrong one
/// was counted.
pub fn open_keys(settings: &Settings, insist: bool) -> Result<Arc<dyn KeyStore>> {
    let set = &settings.provider;
    let folder = settings.provider_place(&set.keys, "signing-keys");
    let passphrase = settings.provider_place(&set.passphrase, "signing-keys.pass");
    let now = vocabulary::Moment::now();
    if set.pkcs11.module.as_os_str().is_empty() {
        return Ok(Arc::new(KeyFolder::open_or_create(&folder, &passphrase, now)?));
    }
    Ok(Arc::new(KeyToken::open(&set.pkcs11, (&folder, &passphrase), insist, now)?))
}

/// What carries messages from the outbox; `None` where that is left to others.
pub fn open_courier(settings: &Settings) -> Result<Option<Courier>> {
    let set = &settings.provider;
    let folder = settings.provider_place(&set.outbox, "outbox");
    Courier::open(&folder, &set.mail, &set.sms, set.delivery_minutes).context("the delivery of messages")
}

/// The description of all JSON routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApiBuilder};
    let info = InfoBuilder::new()
        .title("dancu")
        .description(Some(
            "Population look-ups and changes. Every call carries a bearer token and states purpose and legal basis; \
             every answer names its ledger entry; every error is an RFC 9457 problem document.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .version(env!("CARGO_PKG_VERSION"))
        .build();
    let mut api = OpenApiBuilder::new().info(info).build();
    api.merge(population::api::description());
    api.merge(quality::api::description());
    api.merge(provider::api::description());
    api
}

/// Every kind of problem, for the catalogue.
pub fn problem_kinds() -> Vec<&'static Kind> {
    [vocabulary::kinds::ALL, population::problems::ALL, quality::problems::ALL].concat()
}

fn holds(caller: Option<&Caller>, roles: &[&str]) -> bool {
    caller.is_some_and(|c| roles.iter().any(|r| c.has_role(r)))
}

const DESK_ROLES: &[&str] =
    &["residence-officer", "civil-status-officer", "one-stop-clerk", "data-steward", "investigator"];

const CLEANING_ROLES: &[&str] = &["residence-officer", "data-steward", "cleaning-lead", "cleaning-centre"];

/// The routes to which files are sent, which takes its time.
const UPLOADS: &[&str] =
    &[population::pages::UPLOADS[0], population::pages::UPLOADS[1], quality::pages::UPLOAD];

fn menu(demo: bool) -> Menu {
    Menu {
        name: Text::new("Dân cư", "Dân cư"),
        items: vec![
            MenuItem {
                text: Text::new("Bàn làm việc", "Desk"),
                href: "/desk",
                shown: |c| holds(c, DESK_ROLES),
            },
            MenuItem {
                text: Text::new("Xác minh số", "Verify"),
                href: "/desk/verify",
                shown: |c| holds(c, DESK_ROLES),
            },
            MenuItem {
                text: Text::new("Định danh", "Electronic identity"),
                href: "/desk/eid",
                shown: |c| holds(c, &["identity-officer", "identity-approver"]),
            },
            MenuItem {
                text: Text::new("Đối soát ngành", "Sectors"),
                href: quality::pages::UPLOAD,
                shown: |c| holds(c, &["sector-clerk"]),
            },
            MenuItem {
                text: Text::new("Làm sạch", "Cleaning"),
                href: "/data/quality",
                shown: |c| holds(c, CLEANING_ROLES),
            },
            MenuItem {
                text: Text::new("Kết xuất", "Export"),
                href: "/data/export",
                shown: |c| holds(c, &["exporter"]),
            },
            MenuItem {
                text: Text::new("Nhập tệp", "Import"),
                href: "/data/import",
                shown: |c| holds(c, &["data-steward"]),
            },
            MenuItem {
                text: Text::new("Thanh tra", "Audit"),
                href: "/audit",
                shown: |c| holds(c, &["auditor"]),
            },
            MenuItem {
                text: Text::new("Cán bộ", "Staff"),
                href: "/admin/staff",
                shown: |c| holds(c, &["administrator"]),
            },
            MenuItem {
                text: Text::new("Hệ thống kết nối", "Clients"),
                href: "/admin/clients",
                shown: |c| holds(c, &["administrator"]),
            },
            MenuItem {
                text: Text::new("Tin nhắn", "Messages"),
                href: "/admin/messages",
                shown: |c| holds(c, &["administrator"]),
            },
            MenuItem {
                text: Text::new("Ứng dụng", "Applications"),
                href: "/admin/applications",
                shown: |c| holds(c, &["application-owner", "security-inspector"]),
            },
            MenuItem {
                text: Text::new("Kiểm tra giấy xác nhận", "Check a confirmation"),
                href: "/confirmations",
                shown: |_| true,
            },
        ],
        desk: Some(Desk {
            action: "/desk/search",
            field: "q",
            label: Text::new("Tìm người theo số hoặc họ tên", "Find a person by number or name"),
            shown: |c| holds(c, DESK_ROLES),
        }),
        footer: if demo {
            Text::new(
                "Bản trình diễn: mọi người trong dữ liệu này đều do máy tạo ra.",
                "Demonstration: every person in this data is synthetic.",
            )
        } else {
            Text::new("", "")
        },
    }
}
