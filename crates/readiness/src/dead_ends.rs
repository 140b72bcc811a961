//! What shows that a response is not the product: challenges, providers' pages for unknown names, parking, default pages,
//! locks and errors. Signatures are data (`data/dead_ends.tsv`); each row names its source.

use crate::evidence::Response;
use std::sync::LazyLock;

/// What a page is instead of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadEnd {
    /// A bot challenge or a firewall's refusal of our scanner.
    Challenge,
    /// A provider's page for a name that it does not know.
    Unclaimed,
    /// Parking of a registrar or a dealer's offer.
    Parked,
    /// The page that a server shows before anything is set up.
    Default,
    /// A sign-in before the whole site.
    Locked,
    /// A provider's error page.
    Error,
    /// A service where people sign in.
    SignIn,
}

/// One signature; every condition that it names must hold.
#[derive(Debug)]
pub struct Signature {
    /// What it shows.
    pub kind: DeadEnd,
    /// Whose page it is; for errors with what it means after a colon.
    pub who: &'static str,
    /// Statuses, or none for any; `5xx` is 500.
    statuses: Vec<u16>,
    /// End of the host at which a visitor arrives.
    host: Option<&'static str>,
    /// Name and part of the value, in lower case.
    header: Option<(&'static str, String)>,
    /// Texts of the page, in lower case.
    texts: Vec<String>,
    /// Most bytes that the page may have: real pages mention or load the same things.
    most: Option<u64>,
}

static SIGNATURES: LazyLock<Vec<Signature>> =
    LazyLock::new(|| include_str!("../data/dead_ends.tsv").lines().filter(|l| !l.starts_with('#')).filter_map(signature).collect());

fn signature(line: &'static str) -> Option<Signature> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let &[kind, who, statuses, host, header, texts, most, _source] = cells.as_slice() else { return None };
    let some = |cell: &'static str| (cell != "-").then_some(cell);
    let kind = match kind {
        "challenge" => DeadEnd::Challenge,
        "unclaimed" => DeadEnd::Unclaimed,
        "parked" | "dealer" => DeadEnd::Parked,
        "default" => DeadEnd::Default,
        "locked" => DeadEnd::Locked,
        "signin" => DeadEnd::SignIn,
        _ => DeadEnd::Error,
    };
    Some(Signature {
        kind,
        who,
        statuses: some(statuses).map(|s| s.split(',').filter_map(|n| n.replace("xx", "00").parse().ok()).collect()).unwrap_or_default(),
        host: some(host),
        header: some(header).map(|h| h.split_once(": ").map_or((h, String::new()), |(n, v)| (n, v.to_ascii_lowercase()))),
        texts: some(texts).map(|t| t.split(" && ").map(str::to_lowercase).collect()).unwrap_or_default(),
        most: some(most).and_then(|m| m.parse().ok()),
    })
}

impl Signature {
    fn fits(&self, host: &str, r: &Response, text: &str) -> bool {
        let status = |s: &u16| *s == r.status || (*s == 500 && r.status >= 500);
        (self.statuses.is_empty() || self.statuses.iter().any(status))
            && self.host.is_none_or(|end| host == end || host.strip_suffix(end).is_some_and(|h| h.ends_with('.')))
            && self.header.as_ref().is_none_or(|(name, part)| r.all(name).any(|v| v.to_ascii_lowercase().contains(part)))
            && self.most.is_none_or(|most| r.body.as_ref().is_some_and(|b| b.size <= most))
            && self.texts.iter().all(|t| text.contains(t))
    }
}

/// The first signature that fits a response of this host; challenges come first.
#[must_use]
pub fn recognise(host: &str, r: &Response) -> Option<&'static Signature> {
    let text = r.body.as_ref().map_or(String::new(), |b| b.extract.to_lowercase());
    SIGNATURES.iter().find(|s| s.fits(host, r, &text))
}

/// Whether a response is a bot challenge or a firewall's refusal of our scanner, at whatever status. A bare 401, 403, 429
/// or 5xx is none: the page is locked, refused or down.
#[must_use]
pub fn is_challenge(r: &Response) -> bool {
    recognise("", r).is_some_and(|s| s.kind == DeadEnd::Challenge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Body;

    fn response(status: u16, headers: &[(&str, &str)], text: &str) -> Response {
        Response {
            status,
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: Some(Body { size: text.len() as u64, extract: text.into(), ..Body::default() }),
        }
    }

    #[test]
    fn every_row_is_read_and_says_something() {
        let rows = include_str!("../data/dead_ends.tsv").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(SIGNATURES.len(), rows);
        assert!(rows > 60);
        for s in SIGNATURES.iter() {
            assert!(s.host.is_some() || s.header.is_some() || !s.texts.is_empty(), "{s:?}");
            assert!(s.header.as_ref().is_none_or(|(n, _)| n.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())));
        }
    }

    #[test]
    fn challenges_are_known_by_their_signs_alone() {
        for (status, headers, text, challenge) in [
            (202, &[("sg-captcha", "challenge")][..], "", true),
            (200, &[], "<script src=\"/_Incapsula_Resource?SWJIYLWA=1\"></script>", true),
            (405, &[("x-amzn-waf-action", "captcha")], "", true),
            (202, &[("x-amzn-waf-action", "challenge")], "", true),
            (403, &[("x-datadome", "protected")], "", true),
            (200, &[("x-datadome", "protected")], "<h1>Acme</h1>", false),
            (429, &[("x-kpsdk-ct", "1")], "", true),
            (403, &[("server", "AkamaiGHost")], "Access Denied", true),
            (403, &[], "<title>Attention Required! | Cloudflare</title>", true),
            (503, &[("server", "cloudflare")], "<script src=\"/cdn-cgi/challenge-platform/scripts/jsd/main.js\"></script>", false),
            (
                200,
                &[],
                "<form><div class=\"cf-turnstile\"></div><script src=\"https://challenges.cloudflare.com/turnstile/v0/api.js\"></script>",
                false,
            ),
            (403, &[], "<Error><Code>AccessDenied</Code></Error>", false),
            (403, &[], "", false),
            (429, &[], "Too many requests", false),
            (503, &[], "Service Unavailable", false),
        ] {
            assert_eq!(is_challenge(&response(status, headers, text)), challenge, "{status} {headers:?} {text}");
        }
    }

    #[test]
    fn an_article_about_a_default_page_is_none() {
        assert!(recognise("acme.example", &response(200, &[], "<p>What to do about Welcome to nginx! and It works!</p>")).is_none());
    }
}
