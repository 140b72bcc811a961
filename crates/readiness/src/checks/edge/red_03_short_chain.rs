//! RED-03: few redirects, no circle, no way back to http.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{fetch_seen, told_starts};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// RED-03.
pub static CHECK: Check = Check {
    id: "RED-03",
    name: "short-chain-no-loop",
    title: "Short chain, no loop",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Dns, Collector::Http],
    why: "Each redirect costs a phone on mobile data up to half a second, and a circle shows an error to everybody.",
    criterion: "One redirect from https and two from http are fine; three warn; four, a circle or a step back to http fail.",
    minutes: 15,
    references: &[Reference { title: "RFC 9110 §15.4", url: "https://www.rfc-editor.org/rfc/rfc9110#section-15.4" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let starts = told_starts(c.outside(), Purpose::Start);
    let parts: Vec<Part> = starts.iter().map(|f| judge(f)).collect();
    if parts.is_empty() {
        return Found::unknown(crate::checks::help::no_pages(c.outside()));
    }
    if starts.iter().all(|f| f.last().is_some_and(|(_, r)| is_challenge(r))) {
        return Found::blocked();
    }
    let seen: Vec<Seen> = starts.iter().map(|f| fetch_seen(f)).collect();
    let found = join(CHECK.impact, &parts, "Every way in arrives within two redirects.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let target =
        c.outside().front().and_then(Fetch::last).map_or_else(|| format!("https://{}/", c.outside().target.domain), |(u, _)| u.to_owned());
    found.fix(Fix {
        title: "Let each redirect go straight to the end".into(),
        steps: vec![
            "Look at the chain above and at who answers each hop: the CDN, the host, or the app. Keep the rule that is nearest to the visitor and remove the others.".into(),
            "For a circle between http and https behind Cloudflare: set SSL/TLS to Full (strict); the origin must answer on HTTPS.".into(),
        ],
        paste: vec![Paste::add("the one target that every rule should name", [target])],
        undo: "Restore the rules that you removed.".into(),
        risk: None,
        minutes: CHECK.minutes,
    })
}

fn judge(f: &Fetch) -> Part {
    let redirects = f.hops.len().saturating_sub(1);
    let urls: Vec<&str> = f.hops.iter().map(|h| h.url.as_str()).collect();
    if f.looped {
        return Part::new(&f.start, Outcome::Fail, format!("{} goes in a circle.", f.start));
    }
    if urls.windows(2).any(|w| matches!(w, [a, b] if a.starts_with("https://") && b.starts_with("http://"))) {
        return Part::new(&f.start, Outcome::Fail, format!("{} steps back from https to http on its way.", f.start));
    }
    if redirects >= 4 {
        return Part::new(&f.start, Outcome::Fail, format!("{} takes {redirects} redirects.", f.start));
    }
    if f.last().is_none() {
        let why = f.failure().map_or("", |(_, d)| d);
        return Part::new(&f.start, Outcome::Unknown, format!("{} did not arrive: {why}.", f.start));
    }
    let allowed = if f.start.starts_with("https://") { 1 } else { 2 };
    if redirects > allowed {
        return Part::new(&f.start, Outcome::Warn, format!("{} takes {redirects} redirects.", f.start));
    }
    Part::new(&f.start, Outcome::Pass, "")
}

#[test]
fn table() {
    use crate::evidence::FailKind;
    const E: &str = "https://acme.example/";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("within two", |_| {}, Outcome::Pass),
            (
                "three from http",
                |f| {
                    f.chain(Purpose::Start, &["http://acme.example/", "https://acme.example/a", "https://acme.example/b", E]);
                },
                Outcome::Warn,
            ),
            (
                "four",
                |f| {
                    f.chain(
                        Purpose::Start,
                        &["http://acme.example/", "https://acme.example/a", "https://acme.example/b", "https://acme.example/c", E],
                    );
                },
                Outcome::Fail,
            ),
            (
                "two from https",
                |f| {
                    f.chain(Purpose::Start, &["https://www.acme.example/", "https://www.acme.example/x", E]);
                },
                Outcome::Warn,
            ),
            (
                "back to http, though it ends well",
                |f| {
                    f.chain(Purpose::Start, &["https://www.acme.example/", "http://acme.example/", E]);
                },
                Outcome::Fail,
            ),
            (
                "a circle",
                |f| {
                    f.chain(Purpose::Start, &[E, "https://www.acme.example/"]);
                    f.evidence.fetches.last_mut().unwrap().looped = true;
                },
                Outcome::Fail,
            ),
            (
                "did not answer",
                |f| {
                    f.failed(Purpose::Start, E, FailKind::Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "port 80 closed",
                |f| {
                    f.failed(Purpose::Start, "http://acme.example/", FailKind::Refused);
                },
                Outcome::Pass,
            ),
            (
                "challenged everywhere",
                |f| {
                    f.page("https://acme.example/", |r| crate::fixture::set(r, "cf-mitigated", "challenge"));
                },
                Outcome::Blocked,
            ),
        ],
    );
}
