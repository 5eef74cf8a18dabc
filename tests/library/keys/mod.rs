//! The life of the signing keys against a real database: two processes, and a clock
//! that is moved through several keys.

mod revocation;
mod rotation;

use std::time::Duration;

use portcullis::{
    Portcullis,
    clock::Timestamp,
    keys::ListedKey,
    sessions::{Grant, SessionError},
};
use testkit::installation::{Installation, refresh_token};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One process that signs in and another, each of which follows the keys when it
/// is told to.
struct Pair {
    installation: Installation,
    other: Portcullis,
}

impl Pair {
    async fn of(installation: Installation) -> Self {
        let other = installation.second_process().await;
        Self {
            installation,
            other,
        }
    }

    fn one(&self) -> &Portcullis {
        &self.installation.portcullis
    }

    /// Time passes, and both processes have done their rounds.
    async fn pass(&self, time: Duration) {
        self.installation.pass(time).await;
        let followed = self.other.signing_keys().follow().await;
        followed.expect("followed");
    }

    async fn pass_until(&self, moment: Timestamp) {
        self.pass(moment.since(self.now())).await;
    }

    fn now(&self) -> Timestamp {
        self.installation.clock.now()
    }
}

async fn keys(process: &Portcullis) -> Vec<ListedKey> {
    process.signing_keys().list().await.expect("listed")
}

fn kid(token: &str) -> String {
    let header = jsonwebtoken::decode_header(token).expect("a header");
    header.kid.expect("a kid")
}

async fn refresh(process: &Portcullis, grant: &Grant) -> Result<Grant, SessionError> {
    process.sessions().refresh(refresh_token(grant)).await
}
