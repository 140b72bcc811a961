//! The grammar of a record (RFC 9989 section 4.8).

use super::uri;
use std::fmt;

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

impl Policy {
    /// By the word of the standard, in any case.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Policy::None, Policy::Quarantine, Policy::Reject].into_iter().find(|p| p.word().eq_ignore_ascii_case(word))
    }
    /// The word of the standard.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Policy::None => "none",
            Policy::Quarantine => "quarantine",
            Policy::Reject => "reject",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A parsed record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dmarc {
    /// Policy of the domain.
    pub p: Option<Policy>,
    /// Policy of subdomains.
    pub sp: Option<Policy>,
    /// Policy of subdomains that do not exist.
    pub np: Option<Policy>,
    /// Addresses for aggregate reports, as they stand between the commas.
    pub rua: Vec<String>,
    /// `adkim=s`: a signature counts only with the domain itself. A value that cannot be read is `r`.
    pub strict_dkim: bool,
    /// `aspf=s`: the same for the sender's domain.
    pub strict_spf: bool,
    /// `t=y`: receivers apply the policy one step softer.
    pub testing: bool,
    /// `psd`: `Some(true)` for a suffix under which others register, `Some(false)` for an organisational domain.
    pub psd: Option<bool>,
    /// `pct`, which RFC 9989 dropped.
    pub pct: Option<u8>,
    /// What receivers cannot read, each a sentence without its full stop; the addresses for reports apart.
    pub errors: Vec<String>,
    /// What is wrong with the addresses for aggregate reports.
    pub rua_errors: Vec<String>,
    /// Whether a tag stands twice, which makes the whole list invalid (RFC 6376 section 3.2).
    pub twice: bool,
    /// Whether `p`, `sp` or `np` stands there and is not readable.
    pub unreadable: bool,
}

/// Tags of the registry (RFC 9989 section 9.3), those included that were removed.
pub(super) const TAGS: [&str; 14] = ["v", "p", "sp", "np", "rua", "ruf", "adkim", "aspf", "fo", "t", "psd", "pct", "rf", "ri"];

/// Whether a TXT value is a DMARC record: `v=DMARC1`, whose value alone has a case, then `;` or the end.
/// White space before it, which the grammar does not have, is forgiven as receivers do.
#[must_use]
pub fn is_dmarc(txt: &str) -> bool {
    let first = txt.split(';').next().unwrap_or("");
    first.split_once('=').is_some_and(|(k, v)| k.trim().eq_ignore_ascii_case("v") && v.trim() == "DMARC1")
}

/// Whether a TXT value is meant as DMARC, however it is written.
#[must_use]
pub fn is_meant(txt: &str) -> bool {
    let plain: String = txt.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let policy =
        |t: &str| t.split_once('=').is_some_and(|(k, v)| k.trim().eq_ignore_ascii_case("p") && Policy::from_word(v.trim()).is_some());
    plain.contains("vdmarc") || plain.starts_with("dmarc1") || txt.split(';').any(policy)
}

