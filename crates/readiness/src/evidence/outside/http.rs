//! HTTP exchanges, redirects followed by hand.

use serde::{Deserialize, Serialize};

/// Why something was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// `/` of a host, by http or https.
    Start,
    /// A made-up path and query on each start, to see whether redirects keep them.
    Probe,
    /// A random path on the front page's host: what a missing page looks like.
    Random,
    /// A script or style of the front page.
    Asset,
    /// `/login`.
    Login,
    /// The front page with an `Origin` header.
    Cors,
    /// The same as a preflight (`OPTIONS`).
    Preflight,
    /// A well-known leftover such as `/.env`, only with entitlement.
    Leftover,
    /// A folder that may list its files, only with entitlement.
    Listing,
    /// `/robots.txt`.
    Robots,
    /// `/.well-known/security.txt`.
    #[serde(rename = "security-txt")]
    SecurityTxt,
    /// A health endpoint.
    Health,
    /// An API path.
    Api,
    /// The front page of a host found by its name or in the logs, or at a random name.
    Host,
    /// `/app`, a usual place of the product itself.
    App,
    /// A script that another script names.
    Chunk,
    /// An asset for the second time, to see whether a cache answers.
    Again,
    /// An asset with the validator that it came with.
    Conditional,
    /// A declared marketing link.
    #[serde(rename = "marketing-link")]
    MarketingLink,
    /// The policy of MTA-STS (RFC 8461).
    #[serde(rename = "mta-sts")]
    MtaSts,
}

/// Why a request brought no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailKind {
    /// The name has no address.
    Unresolved,
    /// The egress guard closed the address, port or scheme.
    Denied,
    /// The port is closed.
    Refused,
    /// No answer in time.
    Timeout,
    /// TLS failed.
    Tls,
    /// Not HTTP, or broken off.
    Protocol,
    /// The scan's budget ran out first.
    Budget,
}

/// The body, of which only an extract is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Bytes after decompression, as far as read.
    pub size: u64,
    /// Whether reading stopped at the limit.
    pub truncated: bool,
    /// Hexadecimal SHA-256 of what was read.
    pub sha256: String,
    /// At most 2 KB of text, secrets masked; files of lines (robots.txt, security.txt) whole up to 16 KB,
    /// and of a longer robots.txt the lines that decide about a front page.
    pub extract: String,
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Allow-listed headers in the order received, names in lower case, cookie values masked.
    pub headers: Vec<(String, String)>,
    /// The body, where one was read.
    pub body: Option<Body>,
}

impl Response {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    /// Every header of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    /// The media type without parameters, lower case.
    #[must_use]
    pub fn media_type(&self) -> String {
        self.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase()
    }
    /// Whether the status is a redirect that names a target.
    #[must_use]
    pub fn redirect(&self) -> Option<&str> {
        matches!(self.status, 301 | 302 | 303 | 307 | 308).then(|| self.header("location")).flatten()
    }
}

/// How one request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// With a response.
    Response(Response),
    /// Without.
    Failed {
        /// Where.
        kind: FailKind,
        /// The text of the failure.
        detail: String,
    },
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Absolute URL.
    pub url: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Milliseconds to the end of the response.
    pub took_ms: u64,
    /// How it ended.
    pub answer: Answer,
}

/// A request and the redirects that followed from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// Why.
    pub purpose: Purpose,
    /// The URL that it began with.
    pub start: String,
    /// A header sent besides the usual ones (the `Origin` of a CORS probe).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Request by request.
    pub hops: Vec<Hop>,
    /// Whether the chain came back to an earlier URL, or was cut at the limit of redirects.
    #[serde(default)]
    pub looped: bool,
}

impl Fetch {
    /// The last URL with its response, if the chain ended in one that is no redirect.
    #[must_use]
    pub fn last(&self) -> Option<(&str, &Response)> {
        let hop = self.hops.last()?;
        match &hop.answer {
            Answer::Response(r) if r.redirect().is_none() && !self.looped => Some((hop.url.as_str(), r)),
            _ => None,
        }
    }
    /// The first response.
    #[must_use]
    pub fn first(&self) -> Option<&Response> {
        match &self.hops.first()?.answer {
            Answer::Response(r) => Some(r),
            Answer::Failed { .. } => None,
        }
    }
    /// The failure that ended the chain.
    #[must_use]
    pub fn failure(&self) -> Option<(FailKind, &str)> {
        match &self.hops.last()?.answer {
            Answer::Failed { kind, detail } => Some((*kind, detail)),
            Answer::Response(_) => None,
        }
    }
    /// Epoch milliseconds of the last request.
    #[must_use]
    pub fn at(&self) -> i64 {
        self.hops.last().map_or(0, |h| h.at)
    }
    /// `http://a → https://a → https://www.a (200)`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut text = self
            .hops
            .iter()
            .map(|h| match &h.answer {
                Answer::Response(r) => format!("{} ({})", h.url, r.status),
                Answer::Failed { detail, .. } => format!("{} ({detail})", h.url),
            })
            .collect::<Vec<_>>()
            .join(" → ");
        if self.looped {
            text.push_str(" → … in a circle");
        }
        text
    }
}
