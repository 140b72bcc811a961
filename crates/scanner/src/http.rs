//! Requests, each within bounds of time, bytes and redirects, redirects followed by hand.

use crate::budget::{self, Budget};
use crate::decompress::decompress;
use crate::dns::{Dns, Scope};
use crate::secrets::mask;
use crate::util::{now, sha256};
use net::sync::lock;
use net::{Denied, Egress, client, failure, tls_config};
use readiness::evidence::{Answer, Body, FailKind, Fetch, Hop, Purpose, Response};
use reqwest::{Client, Method};
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use url::Url;

/// One request, to the end of its body.
const REQUEST: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of a body, before and after decompression.
const MAX_BODY: usize = 5 * 1024 * 1024;
const MAX_REDIRECTS: usize = 8;

/// Headers that evidence keeps.
const KEEP: &[&str] = &[
    "location",
    "content-type",
    "content-encoding",
    "content-length",
    "cache-control",
    "expires",
    "age",
    "date",
    "etag",
    "last-modified",
    "vary",
    "strict-transport-security",
    "content-security-policy",
    "content-security-policy-report-only",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "set-cookie",
    "server",
    "via",
    "cf-ray",
    "cf-cache-status",
    "cf-mitigated",
    "x-vercel-id",
    "x-vercel-cache",
    "x-vercel-error",
    "x-vercel-mitigated",
    "x-vercel-challenge-token",
    "sg-captcha",
    "x-amzn-waf-action",
    "x-dd-b",
    "x-datadome",
    "x-px-blocked",
    "x-kpsdk-ct",
    "x-sigsci-decision",
    "x-sucuri-block",
    "x-render-routing",
    "x-railway-fallback",
    "x-cache",
    "x-served-by",
    "x-nf-request-id",
    "fly-request-id",
    "x-amz-cf-id",
    "alt-svc",
    "x-robots-tag",
    "x-powered-by",
    "retry-after",
    "sourcemap",
    "x-sourcemap",
    "www-authenticate",
    "reporting-endpoints",
    "report-to",
    "x-azure-ref",
    "x-sucuri-id",
    "x-render-origin-server",
    "x-cache-status",
    "x-proxy-cache",
    "cache-status",
    // Release identity.
    "x-version",
    "x-app-version",
    "x-release",
    "x-commit",
    "x-git-sha",
    "x-revision",
    // What gives software and versions away (OWASP Secure Headers Project, headers to remove).
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-powered-cms",
    "x-generator",
    "x-php-version",
    "x-drupal-dynamic-cache",
    "x-jenkins",
    "x-mod-pagespeed",
    "x-page-speed",
    "x-varnish",
    "x-backend-server",
    "x-debug-token",
    "x-debug-token-link",
    "x-litespeed-cache",
    "x-envoy-upstream-service-time",
    "x-kubernetes-pf-flowschema-ui",
    "x-owa-version",
    "liferay-portal",
    "micro-framework",
    "powered-by",
    "product",
    "server-timing",
];

/// What to request.
#[derive(Clone, Debug)]
pub struct Ask {
    pub purpose: Purpose,
    pub url: String,
    pub origin: Option<String>,
    /// Whether to follow redirects.
    pub follow: bool,
    /// A further header.
    pub header: Option<(&'static str, String)>,
}

impl Ask {
    pub fn get(purpose: Purpose, url: impl Into<String>) -> Self {
        Self { purpose, url: url.into(), origin: None, follow: true, header: None }
    }
    /// One request, redirects left alone.
    pub fn one(purpose: Purpose, url: impl Into<String>) -> Self {
        Self { follow: false, ..Self::get(purpose, url) }
    }
}

/// The web side of one scan.
pub struct Http {
    /// Takes any certificate: a site is looked at, and its certificate judged apart.
    looking: Client,
    /// Verifies: for those whose word about a site counts.
    trusting: Client,
    egress: Arc<Egress>,
    dns: Arc<Dns>,
    budget: Arc<Budget>,
    deadline: Instant,
    fetches: Mutex<Vec<Fetch>>,
}

/// A body in full, for those who read pages; evidence keeps only the extract.
pub struct Loaded {
    pub fetch: Fetch,
    pub body: Vec<u8>,
}

impl Http {
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(
        egress: Arc<Egress>,
        dns: Arc<Dns>,
        budget: Arc<Budget>,
        roots: &Arc<RootCertStore>,
        deadline: Instant,
    ) -> Result<Self, String> {
        let build = |config: ClientConfig| {
            client::builder(egress.clone(), config)
                .connect_timeout(CONNECT)
                .timeout(REQUEST)
                .http2_max_header_list_size(64 * 1024)
                .build()
                .map_err(|e| e.to_string())
        };
        let looking = build(tls_config::unverified().map_err(|e| e.to_string())?)?;
        let trusting = build(tls_config::verified(roots).map_err(|e| e.to_string())?)?;
        Ok(Self { looking, trusting, egress, dns, budget, deadline, fetches: Mutex::default() })
    }

