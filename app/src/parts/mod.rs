//! The parts that pages are made of.

mod fixes;
mod guides;
mod minimum_bar;
mod pictures;
mod ruler;
mod spark;
mod table;
mod track;
mod trend;

pub use fixes::{fix_block, fix_list};
pub use guides::{guides, other_guides};
pub use minimum_bar::minimum_bar;
pub use pictures::{map_picture, picture_of, plan_graph, samples};
pub use ruler::ruler;
pub use spark::spark;
pub use table::findings_table;
pub use track::track;
pub use trend::trend;

use leptos::prelude::*;
use readiness::{Outcome, Verdict, time};

/// An outcome by shape and word.
pub fn outcome(o: Outcome) -> impl IntoView + use<> {
    view! { <span class=format!("o {}", o.word())>{o.label()}</span> }
}

/// The verdict's class, for its shape.
#[must_use]
pub const fn verdict_class(v: Verdict) -> &'static str {
    match v {
        Verdict::NotReady | Verdict::Regressed => "fail",
        Verdict::Unproven => "unknown",
        Verdict::ReadyWithRisks => "warn",
        Verdict::Ready | Verdict::Steady => "pass",
    }
}

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

/// The password once more before a dangerous deed, and with `second` a code too. `id` keeps forms of one
/// page apart; `name` is the password's field.
pub fn proof(id: &str, name: &'static str, error: Option<String>, second: bool) -> impl IntoView + use<> {
    let (id, hint, code, bad) = (format!("{id}-again"), format!("{id}-hint"), format!("{id}-second"), error.is_some());
    view! {
        <div class="field">
            <label for=id.clone()>"Your password"</label>
            <input id=id.clone() name=name type="password" autocomplete="current-password" aria-describedby=hint.clone() aria-invalid=bad.then_some("true")/>
            <p id=hint.clone() class="err">{error}</p>
        </div>
        {second.then(|| view! {
            <div class="field">
                <label for=code.clone()>"Code"</label>
                <input id=code.clone() name="second" type="text" autocomplete="one-time-code" spellcheck="false" autocapitalize="none"/>
                <p class="hint">"Six digits from your app, or a recovery code: your account has a second factor."</p>
            </div>
        })}
    }
}

/// A text field with its label, hint and error.
pub fn field(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    value: String,
    error: Option<String>,
    hint: &'static str,
    complete: &'static str,
) -> impl IntoView + use<> {
    let bad = error.is_some();
    let described = format!("{name}-hint");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input id=name name=name type=kind value=value autocomplete=complete spellcheck="false" autocapitalize="none" aria-describedby=described.clone() aria-invalid=bad.then_some("true")/>
            <p id=described class=if bad { "err" } else { "hint" }>{error.unwrap_or_else(|| hint.to_owned())}</p>
        </div>
    }
}
