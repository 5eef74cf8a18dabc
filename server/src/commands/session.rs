//! `portcullis session …`: who is signed in, and the end of it.

use portcullis::{
    Portcullis, SessionId,
    accounts::{AccountRow, Email},
    sessions::{LiveSession, Purged, Revoked},
};

use super::user;
use crate::{
    cli::{Session, Which},
    failure::Failure,
    settings::Settings,
    terminal, time,
};

/// The most sessions that are listed: more than anybody reads, and little enough
/// for one page of memory.
const MOST_LISTED: u32 = 1000;

/// Does what is asked. A running server feels it within a second.
pub(super) async fn run(command: Session, settings: &Settings) -> Result<(), Failure> {
    match command {
        Session::List { account } => list(account.as_deref(), settings).await,
        Session::Revoke(Which { id: Some(id), .. }) => revoke(&id, settings).await,
        Session::Revoke(Which { account, .. }) => {
            revoke_all(&account.unwrap_or_default(), settings).await
        }
        Session::Purge => purge(settings).await,
    }
}

async fn list(account: Option<&str>, settings: &Settings) -> Result<(), Failure> {
    let email = account.map(user::email).transpose()?;
    let portcullis = super::open::open(settings).await?;
    let account = match &email {
        None => None,
        Some(email) => Some(find(&portcullis, email).await?.id),
    };
    let listed = portcullis.sessions().list(account, MOST_LISTED).await;
    let sessions = listed.map_err(Failure::new)?;
    if sessions.is_empty() {
        terminal::say("Nobody is signed in.");
        return Ok(());
    }
    let header = ["SESSION", "E-MAIL", "SIGNED IN", "RENEWED", "ENDS"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header)
        .chain(sessions.iter().map(row))
        .collect();
    terminal::say_table(&rows);
    if sessions.len() >= MOST_LISTED as usize {
        terminal::complain(&format!(
            "these are the newest {MOST_LISTED}; --account shows those of one account"
        ));
    }
    Ok(())
}

async fn revoke(id: &str, settings: &Settings) -> Result<(), Failure> {
    let session: SessionId = id.parse().map_err(|_| {
        Failure::new(format!(
            "`{id}` is not the id of a session; `portcullis session list` shows them"
        ))
    })?;
    let portcullis = super::open::open(settings).await?;
    let revoked = portcullis.sessions().revoke(session).await;
    match revoked.map_err(Failure::new)? {
        Revoked::Now => terminal::say("The session is ended."),
        Revoked::Before => terminal::say("The session had ended already."),
        Revoked::Unknown => return Err(Failure::new("there is no session with this id")),
    }
    Ok(())
}

async fn revoke_all(address: &str, settings: &Settings) -> Result<(), Failure> {
    let email = user::email(address)?;
    let portcullis = super::open::open(settings).await?;
    let account = find(&portcullis, &email).await?;
    let ended = portcullis.sessions().end_all(account.id).await;
    terminal::say(&match ended.map_err(Failure::new)? {
        0 => "The account had no session.".to_owned(),
        1 => "The account's session is ended.".to_owned(),
        ended => format!("The account's {ended} sessions are ended."),
    });
    Ok(())
}

async fn purge(settings: &Settings) -> Result<(), Failure> {
    let portcullis = super::open::open(settings).await?;
    let Purged {
        sessions, events, ..
    } = portcullis.purge().await.map_err(Failure::new)?;
    terminal::say(&format!(
        "Sessions removed: {sessions}. Events removed: {events}."
    ));
    Ok(())
}

async fn find(portcullis: &Portcullis, email: &Email) -> Result<AccountRow, Failure> {
    let found = portcullis.accounts().find(email).await;
    found.map_err(Failure::new)
}

fn row(session: &LiveSession) -> [String; 5] {
    [
        session.id.to_string(),
        session.email.clone(),
        time::show(session.begun_at),
        time::show(session.renewed_at),
        time::show(session.ends_at),
    ]
}
