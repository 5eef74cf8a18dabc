//! The style sheets: each rule is closed, and no rule is inside of another.
//!
//! The rules after a missing brace hold only inside of the rule that lacks it, and no tool of the
//! build reports that, because CSS allows nested rules.

use std::fs;

use crate::failure::{Failure, Result, while_doing};
use crate::workspace::Workspace;

/// Checks every file in `style/`.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let folder = workspace.root.join("style");
    for entry in while_doing(folder.display(), fs::read_dir(&folder))? {
        let path = while_doing(folder.display(), entry)?.path();
        let text = while_doing(path.display(), fs::read_to_string(&path))?;
        if let Err(line) = check_text(&text) {
            return Err(Failure::new(format!(
                "{}:{line}: a rule is inside of another, or a brace is missing or too many.",
                path.display()
            )));
        }
    }
    Ok(())
}

/// Returns the number of the line with the error. A comment must not contain a brace.
fn check_text(text: &str) -> std::result::Result<(), usize> {
    // For each open block, whether it is that of a style rule. An at-rule such as `@media`
    // contains rules.
    let mut open = Vec::new();
    let mut prelude = String::new();
    for (at, line) in text.lines().enumerate() {
        for c in line.chars() {
            match c {
                '{' => {
                    if open.last() == Some(&true) {
                        return Err(at + 1);
                    }
                    open.push(!prelude.contains('@'));
                }
                '}' if open.pop().is_none() => return Err(at + 1),
                _ => {}
            }
            match c {
                '{' | '}' | ';' => prelude.clear(),
                c => prelude.push(c),
            }
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(text.lines().count())
    }
}

#[cfg(test)]
mod tests {
    use super::check_text;

    #[test]
    fn missing_brace_is_found_at_the_next_rule() {
        assert_eq!(
            check_text("a {\n  b: c;\n}\n@media x {\n  d {\n  }\n}\n"),
            Ok(())
        );
        assert_eq!(check_text("a {\n  b: c;\n\nd {\n}\n"), Err(4));
        assert_eq!(check_text("@media x {\n  d {\n  }\n"), Err(3));
        assert_eq!(check_text("a {\n}\n}\n"), Err(3));
    }
}
