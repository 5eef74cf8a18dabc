//! The standard library for WebAssembly, of the toolchain in use.

use std::path::Path;

use crate::failure::Result;
use crate::process::{self, capture, command};
use crate::report::note;
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";

pub(super) fn ensure(workspace: &Workspace) -> Result {
    let sysroot = capture(command(workspace, "rustc")?.args(["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib");
    if library.is_dir() {
        note(format!("{TARGET}: installed"));
        return Ok(());
    }
    note(format!(
        "{TARGET}: adding it to the toolchain (half a minute)"
    ));
    process::run(command(workspace, "rustup")?.args(["target", "add", TARGET]))
}
