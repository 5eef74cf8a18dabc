//! `portcullis user …`: creates, lists, changes and deletes accounts.

use portcullis::{
    Portcullis, Registration,
    accounts::{AccountFlags, DisplayName, Email, NewPassword, StoredAccount},
    wire::Problem,
};

use crate::{
    cli::{NewUser, UserCommand},
    failure::Failure,
    invitations,
    settings::Settings,
    terminal, time,
};

/// Runs the command. A running server applies a change within a second.
pub(super) async fn run(command: UserCommand, settings: &Settings) -> Result<(), Failure> {
    match command {
        UserCommand::Create(user) => create(&user, settings).await,
        UserCommand::List => list(&super::open::open(settings).await?).await,
        UserCommand::Activate { email } => set_active(&email, true, settings).await,
        UserCommand::Deactivate { email } => set_active(&email, false, settings).await,
        UserCommand::Invite { email } => invite(&email, settings).await,
        UserCommand::GrantAdmin { email } => set_admin(&email, true, settings).await,
        UserCommand::RevokeAdmin { email } => set_admin(&email, false, settings).await,
        UserCommand::SetPassword { email } => set_password(&email, settings).await,
        UserCommand::Rename { email, name } => rename(&email, &name, settings).await,
        UserCommand::Delete { email, yes } => delete(&email, yes, settings).await,
    }
}

/// Creates an account. All input is checked before the data are touched, so that
/// invalid input leaves no files behind.
async fn create(user: &NewUser, settings: &Settings) -> Result<(), Failure> {
    let email = email(&user.email)?;
    let name = DisplayName::parse(&user.name).map_err(|problem| invalid("the name", problem))?;
    let password = ask_new_password()?;

    let portcullis = super::open::open(settings).await?;
    let flags = AccountFlags {
        is_active: !user.inactive,
        is_admin: user.admin,
    };
    let created = portcullis
        .accounts()
        .create(&email, &name, &password, flags)
        .await;
    let account = created.map_err(Failure::new)?;
    terminal::print(&format!("Created {} ({}).", account.email, account.id));
    Ok(())
}

async fn list(portcullis: &Portcullis) -> Result<(), Failure> {
    let accounts = portcullis.accounts().list().await.map_err(Failure::new)?;
    if accounts.is_empty() {
        terminal::print(
            "There are no accounts yet; create one with `portcullis user create EMAIL`.",
        );
        return Ok(());
    }
    let header = ["E-MAIL", "NAME", "STATE", "ROLE", "CREATED", "LAST SIGN-IN"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header)
        .chain(accounts.iter().map(row))
        .collect();
    terminal::print_table(&rows);
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
    terminal::print(match (active, changed) {
        (true, true) => "The account can sign in again.",
        (true, false) => "The account was already active.",
        (false, true) => "The account can no longer sign in; all its sessions have ended.",
        (false, false) => "The account was already inactive.",
    });
    Ok(())
}

async fn invite(address: &str, settings: &Settings) -> Result<(), Failure> {
    let email = email(address)?;
    if settings.registration == Registration::Closed {
        return Err(Failure::new(
            "registration is closed, also for invited users; set PORTCULLIS_REGISTRATION to invited",
        ));
    }
    let portcullis = super::open::open(settings).await?;
    let created = portcullis.accounts().invite(&email).await;
    let created = created.map_err(Failure::new)?;
    let link = invitations::link(settings.http.origin.as_str(), &created.token());
    let expires_at = time::show(created.invitation().expires_at);
    terminal::print(&format!(
        "Send this link to {}. It can be used once, and expires at {expires_at}.\n{link}",
        email.as_str()
    ));
    Ok(())
}

async fn set_admin(address: &str, is_admin: bool, settings: &Settings) -> Result<(), Failure> {
    let email = email(address)?;
    let portcullis = super::open::open(settings).await?;
    let accounts = portcullis.accounts();
    let account = accounts.find(&email).await.map_err(Failure::new)?;
    let changed = accounts.set_admin(account.id, is_admin).await;
    terminal::print(match (is_admin, changed.map_err(Failure::new)?) {
        (true, true) => "The account is now an administrator.",
        (true, false) => "The account was already an administrator.",
        (false, true) => "The account is no longer an administrator.",
        (false, false) => "The account was not an administrator.",
    });
    Ok(())
}

async fn set_password(address: &str, settings: &Settings) -> Result<(), Failure> {
    let email = email(address)?;
    let password = ask_new_password()?;
    let portcullis = super::open::open(settings).await?;
    let ended = portcullis.accounts().set_password(&email, &password).await;
    let sessions = sessions(ended.map_err(Failure::new)?);
    terminal::print(&format!("The password has been set. {sessions}"));
    Ok(())
}

async fn rename(address: &str, name: &str, settings: &Settings) -> Result<(), Failure> {
    let email = email(address)?;
    let name = DisplayName::parse(name).map_err(|problem| invalid("the name", problem))?;
    let portcullis = super::open::open(settings).await?;
    let renamed = portcullis.accounts().rename(&email, &name).await;
    terminal::print(if renamed.map_err(Failure::new)? {
        "The account has been renamed."
    } else {
        "The account had this name already."
    });
    Ok(())
}

async fn delete(address: &str, is_confirmed: bool, settings: &Settings) -> Result<(), Failure> {
    let email = email(address)?;
    let portcullis = super::open::open(settings).await?;
    let account = portcullis.accounts().find(&email).await;
    let account = account.map_err(Failure::new)?;
    if !is_confirmed {
        terminal::confirm(&format!(
            "This deletes the account {} and its personal data, and cannot be undone.",
            account.email
        ))?;
    }
    let ended = portcullis.accounts().delete(&email).await;
    let sessions = sessions(ended.map_err(Failure::new)?);
    terminal::print(&format!("The account has been deleted. {sessions}"));
    Ok(())
}

/// Says how many sessions of an account have ended.
fn sessions(ended: usize) -> String {
    match ended {
        0 => "It had no active session.".to_owned(),
        1 => "Its session has ended.".to_owned(),
        ended => format!("Its {ended} sessions have ended."),
    }
}

fn ask_new_password() -> Result<NewPassword, Failure> {
    let password = terminal::ask_new_password()?;
    NewPassword::parse(&password).map_err(|problem| invalid("the password", problem))
}

fn row(account: &StoredAccount) -> [String; 6] {
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
    Email::parse(text).map_err(|problem| invalid("the e-mail address", problem))
}

fn invalid(what: &str, problem: Problem) -> Failure {
    Failure::new(format!("{what} is invalid: {}", problem.message()))
}
