//! Names that cannot be wrong: a [`Domain`] as typed by a person, and a DKIM [`Selector`].

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A public host name in its ASCII (A-label) form: lower case, no final dot, at least two labels.
///
/// Understands what people paste: URLs, spaces, upper case, a port, `www.` and IDNs (UTS 46).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

/// Why a text is not a domain, as a sentence that says what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// Nothing was typed.
    #[error("Type your domain, for example acme.com.")]
    Empty,
    /// There is no dot in it.
    #[error("“{0}” has no ending. Did you mean {0}.com?")]
    NoEnding(String),
    /// An address like 192.0.2.1.
    #[error("“{0}” is an address, not a domain. Type the name that your customers use, for example acme.com.")]
    Address(String),
    /// An e-mail address was typed.
    #[error("“{0}” is an e-mail address. Type only the part after the @.")]
    Email(String),
    /// The name is a public suffix such as `co.uk` or `github.io`.
    #[error("“{0}” is an ending under which others register names. Type your own name before it.")]
    Suffix(String),
    /// A name that never leads to a public site.
    #[error("“{0}” is a name for machines inside a network; it cannot be reached from the internet.")]
    Internal(String),
    /// Characters or lengths that no host name has.
    #[error("“{0}” is not a domain name: {1}.")]
    Invalid(String, &'static str),
}

/// A stored name as a person writes it (`bücher.example`).
#[must_use]
pub fn unicode(stored: &str) -> String {
    idna::domain_to_unicode(stored).0
}

impl Domain {
    /// Parses what a person typed.
    ///
    /// # Errors
    /// [`DomainError`], whose text can stand beside the field.
    pub fn parse(typed: &str) -> Result<Self, DomainError> {
        let host = host_part(typed);
        let shown: String = host.chars().take(80).collect();
        if host.is_empty() {
            return Err(DomainError::Empty);
        }
        if host.contains('@') {
            return Err(DomainError::Email(shown));
        }
        if host.parse::<std::net::IpAddr>().is_ok() || (host.starts_with('[') && host.ends_with(']')) || looks_numeric(&host) {
            return Err(DomainError::Address(shown));
        }
        let ascii = idna::domain_to_ascii_strict(&host).map_err(|_| DomainError::Invalid(shown.clone(), reason(&host)))?;
        let ascii = ascii.trim_end_matches('.').to_ascii_lowercase();
        if matches!(ascii.as_str(), "localhost")
            || [".localhost", ".local", ".internal", ".lan", ".home.arpa", ".onion"].iter().any(|s| ascii.ends_with(s))
        {
            return Err(DomainError::Internal(shown));
        }
        if !ascii.contains('.') {
            return Err(DomainError::NoEnding(shown));
        }
        if ascii.len() > 253 {
            return Err(DomainError::Invalid(shown, "it is longer than 253 characters"));
        }
        let Some(registrable) = psl::domain_str(&ascii) else {
            return Err(DomainError::Suffix(shown));
        };
        let name = match ascii.strip_prefix("www.") {
            Some(rest) if rest == registrable => rest.to_owned(),
            _ => ascii,
        };
        Ok(Self(name))
    }

    /// The ASCII name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The name as a person writes it (`bücher.example`).
    #[must_use]
    pub fn unicode(&self) -> String {
        unicode(&self.0)
    }
    /// The registrable domain by the Public Suffix List: `acme.co.uk` for `app.acme.co.uk`.
    #[must_use]
    pub fn registrable(&self) -> &str {
        psl::domain_str(&self.0).unwrap_or(&self.0)
    }
    /// Whether this is the registrable domain itself, so that a `www.` beside it is expected.
    #[must_use]
    pub fn is_registrable(&self) -> bool {
        self.registrable() == self.0
    }
    /// `www.` before this name.
    #[must_use]
    pub fn www(&self) -> String {
        format!("www.{}", self.0)
    }
    /// Whether `host` is this name or below it.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        host == self.0 || host.strip_suffix(&self.0).is_some_and(|rest| rest.ends_with('.'))
    }
}

/// The host of whatever was pasted: scheme, user, port, path, query and surrounding noise removed.
fn host_part(typed: &str) -> String {
    let text: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '"' | '\'' | '<' | '>' | '“' | '”'))
        .collect();
    let had_scheme = text.contains("://") || text.starts_with("//");
    let rest = text.split_once("://").map_or(text.as_str(), |(_, r)| r).trim_start_matches('/');
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or("");
    // Only a URL has user information before an @; without a scheme it is an e-mail address.
    let host = if had_scheme { authority.rsplit('@').next().unwrap_or("") } else { authority };
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) && !name.contains(':') => name,
        _ => host,
    };
    host.trim_matches(|c| matches!(c, '.' | ',' | ';' | '。')).to_owned()
}

/// Forms that a C library reads as an IPv4 address: `2130706433`, `0x7f.1`, `127.1`.
fn looks_numeric(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|last| {
        let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
        (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit())) || hex.is_some_and(|h| h.bytes().all(|b| b.is_ascii_hexdigit()))
    })
}

