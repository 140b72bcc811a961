//! The logo of a workspace, for reports: taken within limits, decoded once before it is kept, shown to whoever
//! may read a result.

use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn::{self, turn};
use crate::web::scan_access::{Ids, Place};
use crate::web::session::{Caller, Visitor};
use crate::web::{AppError, assets, workspace};
use axum::extract::{Multipart, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pdf::Logo;
use store::{CanRead, Letterhead};

/// Bytes of one.
const MAX: usize = 200 * 1024;
/// Pixels of a side.
const SIDE: usize = 2000;
/// How many times wider than high it may be.
const WIDE: usize = 8;

/// The logo as a report takes it.
pub fn logo(l: &Letterhead) -> Option<Logo> {
    Logo::new(&l.logo.0, STANDARD.decode(&l.logo.1).ok()?)
}

/// Why a picture is not taken.
fn refusal(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        return Some("Choose a picture first.");
    }
    if bytes.len() > MAX {
        return Some("The picture is larger than 200 KB. Save it smaller; 600 pixels of width are plenty.");
    }
    if !infer::get(bytes).is_some_and(|k| matches!(k.mime_type(), "image/png" | "image/jpeg")) {
        return Some("The picture is neither PNG nor JPEG.");
    }
    match imagesize::blob_size(bytes) {
        Ok(s) if s.width.max(s.height) > SIDE => Some("The picture has more than 2,000 pixels on a side."),
        Ok(s) if s.height == 0 || s.width > s.height * WIDE => Some("The picture is more than eight times as wide as high."),
        Ok(_) => None,
        Err(_) => Some("The picture cannot be read. Save it again as PNG."),
    }
}

/// Takes a logo.
pub async fn keep(State(app): State<App>, caller: Caller, mut form: Multipart) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    let _seat = in_turn::seat(&app.turns.uploads)?;
    let bytes = match form.next_field().await {
        Ok(Some(field)) => field.bytes().await.unwrap_or_default(),
        _ => Default::default(),
    };
    let mut why = refusal(&bytes);
    let kind = infer::get(&bytes).map_or("", |k| k.mime_type());
    if why.is_none() {
        let _turn = turn(&app.turns.pdf).await?;
        let (fonts, logo) = (app.pdf.fonts.clone(), Logo::new(kind, bytes.to_vec()));
        let whole = tokio::task::spawn_blocking(move || logo.is_some_and(|l| pdf::is_whole(&fonts, &l))).await;
        if !whole.map_err(|e| AppError::Internal(e.to_string()))? {
            why = Some("The picture is damaged. Save it again as PNG.");
        }
    }
    if let Some(why) = why {
        return workspace::refused(&app, &caller, why).await;
    }
    app.store.set_logo(&manage, kind, &STANDARD.encode(&bytes), &caller.by, now()).await?;
    Ok(Redirect::to("/workspace#logo").into_response())
}

/// Takes it away.
pub async fn remove(State(app): State<App>, caller: Caller) -> Result<Redirect, AppError> {
    app.store.set_logo(&caller.manage()?, "", "", &caller.by, now()).await?;
    Ok(Redirect::to("/workspace#logo"))
}

/// The logo, for members.
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Response, AppError> {
    picture(&app, &caller.read()?).await
}

/// The logo, for whoever reads a result; ours where there is none, or for a preview.
pub async fn of_result(State(app): State<App>, who: Visitor, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    picture(&app, &Place::find(&app.store, &who, &ids).await?.read).await
}

async fn picture(app: &App, read: &CanRead) -> Result<Response, AppError> {
    let kind_and_bytes = match logo(&app.store.letterhead(read).await?) {
        Some(Logo::Png(b)) => ("image/png", b),
        Some(Logo::Jpeg(b)) => ("image/jpeg", b),
        None => return Ok(assets::favicon().await.into_response()),
    };
    let headers = [
        (header::CONTENT_TYPE, kind_and_bytes.0),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((headers, kind_and_bytes.1).into_response())
}

#[test]
fn pictures_are_refused_with_their_reason() {
    let png = |w: u32, h: u32| {
        let mut b = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        b.extend(w.to_be_bytes());
        b.extend(h.to_be_bytes());
        b.extend([8, 0, 0, 0, 0]);
        b
    };
    for (bytes, said) in [
        (vec![], "Choose"),
        (vec![0; MAX + 1], "larger than 200 KB"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "neither PNG nor JPEG"),
        (png(30_000, 30_000), "2,000 pixels"),
        (png(900, 100), "eight times"),
    ] {
        assert!(refusal(&bytes).unwrap_or("").contains(said), "{said}");
    }
    assert_eq!(refusal(&png(600, 100)), None);
}
