//! The session's clockwork: until when the access token lives, when it is
//! renewed, and how often it has been.

use std::time::Duration;

use leptos::prelude::*;
use portcullis::{
    browser::{self, Status},
    leptos::use_session,
    wire::Snapshot,
};

use super::duration::{in_iso, in_words};
use crate::boxed::effect;

/// What the panel shows at one moment; times in seconds.
#[derive(Default)]
struct Figures {
    expires_in: u64,
    /// Zero while the renewal is under way.
    renewal_in: u64,
    lifetime: u64,
    lead: u64,
    renewals: u32,
    session_ends_in: u64,
}

impl Figures {
    /// `status` is where the browser's side stands. Before it has started, and
    /// for good without JavaScript, the figures are those of the page load.
    fn at(snapshot: &Snapshot, status: Option<Status>) -> Self {
        let expires_in = status.map_or(snapshot.expires_in, |s| s.expires_in.as_secs());
        let renewal_in = match status {
            Some(status) if status.refreshing => 0,
            Some(status) => status.refresh_in.as_secs(),
            None => expires_in.saturating_sub(snapshot.refresh_lead),
        };
        Self {
            expires_in,
            renewal_in,
            lifetime: snapshot.access_lifetime,
            lead: snapshot.refresh_lead,
            renewals: snapshot.session.renewals,
            session_ends_in: snapshot.session.ends_in,
        }
    }
}

/// Counts down once a second with JavaScript, and tells the moment of the page
/// load without. Not a live region: nobody wants to be told every second.
#[component]
pub(crate) fn SessionPanel() -> impl IntoView {
    let figures = ticking_figures();
    // One type for all texts: what renders them is compiled once.
    let text = move |tell: fn(&Figures) -> String| -> Signal<String> {
        Signal::derive(move || tell(&figures.read()))
    };
    view! {
        <section class="card stack" aria-labelledby="session-heading" data-testid="session-panel">
            <h2 id="session-heading">"This session"</h2>
            <svg class="bars" viewBox="0 0 600 32" preserveAspectRatio="none" aria-hidden="true">
                <line class="bars-all" x1="0" x2="600" y1="16" y2="16"/>
                <line class="bars-left" x1="0" x2=text(|f| place(f.expires_in, f)) y1="16" y2="16"/>
                <line
                    class="bars-mark"
                    x1=text(|f| place(f.lead, f))
                    x2=text(|f| place(f.lead, f))
                    y1="0"
                    y2="32"
                />
            </svg>
            <dl class="figures">
                <div>
                    <dt>"Access token ends in"</dt>
                    <dd>
                        <time data-testid="access-expires" datetime=text(|f| in_iso(f.expires_in))>
                            {text(|f| in_words(f.expires_in))}
                        </time>
                    </dd>
                </div>
                <div>
                    <dt>"Next silent renewal in"</dt>
                    <dd>
                        <time data-testid="next-refresh" datetime=text(|f| in_iso(f.renewal_in))>
                            {text(|f| in_words(f.renewal_in))}
                        </time>
                    </dd>
                </div>
                <div>
                    <dt>"Renewals so far"</dt>
                    <dd data-testid="renewals">{text(|f| f.renewals.to_string())}</dd>
                </div>
            </dl>
            <p class="hint">
                {text(|f| {
                    let ends_in = in_words(f.session_ends_in);
                    format!("However often it is renewed, this session ends in {ends_in}.")
                })}
                <span class="without-script">
                    " Without JavaScript these are the figures of the page load, and the next page load renews."
                </span>
            </p>
        </section>
    }.into_any()
}

/// Where a time is on the bars, which show what is left of the access token's
/// life, with a mark where the renewal is due. Decoration: the figures say it too.
fn place(seconds: u64, figures: &Figures) -> String {
    let lifetime = figures.lifetime.max(1);
    (600 * seconds.min(lifetime) / lifetime).to_string()
}

/// The figures, looked up once a second and whenever the session changes.
fn ticking_figures() -> Signal<Figures> {
    let snapshot = use_session().snapshot();
    let status = RwSignal::new(None);
    effect(move || {
        snapshot.track();
        status.set(browser::status());
    });
    effect(move || {
        let tick = move || status.set(browser::status());
        if let Ok(interval) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || interval.clear());
        }
    });
    Signal::derive(move || {
        let status = status.get();
        let figures =
            |snapshot: &Option<Snapshot>| snapshot.as_ref().map(|s| Figures::at(s, status));
        // Nobody is signed in for the moment in which this page is left.
        snapshot.with(figures).unwrap_or_default()
    })
}