    /// Requests that a host may still get in this scan's first burst.
    pub fn left(&self, host: &str) -> usize {
        self.budget.left(host)
    }

    /// Everything fetched so far.
    pub fn fetches(&self) -> Vec<Fetch> {
        lock(&self.fetches).clone()
    }

    /// Requests, follows redirects, records.
    pub async fn fetch(&self, ask: Ask) -> Loaded {
        let mut fetch = Fetch { purpose: ask.purpose, start: ask.url.clone(), origin: ask.origin.clone(), hops: vec![], looped: false };
        let mut url = ask.url.clone();
        let mut body = vec![];
        loop {
            let (hop, bytes) = self.request(&ask, &url).await;
            let next = match &hop.answer {
                Answer::Response(r) if ask.follow => r.redirect().and_then(|to| Url::parse(&url).ok()?.join(to).ok()).map(|mut u| {
                    u.set_fragment(None);
                    u.to_string()
                }),
                _ => None,
            };
            fetch.hops.push(hop);
            body = bytes.unwrap_or(body);
            let Some(next) = next else { break };
            if fetch.hops.iter().any(|h| h.url == next) || fetch.hops.len() > MAX_REDIRECTS {
                fetch.looped = true;
                break;
            }
            url = next;
        }
        lock(&self.fetches).push(fetch.clone());
        Loaded { fetch, body }
    }

    async fn request(&self, ask: &Ask, url: &str) -> (Hop, Option<Vec<u8>>) {
        let at = now();
        let started = Instant::now();
        let limit = match ask.purpose {
            Purpose::Leftover => 16 * 1024,
            // Read for its headers, and for the signs of a challenge.
            Purpose::Cors => 64 * 1024,
            // RFC 9309 §2.5: at least 500 KiB of robots.txt are parsed.
            Purpose::Robots => 500 * 1024,
            Purpose::SecurityTxt | Purpose::MtaSts => 256 * 1024,
            _ => MAX_BODY,
        };
        let result = self.try_request(&self.looking, ask, url, limit).await;
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (answer, bytes) = match result {
            Ok((response, bytes)) => (Answer::Response(response), Some(bytes)),
            Err((kind, detail)) => (Answer::Failed { kind, detail }, None),
        };
        (Hop { url: url.to_owned(), at, took_ms, answer }, bytes)
    }

