//! `portcullis keys …`: the signing keys, from the command line.

use portcullis::keys::{KeyRotation, KeyState, ListedKey, SigningKeys};

use crate::{
    cli::{Keys, Rotate},
    failure::Failure,
    settings::Settings,
    terminal, time,
};

/// Does what is asked. Running servers see it within seconds.
pub(super) async fn run(command: &Keys, settings: &Settings) -> Result<(), Failure> {
    let portcullis = super::open::open(settings).await?;
    let keys = portcullis.signing_keys();
    match command {
        Keys::List => list(keys).await,
        Keys::Rotate(Rotate { revoke: false }) => rotate(keys).await,
        Keys::Rotate(Rotate { revoke: true }) => revoke(keys).await,
    }
}

async fn list(keys: &SigningKeys) -> Result<(), Failure> {
    let keys = keys.list().await.map_err(Failure::new)?;
    let header = ["KEY", "STATE", "SINCE", "UNTIL"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header)
        .chain(keys.iter().map(row))
        .collect();
    terminal::say_table(&rows);
    Ok(())
}

async fn rotate(keys: &SigningKeys) -> Result<(), Failure> {
    let rotation = keys.rotate().await.map_err(Failure::new)?;
    terminal::say(&match rotation {
        KeyRotation::Made(at) => format!(
            "A new key is published, and signs from {}. Nobody is signed out.",
            time::show(at)
        ),
        KeyRotation::Already(at) => format!(
            "A new key had been published already; it signs from {}.",
            time::show(at)
        ),
    });
    Ok(())
}

async fn revoke(keys: &SigningKeys) -> Result<(), Failure> {
    let at = keys.revoke().await.map_err(Failure::new)?;
    terminal::say(&format!(
        "A new key signs from {} on; access tokens of all other keys count no more then, and browsers renew theirs.",
        time::show(at)
    ));
    Ok(())
}

fn row(key: &ListedKey) -> [String; 4] {
    let (state, since, until) = match key.state {
        KeyState::Published { since, until } => ("published, signs next", since, until),
        KeyState::Signing { since, until } => ("signs", since, until),
        KeyState::Verifying { since, until } => ("verifies only", since, until),
        KeyState::Revoked { since, until } => ("revoked, renews only", since, until),
    };
    [
        key.kid.clone(),
        state.to_owned(),
        time::show(since),
        time::show(until),
    ]
}
