//! The administrator's page.

use super::projects::frame;
use super::session::Caller;
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::version::TOOL;
use app::pages::admin::{self, Shown};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use secrecy::ExposeSecret;
use serde::Deserialize;
use store::{CanOperate, Engine};

/// Lines of a list.
const LINES: i64 = 50;

/// For anybody else there is no such page.
fn operate(caller: &Caller) -> Result<CanOperate, AppError> {
    CanOperate::of(&caller.account).ok_or(AppError::NotFound)
}

#[derive(Debug, Default, Deserialize)]
pub struct Words {
    #[serde(default)]
    q: String,
}

/// The page.
pub async fn show(State(app): State<App>, caller: Caller, Query(words): Query<Words>) -> Result<Response, AppError> {
    let proof = operate(&caller)?;
    let shown = Shown {
        health: app.store.instance_health(&proof).await?,
        version: TOOL.to_owned(),
        engine: if app.store.engine() == Engine::Sqlite { "SQLite" } else { "Postgres" },
        workers: app.settings.workers,
        since: app.since,
        free: fs4::available_space(&app.settings.data_dir).ok(),
        mail: if app.settings.smtp_url.expose_secret().is_empty() { "written to files in the data folder" } else { "sent by SMTP" },
        queue: app.wake_up.answers().await,
        unsent: app.store.unsent_mail(LINES).await?,
        users: app.store.users(&proof, &words.q, LINES).await?,
        log: app.store.instance_log(&proof, LINES).await?,
        words: words.q,
    };
    Ok(render::page(StatusCode::OK, frame("Instance".into(), "Instance", &caller.account), || admin::page(shown, now())))
}

#[derive(Debug, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    mail: String,
}

/// Tries mail again that was given up.
pub async fn retry_mail(State(app): State<App>, caller: Caller, Form(chosen): Form<Chosen>) -> Result<Redirect, AppError> {
    let proof = operate(&caller)?;
    if !app.store.retry_mail(&proof, &chosen.mail, &caller.by, now()).await? {
        return Err(AppError::NotFound);
    }
    app.mail.ring();
    Ok(Redirect::to("/admin"))
}
