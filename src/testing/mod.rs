//! For an application's own tests (feature `testing`).

use crate::Portcullis;

/// Closes the database of a session service, as an outage does: requests that
/// need it are refused as `busy`.
pub async fn close_database(portcullis: &Portcullis) {
    portcullis.store().close().await;
}
