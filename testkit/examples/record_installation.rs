//! Records an installation for `tests/library/older_installations.rs`: its database as SQL, and
//! the secrets with which the tests use it. `cargo run -p testkit --features service --example
//! record_installation -- schema-15` writes the folder `schema-15`. It needs the programs
//! `sqlite3` and `pg_dump`, and `PORTCULLIS_TEST_POSTGRES`, which `cargo xtask postgres` prints.

use std::{env, error::Error, fs, path::Path, process::Command, time::Duration};

use portcullis::{
    ExternalAccount,
    accounts::Email,
    sessions::{Device, IssuedTokens},
};
use serde_json::{Value, json};
use testkit::{
    EMAIL, PASSWORD,
    installation::{Installation, refresh_token, session_id},
    place::{Kind, Place},
};
use url::Url;

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/library/older_installations"
);
/// Longer than the replay window, so that a refresh rotates.
const PAUSE: Duration = Duration::from_secs(31);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let name = env::args().nth(1).ok_or("name the folder")?;
    let folder = Path::new(FOLDER).join(name);
    fs::create_dir_all(&folder)?;
    for (kind, file) in [(Kind::Sqlite, "sqlite"), (Kind::Postgres, "postgres")] {
        let installation = Installation::at(Place::new(kind).await).await;
        let secrets = fill(&installation).await?;
        let dump = dump(&installation.place)?;
        fs::write(folder.join(format!("{file}.sql")), dump)?;
        let secrets = serde_json::to_string_pretty(&secrets)? + "\n";
        fs::write(folder.join(format!("{file}.json")), secrets)?;
        installation.place.remove().await;
    }
    Ok(())
}

/// Creates accounts and sessions of each kind, and returns the secrets.
async fn fill(installation: &Installation) -> Result<Value, Box<dyn Error>> {
    let portcullis = &installation.portcullis;
    let (accounts, sessions) = (portcullis.accounts(), portcullis.sessions());
    let ada = installation.account(EMAIL).await;
    accounts.set_admin(ada.row().id, true).await?;
    let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    let device = Device::new(browser, Some("192.0.2.7".parse()?));
    let mut live = sessions.begin_on(device, &ada, &[]).await?;
    let ended = installation.sign_in().await;
    sessions.end(session_id(&ended)).await?;
    for _ in 0..2 {
        installation.pass(PAUSE).await;
        live = installation.refresh(&live).await?;
        sessions.authenticate(live.access.expose())?;
    }
    assert!(accounts.check(EMAIL, "a wrong password").await.is_err());

    let inactive = installation.register_as("bob@example.org").await;
    let email = Email::parse("bob@example.org").expect("an address");
    accounts.set_active(&email, false).await?;

    let external = ExternalAccount::new("users:42", "grace@example.org", "Grace")?;
    let external = accounts.external(&external).await?;
    let external = sessions.begin(&external, &[]).await?;
    portcullis.shutdown().await;

    let direct = installation.place.direct().await;
    let events = direct.number("SELECT count(*) FROM audit_events").await;
    direct.close().await;
    let keys = portcullis.signing_keys().list().await?;
    Ok(json!({
        "now": installation.clock.now().as_seconds(),
        "secret": fs::read_to_string(installation.place.folder.path().join("secret"))?,
        "password": PASSWORD,
        "kid": keys[0].kid,
        "events": events,
        "live": tokens(&live),
        "ended": tokens(&ended),
        "inactive": tokens(&inactive),
        "external": tokens(&external),
    }))
}

fn tokens(issued: &IssuedTokens) -> Value {
    json!({ "access": issued.access.expose(), "refresh": refresh_token(issued) })
}

fn dump(place: &Place) -> Result<String, Box<dyn Error>> {
    let Some(url) = &place.url else {
        return output(Command::new("sqlite3").arg(place.file()).arg(".dump"));
    };
    let mut url = Url::parse(url)?;
    // libpq does not know the options of sqlx.
    let known: Vec<_> = url.query_pairs().into_owned().collect();
    let known = known.iter().filter(|(name, _)| !name.contains('['));
    url.query_pairs_mut().clear().extend_pairs(known);
    let arguments = "--inserts --no-owner --no-privileges --schema=portcullis".split(' ');
    let dump = output(Command::new("pg_dump").args(arguments).arg(url.as_str()))?;
    // Comments, commands of psql, and settings that only some versions of PostgreSQL know.
    let left_out = ["--", "\\", "SET ", "SELECT pg_catalog.set_config"];
    let is_kept =
        |line: &&str| !line.is_empty() && !left_out.iter().any(|start| line.starts_with(start));
    let lines: Vec<&str> = dump.lines().filter(is_kept).collect();
    Ok(lines.join("\n") + "\n")
}

fn output(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
