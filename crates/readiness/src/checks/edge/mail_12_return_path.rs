//! MAIL-12: a return-path of one's own is whole.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::dns_seen;
use crate::evidence::{Collector, Lookup};
use crate::providers::{self, RETURN_LABELS, Sender, ends_in};
use crate::spf;
use crate::words::{Area, Class, Impact, Outcome, Stage};

/// MAIL-12.
pub static CHECK: Check = Check {
    id: "MAIL-12",
    name: "return-path-bounce-subdomain-complete",
    title: "Return-path / bounce subdomain complete",
    stage: Stage::Edge,
    area: Area::Email,
    class: Class::Outside,
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Mail],
    why: "With half of the records the service falls back to its own domain: your mail no longer aligns, and bounces tell nobody.",
    criterion: "A subdomain that takes bounces for a mail service needs both MX and SPF, or the service's CNAME; fails when one of the two is missing.",
    minutes: 5,
    references: &[Reference { title: "RFC 5321 §4.4", url: "https://www.rfc-editor.org/rfc/rfc5321#section-4.4" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    let domain = e.target.mail_domain();
    let mut parts = vec![];
    let mut seen: Vec<Seen> = vec![];
    let mut fix = Fix::new("Publish the missing record of the return-path", CHECK.minutes);
    let mut silent: Option<String> = None;
    for label in RETURN_LABELS {
        let name = format!("{label}.{domain}");
        // What a wildcard gives to every name sets up no return-path. A name with anything of its own gets nothing
        // from a wildcard, so a record there counts (RFC 4592 section 2.2.1).
        let mut held = ["MX", "TXT"].into_iter().filter(|t| e.answer(&name, t).is_some_and(|a| !a.records.is_empty())).peekable();
        if held.peek().is_some() && held.all(|t| e.wildcard(&name, t).is_some()) {
            continue;
        }
        // Labels such as mail. are ordinary hosts; only a mail service's mark makes one a return-path.
        let alias = e
            .answers(&name, "MX")
            .any(|a| a.records.iter().any(|r| r.rtype == "CNAME" && r.name == name && senders(&r.value).next().is_some()));
        if alias {
            parts.push(Part::new(&name, Outcome::Pass, ""));
            seen.extend(dns_seen(e, &name, "MX"));
            continue;
        }
        let mx = e.lookup(&name, "MX");
        silent = mx.learned().err().or(silent);
        let mx_sender = mx.values().iter().find_map(|v| senders(v.split_whitespace().nth(1).unwrap_or("")).next());
        let txt = e.lookup(&name, "TXT");
        let record = txt.values().into_iter().find(|v| spf::is_spf(v)).map(str::to_owned);
        let spf_sender = record
            .as_deref()
            .and_then(|r| providers::senders().iter().find(|s| s.includes.iter().any(|i| r.contains(&format!("include:{i}")))));
        let part = match (mx_sender, &record) {
            (Some(s), None) if txt.learned().is_err() => {
                Part::new(&name, Outcome::Unknown, format!("The SPF record of {name} was not learned ({}).", s.name))
            }
            (Some(s), None) => {
                let include = s.includes.first().copied().unwrap_or("amazonses.com");
                fix = fix.step(format!("Add the SPF record of {name}, as {} shows it.", s.name)).paste(Paste::record(
                    "TXT",
                    &name,
                    &[],
                    &[&format!("v=spf1 include:{include} ~all")],
                ));
                Part::new(&name, Outcome::Fail, format!("{name} takes bounces for {}, but has no SPF record.", s.name))
            }
            (Some(_), Some(_)) => Part::new(&name, Outcome::Pass, ""),
            (None, Some(_)) if spf_sender.is_some() && matches!(mx, Lookup::NoData) => {
                let s = spf_sender.map_or("the service", |s| s.name);
                fix = fix
                    .step(format!("Add the MX record of {name} that {s} shows under Domains."))
                    .paste(Paste::add(format!("MX · {name} · TTL 300"), [format!("10 and the host that {s} shows, in your region")]));
                Part::new(&name, Outcome::Fail, format!("{name} names {s} in SPF, but has no MX record, so bounces get lost."))
            }
            _ => continue,
        };
        seen.extend(dns_seen(e, &name, "MX").into_iter().chain(dns_seen(e, &name, "TXT")));
        parts.push(part);
    }
    if parts.is_empty() {
        return match silent {
            None => Found::na("No return-path of your own is set up; the mail service uses its own."),
            Some(why) => Found::unknown(format!("Whether a return-path is set up was not learned: {why}.")),
        };
    }
    let found = join(CHECK.impact, &parts, "The return-path has both its MX and its SPF record.").seen(seen);
    if found.outcome.is_open() { found.fix(fix.undo("Delete the record again.")) } else { found }
}

fn senders(host: &str) -> impl Iterator<Item = &'static Sender> {
    providers::senders().iter().filter(move |s| ends_in(host, &s.return_ends))
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::Timeout;
    const S: &str = "send.acme.example";
    /// A wildcard answers for every label that has nothing of its own, and for a random one.
    fn wild(f: &mut crate::fixture::Fixture, rtype: &str, value: &str) {
        let other = if rtype == "MX" { "TXT" } else { "MX" };
        f.evidence.random_mail_names = vec!["lr-1.acme.example".into()];
        for label in RETURN_LABELS.iter().chain(&["lr-1"]) {
            let name = format!("{label}.acme.example");
            let own = |f: &crate::fixture::Fixture, t: &str| f.evidence.answer(&name, t).is_some_and(|a| !a.records.is_empty());
            if !own(f, "MX") && (*label != "send" || !own(f, "TXT") || rtype == "TXT") {
                f.dns(&name, rtype, &[value]).dns(&name, other, &[]);
            }
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("both (Resend's set-up page)", |_| {}, Outcome::Pass),
            (
                "MX without SPF",
                |f| {
                    f.txt(S, &[]);
                },
                Outcome::Fail,
            ),
            (
                "SPF without MX",
                |f| {
                    f.dns(S, "MX", &[]);
                },
                Outcome::Fail,
            ),
            (
                "a CNAME does both (Postmark's set-up page)",
                |f| {
                    f.dns(S, "MX", &[]).txt(S, &[]).alias("pm-bounces.acme.example", "MX", "pm.mtasv.net");
                },
                Outcome::Pass,
            ),
            (
                "mail. is an ordinary host",
                |f| {
                    f.dns(S, "MX", &[]).txt(S, &[]).dns("mail.acme.example", "MX", &["10 mx.acme.example"]);
                },
                Outcome::Na,
            ),
            (
                "none",
                |f| {
                    f.dns(S, "MX", &[]).txt(S, &[]);
                },
                Outcome::Na,
            ),
            (
                "not learned",
                |f| {
                    f.status(S, "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "a wildcard TXT with a service's SPF makes no return-path of every label",
                |f| {
                    f.dns(S, "MX", &[]);
                    wild(f, "TXT", "v=spf1 include:amazonses.com ~all");
                },
                Outcome::Na,
            ),
            ("a wildcard TXT beside the real return-path", |f| wild(f, "TXT", "v=spf1 include:sendgrid.net ~all"), Outcome::Pass),
            (
                "the real one has what the wildcard has",
                |f| {
                    wild(f, "TXT", "v=spf1 include:amazonses.com ~all");
                    f.dns(S, "MX", &["10 feedback-smtp.eu-west-1.amazonses.com"]);
                },
                Outcome::Pass,
            ),
            (
                "a wildcard MX to a service",
                |f| {
                    f.txt(S, &[]);
                    wild(f, "MX", "10 feedback-smtp.eu-west-1.amazonses.com");
                },
                Outcome::Na,
            ),
            (
                "not asked",
                |f| f.evidence.dns.retain(|a| !RETURN_LABELS.iter().any(|l| a.name == format!("{l}.acme.example"))),
                Outcome::Unknown,
            ),
        ],
    );
}
