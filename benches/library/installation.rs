//! The library on a database of its own, with a clock that the benchmark sets:
//! so a million refreshes, each in due time, need no waiting.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use portcullis::{
    Portcullis,
    accounts::{DisplayName, Email, NewPassword, SignedInAccount},
    clock::{Clock, Timestamp},
    keys::MasterSecret,
};

use crate::shared::place::{Kind, Place};

/// When it begins, in microseconds since the epoch.
pub(crate) const BEGINNING: i64 = 1_800_000_000_000_000;

/// Longer than the replay window.
pub(crate) const PAST_THE_WINDOW: Duration = Duration::from_secs(31);

/// How far the clock goes on whenever it is read, twice in a refresh: so far that even
/// a caller that overtakes all others finds its hundred sessions past the window
/// when it comes to them again, and not so far that the signing key, which nobody
/// follows here, is over before a million refreshes are.
pub(crate) const STEP: Duration = Duration::from_millis(150);

/// A clock that stands still until it is moved, or goes on by some microseconds
/// whenever it is read.
#[derive(Clone, Debug)]
pub(crate) struct SetClock {
    now: Arc<AtomicI64>,
    step: Arc<AtomicI64>,
}

impl SetClock {
    pub(crate) fn set(&self, micros: i64) {
        self.now.store(micros, Ordering::Relaxed);
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.now.fetch_add(micros(by), Ordering::Relaxed);
    }

    pub(crate) fn step(&self, by: Duration) {
        self.step.store(micros(by), Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let step = self.step.load(Ordering::Relaxed);
        Timestamp::from_micros(self.now.fetch_add(step, Ordering::Relaxed))
    }
}

pub(crate) struct Installation {
    pub(crate) portcullis: Portcullis,
    pub(crate) clock: SetClock,
    pub(crate) account: SignedInAccount,
    pub(crate) place: Place,
}

impl Installation {
    /// With one account.
    pub(crate) async fn new(kind: Kind) -> Self {
        let place = Place::new(kind).await;
        let clock = SetClock {
            now: Arc::new(AtomicI64::new(BEGINNING)),
            step: Arc::default(),
        };
        let secret = place.folder.path().join("secret");
        MasterSecret::load_or_create(&secret).expect("a secret");
        let builder = Portcullis::builder("https://app.example.org")
            .secret_file(secret)
            .clock(clock.clone());
        let opened = place.named_in(builder).open_without_tasks().await;
        let portcullis = opened.expect("opened");
        let email = Email::parse("ada@example.org").expect("an address");
        let password = NewPassword::parse("correct horse battery staple").expect("a password");
        let account = portcullis
            .accounts()
            .register(&email, &DisplayName::default(), &password)
            .await;
        Self {
            portcullis,
            clock,
            account: account.expect("registered"),
            place,
        }
    }

    /// The refresh tokens of so many new sessions.
    pub(crate) async fn begin(&self, sessions: usize) -> Vec<String> {
        let mut tokens = Vec::with_capacity(sessions);
        for _ in 0..sessions {
            let sessions = self.portcullis.sessions();
            let grant = sessions.begin(&self.account, &[]).await.expect("begun");
            let (token, _) = grant.refresh.expect("a refresh token");
            tokens.push(token.expose().to_owned());
        }
        tokens
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).expect("a short time")
}
