//! A `Set-Cookie` header as browsers read it (RFC 6265bis, draft 20).

use crate::time;
use std::sync::LazyLock;

/// How a cookie travels with requests from other sites (§5.6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Never.
    Strict,
    /// With plain navigation.
    Lax,
    /// Always.
    None,
    /// Nothing valid was said.
    Default,
}

/// A cookie without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// As sent.
    pub name: String,
    /// Only over HTTPS.
    pub secure: bool,
    /// Not for scripts.
    pub http_only: bool,
    /// The last valid word.
    pub same_site: SameSite,
    /// Lower case, without a leading dot; empty where none was said.
    pub domain: String,
    /// As sent, if it begins with a slash.
    pub path: Option<String>,
    /// Seconds; zero or less deletes.
    max_age: Option<i64>,
    /// Epoch milliseconds.
    expires: Option<i64>,
}

impl Cookie {
    /// Parses a header's value (§5.6): names of attributes in any case, the last of a name counts,
    /// what is not understood is ignored.
    #[must_use]
    pub fn parse(header: &str) -> Self {
        let mut parts = header.split(';');
        let pair = parts.next().unwrap_or("");
        let mut out = Self {
            name: pair.split_once('=').map_or("", |(n, _)| n).trim().to_owned(),
            secure: false,
            http_only: false,
            same_site: SameSite::Default,
            domain: String::new(),
            path: None,
            max_age: None,
            expires: None,
        };
        for attribute in parts {
            let (name, value) = attribute.split_once('=').map_or((attribute.trim(), ""), |(n, v)| (n.trim(), v.trim()));
            match name.to_ascii_lowercase().as_str() {
                "secure" => out.secure = true,
                "httponly" => out.http_only = true,
                "samesite" => {
                    out.same_site = match value.to_ascii_lowercase().as_str() {
                        "strict" => SameSite::Strict,
                        "lax" => SameSite::Lax,
                        "none" => SameSite::None,
                        _ => SameSite::Default,
                    }
                }
                "domain" => out.domain = value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase(),
                "path" => out.path = value.starts_with('/').then(|| value.to_owned()),
                "max-age" => out.max_age = max_age(value).or(out.max_age),
                "expires" => out.expires = date(value).or(out.expires),
                _ => {}
            }
        }
        out
    }

    /// Whether the header deletes the cookie: Max-Age decides where it stands, Expires otherwise (§5.7).
    #[must_use]
    pub fn deleted(&self, now: i64) -> bool {
        self.max_age.map_or_else(|| self.expires.is_some_and(|e| e <= now), |seconds| seconds <= 0)
    }

    /// Why browsers do not store it at all when this host sends it (§5.7); none if they do.
    #[must_use]
    pub fn refused(&self, host: &str, https: bool) -> Option<&'static str> {
        let name = self.name.to_ascii_lowercase();
        let inside = || host == self.domain || host.strip_suffix(self.domain.as_str()).is_some_and(|r| r.ends_with('.'));
        if !self.domain.is_empty() && !inside() {
            return Some("its Domain is not a part of the host's name");
        }
        if self.secure && !https {
            return Some("it says Secure over plain HTTP");
        }
        if self.same_site == SameSite::None && !self.secure {
            return Some("SameSite=None needs Secure");
        }
        if name.starts_with("__secure-") && !self.secure {
            return Some("a __Secure- cookie needs Secure");
        }
        if name.starts_with("__host-") && !(self.secure && self.domain.is_empty() && self.path.as_deref() == Some("/")) {
            return Some("a __Host- cookie needs Secure, Path=/ and no Domain");
        }
        None
    }
}

/// §5.6.2: a minus or digits; anything else is ignored. Too large a number is for ever.
fn max_age(value: &str) -> Option<i64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| value.parse().unwrap_or(if value.starts_with('-') { i64::MIN } else { i64::MAX }))
}

