//! What surrounds every request: an id, a log line, security headers, and refusal of forms that
//! other sites send.

use super::AppError;
use crate::app::App;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::time::Instant;
use tracing::Instrument;

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request in hand, for logs and for people who ask for help.
pub fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Gives the request an id, logs its end without personal data, and sets headers.
pub async fn surround(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().to_string();
    let method = request.method().clone();
    // The route, not the address: addresses hold ids of tenants.
    let route = request.extensions().get::<axum::extract::MatchedPath>().map_or_else(|| "-".to_owned(), |p| p.as_str().to_owned());
    let span = tracing::info_span!("request", id = %id);
    let begun = Instant::now();
    let mut response = REQUEST_ID.scope(id.clone(), next.run(request).instrument(span)).await;
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
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    }
    if app.settings.public_url.starts_with("https://") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", value);
    }
    response
}

/// Refuses whatever changes something and comes from another site (Fetch Metadata, else Origin).
pub async fn same_origin(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) || from_here(request.headers()) {
        next.run(request).await
    } else {
        AppError::Foreign.into_response()
    }
}

fn from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, o)| o == host),
        // No browser: nothing is sent along without the caller's will.
        (None, None, _) => true,
        (None, Some(_), None) => false,
    }
}

/// The visitor's address: the connection's, or what a trusted proxy says.
pub fn visitor(app: &App, headers: &HeaderMap, connection: &ConnectInfo<SocketAddr>) -> String {
    let forwarded = headers
        .get("x-forwarded-for")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.rsplit(',').next())
        .and_then(|v| v.trim().parse::<std::net::IpAddr>().ok());
    match forwarded {
        Some(ip) if app.settings.trust_proxy => ip.to_string(),
        _ => connection.0.ip().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_other_sites_are_refused() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut h = HeaderMap::new();
            for (k, v) in pairs {
                h.insert(*k, HeaderValue::from_static(v));
            }
            from_here(&h)
        };
        assert!(with(&[("sec-fetch-site", "same-origin")]) && with(&[("origin", "https://a.com"), ("host", "a.com")]) && with(&[]));
        assert!(!with(&[("sec-fetch-site", "cross-site")]) && !with(&[("sec-fetch-site", "same-site")]));
        assert!(!with(&[("origin", "https://evil.com"), ("host", "a.com")]) && !with(&[("origin", "null"), ("host", "a.com")]));
    }
}
