//! That a product is launched, as its owner says.

use super::find_work;
use crate::app::App;
use crate::platform::clock::now;
use crate::web::AppError;
use crate::web::session::Caller;
use crate::workers::assessment;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use serde::Deserialize;

/// Whether it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    launched: String,
}

/// Writes it down, and judges the project again: from then on it is steady or regressed.
pub async fn say(State(app): State<App>, caller: Caller, Path(id): Path<String>, Form(said): Form<Said>) -> Result<Redirect, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    let judge = |ledger: &_, before: &_| assessment::again(&app.site, ledger, before);
    app.store.set_launched(&work, said.launched == "yes", judge, &caller.by, now()).await?;
    app.mail.ring();
    Ok(Redirect::to(&format!("/projects/{}", project.id)))
}
