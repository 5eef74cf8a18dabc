//! One step of `cargo xtask test`: its name and its work.

use crate::failure::Result;
use crate::workspace::Workspace;

/// One step. Its name is `group/part`; the group alone names all its steps.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// The duration on two cores, in a clean clone.
    pub(crate) takes: &'static str,
    pub(crate) work: Work,
    /// Whether it cannot run after a failure in its group.
    pub(crate) follows: bool,
    /// Whether it runs only if it is named.
    pub(crate) by_name: bool,
}

pub(crate) enum Work {
    /// The arguments of a cargo command.
    Cargo(&'static str),
    /// The same, with a `PostgreSQL` server for it.
    CargoWithPostgres(&'static str),
    /// The same, with a `PostgreSQL` server that it may kill.
    CargoWithPostgresToKill(&'static str),
    Code(fn(&Workspace) -> Result),
    Playwright(fn(&Workspace, &[String]) -> Result),
}

/// Returns a step that runs whatever ran before, and without being named.
pub(crate) const fn step(
    name: &'static str,
    what: &'static str,
    takes: &'static str,
    work: Work,
) -> Step {
    Step {
        name,
        what,
        takes,
        work,
        follows: false,
        by_name: false,
    }
}

/// Returns a step that runs a cargo command.
pub(crate) const fn cargo(
    name: &'static str,
    what: &'static str,
    takes: &'static str,
    arguments: &'static str,
) -> Step {
    step(name, what, takes, Work::Cargo(arguments))
}

/// Returns a step that runs a function of this tool.
pub(crate) const fn code(
    name: &'static str,
    what: &'static str,
    takes: &'static str,
    run: fn(&Workspace) -> Result,
) -> Step {
    step(name, what, takes, Work::Code(run))
}

impl Step {
    /// Returns the step as one that runs only if it is named.
    pub(crate) const fn by_name(mut self) -> Self {
        self.by_name = true;
        self
    }

    /// Returns the step as one that cannot run after a failure in its group.
    pub(crate) const fn follows(mut self) -> Self {
        self.follows = true;
        self
    }

    pub(crate) fn group(&self) -> &'static str {
        self.name.split('/').next().unwrap_or(self.name)
    }

    /// Returns the argument that runs it again: the group for a step that needs the earlier
    /// steps of its group.
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
