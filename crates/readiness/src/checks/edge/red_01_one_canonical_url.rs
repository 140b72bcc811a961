//! RED-01: all four ways in end at one URL.

use crate::check::{Check, Context, Fix, Found, Paste, Reference, Seen};
use crate::checks::help::{fetch_seen, list, told_starts};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, FailKind, Fetch, Purpose, Source};
use crate::taxonomy::{Area, Impact, Stage};
use std::collections::BTreeSet;

/// RED-01.
pub static CHECK: Check = Check {
    id: "RED-01",
    name: "one-canonical-url",
    title: "One canonical URL",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Http],
    why: "With two addresses for one site, sign-in cookies, payment callbacks and search results split between them.",
    criterion: "The four starts http and https, with and without www, must end at one URL.",
    minutes: 15,
    references: &[Reference { title: "RFC 9110 §15.4", url: "https://www.rfc-editor.org/rfc/rfc9110#section-15.4" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let starts = told_starts(e, Purpose::Start);
    let seen: Vec<Seen> = starts.iter().map(|f| fetch_seen(f)).collect();
    if starts.is_empty() {
        return Found::unknown(crate::checks::help::no_pages(e));
    }
    if starts.iter().all(|f| f.last().is_some_and(|(_, r)| is_challenge(r))) {
        return Found::blocked().seen(seen);
    }
    let finals: BTreeSet<String> = starts.iter().filter_map(|f| f.last()).map(|(u, _)| bare(u)).collect();
    let lost: Vec<&&Fetch> = starts.iter().filter(|f| f.last().is_none()).collect();
    let wanted = wanted(e.target.domain.as_str(), &finals);
    let fix = || Fix {
        title: format!("Send every way in to {wanted}"),
        steps: vec![
            format!(
                "Decide for one address; {wanted} is suggested. At your host or CDN make it the primary domain and let the others redirect to it."
            ),
            "Keep the path and the query, and answer 301 or 308.".into(),
        ],
        paste: vec![Paste::add(
            "redirect, with path and query",
            [format!("https://{}/* 301 → {}/*", other(e.target.domain.as_str(), &wanted), wanted.trim_end_matches('/'))],
        )],
        undo: "Remove the redirect.".into(),
        risk: Some("Sign-in callbacks and webhooks registered for the other name must be changed to the one that stays.".into()),
        minutes: CHECK.minutes,
    };
    if finals.len() > 1 {
        return Found::fail(format!(
            "The ways in end at {} different addresses: {}.",
            finals.len(),
            list(&finals.iter().collect::<Vec<_>>())
        ))
        .seen(seen)
        .fix(fix());
    }
    if let Some(f) = lost.iter().find(|f| f.looped) {
        return Found::fail(format!("{} never arrives anywhere; its redirects go in a circle.", f.start)).seen(seen).fix(fix());
    }
    let unknown: Vec<String> = lost
        .iter()
        .filter_map(|f| {
            f.failure().filter(|(k, _)| !matches!(k, FailKind::Tls | FailKind::Refused)).map(|(_, d)| format!("{} ({d})", f.start))
        })
        .collect();
    match (finals.first(), unknown.is_empty()) {
        (Some(one), true) => Found::pass(format!("Every way in ends at {one}.")).seen(seen),
        (Some(one), false) => Found::unknown(format!("What was seen ends at {one}, but {} did not answer.", list(&unknown))).seen(seen),
        (None, _) => Found::unknown("No way in arrived at a page.").seen(seen),
    }
}

/// A URL without its query, fragment and default file.
fn bare(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or(url).to_owned()
}

fn wanted(domain: &str, finals: &BTreeSet<String>) -> String {
    let apex = format!("https://{domain}/");
    let www = format!("https://www.{domain}/");
    if finals.contains(&www) && !finals.contains(&apex) { www } else { apex }
}

fn other(domain: &str, wanted: &str) -> String {
    if wanted.contains("://www.") { domain.to_owned() } else { format!("www.{domain}") }
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    const W: &str = "https://www.acme.example/";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("all to the apex", |_| {}, Outcome::Pass),
            (
                "www answers itself",
                |f| {
                    f.chain(Purpose::Start, &[W]);
                },
                Outcome::Fail,
            ),
            (
                "http stays http",
                |f| {
                    f.chain(Purpose::Start, &["http://acme.example/"]);
                },
                Outcome::Fail,
            ),
            (
                "all to www",
                |f| {
                    for s in ["http://acme.example/", "https://acme.example/", "http://www.acme.example/"] {
                        f.chain(Purpose::Start, &[s, W]);
                    }
                    f.chain(Purpose::Start, &[W]);
                },
                Outcome::Pass,
            ),
            (
                "a www that is absent is not a second address",
                |f| {
                    f.failed(Purpose::Start, W, FailKind::Unresolved).failed(
                        Purpose::Start,
                        "http://www.acme.example/",
                        FailKind::Unresolved,
                    );
                },
                Outcome::Pass,
            ),
            (
                "a closed port 80 is not a second address",
                |f| {
                    f.failed(Purpose::Start, "http://acme.example/", FailKind::Refused);
                },
                Outcome::Pass,
            ),
            (
                "one start timed out",
                |f| {
                    f.failed(Purpose::Start, W, FailKind::Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "only a query differs",
                |f| {
                    f.chain(Purpose::Start, &[W, "https://acme.example/?from=www"]);
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
