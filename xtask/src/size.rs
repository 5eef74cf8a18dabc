//! The size of the files that the browser loads, and its budget.

use std::fs;
use std::path::Path;

use crate::end2end::require_node;
use crate::failure::{Failure, Result, while_doing};
use crate::process::{capture, command, run};
use crate::report::note;
use crate::tools;
use crate::workspace::Workspace;

/// The folder of the build, relative to the root as in cargo-leptos. The end-to-end tests use
/// another one.
const SITE: &str = "target/size";

/// The size in bytes of the WASM and the glue of the empty template,
/// `leptos-rs/start-axum-workspace`. `docs/performance.md`, "What the browser loads",
/// explains how to measure it again when a version changes.
const EMPTY: u32 = 96_949;

/// The budget of the first page, in hundredths of the empty template.
const ALLOWED: u32 = 160;

/// The files that every page loads: the WASM, its glue, and the loader of the other chunks.
const FIRST: [&str; 3] = [
    "portcullis.wasm",
    "portcullis.js",
    "__wasm_split.______________________.js",
];

/// The chunk that a page loads when it is opened, and its budget in bytes: a tenth more than
/// its size when the page was written.
const LAZY: [(&str, u32); 5] = [
    ("split_account.wasm", 25_200),
    ("split_register.wasm", 11_000),
    ("split_sessions.wasm", 38_200),
    ("split_security.wasm", 31_900),
    ("split_admin.wasm", 99_000),
];

/// The budget in bytes of the chunks with code that several pages share. Their names have
/// numbers, which change with every page.
const SHARED: u32 = 44_400;

/// A script that prints the compressed size in bytes of each named file, at the highest Brotli
/// quality. Node.js has the encoder, and the tests need Node.js already.
const BROTLI: &str = "
    const { readFileSync } = require('node:fs');
    const { brotliCompressSync, constants } = require('node:zlib');
    for (const name of process.argv.slice(1)) {
        const file = readFileSync(name);
        const params = {
            [constants.BROTLI_PARAM_QUALITY]: 11,
            [constants.BROTLI_PARAM_SIZE_HINT]: file.length,
        };
        console.log(brotliCompressSync(file, { params }).length);
    }
";

/// Builds the pages as for a release, without the server, and checks their sizes.
pub(crate) fn check(workspace: &Workspace) -> Result {
    require_node(workspace)?;
    tools::ensure(workspace)?;
    // A chunk of a removed page would be measured with the others.
    let _ = fs::remove_dir_all(workspace.root.join(SITE));
    let mut leptos = command(workspace, tools::cargo_leptos(workspace)?)?;
    leptos
        .args(["leptos", "build", "--release", "--frontend-only", "--split"])
        .env("LEPTOS_SITE_ROOT", SITE);
    run(&mut leptos)?;
    let folder = workspace.root.join(SITE).join("pkg");
    require_budgets(&folder)?;
    let first = compressed(workspace, &folder, FIRST)?;
    let lazy = compressed(workspace, &folder, LAZY.map(|(name, _)| name))?;
    let shared = compressed_total(workspace, &folder, &shared_chunks(&folder)?)?;
    let first = judge_first(&first);
    let lazy = judge_lazy(&lazy);
    let shared = judge_shared(shared);
    first.and(lazy).and(shared)
}

/// Fails for a chunk without a budget, such as that of a new page.
fn require_budgets(folder: &Path) -> Result {
    for entry in while_doing(folder.display(), fs::read_dir(folder))? {
        let name = while_doing(folder.display(), entry)?.file_name();
        let name = name.to_string_lossy();
        if is_chunk_without_budget(&name) {
            return Err(Failure::new(format!(
                "{name} has no budget; give it one in xtask/src/size.rs."
            )));
        }
    }
    Ok(())
}

/// Returns the names of the chunks that several pages share.
fn shared_chunks(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in while_doing(folder.display(), fs::read_dir(folder))? {
        let name = while_doing(folder.display(), entry)?.file_name();
        names.extend(
            name.to_str()
                .filter(|name| is_shared(name))
                .map(str::to_owned),
        );
    }
    Ok(names)
}

