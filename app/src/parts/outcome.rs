//! An outcome and a verdict as pages show them.

use leptos::prelude::*;
use readiness::{Outcome, Verdict};

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
