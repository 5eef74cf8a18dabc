//! The background tasks of a process.

use super::Portcullis;

impl Portcullis {
    /// Runs the background tasks until it is dropped: reads the revocation feed,
    /// writes confirmations, rotates the signing keys, and purges. Without them
    /// requests are refused as `busy` after ten seconds.
    pub async fn run_background(&self) {
        let services = &self.0;
        // Side by side: a write that fails must not keep from reading.
        tokio::join!(
            Box::pin(services.feed.run()),
            Box::pin(services.confirmations.run()),
            Box::pin(services.signing_keys.run()),
            Box::pin(services.purge.run())
        );
    }
}
