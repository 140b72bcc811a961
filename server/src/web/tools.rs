//! Free tools, without an account. What is answered stands in the address; nothing is kept.

use super::guard::visitor;
use super::session::Visitor;
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn;
use app::pages::tools::{self, INSPECTORS, Inspector};
use app::shell::Frame;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use readiness::evidence::Collector;
use readiness::tools::{cost, risk, sprint};
use readiness::{Area, Assessment, Domain, Outside, Target, assess};
use scanner::Options;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;
use store::{CanRead, ScanId};

/// Looks of one visitor in ten minutes.
const LOOKS: i64 = 20;
/// A look ends by then.
const TIME: Duration = Duration::from_secs(10);
const TEN_MINUTES: i64 = 600_000;

type Answers = HashMap<String, String>;

fn frame(title: &str, who: &Visitor) -> Frame {
    Frame { title: format!("{title} · Launch Ready"), email: who.email(), admin: who.admin(), current: "Tools", ..Frame::default() }
}

/// The list.
pub async fn index(who: Visitor) -> Response {
    render::page(StatusCode::OK, frame("Tools", &who), tools::index)
}

/// The preview that an address names, if it is still there.
async fn preview(app: &App, answers: &Answers) -> Result<Option<(String, Outside, Assessment)>, AppError> {
    let Some(id) = answers.get("scan").and_then(|s| ScanId::parse(s)) else { return Ok(None) };
    Ok(app.store.result(&CanRead::preview(), &id).await?.map(|(e, a)| (id.to_string(), e, a)))
}

/// App risk.
pub async fn app_risk(State(app): State<App>, who: Visitor, Query(answers): Query<Answers>) -> Result<Response, AppError> {
    let scan = preview(&app, &answers).await?;
    let seen = scan.as_ref().map(|(_, e, _)| risk::seen(e)).unwrap_or_default();
    let answer = |key: &str| answers.get(key).cloned().or_else(|| seen.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).to_owned()));
    let r = risk::risk(answer);
    let domain = scan.as_ref().map(|(_, e, _)| e.target.domain.unicode());
    Ok(render::page(StatusCode::OK, frame("App risk", &who), || {
        tools::risk(&answer, &r, domain.as_deref(), scan.as_ref().map(|(id, ..)| id.as_str()))
    }))
}

/// Cost.
pub async fn costs(State(app): State<App>, who: Visitor, Query(answers): Query<Answers>) -> Result<Response, AppError> {
    let scan = preview(&app, &answers).await?;
    let mut open = scan.as_ref().map(|(_, _, a)| cost::open(a)).unwrap_or_default();
    if let Some(typed) = answers.get("blockers").and_then(|b| b.trim().parse::<usize>().ok()) {
        open.blockers = typed.min(50);
    }
    #[allow(clippy::cast_precision_loss, reason = "a few hundred findings")]
    let value = |key: &str| match (answers.get(key), key) {
        (None, "small") => open.small as f64,
        (None, "medium") => open.medium as f64,
        (None, "large") => open.large as f64,
        (typed, _) => cost::read(key, typed.map(String::as_str)),
    };
    let c = cost::cost(value, open.blockers);
    let domain = scan.as_ref().map(|(_, e, _)| e.target.domain.unicode());
    Ok(render::page(StatusCode::OK, frame("Cost", &who), || {
        tools::cost(&value, open, &c, domain.as_deref(), scan.as_ref().map(|(id, ..)| id.as_str()))
    }))
}

/// Sprint picker.
pub async fn sprint_picker(State(app): State<App>, who: Visitor, Query(answers): Query<Answers>) -> Result<Response, AppError> {
    let scan = preview(&app, &answers).await?;
    let areas: Vec<(Area, bool)> = match &scan {
        Some((_, _, a)) => sprint::below(a),
        None => Area::ALL.iter().filter_map(|a| answers.get(a.word()).filter(|s| !s.is_empty()).map(|s| (*a, s == "critical"))).collect(),
    };
    let c = sprint::choose(&areas);
    let domain = scan.as_ref().map(|(_, e, _)| e.target.domain.unicode());
    Ok(render::page(StatusCode::OK, frame("Sprint picker", &who), || {
        tools::sprint(&areas, &c, domain.as_deref(), scan.as_ref().map(|(id, ..)| id.as_str()))
    }))
}

/// What an inspector has to look at.
fn needs(i: &Inspector) -> &'static [Collector] {
    if i.word == "redirects" { &[Collector::Dns, Collector::Http] } else { &[Collector::Dns, Collector::Mail] }
}

/// One thing about a domain, looked at now.
pub async fn inspect(
    State(app): State<App>,
    who: Visitor,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(word): Path<String>,
    Query(answers): Query<Answers>,
) -> Result<Response, AppError> {
    let i = INSPECTORS.iter().find(|i| i.word == word).ok_or(AppError::NotFound)?;
    let typed = answers.get("domain").map(|d| d.chars().take(300).collect::<String>()).unwrap_or_default();
    let page = |status, error: Option<String>, found: Option<(&Outside, &Assessment)>| {
        let found = found.map(|(e, a)| (e.clone(), a.clone()));
        Ok(render::page(status, Frame { private: !typed.is_empty(), ..frame(i.title, &who) }, || {
            tools::inspector(i, &typed, error, found.as_ref().map(|(e, a)| (e, a)))
        }))
    };
    if typed.is_empty() {
        return page(StatusCode::OK, None, None);
    }
    let domain = match Domain::parse(&typed) {
        Ok(d) => d,
        Err(e) => return page(StatusCode::UNPROCESSABLE_ENTITY, Some(e.to_string()), None),
    };
    let from = visitor(&app.settings, &headers, &connection);
    let target = format!("inspect-of:{}", domain.registrable());
    if app.limiter.too_many("inspect", &from, LOOKS, TEN_MINUTES).await?
        || app.store.count_attempt(&target, now() - TEN_MINUTES, now()).await? > LOOKS * 2
    {
        let enough = format!("{LOOKS} looks in ten minutes are enough. Come back in a while.");
        return page(StatusCode::TOO_MANY_REQUESTS, Some(enough), None);
    }
    let _turn = in_turn::turn(&app.turns.rechecks).await?;
    let options = Options { timeout: TIME.min(app.settings.scan_timeout), preview: true, ..Options::clone(&app.options) };
    let evidence = scanner::collect(&Target::preview(domain), &options, needs(i), &|_| {}).await;
    let assessment = assess(&readiness::Ledger::of_scan(evidence.clone()), now());
    page(StatusCode::OK, None, Some((&evidence, &assessment)))
}