impl Dmarc {
    /// Parses a record that [`is_dmarc`].
    #[must_use]
    pub fn parse(record: &str) -> Self {
        let mut out = Dmarc::default();
        let mut had: Vec<String> = vec!["v".into()];
        if record.starts_with(char::is_whitespace) {
            out.errors.push("it begins with a space, where some receivers see no record".into());
        }
        for tag in record.split(';').skip(1).map(str::trim).filter(|t| !t.is_empty()) {
            let Some((key, value)) = tag.split_once('=').map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim())) else {
                out.errors.push(format!("“{tag}” is not a tag"));
                continue;
            };
            if had.contains(&key) {
                out.errors.push(format!("{key}= stands twice, which makes the whole record invalid"));
                out.twice = true;
            }
            let errors = if key == "rua" { &mut out.rua_errors } else { &mut out.errors };
            if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
                errors.push(format!("“{key}” is not the name of a tag"));
            } else if let Some(bad) = value.chars().find(|c| !matches!(c, ' '..='~')) {
                errors.push(format!("{key}= holds “{bad}”, which is not a character of plain ASCII"));
            } else if value.is_empty() {
                errors.push(format!("{key}= is empty"));
            }
            out.take(&key, value);
            had.push(key);
        }
        out
    }

    fn take(&mut self, key: &str, value: &str) {
        let one_of = |words: &[&str], errors: &mut Vec<String>| {
            let found = words.iter().position(|w| w.eq_ignore_ascii_case(value));
            if found.is_none() && !value.is_empty() {
                errors.push(format!("“{key}={value}” is not {}", or(words)));
            }
            found
        };
        match key {
            "p" | "sp" | "np" => {
                let at = match key {
                    "p" => &mut self.p,
                    "sp" => &mut self.sp,
                    _ => &mut self.np,
                };
                *at = Policy::from_word(value);
                self.unreadable |= at.is_none();
                one_of(&["none", "quarantine", "reject"], &mut self.errors);
            }
            "rua" | "ruf" => {
                let list: Vec<String> = value.split(',').map(|u| u.trim().to_owned()).filter(|u| !u.is_empty()).collect();
                // A comma stands between two addresses only (`dmarc-urilist`).
                let bare = !list.is_empty() && value.split(',').any(|u| u.trim().is_empty());
                let bare = bare.then(|| format!("{key}= has a comma with no address beside it"));
                let wrong = list.iter().filter_map(|u| uri::address(u).err()).chain(bare);
                if key == "rua" {
                    self.rua_errors.extend(wrong);
                    self.rua = list;
                } else {
                    self.errors.extend(wrong);
                }
            }
            "t" => self.testing = one_of(&["n", "y"], &mut self.errors) == Some(1),
            "psd" => {
                self.psd = match one_of(&["n", "y", "u"], &mut self.errors) {
                    Some(0) => Some(false),
                    Some(1) => Some(true),
                    _ => None,
                };
            }
            "adkim" => self.strict_dkim = one_of(&["r", "s"], &mut self.errors) == Some(1),
            "aspf" => self.strict_spf = one_of(&["r", "s"], &mut self.errors) == Some(1),
            "fo" => {
                let parts: Vec<&str> = value.split(':').map(str::trim).collect();
                if !value.is_empty() && !parts.iter().all(|p| ["0", "1", "d", "s"].iter().any(|w| w.eq_ignore_ascii_case(p))) {
                    self.errors.push(format!("“fo={value}” is not a list of 0, 1, d and s with colons between"));
                }
            }
            "pct" => match value.parse::<u8>() {
                Ok(n) if n <= 100 => self.pct = Some(n),
                _ => self.errors.push(format!("“pct={value}” is not a percentage")),
            },
            // Unknown tags are ignored (section 4.8), so a slip in a name is lost without a sound.
            _ => {
                if let Some(near) = near(key, &TAGS).filter(|_| !TAGS.contains(&key)) {
                    self.errors.push(format!("the tag {key}= is unknown and ignored; {near}= may be meant"));
                }
            }
        }
    }

    /// The domains to which reports are sent by mail, each once, lower case; those of readable addresses only.
    #[must_use]
    pub fn report_domains(&self) -> Vec<String> {
        let mut out: Vec<String> = vec![];
        for domain in self.rua.iter().filter_map(|u| uri::domain_of(u)) {
            if !out.contains(&domain) {
                out.push(domain);
            }
        }
        out
    }

    /// The policy that receivers apply to the domain itself (RFC 9989 section 4.10.1): without a readable `p`, or
    /// with an unreadable `sp` or `np`, it is `none` if reports are asked for, and otherwise there is no DMARC.
    #[must_use]
    pub fn effective(&self) -> Option<Policy> {
        if self.twice {
            return None;
        }
        let reports = self.rua.iter().any(|u| uri::address(u).is_ok());
        self.p.filter(|_| !self.unreadable).or(reports.then_some(Policy::None))
    }

    /// The policy that receivers apply to a subdomain, which exists or does not.
    #[must_use]
    pub fn below(&self, exists: bool) -> Option<Policy> {
        let p = self.effective()?;
        if self.unreadable {
            return Some(p);
        }
        Some(self.np.filter(|_| !exists).or(self.sp).unwrap_or(p))
    }
}

/// `a, b or c`.
fn or(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => words.concat(),
    }
}

/// The word of a list that is one slip away: a letter more, less, other, or two turned round. Short words are
/// only themselves.
pub(super) fn near<'a>(word: &str, list: &[&'a str]) -> Option<&'a str> {
    list.iter().copied().find(|w| w.len() > 2 && word.len() > 1 && *w != word && slips(word, w) <= 1)
}

