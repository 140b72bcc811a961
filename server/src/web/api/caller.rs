//! Who uses the API: the owner of a token, as far as the token allows.

use super::problem::{Problem, Result};
use crate::app::App;
use crate::platform::bytes::hex;
use crate::platform::clock::now;
use crate::platform::limiter::{Allowance, PER_MINUTE};
use crate::platform::secret;
use crate::web::AppError;
use crate::web::guard::{LARGE, MAX_FORM, most, visitor};
use crate::web::session::Caller;
use crate::web::workspace::tokens;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use store::{By, Member, ProjectId};

/// The owner of a token in its workspace, and which token it is.
#[derive(Clone, Debug)]
pub struct ApiCaller(pub Caller, pub Used);

/// The token of a request.
#[derive(Clone, Debug)]
pub struct Used {
    /// Id.
    pub id: String,
    hash: String,
}

impl ApiCaller {
    /// The same as it is now: nobody, if the token has ended, and with less, if its owner may less.
    pub async fn anew(&self, app: &App) -> Option<Self> {
        place(app, &self.1.hash, &self.0.by.from).await.ok().flatten()
    }
}

/// Lets nobody in without a token, counts, and says how much is left (draft-ietf-httpapi-ratelimit-headers).
pub async fn gate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let from =
        request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| visitor(&app.settings, request.headers(), c)).unwrap_or_default();
    let caller = match find(&app, request.headers().clone(), from).await {
        Ok(found) => found,
        Err(problem) => return problem.into_response(),
    };
    let Some(caller) = caller else { return Problem::from(AppError::SignIn(String::new())).into_response() };
    let (left, wait) = match app.limiter.count_token(&caller.1.id) {
        Allowance::Left(left) => (left, None),
        Allowance::Wait(seconds) => (0, Some(seconds)),
    };
    let mut response = match wait {
        Some(_) => Problem::from(AppError::TooMany(format!("{PER_MINUTE} requests a minute are enough for one token."))).into_response(),
        None => {
            request.extensions_mut().insert(caller.clone());
            once(&app, &caller, request, next).await
        }
    };
    let headers = response.headers_mut();
    let reset = wait.unwrap_or(60);
    for (name, value) in
        [("ratelimit-policy", format!("\"token\";q={PER_MINUTE};w=60")), ("ratelimit", format!("\"token\";r={left};t={reset}"))]
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if let Some(seconds) = wait {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn find(app: &App, headers: HeaderMap, from: String) -> Result<Option<ApiCaller>> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    let Some(token) = sent.filter(|t| tokens::well_formed(t)) else { return Ok(None) };
    Ok(place(app, &secret::hash(token), &from).await?)
}

/// Who uses the token of this hash, and what it allows at this moment.
async fn place(app: &App, hash: &str, from: &str) -> std::result::Result<Option<ApiCaller>, store::StoreError> {
    let Some((account, member, token)) = app.store.token_place(hash, now()).await? else { return Ok(None) };
    let by = By { actor: format!("{} ({})", account.email, token.name), from: from.to_owned() };
    let caller = Caller { account, places: vec![member.clone()], member, by, token: true };
    Ok(Some(ApiCaller(caller, Used { id: token.id, hash: hash.to_owned() })))
}

impl FromRequestParts<App> for ApiCaller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> std::result::Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| AppError::SignIn(String::new()).into())
    }
}

/// The whole of a body that is not too long.
async fn whole(body: Body, most: usize) -> Result<Bytes> {
    let long = |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Too large", format!("A body has {most} bytes at most."));
    to_bytes(body, most).await.map_err(long)
}

/// The whole of a body that may be large.
#[derive(Debug)]
pub struct Large(pub Bytes);

impl FromRequest<App> for Large {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &App) -> std::result::Result<Self, Problem> {
        Ok(Self(whole(request.into_body(), LARGE).await?))
    }
}

/// A body of JSON, with what is wrong in it said as a problem.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &App) -> std::result::Result<Self, Problem> {
        let bytes = whole(request.into_body(), MAX_FORM).await?;
        let bytes = if bytes.is_empty() { Bytes::from_static(b"{}") } else { bytes };
        serde_json::from_slice(&bytes)
            .map(Json)
            .map_err(|e| Problem::new(StatusCode::BAD_REQUEST, "Not the JSON that was expected", format!("The body cannot be read: {e}.")))
    }
}

/// Does a creation once for each `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): sent
/// again within a day it gets the first answer, and with anything else than the first request it is refused.
async fn once(app: &App, caller: &ApiCaller, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").filter(|_| request.method() == Method::POST).cloned();
    let Some(key) = key else { return next.run(request).await };
    match held(app, caller, &key, request, next).await {
        Ok(response) | Err(response) => response,
    }
}

