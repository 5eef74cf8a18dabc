//! A stale revocation view: a process that cannot read ended sessions accepts tokens
//! for a while, and then rejects all of them.

use std::time::{Duration, Instant};

use portcullis::{
    Portcullis,
    accounts::{DisplayName, Email, NewPassword},
    keys::MasterSecret,
    sessions::{IssuedTokens, SessionError},
};

use testkit::PASSWORD;

use crate::{
    postgres,
    proxy::{Mode, Proxy},
    wait,
};

/// The time for which tokens must be accepted: well below the ten seconds for which a
/// view is valid.
const ACCEPT_TIME: Duration = Duration::from_secs(7);

#[test]
fn stale_view_rejects_every_token_after_a_while() {
    let server = postgres::share();
    for mode in [Mode::Closed, Mode::Silent] {
        let url = server.new_database();
        let proxy = Proxy::to(server.socket());
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let portcullis = runtime.block_on(open(&proxy.url_of(&url)));
        let tokens = runtime.block_on(register(&portcullis, mode));
        runtime.block_on(async { portcullis.start_tasks() });
        let authenticate = || portcullis.sessions().authenticate(tokens.access.expose());

        proxy.set(mode);
        let since = Instant::now();
        while since.elapsed() < ACCEPT_TIME {
            assert!(
                authenticate().is_ok(),
                "{mode:?}, after {:?}",
                since.elapsed()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        wait::until("the token is rejected", || {
            matches!(authenticate(), Err(SessionError::Busy))
        });
        proxy.set(Mode::Open);
        wait::until("the token is accepted again", || authenticate().is_ok());
    }
}

async fn open(url: &str) -> Portcullis {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    MasterSecret::load_or_create(&secret).expect("a secret file");
    let opened = Portcullis::builder("https://app.example.org")
        .postgres(url)
        .secret_file(secret)
        .open_without_tasks();
    opened.await.expect("the session service")
}

async fn register(portcullis: &Portcullis, mode: Mode) -> IssuedTokens {
    let email = Email::parse(&format!("{mode:?}@example.org")).expect("an address");
    let password = NewPassword::parse(PASSWORD).expect("a password");
    let account = portcullis
        .accounts()
        .register(&email, &DisplayName::default(), &password)
        .await
        .expect("an account");
    let tokens = portcullis.sessions().begin(&account, &[]).await;
    tokens.expect("a session")
}
