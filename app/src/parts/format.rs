//! Numbers, counts and moments as people read them.

use leptos::prelude::*;
use readiness::time;

/// A moment: in the reader's zone with JavaScript, in UTC without and in the tooltip.
pub fn moment(ms: i64) -> impl IntoView + use<> {
    let text = time::human(ms);
    view! { <time datetime=time::rfc3339(ms) title=text.clone()>{text.clone()}</time> }
}

/// A number without needless decimals.
#[must_use]
pub fn number(x: f64) -> String {
    if (x - x.round()).abs() < 0.05 { format!("{}", x.round()) } else { format!("{x:.1}") }
}

/// Rounded. Whole numbers are written much faster than others, and a portfolio writes tens of thousands.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "scores are small")]
pub fn whole(x: f64) -> i64 {
    x.round() as i64
}

/// `1 blocker`, `2 blockers`.
#[must_use]
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
