//! What a fix asks of a provider: the kinds of guide, and the values that the fix wants to see there.

use crate::check::{Fix, Line, Paste};

/// What a provider has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A DNS record.
    Record,
    /// A response header.
    Header,
    /// A redirect to the one address.
    Redirect,
    /// From HTTP to HTTPS on the same host.
    Https,
    /// How long static files are kept.
    Cache,
    /// Answers 304.
    Validator,
    /// Compression.
    Compress,
    /// Protocol versions and suites.
    Tls,
    /// A certificate.
    Certificate,
    /// Flags of a session's cookie.
    Cookie,
    /// Which origins may read.
    Cors,
    /// Names and versions in answers.
    Banner,
    /// A file below `/.well-known`.
    WellKnown,
    /// Paths that nobody should read.
    Hide,
    /// Lists of files.
    Listing,
    /// A password before a staging.
    Password,
    /// That a mail service may send.
    Sender,
}

impl Kind {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "record" => Kind::Record,
            "header" => Kind::Header,
            "redirect" => Kind::Redirect,
            "https" => Kind::Https,
            "cache" => Kind::Cache,
            "validator" => Kind::Validator,
            "compress" => Kind::Compress,
            "tls" => Kind::Tls,
            "certificate" => Kind::Certificate,
            "cookie" => Kind::Cookie,
            "cors" => Kind::Cors,
            "banner" => Kind::Banner,
            "well-known" => Kind::WellKnown,
            "hide" => Kind::Hide,
            "listing" => Kind::Listing,
            "password" => Kind::Password,
            "sender" => Kind::Sender,
            _ => return None,
        })
    }
    /// Whether the answer depends on where the site runs, rather than on who has its DNS or sends its mail.
    pub(super) const fn is_of_the_site(self) -> bool {
        !matches!(self, Kind::Record | Kind::Sender)
    }
}

/// Checks whose fixes are told per provider, beside those that paste a DNS record or a header.
const KINDS: &[(&str, Kind)] = &[
    ("RED-01", Kind::Redirect),
    ("RED-02", Kind::Https),
    ("RED-03", Kind::Redirect),
    ("RED-04", Kind::Redirect),
    ("RED-04", Kind::Https),
    ("RED-05", Kind::Redirect),
    ("RED-05", Kind::Https),
    ("PERF-08", Kind::Cache),
    ("PERF-10", Kind::Cache),
    ("PERF-11", Kind::Validator),
    ("PERF-12", Kind::Compress),
    ("TLS-01", Kind::Certificate),
    ("TLS-02", Kind::Certificate),
    ("TLS-03", Kind::Certificate),
    ("TLS-04", Kind::Certificate),
    ("TLS-05", Kind::Tls),
    ("TLS-06", Kind::Tls),
    ("TLS-07", Kind::Certificate),
    ("TLS-11", Kind::Certificate),
    ("TLS-12", Kind::Certificate),
    ("SEC-08", Kind::Cors),
    ("SEC-09", Kind::Cookie),
    ("SEC-15", Kind::Banner),
    ("SEC-33", Kind::WellKnown),
    ("AUD-04", Kind::Hide),
    ("AUD-05", Kind::Listing),
    ("AUD-20", Kind::Password),
    ("MAIL-05", Kind::Sender),
    ("MAIL-07", Kind::Sender),
    ("MAIL-12", Kind::Sender),
    ("DNS-01", Kind::Record),
    ("DNS-02", Kind::Record),
    ("DNS-03", Kind::Record),
    ("DNS-06", Kind::Record),
    ("DNS-07", Kind::Record),
    ("DNS-08", Kind::Record),
    ("DNS-09", Kind::Record),
    ("DNS-10", Kind::Record),
    ("DNS-12", Kind::Record),
    ("DNS-15", Kind::Record),
    ("MAIL-01", Kind::Record),
    ("MAIL-02", Kind::Record),
    ("MAIL-03", Kind::Record),
    ("MAIL-04", Kind::Record),
    ("MAIL-05", Kind::Record),
    ("MAIL-06", Kind::Record),
    ("MAIL-07", Kind::Record),
    ("MAIL-09", Kind::Record),
    ("MAIL-10", Kind::Record),
    ("MAIL-11", Kind::Record),
    ("MAIL-12", Kind::Record),
    ("MAIL-17", Kind::Record),
    ("TLS-08", Kind::Header),
    ("TLS-09", Kind::Header),
    ("TLS-10", Kind::Header),
    ("SEC-10", Kind::Header),
    ("SEC-11", Kind::Header),
    ("SEC-12", Kind::Header),
    ("SEC-13", Kind::Header),
    ("PERF-18", Kind::Header),
];

/// A value that a fix wants to see somewhere.
#[derive(Debug)]
pub(super) enum Want {
    Record {
        rtype: String,
        name: String,
        value: String,
    },
    /// Headers of one answer, everywhere or below the API's path; `label` where the fix offers several sets of them.
    Headers {
        label: Option<String>,
        api: bool,
        headers: Vec<(String, String)>,
    },
    /// The name of a cookie.
    Cookie(String),
    /// Hosts that need a certificate or a redirect to HTTPS.
    Hosts(Vec<String>),
    /// That a host leads to the other one.
    Moved,
    /// Paths that nobody should read.
    Paths(Vec<String>),
    Plain,
}

