//! A chart: stacked bars, drawn as one path for each series.

use leptos::prelude::*;
use portcullis::wire::PeriodStatistics;

use super::{
    Span,
    series::{ChartKind, number},
};

/// The size of a chart in its own units. Each bar has a gap beside it.
const HEIGHT: u64 = 100;
const BAR: u64 = 8;
const STEP: u64 = 10;

/// The classes of the series, in their order.
const CLASSES: [&str; 4] = ["bars-1", "bars-2", "bars-3", "bars-4"];

/// Renders a chart. The table below the charts has the same figures.
pub(super) fn chart(span: Span, kind: &ChartKind, periods: &[PeriodStatistics]) -> AnyView {
    let figures = kind.figures(periods);
    let most = most(&figures);
    let total = kind.total(periods);
    let shown = total.map_or_else(|| "Not counted yet".to_owned(), number);
    let highest = total.map(|_| ["; at most ", &number(most), " ", span.each].concat());
    let highest = highest.unwrap_or_default();
    let description = [kind.title, ", ", span.heading, ": ", &shown, &highest, "."].concat();
    let paths = paths(&figures, most).into_iter().zip(CLASSES);
    let paths: Vec<AnyView> = paths
        .map(|(path, class)| view! { <path class=class d=path/> }.into_any())
        .collect();
    let names = kind.series.iter().zip(CLASSES).map(|(series, class)| {
        view! {
            <li>
                <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
                    <path class=class d="M0 0h10v10H0z"/>
                </svg>
                {series.name}
            </li>
        }
        .into_any()
    });
    let legend = (kind.series.len() > 1).then(|| {
        let names: Vec<AnyView> = names.collect();
        view! { <ul class="legend">{names}</ul> }.into_any()
    });
    let width = STEP * periods.len() as u64;
    let class = if legend.is_some() {
        "chart chart-wide"
    } else {
        "chart"
    };
    let [first, last] = span.ends;
    view! {
        <figure class=class>
            <figcaption>
                <span class="chart-title">{kind.title}</span>
                <span class="chart-total">{shown}</span>
            </figcaption>
            <svg
                class="chart-bars"
                viewBox=format!("0 0 {width} {HEIGHT}")
                preserveAspectRatio="none"
                role="img"
                aria-label=description
            >
                {paths}
            </svg>
            <p class="chart-ends" aria-hidden="true">
                <span>{first}</span><span>{last}</span>
            </p>
            {legend}
        </figure>
    }
    .into_any()
}

/// Returns the figure of the highest bar.
fn most(figures: &[Vec<u64>]) -> u64 {
    let len = figures.iter().map(Vec::len).max().unwrap_or(0);
    let sum = |n: usize| {
        let stacked = figures.iter().filter_map(|series| series.get(n));
        stacked.fold(0_u64, |sum, figure| sum.saturating_add(*figure))
    };
    (0..len).map(sum).max().unwrap_or(0)
}

/// Returns the path of each series. The highest bar has the height of the chart; a figure
/// that is not zero has at least a line.
fn paths(figures: &[Vec<u64>], most: u64) -> Vec<String> {
    let mut bottoms = vec![HEIGHT; figures.iter().map(Vec::len).max().unwrap_or(0)];
    let path = |series: &Vec<u64>| {
        let mut path = String::new();
        for (n, (figure, bottom)) in series.iter().zip(&mut bottoms).enumerate() {
            let height = height(*figure, most).min(*bottom);
            if height > 0 {
                let left = STEP * n as u64 + (STEP - BAR) / 2;
                let bar = format!("M{left} {bottom}v-{height}h{BAR}v{height}z");
                path.push_str(&bar);
            }
            *bottom -= height;
        }
        path
    };
    figures.iter().map(path).collect()
}

fn height(figure: u64, most: u64) -> u64 {
    // More than a u64 holds for a figure of many millions.
    let height = u128::from(figure) * u128::from(HEIGHT) / u128::from(most.max(1));
    let height = u64::try_from(height).unwrap_or(HEIGHT);
    height.max(u64::from(figure > 0)).min(HEIGHT)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn highest_bar_has_the_height_of_the_chart() {
        let figures = [vec![10, 0, 5]];
        assert_eq!(most(&figures), 10);
        let path = "M1 100v-100h8v100zM21 100v-50h8v50z";
        assert_eq!(paths(&figures, 10), [path]);
    }

    #[test]
    fn series_are_stacked() {
        let figures = [vec![6, 1], vec![2, 0], vec![0, 3]];
        assert_eq!(most(&figures), 8);
        assert_eq!(
            paths(&figures, 8),
            [
                "M1 100v-75h8v75zM11 100v-12h8v12z",
                "M1 25v-25h8v25z",
                "M11 88v-37h8v37z",
            ]
        );
    }

    #[test]
    fn small_figure_is_visible_and_none_draws_nothing() {
        let figures = [vec![1, u64::MAX, 0]];
        assert_eq!(
            paths(&figures, most(&figures)),
            ["M1 100v-1h8v1zM11 100v-100h8v100z"]
        );
        assert_eq!(paths(&[vec![0, 0]], 0), [""]);
        assert_eq!(most(&[]), 0);
        assert_eq!(most(&[vec![u64::MAX], vec![1]]), u64::MAX);
    }
}
