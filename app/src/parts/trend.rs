//! The trend of a project: score, coverage and interval over its scans, drawn on the server.

use super::format::number;
use super::outcome::verdict_class;
use leptos::prelude::*;
use readiness::time;
use store::{ScanStatus, Summary};

const WIDTH: f64 = 1100.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 30.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 22.0;

/// Scans that the picture shows, the newest ones.
pub const SCANS: usize = 60;

/// The picture of finished scans (newest first), each a link with what changed at it; a sentence while
/// there are fewer than two.
pub fn trend(scans: &[Summary], project: &str, causes: &dyn Fn(&str) -> Vec<String>) -> AnyView {
    let mut points: Vec<&Summary> = scans.iter().filter(|s| s.status == ScanStatus::Finished && s.score.is_some()).take(SCANS).collect();
    points.reverse();
    if points.len() < 2 {
        return view! { <p class="muted small">"From the second scan on, this shows how the project moves."</p> }.into_any();
    }
    let (first, last) = (points.first().map_or(0, |s| s.finished_at), points.last().map_or(1, |s| s.finished_at));
    #[allow(clippy::cast_precision_loss, reason = "milliseconds between scans")]
    let x = |at: i64| LEFT + (WIDTH - LEFT - 10.0) * ((at - first) as f64 / ((last - first).max(1)) as f64);
    let y = |score: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - score / 100.0);
    let line = |get: &dyn Fn(&Summary) -> f64| -> String {
        points
            .iter()
            .enumerate()
            .map(|(i, s)| format!("{}{:.1} {:.1}", if i == 0 { "M" } else { "L" }, x(s.finished_at), y(get(s))))
            .collect()
    };
    let band: String = {
        let known: Vec<_> = points.iter().filter_map(|s| Some((x(s.finished_at), s.interval?))).collect();
        let up = known.iter().map(|(x, (_, high))| format!("{x:.1},{:.1}", y(*high)));
        let down = known.iter().rev().map(|(x, (low, _))| format!("{x:.1},{:.1}", y(*low)));
        up.chain(down).collect::<Vec<_>>().join(" ")
    };
    let grid = [0.0, 50.0, 100.0]
        .map(|s| view! { <line class="grid" x1=LEFT.to_string() x2=(WIDTH - 10.0).to_string() y1=format!("{:.1}", y(s)) y2=format!("{:.1}", y(s))></line><text x="0" y=format!("{:.1}", y(s) + 4.0)>{number(s)}</text> })
        .collect_view();
    let marks = points
        .iter()
        .map(|s| {
            let score = s.score.unwrap_or(0.0);
            let mut told = vec![format!("{}: score {}, {:.0} % evidenced", time::human(s.finished_at), number(score), s.coverage * 100.0)];
            told.extend(causes(s.id.as_str()).into_iter().take(8));
            let class = s.verdict.map_or("", verdict_class);
            view! {
                <a href=format!("{project}/scans/{}", s.id) aria-label=told[0].clone()>
                    <circle class=format!("point {class}") cx=format!("{:.1}", x(s.finished_at)) cy=format!("{:.1}", y(score)) r="6"><title>{told.join("\n")}</title></circle>
                </a>
            }
        })
        .collect_view();
    let (from, to) = (time::date(first), time::date(last));
    let label = format!(
        "Score over {} scans, from {} to {}",
        points.len(),
        number(points[0].score.unwrap_or(0.0)),
        number(points[points.len() - 1].score.unwrap_or(0.0))
    );
    view! {
        <figure class="trend">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="group" aria-label=label>
                {grid}
                <polygon class="band" points=band></polygon>
                <path class="coverage" d=line(&|s| s.coverage * 100.0)></path>
                <path class="score" d=line(&|s| s.score.unwrap_or(0.0))></path>
                {marks}
                <text x=LEFT.to_string() y=(HEIGHT - 4.0).to_string()>{from}</text>
                <text class="end" x=(WIDTH - 10.0).to_string() y=(HEIGHT - 4.0).to_string()>{to}</text>
            </svg>
            <figcaption class="small muted"><span class="line score"></span>"score "<span class="line coverage"></span>"evidenced, in % "<span class="line band"></span>"from everything unknown failing to everything unknown passing"</figcaption>
        </figure>
    }
    .into_any()
}
