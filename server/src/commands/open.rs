//! Opening what an installation has: its folder, its secret, its database.

use std::{fs, io, path::Path, sync::Arc};

use portcullis::{Portcullis, Setup, clock::SystemClock, keys::MasterSecret, store::Store};

use crate::{
    failure::Failure,
    settings::{Database, Settings},
};

/// Opens everything, and makes what is not there yet.
pub(super) async fn open(settings: &Settings) -> Result<Portcullis, Failure> {
    let storage = &settings.storage;
    make_folder(&storage.data_dir)?;
    let (secret, store) = match &storage.database {
        Database::Sqlite(file) => {
            require_pair(file, &storage.secret_file)?;
            (
                MasterSecret::load_or_create(&storage.secret_file),
                Store::open_sqlite(file).await,
            )
        }
        Database::Postgres(url) => (
            MasterSecret::load(&storage.secret_file),
            Store::open_postgres(url).await,
        ),
    };
    let (secret, store) = (secret.map_err(Failure::new)?, store.map_err(Failure::new)?);
    let setup = Setup {
        origin: settings.http.origin.clone(),
        policy: settings.policy,
        store,
        secret,
        update_last_login: settings.update_last_login,
        clock: Arc::new(SystemClock),
    };
    Portcullis::open(setup).await.map_err(Failure::new)
}

/// A database without its secret is a lost file, and a new secret would not open
/// the signing keys in it.
fn require_pair(database: &Path, secret: &Path) -> Result<(), Failure> {
    if database.exists() && !secret.exists() {
        return Err(Failure::new(format!(
            "the secret file {} is missing, and the database {} is there, whose signing keys it opens; restore the file, or remove the database too",
            secret.display(),
            database.display()
        )));
    }
    Ok(())
}

/// Makes the data directory, for this user alone, and checks that it can be
/// written to: the database would say `unable to open database file` and no more.
fn make_folder(folder: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::new(format!(
            "the data directory {} cannot be written to: {error}; set PORTCULLIS_DATA_DIR to one that can",
            folder.display()
        ))
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)?;

    let probe = folder.join(format!(".write-test-{}", std::process::id()));
    fs::write(&probe, "")
        .and_then(|()| fs::remove_file(&probe))
        .map_err(failed)
}
