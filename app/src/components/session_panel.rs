//! The session's clockwork: until when the access token lives, when it is
//! renewed, and how often it has been.

use std::time::Duration;

use leptos::prelude::*;
use portcullis::{browser, wire::Snapshot};

use super::duration::{in_iso, in_words};
use crate::session::use_session;

/// What the panel shows at one moment, in seconds.
#[derive(Clone, Copy, PartialEq)]
struct Moment {
    expires_in: u64,
    refresh_in: u64,
    refreshing: bool,
}

impl Moment {
    /// As the page was rendered, before the browser's side has started, and for
    /// good without JavaScript.
    fn rendered(snapshot: &Snapshot) -> Self {
        let refresh_in = snapshot.expires_in.saturating_sub(snapshot.refresh_lead);
        Self {
            expires_in: snapshot.expires_in,
            refresh_in,
            refreshing: false,
        }
    }

    fn now() -> Option<Self> {
        browser::status().map(|status| Self {
            expires_in: status.expires_in.as_secs(),
            refresh_in: status.refresh_in.as_secs(),
            refreshing: status.refreshing,
        })
    }
}

/// Counts down once a second with JavaScript, and tells the moment of the page
/// load without. Not a live region: nobody wants to be told every second.
#[component]
pub(crate) fn SessionPanel() -> impl IntoView {
    let snapshot = use_session().snapshot();
    let moment = ticking_moment();
    let seconds_left = Memo::new(move |_| moment.get().map_or(0, |moment| moment.expires_in));
    let refresh = Memo::new(move |_| {
        moment
            .get()
            .filter(|moment| !moment.refreshing)
            .map(|moment| moment.refresh_in)
    });
    let renewals = Memo::new(move |_| {
        snapshot.with(|snapshot| snapshot.as_ref().map_or(0, |s| s.session.renewals))
    });
    view! {
        <section class="card stack" aria-labelledby="session-heading" data-testid="session-panel">
            <h2 id="session-heading">"This session"</h2>
            <Bars seconds_left/>
            <dl class="figures">
                <div>
                    <dt>"Access token ends in"</dt>
                    <dd>
                        <time data-testid="access-expires" datetime=move || in_iso(seconds_left.get())>
                            {move || in_words(seconds_left.get())}
                        </time>
                    </dd>
                </div>
                <div>
                    <dt>"Next silent renewal in"</dt>
                    <dd>
                        <time data-testid="next-refresh" datetime=move || in_iso(refresh.get().unwrap_or_default())>
                            {move || refresh.get().map_or_else(|| "a moment".to_owned(), in_words)}
                        </time>
                    </dd>
                </div>
                <div>
                    <dt>"Renewals so far"</dt>
                    <dd data-testid="renewals">{renewals}</dd>
                </div>
            </dl>
            <p class="hint">
                // One text, or what follows would move when the duration changes.
                {move || snapshot.with(|snapshot| snapshot.as_ref().map(|s| s.session.ends_in)).map(|ends_in| {
                    format!("However often it is renewed, this session ends in {}.", in_words(ends_in))
                })}
                <span class="without-script">
                    " Without JavaScript these are the figures of the page load, and the next page load renews."
                </span>
            </p>
        </section>
    }
    // The type of the whole page would be too deep for the compiler's limit in
    // the crates that lay it out.
    .into_any()
}

/// What is left of the access token's life, as bars, with a mark where the
/// renewal is due. Decoration: the figures say the same.
#[component]
fn Bars(seconds_left: Memo<u64>) -> impl IntoView {
    const WIDTH: u64 = 600;
    let snapshot = use_session().snapshot();
    let place = move |seconds: u64| {
        let lifetime = snapshot.with(|s| s.as_ref().map_or(1, |s| s.access_lifetime.max(1)));
        (WIDTH * seconds / lifetime).min(WIDTH)
    };
    let mark = move || place(snapshot.with(|s| s.as_ref().map_or(0, |s| s.refresh_lead)));
    view! {
        <svg class="bars" viewBox="0 0 600 32" preserveAspectRatio="none" aria-hidden="true">
            <line class="bars-all" x1="0" x2="600" y1="16" y2="16"/>
            <line class="bars-left" x1="0" x2=move || place(seconds_left.get()) y1="16" y2="16"/>
            <line class="bars-mark" x1=mark x2=mark y1="0" y2="32"/>
        </svg>
    }
}

/// The moment that the panel shows; changes at most once a second.
fn ticking_moment() -> Signal<Option<Moment>> {
    let snapshot = use_session().snapshot();
    let now = RwSignal::new(None);
    Effect::new(move |_| {
        // A renewal shows at once.
        snapshot.track();
        now.set(Moment::now());
    });
    Effect::new(move |_| {
        let tick = move || now.set(Moment::now());
        if let Ok(interval) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || interval.clear());
        }
    });
    Signal::derive(move || {
        now.get()
            .or_else(|| snapshot.with(|snapshot| snapshot.as_ref().map(Moment::rendered)))
    })
}
