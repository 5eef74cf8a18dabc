//! `portcullis user …`: accounts, from the command line.

use portcullis::{
    Portcullis,
    accounts::{AccountFlags, AccountRow, DisplayName, Email, NewPassword},
    wire::Problem,
};

use crate::{
    cli::{NewUser, User},
    failure::Failure,
    settings::Settings,
    terminal, time,
};

/// Does what is asked. A running server sees it within a second.
pub(super) async fn run(command: User, settings: &Settings) -> Result<(), Failure> {
    match command {
        User::Create(user) => create(&user, settings).await,
        User::List => list(&super::open::open(settings).await?).await,
        User::Activate { email } => set_active(&email, true, settings).await,
        User::Deactivate { email } => set_active(&email, false, settings).await,
    }
}

/// Everything is checked before the data are touched, so that a mistake leaves
/// nothing behind.
async fn create(user: &NewUser, settings: &Settings) -> Result<(), Failure> {
    let email = email(&user.email)?;
    let name = DisplayName::parse(&user.name).map_err(|problem| refused("the name", problem))?;
    let password = terminal::ask_new_password()?;
    let password =
        NewPassword::parse(&password).map_err(|problem| refused("the password", problem))?;

    let portcullis = super::open::open(settings).await?;
    let standing = AccountFlags {
        is_active: !user.inactive,
        is_admin: user.admin,
    };
    let created = portcullis
        .accounts()
        .create(&email, &name, &password, standing)
        .await;
    let account = created.map_err(Failure::new)?;
    terminal::say(&format!("Created {} ({}).", account.email, account.id));
    Ok(())
}

async fn list(portcullis: &Portcullis) -> Result<(), Failure> {
    let accounts = portcullis.accounts().list().await.map_err(Failure::new)?;
    if accounts.is_empty() {
        terminal::say("There are no accounts yet; `portcullis user create` makes one.");
        return Ok(());
    }
    let header = ["E-MAIL", "NAME", "STATE", "ROLE", "CREATED", "LAST SIGN-IN"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header)
        .chain(accounts.iter().map(row))
        .collect();
    terminal::say_table(&rows);
    Ok(())
}

async fn set_active(address: &str, active: bool, settings: &Settings) -> Result<(), Failure> {
    let email = email(address)?;
    let portcullis = super::open::open(settings).await?;
    let changed = portcullis
        .accounts()
        .set_active(&email, active)
        .await
        .map_err(Failure::new)?;
    terminal::say(match (active, changed) {
        (true, true) => "The account can sign in again.",
        (true, false) => "The account was active already.",
        (false, true) => "The account cannot sign in any more; all of its sessions are ended.",
        (false, false) => "The account was inactive already.",
    });
    Ok(())
}

fn row(account: &AccountRow) -> [String; 6] {
    [
        account.email.clone(),
        account.name.clone(),
        if account.is_active {
            "active"
        } else {
            "inactive"
        }
        .to_owned(),
        if account.is_admin { "admin" } else { "" }.to_owned(),
        time::show(account.created_at),
        account.last_login_at.map(time::show).unwrap_or_default(),
    ]
}

pub(super) fn email(text: &str) -> Result<Email, Failure> {
    Email::parse(text).map_err(|problem| refused("the e-mail address", problem))
}

fn refused(what: &str, problem: Problem) -> Failure {
    Failure::new(format!("{what} cannot be used: {}", problem.sentence()))
}
