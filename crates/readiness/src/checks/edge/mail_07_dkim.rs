//! MAIL-07: the keys with which mail is signed are published and strong.

use super::dmarc_fix::{Place, change, place};
use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, Seen, join};
use crate::checks::help::dns_seen;
use crate::dkim;
use crate::evidence::{Collector, Evidence};
use crate::words::{Area, Class, Impact, Outcome, Stage};

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
    criterion: "Fails when a declared selector has no usable key or one below 1024 bits; warns below 2048 bits, in test mode, or with another TXT beside the key; an unknown selector is unknown.",
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
    let of = |selectors: &[&str]| selectors.iter().map(|s| selector(e, s, &name(s))).collect::<Vec<_>>();
    let judged = if declared.is_empty() {
        let mut found = of(COMMON_SELECTORS);
        found.retain(|j| j.has_key);
        // A guessed selector may be a leftover; what else is usable counts.
        let usable = |j: &Judged| matches!(j.part.outcome, Outcome::Pass | Outcome::Warn);
        if found.iter().any(usable) {
            found.retain(usable);
        }
        found
    } else {
        of(&declared)
    };
    if judged.is_empty() {
        return Found::unknown(
            "No DKIM key stands at the selectors that are commonly used. Tell us yours: it is the part after s= in the DKIM-Signature header of a mail that your product sent.",
        );
    }
    let parts: Vec<Part> = judged.iter().map(|j| j.part.clone()).collect();
    let seen: Vec<Seen> = parts.iter().flat_map(|p| dns_seen(e, &name(&p.target), "TXT")).collect();
    let strong = parts.iter().filter(|p| p.outcome == Outcome::Pass).map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
    let found = join(CHECK.impact, &parts, strong).seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let open: Vec<&Judged> = judged.iter().filter(|j| j.part.outcome == found.outcome).collect();
    let fix = open.iter().fold(fix(&open), |fix, j| match &j.swap {
        Some(swap) => swapped(e, &name(&j.part.target), swap, fix),
        None => match place(e, &name(&j.part.target)) {
            Place::Here(at) => {
                fix.paste(Paste::add(format!("TXT or CNAME · {at} · TTL 300"), ["<the value that your mail service shows>"]))
            }
            Place::Elsewhere(at) => fix.step(format!(
                "{} is an alias for {at}: renew the key at that service, or replace the alias by the record that your mail service shows.",
                name(&j.part.target)
            )),
        },
    });
    found.fix(fix)
}

fn fix(open: &[&Judged]) -> Fix {
    let names: Vec<&str> = open.iter().map(|j| j.part.target.as_str()).collect();
    let undo = "Keep the old selector until the new one signs; then delete the old record.";
    let risk = "Deleting a selector that still signs makes that mail fail. Add first, remove later.";
    let verify = "Press “verify” at the service, then send yourself a reset mail and look for dkim=pass.";
    if open.iter().all(|j| j.swap.is_some()) {
        return Fix::new(format!("Repair the DKIM record of {}", names.join(", ")), 5)
            .step("The key stays; only what is named above is changed. A long TXT value may be split into several quoted strings; they are read as one.")
            .step(verify)
            .undo("Put the former record back.");
    }
    Fix::new(format!("Publish a strong DKIM key for {}", names.join(", ")), CHECK.minutes)
        .step("Open the domain's page at the service that sends your mail; it shows a TXT or CNAME record for DKIM. With a choice of key length take 2048.")
        .step("Add it exactly as shown. A long TXT value may be split into several quoted strings; they are read as one.")
        .step(verify)
        .undo(undo)
        .risk(risk)
}

/// A record set as it should be: these values away, this one standing.
struct Swap {
    old: Vec<String>,
    new: String,
}

fn swapped(e: &Evidence, name: &str, swap: &Swap, fix: Fix) -> Fix {
    let stands = e.lookup(name, "TXT").values().contains(&swap.new.as_str());
    match place(e, name) {
        Place::Here(at) => {
            let new = if stands { Line::Keep(swap.new.clone()) } else { Line::Add(swap.new.clone()) };
            let lines = swap.old.iter().cloned().map(Line::Remove).chain([new]).collect();
            fix.paste(Paste { place: format!("TXT · {at} · TTL 300"), lines })
        }
        Place::Elsewhere(_) => change(e, name, &[], &swap.new, fix),
    }
}

/// What stands at one selector.
struct Judged {
    part: Part,
    /// Whether anything there is meant as a key in use.
    has_key: bool,
    swap: Option<Swap>,
}

