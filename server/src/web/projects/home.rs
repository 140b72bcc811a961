//! A project at one look, its roadmap, its change log, and what changed from scan to scan.

use super::{find, find_work, frame};
use crate::app::App;
use crate::platform::clock::now;
use crate::web::session::Caller;
use crate::web::{AppError, render};
use app::pages::{difference, home, roadmap};
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::{attestations, catalogue};
use serde::Deserialize;
use store::{CanRead, Project, ScanId, ScanStatus, Summary};

/// Scans that the page may show.
const SCANS: i64 = 100;

/// The project: its newest result, or the scan under way, or its empty history.
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, &caller, &id).await?;
    let href = format!("/projects/{}", project.id);
    let (scans, said, filed, changes, schedule) = tokio::try_join!(
        app.store.history(&read, &project.id, SCANS),
        app.store.claims(&read, &project.id),
        app.store.filed(&read, &project.id),
        app.store.change_log(&read, &project.id, 200),
        app.store.schedule(&read, &project.id),
    )?;
    let Some(newest) = scans.iter().find(|s| s.status == ScanStatus::Finished) else {
        let to = scans.first().map_or_else(|| format!("{href}/history"), |s| format!("{href}/scans/{}", s.id));
        return Ok(Redirect::to(&to).into_response());
    };
    let mut assessment = app.store.judged(&read, &newest.id).await?.ok_or(AppError::NotFound)?;
    // The next steps stand there with what to paste.
    let next: Vec<String> = assessment.fix_order.iter().take(home::NEXT).map(|s| s.id.clone()).collect();
    app.store.fill(&read, &newest.id, &mut assessment, &next).await?;
    let owner = match &filed.owner {
        Some(owner) => {
            app.store.audience(&read, &project.id).await?.into_iter().find(|(id, _)| id == owner).map_or_else(String::new, |(_, e)| e)
        }
        None => String::new(),
    };
    let questions = assessment
        .findings
        .iter()
        .filter(|f| f.outcome != readiness::Outcome::Na && attestations::question(&f.id).is_some())
        .filter(|f| said.attestation(&f.id).is_none_or(|a| a.expires <= now()))
        .count();
    let around = home::Around {
        result: format!("{href}/scans/{}", newest.id),
        running: scans.first().filter(|s| !s.status.is_over()).map(|s| format!("{href}/scans/{}", s.id)),
        changes,
        schedule,
        launch: project.draft.settings.launch.clone(),
        may_work: member.work(&project.id).is_some(),
        scanned_at: newest.finished_at,
        project: href,
        scans,
        filed,
        owner,
        questions,
    };
    let title = format!("{}: {}", project.draft.domain.unicode(), assessment.verdict.label());
    Ok(render::page(StatusCode::OK, frame(title, "Projects", &caller.account), || home::page(&project.draft.domain, &assessment, &around)))
}

/// The newest finished scan.
async fn newest(app: &App, read: &CanRead, project: &Project) -> Result<Option<Summary>, AppError> {
    Ok(app.store.newest(read, &project.id).await?)
}

/// The roadmap as a path.
pub async fn road(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    let (_, read, project) = find(&app.store, &caller, &id).await?;
    let href = format!("/projects/{}", project.id);
    let Some(scan) = newest(&app, &read, &project).await? else { return Ok(Redirect::to(&href).into_response()) };
    let assessment = app.store.judged(&read, &scan.id).await?.ok_or(AppError::NotFound)?;
    let said = app.store.claims(&read, &project.id).await?;
    let domain = project.draft.domain.unicode();
    Ok(render::page(StatusCode::OK, frame(format!("Roadmap of {domain}"), "Projects", &caller.account), || {
        roadmap::page(&domain, &href, &format!("{href}/scans/{}", scan.id), &assessment, &said, now())
    }))
}

#[derive(Debug, Deserialize)]
pub struct FixIds {
    project: String,
    check: String,
}

