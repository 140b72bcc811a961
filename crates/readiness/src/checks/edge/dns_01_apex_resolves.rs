//! DNS-01: the domain itself leads to an address, everywhere.

use crate::check::{Check, Context, Fix, Found, Paste, Reference, Seen};
use crate::checks::help::{dns_seen, list};
use crate::evidence::{Collector, DnsAnswer, DnsRole, DnsStatus, ResolutionEnd, Source};
use crate::taxonomy::{Area, Impact, Stage};
use std::collections::BTreeSet;

/// DNS-01.
pub static CHECK: Check = Check {
    id: "DNS-01",
    name: "apex-resolves",
    title: "Apex resolves",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns],
    why: "Nobody who types your domain gets to your product.",
    criterion: "Fails when the name servers of the zone say that the domain does not exist, has no address, or fail; warns when servers disagree.",
    minutes: 15,
    references: &[Reference { title: "RFC 1034 §4.3", url: "https://www.rfc-editor.org/rfc/rfc1034#section-4.3" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = e.target.domain.as_str();
    let seen: Vec<Seen> = ["A", "AAAA"].iter().flat_map(|t| dns_seen(e, domain, t)).collect();
    let fix = || {
        Fix {
        title: format!("Give {domain} an address"),
        steps: vec![
            "Open the DNS zone of the domain at your DNS host.".into(),
            "Add an A record (and AAAA if your host gives you one) with the address that your hosting provider shows for custom domains; where the provider names a host instead, use ALIAS, ANAME or its flattened CNAME.".into(),
            "If the whole domain does not exist, check at the registrar that it is paid for and that its name servers are those of your DNS host.".into(),
        ],
        paste: vec![Paste::add(format!("A · {domain} · TTL 300"), ["<the address that your hosting provider shows>"])],
        undo: "Delete the record that you added; with a TTL of 300 it is forgotten within five minutes.".into(),
        risk: None,
        minutes: CHECK.minutes,
    }
    };
    // Servers of the zone that say, for both address types, that there is nothing.
    let servers: BTreeSet<&str> = e.answers(domain, "A").filter(|a| a.role == DnsRole::Authoritative).map(|a| a.server.as_str()).collect();
    let denying: Vec<&str> = servers
        .iter()
        .copied()
        .filter(|s| {
            at(e.answers(domain, "A"), s).chain(at(e.answers(domain, "AAAA"), s)).all(denies)
                && at(e.answers(domain, "A"), s).next().is_some()
        })
        .collect();
    let failing: Vec<&str> = servers
        .iter()
        .copied()
        .filter(|s| at(e.answers(domain, "A"), s).any(|a| matches!(a.status, DnsStatus::ServFail | DnsStatus::Refused)))
        .collect();
    match e.resolve(domain).end {
        ResolutionEnd::NxDomain => Found::fail(format!("{domain} does not exist in the DNS (NXDOMAIN).")).seen(seen).fix(fix()),
        ResolutionEnd::NoData => Found::fail(format!("{domain} exists but has no address, neither A nor AAAA.")).seen(seen).fix(fix()),
        ResolutionEnd::Loop => Found::fail(format!("The aliases of {domain} lead in a circle.")).seen(seen).fix(fix()),
        ResolutionEnd::ServFail => Found::fail(format!("Every name server asked for {domain} fails (SERVFAIL). The name may exist, but nobody can reach it.")).seen(seen).fix(Fix {
            title: format!("Mend the name servers of {domain}"),
            steps: vec![
                "Check at the DNS host that the zone is loaded without errors.".into(),
                "If DNSSEC is on, compare the DS record at the registrar with the keys of the zone; when in doubt remove the DS record first.".into(),
            ],
            ..fix()
        }),
        ResolutionEnd::Unknown(why) => Found::unknown(format!("The address of {domain} was not learned: {why}.")).seen(seen),
        ResolutionEnd::Addresses if !denying.is_empty() => {
            Found::fail(format!("{} of your name servers says that {domain} has no address, while others know one. Some visitors do not get through.", list(&denying))).seen(seen).fix(Fix { title: "Make all name servers serve the same zone".into(), ..fix() })
        }
        ResolutionEnd::Addresses if !failing.is_empty() => {
            Found::warn(format!("{} fails to answer for {domain}; the others do.", list(&failing))).seen(seen).fix(Fix { title: "Mend or remove the failing name server".into(), ..fix() })
        }
        ResolutionEnd::Addresses => {
            let sets: BTreeSet<Vec<&str>> = e.answers(domain, "A").filter(|a| a.role == DnsRole::Authoritative && a.status == DnsStatus::NoError).map(addresses).filter(|s| !s.is_empty()).collect();
            if sets.len() > 1 {
                return Found::warn(format!("Your name servers give different addresses for {domain}.")).seen(seen).fix(Fix { title: "Make all name servers serve the same zone".into(), ..fix() });
            }
            let stale: Vec<&str> = e.answers(domain, "A").filter(|a| a.role == DnsRole::Resolver && !sets.is_empty()).filter(|a| denies(a) || (!addresses(a).is_empty() && sets.iter().all(|s| s.iter().all(|x| !addresses(a).contains(x))))).map(|a| a.server.as_str()).collect();
            if stale.is_empty() {
                return Found::pass(format!("{domain} leads to {}.", list(&e.resolve(domain).addresses))).seen(seen);
            }
            Found::warn(format!("{} still gives another answer for {domain} than your own name servers; a change is on its way through the caches.", list(&stale))).seen(seen).fix(Fix {
                title: "Wait until the old answer has expired".into(),
                steps: vec!["Nothing to change: resolvers forget the old answer after its TTL. Re-check then.".into(), "If it stays, look for a second DNS host that the registrar still names.".into()],
                paste: vec![],
                ..fix()
            })
        }
    }
}

fn at<'a>(answers: impl Iterator<Item = &'a DnsAnswer>, server: &str) -> impl Iterator<Item = &'a DnsAnswer> {
    answers.filter(move |a| a.server == server)
}

