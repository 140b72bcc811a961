//! The web server: routes to handlers, and what surrounds every request.

mod account;
mod admin;
mod api;
mod assets;
#[cfg(debug_assertions)]
mod dev;
mod error;
mod finding;
mod front;
mod guard;
mod handover;
#[cfg(test)]
mod matrix;
mod ops;
mod place;
mod plan;
mod projects;
mod render;
mod routes;
mod scan;
mod session;
mod share;
mod talk;
mod tokens;
mod workspace;

pub use api::caller::{Limiter, limiter};
pub use error::AppError;

use crate::app::App;
use axum::Router;
use axum::routing::get;
use std::net::SocketAddr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::limit::RequestBodyLimitLayer;

/// Bytes of a form.
const MAX_FORM: usize = 64 * 1024;

/// Every route, with what surrounds it.
pub fn router(app: App) -> Router {
    let pages = routes::pages()
        .router
        .fallback(front::not_found)
        .layer(session::layer(&app))
        .layer(axum::middleware::from_fn(guard::same_origin))
        .layer(RequestBodyLimitLayer::new(MAX_FORM));
    let api = routes::api()
        .router
        .layer(axum::middleware::from_fn_with_state(app.clone(), api::caller::gate))
        .layer(RequestBodyLimitLayer::new(MAX_FORM));
    routes::files()
        .router
        .merge(pages)
        .merge(api)
        // Event streams pass through uncompressed; tower-http leaves them alone.
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(5)))
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::surround))
        .with_state(app)
}

/// Serves until told to stop, then lets running requests end.
///
/// # Errors
/// If the address cannot be bound.
pub async fn serve(app: App, stop: CancellationToken, ready: impl FnOnce(SocketAddr)) -> Result<(), String> {
    let listener = tokio::net::TcpListener::bind(app.settings.listen)
        .await
        .map_err(|e| format!("The address {} cannot be used: {e}.", app.settings.listen))?;
    ready(listener.local_addr().map_err(|e| e.to_string())?);
    let closing = stop.clone();
    let server = axum::serve(listener, router(app).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { closing.cancelled().await });
    tokio::select! {
        done = server => done.map_err(|e| e.to_string()),
        // Streams that stay open do not hold up the end for ever.
        () = async { stop.cancelled().await; tokio::time::sleep(Duration::from_secs(5)).await } => Ok(()),
    }
}

/// Serves `/metrics` on an address of its own.
///
/// # Errors
/// If the address cannot be bound.
pub async fn serve_metrics(app: App, at: SocketAddr, stop: CancellationToken) -> Result<(), String> {
    let handle = ops::recorder()?;
    let listener = tokio::net::TcpListener::bind(at).await.map_err(|e| format!("The address {at} for metrics cannot be used: {e}."))?;
    let router = Router::new().route("/metrics", get(ops::metrics)).with_state((app, handle));
    axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await }).await.map_err(|e| e.to_string())
}
