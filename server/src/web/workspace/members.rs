//! Roles of members, taking them out, and leaving.

use super::page::{Fields, refused, ticked, value};
use crate::app::App;
use crate::platform::clock::now;
use crate::web::AppError;
use crate::web::session::Caller;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use store::{AccountId, Changed, Role};

const LAST_OWNER: &str = "A workspace needs an owner. Make somebody else an owner first.";

/// Gives a member another role or other limits.
pub async fn set_role(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    let who = AccountId::parse(value(&fields, "account")).ok_or(AppError::NotFound)?;
    let role = Role::from_word(value(&fields, "role")).ok_or(AppError::NotFound)?;
    let only = ticked(&app, &caller, &fields).await?;
    match app.store.set_role(&manage, &who, role, only.as_deref(), &caller.by, now()).await? {
        Changed::Done => Ok(Redirect::to("/workspace").into_response()),
        Changed::Missing => Err(AppError::NotFound),
        Changed::LastOwner => refused(&app, &caller, LAST_OWNER).await,
    }
}

/// Takes a member out.
pub async fn remove(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    let who = AccountId::parse(value(&fields, "account")).ok_or(AppError::NotFound)?;
    match app.store.remove_member(&manage, &who, &caller.by, now()).await? {
        Changed::Done => Ok(Redirect::to("/workspace").into_response()),
        Changed::Missing => Err(AppError::NotFound),
        Changed::LastOwner => refused(&app, &caller, LAST_OWNER).await,
    }
}

/// Leaves the workspace.
pub async fn leave(State(app): State<App>, caller: Caller) -> Result<Response, AppError> {
    match app.store.leave(&caller.member, &caller.by, now()).await? {
        Changed::LastOwner => refused(&app, &caller, LAST_OWNER).await,
        Changed::Done | Changed::Missing => Ok(Redirect::to("/projects").into_response()),
    }
}
