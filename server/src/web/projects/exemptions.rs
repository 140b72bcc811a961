//! Excusing an open finding: a risk taken knowingly for a time, or a false alarm.

use crate::app::App;
use crate::platform::clock::now;
use crate::web::scan_access::{Ids, Place};
use crate::web::session::{Caller, Visitor};
use crate::web::{AppError, finding};
use crate::workers::assessment;
use app::pages::finding::Excusing;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::attestations::longest;
use readiness::time::DAY_MS;
use readiness::{Exemption, ExemptionKind, Finding, catalogue};
use serde::Deserialize;

/// Characters of each field.
const TEXT: usize = 500;

/// As it is typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    kind: String,
    reason: String,
    owner: String,
    days: String,
    disproof: String,
}

impl Typed {
    fn parse(&self, f: &Finding, by: &str) -> Result<Exemption, (&'static str, String)> {
        let kind = ExemptionKind::from_word(&self.kind).ok_or(("kind", "Choose one of them.".to_owned()))?;
        let most = longest(kind, &f.id, f.impact);
        let most = most.ok_or(("kind", "Data or a key that anybody can read is no risk to take. Fix it first.".to_owned()))?;
        let text = |field: &'static str, value: &str, needed: bool| match value.trim() {
            "" if needed => Err((field, "Fill this in: whoever reads the report will ask.".to_owned())),
            v if v.chars().count() > TEXT => Err((field, format!("{TEXT} characters at most."))),
            v => Ok(v.to_owned()),
        };
        let days: i64 = self
            .days
            .trim()
            .parse()
            .ok()
            .filter(|d| (1..=most).contains(d))
            .ok_or(("days", format!("A number of days, from 1 to {most}.")))?;
        Ok(Exemption {
            check: f.id.clone(),
            kind,
            reason: text("reason", &self.reason, true)?,
            owner: text("owner", &self.owner, true)?,
            disproof: text("disproof", &self.disproof, kind == ExemptionKind::FalseAlarm)?,
            by: by.to_owned(),
            at: now(),
            expires: now() + days * DAY_MS,
        })
    }
}

/// The form as it was typed, with what is wrong in it.
fn form(f: &Finding, t: &Typed, error: (&'static str, String)) -> Option<Excusing> {
    Some(Excusing {
        kind: t.kind.clone(),
        reason: t.reason.clone(),
        owner: t.owner.clone(),
        days: t.days.clone(),
        disproof: t.disproof.clone(),
        error: Some(error),
        ..finding::exemption_form(f, "")?
    })
}

/// Excuses it.
pub async fn give(
    State(app): State<App>,
    who: Visitor,
    caller: Caller,
    Path(ids): Path<Ids>,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let place = Place::find(&app.store, &who, &ids).await?;
    let work = place.work()?;
    let entry = catalogue::entry(ids.check.as_deref().unwrap_or("")).ok_or(AppError::NotFound)?;
    let assessment = app.store.judged(&place.read, &place.scan.id).await?.ok_or(AppError::NotFound)?;
    let found = assessment.finding(entry.id).filter(|f| f.outcome.is_open() || f.excuse.is_some()).ok_or(AppError::NotFound)?;
    match typed.parse(found, &caller.account.email) {
        Ok(excuse) => app.store.excuse(work, &excuse, |e, before| assessment::again(&app.site, e, before), &caller.by, now()).await?,
        Err(error) => {
            let excuse = form(found, &typed, error);
            return finding::page(
                &app,
                &who,
                &place,
                entry.id,
                StatusCode::UNPROCESSABLE_ENTITY,
                finding::Say { excuse, ..finding::Say::default() },
            )
            .await;
        }
    }
    Ok(Redirect::to(&format!("{}/findings/{}", place.base, entry.id)).into_response())
}

/// Ends an excuse before its time.
pub async fn end(State(app): State<App>, who: Visitor, caller: Caller, Path(ids): Path<Ids>) -> Result<Redirect, AppError> {
    let place = Place::find(&app.store, &who, &ids).await?;
    let entry = catalogue::entry(ids.check.as_deref().unwrap_or("")).ok_or(AppError::NotFound)?;
    app.store.withdraw(place.work()?, entry.id, |e, before| assessment::again(&app.site, e, before), &caller.by, now()).await?;
    Ok(Redirect::to(&format!("{}/findings/{}", place.base, entry.id)))
}
