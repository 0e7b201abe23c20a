//! `dancu staff` and `dancu client`: the way in where there is no administrator yet.

use crate::{
    cli::{ClientSystem, Staff},
    settings::Settings,
    site::House,
};
use access::{Role, UnitScope};
use anyhow::{Result, anyhow};
use identity::{AccountId, AccountKind, By, NewPassword, Profile};
use std::process::ExitCode;
use vocabulary::{AgencyCode, Invalid, Lang, Moment, StaffId, SystemId, UnitCode};

/// A value of the command line, or what is wrong with it.
fn read<T>(text: &str, parse: impl Fn(&str) -> Result<T, Invalid>, lang: Lang) -> Result<T> {
    parse(text).map_err(|invalid| anyhow!("{text}: {}", invalid.text.get(lang)))
}

fn profile(
    name: String,
    agency: &str,
    unit: Option<&str>,
    roles: &[String],
    units: &str,
    lang: Lang,
) -> Result<Profile> {
    Ok(Profile {
        name,
        agency: read(agency, AgencyCode::parse, lang)?,
        unit: unit.map(|u| read(u, UnitCode::parse, lang)).transpose()?,
        units: read(units, UnitScope::parse, lang)?,
        roles: roles.iter().map(|r| read(r, Role::parse, lang)).collect::<Result<_>>()?,
    })
}

/// Officers' accounts.
pub async fn staff(settings: Settings, command: Staff, lang: Lang) -> Result<ExitCode> {
    let house = House::open(&settings).await?;
    let now = Moment::now();
    match command {
        Staff::Create { login, name, agency, unit, roles, units } => {
            let profile = profile(name, &agency, unit.as_deref(), &roles, &units, lang)?;
            let login = read(&login, StaffId::parse, lang)?;
            let agency = profile.agency.clone();
            let password = house
                .identity
                .create_staff(By::Console(&agency), &login, profile, NewPassword::OneTime, now)
                .await?;
            one_time(lang, password.unwrap_or_default());
        }
        Staff::ResetPassword { login, agency } => {
            let (login, agency) =
                (read(&login, StaffId::parse, lang)?, read(&agency, AgencyCode::parse, lang)?);
            one_time(lang, house.identity.reset_password(By::Console(&agency), &login, now).await?);
        }
        Staff::List { agency } => {
            let agency = read(&agency, AgencyCode::parse, lang)?;
            for page in 1.. {
                let list =
                    house.identity.accounts(By::Console(&agency), AccountKind::Staff, "", page).await?;
                if list.accounts.is_empty() {
                    break;
                }
                for account in list.accounts {
                    let roles: Vec<&str> = account.profile.roles.iter().map(Role::as_str).collect();
                    let state = if account.suspended_at.is_some() { "suspended" } else { "active" };
                    println!(
                        "{}\t{}\t{}\t{}\t{state}",
                        account.id.name(),
                        account.profile.agency,
                        roles.join(","),
                        account.profile.units
                    );
                }
            }
        }
    }
    house.store.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn one_time(lang: Lang, password: String) {
    println!("{}: {password}", lang.pick("Mật khẩu dùng một lần", "One-time password"));
}

/// Calling systems, and the key of citizens' sign-in.
pub async fn system(settings: Settings, command: ClientSystem, lang: Lang) -> Result<ExitCode> {
    let house = House::open(&settings).await?;
    let now = Moment::now();
    let (id, agency, days) = match command {
        ClientSystem::RotateKey => {
            println!("{}", house.provider.rotate_keys(now)?);
            house.store.close().await?;
            return Ok(ExitCode::SUCCESS);
        }
        ClientSystem::Create { id, name, agency, roles, units, days } => {
            let profile = profile(name, &agency, None, &roles, &units, lang)?;
            let agency = profile.agency.clone();
            let account = AccountId::client(&id).map_err(|i| anyhow!("{}", i.text.get(lang)))?;
            house.identity.create_client(By::Console(&agency), &account, profile, now).await?;
            (id, agency, days)
        }
        ClientSystem::Token { id, agency, days } => (id, read(&agency, AgencyCode::parse, lang)?, days),
    };
    let system = read(&id, SystemId::parse, lang)?;
    let token = house.identity.issue_token(By::Console(&agency), &system, "console", days, now).await?;
    println!("{}", token.reveal());
    house.store.close().await?;
    Ok(ExitCode::SUCCESS)
}
