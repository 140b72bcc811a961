//! MAIL-09: one DMARC record, in the right place.

use crate::check::{Check, Context, Fix, Found as Result, Line, Paste, Reference, Seen};
use crate::checks::help::dns_seen;
use crate::dmarc::{self, Dmarc, Found};
use crate::evidence::Collector;
use crate::words::{Area, Class, Impact, Stage};

/// MAIL-09.
pub static CHECK: Check = Check {
    id: "MAIL-09",
    name: "dmarc-record-present-single",
    title: "DMARC record present and single",
    stage: Stage::Edge,
    area: Area::Email,
    class: Class::Outside,
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Mail],
    why: "Gmail, Yahoo and Microsoft ask for DMARC; without it your mail is trusted less and forgeries in your name pass.",
    criterion: "Fails when there is no DMARC record for the domain, several, one in the wrong place, or one that receivers cannot use.",
    minutes: 5,
    references: &[Reference { title: "RFC 9989 §4.10", url: "https://www.rfc-editor.org/rfc/rfc9989#section-4.10" }],
    rule,
};

fn rule(c: &Context) -> Result {
    let e = c.evidence;
    let domain = e.target.mail_domain();
    let at = format!("_dmarc.{domain}");
    let seen: Vec<Seen> = dmarc::tree(domain).iter().flat_map(|n| dns_seen(e, &format!("_dmarc.{n}"), "TXT")).collect();
    let place = format!("TXT · {at} · TTL 300");
    let start = format!("v=DMARC1; p=none; rua=mailto:dmarc@{domain}");
    let fix = |title: &str, lines: Vec<Line>| Fix {
        title: title.into(),
        steps: vec![
            "Set this record. p=none changes nothing for your mail; it only asks receivers to report what they see.".into(),
            format!("Make sure that somebody reads dmarc@{domain}, or put the address of a report service there."),
        ],
        paste: vec![Paste { place: place.clone(), lines }],
        undo: format!("Delete the TXT record at {at}."),
        risk: None,
        minutes: CHECK.minutes,
    };
    match dmarc::find(e, domain) {
        Found::Unknown(why) => Result::unknown(format!("The DMARC record was not learned: {why}.")).seen(seen),
        Found::Many(name, records) => {
            let keep = records.iter().max_by_key(|r| Dmarc::parse(r).p).cloned().unwrap_or_default();
            let lines = records.iter().filter(|r| **r != keep).map(|r| Line::Remove(r.clone())).chain([Line::Keep(keep.clone())]).collect();
            Result::fail(format!("{} DMARC records stand at _dmarc.{name}; receivers then use none.", records.len()))
                .seen(seen)
                .fix(fix("Keep one DMARC record", lines))
        }
        Found::One(record, name) => {
            let parsed = Dmarc::parse(&record);
            if parsed.effective().is_none() {
                let why = parsed.errors.first().cloned().unwrap_or_else(|| "it has no p= tag".into());
                return Result::fail(format!("The DMARC record says nothing that receivers can use: {why}."))
                    .seen(seen)
                    .fix(fix("Rewrite the DMARC record", vec![Line::Remove(record), Line::Add(start)]));
            }
            let from = if name == domain { String::new() } else { format!(" It stands at {name} and applies here too.") };
            Result::pass(format!("One record: {record}.{from}")).seen(seen)
        }
        Found::None if e.target.sends_mail == Some(false) => Result::na(format!("{domain} is declared not to send mail.")).seen(seen),
        Found::None => {
            let lookup = e.lookup(&at, "TXT");
            // What a wildcard gives to every name was not entered here, and stops as soon as something is.
            let there = if e.wildcard(&at, "TXT").is_some() { vec![] } else { lookup.values() };
            let apex = e.lookup(domain, "TXT");
            let misplaced = apex.values().into_iter().find(|v| dmarc::is_dmarc(v)).map(str::to_owned);
            let said = if let Some(v) = there.iter().find(|v| crate::spf::is_spf(v)) {
                format!("At {at} stands an SPF record (“{v}”) instead of DMARC.")
            } else if let Some(v) = there.iter().find(|v| v.to_ascii_lowercase().replace(' ', "").starts_with("v=dmarc")) {
                format!("“{v}” is meant as DMARC, but must begin with exactly v=DMARC1; receivers see none.")
            } else if misplaced.is_some() {
                format!("The DMARC record stands at {domain} itself; receivers look only at {at}.")
            } else {
                format!("There is no DMARC record for {domain}.")
            };
            let mut lines: Vec<Line> =
                there.iter().filter(|v| v.to_ascii_lowercase().starts_with('v')).map(|v| Line::Remove((*v).to_owned())).collect();
            lines.push(Line::Add(misplaced.unwrap_or(start)));
            Result::fail(said).seen(seen).fix(fix("Publish a DMARC record", lines))
        }
    }
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, ServFail};
    use crate::words::Outcome;
    const N: &str = "_dmarc.acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("one", |_| {}, Outcome::Pass),
            (
                "none",
                |f| {
                    f.status(N, "TXT", NxDomain).status("_dmarc.example", "TXT", NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "two",
                |f| {
                    f.txt(N, &["v=DMARC1; p=none", "v=DMARC1; p=reject"]);
                },
                Outcome::Fail,
            ),
            (
                "SPF in its place",
                |f| {
                    f.txt(N, &["v=spf1 -all"]);
                },
                Outcome::Fail,
            ),
            (
                "at the apex",
                |f| {
                    f.txt(N, &[]).txt("acme.example", &["v=spf1 -all", "v=DMARC1; p=none"]);
                },
                Outcome::Fail,
            ),
            (
                "an unreadable policy",
                |f| {
                    f.txt(N, &["v=DMARC1; p=blok"]);
                },
                Outcome::Fail,
            ),
            (
                "an unreadable policy, but reports are asked for: counts as p=none",
                |f| {
                    f.txt(N, &["v=DMARC1; p=blok; rua=mailto:a@acme.example"]);
                },
                Outcome::Pass,
            ),
            (
                "another TXT beside it does not make two",
                |f| {
                    f.txt(N, &["v=DMARC1; p=none", "site=1"]);
                },
                Outcome::Pass,
            ),
            (
                "a subdomain inherits its parent's",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("app.acme.example").unwrap();
                    f.status("_dmarc.app.acme.example", "TXT", NxDomain);
                },
                Outcome::Pass,
            ),
            (
                "a wildcard TXT answers there too",
                |f| {
                    f.evidence.random_mail_names = vec!["lr-1.acme.example".into()];
                    f.txt(N, &["v=spf1 -all"]).txt("lr-1.acme.example", &["v=spf1 -all"]);
                },
                Outcome::Fail,
            ),
            (
                "SERVFAIL is not absence",
                |f| {
                    f.status(N, "TXT", ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "lower-case version",
                |f| {
                    f.txt(N, &["v=dmarc1; p=none"]);
                },
                Outcome::Fail,
            ),
        ],
    );
}

#[test]
fn a_wildcard_is_not_told_to_be_removed_at_the_policy_s_name() {
    let mut f = crate::fixture::Fixture::good();
    f.evidence.random_mail_names = vec!["lr-1.acme.example".into()];
    f.txt("_dmarc.acme.example", &["v=spf1 -all"]).txt("lr-1.acme.example", &["v=spf1 -all"]);
    let found = rule(&Context { evidence: &f.evidence, now: f.now });
    assert_eq!(found.summary, "There is no DMARC record for acme.example.");
    assert!(found.fix.unwrap().paste[0].lines.iter().all(|l| matches!(l, Line::Add(_))));
}
