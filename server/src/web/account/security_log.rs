//! What happened at an account's door, for its owner.

use crate::app::App;
use crate::platform::clock::now;
use crate::platform::networks;
use crate::web::AppError;
use crate::web::guard::visitor;
use crate::web::session;
use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use std::net::SocketAddr;
use store::{Account, Deed, Whence};

/// Writes down what happened at an account's door, for its owner; how often it did.
pub async fn note(
    app: &App,
    account: &Account,
    deed: Deed,
    headers: &HeaderMap,
    connection: &ConnectInfo<SocketAddr>,
) -> Result<i64, AppError> {
    let whence = Whence { place: networks::place(&visitor(&app.settings, headers, connection)), device: session::device(headers) };
    Ok(app.store.note_security(&account.id, deed, &whence, now()).await?)
}
