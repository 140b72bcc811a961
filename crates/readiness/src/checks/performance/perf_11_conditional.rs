//! PERF-11: what has not changed is not sent again.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{headers_seen, unanswered};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Purpose, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// PERF-11.
pub static CHECK: Check = Check {
    id: "PERF-11",
    name: "conditional-requests",
    title: "Conditional requests",
    stage: Stage::Performance,
    area: Area::Caching,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Http],
    why: "Returning visitors load every file anew, on their phone's data plan.",
    criterion: "A static file asked for with its own ETag or date: passes on 304, warns when it is sent whole or has no validator.",
    minutes: 10,
    references: &[Reference { title: "RFC 9110 §13", url: "https://www.rfc-editor.org/rfc/rfc9110#section-13" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let fix = |step: &str| {
        Fix::new("Answer 304 when a file has not changed", CHECK.minutes)
            .step(step.to_owned())
            .paste(Paste::add(
                "answers for static files",
                ["ETag, the same as long as the content is the same", "304 without a body, when If-None-Match names it"],
            ))
            .undo("Switch the ETag off again.")
    };
    if let Some((f, r)) = e.fetches_for(Purpose::Conditional).find_map(|f| f.last().map(|(_, r)| (f, r))) {
        let seen = headers_seen(f, r, &["etag", "last-modified", "cache-control"]);
        return match r.status {
            304 => Found::pass("A file that has not changed is answered with 304.").seen([seen]),
            _ if is_challenge(r) => Found::blocked(),
            200 => Found::warn("A file that has not changed is sent whole again.")
                .seen([seen])
                .fix(fix("Let the web server or a middleware compare If-None-Match with the ETag. A layer that compresses may change the ETag; let it keep a weak one.")),
            other => Found::unknown(format!("The question whether the file has changed was answered with {other}.")).seen([seen]),
        };
    }
    let asset = e.fetches_for(Purpose::Again).find_map(|f| f.last().filter(|(_, r)| r.status == 200).map(|(u, r)| (f, u, r)));
    let silent = unanswered(e, Purpose::Again);
    match asset {
        Some((f, u, r)) if r.header("etag").is_none() && r.header("last-modified").is_none() => {
            // A file that never changes is never asked for again.
            if r.header("cache-control").is_some_and(|v| v.contains("immutable")) {
                return Found::pass("Static files are kept for good, so nobody asks whether they changed.").seen([headers_seen(
                    f,
                    r,
                    &["cache-control", "etag", "last-modified"],
                )]);
            }
            Found::warn(format!("{u} carries neither ETag nor Last-Modified, so browsers cannot ask whether it changed."))
                .seen([headers_seen(f, r, &["etag", "last-modified"])])
                .fix(fix("Switch ETag or Last-Modified on for static files."))
        }
        Some(_) => Found::unknown("The second question was not asked in time."),
        None if silent.is_some() => Found::unknown(silent.unwrap_or_default()),
        None if e.front().is_some() => Found::na("The front page loads no static file of its own."),
        None => Found::unknown(crate::checks::help::no_pages(e)),
    }
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    use crate::taxonomy::Outcome;
    const A: &str = "https://acme.example/assets/app.3f9c1b2a.js";
    fn status(f: &mut Fixture, n: u16) {
        let hop = f.answer(A, n, &[("etag", "\"1\"")], "");
        f.fetch(Purpose::Conditional, vec![hop]);
    }
    fn none(f: &mut Fixture) {
        f.evidence.fetches.retain(|x| x.purpose != Purpose::Conditional);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("304 (RFC 9110 §15.4.5)", |_| {}, Outcome::Pass),
            ("200 again", |f| status(f, 200), Outcome::Warn),
            ("an odd answer", |f| status(f, 500), Outcome::Unknown),
            (
                "no validator",
                |f| {
                    none(f);
                    let hop = f.answer(A, 200, &[("cache-control", "max-age=60")], "x");
                    f.fetch(Purpose::Again, vec![hop]);
                },
                Outcome::Warn,
            ),
            (
                "no validator, and immutable (RFC 8246)",
                |f| {
                    none(f);
                    let hop = f.answer(A, 200, &[("cache-control", "max-age=31536000, immutable")], "x");
                    f.fetch(Purpose::Again, vec![hop]);
                },
                Outcome::Pass,
            ),
            (
                "no file",
                |f| {
                    none(f);
                    f.evidence.fetches.retain(|x| x.purpose != Purpose::Again);
                },
                Outcome::Na,
            ),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}
