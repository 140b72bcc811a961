//! MAIL-10: DMARC asks receivers to act.

use super::dmarc_fix::{change, is_foreign, mailbox};
use super::mail_09_dmarc_present::slips;
use super::mail_11_dmarc_rua::{mend, reports};
use crate::check::{Check, Context, Fix, Found as Result, Reference};
use crate::checks::help::{dns_seen, list};
use crate::dmarc::{self, Dmarc, Found, Policy};
use crate::evidence::{Collector, Outside, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-10.
pub static CHECK: Check = Check {
    id: "MAIL-10",
    name: "dmarc-policy-strength",
    title: "DMARC policy strength",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Mail],
    why: "As long as DMARC only watches, a forged invoice in your name still reaches your customers.",
    criterion: "Warns on p=none, on an explicit sp=none or np=none and on test mode; passes on quarantine and reject; never fails.",
    minutes: 10,
    references: &[Reference { title: "RFC 9989 §4.7", url: "https://www.rfc-editor.org/rfc/rfc9989#section-4.7" }],
    rule,
};

fn rule(c: &Context) -> Result {
    let e = c.outside();
    let domain = e.target.mail_domain();
    let (record, name) = match dmarc::find(e, domain) {
        Found::One(record, name) => (record, name),
        Found::Unknown(_) if e.circle(&format!("_dmarc.{domain}"), "TXT").is_some() => {
            return Result::na("There is no DMARC record in force to judge; see MAIL-09.");
        }
        Found::Unknown(why) => return Result::unknown(format!("The DMARC record was not learned: {why}.")),
        Found::None | Found::Many(..) => return Result::na("There is no DMARC record in force to judge; see MAIL-09."),
    };
    let parsed = Dmarc::parse(&record);
    let Some((policy, _)) = dmarc::in_force(e, domain) else {
        return Result::na("The DMARC record cannot be used; see MAIL-09.");
    };
    let own = name == domain;
    let seen = dns_seen(e, &format!("_dmarc.{name}"), "TXT");
    let from = if own { String::new() } else { format!(" The policy is that of {name}.") };
    // The tags that leave something open, and their next step.
    let open: Vec<(&str, &str)> = if policy == Policy::None {
        let tag = if own || parsed.sp.is_none() { "p" } else { "sp" };
        if parsed.testing { vec![(tag, "quarantine"), ("t", "n")] } else { vec![(tag, "quarantine")] }
    } else if parsed.testing {
        vec![("t", "n")]
    } else if own && dmarc::is_organisational(e, domain, &record) {
        [("sp", parsed.sp), ("np", parsed.np)]
            .into_iter()
            .filter(|(_, p)| *p == Some(Policy::None))
            .map(|(t, _)| (t, "quarantine"))
            .collect()
    } else {
        vec![]
    };
    let said = match open.first() {
        None => {
            let note = parsed
                .pct
                .filter(|p| *p < 100)
                .map(|p| format!(" The tag pct={p} was dropped from the standard and is ignored."))
                .unwrap_or_default();
            let what = if policy == Policy::Reject { "refuse forgeries" } else { "put forgeries into spam" };
            return Result::pass(format!("Receivers are asked to {what}.{from}{note}")).seen(seen);
        }
        Some(("t", _)) => format!("DMARC is in test mode (t=y), so receivers act one step softer than it says.{from}"),
        Some(("sp", _)) if own => "Subdomains are left open (sp=none), so a forger writes from one.".into(),
        Some(("np", _)) => "Subdomains that do not exist are left open (np=none), so a forger writes from a made-up one.".into(),
        _ => format!("DMARC only watches (p=none). That is fine for a launch; after 14 days of clean reports ask for quarantine.{from}"),
    };
    let foreign = is_foreign(e, &name);
    if policy == Policy::None && !foreign && (parsed.unreadable || (parsed.p != Some(Policy::None) && !parsed.errors.is_empty())) {
        let said = format!("Receivers act on p=none, since a part of the record cannot be read: {}.{from}", parsed.errors.join("; "));
        let fix = Fix::new("Repair the DMARC record first", CHECK.minutes)
            .step("Repair the record as MAIL-09 says; then look at its policy again.")
            .undo(format!("Put the former record back: {record}"));
        return Result::warn(said).seen(seen).fix(fix);
    }
    let reports = reports(e, &name, &parsed);
    let but = match () {
        () if foreign => "",
        () if parsed.rua.is_empty() => " Nobody receives its reports either; add rua= first.",
        () if !reports.arrive => " Its reports get lost, so nobody reads them; mend that first (MAIL-11).",
        () if !reports.wrong.is_empty() => " A part of its reports gets lost; mend that first (MAIL-11).",
        () => "",
    };
    Result::warn(format!("{said}{but}")).seen(seen).fix(next(e, &record, &name, &open))
}

