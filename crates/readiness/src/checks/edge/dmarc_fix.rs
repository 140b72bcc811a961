//! What the fixes of the DMARC checks share: where the record is kept, and where reports can go.

use crate::check::{Fix, Paste};
use crate::dmarc::Policy;
use crate::evidence::{Evidence, Lookup};

/// Where the TXT of a name is changed.
pub enum Place {
    /// In the owner's own zone, at this name.
    Here(String),
    /// At another's: the end of an alias, or the record of a parent that is not the owner's.
    Elsewhere(String),
}

/// Where the TXT of a name is changed: at the end of its aliases, if that is the owner's.
pub fn place(e: &Evidence, name: &str) -> Place {
    let mut at = name.to_owned();
    for _ in 0..12 {
        match e.answer(&at, "TXT").and_then(crate::evidence::DnsAnswer::end) {
            Some(end) if end != at => at = end.to_owned(),
            _ => break,
        }
    }
    let zone = psl::domain_str(e.target.mail_domain()).unwrap_or(e.target.mail_domain());
    if at == zone || at.ends_with(&format!(".{zone}")) { Place::Here(at) } else { Place::Elsewhere(at) }
}

/// Whether the record of this domain is kept by somebody else, as a platform's is.
pub fn is_foreign(e: &Evidence, owner: &str) -> bool {
    let zone = psl::domain_str(e.target.mail_domain()).unwrap_or(e.target.mail_domain());
    owner != zone && !owner.ends_with(&format!(".{zone}"))
}

/// The fix with the change of a TXT: as a paste in the owner's zone, or as a step where a service keeps the record.
/// What a wildcard gives was not entered at the name, and is not told to be removed there.
pub fn change(e: &Evidence, name: &str, old: &[&str], new: &str, fix: Fix) -> Fix {
    let old = if e.wildcard(name, "TXT").is_some() { &[] } else { old };
    match place(e, name) {
        Place::Here(at) => fix.paste(Paste::record("TXT", &at, old, &[new])),
        Place::Elsewhere(at) => fix.step(format!(
            "{name} is an alias (CNAME) for {at}, so the record is kept by that service. Change it there, to “{new}”; put no TXT beside the alias."
        )),
    }
}

/// Whether a domain takes mail by its MX; nothing if that was not learned.
pub fn takes_mail(e: &Evidence, domain: &str) -> Option<bool> {
    match e.lookup(domain, "MX") {
        Lookup::NxDomain | Lookup::NoData => Some(false),
        // A null MX (RFC 7505) takes none.
        Lookup::Found(mx) => Some(!mx.iter().all(|r| r.value.trim().ends_with(" ."))),
        Lookup::ServFail | Lookup::Unknown(_) => None,
    }
}

/// An address for reports at a domain that is known to take mail: the one that publishes the record, or the
/// registered domain above it.
pub fn mailbox(e: &Evidence, domain: &str) -> Option<String> {
    let above = psl::domain_str(domain).unwrap_or(domain);
    [domain, above].into_iter().find(|d| takes_mail(e, d) == Some(true)).map(|d| format!("mailto:dmarc@{d}"))
}

/// What changes with a record: the step that says so, and the risk where receivers begin to act.
pub fn effect(before: Policy, after: Policy) -> (String, Option<String>) {
    if after <= before {
        return (format!("What receivers do with your mail stays as it is (p={before})."), None);
    }
    let act = if after == Policy::Reject { "refuse" } else { "put into spam" };
    (
        format!(
            "This puts p={after} into force; until now receivers acted on p={before}. Read 14 days of reports first, or write p=none to begin with."
        ),
        Some(format!("Receivers {act} mail of every service that is neither in SPF nor signed with your DKIM.")),
    )
}
