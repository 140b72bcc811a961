//! MAIL-02: exactly one SPF record.

use crate::check::{Check, Context, Fix, Found, Line, Paste, Reference};
use crate::checks::help::{dns_seen, spf_records};
use crate::evidence::{Collector, Lookup};
use crate::spf;
use crate::words::{Area, Class, Impact, Stage};

/// MAIL-02.
pub static CHECK: Check = Check {
    id: "MAIL-02",
    name: "exactly-one-spf-record",
    title: "Exactly one SPF record",
    stage: Stage::Edge,
    area: Area::Email,
    class: Class::Outside,
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Mail],
    why: "Password resets and receipts land in spam or are refused, because receivers cannot tell your mail from a forgery.",
    criterion: "Fails with no record on a sending domain, or with more than one; warns on leftovers of older standards.",
    minutes: 5,
    references: &[Reference { title: "RFC 7208 §4.5", url: "https://www.rfc-editor.org/rfc/rfc7208#section-4.5" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    let domain = e.target.mail_domain();
    let lookup = e.lookup(domain, "TXT");
    let seen = dns_seen(e, domain, "TXT");
    if let Some(why) = lookup.not_learned() {
        return Found::unknown(format!("The SPF record was not learned: {why}.")).seen(seen);
    }
    let records = spf_records(&lookup);
    let place = format!("TXT · {domain} · TTL 300");
    match records.as_slice() {
        [one] => {
            let old: Vec<&str> = lookup.values().into_iter().filter(|v| v.to_ascii_lowercase().starts_with("spf2.0/")).collect();
            let type99 = matches!(e.lookup(domain, "SPF"), Lookup::Found(_));
            if old.is_empty() && !type99 {
                return Found::pass(format!("One record: {one}.")).seen(seen);
            }
            let what = if type99 { "a record of the withdrawn type SPF (99)" } else { "a Sender ID record (spf2.0)" };
            Found::warn(format!("Beside the one SPF record there is {what}, which some tools read instead."))
                .seen(seen)
                .seen(dns_seen(e, domain, "SPF"))
                .fix(Fix {
                    title: "Delete the leftover of an older standard".into(),
                    steps: vec![format!("Delete {what} at {domain}; keep the TXT record.")],
                    paste: vec![Paste {
                        place,
                        lines: old.iter().map(|o| Line::Remove((*o).to_owned())).chain([Line::Keep(one.clone())]).collect(),
                    }],
                    undo: "Put it back; nothing depends on it.".into(),
                    risk: None,
                    minutes: CHECK.minutes,
                })
        }
        [] if e.target.sends_mail == Some(false) => Found::na(format!("{domain} is declared not to send mail.")).seen(seen),
        [] => {
            let near: Vec<&str> =
                lookup.values().into_iter().filter(|v| v.to_ascii_lowercase().replace([' ', '"'], "").starts_with("v=spf")).collect();
            let said = match near.first() {
                Some(n) => format!("The record “{n}” is meant as SPF, but must begin with “v=spf1” and a space; receivers see none."),
                None => format!("{domain} has no SPF record."),
            };
            let mx = matches!(e.lookup(domain, "MX"), Lookup::Found(_));
            Found::fail(said).seen(seen).fix(Fix {
                title: "Publish an SPF record".into(),
                steps: vec![
                    "List every service that sends for you: your mailbox provider, and whatever sends sign-up, reset and billing mail.".into(),
                    "Begin with the record below and add the include: of each; their set-up pages name it, for example include:_spf.google.com or include:amazonses.com.".into(),
                ],
                paste: vec![Paste { place, lines: near.iter().map(|n| Line::Remove((*n).to_owned())).chain([Line::Add(if mx { "v=spf1 mx ~all".into() } else { "v=spf1 include:<your mail service> ~all".into() })]).collect() }],
                undo: "Delete the record.".into(),
                risk: Some("A service that you forget is treated with suspicion; ~all keeps its mail from being refused outright.".into()),
                minutes: CHECK.minutes,
            })
        }
        several => {
            let refs: Vec<&str> = several.iter().map(String::as_str).collect();
            let mut lines: Vec<Line> = several.iter().map(|r| Line::Remove(r.clone())).collect();
            lines.push(Line::Add(spf::merge(&refs)));
            let count = if several.len() == 2 { "Two".to_owned() } else { several.len().to_string() };
            Found::fail(format!("{count} SPF records cancel each other: receivers treat your mail as if there were none.")).seen(seen).fix(
                Fix {
                    title: format!("Publish one SPF record instead of {}", count.to_lowercase()),
                    steps: vec!["Delete all of them and add this one, which allows everything that any of them allowed.".into()],
                    paste: vec![Paste { place, lines }],
                    undo: "Delete the new record and add the former ones again.".into(),
                    risk: None,
                    minutes: CHECK.minutes,
                },
            )
        }
    }
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, ServFail, Timeout};
    use crate::words::Outcome;
    const D: &str = "acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("one", |_| {}, Outcome::Pass),
            (
                "none",
                |f| {
                    f.txt(D, &["site-verification=1"]);
                },
                Outcome::Fail,
            ),
            (
                "two",
                |f| {
                    f.txt(D, &["v=spf1 mx ~all", "v=spf1 include:amazonses.com -all"]);
                },
                Outcome::Fail,
            ),
            (
                "two that are equal still fail",
                |f| {
                    f.txt(D, &["v=spf1 -all", "v=spf1 -all"]);
                },
                Outcome::Fail,
            ),
            (
                "v=spf10 is not SPF",
                |f| {
                    f.txt(D, &["v=spf1 -all", "v=spf10 -all"]);
                },
                Outcome::Pass,
            ),
            (
                "none, and declared not to send",
                |f| {
                    f.txt(D, &[]).evidence.target.sends_mail = Some(false);
                },
                Outcome::Na,
            ),
            (
                "a comma instead of the space",
                |f| {
                    f.txt(D, &["v=spf1,include:x.example ~all"]);
                },
                Outcome::Fail,
            ),
            (
                "Sender ID beside it",
                |f| {
                    f.txt(D, &["v=spf1 -all", "spf2.0/pra -all"]);
                },
                Outcome::Warn,
            ),
            (
                "an old SPF-type record beside it",
                |f| {
                    f.dns(D, "SPF", &["v=spf1 -all"]);
                },
                Outcome::Warn,
            ),
            (
                "a time-out is not absence",
                |f| {
                    f.status(D, "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "SERVFAIL is not absence",
                |f| {
                    f.status(D, "TXT", ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "the name does not exist",
                |f| {
                    f.status(D, "TXT", NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "an app's subdomain is judged by the domain that its mail comes from",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("app.acme.example").unwrap();
                    f.evidence.target.sends_mail = None;
                },
                Outcome::Pass,
            ),
            (
                "a subdomain that is said to send needs its own",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("app.acme.example").unwrap();
                    f.txt("app.acme.example", &[]);
                },
                Outcome::Fail,
            ),
        ],
    );
}

#[test]
fn the_fix_is_the_merged_record() {
    let mut f = crate::fixture::Fixture::good();
    f.txt("acme.example", &["v=spf1 include:_spf.google.com ~all", "v=spf1 include:amazonses.com -all"]);
    let fix = rule(&Context { evidence: &f.evidence, now: f.now }).fix.unwrap();
    assert_eq!(fix.paste[0].value(), "v=spf1 include:_spf.google.com include:amazonses.com ~all");
}
