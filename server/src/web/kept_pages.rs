//! Pages that are the same for everybody who has not signed in, and the files of the front end: made once for each language
//! and encoding, and served from memory with an `ETag`, before any session, turn or database.

use super::assets;
use crate::platform::language::Languages;
use async_compression::Level;
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::io::AsyncWriteExt;

/// Bytes that are kept in all, against somebody who asks for many addresses; 220 pages in one language take some 4 MB.
const MOST: usize = 96 << 20;
/// Bytes of what is kept; a debug build's wasm is the largest.
const LARGEST: usize = 64 << 20;
/// Compressing is done once; in a debug build it is many times slower.
const LEVEL: Level = Level::Precise(if cfg!(debug_assertions) { 1 } else { 9 });

/// The pages made so far.
#[derive(Clone, Debug, Default)]
pub struct KeptPages(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    pages: RwLock<HashMap<Key, Page>>,
    /// Bytes of their bodies.
    bytes: AtomicUsize,
    languages: Arc<Languages>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    path: String,
    /// Empty for English.
    language: String,
    encoding: &'static str,
}

#[derive(Clone, Debug)]
struct Page {
    headers: HeaderMap,
    body: Bytes,
}

impl KeptPages {
    pub fn new(languages: Arc<Languages>) -> Self {
        Self(Arc::new(Inner { languages, ..Inner::default() }))
    }

    fn key(&self, request: &Request) -> Option<Key> {
        let uri = request.uri();
        // A cookie may be a session or a device; their pages are made for them.
        let anybody = is_file(uri.path())
            || !request.headers().contains_key(header::COOKIE) && !request.headers().contains_key(header::AUTHORIZATION);
        let read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !(read && anybody && uri.query().is_none() && !uri.path().contains('%') && is_for_everybody(uri.path())) {
            return None;
        }
        let text = |name: HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("");
        let language = self.0.languages.choose(text(header::ACCEPT_LANGUAGE)).map_or_else(String::new, |(tag, _)| tag.clone());
        Some(Key { path: uri.path().to_owned(), language, encoding: encoding(text(header::ACCEPT_ENCODING)) })
    }
}

