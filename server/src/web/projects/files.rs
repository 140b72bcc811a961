//! Files that show something: taken within limits, kept in the data folder under an id of ours, known by
//! their first bytes and not by their name, and only ever given back as a download.

use super::{find, find_work};
use crate::app::{App, hex, keep, now};
use crate::web::AppError;
use crate::web::session::Caller;
use axum::extract::{Multipart, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::claims::question;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use store::FileRow;

/// Bytes of one file.
pub const MAX: usize = 10 * 1024 * 1024;
/// Kinds that are taken, by their first bytes.
const KINDS: [&str; 5] = ["image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"];
/// Characters of a name.
const NAME: usize = 120;

/// Where the bytes of an id lie.
pub fn place(app: &App, id: &str) -> PathBuf {
    app.settings.data_dir.join("files").join(id)
}

/// What the first bytes say; text is whatever is UTF-8 without control characters.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    if let Some(found) = infer::get(bytes) {
        return KINDS.into_iter().find(|k| *k == found.mime_type());
    }
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))).then_some("text/plain")
}

/// A name without paths, quotes and control characters.
fn tidy(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().map(|c| if c.is_control() || "\"';%".contains(c) { '_' } else { c }).take(NAME).collect();
    if name.trim_matches(['.', ' ']).is_empty() { "file".into() } else { name }
}

/// The ids in the address.
#[derive(Debug, Deserialize)]
pub struct Ids {
    project: String,
    #[serde(default)]
    check: String,
    #[serde(default)]
    file: String,
}

/// Takes a file for an answer.
pub async fn add(State(app): State<App>, caller: Caller, Path(ids): Path<Ids>, mut form: Multipart) -> Result<Response, AppError> {
    let (member, _, project) = find(&app, &caller, &ids.project).await?;
    let (proof, q) = (member.comment(&project.id).ok_or(AppError::Role)?, question(&ids.check).ok_or(AppError::NotFound)?);
    let back = |why: &str| Redirect::to(&format!("/projects/{}/questions?{why}#{}", project.id, q.id)).into_response();
    let Ok(Some(field)) = form.next_field().await else { return Ok(back("file=none")) };
    let name = tidy(field.file_name().unwrap_or_default());
    let Ok(bytes) = field.bytes().await else { return Ok(back("file=large")) };
    if bytes.is_empty() || bytes.len() > MAX {
        return Ok(back(if bytes.is_empty() { "file=none" } else { "file=large" }));
    }
    let Some(kind) = kind(&bytes) else { return Ok(back("file=kind")) };
    if kind == "text/plain" && scanner::looks_secret(&String::from_utf8_lossy(&bytes)).is_some() {
        return Ok(back("file=secret"));
    }
    let row = FileRow {
        id: uuid::Uuid::now_v7().to_string(),
        check: q.id.to_owned(),
        name,
        kind: kind.to_owned(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256: hex(&Sha256::digest(&bytes)),
        author: caller.account.email.clone(),
        at: now(),
    };
    let path = place(&app, &row.id);
    let full = |e: std::io::Error| AppError::Internal(format!("a file could not be kept: {e}"));
    std::fs::create_dir_all(app.settings.data_dir.join("files")).map_err(full)?;
    // The bytes first: a row never names a file that is not there.
    keep(&path, &bytes, false).map_err(full)?;
    if !app.store.add_file(&proof, &row, &caller.by).await? {
        let _ = std::fs::remove_file(&path);
        return Err(AppError::TooMany(format!("{} files are enough for one project. Remove one first.", store::FILES)));
    }
    Ok(back("file=added"))
}

/// Gives a file back, as a download alone.
pub async fn get(State(app): State<App>, caller: Caller, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let (_, read, project) = find(&app, &caller, &ids.project).await?;
    let row = app.store.files(&read, &project.id).await?.into_iter().find(|f| f.id == ids.file).ok_or(AppError::NotFound)?;
    let bytes = tokio::fs::read(place(&app, &row.id)).await.map_err(|_| AppError::NotFound)?;
    Ok(download(&row.name, "application/octet-stream", bytes))
}

/// Bytes that a browser saves and never shows.
pub fn download(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let ascii: String = name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    let utf8: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{utf8}")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// Removes a file.
pub async fn remove(State(app): State<App>, caller: Caller, Path(ids): Path<Ids>) -> Result<Redirect, AppError> {
    let (work, project) = find_work(&app, &caller, &ids.project).await?;
    if app.store.remove_file(&work, &ids.file, &caller.by, now()).await? {
        let _ = tokio::fs::remove_file(place(&app, &ids.file)).await;
    }
    Ok(Redirect::to(&format!("/projects/{}/questions", project.id)))
}

#[test]
fn files_are_known_by_their_bytes_and_named_without_tricks() {
    let rows: [(&[u8], Option<&str>); 7] = [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some("image/png")),
        (b"%PDF-1.7\n", Some("application/pdf")),
        ("Müller, 12 rows\n".as_bytes(), Some("text/plain")),
        (b"MZ\x90\0\x03\0\0\0", None),
        (b"PK\x03\x04\x14\0\0\0", None),
        (b"\xff\xfe\0\0", None),
        (b"<html><script>alert(1)</script></html>", None),
    ];
    for (bytes, want) in rows {
        assert_eq!(kind(bytes), want, "{bytes:?}");
    }
    for (name, want) in
        [("../../etc/passwd", "passwd"), ("C:\\x\\shot.png", "shot.png"), ("a\"b\r\n.png", "a_b__.png"), ("..", "file"), ("", "file")]
    {
        assert_eq!(tidy(name), want);
    }
}