/// Slips between two words: letters inserted, lost, changed, or turned round (Damerau's distance, bounded at 4).
pub(super) fn slips(a: &str, b: &str) -> usize {
    fn go(a: &[u8], b: &[u8], left: usize) -> usize {
        match (a, b) {
            ([], rest) | (rest, []) => rest.len(),
            ([x, a1 @ ..], [y, b1 @ ..]) if x == y => go(a1, b1, left),
            _ if left == 0 => 1,
            ([x, a1 @ ..], [y, b1 @ ..]) => {
                let turned = match (a1, b1) {
                    ([x2, a2 @ ..], [y2, b2 @ ..]) if x == y2 && y == x2 => go(a2, b2, left - 1),
                    _ => usize::MAX - 1,
                };
                1 + go(a1, b1, left - 1).min(go(a1, b, left - 1)).min(go(a, b1, left - 1)).min(turned)
            }
        }
    }
    go(a.to_ascii_lowercase().as_bytes(), b.to_ascii_lowercase().as_bytes(), 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let d = Dmarc::parse("v=DMARC1; p=Reject ;rua=mailto:a@acme.com, mailto:b@x.example; t=y;pct=50");
        assert_eq!((d.p, d.rua.len(), d.testing, d.pct), (Some(Policy::Reject), 2, true, Some(50)));
        assert!(is_dmarc("v=DMARC1") && is_dmarc("v = DMARC1 ; p=none") && !is_dmarc("v=dmarc1; p=none") && !is_dmarc("v=DMARC12; p=none"));
        assert_eq!(Dmarc::parse("v=DMARC1; rua=mailto:a@acme.com").effective(), Some(Policy::None));
    }

    #[test]
    fn what_is_in_force() {
        use Policy::{None as N, Quarantine as Q, Reject as R};
        for (record, own, sub, made_up) in [
            ("v=DMARC1; p=reject", Some(R), Some(R), Some(R)),
            ("v=DMARC1; p=reject; sp=none", Some(R), Some(N), Some(N)),
            ("v=DMARC1; p=none; sp=quarantine; np=reject", Some(N), Some(Q), Some(R)),
            ("v=DMARC1; p=none; np=reject", Some(N), Some(N), Some(R)),
            // An unreadable policy of any kind leaves only the reports.
            ("v=DMARC1; p=reject; sp=rejct; rua=mailto:a@acme.com", Some(N), Some(N), Some(N)),
            ("v=DMARC1; p=reject; np=all", None, None, None),
            ("v=DMARC1; p=reject; p=none", None, None, None),
            ("v=DMARC1; rua=a@acme.com", None, None, None),
            ("v=DMARC1", None, None, None),
        ] {
            let d = Dmarc::parse(record);
            assert_eq!((d.effective(), d.below(true), d.below(false)), (own, sub, made_up), "{record}");
        }
    }

    #[test]
    fn slips_are_named() {
        for (record, said) in [
            ("v=DMARC1; p=block", "“p=block” is not none, quarantine or reject"),
            ("v=DMARC1; p=none; adkim=strict", "“adkim=strict” is not r or s"),
            ("v=DMARC1; p=none; t=yes", "“t=yes” is not n or y"),
            ("v=DMARC1; p=none; psd=maybe", "“psd=maybe” is not n, y or u"),
            ("v=DMARC1; p=none; fo=2", "“fo=2” is not a list"),
            ("v=DMARC1; p=none; pct=101", "“pct=101” is not a percentage"),
            ("v=DMARC1; p=none; rau=mailto:a@acme.com", "rua= may be meant"),
            ("v=DMARC1; p=none; adkm=s", "adkim= may be meant"),
            ("v=DMARC1; p=none; p=reject", "p= stands twice"),
            ("v=DMARC1; p=none; junk", "“junk” is not a tag"),
            ("v=DMARC1; p=none; rua=", "rua= is empty"),
            ("v=DMARC1; p=none; rua=mailto:a@acme.com,", "a comma with no address"),
            ("v=DMARC1; p=none; ruf=,mailto:a@acme.com", "a comma with no address"),
            ("v=DMARC1; p=none; rua=mailto:d–x@acme.com", "“–”"),
            (" v=DMARC1; p=none", "begins with a space"),
        ] {
            let d = Dmarc::parse(record);
            let errors = [d.errors, d.rua_errors].concat();
            assert!(errors.iter().any(|e| e.contains(said)), "{record}: {errors:?}");
        }
        for record in [
            "v=DMARC1; p=none; x=1; futuretag=2",
            "v=DMARC1; p=none; fo=1:d:s; rf=afrf; ri=86400; pct=100",
            "v=DMARC1;p=none;rua=MAILTO:a@acme.com!10m,https://r.example/x;",
            "V = DMARC1 ; P = None ; ADKIM=R ; np=reject; psd=u; t=n",
        ] {
            let d = Dmarc::parse(record);
            assert_eq!([d.errors, d.rua_errors].concat(), Vec::<String>::new(), "{record}");
        }
    }

    #[test]
    fn distance() {
        for (a, b, n) in [("rau", "rua", 1), ("quarentine", "quarantine", 1), ("rejected", "reject", 2), ("none", "none", 0)] {
            assert_eq!(slips(a, b), n, "{a} {b}");
        }
    }
}
