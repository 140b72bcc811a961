//! MAIL-14: mail to the product arrives encrypted.

use super::dmarc_fix::takes_mail;
use super::mail_policies::{self, Told};
use crate::check::{Check, Context, Fix, Found, Part, Reference, Seen, join};
use crate::checks::help::note;
use crate::evidence::{Collector, SmtpOutcome, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// MAIL-14.
pub static CHECK: Check = Check {
    id: "MAIL-14",
    name: "receiving-mx-starttls",
    title: "Receiving MX STARTTLS",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::Low,
    needs: &[Collector::Mail],
    why: "What customers write to support can be read on the way.",
    criterion: "Warns when a mail server does not offer STARTTLS or fails at it, or when MTA-STS, TLS-RPT or BIMI is meant and does not work; fails when MTA-STS enforces what no mail host keeps; that they are not set up is told as information. Unknown where this machine's network blocks port 25.",
    minutes: 30,
    references: &[
        Reference { title: "RFC 3207", url: "https://www.rfc-editor.org/rfc/rfc3207" },
        Reference { title: "RFC 8461", url: "https://www.rfc-editor.org/rfc/rfc8461" },
        Reference { title: "RFC 8460", url: "https://www.rfc-editor.org/rfc/rfc8460" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    match takes_mail(e, e.target.mail_domain()) {
        Some(false) => return Found::na("The domain takes no mail."),
        None if e.smtp.is_empty() => return Found::unknown("No mail server was greeted in time."),
        _ => {}
    }
    let policies = [mail_policies::sts(c), mail_policies::rpt(c), mail_policies::bimi(c)];
    let mut parts: Vec<Part> = e
        .smtp
        .iter()
        .map(|p| {
            let h = p.host.as_str();
            match &p.outcome {
                SmtpOutcome::Encrypted { .. } => Part::new(h, Outcome::Pass, ""),
                SmtpOutcome::NotOffered => Part::new(h, Outcome::Warn, format!("{h} takes mail without encryption only.")),
                SmtpOutcome::Broken(why) => Part::new(h, Outcome::Warn, format!("{h} offers STARTTLS and fails at it ({why}).")),
                SmtpOutcome::Refused => Part::new(h, Outcome::Unknown, format!("{h} refuses connections on port 25 (MAIL-01).")),
                SmtpOutcome::Unreached(why) => Part::new(h, Outcome::Unknown, format!("{h}: {why}.")),
            }
        })
        .collect();
    if parts.is_empty() {
        parts.push(Part::new("", Outcome::Unknown, "No mail server was greeted in time."));
    }
    let plain = parts.iter().any(|p| p.outcome == Outcome::Warn);
    let wrong: Vec<&Told> = policies.iter().filter(|t| t.outcome.is_open()).collect();
    if !wrong.is_empty() {
        // What is wrong for certain is told before what was not learned.
        parts.retain(|p| p.outcome != Outcome::Unknown);
    }
    parts.extend(wrong.iter().map(|t| Part::new("", t.outcome, t.text.clone())));
    // Senders encrypt with any certificate (RFC 7435); those that insist on a valid one are told of beside the verdict.
    let strange: Vec<&str> =
        e.smtp.iter().filter(|p| matches!(p.outcome, SmtpOutcome::Encrypted { trusted: false, .. })).map(|p| p.host.as_str()).collect();
    let strange = if strange.is_empty() {
        String::new()
    } else {
        format!(
            " The certificate of {} is not valid for its name; senders that insist on a valid one do not deliver.",
            strange.join(" and ")
        )
    };
    let more: String = policies.iter().filter(|t| !t.text.is_empty()).map(|t| format!(" {}", t.text)).collect();
    let seen: Vec<Seen> = e
        .smtp
        .iter()
        .map(|p| {
            note(format!("{}:25{}", p.host, p.address.as_ref().map(|a| format!(" ({a})")).unwrap_or_default()), text(&p.outcome), p.at)
        })
        .chain(wrong.iter().flat_map(|t| t.seen.clone()))
        .collect();
    let mut found = join(CHECK.resting_impact, &parts, format!("Mail arrives encrypted.{strange}{more}")).seen(seen);
    if found.outcome == Outcome::Fail {
        found = found.impact(CHECK.impact);
    }
    if !found.outcome.is_open() {
        return found;
    }
    let starttls = (plain && found.outcome == Outcome::Warn).then(|| {
        Fix::new("Offer STARTTLS with a valid certificate", CHECK.minutes)
            .step("If somebody else receives your mail, tell them; every large service offers it.")
            .step("Postfix: smtpd_tls_security_level = may, with smtpd_tls_cert_file and smtpd_tls_key_file of a certificate for the MX name.")
            .undo("Set smtpd_tls_security_level = none.")
    });
    let told = wrong.iter().filter(|t| t.outcome == found.outcome).filter_map(|t| t.fix.clone());
    match starttls.into_iter().chain(told).reduce(both) {
        Some(fix) => found.fix(fix),
        None => found,
    }
}

/// Two fixes as one.
fn both(mut a: Fix, b: Fix) -> Fix {
    a.steps.extend(b.steps);
    a.paste.extend(b.paste);
    a.minutes += b.minutes;
    if a.undo != b.undo {
        a.undo = format!("{} {}", a.undo, b.undo);
    }
    a
}

fn text(o: &SmtpOutcome) -> String {
    match o {
        SmtpOutcome::Encrypted { version, trusted } => {
            format!("STARTTLS, {version}, certificate {}", if *trusted { "trusted" } else { "not trusted for this name" })
        }
        SmtpOutcome::NotOffered => "no STARTTLS".to_owned(),
        SmtpOutcome::Refused => "connections on port 25 are refused".to_owned(),
        SmtpOutcome::Broken(why) | SmtpOutcome::Unreached(why) => why.clone(),
    }
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    fn smtp(f: &mut Fixture, o: SmtpOutcome) {
        f.evidence.smtp[0].outcome = o;
    }
    const STS: &str = "version: STSv1\nmode: enforce\nmx: mx.acme.example\nmax_age: 604800\n";
    fn sts(f: &mut Fixture, kind: &str, body: &str) {
        f.sts(200, &[("content-type", kind)], body);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("STARTTLS", |_| {}, Outcome::Pass),
            ("nothing listens", |f| smtp(f, SmtpOutcome::Refused), Outcome::Unknown),
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
            ("a policy that is kept (RFC 8461)", |f| sts(f, "text/plain; charset=utf-8", STS), Outcome::Pass),
            ("in testing", |f| sts(f, "text/plain", &STS.replace("enforce", "testing")), Outcome::Pass),
            ("a wildcard for the mail hosts", |f| sts(f, "text/plain", &STS.replace("mx.acme", "*.acme")), Outcome::Pass),
            ("enforces other mail hosts", |f| sts(f, "text/plain", &STS.replace("mx.acme", "mx.other")), Outcome::Fail),
            (
                "enforces other mail hosts, and nobody was greeted",
                |f| {
                    f.evidence.smtp.clear();
                    sts(f, "text/plain", &STS.replace("mx.acme", "mx.other"));
                },
                Outcome::Fail,
            ),
            (
                "tests other mail hosts",
                |f| sts(f, "text/plain", &STS.replace("mx.acme", "mx.other").replace("enforce", "testing")),
                Outcome::Warn,
            ),
            (
                "one of two mail hosts is not named",
                |f| {
                    f.dns("acme.example", "MX", &["10 mx.acme.example", "20 mx2.acme.example"]);
                    sts(f, "text/plain", STS);
                },
                Outcome::Warn,
            ),
            (
                "enforced, and the certificate is not trusted",
                |f| {
                    smtp(f, SmtpOutcome::Encrypted { version: "TLS 1.3".into(), trusted: false });
                    sts(f, "text/plain", STS);
                },
                Outcome::Fail,
            ),
            ("a web page", |f| sts(f, "text/html", "<!doctype html><title>Acme</title>"), Outcome::Warn),
            ("another content type", |f| sts(f, "application/octet-stream", STS), Outcome::Warn),
            ("a typo", |f| sts(f, "text/plain", &STS.replace("enforce", "enforced")), Outcome::Warn),
            ("mode none", |f| sts(f, "text/plain", &STS.replace("enforce", "none")), Outcome::Warn),
            ("no max_age", |f| sts(f, "text/plain", &STS.replace("max_age: 604800\n", "")), Outcome::Warn),
            (
                "the policy is not there",
                |f| {
                    f.sts(404, &[("content-type", "text/html")], "Not found");
                },
                Outcome::Warn,
            ),
            (
                "the policy's host has a certificate for another name (RFC 8461 §3.3)",
                |f| {
                    sts(f, "text/plain", STS);
                    f.cert("mta-sts.acme.example", |s| s.name_matches = false);
                },
                Outcome::Warn,
            ),
            (
                "the policy's host has a good certificate",
                |f| {
                    sts(f, "text/plain", STS);
                    f.cert("mta-sts.acme.example", |_| {});
                },
                Outcome::Pass,
            ),
            (
                "the policy redirects (RFC 8461 §3.3)",
                |f| {
                    f.sts(301, &[("location", "https://acme.example/x")], "");
                },
                Outcome::Warn,
            ),
            (
                "the policy did not answer in time",
                |f| {
                    sts(f, "text/plain", STS);
                    let url = "https://mta-sts.acme.example/.well-known/mta-sts.txt";
                    f.failed(crate::evidence::Purpose::MtaSts, url, crate::evidence::FailKind::Timeout);
                },
                Outcome::Pass,
            ),
            (
                "the policy's host does not exist",
                |f| {
                    sts(f, "text/plain", STS);
                    let url = "https://mta-sts.acme.example/.well-known/mta-sts.txt";
                    f.failed(crate::evidence::Purpose::MtaSts, url, crate::evidence::FailKind::Unresolved);
                },
                Outcome::Warn,
            ),
            (
                "a record without id",
                |f| {
                    sts(f, "text/plain", STS);
                    f.txt("_mta-sts.acme.example", &["v=STSv1"]);
                },
                Outcome::Warn,
            ),
            (
                "reports to no URI (RFC 8460 §3)",
                |f| {
                    f.txt("_smtp._tls.acme.example", &["v=TLSRPTv1; rua=tls@acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "reports with a size limit, which TLS-RPT has not",
                |f| {
                    f.txt("_smtp._tls.acme.example", &["v=TLSRPTv1; rua=mailto:tls@acme.example!10m"]);
                },
                Outcome::Warn,
            ),
            (
                "the version behind the address (RFC 8460 §3)",
                |f| {
                    f.txt("_smtp._tls.acme.example", &["rua=mailto:tls@acme.example; v=TLSRPTv1"]);
                },
                Outcome::Warn,
            ),
            (
                "the version behind the id (RFC 8461 §3.1)",
                |f| {
                    f.txt("_mta-sts.acme.example", &["id=1; v=STSv1"]);
                },
                Outcome::Warn,
            ),
            ("a policy with a line outside the grammar", |f| sts(f, "text/plain", &format!("{STS}# why: so\n")), Outcome::Warn),
            (
                "reports",
                |f| {
                    f.txt("_smtp._tls.acme.example", &["v=TLSRPTv1;rua=mailto:tls@acme.example"]);
                },
                Outcome::Pass,
            ),
            (
                "a logo over http",
                |f| {
                    f.txt("default._bimi.acme.example", &["v=BIMI1; l=http://acme.example/l.svg"]);
                },
                Outcome::Warn,
            ),
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

#[test]
fn a_policy_is_edited_and_its_id_renewed() {
    let paste = |policy: &str, record: &str| {
        let mut f = crate::fixture::Fixture::good();
        f.sts(200, &[("content-type", "text/plain")], policy).txt("_mta-sts.acme.example", &[record]);
        let found = rule(&Context::of(&f.evidence, f.now));
        (found.impact, found.fix.unwrap().paste.iter().map(crate::check::Paste::value).collect::<Vec<_>>())
    };
    let id = format!("v=STSv1; id={}", crate::fixture::NOW / 1000);
    let (impact, pastes) = paste("version: STSv1\nmode: enforce\nmx: mx.other.example\nmax_age: 86400\n", "v=STSv1; id=1");
    assert_eq!(
        (impact, pastes),
        (Some(Impact::High), vec!["version: STSv1\nmode: enforce\nmx: mx.acme.example\nmax_age: 86400".into(), id.clone()])
    );
    let (_, pastes) = paste("version: STSv1\nmode: enforce\nmx: mx.acme.example\nmax_age: 86400\n", "v=stsv1; id=1");
    assert_eq!(pastes, [id]);
}
