//! What a result leads to: the fix plan, the risk list, the DNS map.

use super::guard::visitor;
use super::scan::is_newest;
use super::scan_access::{Ids, Place};
use super::session::Visitor;
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::version::TOOL;
use crate::workers::assessment;
use app::pages::{dns_map as dns_map_page, plan, risks};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::dns_map;
use readiness::evidence::ApprovedMap;
use readiness::{Assessment, Outside, report};
use std::collections::HashMap;
use std::net::SocketAddr;
use store::By;

async fn result(app: &App, who: &Visitor, ids: &Ids) -> Result<(Place, Outside, Assessment), AppError> {
    let place = Place::find(&app.store, who, ids).await?;
    let (evidence, assessment) = app.store.result(&place.read, &place.scan.id).await?.ok_or(AppError::NotFound)?;
    Ok((place, evidence, assessment))
}

fn frame(what: &str, who: &Visitor, place: &Place) -> Frame {
    Frame {
        title: format!("{what} · {} · Launch Ready", place.domain()),
        email: who.email(),
        admin: who.admin(),
        current: if place.project.is_some() { "Projects" } else { "" },
        private: true,
        ..Frame::default()
    }
}

/// A file to keep.
fn file(place: &Place, kind: &'static str, ending: &str, text: String) -> Response {
    let name = format!("attachment; filename=\"{}-{ending}\"", place.scan.target.domain);
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name), (header::CACHE_CONTROL, "no-store".to_owned())], text)
        .into_response()
}

/// The fix plan.
pub async fn show(State(app): State<App>, who: Visitor, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let (place, _, assessment) = result(&app, &who, &ids).await?;
    let newest = place.may_scan() && is_newest(&app, &place).await?;
    Ok(render::page(StatusCode::OK, frame("Fix plan", &who, &place), || plan::page(place.domain(), &assessment, &place.base, newest)))
}

/// The fix plan as issues for a developer.
pub async fn issues(State(app): State<App>, who: Visitor, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let (place, evidence, assessment) = result(&app, &who, &ids).await?;
    Ok(file(&place, "text/markdown; charset=utf-8", "plan.md", report::plan_markdown(&evidence, &assessment)))
}

/// The risk list.
pub async fn risk_list(State(app): State<App>, who: Visitor, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let (place, evidence, assessment) = result(&app, &who, &ids).await?;
    Ok(render::page(StatusCode::OK, frame("Risk list", &who, &place), || risks::page(&evidence, &assessment, &place.base)))
}

/// The DNS map.
pub async fn dns(State(app): State<App>, who: Visitor, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let (place, evidence, _) = result(&app, &who, &ids).await?;
    let around = dns_map_page::Around {
        base: place.base.clone(),
        may_approve: place.project.is_some() && place.may_work() && is_newest(&app, &place).await?,
        settings: place.project_href().map(|p| format!("{p}/edit")),
    };
    Ok(render::page(StatusCode::OK, frame("DNS map", &who, &place), || dns_map_page::page(&evidence, &around)))
}

/// The DNS map as a zone file, a table or a picture.
pub async fn dns_file(State(app): State<App>, who: Visitor, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let (place, evidence, _) = result(&app, &who, &ids).await?;
    let records = dns_map_page::records(&evidence);
    let zone = evidence.target.domain.registrable();
    match ids.format.as_deref() {
        Some("zone") => Ok(file(&place, "text/plain; charset=utf-8", "dns.zone", dns_map::zone_file(zone, &records))),
        Some("csv") => Ok(file(&place, "text/csv; charset=utf-8", "dns.csv", dns_map::csv(&records))),
        Some("svg") => Ok(file(&place, "image/svg+xml", "dns.svg", dns_map_page::picture(&evidence))),
        _ => Err(AppError::NotFound),
    }
}

/// A purpose or owner as somebody typed it, in one line.
fn word(form: &HashMap<String, String>, key: &str, most: usize) -> Option<String> {
    form.get(key).map(|t| t.chars().filter(|c| !c.is_control()).take(most).collect::<String>().trim().to_owned())
}

/// Approves the map as it stands in this result, with the purposes as typed, and judges the result anew.
pub async fn approve(
    State(app): State<App>,
    who: Visitor,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(ids): Path<Ids>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Redirect, AppError> {
    let (place, evidence, _) = result(&app, &who, &ids).await?;
    let (Some(_), Some(email)) = (&place.project, who.email()) else { return Err(AppError::NotFound) };
    place.work()?;
    if !is_newest(&app, &place).await? {
        return Err(AppError::NotFound);
    }
    let mut records = dns_map_page::records(&evidence);
    for (i, r) in records.iter_mut().enumerate() {
        r.purpose = word(&form, &format!("purpose{i}"), 120).unwrap_or_else(|| r.purpose.clone());
        r.owner = word(&form, &format!("owner{i}"), 60).unwrap_or_else(|| r.owner.clone());
    }
    let approved = ApprovedMap { by: email, at: now(), records };
    let by = By { actor: approved.by.clone(), from: visitor(&app.settings, &headers, &connection) };
    app.store.approve_map(place.work()?, Some(&approved), &by, now()).await?;
    app.store
        .recheck(
            place.scan_proof()?,
            &place.scan.id,
            (TOOL, &by.actor),
            |mut old| {
                old.target.map = Some(approved);
                old
            },
            |ledger, before| assessment::again(&app.site, ledger, before),
            now(),
        )
        .await?;
    Ok(Redirect::to(&format!("{}/map", place.base)))
}
