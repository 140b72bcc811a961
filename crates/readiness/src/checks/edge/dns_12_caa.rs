//! DNS-12: CAA, if there is any, lets the authority renew that issued the present certificate.

use crate::check::{Check, Context, Fix, Found, Line, Paste, Reference, Seen};
use crate::checks::help::{dns_seen, list};
use crate::evidence::{Certificate, Collector, Evidence, Lookup};
use crate::words::{Area, Class, Impact, Stage};

/// DNS-12.
pub static CHECK: Check = Check {
    id: "DNS-12",
    name: "caa-present-valid-permits-current",
    title: "CAA present, valid and permits current issuer",
    stage: Stage::Edge,
    area: Area::Ssl,
    class: Class::Outside,
    impact: Impact::High,
    resting_impact: Impact::Low,
    needs: &[Collector::Dns, Collector::Tls],
    why: "A CAA record that forbids your own certificate authority lets the next renewal fail, weeks after anybody touched it.",
    criterion: "Fails when CAA forbids the authority of the live certificate; warns on records that cannot be read; its absence is only noted.",
    minutes: 10,
    references: &[Reference { title: "RFC 8659", url: "https://www.rfc-editor.org/rfc/rfc8659" }],
    rule,
};

/// Words in an issuer's name, and the identifiers that its owner accepts in CAA. From the
/// authorities' own documentation, as collected by CCADB.
const AUTHORITIES: &[(&str, &[&str])] = &[
    ("let's encrypt", &["letsencrypt.org"]),
    ("internet security research group", &["letsencrypt.org"]),
    ("google trust services", &["pki.goog", "google.com"]),
    (
        "digicert",
        &[
            "digicert.com",
            "symantec.com",
            "geotrust.com",
            "rapidssl.com",
            "thawte.com",
            "digitalcertvalidation.com",
            "volusion.digitalcertvalidation.com",
        ],
    ),
    ("sectigo", &["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"]),
    ("comodo", &["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"]),
    ("usertrust", &["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"]),
    ("zerossl", &["sectigo.com", "comodoca.com"]),
    ("amazon", &["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"]),
    ("globalsign", &["globalsign.com"]),
    ("godaddy", &["godaddy.com", "starfieldtech.com"]),
    ("starfield", &["godaddy.com", "starfieldtech.com"]),
    ("ssl corporation", &["ssl.com"]),
    ("ssl.com", &["ssl.com"]),
    ("entrust", &["entrust.net", "affirmtrust.com"]),
    ("buypass", &["buypass.com", "buypass.no"]),
    ("actalis", &["actalis.it"]),
    ("microsoft", &["microsoft.com"]),
    ("certum", &["certum.pl", "certum.eu"]),
    ("asseco", &["certum.pl", "certum.eu"]),
    ("harica", &["harica.gr"]),
    ("hellenic academic", &["harica.gr"]),
    ("swisssign", &["swisssign.com", "swisssign.net", "swisssign.ch"]),
    ("telesec", &["telesec.de"]),
    ("identrust", &["identrust.com"]),
];

struct Caa {
    critical: bool,
    tag: String,
    value: String,
}

/// `0 issue "letsencrypt.org; validationmethods=dns-01"` (RFC 8659 section 4.1.1).
fn parse(text: &str) -> Result<Caa, String> {
    let bad = || format!("“{text}” is not a CAA record.");
    let mut words = text.splitn(3, char::is_whitespace);
    let flags: u8 = words.next().and_then(|f| f.parse().ok()).ok_or_else(bad)?;
    let tag = words.next().filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric())).ok_or_else(bad)?.to_ascii_lowercase();
    let value = words.next().ok_or_else(bad)?.trim().trim_matches('"').to_owned();
    if tag == "issue" || tag == "issuewild" {
        let name = value.split(';').next().unwrap_or("").trim();
        if !name.is_empty() && (!name.contains('.') || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')) {
            return Err(format!("“{text}” names no authority: “{name}” is not a domain."));
        }
    }
    if tag == "iodef" && !["mailto:", "http:", "https:"].iter().any(|s| value.starts_with(s)) {
        return Err(format!("“{text}”: an iodef needs a mailto: or https: address."));
    }
    Ok(Caa { critical: flags & 128 != 0, tag, value })
}

