//! The one error of the web border: a status, a friendly text, and a trace id where we failed.

use super::render;
use crate::platform::password::PasswordError;
use crate::platform::pdf::PdfError;
use crate::platform::request_context::request_id;
use crate::platform::turns::Full;
use app::pages::share;
use app::shell::Frame;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use store::StoreError;

/// Why a request has no ordinary answer.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing, or it is somebody else's; the two look the same.
    #[error("not found")]
    NotFound,
    /// Somebody must sign in first; afterwards they come back here.
    #[error("sign in first")]
    SignIn(String),
    /// A shared link asks for its password.
    #[error("a password first")]
    Locked(String),
    /// They belong here, and their role does not allow it.
    #[error("not in this role")]
    Role,
    /// The form came from another site.
    #[error("from another site")]
    Foreign,
    /// Too many at once; the sentence says what to do.
    #[error("{0}")]
    TooMany(String),
    /// Too many wait for slow work; the same request does it in a moment.
    #[error("too many are waiting")]
    Busy,
    /// NUL (U+0000) in the address or the body, which Postgres cannot keep and no text needs.
    #[error("a character that cannot be kept")]
    Nul,
    /// The address of the account has to be confirmed first.
    #[error("confirm the address first")]
    Unconfirmed,
    /// The database.
    #[error(transparent)]
    Store(StoreError),
    /// Anything else that is our fault.
    #[error("{0}")]
    Internal(String),
}

impl From<StoreError> for AppError {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Full(..) => Self::TooMany(e.to_string()),
            other => Self::Store(other),
        }
    }
}

impl From<Full> for AppError {
    fn from(_: Full) -> Self {
        Self::Busy
    }
}

impl From<PasswordError> for AppError {
    fn from(e: PasswordError) -> Self {
        match e {
            PasswordError::Busy(full) => full.into(),
            PasswordError::Failed(why) => Self::Internal(why),
        }
    }
}

impl From<PdfError> for AppError {
    fn from(e: PdfError) -> Self {
        Self::Internal(e.to_string())
    }
}

/// Asks for the password of a shared link.
pub(super) fn locked(status: StatusCode, secret: String, error: Option<String>) -> Response {
    let frame = Frame { title: "A shared report · Launch Ready".into(), private: true, ..Frame::default() };
    render::page(status, frame, || share::locked(secret, error))
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, headline, text) = match &self {
            AppError::NotFound => {
                (StatusCode::NOT_FOUND, "Nothing here", "There is no page at this address, or it is not yours to see.".to_owned())
            }
            AppError::SignIn(next) => {
                let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
                return Redirect::to(&format!("/sign-in?next={next}")).into_response();
            }
            AppError::Locked(secret) => {
                return locked(StatusCode::UNAUTHORIZED, secret.clone(), None);
            }
            AppError::Role => (
                StatusCode::FORBIDDEN,
                "Not in your role",
                "Your role in this workspace does not allow that. An owner of the workspace can change it.".to_owned(),
            ),
            AppError::Foreign => (
                StatusCode::FORBIDDEN,
                "Not from here",
                "This form was sent by another site. Go back to Launch Ready and try there.".to_owned(),
            ),
            AppError::TooMany(why) => (StatusCode::TOO_MANY_REQUESTS, "That is enough for now", why.clone()),
            AppError::Busy => {
                let text = "Many ask for the same at this moment. Try again in a few seconds.".to_owned();
                (StatusCode::SERVICE_UNAVAILABLE, "A moment, please", text)
            }
            AppError::Nul => (
                StatusCode::BAD_REQUEST,
                "A character that cannot be kept",
                "The address or the form holds the character NUL (U+0000), which no text needs. Go back, take it out and send the form again.".to_owned(),
            ),
            AppError::Unconfirmed => (
                StatusCode::FORBIDDEN,
                "Confirm your address first",
                "Links, tokens, channels, calendars and second factors wait until your address is confirmed. The letter is in your mailbox, or in the outbox folder of an instance without a mail server; your account’s page sends it again.".to_owned(),
            ),
            AppError::Store(_) | AppError::Internal(_) => {
                tracing::error!(error = %self, "a request failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "That went wrong",
                    "It was our fault and has been noted. Nothing that you had saved is lost; try again in a moment.".to_owned(),
                )
            }
        };
        let trace = (status == StatusCode::INTERNAL_SERVER_ERROR).then(request_id);
        let on = if matches!(self, AppError::Unconfirmed) { ("/account", "To your account") } else { ("/", "To the front page") };
        let busy = status == StatusCode::SERVICE_UNAVAILABLE;
        let mut response =
            render::page(status, Frame { title: format!("{headline} · Launch Ready"), private: true, ..Frame::default() }, || {
                app::pages::error::page(headline.to_owned(), text, trace, on)
            });
        if busy {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
        }
        response
    }
}
