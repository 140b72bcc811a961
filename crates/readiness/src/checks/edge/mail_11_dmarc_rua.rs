//! MAIL-11: DMARC reports arrive somewhere.

use super::dmarc_fix::{change, is_foreign, mailbox, takes_mail};
use super::mail_09_dmarc_present::slips;
use crate::check::{Check, Context, Fix, Found, Reference};
use crate::checks::help::{dns_seen, list};
use crate::dmarc::{self, Dmarc};
use crate::evidence::{Collector, Lookup, Outside, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-11.
pub static CHECK: Check = Check {
    id: "MAIL-11",
    name: "dmarc-rua-works",
    title: "DMARC rua works",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Mail],
    why: "Without the reports you do not see which of your own mail is thrown away, and cannot tighten the policy without fear.",
    criterion: "Warns when no address for reports is named, when its domain takes no mail or has no MX, or when another's domain has not agreed to get them.",
    minutes: 10,
    references: &[Reference { title: "RFC 9990 §4", url: "https://www.rfc-editor.org/rfc/rfc9990" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = e.target.mail_domain();
    let (owner, record) = match dmarc::find(e, domain) {
        dmarc::Found::One(record, owner) => (owner, record),
        dmarc::Found::Unknown(_) if e.circle(&format!("_dmarc.{domain}"), "TXT").is_some() => {
            return Found::na("There is no single DMARC record to judge; see MAIL-09.");
        }
        dmarc::Found::Unknown(why) => return Found::unknown(format!("The DMARC record could not be looked up: {why}.")),
        _ => return Found::na("There is no single DMARC record to judge; see MAIL-09."),
    };
    if is_foreign(e, &owner) {
        return Found::na(format!("The DMARC policy is that of {owner}, and its reports go there."));
    }
    let parsed = Dmarc::parse(&record);
    if parsed.effective().is_none() {
        return Found::na("The DMARC record cannot be used, so nobody sends reports; see MAIL-09.");
    }
    let r = reports(e, &owner, &parsed);
    let mut seen = dns_seen(e, &format!("_dmarc.{owner}"), "TXT");
    for place in &r.places {
        seen.extend(dns_seen(e, place, "MX"));
        seen.extend(dns_seen(e, &format!("{owner}._report._dmarc.{place}"), "TXT"));
    }
    let fix = || mend(e, &owner, &record, &r);
    if parsed.rua.is_empty() || (r.places.is_empty() && r.wrong.is_empty()) {
        let what = if parsed.rua.is_empty() { "names no address for reports" } else { "names no mail address for reports" };
        return Found::warn(format!("The DMARC record {what}, so nobody sees what happens to your mail.")).seen(seen).fix(fix());
    }
    if !r.wrong.is_empty() {
        return Found::warn(format!("Reports get lost: {}.", r.wrong.join("; "))).seen(seen).fix(fix());
    }
    if !r.doubt.is_empty() {
        return Found::warn(format!("Reports may get lost: {}.", r.doubt.join("; "))).seen(seen).fix(fix());
    }
    if !r.unknown.is_empty() {
        return Found::unknown(format!("It was not learned {}.", list(&r.unknown))).seen(seen);
    }
    Found::pass(format!("Reports go to {}.", list(&r.places))).seen(seen)
}

/// Where the reports of a record go.
#[derive(Default)]
pub struct Reports {
    /// Domains of the addresses that can be read.
    places: Vec<String>,
    /// Why reports get lost.
    pub wrong: Vec<String>,
    /// Why they may.
    doubt: Vec<String>,
    unknown: Vec<String>,
    /// The addresses that work, those included that do once they are repaired, and those of other schemes.
    kept: Vec<String>,
    dropped: Vec<String>,
    /// Whether an address as it stands gets them, as far as was learned.
    pub arrive: bool,
}

/// Judges each address for reports of a record.
pub fn reports(e: &Outside, owner: &str, parsed: &Dmarc) -> Reports {
    let mut out = Reports { wrong: parsed.rua_errors.clone(), ..Reports::default() };
    for uri in &parsed.rua {
        let Some(place) = dmarc::domain_of(uri) else {
            // An unreadable one comes back repaired; one of another scheme is left as it is.
            let text = format!("v=DMARC1; p=none; rua={uri}");
            let mended = dmarc::repair(&text).map(|r| Dmarc::parse(&r.record).rua).unwrap_or_default();
            let (works, lost): (Vec<_>, Vec<_>) =
                mended.into_iter().partition(|u| dmarc::domain_of(u).is_none_or(|d| destination(e, owner, &d).lost.is_empty()));
            if works.is_empty() && lost.is_empty() {
                out.dropped.push(uri.clone());
            }
            out.kept.extend(works);
            out.dropped.extend(lost);
            continue;
        };
        let to = destination(e, owner, &place);
        if to.lost.is_empty() {
            out.kept.push(uri.clone());
            out.arrive = true;
        } else {
            out.dropped.push(uri.clone());
        }
        if !out.places.contains(&place) {
            out.wrong.extend(to.lost);
            out.doubt.extend(to.doubt);
            out.unknown.extend(to.unknown);
            out.places.push(place);
        }
    }
    out
}

#[derive(Default)]
struct Destination {
    lost: Vec<String>,
    doubt: Vec<String>,
    unknown: Vec<String>,
}

/// Why reports to a domain get lost or may, and what of that was not learned: it must take mail, and agree if it is
/// another's (RFC 9990 section 4).
fn destination(e: &Outside, owner: &str, place: &str) -> Destination {
    let organisation = |d: &str| psl::domain_str(d).unwrap_or(d).to_owned();
    let mut out = Destination::default();
    match (takes_mail(e, place), e.lookup(place, "MX")) {
        (Some(true), _) => {}
        (_, Lookup::NxDomain) => out.lost.push(format!("{place} does not exist")),
        // Without an MX the address of the domain stands for it (RFC 5321 section 5.1).
        (_, Lookup::NoData) => match e.resolve(place).learned() {
            Ok([]) => out.lost.push(format!("{place} has neither MX nor address, so it takes no mail")),
            Ok(_) => out.doubt.push(format!("{place} has no MX, so senders fall back to its address, where often no mail is taken")),
            Err(_) => out.doubt.push(format!("{place} has no MX, and whether its own address takes mail was not learned")),
        },
        (Some(false), _) => out.lost.push(format!("{place} takes no mail")),
        (None, _) => out.unknown.push(format!("whether {place} takes mail")),
    }
    if organisation(place) != organisation(owner) {
        let name = format!("{owner}._report._dmarc.{place}");
        match e.lookup(&name, "TXT") {
            Lookup::Found(records) if records.iter().any(|r| dmarc::is_dmarc(&r.value)) => {}
            Lookup::Found(_) | Lookup::NoData | Lookup::NxDomain => {
                out.lost.push(format!("{place} has not agreed to get reports about {owner} (no record v=DMARC1 at {name})"));
            }
            Lookup::ServFail | Lookup::Unknown(_) => out.unknown.push(format!("whether {place} agreed to get reports")),
        }
    }
    out
}

/// The record with the addresses that work, or with a mailbox of one's own where none is left.
pub fn mend(e: &Outside, owner: &str, record: &str, reports: &Reports) -> Fix {
    let at = format!("_dmarc.{owner}");
    let undo = format!("Put the former record back: {record}");
    let parsed = Dmarc::parse(record);
    let mut fix = Fix::new("Send DMARC reports to a mailbox that takes them", CHECK.minutes);
    if !slips(&parsed, owner).is_empty() {
        // Two replacements of one record would make two records.
        return fix.step("Repair the record first, as MAIL-09 says; then look at the addresses for reports again.").undo(undo);
    }
    let mut rua = reports.kept.clone();
    let works = rua.iter().any(|u| dmarc::domain_of(u).is_some());
    if works && reports.wrong.is_empty() {
        return fix
            .step("Give that domain an MX record for the host that takes its mail, or name a mailbox at a domain with an MX in rua=.")
            .step("If its address does take mail, reports arrive and nothing is to be done.")
            .undo("Delete the MX record again, or put the former address back.");
    }
    fix = if works {
        fix.step("The addresses that work stay; only what gets lost is changed.")
    } else {
        fix.step("Make the mailbox first, or register with a service that reads the reports for you and use its address.")
    };
    if !reports.dropped.is_empty() {
        fix = fix.step(format!("What gets no reports is taken out: {}.", list(&reports.dropped)));
    }
    if parsed.report_domains().iter().any(|d| psl::domain_str(owner) != psl::domain_str(d)) {
        fix = fix.step(
            "An address at a service that you registered with comes back by that service: it must publish its agreement for your domain.",
        );
    }
    if !works {
        match mailbox(e, owner) {
            Some(own) => rua.push(own),
            None => {
                return fix.step(format!("{owner} takes no mail, as far as was seen, so name an address elsewhere in rua=.")).undo(undo);
            }
        }
    }
    change(e, &at, &[record], &dmarc::set(record, "rua", &rua.join(",")), fix).undo(undo)
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::taxonomy::Outcome;
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
                "two addresses in one URI",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=mailto:a@acme.example,b@acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "two addresses with a space between",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=mailto:a@acme.example mailto:b@acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "no mailto:",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=a@acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "a scheme has no case (RFC 3986 §3.1)",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=MAILTO:a@acme.example"]);
                },
                Outcome::Pass,
            ),
            (
                "an agreement is a DMARC record too, with its exact version (RFC 9990 §4)",
                |f| {
                    f.txt(M, &["v=DMARC1; p=reject; rua=mailto:a@r.example"]).dns("r.example", "MX", &["10 m.r.example"]);
                    f.txt("acme.example._report._dmarc.r.example", &["v=dmarc1"]);
                },
                Outcome::Warn,
            ),
            (
                "a null MX",
                |f| {
                    f.dns("acme.example", "MX", &["0 ."]);
                },
                Outcome::Warn,
            ),
            (
                "a tag twice: nobody reads the record (RFC 6376 §3.2), which MAIL-09 says",
                |f| {
                    f.txt(M, &["v=DMARC1; p=none; rua=mailto:dmarc@acme.example; rua=mailto:b@acme.example"]);
                },
                Outcome::Na,
            ),
            (
                "two records run together",
                |f| {
                    f.txt(M, &["v=DMARC1; p=none v=DMARC1; p=reject"]);
                },
                Outcome::Na,
            ),
            (
                "a comma at the end",
                |f| {
                    f.txt(M, &["v=DMARC1; p=none; rua=mailto:dmarc@acme.example,"]);
                },
                Outcome::Warn,
            ),
            (
                "a dot at the end (RFC 6068 §2)",
                |f| {
                    f.txt(M, &["v=DMARC1; p=none; rua=mailto:dmarc@acme.example."]);
                },
                Outcome::Warn,
            ),
            (
                "a domain with neither MX nor address",
                |f| {
                    f.txt(M, &["v=DMARC1; p=none; rua=mailto:a@in.acme.example"]).dns("in.acme.example", "MX", &[]);
                    f.dns("in.acme.example", "A", &[]).dns("in.acme.example", "AAAA", &[]);
                },
                Outcome::Warn,
            ),
            (
                "a platform's reports are the platform's",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("acme.github.io").unwrap();
                    f.status("_dmarc.acme.github.io", "TXT", NxDomain).txt("_dmarc.github.io", &["v=DMARC1; p=reject; psd=y"]);
                },
                Outcome::Na,
            ),
            (
                "aliases in a circle, which MAIL-09 says",
                |f| {
                    f.alias(M, "TXT", "a.test").alias("a.test", "TXT", M);
                },
                Outcome::Na,
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

#[test]
fn only_what_gets_lost_is_changed() {
    let paste = |record: &str, mx: &str| {
        let mut f = crate::fixture::Fixture::good();
        f.txt("_dmarc.acme.example", &[record]).dns("acme.example", "MX", &[mx]).dns("r.test", "MX", &["10 m.r.test"]);
        f.txt("acme.example._report._dmarc.r.test", &["v=DMARC1"]).dns("bad.test", "MX", &["10 m.bad.test"]);
        f.txt("acme.example._report._dmarc.bad.test", &[]);
        let fix = rule(&Context::of(&f.evidence, f.now)).fix.unwrap();
        fix.paste.first().map(|p| p.value())
    };
    const MX: &str = "10 mx.acme.example";
    for (old, new) in [
        (
            "v=DMARC1; p=none; sp=reject; rua=mailto:a@r.test,mailto:b@bad.test; adkim=s",
            "v=DMARC1; p=none; sp=reject; rua=mailto:a@r.test; adkim=s",
        ),
        ("v=DMARC1; p=none; rua=mailto:b@bad.test", "v=DMARC1; p=none; rua=mailto:dmarc@acme.example"),
        ("v=DMARC1; p=none; rua=a@r.test", "v=DMARC1; p=none; rua=mailto:a@r.test"),
        ("v=DMARC1; p=none; rua=mailto:x@acme.example,y@r.test", "v=DMARC1; p=none; rua=mailto:x@acme.example,mailto:y@r.test"),
        ("v=DMARC1; p=none", "v=DMARC1; p=none; rua=mailto:dmarc@acme.example"),
        ("v=DMARC1; rua=https://r.test/x; p=none", "v=DMARC1; rua=https://r.test/x,mailto:dmarc@acme.example; p=none"),
    ] {
        assert_eq!(paste(old, MX).as_deref(), Some(new), "{old}");
    }
    for (old, new) in [
        ("v=DMARC1; p=none; rua=mailto:x@acme.example,", "v=DMARC1; p=none; rua=mailto:x@acme.example"),
        ("v=DMARC1; p=none; rua=mailto:x@acme.example.", "v=DMARC1; p=none; rua=mailto:x@acme.example"),
    ] {
        assert_eq!(paste(old, MX).as_deref(), Some(new), "{old}");
    }
    // What MAIL-09 repairs is not replaced twice.
    assert_eq!(paste("v=DMARC1; p=none; sp=rejct; rua=mailto:b@bad.test", MX), None);
    // No address where no mail arrives.
    assert_eq!(paste("v=DMARC1; p=none", "0 ."), None);
    assert_eq!(
        paste("v=DMARC1; p=none; rua=mailto:x@acme.example,mailto:a@r.test", "0 .").as_deref(),
        Some("v=DMARC1; p=none; rua=mailto:a@r.test")
    );
}

#[test]
fn an_address_without_mx_is_not_taken_away() {
    let mut f = crate::fixture::Fixture::good();
    f.txt("_dmarc.acme.example", &["v=DMARC1; p=none; rua=mailto:a@r.test"]).dns("r.test", "MX", &[]);
    f.txt("acme.example._report._dmarc.r.test", &["v=DMARC1"]).dns("r.test", "AAAA", &[]);
    for (a, said, pasted) in [
        (Some(&["192.0.2.9"][..]), "fall back to its address", false),
        (None, "was not learned", false),
        (Some(&[][..]), "neither MX nor address", true),
    ] {
        match a {
            Some(a) => f.dns("r.test", "A", a),
            None => f.status("r.test", "A", crate::evidence::DnsStatus::Timeout),
        };
        let found = rule(&Context::of(&f.evidence, f.now));
        assert!(found.summary.contains(said), "{}", found.summary);
        assert_eq!(found.fix.unwrap().paste.is_empty(), !pasted, "{said}");
    }
}