impl Want {
    /// Whether a template of this kind is filled with it.
    pub(super) const fn fits(&self, kind: Kind) -> bool {
        matches!(
            (kind, self),
            (Kind::Record, Want::Record { .. })
                | (Kind::Header | Kind::Cache, Want::Headers { .. })
                | (Kind::Cookie, Want::Cookie(_))
                | (Kind::Certificate | Kind::Https, Want::Hosts(_))
                | (Kind::Redirect, Want::Moved)
                | (Kind::Hide, Want::Paths(_))
        )
    }
}

/// Types of records that a place may name.
const TYPES: [&str; 8] = ["A", "AAAA", "CNAME", "MX", "TXT", "CAA", "NS", "ALIAS or A"];

/// The place of names that a certificate has to cover.
pub(crate) const NAMES: &str = "names on the certificate";

/// The place of paths that have to be closed.
pub(crate) const PATHS: &str = "paths that have to answer 404";

/// What the pastes of a fix want. A place says what its lines are: `TXT · acme.com`, `response header of the API`.
pub(super) fn wants(fix: &Fix) -> Vec<Want> {
    let mut out = vec![];
    let several = fix.paste.iter().filter(|p| p.place.contains("header")).count() > 1;
    for p in &fix.paste {
        let new = added(p);
        let mut parts = p.place.split(" · ");
        if let (Some(rtype), Some(name)) = (parts.next().filter(|t| TYPES.contains(t)), parts.next()) {
            // What stays counts too: a set that loses one of its records is not deleted.
            let value = Some(p.value()).filter(|v| !v.is_empty()).unwrap_or_else(|| "nothing: delete the record".to_owned());
            out.push(Want::Record { rtype: rtype.to_owned(), name: name.to_owned(), value });
        } else if p.place == NAMES {
            out.push(Want::Hosts(new.iter().map(|h| (*h).to_owned()).collect()));
        } else if p.place == PATHS {
            out.push(Want::Paths(new.iter().map(|l| (*l).to_owned()).collect()));
        } else if new.iter().any(|l| l.contains(" 301 → ")) {
            let host = |l: &&str| l.strip_prefix("http://")?.split('/').next().map(str::to_owned);
            let plain: Vec<String> = new.iter().filter_map(host).collect();
            if new.iter().any(|l| l.starts_with("https://")) {
                out.push(Want::Moved);
            }
            if !plain.is_empty() {
                out.push(Want::Hosts(plain));
            }
        } else if p.place.contains("header") && !p.place.contains("token pages") {
            headers(&mut out, p, &new, several);
        }
    }
    out
}

fn added(p: &Paste) -> Vec<&str> {
    p.lines.iter().filter_map(|l| if let Line::Add(t) = l { Some(t.as_str()) } else { None }).collect()
}

fn headers(out: &mut Vec<Want>, p: &Paste, new: &[&str], several: bool) {
    let (cookies, headers): (Vec<_>, Vec<_>) =
        new.iter().filter_map(|l| l.split_once(": ")).partition(|(n, _)| n.eq_ignore_ascii_case("set-cookie"));
    out.extend(cookies.iter().filter_map(|(_, v)| v.split('=').next()).map(|name| Want::Cookie(name.to_owned())));
    if !headers.is_empty() {
        out.push(Want::Headers {
            label: several.then(|| p.place.clone()),
            api: p.place.contains("of the API"),
            headers: headers.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
        });
    }
}

/// The kinds of guide that a finding's fix needs. Where it names no exact record or header, there is nothing to tell
/// a provider's form.
pub(super) fn kinds(id: &str, wants: &[Want]) -> Vec<Kind> {
    let own = of_check(id);
    let has = |kind: Kind| wants.iter().any(|w| w.fits(kind));
    // Of two redirects only the one that is wrong is told.
    let either = own.contains(&Kind::Redirect) && own.contains(&Kind::Https);
    let asked = |k: Kind| matches!(k, Kind::Record | Kind::Header) || (either && matches!(k, Kind::Redirect | Kind::Https));
    let mut out: Vec<Kind> = own.iter().copied().filter(|k| !asked(*k) || has(*k)).collect();
    if has(Kind::Record) && !out.contains(&Kind::Record) {
        out.push(Kind::Record);
    }
    // A header that a kind of its own places, such as the lifetime of static files, must not go on every page.
    if has(Kind::Header) && !own.iter().any(|k| k.is_of_the_site()) {
        out.push(Kind::Header);
    }
    out
}

/// The kinds of a check, whatever was seen.
pub(super) fn of_check(id: &str) -> Vec<Kind> {
    KINDS.iter().filter(|(c, _)| *c == id).map(|(_, k)| *k).collect()
}
