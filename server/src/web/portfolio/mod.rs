//! The portfolio: the list of projects, its file, its views, and what is done to many at once.

mod today;

use super::projects::{begin, frame};
use super::session::Caller;
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::recurrence::Rhythm;
use app::pages::portfolio::{self, Portfolio};
use app::pages::portfolio_filter::Filter;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::{Area, time};
use serde::Deserialize;
use std::collections::BTreeSet;
use store::{Filed, Line, Member, ProjectId};

/// Characters of a client's name, and of a tag.
pub const CLIENT: usize = 80;
/// See `CLIENT`.
const TAG: usize = 30;
/// Tags of one project.
const TAGS: usize = 12;

/// What was just done, as it stands in the address: the deed, to how many, of how many.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Flash {
    did: String,
    n: usize,
    of: usize,
}

impl Flash {
    fn said(&self) -> Option<String> {
        let many = if self.n == 1 { "1 project".to_owned() } else { format!("{} projects", self.n) };
        let mut said = match (self.of, self.did.as_str()) {
            (_, "") => return None,
            (0, _) => "Nothing was chosen. Tick the projects first.".to_owned(),
            (_, "scan") => format!("{many} will be scanned."),
            (_, "tag") => format!("{many} tagged."),
            (_, "client") => format!("{many} filed."),
            (_, "schedule") => format!("{many} scheduled."),
            (_, "archive") => format!("{many} archived."),
            (_, "restore") => format!("{many} brought back."),
            (_, "import") => format!("{many} added."),
            _ => return None,
        };
        if self.n < self.of {
            said.push_str(&format!(" {} left as they were: not in your role, or a field was empty.", self.of - self.n));
        }
        Some(said)
    }
}

/// The lines of the caller, of the workspace looked at or of all of them, with their workspaces.
async fn lines<'a>(app: &App, caller: &'a Caller, filter: &Filter) -> Result<Vec<(&'a Member, Line)>, AppError> {
    let mut out = vec![];
    for place in caller.places.iter().filter(|p| filter.all == "yes" || **p == caller.member) {
        let read = place.read().ok_or(AppError::Role)?;
        out.extend(app.store.portfolio(&read, filter.archived == "yes").await?.into_iter().map(|l| (place, l)));
    }
    Ok(out)
}

fn chosen<'a>(mut all: Vec<(&'a Member, Line)>, filter: &Filter, caller: &Caller) -> Vec<(&'a Member, Line)> {
    all.retain(|(_, l)| filter.lets(l, &caller.account.id));
    all.sort_by(|(_, a), (_, b)| filter.order(a, b));
    all
}

/// The page.
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(flash): Query<Flash>,
) -> Result<Response, AppError> {
    let all = lines(&app, &caller, &filter).await?;
    let of = all.len();
    let distinct =
        |get: &dyn Fn(&Line) -> Vec<String>| all.iter().flat_map(|(_, l)| get(l)).filter(|c| !c.is_empty()).collect::<BTreeSet<_>>();
    let (clients, tags) = (distinct(&|l| vec![l.filed.client.clone()]), distinct(&|l| l.filed.tags.clone()));
    let today = if filter.archived == "yes" { vec![] } else { today::today(&all.iter().map(|(_, l)| l).collect::<Vec<_>>(), now()) };
    let lines = chosen(all, &filter, &caller);
    let page = Portfolio {
        places: &caller.places,
        here: (filter.all != "yes").then_some(&caller.member),
        filter: &filter,
        lines: &lines,
        of,
        today,
        clients: clients.into_iter().collect(),
        tags: tags.into_iter().collect(),
        views: app.store.views(&caller.member).await?,
        said: flash.said(),
        now: now(),
    };
    Ok(render::page(StatusCode::OK, frame("Projects".into(), "Projects", &caller.account), || portfolio::page(&page)))
}

