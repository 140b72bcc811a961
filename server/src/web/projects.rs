//! The caller's projects.

pub mod documents;
pub mod evidence;
pub mod exemptions;
pub mod files;
mod form;
pub mod handover;
pub mod home;
pub mod import;
pub mod launch;
pub mod pack;
pub mod pdf;
pub mod questions;
pub mod schedule;
pub mod share;
pub mod sprint;

pub use form::Typed;

use super::session::Caller;
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use crate::workers::assessment;
use app::pages::project_form::{self, ProjectForm};
use app::pages::projects;
use app::shell::Frame;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::evidence::ProfileChoice;
use readiness::profile::{self, Profile};
use readiness::{Settings, time};
use serde::Deserialize;
use store::{Account, By, CanRead, CanWork, Member, Project, ProjectDraft, ProjectId, ScanId, Started, Store};

pub fn frame(title: String, current: &'static str, account: &Account) -> Frame {
    Frame {
        title: format!("{title} · Launch Ready"),
        email: Some(account.email.clone()),
        current,
        confirm: !account.is_verified(),
        admin: account.admin,
        private: true,
        refresh: false,
    }
}

/// The empty form.
pub async fn new_form(caller: Caller) -> Result<Response, AppError> {
    caller.create()?;
    Ok(render::page(StatusCode::OK, frame("New project".into(), "Projects", &caller.account), || {
        project_form::page(Typed::default().form(vec![]))
    }))
}

/// Creates a project and scans it.
pub async fn create(State(app): State<App>, caller: Caller, Form(typed): Form<Typed>) -> Result<Response, AppError> {
    let proof = caller.create()?;
    let draft = match typed.parse(&caller.account, &caller.by.from, None) {
        Ok(d) => d,
        Err(errors) => {
            return Ok(render::page(StatusCode::UNPROCESSABLE_ENTITY, frame("New project".into(), "Projects", &caller.account), || {
                project_form::page(typed.form(errors))
            }));
        }
    };
    let project = match app.store.create_project(&proof, &draft, &caller.by, now()).await {
        Ok(p) => p,
        Err(full @ store::StoreError::Full(..)) => {
            let form = typed.form(vec![("domain", full.to_string())]);
            return Ok(render::page(StatusCode::UNPROCESSABLE_ENTITY, frame("New project".into(), "Projects", &caller.account), || {
                project_form::page(form)
            }));
        }
        Err(e) => return Err(e.into()),
    };
    let scan = begin(&app, &caller.member, &project).await?;
    Ok(Redirect::to(&scan).into_response())
}

/// A project of any workspace that the caller belongs to, with their place there.
pub(in crate::web) async fn find(store: &Store, caller: &Caller, id: &str) -> Result<(Member, CanRead, Project), AppError> {
    let id = ProjectId::parse(id).ok_or(AppError::NotFound)?;
    let place = if caller.token { Some(caller.member.clone()) } else { store.member_for(&caller.account.id, &id).await? };
    let member = place.ok_or(AppError::NotFound)?;
    let read = member.read().ok_or(AppError::Role)?;
    let project = store.project(&read, &id).await?.ok_or(AppError::NotFound)?;
    Ok((member, read, project))
}

/// The same, to be worked on.
pub(in crate::web) async fn find_work(store: &Store, caller: &Caller, id: &str) -> Result<(CanWork, Project), AppError> {
    let (member, _, project) = find(store, caller, id).await?;
    Ok((member.work(&project.id).ok_or(AppError::Role)?, project))
}

/// Starts a scan, rings, and says where it is.
pub(super) async fn begin(app: &App, member: &Member, project: &Project) -> Result<String, AppError> {
    let started = app.store.start_scan(&member.scan(&project.id).ok_or(AppError::Role)?, project, now()).await?;
    if matches!(started, Started::New(_)) {
        app.wake_up.ring().await;
    }
    Ok(format!("/projects/{}/scans/{}", project.id, started.id()))
}

/// What is detected about the product, without what its owner says of it.
async fn detected(app: &App, caller: &Caller, project: &Project) -> Result<Option<Profile>, AppError> {
    let (_, read, _) = find(&app.store, caller, project.id.as_str()).await?;
    let Some((_, mut ledger)) = app.store.ledger(&read, &project.id).await? else { return Ok(None) };
    ledger.profile = ProfileChoice::default();
    Ok(ledger.outside().is_some().then(|| profile::detect(&ledger)))
}