async fn held(app: &App, caller: &ApiCaller, key: &HeaderValue, request: Request, next: Next) -> std::result::Result<Response, Response> {
    let broken = |e: store::StoreError| Problem::from(e).into_response();
    let text = key.to_str().unwrap_or("");
    if text.is_empty() || text.len() > 200 {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "Not a key", "An Idempotency-Key has 1 to 200 characters.").into_response());
    }
    let (parts, body) = request.into_parts();
    let bytes = whole(body, most(parts.uri.path())).await.map_err(IntoResponse::into_response)?;
    // A key is its token's own.
    let key = secret::hash(&format!("{} {text}", caller.1.id));
    let asked = identity(&parts, &bytes, &rights(app, &caller.0.member, parts.uri.path()).await.map_err(broken)?);
    match app.store.begin_once(&key, &asked, now()).await.map_err(broken)? {
        Some((_, _, false)) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The key was used",
            "This Idempotency-Key was sent with another request, or the token could do more or less then. Choose a new one.",
        )
        .into_response()),
        Some((0, _, true)) => {
            Err(Problem::new(StatusCode::CONFLICT, "Under way", "The first request with this key is still being done.").into_response())
        }
        Some((status, body, true)) => {
            let status = u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok()).unwrap_or(StatusCode::OK);
            let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
            Ok((status, [(header::CONTENT_TYPE, kind), (header::HeaderName::from_static("idempotency-replayed"), "true")], body)
                .into_response())
        }
        None => {
            let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
            let (parts, body) = response.into_parts();
            let bytes = to_bytes(body, 1024 * 1024).await.unwrap_or_default();
            let status = i64::from(parts.status.as_u16());
            app.store.end_once(&key, status, &String::from_utf8_lossy(&bytes)).await.map_err(broken)?;
            Ok(Response::from_parts(parts, Body::from(bytes)))
        }
    }
}

/// What makes two requests the same one. Each part is quoted, so that none runs into the next.
fn identity(parts: &Parts, body: &[u8], rights: &str) -> String {
    let target = parts.uri.path_and_query().map_or("", |p| p.as_str());
    let kind = parts.headers.get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    secret::hash(&format!("{:?} {target:?} {kind:?} {rights:?} {}", parts.method.as_str(), hex(&Sha256::digest(body))))
}

/// What the caller may do, as far as it can change under a token: an answer is only for who may still get it.
async fn rights(app: &App, member: &Member, path: &str) -> std::result::Result<String, store::StoreError> {
    let project = path.strip_prefix("/api/v1/projects/").and_then(|rest| ProjectId::parse(rest.split('/').next()?));
    let here = match &project {
        Some(id) => app.store.scannable(member, id).await?.is_some(),
        None => true,
    };
    let mut only = member.only().map(<[ProjectId]>::to_vec);
    if let Some(list) = &mut only {
        list.sort();
    }
    Ok(format!("{} {only:?} {here}", member.role().word()))
}

/// Whether an `If-Match` allows a change of this version (RFC 9110 section 13.1.1).
pub fn matches(headers: &HeaderMap, version: i64) -> Result<Option<i64>> {
    let Some(sent) = headers.get(header::IF_MATCH).and_then(|v| v.to_str().ok()) else { return Ok(None) };
    if sent.trim() == "*" || sent.split(',').any(|t| t.trim() == etag(version)) {
        return Ok(Some(version));
    }
    Err(changed())
}

/// Somebody else was first.
pub fn changed() -> Problem {
    Problem::new(StatusCode::PRECONDITION_FAILED, "It has changed", "Somebody changed it in the meantime. Get it again and decide anew.")
}

/// The entity tag of a version.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_the_same_only_with_all_its_parts() {
        let of = |method: &str, target: &str, kind: &str, body: &[u8], rights: &str| {
            let (parts, ()) = Request::builder().method(method).uri(target).header("content-type", kind).body(()).unwrap().into_parts();
            identity(&parts, body, rights)
        };
        let json = "application/json";
        let first = of("POST", "/api/v1/import", json, b"\xff", "owner");
        assert_eq!(first, of("POST", "/api/v1/import", json, b"\xff", "owner"));
        for other in [
            of("PUT", "/api/v1/import", json, b"\xff", "owner"),
            of("POST", "/api/v1/apply", json, b"\xff", "owner"),
            of("POST", "/api/v1/import?dry_run=yes", json, b"\xff", "owner"),
            of("POST", "/api/v1/import?", json, b"\xff", "owner"),
            of("POST", "/api/v1/import", "text/plain", b"\xff", "owner"),
            of("POST", "/api/v1/import", json, b"\xfe", "owner"),
            of("POST", "/api/v1/import", json, b"\xff", "viewer"),
        ] {
            assert_ne!(first, other);
        }
    }
}
