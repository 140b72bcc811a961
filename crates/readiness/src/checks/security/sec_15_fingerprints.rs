//! SEC-15: the server does not tell its exact version.

use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, Seen, join};
use crate::checks::help::{all_challenged, headers_seen, no_pages, pages};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// SEC-15.
pub static CHECK: Check = Check {
    id: "SEC-15",
    name: "fingerprinting-headers",
    title: "Fingerprinting headers",
    stage: Stage::Security,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Http],
    why: "When a flaw in that version becomes known, lists of who runs it exist already, and you are on them.",
    criterion: "Headers that OWASP recommends to remove: warns when one tells an exact version.",
    minutes: 5,
    references: &[Reference { title: "OWASP Secure Headers: headers to remove", url: "https://owasp.org/www-project-secure-headers/" }],
    rule,
};

const HEADERS: [&str; 20] = [
    "server",
    "x-powered-by",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-powered-cms",
    "x-generator",
    "x-php-version",
    "x-jenkins",
    "x-mod-pagespeed",
    "x-page-speed",
    "x-varnish",
    "x-backend-server",
    "x-debug-token",
    "x-debug-token-link",
    "x-owa-version",
    "liferay-portal",
    "micro-framework",
    "powered-by",
    "product",
    "via",
];

/// `nginx/1.25.3`, `PHP/8.3.1`, `4.0.30319`: a number with a point, not behind HTTP's own version.
fn version(header: &str, value: &str) -> bool {
    if header == "via" || header == "x-varnish" {
        // `1.1 varnish` is the protocol's version, and X-Varnish counts requests.
        return value.split(['(', ')']).any(|p| p.contains('/') && has_version(p));
    }
    has_version(value)
}

fn has_version(value: &str) -> bool {
    let b = value.as_bytes();
    (1..b.len().saturating_sub(1))
        .any(|i| b.get(i) == Some(&b'.') && b.get(i - 1).is_some_and(u8::is_ascii_digit) && b.get(i + 1).is_some_and(u8::is_ascii_digit))
}

fn rule(c: &Context) -> Found {
    let pages = pages(c.outside());
    if pages.is_empty() {
        return Found::unknown(no_pages(c.outside()));
    }
    if all_challenged(&pages) {
        return Found::blocked();
    }
    let mut parts = vec![];
    let mut seen: Vec<Seen> = vec![];
    let mut told: Vec<String> = vec![];
    for (f, r) in pages.iter().filter(|(_, r)| !is_challenge(r)) {
        let Some((url, _)) = f.last() else { continue };
        let bad: Vec<String> =
            r.headers.iter().filter(|(n, v)| HEADERS.contains(&n.as_str()) && version(n, v)).map(|(n, v)| format!("{n}: {v}")).collect();
        seen.push(headers_seen(f, r, &HEADERS));
        parts.push(match bad.first() {
            Some(h) => Part::new(url, Outcome::Warn, format!("{url} tells its exact version ({h}).")),
            None => Part::new(url, Outcome::Pass, ""),
        });
        told.extend(bad);
    }
    told.sort();
    told.dedup();
    let found = join(CHECK.impact, &parts, "No answer tells the exact version of its software.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Stop telling versions", CHECK.minutes)
            .step("Each has a switch: the web server for its version, PHP, Express, Next.js and ASP.NET for X-Powered-By and its like.")
            .step("Updates matter more than hiding: look whether this version still gets them.")
            .paste(Paste { place: "response headers".into(), lines: told.into_iter().map(Line::Remove).collect() })
            .undo("Switch it on again."),
    )
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    fn header(f: &mut Fixture, change: fn(&mut crate::evidence::Response)) {
        f.page("https://acme.example/", change);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("none", |_| {}, Outcome::Pass),
            ("a name without version", |f| header(f, |r| set(r, "server", "nginx")), Outcome::Pass),
            ("nginx with version", |f| header(f, |r| set(r, "server", "nginx/1.25.3")), Outcome::Warn),
            ("PHP (OSHP headers_remove.json)", |f| header(f, |r| set(r, "x-powered-by", "PHP/8.3.1")), Outcome::Warn),
            ("Express has no version", |f| header(f, |r| set(r, "x-powered-by", "Express")), Outcome::Pass),
            (
                "Via's number is the protocol's (RFC 9110 §7.6.3)",
                |f| header(f, |r| set(r, "via", "1.1 varnish, 1.1 google")),
                Outcome::Pass,
            ),
            ("Via with software", |f| header(f, |r| set(r, "via", "1.1 proxy (squid/5.7)")), Outcome::Warn),
            ("ASP.NET", |f| header(f, |r| set(r, "x-aspnet-version", "4.0.30319")), Outcome::Warn),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}
