//! The second step of a sign-in.

use super::codes::{code_right, many_wrong, wrong_code};
use super::shared::frame;
use crate::app::App;
use crate::platform::clock::now;
use crate::web::account::attempts::{PER_ACCOUNT, WINDOW_MS, too_many};
use crate::web::account::devices::{greet, own_device};
use crate::web::account::own::Chosen;
use crate::web::account::security_log::note;
use crate::web::account::sign_in::keep;
use crate::web::guard::visitor;
use crate::web::local_path::LocalPath;
use crate::web::session::{self, Half};
use crate::web::{AppError, render};
use app::pages::factors;
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::net::SocketAddr;
use store::Deed;
use tower_sessions::Session;

/// Asks for the second factor of somebody whose password was right.
pub async fn second_form(State(app): State<App>, session: Session) -> Result<Response, AppError> {
    let Some(half) = session::half(&session).await? else { return Ok(Redirect::to("/sign-in").into_response()) };
    second(&app, &half, StatusCode::OK, None).await
}

async fn second(app: &App, half: &Half, status: StatusCode, error: Option<String>) -> Result<Response, AppError> {
    let have = app.store.factors(&half.account).await?;
    let (app_codes, keys) = (!have.totp.is_empty(), !have.passkeys.is_empty() && app.sign_in.passkeys.is_some());
    let next = half.next.clone();
    Ok(render::page(status, frame("The second step", None), || factors::second(app_codes, keys, next, error)))
}

/// Signs in with a code of the app, or with a recovery code.
pub async fn second_step(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Chosen>,
) -> Result<Response, AppError> {
    let Some(half) = session::half(&session).await? else { return Ok(Redirect::to("/sign-in").into_response()) };
    let Some(account) = app.store.account(&half.account).await?.filter(|a| a.disabled_at == 0) else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    // Counted by device, or by network where the device is not known: who has the password alone uses up
    // their own tries, not the owner's. Devices that it does not know have a bound together, so that many do not guess.
    let from = visitor(&app.settings, &headers, &connection);
    let known = own_device(&app, &account, &headers).await?;
    let unknown = known.is_none();
    let key = format!("second:{}:{}", account.id, known.unwrap_or_else(|| app.limiter.key(&from)));
    let mine = app.store.count_attempt(&key, now() - WINDOW_MS, now()).await?;
    if mine > PER_ACCOUNT || unknown && many_wrong(&app, &account).await? {
        return second(&app, &half, StatusCode::TOO_MANY_REQUESTS, Some(too_many())).await;
    }
    if !code_right(&app, &account, &typed.code).await? {
        note(&app, &account, Deed::WrongCode, &headers, &connection).await?;
        wrong_code(&app, &account, &session::device(&headers)).await?;
        let said = "This code is not right, or it was used already. A new one comes every half minute.".to_owned();
        return second(&app, &half, StatusCode::UNPROCESSABLE_ENTITY, Some(said)).await;
    }
    app.store.forget_attempts(&key).await?;
    keep(&app, &account).await?;
    session::begin(&session, &account.id, &headers).await?;
    session::factor_shown(&session).await?;
    note(&app, &account, Deed::SignIn, &headers, &connection).await?;
    greet(&app, &account, &headers, LocalPath::parse(&half.next).go()).await
}
