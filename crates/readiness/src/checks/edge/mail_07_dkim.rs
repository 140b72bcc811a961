//! MAIL-07: the keys with which mail is signed are published and strong.

use super::dmarc_fix::{Place, change, place};
use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, Seen, join};
use crate::checks::help::dns_seen;
use crate::dkim;
use crate::evidence::{Collector, Outside, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// MAIL-07.
pub static CHECK: Check = Check {
    id: "MAIL-07",
    name: "dkim-key-published",
    title: "DKIM key published",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
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
    let e = c.outside();
    let domain = e.target.mail_domain();
    if e.target.sends_mail == Some(false) {
        return Found::na(format!("{domain} is declared not to send mail."));
    }
    let name = |s: &str| format!("{s}._domainkey.{domain}");
    let declared: Vec<&str> = e.target.dkim_selectors.iter().map(crate::domain::Selector::as_str).collect();
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
        // Silence at a guessed name does not say that no key stands there.
        let silent: Vec<String> = COMMON_SELECTORS.iter().filter_map(|s| e.lookup(&name(s), "TXT").not_learned()).collect();
        let what = match silent.first() {
            None => "No DKIM key stands at the selectors that are commonly used.".to_owned(),
            Some(why) if silent.len() == COMMON_SELECTORS.len() => {
                format!("Whether a DKIM key stands at the selectors that are commonly used was not learned: {why}.")
            }
            Some(why) => format!(
                "No DKIM key was seen at the selectors that are commonly used, but {} of {} were not learned: {why}.",
                silent.len(),
                COMMON_SELECTORS.len()
            ),
        };
        return Found::unknown(format!(
            "{what} Tell us yours: it is the part after s= in the DKIM-Signature header of a mail that your product sent."
        ));
    }
    let parts: Vec<Part> = judged.iter().map(|j| j.part.clone()).collect();
    let seen: Vec<Seen> = parts.iter().flat_map(|p| dns_seen(e, &name(&p.target), "TXT")).collect();
    let strong = parts.iter().filter(|p| p.outcome == Outcome::Pass).map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
    let found = join(CHECK.impact, &parts, strong).seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let open: Vec<&Judged> = judged.iter().filter(|j| j.part.outcome == found.outcome).collect();
    let fix = open.iter().fold(fix(e, &open, name), |fix, j| match &j.swap {
        Some(swap) => swapped(e, &name(&j.part.target), swap, fix),
        None if e.circle(&name(&j.part.target), "TXT").is_some() => {
            let at = name(&j.part.target);
            let to = e.circle(&at, "TXT").unwrap_or_default();
            fix.step(format!("Delete the alias of {at}, which leads in a circle; the record that the service shows takes its place."))
                .paste(Paste { place: format!("TXT or CNAME · {at} · TTL 300"), lines: vec![Line::Remove(to.to_owned()), shown()] })
        }
        None => match place(e, &name(&j.part.target)) {
            Place::Here(at) => {
                // Two records at one selector are none (RFC 6376 section 3.6.2.2), so the new one takes the place of what stands.
                let old = standing(e, &name(&j.part.target)).into_iter().map(|r| Line::Remove(r.to_owned()));
                fix.paste(Paste { place: format!("TXT or CNAME · {at} · TTL 300"), lines: old.chain([shown()]).collect() })
            }
            Place::Elsewhere(at) => fix.step(format!(
                "{} is an alias for {at}: renew the key at that service, or replace the alias by the record that your mail service shows.",
                name(&j.part.target)
            )),
        },
    });
    found.fix(fix)
}

fn shown() -> Line {
    Line::Add("<the value that your mail service shows>".into())
}

/// The records that were entered at a name; what a wildcard gives was not.
fn standing<'a>(e: &'a Outside, name: &str) -> Vec<&'a str> {
    if e.wildcard(name, "TXT").is_some() { vec![] } else { e.lookup(name, "TXT").values() }
}

fn fix(e: &Outside, open: &[&Judged], name: impl Fn(&str) -> String) -> Fix {
    let names: Vec<&str> = open.iter().map(|j| j.part.target.as_str()).collect();
    let verify = "Press “verify” at the service, then send yourself a reset mail and look for dkim=pass.";
    if open.iter().all(|j| j.swap.is_some()) {
        return Fix::new(format!("Repair the DKIM record of {}", names.join(", ")), 5)
            .step("The key stays; only what is named above is changed. A long TXT value may be split into several quoted strings; they are read as one.")
            .step(verify)
            .undo("Put the former record back.");
    }
    let instead = open.iter().any(|j| j.swap.is_none() && !standing(e, &name(&j.part.target)).is_empty());
    let fix = Fix::new(format!("Publish a strong DKIM key for {}", names.join(", ")), CHECK.minutes)
        .step("Open the domain's page at the service that sends your mail; it shows a TXT or CNAME record for DKIM. With a choice of key length take 2048.")
        .step("Add it exactly as shown. A long TXT value may be split into several quoted strings; they are read as one.");
    if instead {
        fix.step("If the service shows a new selector, add the record there, and delete the old one when mail is signed with the new one. At the same selector it takes the place of what stands: two records there count as none.")
            .step(verify)
            .undo("Put the former record back in place of the new one.")
            .risk("Mail that is still signed with a key that was taken away fails. A new selector has no such gap.")
    } else {
        fix.step(verify)
            .undo("Keep the old selector until the new one signs; then delete the old record.")
            .risk("Deleting a selector that still signs makes that mail fail. Add first, remove later.")
    }
}

