//! RED-04: redirects to the canonical address keep path and query.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{fetch_seen, told_starts};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose};
use crate::words::{Area, Class, Impact, Outcome, Stage};

/// RED-04.
pub static CHECK: Check = Check {
    id: "RED-04",
    name: "path-query-survive-redirects",
    title: "Path and query survive redirects",
    stage: Stage::Edge,
    area: Area::Dns,
    class: Class::Outside,
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Http],
    why: "Links in ads and mails land on the front page without their campaign, so customers get lost and you cannot tell which ad paid.",
    criterion: "A made-up path with a query is requested on each start; redirects to another scheme or host must keep both.",
    minutes: 10,
    references: &[Reference { title: "RFC 9110 §15.4", url: "https://www.rfc-editor.org/rfc/rfc9110#section-15.4" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let starts = told_starts(c.evidence, Purpose::Probe);
    let parts: Vec<Part> = starts.iter().map(|f| judge(f)).collect();
    if parts.is_empty() {
        return Found::unknown(crate::checks::help::no_pages(c.evidence));
    }
    let seen: Vec<Seen> = starts.iter().map(|f| fetch_seen(f)).collect();
    let found = join(CHECK.impact, &parts, "Redirects keep the path and the query.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(Fix {
        title: "Keep path and query when redirecting".into(),
        steps: vec!["Write the path and the query of the request after the new host, or tick the box that preserves them.".into()],
        paste: vec![Paste::add("redirect, with path and query", [format!("/* 301 → https://{}/*", c.evidence.target.domain)])],
        undo: "Restore the former target.".into(),
        risk: None,
        minutes: CHECK.minutes,
    })
}

fn judge(f: &Fetch) -> Part {
    let (_, path_query) = f.start.split_once("://").and_then(|(_, r)| r.split_once('/')).unwrap_or(("", ""));
    let (path, query) = path_query.split_once('?').unwrap_or((path_query, ""));
    if f.first().is_some_and(is_challenge) {
        return Part::new(&f.start, Outcome::Blocked, "");
    }
    for w in f.hops.windows(2) {
        let [a, b] = w else { continue };
        // A redirect within one origin is the app's own business, such as to its sign-in page.
        if origin(&a.url) == origin(&b.url) {
            break;
        }
        if !b.url.contains(path) {
            return Part::new(&f.start, Outcome::Fail, format!("{} loses its path on the way to {}.", f.start, b.url));
        }
        if !b.url.contains(query) {
            return Part::new(&f.start, Outcome::Fail, format!("{} loses its query on the way to {}.", f.start, b.url));
        }
    }
    match f.failure() {
        Some((_, why)) => Part::new(&f.start, Outcome::Unknown, format!("{} did not arrive: {why}.", f.start)),
        None => Part::new(&f.start, Outcome::Pass, ""),
    }
}

fn origin(url: &str) -> &str {
    let from = url.find("://").map_or(0, |i| i + 3);
    url.get(..url.get(from..).and_then(|r| r.find('/')).map_or(url.len(), |i| i + from)).unwrap_or(url)
}

#[test]
fn table() {
    use crate::evidence::FailKind;
    const P: &str = "/lr-probe-x?utm_source=launchready";
    fn via(f: &mut crate::fixture::Fixture, to: &str) {
        f.chain(Purpose::Probe, &[&format!("http://acme.example{P}"), to]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("kept", |_| {}, Outcome::Pass),
            ("to the front page", |f| via(f, "https://acme.example/"), Outcome::Fail),
            ("query dropped", |f| via(f, "https://acme.example/lr-probe-x"), Outcome::Fail),
            ("below a language", |f| via(f, "https://acme.example/en/lr-probe-x?utm_source=launchready"), Outcome::Pass),
            (
                "kept, then the app itself asks to sign in",
                |f| {
                    f.chain(
                        Purpose::Probe,
                        &[
                            "http://acme.example/lr-probe-x?utm_source=launchready",
                            "https://acme.example/lr-probe-x?utm_source=launchready",
                            "https://acme.example/login",
                        ],
                    );
                },
                Outcome::Pass,
            ),
            (
                "port 80 closed",
                |f| {
                    f.failed(Purpose::Probe, "http://acme.example/lr-probe-x?utm_source=launchready", FailKind::Refused);
                },
                Outcome::Pass,
            ),
            (
                "challenged",
                |f| {
                    for s in ["http://acme.example", "https://acme.example", "http://www.acme.example", "https://www.acme.example"] {
                        f.page(&format!("{s}{P}"), |r| {
                            r.status = 429;
                            r.headers.clear();
                            crate::fixture::set(r, "cf-mitigated", "challenge");
                        });
                    }
                },
                Outcome::Blocked,
            ),
        ],
    );
}
