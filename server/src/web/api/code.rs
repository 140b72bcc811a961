//! The workspace as one document: written out, compared, and carried out. Nothing is deleted unless that is
//! asked for, and carrying the same document out twice changes nothing.

mod apply;
mod current;
pub mod document;

use self::apply::{Work, answer, excuse, past, typed};
use self::current::{channels, known};
use self::document::{Code, Plan, VERSION, same};
use super::caller::{ApiCaller, Json};
use super::problem::{FieldError, Problem, Result};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn::turn;
use crate::platform::recurrence::Rhythm;
use crate::web::AppError;
use crate::web::portfolio::CLIENT;
use crate::workers::channel_kind;
use axum::extract::{Query, State};
use readiness::Domain;
use serde::Deserialize;
use store::EventKind;
use utoipa::IntoParams;

/// How to carry it out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// `yes` to see the plan alone.
    #[serde(default)]
    pub dry_run: String,
    /// `yes` to archive projects, and to remove channels, schedules, excuses and answers that the document does not name.
    #[serde(default)]
    pub prune: String,
}

/// The workspace as one document. Addresses of channels are left out: they are secrets.
#[utoipa::path(get, path = "/api/v1/export", tag = "Code", responses((status = 200, body = Code), (status = "4XX", body = Problem)))]
pub async fn export(State(app): State<App>, caller: ApiCaller) -> Result<axum::Json<Code>> {
    let _turn = turn(&app.turns.long_work).await?;
    let projects = known(&app, &caller.0.member).await?;
    let channels = channels(&app, &caller.0.member, &projects).await?.into_iter().map(|(_, c)| c).collect();
    Ok(axum::Json(Code { version: VERSION, projects: projects.into_iter().map(|k| k.code).collect(), channels }))
}

/// Compares a document with the workspace, and carries out what differs.
#[utoipa::path(post, path = "/api/v1/apply", tag = "Code", request_body = Code, params(How), responses((status = 200, body = Plan), (status = "4XX", body = Problem)))]
pub async fn apply(
    State(app): State<App>,
    caller: ApiCaller,
    Query(how): Query<How>,
    Json(wanted): Json<Code>,
) -> Result<axum::Json<Plan>> {
    let _turn = turn(&app.turns.long_work).await?;
    let member = &caller.0.member;
    member.create().ok_or(AppError::Role)?;
    check(&wanted, &caller)?;
    let run = |dry| Work { app: &app, caller: &caller, dry, prune: how.prune == "yes", wanted: &wanted, steps: vec![] };
    // Told first even where it is to be carried out: what cannot be done stops it before anything is.
    let mut steps = run(true).all().await?;
    let done = how.dry_run != "yes";
    if done {
        steps = run(false).all().await?;
    }
    Ok(axum::Json(Plan { done, steps }))
}

/// Everything that can be wrong is said before anything is done.
fn check(c: &Code, caller: &ApiCaller) -> Result<()> {
    let mut errors = vec![];
    let mut wrong = |pointer: String, detail: String| errors.push(FieldError { pointer, detail });
    if c.version != VERSION {
        wrong("/version".into(), format!("This server reads version {VERSION}."));
    }
    for (i, p) in c.projects.iter().enumerate() {
        let at = |rest: &str| format!("/projects/{i}/{rest}");
        if let Err(list) = typed(p).parse(&caller.0.account, &caller.0.by.from, None) {
            list.into_iter().for_each(|(field, detail)| wrong(at(field), detail));
        }
        if c.projects.iter().take(i).any(|o| Domain::parse(&p.domain).is_ok_and(|d| same(d.as_str(), &o.domain))) {
            wrong(at("domain"), "The domain stands in the document twice.".into());
        }
        if p.client.chars().count() > CLIENT {
            wrong(at("client"), format!("{CLIENT} characters at most."));
        }
        if let Some(s) = &p.schedule {
            let rhythm = Rhythm::parse(&s.rhythm);
            if let Err(e) = &rhythm {
                wrong(at("schedule/rhythm"), e.clone());
            }
            if rhythm.is_ok_and(|r| r.next(now(), &s.zone, "x").is_none()) {
                wrong(at("schedule/zone"), format!("“{}” is no time zone. They look like Europe/Berlin.", s.zone));
            }
        }
        for (n, e) in p.excuses.iter().enumerate().filter(|(_, e)| !past(&e.until)) {
            if let Err(detail) = excuse(e, &caller.0.account.email) {
                wrong(at(&format!("excuses/{n}")), detail);
            }
        }
        for (n, a) in p.answers.iter().enumerate() {
            if let Err(detail) = answer(a, &caller.0.account.email) {
                wrong(at(&format!("answers/{n}")), detail);
            }
        }
    }
    for (i, ch) in c.channels.iter().enumerate() {
        let at = |rest: &str| format!("/channels/{i}/{rest}");
        if ch.name.trim().is_empty() || ch.name.chars().count() > 60 {
            wrong(at("name"), "A name has 1 to 60 characters.".into());
        }
        if channel_kind(&ch.kind).is_none() {
            wrong(at("kind"), format!("“{}” is no kind of channel.", ch.kind));
        }
        if ch.rules.is_empty() || ch.rules.iter().any(|r| EventKind::from_word(r).is_none()) {
            wrong(at("rules"), format!("Rules are {}.", EventKind::ALL.map(EventKind::word).join(", ")));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}
