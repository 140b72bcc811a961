//! The built files, embedded in the binary and named by the hash of them all, so that browsers
//! keep them for ever. In a debug build they are read from `target/site`.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

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
    let hex = crate::app::hex(hash.finalize().get(..8).unwrap_or_default());
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

/// Results are nobody's business but their readers'.
pub async fn robots() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, A_DAY)],
        "User-agent: *\nDisallow: /scans/\nDisallow: /projects\n",
    )
}
