//! The front page, starting a preview, and pages that explain.

use super::guard::visitor;
use super::session::Visitor;
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use app::pages::front::FrontForm;
use app::pages::{catalogue, check, front, how};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::{Assessment, Domain, Ledger, Target, assess};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::LazyLock;
use store::Started;

/// A preview of the same domain is used again for this long.
pub const REUSE_MS: i64 = 600_000;

/// The roadmap of nothing yet, which the page shows.
static EMPTY: LazyLock<Result<Assessment, String>> = LazyLock::new(|| {
    let domain = Domain::parse("acme.com").map_err(|e| e.to_string())?;
    Ok(assess(&Ledger::empty(Target::preview(domain)), 0))
});

fn page(who: &Visitor, status: StatusCode, form: FrontForm) -> Result<Response, AppError> {
    let empty = EMPTY.as_ref().map_err(|why| AppError::Internal(why.clone()))?;
    let frame = Frame {
        title: "Launch Ready: is your product ready for its first customers?".into(),
        email: who.email(),
        admin: who.admin(),
        ..Frame::default()
    };
    Ok(render::page(status, frame, || front::page(form, empty)))
}

/// `/`.
pub async fn show(who: Visitor) -> Result<Response, AppError> {
    page(&who, StatusCode::OK, FrontForm::default())
}

/// Previews of one registrable domain in ten minutes, over all callers; asking for one that is
/// still fresh counts too.
const PER_TARGET: i64 = 60;

#[derive(Debug, Deserialize)]
pub struct PreviewForm {
    #[serde(default)]
    domain: String,
}

/// Starts a preview, or uses a recent one again.
pub async fn preview(
    State(app): State<App>,
    who: Visitor,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<PreviewForm>,
) -> Result<Response, AppError> {
    let again = |status, error: String| page(&who, status, FrontForm { domain: form.domain.clone(), error: Some(error) });
    let domain = match Domain::parse(&form.domain) {
        Ok(d) => d,
        Err(e) => return again(StatusCode::UNPROCESSABLE_ENTITY, e.to_string()),
    };
    let key = app.limiter.key(&visitor(&app.settings, &headers, &connection));
    let limit = i64::try_from(app.settings.preview_limit).unwrap_or(i64::MAX);
    // Askings that find a recent scan cost less, and are bounded too.
    if app.limiter.too_many("preview", &visitor(&app.settings, &headers, &connection), limit.saturating_mul(10), REUSE_MS).await? {
        return again(StatusCode::TOO_MANY_REQUESTS, "That were many domains in ten minutes. Come back in a while.".to_owned());
    }
    // Somebody's site is not flooded by many callers either, nor by its many names.
    let target = format!("preview-of:{}", domain.registrable());
    if app.store.count_attempt(&target, now() - REUSE_MS, now()).await? > PER_TARGET {
        return again(
            StatusCode::TOO_MANY_REQUESTS,
            format!("{} was looked at often in the last ten minutes. Come back in a while.", domain.registrable()),
        );
    }
    let Some(started) = app.store.start_preview(&Target::preview(domain), &key, limit, REUSE_MS, now()).await? else {
        return again(
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "{limit} previews in ten minutes are enough for one visitor. Sign up to scan your own projects, or come back in a while."
            ),
        );
    };
    if matches!(started, Started::New(_)) {
        app.wake_up.ring().await;
    }
    Ok(Redirect::to(&format!("/scans/{}", started.id())).into_response())
}

#[derive(Debug, Default, Deserialize)]
pub struct Words {
    #[serde(default)]
    q: String,
}

/// `/checks`, all or those that hold some words.
pub async fn checks(who: Visitor, Query(words): Query<Words>) -> Response {
    let q: String = words.q.chars().filter(|c| !c.is_control()).take(80).collect();
    render::page(
        StatusCode::OK,
        Frame { title: "All checks · Launch Ready".into(), email: who.email(), admin: who.admin(), current: "Checks", ..Frame::default() },
        || catalogue::page(&q),
    )
}

/// One check, by its id or its name.
pub async fn check(who: Visitor, Path(word): Path<String>) -> Result<Response, AppError> {
    let entry = readiness::catalogue::find(&word).ok_or(AppError::NotFound)?;
    if word != entry.id {
        return Ok(Redirect::permanent(&format!("/checks/{}", entry.id)).into_response());
    }
    let frame = Frame {
        title: format!("{} · {} · Launch Ready", entry.id, entry.title),
        email: who.email(),
        admin: who.admin(),
        current: "Checks",
        ..Frame::default()
    };
    Ok(render::page(StatusCode::OK, frame, || check::page(entry)))
}

/// `/how`.
pub async fn how(who: Visitor) -> Response {
    render::page(
        StatusCode::OK,
        Frame {
            title: "How it works · Launch Ready".into(),
            email: who.email(),
            admin: who.admin(),
            current: "How it works",
            ..Frame::default()
        },
        how::page,
    )
}

/// Any other address.
pub async fn not_found() -> AppError {
    AppError::NotFound
}
