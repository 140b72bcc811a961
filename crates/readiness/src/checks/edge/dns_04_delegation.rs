//! DNS-04: the parent zone and the zone itself name the same servers.

use crate::check::{Check, Context, Fix, Found, Paste, Reference, Seen};
use crate::checks::help::{dns_seen, list, note};
use crate::evidence::{Collector, Exchange, NameServer, Outside, Source};
use crate::taxonomy::{Area, Impact, Stage};
use std::collections::BTreeSet;

/// DNS-04.
pub static CHECK: Check = Check {
    id: "DNS-04",
    name: "delegation-consistent",
    title: "Delegation consistent",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Dns],
    why: "When the registry sends people to a server that does not know your zone, a part of your customers cannot find you at all, at random.",
    criterion: "Fails when a delegated server does not speak for the zone or the two lists share nothing; warns when they differ, glue is wrong, a server's name is an alias, or one address serves all.",
    minutes: 20,
    references: &[
        Reference { title: "RFC 1034 §4.2.2", url: "https://www.rfc-editor.org/rfc/rfc1034#section-4.2.2" },
        Reference { title: "RFC 2181 §10.3", url: "https://www.rfc-editor.org/rfc/rfc2181#section-10.3" },
        Reference { title: "RFC 2182 §5", url: "https://www.rfc-editor.org/rfc/rfc2182#section-5" },
    ],
    rule,
};

