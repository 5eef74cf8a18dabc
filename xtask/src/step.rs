//! One step of `cargo xtask test`: its name, and how it is carried out.

use crate::failure::Result;
use crate::workspace::Workspace;

/// One step. `group/part` as a name, so that a group can be named as a whole.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// How long it takes on two cores, on a clean clone.
    pub(crate) takes: &'static str,
    pub(crate) work: Work,
    /// Whether it cannot run after a failure in its group.
    pub(crate) follows: bool,
}

pub(crate) enum Work {
    /// The words of a cargo command.
    Cargo(&'static str),
    /// The same, while a `PostgreSQL` runs for it.
    CargoWithPostgres(&'static str),
    /// The same, with a `PostgreSQL` that it may kill.
    CargoWithPostgresToKill(&'static str),
    Code(fn(&Workspace) -> Result),
    Playwright(fn(&Workspace, &[String]) -> Result),
}

impl Step {
    pub(crate) fn group(&self) -> &'static str {
        self.name.split('/').next().unwrap_or(self.name)
    }

    /// What to name to run it again. A step that follows others of its group
    /// proves nothing new without them.
    pub(crate) fn repeat(&self) -> &'static str {
        if self.follows {
            self.group()
        } else {
            self.name
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name || self.group() == name
    }
}
