//! Writes a log of made-up entries as an outsider finds it: `cargo run -p ledger --example export FOLDER [ENTRIES]`.
//!
//! In FOLDER: `verifier-key`; `earlier-checkpoint`, signed half way; `log/` in the layout of C2SP tlog-tiles; and for
//! some entries `proofs/INDEX.tlog-proof`.

use ledger::{Entry, KeyFile, Ledger, MIGRATIONS, Origin, Resource, Subject};
use std::{error::Error, fs, path::PathBuf, sync::Arc};
use store::{Options, Store};
use vocabulary::{Actor, AgencyCode, Basis, Field, FieldSet, LegalBasis, PersonId, Purpose, StaffId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("the folder to write to is missing")?);
    let count: u64 = arguments.next().map_or(Ok(1000), |text| text.parse())?;
    fs::create_dir_all(folder.join("proofs"))?;

    let database = folder.join("ledger.sqlite").display().to_string();
    let store = Store::open(&database, Options::default()).await?;
    store.migrate(&[MIGRATIONS]).await?;
    let key = Arc::new(KeyFile::open_or_create(&folder.join("ledger.pem"))?);
    let ledger = Ledger::open(store.clone(), key, Origin::parse("dancu.example/ledger")?).await?;
    let mut entries: Vec<Entry> = (0..count as i64).map(entry).collect::<Result<_, _>>()?;
    let later = entries.split_off(entries.len() / 2);
    ledger.append_all(entries).await?;
    ledger.integrate_now().await?;
    let earlier = ledger.resource(Resource::Checkpoint).await?.ok_or("no checkpoint")?;
    fs::write(folder.join("earlier-checkpoint"), earlier.bytes)?;
    ledger.append_all(later).await?;

    ledger.export(&folder.join("log")).await?;
    fs::write(folder.join("verifier-key"), ledger.verifier_key().to_string())?;
    for index in [0, 1, 255, 256, 511, count / 2, count.saturating_sub(1)].into_iter().filter(|n| *n < count)
    {
        let proof = ledger.prove(index).await?;
        fs::write(folder.join(format!("proofs/{index}.tlog-proof")), proof.to_string())?;
    }
    store.close().await?;
    Ok(())
}

fn entry(person: i64) -> Result<Entry, vocabulary::Invalid> {
    let actor = Actor {
        system: None,
        officer: Some(StaffId::parse("lan.tt")?),
        agency: AgencyCode::parse("000.00.17.H32")?,
        unit: None,
    };
    let basis = Basis {
        purpose: Purpose::Residence,
        legal_basis: LegalBasis::parse("Luật Cư trú 2020, Điều 38")?,
        procedure: None,
        dossier: None,
    };
    let fields = FieldSet::of(&[Field::FullName, Field::BirthDate, Field::PermanentResidence]);
    Ok(Entry::shown(actor, basis, "population.citizen", Subject::Person(PersonId(person)), fields))
}
