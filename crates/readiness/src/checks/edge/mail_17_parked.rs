//! MAIL-17: a domain that never sends says so.

use super::dmarc_fix::change;
use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{dns_seen, spf_records};
use crate::dmarc::{self, Dmarc, Policy};
use crate::evidence::{Collector, Source};
use crate::spf;
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-17.
pub static CHECK: Check = Check {
    id: "MAIL-17",
    name: "non-sending-domains-locked",
    title: "Non-sending domains locked",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Mail],
    why: "A name that sends nothing is the best one to forge: no mail of yours would be missed if it were refused, and none is.",
    criterion: "For a domain declared to send no mail: passes with v=spf1 -all and DMARC reject, warns otherwise.",
    minutes: 5,
    references: &[Reference { title: "M3AAWG: protecting parked domains", url: "https://www.m3aawg.org/protecting-parked-domains" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if e.target.sends_mail != Some(false) {
        return Found::na("The domain sends mail, or nobody said that it does not.");
    }
    let domain = e.target.mail_domain();
    let txt = e.lookup(domain, "TXT");
    if let Some(why) = txt.not_learned() {
        return Found::unknown(format!("The SPF record could not be looked up: {why}."));
    }
    let spf = spf_records(&txt);
    let closed = matches!(spf.as_slice(), [one] if spf::is_closed(one, &|name, rtype| e.lookup(name, rtype)));
    let found = dmarc::find(e, domain);
    let (record, owner) = match &found {
        dmarc::Found::One(record, owner) => (Some(record.as_str()), owner.as_str()),
        dmarc::Found::Unknown(why) => return Found::unknown(format!("The DMARC record could not be looked up: {why}.")),
        _ => (None, domain),
    };
    let open = record.map_or_else(Vec::new, |r| loosened(&Dmarc::parse(r)));
    let rejects = open.is_empty() && dmarc::in_force(e, domain).is_some_and(|(p, _)| p == Policy::Reject);
    let seen = dns_seen(e, domain, "TXT").into_iter().chain(dns_seen(e, &format!("_dmarc.{owner}"), "TXT"));
    if closed && rejects {
        return Found::pass("The domain says that it sends no mail, and asks receivers to refuse all that claims otherwise.").seen(seen);
    }
    let missing = match (closed, rejects) {
        (false, false) => "neither SPF nor DMARC refuses",
        (false, true) => "SPF does not refuse",
        _ => "DMARC does not refuse",
    };
    let mut fix = Fix::new("Say that the domain sends no mail", CHECK.minutes).step("Change the records as below.");
    if !closed {
        // What was meant as SPF goes as well, or it would stand beside the new record.
        let meant: Vec<&str> = txt.values().into_iter().filter(|v| spf::is_spf(v) || spf::is_meant(v)).collect();
        fix = fix.paste(Paste::record("TXT", domain, &meant, &["v=spf1 -all"]));
    }
    if !rejects {
        // The record that stands is edited; a parent's is left to its own domain. Several, or one that is misspelt, are first made one.
        let own = record.filter(|_| owner == domain);
        let at = format!("_dmarc.{domain}");
        let lookup = e.lookup(&at, "TXT");
        let entered = own.is_none() && e.wildcard(&at, "TXT").is_none();
        let meant: Vec<&str> = lookup.values().into_iter().filter(|t| entered && dmarc::is_meant(t)).collect();
        let hard =
            |r: &str| loosened(&Dmarc::parse(r)).iter().fold(dmarc::set(r, "p", "reject"), |r, (tag, value)| dmarc::set(&r, tag, value));
        if let Some(first) = meant.first() {
            let fix = match dmarc::repair(first).filter(|_| meant.len() == 1) {
                Some(good) => {
                    let fix = fix.step(format!("What was wrong with the DMARC record: {}.", good.named.join("; ")));
                    change(e, &at, &meant, &hard(&good.record), fix)
                }
                None => {
                    fix.step("First leave one DMARC record that can be read; MAIL-09 shows its value. Scan again, and set p=reject in it.")
                }
            };
            return Found::warn(format!("The domain sends no mail, and {missing} what others send in its name."))
                .seen(seen)
                .fix(fix.undo("Put the former records back."));
        }
        let new = own.map_or_else(|| "v=DMARC1; p=reject".to_owned(), hard);
        fix = change(e, &at, &own.into_iter().collect::<Vec<_>>(), &new, fix);
    }
    Found::warn(format!("The domain sends no mail, and {missing} what others send in its name."))
        .seen(seen)
        .fix(fix.undo("Put the former records back.").risk("Nothing that the domain sends arrives any more; be sure that nothing does."))
}

/// Tags that make less of p=reject, and what they must say.
fn loosened(d: &Dmarc) -> Vec<(&'static str, &'static str)> {
    let soft = |p: Option<Policy>| p.is_some_and(|p| p < Policy::Reject);
    [("sp", "reject", soft(d.sp)), ("np", "reject", soft(d.np)), ("t", "n", d.testing)]
        .into_iter()
        .filter(|(.., loose)| *loose)
        .map(|(tag, value, _)| (tag, value))
        .collect()
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::Timeout;
    use crate::taxonomy::Outcome;
    const D: &str = "acme.example";
    fn parked(f: &mut crate::fixture::Fixture, spf: &[&str], dmarc: &[&str]) {
        f.evidence.target.sends_mail = Some(false);
        f.txt(D, spf).txt("_dmarc.acme.example", dmarc);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("it sends", |_| {}, Outcome::Na),
            ("locked (checkdmarc's parked rule)", |f| parked(f, &["v=spf1 -all"], &["v=DMARC1; p=reject"]), Outcome::Pass),
            ("no SPF", |f| parked(f, &[], &["v=DMARC1; p=reject"]), Outcome::Warn),
            ("SPF with senders", |f| parked(f, &["v=spf1 mx -all"], &["v=DMARC1; p=reject"]), Outcome::Warn),
            ("soft ending", |f| parked(f, &["v=spf1 ~all"], &["v=DMARC1; p=reject"]), Outcome::Warn),
            ("quarantine", |f| parked(f, &["v=spf1 -all"], &["v=DMARC1; p=quarantine"]), Outcome::Warn),
            ("nothing", |f| parked(f, &[], &[]), Outcome::Warn),
            ("test mode", |f| parked(f, &["v=spf1 -all"], &["v=DMARC1; p=reject; t=y"]), Outcome::Warn),
            ("subdomains open", |f| parked(f, &["v=spf1 -all"], &["v=DMARC1; p=reject; sp=none"]), Outcome::Warn),
            (
                "not learned",
                |f| {
                    f.evidence.target.sends_mail = Some(false);
                    f.status(D, "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}

#[test]
fn the_record_that_stands_is_edited() {
    let mut f = crate::fixture::Fixture::good();
    f.evidence.target.sends_mail = Some(false);
    f.txt("acme.example", &["v=spf1 -all"]).txt("_dmarc.acme.example", &["v=DMARC1; p=none; sp=none; t=y; rua=mailto:a@acme.example"]);
    let fix = rule(&Context::of(&f.evidence, f.now)).fix.unwrap();
    assert_eq!(fix.paste.len(), 1);
    assert_eq!(fix.paste[0].value(), "v=DMARC1; p=reject; sp=reject; t=n; rua=mailto:a@acme.example");
}
