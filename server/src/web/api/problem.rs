//! What the API answers when something is wrong: RFC 9457 problem details.

use crate::platform::request_context::request_id;
use crate::platform::turns::Full;
use crate::web::error::AppError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body (RFC 6901), such as `/hosts`.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

/// Problem details, `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// In a few words; the same for every problem of its kind.
    pub title: &'static str,
    /// What to do about it.
    pub detail: String,
    /// Fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The id of the request, for asking about it.
    pub trace_id: String,
}

/// A result of the API.
pub type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    /// Of this status.
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status: status.as_u16(), title, detail: detail.into(), errors: vec![], trace_id: request_id() }
    }
    /// Fields that cannot be taken.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = "Some fields are not right; errors says which and why.";
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Fields are not right", detail) }
    }
    /// One field that cannot be taken.
    pub fn field(name: &str, detail: impl Into<String>) -> Self {
        Self::fields(vec![FieldError { pointer: format!("/{name}"), detail: detail.into() }])
    }
}

impl From<AppError> for Problem {
    fn from(e: AppError) -> Self {
        match e {
            AppError::NotFound | AppError::Locked(_) => {
                Self::new(StatusCode::NOT_FOUND, "Nothing here", "There is no such thing, or the token may not see it.")
            }
            AppError::SignIn(_) => Self::new(
                StatusCode::UNAUTHORIZED,
                "A token is needed",
                "Send the header “Authorization: Bearer lr_…”. Tokens are made on the workspace's page.",
            ),
            AppError::Role => {
                Self::new(StatusCode::FORBIDDEN, "Not allowed", "The token's scopes, or the role of whoever made it, do not allow that.")
            }
            AppError::Foreign => Self::new(StatusCode::FORBIDDEN, "Not from here", "The request came from another site."),
            AppError::Nul => Self::new(
                StatusCode::BAD_REQUEST,
                "A character that cannot be kept",
                "The address or the body holds the character NUL (U+0000). Take it out and send it again.",
            ),
            AppError::Unconfirmed => Self::new(
                StatusCode::FORBIDDEN,
                "Not confirmed",
                "The address of the account is not confirmed yet; the letter is in its mailbox.",
            ),
            AppError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "A moment, please",
                "Many ask for the same at this moment. Try again in a few seconds.",
            ),
            AppError::TooMany(why) => Self::new(StatusCode::TOO_MANY_REQUESTS, "That is enough for now", why),
            AppError::Store(_) | AppError::Internal(_) => {
                tracing::error!(error = %e, "a request of the API failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "That went wrong",
                    "It was our fault and has been noted. Try again in a moment.",
                )
            }
        }
    }
}

/// A refusal before a handler: as a problem for the API, else as a page.
pub fn refused(path: &str, why: AppError) -> Response {
    if path.starts_with("/api/v1") { Problem::from(why).into_response() } else { why.into_response() }
}

impl From<Full> for Problem {
    fn from(e: Full) -> Self {
        AppError::from(e).into()
    }
}

impl From<StoreError> for Problem {
    fn from(e: StoreError) -> Self {
        AppError::from(e).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
