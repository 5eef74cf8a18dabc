//! The size that the library adds to the files that a browser loads of a Leptos application.

use std::path::Path;

use super::{leptos, template};
use crate::end2end::require_node;
use crate::failure::{Failure, Result};
use crate::process::run;
use crate::report::note;
use crate::size::{compressed, kilobytes};
use crate::workspace::Workspace;

/// The largest allowed addition in bytes: WASM and glue, compressed.
const ALLOWED: u32 = 30_000;

/// Compares `examples/leptos` with the same application without Portcullis, built in
/// the same way. That one is the empty template with a page that calls a server
/// function: Leptos needs 32 KB more for the first one, with its own client too.
pub(crate) fn check(workspace: &Workspace) -> Result {
    require_node(workspace)?;
    let without = template::without_portcullis(workspace)?;
    run(&mut leptos::frontend(workspace, &without)?)?;
    let without = total(workspace, &without)?;
    let example = total(workspace, &leptos::folder(workspace))?;
    check_budget(without, example)
}

fn total(workspace: &Workspace, folder: &Path) -> Result<u32> {
    let [wasm, glue] = [".wasm", ".js"].map(|kind| [leptos::NAME, kind].concat());
    let sizes = compressed(workspace, &folder.join(leptos::PKG), [&wasm, &glue])?;
    Ok(sizes.iter().sum())
}

fn check_budget(without: u32, example: u32) -> Result {
    let added = example.saturating_sub(without);
    let figure = format!(
        "examples/leptos is {1} KB compressed, and {0} without Portcullis: {2} added",
        kilobytes(without),
        kilobytes(example),
        kilobytes(added),
    );
    note(&figure);
    if added <= ALLOWED {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{figure}; the budget is {} KB.",
        kilobytes(ALLOWED)
    )))
}

#[cfg(test)]
mod tests {
    use super::{ALLOWED, check_budget};

    #[test]
    fn budget_is_the_last_size_that_passes() {
        assert!(check_budget(90_000, 90_000 + ALLOWED).is_ok());
        assert!(check_budget(90_000, 90_001 + ALLOWED).is_err());
    }
}
