//! The DNS map: every record that was seen, with what it is for; and how it drifts from the one
//! that the owner approved.

use crate::evidence::{MapRecord, Outside};
use crate::providers;
use crate::report::escape::{csv as cell, line};
use crate::spf;
use crate::stack;

/// Types that a map holds, in its order.
const TYPES: [&str; 8] = ["SOA", "NS", "A", "AAAA", "CNAME", "MX", "TXT", "CAA"];

/// The map of everything below the registrable domain that the scan saw at the source.
#[must_use]
pub fn build(e: &Outside) -> Vec<MapRecord> {
    let zone = e.target.domain.registrable();
    let below = format!(".{zone}");
    let random = |name: &str| e.random_names.iter().chain(&e.random_mail_names).any(|r| r == name);
    let mut out: Vec<MapRecord> = vec![];
    let mut asked: Vec<(&str, &str)> = e.dns.iter().map(|a| (a.name.as_str(), a.rtype.as_str())).collect();
    asked.sort_unstable();
    asked.dedup();
    for (name, rtype) in asked {
        let Some(answer) = e.answer(name, rtype) else { continue };
        for r in &answer.records {
            let inside = r.name == zone || r.name.ends_with(&below);
            if !inside || random(&r.name) || !TYPES.contains(&r.rtype.as_str()) || r.rtype == "SOA" {
                continue;
            }
            let (purpose, owner) = purpose(e, &r.name, &r.rtype, &r.value);
            let record = MapRecord {
                name: r.name.clone(),
                rtype: r.rtype.clone(),
                value: r.value.clone(),
                ttl: r.ttl,
                purpose,
                owner,
                proxied: matches!(r.rtype.as_str(), "A" | "AAAA" | "CNAME") && stack::edge_of(e, &r.name).is_some(),
            };
            if !out.iter().any(|o| o.key() == record.key()) {
                out.push(record);
            }
        }
    }
    let place = |t: &str| TYPES.iter().position(|x| *x == t).unwrap_or(TYPES.len());
    out.sort_by(|a, b| {
        (a.name != zone, a.name.as_str(), place(&a.rtype), a.value.as_str()).cmp(&(
            b.name != zone,
            b.name.as_str(),
            place(&b.rtype),
            b.value.as_str(),
        ))
    });
    out
}

/// What a record is for, and who runs its target.
fn purpose(e: &Outside, name: &str, rtype: &str, value: &str) -> (String, String) {
    let domain = e.target.domain.as_str();
    let named = |words: &[(&str, &str)]| words.iter().find(|(k, _)| value.contains(k)).map(|(_, v)| (*v).to_owned());
    let sender = |host: &str| {
        providers::senders().iter().find(|s| {
            providers::ends_in(host, &s.mx_ends) || providers::ends_in(host, &s.return_ends) || providers::ends_in(host, &s.dkim_ends)
        })
    };
    match rtype {
        "NS" => ("Name server of the zone".into(), stack::dns_host(value).unwrap_or_default().to_owned()),
        "CAA" => ("Which authorities may issue certificates".into(), String::new()),
        "MX" => {
            let host = value.split_whitespace().nth(1).unwrap_or("");
            let owner = sender(host).map(|s| s.name.to_owned()).unwrap_or_default();
            (if name == domain { "Receives mail".into() } else { "Takes bounces of sent mail".into() }, owner)
        }
        "TXT" if spf::is_spf(value) => ("SPF: who may send mail".into(), String::new()),
        "TXT" if name.starts_with("_dmarc.") => ("DMARC: what to do with forged mail".into(), String::new()),
        "TXT" if name.contains("._domainkey.") => ("DKIM: key for signed mail".into(), String::new()),
        "TXT" if name.starts_with("_mta-sts.") => ("MTA-STS: mail only over TLS".into(), String::new()),
        "TXT" if name.starts_with("_smtp._tls.") => ("TLS-RPT: reports about mail over TLS".into(), String::new()),
        "TXT" if name.contains("_acme-challenge") => ("Left from issuing a certificate".into(), String::new()),
        "TXT" => {
            let owner = named(&[
                ("google-site-verification", "Google"),
                ("facebook-domain-verification", "Meta"),
                ("MS=", "Microsoft 365"),
                ("stripe-verification", "Stripe"),
                ("apple-domain", "Apple"),
                ("atlassian-domain", "Atlassian"),
                ("openai-domain", "OpenAI"),
                ("_launchready", "Launch Ready"),
                ("zoho-verification", "Zoho"),
                ("resend-", "Resend"),
                ("sentry", "Sentry"),
            ]);
            (
                if owner.is_some() || value.contains("verif") { "Proves control of the domain to a service" } else { "" }.into(),
                owner.unwrap_or_default(),
            )
        }
        "CNAME" if name.contains("._domainkey.") => {
            ("DKIM: key for signed mail".into(), sender(value).map(|s| s.name.to_owned()).unwrap_or_default())
        }
        "A" | "AAAA" | "CNAME" => {
            let what = if name == domain {
                "The site"
            } else if name == format!("www.{domain}") {
                "The site with www."
            } else if e.lookup(domain, "MX").values().iter().any(|v| v.split_whitespace().nth(1) == Some(name)) {
                "Mail server"
            } else if e.servers.iter().any(|s| s.name == name) {
                "Name server"
            } else if e.target.hosts.iter().any(|h| h.as_str() == name) {
                "Declared host of the product"
            } else {
                ""
            };
            let owner = stack::edge_of(e, name).or_else(|| stack::hosting_of_target(value)).unwrap_or_default();
            (what.into(), owner.to_owned())
        }
        _ => (String::new(), String::new()),
    }
}

