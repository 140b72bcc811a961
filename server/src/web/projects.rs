//! The caller's projects.

use super::guard::visitor;
use super::session::Caller;
use super::{AppError, render};
use crate::app::{App, now};
use app::pages::project_form::{self, ProjectForm};
use app::pages::projects;
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::domain::parse_link;
use readiness::stack::Layer;
use readiness::{Domain, Selector, Settings, providers, when};
use serde::Deserialize;
use std::net::SocketAddr;
use store::{Account, By, CanRead, CanWork, Entitlement, Member, Project, ProjectDraft, ProjectId, ScanId, ScanStatus, Started};

/// Further hosts of one project.
const MAX_HOSTS: usize = 20;
const MAX_SELECTORS: usize = 10;

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

#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    archived: String,
    #[serde(default)]
    all: String,
}

/// The list: of the workspace looked at, or of all of them.
pub async fn list(State(app): State<App>, caller: Caller, Query(filter): Query<Filter>) -> Result<Response, AppError> {
    let (archived, all) = (filter.archived == "yes", filter.all == "yes");
    let mut rows = vec![];
    for place in caller.places.iter().filter(|p| all || **p == caller.member) {
        let read = place.read().ok_or(AppError::Role)?;
        rows.extend(app.store.projects(&read, archived).await?.into_iter().map(|row| (place, row)));
    }
    let view = projects::List { places: &caller.places, here: (!all).then_some(&caller.member), archived };
    Ok(render::page(StatusCode::OK, frame("Projects".into(), "Projects", &caller.account), || projects::page(&rows, &view)))
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    domain: String,
    #[serde(default)]
    hosts: String,
    #[serde(default)]
    sends_mail: String,
    #[serde(default)]
    dkim_selectors: String,
    #[serde(default)]
    entitled: String,
    #[serde(default)]
    senders: String,
    #[serde(default)]
    links: String,
    #[serde(default)]
    health: String,
    #[serde(default)]
    no_www: String,
    #[serde(default)]
    internal: String,
    #[serde(default)]
    stack: String,
}

/// Links, health paths and stack entries of one project.
const MAX_LINES: usize = 20;

/// A mail service by id or name, or the domain of one that is not known.
fn sender(typed: &str) -> Result<String, String> {
    let known = providers::senders().iter().find(|s| s.id.eq_ignore_ascii_case(typed) || s.name.eq_ignore_ascii_case(typed));
    match known {
        Some(s) => Ok(s.id.to_owned()),
        None if typed.contains('.') => Domain::parse(typed).map(|d| d.to_string()).map_err(|e| e.to_string()),
        None => {
            Err(format!("“{typed}” is not a mail service that is known here. Type its domain instead, as it stands in your SPF record."))
        }
    }
}

fn health(typed: &str) -> Result<String, String> {
    if typed.starts_with('/') && typed.len() < 200 && !typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(typed.to_owned());
    }
    parse_link(typed).map_err(|_| format!("“{typed}” is not a path. Type it with its slash, for example /health."))
}

fn layer(typed: &str) -> Result<(String, String), String> {
    let words = Layer::ALL.map(Layer::word);
    let (layer, name) = typed.split_once(':').map(|(l, n)| (l.trim().to_ascii_lowercase(), n.trim().to_owned())).unwrap_or_default();
    if name.is_empty() || name.len() > 60 || !words.contains(&layer.as_str()) {
        return Err(format!("“{typed}” is not a line such as dns: Cloudflare. Layers are {}.", words.join(", ")));
    }
    Ok((layer, name))
}

