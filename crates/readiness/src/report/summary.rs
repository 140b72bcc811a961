//! What every form of a report begins with.

use crate::assess::Assessment;
use crate::evidence::Outside;

/// What a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What was seen.
    pub evidence: &'a Outside,
    /// What it means.
    pub assessment: &'a Assessment,
    /// Name and version of the program: `launch-ready 0.1.0`.
    pub tool: &'a str,
    /// Address before a check's id at which it is explained.
    pub help: &'a str,
}

/// Where checks are explained when no server of one's own does.
pub const HELP: &str = "https://github.com/launch-ready/launch-ready/blob/main/docs/checks.md#";

/// A number with at most one decimal.
pub(super) fn num(x: f64) -> String {
    if (x - x.round()).abs() < 0.05 { format!("{}", x.round()) } else { format!("{x:.1}") }
}

/// `59 · 61 % evidenced · 52–83`, with the ceiling's cause.
#[must_use]
pub fn score_line(a: &Assessment) -> String {
    let s = &a.score;
    let mut line = format!("{} · {} % evidenced · {}–{}", num(s.score), (s.coverage * 100.0).round(), num(s.interval.0), num(s.interval.1));
    if let Some(c) = s.ceiling.as_ref().filter(|c| c.applied) {
        line.push_str(&format!(
            " · capped at {} because {} ({}); without the cap {}",
            num(c.limit),
            c.reason,
            causes(&c.causes),
            num(s.uncapped)
        ));
    }
    line
}

/// The first few of a list of ids.
#[must_use]
pub fn causes(ids: &[String]) -> String {
    match ids {
        [] => String::new(),
        few if few.len() <= 3 => few.join(", "),
        many => format!("{} and {} more", many.get(..2).unwrap_or_default().join(", "), many.len() - 2),
    }
}
