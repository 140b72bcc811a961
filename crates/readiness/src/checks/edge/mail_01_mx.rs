//! MAIL-01: mail to the domain arrives, or is plainly refused.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{dns_seen, list};
use crate::evidence::{Collector, Lookup, ResolutionEnd};
use crate::words::{Area, Class, Impact, Stage};

/// MAIL-01.
pub static CHECK: Check = Check {
    id: "MAIL-01",
    name: "mx-valid-intent",
    title: "MX valid for intent",
    stage: Stage::Edge,
    area: Area::Email,
    class: Class::Outside,
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Mail],
    why: "Answers to your mails, support requests and bounces vanish, and you do not hear of them.",
    criterion: "Fails when a domain that uses mail has no working MX; warns on targets that are aliases, double or partly dead; a null MX alone is a plain no.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 5321 §5.1", url: "https://www.rfc-editor.org/rfc/rfc5321#section-5.1" },
        Reference { title: "RFC 7505", url: "https://www.rfc-editor.org/rfc/rfc7505" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    let domain = e.target.mail_domain();
    let lookup = e.lookup(domain, "MX");
    let mut seen = dns_seen(e, domain, "MX");
    if let Some(why) = lookup.not_learned() {
        return Found::unknown(format!("The MX records were not learned: {why}.")).seen(seen);
    }
    let fix = |title: &str| {
        Fix {
        title: title.into(),
        steps: vec![
            "Take the MX records from the set-up page of your mail provider (Google Workspace, Microsoft 365, Fastmail, Zoho …) and put exactly those at the domain.".into(),
            "If the domain shall never receive mail, say so with the null MX below, and with nothing beside it.".into(),
        ],
        paste: vec![Paste::add(format!("MX · {domain} · TTL 300 · example for Google Workspace"), ["1 smtp.google.com."]), Paste::add(format!("MX · {domain} · only if it shall receive no mail"), ["0 ."])],
        undo: "Put the former records back; they are shown above.".into(),
        risk: Some("With other records than your provider's, mail stops arriving within the TTL.".into()),
        minutes: CHECK.minutes,
    }
    };
    let Lookup::Found(records) = lookup else {
        return match e.target.sends_mail {
            Some(false) => Found::na("The domain is declared not to use mail, and has no MX.").seen(seen),
            Some(true) => Found::fail(format!(
                "{domain} has no MX record, so answers to your mail and support requests cannot be delivered reliably."
            ))
            .seen(seen)
            .fix(fix("Publish the MX records of your mail provider")),
            None => Found::warn(format!("{domain} has no MX record. If you write mail from it, answers and bounces get lost."))
                .seen(seen)
                .fix(fix("Publish the MX records of your mail provider")),
        };
    };
    let hosts: Vec<String> =
        records.iter().map(|r| r.value.split_whitespace().nth(1).unwrap_or("").trim_end_matches('.').to_ascii_lowercase()).collect();
    if hosts.iter().all(String::is_empty) {
        return Found::pass(format!("{domain} says plainly that it takes no mail (null MX).")).seen(seen);
    }
    let mut problems: Vec<String> = vec![];
    if hosts.iter().any(String::is_empty) {
        problems.push("A null MX stands beside others and contradicts them.".into());
    }
    let mut working = 0;
    let mut unknown = vec![];
    let mut names: Vec<&String> = hosts.iter().filter(|h| !h.is_empty()).collect();
    names.sort();
    let before = names.len();
    names.dedup();
    if names.len() < before {
        problems.push("One mail host is listed twice.".into());
    }
    for host in names {
        seen.extend(dns_seen(e, host, "A"));
        if host.parse::<std::net::IpAddr>().is_ok() {
            problems.push(format!("{host} is an address; an MX must name a host."));
            continue;
        }
        let r = e.resolve(host);
        match r.end {
            ResolutionEnd::Addresses => {
                working += 1;
                if !r.chain.is_empty() {
                    problems.push(format!("{host} is an alias (CNAME), which MX must not name; some servers refuse it."));
                }
            }
            ResolutionEnd::Unknown(why) => unknown.push(why),
            ResolutionEnd::ServFail => unknown.push(format!("SERVFAIL for {host}")),
            _ => problems.push(format!("{host} has no address.")),
        }
    }
    if working == 0 && unknown.is_empty() {
        return Found::fail(format!("No mail host of {domain} can be reached: {}", problems.join(" ")))
            .seen(seen)
            .fix(fix("Point MX at mail hosts that exist"));
    }
    if working == 0 {
        return Found::unknown(format!("Whether the mail hosts exist was not learned: {}.", list(&unknown))).seen(seen);
    }
    if !problems.is_empty() {
        return Found::warn(problems.join(" ")).seen(seen).fix(fix("Tidy the MX records"));
    }
    Found::pass(format!("Mail goes to {}.", list(&hosts))).seen(seen)
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::words::Outcome;
    const D: &str = "acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("a host with an address", |_| {}, Outcome::Pass),
            (
                "none, though it sends mail",
                |f| {
                    f.dns(D, "MX", &[]);
                },
                Outcome::Fail,
            ),
            (
                "none, in a preview",
                |f| {
                    f.dns(D, "MX", &[]).evidence.target.sends_mail = None;
                },
                Outcome::Warn,
            ),
            (
                "none, and declared not to use mail",
                |f| {
                    f.dns(D, "MX", &[]).evidence.target.sends_mail = Some(false);
                },
                Outcome::Na,
            ),
            (
                "null MX is a plain no, not a dead host",
                |f| {
                    f.dns(D, "MX", &["0 ."]);
                },
                Outcome::Pass,
            ),
            (
                "null MX beside a real one",
                |f| {
                    f.dns(D, "MX", &["0 .", "10 mx.acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "a dead host",
                |f| {
                    f.status("mx.acme.example", "A", NxDomain).status("mx.acme.example", "AAAA", NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "an alias",
                |f| {
                    f.dns(D, "MX", &["10 m.acme.example"]).cname("m.acme.example", "mx.acme.example");
                },
                Outcome::Warn,
            ),
            (
                "one of two is dead",
                |f| {
                    f.dns(D, "MX", &["10 mx.acme.example", "20 old.acme.example"]).status("old.acme.example", "A", NxDomain).status(
                        "old.acme.example",
                        "AAAA",
                        NxDomain,
                    );
                },
                Outcome::Warn,
            ),
            (
                "an address instead of a name",
                |f| {
                    f.dns(D, "MX", &["10 192.0.2.1"]);
                },
                Outcome::Fail,
            ),
            (
                "a time-out",
                |f| {
                    f.status(D, "MX", Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}
