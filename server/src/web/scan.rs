//! A scan: while it runs, its result, its report, its stream.

use super::front::REUSE_MS;
use super::guard::visitor;
use super::scan_access::{Ids, Place};
use super::session::{self, Visitor};
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn;
use crate::platform::secret;
use crate::platform::turns::{Seat, Turns};
use crate::platform::version::TOOL;
use app::islands::{Known, LiveState};
use app::pages::result::Around;
use app::pages::{result, running};
use app::shell::Frame;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures::stream::{self, Stream};
use readiness::evidence::Collector;
use readiness::report::{self, Report};
use readiness::{Difference, difference};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Scan, ScanStatus};
use tower_sessions::Session;

/// How often the stream looks.
const LOOK: Duration = Duration::from_millis(250);

fn state(scan: &Scan) -> LiveState {
    let wanted = Collector::ALL.iter().filter(|c| **c != Collector::Files || scan.target.entitled);
    LiveState {
        status: scan.status.word().to_owned(),
        collectors: wanted.map(|c| (c.label().to_owned(), scan.progress.done.contains(c))).collect(),
        findings: scan
            .progress
            .findings
            .iter()
            .map(|(id, title, o, summary)| Known {
                id: id.clone(),
                title: title.clone(),
                outcome: o.word().to_owned(),
                label: o.label().to_owned(),
                summary: summary.clone(),
            })
            .collect(),
    }
}

/// The scan's page, whatever state it is in.
pub async fn show(
    State(app): State<App>,
    who: Visitor,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(ids): Path<Ids>,
) -> Result<Response, AppError> {
    let place = Place::find(&app.store, &who, &ids).await?;
    let frame = |title: String, refresh| Frame {
        title,
        email: who.email(),
        current: if place.project.is_some() && !place.shared { "Projects" } else { "" },
        refresh,
        private: true,
        confirm: false,
        admin: who.account.as_ref().is_some_and(|a| a.admin),
    };
    let again = place.project_href().filter(|_| place.may_scan()).map(|p| format!("{p}/scan"));
    match place.scan.status {
        ScanStatus::Queued | ScanStatus::Running => {
            Ok(render::page(StatusCode::OK, frame(format!("Scanning {} · Launch Ready", place.domain()), true), || {
                running::page(place.domain(), place.base.clone(), state(&place.scan), may_cancel(&app, &place, &headers, &connection))
            }))
        }
        ScanStatus::Cancelled => Ok(render::page(StatusCode::OK, frame(format!("{} · Launch Ready", place.domain()), false), || {
            running::ended(place.domain(), "Called off", "This scan was cancelled before its end.".into(), again)
        })),
        ScanStatus::Failed => Ok(render::page(StatusCode::OK, frame(format!("{} · Launch Ready", place.domain()), false), || {
            running::ended(place.domain(), "No result", place.scan.error.clone(), again)
        })),
        ScanStatus::Finished => {
            let (evidence, assessment) = app.store.result(&place.read, &place.scan.id).await?.ok_or(AppError::NotFound)?;
            let (previous, newest) = neighbours(&app, &place, &assessment).await?;
            if let Some(secret) = &ids.secret {
                app.store.count_view(&secret::hash(secret)).await?;
            }
            let letterhead = match &place.project {
                Some(_) => {
                    let l = app.store.letterhead(&place.read).await?;
                    Some((l.name, l.words, !l.logo.1.is_empty()))
                }
                None => None,
            };
            let around = Around {
                letterhead,
                base: place.base.clone(),
                project: place.project_href(),
                previous,
                newest: newest && place.may_scan(),
                may_work: place.may_work(),
                signed_in: who.account.is_some(),
                again_in: ((REUSE_MS - (now() - place.scan.queued_at)).max(0) + 59_999) / 60_000,
                shared: place.shared,
                keep: place.project.is_none().then(|| place.scan.id.to_string()),
            };
            let title = format!("{}: {} · Launch Ready", place.domain(), assessment.verdict.label());
            Ok(render::page(StatusCode::OK, frame(title, false), || result::page(&evidence, &assessment, &around)))
        }
    }
}

/// The result before this one with what moved since, and whether this is the newest.
async fn neighbours(
    app: &App,
    place: &Place,
    assessment: &readiness::Assessment,
) -> Result<(Option<(String, i64, Difference)>, bool), AppError> {
    // Whoever has a shared link is shown this one result.
    let Some(project) = place.project.as_ref().filter(|_| !place.shared) else { return Ok((None, true)) };
    let finished: Vec<_> =
        app.store.history(&place.read, &project.id, 100).await?.into_iter().filter(|s| s.status == ScanStatus::Finished).collect();
    let at = finished.iter().position(|s| s.id == place.scan.id);
    let newest = at == Some(0);
    let Some(before) = at.and_then(|i| finished.get(i + 1)) else { return Ok((None, newest)) };
    let Some(old) = app.store.judged(&place.read, &before.id).await? else { return Ok((None, newest)) };
    let href = format!("/projects/{}/difference?from={}&to={}", project.id, before.id, place.scan.id);
    Ok((Some((href, before.finished_at, difference(&old, assessment))), newest))
}

