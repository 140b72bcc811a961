//! SEC-11: other sites cannot put your pages into an invisible frame.

use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, Seen, join};
use crate::checks::help::{all_challenged, headers_seen, no_pages, pages};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Response, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// SEC-11.
pub static CHECK: Check = Check {
    id: "SEC-11",
    name: "clickjacking",
    title: "Clickjacking",
    stage: Stage::Security,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Http],
    why: "A foreign page can lay yours under its own buttons and make a signed-in customer click “delete” or “pay”.",
    criterion: "Pages need frame-ancestors in an enforced Content-Security-Policy header, or X-Frame-Options DENY or SAMEORIGIN.",
    minutes: 5,
    references: &[
        Reference { title: "CSP Level 3 §6.4.2", url: "https://www.w3.org/TR/CSP3/#directive-frame-ancestors" },
        Reference {
            title: "MDN: X-Frame-Options",
            url: "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Frame-Options",
        },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let pages: Vec<_> = pages(c.outside()).into_iter().filter(|(_, r)| r.media_type().contains("html") || is_challenge(r)).collect();
    if pages.is_empty() {
        return if c.outside().front().is_some() { Found::na("No HTML page was seen.") } else { Found::unknown(no_pages(c.outside())) };
    }
    if all_challenged(&pages) {
        return Found::blocked();
    }
    let parts: Vec<Part> = pages
        .iter()
        .filter_map(|(f, r)| f.last().map(|(u, _)| (u, r)))
        .filter(|(_, r)| !is_challenge(r))
        .map(|(u, r)| match protection(r) {
            Protection::Good => Part::new(u, Outcome::Pass, ""),
            Protection::None => Part::new(u, Outcome::Warn, format!("{u} may be framed by any site.")),
            Protection::Useless(why) => Part::new(u, Outcome::Warn, format!("{u} may be framed by any site: {why}.")),
        })
        .collect();
    let seen: Vec<Seen> = pages
        .iter()
        .map(|(f, r)| headers_seen(f, r, &["content-security-policy", "content-security-policy-report-only", "x-frame-options"]))
        .collect();
    let found = join(CHECK.impact, &parts, "No foreign site can frame these pages.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let open = parts.iter().position(|p| p.outcome.is_open());
    let judged = pages.iter().filter(|(f, r)| f.last().is_some() && !is_challenge(r));
    let Some((_, response)) = open.and_then(|i| judged.clone().nth(i)) else { return found };
    let policies: Vec<&str> = response.all("content-security-policy").collect();
    let frames: Vec<&str> = response.all("x-frame-options").collect();
    let removed =
        policies.iter().map(|p| format!("Content-Security-Policy: {p}")).chain(frames.iter().map(|x| format!("X-Frame-Options: {x}")));
    let added = [format!("Content-Security-Policy: {}", with_frame_ancestors(&policies)), "X-Frame-Options: SAMEORIGIN".to_owned()];
    let lines = removed.map(Line::Remove).chain(added.into_iter().map(Line::Add)).collect();
    found.fix(Fix {
        title: "Forbid foreign frames".into(),
        steps: vec![
            "Send both headers on every page; the second is for old browsers.".into(),
            "Where a page sends another Content-Security-Policy, add only the directive frame-ancestors to it and keep the rest.".into(),
        ],
        paste: vec![Paste { place: "response headers".into(), lines }],
        undo: "Remove the headers.".into(),
        risk: Some("If customers embed your product, list their sites after frame-ancestors.".into()),
        minutes: CHECK.minutes,
    })
}

/// The policies of an answer in one header, with the directive in the first of them and all else as it stood. Browsers
/// apply each policy, and commas part them (CSP level 3 section 2.2.1).
fn with_frame_ancestors(policies: &[&str]) -> String {
    let own = |d: &&str| d.split_ascii_whitespace().next().is_some_and(|n| n.eq_ignore_ascii_case("frame-ancestors"));
    let with = |policy: &str| {
        let kept = policy.split(';').map(str::trim).filter(|d| !d.is_empty() && !own(d));
        kept.chain(["frame-ancestors 'self'"]).collect::<Vec<_>>().join("; ")
    };
    let all = policies.join(", ");
    all.split_once(',').map_or_else(|| with(&all), |(first, more)| format!("{},{more}", with(first)))
}

#[test]
fn a_policy_is_added_to_and_never_replaced() {
    for (old, new) in [
        (vec![], "frame-ancestors 'self'"),
        (vec!["default-src 'self'; base-uri 'self'"], "default-src 'self'; base-uri 'self'; frame-ancestors 'self'"),
        (vec!["Frame-Ancestors *; img-src *"], "img-src *; frame-ancestors 'self'"),
        (vec!["img-src *, script-src 'self'"], "img-src *; frame-ancestors 'self', script-src 'self'"),
        (vec!["img-src *", "script-src 'self'"], "img-src *; frame-ancestors 'self', script-src 'self'"),
    ] {
        assert_eq!(with_frame_ancestors(&old), new);
    }
}

enum Protection {
    Good,
    None,
    Useless(&'static str),
}

fn protection(r: &Response) -> Protection {
    let policies = r.all("content-security-policy").flat_map(|v| v.split(','));
    let ancestors: Vec<&str> = policies
        .filter_map(|p| {
            p.split(';')
                .map(str::trim)
                .find_map(|d| d.to_ascii_lowercase().starts_with("frame-ancestors").then(|| d.get(15..).unwrap_or("").trim()))
        })
        .collect();
    if !ancestors.is_empty() {
        // Where frame-ancestors stands, browsers ignore X-Frame-Options; each policy must agree.
        let open = |a: &&str| a.split_whitespace().any(crate::csp::anywhere);
        return if ancestors.iter().all(open) { Protection::Useless("its frame-ancestors allows every site") } else { Protection::Good };
    }
    let xfo: Vec<String> = r.all("x-frame-options").flat_map(|v| v.split(',')).map(|v| v.trim().to_ascii_lowercase()).collect();
    match xfo.as_slice() {
        [] => Protection::None,
        values if values.iter().any(|v| v == "deny" || v == "sameorigin") => Protection::Good,
        _ => Protection::Useless("browsers do not know the value of its X-Frame-Options"),
    }
}

#[test]
fn table() {
    use crate::evidence::Answer;
    use crate::fixture::{Fixture, set};
    fn both(f: &mut Fixture, csp: &str, xfo: &str) {
        for fetch in &mut f.evidence.fetches {
            for h in &mut fetch.hops {
                if let Answer::Response(r) = &mut h.answer {
                    set(r, "content-security-policy", csp);
                    set(r, "x-frame-options", xfo);
                }
            }
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("frame-ancestors none", |_| {}, Outcome::Pass),
            ("nothing", |f| both(f, "", ""), Outcome::Warn),
            ("X-Frame-Options alone", |f| both(f, "", "SAMEORIGIN"), Outcome::Pass),
            ("a value that no browser knows", |f| both(f, "", "ALLOW-FROM https://x.example"), Outcome::Warn),
            ("frame-ancestors * overrides DENY", |f| both(f, "default-src 'self'; frame-ancestors *", "DENY"), Outcome::Warn),
            ("a policy about other things", |f| both(f, "default-src 'self'", ""), Outcome::Warn),
            ("two policies, one strict", |f| both(f, "frame-ancestors *, frame-ancestors 'self'", ""), Outcome::Pass),
            (
                "the sign-in page alone is open",
                |f| {
                    f.page("https://acme.example/login", |r| set(r, "content-security-policy", ""));
                },
                Outcome::Warn,
            ),
            (
                "a JSON API has nothing to frame",
                |f| {
                    for u in ["https://acme.example/", "https://app.acme.example/", "https://acme.example/login"] {
                        f.page(u, |r| {
                            set(r, "content-type", "application/json");
                            set(r, "content-security-policy", "");
                        });
                    }
                },
                Outcome::Na,
            ),
        ],
    );
}
