//! Installations of older versions, which this version opens and migrates. Each folder of
//! `older_installations` was recorded by `testkit/examples/record_installation.rs`; its README
//! says when to record another one.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use portcullis::{
    ExternalAccount,
    accounts::{AccountError, DisplayName, Email, NewPassword},
    clock::Timestamp,
    sessions::SessionError,
    testing::TestClock,
};
use serde_json::Value;
use testkit::{
    EMAIL,
    installation::{Installation, refresh_token},
    on_both,
    place::{Kind, Place},
};

on_both! { Older:
    sessions_go_on;
    ended_sessions_stay_ended;
    passwords_and_rights_are_kept;
    audit_trail_is_kept_and_goes_on;
    signing_keys_are_kept_and_can_be_replaced;
}

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/library/older_installations"
);

/// The recorded installations with one kind of database.
struct Older(Vec<Opened>);

/// A recorded installation that this version has opened.
struct Opened {
    name: String,
    secrets: Value,
    installation: Installation,
}

impl Older {
    async fn on_sqlite() -> Self {
        Self::open(Kind::Sqlite).await
    }

    async fn on_postgres() -> Self {
        Self::open(Kind::Postgres).await
    }

    async fn open(kind: Kind) -> Self {
        let mut opened = Vec::new();
        for entry in fs::read_dir(FOLDER).expect("the folder") {
            let folder = entry.expect("an entry").path();
            if folder.is_dir() {
                opened.push(Opened::of(kind, &folder).await);
            }
        }
        assert!(!opened.is_empty(), "at least one installation is recorded");
        Self(opened)
    }
}

impl Opened {
    async fn of(kind: Kind, folder: &Path) -> Self {
        let file = |ending: &str| -> PathBuf {
            let kind = format!("{kind:?}").to_lowercase();
            folder.join(format!("{kind}.{ending}"))
        };
        let read = |ending| fs::read_to_string(file(ending)).expect("the recorded file");
        let secrets: Value = serde_json::from_str(&read("json")).expect("JSON");
        let place = Place::new(kind).await;
        let secret = secrets["secret"].as_str().expect("a secret");
        write_private(&place.folder.path().join("secret"), secret);
        place.restore(&read("sql")).await;
        let now = secrets["now"].as_i64().expect("a time");
        let clock = TestClock::at(Timestamp::from_seconds(now));
        Self {
            name: folder.display().to_string(),
            installation: Installation::at_time(place, clock).await,
            secrets,
        }
    }

    fn token(&self, session: &str, kind: &str) -> &str {
        let token = self.secrets[session][kind].as_str();
        token.expect("a token")
    }

    async fn events(&self) -> i64 {
        let direct = self.installation.place.direct().await;
        let events = direct.number("SELECT count(*) FROM audit_events").await;
        direct.close().await;
        events
    }
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("private");
    }
}

async fn sessions_go_on(older: Older) {
    for opened in older.0 {
        let (name, installation) = (&opened.name, &opened.installation);
        let sessions = installation.portcullis.sessions();
        let listed = sessions.list(None, 10).await.expect("listed");
        assert_eq!(listed.len(), 2, "{name}");
        let on_a_device = listed.iter().find(|session| session.email == EMAIL);
        let device = &on_a_device.expect("the session").device;
        assert_eq!(device.browser(), Some("Firefox"), "{name}");
        for (session, rotations) in [("live", 3), ("external", 1)] {
            let access = sessions.authenticate(opened.token(session, "access"));
            assert!(access.is_ok(), "{name} {session}: {access:?}");
            installation.pass(Duration::from_secs(31)).await;
            let refreshed = sessions.refresh(opened.token(session, "refresh")).await;
            let refreshed = refreshed.expect(session);
            let rotated = refreshed.snapshot.session.rotations;
            assert_eq!(rotated, rotations, "{name} {session}");
            installation.pass(Duration::from_secs(31)).await;
            let again = sessions.refresh(refresh_token(&refreshed)).await;
            assert!(again.is_ok(), "{name} {session}: {again:?}");
        }
    }
}

async fn ended_sessions_stay_ended(older: Older) {
    for opened in older.0 {
        let sessions = opened.installation.portcullis.sessions();
        for session in ["ended", "inactive"] {
            let access = sessions.authenticate(opened.token(session, "access"));
            let is_ended = matches!(access, Err(SessionError::Ended));
            assert!(is_ended, "{} {session}: {access:?}", opened.name);
            let refreshed = sessions.refresh(opened.token(session, "refresh")).await;
            let is_rejected =
                matches!(refreshed, Err(SessionError::Ended | SessionError::Inactive));
            assert!(is_rejected, "{} {session}: {refreshed:?}", opened.name);
        }
    }
}

async fn passwords_and_rights_are_kept(older: Older) {
    for opened in older.0 {
        let name = &opened.name;
        let accounts = opened.installation.portcullis.accounts();
        let password = opened.secrets["password"].as_str().expect("a password");
        let ada = accounts.check(EMAIL, password).await.expect("signs in");
        assert!(ada.row().is_admin && ada.row().is_active, "{name}");
        assert!(accounts.check(EMAIL, "a wrong password").await.is_err());
        let inactive = accounts.check("bob@example.org", password).await;
        assert!(inactive.is_err(), "{name}");
        let external = ExternalAccount::new("users:42", "grace@example.org", "Grace");
        let external = accounts.external(&external.expect("valid")).await;
        assert_eq!(external.expect("active").row().name, "Grace", "{name}");
        assert_eq!(accounts.list().await.expect("listed").len(), 3, "{name}");

        let email = Email::parse("ADA@example.org").expect("an address");
        let new = NewPassword::parse(password).expect("a password");
        let no_name = DisplayName::default();
        let taken = accounts.register(&email, &no_name, &new).await;
        assert!(matches!(taken, Err(AccountError::EmailTaken)), "{taken:?}");
    }
}

async fn audit_trail_is_kept_and_goes_on(older: Older) {
    for opened in older.0 {
        let recorded = opened.secrets["events"].as_i64().expect("a number");
        assert!(recorded > 0);
        assert_eq!(opened.events().await, recorded, "{}", opened.name);
        opened.installation.sign_in().await;
        assert_eq!(opened.events().await, recorded + 1, "{}", opened.name);
    }
}

async fn signing_keys_are_kept_and_can_be_replaced(older: Older) {
    for opened in older.0 {
        let name = &opened.name;
        let portcullis = &opened.installation.portcullis;
        let keys = portcullis.signing_keys();
        let listed = keys.list().await.expect("listed");
        let kids: Vec<_> = listed.iter().map(|key| &*key.kid).collect();
        assert_eq!(
            kids,
            [opened.secrets["kid"].as_str().expect("an id")],
            "{name}"
        );
        keys.rotate().await.expect("rotated");
        assert_eq!(keys.list().await.expect("listed").len(), 2, "{name}");
        let access = portcullis
            .sessions()
            .authenticate(opened.token("live", "access"));
        assert!(access.is_ok(), "{name}: {access:?}");
    }
}
