//! `dancu demo`: the product with a synthetic population and ready accounts, on loopback.

use crate::{
    cli::Demo,
    commands::{listen, run_house},
    settings::Settings,
    site::{House, MIGRATIONS},
};
use access::{Caller, Role, UnitScope};
use anyhow::{Context, Result, anyhow, bail};
use identity::{AccountId, By, NewPassword, Profile};
use population::Ask;
use quality::{HeldFile, NewCampaign, Quality, QualityError, model::Indicator, prepare};
use reference::{Era, units};
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};
use store::{Store, params};
use vocabulary::{
    Actor, AgencyCode, Basis, Lang, LegalBasis, Moment, PartialDate, Purpose, StaffId, SystemId, UnitCode,
};

/// The password of all demo accounts. It opens synthetic data on loopback and nothing else.
const PASSWORD: &str = "dan-cu-trinh-dien-2026";

/// The demo accounts: login, name, roles, whether for the whole province.
const OFFICERS: &[(&str, &str, &str, bool)] = &[
    ("cutru", "Nguyễn Thị Cư Trú", "residence-officer", false),
    ("motcua", "Trần Văn Một Cửa", "one-stop-clerk", false),
    ("hotich", "Lê Thị Hộ Tịch", "civil-status-officer", false),
    ("lamsach", "Phạm Văn Làm Sạch", "data-steward", true),
    ("lamsachxa", "Lý Thị Làm Sạch Xã", "data-steward", false),
    ("duyetls", "Mai Văn Duyệt Làm Sạch", "cleaning-lead", true),
    ("trungtam", "Dương Thị Trung Tâm", "cleaning-centre", true),
    ("baohiem", "Trịnh Thị Bảo Hiểm", "sector-clerk", true),
    ("ketxuat", "Đỗ Thị Kết Xuất", "exporter", true),
    ("dinhdanh", "Bùi Thị Định Danh", "identity-officer", false),
    ("duyetdd", "Đặng Văn Duyệt Định Danh", "identity-approver", true),
    ("ungdung", "Ngô Thị Ứng Dụng", "application-owner", false),
    ("antoan", "Hồ Văn An Toàn", "security-inspector", true),
    ("thanhtra", "Hoàng Thị Thanh Tra", "auditor", true),
    ("quantri", "Võ Văn Quản Trị", "administrator", true),
];

/// Loads the population where there is none yet, makes the accounts, and serves.
pub async fn run(mut settings: Settings, demo: Demo, lang: Lang) -> Result<ExitCode> {
    let province = UnitCode::parse(&demo.province)
        .ok()
        .filter(|p| reference::provinces::find_old(*p).is_some())
        .ok_or_else(|| {
            anyhow!("--province takes the code of one of the 63 provinces before July 2025, such as 56")
        })?;
    if settings.data == Path::new("dancu-data") {
        settings.data = PathBuf::from("demo-data");
    }
    settings.server.listen = SocketAddr::from(([127, 0, 0, 1], demo.port));
    settings.identity.secure_cookies = false;
    settings.provider.synthetic = true;
    // Taken before minutes are spent on people whom nobody could reach.
    let listener = listen(&settings).await.with_context(|| {
        lang.pick(
            "cổng đang có chương trình khác dùng; thử cổng khác bằng --port",
            "another program uses the port; try another with --port",
        )
    })?;
    populate(&settings, &demo, province).await?;
    std::fs::write(settings.demonstration(), "").context("cannot mark the data folder")?;
    let house = House::open(&settings).await?;
    let token = accounts(&house, province).await?;
    sectors(&settings, &demo, &house, province).await?;
    campaigns(&house, province).await?;
    run_house(&settings, listener, house, true, |address| welcome(address, lang, &token)).await
}

/// The people of the demonstration.
fn people(demo: &Demo, province: UnitCode) -> synthesis::Options {
    synthesis::Options {
        persons: demo.persons,
        region: synthesis::Region::Province(province),
        seed: demo.seed,
        today: PartialDate::today(),
        year: None,
        faults: 0.01,
        threads: None,
    }
}

/// Persons beyond whom no files of sectors are made: the start would wait for them.
const WITH_SECTORS: u64 = 200_000;

