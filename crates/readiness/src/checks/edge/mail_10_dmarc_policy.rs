//! MAIL-10: DMARC asks receivers to act.

use crate::check::{Check, Context, Fix, Found as Result, Line, Paste, Reference};
use crate::checks::help::dns_seen;
use crate::dmarc::{self, Dmarc, Found, Policy};
use crate::evidence::Collector;
use crate::words::{Area, Class, Impact, Stage};

/// MAIL-10.
pub static CHECK: Check = Check {
    id: "MAIL-10",
    name: "dmarc-policy-strength",
    title: "DMARC policy strength",
    stage: Stage::Edge,
    area: Area::Email,
    class: Class::Outside,
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Mail],
    why: "As long as DMARC only watches, a forged invoice in your name still reaches your customers.",
    criterion: "Warns on p=none, on an explicit sp=none and on test mode; passes on quarantine and reject; never fails.",
    minutes: 10,
    references: &[Reference { title: "RFC 9989 §4.7", url: "https://www.rfc-editor.org/rfc/rfc9989#section-4.7" }],
    rule,
};

fn rule(c: &Context) -> Result {
    let e = c.evidence;
    let domain = e.target.mail_domain();
    let (record, name) = match dmarc::find(e, domain) {
        Found::One(record, name) => (record, name),
        Found::Unknown(why) => return Result::unknown(format!("The DMARC record was not learned: {why}.")),
        Found::None | Found::Many(..) => return Result::na("There is no DMARC record in force to judge; see MAIL-09."),
    };
    let parsed = Dmarc::parse(&record);
    let Some(p) = parsed.effective() else {
        return Result::na("The DMARC record cannot be used; see MAIL-09.");
    };
    let policy = if name == domain { p } else { parsed.sp.unwrap_or(p) };
    let seen = dns_seen(e, &format!("_dmarc.{name}"), "TXT");
    let word = |p: Policy| match p {
        Policy::None => "none",
        Policy::Quarantine => "quarantine",
        Policy::Reject => "reject",
    };
    let said = if policy == Policy::None {
        let reports = if parsed.rua.is_empty() { " Nobody receives its reports either; add rua= first." } else { "" };
        format!("DMARC only watches (p=none). That is fine for a launch; after 14 days of clean reports ask for quarantine.{reports}")
    } else if parsed.testing {
        "DMARC is in test mode (t=y), so receivers act one step softer than it says.".to_owned()
    } else if name == domain && parsed.sp == Some(Policy::None) {
        "Subdomains are left open (sp=none), so a forger writes from a made-up one.".to_owned()
    } else {
        let note = parsed
            .pct
            .filter(|p| *p < 100)
            .map(|p| format!(" The tag pct={p} was dropped from the standard and is ignored."))
            .unwrap_or_default();
        return Result::pass(format!(
            "Receivers are asked to {}.{note}",
            if policy == Policy::Reject { "refuse forgeries" } else { "put forgeries into spam" }
        ))
        .seen(seen);
    };
    let next = if parsed.rua.is_empty() {
        format!("v=DMARC1; p={}; rua=mailto:dmarc@{name}", word(p))
    } else {
        format!("v=DMARC1; p={}; rua={}", if p == Policy::None { "quarantine" } else { word(p) }, parsed.rua.join(","))
    };
    Result::warn(said).seen(seen).fix(Fix {
        title: if parsed.rua.is_empty() { "Ask for DMARC reports".into() } else { "Ask receivers to act on forgeries".into() },
        steps: vec![
            "Read 14 days of reports first: every service that sends for you must pass.".into(),
            "Then set quarantine; two quiet weeks later reject.".into(),
        ],
        paste: vec![Paste {
            place: format!("TXT · _dmarc.{name} · TTL 300"), lines: vec![Line::Remove(record.clone()), Line::Add(next)]
        }],
        undo: format!("Put the former record back: {record}"),
        risk: Some("Mail of a service that is neither in SPF nor signed with your DKIM lands in spam.".into()),
        minutes: CHECK.minutes,
    })
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::words::Outcome;
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
                "no record",
                |f| {
                    f.txt(N, &[]).status("_dmarc.example", "TXT", NxDomain);
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
