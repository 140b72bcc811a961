//! DNS-10: records live neither seconds nor days.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{dns_seen, note, web_hosts};
use crate::evidence::{Collector, DnsRole};
use crate::words::{Area, Class, Impact, Outcome, Stage};

/// DNS-10.
pub static CHECK: Check = Check {
    id: "DNS-10",
    name: "ttls-sane",
    title: "TTLs sane",
    stage: Stage::Edge,
    area: Area::Dns,
    class: Class::Outside,
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
    let e = c.evidence;
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
        let Some(odd) = records.iter().find(|r| r.ttl < SHORT || r.ttl > LONG) else {
            if !records.is_empty() {
                parts.push(Part::new(&host, Outcome::Pass, ""));
            }
            continue;
        };
        let what = if odd.ttl < SHORT { "so every visit waits for DNS" } else { "so a change takes longer than a day to arrive" };
        parts.push(Part::new(&host, Outcome::Warn, format!("The {} record of {host} lives {} s, {what}.", odd.rtype, odd.ttl)));
        seen.extend(dns_seen(e, &host, "A"));
        pastes.push(Paste::record(&odd.rtype, &host, &[], &[&odd.value]));
    }
    if let Some(s) = e.servers.iter().find(|s| s.negative_ttl.is_some_and(|n| n > NEGATIVE)) {
        let n = s.negative_ttl.unwrap_or(0);
        parts.push(Part::new(
            "SOA",
            Outcome::Warn,
            format!("Resolvers remember for {n} s that a name does not exist, so a new one takes that long to appear."),
        ));
        seen.push(note(s.name.clone(), format!("negative TTL {n} s"), s.at));
        pastes.push(Paste::add(format!("SOA · {} · minimum", e.target.domain.registrable()), ["300"]));
    }
    if parts.is_empty() {
        return Found::unknown("No server of the zone answered with the TTL that was entered; a resolver's runs down.");
    }
    let found = join(CHECK.impact, &parts, "Records live between a minute and a day.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let mut fix = Fix::new("Set the TTL of web records to 300 s", CHECK.minutes)
        .step("Change the TTL only; the values stay. 300 s is good before and during a launch, 3600 s later.");
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
