//! Sharing a project by links and a badge, and the badge itself.

use crate::app::App;
use crate::platform::clock::now;
use crate::platform::password::Who;
use crate::platform::secret::{self, Secret};
use crate::web::error::{AppError, locked};
use crate::web::projects::{find, find_work, frame};
use crate::web::render;
use crate::web::session::{self, Caller};
use app::pages::share::{self, Shown};
use axum::Form;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::Verdict;
use readiness::time::DAY_MS;
use serde::Deserialize;
use std::net::SocketAddr;
use store::{Member, Project, Share};
use tower_sessions::Session;

/// Links of one project.
const MAX: usize = 50;
/// Passwords tried on one link by one address in a quarter of an hour.
const TRIES: i64 = 10;

pub(super) async fn page(
    app: &App,
    caller: &Caller,
    session: &Session,
    member: &Member,
    project: &Project,
    status: StatusCode,
    mut shown: Shown,
) -> Result<Response, AppError> {
    let work = member.work(&project.id).ok_or(AppError::Role)?;
    shown.domain = project.draft.domain.unicode();
    shown.project = format!("/projects/{}", project.id);
    shown.site.clone_from(&app.settings.public_url);
    shown.shares = app.store.shares(&work).await?;
    shown.badge = app.store.badge_id(&work).await?;
    if let Some(manage) = member.manage() {
        shown.owner = true;
        shown.second = session::asks_second(&app.store, session, &caller.account).await?;
        shown.offer = app.store.offer_of(&manage, &project.id, now()).await?;
    }
    Ok(render::page(status, frame(format!("Share {}", project.draft.domain), "Projects", &caller.account), || share::page(shown)))
}

/// The page.
pub async fn show(State(app): State<App>, caller: Caller, session: Session, Path(id): Path<String>) -> Result<Response, AppError> {
    let (member, _, project) = find(&app.store, &caller, &id).await?;
    page(&app, &caller, &session, &member, &project, StatusCode::OK, Shown::default()).await
}

#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    label: String,
    #[serde(default)]
    shows: String,
    #[serde(default)]
    days: i64,
    #[serde(default)]
    share_password: String,
    #[serde(default)]
    share: String,
    #[serde(default)]
    badge: String,
    #[serde(default)]
    password: String,
}

/// Makes a link.
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, &caller, &id).await?;
    let work = member.work(&project.id).ok_or(AppError::Role)?;
    caller.confirmed()?;
    let label = typed.label.trim();
    let wrong = match label.chars().count() {
        0 => Some("Say in a word what it is for, so that you know later which one to end.".to_owned()),
        1..=80 => None,
        _ => Some("80 characters are enough.".to_owned()),
    };
    let full = (app.store.shares(&work).await?.len() >= MAX).then(|| format!("{MAX} links are enough for one project. End one first."));
    let newest = app.store.newest(&read, &project.id).await?;
    let unscanned = newest.is_none().then(|| "There is no result to show yet. Scan the project first.".to_owned());
    if let Some(error) = wrong.or(full).or(unscanned) {
        let shown = Shown { label_error: Some(error), ..Shown::default() };
        return page(&app, &caller, &session, &member, &project, StatusCode::UNPROCESSABLE_ENTITY, shown).await;
    }
    let password_hash =
        if typed.share_password.is_empty() { String::new() } else { app.sign_in.passwords.hash(Who::Known, typed.share_password).await? };
    let secret = Secret::new();
    let new = Share {
        id: uuid::Uuid::now_v7().to_string(),
        project: project.id.clone(),
        scan: newest.filter(|_| typed.shows == "frozen").map(|s| s.id),
        label: label.to_owned(),
        password_hash,
        created_at: now(),
        expires_at: if typed.days > 0 { now() + typed.days.min(3650) * DAY_MS } else { 0 },
        views: 0,
    };
    app.store.create_share(&work, &new, &secret.hash, &caller.by, now()).await?;
    let shown = Shown { fresh: Some(format!("{}/shared/{}", app.settings.public_url, secret.text)), ..Shown::default() };
    page(&app, &caller, &session, &member, &project, StatusCode::OK, shown).await
}