/// Makes the files of two sectors, once, and compares that of social insurance, so that its clerk and the cleaning of its rows
/// can be tried; that of the prisons is left to be sent.
async fn sectors(settings: &Settings, demo: &Demo, house: &House, province: UnitCode) -> Result<()> {
    let folder = settings.data.join("sector-files");
    if demo.persons > WITH_SECTORS || folder.exists() {
        return Ok(());
    }
    let (options, to) = (people(demo, province), folder.clone());
    tokio::task::spawn_blocking(move || synthesis::write_files(&options, &to, false, |_| {}).map(drop))
        .await??;
    for large in ["persons.csv", "households.csv", "summary.json"] {
        std::fs::remove_file(folder.join(large))
            .with_context(|| format!("cannot tidy {}", folder.display()))?;
    }
    let path = folder.join("insurance.csv");
    let content =
        std::fs::File::open(&path).and_then(HeldFile::of).with_context(|| format!("{}", path.display()))?;
    let caller = Caller {
        actor: Actor {
            system: None,
            officer: StaffId::parse("baohiem").ok(),
            agency: AgencyCode::parse("G24").map_err(|i| anyhow!("{i}"))?,
            unit: None,
        },
        name: "Trịnh Thị Bảo Hiểm".to_owned(),
        roles: Role::parse("sector-clerk").into_iter().collect(),
        units: UnitScope::Everywhere,
    };
    let quality = &house.quality;
    let Some(sector) = quality.sectors().find("insurance").cloned() else { return Ok(()) };
    let legal_basis = LegalBasis::parse(&sector.basis).map_err(|i| anyhow!("{i}"))?;
    let basis = Basis { purpose: Purpose::Cleaning, legal_basis, procedure: None, dossier: None };
    let ask = Ask { caller, basis: Some(basis), request: None };
    let file = content.described("insurance.csv".to_owned())?;
    let table = Quality::open_sector(&sector, &file.name, None, &content)?;
    let run = quality.begin_run(&ask, "insurance", file, prepare(&sector, &table), Some(&content)).await?;
    quality.run_kept(&ask, run, sector, Lang::Vi).await?;
    Ok(())
}

async fn populate(settings: &Settings, demo: &Demo, province: UnitCode) -> Result<()> {
    settings.prepare_folder()?;
    let store = Store::open(&settings.database_url(), store::Options::default())
        .await
        .context("cannot open the database")?;
    store.migrate(MIGRATIONS).await.context("cannot bring the database up to date")?;
    let acts: i64 = store.one("SELECT seq FROM act_head WHERE id = 1", params![]).await?;
    if acts == 0 {
        let started = Instant::now();
        let options = people(demo, province);
        let families = synthesis::families(&options)?.map(|family| family.acts);
        let loaded = population::store::load(&store, families, |so_far| {
            if so_far.persons.is_multiple_of(100_000) {
                eprintln!("dancu: {} persons …", so_far.persons);
            }
        })
        .await?;
        eprintln!(
            "dancu: {} synthetic persons in {} households, {} acts, in {:.1} s",
            loaded.persons,
            loaded.households,
            loaded.acts,
            started.elapsed().as_secs_f64()
        );
    }
    store.close().await?;
    Ok(())
}

/// The communes of the province in which most of the synthetic population lives, the fullest first.
async fn communes(house: &House, province: UnitCode) -> Result<Vec<UnitCode>> {
    let counted: Vec<(UnitCode,)> = house
        .store
        .all(
            "SELECT unit FROM person WHERE unit IS NOT NULL GROUP BY unit ORDER BY count(*) DESC, unit",
            params![],
        )
        .await?;
    let own = reference::provinces::convert(province).map(|p| p.code);
    let inside = |unit: &UnitCode| units::province_of(*unit, Era::Since2025).map(|p| p.code) == own;
    let communes: Vec<UnitCode> = counted.into_iter().map(|(unit,)| unit).filter(inside).take(8).collect();
    if communes.is_empty() {
        bail!("the registry holds nobody with a permanent residence in the province");
    }
    Ok(communes)
}

