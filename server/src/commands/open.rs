//! Opens the session service that the settings describe.

use portcullis::{Builder, OpenError, Portcullis};

use crate::{
    failure::Failure,
    settings::{Database, Settings},
};

/// Returns the builder that the settings describe.
fn builder(settings: &Settings) -> Builder {
    let (http, storage) = (&settings.http, &settings.storage);
    let builder = Portcullis::builder(http.origin.as_str())
        .secret_file(&storage.secret_file)
        .lifetimes(settings.policy.lifetimes())
        .record_last_sign_in(settings.update_last_login)
        .cookie_names(&http.cookie_names.0, &http.cookie_names.1)
        .trusted_proxies(&http.trusted_proxies)
        .limits(settings.limits)
        .registration(settings.registration)
        .invitation_lifetime(settings.invitation_lifetime)
        .max_sessions(settings.max_sessions)
        .token_endpoints(settings.token_endpoints);
    let builder = if http.hsts_include_subdomains {
        builder.hsts_include_subdomains()
    } else {
        builder
    };
    let builder = crate::layers::configure(builder, &http.site);
    match &storage.database {
        Database::Sqlite(file) => builder.sqlite(file),
        Database::Postgres(url) => {
            let schema = storage.schema.as_deref().unwrap_or("portcullis");
            let builder = builder.postgres(url).postgres_schema(schema);
            match storage.connections {
                Some(connections) => builder.postgres_connections(connections),
                None => builder,
            }
        }
    }
}

/// Opens accounts, sessions and keys for a command that serves no requests.
pub(super) async fn open(settings: &Settings) -> Result<Portcullis, Failure> {
    let opened = builder(settings).open_without_tasks().await;
    opened.map_err(|error| failure(settings, error))
}

/// Opens everything, with the background tasks.
pub(super) async fn open_to_serve(settings: &Settings) -> Result<Portcullis, Failure> {
    let opened = builder(settings).open().await;
    opened.map_err(|error| failure(settings, error))
}

/// Converts the error. The error of the data folder names the setting, which
/// the library does not know.
fn failure(settings: &Settings, error: OpenError) -> Failure {
    match error {
        OpenError::Folder(folder, error) if folder == settings.storage.data_dir => {
            Failure::new(format!(
                "the data folder {} is not writable: {error}; set PORTCULLIS_DATA_DIR to a writable folder",
                folder.display()
            ))
        }
        error => Failure::new(error),
    }
}
