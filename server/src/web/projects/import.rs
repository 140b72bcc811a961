//! Many projects at once, from a list of domains, a CSV, or a zone file: read, shown, then added together
//! or not at all.

use super::frame;
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn::turn;
use crate::web::portfolio::{CLIENT, parse_tags};
use crate::web::session::Caller;
use crate::web::{AppError, render};
use app::pages::import::{self, Row};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::{Domain, Settings};
use serde::Deserialize;
use std::collections::BTreeSet;
use store::{Filed, ProjectDraft};

/// Lines of one import.
const LINES: usize = 1000;

/// What is pasted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pasted {
    text: String,
    r#do: String,
}

/// The empty form.
pub async fn form(caller: Caller) -> Result<Response, AppError> {
    caller.create()?;
    Ok(render::page(StatusCode::OK, frame("Import projects".into(), "Projects", &caller.account), || import::page("", &[], None)))
}

/// Shows what would be added, or adds it.
pub async fn import(State(app): State<App>, caller: Caller, Form(pasted): Form<Pasted>) -> Result<Response, AppError> {
    let proof = caller.create()?;
    let _turn = turn(&app.turns.long_work).await?;
    let have: BTreeSet<String> = app.store.portfolio(&caller.read()?, false).await?.into_iter().map(|l| l.domain).collect();
    let rows = read(&pasted.text, &have);
    let page = |error: Option<String>, status| {
        Ok(render::page(status, frame("Import projects".into(), "Projects", &caller.account), || import::page(&pasted.text, &rows, error)))
    };
    let new = drafts(&rows);
    if rows.is_empty() || new.is_empty() && pasted.r#do == "add" {
        return page(Some("There is no new domain in it. Paste one a line.".into()), StatusCode::UNPROCESSABLE_ENTITY);
    }
    if pasted.r#do != "add" {
        return page(None, StatusCode::OK);
    }
    match app.store.create_projects(&proof, &new, &caller.by, now()).await {
        Ok(n) => Ok(Redirect::to(&format!("/projects?did=import&n={n}&of={n}")).into_response()),
        Err(full @ store::StoreError::Full(..)) => page(Some(format!("{full} Nothing was added.")), StatusCode::UNPROCESSABLE_ENTITY),
        Err(e) => Err(e.into()),
    }
}

/// The projects that the lines would become.
pub fn drafts(rows: &[Row]) -> Vec<(ProjectDraft, Filed)> {
    rows.iter().filter_map(|r| Some((draft(r.new.clone()?), filed(r)))).collect()
}

fn draft(domain: Domain) -> ProjectDraft {
    ProjectDraft { domain, hosts: vec![], sends_mail: None, dkim_selectors: vec![], entitlement: None, settings: Settings::default() }
}

fn filed(r: &Row) -> Filed {
    Filed { client: r.client.clone(), tags: parse_tags(&r.tags), owner: None }
}

/// What each line says. A zone file (RFC 1035 section 5) stands for its origin: one project.
pub fn read(text: &str, have: &BTreeSet<String>) -> Vec<Row> {
    let lines: Vec<(usize, Vec<String>)> = match origin(text) {
        Some((n, origin)) => vec![(n, vec![origin])],
        None => text.lines().enumerate().map(|(i, l)| (i + 1, cells(l))).collect(),
    };
    let mut seen = BTreeSet::new();
    lines
        .into_iter()
        .filter(|(_, c)| c.first().is_some_and(|d| !d.is_empty() && !d.starts_with('#')))
        .filter(|(n, c)| !(*n == 1 && c.first().is_some_and(|d| d.eq_ignore_ascii_case("domain"))))
        .take(LINES)
        .map(|(line, c)| {
            let cell = |i: usize| c.get(i).map_or("", |t| t.trim()).to_owned();
            let mut row =
                Row { line, typed: cell(0), client: cell(1).chars().take(CLIENT).collect(), tags: cell(2), said: String::new(), new: None };
            match Domain::parse(&row.typed) {
                Err(e) => row.said = e.to_string(),
                Ok(d) if have.contains(d.as_str()) => row.said = "It is a project already.".into(),
                Ok(d) if !seen.insert(d.to_string()) => row.said = "It stands in the list twice.".into(),
                Ok(d) => row.new = Some(d),
            }
            row
        })
        .collect()
}

/// Cells of a line of CSV (RFC 4180 section 2), with commas, semicolons or tabs.
fn cells(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                out.iter_mut().last().into_iter().for_each(|l| l.push('"'));
            }
            '"' => quoted = !quoted,
            ',' | ';' | '\t' if !quoted => out.push(String::new()),
            c => out.iter_mut().last().into_iter().for_each(|l| l.push(c)),
        }
    }
    out
}

/// The origin of a zone file: `$ORIGIN`, or the owner of its SOA.
fn origin(text: &str) -> Option<(usize, String)> {
    let name = |t: &str| t.trim_end_matches('.').to_owned();
    let mut found = None;
    for (i, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().take_while(|w| !w.starts_with(';')).collect();
        match words.as_slice() {
            [directive, origin, ..] if directive.eq_ignore_ascii_case("$ORIGIN") && found.is_none() => found = Some((i + 1, name(origin))),
            [owner, rest @ ..] if rest.iter().any(|w| w.eq_ignore_ascii_case("SOA")) => {
                return if *owner == "@" { found } else { Some((i + 1, name(owner))) };
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_csv_and_zone_files_are_read_line_by_line() {
        let have = BTreeSet::from(["old.com".to_owned()]);
        let rows = read(
            "domain,client,tags\nAcme.com,\"Acme, Inc\",web shop\n\nhttps://beta.io/x\tBeta\nold.com\nacme.com\nnot a domain\n# no\nmüller.de",
            &have,
        );
        let told: Vec<_> = rows.iter().map(|r| (r.line, r.new.as_ref().map(|d| d.as_str().to_owned()), r.client.as_str())).collect();
        assert_eq!(
            told,
            [
                (2, Some("acme.com".into()), "Acme, Inc"),
                (4, Some("beta.io".into()), "Beta"),
                (5, None, ""),
                (6, None, ""),
                (7, None, ""),
                (9, Some("xn--mller-kva.de".into()), "")
            ]
        );
        assert!(rows.iter().all(|r| r.new.is_some() == r.said.is_empty()));
        assert_eq!(filed(&rows[0]).tags, ["web", "shop"]);
        for zone in [
            "$ORIGIN acme.com.\n@ 3600 IN SOA ns1 host 1 2 3 4 5\nwww A 192.0.2.1",
            "acme.com. IN SOA ns1.acme.com. h.acme.com. (1\n 2 3 4 5)\nwww IN A 192.0.2.1",
        ] {
            let rows = read(zone, &BTreeSet::new());
            assert_eq!((rows.len(), rows[0].new.as_ref().unwrap().as_str()), (1, "acme.com"));
        }
        assert!(read("", &have).is_empty());
    }
}