fn reason(host: &str) -> &'static str {
    if host.contains('_') {
        "host names have no underscore"
    } else if host.split('.').any(str::is_empty) {
        "there are two dots in a row"
    } else if host.split('.').any(|l| l.starts_with('-') || l.ends_with('-')) {
        "a part of it begins or ends with a hyphen"
    } else if host.split('.').any(|l| l.len() > 63) {
        "a part of it is longer than 63 characters"
    } else {
        "it holds a character that names cannot have"
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl FromStr for Domain {
    type Err = DomainError;
    fn from_str(s: &str) -> Result<Self, DomainError> {
        Self::parse(s)
    }
}
impl TryFrom<String> for Domain {
    type Error = DomainError;
    fn try_from(s: String) -> Result<Self, DomainError> {
        Self::parse(&s)
    }
}
impl From<Domain> for String {
    fn from(d: Domain) -> String {
        d.0
    }
}

/// A DKIM selector (RFC 6376 section 3.1): one or more labels of letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Selector(String);

impl Selector {
    /// Parses a selector; a pasted `s1._domainkey.acme.com` is understood.
    ///
    /// # Errors
    /// A sentence for the field.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let text = typed.trim().trim_matches('.').to_ascii_lowercase();
        let text = text.split("._domainkey").next().unwrap_or("").to_owned();
        let good = !text.is_empty()
            && text.len() <= 120
            && text
                .split('.')
                .all(|l| !l.is_empty() && l.len() <= 63 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        if good {
            Ok(Self(text))
        } else {
            Err(format!("“{}” is not a DKIM selector. It is the part before ._domainkey, for example s1 or google.", typed.trim()))
        }
    }
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl TryFrom<String> for Selector {
    type Error = String;
    fn try_from(s: String) -> Result<Self, String> {
        Self::parse(&s)
    }
}
impl From<Selector> for String {
    fn from(s: Selector) -> String {
        s.0
    }
}
impl FromStr for Selector {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        Self::parse(s)
    }
}

/// An absolute http or https link as people paste it, without fragment.
///
/// # Errors
/// A sentence that says what to type instead.
pub fn parse_link(typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    let whole = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let shown: String = typed.chars().take(80).collect();
    let wrong = || format!("“{shown}” is not a link. Paste it whole, for example https://acme.com/pricing.");
    let rest = whole.strip_prefix("https://").or_else(|| whole.strip_prefix("http://")).ok_or_else(wrong)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let plain = whole.split('#').next().unwrap_or("");
    if host.contains('@') || whole.len() > 500 || whole.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(wrong());
    }
    Domain::parse(host).map_err(|_| wrong())?;
    Ok(plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_what_people_paste() {
        for (typed, want) in [
            ("acme.com", "acme.com"),
            ("  ACME.com. ", "acme.com"),
            ("https://www.acme.com/pricing?x=1#top", "acme.com"),
            ("http://user:pw@acme.com:8080/", "acme.com"),
            ("//acme.com", "acme.com"),
            ("app.acme.co.uk", "app.acme.co.uk"),
            ("www.acme.co.uk", "acme.co.uk"),
            ("www.app.acme.com", "www.app.acme.com"),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("a c m e . com", "acme.com"),
            ("acme.com,", "acme.com"),
            ("“acme.com”", "acme.com"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("acme.com:443", "acme.com"),
        ] {
            assert_eq!(Domain::parse(typed).map(String::from), Ok(want.to_owned()), "{typed}");
        }
    }

    #[test]
    fn says_what_to_type_instead() {
        for (typed, want) in [
            ("", "Type your domain"),
            ("   ", "Type your domain"),
            ("https://acme", "Did you mean acme.com?"),
            ("192.0.2.1", "is an address"),
            ("2130706433", "is an address"),
            ("0x7f.1", "is an address"),
            ("[::1]", "is an address"),
            ("me@acme.com", "only the part after the @"),
            ("co.uk", "is an ending"),
            ("localhost", "inside a network"),
            ("db.internal", "inside a network"),
            ("ac_me.com", "underscore"),
            ("acme..com", "two dots"),
            ("-acme.com", "hyphen"),
            (&format!("{}.com", "a".repeat(64)), "63"),
        ] {
            let said = Domain::parse(typed).map_err(|e| e.to_string());
            assert!(said.as_ref().is_err_and(|e| e.contains(want)), "{typed}: {said:?}");
        }
    }

    #[test]
    fn knows_its_family() {
        let d = Domain::parse("acme.co.uk").unwrap();
        assert!(d.is_registrable() && d.covers("app.acme.co.uk") && d.covers("acme.co.uk"));
        assert!(!d.covers("evilacme.co.uk") && !Domain::parse("app.acme.co.uk").unwrap().is_registrable());
    }

    #[test]
    fn selectors() {
        assert_eq!(Selector::parse(" S1._domainkey.acme.com ").unwrap().as_str(), "s1");
        assert!(Selector::parse("a b").is_err() && Selector::parse("").is_err());
    }
}
