//! The built files, embedded in the binary and named by the hash of them all, so that browsers
//! keep them for ever. In a debug build they are read from `target/site`.

use crate::platform::clock::now;
use crate::platform::settings::Settings;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::time;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};

#[derive(RustEmbed)]
#[folder = "../target/site"]
struct Site;

const FAVICON: &str = include_str!("../../../style/favicon.svg");
const FOREVER: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";

static BASE: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Site::iter().collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        hash.update(name.as_bytes());
        hash.update(Site::get(&name).map(|f| f.data.into_owned()).unwrap_or_default());
    }
    let hex = crate::platform::bytes::hex(hash.finalize().get(..8).unwrap_or_default());
    format!("/pkg/{hex}")
});

/// `/pkg/<hash>`.
pub fn base() -> &'static str {
    &BASE
}

/// A built file.
pub async fn built(Path((_, file)): Path<(String, String)>) -> Response {
    let Some(found) = Site::get(&file) else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match file.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOREVER)], found.data.into_owned()).into_response()
}

/// The icon.
pub async fn favicon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, A_DAY)], FAVICON)
}

/// Whom to tell of a weakness of this instance (RFC 9116).
pub async fn security(State(s): State<Arc<Settings>>) -> impl IntoResponse {
    let contact = if s.security_contact.is_empty() {
        let address = s.mail_from.rsplit_once('<').map_or(s.mail_from.as_str(), |(_, a)| a.trim_end_matches('>'));
        format!("mailto:{address}")
    } else {
        s.security_contact.clone()
    };
    // A year at most (section 2.5.5); the page is made anew each day.
    let until = time::rfc3339((now() / time::DAY_MS + 360) * time::DAY_MS);
    let text =
        format!("Contact: {contact}\nExpires: {until}\nCanonical: {}/.well-known/security.txt\nPreferred-Languages: en\n", s.public_url);
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, A_DAY)], text)
}

/// Where password managers send people to change a password (W3C, A Well-Known URL for Changing Passwords).
pub async fn change_password() -> Redirect {
    Redirect::to("/account")
}

/// Results are nobody's business but their readers'.
pub async fn robots() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, A_DAY)],
        "User-agent: *\nDisallow: /scans/\nDisallow: /projects\n",
    )
}
