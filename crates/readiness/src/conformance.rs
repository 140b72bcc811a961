//! Rows written from the standards and from the documented cases of the tools that we are measured
//! by, each with its source. A row changes one thing on a good site and names the outcome.

use crate::check::Context;
use crate::evidence::{Answer, DnssecState, Purpose, RdapOutcome, RefKind, Reference, TlsOutcome};
use crate::fixture::{Fixture, rsa_key, set};
use crate::taxonomy::Outcome;
use crate::{catalogue, time};

const D: &str = "acme.example";
const FRONT: &str = "https://acme.example/";
const SCRIPT: &str = "https://acme.example/assets/app.3f9c1b2a.js";

fn records(value: &str) -> Vec<&str> {
    if value == "-" { vec![] } else { value.split("||").collect() }
}

/// Sets a header on everything that the site answered.
fn header(f: &mut Fixture, name: &str, value: &str) {
    let value = if value == "-" { "" } else { value };
    for x in f.evidence.fetches.iter_mut().filter(|x| !matches!(x.purpose, Purpose::Again | Purpose::Conditional)) {
        for h in &mut x.hops {
            if let Answer::Response(r) = &mut h.answer {
                set(r, name, value);
            }
        }
    }
}

fn text(f: &mut Fixture, purpose: Purpose, path: &str, body: &str) {
    let hop = f.answer(&format!("{FRONT}{path}"), 200, &[("content-type", "text/plain")], &body.replace("\\n", "\n"));
    f.fetch(purpose, vec![hop]);
}

