//! What surrounds every request: an id, a log line, security headers, and refusal of forms that
//! other sites send.

use super::api::problem::{Problem, refused};
use super::error::AppError;
use crate::platform::request_context::RequestContext;
use crate::platform::settings::Settings;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;

/// A whole form takes at most so long.
const WHOLE: Duration = Duration::from_secs(20);

/// Bytes of a form.
pub const MAX_FORM: usize = 256 * 1024;
/// Bytes of a piece of evidence, which may be a whole scan.
pub const LARGE: usize = 1024 * 1024;

/// Gives the request an id, logs its end without personal data, and sets headers.
pub async fn surround(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().to_string();
    let method = request.method().clone();
    // The route, not the address: addresses hold ids of tenants.
    let route = request.extensions().get::<axum::extract::MatchedPath>().map_or_else(|| "-".to_owned(), |p| p.as_str().to_owned());
    let span = tracing::info_span!("request", id = %id);
    let begun = Instant::now();
    let host = request.uri().host().map(str::to_owned).or_else(|| text(request.headers(), "host"));
    // Probes of a container ask by address.
    let probe = matches!(request.uri().path(), "/health" | "/ready");
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let from = connection.map(|c| visitor(&settings, request.headers(), c)).unwrap_or_default();
    let work = async {
        if request.uri().path_and_query().is_some_and(|p| holds_nul(p.as_str().as_bytes(), false)) {
            refused(request.uri().path(), AppError::Nul)
        } else if probe || named_rightly(&settings.public_url, host.as_deref()) {
            next.run(request).await
        } else {
            (StatusCode::MISDIRECTED_REQUEST, "This is not the address of this site. Its setting public_url says what is.\n")
                .into_response()
        }
    };
    let mut response = RequestContext { id: id.clone(), address: from, came: begun }.scope(work.instrument(span)).await;
    let status = response.status().as_u16();
    tracing::info!(target: "launch_ready::request", id, %method, route, status, ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(0));
    metrics::counter!("launch_ready_requests_total", "status" => status.to_string()).increment(1);
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        // A badge is made to be shown elsewhere.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    }
    if settings.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", value);
    }
    response
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
}

/// Whether a text that came along holds NUL in any of its spellings: as it is, `%00`, or `\\u0000` in JSON.
fn holds_nul(text: &[u8], json: bool) -> bool {
    let escaped = |at: usize| text.get(..at).unwrap_or_default().iter().rev().take_while(|b| **b == b'\\').count() % 2 == 0;
    text.contains(&0)
        || if json {
            text.windows(6).enumerate().any(|(at, w)| w == br"\u0000" && escaped(at))
        } else {
            text.windows(3).any(|w| w == b"%00")
        }
}

/// The most bytes of a body at this path.
pub fn most(path: &str) -> usize {
    if path.starts_with("/api/v1/projects/") && path.ends_with("/evidence") { LARGE } else { MAX_FORM }
}

/// Reads a form whole before anything is done with it, within a time: who sends it a letter a second is
/// cut off too.
pub async fn whole_forms(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let json = text(&parts.headers, "content-type").is_some_and(|t| t.contains("json"));
    match tokio::time::timeout(WHOLE, axum::body::to_bytes(body, most(parts.uri.path()))).await {
        Ok(Ok(bytes)) if holds_nul(&bytes, json) => refused(parts.uri.path(), AppError::Nul),
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, bytes.into())).await,
        Ok(Err(_)) => too_large(parts.uri.path()),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

fn too_large(path: &str) -> Response {
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    if !path.starts_with("/api/v1") {
        return status.into_response();
    }
    Problem::new(status, "Too large", format!("A body has {} KB at most here.", most(path) / 1024)).into_response()
}

/// Refuses whatever changes something and comes from another site (Fetch Metadata, else Origin).
pub async fn same_origin(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    let scheme = if settings.is_https() { "https" } else { "http" };
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) || from_here(request.headers(), scheme) {
        next.run(request).await
    } else {
        AppError::Foreign.into_response()
    }
}

/// Both must agree where both are sent. The scheme is the public address', whatever a proxy speaks with us.
fn from_here(headers: &HeaderMap, scheme: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site").is_none_or(|s| matches!(s, "same-origin" | "none"));
    // Some proxies name the usual port.
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let bare = |host: &str| host.strip_suffix(usual).unwrap_or(host).to_ascii_lowercase();
    let origin = match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(s, o)| s == scheme && bare(o) == bare(host)),
        // No browser: nothing is sent along without the caller's will.
        (None, _) => true,
        (Some(_), None) => false,
    };
    site && origin
}

