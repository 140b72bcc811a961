//! MAIL-05: SPF authorises the service that really sends.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::edge::mail_12_return_path::lists;
use crate::checks::help::{OneSpf, dns_seen, one_spf};
use crate::evidence::{Collector, Outside, Source};
use crate::providers::{self, Authorised, Sender};
use crate::spf;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// MAIL-05.
pub static CHECK: Check = Check {
    id: "MAIL-05",
    name: "spf-authorises-real-sender",
    title: "SPF authorises the real sender",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Mail],
    why: "The password reset leaves your mail service and is thrown away by Gmail, because nothing says that the service may send for you.",
    criterion: "Each declared mail service needs its include, or a return-path of yours that leads to it; fails without either and without its DKIM key, warns with the key alone.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 7208 §2.4", url: "https://www.rfc-editor.org/rfc/rfc7208#section-2.4" },
        Reference { title: "RFC 9989 §4.4", url: "https://www.rfc-editor.org/rfc/rfc9989" },
    ],
    rule,
};

/// Whether a DKIM key of this service stands at the domain.
pub(crate) fn has_key(e: &Outside, s: &Sender) -> bool {
    let zone = format!("._domainkey.{}", e.target.mail_domain());
    e.dns.iter().filter(|a| a.rtype == "TXT" && a.name.ends_with(&zone)).any(|a| {
        let selector = a.name.trim_end_matches(&zone);
        let declared = e.target.senders.len() == 1 && e.target.dkim_selectors.iter().any(|d| d.as_str() == selector);
        let key = a.records.iter().any(|r| r.rtype == "TXT" && r.value.contains("p=") && !r.value.trim_end().ends_with("p="));
        let alias = a.records.iter().any(|r| r.rtype == "CNAME" && providers::ends_in(&r.value, &s.dkim_ends));
        alias || (key && (s.selectors.contains(&selector) || declared))
    })
}

/// Why it is not known to which services the return-paths lead.
fn return_paths_unknown(e: &Outside) -> Option<String> {
    providers::RETURN_LABELS.iter().find_map(|l| e.lookup(&format!("{l}.{}", e.target.mail_domain()), "MX").not_learned())
}

/// Why it is not known whether a DKIM key of this service stands at the domain.
fn keys_unknown(e: &Outside, s: &Sender) -> Option<String> {
    let declared = e.target.dkim_selectors.iter().map(|d| d.as_str()).filter(|_| e.target.senders.len() == 1);
    declared
        .chain(s.selectors.iter().copied())
        .map(|selector| format!("{selector}._domainkey.{}", e.target.mail_domain()))
        .filter(|name| e.answers(name, "TXT").next().is_some())
        .find_map(|name| e.lookup(&name, "TXT").not_learned())
}

