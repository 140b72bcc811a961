//! Name, look and time zone of the workspace; another one, and going from one to another.

use super::page::{Fields, page, value};
use crate::app::App;
use crate::platform::clock::now;
use crate::web::AppError;
use crate::web::session::{self, Caller};
use app::pages::workspace::{self, Shown};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::Look;
use tower_sessions::Session;

/// Workspaces of one account.
pub const MAX_WORKSPACES: usize = 50;
#[derive(Debug, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    workspace: String,
}

/// Looks at another workspace from now on.
pub async fn switch(caller: Caller, session: Session, Form(chosen): Form<Chosen>) -> Result<Redirect, AppError> {
    let place = caller.places.iter().find(|p| p.workspace().as_str() == chosen.workspace).ok_or(AppError::NotFound)?;
    session::look_at(&session, place.workspace()).await?;
    Ok(Redirect::to("/projects"))
}

fn name_error(name: &str) -> Option<String> {
    match name.chars().count() {
        0 => Some("Type a name.".into()),
        1..=60 if !name.chars().any(char::is_control) => None,
        1..=60 => Some("A name has no line breaks.".into()),
        _ => Some("60 characters are enough for a name.".into()),
    }
}

/// Gives the workspace another name.
pub async fn rename(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    let name = value(&fields, "name").trim();
    if let Some(error) = name_error(name) {
        return page(&app, &caller, StatusCode::UNPROCESSABLE_ENTITY, Shown { name_error: Some(error), ..Shown::default() }).await;
    }
    let zone = match value(&fields, "zone").trim() {
        "" => caller.member.zone(),
        typed => typed,
    };
    if jiff::tz::TimeZone::get(zone).is_err() {
        let error = format!("“{zone}” is no time zone. They are called Europe/Berlin, America/New_York or UTC.");
        let shown = Shown { zone: Some(zone.to_owned()), zone_error: Some(error), ..Shown::default() };
        return page(&app, &caller, StatusCode::UNPROCESSABLE_ENTITY, shown).await;
    }
    let days = value(&fields, "keep_days").parse::<i64>().ok().filter(|d| workspace::DAYS.iter().any(|(n, _)| n == d));
    let days = days.unwrap_or(caller.member.keep_days());
    let last = i64::try_from(workspace::COLOURS.len()).unwrap_or(1) - 1;
    let colour = value(&fields, "colour").parse::<i64>().unwrap_or(caller.member.colour()).clamp(0, last);
    let words: String = value(&fields, "words").trim().chars().take(600).collect();
    app.store.set_report_words(&manage, &words).await?;
    app.store.change_workspace(&manage, &Look { name, colour, zone, keep_days: days }, &caller.by, now()).await?;
    Ok(Redirect::to("/workspace").into_response())
}

/// Makes another workspace, and looks at it.
pub async fn create(State(app): State<App>, caller: Caller, session: Session, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let name = value(&fields, "new_name").trim();
    let full = (caller.places.len() >= MAX_WORKSPACES).then(|| format!("{MAX_WORKSPACES} workspaces are enough for one account."));
    if let Some(error) = name_error(name).or(full) {
        return page(&app, &caller, StatusCode::UNPROCESSABLE_ENTITY, Shown { new_name_error: Some(error), ..Shown::default() }).await;
    }
    let made = app.store.create_workspace(&caller.account.id, name, &caller.by, now()).await?;
    session::look_at(&session, &made).await?;
    Ok(Redirect::to("/projects").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(name_error("").is_some() && name_error(&"x".repeat(61)).is_some() && name_error("a\nb").is_some());
        assert!(name_error("Büro & Söhne").is_none());
    }
}
