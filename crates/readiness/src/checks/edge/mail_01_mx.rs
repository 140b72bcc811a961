//! MAIL-01: mail to the domain arrives, or is plainly refused.

use crate::check::{Check, Context, Fix, Found, Line, Paste, Reference};
use crate::checks::help::{dns_seen, list};
use crate::dmarc;
use crate::evidence::{Collector, Lookup, Outside, Purpose, ResolutionEnd, SmtpOutcome, Source};
use crate::net;
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-01.
pub static CHECK: Check = Check {
    id: "MAIL-01",
    name: "mx-valid-intent",
    title: "MX valid for intent",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Mail],
    why: "Answers to your mails, support requests and bounces vanish, and you do not hear of them.",
    criterion: "Fails when a domain that uses mail has no working MX, private addresses only, or a null MX; warns on targets that are aliases, double or partly dead; a null MX on a domain without mail is a plain no.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 5321 §5.1", url: "https://www.rfc-editor.org/rfc/rfc5321#section-5.1" },
        Reference { title: "RFC 7505", url: "https://www.rfc-editor.org/rfc/rfc7505" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = e.target.mail_domain();
    let lookup = e.lookup(domain, "MX");
    let mut seen = dns_seen(e, domain, "MX");
    if let Some(why) = lookup.not_learned() {
        return Found::unknown(format!("The MX records were not learned: {why}.")).seen(seen);
    }
    // The end of an alias, or a wildcard: a paste has to name it.
    let owner = e.owner(domain, "MX");
    let fix = |title: &str, gone: &[&str]| whole(e, title, &owner, gone);
    let Lookup::Found(records) = lookup else {
        return match e.target.sends_mail {
            Some(false) => Found::na("The domain is declared not to use mail, and has no MX.").seen(seen),
            Some(true) => Found::fail(format!(
                "{domain} has no MX record, so answers to your mail and support requests cannot be delivered reliably."
            ))
            .seen(seen)
            .fix(fix("Publish the MX records of your mail provider", &[])),
            None => Found::warn(format!("{domain} has no MX record. If you write mail from it, answers and bounces get lost."))
                .seen(seen)
                .fix(fix("Publish the MX records of your mail provider", &[])),
        };
    };
    let lines: Vec<&str> = records.iter().map(|r| r.value.as_str()).collect();
    let hosts: Vec<String> = lines.iter().map(|l| host_of(l)).collect();
    if hosts.iter().all(String::is_empty) {
        let taken = receives(e, domain);
        return match (e.target.sends_mail, taken) {
            (_, Some(what)) => Found::fail(format!("{domain} says that it takes no mail (null MX), and {what}.")),
            (Some(true), None) => Found::fail(format!(
                "{domain} sends mail and says that it takes none (null MX): bounces and answers are refused, and many receivers refuse such a sender (RFC 7505 section 4.2)."
            )),
            _ => return Found::pass(format!("{domain} says plainly that it takes no mail (null MX).")).seen(seen),
        }
        .seen(seen)
        .fix(fix("Replace the null MX by the MX records of your mail provider", &lines));
    }
    let mut problems: Vec<String> = vec![];
    let mut edit = Edit::default();
    if owner != domain {
        problems.push(format!("The MX records of {domain} are those of {owner}."));
    }
    if hosts.iter().any(String::is_empty) {
        problems.push("A null MX stands beside others and contradicts them (RFC 7505 section 3).".into());
        edit.gone.extend(lines.iter().filter(|l| host_of(l).is_empty()));
    }
    let mut working = 0;
    let mut unknown = vec![];
    let mut names: Vec<&String> = hosts.iter().filter(|h| !h.is_empty()).collect();
    names.sort();
    let before = names.len();
    names.dedup();
    if names.len() < before {
        problems.push("One mail host is listed twice.".into());
        edit.gone.extend(doubles(&lines));
    }
    for host in names {
        seen.extend(dns_seen(e, host, "A"));
        let of_host = lines.iter().copied().filter(|l| host_of(l) == *host);
        if let Some(why) = no_host(host) {
            problems.push(why);
            edit.gone.extend(of_host);
            continue;
        }
        let r = e.resolve(host);
        match r.end {
            ResolutionEnd::Addresses => {
                let inner: Vec<(&String, &str)> =
                    r.addresses.iter().filter(|a| !e.is_opened(a)).filter_map(|a| net::private(a).map(|w| (a, w))).collect();
                if let Some((a, what)) = inner.first() {
                    problems.push(format!("{host} leads to {a}, which is {what}; no other server can deliver there."));
                }
                if inner.len() == r.addresses.len() {
                    edit.gone.extend(of_host);
                    continue;
                }
                working += 1;
                if host.contains('_') {
                    problems.push(format!("{host} holds an underscore, which the name of a host must not; some servers refuse it."));
                    edit.steps.push(format!("Give the server behind {host} a name without an underscore, and name that in the MX."));
                }
                if let Some((a, _)) = inner.first() {
                    edit.steps.push(format!("Take the address {a} out of the records of {host}."));
                }
                if let Some(end) = r.chain.last() {
                    problems.push(format!("{host} is an alias (CNAME), which MX must not name; some servers refuse it."));
                    edit.renamed.extend(of_host.map(|l| (l, end.clone())));
                }
            }
            ResolutionEnd::Unknown(why) => unknown.push(why),
            ResolutionEnd::ServFail => unknown.push(format!("SERVFAIL for {host}")),
            _ => {
                problems.push(format!("{host} has no address."));
                edit.gone.extend(of_host);
            }
        }
    }
    if working == 0 && unknown.is_empty() {
        return Found::fail(format!("No mail host of {domain} can be reached: {}", problems.join(" ")))
            .seen(seen)
            .fix(fix("Point MX at mail hosts that exist", &lines));
    }
    if working == 0 {
        return Found::unknown(format!("Whether the mail hosts exist was not learned: {}.", list(&unknown))).seen(seen);
    }
    let refused: Vec<String> = e.smtp.iter().filter(|p| p.outcome == SmtpOutcome::Refused).map(|p| p.host.clone()).collect();
    if !refused.is_empty() && refused.len() == e.smtp.len() {
        let verb = if refused.len() == 1 { "refuses" } else { "refuse" };
        problems.push(format!(
            "{} {verb} connections on port 25, so no mail server takes the mail of {domain}, as seen from here.",
            list(&refused)
        ));
        edit.steps.push(format!("Start the mail server on {}, or open port 25 in its firewall.", list(&refused)));
    }
    edit.elsewhere = !crate::providers::ends_in(&owner, &[e.target.domain.registrable()]);
    if !problems.is_empty() {
        return Found::warn(problems.join(" ")).seen(seen).fix(edit.fix(&owner, domain, &lines));
    }
    Found::pass(format!("Mail goes to {}.", list(&hosts))).seen(seen)
}

