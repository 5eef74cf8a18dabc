//! Callers that refresh their own sessions, one after the other.

use portcullis::sessions::Sessions;

use testkit::{bench::load::Caller, installation::Installation};

use crate::installation::PAST_THE_WINDOW;

pub(crate) struct Refresher {
    sessions: Sessions,
    tokens: Vec<String>,
    at: usize,
    /// Whether every refresh must rotate; otherwise none may rotate.
    rotates: bool,
}

impl Refresher {
    /// Creates callers whose refreshes all rotate, and distributes the tokens among them.
    /// Advances the clock past the replay window first. The clock must then advance fast
    /// enough that each token is past the window whenever it is refreshed again.
    pub(crate) fn rotating(
        installation: &Installation,
        callers: usize,
        tokens: &[String],
    ) -> Vec<Self> {
        installation.clock.advance(PAST_THE_WINDOW);
        Self::sharing(installation, callers, tokens, true)
    }

    /// Creates callers whose refreshes are all within the replay window, because the
    /// tokens have just been issued, and distributes the tokens among them.
    pub(crate) fn keeping(
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
        let issued = self.sessions.refresh(token).await.expect("refreshed");
        match issued.refresh {
            Some((next, _)) if self.rotates => next.expose().clone_into(token),
            None if !self.rotates => {}
            _ => panic!("another decision than the measured one"),
        }
    }
}
