//! Pages to HTML.

use super::assets;
use app::shell::{Assets, Frame, document};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use leptos::prelude::*;
use std::sync::Arc;

/// Renders a page. Its data has been fetched before, so nothing here waits.
pub fn page(status: StatusCode, frame: Frame, body: impl FnOnce() -> AnyView) -> Response {
    answer(status, html(frame, body))
}

/// A page as text, where it is the same for everybody and can be kept.
pub fn html(frame: Frame, body: impl FnOnce() -> AnyView) -> String {
    let owner = Owner::new_root(Some(Arc::new(hydration_context::SsrSharedContext::new_islands())));
    let html = owner.with(|| document(frame, &Assets { base: assets::base().to_owned() }, body()).to_html());
    owner.unset_with_forced_cleanup();
    html
}

/// Sends a page.
pub fn answer(status: StatusCode, html: impl Into<Body>) -> Response {
    let mut response = Response::new(html.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// What a page may load: its own files, and nothing that stands in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