    async fn try_request(&self, client: &Client, ask: &Ask, url: &str, limit: usize) -> Result<(Response, Vec<u8>), (FailKind, String)> {
        let parsed = Url::parse(url).map_err(|e| (FailKind::Protocol, format!("not a URL: {e}")))?;
        let denied = |d: Denied| (FailKind::Denied, d.to_string());
        self.egress.permits_url(&parsed).map_err(denied)?;
        let host = parsed.host_str().unwrap_or("").to_owned();
        if let Some(url::Host::Domain(name)) = parsed.host() {
            let addresses = self.dns.addresses(name, Scope::Source).await;
            if addresses.is_empty() {
                return Err((FailKind::Unresolved, format!("{name} has no address")));
            }
            self.egress.pin(name, &addresses).map_err(denied)?;
        }
        let kind = if ask.purpose == Purpose::Leftover { budget::Ask::File } else { budget::Ask::Request };
        let _place = self.budget.place(&host, kind).await.map_err(|why| (FailKind::Budget, why))?;
        let method = if ask.purpose == Purpose::Preflight { Method::OPTIONS } else { Method::GET };
        let mut request = client
            .request(method, parsed)
            .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("accept-encoding", "br, gzip, zstd, deflate")
            .header("accept-language", "en");
        if let Some(origin) = &ask.origin {
            request = request.header("origin", origin);
            if ask.purpose == Purpose::Preflight {
                request = request.header("access-control-request-method", "GET");
            }
        }
        if let Some((name, value)) = &ask.header {
            request = request.header(*name, value);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        let work = async {
            let response = request.send().await.map_err(|e| failure::of_request(&e))?;
            self.read(ask, response, limit).await
        };
        match tokio::time::timeout(left.min(REQUEST), work).await {
            Ok(result) => result,
            Err(_) if left < REQUEST => Err((FailKind::Budget, "the scan's time ran out first".into())),
            Err(_) => Err((FailKind::Timeout, format!("no answer within {} s", REQUEST.as_secs()))),
        }
    }

    /// A document that is signed itself, such as an authority's list: no evidence of the site, so it is
    /// not kept among the fetches. Follows three redirects.
    ///
    /// # Errors
    /// Why it could not be read, as a sentence.
    pub async fn load(&self, url: &str, limit: usize) -> Result<(u16, Vec<u8>), String> {
        self.document(url, limit, false).await
    }

    /// The same for the word of a registry or a log. Only the connection vouches for it, so its
    /// certificate must hold, and no redirect leads from https to http.
    ///
    /// # Errors
    /// Why it could not be read, as a sentence.
    pub async fn load_trusted(&self, url: &str, limit: usize) -> Result<(u16, Vec<u8>), String> {
        self.document(url, limit, true).await
    }

    async fn document(&self, url: &str, limit: usize, trusted: bool) -> Result<(u16, Vec<u8>), String> {
        let client = if trusted { &self.trusting } else { &self.looking };
        let mut url = url.to_owned();
        for _ in 0..4 {
            let ask = Ask::get(Purpose::Start, url.clone());
            let (response, bytes) = self.try_request(client, &ask, &url, limit).await.map_err(|(_, why)| why)?;
            let at = Url::parse(&url).ok();
            match response.redirect().and_then(|to| at.as_ref()?.join(to).ok()) {
                Some(next) if trusted && next.scheme() != "https" && at.as_ref().is_some_and(|u| u.scheme() == "https") => {
                    return Err("it redirects to a place without TLS".into());
                }
                Some(next) => url = next.to_string(),
                None if response.body.as_ref().is_some_and(|b| b.truncated) => return Err(format!("it is larger than {limit} bytes")),
                None => return Ok((response.status, bytes)),
            }
        }
        Err("it redirects too often".into())
    }

    async fn read(&self, ask: &Ask, mut response: reqwest::Response, limit: usize) -> Result<(Response, Vec<u8>), (FailKind, String)> {
        let status = response.status().as_u16();
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .filter(|(n, _)| KEEP.contains(&n.as_str()))
            .take(80)
            .map(|(n, v)| {
                let value: String = String::from_utf8_lossy(v.as_bytes()).chars().take(2048).collect();
                (n.as_str().to_owned(), if n == "set-cookie" { mask::cookie(&value) } else { value })
            })
            .collect();
        let mut out = Response { status, headers, body: None };
        if out.redirect().is_some() || matches!(ask.purpose, Purpose::Preflight) {
            return Ok((out, vec![]));
        }
        let mut raw: Vec<u8> = vec![];
        let mut truncated = false;
        // Bytes that are to come, where the server said so in a way that we can count on (RFC 9112 §6).
        let chunked = response.headers().contains_key("transfer-encoding");
        let length = out.header("content-length").and_then(|l| l.trim().parse::<u64>().ok()).filter(|_| !chunked);
        loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                // Many servers close TLS without close_notify. A body that ends with the connection is
                // whole then (§8); of a counted one there is what came.
                Err(e) if failure::cut_off(&e) && (!raw.is_empty() || (length.is_none() && !chunked)) => {
                    truncated = chunked || length.is_some_and(|l| (raw.len() as u64) < l);
                    break;
                }
                Err(e) => return Err(failure::of_request(&e)),
            };
            let room = limit - raw.len();
            raw.extend_from_slice(chunk.get(..chunk.len().min(room)).unwrap_or(&chunk));
            if chunk.len() > room {
                truncated = true;
                break;
            }
        }
        let encoding = out.header("content-encoding").unwrap_or("").to_ascii_lowercase();
        let (plain, cut) = decompress(raw, &encoding, limit).await;
        let sha256 = sha256(&plain);
        let extract = match ask.purpose {
            Purpose::Leftover => mask::leftover(&plain),
            Purpose::Asset | Purpose::Again | Purpose::Chunk => String::new(),
            Purpose::Robots => mask::robots(&plain),
            Purpose::SecurityTxt | Purpose::MtaSts => mask::document(&plain),
            _ => mask::page(&plain),
        };
        out.body = Some(Body { size: plain.len() as u64, truncated: truncated || cut, sha256, extract });
        Ok((out, plain))
    }
}