/// A record set as it should be: these values away, this one standing.
struct Swap {
    old: Vec<String>,
    new: String,
}

fn swapped(e: &Outside, name: &str, swap: &Swap, fix: Fix) -> Fix {
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

fn selector(e: &Outside, selector: &str, name: &str) -> Judged {
    let judged = |outcome, text: String, has_key, swap| Judged { part: Part::new(selector, outcome, text), has_key, swap };
    if let Some(to) = e.circle(name, "TXT") {
        let text = format!("{name} is an alias for {to}, and the aliases from there go in a circle, so no key is ever found.");
        return judged(Outcome::Fail, text, false, None);
    }
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
            // Where only one of them can verify anything, that is the one in use.
            let usable: Vec<&str> = keys.iter().copied().filter(|k| dkim::read(k).what.is_some() && dkim::read(k).bad.is_empty()).collect();
            let swap = match usable.as_slice() {
                [one] => {
                    let mut old: Vec<String> = records.iter().map(|r| (*r).to_owned()).collect();
                    old.retain(|r| r != one);
                    (!old.is_empty()).then(|| Swap { old, new: (*one).to_owned() })
                }
                _ => None,
            };
            let leave = if swap.is_some() { "only one of them can be used" } else { "leave the one that your mail service shows" };
            let text = format!("Selector {selector}: {} keys stand at one name, and receivers may take either; {leave}.", keys.len());
            return judged(Outcome::Fail, text, true, swap);
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
                "names of tags have a case (RFC 6376 §3.2)",
                |f| {
                    f.txt(N, &[&rsa_key(2048).replace("k=", "K=").replace("p=", "P=")]);
                },
                Outcome::Fail,
            ),
            (
                "two semicolons at the end (RFC 6376 §3.2)",
                |f| {
                    f.txt(N, &[&format!("{};;", rsa_key(2048))]);
                },
                Outcome::Warn,
            ),
            (
                "an unknown flag is not test mode",
                |f| {
                    f.txt(N, &[&format!("{}; t=Y", rsa_key(2048))]);
                },
                Outcome::Pass,
            ),
            (
                "aliases in a circle: that there is no key was learned",
                |f| {
                    f.alias(N, "TXT", "s1.mail.test").alias("s1.mail.test", "TXT", N);
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
    let ed = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let remove = |t: &str| Line::Remove(t.to_owned());
    let rows: Vec<(Vec<&str>, Vec<Line>)> = vec![
        (vec![&testing], vec![remove(&testing), Line::Add(key.clone())]),
        (vec![&sha1], vec![remove(&sha1), Line::Add(fixed)]),
        (vec![&key, "junk"], vec![remove("junk"), Line::Keep(key.clone())]),
        (vec![a, b], vec![remove(a), remove(b), Line::Add(key.clone())]),
        // Another value at the same name would make two records, which count as none.
        (vec![&short], vec![remove(&short), shown()]),
        (vec!["v=DKIM1; p="], vec![remove("v=DKIM1; p="), shown()]),
        (vec!["left over"], vec![remove("left over"), shown()]),
        (vec!["v=DKIM1; k=rsa; p=MIIBIjANBgkq"], vec![remove("v=DKIM1; k=rsa; p=MIIBIjANBgkq"), shown()]),
        (vec![&key, "v=DKIM1; p="], vec![remove("v=DKIM1; p="), Line::Keep(key.clone())]),
        (vec![&key, ed], vec![remove(&key), remove(ed), shown()]),
    ];
    for (records, lines) in rows {
        let mut f = crate::fixture::Fixture::good();
        f.txt(N, &records);
        let fix = rule(&Context::of(&f.evidence, f.now)).fix.unwrap();
        assert_eq!(fix.paste.first().map(|p| &p.lines), Some(&lines), "{records:?}: {:?}", fix.steps);
        // Kept at a service, it is changed there.
        f.alias(N, "TXT", "s1.mail.test").txt("s1.mail.test", &records);
        let fix = rule(&Context::of(&f.evidence, f.now)).fix.unwrap();
        assert!(fix.paste.is_empty() && fix.steps.iter().any(|s| s.contains("s1.mail.test")), "{records:?}: {:?}", fix.steps);
    }
}

#[test]
fn silence_at_guessed_selectors_is_not_told_as_absence() {
    use crate::evidence::DnsStatus::{NxDomain, ServFail};
    let mut f = crate::fixture::Fixture::good();
    f.evidence.target.dkim_selectors.clear();
    let summary = |f: &crate::fixture::Fixture| rule(&Context::of(&f.evidence, f.now)).summary;
    for (first, rest, said) in [
        (ServFail, ServFail, "was not learned"),
        (ServFail, NxDomain, "1 of 28 were not learned"),
        (NxDomain, NxDomain, "No DKIM key stands"),
    ] {
        for (i, s) in COMMON_SELECTORS.iter().enumerate() {
            let status = if i == 0 { first.clone() } else { rest.clone() };
            f.status(&format!("{s}._domainkey.acme.example"), "TXT", status);
        }
        assert!(summary(&f).contains(said), "{}", summary(&f));
    }
}
