//! PERF-08: browsers keep scripts and styles whose name changes with their content.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{headers_seen, no_pages, unanswered};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Evidence, Fetch, Purpose, Response, host_of};
use crate::when::parse_http_date;
use crate::words::{Area, Class, Impact, Outcome, Stage};

/// PERF-08.
pub static CHECK: Check = Check {
    id: "PERF-08",
    name: "static-assets-cacheable",
    title: "Static assets cacheable",
    stage: Stage::Performance,
    area: Area::Caching,
    class: Class::Outside,
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Http],
    why: "Every visit downloads your app again, which makes it feel slow and your server do needless work.",
    criterion: "Scripts and styles with a hash in their name: 30 days or more pass, less warns, no-store or nothing fails.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 9111 §5.2", url: "https://www.rfc-editor.org/rfc/rfc9111#section-5.2" },
        Reference { title: "RFC 8246 (immutable)", url: "https://www.rfc-editor.org/rfc/rfc8246" },
    ],
    rule,
};

const MONTH: i64 = 30 * 86_400;

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    let Some(front) = e.front() else { return Found::unknown(no_pages(e)) };
    if front.last().is_some_and(|(_, r)| is_challenge(r)) {
        return Found::blocked();
    }
    let own: Vec<(&Fetch, &str, &Response)> = e
        .fetches_for(Purpose::Asset)
        .filter_map(|f| f.last().map(|(u, r)| (f, u, r)))
        .filter(|(_, u, r)| r.status == 200 && is_own(e, u))
        .collect();
    let hashed: Vec<_> = own.iter().filter(|(_, u, _)| is_hashed(u)).collect();
    if let Some(why) = unanswered(e, Purpose::Asset).filter(|_| e.fetches_for(Purpose::Asset).all(|f| is_own(e, &f.start))) {
        return Found::unknown(why);
    }
    if own.is_empty() {
        return Found::na("The front page loads no scripts or styles of your own.");
    }
    if hashed.is_empty() {
        let bare: Vec<&str> = own
            .iter()
            .filter(|(_, _, r)| r.header("cache-control").is_none() && r.header("etag").is_none() && r.header("last-modified").is_none())
            .map(|(_, u, _)| *u)
            .collect();
        if bare.is_empty() {
            return Found::na(
                "No script or style has a hash in its name, so none can be kept for long; browsers ask again, which is right.",
            );
        }
        let seen = own.iter().map(|(f, _, r)| headers_seen(f, r, &["cache-control", "expires", "etag"]));
        return Found::warn(format!("{} comes without any word on caching.", bare.join(", "))).seen(seen).fix(fix());
    }
    let parts: Vec<Part> = hashed.iter().map(|(_, u, r)| judge(u, r)).collect();
    let seen: Vec<Seen> = hashed.iter().map(|(f, _, r)| headers_seen(f, r, &["cache-control", "expires", "age"])).collect();
    let found = join(CHECK.impact, &parts, "Files with a hash in their name are kept by browsers.").seen(seen);
    if found.outcome.is_open() { found.fix(fix()) } else { found }
}

fn fix() -> Fix {
    Fix {
        title: "Let browsers keep hashed files for a year".into(),
        steps: vec!["Send this header for files whose name holds a hash of their content; never for HTML.".into()],
        paste: vec![Paste::add("response header", ["Cache-Control: public, max-age=31536000, immutable"])],
        undo: "Remove the header; files already kept stay until their name changes.".into(),
        risk: Some("A file whose name does not change with its content would stay stale for a year.".into()),
        minutes: CHECK.minutes,
    }
}

fn is_own(e: &Evidence, url: &str) -> bool {
    let host = host_of(url);
    let site = e.target.domain.registrable();
    host == site || host.strip_suffix(site).is_some_and(|r| r.ends_with('.'))
}

/// Whether the file name holds a hash: a part of eight or more letters and digits with a digit in
/// it, as bundlers write it (`app.3f9c1b2a.js`, `index-BxK2l9aZ.js`).
fn is_hashed(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or("");
    let file = path.rsplit('/').next().unwrap_or("");
    let stem = file.rsplit_once('.').map_or(file, |(s, _)| s);
    let parts = stem.split(['.', '-', '~']).chain(stem.split(['.', '_']));
    path.contains("/_next/static/")
        || parts.into_iter().any(|p| {
            let alnum = p.len() >= 8 && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            let digits = p.bytes().filter(u8::is_ascii_digit).count();
            let mixed = p.bytes().any(|b| b.is_ascii_uppercase()) && p.bytes().any(|b| b.is_ascii_lowercase()) && p.len() == 8;
            alnum && ((digits > 0 && digits < p.len()) || mixed || (digits == p.len() && p.len() >= 16))
        })
}