fn part(e: &Outside, s: &'static Sender) -> Part {
    let domain = e.target.mail_domain();
    let record = match one_spf(e) {
        OneSpf::One(record) => Some(record),
        _ => None,
    };
    let walk = record.as_deref().map(|r| spf::walk(domain, r, &|name, rtype| e.lookup(name, rtype)));
    // Receivers give up on a record that they cannot evaluate, whatever it lists (RFC 7208 section 2.6.7).
    let broken = walk.is_some_and(|w| w.is_broken());
    let named = record.as_deref().is_some_and(|r| s.includes.iter().any(|i| r.to_ascii_lowercase().contains(i)));
    // A softer sign than + is not authorisation (sections 8.2 and 8.5); what an include includes counts (section 5.2).
    let included = !broken && !s.includes.is_empty() && record.as_deref().is_some_and(|r| lists(e, r, &s.includes, 0) == Some(true));
    let is_its = |t: &&spf::Term| matches!(&t.kind, spf::Kind::Include(d) if s.includes.iter().any(|i| i.eq_ignore_ascii_case(d)));
    let behind = record.as_deref().and_then(|r| spf::Spf::parse(r).unread().find(is_its).map(|t| t.text.clone()));
    let returned = providers::return_paths(e).iter().any(|(_, t)| providers::ends_in(t, &s.return_ends));
    let covered = match s.authorised {
        Authorised::Include => included,
        Authorised::ReturnPath => returned || included,
        Authorised::Either => included || returned,
    };
    if covered {
        return Part::new(s.name, Outcome::Pass, "");
    }
    if broken && named {
        let why = format!("Receivers cannot evaluate the SPF record, so that it lists {} helps nothing yet; see MAIL-03.", s.name);
        return Part::new(s.name, Outcome::Unknown, why);
    }
    // A return-path may lead to the service wherever its look-up failed.
    if let Some(why) = return_paths_unknown(e).filter(|_| s.authorised != Authorised::Include) {
        return Part::new(
            s.name,
            Outcome::Unknown,
            format!("Whether a return-path of {domain} leads to {} was not learned: {why}.", s.name),
        );
    }
    let but = match &behind {
        Some(t) => format!("in SPF of {domain}, “{t}” stands behind all and is never read"),
        None => format!("SPF of {domain} does not know it"),
    };
    if has_key(e, s) {
        return Part::new(s.name, Outcome::Warn, format!("{} signs its mail, but {but}; some receivers want both.", s.name));
    }
    if let Some(why) = keys_unknown(e, s) {
        return Part::new(
            s.name,
            Outcome::Unknown,
            format!("SPF of {domain} does not know {}; whether it signs was not learned: {why}.", s.name),
        );
    }
    if let Some(t) = behind {
        let why = format!("In SPF of {domain}, “{t}” stands behind all and is never read, so {} is not authorised.", s.name);
        return Part::new(s.name, Outcome::Fail, why);
    }
    Part::new(
        s.name,
        Outcome::Fail,
        format!("Nothing at {domain} says that {} may send for it: neither SPF, nor a return-path, nor a DKIM key.", s.name),
    )
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if e.target.sends_mail == Some(false) {
        return Found::na("The product sends no mail.");
    }
    let declared: Vec<&'static Sender> = e.target.senders.iter().filter_map(|id| providers::sender(id)).collect();
    if declared.is_empty() {
        return Found::unknown("Tell which mail service sends your password resets; then it can be seen whether it is authorised.");
    }
    let record = match one_spf(e) {
        OneSpf::One(r) => Some(r),
        // MAIL-02 pastes the one record, with these services in it.
        OneSpf::Not(_) => None,
        OneSpf::Unknown(why) => return Found::unknown(why),
    };
    let domain = e.target.mail_domain();
    let parts: Vec<Part> = declared.iter().map(|s| part(e, s)).collect();
    let seen: Vec<Seen> =
        dns_seen(e, domain, "TXT").into_iter().chain(providers::return_paths(e).iter().flat_map(|(n, _)| dns_seen(e, n, "MX"))).collect();
    let found = join(CHECK.impact, &parts, "Every declared mail service is authorised.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let mut fix = Fix::new("Authorise your mail service", CHECK.minutes);
    let old = record.clone().unwrap_or_default();
    // One record holds the includes of all.
    let mut new = old.clone();
    for s in declared.iter().filter(|s| parts.iter().any(|p| p.target == s.name && p.outcome.is_open())) {
        match (s.includes.first(), s.authorised) {
            (Some(include), Authorised::Include | Authorised::Either) => {
                new = spf::with_include(&new, include);
                fix = fix.step(format!("Add {}'s include to the SPF record of {domain}.", s.name));
            }
            _ => {
                let label = s.return_label.unwrap_or("send");
                fix = fix
                    .step(format!("{} sends by a return-path of yours: open its domain settings and publish the records that it shows for {label}.{domain}, and its DKIM key.", s.name))
                    .paste(Paste::add(format!("MX and TXT · {label}.{domain} · TTL 300"), [format!("the two records that {} shows under Domains", s.name)]));
            }
        }
    }
    match &record {
        Some(stands) if new != old && spf::Spf::parse(stands).errors.is_empty() => {
            fix = fix.paste(Paste::record("TXT", domain, &[stands], &[&new]));
        }
        Some(_) if new != old => fix = fix.step("Correct the record first, as MAIL-03 shows; scan again for the whole value."),
        None if new != old => {
            fix = fix.step("MAIL-02 shows the one SPF record to publish; scan again if a service is still missing in it.")
        }
        _ => {}
    }
    found.fix(fix.undo("Put the former record back.").risk("Keep one SPF record, and at most ten look-ups in it."))
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, ServFail, Timeout};
    const S: &str = "send.acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("a return-path", |_| {}, Outcome::Pass),
            (
                "nothing",
                |f| {
                    f.status(S, "MX", NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "the return-path did not answer, and no key stands",
                |f| {
                    f.status(S, "MX", ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "the return-path did not answer, and a key stands",
                |f| {
                    f.status(S, "MX", Timeout).txt("resend._domainkey.acme.example", &[&crate::fixture::rsa_key(2048)]);
                },
                Outcome::Unknown,
            ),
            (
                "the key alone",
                |f| {
                    f.status(S, "MX", NxDomain).txt("resend._domainkey.acme.example", &[&crate::fixture::rsa_key(2048)]);
                },
                Outcome::Warn,
            ),
            (
                "the key did not answer",
                |f| {
                    f.status(S, "MX", NxDomain).status("resend._domainkey.acme.example", "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "an include of an include passes (RFC 7208 section 5.2)",
                |f| {
                    f.evidence.target.senders = vec!["google".into()];
                    f.txt("acme.example", &["v=spf1 include:_spf.acme.example ~all"]);
                    f.txt("_spf.acme.example", &["v=spf1 include:_spf.google.com ~all"])
                        .txt("_spf.google.com", &["v=spf1 ip4:192.0.2.0/24 ~all"]);
                },
                Outcome::Pass,
            ),
            (
                "behind all it is never read (section 5.1)",
                |f| {
                    f.evidence.target.senders = vec!["google".into()];
                    f.txt("acme.example", &["v=spf1 mx -all include:_spf.google.com"]);
                },
                // Its key stands in the fixture.
                Outcome::Warn,
            ),
            (
                "a record that cannot be evaluated authorises nobody (section 2.6.7)",
                |f| {
                    f.evidence.target.senders = vec!["google".into()];
                    f.txt("acme.example", &["v=spf1 ip4:1.2.3 include:_spf.google.com ~all"]);
                },
                Outcome::Unknown,
            ),
            (
                "a return-path that did not answer takes nothing from one that did",
                |f| {
                    f.status("bounce.acme.example", "MX", Timeout);
                },
                Outcome::Pass,
            ),
        ],
    );
}
