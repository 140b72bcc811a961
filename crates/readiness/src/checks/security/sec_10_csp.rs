//! SEC-10: a Content-Security-Policy that stops injected scripts.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{all_challenged, headers_seen, list, no_pages, note, pages};
use crate::csp;
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// SEC-10.
pub static CHECK: Check = Check {
    id: "SEC-10",
    name: "csp-present-effective",
    title: "CSP present and effective",
    stage: Stage::Security,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http],
    why: "One forgotten escape in a template lets a stranger's script act as your signed-in customer; the policy is the net below.",
    criterion: "All policies of header and meta as browsers apply them: warns when there is none, when it only reports, or when it lets injected scripts run.",
    minutes: 120,
    references: &[
        Reference { title: "W3C CSP Level 3", url: "https://www.w3.org/TR/CSP3/" },
        Reference { title: "MDN HTTP Observatory", url: "https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring" },
        Reference { title: "csp-evaluator", url: "https://github.com/google/csp-evaluator" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let pages: Vec<_> = pages(e).into_iter().filter(|(_, r)| r.media_type().contains("html") || is_challenge(r)).collect();
    if pages.is_empty() {
        return if e.front().is_some() { Found::na("No HTML page was seen.") } else { Found::unknown(no_pages(e)) };
    }
    if all_challenged(&pages) {
        return Found::blocked();
    }
    let mut parts = vec![];
    let mut seen: Vec<Seen> = vec![];
    for (f, r) in pages.iter().filter(|(_, r)| !is_challenge(r)) {
        let Some((url, _)) = f.last() else { continue };
        let mut policies: Vec<csp::Policy> = r.all("content-security-policy").flat_map(csp::parse).collect();
        seen.push(headers_seen(f, r, &["content-security-policy", "content-security-policy-report-only"]));
        for p in e.pages.iter().filter(|p| p.url == url) {
            for (_, v) in p.metas.iter().filter(|(n, _)| n == "content-security-policy") {
                policies.extend(csp::parse(v));
                seen.push(note(url, format!("<meta http-equiv=\"content-security-policy\" content=\"{v}\">"), p.at));
            }
        }
        parts.push(if policies.is_empty() {
            let what = if r.header("content-security-policy-report-only").is_some() {
                format!("{url} has a policy that only reports.")
            } else {
                format!("{url} has no Content-Security-Policy.")
            };
            Part::new(url, Outcome::Warn, what)
        } else {
            match csp::weakness(&policies) {
                None => Part::new(url, Outcome::Pass, ""),
                Some(why) => Part::new(url, Outcome::Warn, format!("The policy of {url} does not stop injected scripts: {why}.")),
            }
        });
    }
    let found = join(CHECK.impact, &parts, "The policy lets only your own scripts run.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let csp::Plan { policy, unclear } = csp::plan(e);
    let mut fix = Fix::new("Send a policy, first to watch, then to enforce", CHECK.minutes)
        .step("Send the first line for a week and look at what the browser's console reports while you sign in, pay and upload: it blocks nothing.");
    if !unclear.is_empty() {
        let some = unclear.iter().take(12).map(String::as_str).collect::<Vec<_>>();
        fix = fix
            .step(format!("These addresses stand in your scripts, too. Add to connect-src those that your pages call: {}.", list(&some)));
    }
    found.fix(
        fix.step("If pages have inline scripts, give each a nonce that is new with every answer and add 'nonce-…' to script-src; never 'unsafe-inline'.")
            .step("When nothing is reported any more, send the second line in its place. This is no blocker for a launch.")
            .paste(Paste::add("response header, to watch", [format!("Content-Security-Policy-Report-Only: {policy}")]))
            .paste(Paste::add("response header, to enforce, later", [format!("Content-Security-Policy: {policy}")]))
            .undo("Remove the header.")
            .risk("An enforced policy blocks what it does not name: payment forms, chat, analytics, your own API at another host. Watch first."),
    )
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    fn policy(f: &mut Fixture, change: fn(&mut crate::evidence::Response)) {
        for u in ["https://acme.example/", "https://app.acme.example/", "https://acme.example/login"] {
            f.page(u, change);
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("an effective one", |_| {}, Outcome::Pass),
            ("none (Observatory csp-not-implemented −25)", |f| policy(f, |r| set(r, "content-security-policy", "")), Outcome::Warn),
            (
                "report-only (Observatory −25)",
                |f| {
                    policy(f, |r| {
                        set(r, "content-security-policy", "");
                        set(r, "content-security-policy-report-only", "default-src 'self'");
                    });
                },
                Outcome::Warn,
            ),
            (
                "unsafe-inline (Observatory −20)",
                |f| policy(f, |r| set(r, "content-security-policy", "default-src 'self' 'unsafe-inline'")),
                Outcome::Warn,
            ),
            (
                "unsafe-inline beside a nonce is ignored",
                |f| {
                    policy(f, |r| {
                        set(r, "content-security-policy", "script-src 'nonce-a' 'unsafe-inline'; object-src 'none'; base-uri 'none'")
                    })
                },
                Outcome::Pass,
            ),
            ("frame-ancestors alone", |f| policy(f, |r| set(r, "content-security-policy", "frame-ancestors 'none'")), Outcome::Warn),
            ("a wildcard", |f| policy(f, |r| set(r, "content-security-policy", "script-src *; object-src 'none'")), Outcome::Warn),
            (
                "a weak header and a strict meta: both apply",
                |f| {
                    policy(f, |r| set(r, "content-security-policy", "script-src *"));
                    for p in &mut f.evidence.pages {
                        p.metas.push(("content-security-policy".into(), "default-src 'self'".into()));
                    }
                    f.evidence.target.hosts.clear();
                    f.evidence.fetches.retain(|x| x.purpose != crate::evidence::Purpose::Login);
                },
                Outcome::Pass,
            ),
            (
                "one page of three",
                |f| {
                    f.page("https://acme.example/login", |r| set(r, "content-security-policy", ""));
                },
                Outcome::Warn,
            ),
            (
                "no HTML",
                |f| {
                    f.evidence.target.hosts.clear();
                    policy(f, |r| set(r, "content-type", "application/json"));
                },
                Outcome::Na,
            ),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}