/// The visitor's address: the connection's, or what a trusted proxy says.
pub fn visitor(settings: &Settings, headers: &HeaderMap, connection: &ConnectInfo<SocketAddr>) -> String {
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect::<Vec<_>>().join(",");
    behind(&settings.trusted_proxies, &hops, connection.0.ip()).to_string()
}

/// The last hop that is no proxy of ours: what stands before it, anybody could have written.
fn behind(proxies: &[IpNet], hops: &str, peer: IpAddr) -> IpAddr {
    let ours = |ip: &IpAddr| proxies.iter().any(|n| n.contains(&ip.to_canonical()));
    let mut at = peer;
    for hop in hops.rsplit(',').map(|h| h.trim().parse::<IpAddr>()) {
        match hop {
            Ok(ip) if ours(&at) => at = ip,
            _ => break,
        }
    }
    at
}

/// Whether the request names this site. Another name would stand in links and let a foreign page
/// that resolves to us be taken for us (DNS rebinding). An instance on loopback goes by any of its names.
fn named_rightly(public_url: &str, host: Option<&str>) -> bool {
    let local = |h: &str| matches!(h, "localhost" | "127.0.0.1" | "[::1]");
    let ours = url::Url::parse(public_url).ok().and_then(|u| u.host_str().map(str::to_ascii_lowercase)).unwrap_or_default();
    let asked = host.and_then(|h| url::Url::parse(&format!("http://{h}")).ok()).and_then(|u| u.host_str().map(str::to_ascii_lowercase));
    asked.is_some_and(|h| h == ours || local(&h) && local(&ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_of_ours_are_believed() {
        let ours: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        for (hops, peer, want) in [
            ("", "192.0.2.1", "192.0.2.1"),
            ("203.0.113.9", "192.0.2.1", "192.0.2.1"),
            ("203.0.113.9", "10.0.0.1", "203.0.113.9"),
            ("198.51.100.7, 203.0.113.9", "10.0.0.1", "203.0.113.9"),
            ("198.51.100.7, 203.0.113.9, 10.0.0.2", "10.0.0.1", "203.0.113.9"),
            ("198.51.100.7, nonsense", "10.0.0.1", "10.0.0.1"),
            ("203.0.113.9", "::ffff:10.0.0.1", "203.0.113.9"),
        ] {
            assert_eq!(behind(&ours, hops, peer.parse().unwrap()).to_string(), want, "{hops} {peer}");
        }
    }

    #[test]
    fn other_names_are_not_answered() {
        for (url, host, want) in [
            ("https://ready.acme.com", Some("ready.acme.com"), true),
            ("https://ready.acme.com", Some("READY.acme.com:443"), true),
            ("https://ready.acme.com", Some("evil.com"), false),
            ("https://ready.acme.com", Some("127.0.0.1"), false),
            ("https://ready.acme.com", Some("ready.acme.com@evil.com"), false),
            ("https://ready.acme.com", None, false),
            ("http://127.0.0.1:3000", Some("localhost:3000"), true),
            ("http://127.0.0.1:3000", Some("[::1]:3000"), true),
            ("http://127.0.0.1:3000", Some("rebound.evil.com:3000"), false),
        ] {
            assert_eq!(named_rightly(url, host), want, "{url} {host:?}");
        }
    }

    #[test]
    fn nul_is_known_in_every_spelling() {
        for (text, json, want) in [
            ("/badge/%00.svg", false, true),
            ("a=b%00c", false, true),
            ("a=b\0c", false, true),
            ("/badge/%2500.svg", false, false),
            ("a=%01&b=100%25", false, false),
            (r#"{"a":"\u0000"}"#, true, true),
            (r#"{"a":"\\\u0000"}"#, true, true),
            (r#"{"a":"\\u0000"}"#, true, false),
            (r#"{"a":"%00"}"#, true, false),
        ] {
            assert_eq!(holds_nul(text.as_bytes(), json), want, "{text}");
        }
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut h = HeaderMap::new();
            for (k, v) in pairs {
                h.insert(*k, HeaderValue::from_static(v));
            }
            from_here(&h, "https")
        };
        assert!(with(&[("sec-fetch-site", "same-origin")]) && with(&[("origin", "https://a.com"), ("host", "a.com")]) && with(&[]));
        assert!(!with(&[("sec-fetch-site", "cross-site")]) && !with(&[("sec-fetch-site", "same-site")]));
        assert!(!with(&[("origin", "https://evil.com"), ("host", "a.com")]) && !with(&[("origin", "null"), ("host", "a.com")]));
        assert!(
            with(&[("origin", "https://a.com"), ("host", "A.com:443")]) && !with(&[("origin", "https://a.com:8443"), ("host", "a.com")])
        );
        assert!(!with(&[("origin", "http://a.com"), ("host", "a.com")]), "the scheme is part of an origin");
        assert!(!with(&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.com"), ("host", "a.com")]));
    }
}
