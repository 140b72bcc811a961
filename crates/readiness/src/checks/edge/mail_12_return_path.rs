//! MAIL-12: a return-path of one's own is whole.

use super::dmarc_fix::change;
use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, Seen, join};
use crate::checks::help::dns_seen;
use crate::evidence::{Collector, Lookup, Outside, Source};
use crate::providers::{self, RETURN_LABELS, Sender, ends_in};
use crate::spf::{self, Kind, Qualifier, Spf};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// MAIL-12.
pub static CHECK: Check = Check {
    id: "MAIL-12",
    name: "return-path-bounce-subdomain-complete",
    title: "Return-path / bounce subdomain complete",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Mail],
    why: "With half of the records the service falls back to its own domain: your mail no longer aligns, and bounces tell nobody.",
    criterion: "A subdomain that takes bounces for a mail service needs both MX and SPF, or the service's CNAME; fails when one of the two is missing, or when the SPF does not let the service send.",
    minutes: 5,
    references: &[Reference { title: "RFC 5321 §4.4", url: "https://www.rfc-editor.org/rfc/rfc5321#section-4.4" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = e.target.mail_domain();
    let mut parts = vec![];
    let mut seen: Vec<Seen> = vec![];
    let mut fix = Fix::new("Complete the records of the return-path", CHECK.minutes);
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
        let mx_host = mx.values().into_iter().filter_map(|v| v.split_whitespace().nth(1)).find(|h| senders(h).next().is_some());
        let txt = e.lookup(&name, "TXT");
        let meant: Vec<&str> = txt.values().into_iter().filter(|v| spf::is_spf(v) || spf::is_meant(v)).collect();
        let part = if let Some((host, s)) = mx_host.and_then(|h| senders(h).next().map(|s| (h, s))) {
            if txt.learned().is_err() {
                Part::new(&name, Outcome::Unknown, format!("The SPF record of {name} was not learned ({}).", s.name))
            } else {
                let includes: Vec<&str> = senders(host).flat_map(|s| s.includes.iter().copied()).collect();
                match fault(e, &name, s, &includes, &meant) {
                    None => Part::new(&name, Outcome::Pass, ""),
                    Some((Outcome::Fail, text)) => {
                        fix = mend(e, &name, s, &includes, &meant, fix);
                        Part::new(&name, Outcome::Fail, text)
                    }
                    Some((outcome, text)) => Part::new(&name, outcome, text),
                }
            }
        } else {
            match meant.iter().find_map(|r| named(r)).map(|s| s.name) {
                Some(s) if matches!(mx, Lookup::NoData) => {
                    fix = fix
                        .step(format!("Add the MX record of {name} that {s} shows under Domains."))
                        .paste(Paste::add(format!("MX · {name} · TTL 300"), [format!("<10 and the host that {s} shows, in your region>")]));
                    Part::new(&name, Outcome::Fail, format!("{name} names {s} in SPF, but has no MX record, so bounces get lost."))
                }
                Some(s) if mx.learned().is_err() => {
                    Part::new(&name, Outcome::Unknown, format!("{name} names {s} in SPF; whether it has its MX record was not learned."))
                }
                _ => continue,
            }
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
    let found = join(CHECK.impact, &parts, "The return-path has both its MX and an SPF record that lets its service send.").seen(seen);
    if found.outcome.is_open() { found.fix(fix.undo("Delete the record again.")) } else { found }
}

fn senders(host: &str) -> impl Iterator<Item = &'static Sender> {
    providers::senders().iter().filter(move |s| ends_in(host, &s.return_ends))
}

/// The service that an SPF record names, spelt right or not.
fn named(record: &str) -> Option<&'static Sender> {
    let good = spf::repair(record).map_or_else(|| record.to_owned(), |r| r.record);
    let spf = Spf::parse(&good);
    let mut domains = spf.terms.iter().filter_map(|t| if let Kind::Include(d) = &t.kind { Some(d) } else { None });
    domains.find_map(|d| providers::senders().iter().find(|s| ends_in(d, &s.includes)))
}

