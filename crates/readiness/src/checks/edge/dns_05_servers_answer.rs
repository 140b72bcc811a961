//! DNS-05: every name server answers over UDP and TCP, with authority and EDNS.

use super::dns_04_delegation::server_seen;
use crate::check::{Check, Context, Fix, Found, Reference};
use crate::checks::help::list;
use crate::evidence::{Collector, DnsRole, Exchange, NameServer, Outside, Source};
use crate::taxonomy::{Area, Impact, Stage};
use std::collections::BTreeSet;

/// DNS-05.
pub static CHECK: Check = Check {
    id: "DNS-05",
    name: "name-servers-answer-udp-tcp",
    title: "Name servers answer UDP+TCP with AA",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Dns],
    why: "With one working name server, its next restart takes your site and your mail offline; without TCP, long records such as DKIM keys get lost.",
    criterion: "SOA over UDP and TCP to each address: fails below two that answer, warns when TCP or EDNS does not work somewhere.",
    minutes: 30,
    references: &[
        Reference { title: "RFC 7766 §5", url: "https://www.rfc-editor.org/rfc/rfc7766#section-5" },
        Reference { title: "RFC 6891", url: "https://www.rfc-editor.org/rfc/rfc6891" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let asked: Vec<&NameServer> = e.servers.iter().filter(|s| !matches!(s.udp, Exchange::Skipped(_))).collect();
    if asked.is_empty() {
        return Found::unknown("None of the zone's name servers could be asked from here.");
    }
    if asked.iter().all(|s| matches!((&s.udp, &s.tcp), (Exchange::Silent | Exchange::Failed(_), Exchange::Silent | Exchange::Failed(_)))) {
        return Found::unknown("No name server answered this machine at all; its network may not let DNS questions out.")
            .seen(asked.into_iter().map(server_seen));
    }
    let seen = asked.iter().map(|s| server_seen(s)).collect::<Vec<_>>();
    let fix = |title: &str, step: &str| {
        Fix::new(title, CHECK.minutes)
            .step(step.to_owned())
            .step("If somebody else runs DNS for you, send them these lines; it is theirs to mend.")
            .undo("Nothing changes for visitors; close the port again.")
    };
    let answer: BTreeSet<&str> = asked.iter().filter(|s| s.udp == Exchange::Authoritative).filter_map(|s| s.address.as_deref()).collect();
    let all: BTreeSet<&str> = asked.iter().filter_map(|s| s.address.as_deref()).collect();
    if answer.len() < 2 {
        return Found::fail(format!(
            "{} of {} name-server address{} {} with authority; two are the least.{}",
            answer.len(),
            all.len(),
            if all.len() == 1 { "" } else { "es" },
            if answer.len() == 1 { "answers" } else { "answer" },
            if all.len() < asked.len() { " Several name servers share an address." } else { "" }
        ))
        .seen(seen)
        .fix(fix(
            "Get a second name server working",
            "Use a DNS host that gives every zone two or more servers, and enter all of them at the registrar.",
        ));
    }
    let names = |bad: fn(&NameServer) -> bool| {
        asked.iter().filter(|s| bad(s)).map(|s| s.name.clone()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    let (mute, no_tcp, no_edns) = (
        names(|s| s.udp != Exchange::Authoritative),
        names(|s| s.udp == Exchange::Authoritative && s.tcp != Exchange::Authoritative),
        names(|s| s.edns == Some(false)),
    );
    let mut wrong = vec![];
    for (who, what) in
        [(mute, "gives no authoritative answer over UDP"), (no_tcp, "does not answer over TCP"), (no_edns, "does not speak EDNS")]
    {
        if !who.is_empty() {
            wrong.push(format!("{} {what}", list(&who)));
        }
    }
    let only_old = wrong.is_empty();
    wrong.extend(old_copy(e));
    if wrong.is_empty() {
        return Found::pass(format!("All {} addresses answer over UDP and TCP.", asked.len())).seen(seen);
    }
    let (title, step) = if only_old {
        (
            "Have every name server load the current zone",
            "On the primary, allow the zone transfer to each secondary and notify it; on the secondary, read in its log why the transfer fails. A serial that went backwards stops it too.",
        )
    } else {
        (
            "Open TCP port 53 and EDNS on every name server",
            "Let TCP port 53 through the firewall before each server, and update server software that knows no EDNS.",
        )
    };
    Found::warn(format!("{}.", wrong.join("; "))).seen(seen).fix(fix(title, step))
}

/// A copy is old when it lacks this many days of changes; secondaries fetch a zone within hours (RFC 1912 section 2.2).
const OLD_DAYS: i64 = 2;

/// Which server has an old copy of the zone. Only serials of one primary that tell a time are compared: two DNS hosts
/// side by side number for themselves.
fn old_copy(e: &Outside) -> Option<String> {
    let domain = e.target.domain.as_str();
    let answers = e.dns.iter().filter(|a| a.role == DnsRole::Authoritative && a.rtype == "SOA" && a.name == domain);
    let mut copies: Vec<(i64, &str, &str, String)> = answers
        .filter_map(|a| {
            let soa = a.records.iter().find(|r| r.rtype == "SOA")?;
            let mut words = soa.value.split_whitespace();
            let primary = format!("{} {}", words.next()?, words.next()?).to_ascii_lowercase();
            let serial = words.next()?;
            Some((day_of(serial.parse().ok()?)?, a.server.as_str(), serial, primary))
        })
        .collect();
    copies.sort_unstable();
    let ((old, server, serial, primary), (new, _, newest, other)) = (copies.first()?, copies.last()?);
    let late = new - old >= OLD_DAYS && primary == other;
    late.then(|| format!("{server} serves an old copy of the zone (serial {serial}, elsewhere {newest})"))
}

/// The day that a serial tells, if it is a date (RFC 1912 section 2.2) or a Unix time; days since an epoch of its own kind.
fn day_of(serial: i64) -> Option<i64> {
    let (year, month, day) = (serial / 1_000_000, serial / 10_000 % 100, serial / 100 % 100);
    match serial {
        _ if (1990..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day) => {
            crate::time::parse_rfc3339(&format!("{year}-{month:02}-{day:02}T00:00:00Z")).map(|ms| ms / crate::time::DAY_MS)
        }
        1_000_000_000..1_990_000_000 => Some(serial / 86_400),
        _ => None,
    }
}

#[test]
fn table() {
    fn copies(f: &mut crate::fixture::Fixture, soas: &[&str]) {
        f.dns("acme.example", "SOA", &[]);
        let answer = f.evidence.dns.pop().unwrap();
        for (i, soa) in soas.iter().enumerate() {
            let mut one = answer.clone();
            one.server = format!("192.0.2.{i}");
            one.records = vec![crate::evidence::Record {
                name: "acme.example".into(),
                rtype: "SOA".into(),
                ttl: 300,
                value: format!("{soa} 7200 3600 1209600 300"),
            }];
            f.evidence.dns.push(one);
        }
    }
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("all answer", |_| {}, Outcome::Pass),
            (
                "an old copy (Zonemaster CONSISTENCY01)",
                |f| copies(f, &["ns1.a.example h.a.example 2026112701", "ns1.a.example h.a.example 2025030401"]),
                Outcome::Warn,
            ),
            (
                "an old copy, by Unix time",
                |f| copies(f, &["ns1.a.example h.a.example 1795000000", "ns1.a.example h.a.example 1794000000"]),
                Outcome::Warn,
            ),
            (
                "a change an hour ago",
                |f| copies(f, &["ns1.a.example h.a.example 2026112701", "ns1.a.example h.a.example 2026112700"]),
                Outcome::Pass,
            ),
            (
                "two DNS hosts side by side",
                |f| copies(f, &["ns1.a.example h.a.example 2026112701", "ns1.b.example h.b.example 2025030401"]),
                Outcome::Pass,
            ),
            ("a counter", |f| copies(f, &["ns1.a.example h.a.example 812", "ns1.a.example h.a.example 3"]), Outcome::Pass),
            ("one of two is silent (Zonemaster CONNECTIVITY01)", |f| f.evidence.servers[1].udp = Exchange::Silent, Outcome::Fail),
            ("TCP closed (Zonemaster CONNECTIVITY02)", |f| f.evidence.servers[1].tcp = Exchange::Failed("refused".into()), Outcome::Warn),
            ("no EDNS (Zonemaster NAMESERVER02)", |f| f.evidence.servers[1].edns = Some(false), Outcome::Warn),
            (
                "three, one of them silent",
                |f| {
                    let mut third = f.evidence.servers[0].clone();
                    third.address = Some("192.0.2.55".into());
                    third.udp = Exchange::Silent;
                    f.evidence.servers.push(third);
                },
                Outcome::Warn,
            ),
            (
                "nobody answers us: ours or theirs",
                |f| {
                    for s in &mut f.evidence.servers {
                        (s.udp, s.tcp) = (Exchange::Silent, Exchange::Silent);
                    }
                },
                Outcome::Unknown,
            ),
            (
                "an IPv6 address that was skipped does not count",
                |f| {
                    let mut v6 = f.evidence.servers[0].clone();
                    v6.udp = Exchange::Skipped("this machine has no IPv6".into());
                    f.evidence.servers.push(v6);
                },
                Outcome::Pass,
            ),
            ("nothing asked", |f| f.evidence.servers.clear(), Outcome::Unknown),
        ],
    );
}