/// The nearest ancestor with CAA records (section 3).
fn climb(e: &Evidence, host: &str) -> Result<Option<(String, Vec<String>)>, String> {
    let mut at = host;
    loop {
        let lookup = e.lookup(at, "CAA");
        if let Some(why) = lookup.not_learned() {
            return Err(why);
        }
        if let Lookup::Found(records) = lookup {
            return Ok(Some((at.to_owned(), records.iter().map(|r| r.value.clone()).collect())));
        }
        match at.split_once('.') {
            Some((_, parent)) if psl::domain_str(parent).is_some() => at = parent,
            _ => return Ok(None),
        }
    }
}

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    let host = e.target.domain.as_str();
    let (zone, values) = match climb(e, host) {
        Err(why) => return Found::unknown(format!("Whether CAA records exist was not learned: {why}.")),
        Ok(None) => {
            let mut found = Found::pass(format!(
                "There is no CAA record for {host}, so any authority may issue. That is fine; naming yours is a small extra lock."
            ))
            .seen(dns_seen(e, host, "CAA"));
            found.impact = Some(Impact::Info);
            return found;
        }
        Ok(Some(x)) => x,
    };
    let mut seen: Vec<Seen> = dns_seen(e, &zone, "CAA");
    let parsed: Vec<Result<Caa, String>> = values.iter().map(|v| parse(v)).collect();
    let records: Vec<&Caa> = parsed.iter().flatten().collect();
    let errors: Vec<&String> = parsed.iter().filter_map(|p| p.as_ref().err()).collect();
    let session = e.tls_of(host).and_then(|p| p.session().map(|s| (p, s)));
    if let Some((p, s)) = session {
        seen.extend(s.chain.first().map(|l| Seen {
            source: format!("{}:443", p.host),
            text: format!("certificate issued by {}", l.issuer),
            at: p.at,
        }));
    }
    let wild = session
        .and_then(|(_, s)| s.chain.first())
        .is_some_and(|l| !l.names.iter().any(|n| n == host) && l.names.iter().any(|n| n.starts_with("*.")));
    let tag = if wild && records.iter().any(|r| r.tag == "issuewild") { "issuewild" } else { "issue" };
    let allowed: Vec<String> =
        records.iter().filter(|r| r.tag == tag).map(|r| r.value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()).collect();
    let unknown_critical = records.iter().any(|r| {
        r.critical
            && !matches!(r.tag.as_str(), "issue" | "issuewild" | "iodef" | "issuemail" | "issuevmc" | "contactemail" | "contactphone")
    });
    let issuer = session.map(|(_, s)| identify(&s.chain));
    let verdict = if unknown_critical {
        Some(false)
    } else if allowed.is_empty() {
        // Only iodef, or only issuewild for an ordinary certificate: nothing is restricted.
        Some(true)
    } else if allowed.iter().all(String::is_empty) {
        Some(false)
    } else {
        match &issuer {
            Some(Some(ids)) => Some(allowed.iter().any(|a| ids.contains(&a.as_str()))),
            // A private or rare authority may be named after its own domain.
            Some(None) if allowed.iter().any(|a| session.is_some_and(|(_, s)| namesake(a, &s.chain))) => Some(true),
            // An authority that is not in the table is none of the well-known ones that are allowed.
            Some(None)
                if allowed.iter().filter(|a| !a.is_empty()).all(|a| AUTHORITIES.iter().any(|(_, ids)| ids.contains(&a.as_str()))) =>
            {
                Some(false)
            }
            Some(None) | None => None,
        }
    };
    let name = session.and_then(|(_, s)| s.chain.first()).map_or_else(|| "the issuer".to_owned(), |l| organisation(&l.issuer));
    match verdict {
        Some(false) => {
            let add = issuer.flatten().and_then(|ids| ids.first().copied()).unwrap_or("<the CAA name in your authority's documentation>");
            let mut found = Found::fail(format!(
                "CAA at {zone} forbids {name}, which issued the certificate in use: its next renewal will be refused."
            ))
            .seen(seen)
            .fix(Fix {
                title: format!("Allow {name} in CAA"),
                steps: vec![
                    format!("Add this record beside the others at {zone}."),
                    "Renew the certificate once by hand to see that it works.".into(),
                ],
                paste: vec![Paste {
                    place: format!("CAA · {zone} · TTL 300"),
                    lines: values
                        .iter()
                        .filter(|v| !(v.contains("\";\"") || v.ends_with(" ;")))
                        .map(|v| Line::Keep(v.clone()))
                        .chain([Line::Add(format!("0 {tag} \"{add}\""))])
                        .collect(),
                }],
                undo: "Delete the record that you added.".into(),
                risk: None,
                minutes: CHECK.minutes,
            });
            found.impact = Some(Impact::High);
            found
        }
        _ if !errors.is_empty() => Found::warn(errors.iter().map(|e| e.as_str()).collect::<Vec<_>>().join(" ")).seen(seen).fix(Fix {
            title: "Rewrite the CAA record".into(),
            steps: vec!["Replace the record that cannot be read. The form is: flags, tag, value in quotes.".into()],
            paste: vec![Paste::add(format!("CAA · {zone} · TTL 300"), ["0 issue \"letsencrypt.org\""])],
            undo: "Put the former record back.".into(),
            risk: Some("Name every authority that issues for you, or its renewals stop.".into()),
            minutes: CHECK.minutes,
        }),
        Some(true) => Found::pass(format!(
            "CAA at {zone} allows {}, which covers {name}.",
            if allowed.is_empty() { "every authority".to_owned() } else { list(&allowed) }
        ))
        .seen(seen),
        None if issuer.is_none() => Found::unknown("CAA records exist, but no certificate was seen to hold them against.").seen(seen),
        None => Found::unknown(format!("CAA allows {}; whether that is {name} could not be decided.", list(&allowed))).seen(seen),
    }
}

