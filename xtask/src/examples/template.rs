//! The template that `examples/leptos` starts from, without Portcullis.

use std::fs;
use std::path::{Path, PathBuf};

use super::leptos;
use crate::failure::{Failure, Result, while_doing};
use crate::report::note;
use crate::workspace::Workspace;

/// The files that the example adds lines to.
const FILES: [&str; 4] = ["Cargo.toml", "src/app.rs", "src/lib.rs", "src/main.rs"];

/// The largest number of lines of the template that the example may lack or change.
const CHANGED_ALLOWED: usize = 5;

/// Fails if the example is no longer the template with lines added.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let changed = changed(workspace)?;
    let figure = format!(
        "examples/leptos: {} lines of the template are changed, {CHANGED_ALLOWED} are allowed",
        changed.len()
    );
    note(&figure);
    if changed.len() <= CHANGED_ALLOWED {
        return Ok(());
    }
    Err(Failure::new(format!("{figure}:\n{}", changed.join("\n"))))
}

fn changed(workspace: &Workspace) -> Result<Vec<String>> {
    let (template, example) = (folder(workspace), leptos::folder(workspace));
    let mut changed = Vec::new();
    for file in FILES {
        let (template, example) = (template.join(file), example.join(file));
        let template = while_doing(template.display(), fs::read_to_string(&template))?;
        let example = while_doing(example.display(), fs::read_to_string(&example))?;
        changed.extend(absent(&template, &example).map(|line| format!("  {file}: {line}")));
    }
    Ok(changed)
}

/// Returns the lines of `of` that are missing in `text`. Other lines may be between them.
fn absent<'a>(of: &'a str, text: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = text.lines();
    of.lines().filter(move |line| {
        let mut ahead = rest.clone();
        let is_there = ahead.any(|other| other == *line);
        if is_there {
            rest = ahead;
        }
        !is_there
    })
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("xtask/templates/start-axum")
}

/// The name of its package and folder. Two packages of one name would overwrite each other in the
/// build folder.
const COPY: &str = "without-portcullis";

/// Creates, in the build folder, the example without Portcullis: the template with a page and a
/// server function that uses Leptos' own client. It has the lockfile of the workspace, so that the
/// versions are the same; cargo removes unused entries. And it depends on `unify`, which has no
/// code, so that it shares the dependencies that the example has compiled.
pub(super) fn without_portcullis(workspace: &Workspace) -> Result<PathBuf> {
    let target = workspace.target.join(COPY);
    copy(&folder(workspace), &target)?;
    copy(&workspace.root.join("xtask/templates").join(COPY), &target)?;
    let lock = workspace.root.join("Cargo.lock");
    while_doing(lock.display(), fs::copy(&lock, target.join("Cargo.lock")))?;
    let manifest = target.join("Cargo.toml");
    let text = while_doing(manifest.display(), fs::read_to_string(&manifest))?;
    // Only the name of the package changes: with another output name, the crates of Leptos
    // would be compiled again. The build folder may be inside Portcullis' workspace.
    let text =
        text.replacen(leptos::NAME, COPY, 1)
            .replacen("[dependencies]\n", &unify(workspace), 1);
    let text = text + "\n[workspace]\n";
    while_doing(manifest.display(), fs::write(&manifest, text))?;
    Ok(target)
}

/// Returns the first lines of the dependencies: the section, and `unify`.
fn unify(workspace: &Workspace) -> String {
    let folder = workspace.root.join("xtask/unify");
    format!(
        "[dependencies]\nunify = {{ path = {:?}, features = [\"hydrate\"] }}\n",
        folder.display().to_string()
    )
}

fn copy(from: &Path, to: &Path) -> Result {
    while_doing(to.display(), fs::create_dir_all(to))?;
    for entry in while_doing(from.display(), fs::read_dir(from))? {
        let entry = while_doing(from.display(), entry)?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            while_doing(from.display(), fs::copy(&from, &to))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::absent;

    #[test]
    fn changed_or_reordered_lines_are_missing() {
        let absent: Vec<_> = absent("a\nb\nc\nd", "a\nnew\nd\nc").collect();
        assert_eq!(absent, ["b", "d"]);
    }
}
