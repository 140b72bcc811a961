//! MAIL-02: exactly one SPF record.

use crate::check::{Check, Context, Fix, Found, Line, Paste, Reference};
use crate::checks::help::{dns_seen, spf_records};
use crate::evidence::{Collector, Lookup, Outside, Source};
use crate::providers;
use crate::spf;
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-02.
pub static CHECK: Check = Check {
    id: "MAIL-02",
    name: "exactly-one-spf-record",
    title: "Exactly one SPF record",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
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
    let e = c.outside();
    let domain = e.target.mail_domain();
    let lookup = e.lookup(domain, "TXT");
    let seen = dns_seen(e, domain, "TXT");
    if let Some(why) = lookup.not_learned() {
        return Found::unknown(format!("The SPF record was not learned: {why}.")).seen(seen);
    }
    let records = spf_records(&lookup);
    let place = format!("TXT · {domain} · TTL 300");
    match records.as_slice() {
        [one] if lookup.values().into_iter().any(is_misspelt) => {
            let near: Vec<&str> = lookup.values().into_iter().filter(|v| is_misspelt(v)).collect();
            let all: Vec<&str> = std::iter::once(one.as_str()).chain(near.iter().copied()).collect();
            Found::warn(format!(
                "Beside the SPF record stands “{}”, which is meant as SPF as well, but which receivers do not read.",
                near.join("”, “")
            ))
            .seen(seen)
            .fix(one_of(e, domain, &all, if all.len() == 2 { "Two" } else { "Several" }))
        }
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
            let near: Vec<&str> = lookup.values().into_iter().filter(|v| spf::is_meant(v)).collect();
            let said = match near.first() {
                Some(n) => {
                    let why = spf::repair(n).map_or_else(|| "it must begin with “v=spf1” and a space".into(), |r| r.named.join("; "));
                    format!("The record “{n}” is meant as SPF, but receivers see none: {why}.")
                }
                None => format!("{domain} has no SPF record."),
            };
            Found::fail(said).seen(seen).fix(near.first().map_or_else(|| first(e, domain), |n| repaired(domain, &near, n)))
        }
        several => {
            let refs: Vec<&str> = several.iter().map(String::as_str).collect();
            let count = if several.len() == 2 { "Two".to_owned() } else { several.len().to_string() };
            Found::fail(format!("{count} SPF records cancel each other: receivers treat your mail as if there were none."))
                .seen(seen)
                .fix(one_of(e, domain, &refs, &count))
        }
    }
}

/// The mail hosts and the services that are declared.
pub(super) fn first_record(e: &Outside, domain: &str) -> String {
    let takes_mail = e.lookup(domain, "MX").values().iter().any(|v| !v.trim_end().ends_with(" ."));
    let declared = e.target.senders.iter().filter_map(|id| providers::sender(id)).filter_map(|s| s.includes.first());
    let mut words: Vec<String> = takes_mail.then(|| "mx".to_owned()).into_iter().collect();
    words.extend(declared.map(|i| format!("include:{i}")));
    if words.is_empty() {
        words.push("include:<your mail service>".into());
    }
    format!("v=spf1 {} ~all", words.join(" "))
}

/// The first record.
fn first(e: &Outside, domain: &str) -> Fix {
    Fix::new("Publish an SPF record", CHECK.minutes)
        .step("List every service that sends for you: your mailbox provider, and whatever sends sign-up, reset and billing mail.")
        .step("Begin with the record below and add the include: of each; their set-up pages name it, for example include:_spf.google.com or include:amazonses.com.")
        .paste(Paste::record("TXT", domain, &[], &[&first_record(e, domain)]))
        .undo("Delete the record.")
        .risk("A service that you forget is treated with suspicion; ~all keeps its mail from being refused outright.")
}

/// Whether a text is a record that receivers do not read for its spelling; others may begin alike, such as a service's proof.
fn is_misspelt(txt: &str) -> bool {
    spf::is_meant(txt) && !spf::is_spf(txt) && spf::repair(txt).is_some()
}

/// The record as it was meant.
fn repaired(domain: &str, near: &[&str], n: &str) -> Fix {
    let fix = Fix::new("Repair the SPF record", CHECK.minutes).undo(format!("Put the former record back: {n}"));
    match spf::repair(n) {
        Some(r) if near.len() == 1 => fix
            .step("Set the record as below: what was misspelt is corrected, and every sender in it stays.")
            .paste(Paste::record("TXT", domain, &[n], &[&r.record])),
        _ => fix.step("Write it anew: v=spf1 and a space first, then each sender of the present record, then ~all; one record in all."),
    }
}

/// One record in place of several, if receivers can evaluate what that makes.
fn one_of(e: &Outside, domain: &str, records: &[&str], count: &str) -> Fix {
    let fix = Fix::new(format!("Publish one SPF record instead of {}", count.to_lowercase()), CHECK.minutes)
        .undo("Delete the new record and add the former ones again.");
    let Some(merged) = spf::merge(records) else {
        return fix
            .step("They contradict each other, or one of them cannot be read as it stands. Write one record by hand with the senders of all, and delete the others.");
    };
    let walk = spf::walk(domain, &merged, &|name, rtype| e.lookup(name, rtype));
    if walk.is_broken() {
        let why = walk.errors.first().cloned().unwrap_or_else(|| match walk.void > spf::MAX_VOID {
            true => format!("{} of its names do not exist, and receivers stop after {}", walk.void, spf::MAX_VOID),
            false => format!("it costs {} look-ups, and receivers stop at ten", walk.lookups),
        });
        return fix
            .step(format!("Together they make a record that receivers cannot evaluate: {why}."))
            .step("Delete all but one, keep in it the senders that are in use, and move a service to a subdomain of its own if it still costs too much.");
    }
    fix.step("Delete all of them and add this one, which lists every sender that any of them listed.").paste(Paste::record(
        "TXT",
        domain,
        records,
        &[&merged],
    ))
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, ServFail, Timeout};
    use crate::taxonomy::Outcome;
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
    let fix = rule(&Context::of(&f.evidence, f.now)).fix.unwrap();
    assert_eq!(fix.paste[0].value(), "v=spf1 include:_spf.google.com include:amazonses.com ~all");
}
