//! MAIL-11: DMARC reports arrive somewhere.

use crate::check::{Check, Context, Fix, Found, Line, Paste, Reference};
use crate::checks::help::{dns_seen, list};
use crate::dmarc::{self, Dmarc};
use crate::domain::Domain;
use crate::evidence::{Collector, Lookup};
use crate::words::{Area, Class, Impact, Stage};

/// MAIL-11.
pub static CHECK: Check = Check {
    id: "MAIL-11",
    name: "dmarc-rua-works",
    title: "DMARC rua works",
    stage: Stage::Edge,
    area: Area::Email,
    class: Class::Outside,
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Mail],
    why: "Without the reports you do not see which of your own mail is thrown away, and cannot tighten the policy without fear.",
    criterion: "Warns when no address for reports is named, when its domain takes no mail, or when another's domain has not agreed to get them.",
    minutes: 10,
    references: &[Reference { title: "RFC 9990 §4", url: "https://www.rfc-editor.org/rfc/rfc9990" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    let domain = e.target.mail_domain();
    let (at, record) = match dmarc::find(e, domain) {
        dmarc::Found::One(record, owner) => (format!("_dmarc.{owner}"), record),
        dmarc::Found::Unknown(why) => return Found::unknown(format!("The DMARC record could not be looked up: {why}.")),
        _ => return Found::na("There is no single DMARC record to judge; see MAIL-09."),
    };
    let parsed = Dmarc::parse(&record);
    let seen = dns_seen(e, &at, "TXT");
    let owner = at.strip_prefix("_dmarc.").unwrap_or(&at);
    let with_rua = |record: &str| {
        let kept: Vec<&str> =
            record.split(';').map(str::trim).filter(|t| !t.is_empty() && !t.to_ascii_lowercase().starts_with("rua")).collect();
        format!("{}; rua=mailto:dmarc@{owner}", kept.join("; "))
    };
    let fix = || {
        Fix::new("Send DMARC reports to a mailbox that takes them", CHECK.minutes)
            .step("Make the mailbox first, or register with a service that reads the reports for you and use its address.")
            .paste(Paste {
                place: format!("TXT · {at} · TTL 300"),
                lines: vec![Line::Remove(record.clone()), Line::Add(with_rua(&record))],
            })
            .undo("Put the former record back.")
    };
    let places = parsed.report_domains();
    if places.is_empty() {
        let what = if parsed.rua.is_empty() { "names no address for reports" } else { "names no mail address for reports" };
        return Found::warn(format!("The DMARC record {what}, so nobody sees what happens to your mail.")).seen(seen).fix(fix());
    }
    let organisation = |d: &str| Domain::parse(d).map_or_else(|_| d.to_owned(), |d| d.registrable().to_owned());
    let (mut wrong, mut unknown, mut more) = (vec![], vec![], vec![]);
    for p in &places {
        match e.lookup(p, "MX") {
            Lookup::NxDomain => wrong.push(format!("{p} does not exist")),
            Lookup::NoData => wrong.push(format!("{p} takes no mail")),
            Lookup::Found(mx) if mx.iter().all(|r| r.value.ends_with(" .")) => wrong.push(format!("{p} takes no mail")),
            Lookup::Found(_) => {}
            Lookup::ServFail | Lookup::Unknown(_) => unknown.push(format!("whether {p} takes mail")),
        }
        more.extend(dns_seen(e, p, "MX"));
        if organisation(p) != organisation(owner) {
            let name = format!("{owner}._report._dmarc.{p}");
            match e.lookup(&name, "TXT") {
                Lookup::Found(records) if records.iter().any(|r| r.value.trim_start().to_ascii_lowercase().starts_with("v=dmarc1")) => {}
                Lookup::Found(_) | Lookup::NoData | Lookup::NxDomain => {
                    wrong.push(format!("{p} has not agreed to get reports about {owner} (no TXT at {name})"))
                }
                Lookup::ServFail | Lookup::Unknown(_) => unknown.push(format!("whether {p} agreed to get reports")),
            }
            more.extend(dns_seen(e, &name, "TXT"));
        }
    }
    let seen = seen.into_iter().chain(more);
    if !wrong.is_empty() {
        return Found::warn(format!("Reports get lost: {}.", wrong.join("; "))).seen(seen).fix(fix());
    }
    if !unknown.is_empty() {
        return Found::unknown(format!("It was not learned {}.", list(&unknown))).seen(seen);
    }
    Found::pass(format!("Reports go to {}.", list(&places))).seen(seen)
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::words::Outcome;
    const M: &str = "_dmarc.acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("a mailbox of one's own", |_| {}, Outcome::Pass),
            (
                "no rua",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject"]);
                },
                Outcome::Warn,
            ),
            (
                "https is no address for mail",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=https://r.example/x"]);
                },
                Outcome::Warn,
            ),
            (
                "another's domain that agreed (RFC 9990 §4)",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=mailto:a@r.example"]).dns("r.example", "MX", &["10 m.r.example"]);
                    f.txt("acme.example._report._dmarc.r.example", &["v=DMARC1"]);
                },
                Outcome::Pass,
            ),
            (
                "another's domain that did not (checkdmarc UnverifiedDMARCURIDestination)",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=mailto:a@r.example"]).dns("r.example", "MX", &["10 m.r.example"]);
                    f.status("acme.example._report._dmarc.r.example", "TXT", NxDomain);
                },
                Outcome::Warn,
            ),
            (
                "a subdomain of one's own needs no agreement",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=mailto:a@in.acme.example"]).dns("in.acme.example", "MX", &["10 mx.acme.example"]);
                },
                Outcome::Pass,
            ),
            (
                "a domain without MX (checkdmarc MissingMXRecords)",
                |f| {
                    f.dns("acme.example", "MX", &[]);
                },
                Outcome::Warn,
            ),
            (
                "a size limit behind the address",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=mailto:dmarc@acme.example!10m"]);
                },
                Outcome::Pass,
            ),
            (
                "one good and one that is gone",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=mailto:dmarc@acme.example,mailto:x@gone.example"]).status(
                        "gone.example",
                        "MX",
                        NxDomain,
                    );
                    f.status("acme.example._report._dmarc.gone.example", "TXT", NxDomain);
                },
                Outcome::Warn,
            ),
            (
                "not learned",
                |f| {
                    f.status("acme.example", "MX", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "no DMARC",
                |f| {
                    f.txt(M, &[]);
                },
                Outcome::Na,
            ),
        ],
    );
}
