//! Where a trial writes: a registry of its own in a temporary file, so that rows further down meet the persons and
//! households of rows before them, and nothing of it is ever in the registry.

use super::known::TRIAL;
use crate::{
    service::Error,
    store::{MIGRATIONS, do_without, number_from},
};
use ::store::{Options, Store, StoreError, Tx, transact};
use std::path::PathBuf;

/// The registry of a trial. It goes away with its folder when it is dropped.
pub(super) struct Trial {
    store: Store,
    _folder: Folder,
}

/// A folder that its owner alone reads, removed with what is in it when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::error!(error = %error.kind(), "the folder of a trial could not be removed");
        }
    }
}

impl Folder {
    fn create() -> std::io::Result<Folder> {
        use std::os::unix::fs::DirBuilderExt;
        let path = std::env::temp_dir().join(format!("dancu-trial-{:016x}", rand::random::<u64>()));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Folder(path))
    }
}

impl Trial {
    /// An empty registry whose records have numbers that no other has.
    pub(super) async fn open() -> Result<Trial, Error> {
        let folder = Folder::create().map_err(Error::File)?;
        let path = folder.0.join("trial.sqlite");
        let options = Options { readers: 1, cache_kib: 1 << 10, ..Options::default() };
        let store = Store::open(&path.to_string_lossy(), options).await?;
        store.migrate(&[MIGRATIONS]).await?;
        transact!(store, tx => {
            number_from(tx, TRIAL).await?;
            // Nobody searches it.
            do_without(tx).await?;
            Ok::<_, StoreError>(())
        })?;
        Ok(Trial { store, _folder: folder })
    }

    /// A transaction of it.
    pub(super) async fn begin(&self) -> Result<Tx, Error> {
        Ok(self.store.begin().await?)
    }
}
