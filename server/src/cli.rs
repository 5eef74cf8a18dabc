//! What can be asked on the command line.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::settings::table;

/// Secure sessions for web applications: accounts, sign-in, and tokens that
/// renew themselves.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do. Without a command: [`Command::Serve`].
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server (the default)
    Serve,
    /// Create, list, activate and deactivate accounts
    #[command(subcommand)]
    User(User),
    /// List and revoke sessions, and remove what is left of old ones
    #[command(subcommand)]
    Session(Session),
    /// List and rotate the signing keys
    #[command(subcommand)]
    Keys(Keys),
    /// Show what is set, and where each value comes from
    Config,
    /// Ask the running server whether it is alive; exit code 0 if it is
    Healthcheck,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create an account; the password is asked for, or read as a line from standard input
    Create(NewUser),
    /// List all accounts
    List,
    /// Let an account sign in again
    Activate {
        /// The account's e-mail address
        email: String,
    },
    /// Keep an account from signing in, and end all of its sessions
    Deactivate {
        /// The account's e-mail address
        email: String,
    },
}

/// What to do with the signing keys. Running servers follow within seconds.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// List all keys: what each one does, since when and until when
    List,
    /// Publish a new key, which signs from ten minutes later; nobody is signed out
    Rotate(Rotate),
}

/// How to rotate.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    /// The keys so far may be in somebody else's hands: replace them all within a minute
    ///
    /// From a minute later the new key signs, and access tokens of all other keys, forged ones
    /// among them, count no more. Browsers renew at their next request, and nobody is signed out:
    /// refresh tokens still renew, because a signing key alone cannot make one.
    ///
    /// What it costs: all who are active renew at once; programs that send an access token get a 401
    /// and have to renew; services that verify by `/.well-known/jwks.json` refuse new tokens, and take
    /// forged ones, until they fetch it again, which may be five minutes later.
    ///
    /// If the secret file is known as well, whoever can still read the database has the new key too.
    /// If refresh tokens were stolen too, end those sessions.
    #[arg(long)]
    pub(crate) revoke: bool,
}

/// The account to be created.
#[derive(Debug, clap::Args)]
pub(crate) struct NewUser {
    /// The e-mail address to sign in with
    pub(crate) email: String,
    /// The name to greet by
    #[arg(long, default_value = "")]
    pub(crate) name: String,
    /// Let the account use the administration
    #[arg(long)]
    pub(crate) admin: bool,
    /// Do not let the account sign in yet
    #[arg(long)]
    pub(crate) inactive: bool,
}

/// What to do with sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum Session {
    /// List who is signed in, newest first
    List {
        /// Only this account's sessions
        #[arg(long, value_name = "EMAIL")]
        account: Option<String>,
    },
    /// End a session, or all sessions of an account; its tokens are dead within a second
    Revoke(Which),
    /// Remove what is kept longer than the settings say; the server does so every hour
    Purge,
}

/// The sessions to be revoked: one or the other.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// The session's id
    pub(crate) id: Option<String>,
    /// All sessions of this account
    #[arg(long, value_name = "EMAIL")]
    pub(crate) account: Option<String>,
}

/// Reads the command line. What it does not know, or `--help`, ends the program
/// here.
pub(crate) fn parse() -> Command {
    let matches = Cli::command()
        .after_long_help(table::help())
        .after_help(MORE)
        .get_matches();
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli.command.unwrap_or(Command::Serve),
        Err(error) => error.exit(),
    }
}

const MORE: &str = "`portcullis --help` lists the settings as well.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
