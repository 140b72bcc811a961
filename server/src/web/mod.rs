//! The web server: routes to handlers, and what surrounds every request.

mod account;
mod assets;
#[cfg(debug_assertions)]
mod dev;
mod error;
mod finding;
mod front;
mod guard;
mod ops;
mod place;
mod plan;
mod projects;
mod render;
mod scan;
mod session;

pub use error::AppError;

use crate::app::App;
use axum::Router;
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::limit::RequestBodyLimitLayer;

/// Bytes of a form.
const MAX_FORM: usize = 64 * 1024;

/// Every route. Scans answer at two addresses: as a preview, and below their project.
pub fn router(app: App) -> Router {
    let scan = Router::new()
        .route("/", get(scan::show))
        .route("/events", get(scan::events))
        .route("/cancel", post(scan::cancel))
        .route("/report.{format}", get(scan::report))
        .route("/plan", get(plan::show))
        .route("/plan.md", get(plan::issues))
        .route("/risks", get(plan::risk_list))
        .route("/map", get(plan::dns).post(plan::approve))
        .route("/map.{format}", get(plan::dns_file))
        .route("/findings/{check}", get(finding::show))
        .route("/findings/{check}/recheck", post(finding::recheck));
    let pages = Router::new()
        .route("/", get(front::show))
        .route("/preview", post(front::preview))
        .route("/checks", get(front::checks))
        .route("/checks/{check}", get(front::check))
        .route("/how", get(front::how))
        .route("/sign-up", get(account::sign_up_form).post(account::sign_up))
        .route("/sign-in", get(account::sign_in_form).post(account::sign_in))
        .route("/sign-out", post(account::sign_out))
        .route("/confirm", get(account::confirm_form).post(account::confirm))
        .route("/confirm-email", get(account::confirm_email_form).post(account::confirm_email))
        .route("/forgot", get(account::forgot_form).post(account::forgot))
        .route("/reset", get(account::reset_form).post(account::reset))
        .route("/account", get(account::show))
        .route("/account/confirm", post(account::send_again))
        .route("/account/email", post(account::set_email))
        .route("/account/password", post(account::set_password))
        .route("/account/devices/end", post(account::end_device))
        .route("/account/devices/others", post(account::end_others))
        .route("/account/export", get(account::export))
        .route("/account/delete", post(account::delete))
        .route("/projects", get(projects::list).post(projects::create))
        .route("/projects/new", get(projects::new_form))
        .route("/projects/keep", post(projects::keep))
        .route("/projects/{project}", get(projects::show))
        .route("/projects/{project}/edit", get(projects::edit_form).post(projects::edit))
        .route("/projects/{project}/archive", post(projects::archive))
        .route("/projects/{project}/restore", post(projects::restore))
        .route("/projects/{project}/scan", post(projects::scan_now))
        .route("/projects/{project}/history", get(projects::history))
        .nest("/scans/{scan}", scan.clone())
        .nest("/projects/{project}/scans/{scan}", scan)
        .fallback(front::not_found)
        .layer(session::layer(&app))
        .layer(axum::middleware::from_fn(guard::same_origin))
        .layer(RequestBodyLimitLayer::new(MAX_FORM));
    #[cfg(debug_assertions)]
    let pages = pages.route("/dev/mail", get(dev::letters)).route("/dev/mail/{letter}", get(dev::letter));
    Router::new()
        .route("/health", get(ops::health))
        .route("/ready", get(ops::ready))
        .route("/favicon.svg", get(assets::favicon))
        .route("/robots.txt", get(assets::robots))
        .route("/pkg/{hash}/{file}", get(assets::built))
        .merge(pages)
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
