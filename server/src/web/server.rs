//! The web server: the routes, and what surrounds every request.

use super::api::operations;
use super::error::AppError;
use super::guard::{LARGE, MAX_FORM};
use super::kept_pages::KeptPages;
use super::projects::files;
use super::{api, front, guard, kept_pages, ops, routes, session, turns};
use crate::app::App;
use crate::platform::language::{self, Languages};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_server::accept::NoDelayAcceptor;
use hyper_util::rt::TokioTimer;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio_util::sync::CancellationToken;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// Between two parts of a body.
const SLOW: Duration = Duration::from_secs(10);

/// Every route, with what surrounds it.
pub fn router(app: App) -> Router {
    // Within a turn at answering, since it is a part of the work, and around all for what is answered before.
    // Event streams pass through uncompressed; tower-http leaves them alone.
    let said = |routes: Router<App>| {
        routes
            .layer(from_fn_with_state(app.languages.clone(), translate))
            // Brotli would take a tenth less of the line and three times as long; what is kept has it (kept_pages.rs).
            .layer(CompressionLayer::new().no_br().quality(CompressionLevel::Precise(3)))
    };
    // Files are larger than forms.
    let uploads = routes::uploads()
        .router
        .layer(session::layer(app.store.clone(), app.settings.is_https()))
        .layer(from_fn_with_state(app.settings.clone(), guard::same_origin))
        .layer(DefaultBodyLimit::max(files::MAX + MAX_FORM))
        .layer(RequestBodyLimitLayer::new(files::MAX + MAX_FORM));
    let pages = said(routes::pages().router.fallback(front::not_found))
        .layer(from_fn_with_state(app.turns.clone(), turns::in_turn))
        .layer(from_fn(guard::whole_forms))
        .layer(session::layer(app.store.clone(), app.settings.is_https()))
        .layer(from_fn_with_state(app.settings.clone(), guard::same_origin))
        .layer(RequestBodyLimitLayer::new(MAX_FORM));
    let pages = routes::files().router.merge(pages).layer(from_fn_with_state(KeptPages::new(app.languages.clone()), kept_pages::serve));
    let api = said(operations::table().router)
        .layer(from_fn_with_state(app.clone(), api::caller::gate))
        .layer(from_fn_with_state(app.turns.clone(), turns::in_turn))
        .layer(from_fn(guard::whole_forms))
        .layer(RequestBodyLimitLayer::new(LARGE));
    said(pages.merge(uploads).merge(api))
        // Who sends a body drop by drop is cut off.
        .layer(RequestBodyTimeoutLayer::new(SLOW))
        .layer(from_fn_with_state(app.settings.clone(), guard::surround))
        .with_state(app)
}

/// Pages in the reader's language, if there is a file for it.
async fn translate(State(languages): State<Arc<Languages>>, request: Request, next: Next) -> Response {
    if languages.is_empty() {
        return next.run(request).await;
    }
    let wanted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let mut response = next.run(request).await;
    let varies = response.headers().get_all(header::VARY).iter().any(|v| v == "accept-language");
    if varies || !response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html")) {
        return response;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language"));
    let Some((tag, dictionary)) = languages.choose(&wanted) else { return response };
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return AppError::Internal("a page ended early".into()).into_response();
    };
    let said = std::str::from_utf8(&bytes).ok().and_then(|html| language::translate(html, tag, dictionary).ok());
    let Some(said) = said else { return Response::from_parts(head, bytes.into()) };
    head.headers.remove(header::CONTENT_LENGTH);
    if let Ok(tag) = HeaderValue::from_str(tag) {
        head.headers.insert(header::CONTENT_LANGUAGE, tag);
    }
    Response::from_parts(head, said.into())
}

/// Serves until told to stop, then lets running requests end.
///
/// # Errors
/// If the address cannot be bound.
pub async fn serve(app: App, stop: CancellationToken, ready: impl FnOnce(SocketAddr)) -> Result<(), String> {
    let cannot = |e: std::io::Error| format!("The address {} cannot be used: {e}.", app.settings.listen);
    let listener = std::net::TcpListener::bind(app.settings.listen).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    ready(listener.local_addr().map_err(cannot)?);
    let handle = axum_server::Handle::new();
    let mut server = axum_server::from_tcp(listener)
        .map_err(cannot)?
        .acceptor(NoDelayAcceptor::new())
        .handle(handle.clone())
        .first_request_timeout(SLOW);
    // Who sends the head of a request drop by drop is cut off too.
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(SLOW);
    server.http_builder().http2().timer(TokioTimer::new()).keep_alive_interval(SLOW).max_concurrent_streams(100);
    let closing = async {
        stop.cancelled().await;
        // Streams that stay open do not hold up the end for ever.
        handle.graceful_shutdown(Some(Duration::from_secs(5)));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = server.serve(router(app).into_make_service_with_connect_info::<SocketAddr>()) => done.map_err(|e| e.to_string()),
        () = closing => Ok(()),
    }
}

/// Serves `/metrics` on an address of its own.
///
/// # Errors
/// If the address cannot be bound.
pub async fn serve_metrics(store: Store, at: SocketAddr, stop: CancellationToken) -> Result<(), String> {
    let handle = ops::recorder()?;
    let listener = tokio::net::TcpListener::bind(at).await.map_err(|e| format!("The address {at} for metrics cannot be used: {e}."))?;
    let router = Router::new().route("/metrics", get(ops::metrics)).with_state((store, handle));
    axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await }).await.map_err(|e| e.to_string())
}
