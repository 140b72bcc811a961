//! What the fixes of the DMARC checks share: where the record is kept, and where reports can go.

use crate::check::{Fix, Paste};
use crate::dmarc::{Dmarc, Policy};
use crate::evidence::{Lookup, Outside};

/// Where the TXT of a name is changed.
pub enum Place {
    /// In the owner's own zone, at this name.
    Here(String),
    /// At another's: the end of an alias, or the record of a parent that is not the owner's.
    Elsewhere(String),
}

/// Where the TXT of a name is changed: at the end of its aliases, if that is the owner's.
pub fn place(e: &Outside, name: &str) -> Place {
    let mut at = name.to_owned();
    for _ in 0..12 {
        match e.answer(&at, "TXT").and_then(crate::evidence::DnsAnswer::end) {
            Some(end) if end != at => at = end.to_owned(),
            _ => break,
        }
    }
    if is_foreign(e, &at) { Place::Elsewhere(at) } else { Place::Here(at) }
}

/// Whether the record of this domain is kept by somebody else, as a platform's is.
pub fn is_foreign(e: &Outside, owner: &str) -> bool {
    let zone = psl::domain_str(e.target.mail_domain()).unwrap_or(e.target.mail_domain());
    !crate::providers::ends_in(owner, &[zone])
}

/// The fix with the change of a TXT: as a paste in the owner's zone, or as a step where a service keeps the record.
/// What a wildcard gives was not entered at the name, and is not told to be removed there.
pub fn change(e: &Outside, name: &str, old: &[&str], new: &str, fix: Fix) -> Fix {
    let old = if e.wildcard(name, "TXT").is_some() { &[] } else { old };
    match place(e, name) {
        Place::Here(at) => fix.paste(Paste::record("TXT", &at, old, &[new])),
        Place::Elsewhere(at) => fix.step(format!(
            "{name} is an alias (CNAME) for {at}, so the record is kept by that service. Change it there, to “{new}”; put no TXT beside the alias."
        )),
    }
}

/// Whether a domain takes mail by its MX; nothing if that was not learned.
pub fn takes_mail(e: &Outside, domain: &str) -> Option<bool> {
    match e.lookup(domain, "MX") {
        Lookup::NxDomain | Lookup::NoData => Some(false),
        // A null MX (RFC 7505) takes none.
        Lookup::Found(mx) => Some(!mx.iter().all(|r| r.value.trim().ends_with(" ."))),
        Lookup::ServFail | Lookup::Unknown(_) => None,
    }
}

/// An address for reports at a domain that is known to take mail: the one that publishes the record, or the
/// registered domain above it.
pub fn mailbox(e: &Outside, domain: &str) -> Option<String> {
    let above = psl::domain_str(domain).unwrap_or(domain);
    [domain, above].into_iter().find(|d| takes_mail(e, d) == Some(true)).map(|d| format!("mailto:dmarc@{d}"))
}

/// What changes for mail with a record: the step that says so, and the risk where receivers begin to act. Nothing
/// in force is as if they acted on p=none.
pub fn effect(before: Option<&Dmarc>, after: &Dmarc) -> (String, Option<String>) {
    let nothing = Dmarc { p: Some(Policy::None), ..Dmarc::default() };
    let before = before.filter(|d| d.effective().is_some()).unwrap_or(&nothing);
    let policies = |d: &Dmarc| [d.effective(), d.below(true), d.below(false)].map(|p| p.unwrap_or(Policy::None));
    let (was, now) = (policies(before), policies(after));
    let (mut new, mut old) = (vec![], vec![]);
    for (i, tag) in ["p", "sp", "np"].into_iter().enumerate() {
        let at = |j: usize| was.get(j).copied().zip(now.get(j).copied());
        // What follows from the tag before it goes without saying.
        if let Some((w, n)) = at(i).filter(|(w, n)| w != n && (i == 0 || at(i - 1) != Some((*w, *n)))) {
            new.push(format!("{tag}={n}"));
            old.push(format!("{tag}={w}"));
        }
    }
    let (mut risks, mut strict) = (vec![], vec![]);
    let hardest = was.iter().zip(now).filter(|(w, n)| n > *w).map(|(_, n)| n).max();
    for (tag, key, w, n) in
        [("adkim", "signed", before.strict_dkim, after.strict_dkim), ("aspf", "returned", before.strict_spf, after.strict_spf)]
    {
        if w != n {
            let word = |s: bool| if s { "s" } else { "r" };
            new.push(format!("{tag}={}", word(n)));
            old.push(format!("{tag}={}", word(w)));
        }
        if n && !w && now.iter().any(|p| *p > Policy::None) {
            strict.push(key);
        }
    }
    if before.testing != after.testing {
        let word = |t: bool| if t { "y" } else { "n" };
        new.push(format!("t={}", word(after.testing)));
        old.push(format!("t={}", word(before.testing)));
    }
    if new.is_empty() {
        return (format!("What receivers do with your mail stays as it is (p={}).", was.first().unwrap_or(&Policy::None)), None);
    }
    let mut step = format!("This puts {} into force; until now receivers acted on {}.", new.join(", "), old.join(", "));
    if let Some(hardest) = hardest {
        step.push_str(" Read 14 days of reports first, or write none there to begin with.");
        let act = if hardest == Policy::Reject { "refuse" } else { "put into spam" };
        risks.push(format!("Receivers {act} mail of every service that is neither in SPF nor signed with your DKIM."));
    }
    if !strict.is_empty() {
        risks.push(format!("Mail that is {} under a subdomain only no longer counts as yours.", strict.join(" or ")));
    }
    (step, (!risks.is_empty()).then(|| risks.join(" ")))
}

#[test]
fn every_tag_that_changes_what_is_done_is_told() {
    let d = Dmarc::parse;
    for (before, after, said, risky) in [
        ("v=DMARC1; p=reject; x=1", "v=DMARC1; p=reject", "stays as it is (p=reject)", false),
        ("v=DMARC1; p=none", "v=DMARC1; p=reject", "puts p=reject into force; until now receivers acted on p=none.", true),
        ("v=DMARC1; p=none; sp=rejct; rua=mailto:a@acme.com", "v=DMARC1; p=none; sp=reject", "puts sp=reject into force", true),
        ("v=DMARC1; p=none", "v=DMARC1; p=none; np=quarantine", "puts np=quarantine into force", true),
        ("v=DMARC1; p=reject; adkim=x", "v=DMARC1; p=reject; adkim=s; aspf=s", "adkim=s, aspf=s into force", true),
        ("v=DMARC1; p=none", "v=DMARC1; p=none; adkim=s", "puts adkim=s into force", false),
        ("v=DMARC1; p=reject; t=yes", "v=DMARC1; p=reject; t=y", "puts t=y into force; until now receivers acted on t=n", false),
        ("v=DMARC1; p=reject; sp=none", "v=DMARC1; p=none", "puts p=none into force; until now receivers acted on p=reject", false),
        ("v=DMARC1", "v=DMARC1; p=none; sp=reject", "puts sp=reject", true),
    ] {
        let (step, risk) = effect(Some(&d(before)), &d(after));
        assert!(step.contains(said) && risk.is_some() == risky, "{before} → {after}: {step} {risk:?}");
    }
}
