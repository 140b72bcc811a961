//! DNS-06: where a CNAME stands, nothing else stands.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::dns_seen;
use crate::evidence::{Collector, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// DNS-06.
pub static CHECK: Check = Check {
    id: "DNS-06",
    name: "no-cname-conflict",
    title: "No CNAME conflict",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Dns, Collector::Mail],
    why: "A CNAME beside your MX or TXT records makes resolvers lose one or the other: mail bounces on some days and the site vanishes on others.",
    criterion: "Fails on a CNAME at the top of the zone, or beside MX or TXT records of the same name; passes when the DNS host flattens it to addresses.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 1034 §3.6.2", url: "https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2" },
        Reference { title: "RFC 2181 §10.1", url: "https://www.rfc-editor.org/rfc/rfc2181#section-10.1" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let zone = e.target.domain.registrable();
    let own_cname = |name: &str| {
        ["A", "AAAA", "MX", "TXT"]
            .iter()
            .flat_map(|t| e.answers(name, t))
            .filter(|a| a.status.is_definitive())
            .find_map(|a| a.records.iter().find(|r| r.name == name && r.rtype == "CNAME"))
    };
    let mut names: Vec<&str> = e.dns.iter().map(|a| a.name.as_str()).filter(|n| e.target.domain.covers(n) || *n == zone).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let Some(cname) = own_cname(name) else { continue };
        let beside: Vec<&str> = ["MX", "TXT", "NS", "SOA"]
            .into_iter()
            .filter(|t| e.answers(name, t).any(|a| a.records.iter().any(|r| r.name == name && r.rtype == *t)))
            .collect();
        let apex = name == zone;
        if !apex && beside.is_empty() {
            continue;
        }
        let what = if apex {
            "at the top of the zone, where NS and SOA always stand".to_owned()
        } else {
            format!("beside its {} records", beside.join(" and "))
        };
        return Found::fail(format!("{name} is a CNAME to {} {what}.", cname.value))
            .seen(["A", "MX", "TXT"].iter().flat_map(|t| dns_seen(e, name, t)))
            .fix(
                Fix::new(format!("Replace the CNAME at {name}"), CHECK.minutes)
                    .step("Cloudflare, Route 53 (alias), DNSimple and Porkbun (ALIAS) flatten such a name to addresses for you: use that record type instead.")
                    .step("Elsewhere, enter the A record that your host documents for the top of a domain.")
                    .paste(Paste::record("CNAME", name, &[&cname.value], &[]))
                    .paste(Paste::add(format!("ALIAS or A · {name} · TTL 300"), [cname.value.clone()]))
                    .undo("Put the CNAME back.")
                    .risk("Keep the MX and TXT records; they belong to the name, not to the CNAME."),
            );
    }
    let answered = |n: &String| e.answers(n, "A").any(|a| a.status.is_definitive());
    if let Some(host) = e.target.required_hosts().iter().find(|h| !answered(h)) {
        let why = e.lookup(host, "A").learned().err().unwrap_or_default();
        return Found::unknown(format!("Whether a CNAME stands at {host} was not learned: {why}."));
    }
    Found::pass("No CNAME stands where other records stand.")
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NoError, Timeout};
    use crate::evidence::{DnsRole, Record};
    use crate::taxonomy::Outcome;
    const D: &str = "acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("addresses at the apex", |_| {}, Outcome::Pass),
            (
                "a CNAME at the apex (RFC 1034 §3.6.2)",
                |f| {
                    f.cname(D, "host.example");
                },
                Outcome::Fail,
            ),
            (
                "a CNAME at www is ordinary",
                |f| {
                    f.cname("www.acme.example", "host.example");
                },
                Outcome::Pass,
            ),
            (
                "a CNAME beside MX (RFC 2181 §10.1)",
                |f| {
                    f.cname("send.acme.example", "x.example").dns("send.acme.example", "MX", &["10 mx.example"]);
                },
                Outcome::Fail,
            ),
            (
                "records at the end of the alias are not beside it",
                |f| {
                    f.cname("em.acme.example", "x.example").alias("em.acme.example", "MX", "x.example");
                    let mx = Record { name: "x.example".into(), rtype: "MX".into(), ttl: 1, value: "10 mx.example".into() };
                    f.evidence.dns.last_mut().unwrap().records.push(mx);
                },
                Outcome::Pass,
            ),
            (
                "flattened by the DNS host",
                |f| {
                    f.also(DnsRole::Resolver, "9.9.9.9", D, "A", NoError, &["192.0.2.11"]);
                },
                Outcome::Pass,
            ),
            (
                "not learned",
                |f| {
                    f.status(D, "A", Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}
