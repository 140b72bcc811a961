//! A stage's findings as rows.

use super::format::number;
use super::outcome::outcome;
use leptos::prelude::*;
use readiness::{Assessment, Finding, Outcome, Stage};

/// Open things first, then what passes, then what is not known.
fn order(f: &Finding) -> (u8, u8) {
    let o = match f.outcome {
        Outcome::Fail => 0,
        Outcome::Warn => 1,
        Outcome::Blocked => 2,
        Outcome::Accepted => 3,
        Outcome::Unknown => 4,
        Outcome::Pass => 5,
        Outcome::Na => 6,
    };
    (o, f.impact as u8)
}

/// Settled rows beyond this are folded, so that what is open stands out.
const SETTLED: usize = 8;

/// The table of a stage's checks that this build looks at; what is settled folds below what is not.
pub fn findings_table(a: &Assessment, stage: Stage, base: &str) -> impl IntoView + use<> {
    let mut list: Vec<&Finding> = a.findings.iter().filter(|f| f.stage == stage && f.is_told()).collect();
    list.sort_by_key(|f| order(f));
    let (settled, open): (Vec<&Finding>, Vec<&Finding>) = list.iter().partition(|f| matches!(f.outcome, Outcome::Pass | Outcome::Na));
    if list.is_empty() {
        return ().into_any();
    }
    if settled.len() <= SETTLED || open.is_empty() {
        return rows(&list, base).into_any();
    }
    let passes = settled.iter().filter(|f| f.outcome == Outcome::Pass).count();
    let rest = settled.len() - passes;
    let label = if rest == 0 {
        format!("{passes} pass")
    } else {
        format!("{passes} pass, {}", if rest == 1 { "one does not apply".to_owned() } else { format!("{rest} do not apply") })
    };
    view! {
        {rows(&open, base)}
        <details class="later"><summary>{label}</summary>{rows(&settled, base)}</details>
    }
    .into_any()
}

fn rows(list: &[&Finding], base: &str) -> impl IntoView + use<> {
    let rows = list
        .iter()
        .map(|f| {
            let if_fixed = f.outcome.is_open().then_some(f.points.if_fixed);
            let points = f.points.now.map_or_else(|| "–".to_owned(), number);
            view! {
                <tr>
                    <td>{outcome(f.outcome)}</td>
                    <td class="wide mono">{f.id.clone()}</td>
                    <td><a class="t" href=format!("{base}/findings/{}", f.id)>{f.title.clone()}</a><span class="sub">{f.summary.clone()}</span></td>
                    <td class="wide">{f.area.word()}</td>
                    <td class="wide">{f.impact.word()}</td>
                    <td class="num">{points}" / "{number(f.points.max)}{if_fixed.map(|x| view! { <span class="sub">{format!("{} if fixed", number(x))}</span> })}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table>
            <thead><tr><th scope="col">"Outcome"</th><th scope="col" class="wide">"Check"</th><th scope="col">"What was seen"</th><th scope="col" class="wide">"Area"</th><th scope="col" class="wide">"Impact"</th><th scope="col" class="num">"Points"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
