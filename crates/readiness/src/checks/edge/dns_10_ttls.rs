//! DNS-10: records live neither seconds nor days.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{dns_seen, note, web_hosts};
use crate::evidence::{Collector, DnsRole, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// DNS-10.
pub static CHECK: Check = Check {
    id: "DNS-10",
    name: "ttls-sane",
    title: "TTLs sane",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Dns],
    why: "With a TTL of days a move or a mistake stays in the caches for days; with a TTL of seconds every visit waits for DNS.",
    criterion: "Warns below 60 s or above a day on web records, and above an hour for negative answers; lower it to 300 s before a move.",
    minutes: 5,
    references: &[Reference { title: "RFC 2308 §5", url: "https://www.rfc-editor.org/rfc/rfc2308#section-5" }],
    rule,
};

const SHORT: u32 = 60;
const LONG: u32 = 86_400;
const NEGATIVE: u32 = 3600;

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let mut parts = vec![];
    let mut seen: Vec<Seen> = vec![];
    let mut pastes = vec![];
    for host in web_hosts(c) {
        // A resolver's TTL runs down; only the source says what was entered.
        let records: Vec<_> = ["A", "AAAA"]
            .iter()
            .flat_map(|t| e.answers(&host, t))
            .filter(|a| a.role == DnsRole::Authoritative)
            .flat_map(|a| &a.records)
            .filter(|r| r.name == host && matches!(r.rtype.as_str(), "A" | "AAAA" | "CNAME"))
            .collect();
        if !records.is_empty() && records.iter().all(|r| (SHORT..=LONG).contains(&r.ttl)) {
            parts.push(Part::new(&host, Outcome::Pass, ""));
            continue;
        }
        let mut told: Vec<&str> = vec![];
        for odd in records.iter().filter(|r| !(SHORT..=LONG).contains(&r.ttl)) {
            // All records of a type share one TTL (RFC 2181 section 5.2).
            if told.contains(&odd.rtype.as_str()) {
                continue;
            }
            told.push(&odd.rtype);
            let what = if odd.ttl < SHORT { "so every visit waits for DNS" } else { "so a change takes longer than a day to arrive" };
            parts.push(Part::new(&host, Outcome::Warn, format!("The {} record of {host} lives {} s, {what}.", odd.rtype, odd.ttl)));
            let asked = if odd.rtype == "AAAA" { "AAAA" } else { "A" };
            seen.extend(dns_seen(e, &host, asked));
            let mut values: Vec<&str> = records.iter().filter(|r| r.rtype == odd.rtype).map(|r| r.value.as_str()).collect();
            values.sort_unstable();
            values.dedup();
            pastes.push(Paste::record(&odd.rtype, &e.wildcard(&host, asked).unwrap_or_else(|| host.clone()), &[], &values));
        }
    }
    let web = !pastes.is_empty();
    if let Some(s) = e.servers.iter().find(|s| s.negative_ttl.is_some_and(|n| n > NEGATIVE)) {
        let n = s.negative_ttl.unwrap_or(0);
        parts.push(Part::new(
            "SOA",
            Outcome::Warn,
            format!("Resolvers remember for {n} s that a name does not exist, so a new one takes that long to appear."),
        ));
        seen.push(note(s.name.clone(), format!("negative TTL {n} s"), s.at));
        let zone = e.delegation.as_ref().map_or_else(|| e.target.domain.registrable(), |d| &d.zone);
        pastes.push(Paste::add(format!("SOA · {zone} · minimum"), ["300"]));
    }
    if parts.is_empty() {
        return Found::unknown("No server of the zone answered with the TTL that was entered; a resolver's runs down.");
    }
    let found = join(CHECK.impact, &parts, "Records live between a minute and a day.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let title = if web { "Set the TTL of web records to 300 s" } else { "Let resolvers forget sooner that a name does not exist" };
    let mut fix = Fix::new(title, CHECK.minutes);
    if web {
        fix = fix.step("Change the TTL only; the values stay. 300 s is good before and during a launch, 3600 s later.");
    }
    if parts.iter().any(|p| p.target == "SOA") {
        fix = fix.step("Set the minimum of the SOA record, also called negative TTL. Some DNS hosts do not let you: then enter new names a day before you need them.");
    }
    for p in pastes {
        fix = fix.paste(p);
    }
    found.fix(fix.undo("Enter the former TTL."))
}

#[test]
fn table() {
    fn ttl(f: &mut crate::fixture::Fixture, ttl: u32) {
        for a in f.evidence.dns.iter_mut().filter(|a| a.name == "acme.example" && a.rtype == "A") {
            for r in &mut a.records {
                r.ttl = ttl;
            }
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("300 s", |_| {}, Outcome::Pass),
            ("5 s", |f| ttl(f, 5), Outcome::Warn),
            ("60 s is the least", |f| ttl(f, 60), Outcome::Pass),
            ("a day is the most", |f| ttl(f, 86_400), Outcome::Pass),
            ("two days", |f| ttl(f, 172_800), Outcome::Warn),
            ("a negative answer that lasts a day (RFC 2308 §5)", |f| f.evidence.servers[0].negative_ttl = Some(86_400), Outcome::Warn),
            (
                "a resolver's TTL runs down and says nothing",
                |f| {
                    for a in &mut f.evidence.dns {
                        a.role = DnsRole::Resolver;
                        for r in &mut a.records {
                            r.ttl = 3;
                        }
                    }
                    f.evidence.servers.clear();
                },
                Outcome::Unknown,
            ),
        ],
    );
}
