//! Callers that refresh sessions of their own, one after the other.

use portcullis::sessions::Sessions;

use testkit::{bench::load::Caller, installation::Installation};

use crate::installation::PAST_THE_WINDOW;

pub(crate) struct Refresher {
    sessions: Sessions,
    tokens: Vec<String>,
    at: usize,
    /// Whether each refresh must be a rotation; otherwise none may be.
    rotates: bool,
}

impl Refresher {
    /// So many of them, who share the sessions of these tokens. All have been
    /// handed out long enough ago, and the clock must go on fast enough for that
    /// to be so whenever one comes again.
    pub(crate) fn rotating(
        installation: &Installation,
        callers: usize,
        tokens: &[String],
    ) -> Vec<Self> {
        installation.clock.advance(PAST_THE_WINDOW);
        Self::sharing(installation, callers, tokens, true)
    }

    /// The same within the window: these were handed out just now.
    pub(crate) fn renewing(
        installation: &Installation,
        callers: usize,
        tokens: &[String],
    ) -> Vec<Self> {
        Self::sharing(installation, callers, tokens, false)
    }

    fn sharing(
        installation: &Installation,
        callers: usize,
        tokens: &[String],
        rotates: bool,
    ) -> Vec<Self> {
        let share = tokens.len().div_ceil(callers);
        let one = |own: &[String]| Self {
            sessions: installation.portcullis.sessions().clone(),
            tokens: own.to_vec(),
            at: 0,
            rotates,
        };
        tokens.chunks(share).map(one).collect()
    }
}

impl Caller for Refresher {
    async fn call(&mut self) {
        self.at = (self.at + 1) % self.tokens.len();
        let token = &mut self.tokens[self.at];
        let grant = self.sessions.refresh(token).await.expect("renewed");
        match grant.refresh {
            Some((next, _)) if self.rotates => next.expose().clone_into(token),
            None if !self.rotates => {}
            _ => panic!("another decision than the one that is measured"),
        }
    }
}
