//! A process that cannot read what ended vouches for its callers for a while,
//! and then for nobody.

use std::time::{Duration, Instant};

use portcullis::{
    Portcullis,
    accounts::{DisplayName, Email, NewPassword},
    keys::MasterSecret,
    sessions::{Grant, SessionError},
};

use testkit::PASSWORD;

use crate::{
    postgres,
    proxy::{Proxy, Way},
    wait,
};

/// Well below the ten seconds for which a view is good.
const GOOD: Duration = Duration::from_secs(7);

#[test]
fn vouches_for_a_while_and_then_for_nobody() {
    let server = postgres::share();
    for way in [Way::Closed, Way::Silent] {
        let url = server.new_database();
        let proxy = Proxy::to(server.socket());
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let portcullis = runtime.block_on(open(&proxy.url_of(&url)));
        let grant = runtime.block_on(register(&portcullis, way));
        runtime.block_on(async { portcullis.start_tasks() });
        let ask = || portcullis.sessions().authenticate(grant.access.expose());

        proxy.set(way);
        let since = Instant::now();
        while since.elapsed() < GOOD {
            assert!(ask().is_ok(), "{way:?}, after {:?}", since.elapsed());
            std::thread::sleep(Duration::from_millis(50));
        }
        wait::until("it fails closed", || {
            matches!(ask(), Err(SessionError::Busy))
        });
        proxy.set(Way::Open);
        wait::until("it is back", || ask().is_ok());
    }
}

async fn open(url: &str) -> Portcullis {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    MasterSecret::load_or_create(&secret).expect("a secret");
    let opened = Portcullis::builder("https://app.example.org")
        .postgres(url)
        .secret_file(secret)
        .open_without_tasks();
    opened.await.expect("opened")
}

async fn register(portcullis: &Portcullis, way: Way) -> Grant {
    let email = Email::parse(&format!("{way:?}@example.org")).expect("an address");
    let password = NewPassword::parse(PASSWORD).expect("a password");
    let account = portcullis
        .accounts()
        .register(&email, &DisplayName::default(), &password)
        .await
        .expect("registered");
    let grant = portcullis.sessions().begin(&account, &[]).await;
    grant.expect("begun")
}
