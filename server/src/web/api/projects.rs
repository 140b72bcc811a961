//! Projects.

use super::caller::{ApiCaller, Json, changed, etag, matches};
use super::code::document::ProfileCode;
use super::list::{Page, Part, part};
use super::problem::{FieldError, Problem, Result};
use super::scans::ScanOut;
use crate::app::App;
use crate::platform::clock::now;
use crate::web::AppError;
use crate::web::projects::{Typed, find};
use crate::workers::assessment;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use readiness::{Ledger, time};
use serde::{Deserialize, Serialize};
use store::{Before, Project, ProjectDraft, StoreError};
use utoipa::{IntoParams, ToSchema};

/// A project.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectOut {
    /// Id.
    pub id: String,
    /// The domain that customers type.
    pub domain: String,
    /// Further hosts.
    pub hosts: Vec<String>,
    /// Whether mail is sent from the domain; absent if nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sends_mail: Option<bool>,
    /// DKIM selectors.
    pub dkim_selectors: Vec<String>,
    /// Mail services.
    pub senders: Vec<String>,
    /// Links in ads, profiles and mails that must work.
    pub links: Vec<String>,
    /// Paths of health endpoints.
    pub health: Vec<String>,
    /// Whether there is no www. on purpose.
    pub no_www: bool,
    /// Whether search engines should not find it.
    pub internal: bool,
    /// Layers of the stack as `layer: name`.
    pub stack: Vec<String>,
    /// Which checks apply, where the owner says otherwise than what is detected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileCode>,
    /// Since when it is launched, as somebody said; RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launched_at: Option<String>,
    /// Whether somebody declared that they are entitled to test the site.
    pub entitled: bool,
    /// Whether it is in the archive.
    pub archived: bool,
    /// RFC 3339.
    pub created_at: String,
    /// Counts changes; the ETag for If-Match.
    pub version: i64,
    /// The newest finished scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<ScanOut>,
}

impl ProjectOut {
    fn of(p: &Project, newest: Option<ScanOut>) -> Self {
        let (d, s) = (&p.draft, &p.draft.settings);
        Self {
            id: p.id.to_string(),
            domain: d.domain.to_string(),
            hosts: d.hosts.iter().map(ToString::to_string).collect(),
            sends_mail: d.sends_mail,
            dkim_selectors: d.dkim_selectors.iter().map(|s| s.as_str().to_owned()).collect(),
            senders: s.senders.clone(),
            links: s.links.clone(),
            health: s.health.clone(),
            no_www: s.no_www,
            internal: s.internal,
            stack: s.stack.iter().map(|(l, n)| format!("{l}: {n}")).collect(),
            profile: ProfileCode::of(&s.profile),
            launched_at: s.launch.as_ref().map(|l| time::rfc3339(l.at)),
            entitled: d.entitlement.is_some(),
            archived: p.archived_at > 0,
            created_at: time::rfc3339(p.created_at),
            version: p.version,
            newest,
        }
    }
}

/// What is to be known about a project. In a change, what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectIn {
    /// The domain that customers type; needed for a new project.
    pub domain: Option<String>,
    /// Further hosts, 20 at most.
    pub hosts: Option<Vec<String>>,
    /// Whether mail is sent from the domain.
    pub sends_mail: Option<bool>,
    /// DKIM selectors, 10 at most.
    pub dkim_selectors: Option<Vec<String>>,
    /// Mail services by id, name or domain.
    pub senders: Option<Vec<String>>,
    /// Links in ads, profiles and mails that must work.
    pub links: Option<Vec<String>>,
    /// Paths of health endpoints.
    pub health: Option<Vec<String>>,
    /// Whether there is no www. on purpose.
    pub no_www: Option<bool>,
    /// Whether search engines should not find it.
    pub internal: Option<bool>,
    /// Layers of the stack as `layer: name`.
    pub stack: Option<Vec<String>>,
    /// Which checks apply, where that is not as detected; `{}` for all as detected. The project is judged again at once.
    pub profile: Option<ProfileCode>,
    /// Declares, in the name of the token's owner, that they are entitled to test the site.
    pub entitled: Option<bool>,
}

impl ProjectIn {
    /// What was said over what is known, as it would be typed.
    fn over(self, mut t: Typed) -> Typed {
        let list = |l: Vec<String>| l.join("\n");
        let yes = |b: bool| if b { "yes".to_owned() } else { String::new() };
        t.domain = self.domain.unwrap_or(t.domain);
        t.hosts = self.hosts.map_or(t.hosts, list);
        t.sends_mail = self.sends_mail.map_or(t.sends_mail, |b| if b { "yes".into() } else { "no".into() });
        t.dkim_selectors = self.dkim_selectors.map_or(t.dkim_selectors, list);
        t.senders = self.senders.map_or(t.senders, list);
        t.links = self.links.map_or(t.links, list);
        t.health = self.health.map_or(t.health, list);
        t.no_www = self.no_www.map_or(t.no_www, yes);
        t.internal = self.internal.map_or(t.internal, yes);
        t.stack = self.stack.map_or(t.stack, list);
        t.entitled = self.entitled.map_or(t.entitled, yes);
        match self.profile {
            Some(p) => t.with_profile(p.kind.as_deref().unwrap_or(""), &p.has),
            None => t,
        }
    }
}