/// How a map moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Records that were not approved.
    pub added: Vec<MapRecord>,
    /// Approved records that are gone.
    pub removed: Vec<MapRecord>,
}

/// Compares the names and types that both scans asked about; what was not asked now did not change.
#[must_use]
pub fn drift(approved: &[MapRecord], e: &Outside) -> Drift {
    let now = build(e);
    let mut d = Drift::default();
    for r in &now {
        if !approved.iter().any(|a| a.key() == r.key()) {
            d.added.push(r.clone());
        }
    }
    for a in approved {
        let definitive = e.answer(&a.name, &a.rtype).is_some_and(|x| x.status.is_definitive())
            || (a.rtype == "CNAME" && e.answer(&a.name, "A").is_some_and(|x| x.status.is_definitive()));
        if definitive && !now.iter().any(|r| r.key() == a.key()) {
            d.removed.push(a.clone());
        }
    }
    d
}

/// The map as a zone file (RFC 1035 section 5), with purposes as comments.
#[must_use]
pub fn zone_file(zone: &str, records: &[MapRecord]) -> String {
    let mut out = format!("; {zone}, as seen from outside. Records that nobody asked for are not in it.\n$ORIGIN {zone}.\n");
    for r in records {
        let value = match r.rtype.as_str() {
            "TXT" => chunks(&r.value),
            "CNAME" | "NS" => format!("{}.", r.value),
            "MX" if !r.value.ends_with(" .") => format!("{}.", r.value),
            _ => r.value.clone(),
        };
        out.push_str(&format!(
            "{}. {} IN {} {}{}\n",
            line(&r.name),
            r.ttl,
            r.rtype,
            line(&value),
            if r.purpose.is_empty() { String::new() } else { format!(" ; {}", line(&r.purpose)) }
        ));
    }
    out
}

/// A TXT value as strings of at most 255 bytes, quoted.
fn chunks(value: &str) -> String {
    let mut parts: Vec<String> = vec![String::new()];
    let mut used = 0;
    for c in value.chars().filter(|c| !c.is_control()) {
        if used + c.len_utf8() > 255 {
            parts.push(String::new());
            used = 0;
        }
        if let Some(last) = parts.last_mut() {
            if matches!(c, '"' | '\\') {
                last.push('\\');
            }
            last.push(c);
        }
        used += c.len_utf8();
    }
    parts.iter().map(|p| format!("\"{p}\"")).collect::<Vec<_>>().join(" ")
}

/// The map as CSV.
#[must_use]
pub fn csv(records: &[MapRecord]) -> String {
    let mut out = String::from("name,type,value,ttl,purpose,owner,proxied\r\n");
    for r in records {
        let cells = [&r.name, &r.rtype, &r.value].map(|c| cell(c)).join(",");
        out.push_str(&format!("{cells},{},{},{},{}\r\n", r.ttl, cell(&r.purpose), cell(&r.owner), if r.proxied { "yes" } else { "no" }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn a_map_knows_what_records_are_for_and_notices_drift() {
        let mut f = Fixture::good();
        let map = build(&f.evidence);
        let of = |name: &str, t: &str| map.iter().find(|r| r.name == name && r.rtype == t).map(|r| r.purpose.clone());
        assert_eq!(of("acme.example", "A").as_deref(), Some("The site"));
        assert_eq!(of("acme.example", "MX").as_deref(), Some("Receives mail"));
        assert_eq!(of("s1._domainkey.acme.example", "TXT").as_deref(), Some("DKIM: key for signed mail"));
        assert_eq!(drift(&map, &f.evidence), Drift::default());
        f.dns("acme.example", "A", &["192.0.2.77"]);
        let d = drift(&map, &f.evidence);
        assert_eq!((d.added.len(), d.removed.len(), d.added[0].value.as_str()), (1, 1, "192.0.2.77"));
        f.status("acme.example", "A", crate::evidence::DnsStatus::Timeout);
        assert!(drift(&map, &f.evidence).removed.is_empty(), "what was not answered did not go away");
    }

    #[test]
    fn exports_are_well_formed_and_harmless() {
        let long = "x".repeat(300);
        let r = |t: &str, v: &str| MapRecord {
            name: "acme.example".into(),
            rtype: t.into(),
            value: v.into(),
            ttl: 300,
            purpose: "=cmd|' /C calc'!A0\nx".into(),
            owner: String::new(),
            proxied: false,
        };
        let all = [r("TXT", &format!("a\"b{long}")), r("MX", "10 mx.acme.example"), r("CNAME", "x.example")];
        let zone = zone_file("acme.example", &all);
        assert_eq!(zone.lines().count(), 5);
        assert!(zone_file("acme.example", &[r("CAA", "0 issue x\n$INCLUDE /etc/passwd")]).lines().count() == 3, "no line of its own");
        assert!(zone.contains("\"a\\\"b") && zone.contains("10 mx.acme.example. ;") && zone.contains("\" \"xxx"), "{zone}");
        let table = csv(&all);
        assert!(table.contains("\"'=cmd|") && table.contains("\"a\"\"bx"), "{table}");
    }
}