/// Whether a path is a file of the front end, which is the same for whoever has signed in too.
fn is_file(path: &str) -> bool {
    // Any other hash is answered too, and would be kept again.
    path.strip_prefix(assets::base()).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a path's page is the same for everybody who has not signed in.
fn is_for_everybody(path: &str) -> bool {
    const WHOLE: [&str; 10] = [
        "/",
        "/checks",
        "/how",
        "/tools",
        "/tools/risk",
        "/tools/cost",
        "/tools/sprint",
        "/api/docs",
        "/api/openapi.json",
        "/api/workspace.schema.json",
    ];
    is_file(path)
        || WHOLE.contains(&path)
        || ["/checks/", "/tools/"].iter().any(|start| path.strip_prefix(start).is_some_and(|rest| !rest.contains('/')))
}

/// The encoding that is sent to whoever accepts these: the smallest of those that every browser knows.
fn encoding(accepts: &str) -> &'static str {
    let takes = |name: &str| {
        accepts.split(',').any(|part| {
            let (word, rest) = part.split_once(';').unwrap_or((part, ""));
            word.trim().eq_ignore_ascii_case(name) && !matches!(rest.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    if takes("br") {
        "br"
    } else if takes("gzip") {
        "gzip"
    } else {
        "identity"
    }
}

/// Answers with a kept page, or makes it.
pub async fn serve(State(kept): State<KeptPages>, mut request: Request, next: Next) -> Response {
    let Some(key) = kept.key(&request) else { return next.run(request).await };
    let head = request.method() == Method::HEAD;
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let found = kept.0.pages.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    if let Some(page) = found {
        return answer(&page, head, known.as_ref());
    }
    *request.method_mut() = Method::GET;
    request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let (mut parts, body) = next.run(request).await.into_parts();
    if parts.status != StatusCode::OK || parts.headers.contains_key(header::SET_COOKIE) {
        return Response::from_parts(parts, if head { Body::empty() } else { body });
    }
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let Ok(body) = compressed(key.encoding, &body).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    if key.encoding != "identity" {
        parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(key.encoding));
    }
    let hash = crate::platform::bytes::hex(Sha256::digest(&body).get(..12).unwrap_or_default());
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{hash}\"")) {
        parts.headers.insert(header::ETAG, tag);
    }
    parts.headers.remove(header::VARY);
    let mut varies = vec!["accept-encoding"];
    if !is_file(&key.path) {
        // The same address shows another page to whoever has signed in.
        parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        varies.extend(["accept-language", "cookie"]);
    }
    for name in varies {
        parts.headers.append(header::VARY, HeaderValue::from_static(name));
    }
    parts.headers.remove(header::TRANSFER_ENCODING);
    let page = Page { headers: parts.headers, body };
    let mut pages = kept.0.pages.write().unwrap_or_else(PoisonError::into_inner);
    if kept.0.bytes.fetch_add(page.body.len(), Ordering::Relaxed) < MOST {
        pages.insert(key, page.clone());
    }
    drop(pages);
    answer(&page, head, known.as_ref())
}

/// Compressed as small as it goes, which is done once.
async fn compressed(encoding: &str, body: &[u8]) -> std::io::Result<Bytes> {
    let out = match encoding {
        "br" => {
            let mut encoder = BrotliEncoder::with_quality(vec![], LEVEL);
            encoder.write_all(body).await?;
            encoder.shutdown().await?;
            encoder.into_inner()
        }
        "gzip" => {
            let mut encoder = GzipEncoder::with_quality(vec![], LEVEL);
            encoder.write_all(body).await?;
            encoder.shutdown().await?;
            encoder.into_inner()
        }
        _ => body.to_vec(),
    };
    Ok(out.into())
}

fn answer(page: &Page, head: bool, known: Option<&HeaderValue>) -> Response {
    let tag = page.headers.get(header::ETAG).and_then(|t| t.to_str().ok()).unwrap_or("");
    let same = known
        .and_then(|k| k.to_str().ok())
        .is_some_and(|k| k.split(',').any(|t| t.trim().trim_start_matches("W/") == tag || t.trim() == "*"));
    let mut response = Response::new(if head || same { Body::empty() } else { Body::from(page.body.clone()) });
    response.headers_mut().clone_from(&page.headers);
    if same {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
            response.headers_mut().remove(name);
        }
    } else {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(page.body.len()));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    async fn ask(router: &Router, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, body) = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, LARGEST).await.unwrap();
        (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn a_page_for_everybody_is_made_once_and_others_each_time() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let made = || async { format!("page {}", MADE.fetch_add(1, Ordering::SeqCst)) };
        let router = Router::new()
            .route("/how", get(made))
            .route("/tools/{word}", get(made))
            .route("/projects", get(made))
            .route("/checks/{id}", get(|| async { (StatusCode::NOT_FOUND, "no") }))
            .layer(from_fn_with_state(KeptPages::default(), serve));
        let (status, headers, body) = ask(&router, "/how", &[]).await;
        assert_eq!((status, body.as_str(), headers[header::CACHE_CONTROL].to_str().unwrap()), (StatusCode::OK, "page 0", "no-cache"));
        assert_eq!(ask(&router, "/how", &[]).await.2, "page 0");
        let tag = headers[header::ETAG].to_str().unwrap();
        let (status, _, body) = ask(&router, "/how", &[("if-none-match", tag)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        // Whoever may be known, asks for something, or accepts another encoding has a page of their own.
        for (path, header) in [
            ("/how", ("cookie", "id=1")),
            ("/how", ("authorization", "Bearer x")),
            ("/how", ("accept-encoding", "gzip;q=1, br;q=0")),
            ("/tools/dns?domain=a.com", ("x", "y")),
            ("/projects", ("x", "y")),
        ] {
            let first = ask(&router, path, &[header]).await.2;
            assert_ne!(first, "page 0", "{path} {header:?}");
        }
        assert_ne!(ask(&router, "/projects", &[]).await.2, ask(&router, "/projects", &[]).await.2);
        assert_eq!(ask(&router, "/checks/none", &[]).await.0, StatusCode::NOT_FOUND);
        let (_, headers, body) = ask(&router, "/tools/dns", &[("accept-encoding", "gzip, br")]).await;
        assert!(headers[header::CONTENT_ENCODING] == "br" && !body.starts_with("page"));
    }

    #[test]
    fn the_smallest_accepted_encoding_is_chosen() {
        for (accepts, want) in
            [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("", "identity"), ("identity", "identity")]
        {
            assert_eq!(encoding(accepts), want, "{accepts}");
        }
    }
}
