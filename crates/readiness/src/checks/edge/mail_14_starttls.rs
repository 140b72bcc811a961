//! MAIL-14: mail to the product arrives encrypted.

use crate::check::{Check, Context, Fix, Found, Part, Reference, Seen, join};
use crate::checks::help::note;
use crate::dmarc::{self, Dmarc, Policy};
use crate::evidence::{Collector, Lookup, Purpose, SmtpOutcome};
use crate::words::{Area, Class, Impact, Outcome, Stage};

/// MAIL-14.
pub static CHECK: Check = Check {
    id: "MAIL-14",
    name: "receiving-mx-starttls",
    title: "Receiving MX STARTTLS",
    stage: Stage::Edge,
    area: Area::Email,
    class: Class::Outside,
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Mail],
    why: "What customers write to support can be read on the way.",
    criterion: "Warns when a mail server does not offer STARTTLS or fails at it; whether MTA-STS, TLS-RPT and BIMI stand is told as information. Unknown where this machine's network blocks port 25.",
    minutes: 30,
    references: &[
        Reference { title: "RFC 3207", url: "https://www.rfc-editor.org/rfc/rfc3207" },
        Reference { title: "RFC 8461", url: "https://www.rfc-editor.org/rfc/rfc8461" },
        Reference { title: "RFC 8460", url: "https://www.rfc-editor.org/rfc/rfc8460" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    let domain = e.target.mail_domain();
    match e.lookup(domain, "MX") {
        Lookup::NoData | Lookup::NxDomain => return Found::na("The domain takes no mail."),
        Lookup::Found(mx) if mx.iter().all(|r| r.value.ends_with(" .")) => return Found::na("The domain says that it takes no mail."),
        _ => {}
    }
    if e.smtp.is_empty() {
        return Found::unknown("No mail server was greeted in time.");
    }
    let parts: Vec<Part> = e
        .smtp
        .iter()
        .map(|p| {
            let h = p.host.as_str();
            match &p.outcome {
                SmtpOutcome::Encrypted { .. } => Part::new(h, Outcome::Pass, ""),
                SmtpOutcome::NotOffered => Part::new(h, Outcome::Warn, format!("{h} takes mail without encryption only.")),
                SmtpOutcome::Broken(why) => Part::new(h, Outcome::Warn, format!("{h} offers STARTTLS and fails at it ({why}).")),
                SmtpOutcome::Unreached(why) => Part::new(h, Outcome::Unknown, format!("{h}: {why}.")),
            }
        })
        .collect();
    let text = |o: &SmtpOutcome| match o {
        SmtpOutcome::Encrypted { version, trusted } => {
            format!("STARTTLS, {version}, certificate {}", if *trusted { "trusted" } else { "not trusted for this name" })
        }
        SmtpOutcome::NotOffered => "no STARTTLS".to_owned(),
        SmtpOutcome::Broken(why) | SmtpOutcome::Unreached(why) => why.clone(),
    };
    let has = |name: String, start: &str| e.lookup(&name, "TXT").values().iter().any(|v| v.to_ascii_lowercase().starts_with(start));
    let sts = has(format!("_mta-sts.{domain}"), "v=stsv1")
        && e.fetches_for(Purpose::MtaSts).any(|f| f.last().is_some_and(|(_, r)| r.status == 200));
    let rpt = has(format!("_smtp._tls.{domain}"), "v=tlsrptv1");
    let more = match (sts, rpt) {
        (true, true) => " MTA-STS and TLS-RPT stand too.",
        (true, false) => " MTA-STS stands too.",
        _ if e.lookup(&format!("_mta-sts.{domain}"), "TXT").learned().is_err() => " Whether MTA-STS is set up was not learned.",
        _ => " MTA-STS is not set up, which is fine for a launch.",
    };
    let logo = match bimi(c) {
        None => "",
        Some(true) => " A logo for mailboxes (BIMI) is published.",
        Some(false) => " A logo for mailboxes (BIMI) is published, and no mailbox shows it before DMARC quarantines or rejects.",
    };
    let seen: Vec<Seen> = e
        .smtp
        .iter()
        .map(|p| {
            note(format!("{}:25{}", p.host, p.address.as_ref().map(|a| format!(" ({a})")).unwrap_or_default()), text(&p.outcome), p.at)
        })
        .collect();
    let found = join(CHECK.impact, &parts, format!("Mail arrives encrypted.{more}{logo}")).seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Offer STARTTLS with a valid certificate", CHECK.minutes)
            .step("If somebody else receives your mail, tell them; every large service offers it.")
            .step("Postfix: smtpd_tls_security_level = may, with smtpd_tls_cert_file and smtpd_tls_key_file of a certificate for the MX name.")
            .undo("Set smtpd_tls_security_level = none."),
    )
}

/// Whether the logo that is published can show: mailboxes want an enforced DMARC policy (BIMI draft, section 7).
fn bimi(c: &Context) -> Option<bool> {
    let domain = c.evidence.target.mail_domain();
    let published = c.evidence.lookup(&format!("default._bimi.{domain}"), "TXT").values().iter().any(|v| v.starts_with("v=BIMI1"));
    published.then(|| match dmarc::find(c.evidence, domain) {
        dmarc::Found::One(record, _) => matches!(Dmarc::parse(&record).effective(), Some(Policy::Quarantine | Policy::Reject)),
        _ => false,
    })
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    fn smtp(f: &mut Fixture, o: SmtpOutcome) {
        f.evidence.smtp[0].outcome = o;
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("STARTTLS", |_| {}, Outcome::Pass),
            ("not offered (RFC 3207)", |f| smtp(f, SmtpOutcome::NotOffered), Outcome::Warn),
            ("offered and broken", |f| smtp(f, SmtpOutcome::Broken("alert".into())), Outcome::Warn),
            ("port 25 is blocked here", |f| smtp(f, SmtpOutcome::Unreached("port 25 did not answer".into())), Outcome::Unknown),
            (
                "a certificate that nobody checks (opportunistic, RFC 7435)",
                |f| smtp(f, SmtpOutcome::Encrypted { version: "TLS 1.3".into(), trusted: false }),
                Outcome::Pass,
            ),
            (
                "no MX",
                |f| {
                    f.dns("acme.example", "MX", &[]);
                },
                Outcome::Na,
            ),
            (
                "null MX (RFC 7505)",
                |f| {
                    f.dns("acme.example", "MX", &["0 ."]);
                },
                Outcome::Na,
            ),
            ("not greeted", |f| f.evidence.smtp.clear(), Outcome::Unknown),
        ],
    );
}

#[test]
fn a_logo_is_told() {
    let mut f = crate::fixture::Fixture::good();
    f.txt("default._bimi.acme.example", &["v=BIMI1; l=https://acme.example/logo.svg"]);
    assert!(f.assess().finding("MAIL-14").unwrap().summary.ends_with("is published."));
    f.txt("_dmarc.acme.example", &["v=DMARC1; p=none; rua=mailto:d@acme.example"]);
    assert!(f.assess().finding("MAIL-14").unwrap().summary.contains("no mailbox shows it"));
}
