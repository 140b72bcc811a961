//! For looking at what is mailed; in development builds only.

use super::AppError;
use crate::app::App;
use crate::mail::samples;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

/// Every letter.
pub async fn letters(State(app): State<App>) -> Html<String> {
    let list: String = samples(&app.settings.public_url)
        .iter()
        .enumerate()
        .map(|(i, l)| format!("<li><a href=\"/dev/mail/{i}\">{}</a></li>", l.subject))
        .collect();
    Html(format!("<!doctype html><html lang=en><title>Letters</title><h1>Letters</h1><ul>{list}</ul></html>"))
}

/// One letter as a mail program shows it.
pub async fn letter(State(app): State<App>, Path(n): Path<usize>) -> Result<Response, AppError> {
    let all = samples(&app.settings.public_url);
    let html = all.get(n).ok_or(AppError::NotFound)?.html();
    Ok(([(header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")], Html(html))
        .into_response())
}
