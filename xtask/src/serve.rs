//! `cargo xtask serve` and `cargo xtask watch`.

use std::env;

use crate::failure::{Failure, Result};
use crate::process::{become_command, command, run};
use crate::report::note;
use crate::tools;
use crate::workspace::Workspace;

const DEFAULT_ORIGIN: &str = "http://127.0.0.1:3000";

/// Installs the tools, builds, and replaces this process by the server.
pub(crate) fn serve(workspace: &Workspace, arguments: &[String]) -> Result {
    let release = match arguments {
        [] => false,
        [flag] if flag == "--release" => true,
        _ => {
            return Err(Failure::new(
                "`cargo xtask serve` takes `--release` and nothing else; settings are \
                 PORTCULLIS_… environment variables.",
            ));
        }
    };
    tools::ensure(workspace)?;
    let takes = if release { 8 } else { 5 };
    note(format!(
        "building server and pages (about {takes} minutes the first time on two cores)"
    ));
    build(workspace, release)?;
    let origin = env::var("PORTCULLIS_ORIGIN").unwrap_or_else(|_| DEFAULT_ORIGIN.to_owned());
    note(format!("starting Portcullis on {origin}; Ctrl-C stops it"));
    let mut server = command(workspace, workspace.server(release))?;
    if env::var_os("PORTCULLIS_SITE_ROOT").is_none() {
        server.env("PORTCULLIS_SITE_ROOT", workspace.site());
    }
    become_command(&mut server)
}

/// Installs the tools and replaces this process by `cargo leptos watch`.
pub(crate) fn watch(workspace: &Workspace, arguments: &[String]) -> Result {
    tools::ensure(workspace)?;
    let mut leptos = command(workspace, tools::cargo_leptos(workspace)?)?;
    become_command(leptos.args(["leptos", "watch", "--split"]).args(arguments))
}

/// Builds the server, and the WASM, styles and assets that the browser loads.
pub(crate) fn build(workspace: &Workspace, release: bool) -> Result {
    let mut leptos = command(workspace, tools::cargo_leptos(workspace)?)?;
    leptos.args(["leptos", "build", "--split"]);
    if release {
        leptos.arg("--release");
    }
    run(&mut leptos)
}
