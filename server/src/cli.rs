//! The command line: commands, arguments and their help texts.

use std::path::PathBuf;

use clap::{ArgGroup, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::settings::table;

/// Secure sessions for web applications: accounts, sign-in, and tokens that
/// are refreshed automatically.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// The command to run. Without one: [`Command::Serve`].
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server (the default)
    Serve,
    /// Create, list, change and delete accounts
    #[command(subcommand)]
    User(UserCommand),
    /// List and revoke sessions, and purge old ones
    #[command(subcommand)]
    Session(SessionCommand),
    /// List and rotate the signing keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Copy the database to a new file (`SQLite`), while the server runs
    Backup {
        /// The file to create
        file: PathBuf,
    },
    /// Show the settings in force and where each value comes from
    Config,
    /// Check that the server on this machine is alive; exit code 0 if it is
    Healthcheck,
}

/// The commands for accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Create an account; prompts for the password, or reads it as a line from standard input
    Create(NewUser),
    /// List all accounts
    List,
    /// Allow an account to sign in again
    Activate {
        /// The account's e-mail address
        email: String,
    },
    /// Prevent an account from signing in, and end all its sessions
    Deactivate {
        /// The account's e-mail address
        email: String,
    },
    /// Invite the user of an e-mail address to register, and print the link; it can be used once,
    /// and is not shown again
    Invite {
        /// The e-mail address of the new user
        email: String,
    },
    /// Make an account an administrator
    GrantAdmin {
        /// The account's e-mail address
        email: String,
    },
    /// Remove the administrator rights of an account
    RevokeAdmin {
        /// The account's e-mail address
        email: String,
    },
    /// Set a new password and end all sessions of the account; prompts for the password, or reads
    /// it as a line from standard input
    SetPassword {
        /// The account's e-mail address
        email: String,
    },
    /// Change the display name of an account
    Rename {
        /// The account's e-mail address
        email: String,
        /// The new display name; may be empty
        name: String,
    },
    /// Delete an account and its personal data, and end all its sessions
    Delete {
        /// The account's e-mail address
        email: String,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
}

/// The commands for signing keys. Running servers load the changes within seconds.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// List all keys: the state of each, since when and until when
    List,
    /// Publish a new key, which begins to sign ten minutes later; no user is signed out
    Rotate(RotateArgs),
}

/// The arguments of `keys rotate`.
#[derive(Debug, clap::Args)]
pub(crate) struct RotateArgs {
    /// Replace all keys within a minute, if they may have leaked
    ///
    /// After one minute the new key signs, and access tokens of all other keys, including forged
    /// ones, are invalid. Browsers refresh at their next request, and no user is signed out:
    /// refresh tokens can still be exchanged, because they cannot be forged with a signing key
    /// alone.
    ///
    /// Costs: all active users refresh at once; programs that send an access token get a 401 and
    /// have to refresh; services that verify with `/.well-known/jwks.json` reject new tokens, and
    /// accept forged ones, until they fetch the key set again, which may be five minutes later.
    ///
    /// If the secret file has leaked too, an attacker who can still read the database also has the
    /// new key. If refresh tokens were stolen too, revoke those sessions.
    #[arg(long)]
    pub(crate) revoke: bool,
}

/// The account to create.
#[derive(Debug, clap::Args)]
pub(crate) struct NewUser {
    /// The e-mail address to sign in with
    pub(crate) email: String,
    /// The display name
    #[arg(long, default_value = "")]
    pub(crate) name: String,
    /// Make the account an administrator
    #[arg(long)]
    pub(crate) admin: bool,
    /// Create the account inactive: it cannot sign in until it is activated
    #[arg(long)]
    pub(crate) inactive: bool,
}

/// The commands for sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List active sessions, newest first
    List {
        /// List the sessions of this account only
        #[arg(long, value_name = "EMAIL")]
        account: Option<String>,
    },
    /// Revoke a session, all sessions of an account, or all sessions; their tokens are rejected
    /// within a second
    Revoke(RevokeTarget),
    /// Delete sessions and audit events past their retention, and the rows of deleted accounts
    /// without sessions; the server does this every hour
    Purge,
}

/// The sessions to revoke: one by its id, all of an account, or all.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(group(
    ArgGroup::new("target").required(true).args(["id", "account", "all"])
))]
pub(crate) struct RevokeTarget {
    /// The id of the session
    pub(crate) id: Option<String>,
    /// Revoke all sessions of this account
    #[arg(long, value_name = "EMAIL")]
    pub(crate) account: Option<String>,
    /// Revoke all sessions of all accounts; every user has to sign in again
    #[arg(long)]
    pub(crate) all: bool,
    /// With --all: do not ask for confirmation
    #[arg(long, conflicts_with_all = ["id", "account"])]
    pub(crate) yes: bool,
}

/// Parses the command line. Ends the process on an invalid command line and on
/// `--help`.
pub(crate) fn parse() -> Command {
    let matches = Cli::command()
        .after_long_help(table::help())
        .after_help(AFTER_SHORT_HELP)
        .get_matches();
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli.command.unwrap_or(Command::Serve),
        Err(error) => error.exit(),
    }
}

const AFTER_SHORT_HELP: &str = "`portcullis --help` also lists the settings.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn command_line_definition_is_valid() {
        super::Cli::command().debug_assert();
    }
}