fn denies(a: &DnsAnswer) -> bool {
    a.status == DnsStatus::NxDomain || (a.status == DnsStatus::NoError && a.records.is_empty())
}

fn addresses(a: &DnsAnswer) -> Vec<&str> {
    let mut all: Vec<&str> = a.records.iter().filter(|r| r.rtype == "A").map(|r| r.value.as_str()).collect();
    all.sort_unstable();
    all
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    use DnsRole::{Authoritative, Resolver};
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("an address at the authoritative server", |_| {}, Outcome::Pass),
            (
                "only IPv6",
                |f| {
                    f.dns("acme.example", "A", &[]).dns("acme.example", "AAAA", &["2001:db8::1"]);
                },
                Outcome::Pass,
            ),
            (
                "NXDOMAIN",
                |f| {
                    f.status("acme.example", "A", DnsStatus::NxDomain).status("acme.example", "AAAA", DnsStatus::NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "exists without addresses",
                |f| {
                    f.dns("acme.example", "A", &[]);
                },
                Outcome::Fail,
            ),
            (
                "SERVFAIL everywhere is not NXDOMAIN, but nobody gets through",
                |f| {
                    f.status("acme.example", "A", DnsStatus::ServFail).status("acme.example", "AAAA", DnsStatus::ServFail);
                },
                Outcome::Fail,
            ),
            (
                "a time-out says nothing",
                |f| {
                    f.status("acme.example", "A", DnsStatus::Timeout).status("acme.example", "AAAA", DnsStatus::Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "a resolver still answers NXDOMAIN after a change",
                |f| {
                    f.also(Resolver, "1.1.1.1", "acme.example", "A", DnsStatus::NxDomain, &[]);
                },
                Outcome::Warn,
            ),
            (
                "a resolver that times out beside good servers",
                |f| {
                    f.also(Resolver, "1.1.1.1", "acme.example", "A", DnsStatus::Timeout, &[]);
                },
                Outcome::Pass,
            ),
            (
                "one name server knows nothing",
                |f| {
                    f.also(Authoritative, "ns2.acme.example", "acme.example", "A", DnsStatus::NoError, &[]).also(
                        Authoritative,
                        "ns2.acme.example",
                        "acme.example",
                        "AAAA",
                        DnsStatus::NoError,
                        &[],
                    );
                },
                Outcome::Fail,
            ),
            (
                "name servers disagree",
                |f| {
                    f.also(Authoritative, "ns2.acme.example", "acme.example", "A", DnsStatus::NoError, &["192.0.2.99"]);
                },
                Outcome::Warn,
            ),
            (
                "one name server fails",
                |f| {
                    f.also(Authoritative, "ns2.acme.example", "acme.example", "A", DnsStatus::ServFail, &[]);
                },
                Outcome::Warn,
            ),
        ],
    );
}