impl Typed {
    /// The part of the form that few products need.
    fn settings(&self, domain: Option<&Domain>, errors: &mut Vec<(&'static str, String)>) -> Settings {
        fn list<T>(
            text: &str,
            at: &[char],
            field: &'static str,
            errors: &mut Vec<(&'static str, String)>,
            parse: impl Fn(&str) -> Result<T, String>,
        ) -> Vec<T> {
            let mut out = vec![];
            for typed in text.split(|c| at.contains(&c)).map(str::trim).filter(|t| !t.is_empty()) {
                match parse(typed) {
                    Ok(x) if out.len() < MAX_LINES => out.push(x),
                    Ok(_) => {}
                    Err(e) => errors.push((field, e)),
                }
            }
            out
        }
        let own = |typed: &str| {
            let path = health(typed)?;
            let host = path.split("://").nth(1).and_then(|r| r.split('/').next());
            match (host, domain) {
                (Some(h), Some(d)) if Domain::parse(h).is_ok_and(|x| x.registrable() != d.registrable()) => {
                    Err(format!("{h} does not belong to {}.", d.registrable()))
                }
                _ => Ok(path),
            }
        };
        Settings {
            senders: list(&self.senders, &[',', '\n'], "senders", errors, sender),
            links: list(&self.links, &['\n', ' '], "links", errors, parse_link),
            health: list(&self.health, &['\n', ' ', ','], "health", errors, own),
            no_www: self.no_www == "yes",
            internal: self.internal == "yes",
            stack: list(&self.stack, &['\n', ','], "stack", errors, layer),
        }
    }

    /// What was typed as a draft, or the errors beside the fields.
    fn parse(&self, account: &Account) -> Result<ProjectDraft, Vec<(&'static str, String)>> {
        let mut errors = vec![];
        if self.entitled == "yes" && !account.is_verified() {
            errors.push(("entitled", "Confirm your address first: a letter is in your mailbox. The rest works without.".to_owned()));
        }
        let domain = Domain::parse(&self.domain).map_err(|e| errors.push(("domain", e.to_string()))).ok();
        let mut hosts: Vec<Domain> = vec![];
        for typed in self.hosts.split(['\n', ',', ' ']).map(str::trim).filter(|h| !h.is_empty()) {
            match Domain::parse(typed) {
                Ok(h) if Some(&h) != domain.as_ref() && !hosts.contains(&h) => hosts.push(h),
                Ok(_) => {}
                Err(e) => errors.push(("hosts", e.to_string())),
            }
        }
        let stranger = domain.as_ref().and_then(|d| hosts.iter().find(|h| h.registrable() != d.registrable()).map(|h| (d, h)));
        if let Some((d, h)) = stranger {
            errors.push(("hosts", format!("{h} does not belong to {}. Make it a project of its own.", d.registrable())));
        }
        if hosts.len() > MAX_HOSTS {
            errors.push(("hosts", format!("{MAX_HOSTS} further hosts are enough for one project.")));
        }
        let mut selectors: Vec<Selector> = vec![];
        for typed in self.dkim_selectors.split([',', '\n', ' ']).map(str::trim).filter(|s| !s.is_empty()) {
            match Selector::parse(typed) {
                Ok(s) if !selectors.contains(&s) => selectors.push(s),
                Ok(_) => {}
                Err(e) => errors.push(("dkim_selectors", e)),
            }
        }
        if selectors.len() > MAX_SELECTORS {
            errors.push(("dkim_selectors", format!("{MAX_SELECTORS} selectors are enough.")));
        }
        let settings = self.settings(domain.as_ref(), &mut errors);
        match domain {
            Some(domain) if errors.is_empty() => Ok(ProjectDraft {
                settings,
                domain,
                hosts,
                sends_mail: match self.sends_mail.as_str() {
                    "yes" => Some(true),
                    "no" => Some(false),
                    _ => None,
                },
                dkim_selectors: selectors,
                entitlement: None,
            }),
            _ => Err(errors),
        }
    }

    fn form(&self, errors: Vec<(&'static str, String)>) -> ProjectForm {
        ProjectForm {
            domain: self.domain.clone(),
            hosts: self.hosts.clone(),
            sends_mail: self.sends_mail.clone(),
            dkim_selectors: self.dkim_selectors.clone(),
            entitled: self.entitled == "yes",
            senders: self.senders.clone(),
            links: self.links.clone(),
            health: self.health.clone(),
            no_www: self.no_www == "yes",
            internal: self.internal == "yes",
            stack: self.stack.clone(),
            errors,
            ..ProjectForm::default()
        }
    }
}

/// The empty form.
pub async fn new_form(caller: Caller) -> Result<Response, AppError> {
    caller.create()?;
    Ok(render::page(
        StatusCode::OK,
        frame("New project".into(), "Projects", &caller.account),
        || project_form::page(ProjectForm::default()),
    ))
}

fn declared(app: &App, account: &Account, headers: &HeaderMap, connection: &ConnectInfo<SocketAddr>) -> Entitlement {
    Entitlement { by: account.id.clone(), at: now(), from: visitor(app, headers, connection) }
}

/// Creates a project and scans it.
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let proof = caller.create()?;
    let mut draft = match typed.parse(&caller.account) {
        Ok(d) => d,
        Err(errors) => {
            return Ok(render::page(StatusCode::UNPROCESSABLE_ENTITY, frame("New project".into(), "Projects", &caller.account), || {
                project_form::page(typed.form(errors))
            }));
        }
    };
    if typed.entitled == "yes" {
        draft.entitlement = Some(declared(&app, &caller.account, &headers, &connection));
    }
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
pub(super) async fn find(app: &App, caller: &Caller, id: &str) -> Result<(Member, CanRead, Project), AppError> {
    let id = ProjectId::parse(id).ok_or(AppError::NotFound)?;
    let member = app.store.member_for(&caller.account.id, &id).await?.ok_or(AppError::NotFound)?;
    let read = member.read().ok_or(AppError::NotFound)?;
    let project = app.store.project(&read, &id).await?.ok_or(AppError::NotFound)?;
    Ok((member, read, project))
}

/// The same, to be worked on.
pub(super) async fn find_work(app: &App, caller: &Caller, id: &str) -> Result<(CanWork, Project), AppError> {
    let (member, _, project) = find(app, caller, id).await?;
    Ok((member.work(&project.id).ok_or(AppError::Role)?, project))
}

/// Starts a scan, rings, and says where it is.
async fn begin(app: &App, member: &Member, project: &Project) -> Result<String, AppError> {
    let started = app.store.start_scan(&member.scan(&project.id).ok_or(AppError::Role)?, project, now()).await?;
    if matches!(started, Started::New(_)) {
        app.doorbell.ring().await;
    }
    Ok(format!("/projects/{}/scans/{}", project.id, started.id()))
}

/// The project: its newest result, or the scan under way, or its empty history.
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let (_, read, project) = find(&app, &caller, &id).await?;
    let scans = app.store.history(&read, &project.id, 50).await?;
    let best = scans.iter().find(|s| s.status == ScanStatus::Finished).or_else(|| scans.first());
    Ok(Redirect::to(
        &best.map_or_else(|| format!("/projects/{}/history", project.id), |s| format!("/projects/{}/scans/{}", project.id, s.id)),
    ))
}

fn filled(project: &Project) -> ProjectForm {
    let d = &project.draft;
    let join = |list: Vec<String>, with: &str| list.join(with);
    ProjectForm {
        action: format!("/projects/{}", project.id),
        domain: d.domain.unicode(),
        hosts: join(d.hosts.iter().map(Domain::unicode).collect(), "\n"),
        sends_mail: d.sends_mail.map_or("", |s| if s { "yes" } else { "no" }).to_owned(),
        dkim_selectors: join(d.dkim_selectors.iter().map(|s| s.as_str().to_owned()).collect(), ", "),
        entitled: d.entitlement.is_some(),
        entitled_note: d
            .entitlement
            .as_ref()
            .map(|e| format!("Declared on {} from {}. Untick to withdraw it.", when::human(e.at), e.from))
            .unwrap_or_default(),
        senders: join(
            d.settings.senders.iter().map(|s| providers::sender(s).map_or_else(|| s.clone(), |x| x.name.to_owned())).collect(),
            ", ",
        ),
        links: join(d.settings.links.clone(), "\n"),
        health: join(d.settings.health.clone(), ", "),
        no_www: d.settings.no_www,
        internal: d.settings.internal,
        stack: join(d.settings.stack.iter().map(|(l, n)| format!("{l}: {n}")).collect(), "\n"),
        errors: vec![],
        archived: project.archived_at > 0,
    }
}

/// The form with what is known.
pub async fn edit_form(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    let (_, project) = find_work(&app, &caller, &id).await?;
    Ok(render::page(StatusCode::OK, frame(format!("Settings of {}", project.draft.domain), "Projects", &caller.account), || {
        project_form::page(filled(&project))
    }))
}

/// Changes the project. The declaration keeps its date while it stays ticked for the same domain.
pub async fn edit(
    State(app): State<App>,
    caller: Caller,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let (work, project) = find_work(&app, &caller, &id).await?;
    let mut draft = match typed.parse(&caller.account) {
        Ok(d) => d,
        Err(errors) => {
            let form = ProjectForm {
                errors,
                action: format!("/projects/{}", project.id),
                archived: project.archived_at > 0,
                ..typed.form(vec![])
            };
            return Ok(render::page(StatusCode::UNPROCESSABLE_ENTITY, frame("Settings".into(), "Projects", &caller.account), || {
                project_form::page(form)
            }));
        }
    };
    if typed.entitled == "yes" {
        let kept = project.draft.entitlement.clone().filter(|_| project.draft.domain == draft.domain);
        draft.entitlement = Some(kept.unwrap_or_else(|| declared(&app, &caller.account, &headers, &connection)));
    }
    app.store.update_project(&work, &draft, &caller.by, now()).await?;
    Ok(Redirect::to(&format!("/projects/{}", project.id)).into_response())
}

/// Into the archive.
pub async fn archive(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let (work, _) = find_work(&app, &caller, &id).await?;
    app.store.archive_project(&work, now(), &caller.by, now()).await?;
    Ok(Redirect::to("/projects"))
}

/// Out of the archive.
pub async fn restore(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let (work, project) = find_work(&app, &caller, &id).await?;
    app.store.archive_project(&work, 0, &caller.by, now()).await?;
    Ok(Redirect::to(&format!("/projects/{}", project.id)))
}

/// Scans now.
pub async fn scan_now(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let (member, _, project) = find(&app, &caller, &id).await?;
    Ok(Redirect::to(&begin(&app, &member, &project).await?))
}

/// Every scan.
pub async fn history(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    let (member, read, project) = find(&app, &caller, &id).await?;
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
    match app.store.keep_preview(&work, scan).await? {
        Some(kept) => Ok(format!("/projects/{}/scans/{kept}", project.id)),
        None => begin(app, member, &project).await,
    }
}