/// The newest finding of a check: an address that lists and mails can carry.
pub async fn fix(State(app): State<App>, caller: Caller, Path(ids): Path<FixIds>) -> Result<Redirect, AppError> {
    let (_, read, project) = find(&app.store, &caller, &ids.project).await?;
    let href = format!("/projects/{}", project.id);
    let (Some(scan), Some(entry)) = (newest(&app, &read, &project).await?, catalogue::entry(&ids.check)) else {
        return Ok(Redirect::to(&href));
    };
    Ok(Redirect::to(&format!("{href}/scans/{}/findings/{}", scan.id, entry.id)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Between {
    from: String,
    to: String,
}

/// What changed between two scans; without a choice, what the newest one changed.
pub async fn compare(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(q): Query<Between>,
) -> Result<Response, AppError> {
    let (_, read, project) = find(&app.store, &caller, &id).await?;
    let href = format!("/projects/{}", project.id);
    let scans: Vec<Summary> =
        app.store.history(&read, &project.id, SCANS).await?.into_iter().filter(|s| s.status == ScanStatus::Finished).collect();
    let find = |text: &str| ScanId::parse(text).and_then(|id| scans.iter().find(|s| s.id == id));
    let (to, from) = (find(&q.to).or_else(|| scans.first()), find(&q.from).or_else(|| scans.get(1)));
    let (Some(to), Some(from)) = (to, from) else { return Ok(Redirect::to(&format!("{href}/history")).into_response()) };
    let (before, after) = tokio::try_join!(app.store.judged(&read, &from.id), app.store.judged(&read, &to.id))?;
    let (mut before, mut after) = (before.ok_or(AppError::NotFound)?, after.ok_or(AppError::NotFound)?);
    let d = readiness::difference(&before, &after);
    // Only what has changed is shown with what was seen.
    let changed: Vec<String> = d.changes.iter().map(|c| c.id.clone()).collect();
    tokio::try_join!(app.store.fill(&read, &from.id, &mut before, &changed), app.store.fill(&read, &to.id, &mut after, &changed))?;
    let domain = project.draft.domain.unicode();
    let two = difference::Two { project: href, from: (from, &before), to: (to, &after), scans: &scans, domain: domain.clone() };
    Ok(render::page(StatusCode::OK, frame(format!("What changed at {domain}"), "Projects", &caller.account), || difference::page(&two, &d)))
}

/// Lines of the change log that are shown.
const LINES: i64 = 500;
/// Characters of a line that is added by hand.
const LINE: usize = 2000;

/// The change log.
pub async fn changes(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    log_page(&app, &caller, &id, None, "").await
}

async fn log_page(app: &App, caller: &Caller, id: &str, error: Option<String>, typed: &str) -> Result<Response, AppError> {
    let (_, project) = find_work(&app.store, caller, id).await?;
    let (_, read, _) = find(&app.store, caller, id).await?;
    let list = app.store.change_log(&read, &project.id, LINES).await?;
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let domain = project.draft.domain.unicode();
    Ok(render::page(status, frame(format!("Change log of {domain}"), "Projects", &caller.account), || {
        home::change_log(&domain, &format!("/projects/{}", project.id), &list, error, typed)
    }))
}

#[derive(Debug, Deserialize)]
pub struct Note {
    #[serde(default)]
    text: String,
}

/// Adds a line by hand.
pub async fn note(State(app): State<App>, caller: Caller, Path(id): Path<String>, Form(form): Form<Note>) -> Result<Response, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    let text = form.text.trim();
    if text.is_empty() || text.chars().count() > LINE {
        return log_page(&app, &caller, &id, Some(format!("Write a line, of {LINE} characters at most.")), &form.text).await;
    }
    app.store.note_change(&work, text, &caller.by, now()).await?;
    Ok(Redirect::to(&format!("/projects/{}/changes", project.id)).into_response())
}
