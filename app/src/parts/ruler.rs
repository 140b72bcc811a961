//! The score on a ruler: point, interval, ceiling and what it would be without, on one scale.
//! Drawn as SVG, since the page's policy allows no inline styles.

use super::format::number;
use leptos::prelude::*;
use readiness::Assessment;

/// The ruler of an assessment.
pub fn ruler(a: &Assessment) -> impl IntoView + use<> {
    let s = &a.score;
    let pct = |x: f64| format!("{x:.1}%");
    let (low, high) = s.interval;
    let ceiling = s.ceiling.as_ref().filter(|c| c.applied).map(|c| c.limit);
    let mut label = format!("Score {} of 100; between {} and {}", number(s.score), number(low), number(high));
    if let Some(limit) = ceiling {
        label.push_str(&format!("; capped at {}, without the cap {}", number(limit), number(s.uncapped)));
    }
    // A label near an end is held inside the drawing; `half` is its half width in hundredths.
    let anchor = |x: f64, half: f64| match x {
        x if x < half => "start",
        x if x > 100.0 - half => "end",
        _ => "middle",
    };
    let marks = (0..=10)
        .map(|i| view! { <line class="tick" x1=format!("{}%", i * 10) x2=format!("{}%", i * 10) y1="52" y2="78"></line> })
        .collect_view();
    let over = ceiling.map(|limit| view! { <rect x=pct(limit) y="52" width=pct(100.0 - limit) height="26" fill="url(#hatch)"></rect> });
    let ghost = ceiling.map(|_| {
        let at = s.uncapped;
        view! {
            <line class="ghost" x1=pct(at) x2=pct(at) y1="46" y2="84"></line>
            <text class="lab" x=pct(at) y="118" text-anchor=anchor(at, 18.0)>{format!("{} without the cap", number(at))}</text>
        }
    });
    view! {
        <svg class="ruler" role="img" aria-label=label width="100%" height="126">
            <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"></line></pattern></defs>
            {over}{marks}
            <rect class="band" x=pct(low) y="60" width=pct((high - low).max(0.4)) height="10"></rect>
            {ghost}
            <line class="at" x1=pct(s.score) x2=pct(s.score) y1="44" y2="86"></line>
            <text class="score" x=pct(s.score) y="36" text-anchor=anchor(s.score, 6.0)>{number(s.score)}</text>
            <text class="lab" x="0" y="98">"0"</text><text class="lab" x="50%" y="98" text-anchor="middle">"50"</text><text class="lab" x="100%" y="98" text-anchor="end">"100"</text>
        </svg>
    }
}
