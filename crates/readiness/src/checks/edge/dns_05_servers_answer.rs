//! DNS-05: every name server answers over UDP and TCP, with authority and EDNS.

use super::dns_04_delegation::server_seen;
use crate::check::{Check, Context, Fix, Found, Reference};
use crate::checks::help::list;
use crate::evidence::{Collector, Exchange, NameServer};
use crate::words::{Area, Class, Impact, Stage};
use std::collections::BTreeSet;

/// DNS-05.
pub static CHECK: Check = Check {
    id: "DNS-05",
    name: "name-servers-answer-udp-tcp",
    title: "Name servers answer UDP+TCP with AA",
    stage: Stage::Edge,
    area: Area::Dns,
    class: Class::Outside,
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
    let e = c.evidence;
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
    if wrong.is_empty() {
        return Found::pass(format!("All {} addresses answer over UDP and TCP.", asked.len())).seen(seen);
    }
    Found::warn(format!("{}.", wrong.join("; "))).seen(seen).fix(fix(
        "Open TCP port 53 and EDNS on every name server",
        "Let TCP port 53 through the firewall before each server, and update server software that knows no EDNS.",
    ))
}

#[test]
fn table() {
    use crate::words::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("all answer", |_| {}, Outcome::Pass),
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