/// Makes the accounts that are not there yet; returns a token for the demo system.
async fn accounts(house: &House, province: UnitCode) -> Result<String> {
    let agency = AgencyCode::parse("G01").map_err(|i| anyhow!("{i}"))?;
    let console = By::Console(&agency);
    let communes = communes(house, province).await?;
    let now = Moment::now();
    let existing: BTreeSet<String> = house
        .identity
        .accounts(console, identity::AccountKind::Staff, "", 1)
        .await?
        .accounts
        .into_iter()
        .map(|a| a.id.name().to_owned())
        .collect();
    let whole = units::province_of(communes[0], Era::Since2025).map_or(province, |p| p.code);
    for (login, name, role, province_wide) in OFFICERS {
        if existing.contains(*login) {
            continue;
        }
        let scope = if *province_wide { vec![whole] } else { communes.clone() };
        // The clerk of a sector is of its agency, here social insurance.
        let own = if *role == "sector-clerk" {
            AgencyCode::parse("G24").map_err(|i| anyhow!("{i}"))?
        } else {
            agency.clone()
        };
        let profile = Profile {
            name: (*name).to_owned(),
            agency: own,
            unit: Some(communes[0]),
            units: if matches!(*role, "administrator" | "auditor" | "security-inspector") {
                UnitScope::Everywhere
            } else {
                UnitScope::Units(scope)
            },
            roles: vec![Role::parse(role).map_err(|i| anyhow!("{i}"))?],
        };
        let login = StaffId::parse(login).map_err(|i| anyhow!("{i}"))?;
        house.identity.create_staff(console, &login, profile, NewPassword::Chosen(PASSWORD), now).await?;
    }
    let id = AccountId::client("demo-client").map_err(|i| anyhow!("{i}"))?;
    let system = SystemId::parse("demo-client").map_err(|i| anyhow!("{i}"))?;
    if house.identity.account(console, &id).await.is_err() {
        let roles = ["client-verify", "client-citizen", "client-batch", "client-changes", "client-sector"];
        let profile = Profile {
            name: "Hệ thống dùng thử".to_owned(),
            agency: agency.clone(),
            unit: None,
            units: UnitScope::Everywhere,
            roles: roles.iter().filter_map(|r| Role::parse(r).ok()).collect(),
        };
        house.identity.create_client(console, &id, profile, now).await?;
    }
    // A token is shown once only, so each start draws a new one and ends those of earlier starts.
    for old in house.identity.tokens(console, &system).await?.into_iter().filter(|t| t.revoked_at.is_none()) {
        house.identity.revoke_token(console, &system, old.id, now).await?;
    }
    Ok(house.identity.issue_token(console, &system, "demo", 30, now).await?.reveal().to_owned())
}

/// Hands out, once, the records without a head, with several, and without a former number: faults that the population has.
async fn campaigns(house: &House, province: UnitCode) -> Result<()> {
    let whole = reference::provinces::convert(province).map_or(province, |p| p.code);
    let caller = Caller {
        actor: Actor {
            system: None,
            officer: StaffId::parse("trungtam").ok(),
            agency: AgencyCode::parse("G01").map_err(|i| anyhow!("{i}"))?,
            unit: None,
        },
        name: "Dương Thị Trung Tâm".to_owned(),
        roles: Role::parse("cleaning-centre").into_iter().collect(),
        units: UnitScope::Units(vec![whole]),
    };
    let ask = Ask { caller, basis: None, request: None };
    house.quality.follow().await?;
    if !house.quality.campaigns(&ask).await?.is_empty() {
        return Ok(());
    }
    let due = Moment::now().plus_seconds(90 * 86_400).local_date();
    let due = PartialDate::new(due.0.unsigned_abs(), due.1.unsigned_abs(), due.2.unsigned_abs());
    for (indicator, title) in [
        (Indicator::C03, "Cao điểm 90 ngày: hộ có trên 1 chủ hộ"),
        (Indicator::C04, "Cao điểm 90 ngày: hộ không có chủ hộ"),
        (Indicator::C05, "Bổ sung số CMND 9 số"),
        (Indicator::C10, "Bảo hiểm xã hội sai lệch thông tin"),
        (Indicator::C11, "Bảo hiểm xã hội không tìm thấy"),
    ] {
        let due = due.map_err(|i| anyhow!("{i}"))?;
        let new = NewCampaign { indicator, title: title.to_owned(), unit: None, due };
        match house.quality.create_campaign(&ask, &new).await {
            // A small population may have none of them.
            Ok(_) | Err(QualityError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn welcome(address: SocketAddr, lang: Lang, token: &str) {
    println!("dancu: listening on http://{address}");
    println!();
    println!(
        "  {}",
        lang.pick(
            "Mở trình duyệt tại địa chỉ trên và đăng nhập bằng một trong các tài khoản:",
            "Open the address in a browser and sign in as one of:"
        )
    );
    for (login, name, role, _) in OFFICERS {
        println!("    {login:10} {PASSWORD}   {name} ({role})");
    }
    println!();
    println!(
        "  {}",
        lang.pick(
            "Mã truy cập cho hệ thống gọi giao diện lập trình:",
            "Token for systems that call the programming interface:"
        )
    );
    println!("    DANCU_TOKEN={token}");
    println!();
    println!("  {}", lang.pick("Dừng bằng Ctrl+C.", "Stop with Ctrl+C."));
    use std::io::Write;
    let _ = std::io::stdout().flush();
}
