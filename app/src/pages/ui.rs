//! The design system on one page, in development: tokens, type, parts, as they are.

use crate::parts::{field, outcome, spark};
use leptos::prelude::*;
use readiness::Outcome;

/// The tokens of both themes, as the style sheet has them.
const STYLE: &str = include_str!("../../../style/base.css");

/// Pairs that carry text: what is written, on what.
const PAIRS: [(&str, &str); 20] = [
    ("ink", "paper"),
    ("ink", "raised"),
    ("ink", "sunk"),
    ("ink-2", "paper"),
    ("ink-2", "raised"),
    ("ink-3", "paper"),
    ("ink-3", "raised"),
    ("accent", "paper"),
    ("accent", "raised"),
    ("ink", "accent-soft"),
    ("accent-ink", "accent"),
    ("pass", "paper"),
    ("pass", "pass-soft"),
    ("warn", "paper"),
    ("warn", "warn-soft"),
    ("fail", "paper"),
    ("fail", "fail-soft"),
    ("unknown", "paper"),
    ("unknown", "raised"),
    ("unknown", "unknown-soft"),
];

/// A token's colour in the light or the dark theme.
fn token(name: &str, dark: bool) -> Option<[u8; 3]> {
    let block = if dark { STYLE.split_once("prefers-color-scheme: dark")?.1 } else { STYLE };
    let hex = block.split_once(&format!("--{name}: #"))?.1.get(..6)?;
    let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// Contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |c: [u8; 3]| {
        let [r, g, b] = c.map(|x| {
            let x = f64::from(x) / 255.0;
            if x <= 0.04045 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (x, y) = (luminance(a), luminance(b));
    (x.max(y) + 0.05) / (x.min(y) + 0.05)
}

/// The page.
pub fn page() -> AnyView {
    let pairs = PAIRS
        .iter()
        .map(|(ink, ground)| {
            let told = |dark| match (token(ink, dark), token(ground, dark)) {
                (Some(a), Some(b)) => format!("{:.1}", contrast(a, b)),
                _ => "–".to_owned(),
            };
            view! { <tr><td class="mono">{*ink}</td><td class="mono">{*ground}</td><td class="num">{told(false)}</td><td class="num">{told(true)}</td></tr> }
        })
        .collect_view();
    let outcomes = Outcome::ALL.iter().map(|o| view! { <li>{outcome(*o)}</li> }).collect_view();
    view! {
        <div class="head"><h1>"Design system"</h1><span class="small muted">"in development only"</span></div>
        <section><header><h2>"Type"</h2></header>
            <p class="word pass"><i aria-hidden="true"></i>"Verdict"</p>
            <h3>"Heading of a part"</h3>
            <p class="lead">"A sentence that leads."</p>
            <p>"Text. "<a href="/dev/ui">"A link"</a>", "<span class="mono">"v=spf1 -all"</span>", "<span class="muted">"said aside"</span>", "<span class="small">"small"</span>", "<kbd>"/"</kbd></p>
        </section>
        <section><header><h2>"Colours that carry text"</h2><span class="small muted">"contrast, 4.5 at least (tested)"</span></header>
            <table class="list"><thead><tr><th scope="col">"Ink"</th><th scope="col">"Ground"</th><th scope="col" class="num">"Light"</th><th scope="col" class="num">"Dark"</th></tr></thead><tbody>{pairs}</tbody></table>
        </section>
        <section><header><h2>"Outcomes"</h2><span class="small muted">"shape and word before colour"</span></header><ul class="tally">{outcomes}</ul></section>
        <section><header><h2>"Buttons"</h2></header><p class="acts"><button class="btn primary" type="button">"The one thing to do"</button><button class="btn" type="button">"Another"</button><button class="btn quiet" type="button">"Quiet"</button><button class="btn small" type="button">"Small"</button></p></section>
        <section><header><h2>"Fields"</h2></header>
            <div class="narrow">
                {field("right", "Right", "text", "acme.com".into(), None, "A hint says what is wanted.", "off")}
                {field("wrong", "Wrong", "text", "acme,com".into(), Some("“acme,com” is not a domain. It looks like acme.com.".into()), "", "off")}
            </div>
        </section>
        <section><header><h2>"Said"</h2></header><p class="said pass">"The schedule is saved."</p><p class="said fail">"Somebody else has changed this."</p><p class="note">"A note beside the work."</p></section>
        <section><header><h2>"Charts"</h2></header><span inner_html=spark(&[20.0, 35.0, 34.0, 60.0, 59.0, 88.0])></span></section>
        <section><header><h2>"Nothing yet"</h2></header><div class="empty"><p>"No project yet."</p><p><a class="btn primary" href="/dev/ui">"Create the first one"</a></p></div></section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_can_be_read_in_both_themes() {
        assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 1e-9);
        for (ink, ground) in PAIRS {
            for dark in [false, true] {
                let (a, b) = (token(ink, dark).unwrap(), token(ground, dark).unwrap());
                assert!(contrast(a, b) >= 4.5, "{ink} on {ground}, dark {dark}: {:.2}", contrast(a, b));
            }
        }
    }
}
