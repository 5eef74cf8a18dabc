//! The figures of the charts as a table, for people who cannot see the charts, or want to read
//! the exact figures.

use leptos::prelude::*;
use portcullis::wire::PeriodStatistics;

use super::{
    Span,
    series::{CHARTS, Series, number},
};
use crate::components::{utc_date, utc_hour};

/// Renders the table, which is folded: the last period first.
pub(super) fn table(span: Span, periods: &[PeriodStatistics]) -> AnyView {
    let columns: Vec<&Series> = CHARTS.iter().flat_map(|chart| chart.series).collect();
    let heads: Vec<AnyView> = columns
        .iter()
        .map(|series| view! { <th scope="col">{series.name}</th> }.into_any())
        .collect();
    let time = |period: &PeriodStatistics| {
        if span.is_of_days {
            utc_date(period.from)
        } else {
            utc_hour(period.from)
        }
    };
    let row = |period: &PeriodStatistics| {
        let cell = |series: &&Series| {
            let figure = (series.of)(period).map_or_else(|| "–".to_owned(), number);
            view! { <td>{figure}</td> }.into_any()
        };
        let cells: Vec<AnyView> = columns.iter().map(cell).collect();
        view! { <tr><th scope="row">{time(period)}</th>{cells}</tr> }.into_any()
    };
    let rows: Vec<AnyView> = periods.iter().rev().map(row).collect();
    let label = ["Figures: ", span.heading].concat();
    view! {
        <details class="figures-table">
            <summary class="button">
                "Show the figures"<span class="visually-hidden">": "{span.heading}</span>
            </summary>
            // It can take the focus, so that it can be scrolled by keys.
            <div class="table-scroll" tabindex="0" role="region" aria-label=label>
                <table>
                    <thead><tr><th scope="col">{span.period}</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
