//! MAIL-07: the keys with which mail is signed are published and strong.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::dns_seen;
use crate::evidence::{Collector, Evidence, Lookup};
use crate::words::{Area, Class, Impact, Outcome, Stage};
use base64::Engine;

/// MAIL-07.
pub static CHECK: Check = Check {
    id: "MAIL-07",
    name: "dkim-key-published",
    title: "DKIM key published",
    stage: Stage::Edge,
    area: Area::Email,
    class: Class::Outside,
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Mail],
    why: "Gmail and Outlook sort unsigned password resets and receipts into spam.",
    criterion: "Fails when a declared selector has no usable key or one below 1024 bits; warns below 2048 bits or in test mode; an unknown selector is unknown.",
    minutes: 15,
    references: &[
        Reference { title: "RFC 6376 §3.6.1", url: "https://www.rfc-editor.org/rfc/rfc6376#section-3.6.1" },
        Reference { title: "RFC 8301 §3.2", url: "https://www.rfc-editor.org/rfc/rfc8301#section-3.2" },
    ],
    rule,
};

/// Selectors that providers use by default; tried besides the declared ones.
pub const COMMON_SELECTORS: &[&str] = &[
    "google",
    "default",
    "selector1",
    "selector2",
    "s1",
    "s2",
    "k1",
    "k2",
    "k3",
    "resend",
    "pm",
    "mail",
    "dkim",
    "zoho",
    "zmail",
    "fm1",
    "fm2",
    "fm3",
    "protonmail",
    "mandrill",
    "mailjet",
    "mx",
    "smtp",
    "hs1",
    "hs2",
    "brevo1",
    "brevo2",
    "sig1",
];

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    let domain = e.target.mail_domain();
    if e.target.sends_mail == Some(false) {
        return Found::na(format!("{domain} is declared not to send mail."));
    }
    let name = |s: &str| format!("{s}._domainkey.{domain}");
    let declared: Vec<&str> = e.target.dkim_selectors.iter().map(crate::Selector::as_str).collect();
    let found_common: Vec<&str> = COMMON_SELECTORS
        .iter()
        .copied()
        .filter(|s| !declared.contains(s) && matches!(key(e, &name(s)), Key::Good(_) | Key::Weak(_) | Key::Bad(_)))
        .collect();
    if declared.is_empty() && found_common.is_empty() {
        return Found::unknown(
            "No DKIM key stands at the selectors that are commonly used. Tell us yours: it is the part after s= in the DKIM-Signature header of a mail that your product sent.",
        );
    }
    let judged: Vec<&str> = if declared.is_empty() { found_common } else { declared.clone() };
    let parts: Vec<Part> = judged.iter().map(|s| part(s, key(e, &name(s)), &name(s))).collect();
    let seen: Vec<Seen> = judged.iter().flat_map(|s| dns_seen(e, &name(s), "TXT")).collect();
    let strong = parts.iter().filter(|p| p.outcome == Outcome::Pass).map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
    let found = join(CHECK.impact, &parts, strong).seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let bad: Vec<&str> = parts.iter().filter(|p| p.outcome == found.outcome).map(|p| p.target.as_str()).collect();
    found.fix(Fix {
        title: format!("Publish a strong DKIM key for {}", bad.join(", ")),
        steps: vec![
            "Open the domain's page at the service that sends your mail; it shows a TXT or CNAME record for DKIM. With a choice of key length take 2048.".into(),
            "Add it exactly as shown. A long TXT value may be split into several quoted strings; they are read as one.".into(),
            "Press “verify” at the service, then send yourself a reset mail and look for dkim=pass.".into(),
        ],
        paste: bad.iter().map(|s| Paste::add(format!("TXT or CNAME · {} · TTL 300", name(s)), ["<the value that your mail service shows>"])).collect(),
        undo: "Keep the old selector until the new one signs; then delete the old record.".into(),
        risk: Some("Deleting a selector that still signs makes that mail fail. Add first, remove later.".into()),
        minutes: CHECK.minutes,
    })
}

enum Key {
    Good(String),
    Weak(String),
    Bad(String),
    Absent(String),
    Revoked,
    Unknown(String),
}

fn part(selector: &str, key: Key, name: &str) -> Part {
    match key {
        Key::Good(what) => Part::new(selector, Outcome::Pass, format!("Selector {selector} has {what}.")),
        Key::Weak(why) => Part::new(selector, Outcome::Warn, format!("Selector {selector}: {why}.")),
        Key::Bad(why) => Part::new(selector, Outcome::Fail, format!("Selector {selector}: {why}.")),
        Key::Absent(why) => Part::new(selector, Outcome::Fail, format!("{name} {why}.")),
        Key::Revoked => {
            Part::new(selector, Outcome::Fail, format!("Selector {selector} is revoked (an empty p=), so nothing it signed counts."))
        }
        Key::Unknown(why) => Part::new(selector, Outcome::Unknown, format!("Selector {selector} was not learned: {why}.")),
    }
}

