//! A line of scores, small enough for a row.

use super::whole;
use std::fmt::Write;

/// Points of the line.
const POINTS: usize = 12;

/// The last dozen scores as SVG; nothing while there are fewer than two.
#[must_use]
pub fn spark(scores: &[f64]) -> String {
    let scores = scores.get(scores.len().saturating_sub(POINTS)..).unwrap_or_default();
    if scores.len() < 2 {
        return String::new();
    }
    let (mut path, mut x, mut y) = (String::new(), 4, 0);
    let step = 84 / (scores.len() - 1);
    for (i, s) in scores.iter().enumerate() {
        (x, y) = (4 + i * step, whole(20.0 - s * 0.18));
        let _ = write!(path, "{}{x} {y}", if i == 0 { "M" } else { "L" });
    }
    let last = scores.iter().map(|s| whole(*s).to_string()).collect::<Vec<_>>().join(" ");
    format!(
        "<svg class=spark viewBox=\"0 0 92 22\" role=img aria-label=\"Scores: {last}\"><path d=\"{path}\"/><circle cx={x} cy={y} r=2.5 /></svg>"
    )
}
