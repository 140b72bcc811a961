//! RED-04: redirects to the canonical address keep path and query.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{fetch_seen, told_starts};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// RED-04.
pub static CHECK: Check = Check {
    id: "RED-04",
    name: "path-query-survive-redirects",
    title: "Path and query survive redirects",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
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
    let starts = told_starts(c.outside(), Purpose::Probe);
    let parts: Vec<Part> = starts.iter().map(|f| judge(f)).collect();
    if parts.is_empty() {
        return Found::unknown(crate::checks::help::no_pages(c.outside()));
    }
    let seen: Vec<Seen> = starts.iter().map(|f| fetch_seen(f)).collect();
    let found = join(CHECK.impact, &parts, "Redirects keep the path and the query.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let mut lines: Vec<String> = starts.iter().filter_map(|f| lossy(f)).map(|(from, to)| right(from, to)).collect();
    lines.sort();
    lines.dedup();
    found.fix(Fix {
        title: "Keep path and query when redirecting".into(),
        steps: vec!["Write the path and the query of the request after the new host, or tick the box that preserves them.".into()],
        paste: vec![Paste::add("redirects, with path and query", lines)],
        undo: "Restore the former target.".into(),
        risk: None,
        minutes: CHECK.minutes,
    })
}

fn judge(f: &Fetch) -> Part {
    let (_, path_query) = f.start.split_once("://").and_then(|(_, r)| r.split_once('/')).unwrap_or(("", ""));
    let path = path_query.split('?').next().unwrap_or("");
    if f.first().is_some_and(is_challenge) {
        return Part::new(&f.start, Outcome::Blocked, "");
    }
    if let Some((_, to)) = lossy(f) {
        let what = if to.contains(path) { "query" } else { "path" };
        return Part::new(&f.start, Outcome::Fail, format!("{} loses its {what} on the way to {to}.", f.start));
    }
    match f.failure() {
        Some((_, why)) => Part::new(&f.start, Outcome::Unknown, format!("{} did not arrive: {why}.", f.start)),
        None => Part::new(&f.start, Outcome::Pass, ""),
    }
}

/// The redirect at which the path or the query gets lost: from where, to where.
fn lossy(f: &Fetch) -> Option<(&str, &str)> {
    let (_, path_query) = f.start.split_once("://")?.1.split_once('/')?;
    let (path, query) = path_query.split_once('?').unwrap_or((path_query, ""));
    let hops: Vec<&str> = f.hops.iter().map(|h| h.url.as_str()).collect();
    // A redirect within one origin is the app's own business, such as to its sign-in page.
    let mut moves =
        hops.windows(2).filter_map(|w| if let [a, b] = w { Some((*a, *b)) } else { None }).take_while(|(a, b)| origin(a) != origin(b));
    moves.find(|(_, to)| !to.contains(path) || !to.contains(query))
}

/// The rule as it should be: first to HTTPS on the same host, from there to the other.
fn right(from: &str, to: &str) -> String {
    match from.strip_prefix("http://") {
        Some(_) => format!("http://{0}/* 301 → https://{0}/*", host_of(from)),
        None => format!("https://{}/* 301 → https://{}/*", host_of(from), host_of(to)),
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