/// One step on: reports before anything else, then the tags that leave something open.
fn next(e: &Outside, record: &str, name: &str, open: &[(&str, &str)]) -> Fix {
    let at = format!("_dmarc.{name}");
    let domain = e.target.mail_domain();
    let undo = format!("Put the former record back: {record}");
    if is_foreign(e, name) {
        let fix = Fix::new("Publish a DMARC record of your own", CHECK.minutes).step(format!(
            "The record of {name} is not yours. One at _dmarc.{domain} takes its place for your mail; p=none changes nothing yet."
        ));
        let fix = match mailbox(e, domain) {
            Some(rua) => change(e, &format!("_dmarc.{domain}"), &[], &format!("v=DMARC1; p=none; rua={rua}"), fix),
            None => fix.step("Register with a service that reads DMARC reports, and name its address in rua=."),
        };
        return fix.undo(format!("Delete the TXT record at _dmarc.{domain}."));
    }
    let parsed = Dmarc::parse(record);
    if !slips(&parsed, name).is_empty() {
        // Two replacements of one record would make two records.
        return Fix::new("Repair the DMARC record first", CHECK.minutes)
            .step("Repair the record as MAIL-09 says; then look at its policy again.")
            .undo(undo);
    }
    let reports = reports(e, name, &parsed);
    if !reports.arrive || !reports.wrong.is_empty() {
        // What MAIL-11 asks for, since nobody should be stricter without reports.
        return mend(e, name, record, &reports)
            .step("Reports go before anything else; this changes nothing for your mail.")
            .step("After 14 days of clean reports ask for quarantine.");
    }
    let new = open.iter().fold(record.to_owned(), |r, (tag, value)| dmarc::set(&r, tag, value));
    let fix = Fix::new("Ask receivers to act on forgeries", CHECK.minutes)
        .step("Read 14 days of reports first: every service that sends for you must pass.")
        .step(format!(
            "Then set {}; receivers act on it from then on.",
            list(&open.iter().map(|(t, v)| format!("{t}={v}")).collect::<Vec<_>>())
        ))
        .step("Two quiet weeks later go one step further, up to reject.");
    change(e, &at, &[record], &new, fix)
        .undo(undo)
        .risk("Mail of a service that is neither in SPF nor signed with your DKIM lands in spam, or is refused with reject.")
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::taxonomy::Outcome;
    const N: &str = "_dmarc.acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("quarantine", |_| {}, Outcome::Pass),
            (
                "reject",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; rua=mailto:a@acme.example"]);
                },
                Outcome::Pass,
            ),
            (
                "none never fails",
                |f| {
                    f.txt(N, &["v=DMARC1; p=none"]);
                },
                Outcome::Warn,
            ),
            (
                "subdomains open",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; sp=none; rua=mailto:a@acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "test mode",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; t=y"]);
                },
                Outcome::Warn,
            ),
            (
                "pct is ignored by the new standard",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; pct=10"]);
                },
                Outcome::Pass,
            ),
            (
                "a subdomain follows sp",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("app.acme.example").unwrap();
                    f.status("_dmarc.app.acme.example", "TXT", NxDomain).txt(N, &["v=DMARC1; p=reject; sp=none"]);
                },
                Outcome::Warn,
            ),
            (
                "made-up subdomains open",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; np=none; rua=mailto:a@acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "an intermediate p=none is not the organisation's policy (RFC 9989 §4.10.2)",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("a.app.acme.example").unwrap();
                    f.status("_dmarc.a.app.acme.example", "TXT", NxDomain).txt("_dmarc.app.acme.example", &["v=DMARC1; p=none"]);
                    f.txt(N, &["v=DMARC1; p=reject; rua=mailto:a@acme.example"]);
                },
                Outcome::Pass,
            ),
            (
                "an unreadable sp leaves p=none in force (RFC 9989 §4.10.1)",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; sp=rejct; rua=mailto:a@acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "an unreadable sp leaves p=none in force, whatever p says",
                |f| {
                    f.txt(N, &["v=DMARC1; p=none; sp=rejct; rua=mailto:a@acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "no record",
                |f| {
                    f.txt(N, &[]).status("_dmarc.example", "TXT", NxDomain);
                },
                Outcome::Na,
            ),
            (
                "aliases in a circle, which MAIL-09 says",
                |f| {
                    f.alias(N, "TXT", "a.test").alias("a.test", "TXT", N);
                },
                Outcome::Na,
            ),
            (
                "not answered",
                |f| {
                    f.status(N, "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}

#[test]
fn one_step_at_a_time_and_the_rest_kept() {
    let paste = |record: &str| {
        let mut f = crate::fixture::Fixture::good();
        f.txt("_dmarc.acme.example", &[record]);
        let fix = rule(&Context::of(&f.evidence, f.now)).fix.unwrap();
        fix.paste.first().map(|p| p.value())
    };
    for (old, new) in [
        ("v=DMARC1; p=none; sp=reject; adkim=s", "v=DMARC1; p=none; sp=reject; adkim=s; rua=mailto:dmarc@acme.example"),
        ("v=DMARC1;p=none;rua=MAILTO:a@acme.example;x=1", "v=DMARC1;p=quarantine;rua=MAILTO:a@acme.example;x=1"),
        ("v=DMARC1; p=reject; sp=none; rua=mailto:a@acme.example", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:a@acme.example"),
        ("v=DMARC1; t=y; p=reject; rua=mailto:a@acme.example", "v=DMARC1; t=n; p=reject; rua=mailto:a@acme.example"),
    ] {
        assert_eq!(paste(old).as_deref(), Some(new), "{old}");
    }
    // Reports that get lost are mended first, as MAIL-11 says.
    for (old, new) in [
        (
            "v=DMARC1;p=reject;rua=mailto:a@acme.example mailto:b@acme.example;sp=none",
            "v=DMARC1;p=reject;rua=mailto:a@acme.example,mailto:b@acme.example;sp=none",
        ),
        ("v=DMARC1; p=none; rua=https://r.test/x", "v=DMARC1; p=none; rua=https://r.test/x,mailto:dmarc@acme.example"),
        ("v=DMARC1; p=none; rua=\"mailto:x@acme.example\"", "v=DMARC1; p=none; rua=mailto:x@acme.example"),
        ("v=DMARC1; p=none; rua=mailto:dmarc@acme", "v=DMARC1; p=none; rua=mailto:dmarc@acme.example"),
        ("v=DMARC1; p=none; rua=mailto:a@gone.acme.example", "v=DMARC1; p=none; rua=mailto:dmarc@acme.example"),
        ("v=DMARC1; p=none; rua=mailto:x@acme.example,mailto:a@gone.acme.example", "v=DMARC1; p=none; rua=mailto:x@acme.example"),
    ] {
        let mut f = crate::fixture::Fixture::good();
        f.txt("_dmarc.acme.example", &[old]).status("gone.acme.example", "MX", crate::evidence::DnsStatus::NxDomain);
        let a = f.assess();
        for id in ["MAIL-10", "MAIL-11"] {
            let fix = a.finding(id).unwrap().fix.clone().unwrap();
            assert_eq!(fix.paste.first().map(|p| p.value()).as_deref(), Some(new), "{id} {old}: {:?}", fix.steps);
        }
    }
    assert_eq!(paste("v=DMARC1; p=none; sp=rejct; rua=mailto:a@acme.example"), None);
    // A record that cannot be read is repaired before it is made stricter, or softer.
    assert_eq!(paste("v=DMARC1; p=reject; sp=rejct; rua=mailto:a@acme.example"), None);
}
