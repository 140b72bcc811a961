//! The workspace of the token: members, invitations, log, tokens.

use super::caller::{ApiCaller, Json};
use super::list::{Page, Part, part};
use super::problem::{Problem, Result};
use crate::app::App;
use crate::platform::clock::now;
use crate::web::AppError;
use crate::web::workspace::ask;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use readiness::time;
use serde::{Deserialize, Serialize};
use store::{AccountId, Changed, Invitation, ProjectId, Role};
use utoipa::ToSchema;

/// The workspace of the token, and what the token may do there.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkspaceOut {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Role of whoever made the token.
    pub role: &'static str,
    /// Their address.
    pub account: String,
}

/// The workspace of the token.
#[utoipa::path(get, path = "/api/v1/workspace", tag = "Workspace", responses((status = 200, body = WorkspaceOut), (status = "4XX", body = Problem)))]
pub async fn workspace(caller: ApiCaller) -> Result<axum::Json<WorkspaceOut>> {
    caller.0.read()?;
    let m = &caller.0.member;
    Ok(axum::Json(WorkspaceOut {
        id: m.workspace().to_string(),
        name: m.name().to_owned(),
        role: m.role().word(),
        account: caller.0.account.email.clone(),
    }))
}

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberOut {
    /// Id of the account.
    pub account: String,
    /// Address.
    pub email: String,
    /// `owner`, `consultant` or `viewer`.
    pub role: &'static str,
    /// The projects that they are limited to; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<String>>,
    /// RFC 3339.
    pub since: String,
}

fn ids(only: Option<&[ProjectId]>) -> Option<Vec<String>> {
    only.map(|l| l.iter().map(ToString::to_string).collect())
}

async fn all(app: &App, caller: &ApiCaller) -> Result<Vec<MemberOut>> {
    let rows = app.store.members(&caller.0.read()?).await?;
    Ok(rows
        .into_iter()
        .map(|m| MemberOut {
            account: m.account.to_string(),
            email: m.email,
            role: m.role.word(),
            projects: ids(m.only.as_deref()),
            since: time::rfc3339(m.since),
        })
        .collect())
}

/// The members, by address.
#[utoipa::path(get, path = "/api/v1/members", tag = "Workspace", params(Part), responses((status = 200, body = Page<MemberOut>), (status = "4XX", body = Problem)))]
pub async fn members(State(app): State<App>, caller: ApiCaller, Query(at): Query<Part>) -> Result<axum::Json<Page<MemberOut>>> {
    Ok(axum::Json(part(all(&app, &caller).await?, &at, |m: &MemberOut| format!("{} {}", m.email, m.account), false)?))
}

/// Role and limits.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleIn {
    /// `owner`, `consultant` or `viewer`.
    pub role: String,
    /// The projects that they are limited to; absent for all.
    #[serde(default)]
    pub projects: Option<Vec<String>>,
}

async fn parsed(app: &App, caller: &ApiCaller, role: &str, projects: Option<&Vec<String>>) -> Result<(Role, Option<Vec<ProjectId>>)> {
    let role = Role::from_word(role).ok_or_else(|| Problem::field("role", "It is owner, consultant or viewer."))?;
    let Some(list) = projects else { return Ok((role, None)) };
    // Who may manage may name every project, though the token itself may not read.
    let mut only = vec![];
    for typed in list {
        let missing = || Problem::field("projects", format!("There is no project “{typed}” in the workspace."));
        let id = ProjectId::parse(typed).ok_or_else(missing)?;
        app.store.scannable(&caller.0.member, &id).await?.ok_or_else(missing)?;
        only.push(id);
    }
    Ok((role, Some(only)))
}

fn done(changed: Changed) -> Result<StatusCode> {
    match changed {
        Changed::Done => Ok(StatusCode::NO_CONTENT),
        Changed::Missing => Err(AppError::NotFound.into()),
        Changed::LastOwner => {
            Err(Problem::new(StatusCode::CONFLICT, "The last owner", "A workspace needs an owner. Make somebody else an owner first."))
        }
    }
}

/// Gives a member another role or other limits.
#[utoipa::path(put, path = "/api/v1/members/{account}", tag = "Workspace", request_body = RoleIn, params(("account" = String, Path)), responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn set_role(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>, Json(input): Json<RoleIn>) -> Result<StatusCode> {
    let manage = caller.0.manage()?;
    let who = AccountId::parse(&id).ok_or(AppError::NotFound)?;
    let (role, only) = parsed(&app, &caller, &input.role, input.projects.as_ref()).await?;
    done(app.store.set_role(&manage, &who, role, only.as_deref(), &caller.0.by, now()).await?)
}

/// Takes a member out.
#[utoipa::path(delete, path = "/api/v1/members/{account}", tag = "Workspace", params(("account" = String, Path)), responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn remove(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>) -> Result<StatusCode> {
    let manage = caller.0.manage()?;
    let who = AccountId::parse(&id).ok_or(AppError::NotFound)?;
    done(app.store.remove_member(&manage, &who, &caller.0.by, now()).await?)
}

