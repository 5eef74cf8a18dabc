//! The times of the session: when the access token expires, when the next refresh is due,
//! and how many times the session has rotated.

use std::time::Duration;

use leptos::prelude::*;
use portcullis::{
    browser::{self, Status},
    leptos::use_session,
    wire::Snapshot,
};

use super::duration::{in_iso, in_words};
use crate::boxed::effect;

/// The figures that the panel shows; times are in seconds.
#[derive(Default)]
struct Figures {
    expires_in: u64,
    /// Zero while a refresh is in progress.
    refresh_in: u64,
    lifetime: u64,
    lead: u64,
    rotations: u32,
    session_ends_in: u64,
}

impl Figures {
    /// Returns the figures of a session. `status` comes from the session keeper. It is
    /// `None` before the keeper has started, and always without JavaScript; the figures
    /// are then those of the page load.
    fn at(snapshot: &Snapshot, status: Option<Status>) -> Self {
        let expires_in = status.map_or(snapshot.expires_in, |s| s.expires_in.as_secs());
        let refresh_in = match status {
            Some(status) if status.refreshing => 0,
            Some(status) => status.refresh_in.as_secs(),
            None => expires_in.saturating_sub(snapshot.refresh_lead),
        };
        Self {
            expires_in,
            refresh_in,
            lifetime: snapshot.access_lifetime,
            lead: snapshot.refresh_lead,
            rotations: snapshot.session.rotations,
            session_ends_in: snapshot.session.ends_in,
        }
    }
}

/// Renders the panel. With JavaScript it counts down every second; without it, it shows
/// the figures of the page load. It is not a live region, because screen readers would
/// announce a change every second.
#[component]
pub(crate) fn SessionPanel() -> impl IntoView {
    let figures = ticking_figures();
    // All strings are signals of one type, so the code that renders them is compiled once.
    let text = move |format: fn(&Figures) -> String| -> Signal<String> {
        Signal::derive(move || format(&figures.read()))
    };
    view! {
        <section class="card stack" aria-labelledby="session-heading" data-testid="session-panel">
            <h2 id="session-heading">"This session"</h2>
            <svg class="bars" viewBox="0 0 600 32" preserveAspectRatio="none" aria-hidden="true">
                <line class="bars-all" x1="0" x2="600" y1="16" y2="16"/>
                <line class="bars-left" x1="0" x2=text(|f| position(f.expires_in, f)) y1="16" y2="16"/>
                <line
                    class="bars-mark"
                    x1=text(|f| position(f.lead, f))
                    x2=text(|f| position(f.lead, f))
                    y1="0"
                    y2="32"
                />
            </svg>
            <dl class="figures">
                <div>
                    <dt>"Access token expires in"</dt>
                    <dd>
                        <time data-testid="access-expires" datetime=text(|f| in_iso(f.expires_in))>
                            {text(|f| in_words(f.expires_in))}
                        </time>
                    </dd>
                </div>
                <div>
                    <dt>"Next refresh in"</dt>
                    <dd>
                        <time data-testid="next-refresh" datetime=text(|f| in_iso(f.refresh_in))>
                            {text(|f| in_words(f.refresh_in))}
                        </time>
                    </dd>
                </div>
                <div>
                    <dt>"Rotations so far"</dt>
                    <dd data-testid="rotations">{text(|f| f.rotations.to_string())}</dd>
                </div>
            </dl>
            <p class="hint">
                {text(|f| {
                    let ends_in = in_words(f.session_ends_in);
                    format!("This session ends in {ends_in}, however often its tokens are refreshed.")
                })}
                <span class="without-script">
                    " Without JavaScript, these are the figures of the page load. The first page load after the access token has expired refreshes the tokens."
                </span>
            </p>
        </section>
    }.into_any()
}

/// Returns the position of a time on the bars. The bars show the remaining lifetime of the
/// access token, with a mark at the time when the refresh is due. They are decoration: the
/// figures show the same.
fn position(seconds: u64, figures: &Figures) -> String {
    let lifetime = figures.lifetime.max(1);
    (600 * seconds.min(lifetime) / lifetime).to_string()
}

/// Returns the figures, which are updated every second and whenever the session changes.
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
        // No user is signed in for a moment while the browser leaves this page.
        snapshot.with(figures).unwrap_or_default()
    })
}
