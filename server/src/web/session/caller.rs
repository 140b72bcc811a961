//! Who is calling.

use super::keys::{ACCOUNT, OPENED, SEEN, WORKSPACE};
use super::state::broken;
use crate::app::App;
use crate::platform::clock::now;
use crate::web::error::AppError;
use crate::web::guard::visitor;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use std::net::SocketAddr;
use store::{Account, AccountId, By, CanCreate, CanManage, CanRead, Member, WorkspaceId};
use tower_sessions::Session;

/// A visit is written down this often at most.
const TOUCH_MS: i64 = 10 * 60_000;

/// Who is calling, if anybody has signed in.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// Who.
    pub account: Option<Account>,
    /// Shared links whose password they have typed.
    pub opened: Vec<String>,
}

/// Who is calling and in which workspace; others are sent to sign in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub account: Account,
    /// Their place in the workspace that they look at.
    pub member: Member,
    /// All their places.
    pub places: Vec<Member>,
    /// For the log.
    pub by: By,
    /// Whether they use a token, whose place is then the only one.
    pub token: bool,
}

impl Caller {
    /// Proof that the workspace may be read.
    pub fn read(&self) -> std::result::Result<CanRead, AppError> {
        self.member.read().ok_or(AppError::Role)
    }
    /// Proof that projects may be made in it.
    pub fn create(&self) -> std::result::Result<CanCreate, AppError> {
        self.member.create().ok_or(AppError::Role)
    }
    /// What reaches others or lets programs in waits until the address is confirmed.
    pub const fn confirmed(&self) -> std::result::Result<(), AppError> {
        if self.account.is_verified() { Ok(()) } else { Err(AppError::Unconfirmed) }
    }
    /// Proof that its members may be changed.
    pub fn manage(&self) -> std::result::Result<CanManage, AppError> {
        self.member.manage().ok_or(AppError::Role)
    }
}

impl Visitor {
    /// Their address, for the frame of a page.
    pub fn email(&self) -> Option<String> {
        self.account.as_ref().map(|a| a.email.clone())
    }
    /// Whether they run the instance.
    pub fn admin(&self) -> bool {
        self.account.as_ref().is_some_and(|a| a.admin)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, AppError> {
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, e)| AppError::Internal(e.to_owned()))?;
        let opened: Vec<String> = session.get(OPENED).await.map_err(|e| broken(&e))?.unwrap_or_default();
        let Some(id) = session.get::<AccountId>(ACCOUNT).await.map_err(|e| broken(&e))? else {
            return Ok(Visitor { account: None, opened });
        };
        // A visit keeps the session alive: what is changed is saved, and the cookie sent anew.
        if session.get::<i64>(SEEN).await.map_err(|e| broken(&e))?.is_none_or(|at| now() - at > TOUCH_MS) {
            session.insert(SEEN, now()).await.map_err(|e| broken(&e))?;
        }
        let account = app.store.account(&id).await?.filter(|a| a.disabled_at == 0);
        Ok(Visitor { account, opened })
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, AppError> {
        let back = if parts.method == axum::http::Method::GET { parts.uri.path().to_owned() } else { "/projects".to_owned() };
        let account = Visitor::from_request_parts(parts, app).await?.account.ok_or(AppError::SignIn(back))?;
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, e)| AppError::Internal(e.to_owned()))?;
        let chosen: Option<WorkspaceId> = session.get(WORKSPACE).await.map_err(|e| broken(&e))?;
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| visitor(&app.settings, &parts.headers, c)).unwrap_or_default();
        let by = By { actor: account.email.clone(), from };
        let mut places = app.store.memberships(&account.id).await?;
        if places.is_empty() {
            // Who left or lost their last workspace begins another.
            app.store.create_workspace(&account.id, store::first_name(&account.email), &by, now()).await?;
            places = app.store.memberships(&account.id).await?;
        }
        let at = places.iter().find(|m| Some(m.workspace()) == chosen.as_ref()).or_else(|| places.first());
        let member = at.cloned().ok_or(AppError::NotFound)?;
        Ok(Self { account, member, places, by, token: false })
    }
}
