//! Assembles the services of a process.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{OpenError, Portcullis, Services, background::Tasks};
use crate::{
    accounts::{Accounts, PasswordContext, Passwords, Registration},
    attempts::{AttemptKeys, Attempts, Limits},
    clock::Clock,
    cookies::Cookies,
    http::{ErrorPage, SecurityHeaders, TrustedProxies},
    keys::{KeyRing, MasterSecret, SigningKeys},
    metrics::Requests,
    origin::PublicOrigin,
    policy::{MAX_CLOCK_SKEW, Policy},
    revocation::{RevocationFeed, RevocationView, Watchdog},
    sessions::{ConfirmationWriter, Confirmations, Purge, Sessions, SignInSettings},
    statistics::StatisticsService,
    store::Store,
    token::Tokens,
    wire::ProtectedPages,
};

/// The validated settings of a builder.
pub(super) struct Checked {
    pub(super) origin: PublicOrigin,
    pub(super) policy: Policy,
    pub(super) cookies: Cookies,
    pub(super) pages: ProtectedPages,
    pub(super) security_headers: SecurityHeaders,
    pub(super) error_page: ErrorPage,
    pub(super) record_last_sign_in: bool,
    pub(super) has_passwords: bool,
    pub(super) has_token_endpoints: bool,
    pub(super) cross_site_paths: Vec<String>,
    pub(super) registration: Registration,
    pub(super) invitation_lifetime: Duration,
    pub(super) max_sessions: u32,
    pub(super) trusted_proxies: TrustedProxies,
    pub(super) limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
}

impl Checked {
    /// Loads the signing keys, fills the revocation view, and assembles the services.
    pub(super) async fn assemble(
        self,
        secret: MasterSecret,
        store: Store,
    ) -> Result<Portcullis, OpenError> {
        let Self {
            origin,
            policy,
            clock,
            ..
        } = &self;
        let tokens = Arc::new(Tokens::new(origin, KeyRing::default(), *policy));
        let attempts = Attempts::new(
            store.clone(),
            AttemptKeys::new(secret.attempts_key()),
            self.limits,
            Arc::clone(clock),
        );
        let signing_keys = Arc::new(SigningKeys::new(
            store.clone(),
            secret,
            Arc::clone(&tokens),
            policy,
            Arc::clone(clock),
        ));
        signing_keys.load().await?;
        let memory = policy.revocation_memory();
        let revocations = filled_view(&store, memory, &**clock).await?;
        let pending = Arc::new(Confirmations::default());
        let sessions = Sessions::new(
            store.clone(),
            Arc::clone(&tokens),
            Arc::clone(&revocations),
            Arc::clone(&pending),
            *policy,
            SignInSettings {
                update_last_login: self.record_last_sign_in,
                max_sessions: self.max_sessions,
            },
            Arc::clone(clock),
        );
        let accounts = Accounts::new(
            store.clone(),
            Passwords::new()?,
            PasswordContext::of_site(origin),
            Arc::clone(&revocations),
            Arc::clone(sessions.shown()),
            Arc::clone(clock),
            self.invitation_lifetime,
        );
        Ok(Portcullis(Arc::new(Services {
            feed: RevocationFeed {
                store: store.clone(),
                view: Arc::clone(&revocations),
                shown: Arc::clone(sessions.shown()),
                memory,
                clock: Arc::clone(clock),
                #[cfg(feature = "testing")]
                panics: Arc::default(),
            },
            watchdog: Watchdog {
                view: Arc::clone(&revocations),
            },
            confirmations: ConfirmationWriter {
                store: store.clone(),
                pending,
                revocations: Arc::clone(&revocations),
                clock: Arc::clone(clock),
            },
            statistics: StatisticsService {
                store: store.clone(),
                counters: Arc::clone(sessions.counters()),
                policy: *policy,
                clock: Arc::clone(clock),
            },
            purge: self.purge(&store),
            origin: self.origin,
            has_passwords: self.has_passwords,
            has_token_endpoints: self.has_token_endpoints,
            registration: self.registration,
            trusted_proxies: self.trusted_proxies,
            policy: self.policy,
            cookies: self.cookies,
            pages: Arc::new(self.pages),
            error_page: self.error_page,
            security_headers: self.security_headers,
            accounts,
            attempts,
            sessions,
            tokens,
            signing_keys,
            store,
            revocations,
            cross_site_paths: self.cross_site_paths,
            clock: self.clock,
            requests: Requests::default(),
            tasks: Tasks::default(),
            protected_at: Mutex::default(),
        })))
    }

    fn purge(&self, store: &Store) -> Purge {
        Purge {
            store: store.clone(),
            policy: self.policy,
            clock: Arc::clone(&self.clock),
        }
    }
}

impl Portcullis {
    /// Warns if servers of one database have to agree on the time more exactly than servers
    /// usually do.
    pub(super) fn warn_of_a_short_window(&self) {
        let difference = self.0.policy.max_clock_difference();
        if !self.0.store.is_sqlite() && difference < MAX_CLOCK_SKEW {
            tracing::warn!(
                "the replay window is short: if the clocks of two servers differ by more than \
                 {difference:?}, users may be signed out"
            );
        }
    }
}

/// Returns a view of the sessions that have ended.
async fn filled_view(
    store: &Store,
    memory: Duration,
    clock: &dyn Clock,
) -> Result<Arc<RevocationView>, OpenError> {
    let view = Arc::new(RevocationView::new(memory));
    let began = Instant::now();
    let ended = store.ended_since(clock.now() - memory).await?;
    view.merge(&ended, began);
    Ok(view)
}
