//! DMARC (RFC 9989): tags, and the tree walk that finds the record for a domain.

use crate::evidence::{Evidence, Lookup};

/// `none`, `quarantine`, `reject`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// Watch only.
    None,
    /// Into spam.
    Quarantine,
    /// Refused.
    Reject,
}

/// A parsed record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dmarc {
    /// Policy of the domain.
    pub p: Option<Policy>,
    /// Policy of subdomains.
    pub sp: Option<Policy>,
    /// Addresses for aggregate reports.
    pub rua: Vec<String>,
    /// `t=y`: receivers apply the policy one step softer.
    pub testing: bool,
    /// `pct`, which RFC 9989 dropped.
    pub pct: Option<u8>,
    /// What receivers cannot read, each a sentence.
    pub errors: Vec<String>,
}

/// Whether a TXT value is meant as DMARC: `v=DMARC1`, the only tag whose case matters, then `;` or the end.
#[must_use]
pub fn is_dmarc(txt: &str) -> bool {
    let first = txt.split(';').next().unwrap_or("");
    first.split_once('=').is_some_and(|(k, v)| k.trim().eq_ignore_ascii_case("v") && v.trim() == "DMARC1")
}

impl Dmarc {
    /// Parses a record that [`is_dmarc`].
    #[must_use]
    pub fn parse(record: &str) -> Self {
        let mut out = Dmarc::default();
        for tag in record.split(';').skip(1).map(str::trim).filter(|t| !t.is_empty()) {
            let Some((key, value)) = tag.split_once('=').map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim())) else {
                out.errors.push(format!("“{tag}” is not a tag"));
                continue;
            };
            match key.as_str() {
                "p" => out.p = policy(value, &key, &mut out.errors),
                "sp" => out.sp = policy(value, &key, &mut out.errors),
                "rua" => out.rua = value.split(',').map(|u| u.trim().to_owned()).filter(|u| !u.is_empty()).collect(),
                "t" => out.testing = value.eq_ignore_ascii_case("y"),
                "pct" => match value.parse::<u8>() {
                    Ok(n) if n <= 100 => out.pct = Some(n),
                    _ => out.errors.push(format!("“pct={value}” is not a percentage")),
                },
                _ => {}
            }
        }
        out
    }
    /// The domains to which reports are sent, each once, lower case.
    #[must_use]
    pub fn report_domains(&self) -> Vec<String> {
        let mut out: Vec<String> = vec![];
        for uri in &self.rua {
            let address = uri.trim().strip_prefix("mailto:").unwrap_or("").split('!').next().unwrap_or("");
            if let Some((_, domain)) = address.rsplit_once('@') {
                let domain = domain.trim().trim_end_matches('.').to_ascii_lowercase();
                if !domain.is_empty() && !out.contains(&domain) {
                    out.push(domain);
                }
            }
        }
        out
    }
    /// The policy that receivers apply: without a readable `p`, `none` if reports are asked for.
    #[must_use]
    pub fn effective(&self) -> Option<Policy> {
        self.p.or(if self.rua.is_empty() { None } else { Some(Policy::None) })
    }
}

fn policy(value: &str, key: &str, errors: &mut Vec<String>) -> Option<Policy> {
    let found = match value.to_ascii_lowercase().as_str() {
        "none" => Some(Policy::None),
        "quarantine" => Some(Policy::Quarantine),
        "reject" => Some(Policy::Reject),
        _ => None,
    };
    if found.is_none() {
        errors.push(format!("“{key}={value}” is not none, quarantine or reject"));
    }
    found
}

/// Names to ask for a domain, nearest first (RFC 9989 section 4.10): itself, then its parents,
/// eight questions at most.
#[must_use]
pub fn tree(domain: &str) -> Vec<String> {
    let labels: Vec<&str> = domain.split('.').collect();
    let mut names = vec![domain.to_owned()];
    let from = if labels.len() > 8 { labels.len() - 7 } else { 1 };
    names.extend((from..labels.len()).filter_map(|i| labels.get(i..)).map(|l| l.join(".")));
    names
}

/// Where the walk ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The record that applies, and the domain that publishes it.
    One(String, String),
    /// Several records stand at one name; receivers apply none.
    Many(String, Vec<String>),
    /// There is none.
    None,
    /// It was not learned.
    Unknown(String),
}

/// Walks the tree over recorded answers.
#[must_use]
pub fn find(evidence: &Evidence, domain: &str) -> Found {
    for (i, name) in tree(domain).into_iter().enumerate() {
        // Public suffixes publish for themselves only.
        if i > 0 && psl::domain_str(&name).is_none() {
            continue;
        }
        let lookup = evidence.lookup(&format!("_dmarc.{name}"), "TXT");
        if let Some(why) = lookup.not_learned() {
            return Found::Unknown(why);
        }
        if let Lookup::Found(records) = lookup {
            let dmarc: Vec<String> = records.iter().map(|r| r.value.clone()).filter(|v| is_dmarc(v)).collect();
            match dmarc.as_slice() {
                [] => {}
                [one] => return Found::One(one.clone(), name),
                _ => return Found::Many(name, dmarc),
            }
        }
    }
    Found::None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let d = Dmarc::parse("v=DMARC1; p=Reject ;rua=mailto:a@acme.com, mailto:b@x.example; t=y;pct=50");
        assert_eq!((d.p, d.rua.len(), d.testing, d.pct), (Some(Policy::Reject), 2, true, Some(50)));
        assert_eq!(Dmarc::parse("v=DMARC1; p=block").errors.len(), 1);
        assert!(is_dmarc("v=DMARC1") && is_dmarc("v = DMARC1 ; p=none") && !is_dmarc("v=dmarc1; p=none") && !is_dmarc("v=DMARC12; p=none"));
        assert_eq!(Dmarc::parse("v=DMARC1; rua=mailto:a@acme.com").effective(), Some(Policy::None));
    }

    #[test]
    fn tree_is_nearest_first_and_bounded() {
        assert_eq!(tree("a.acme.com"), ["a.acme.com", "acme.com", "com"]);
        assert_eq!(tree("a.b.c.d.e.f.g.h.i.acme.com").len(), 8);
    }
}
