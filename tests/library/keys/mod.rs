//! The life cycle of the signing keys on a real database, with two processes and a clock
//! that is moved through the lives of several keys.

mod revocation;
mod rotation;

use std::time::Duration;

use portcullis::{
    Portcullis,
    clock::Timestamp,
    keys::ListedKey,
    sessions::{IssuedTokens, SessionError},
};
use testkit::installation::{Installation, refresh_token};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Two processes of one installation, each of which reloads the keys when the test calls
/// it.
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

    /// Advances the clock, then reloads the keys in both processes.
    async fn pass(&self, time: Duration) {
        self.installation.pass(time).await;
        let reloaded = self.other.signing_keys().reload().await;
        reloaded.expect("reloaded");
    }

    async fn pass_until(&self, time: Timestamp) {
        self.pass(time.since(self.now())).await;
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

async fn refresh(
    process: &Portcullis,
    issued: &IssuedTokens,
) -> Result<IssuedTokens, SessionError> {
    process.sessions().refresh(refresh_token(issued)).await
}
