//! The eight areas of the minimum bar.

use super::format::count;
use leptos::prelude::*;
use readiness::Assessment;
use readiness::score::BarState;

/// The list of areas with state and cause.
pub fn minimum_bar(a: &Assessment) -> impl IntoView + use<> {
    let rows = a
        .minimum_bar
        .iter()
        .map(|b| {
            let (class, word) = match (b.state, b.warnings) {
                (BarState::Met, 0) => ("pass", "Met".to_owned()),
                (BarState::Met, n) => ("warn", format!("Met, with {}", count(n, "warning", "warnings"))),
                (BarState::Unverified, _) => ("unknown", "Unverified".to_owned()),
                (BarState::NotMet, _) => ("fail", "Not met".to_owned()),
            };
            let why = b.because.first().and_then(|id| a.finding(id)).map(|f| {
                let more = b.because.len() - 1;
                let first = if b.state == BarState::NotMet { first_sentence(&f.summary) } else { format!("{} has no evidence yet", f.title) };
                if more > 0 { format!("{} · {} more", first.trim_end_matches('.'), more) } else { first }
            });
            view! { <li><span class="area">{b.area.word()}</span><span class=format!("o {class}")>{word}</span>{why.map(|w| view! { <span class="why">{w}</span> })}</li> }
        })
        .collect_view();
    view! { <ul class="min">{rows}</ul> }
}

/// A list wants one sentence; the rest stands with the finding.
fn first_sentence(text: &str) -> String {
    text.split_inclusive(". ").next().unwrap_or(text).trim().to_owned()
}