/// The same list as a file.
pub async fn csv(State(app): State<App>, caller: Caller, Query(filter): Query<Filter>) -> Result<Response, AppError> {
    let lines = chosen(lines(&app, &caller, &filter).await?, &filter, &caller);
    let areas: Vec<&str> = Area::ALL.iter().filter(|a| a.in_minimum_bar()).map(|a| a.word()).collect();
    let mut out =
        format!("domain,client,tags,owner,verdict,score,coverage,blockers,fixed,worse,scanned,ends,what ends,{}\r\n", areas.join(","));
    for (_, l) in &lines {
        let mut cells = vec![l.domain.clone(), l.filed.client.clone(), l.filed.tags.join(" "), l.owner.clone()];
        match &l.brief {
            None => cells.extend(std::iter::repeat_n(String::new(), 9 + areas.len())),
            Some(b) => {
                cells.extend([
                    b.verdict.word().into(),
                    format!("{:.1}", b.score),
                    format!("{:.3}", b.coverage),
                    b.blockers.join("; "),
                    b.fixed.to_string(),
                    b.worse.to_string(),
                    time::rfc3339(b.at),
                ]);
                cells.extend(
                    b.soonest().map_or([String::new(), String::new()], |x| [time::rfc3339(x.at), format!("{} {}", x.kind.label(), x.name)]),
                );
                cells.extend(b.bar.iter().map(|s| format!("{s:?}")));
            }
        }
        out.push_str(&cells.iter().map(|c| readiness::report::escape::csv(c)).collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"projects.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, out).into_response())
}

#[derive(Debug, Deserialize)]
pub struct SaveView {
    name: String,
    query: String,
}

/// Saves a view.
pub async fn save_view(State(app): State<App>, caller: Caller, Form(form): Form<SaveView>) -> Result<Redirect, AppError> {
    let name: String = form.name.trim().chars().take(60).collect();
    // Only filters are kept, whatever was sent.
    let uri: axum::http::Uri = format!("/?{}", form.query).parse().map_err(|_| AppError::NotFound)?;
    let Query(filter) = Query::<Filter>::try_from_uri(&uri).map_err(|_| AppError::NotFound)?;
    if !name.is_empty() && !app.store.save_view(&caller.member, &name, &filter.query()).await? {
        return Err(AppError::TooMany("Thirty views are enough. Forget one that you do not use any more.".into()));
    }
    Ok(Redirect::to(&filter.href()))
}

#[derive(Debug, Deserialize)]
pub struct ForgetView {
    view: String,
}

/// Forgets a view.
pub async fn forget_view(State(app): State<App>, caller: Caller, Form(form): Form<ForgetView>) -> Result<Redirect, AppError> {
    app.store.forget_view(&caller.member, &form.view).await?;
    Ok(Redirect::to("/projects"))
}

/// What is done to many projects.
#[derive(Debug, Default)]
struct Bulk {
    projects: Vec<ProjectId>,
    deed: String,
    tag: String,
    client: String,
    rhythm: String,
    back: String,
}

impl Bulk {
    /// A field may come many times, which no derived form reads.
    fn read(pairs: Vec<(String, String)>) -> Self {
        let mut out = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "p" => out.projects.extend(ProjectId::parse(&value)),
                "do" => out.deed = value,
                "tag" => out.tag = value,
                "client" => out.client = value,
                "rhythm" => out.rhythm = value,
                "back" => out.back = value,
                _ => {}
            }
        }
        out.projects.truncate(1000);
        out
    }
}

/// Does one thing to many projects; those that the caller may not work on are left alone, and said so.
pub async fn bulk(State(app): State<App>, caller: Caller, Form(pairs): Form<Vec<(String, String)>>) -> Result<Redirect, AppError> {
    let form = Bulk::read(pairs);
    if !["scan", "tag", "client", "schedule", "archive", "restore"].contains(&form.deed.as_str()) {
        return Err(AppError::NotFound);
    }
    let mut done = 0;
    for id in &form.projects {
        let Some(member) = app.store.member_for(&caller.account.id, id).await? else { continue };
        done += usize::from(one(&app, &caller, &member, id, &form).await?);
    }
    let uri: axum::http::Uri = format!("/?{}", form.back).parse().unwrap_or_default();
    let back = Query::<Filter>::try_from_uri(&uri).map(|q| q.0.query()).unwrap_or_default();
    let and = if back.is_empty() { "" } else { "&" };
    Ok(Redirect::to(&format!("/projects?{back}{and}did={}&n={done}&of={}", form.deed, form.projects.len())))
}

async fn one(app: &App, caller: &Caller, member: &Member, id: &ProjectId, form: &Bulk) -> Result<bool, AppError> {
    let (Some(work), Some(read)) = (member.work(id), member.read()) else { return Ok(false) };
    let Some(project) = app.store.project(&read, id).await? else { return Ok(false) };
    match form.deed.as_str() {
        "scan" => drop(begin(app, member, &project).await?),
        "archive" => drop(app.store.archive_project(&work, now(), &caller.by, now()).await?),
        "restore" => drop(app.store.archive_project(&work, 0, &caller.by, now()).await?),
        "tag" | "client" => {
            let filed = app.store.filed(&read, id).await?;
            let Some(filed) = refiled(filed, form) else { return Ok(false) };
            app.store.file(&work, &filed, &caller.by, now()).await?;
        }
        "schedule" => {
            let rhythm =
                Some(form.rhythm.as_str()).filter(|r| !r.is_empty()).map(Rhythm::parse).transpose().map_err(|_| AppError::NotFound)?;
            let next = rhythm.as_ref().and_then(|r| Some((r.word(), member.zone(), r.next(now(), member.zone(), id.as_str())?)));
            app.store.set_schedule(&work, next, &caller.by, now()).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn refiled(filed: Filed, form: &Bulk) -> Option<Filed> {
    if form.deed == "client" {
        return Some(Filed { client: form.client.trim().chars().take(CLIENT).collect(), ..filed });
    }
    let mut tags = filed.tags.clone();
    tags.extend(parse_tags(&form.tag));
    let tags = parse_tags(&tags.join(" "));
    (!form.tag.trim().is_empty()).then_some(Filed { tags, ..filed })
}

/// Tags as they are typed: words, in small letters, each once.
pub fn parse_tags(text: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    for tag in text.split([' ', ',']).map(|t| t.trim().trim_start_matches('#').to_lowercase()).filter(|t| !t.is_empty()) {
        let tag: String = tag.chars().take(TAG).collect();
        if !out.contains(&tag) && out.len() < TAGS {
            out.push(tag);
        }
    }
    out
}
