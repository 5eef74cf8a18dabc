//! The user that the `PostgreSQL` server runs as.

use crate::failure::{Failure, Result};
use crate::packages::is_root;
use crate::process::{capture, command};
use crate::workspace::Workspace;

/// `PostgreSQL`'s package creates the first of these; every system has the second.
const NAMES: [&str; 2] = ["postgres", "nobody"];

/// A user of the system, by its numeric ids.
pub(super) struct Account {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// Returns the user to switch to. Only root needs one, because `PostgreSQL` refuses to run as
    /// root.
    pub(super) fn to_drop_to(workspace: &Workspace) -> Result<Option<Self>> {
        if !is_root(workspace) {
            return Ok(None);
        }
        let account = NAMES.iter().find_map(|name| {
            Some(Self {
                user: id(workspace, "-u", name)?,
                group: id(workspace, "-g", name)?,
            })
        });
        account.map(Some).ok_or_else(|| {
            Failure::new(
                "PostgreSQL refuses to run as root, and this system has neither a user `postgres` \
                 nor `nobody`. Run this as an ordinary user.",
            )
        })
    }
}

fn id(workspace: &Workspace, which: &str, name: &str) -> Option<u32> {
    let mut id = command(workspace, "id").ok()?;
    capture(id.args([which, name])).ok()?.trim().parse().ok()
}
