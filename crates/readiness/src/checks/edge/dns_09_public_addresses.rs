//! DNS-09: public names lead to public addresses.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, join};
use crate::checks::help::{dns_seen, web_hosts};
use crate::evidence::{Collector, Source};
use crate::net;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// DNS-09.
pub static CHECK: Check = Check {
    id: "DNS-09",
    name: "no-private-reserved-ips",
    title: "No private/reserved IPs",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Dns],
    why: "Customers whose browser gets the private address see nothing, or the printer in their own office.",
    criterion: "Fails when a declared host has an address of a private, local or reserved network.",
    minutes: 5,
    references: &[
        Reference { title: "RFC 1918", url: "https://www.rfc-editor.org/rfc/rfc1918" },
        Reference { title: "RFC 6890", url: "https://www.rfc-editor.org/rfc/rfc6890" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let mut parts = vec![];
    let mut bad: Vec<(String, String)> = vec![];
    for host in web_hosts(c) {
        let way = e.resolve(&host);
        if let Err(why) = way.learned() {
            parts.push(Part::new(&host, Outcome::Unknown, format!("The addresses of {host} were not learned: {why}.")));
            continue;
        }
        let wrong: Vec<(&String, &str)> =
            way.addresses.iter().filter(|a| !e.is_opened(a)).filter_map(|a| net::private(a).map(|w| (a, w))).collect();
        if way.addresses.is_empty() {
            continue;
        }
        match wrong.first() {
            Some((a, what)) => {
                parts.push(Part::new(&host, Outcome::Fail, format!("{host} leads to {a}, which is {what}.")));
                bad.extend(wrong.iter().map(|(a, _)| (host.clone(), (*a).clone())));
            }
            None => parts.push(Part::new(&host, Outcome::Pass, "")),
        }
    }
    if parts.is_empty() {
        return Found::na("No host of the product has an address; see DNS-01.");
    }
    let seen: Vec<_> = bad.iter().flat_map(|(h, _)| dns_seen(e, h, "A").into_iter().chain(dns_seen(e, h, "AAAA"))).collect();
    let found = join(CHECK.impact, &parts, "Every host leads to public addresses.").seen(seen);
    if found.outcome != Outcome::Fail {
        return found;
    }
    let zone = e.target.domain.registrable();
    let mut fix = Fix::new("Replace private addresses by the public one", CHECK.minutes)
        .step("Enter the address that your hosting shows for the site; names for machines inside belong into a zone of their own.");
    for (host, address) in &bad {
        let rtype = if address.contains(':') { "AAAA" } else { "A" };
        let owner = e.owner(host, rtype);
        // Where a public address stands beside it, the private one only has to go.
        let public = e.lookup(host, rtype).values().into_iter().any(|a| e.is_opened(a) || net::private(a).is_none());
        let new: &[&str] = if public { &[] } else { &["the public address of your host"] };
        if crate::providers::ends_in(&owner, &[zone]) {
            fix = fix.paste(Paste::record(rtype, &owner, &[address], new));
        } else if let Some(target) = e.resolve(host).chain.first() {
            fix = fix.step(format!("{owner} is somebody else's: lead {host} to another name than {target}."));
        }
    }
    found.fix(fix.undo("Put the former record back."))
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::Timeout;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("public addresses", |_| {}, Outcome::Pass),
            (
                "RFC 1918",
                |f| {
                    f.dns("app.acme.example", "A", &["10.0.0.5"]);
                },
                Outcome::Fail,
            ),
            (
                "a private one among public ones",
                |f| {
                    f.dns("acme.example", "A", &["192.0.2.10", "192.168.1.10"]);
                },
                Outcome::Fail,
            ),
            (
                "ULA (RFC 4193)",
                |f| {
                    f.dns("acme.example", "AAAA", &["fd12::1"]);
                },
                Outcome::Fail,
            ),
            (
                "CGNAT (RFC 6598)",
                |f| {
                    f.dns("acme.example", "A", &["100.64.3.4"]);
                },
                Outcome::Fail,
            ),
            (
                "172.32 is public",
                |f| {
                    f.dns("acme.example", "A", &["172.32.0.1"]);
                },
                Outcome::Pass,
            ),
            (
                "a network that the operator opened",
                |f| {
                    f.dns("acme.example", "A", &["127.1.2.3"]);
                    f.evidence.opened = vec!["127.0.0.0/8".into()];
                },
                Outcome::Pass,
            ),
            (
                "SERVFAIL is no absence",
                |f| {
                    use crate::evidence::DnsStatus::ServFail;
                    f.status("app.acme.example", "A", ServFail).status("app.acme.example", "AAAA", ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "an IPv4 address of a private network inside NAT64's (RFC 6052)",
                |f| {
                    f.dns("acme.example", "AAAA", &["64:ff9b::10.0.0.1"]);
                },
                Outcome::Fail,
            ),
            (
                "the target of an alias",
                |f| {
                    f.cname("app.acme.example", "in.vendor.example").dns("in.vendor.example", "A", &["10.0.0.5"]).dns(
                        "in.vendor.example",
                        "AAAA",
                        &[],
                    );
                },
                Outcome::Fail,
            ),
            (
                "not learned",
                |f| {
                    f.status("acme.example", "A", Timeout).status("acme.example", "AAAA", Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}

#[test]
fn a_paste_names_the_owner_of_the_record() {
    let places = |f: &crate::fixture::Fixture| {
        let fix = rule(&Context::of(&f.evidence, f.now)).fix.unwrap();
        fix.paste.iter().map(|p| format!("{} = {}", p.place, p.value())).collect::<Vec<_>>()
    };
    let mut f = crate::fixture::Fixture::good();
    f.cname("app.acme.example", "lb.acme.example").dns("lb.acme.example", "A", &["10.0.0.5"]).dns("lb.acme.example", "AAAA", &[]);
    assert_eq!(places(&f), ["A · lb.acme.example · TTL 300 = the public address of your host"]);
    f.cname("app.acme.example", "in.vendor.example").dns("in.vendor.example", "A", &["10.0.0.5"]).dns("in.vendor.example", "AAAA", &[]);
    assert!(places(&f).is_empty());
    let mut f = crate::fixture::Fixture::good();
    for host in ["app.acme.example", "lr-0123.acme.example"] {
        f.dns(host, "A", &["10.0.0.5"]);
    }
    assert_eq!(places(&f), ["A · *.acme.example · TTL 300 = the public address of your host"]);
    let mut f = crate::fixture::Fixture::good();
    f.dns("acme.example", "A", &["192.0.2.10", "10.0.0.5"]);
    assert_eq!(places(&f), ["A · acme.example · TTL 300 = "]);
}
