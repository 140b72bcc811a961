//! What ends when, as a page and as an iCalendar feed.

use super::projects::frame;
use super::session::Caller;
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::secret::{self, Secret};
use app::pages::calendar::{self, Entry};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use readiness::report::escape::ical;
use readiness::time;
use serde::Deserialize;
use std::fmt::Write;
use store::CanRead;

async fn entries(app: &App, read: &CanRead) -> Result<Vec<Entry>, AppError> {
    let mut list: Vec<Entry> = app
        .store
        .portfolio(read, false)
        .await?
        .into_iter()
        .flat_map(|l| {
            let domain = readiness::domain::unicode(&l.domain);
            let ends = l.brief.map(|b| b.ends).unwrap_or_default();
            ends.into_iter().map(move |e| Entry { project: format!("/projects/{}", l.id), domain: domain.clone(), ends: e })
        })
        .collect();
    list.sort_by_key(|e| e.ends.at);
    Ok(list)
}

/// The page.
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Response, AppError> {
    page(&app, &caller, None).await
}

async fn page(app: &App, caller: &Caller, feed: Option<String>) -> Result<Response, AppError> {
    let list = entries(app, &caller.read()?).await?;
    let has = app.store.has_calendar(&caller.member).await?;
    Ok(render::page(StatusCode::OK, frame("What runs out".into(), "Calendar", &caller.account), || calendar::page(&list, feed, has, now())))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Feed {
    r#do: String,
}

/// Makes a secret address for calendar programs, or ends it.
pub async fn feed(State(app): State<App>, caller: Caller, Form(form): Form<Feed>) -> Result<Response, AppError> {
    if form.r#do == "end" {
        app.store.set_calendar(&caller.member, "").await?;
        return page(&app, &caller, None).await;
    }
    caller.confirmed()?;
    let secret = Secret::new();
    app.store.set_calendar(&caller.member, &secret.hash).await?;
    page(&app, &caller, Some(format!("{}/calendar/{}", app.settings.public_url, format_args!("{}.ics", secret.text)))).await
}

/// The feed (RFC 5545), for whoever has its secret.
pub async fn ics(State(app): State<App>, Path(file): Path<String>) -> Result<Response, AppError> {
    let secret = file.strip_suffix(".ics").ok_or(AppError::NotFound)?;
    let (read, name) = app.store.calendar(&secret::hash(secret)).await?.ok_or(AppError::NotFound)?;
    let list = entries(&app, &read).await?;
    let headers = [(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CACHE_CONTROL, "private, max-age=3600")];
    Ok((headers, write(&list, &name, &app.settings.public_url, now())).into_response())
}

/// A line, folded at 75 octets (section 3.1).
fn line(out: &mut String, content: &str) {
    let mut width = 0;
    for c in content.chars() {
        if width + c.len_utf8() > 74 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}

fn write(list: &[Entry], name: &str, base: &str, now: i64) -> String {
    let stamp = |ms: i64| time::rfc3339(ms).replace(['-', ':'], "");
    let mut out = String::new();
    for l in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Launch Ready//EN", "CALSCALE:GREGORIAN"] {
        line(&mut out, l);
    }
    line(&mut out, &format!("X-WR-CALNAME:{}", ical(&format!("What runs out · {name}"))));
    for e in list {
        let day = time::date(e.ends.at).replace('-', "");
        let mut uid = String::new();
        let _ = write!(uid, "{}-{}-{}-{}", e.project.trim_start_matches("/projects/"), e.ends.kind.label(), e.ends.name, day);
        for l in [
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}@launch-ready", ical(&uid)),
            format!("DTSTAMP:{}", stamp(now)),
            format!("DTSTART;VALUE=DATE:{day}"),
            format!("SUMMARY:{}", ical(&format!("{}: the {} {} ends", e.domain, e.ends.kind.label(), e.ends.name))),
            format!("URL:{base}{}", e.project),
            "TRANSP:TRANSPARENT".to_owned(),
            "BEGIN:VALARM".to_owned(),
            "ACTION:DISPLAY".to_owned(),
            "DESCRIPTION:It ends in 14 days".to_owned(),
            "TRIGGER:-P14D".to_owned(),
            "END:VALARM".to_owned(),
            "END:VEVENT".to_owned(),
        ] {
            line(&mut out, &l);
        }
    }
    line(&mut out, "END:VCALENDAR");
    out
}

#[test]
fn events_are_escaped_folded_and_stable() {
    use readiness::summary::{Ends, Expiry};
    let e = Entry {
        project: "/projects/1".into(),
        domain: "a,b;müller-und-söhne-mit-einem-sehr-langen-namen-der-umbrochen-wird.example".into(),
        ends: Expiry { kind: Ends::Certificate, name: "x.example".into(), at: 1_795_570_647_000 },
    };
    let out = write(&[e], "Acme", "https://lr.example", 0);
    assert!(out.contains("UID:1-certificate-x.example-20261125@launch-ready\r\n") && out.contains("DTSTART;VALUE=DATE:20261125\r\n"));
    assert!(out.split("\r\n").all(|l| l.len() <= 75), "{out}");
    assert!(out.replace("\r\n ", "").contains("SUMMARY:a\\,b\\;müller"));
    assert!(out.ends_with("END:VCALENDAR\r\n"));
}