fn apply(f: &mut Fixture, what: &str, value: &str) {
    let (kind, word) = what.split_once(':').unwrap_or((what, ""));
    match kind {
        "txt" => {
            f.txt(D, &records(value));
        }
        "dmarc" => {
            f.txt("_dmarc.acme.example", &records(value));
        }
        "dkim" => {
            let bits = value.split('@').nth(1).and_then(|v| v.split(';').next()).and_then(|b| b.trim().parse().ok());
            let key = bits.map(|b: usize| rsa_key(b).split("p=").nth(1).unwrap_or("").to_owned());
            let value = match (bits, key) {
                (Some(b), Some(k)) => value.replace(&format!("@{b}"), &k),
                _ => value.to_owned(),
            };
            f.txt("s1._domainkey.acme.example", &records(&value));
        }
        "caa" => {
            f.dns(D, "CAA", &records(value));
        }
        "mx" => {
            f.dns(D, "MX", &records(value));
        }
        "a" => {
            f.dns(D, "A", &records(value));
        }
        "aaaa" => {
            f.dns(D, "AAAA", &records(value));
        }
        "hsts" => header(f, "strict-transport-security", value),
        "header" => header(f, word, value),
        "cookie" => header(f, "set-cookie", value),
        "cors" => {
            let (origin, credentials) = value.split_once(' ').unwrap_or((value, "-"));
            let mut headers = vec![("access-control-allow-origin", origin)];
            if credentials != "-" {
                headers.push(("access-control-allow-credentials", credentials));
            }
            f.cors(Purpose::Cors, "https://evil.example", &headers);
        }
        "robots" => text(f, Purpose::Robots, "robots.txt", value),
        "sectxt" => text(f, Purpose::SecurityTxt, ".well-known/security.txt", value),
        "cache" => {
            f.page(SCRIPT, |r| set(r, "cache-control", ""));
            for x in f.evidence.fetches.iter_mut().filter(|x| x.purpose == Purpose::Asset) {
                if let Answer::Response(r) = &mut x.hops[0].answer {
                    set(r, "cache-control", if value == "-" { "" } else { value });
                }
            }
        }
        "again" => {
            let hop = f.answer(SCRIPT, 200, &[(word, value), ("x-amz-cf-id", "x")], "export{}");
            f.fetch(Purpose::Again, vec![hop]);
        }
        "chain" => {
            f.chain(Purpose::Start, &value.split(' ').collect::<Vec<_>>());
        }
        "ref" => {
            let kind = match word {
                "script" => RefKind::Script,
                "style" => RefKind::Style,
                "frame" => RefKind::Frame,
                "form" => RefKind::Form,
                "media" => RefKind::Media,
                "css" => RefKind::Css,
                "image-set" => RefKind::ImageSet,
                "font" => RefKind::Font,
                _ => RefKind::Link,
            };
            f.evidence.pages[0].refs.push(Reference { kind, url: value.into(), integrity: None });
        }
        "hit" => f.hit(SCRIPT, value),
        "days" | "status" => {
            let RdapOutcome::Found(r) = &mut f.evidence.registration.as_mut().unwrap().outcome else { panic!() };
            match value.parse::<i64>() {
                Ok(days) => r.expires = Some(f.now + days * time::DAY_MS + 1000),
                Err(_) => r.status = vec![value.into()],
            }
        }
        "suite" => f.evidence.handshakes[0].versions[3].suites = vec![value.into()],
        "version" => f.evidence.handshakes[0].versions.iter_mut().find(|v| v.version == value).unwrap().accepted = Some(true),
        "key" | "left" => {
            let now = f.now;
            let TlsOutcome::Session(s) = &mut f.evidence.tls.iter_mut().find(|t| t.host == D).unwrap().outcome else { panic!() };
            match value.parse::<i64>() {
                Ok(days) => {
                    s.chain[0].not_after = now + days * time::DAY_MS;
                    s.chain[0].not_before = s.chain[0].not_after - 90 * time::DAY_MS;
                }
                Err(_) => {
                    let mut words = value.split(' ');
                    let d = s.chain[0].details.as_mut().unwrap();
                    d.key = words.next().unwrap().into();
                    d.bits = words.next().unwrap().parse().unwrap();
                    d.signature = words.next().unwrap().into();
                }
            }
        }
        "dnssec" => {
            let now = f.now;
            let d = f.evidence.dnssec.as_mut().unwrap();
            d.has_keys = word == "keys";
            match value.split_once(' ').unwrap_or((value, "")) {
                ("secure", "") => d.state = DnssecState::Secure,
                ("secure", hours) => {
                    d.state = DnssecState::Secure;
                    d.signatures_end = Some(now + hours.parse::<i64>().unwrap() * 3_600_000);
                }
                ("bogus", why) => d.state = DnssecState::Bogus(why.into()),
                ("indeterminate", why) => d.state = DnssecState::Indeterminate(why.into()),
                _ => d.state = DnssecState::Insecure,
            }
        }
        "life" => {
            let now = f.now;
            let TlsOutcome::Session(s) = &mut f.evidence.tls.iter_mut().find(|t| t.host == D).unwrap().outcome else { panic!() };
            let (left, of) = value.split_once('/').unwrap();
            s.chain[0].not_after = now + left.parse::<i64>().unwrap() * time::DAY_MS + 1000;
            s.chain[0].not_before = s.chain[0].not_after - of.parse::<i64>().unwrap() * time::DAY_MS;
        }
        "ttl" => {
            for r in f.evidence.dns.iter_mut().filter(|a| a.name == D && a.rtype == "A").flat_map(|a| &mut a.records) {
                r.ttl = value.parse().unwrap();
            }
        }
        "negative" => f.evidence.servers[0].negative_ttl = Some(value.parse().unwrap()),
        other => panic!("nothing is known of {other}"),
    }
}

#[test]
fn every_row_holds() {
    let rows: Vec<Vec<&str>> =
        include_str!("../conformance/rows.tsv").lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    let mut wrong = vec![];
    for row in &rows {
        let &[id, what, value, want, source] = row.as_slice() else { panic!("not five columns: {row:?}") };
        let id = if id == "HSTS" { "TLS-08" } else { id };
        let mut f = Fixture::good();
        apply(&mut f, what, value);
        let check = catalogue::entry(id).and_then(|e| e.check).unwrap_or_else(|| panic!("no check {id}"));
        let found = (check.rule)(&Context::of(&f.evidence, f.now));
        if Outcome::from_word(want) != Some(found.outcome) {
            wrong.push(format!("{id} {what} {value}: {} and not {want} ({source}): {}", found.outcome, found.summary));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    assert!(rows.len() >= 400, "{}", rows.len());
}
