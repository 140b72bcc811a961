//! SEC-12: every response says what it is, and browsers are told to believe it.

use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, Seen, join};
use crate::checks::help::{all_challenged, headers_seen, no_pages, pages};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Response, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// SEC-12.
pub static CHECK: Check = Check {
    id: "SEC-12",
    name: "nosniff-correct-content-type",
    title: "nosniff + correct Content-Type",
    stage: Stage::Security,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Dns, Collector::Http],
    why: "A file that a customer uploads can run as a script in another customer's browser.",
    criterion: "Pages, scripts and styles need X-Content-Type-Options: nosniff and a Content-Type that fits, HTML with its character set.",
    minutes: 5,
    references: &[Reference { title: "Fetch §3.6", url: "https://fetch.spec.whatwg.org/#x-content-type-options-header" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let mut looked: Vec<(&Fetch, &Response)> = pages(e);
    if looked.is_empty() {
        return Found::unknown(no_pages(e));
    }
    if all_challenged(&looked) {
        return Found::blocked();
    }
    let site = e.target.domain.registrable();
    looked.extend(
        e.fetches_for(Purpose::Asset)
            .filter_map(|f| f.last().map(|(_, r)| (f, r)))
            .filter(|(f, r)| r.status == 200 && host_of(&f.start).ends_with(site)),
    );
    looked.retain(|(_, r)| !is_challenge(r));
    let parts: Vec<Part> = looked.iter().filter_map(|(f, r)| f.last().map(|(u, _)| judge(u, f.purpose, r))).collect();
    let seen: Vec<Seen> = looked.iter().map(|(f, r)| headers_seen(f, r, &["x-content-type-options", "content-type"])).collect();
    let found = join(CHECK.impact, &parts, "Every response says what it is, and browsers are told not to guess.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(Fix {
        title: "Tell browsers not to guess".into(),
        steps: vec!["Send the first header on every response, and the right Content-Type with each file.".into()],
        paste: vec![Paste {
            place: "response headers".into(),
            lines: vec![Line::Add("X-Content-Type-Options: nosniff".into()), Line::Keep("Content-Type: text/html; charset=utf-8".into())],
        }],
        undo: "Remove the header.".into(),
        risk: Some("A script served with the wrong type stops running; check the browser's console once.".into()),
        minutes: CHECK.minutes,
    })
}

fn judge(url: &str, purpose: Purpose, r: &Response) -> Part {
    let warn = |why: String| Part::new(url, Outcome::Warn, why);
    // Only the first value counts (Fetch, "determine nosniff").
    let nosniff =
        r.header("x-content-type-options").and_then(|v| v.split(',').next()).is_some_and(|v| v.trim().eq_ignore_ascii_case("nosniff"));
    let media = r.media_type();
    let full = r.header("content-type").unwrap_or("").to_ascii_lowercase();
    let path = url.split(['?', '#']).next().unwrap_or("");
    if !nosniff {
        return warn(format!("{url} lacks X-Content-Type-Options: nosniff."));
    }
    if media.is_empty() {
        return warn(format!("{url} does not say what it is (no Content-Type)."));
    }
    if purpose == Purpose::Asset && path.ends_with("js") && !is_script(&media) {
        return warn(format!("{url} is a script served as {media}; with nosniff browsers will not run it."));
    }
    if purpose == Purpose::Asset && path.ends_with(".css") && media != "text/css" {
        return warn(format!("{url} is a style served as {media}; with nosniff browsers ignore it."));
    }
    // A byte order mark decides before all else; spaces may stand around the sign of an attribute.
    let meta = r.body.as_ref().is_some_and(|b| {
        let named = |t: &str| t.trim_start().starts_with('=');
        b.extract.starts_with('\u{feff}') || b.extract.to_ascii_lowercase().split("charset").skip(1).any(named)
    });
    if media == "text/html" && !full.contains("charset=") && !meta {
        return warn(format!("{url} does not name its character set."));
    }
    Part::new(url, Outcome::Pass, "")
}

/// JavaScript's types (MIME Sniffing Standard §4.6).
fn is_script(media: &str) -> bool {
    media.contains("javascript") || media.ends_with("ecmascript") || matches!(media, "text/jscript" | "text/livescript")
}

#[test]
fn types_of_scripts() {
    for media in ["text/javascript", "application/x-javascript", "application/ecmascript", "text/jscript", "text/livescript"] {
        assert!(is_script(media), "{media}");
    }
    for media in ["text/plain", "application/json", "application/octet-stream"] {
        assert!(!is_script(media), "{media}");
    }
}

#[test]
fn table() {
    use crate::fixture::set;
    const URL: &str = "https://acme.example/";
    const A: &str = "https://acme.example/assets/app.3f9c1b2a.js";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("all right", |_| {}, Outcome::Pass),
            (
                "absent",
                |f| {
                    f.page(URL, |r| set(r, "x-content-type-options", ""));
                },
                Outcome::Warn,
            ),
            (
                "another value",
                |f| {
                    f.page(URL, |r| set(r, "x-content-type-options", "none"));
                },
                Outcome::Warn,
            ),
            (
                "in capitals",
                |f| {
                    f.page(URL, |r| set(r, "x-content-type-options", "NOSNIFF"));
                },
                Outcome::Pass,
            ),
            (
                "a script served as HTML",
                |f| {
                    f.page(A, |r| set(r, "content-type", "text/html; charset=utf-8"));
                },
                Outcome::Warn,
            ),
            (
                "no character set anywhere",
                |f| {
                    f.page(URL, |r| set(r, "content-type", "text/html"));
                },
                Outcome::Warn,
            ),
            (
                "the character set in the page itself",
                |f| {
                    f.page(URL, |r| {
                        set(r, "content-type", "text/html");
                        r.body.as_mut().unwrap().extract = "<meta charset=utf-8>".into();
                    });
                },
                Outcome::Pass,
            ),
            (
                "no type",
                |f| {
                    f.page(URL, |r| set(r, "content-type", ""));
                },
                Outcome::Warn,
            ),
        ],
    );
}

#[test]
fn the_share_of_good_responses_earns_its_share() {
    let mut f = crate::fixture::Fixture::good();
    f.page("https://acme.example/login", |r| crate::fixture::set(r, "x-content-type-options", ""));
    let found = rule(&Context::of(&f.evidence, f.now));
    assert_eq!((found.outcome, found.credit), (Outcome::Warn, Some(3.5 / 4.0)));
}