fn key(e: &Evidence, name: &str) -> Key {
    let lookup = e.lookup(name, "TXT");
    let records: Vec<&str> = match &lookup {
        Lookup::Found(_) => lookup.values(),
        Lookup::NoData | Lookup::NxDomain => {
            let target = e.answer(name, "TXT").and_then(|a| a.records.iter().rfind(|r| r.rtype == "CNAME")).map(|r| r.value.clone());
            return Key::Absent(target.map_or_else(|| "does not exist".into(), |t| format!("is an alias for {t}, where no key stands")));
        }
        _ => return Key::Unknown(lookup.not_learned().unwrap_or_default()),
    };
    let tagged: Vec<Vec<(String, String)>> = records.iter().map(|r| tags(r)).collect();
    let keys: Vec<&Vec<(String, String)>> =
        tagged.iter().filter(|t| t.iter().any(|(k, _)| k == "p") && t.iter().all(|(k, v)| k != "v" || v == "DKIM1")).collect();
    let [tags] = keys.as_slice() else {
        return if keys.is_empty() {
            Key::Absent("has a TXT record, but no DKIM key".into())
        } else {
            Key::Bad("several keys stand at one name; receivers may take either".into())
        };
    };
    let get = |k: &str| tags.iter().find(|(t, _)| t == k).map(|(_, v)| v.as_str());
    let p: String = get("p").unwrap_or("").chars().filter(|ch| !ch.is_whitespace()).collect();
    if p.is_empty() {
        return Key::Revoked;
    }
    let Ok(der) = base64::engine::general_purpose::STANDARD.decode(&p) else {
        return Key::Bad("the key is cut off or mistyped; it is not valid base64".into());
    };
    let testing = get("t").is_some_and(|t| t.split(':').any(|f| f.trim() == "y"));
    let (what, bits) = match get("k").unwrap_or("rsa") {
        "ed25519" if der.len() == 32 => ("an Ed25519 key".to_owned(), 2048),
        "ed25519" => return Key::Bad("the Ed25519 key is not 32 bytes long".into()),
        "rsa" => match rsa_bits(&der) {
            Some(bits) => (format!("an RSA key of {bits} bits"), bits),
            None => return Key::Bad("the key is damaged; it is not an RSA public key".into()),
        },
        other => return Key::Bad(format!("the key type “{other}” is not one that receivers know")),
    };
    if bits < 1024 {
        return Key::Bad(format!("{what} is too short; receivers ignore it"));
    }
    if bits < 2048 {
        return Key::Weak(format!("{what} still counts, but 2048 bits are expected"));
    }
    if testing {
        return Key::Weak("it is in test mode (t=y), which lets receivers treat the mail as unsigned".into());
    }
    Key::Good(what)
}

fn tags(record: &str) -> Vec<(String, String)> {
    record.split(';').filter_map(|t| t.split_once('=')).map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim().to_owned())).collect()
}

/// Bits of the modulus, from an X.509 SubjectPublicKeyInfo or a bare PKCS#1 key.
fn rsa_bits(der: &[u8]) -> Option<usize> {
    use pkcs1::der::Decode;
    let bits = |pkcs1: &[u8]| {
        let key = pkcs1::RsaPublicKey::from_der(pkcs1).ok()?;
        let bytes = key.modulus.as_bytes();
        Some(bytes.len() * 8 - bytes.first()?.leading_zeros() as usize)
    };
    match spki::SubjectPublicKeyInfoRef::try_from(der) {
        Ok(info) => bits(info.subject_public_key.as_bytes()?),
        Err(_) => bits(der),
    }
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::fixture::rsa_key;
    const N: &str = "s1._domainkey.acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("2048 bits", |_| {}, Outcome::Pass),
            (
                "1024 bits",
                |f| {
                    f.txt(N, &[&rsa_key(1024)]);
                },
                Outcome::Warn,
            ),
            (
                "512 bits",
                |f| {
                    f.txt(N, &[&rsa_key(512)]);
                },
                Outcome::Fail,
            ),
            (
                "Ed25519",
                |f| {
                    f.txt(N, &["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]);
                },
                Outcome::Pass,
            ),
            (
                "revoked",
                |f| {
                    f.txt(N, &["v=DKIM1; p="]);
                },
                Outcome::Fail,
            ),
            (
                "test mode",
                |f| {
                    f.txt(N, &[&format!("{}; t=y:s", rsa_key(2048))]);
                },
                Outcome::Warn,
            ),
            (
                "cut off",
                |f| {
                    f.txt(N, &["v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq"]);
                },
                Outcome::Fail,
            ),
            (
                "declared, and missing",
                |f| {
                    f.status(N, "TXT", NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "declared, and not answered",
                |f| {
                    f.status(N, "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "nothing declared and nothing guessed is not a failure",
                |f| {
                    f.evidence.target.dkim_selectors.clear();
                    f.status(N, "TXT", NxDomain);
                },
                Outcome::Unknown,
            ),
            (
                "nothing declared, but a common selector has a key",
                |f| {
                    f.evidence.target.dkim_selectors.clear();
                    f.txt("google._domainkey.acme.example", &[&rsa_key(2048)]);
                },
                Outcome::Pass,
            ),
            (
                "a wildcard TXT is no key",
                |f| {
                    f.evidence.target.dkim_selectors.clear();
                    f.status(N, "TXT", NxDomain).txt("google._domainkey.acme.example", &["v=spf1 -all"]);
                },
                Outcome::Unknown,
            ),
            ("declared not to send", |f| f.evidence.target.sends_mail = Some(false), Outcome::Na),
        ],
    );
}
