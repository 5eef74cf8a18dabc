//! The page with the statistics of the installation.

mod chart;
mod series;
mod table;

use std::sync::Arc;

use leptos::prelude::*;
use portcullis::{
    leptos::read_statistics,
    wire::{PeriodStatistics, Statistics},
};

use super::{Tab, list::no_list, listing::Listing, page};
use crate::boxed::changing;
use chart::chart;
use series::CHARTS;

/// Renders the page.
pub(super) fn overview() -> AnyView {
    let read = || Box::pin(read_statistics()) as _;
    page(Tab::Overview, Arc::new(read), content)
}

/// The periods of a section, and its words.
#[derive(Clone, Copy)]
struct Span {
    id: &'static str,
    heading: &'static str,
    /// The words below the first bar, and below the last.
    ends: [&'static str; 2],
    /// The heading of the periods in the table.
    period: &'static str,
    /// What a bar is.
    each: &'static str,
    is_of_days: bool,
}

const DAY: Span = Span {
    id: "day",
    heading: "Last 24 hours",
    ends: ["23 hours ago", "This hour"],
    period: "Hour (UTC)",
    each: "in an hour",
    is_of_days: false,
};

const MONTH: Span = Span {
    id: "month",
    heading: "Last 30 days",
    ends: ["29 days ago", "Today"],
    period: "Day (UTC)",
    each: "on a day",
    is_of_days: true,
};

fn content(listing: Listing<Statistics>) -> AnyView {
    view! {
        <div class="stack-wide">
            {changing(move || no_list(listing, ""))}
            {changing(move || listing.with(|statistics| section(DAY, &statistics.hours)))}
            {changing(move || listing.with(|statistics| section(MONTH, &statistics.days)))}
            <p class="hint">
                "The live sessions are counted once an hour, among the newest million sessions. All other figures are at most a minute old."
            </p>
        </div>
    }
    .into_any()
}

fn section(span: Span, periods: &[PeriodStatistics]) -> AnyView {
    let charts: Vec<AnyView> = CHARTS
        .iter()
        .map(|kind| chart(span, kind, periods))
        .collect();
    view! {
        <section class="card stack" aria-labelledby=span.id>
            <h2 id=span.id>{span.heading}</h2>
            <div class="charts">{charts}</div>
            {table::table(span, periods)}
        </section>
    }
    .into_any()
}
