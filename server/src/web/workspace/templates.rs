//! How sprints of the workspace may begin.

use crate::app::App;
use crate::platform::clock::now;
use crate::web::projects::frame;
use crate::web::session::Caller;
use crate::web::workspace::{Fields, value};
use crate::web::{AppError, render};
use app::pages::templates::{self, View};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::sprint::Template;
use readiness::tools::sprint::PACKAGES;
use serde::Deserialize;

/// Templates of one workspace.
const MAX: usize = 20;

/// Which one is to be changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    change: String,
}

/// The page.
pub async fn show(State(app): State<App>, caller: Caller, Query(which): Query<Which>) -> Result<Response, AppError> {
    let kept = app.store.templates(&caller.read()?).await?;
    let empty = Template { name: String::new(), ..Template::standard() };
    let (was, typed) = kept.into_iter().find(|t| t.name == which.change).map_or((String::new(), empty), |t| (t.name.clone(), t));
    page(&app, &caller, typed, was, vec![]).await
}

async fn page(app: &App, caller: &Caller, typed: Template, was: String, errors: Vec<(&'static str, String)>) -> Result<Response, AppError> {
    let templates = app.store.templates(&caller.read()?).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = View { templates, owner: caller.manage().is_ok(), typed, was, errors };
    Ok(render::page(status, frame("Sprint templates".into(), "Projects", &caller.account), || templates::page(&view)))
}

/// Keeps a new one, or a changed one.
pub async fn save(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    let kept = app.store.templates(&caller.read()?).await?;
    let (name, was) = (value(&fields, "name").trim().to_owned(), value(&fields, "was").to_owned());
    let mut errors = vec![];
    let mut number = |field: &'static str, least: i64, most: i64| {
        let n = value(&fields, field).trim().parse::<i64>().ok().filter(|n| (least..=most).contains(n));
        n.unwrap_or_else(|| {
            errors.push((field, format!("A number from {least} to {most}.")));
            least
        })
    };
    let (hours, large) = (number("hours", 1, 336), number("large", 1, 80));
    if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
        errors.push(("name", "A name has 1 to 60 characters.".to_owned()));
    }
    if name != was && kept.iter().chain([&Template::standard()]).any(|t| t.name == name) {
        errors.push(("name", "There is one of this name already.".to_owned()));
    }
    if kept.len() >= MAX && !kept.iter().any(|t| t.name == was) {
        errors.push(("name", format!("{MAX} templates are enough. Remove one first.")));
    }
    let ticked = |n: &str| fields.iter().any(|(k, v)| k == "package" && v == n);
    let packages = PACKAGES.iter().map(|p| p.name.to_owned()).filter(|n| ticked(n)).collect();
    let typed = Template { name, packages, hours, large: u16::try_from(large * 60).unwrap_or(480) };
    if !errors.is_empty() {
        return page(&app, &caller, typed, was, errors).await;
    }
    let change = |list: &mut Vec<Template>| match list.iter_mut().find(|t| t.name == was) {
        Some(old) => *old = typed,
        None => list.push(typed),
    };
    app.store.change_templates(&manage, change, &caller.by, now()).await?;
    Ok(Redirect::to("/workspace/sprints").into_response())
}

/// Removes one. Sprints that began with it stay as they are.
pub async fn remove(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Redirect, AppError> {
    let name = value(&fields, "name");
    app.store.change_templates(&caller.manage()?, |list| list.retain(|t| t.name != name), &caller.by, now()).await?;
    Ok(Redirect::to("/workspace/sprints"))
}
