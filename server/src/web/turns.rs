//! Answers requests in turn.

use super::api::problem::refused;
use super::error::AppError;
use crate::platform::in_turn::{self, Queues};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Answers so many requests at once, the others in turn: of many that all began together none would be done soon.
pub async fn in_turn(State(turns): State<Queues>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match in_turn::answer(&turns.answers, async { whole(next.run(request).await).await }).await {
        Ok(response) => response,
        Err(_) => refused(&path, AppError::Busy),
    }
}

/// The answer with its body compressed to the end, which is a part of the work; what is sent as it comes is left alone.
async fn whole(response: Response) -> Response {
    if !response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let (head, body) = response.into_parts();
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => Response::from_parts(head, bytes.into()),
        Err(e) => AppError::Internal(format!("an answer ended early: {e}")).into_response(),
    }
}