/// A date as browsers read it (§5.6.1): a time, a day, a month and a year, in any order.
pub(crate) fn date(value: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let delimiter = |c: char| matches!(c, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~');
    for token in value.split(delimiter).filter(|t| !t.is_empty()) {
        let number = || token.get(..token.bytes().take_while(u8::is_ascii_digit).count()).and_then(|n| n.parse::<u32>().ok());
        let fields: Vec<Option<u32>> = token.split(':').map(|f| f.parse().ok()).collect();
        if let (None, &[Some(h), Some(m), Some(s)]) = (time, fields.as_slice()) {
            time = Some((h, m, s));
        } else if let (None, Some(n @ 1..=31), true) = (day, number(), token.len() <= 2) {
            day = Some(n);
        } else if let (None, Some(at)) = (month, MONTHS.iter().position(|m| token.to_ascii_lowercase().starts_with(m))) {
            month = u32::try_from(at + 1).ok();
        } else if let (None, Some(n), 2..=4) = (year, number(), token.len()) {
            year = Some(match n {
                70..=99 => n + 1900,
                0..=69 => n + 2000,
                _ => n,
            });
        }
    }
    let ((h, m, s), day, month, year) = (time?, day?, month?, year?);
    time::parse_rfc3339(&format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z"))
}

static OTHERS: LazyLock<Vec<(String, &'static str)>> = LazyLock::new(|| {
    include_str!("../data/cookies.tsv")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| {
            let mut cells = l.split('\t');
            Some((cells.next()?.to_ascii_lowercase(), cells.next()?))
        })
        .collect()
});

/// Who sets a cookie of this name, if it is none of the site's own.
#[must_use]
pub fn set_by(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    OTHERS.iter().find(|(n, _)| n.strip_suffix('*').map_or(*n == name, |start| name.starts_with(start))).map(|(_, who)| *who)
}

#[test]
fn cookies_as_browsers_read_them() {
    const NOW: i64 = crate::fixture::NOW;
    for (header, deleted) in [
        ("session=; Max-Age=0", true),
        ("session=; max-age=-1; Path=/", true),
        ("session=; Max-Age=0; Expires=Fri, 01 Jan 2038 00:00:00 GMT", true),
        ("session=; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false),
        ("session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true),
        ("session=; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/", true),
        ("session=; expires=Thursday, 01-Jan-70 00:00:00 GMT", true),
        ("session=; expires=Thu Jan  1 1970 00:00:00 GMT", true),
        ("session=; Expires=Fri, 01 Jan 2038 00:00:00 GMT", false),
        ("session=; Max-Age=soon", false),
        ("session=; Expires=0", false),
        ("session=x", false),
    ] {
        assert_eq!(Cookie::parse(header).deleted(NOW), deleted, "{header}");
    }
    for (header, host, https, refused) in [
        ("__Host-a=1; Secure; Path=/", "acme.example", true, false),
        ("__Host-a=1; Secure; Path=/; Domain=acme.example", "acme.example", true, true),
        ("__host-a=1; Secure", "acme.example", true, true),
        ("__Secure-a=1", "acme.example", true, true),
        ("a=1; SameSite=None", "acme.example", true, true),
        ("a=1; SameSite=None; Secure", "acme.example", true, false),
        ("a=1; Secure", "acme.example", false, true),
        ("a=1; Domain=.acme.example", "www.acme.example", true, false),
        ("a=1; Domain=www.acme.example", "acme.example", true, true),
        ("a=1; Domain=e.example", "acme.example", true, true),
    ] {
        assert_eq!(Cookie::parse(header).refused(host, https).is_some(), refused, "{header}");
    }
    assert_eq!(set_by("Heroku-Session-Affinity"), Some("Heroku"));
    assert_eq!(set_by("AWSALBCORS"), Some("AWS load balancers"));
    assert_eq!(set_by("laravel_session"), None);
    let rows = include_str!("../data/cookies.tsv").lines().filter(|l| !l.starts_with('#'));
    assert!(rows.into_iter().all(|l| l.split('\t').count() == 4 && l.contains("https://")));
}
