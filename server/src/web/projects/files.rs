//! Files that show something: taken within limits, kept in the data folder under an id of ours, known by
//! their first bytes and not by their name, and only ever given back as a download.

use super::{find, find_work};
use crate::app::App;
use crate::platform::bytes::hex;
use crate::platform::clock::now;
use crate::platform::in_turn::{self, turn};
use crate::platform::private_files::keep;
use crate::web::AppError;
use crate::web::session::Caller;
use axum::extract::{Multipart, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::attestations::question;
use scanner::looks_secret;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use store::FileRow;

/// Bytes of one file.
pub const MAX: usize = 10 * 1024 * 1024;
/// Kinds that are taken, by their first bytes, each with the endings of names that fit it.
const KINDS: [(&str, &[&str]); 5] = [
    ("image/png", &["png"]),
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/webp", &["webp"]),
    ("application/pdf", &["pdf"]),
    ("text/plain", &["txt", "log"]),
];
/// Characters of a name.
const NAME: usize = 120;

/// Where the bytes of an id lie.
pub fn place(app: &App, id: &str) -> PathBuf {
    app.settings.data_dir.join("files").join(id)
}

/// Characters that are not seen, or turn the reading around.
fn unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What the first bytes say, where the name's ending fits it. Text is whatever is UTF-8 without control characters
/// and does not begin as markup: an SVG or a page is no text, since a browser would run it.
fn kind(name: &str, bytes: &[u8]) -> Option<&'static str> {
    let seen = match infer::get(bytes) {
        Some(found) => found.mime_type(),
        None => {
            let text = std::str::from_utf8(bytes).ok()?;
            let odd = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
            if odd || text.trim_start_matches(|c: char| c.is_whitespace() || unseen(c)).starts_with('<') {
                return None;
            }
            "text/plain"
        }
    };
    let (_, ending) = name.rsplit_once('.')?;
    let (kind, endings) = KINDS.into_iter().find(|(k, _)| *k == seen)?;
    endings.iter().any(|e| e.eq_ignore_ascii_case(ending)).then_some(kind)
}