/// The host of an MX record, lower case; empty for the null MX.
fn host_of(line: &str) -> String {
    line.split_whitespace().nth(1).unwrap_or("").trim_end_matches('.').to_ascii_lowercase()
}

/// The records that repeat a host of one with a lower preference, which is asked first.
fn doubles<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut sorted = lines.to_vec();
    sorted.sort_by_key(|l| l.split_whitespace().next().and_then(|p| p.parse::<u16>().ok()).unwrap_or(u16::MAX));
    let mut had: Vec<String> = vec![];
    sorted.retain(|l| {
        let host = host_of(l);
        let again = !host.is_empty() && had.contains(&host);
        had.push(host);
        again
    });
    sorted
}

/// The fix where no record can stay, without these lines: the records are known to the mail provider alone.
fn whole(e: &Outside, title: &str, owner: &str, gone: &[&str]) -> Fix {
    let mut fix = Fix::new(title, CHECK.minutes)
        .step("Take the MX records from the set-up page of your mail provider (Google Workspace, Microsoft 365, Fastmail, Zoho …) and put exactly those at the domain. Google Workspace has one: 1 smtp.google.com.")
        .paste(Paste::record("MX", owner, gone, &["<the MX records that your mail provider shows>"]))
        .undo("Put the former records back; they are shown above.")
        .risk("With other records than your provider's, mail stops arriving within the TTL.");
    // Who sends mail has to take the answers (RFC 7505 section 4.2).
    if e.target.sends_mail != Some(true) && (gone.is_empty() || gone.iter().any(|l| !host_of(l).is_empty())) {
        fix = fix.step("If the domain shall never receive mail, say so with the null MX below, and with nothing beside it.").paste(Paste {
            place: format!("MX · {owner} · only if it shall receive no mail"),
            ..Paste::record("MX", owner, gone, &["0 ."])
        });
    }
    fix
}

/// A change of single records, the others staying.
#[derive(Default)]
struct Edit<'a> {
    gone: Vec<&'a str>,
    /// Records of an alias, with the name to which it leads.
    renamed: Vec<(&'a str, String)>,
    /// What no change of the MX mends.
    steps: Vec<String>,
    /// Whether the records are somebody else's.
    elsewhere: bool,
}