fn draft(caller: &ApiCaller, typed: &Typed, kept: Option<&Project>) -> Result<ProjectDraft> {
    typed.parse(&caller.0.account, &caller.0.by.from, kept).map_err(|errors| {
        Problem::fields(errors.into_iter().map(|(field, detail)| FieldError { pointer: format!("/{field}"), detail }).collect())
    })
}

/// Which projects.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// `yes` for the archive.
    #[serde(default)]
    pub archived: String,
    /// Only this domain.
    #[serde(default)]
    pub domain: String,
}

/// The projects that the token may see, by domain.
#[utoipa::path(get, path = "/api/v1/projects", tag = "Projects", params(Filter, Part), responses((status = 200, body = Page<ProjectOut>), (status = "4XX", body = Problem)))]
pub async fn list(
    State(app): State<App>,
    caller: ApiCaller,
    Query(filter): Query<Filter>,
    Query(at): Query<Part>,
) -> Result<axum::Json<Page<ProjectOut>>> {
    let rows = app.store.projects(&caller.0.read()?, filter.archived == "yes").await?;
    let rows = rows.into_iter().filter(|r| filter.domain.is_empty() || r.project.draft.domain.as_str() == filter.domain);
    let items = rows.map(|r| ProjectOut::of(&r.project, r.newest.as_ref().map(ScanOut::of))).collect();
    Ok(axum::Json(part(items, &at, |p: &ProjectOut| format!("{} {}", p.domain, p.id), false)?))
}

fn shown(status: StatusCode, out: &ProjectOut) -> Response {
    (status, [(header::ETAG, etag(out.version))], axum::Json(out)).into_response()
}

async fn newest(app: &App, caller: &ApiCaller, p: &Project) -> Result<Option<ScanOut>> {
    Ok(app.store.newest(&caller.0.read()?, &p.id).await?.as_ref().map(ScanOut::of))
}

/// One project.
#[utoipa::path(get, path = "/api/v1/projects/{project}", tag = "Projects", params(("project" = String, Path)), responses((status = 200, body = ProjectOut), (status = "4XX", body = Problem)))]
pub async fn show(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>) -> Result<Response> {
    let (_, _, p) = find(&app.store, &caller.0, &id).await?;
    let newest = newest(&app, &caller, &p).await?;
    Ok(shown(StatusCode::OK, &ProjectOut::of(&p, newest)))
}

/// Makes a project. It is not scanned until a scan is asked for.
#[utoipa::path(post, path = "/api/v1/projects", tag = "Projects", request_body = ProjectIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = ProjectOut), (status = "4XX", body = Problem)))]
pub async fn create(State(app): State<App>, caller: ApiCaller, Json(input): Json<ProjectIn>) -> Result<Response> {
    let proof = caller.0.create()?;
    let draft = draft(&caller, &input.over(Typed::default()), None)?;
    let made = match app.store.create_project(&proof, &draft, &caller.0.by, now()).await {
        Err(full @ StoreError::Full(..)) => return Err(Problem::new(StatusCode::CONFLICT, "The workspace is full", full.to_string())),
        other => other?,
    };
    Ok(shown(StatusCode::CREATED, &ProjectOut::of(&made, None)))
}

/// Changes a project; with If-Match only if nobody else did meanwhile.
#[utoipa::path(patch, path = "/api/v1/projects/{project}", tag = "Projects", request_body = ProjectIn, params(("project" = String, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = ProjectOut), (status = "4XX", body = Problem)))]
pub async fn change(
    State(app): State<App>,
    caller: ApiCaller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(input): Json<ProjectIn>,
) -> Result<Response> {
    let (member, read, p) = find(&app.store, &caller.0, &id).await?;
    let work = member.work(&p.id).ok_or(AppError::Role)?;
    let version = matches(&headers, p.version)?;
    let draft = draft(&caller, &input.over(Typed::of(&p)), Some(&p))?;
    let judge = |e: &Ledger, before: &Before| assessment::again(&app.site, e, before);
    if !app.store.change_project(&work, &draft, version, judge, &caller.0.by, now()).await? {
        return Err(changed());
    }
    let p = app.store.project(&read, &p.id).await?.ok_or(AppError::NotFound)?;
    let newest = newest(&app, &caller, &p).await?;
    Ok(shown(StatusCode::OK, &ProjectOut::of(&p, newest)))
}

async fn keep(app: &App, caller: &ApiCaller, id: &str, at: i64) -> Result<Response> {
    let (member, read, p) = find(&app.store, &caller.0, id).await?;
    let work = member.work(&p.id).ok_or(AppError::Role)?;
    app.store.archive_project(&work, at, &caller.0.by, now()).await?;
    let p = app.store.project(&read, &p.id).await?.ok_or(AppError::NotFound)?;
    Ok(shown(StatusCode::OK, &ProjectOut::of(&p, None)))
}

/// Puts a project into the archive.
#[utoipa::path(post, path = "/api/v1/projects/{project}/archive", tag = "Projects", params(("project" = String, Path)), responses((status = 200, body = ProjectOut), (status = "4XX", body = Problem)))]
pub async fn archive(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>) -> Result<Response> {
    keep(&app, &caller, &id, now()).await
}

/// Takes a project out of the archive.
#[utoipa::path(post, path = "/api/v1/projects/{project}/restore", tag = "Projects", params(("project" = String, Path)), responses((status = 200, body = ProjectOut), (status = "4XX", body = Problem)))]
pub async fn restore(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>) -> Result<Response> {
    keep(&app, &caller, &id, 0).await
}