/// Ends a link.
pub async fn end(State(app): State<App>, caller: Caller, Path(id): Path<String>, Form(typed): Form<Typed>) -> Result<Redirect, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    if !app.store.revoke_share(&work, &typed.share, &caller.by, now()).await? {
        return Err(AppError::NotFound);
    }
    Ok(Redirect::to(&format!("/projects/{}/share", project.id)))
}

/// Gives the project a badge or takes it away.
pub async fn badge_switch(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Redirect, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    if typed.badge == "on" {
        caller.confirmed()?;
    }
    let badge = if typed.badge == "on" { uuid::Uuid::new_v4().simple().to_string() } else { String::new() };
    app.store.set_badge(&work, &badge, &caller.by, now()).await?;
    Ok(Redirect::to(&format!("/projects/{}/share", project.id)))
}

/// Opens a link with its password.
pub async fn unlock(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let (found, _) = app.store.share(&secret::hash(&secret), now()).await?.ok_or(AppError::NotFound)?;
    let from = crate::web::guard::visitor(&app.settings, &headers, &connection);
    let many = app.limiter.too_many(&format!("share:{}", found.id), &from, TRIES, 15 * 60_000).await?;
    if many || !app.sign_in.passwords.verify(Who::Stranger, typed.password, Some(found.password_hash)).await? {
        let said = if many { "Too many attempts. Wait a quarter of an hour." } else { "This is not its password." };
        let status = if many { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok(locked(status, secret, Some(said.into())));
    }
    session::open_share(&session, &found.id).await?;
    Ok(Redirect::to(&format!("/shared/{secret}")).into_response())
}

/// Words and colour of a badge.
fn words(newest: Option<(Verdict, f64)>) -> (String, &'static str) {
    match newest {
        None => ("not scanned".to_owned(), "#6b7280"),
        Some((v, score)) => {
            let colour = match v {
                Verdict::Ready | Verdict::Steady => "#1a7f4b",
                Verdict::Unproven => "#8a6100",
                _ => "#b3261e",
            };
            (format!("{} {score:.0}", v.label().to_lowercase()), colour)
        }
    }
}

/// The badge as a picture or, for shields.io, as JSON.
pub async fn badge(State(app): State<App>, Path(file): Path<String>) -> Result<Response, AppError> {
    let (id, kind) = file.rsplit_once('.').ok_or(AppError::NotFound)?;
    let (text, colour) = words(app.store.badge(id).await?.ok_or(AppError::NotFound)?);
    let (kind, body) = match kind {
        "svg" => ("image/svg+xml", svg(&text, colour)),
        "json" => (
            "application/json",
            serde_json::json!({"schemaVersion": 1, "label": "launch ready", "message": text, "color": colour}).to_string(),
        ),
        _ => return Err(AppError::NotFound),
    };
    // Other sites show it; that is what it is for.
    let head = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Ok((head, body).into_response())
}

/// Drawn without styles, so that the strictest policy shows it.
fn svg(text: &str, colour: &str) -> String {
    // Verdana at 11 pixels is some 6.6 wide a letter; textLength makes it fit whatever the font.
    let width = |t: &str| u32::try_from(t.chars().count()).unwrap_or(0) * 66 / 10;
    let (left, right) = (width("launch ready") + 12, width(text) + 12);
    let all = left + right;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{all}" height="20" role="img" aria-label="launch ready: {text}"><title>launch ready: {text}</title><rect width="{left}" height="20" fill="#2b303b"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="6" y="14" textLength="{}">launch ready</text><text x="{}" y="14" textLength="{}">{text}</text></g></svg>"##,
        left - 12,
        left + 6,
        right - 12
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_says_verdict_and_score() {
        assert_eq!(words(None).0, "not scanned");
        assert_eq!(words(Some((Verdict::Unproven, 88.6))).0, "unproven 89");
        assert!(svg("unproven 89", "#000").contains("launch ready: unproven 89"));
    }
}
