//! `portcullis session …`: lists, revokes and purges sessions.

use portcullis::{
    Portcullis, SessionId,
    accounts::{Email, StoredAccount},
    sessions::{LiveSession, Purged, Revoked},
};

use super::user;
use crate::{
    cli::{RevokeTarget, SessionCommand},
    failure::Failure,
    settings::Settings,
    terminal, time,
};

/// The largest number of sessions that are listed: more than an operator reads, and
/// few enough to be held in memory at once.
const MAX_LISTED_SESSIONS: u32 = 1000;

/// Runs the command. A running server applies a revocation within a second.
pub(super) async fn run(command: SessionCommand, settings: &Settings) -> Result<(), Failure> {
    match command {
        SessionCommand::List { account } => list(account.as_deref(), settings).await,
        SessionCommand::Revoke(RevokeTarget { id: Some(id), .. }) => revoke(&id, settings).await,
        SessionCommand::Revoke(RevokeTarget { all: true, yes, .. }) => {
            revoke_all(yes, settings).await
        }
        SessionCommand::Revoke(RevokeTarget { account, .. }) => {
            revoke_account(&account.unwrap_or_default(), settings).await
        }
        SessionCommand::Purge => purge(settings).await,
    }
}

async fn list(account: Option<&str>, settings: &Settings) -> Result<(), Failure> {
    let email = account.map(user::email).transpose()?;
    let portcullis = super::open::open(settings).await?;
    let account = match &email {
        None => None,
        Some(email) => Some(find(&portcullis, email).await?.id),
    };
    let listed = portcullis
        .sessions()
        .list(account, MAX_LISTED_SESSIONS)
        .await;
    let sessions = listed.map_err(Failure::new)?;
    if sessions.is_empty() {
        terminal::print("There are no active sessions.");
        return Ok(());
    }
    let header = ["SESSION", "E-MAIL", "SIGNED IN", "REFRESHED", "EXPIRES"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header)
        .chain(sessions.iter().map(row))
        .collect();
    terminal::print_table(&rows);
    if sessions.len() >= MAX_LISTED_SESSIONS as usize {
        terminal::print_error(&format!(
            "only the newest {MAX_LISTED_SESSIONS} sessions are listed; use --account EMAIL for those of one account"
        ));
    }
    Ok(())
}

async fn revoke(id: &str, settings: &Settings) -> Result<(), Failure> {
    let session: SessionId = id.parse().map_err(|_| {
        Failure::new(format!(
            "`{id}` is not a session id; `portcullis session list` lists the ids"
        ))
    })?;
    let portcullis = super::open::open(settings).await?;
    let revoked = portcullis.sessions().revoke(session).await;
    match revoked.map_err(Failure::new)? {
        Revoked::Now => terminal::print("The session has been revoked."),
        Revoked::Before => terminal::print("The session had already ended."),
        Revoked::Unknown => {
            return Err(Failure::new(
                "there is no session with this id; `portcullis session list` lists the ids",
            ));
        }
    }
    Ok(())
}

async fn revoke_account(address: &str, settings: &Settings) -> Result<(), Failure> {
    let email = user::email(address)?;
    let portcullis = super::open::open(settings).await?;
    let account = find(&portcullis, &email).await?;
    let ended = portcullis.sessions().end_all(account.id).await;
    terminal::print(&match ended.map_err(Failure::new)? {
        0 => "The account had no active session.".to_owned(),
        1 => "The account's session has been revoked.".to_owned(),
        ended => format!("The account's {ended} sessions have been revoked."),
    });
    Ok(())
}

async fn revoke_all(is_confirmed: bool, settings: &Settings) -> Result<(), Failure> {
    if !is_confirmed {
        terminal::confirm("This signs out every user of the installation.")?;
    }
    let portcullis = super::open::open(settings).await?;
    let ended = portcullis.sessions().revoke_all().await;
    terminal::print(&match ended.map_err(Failure::new)? {
        0 => "There was no active session.".to_owned(),
        1 => "1 session has been revoked.".to_owned(),
        ended => format!("{ended} sessions have been revoked."),
    });
    Ok(())
}

async fn purge(settings: &Settings) -> Result<(), Failure> {
    let portcullis = super::open::open(settings).await?;
    let Purged {
        sessions,
        events,
        accounts,
        ..
    } = portcullis.purge().await.map_err(Failure::new)?;
    let line = format!("Sessions deleted: {sessions}. Audit events deleted: {events}.");
    terminal::print(&match accounts {
        0 => line,
        // Their personal data were removed when they were deleted.
        _ => format!("{line} Deleted accounts removed: {accounts}."),
    });
    Ok(())
}

async fn find(portcullis: &Portcullis, email: &Email) -> Result<StoredAccount, Failure> {
    let found = portcullis.accounts().find(email).await;
    found.map_err(Failure::new)
}

fn row(session: &LiveSession) -> [String; 5] {
    [
        session.id.to_string(),
        session.email.clone(),
        time::show(session.created_at),
        time::show(session.refreshed_at),
        time::show(session.expires_at),
    ]
}
