//! Systems on which a cluster of our own cannot be guarded by a folder's owner.

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

/// None can be had.
pub(super) enum Cluster {}

impl Cluster {
    pub(super) fn start(_: &Workspace) -> Result<Self> {
        Err(Failure::new(
            "On this system the tests start no PostgreSQL of their own. Start one, and name it in \
             PORTCULLIS_TEST_POSTGRES: postgres://user:password@localhost:5432/database",
        ))
    }

    pub(super) fn programs(&self) -> &std::path::Path {
        match *self {}
    }

    pub(super) fn url(&self) -> &str {
        match *self {}
    }

    pub(super) fn wait(self) -> Result {
        match self {}
    }

    pub(super) fn stop(self) -> Result {
        match self {}
    }
}
