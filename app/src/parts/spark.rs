//! A line of scores, small enough for a row.

use super::format::whole;
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
    let mut out = String::with_capacity(320);
    out.push_str("<svg class=spark viewBox=\"0 0 92 22\" role=img aria-label=\"Scores:");
    for s in scores {
        let _ = write!(out, " {}", whole(*s));
    }
    out.push_str("\"><path d=\"");
    let (mut x, mut y, step) = (4, 0, 84 / (scores.len() - 1));
    for (i, s) in scores.iter().enumerate() {
        (x, y) = (4 + i * step, whole(20.0 - s * 0.18));
        let _ = write!(out, "{}{x} {y}", if i == 0 { 'M' } else { 'L' });
    }
    let _ = write!(out, "\"/><circle cx={x} cy={y} r=2.5 /></svg>");
    out
}