/// What is wrong with the SPF of a return-path whose MX leads to this service.
fn fault(e: &Outside, name: &str, s: &Sender, includes: &[&str], meant: &[&str]) -> Option<(Outcome, String)> {
    let counted: Vec<&&str> = meant.iter().filter(|r| spf::is_spf(r)).collect();
    let fail = |why: String| Some((Outcome::Fail, format!("{name} takes bounces for {}, but {why}.", s.name)));
    match (counted.as_slice(), meant) {
        ([], []) => fail("has no SPF record".into()),
        ([], [wrong, ..]) => fail(format!("its SPF record is misspelt, so receivers see none: “{wrong}”")),
        ([one], _) => match lists(e, one, includes, 0) {
            Some(true) => None,
            Some(false) => fail(match Spf::parse(one).errors.first() {
                Some(error) => format!("receivers cannot read its SPF record: {error}"),
                None => format!("its SPF record does not let the service send: “{one}”"),
            }),
            // Which servers a service without an include of its own sends from is not known.
            None if includes.is_empty() => None,
            None => Some((Outcome::Unknown, format!("Whether the SPF record of {name} lets {} send was not learned.", s.name))),
        },
        (many, _) => fail(format!("has {} SPF records, and receivers then use none of them", many.len())),
    }
}

/// Whether a record passes the servers behind one of these includes; nothing where it lists others of which that is not known.
pub(super) fn lists(e: &Outside, record: &str, includes: &[&str], depth: usize) -> Option<bool> {
    let spf = Spf::parse(record);
    if !spf.errors.is_empty() {
        return Some(false);
    }
    let mut open = false;
    for term in spf.evaluated() {
        let pass = term.qualifier == Qualifier::Pass;
        match &term.kind {
            // The first term that matches decides (RFC 7208 section 4.6.2).
            Kind::Include(d) if ends_in(d, includes) => return Some(pass),
            Kind::Redirect(d) if ends_in(d, includes) => return Some(true),
            Kind::Include(d) | Kind::Redirect(d) if pass => {
                let lookup = e.lookup(d, "TXT");
                let below: Vec<&str> = lookup.values().into_iter().filter(|v| spf::is_spf(v)).collect();
                match below.as_slice() {
                    _ if depth > 9 || spf::has_macro(d) || lookup.not_learned().is_some() => open = true,
                    [one] => match lists(e, one, includes, depth + 1) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => open = true,
                    },
                    // Without one record there the whole is a permanent error (section 5.2).
                    _ => return Some(false),
                }
            }
            Kind::A(_) | Kind::Mx(_) | Kind::Ptr | Kind::Ip | Kind::Exists(_) => open |= pass,
            _ => {}
        }
    }
    if spf.all() == Some(Qualifier::Pass) {
        return Some(true);
    }
    if open { None } else { Some(false) }
}