/// A name without paths, quotes, and what is not seen; of a long one the end is kept, with its ending.
fn tidy(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let long = name.chars().count().saturating_sub(NAME);
    let odd = |c: char| c.is_control() || unseen(c) || "\"';%".contains(c);
    let name: String = name.chars().skip(long).map(|c| if odd(c) { '_' } else { c }).collect();
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
    let (member, _, project) = find(&app.store, &caller, &ids.project).await?;
    let (proof, q) = (member.comment(&project.id).ok_or(AppError::Role)?, question(&ids.check).ok_or(AppError::NotFound)?);
    let back = |why: &str| Redirect::to(&format!("/projects/{}/questions?{why}#{}", project.id, q.id)).into_response();
    let _seat = in_turn::seat(&app.turns.uploads)?;
    let Ok(Some(field)) = form.next_field().await else { return Ok(back("file=none")) };
    let name = tidy(field.file_name().unwrap_or_default());
    let Ok(bytes) = field.bytes().await else { return Ok(back("file=large")) };
    if bytes.is_empty() || bytes.len() > MAX {
        return Ok(back(if bytes.is_empty() { "file=none" } else { "file=large" }));
    }
    let Some(kind) = kind(&name, &bytes) else { return Ok(back("file=kind")) };
    // The whole file is here: reading it is work for which the next waits, away from the threads that answer.
    let _turn = turn(&app.turns.long_work).await?;
    let whole = bytes.clone();
    let read = move || (hex(&Sha256::digest(&whole)), kind == "text/plain" && looks_secret(&String::from_utf8_lossy(&whole)).is_some());
    let (sha256, secret) = tokio::task::spawn_blocking(read).await.map_err(|e| AppError::Internal(e.to_string()))?;
    if secret {
        return Ok(back("file=secret"));
    }
    let row = FileRow {
        id: uuid::Uuid::now_v7().to_string(),
        check: q.id.to_owned(),
        name,
        kind: kind.to_owned(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256,
        author: caller.account.email.clone(),
        at: now(),
    };
    let path = place(&app, &row.id);
    let full = |e: std::io::Error| AppError::Internal(format!("a file could not be kept: {e}"));
    std::fs::create_dir_all(app.settings.data_dir.join("files")).map_err(full)?;
    // The bytes first: a row never names a file that is not there.
    let (to, whole) = (path.clone(), bytes.clone());
    let kept = tokio::task::spawn_blocking(move || keep(&to, &whole, false)).await;
    kept.map_err(|e| AppError::Internal(e.to_string()))?.map_err(full)?;
    let noted = app.store.add_file(&proof, &row, &caller.by).await;
    if !matches!(noted, Ok(true)) {
        let _ = std::fs::remove_file(&path);
    }
    if !noted? {
        return Err(AppError::TooMany(format!("{} files are enough for one project. Remove one first.", store::FILES)));
    }
    Ok(back("file=added"))
}

/// Gives a file back, as a download alone.
pub async fn get(State(app): State<App>, caller: Caller, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let (_, read, project) = find(&app.store, &caller, &ids.project).await?;
    let row = app.store.files(&read, &project.id).await?.into_iter().find(|f| f.id == ids.file).ok_or(AppError::NotFound)?;
    let bytes = tokio::fs::read(place(&app, &row.id)).await.map_err(|_| AppError::NotFound)?;
    Ok(download(&row.name, "application/octet-stream", bytes))
}

/// Bytes that a browser saves and never shows.
pub fn download(name: &str, kind: &'static str, bytes: impl IntoResponse) -> Response {
    let plain = |c: char| c == ' ' || c.is_ascii_graphic() && !matches!(c, '"' | '\\');
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
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
    let (work, project) = find_work(&app.store, &caller, &ids.project).await?;
    if app.store.remove_file(&work, &ids.file, &caller.by, now()).await? {
        let _ = tokio::fs::remove_file(place(&app, &ids.file)).await;
    }
    Ok(Redirect::to(&format!("/projects/{}/questions", project.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With two bytes a character, with or without a mark of their order.
    fn wide(text: &str, mark: bool, big: bool) -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{text}").encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    #[test]
    fn files_are_known_by_their_bytes_and_named_without_tricks() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice();
        let rows: &[(&str, &[u8], Option<&str>)] = &[
            ("a.png", png, Some("image/png")),
            ("a.PNG", png, Some("image/png")),
            ("a.pdf", b"%PDF-1.7\n", Some("application/pdf")),
            ("a.jpeg", b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            ("a.txt", "Müller, 12 rows\n".as_bytes(), Some("text/plain")),
            ("a.txt", "\u{feff}1 < 2, so <b> is not the beginning".as_bytes(), Some("text/plain")),
            ("a.log", b"12:00 ok\n", Some("text/plain")),
            ("a.txt", b"MZ\x90\0\x03\0\0\0", None),
            ("a.txt", b"PK\x03\x04\x14\0\0\0", None),
            ("a.txt", b"\xff\xfe\0\0", None),
            // Another ending than its bytes, a second one, or none.
            ("a.txt", png, None),
            ("a.html", png, None),
            ("a.png.svg", png, None),
            ("a.html", b"Hello", None),
            ("a.svg", b"Hello", None),
            ("a.txt.", b"Hello", None),
            ("file", b"Hello", None),
        ];
        for (name, bytes, want) in rows {
            assert_eq!(kind(name, bytes), *want, "{name} {bytes:?}");
        }
        for (name, want) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\shot.png", "shot.png"),
            ("a\"b\r\n.png", "a_b__.png"),
            ("a\u{202e}gnp.txt", "a_gnp.txt"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(tidy(name), want);
        }
        let long = tidy(&format!("{}.png", "a".repeat(200)));
        assert!(long.chars().count() == NAME && long.ends_with(".png"), "{long}");
    }

    #[test]
    fn markup_is_no_text() {
        for markup in [
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
            "<SvG onload=alert(1)>",
            "<?xml version=\"1.0\"?><svg/>",
            "<?XML version=\"1.0\"?>",
            "<!DOCTYPE html><p>",
            "<!doctype svg>",
            "<html><script>alert(1)</script></html>",
            "<HTML>",
            "<script>alert(1)</script>",
            "<ScRiPt src=//x>",
            "<!-- c --><svg onload=alert(1)>",
            "<!-- a --> <!-- b -->\n<!doctype html>",
            "<iframe src=javascript:alert(1)>",
            "<a:b xmlns:a=\"http://www.w3.org/1999/xhtml\"/>",
        ] {
            for before in ["", "\u{feff}", " \r\n\t", "\u{feff}\n\u{feff} ", "\u{200b}\u{a0}", "\u{c}"] {
                let text = format!("{before}{markup}");
                for (mark, big) in [(true, true), (true, false), (false, true), (false, false)] {
                    assert_eq!(kind("a.txt", &wide(&text, mark, big)), None, "{text:?} in UTF-16");
                }
                assert_eq!(kind("a.txt", text.as_bytes()), None, "{text:?}");
            }
        }
    }
}