/// The CAA identifiers of the authority behind a chain.
fn identify(chain: &[Certificate]) -> Option<&'static [&'static str]> {
    chain.iter().find_map(|c| {
        let issuer = c.issuer.to_lowercase();
        AUTHORITIES.iter().find(|(word, _)| issuer.contains(word)).map(|(_, ids)| *ids)
    })
}

/// Whether a CAA identifier and the issuer carry one name: `testca.example`, `O=Test CA`.
fn namesake(identifier: &str, chain: &[Certificate]) -> bool {
    let squash = |t: &str| -> String { t.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase() };
    let label = squash(psl::domain_str(identifier).unwrap_or(identifier).split('.').next().unwrap_or(""));
    label.len() >= 4
        && chain.first().is_some_and(|leaf| {
            leaf.issuer
                .split(", ")
                .filter_map(|p| p.strip_prefix("O=").or_else(|| p.strip_prefix("CN=")))
                .map(squash)
                .any(|name| name.contains(&label) || (name.len() >= 4 && label.contains(&name)))
        })
}

fn organisation(dn: &str) -> String {
    ["O=", "CN="].iter().find_map(|k| dn.split(", ").find_map(|p| p.strip_prefix(k))).unwrap_or(dn).to_owned()
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::words::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("allows the issuer", |_| {}, Outcome::Pass),
            (
                "absent",
                |f| {
                    f.dns("acme.example", "CAA", &[]);
                },
                Outcome::Pass,
            ),
            (
                "forbids the issuer",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"digicert.com\""]);
                },
                Outcome::Fail,
            ),
            (
                "forbids everybody",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \";\""]);
                },
                Outcome::Fail,
            ),
            (
                "with parameters",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"letsencrypt.org; validationmethods=dns-01\""]);
                },
                Outcome::Pass,
            ),
            (
                "only a report address restricts nothing",
                |f| {
                    f.dns("acme.example", "CAA", &["0 iodef \"mailto:sec@acme.example\""]);
                },
                Outcome::Pass,
            ),
            (
                "issuewild does not bind an ordinary certificate",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issuewild \";\""]);
                },
                Outcome::Pass,
            ),
            (
                "cannot be read",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"letsencrypt.org\"", "0 iodef \"sec@acme.example\""]);
                },
                Outcome::Warn,
            ),
            (
                "an unknown critical tag stops every authority",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"letsencrypt.org\"", "128 tbs \"x\""]);
                },
                Outcome::Fail,
            ),
            (
                "a time-out is not absence",
                |f| {
                    f.status("acme.example", "CAA", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "the parent's record applies to a subdomain",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("app.acme.example").unwrap();
                    f.status("app.acme.example", "CAA", NxDomain).dns("acme.example", "CAA", &["0 issue \"digicert.com\""]);
                },
                Outcome::Fail,
            ),
            (
                "an authority named after its domain",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].issuer = "O=Test CA, CN=Test CA Root".into()).dns(
                        "acme.example",
                        "CAA",
                        &["0 issue \"testca.example\""],
                    );
                },
                Outcome::Pass,
            ),
            (
                "an authority that cannot be told apart",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].issuer = "O=Somebody, CN=X".into()).dns(
                        "acme.example",
                        "CAA",
                        &["0 issue \"other.example\""],
                    );
                },
                Outcome::Unknown,
            ),
        ],
    );
}