fn selector(e: &Evidence, selector: &str, name: &str) -> Judged {
    let judged = |outcome, text: String, has_key, swap| Judged { part: Part::new(selector, outcome, text), has_key, swap };
    let lookup = e.lookup(name, "TXT");
    if let Some(why) = lookup.not_learned() {
        return judged(Outcome::Unknown, format!("Selector {selector} was not learned: {why}."), false, None);
    }
    let records = lookup.values();
    let (keys, others): (Vec<&str>, Vec<&str>) = records.iter().partition(|r| dkim::is_meant(r));
    if let Some(new) = rejoined(&records) {
        let old = records.iter().map(|r| (*r).to_owned()).collect();
        let text = format!("Selector {selector}: the key was cut into two TXT records, and receivers read only one of them.");
        return judged(Outcome::Fail, text, true, Some(Swap { old, new }));
    }
    let key = match keys.as_slice() {
        [one] => *one,
        [] => {
            let why = match place(e, name) {
                _ if !records.is_empty() => "has a TXT record, but no DKIM key".to_owned(),
                Place::Here(at) | Place::Elsewhere(at) if at != name => format!("is an alias for {at}, where no key stands"),
                _ => "does not exist".into(),
            };
            return judged(Outcome::Fail, format!("{name} {why}."), false, None);
        }
        _ => {
            return judged(
                Outcome::Fail,
                format!(
                    "Selector {selector}: {} keys stand at one name; receivers may take either. Leave the one that your mail service shows.",
                    keys.len()
                ),
                true,
                None,
            );
        }
    };
    let read = dkim::read(key);
    if read.revoked {
        return judged(Outcome::Fail, format!("Selector {selector} is revoked (an empty p=), so nothing it signed counts."), false, None);
    }
    let swap = || {
        let new = read.repaired.clone().unwrap_or_else(|| key.to_owned());
        let old: Vec<String> = others.iter().copied().chain((new != key).then_some(key)).map(str::to_owned).collect();
        (!old.is_empty()).then_some(Swap { old, new })
    };
    if !read.bad.is_empty() {
        let swap = read.repaired.is_some().then(swap).flatten();
        return judged(Outcome::Fail, format!("Selector {selector}: {}.", read.bad.join("; ")), true, swap);
    }
    let mut weak = read.weak.clone();
    if let Some(o) = others.first() {
        let short: String = o.chars().take(60).collect();
        weak.push(format!(
            "another TXT stands beside the key (“{short}”), and which of the two a receiver reads is chance (RFC 6376 section 3.6.2.2)"
        ));
    }
    if !weak.is_empty() {
        return judged(Outcome::Warn, format!("Selector {selector}: {}.", weak.join("; ")), true, swap());
    }
    judged(Outcome::Pass, format!("Selector {selector} has {}.", read.what.unwrap_or_else(|| "a key".into())), true, None)
}

/// The key of which a form that takes 255 characters a record made two.
fn rejoined(records: &[&str]) -> Option<String> {
    let good = |r: &str| dkim::is_meant(r) && dkim::read(r).bad.is_empty();
    match records {
        [a, b] if !good(a) && !good(b) => [format!("{a}{b}"), format!("{b}{a}")].into_iter().find(|w| good(w)),
        _ => None,
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
                "only SHA-1 (RFC 8301 §3.1)",
                |f| {
                    f.txt(N, &[&format!("{}; h=sha1", rsa_key(2048))]);
                },
                Outcome::Fail,
            ),
            (
                "SHA-256 beside SHA-1",
                |f| {
                    f.txt(N, &[&format!("{}; h=sha1:sha256", rsa_key(2048))]);
                },
                Outcome::Pass,
            ),
            (
                "not for mail (RFC 6376 §3.6.1, s=)",
                |f| {
                    f.txt(N, &[&format!("{}; s=other", rsa_key(2048))]);
                },
                Outcome::Fail,
            ),
            (
                "a junk TXT beside the key",
                |f| {
                    f.txt(N, &[&rsa_key(2048), "left over"]);
                },
                Outcome::Warn,
            ),
            (
                "one key in two records",
                |f| {
                    let key = rsa_key(2048);
                    let (a, b) = key.split_at(250);
                    f.txt(N, &[a, b]);
                },
                Outcome::Fail,
            ),
            (
                "tags and key in two records",
                |f| {
                    let key = rsa_key(2048);
                    let (a, b) = key.split_at(16);
                    f.txt(N, &[b, a]);
                },
                Outcome::Fail,
            ),
            (
                "two keys",
                |f| {
                    f.txt(N, &[&rsa_key(2048), &rsa_key(1024)]);
                },
                Outcome::Fail,
            ),
            (
                "a leftover at a guessed selector does not fail the one in use",
                |f| {
                    f.evidence.target.dkim_selectors.clear();
                    f.txt("google._domainkey.acme.example", &[&rsa_key(512)]);
                },
                Outcome::Pass,
            ),
            (
                "an alias to a service without a key",
                |f| {
                    f.alias(N, "TXT", "s1.mail.test").status("s1.mail.test", "TXT", NxDomain);
                },
                Outcome::Fail,
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

#[test]
fn the_record_that_stands_is_edited() {
    const N: &str = "s1._domainkey.acme.example";
    let key = crate::fixture::rsa_key(2048);
    let (a, b) = key.split_at(250);
    let (testing, sha1, short) = (format!("{key}; t=y"), format!("{key}; h=sha1; n=x"), crate::fixture::rsa_key(1024));
    let fixed = format!("{key}; h=sha256; n=x");
    let remove = |t: &str| Line::Remove(t.to_owned());
    let rows: Vec<(Vec<&str>, Vec<Line>)> = vec![
        (vec![&testing], vec![remove(&testing), Line::Add(key.clone())]),
        (vec![&sha1], vec![remove(&sha1), Line::Add(fixed)]),
        (vec![&key, "junk"], vec![remove("junk"), Line::Keep(key.clone())]),
        (vec![a, b], vec![remove(a), remove(b), Line::Add(key.clone())]),
        (vec![&short], vec![Line::Add("<the value that your mail service shows>".into())]),
    ];
    for (records, lines) in rows {
        let mut f = crate::fixture::Fixture::good();
        f.txt(N, &records);
        let fix = rule(&Context { evidence: &f.evidence, now: f.now }).fix.unwrap();
        assert_eq!(fix.paste.first().map(|p| &p.lines), Some(&lines), "{records:?}: {:?}", fix.steps);
        // Kept at a service, it is changed there.
        f.alias(N, "TXT", "s1.mail.test").txt("s1.mail.test", &records);
        let fix = rule(&Context { evidence: &f.evidence, now: f.now }).fix.unwrap();
        assert!(fix.paste.is_empty() && fix.steps.iter().any(|s| s.contains("s1.mail.test")), "{records:?}: {:?}", fix.steps);
    }
}
