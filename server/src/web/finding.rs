//! One finding, and its re-check.

use super::guard::visitor;
use super::scan::is_newest;
use super::scan_access::{Ids, Place};
use super::session::Visitor;
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn;
use crate::platform::version::TOOL;
use crate::workers::assessment;
use app::pages::finding::{self, Around, Excusing, Talk};
use app::shell::Frame;
use axum::Json;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::check::Check;
use readiness::{Assessment, ExemptionKind, Finding, attestations, catalogue};
use scanner::Options;
use serde::Deserialize;
use std::net::SocketAddr;
use std::time::Duration;
use store::ScanStatus;

/// A re-check ends by then.
const RECHECK: Duration = Duration::from_secs(10);
/// Re-checks of one visitor in a minute.
const LIMIT: i64 = 30;

#[derive(Debug, Default, Deserialize)]
pub struct Flash {
    #[serde(default)]
    rechecked: String,
}

/// The finding's page.
pub async fn show(State(app): State<App>, who: Visitor, Path(ids): Path<Ids>, Query(flash): Query<Flash>) -> Result<Response, AppError> {
    let place = Place::find(&app.store, &who, &ids).await?;
    let entry = catalogue::entry(ids.check.as_deref().unwrap_or("")).ok_or(AppError::NotFound)?;
    let say = Say { rechecked: !flash.rechecked.is_empty(), ..Say::default() };
    page(&app, &who, &place, entry.id, StatusCode::OK, say).await
}

/// What the page says beside the finding: what was just done, what was typed and is wrong.
#[derive(Debug, Default)]
pub(super) struct Say {
    /// Whether it was just asked again.
    pub rechecked: bool,
    /// A comment as it was typed, and what is wrong with it.
    pub comment: (String, Option<String>),
    /// An excuse as it was typed.
    pub excuse: Option<Excusing>,
}

/// The page, with a comment as it was typed and what is wrong with it.
pub(super) async fn page(app: &App, who: &Visitor, place: &Place, check: &str, status: StatusCode, say: Say) -> Result<Response, AppError> {
    let entry = catalogue::entry(check).ok_or(AppError::NotFound)?;
    let (evidence, assessment) = app.store.result(&place.read, &place.scan.id).await?.ok_or(AppError::NotFound)?;
    let found = assessment.finding(entry.id).ok_or(AppError::NotFound)?;
    let said = say.rechecked.then(|| format!("Asked again just now: {}.", found.outcome.label().to_lowercase()));
    let talk = match (&place.project, place.shared) {
        (Some(project), false) => Some(Talk {
            comments: app.store.comments(&place.read, &project.id, entry.id).await?,
            assigned: app.store.assignments(&place.read, Some(&project.id), None).await?.into_iter().find(|a| a.check == entry.id),
            may_comment: place.comment().is_some(),
            people: if place.may_work() { Some(app.store.audience(&place.read, &project.id).await?) } else { None },
            text: say.comment.0,
            text_error: say.comment.1,
        }),
        _ => None,
    };
    let around = Around {
        base: place.base.clone(),
        domain: place.domain(),
        references: entry.check.map(|c| c.references.to_vec()).unwrap_or_default(),
        criterion: entry.criterion.to_owned(),
        recheck: place.may_scan() && is_newest(app, place).await?,
        lag: said.as_ref().and_then(|_| found.cache_lag(&evidence)),
        said,
        talk,
        excuse: match (place.may_work(), say.excuse) {
            (false, _) => None,
            (true, Some(typed)) => Some(typed),
            (true, None) => exemption_form(found, &who.email().unwrap_or_default()),
        },
        age: if found.source.is_some() { readiness::time::ago(found.seen_at, now()) } else { String::new() },
        evidence: place.project_href().map(|p| format!("{p}/evidence")),
        question: place
            .project_href()
            .filter(|_| attestations::question(entry.id).is_some())
            .map(|p| format!("{p}/questions#{}", entry.id)),
    };
    let frame = Frame {
        title: format!("{} · {} · Launch Ready", found.title, place.domain()),
        email: who.email(),
        admin: who.admin(),
        private: true,
        ..Frame::default()
    };
    Ok(render::page(status, frame, || finding::page(&evidence, &assessment, found, &around)))
}

/// The empty form that excuses a finding, if there is something to excuse.
pub(super) fn exemption_form(f: &Finding, email: &str) -> Option<Excusing> {
    if !f.outcome.is_open() && f.excuse.is_none() {
        return None;
    }
    let longest = |kind| attestations::longest(kind, &f.id, f.impact);
    let longest = (longest(ExemptionKind::Risk), longest(ExemptionKind::FalseAlarm));
    Some(Excusing { owner: email.to_owned(), days: "14".into(), longest, ..Excusing::default() })
}

/// Looks again at what one check needs, and judges the result anew.
pub(super) async fn again(app: &App, place: &Place, check: &'static Check, (by, from): (&str, &str)) -> Result<Assessment, AppError> {
    place.scan_proof()?;
    if place.scan.status != ScanStatus::Finished || !is_newest(app, place).await? {
        return Err(AppError::NotFound);
    }
    if app.limiter.too_many("recheck", from, LIMIT, 60_000).await? {
        return Err(AppError::TooMany(format!("{LIMIT} re-checks a minute are enough. Wait a moment.")));
    }
    let _turn = in_turn::turn(&app.turns.rechecks).await?;
    let options =
        Options { timeout: RECHECK.min(app.settings.scan_timeout), preview: place.project.is_none(), ..Options::clone(&app.options) };
    // A project's settings may have changed since the scan.
    let target = place.project.as_ref().map_or_else(|| place.scan.target.clone(), store::Project::target);
    let mut newer = scanner::collect(&target, &options, check.needs, &|_| {}).await;
    let _answering = in_turn::turn(&app.turns.answers).await?;
    let assessment = app
        .store
        .recheck(
            place.scan_proof()?,
            &place.scan.id,
            (TOOL, by),
            |old| {
                newer.target.clone_from(&target);
                let mut merged = old.replaced_by(newer, check.needs);
                merged.target = target;
                merged
            },
            |ledger, before| assessment::again(&app.site, ledger, before),
            now(),
        )
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(assessment)
}

/// Runs only the collectors that the check needs, and judges everything again with what they saw.
pub async fn recheck(
    State(app): State<App>,
    who: Visitor,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(ids): Path<Ids>,
) -> Result<Response, AppError> {
    let place = Place::find(&app.store, &who, &ids).await?;
    let check: &'static Check = catalogue::entry(ids.check.as_deref().unwrap_or("")).and_then(|e| e.check).ok_or(AppError::NotFound)?;
    let assessment = again(&app, &place, check, (&who.email().unwrap_or_default(), &visitor(&app.settings, &headers, &connection))).await?;
    let url = format!("{}/findings/{}?rechecked=yes", place.base, check.id);
    if headers.get(header::ACCEPT).is_some_and(|a| a.to_str().is_ok_and(|a| a.contains("application/json"))) {
        let found = assessment.finding(check.id).ok_or(AppError::NotFound)?;
        return Ok(Json(serde_json::json!({"said": format!("{}: {}", found.outcome.label(), found.summary), "url": url, "outcome": found.outcome, "score": assessment.score.score})).into_response());
    }
    Ok(Redirect::to(&url).into_response())
}
