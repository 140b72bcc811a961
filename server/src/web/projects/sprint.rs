//! The 48-hour sprint of a project.

use super::documents::newest;
use super::{find, find_work, frame};
use crate::app::App;
use crate::platform::clock::now;
use crate::web::session::Caller;
use crate::web::{AppError, render};
use app::pages::sprint::{self, Running, View};
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::sprint::{Sprint, Template, board};
use readiness::tools::sprint::{PACKAGES, below, choose};
use readiness::{catalogue, difference};
use serde::Deserialize;
use store::{CanRead, ScanId};

/// Characters of what something would take.
const WHY: usize = 300;

/// The page.
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>, Query(q): Query<Which>) -> Result<Response, AppError> {
    page(&app, &caller, &id, q.template, None).await
}

/// Which template is looked at, by its place in the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    template: usize,
}

async fn templates(app: &App, read: &CanRead) -> Result<Vec<Template>, AppError> {
    let mut list = vec![Template::standard()];
    list.extend(app.store.templates(read).await?);
    Ok(list)
}

async fn refused(app: &App, caller: &Caller, id: &str, why: &str) -> Result<Response, AppError> {
    page(app, caller, id, 0, Some(why.to_owned())).await
}

async fn page(app: &App, caller: &Caller, id: &str, template: usize, error: Option<String>) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, caller, id).await?;
    let href = format!("/projects/{}", project.id);
    let now_seen = newest(app, &read, &project.id).await?;
    let last = app.store.sprints(&read, &project.id).await?.into_iter().next().map(|(_, s)| s);
    let before = match last.as_ref().and_then(|s| ScanId::parse(&s.before)) {
        Some(scan) => app.store.result(&read, &scan).await?.map(|(_, a)| a),
        None => None,
    };
    let running = match (&last, &before, &now_seen) {
        (Some(s), Some(b), Some((_, _, a))) => {
            let at = if s.closed_at > 0 { s.closed_at } else { now() };
            Some(Running { sprint: s, board: board(s, b, a, at), before: b, newest: a, difference: difference(b, a) })
        }
        _ => None,
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = View {
        domain: project.draft.domain.unicode(),
        result: now_seen.as_ref().map(|(scan, ..)| format!("{href}/scans/{scan}")),
        choice: now_seen.as_ref().map(|(_, _, a)| choose(&below(a))),
        templates: (templates(app, &read).await?, template),
        assigned: app.store.assignments(&read, Some(&project.id), None).await?,
        may_work: member.work(&project.id).is_some(),
        project: href,
        running,
        error,
    };
    Ok(render::page(status, frame(format!("Sprint of {}", view.domain), "Projects", &caller.account), || sprint::page(&view)))
}

/// Begins one.
pub async fn begin(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    let (_, read, _) = find(&app.store, &caller, &id).await?;
    let packages: Vec<String> =
        PACKAGES.iter().map(|p| p.name.to_owned()).filter(|n| pairs.iter().any(|(k, v)| k == "package" && v == n)).collect();
    if packages.is_empty() {
        return refused(&app, &caller, &id, "Choose at least one package.").await;
    }
    let Some(scan) = app.store.newest(&read, &project.id).await? else {
        return refused(&app, &caller, &id, "Scan the project first; a sprint begins with what was seen.").await;
    };
    let typed = pairs.iter().find(|(k, _)| k == "template").map_or("", |(_, v)| v.as_str());
    let template = templates(&app, &read).await?.into_iter().find(|t| t.name == typed).unwrap_or_else(Template::standard);
    let s = Sprint {
        packages,
        hours: template.hours,
        large: template.large,
        started_at: now(),
        closed_at: 0,
        before: scan.id.to_string(),
        called_out: vec![],
    };
    if !app.store.begin_sprint(&work, &s, &caller.by, now()).await? {
        return refused(&app, &caller, &id, "A sprint runs already. Close it before another one begins.").await;
    }
    Ok(back(&id))
}

fn back(id: &str) -> Response {
    Redirect::to(&format!("/projects/{id}/sprint")).into_response()
}

/// A finding that is called out, or taken back in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Out {
    check: String,
    why: String,
}

/// Calls a finding out: it leaves the plan, and says what it would take.
pub async fn out(State(app): State<App>, caller: Caller, Path(id): Path<String>, Form(form): Form<Out>) -> Result<Response, AppError> {
    let (work, _) = find_work(&app.store, &caller, &id).await?;
    let entry = catalogue::entry(&form.check).ok_or(AppError::NotFound)?;
    let why: String = form.why.trim().chars().take(WHY).collect();
    if why.is_empty() {
        return refused(&app, &caller, &id, "Say what it would take, so that nobody has to ask.").await;
    }
    let change = |s: &mut Sprint| {
        s.called_out.retain(|(c, _)| c != entry.id);
        s.called_out.push((entry.id.to_owned(), why));
    };
    app.store.change_sprint(&work, change, &caller.by, now()).await?;
    Ok(back(&id))
}

/// Takes a finding back into the plan.
pub async fn back_in(State(app): State<App>, caller: Caller, Path(id): Path<String>, Form(form): Form<Out>) -> Result<Response, AppError> {
    let (work, _) = find_work(&app.store, &caller, &id).await?;
    app.store.change_sprint(&work, |s| s.called_out.retain(|(c, _)| *c != form.check), &caller.by, now()).await?;
    Ok(back(&id))
}

/// Closes it; the handover pack comes next.
pub async fn close(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    app.store.change_sprint(&work, |s| s.closed_at = now(), &caller.by, now()).await?;
    Ok(Redirect::to(&format!("/projects/{}/pack", project.id)))
}
