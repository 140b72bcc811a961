//! PERF-18: answers of the API say how long they may be kept.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{headers_seen, is_fallback, no_pages};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Response, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// PERF-18.
pub static CHECK: Check = Check {
    id: "PERF-18",
    name: "api-responses-carry-explicit-freshness",
    title: "API responses carry explicit freshness",
    stage: Stage::Performance,
    area: Area::Caching,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Http],
    why: "Without it each cache on the way guesses, and a customer sees yesterday's numbers, or another customer's.",
    criterion: "JSON answers of API and health paths: warns when Cache-Control is missing.",
    minutes: 10,
    references: &[Reference { title: "RFC 9111 §4.2.2", url: "https://www.rfc-editor.org/rfc/rfc9111#section-4.2.2" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let json = |r: &Response| r.media_type().ends_with("json");
    let answers: Vec<(&Fetch, &str, &Response)> = e
        .fetches
        .iter()
        .filter(|f| {
            matches!(f.purpose, Purpose::Api | Purpose::Health) || (f.purpose == Purpose::Start && host_of(&f.start).starts_with("api."))
        })
        .filter_map(|f| f.last().map(|(u, r)| (f, u, r)))
        .filter(|(_, _, r)| json(r) && !is_fallback(e, r))
        .collect();
    if answers.is_empty() {
        let looked = e.fetches_for(Purpose::Api).filter_map(Fetch::last).collect::<Vec<_>>();
        return if looked.is_empty() {
            Found::unknown(no_pages(e))
        } else if looked.iter().all(|(_, r)| is_challenge(r)) {
            Found::blocked()
        } else {
            Found::na("No JSON answer was seen at the usual paths of an API.")
        };
    }
    let parts: Vec<Part> = answers
        .iter()
        .map(|(_, u, r)| match r.header("cache-control") {
            Some(_) => Part::new(*u, Outcome::Pass, ""),
            None => Part::new(*u, Outcome::Warn, format!("{u} does not say how long its answer may be kept.")),
        })
        .collect();
    let seen: Vec<Seen> = answers.iter().map(|(f, _, r)| headers_seen(f, r, &["cache-control", "content-type"])).collect();
    let found = join(CHECK.impact, &parts, "Answers of the API say how long they may be kept.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Send Cache-Control with every answer of the API", CHECK.minutes)
            .step("One line in a middleware: no-store as the rule, something longer only where an answer is the same for everybody.")
            .paste(Paste::add("response header of the API", ["Cache-Control: no-store"]))
            .undo("Remove the line."),
    )
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    fn api(f: &mut Fixture, status: u16, headers: &[(&str, &str)]) {
        let hop = f.answer("https://acme.example/api", status, headers, "{\"ok\":true}");
        f.fetch(Purpose::Api, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("no-store", |_| {}, Outcome::Pass),
            ("a minute", |f| api(f, 200, &[("content-type", "application/json"), ("cache-control", "max-age=60")]), Outcome::Pass),
            ("nothing said", |f| api(f, 200, &[("content-type", "application/json")]), Outcome::Warn),
            ("an error as JSON counts too", |f| api(f, 404, &[("content-type", "application/problem+json")]), Outcome::Warn),
            (
                "Expires alone is old, and no Cache-Control",
                |f| api(f, 200, &[("content-type", "application/json"), ("expires", "0")]),
                Outcome::Warn,
            ),
            (
                "no JSON anywhere",
                |f| {
                    f.evidence.fetches.retain(|x| x.purpose != Purpose::Health);
                    api(f, 404, &[("content-type", "text/html")]);
                },
                Outcome::Na,
            ),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}