impl Edit<'_> {
    fn fix(self, owner: &str, domain: &str, lines: &[&str]) -> Fix {
        let mut fix = Fix::new("Tidy the MX records", CHECK.minutes);
        let mut after: Vec<Line> = vec![];
        let (mut left, mut hosts) = (0, vec![]);
        hosts.extend(lines.iter().filter(|l| !self.gone.contains(l) && !self.renamed.iter().any(|(r, _)| r == *l)).map(|l| host_of(l)));
        for line in lines {
            match self.renamed.iter().find(|(l, _)| l == line) {
                _ if self.gone.contains(line) => after.push(Line::Remove((*line).to_owned())),
                Some((_, end)) => {
                    after.push(Line::Remove((*line).to_owned()));
                    if !hosts.contains(end) {
                        hosts.push(end.clone());
                        let preference = line.split_whitespace().next().unwrap_or("10");
                        after.push(Line::Add(format!("{preference} {end}.")));
                    }
                    left += 1;
                }
                None => {
                    left += 1;
                    after.push(Line::Keep((*line).to_owned()));
                }
            }
        }
        let changes = left > 0 && after.iter().any(|l| !matches!(l, Line::Keep(_)));
        if self.elsewhere {
            fix = fix.step(format!(
                "The records are those of {owner}, to which {domain} is an alias: correct them there, or enter MX records of its own."
            ));
        } else if changes {
            fix = fix
                .step("Make the MX records read as below: what is at fault goes, the others stay.")
                .paste(Paste { place: format!("MX · {owner} · TTL 300"), lines: after });
        }
        if !self.renamed.is_empty() && !self.elsewhere {
            fix = fix.step("Where your mail provider shows another name for the alias, take that one.");
        }
        fix = self.steps.iter().fold(fix, |f, s| f.step(s));
        if fix.steps.is_empty() {
            fix = fix.step(format!("Enter MX records at {domain} itself, as your mail provider shows them."));
        }
        fix.undo("Put the former records back; they are shown above.")
            .risk("Mail to a host that is taken out goes to the others within the TTL.")
    }
}

/// Why a text cannot be the host of an MX: it must be a name (RFC 5321 sections 2.3.5 and 5.1).
fn no_host(host: &str) -> Option<String> {
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_start_matches("ipv6:");
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Some(format!("{host} is an address; an MX must name a host."));
    }
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            // An underscore is no sign of a host (RFC 5321 section 2.3.5); most mail servers look such a name up all the same.
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    match host.split('.').find(|l| !label(l)) {
        Some(l) => Some(format!("{host} is not the name of a host (“{l}”); mail servers refuse to look it up.")),
        // The zone's name was added to an address that was entered without a final dot.
        None if host.split('.').take(4).filter(|l| l.parse::<u8>().is_ok()).count() == 4 => {
            Some(format!("{host} begins with an address; an MX must name a host."))
        }
        None => None,
    }
}