/// Whether a scan may be re-checked: a preview, or the newest result of a project.
pub async fn is_newest(app: &App, place: &Place) -> Result<bool, AppError> {
    let Some(project) = &place.project else { return Ok(true) };
    Ok(app.store.newest(&place.read, &project.id).await?.is_some_and(|s| s.id == place.scan.id))
}

/// The scan's stream: its state whenever that has changed, until it is over.
pub async fn events(
    State(app): State<App>,
    who: Visitor,
    session: Session,
    Path(ids): Path<Ids>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, AppError> {
    Place::find(&app.store, &who, &ids).await?;
    let (seat, key) = (in_turn::seat(&app.turns.streams)?, session::key(&session));
    // Found anew each time: who loses their role, or is signed out, loses the stream.
    Ok(follow(app.turns.answers.clone(), seat, move || {
        let (app, who, ids, key) = (app.clone(), who.clone(), ids.clone(), key.clone());
        async move {
            let signed_in = match &who.account {
                Some(a) => {
                    app.store.load_session(&key, now()).await.ok().flatten().is_some()
                        && app.store.account(&a.id).await.ok().flatten().is_some_and(|a| a.disabled_at == 0)
                }
                None => true,
            };
            let place = Place::find(&app.store, &who, &ids).await.ok()?;
            signed_in.then_some(place.scan)
        }
    }))
}

/// Sends a scan's state whenever it has changed, until it is over or cannot be seen any more.
pub(super) fn follow<F: Future<Output = Option<Scan>> + Send>(
    answers: Arc<Turns>,
    seat: Seat,
    look: impl Fn() -> F + Send + 'static,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = stream::unfold((look, None::<LiveState>, false, (answers, seat)), |(look, last, over, held)| async move {
        if over {
            return None;
        }
        loop {
            // Where too many wait, it looks the next time.
            let Ok(turn) = held.0.wait(held.1.network(), Instant::now()).await else {
                tokio::time::sleep(LOOK).await;
                continue;
            };
            let scan = look().await?;
            drop(turn);
            let now = state(&scan);
            if last.as_ref() != Some(&now) {
                let over = scan.status.is_over();
                let event = Event::default().json_data(&now).unwrap_or_default();
                return Some((Ok(event), (look, Some(now), over, held)));
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// A preview is shared by all who ask for the same domain; only who asked first may call it off.
fn may_cancel(app: &App, place: &Place, headers: &HeaderMap, connection: &ConnectInfo<SocketAddr>) -> bool {
    place.project.is_some() && place.may_work()
        || place.project.is_none() && place.scan.asked_from == app.limiter.key(&visitor(&app.settings, headers, connection))
}

/// Calls the scan off.
pub async fn cancel(
    State(app): State<App>,
    who: Visitor,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(ids): Path<Ids>,
) -> Result<Redirect, AppError> {
    let place = Place::find(&app.store, &who, &ids).await?;
    place.scan_proof()?;
    if !may_cancel(&app, &place, &headers, &connection) {
        return Err(AppError::NotFound);
    }
    app.store.cancel_scan(place.scan_proof()?, &place.scan.id, now()).await?;
    Ok(Redirect::to(&place.base))
}

/// The result as JSON, Markdown or SARIF.
pub async fn report(State(app): State<App>, who: Visitor, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let place = Place::find(&app.store, &who, &ids).await?;
    report_of(&app, &place, ids.format.as_deref().unwrap_or("")).await
}

/// The report of a scan in one of its forms.
pub(super) async fn report_of(app: &App, place: &Place, format: &str) -> Result<Response, AppError> {
    let (evidence, assessment) = app.store.result(&place.read, &place.scan.id).await?.ok_or(AppError::NotFound)?;
    let help = format!("{}/checks/", app.settings.public_url);
    let report = Report { evidence: &evidence, assessment: &assessment, tool: TOOL, help: &help };
    let (kind, text) = match format {
        "json" => ("application/json", report::json(&report).to_string()),
        "sarif" => ("application/sarif+json", report::sarif(&report).to_string()),
        "md" => ("text/markdown; charset=utf-8", report::markdown(&report)),
        _ => return Err(AppError::NotFound),
    };
    let name = format!("attachment; filename=\"{}-{}.{}\"", place.scan.target.domain, readiness::time::date(evidence.started_at), format);
    Ok((
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name), (header::CACHE_CONTROL, "no-store".to_owned())],
        text,
    )
        .into_response())
}