fn filled(project: &Project) -> ProjectForm {
    let note = project.draft.entitlement.as_ref();
    ProjectForm {
        action: format!("/projects/{}", project.id),
        entitled_note: note
            .map(|e| format!("Declared on {} from {}. Untick to withdraw it.", time::human(e.at), e.from))
            .unwrap_or_default(),
        archived: project.archived_at > 0,
        ..Typed::of(project).form(vec![])
    }
}

/// The form with what is known.
pub async fn edit_form(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    let (_, project) = find_work(&app.store, &caller, &id).await?;
    let form = ProjectForm { detected: detected(&app, &caller, &project).await?, ..filled(&project) };
    Ok(render::page(StatusCode::OK, frame(format!("Settings of {}", project.draft.domain), "Projects", &caller.account), || {
        project_form::page(form)
    }))
}

/// Changes the project. The declaration keeps its date while it stays ticked for the same domain.
pub async fn edit(State(app): State<App>, caller: Caller, Path(id): Path<String>, Form(typed): Form<Typed>) -> Result<Response, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    let draft = match typed.parse(&caller.account, &caller.by.from, Some(&project)) {
        Ok(d) => d,
        Err(errors) => {
            let form = ProjectForm {
                errors,
                action: format!("/projects/{}", project.id),
                archived: project.archived_at > 0,
                detected: detected(&app, &caller, &project).await?,
                ..typed.form(vec![])
            };
            return Ok(render::page(StatusCode::UNPROCESSABLE_ENTITY, frame("Settings".into(), "Projects", &caller.account), || {
                project_form::page(form)
            }));
        }
    };
    app.store.change_project(&work, &draft, None, |e, before| assessment::again(&app.site, e, before), &caller.by, now()).await?;
    Ok(Redirect::to(&format!("/projects/{}", project.id)).into_response())
}

/// Into the archive.
pub async fn archive(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let (work, _) = find_work(&app.store, &caller, &id).await?;
    app.store.archive_project(&work, now(), &caller.by, now()).await?;
    Ok(Redirect::to("/projects"))
}

/// Out of the archive.
pub async fn restore(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    app.store.archive_project(&work, 0, &caller.by, now()).await?;
    Ok(Redirect::to(&format!("/projects/{}", project.id)))
}

/// Scans now.
pub async fn scan_now(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let (member, _, project) = find(&app.store, &caller, &id).await?;
    Ok(Redirect::to(&begin(&app, &member, &project).await?))
}

/// Every scan.
pub async fn history(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, &caller, &id).await?;
    let may_work = member.work(&project.id).is_some();
    let scans = app.store.history(&read, &project.id, 200).await?;
    let href = format!("/projects/{}", project.id);
    Ok(render::page(StatusCode::OK, frame(format!("History of {}", project.draft.domain), "Projects", &caller.account), || {
        projects::history(project.draft.domain.unicode(), &href, &scans, may_work)
    }))
}

#[derive(Debug, Deserialize)]
pub struct Keep {
    scan: String,
}

/// Keeps a preview as a project of somebody who is signed in.
pub async fn keep(State(app): State<App>, caller: Caller, Form(form): Form<Keep>) -> Result<Redirect, AppError> {
    let scan = ScanId::parse(&form.scan).ok_or(AppError::NotFound)?;
    caller.create()?;
    Ok(Redirect::to(&keep_preview(&app, &caller.member, &caller.by, &scan).await?))
}

/// Makes a project of a preview, with its result if it is finished, else with a scan of its own.
/// A project of the same domain is used if there is one.
pub async fn keep_preview(app: &App, member: &Member, by: &By, scan: &ScanId) -> Result<String, AppError> {
    let Some(preview) = app.store.scan(&CanRead::preview(), scan).await? else { return Ok("/projects".to_owned()) };
    let domain = preview.target.domain.clone();
    let read = member.read().ok_or(AppError::Role)?;
    let known = app.store.projects(&read, false).await?.into_iter().map(|r| r.project).find(|p| p.draft.domain == domain);
    let project = match known {
        Some(p) => p,
        None => {
            let draft = ProjectDraft {
                domain,
                hosts: vec![],
                sends_mail: None,
                dkim_selectors: vec![],
                entitlement: None,
                settings: Settings::default(),
            };
            app.store.create_project(&member.create().ok_or(AppError::Role)?, &draft, by, now()).await?
        }
    };
    let work = member.work(&project.id).ok_or(AppError::Role)?;
    match app.store.keep_preview(&work, scan, |e, before| assessment::again(&app.site, e, before), now()).await? {
        Some(kept) => Ok(format!("/projects/{}/scans/{kept}", project.id)),
        None => begin(app, member, &project).await,
    }
}
