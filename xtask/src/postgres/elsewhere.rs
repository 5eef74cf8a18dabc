//! Systems without UNIX file permissions, on which the tests start no cluster.

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

/// No cluster is available on this system.
pub(super) enum Cluster {}

impl Cluster {
    pub(super) fn start(_: &Workspace) -> Result<Self> {
        Err(Failure::new(
            "On this system the tests cannot start PostgreSQL. Start a server and set its URL in \
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