fn judge(url: &str, r: &Response) -> Part {
    let cc = r.all("cache-control").collect::<Vec<_>>().join(",").to_ascii_lowercase();
    let directives: Vec<&str> = cc.split(',').map(str::trim).collect();
    if directives.contains(&"no-store") {
        return Part::new(url, Outcome::Fail, format!("{url} says no-store."));
    }
    let seconds = directives.iter().find_map(|d| d.strip_prefix("max-age=")).and_then(|n| n.trim_matches('"').parse::<i64>().ok());
    // Expires counts only where max-age does not speak (RFC 9111 section 5.3).
    let expires = || {
        let end = parse_http_date(r.header("expires")?)?;
        Some((end - parse_http_date(r.header("date")?)?) / 1000)
    };
    match seconds.or_else(expires) {
        _ if directives.contains(&"no-cache") => {
            Part::new(url, Outcome::Warn, format!("{url} says no-cache, so browsers ask again each time."))
        }
        None => Part::new(url, Outcome::Fail, format!("{url} says nothing about how long it may be kept.")),
        Some(n) if n < MONTH => Part::new(
            url,
            Outcome::Warn,
            format!("{url} may be kept for {} only.", if n < 86_400 { format!("{n} seconds") } else { format!("{} days", n / 86_400) }),
        ),
        Some(_) => Part::new(url, Outcome::Pass, ""),
    }
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    const A: &str = "https://acme.example/assets/app.3f9c1b2a.js";
    fn cc(f: &mut Fixture, v: &str) {
        f.asset(A, &[("cache-control", v)]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("a year", |_| {}, Outcome::Pass),
            ("thirty days", |f| cc(f, "max-age=2592000"), Outcome::Pass),
            ("an hour", |f| cc(f, "public, max-age=3600"), Outcome::Warn),
            ("no-store", |f| cc(f, "no-store, max-age=31536000"), Outcome::Fail),
            (
                "nothing on a hashed file",
                |f| {
                    f.asset(A, &[("etag", "x")]);
                },
                Outcome::Fail,
            ),
            (
                "Expires alone is enough",
                |f| {
                    f.asset(A, &[("date", "Wed, 25 Nov 2026 01:37:27 GMT"), ("expires", "Thu, 25 Nov 2027 01:37:27 GMT")]);
                },
                Outcome::Pass,
            ),
            ("a long s-maxage speaks to CDNs, not to browsers", |f| cc(f, "s-maxage=31536000"), Outcome::Fail),
            (
                "an unhashed file with a validator must be asked for again, and is",
                |f| {
                    f.no_assets().asset("https://acme.example/style.css", &[("etag", "x")]);
                },
                Outcome::Na,
            ),
            (
                "an unhashed file without a word",
                |f| {
                    f.no_assets().asset("https://acme.example/style.css", &[]);
                },
                Outcome::Warn,
            ),
            (
                "a stranger's script is not yours to cache",
                |f| {
                    f.no_assets().asset("https://cdn.other.example/lib.3f9c1b2a.js", &[("cache-control", "no-store")]);
                },
                Outcome::Na,
            ),
            (
                "challenged",
                |f| {
                    f.page("https://acme.example/", |r| crate::fixture::set(r, "cf-mitigated", "challenge"));
                },
                Outcome::Blocked,
            ),
        ],
    );
}

#[test]
fn hashes_in_names() {
    for (name, want) in [
        ("app.3f9c1b2a.js", true),
        ("index-BxK2l9aZ.js", true),
        ("main.js", false),
        ("bootstrap.min.css", false),
        ("jquery-3.7.1.min.js", false),
        ("style-DkRzTqWb.css", true),
        ("analytics.js", false),
        ("vendors~main.0a1b2c3d4e.chunk.js", true),
    ] {
        assert_eq!(is_hashed(&format!("https://acme.example/{name}")), want, "{name}");
    }
    assert!(is_hashed("https://acme.example/_next/static/chunks/main.js"));
}
