//! TLS-04: certificates have time left, measured by their own lifetime.

use super::tls_02_chain_trusted::{join_hosts, not_seen};
use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference};
use crate::checks::help::{tls_seen, web_hosts};
use crate::evidence::{Certificate, Collector, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};
use crate::time::{DAY_MS, date};

/// TLS-04.
pub static CHECK: Check = Check {
    id: "TLS-04",
    name: "certificate-expiry-lifetime-relative",
    title: "Certificate expiry, lifetime-relative",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Tls],
    why: "On the day the certificate runs out, every visitor and every integration is locked out at once.",
    criterion: "Fails when expired, not yet valid, or with less than 10 % of its lifetime left; warns below 25 %.",
    minutes: 15,
    references: &[
        Reference { title: "RFC 5280 §4.1.2.5", url: "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5" },
        Reference {
            title: "CA/Browser Forum SC-081",
            url: "https://cabforum.org/2025/04/11/ballot-sc081v3-introduce-schedule-of-reducing-validity-and-data-reuse-periods/",
        },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let hosts = web_hosts(c);
    let parts: Vec<Part> = hosts
        .iter()
        .filter_map(|h| match c.outside().tls_of(h).and_then(|p| p.session()).and_then(|s| s.chain.first()) {
            Some(leaf) => Some(judge(h, leaf, c.now)),
            None => not_seen(c, h),
        })
        .collect();
    let soonest = hosts.iter().filter_map(|h| c.outside().tls_of(h)?.session()?.chain.first()).map(|l| l.not_after).min().unwrap_or(0);
    let seen = hosts.iter().filter_map(|h| c.outside().tls_of(h)).map(|p| {
        let mut s = tls_seen(p);
        if let Some(l) = p.session().and_then(|s| s.chain.first()) {
            s.text = format!("valid from {} to {}\n{}", date(l.not_before), date(l.not_after), s.text);
        }
        s
    });
    let found =
        join_hosts(CHECK.impact, &parts, format!("The first certificate runs out on {}, with time to renew.", date(soonest))).seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(Fix {
        title: "Renew the certificate, and make it renew itself".into(),
        steps: vec![
            "At a hosting provider: look at the status of the custom domain; a wrong DNS or CAA record stops its renewal.".into(),
            "On a server of your own: renew now, and see that the timer runs.".into(),
        ],
        paste: vec![Paste::add(crate::guide::NAMES, parts.iter().filter(|p| p.outcome.is_open()).map(|p| p.target.clone()))],
        undo: "Nothing to undo: a newer certificate replaces the old one.".into(),
        risk: None,
        minutes: CHECK.minutes,
    })
}

fn judge(host: &str, leaf: &Certificate, now: i64) -> Part {
    let left = leaf.not_after - now;
    let lifetime = (leaf.not_after - leaf.not_before).max(1);
    let days = left / DAY_MS;
    if left < 0 {
        Part::new(host, Outcome::Fail, format!("The certificate of {host} expired on {}.", date(leaf.not_after)))
    } else if leaf.not_before > now {
        Part::new(host, Outcome::Fail, format!("The certificate of {host} is not valid before {}.", date(leaf.not_before)))
    } else if left * 10 < lifetime {
        Part::new(
            host,
            Outcome::Fail,
            format!("The certificate of {host} runs out in {days} days, less than a tenth of its lifetime; renewal has failed."),
        )
    } else if left * 4 < lifetime {
        Part::new(host, Outcome::Warn, format!("The certificate of {host} runs out in {days} days; by now it should have been renewed."))
    } else {
        Part::new(host, Outcome::Pass, "")
    }
}

#[test]
fn table() {
    use crate::fixture::NOW;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("60 of 90 days left", |_| {}, Outcome::Pass),
            (
                "expired",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].not_after = NOW - DAY_MS);
                },
                Outcome::Fail,
            ),
            (
                "not yet valid",
                |f| {
                    f.cert("acme.example", |s| {
                        s.chain[0].not_before = NOW + DAY_MS;
                    });
                },
                Outcome::Fail,
            ),
            (
                "20 of 90 days left",
                |f| {
                    f.cert("app.acme.example", |s| {
                        s.chain[0].not_before = NOW - 70 * DAY_MS;
                        s.chain[0].not_after = NOW + 20 * DAY_MS;
                    });
                },
                Outcome::Warn,
            ),
            (
                "8 of 90 days left",
                |f| {
                    f.cert("app.acme.example", |s| {
                        s.chain[0].not_before = NOW - 82 * DAY_MS;
                        s.chain[0].not_after = NOW + 8 * DAY_MS;
                    });
                },
                Outcome::Fail,
            ),
            (
                "4 of 6 days left: a short-lived certificate is fine where a 30-day rule fails it",
                |f| {
                    f.cert("acme.example", |s| {
                        s.chain[0].not_before = NOW - 2 * DAY_MS;
                        s.chain[0].not_after = NOW + 4 * DAY_MS;
                    });
                },
                Outcome::Pass,
            ),
        ],
    );
}
