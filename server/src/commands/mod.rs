//! The commands, one file each, and `open`, which several of them use.

mod backup;
mod config;
mod healthcheck;
mod keys;
mod open;
mod serve;
mod session;
mod user;

use crate::{
    cli::Command,
    failure::Failure,
    settings::{Environment, Settings, Values},
};

/// Reads the settings and runs the command.
pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    let values = Values::collect(Environment::of_this_process()?)?;
    let settings = Settings::read(&values)?;
    match command {
        Command::Serve => serve::run(&settings).await,
        Command::User(command) => user::run(command, &settings).await,
        Command::Session(command) => session::run(command, &settings).await,
        Command::Keys(command) => keys::run(&command, &settings).await,
        Command::Backup { file } => backup::run(&file, &settings).await,
        Command::Config => {
            config::run(&values);
            Ok(())
        }
        Command::Healthcheck => healthcheck::run(&settings.http).await,
    }
}
