//! Refuses whoever is not signed in, before a handler is asked.

use super::keys::ACCOUNT;
use super::state::broken;
use crate::web::error::AppError;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use store::AccountId;
use tower_sessions::Session;

/// A layer for rows of the table that need a session. It decides nothing else: who may do what there is the handler's to
/// prove.
///
/// # Errors
/// [`AppError::SignIn`] without a session of an account.
pub async fn required(session: Session, request: Request, next: Next) -> Result<Response, AppError> {
    if session.get::<AccountId>(ACCOUNT).await.map_err(|e| broken(&e))?.is_none() {
        return Err(AppError::SignIn(back(request.method(), request.uri().path())));
    }
    Ok(next.run(request).await)
}

/// Where somebody goes after signing in: to the page, or to the one that a form or a part of a scan belongs to.
fn back(method: &Method, path: &str) -> String {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["", "projects", project, "scans", scan, ..] => format!("/projects/{project}/scans/{scan}"),
        _ if *method == Method::GET => path.to_owned(),
        _ => "/projects".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_in_comes_back() {
        for (method, path, want) in [
            (Method::GET, "/account", "/account"),
            (Method::POST, "/account/email", "/projects"),
            (Method::GET, "/projects/p/scans/s/events", "/projects/p/scans/s"),
            (Method::POST, "/projects/p/scans/s/findings/DNS-01/recheck", "/projects/p/scans/s"),
            (Method::GET, "/projects/p/history", "/projects/p/history"),
        ] {
            assert_eq!(back(&method, path), want, "{method} {path}");
        }
    }
}
