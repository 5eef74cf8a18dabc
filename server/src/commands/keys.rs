//! `portcullis keys …`: lists and rotates the signing keys.

use portcullis::keys::{KeyRotation, KeyState, ListedKey, SigningKeys};

use crate::{
    cli::{KeysCommand, RotateArgs},
    failure::Failure,
    settings::Settings,
    terminal, time,
};

/// Runs the command. Running servers load a change within seconds.
pub(super) async fn run(command: &KeysCommand, settings: &Settings) -> Result<(), Failure> {
    let portcullis = super::open::open(settings).await?;
    let keys = portcullis.signing_keys();
    match command {
        KeysCommand::List => list(keys).await,
        KeysCommand::Rotate(RotateArgs { revoke: false }) => rotate(keys).await,
        KeysCommand::Rotate(RotateArgs { revoke: true }) => revoke(keys).await,
    }
}

async fn list(keys: &SigningKeys) -> Result<(), Failure> {
    let keys = keys.list().await.map_err(Failure::new)?;
    let header = ["KEY", "STATE", "SINCE", "UNTIL"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header)
        .chain(keys.iter().map(row))
        .collect();
    terminal::print_table(&rows);
    Ok(())
}

async fn rotate(keys: &SigningKeys) -> Result<(), Failure> {
    let rotation = keys.rotate().await.map_err(Failure::new)?;
    terminal::print(&match rotation {
        KeyRotation::Published(at) => format!(
            "A new key is published and signs from {}. No user is signed out.",
            time::show(at)
        ),
        KeyRotation::AlreadyPublished(at) => format!(
            "A new key was already published; it signs from {}.",
            time::show(at)
        ),
    });
    Ok(())
}

async fn revoke(keys: &SigningKeys) -> Result<(), Failure> {
    let at = keys.revoke().await.map_err(Failure::new)?;
    terminal::print(&format!(
        "A new key signs from {}. From then on access tokens of all other keys are invalid; browsers refresh theirs.",
        time::show(at)
    ));
    Ok(())
}

fn row(key: &ListedKey) -> [String; 4] {
    let (state, since, until) = match key.state {
        KeyState::Published { since, until } => ("published, signs next", since, until),
        KeyState::Signing { since, until } => ("signs", since, until),
        KeyState::Verifying { since, until } => ("verifies only", since, until),
        KeyState::Revoked { since, until } => ("revoked, refresh only", since, until),
    };
    [
        key.kid.clone(),
        state.to_owned(),
        time::show(since),
        time::show(until),
    ]
}