/// An invitation that waits for an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationOut {
    /// Id.
    pub id: String,
    /// The address that it is bound to.
    pub email: String,
    /// `owner`, `consultant` or `viewer`.
    pub role: &'static str,
    /// The projects that they will be limited to; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<String>>,
    /// RFC 3339.
    pub expires_at: String,
}

impl From<Invitation> for InvitationOut {
    fn from(i: Invitation) -> Self {
        Self { id: i.id, email: i.email, role: i.role.word(), projects: ids(i.only.as_deref()), expires_at: time::rfc3339(i.expires_at) }
    }
}

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationIn {
    /// Their address.
    pub email: String,
    /// `owner`, `consultant` or `viewer`.
    pub role: String,
    /// The projects that they will be limited to; absent for all.
    #[serde(default)]
    pub projects: Option<Vec<String>>,
}

/// Invitations that wait for an answer.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "Workspace", params(Part), responses((status = 200, body = Page<InvitationOut>), (status = "4XX", body = Problem)))]
pub async fn invitations(State(app): State<App>, caller: ApiCaller, Query(at): Query<Part>) -> Result<axum::Json<Page<InvitationOut>>> {
    let list = app.store.invitations(&caller.0.manage()?, now()).await?.into_iter().map(InvitationOut::from).collect();
    Ok(axum::Json(part(list, &at, |i: &InvitationOut| i.id.clone(), false)?))
}

/// Invites somebody by mail.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "Workspace", request_body = InvitationIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = InvitationOut), (status = "4XX", body = Problem)))]
pub async fn invite(State(app): State<App>, caller: ApiCaller, Json(input): Json<InvitationIn>) -> Result<Response> {
    caller.0.manage()?;
    let (role, only) = parsed(&app, &caller, &input.role, input.projects.as_ref()).await?;
    match ask(&app, &caller.0, input.email.trim(), role, only).await? {
        Ok(i) => Ok((StatusCode::CREATED, axum::Json(InvitationOut::from(i))).into_response()),
        Err(error) => Err(Problem::field("email", error)),
    }
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/v1/invitations/{invitation}", tag = "Workspace", params(("invitation" = String, Path)), responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn revoke(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>) -> Result<StatusCode> {
    if !app.store.revoke_invitation(&caller.0.manage()?, &id, &caller.0.by, now()).await? {
        return Err(AppError::NotFound.into());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A line of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogOut {
    /// RFC 3339.
    pub at: String,
    /// Who.
    pub actor: String,
    /// Network address.
    pub from: String,
    /// What.
    pub deed: String,
    /// To what.
    pub subject: String,
    /// Before and after, in short.
    pub detail: String,
}

/// Which lines.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogFilter {
    /// Only lines with these words.
    #[serde(default)]
    pub q: String,
}

/// The newest 1000 lines of the workspace's log.
#[utoipa::path(get, path = "/api/v1/log", tag = "Workspace", params(LogFilter), responses((status = 200, body = Vec<LogOut>), (status = "4XX", body = Problem)))]
pub async fn log(State(app): State<App>, caller: ApiCaller, Query(filter): Query<LogFilter>) -> Result<axum::Json<Vec<LogOut>>> {
    let rows = app.store.audit(&caller.0.manage()?, &filter.q, 1000).await?;
    let out = |l: store::AuditRow| LogOut {
        at: time::rfc3339(l.at),
        actor: l.actor,
        from: l.origin,
        deed: l.deed,
        subject: l.subject,
        detail: l.detail,
    };
    Ok(axum::Json(rows.into_iter().map(out).collect()))
}

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenOut {
    /// Id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Its beginning.
    pub shown: String,
    /// What it may be used for.
    pub scopes: Vec<&'static str>,
    /// The one project that it is for, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// RFC 3339; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// RFC 3339, to ten minutes; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_at: Option<String>,
}

/// One's own tokens, and for an owner everybody's. A token makes no tokens: that asks for the password, on the page.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "Workspace", params(Part), responses((status = 200, body = Page<TokenOut>), (status = "4XX", body = Problem)))]
pub async fn tokens(State(app): State<App>, caller: ApiCaller, Query(at): Query<Part>) -> Result<axum::Json<Page<TokenOut>>> {
    caller.0.read()?;
    let time = |ms: i64| (ms > 0).then(|| time::rfc3339(ms));
    let list = app.store.tokens(&caller.0.member).await?.into_iter().map(|t| TokenOut {
        id: t.id,
        name: t.name,
        shown: t.shown,
        scopes: t.scopes.iter().map(|s| s.word()).collect(),
        project: t.project.map(|p| p.to_string()),
        expires_at: time(t.expires_at),
        used_at: time(t.used_at),
    });
    Ok(axum::Json(part(list.collect(), &at, |t: &TokenOut| t.id.clone(), false)?))
}

/// Ends a token. Every token may end itself; others are ended with member:write by an owner's token for the whole workspace.
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", tag = "Workspace", params(("token" = String, Path)), responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn end_token(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>) -> Result<StatusCode> {
    if id != caller.1.id {
        caller.0.manage()?;
    }
    if !app.store.revoke_token(&caller.0.member, &id, &caller.0.by, now()).await? {
        return Err(AppError::NotFound.into());
    }
    Ok(StatusCode::NO_CONTENT)
}
