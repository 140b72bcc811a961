//! The documents of a project: tables that people keep, and where the generated ones are.

use super::{find, find_work, frame};
use crate::app::App;
use crate::platform::clock::now;
use crate::web::session::Caller;
use crate::web::{AppError, render};
use crate::workers::assessment;
use app::pages::documents::{self, Index, Table};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::attestations::question;
use readiness::documents::{CELL, Document, ROWS, Row, answers, begin, document};
use readiness::time::DAY_MS;
use readiness::{Assessment, Attestation, Outside};
use serde::Deserialize;
use store::{CanRead, Project, ProjectId};

/// The newest result of a project.
pub(super) async fn newest(app: &App, read: &CanRead, project: &ProjectId) -> Result<Option<(String, Outside, Assessment)>, AppError> {
    let Some(scan) = app.store.newest(read, project).await? else { return Ok(None) };
    Ok(app.store.result(read, &scan.id).await?.map(|(e, a)| (scan.id.to_string(), e, a)))
}

/// All of them.
pub async fn index(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, &caller, &id).await?;
    let view = Index {
        domain: project.draft.domain.unicode(),
        project: format!("/projects/{}", project.id),
        scan: app.store.newest(&read, &project.id).await?.map(|s| s.id.to_string()),
        kept: app.store.documents(&read, &project.id).await?,
        may_work: member.work(&project.id).is_some(),
    };
    Ok(render::page(StatusCode::OK, frame(format!("Documents of {}", view.domain), "Projects", &caller.account), || {
        documents::index(&view)
    }))
}

/// The ids in the address.
#[derive(Debug, Deserialize)]
pub struct Ids {
    project: String,
    word: String,
}

/// One of them.
pub async fn show(State(app): State<App>, caller: Caller, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, &caller, &ids.project).await?;
    let d = document(&ids.word).ok_or(AppError::NotFound)?;
    let kept = app.store.documents(&read, &project.id).await?.into_iter().find(|k| k.word == d.word);
    let (rows, version, last) = match kept {
        Some(k) => (k.rows, k.version, Some((k.author, k.at))),
        None => (newest(&app, &read, &project.id).await?.map(|(_, e, a)| begin(d, &e, &a)).unwrap_or_default(), 0, None),
    };
    let table = Table { rows, version, last, error: None, may_work: member.work(&project.id).is_some() };
    Ok(page(&caller, &project, d, &table, StatusCode::OK))
}

fn page(caller: &Caller, project: &Project, d: &'static Document, table: &Table, status: StatusCode) -> Response {
    let domain = project.draft.domain.unicode();
    render::page(status, frame(format!("{} of {domain}", d.title), "Projects", &caller.account), || {
        documents::table(&domain, &format!("/projects/{}", project.id), d, table)
    })
}

/// The rows as they were typed: fields `ROW-COLUMN`. Empty rows are left out.
fn rows(d: &Document, pairs: &[(String, String)]) -> Vec<Row> {
    let mut out = vec![];
    for (name, value) in pairs {
        let Some((row, column)) = name.split_once('-').and_then(|(r, c)| Some((r.parse::<usize>().ok()?, c.parse::<usize>().ok()?))) else {
            continue;
        };
        if row < ROWS && column < d.columns.len() {
            if out.len() <= row {
                out.resize(row + 1, vec![String::new(); d.columns.len()]);
            }
            if let Some(cell) = out.get_mut(row).and_then(|r| r.get_mut(column)) {
                *cell = value.trim().replace("\r\n", "\n");
            }
        }
    }
    out.retain(|r| r.iter().any(|c| !c.is_empty()));
    out
}

/// What is wrong with them, as a sentence.
fn wrong(d: &Document, rows: &[Row]) -> Option<String> {
    for (n, row) in rows.iter().enumerate() {
        for (cell, column) in row.iter().zip(d.columns) {
            if cell.chars().count() > CELL {
                return Some(format!("Row {}, {column}: {CELL} characters at most.", n + 1));
            }
            if let Some(name) = scanner::looks_secret(cell) {
                return Some(format!(
                    "Row {}, {column} looks like a secret ({name}). Write where it is kept instead. If anybody else could have read it, replace it.",
                    n + 1
                ));
            }
        }
    }
    None
}

/// Keeps it, and answers its question by how whole it is.
pub async fn save(
    State(app): State<App>,
    caller: Caller,
    Path(ids): Path<Ids>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let (work, project) = find_work(&app.store, &caller, &ids.project).await?;
    let (member, ..) = find(&app.store, &caller, &ids.project).await?;
    let d = document(&ids.word).ok_or(AppError::NotFound)?;
    let version = pairs.iter().find(|(n, _)| n == "version").and_then(|(_, v)| v.parse().ok()).unwrap_or(0);
    let rows = rows(d, &pairs);
    if let Some(error) = wrong(d, &rows) {
        let table = Table { rows, version, last: None, error: Some(error), may_work: true };
        return Ok(page(&caller, &project, d, &table, StatusCode::UNPROCESSABLE_ENTITY));
    }
    if !app.store.keep_document(&work, d.word, &rows, version, &caller.by, now()).await? {
        let error = "Somebody else has changed this in the meantime. Copy what is yours, open it anew, and add it there.".to_owned();
        let table = Table { rows, version, last: None, error: Some(error), may_work: true };
        return Ok(page(&caller, &project, d, &table, StatusCode::CONFLICT));
    }
    if let (Some(q), Some((answer, told)), Some(proof)) = (d.check.and_then(question), answers(&rows), member.comment(&project.id)) {
        let said = Attestation {
            check: q.id.to_owned(),
            answer,
            note: told,
            shown: vec![format!("{}/projects/{}/documents/{}", app.settings.public_url, project.id, d.word)],
            by: caller.account.email.clone(),
            at: now(),
            expires: now() + q.days * DAY_MS,
        };
        app.store.attest(&proof, &said, |e, before| assessment::again(&app.site, e, before), &caller.by, now()).await?;
    }
    Ok(Redirect::to(&format!("/projects/{}/documents/{}", project.id, d.word)).into_response())
}

#[test]
fn cells_become_rows_and_secrets_are_refused() {
    let d = document("secrets").unwrap();
    let pairs: Vec<(String, String)> =
        [("0-0", " Stripe "), ("0-1", "Render"), ("2-0", "Mail key"), ("1-3", ""), ("9999-0", "x"), ("0-99", "x"), ("version", "3")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into();
    let got = rows(d, &pairs);
    assert_eq!((got.len(), got[0][0].as_str(), got[1][0].as_str(), wrong(d, &got)), (2, "Stripe", "Mail key", None));
    let key = format!("sk_live_{}", "4eC39HqLyjWDarjtT1zdp7dc");
    let bad = vec![vec![key; d.columns.len()]];
    assert!(wrong(d, &bad).unwrap().starts_with("Row 1, Name looks like a secret"));
    assert!(wrong(d, &[vec!["x".repeat(501)]]).unwrap().contains("500 characters"));
}