/// The fix with the SPF record of a return-path as it should be: what stands is edited, so that the service may send.
fn mend(e: &Outside, name: &str, s: &Sender, includes: &[&str], meant: &[&str], fix: Fix) -> Fix {
    let whole = match meant {
        [] => Some(String::new()),
        [one] => Some(spf::repair(one).map_or_else(|| (*one).to_owned(), |r| r.record)),
        many => spf::merge(many),
    };
    let new = includes.first().zip(whole).map(|(include, whole)| {
        // Behind `all` nothing counts (RFC 7208 section 5.1); the include has to stand before it.
        let term = format!("include:{include}");
        let mut ended = false;
        let live: Vec<&str> = whole
            .split(' ')
            .filter(|w| {
                let dead = ended && w.trim_start_matches('+').eq_ignore_ascii_case(&term);
                ended |= w.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all");
                !dead
            })
            .collect();
        let live = live.join(" ");
        if lists(e, &live, includes, 0) == Some(true) { live } else { spf::with_include(&live, include) }
    });
    let Some(new) = new.filter(|n| lists(e, n, includes, 0) == Some(true)) else {
        return fix.step(format!("Publish one SPF record at {name}, as {} shows it under Domains.", s.name));
    };
    if meant.is_empty() {
        return change(e, name, &[], &new, fix.step(format!("Add the SPF record of {name}, as {} shows it.", s.name)));
    }
    let fix = fix.step(format!("Make the SPF of {name} one record, which lets {} send, as below.", s.name));
    if e.owner(name, "TXT") == name && meant.contains(&new.as_str()) {
        let lines = meant.iter().map(|r| if *r == new { Line::Keep(new.clone()) } else { Line::Remove((*r).to_owned()) });
        return fix.paste(Paste { place: format!("TXT · {name} · TTL 300"), lines: lines.collect() });
    }
    change(e, name, meant, &new, fix)
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
                "two SPF records are none (RFC 7208 §4.5)",
                |f| {
                    f.txt(S, &["v=spf1 include:amazonses.com ~all", "v=spf1 -all"]);
                },
                Outcome::Fail,
            ),
            (
                "an SPF record that refuses everybody",
                |f| {
                    f.txt(S, &["v=spf1 -all"]);
                },
                Outcome::Fail,
            ),
            (
                "the include stands behind all (RFC 7208 §5.1)",
                |f| {
                    f.txt(S, &["v=spf1 -all include:amazonses.com"]);
                },
                Outcome::Fail,
            ),
            (
                "the include has a sign that passes nobody",
                |f| {
                    f.txt(S, &["v=spf1 ?include:amazonses.com -all"]);
                },
                Outcome::Fail,
            ),
            (
                "an SPF record that receivers cannot read",
                |f| {
                    f.txt(S, &["v=spf1 ip4:1.2.3 include:amazonses.com ~all"]);
                },
                Outcome::Fail,
            ),
            (
                "misspelt, beside its MX",
                |f| {
                    f.txt(S, &["v=spf1include:amazonses.com ~all"]);
                },
                Outcome::Fail,
            ),
            (
                "names of mechanisms have no case (RFC 7208 §12), and the MX is missing",
                |f| {
                    f.dns(S, "MX", &[]).txt(S, &["v=spf1 INCLUDE:amazonses.com ~all"]);
                },
                Outcome::Fail,
            ),
            (
                "the include in a record of one's own",
                |f| {
                    f.txt(S, &["v=spf1 include:spf.acme.example -all"]).txt("spf.acme.example", &["v=spf1 include:amazonses.com -all"]);
                },
                Outcome::Pass,
            ),
            (
                "addresses of which nobody knows whose they are",
                |f| {
                    f.txt(S, &["v=spf1 ip4:192.0.2.1 -all"]);
                },
                Outcome::Unknown,
            ),
            (
                "SPF of a service, and the MX not learned",
                |f| {
                    f.status(S, "MX", Timeout);
                },
                Outcome::Unknown,
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

#[test]
fn a_paste_edits_what_stands() {
    const S: &str = "send.acme.example";
    for (records, removed, added) in [
        (&[][..], &[][..], Some("v=spf1 include:amazonses.com ~all")),
        (&["v=spf1 -all"], &["v=spf1 -all"], Some("v=spf1 include:amazonses.com -all")),
        (&["v=spf1 -all include:amazonses.com"], &["v=spf1 -all include:amazonses.com"], Some("v=spf1 include:amazonses.com -all")),
        (&["v=spf1include:amazonses.com ~all"], &["v=spf1include:amazonses.com ~all"], Some("v=spf1 include:amazonses.com ~all")),
        (&["v=spf1 include:amazonses.com ~all", "v=spf1 -all"], &["v=spf1 -all"], None),
        (&["v=spf1 ?include:amazonses.com -all"], &["v=spf1 ?include:amazonses.com -all"], Some("v=spf1 include:amazonses.com -all")),
    ] {
        let mut f = crate::fixture::Fixture::good();
        f.txt(S, records);
        let paste = f.assess().finding("MAIL-12").unwrap().fix.clone().unwrap().paste.remove(0);
        let of = |add: bool| -> Vec<&str> {
            let texts = paste.lines.iter().filter_map(|l| match l {
                Line::Add(t) if add => Some(t.as_str()),
                Line::Remove(t) if !add => Some(t.as_str()),
                _ => None,
            });
            texts.collect()
        };
        assert_eq!((of(false), of(true)), (removed.to_vec(), added.into_iter().collect()), "{records:?}");
    }
}
