//! The metrics of a session service.

use super::{Exposition, Kind};
use crate::{
    Portcullis,
    accounts::HashingMetrics,
    statistics::{Counter, Counters},
};

impl Portcullis {
    /// Returns the metrics of this process in the text format of Prometheus, with the media type
    /// [`CONTENT_TYPE`](super::CONTENT_TYPE). `docs/operations.md` explains each.
    pub fn metrics(&self) -> String {
        let mut metrics = Exposition::default();
        let help = "The version of the library; always 1.";
        metrics
            .family("portcullis_build_info", Kind::Gauge, help)
            .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        write_counters(self.sessions().counters(), &mut metrics);
        self.write_revocation(&mut metrics);
        write_hashing(&self.accounts().hashing(), &mut metrics);
        self.store().write_metrics(&mut metrics);
        self.write_tasks(&mut metrics);
        self.requests().write(&mut metrics);
        metrics.into_text()
    }

    fn write_revocation(&self, metrics: &mut Exposition) {
        let view = self.revocations();
        let help = "Time since the ended sessions were last read. After 10 seconds no access \
                    token is accepted.";
        let mut age = metrics.family("portcullis_revocation_view_age_seconds", Kind::Gauge, help);
        match view.last_read() {
            Some(age_of_view) => age.sample(&[], age_of_view.as_secs_f64()),
            None => age.sample(&[], "+Inf"),
        };
        let help = "Ended sessions in memory, whose access tokens are rejected.";
        let name = "portcullis_revocation_view_sessions";
        metrics
            .family(name, Kind::Gauge, help)
            .sample(&[], view.len());
    }

    fn write_tasks(&self, metrics: &mut Exposition) {
        let help = "Whether all background tasks run: 1 or 0.";
        let name = "portcullis_tasks_running";
        let are_running = u8::from(self.has_tasks());
        metrics
            .family(name, Kind::Gauge, help)
            .sample(&[], are_running);
        let help = "Background tasks that panicked and were restarted.";
        metrics
            .family("portcullis_task_restarts_total", Kind::Counter, help)
            .sample(&[], self.task_restarts());
    }
}

fn write_counters(counters: &Counters, metrics: &mut Exposition) {
    let total = |counter| counters.total(counter);
    let help = "Sign-ins, by outcome.";
    metrics
        .family("portcullis_sign_ins_total", Kind::Counter, help)
        .sample(&[("outcome", "success")], total(Counter::SignedIn))
        .sample(
            &[("outcome", "invalid_credentials")],
            total(Counter::SignInFailed),
        );
    let help = "Attempts to sign in, to register or to change a password that a limit rejected.";
    metrics
        .family("portcullis_attempts_rejected_total", Kind::Counter, help)
        .sample(&[], counters.rejected_attempts());
    let help = "Refreshes, by outcome. A failed one could not be decided.";
    metrics
        .family("portcullis_refreshes_total", Kind::Counter, help)
        .sample(&[("outcome", "rotated")], total(Counter::Rotated))
        .sample(&[("outcome", "repeated")], total(Counter::Repeated))
        .sample(&[("outcome", "rejected")], total(Counter::RefreshRejected))
        .sample(&[("outcome", "failed")], total(Counter::RefreshFailed));
    let help = "Sessions that ended because a superseded refresh token was presented.";
    metrics
        .family("portcullis_token_reuse_total", Kind::Counter, help)
        .sample(&[], total(Counter::TokenReuse));
}

fn write_hashing(hashing: &HashingMetrics, metrics: &mut Exposition) {
    let help = "Passwords that wait to be hashed, or are being hashed.";
    metrics
        .family("portcullis_password_hashes", Kind::Gauge, help)
        .sample(&[("state", "waiting")], hashing.waiting)
        .sample(&[("state", "running")], hashing.running);
    let help = "Passwords that were not hashed, because the queue or the share of a client was \
                full.";
    metrics
        .family(
            "portcullis_password_hashes_refused_total",
            Kind::Counter,
            help,
        )
        .sample(&[], hashing.refused);
}
