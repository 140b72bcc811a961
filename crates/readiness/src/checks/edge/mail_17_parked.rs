//! MAIL-17: a domain that never sends says so.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{dns_seen, spf_records};
use crate::dmarc::{self, Dmarc, Policy};
use crate::evidence::Collector;
use crate::words::{Area, Class, Impact, Stage};

/// MAIL-17.
pub static CHECK: Check = Check {
    id: "MAIL-17",
    name: "non-sending-domains-locked",
    title: "Non-sending domains locked",
    stage: Stage::Edge,
    area: Area::Email,
    class: Class::Outside,
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
    let e = c.evidence;
    if e.target.sends_mail != Some(false) {
        return Found::na("The domain sends mail, or nobody said that it does not.");
    }
    let domain = e.target.mail_domain();
    let txt = e.lookup(domain, "TXT");
    if let Some(why) = txt.not_learned() {
        return Found::unknown(format!("The SPF record could not be looked up: {why}."));
    }
    let spf = spf_records(&txt);
    let closed = spf.len() == 1 && spf.first().is_some_and(|r| r.split_whitespace().collect::<Vec<_>>() == ["v=spf1", "-all"]);
    let rejects = match dmarc::find(e, domain) {
        dmarc::Found::One(record, _) => Dmarc::parse(&record).p == Some(Policy::Reject),
        dmarc::Found::Unknown(why) => return Found::unknown(format!("The DMARC record could not be looked up: {why}.")),
        _ => false,
    };
    let seen = dns_seen(e, domain, "TXT").into_iter().chain(dns_seen(e, &format!("_dmarc.{domain}"), "TXT"));
    if closed && rejects {
        return Found::pass("The domain says that it sends no mail, and asks receivers to refuse all that claims otherwise.").seen(seen);
    }
    let missing = match (closed, rejects) {
        (false, false) => "neither SPF nor DMARC refuses",
        (false, true) => "SPF does not refuse",
        _ => "DMARC does not refuse",
    };
    Found::warn(format!("The domain sends no mail, and {missing} what others send in its name.")).seen(seen).fix(
        Fix::new("Say that the domain sends no mail", CHECK.minutes)
            .step("Replace the SPF record and publish DMARC as below.")
            .paste(Paste::record("TXT", domain, &spf.iter().map(String::as_str).collect::<Vec<_>>(), &["v=spf1 -all"]))
            .paste(Paste::record("TXT", &format!("_dmarc.{domain}"), &[], &["v=DMARC1; p=reject"]))
            .undo("Put the former records back.")
            .risk("Nothing that the domain sends arrives any more; be sure that nothing does."),
    )
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::Timeout;
    use crate::words::Outcome;
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
