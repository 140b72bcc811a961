//! PERF-10: the edge answers for static files by itself.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{headers_seen, unanswered};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Purpose, Response, Source, host_of};
use crate::stack;
use crate::taxonomy::{Area, Impact, Stage};

/// PERF-10.
pub static CHECK: Check = Check {
    id: "PERF-10",
    name: "edge-actually-hits",
    title: "Edge actually hits",
    stage: Stage::Performance,
    area: Area::Caching,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http],
    why: "An edge that asks your server for every file only makes the way longer; the first busy day reaches the server in full.",
    criterion: "One static file asked for twice: passes when the second answer comes from the edge's cache, warns when it does not.",
    minutes: 15,
    references: &[
        Reference { title: "RFC 9111 §5.1", url: "https://www.rfc-editor.org/rfc/rfc9111#section-5.1" },
        Reference { title: "RFC 9211", url: "https://www.rfc-editor.org/rfc/rfc9211" },
    ],
    rule,
};

const HEADERS: [&str; 9] = [
    "cf-cache-status",
    "x-cache",
    "x-vercel-cache",
    "cache-status",
    "x-cache-status",
    "x-proxy-cache",
    "age",
    "cache-control",
    "set-cookie",
];

/// Whether a cache says that it answered.
fn hit(r: &Response) -> bool {
    let says = |name: &str, words: &[&str]| r.all(name).any(|v| words.iter().any(|w| v.to_ascii_lowercase().contains(w)));
    says("cf-cache-status", &["hit", "revalidated", "stale", "updating"])
        || ["x-cache", "x-vercel-cache", "cache-status", "x-cache-status", "x-proxy-cache"]
            .iter()
            .any(|h| says(h, &["hit", "stale", "prerender"]))
        || r.header("age").and_then(|a| a.trim().parse::<u64>().ok()).is_some_and(|a| a > 0)
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let Some((f, url, r)) = e.fetches_for(Purpose::Again).find_map(|f| f.last().map(|(u, r)| (f, u, r))) else {
        return if let Some(why) = unanswered(e, Purpose::Again) {
            Found::unknown(why)
        } else if e.front().is_some() {
            Found::na("The front page loads no static file of its own.")
        } else {
            Found::unknown(crate::checks::help::no_pages(e))
        };
    };
    if is_challenge(r) {
        return Found::blocked();
    }
    let Some(edge) = stack::edge_of(e, host_of(url)) else {
        return Found::na("No edge stands before this host, so there is no cache of one; see EDG-01.");
    };
    let seen = headers_seen(f, r, &HEADERS);
    if hit(r) {
        return Found::pass(format!("{edge} answered from its cache at the second request.")).seen([seen]);
    }
    let why = if r.header("set-cookie").is_some() { ", perhaps because the answer sets a cookie" } else { "" };
    Found::warn(format!("{edge} asked your server again for {url}{why}.")).seen([seen]).fix(
        Fix::new("Let the edge keep static files", CHECK.minutes)
            .step("Send the header below for files whose name changes with their content, and no cookie with them.")
            .step(
                "Cloudflare: Caching, Cache Rules: eligible for cache for /assets/*; it caches by file ending only if nothing forbids it.",
            )
            .paste(Paste::add("response header of static files", ["Cache-Control: public, max-age=31536000, immutable"]))
            .undo("Remove the rule, and purge the edge's cache.")
            .risk("Only for files with a hash in their name: others stay old at the edge after a deploy."),
    )
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    use crate::taxonomy::Outcome;
    const A: &str = "https://acme.example/assets/app.3f9c1b2a.js";
    fn again(f: &mut Fixture, headers: &[(&str, &str)]) {
        let hop = f.answer(A, 200, headers, "export{}");
        f.fetch(Purpose::Again, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("CloudFront's cache", |_| {}, Outcome::Pass),
            ("Cloudflare HIT", |f| again(f, &[("cf-cache-status", "HIT")]), Outcome::Pass),
            ("an age (RFC 9111 §5.1)", |f| again(f, &[("age", "40")]), Outcome::Pass),
            ("Cache-Status (RFC 9211)", |f| again(f, &[("cache-status", "edge; hit")]), Outcome::Pass),
            ("MISS twice", |f| again(f, &[("x-cache", "Miss from cloudfront")]), Outcome::Warn),
            ("DYNAMIC", |f| again(f, &[("cf-cache-status", "DYNAMIC")]), Outcome::Warn),
            ("age 0 says nothing", |f| again(f, &[("age", "0")]), Outcome::Warn),
            (
                "no edge",
                |f| {
                    for x in &mut f.evidence.fetches {
                        for h in &mut x.hops {
                            if let crate::evidence::Answer::Response(r) = &mut h.answer {
                                set(r, "x-amz-cf-id", "");
                            }
                        }
                    }
                },
                Outcome::Na,
            ),
            ("no file", |f| f.evidence.fetches.retain(|x| x.purpose != Purpose::Again), Outcome::Na),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}
