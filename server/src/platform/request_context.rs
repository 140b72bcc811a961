//! What is known of the request in hand, wherever in its work one asks: its id, whom it came from, and when.

use std::time::Instant;

tokio::task_local! {
    static REQUEST: RequestContext;
}

/// The request in hand.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// For logs and for people who ask for help.
    pub id: String,
    /// The address of whoever sent it; empty if it is not known.
    pub address: String,
    /// When it came to the server.
    pub came: Instant,
}

impl RequestContext {
    /// Does the work of this request.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        REQUEST.scope(self, work).await
    }
}

/// When the request in hand came to the server; now, outside of requests.
pub fn came() -> Instant {
    REQUEST.try_with(|r| r.came).unwrap_or_else(|_| Instant::now())
}

/// The address of whoever sent the request in hand; empty outside of requests.
pub fn asking() -> String {
    REQUEST.try_with(|r| r.address.clone()).unwrap_or_default()
}

/// The id of the request in hand; empty outside of requests.
pub fn request_id() -> String {
    REQUEST.try_with(|r| r.id.clone()).unwrap_or_default()
}
