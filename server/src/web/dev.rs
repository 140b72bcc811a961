//! For looking at what is mailed, and for moving the clock on; in development builds only.

use super::AppError;
use super::projects::{find, find_work};
use super::session::Caller;
use crate::app::App;
use crate::mail::samples;
use crate::platform::clock::now;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

/// The design system on one page.
pub async fn ui() -> Response {
    let frame = app::shell::Frame { title: "Design system · Launch Ready".into(), private: true, ..app::shell::Frame::default() };
    super::render::page(axum::http::StatusCode::OK, frame, app::pages::ui::page)
}

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

/// Whose schedule is due.
#[derive(Debug, serde::Deserialize)]
pub struct Clock {
    project: String,
}

/// Makes the schedule of one of the caller's projects due now.
pub async fn clock(State(app): State<App>, caller: Caller, Form(form): Form<Clock>) -> Result<(), AppError> {
    let (work, project) = find_work(&app.store, &caller, &form.project).await?;
    let (_, read, _) = find(&app.store, &caller, &form.project).await?;
    let s = app.store.schedule(&read, &project.id).await?.ok_or(AppError::NotFound)?;
    app.store.set_schedule(&work, Some((&s.rhythm, &s.zone, now())), &caller.by, now()).await?;
    Ok(())
}