fn is_shared(name: &str) -> bool {
    let number = name.strip_prefix("chunk_");
    let number = number.and_then(|rest| rest.strip_suffix(".wasm"));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

fn is_chunk_without_budget(name: &str) -> bool {
    let has_budget =
        FIRST.contains(&name) || LAZY.iter().any(|(lazy, _)| *lazy == name) || is_shared(name);
    Path::new(name)
        .extension()
        .is_some_and(|kind| kind == "wasm")
        && !has_budget
}

/// Returns the compressed size in bytes of files in `folder` together.
fn compressed_total(workspace: &Workspace, folder: &Path, names: &[String]) -> Result<u32> {
    let mut total = 0;
    for name in names {
        let [size] = compressed(workspace, folder, [name.as_str()])?;
        total += size;
    }
    Ok(total)
}

/// Returns the compressed sizes in bytes of files in `folder`.
pub(crate) fn compressed<const N: usize>(
    workspace: &Workspace,
    folder: &Path,
    names: [&str; N],
) -> Result<[u32; N]> {
    let mut node = command(workspace, "node")?;
    node.args(["-e", BROTLI]);
    node.args(names.map(|name| folder.join(name)));
    let said = capture(&mut node)?;
    let sizes: Vec<u32> = said.lines().filter_map(|line| line.parse().ok()).collect();
    sizes.try_into().map_err(|_| {
        Failure::new(format!(
            "Expected the sizes of {N} files, but the script printed: {said}"
        ))
    })
}

fn judge_first(sizes: &[u32]) -> Result {
    let total: u32 = sizes.iter().sum();
    let ratio = f64::from(total) / f64::from(EMPTY);
    let figure = format!(
        "{} KB compressed for the first page (WASM, glue, loader: {}): {ratio:.3} times the empty \
         template",
        kilobytes(total),
        sizes
            .iter()
            .map(|size| kilobytes(*size))
            .collect::<Vec<_>>()
            .join(", "),
    );
    note(&figure);
    let budget = EMPTY * ALLOWED / 100;
    if total <= budget {
        return Ok(());
    }
    Err(Failure::new(format!(
        "The first page is too large: {figure}; the budget is {} KB. docs/performance.md explains \
         what takes space and how to see it.",
        kilobytes(budget)
    )))
}

fn judge_lazy(sizes: &[u32]) -> Result {
    let mut too_large = Vec::new();
    for ((name, budget), size) in LAZY.iter().zip(sizes) {
        let figure = format!("{} KB compressed: {name}", kilobytes(*size));
        note(&figure);
        if size > budget {
            too_large.push(format!("{figure}; its budget is {} KB", kilobytes(*budget)));
        }
    }
    if too_large.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("{}.", too_large.join("; "))))
}

fn judge_shared(size: u32) -> Result {
    let figure = format!("{} KB compressed: code that pages share", kilobytes(size));
    note(&figure);
    if size <= SHARED {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{figure}; its budget is {} KB.",
        kilobytes(SHARED)
    )))
}

pub(crate) fn kilobytes(bytes: u32) -> String {
    format!("{:.1}", f64::from(bytes) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_the_last_size_that_passes() {
        let budget = EMPTY * ALLOWED / 100;
        assert!(judge_first(&[budget - 7_000, 6_000, 1_000]).is_ok());
        assert!(judge_first(&[budget - 7_000, 6_000, 1_001]).is_err());
        let mut budgets = LAZY.map(|(_, budget)| budget);
        assert!(judge_lazy(&budgets).is_ok());
        budgets[1] += 1;
        assert!(judge_lazy(&budgets).is_err());
        assert!(judge_shared(SHARED).is_ok());
        assert!(judge_shared(SHARED + 1).is_err());
    }

    #[test]
    fn a_new_chunk_needs_a_budget() {
        assert!(is_chunk_without_budget("split_devices.wasm"));
        assert!(is_chunk_without_budget("chunk_new.wasm"));
        assert!(!is_chunk_without_budget("chunk_0.wasm"));
        for name in FIRST {
            assert!(!is_chunk_without_budget(name));
        }
        assert!(!is_chunk_without_budget(LAZY[0].0));
        assert!(!is_chunk_without_budget("portcullis.css"));
    }
}