/// What shows that mail is wanted at a domain: an address that was declared or published.
fn receives(e: &Outside, domain: &str) -> Option<String> {
    let reports = match dmarc::find(e, domain) {
        dmarc::Found::One(record, _) => dmarc::Dmarc::parse(&record).report_domains(),
        _ => vec![],
    };
    if reports.iter().any(|d| d == domain) {
        return Some("its DMARC record asks for reports to an address there".into());
    }
    e.fetches_for(Purpose::SecurityTxt)
        .filter_map(|f| f.last().filter(|(_, r)| r.status == 200).and_then(|(_, r)| r.body.as_ref()))
        .any(|b| b.extract.to_ascii_lowercase().lines().any(|l| l.starts_with("contact:") && l.trim_end().ends_with(&format!("@{domain}"))))
        .then(|| "its security.txt names an address there".into())
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::taxonomy::Outcome;
    const D: &str = "acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            (
                "every mail host refuses port 25",
                |f| f.evidence.smtp.iter_mut().for_each(|p| p.outcome = SmtpOutcome::Refused),
                Outcome::Warn,
            ),
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
                    f.dns(D, "MX", &["0 ."]).txt("_dmarc.acme.example", &["v=DMARC1; p=reject"]).evidence.target.sends_mail = Some(false);
                    f.evidence.fetches.retain(|x| x.purpose != Purpose::SecurityTxt);
                },
                Outcome::Pass,
            ),
            (
                "null MX on a domain that sends (RFC 7505 §4.2)",
                |f| {
                    f.dns(D, "MX", &["0 ."]);
                },
                Outcome::Fail,
            ),
            (
                "null MX where reports are asked for",
                |f| {
                    f.dns(D, "MX", &["0 ."]).evidence.target.sends_mail = None;
                },
                Outcome::Fail,
            ),
            (
                "a private address only",
                |f| {
                    f.dns("mx.acme.example", "A", &["10.0.0.5"]);
                },
                Outcome::Fail,
            ),
            (
                "a private address of IPv6 only",
                |f| {
                    f.dns("mx.acme.example", "A", &[]).dns("mx.acme.example", "AAAA", &["fd00::5"]);
                },
                Outcome::Fail,
            ),
            (
                "the host is the machine itself",
                |f| {
                    f.dns(D, "MX", &["10 localhost"]).dns("localhost", "A", &["127.0.0.1"]).dns("localhost", "AAAA", &["::1"]);
                },
                Outcome::Fail,
            ),
            (
                "a private address beside a public one",
                |f| {
                    f.dns("mx.acme.example", "A", &["192.0.2.10", "192.168.1.2"]);
                },
                Outcome::Warn,
            ),
            (
                "a private address in a network that the operator opened",
                |f| {
                    f.dns("mx.acme.example", "A", &["10.0.0.5"]).evidence.opened = vec!["10.0.0.0/8".into()];
                },
                Outcome::Pass,
            ),
            (
                "an address in brackets",
                |f| {
                    f.dns(D, "MX", &["10 [192.0.2.1]"]);
                },
                Outcome::Fail,
            ),
            (
                "an address without a final dot",
                |f| {
                    f.dns(D, "MX", &["10 192.0.2.1.acme.example"]).dns("192.0.2.1.acme.example", "A", &["192.0.2.10"]);
                },
                Outcome::Fail,
            ),
            (
                "an underscore",
                |f| {
                    f.dns(D, "MX", &["10 mail_1.acme.example"]).dns("mail_1.acme.example", "A", &["192.0.2.10"]);
                },
                Outcome::Warn,
            ),
            (
                "SERVFAIL for the only host is no absence",
                |f| {
                    use crate::evidence::DnsStatus::ServFail;
                    f.status("mx.acme.example", "A", ServFail).status("mx.acme.example", "AAAA", ServFail);
                },
                Outcome::Unknown,
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

#[test]
fn a_paste_takes_out_what_is_at_fault_and_keeps_the_rest() {
    use crate::evidence::DnsStatus::NxDomain;
    const D: &str = "acme.example";
    for (records, want) in [
        (&["0 .", "10 mx.acme.example"][..], "- 0 .|= 10 mx.acme.example"),
        (&["10 mx.acme.example", "20 MX.acme.example"], "= 10 mx.acme.example|- 20 MX.acme.example"),
        (&["10 m.acme.example"], "- 10 m.acme.example|+ 10 mx.acme.example."),
        (&["10 mx.acme.example", "20 m.acme.example"], "= 10 mx.acme.example|- 20 m.acme.example"),
        (&["10 mx.acme.example", "20 inner.acme.example"], "= 10 mx.acme.example|- 20 inner.acme.example"),
        (&["10 gone.acme.example", "20 mx.acme.example"], "- 10 gone.acme.example|= 20 mx.acme.example"),
        (&["5 192.0.2.1", "10 mx.acme.example"], "- 5 192.0.2.1|= 10 mx.acme.example"),
    ] {
        let mut f = crate::fixture::Fixture::good();
        f.dns(D, "MX", records).cname("m.acme.example", "mx.acme.example");
        f.dns("inner.acme.example", "A", &["10.0.0.5"]).dns("inner.acme.example", "AAAA", &[]);
        f.status("gone.acme.example", "A", NxDomain).status("gone.acme.example", "AAAA", NxDomain);
        let fix = f.assess().finding("MAIL-01").unwrap().fix.clone().unwrap();
        let line = |l: &Line| match l {
            Line::Keep(t) => format!("= {t}"),
            Line::Remove(t) => format!("- {t}"),
            Line::Add(t) => format!("+ {t}"),
        };
        assert_eq!(fix.paste.len(), 1, "{records:?}: {fix:?}");
        assert_eq!(fix.paste[0].lines.iter().map(line).collect::<Vec<_>>().join("|"), want);
        f.evidence = crate::pasted::pasted(&f.evidence, &fix.paste).unwrap();
        let after = rule(&Context::of(&f.evidence, f.now));
        assert_eq!(after.outcome, crate::taxonomy::Outcome::Pass, "{records:?}: {}", after.summary);
    }
}

#[test]
fn a_null_mx_is_replaced_and_not_added_to() {
    let mut f = crate::fixture::Fixture::good();
    f.dns("acme.example", "MX", &["0 ."]);
    let fix = f.assess().finding("MAIL-01").unwrap().fix.clone().unwrap();
    let [paste] = fix.paste.as_slice() else { panic!("{fix:?}") };
    assert_eq!(paste.lines[0], Line::Remove("0 .".into()));
}