/// A server as a line of evidence.
pub(crate) fn server_seen(s: &NameServer) -> Seen {
    let word = |x: &Exchange| match x {
        Exchange::Authoritative => "authoritative".to_owned(),
        Exchange::Silent => "no answer in time".to_owned(),
        Exchange::Lame(why) | Exchange::Failed(why) | Exchange::Skipped(why) => why.clone(),
    };
    let serial = s.serial.map(|n| format!(", serial {n}")).unwrap_or_default();
    let listed = if s.ns.is_empty() { String::new() } else { format!("\nNS {}", s.ns.join(" ")) };
    note(
        format!("{}{}", s.name, s.address.as_ref().map(|a| format!(" ({a})")).unwrap_or_default()),
        format!("UDP {}, TCP {}{serial}{listed}", word(&s.udp), word(&s.tcp)),
        s.at,
    )
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let asked: Vec<&NameServer> = e.servers.iter().filter(|s| !matches!(s.udp, Exchange::Skipped(_))).collect();
    let zone = e.delegation.as_ref().map_or_else(|| e.target.domain.registrable().to_owned(), |d| d.zone.clone());
    let named = e.lookup(&zone, "NS");
    if asked.is_empty() && named.values().is_empty() {
        return Found::unknown("None of the zone's name servers could be asked from here, so the delegation is not known.");
    }
    let own: BTreeSet<&str> = e.servers.iter().flat_map(|s| s.ns.iter().map(String::as_str)).collect();
    let mut seen: Vec<Seen> = e.servers.iter().map(server_seen).collect();
    if let Some(d) = &e.delegation {
        seen.insert(0, note(d.server.clone(), format!("{} NS {}", d.zone, d.ns.join(" ")), d.at));
    }
    seen.extend(dns_seen(e, &zone, "NS"));
    let lame: Vec<String> = asked
        .iter()
        .filter(|s| matches!(s.udp, Exchange::Lame(_)) && !matches!(s.tcp, Exchange::Authoritative))
        .map(|s| s.name.clone())
        .collect();
    let fix = |title: &str| {
        let wanted: Vec<&str> = own.iter().copied().filter(|n| !lame.iter().any(|l| l == n)).collect();
        Fix::new(title, CHECK.minutes)
            .step("At your registrar, open the name servers of the domain and set exactly the list that your DNS host shows for the zone.")
            .step("Wait for the parent's TTL, up to two days, before you switch the old servers off.")
            .paste(Paste::add(
                format!("name servers of {zone} at the registrar"),
                if wanted.is_empty() { vec!["the list that your DNS host shows"] } else { wanted },
            ))
            .undo("Set the former name servers again at the registrar.")
            .risk("A wrong list takes the whole domain off the internet; copy it, do not type it.")
    };
    if !lame.is_empty() {
        return Found::fail(format!(
            "{} {} asked for {zone}, but {} not know the zone.",
            list(&lame),
            if lame.len() == 1 { "is" } else { "are" },
            if lame.len() == 1 { "does" } else { "do" }
        ))
        .seen(seen)
        .fix(fix("Take servers that do not know your zone out of the delegation").step("Take their NS records out of the zone as well."));
    }
    let parent: BTreeSet<&str> = e.delegation.iter().flat_map(|d| d.ns.iter().map(String::as_str)).collect();
    if !own.is_empty() && !parent.is_empty() && parent.is_disjoint(&own) {
        return Found::fail(format!(
            "The registry sends people to {}, but the zone names {}: none of them the same.",
            parent.iter().copied().collect::<Vec<_>>().join(", "),
            own.iter().copied().collect::<Vec<_>>().join(", ")
        ))
        .seen(seen)
        .fix(fix("Make registry and zone name the same servers"));
    }
    let mut wrong: Vec<String> = vec![];
    let differ: Vec<&str> = parent.symmetric_difference(&own).copied().collect();
    if !own.is_empty() && !parent.is_empty() && !differ.is_empty() {
        wrong.push(format!("registry and zone disagree about {}", list(&differ)));
    }
    let aliases: Vec<&str> = e.servers.iter().filter(|s| s.alias).map(|s| s.name.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    if !aliases.is_empty() {
        wrong.push(format!("{} is an alias, which a name server must not be", list(&aliases)));
    }
    let listed_wrong = !wrong.is_empty();
    let glue = glue_differs(e);
    wrong.extend(glue.iter().cloned());
    let addresses: BTreeSet<&str> = e.servers.iter().filter_map(|s| s.address.as_deref()).collect();
    let names: BTreeSet<&str> = parent.iter().chain(&own).copied().chain(named.values()).collect();
    if names.len() == 1 {
        wrong.push(format!(
            "one name server, {}, serves the whole zone; when it is down, so is everything",
            list(&names.into_iter().collect::<Vec<_>>())
        ));
    } else if addresses.len() == 1 {
        wrong.push("one address serves the whole zone; when it is down, so is everything".into());
    }
    // What was seen is wrong whatever the parent says; what is right is so only with its word.
    if wrong.is_empty() && e.delegation.is_none() {
        Found::unknown("The parent zone's servers were not reached, so what they say about yours is not known.").seen(seen)
    } else if wrong.is_empty() && (asked.is_empty() || own.is_empty()) {
        Found::unknown("None of the zone's name servers could be asked from here, so the delegation is not known.").seen(seen)
    } else if wrong.is_empty() {
        Found::pass(format!("The registry and the zone name the same {} servers.", own.len().max(parent.len()))).seen(seen)
    } else {
        let text = wrong.join("; ");
        let mut chars = text.chars();
        let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        // The list of names mends neither an address that the registry holds nor a server that stands alone.
        let whole = match (listed_wrong, glue.is_empty()) {
            (true, _) => fix("Make registry and zone agree about the name servers"),
            (false, false) => Fix::new("Correct the addresses of the name servers at the registry", CHECK.minutes)
                .step("At your registrar, open the host records (glue) of the domain and set each to the address that the server's own A or AAAA record shows.")
                .undo("Set the former addresses again at the registrar.")
                .risk("A wrong address takes the domain off the internet for those who ask there; copy it, do not type it."),
            (false, true) => Fix::new("Serve the zone from a second place", CHECK.minutes)
                .step("Take a DNS host that runs at least two name servers at different addresses, or add a secondary name server elsewhere.")
                .step("Enter both in the zone and at your registrar.")
                .undo("Take the second server out of both lists again."),
        };
        Found::warn(format!("{first}{}.", chars.as_str())).seen(seen).fix(whole)
    }
}

/// Glue that is not among a server's own addresses.
fn glue_differs(e: &Outside) -> Vec<String> {
    let Some(d) = &e.delegation else { return vec![] };
    d.glue
        .iter()
        .filter(|g| d.ns.contains(&g.name))
        .filter(|g| {
            let own: Vec<&str> = e.servers.iter().filter(|s| s.name == g.name).filter_map(|s| s.address.as_deref()).collect();
            let same_family = |a: &&&str| a.contains(':') == g.value.contains(':');
            own.iter().filter(same_family).count() > 0 && !own.contains(&g.value.as_str())
        })
        .map(|g| format!("the registry's address {} for {} is not the server's own", g.value, g.name))
        .collect()
}

#[test]
fn table() {
    use crate::evidence::Record;
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("both agree", |_| {}, Outcome::Pass),
            ("a lame server (Zonemaster DELEGATION04)", |f| f.evidence.servers[1].udp = Exchange::Lame("REFUSED".into()), Outcome::Pass),
            (
                "lame over both transports",
                |f| {
                    f.evidence.servers[1].udp = Exchange::Lame("REFUSED".into());
                    f.evidence.servers[1].tcp = Exchange::Lame("REFUSED".into());
                },
                Outcome::Fail,
            ),
            ("silent is not lame", |f| f.evidence.servers[1].udp = Exchange::Silent, Outcome::Pass),
            (
                "no overlap (Zonemaster CONSISTENCY04)",
                |f| f.evidence.delegation.as_mut().unwrap().ns = vec!["ns.old.example".into()],
                Outcome::Fail,
            ),
            ("one more at the parent", |f| f.evidence.delegation.as_mut().unwrap().ns.push("ns3.acme.example".into()), Outcome::Warn),
            ("a server's name is an alias (RFC 2181 §10.3)", |f| f.evidence.servers[0].alias = true, Outcome::Warn),
            (
                "glue that differs (Zonemaster CONSISTENCY05)",
                |f| {
                    f.evidence.delegation.as_mut().unwrap().glue =
                        vec![Record { name: "ns1.acme.example".into(), rtype: "A".into(), ttl: 1, value: "203.0.113.9".into() }];
                },
                Outcome::Warn,
            ),
            (
                "glue of a family that was not asked says nothing",
                |f| {
                    f.evidence.delegation.as_mut().unwrap().glue =
                        vec![Record { name: "ns1.acme.example".into(), rtype: "AAAA".into(), ttl: 1, value: "2001:db8::9".into() }];
                },
                Outcome::Pass,
            ),
            ("a single server (Zonemaster DELEGATION01)", |f| f.evidence.servers.truncate(1), Outcome::Warn),
            (
                "two names, one address (Zonemaster DELEGATION02)",
                |f| f.evidence.servers[1].address = f.evidence.servers[0].address.clone(),
                Outcome::Warn,
            ),
            ("the parent was not reached", |f| f.evidence.delegation = None, Outcome::Unknown),
            (
                "the parent was not reached, and one server is all there is",
                |f| {
                    f.evidence.delegation = None;
                    f.evidence.servers.truncate(1);
                    f.evidence.servers[0].ns.truncate(1);
                    f.dns("acme.example", "NS", &["ns1.acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "one server is named, and none could be asked from here",
                |f| {
                    f.evidence.delegation = None;
                    f.evidence.servers.clear();
                    f.dns("acme.example", "NS", &["ns1.acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "the parent was not reached, and a server does not know the zone",
                |f| {
                    f.evidence.delegation = None;
                    f.evidence.servers[1].udp = Exchange::Lame("REFUSED".into());
                    f.evidence.servers[1].tcp = Exchange::Lame("REFUSED".into());
                },
                Outcome::Fail,
            ),
            (
                "the parent was not reached, and a server's name is an alias",
                |f| {
                    f.evidence.delegation = None;
                    f.evidence.servers[0].alias = true;
                },
                Outcome::Warn,
            ),
            (
                "nothing was reached",
                |f| {
                    f.evidence.servers.clear();
                    f.evidence.delegation = None;
                },
                Outcome::Unknown,
            ),
            (
                "only the parent was reached, and it names one server",
                |f| {
                    f.evidence.servers.clear();
                    f.evidence.delegation.as_mut().unwrap().ns.truncate(1);
                    f.dns("acme.example", "NS", &["ns1.acme.example"]);
                },
                Outcome::Warn,
            ),
        ],
    );
}
