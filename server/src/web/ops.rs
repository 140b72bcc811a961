//! For machines: is it alive, is it ready, what does it do.

use crate::platform::wake_up::WakeUp;
use axum::extract::State;
use axum::http::StatusCode;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use store::Store;

/// The process lives.
pub async fn health() -> &'static str {
    "ok\n"
}

/// Database and queue answer.
pub async fn ready(State(store): State<Store>, State(queue): State<WakeUp>) -> (StatusCode, &'static str) {
    match (store.ping().await, queue.answers().await) {
        (Ok(()), true) => (StatusCode::OK, "ready\n"),
        (Ok(()), false) => (StatusCode::SERVICE_UNAVAILABLE, "the queue does not answer\n"),
        (Err(_), _) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

/// Starts counting.
///
/// # Errors
/// If something counts already.
pub fn recorder() -> Result<PrometheusHandle, String> {
    PrometheusBuilder::new().install_recorder().map_err(|e| e.to_string())
}

/// What has been counted, in Prometheus' text form.
pub async fn metrics(State((store, handle)): State<(Store, PrometheusHandle)>) -> String {
    let waiting = store.waiting().await.unwrap_or(-1);
    format!("{}# TYPE launch_ready_scans_waiting gauge\nlaunch_ready_scans_waiting {waiting}\n", handle.render())
}
