//! A web server whose sites are tables of pages, good, bad or hostile.

use crate::certs::Certs;
use crate::weather::Weather;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use futures::StreamExt;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Sites = Arc<Mutex<HashMap<String, Site>>>;

/// How a page answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This text.
    Text(String),
    /// A gigabyte of zeroes.
    Endless,
    /// A gzip that grows a thousandfold.
    Bomb,
    /// A byte a second.
    Trickle,
    /// Headers that never end.
    EndlessHeader,
    /// The origin that asked may read it with credentials.
    ReflectOrigin,
    /// These bytes.
    Bytes(Vec<u8>),
    /// This text to the end of the connection, which closes without TLS's goodbye; whatever is asked.
    Abrupt(String),
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub reply: Reply,
}

impl Page {
    /// A page with status 200.
    #[must_use]
    pub fn ok(kind: &str, text: impl Into<String>) -> Self {
        Self { status: 200, headers: vec![("content-type".into(), kind.into())], reply: Reply::Text(text.into()) }
    }
    /// A redirect; `{uri}` stands for path and query.
    #[must_use]
    pub fn redirect(status: u16, to: &str) -> Self {
        Self { status, headers: vec![("location".into(), to.into())], reply: Reply::Text(String::new()) }
    }
    /// A hostile page.
    #[must_use]
    pub fn hostile(reply: Reply) -> Self {
        Self { status: 200, headers: vec![("content-type".into(), "text/html".into())], reply }
    }
    /// With a header set.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// What a host serves.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// By path, over https (and http, unless `plain` is set).
    pub pages: HashMap<String, Page>,
    /// The answer to any other path; 404 if none.
    pub other: Option<Page>,
    /// The answer to everything over http, if not the pages.
    pub plain: Option<Page>,
}

impl Site {
    /// With a page.
    #[must_use]
    pub fn page(mut self, path: &str, page: Page) -> Self {
        self.pages.insert(path.into(), page);
        self
    }
}

pub(crate) async fn serve_http(at: SocketAddr, sites: Sites, weather: Arc<Weather>) {
    let listener = TcpListener::bind(at).await.expect("port 80 on loopback");
    tokio::spawn(async move {
        axum::serve(
            Plain(listener, sites.clone()),
            axum::Router::new().fallback(move |r: Request| answer(sites.clone(), weather.clone(), r, false)),
        )
        .await
    });
}

pub(crate) async fn serve_https(at: SocketAddr, sites: Sites, certs: Arc<Certs>, weather: Arc<Weather>) {
    let listener = TcpListener::bind(at).await.expect("port 443 on loopback");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(certs);
    let old = Arc::new(config.clone());
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let (send, receive) = tokio::sync::mpsc::channel(256);
    let (outside, known) = (weather.clone(), sites.clone());
    // Each handshake by itself, so that a slow one holds up nobody.
    tokio::spawn(async move {
        loop {
            let Ok((stream, from)) = listener.accept().await else { continue };
            // As nginx and every other server does: else an answer in two pieces waits 40 ms for the client's ACK.
            let _ = stream.set_nodelay(true);
            let (config, old, known, send, outside) = (config.clone(), old.clone(), known.clone(), send.clone(), outside.clone());
            tokio::spawn(async move {
                outside.delay().await;
                let handshake = async {
                    let start = tokio_rustls::LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await.ok()?;
                    let abrupt =
                        start.client_hello().server_name().and_then(|name| match &known.lock().unwrap().get(name)?.pages.get("/")?.reply {
                            Reply::Abrupt(text) => Some(text.clone()),
                            _ => None,
                        });
                    let tls = start.into_stream(if abrupt.is_some() { old } else { config }).await.ok()?;
                    Some((tls, abrupt))
                };
                match tokio::time::timeout(Duration::from_secs(5), handshake).await {
                    Ok(Some((tls, Some(text)))) => end_abruptly(tls, &text).await,
                    Ok(Some((tls, None))) => _ = send.send((tls, from)).await,
                    _ => {}
                }
            });
        }
    });
    let tls = Tls(receive, at);
    let router = axum::Router::new().fallback(move |r: Request| answer(sites.clone(), weather.clone(), r, true));
    tokio::spawn(async move { axum::serve(tls, router).await });
}

/// Port 80; a host whose front page has headers without end is handled below HTTP.
struct Plain(TcpListener, Sites);

impl Listener for Plain {
    type Io = TcpStream;
    type Addr = SocketAddr;
    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let Ok((stream, from)) = self.0.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let endless =
                self.1.lock().unwrap().values().any(|s| s.plain.as_ref().is_some_and(|p| matches!(p.reply, Reply::EndlessHeader)));
            if !endless {
                return (stream, from);
            }
            tokio::spawn(endless_header(stream));
        }
    }
    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

async fn endless_header(mut stream: TcpStream) {
    let mut buffer = [0; 1024];
    let _ = stream.read(&mut buffer).await;
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
    for i in 0..1_000_000u32 {
        if stream.write_all(format!("x-{i}: {}\r\n", "a".repeat(1000)).as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn end_abruptly(mut tls: tokio_rustls::server::TlsStream<TcpStream>, text: &str) {
    let mut buffer = [0; 4096];
    let _ = tls.read(&mut buffer).await;
    let _ = tls.write_all(format!("HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n\r\n{text}").as_bytes()).await;
    let _ = tls.flush().await;
    // The connection is shut, TLS is not.
    let _ = tls.get_mut().0.shutdown().await;
}

struct Tls(tokio::sync::mpsc::Receiver<(tokio_rustls::server::TlsStream<TcpStream>, SocketAddr)>, SocketAddr);

impl Listener for Tls {
    type Io = tokio_rustls::server::TlsStream<TcpStream>;
    type Addr = SocketAddr;
    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        match self.0.recv().await {
            Some(pair) => pair,
            None => std::future::pending().await,
        }
    }
    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.1)
    }
}

async fn answer(sites: Sites, weather: Arc<Weather>, request: Request, tls: bool) -> Response {
    weather.delay().await;
    // HTTP/2 has no Host header; the name is part of the address.
    let authority = request.uri().host().map(str::to_owned);
    let host = request
        .headers()
        .get("host")
        .and_then(|h| h.to_str().ok())
        .map(str::to_owned)
        .or(authority)
        .unwrap_or_default()
        .split(':')
        .next()
        .unwrap_or("")
        .to_owned();
    let origin = request.headers().get("origin").and_then(|h| h.to_str().ok()).unwrap_or("").to_owned();
    let known = request.headers().get("if-none-match").and_then(|h| h.to_str().ok()).unwrap_or("").to_owned();
    let uri = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let of = |host: &str| sites.lock().unwrap().get(host).cloned();
    let Some(site) = of(&host).or_else(|| of("*")) else {
        return (http::StatusCode::MISDIRECTED_REQUEST, "no such host in the lab").into_response();
    };
    let plain = if tls { None } else { site.plain };
    let page = plain.or_else(|| site.pages.get(request.uri().path()).cloned()).or(site.other).unwrap_or_else(|| Page {
        status: 404,
        headers: vec![("content-type".into(), "text/html; charset=utf-8".into())],
        reply: Reply::Text("<h1>Not found</h1>".into()),
    });
    let same = !known.is_empty() && page.headers.iter().any(|(n, v)| n == "etag" && *v == known);
    let mut response = Response::builder().status(if same { 304 } else { page.status });
    for (name, value) in &page.headers {
        response = response.header(name, value.replace("{uri}", &uri));
    }
    let body = match page.reply {
        _ if same => Body::empty(),
        Reply::Text(text) => Body::from(text),
        Reply::Endless => {
            Body::from_stream(futures::stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 65536]))).take(16 * 1024))
        }
        Reply::Bomb => {
            response = response.header("content-encoding", "gzip");
            Body::from(BOMB.as_slice())
        }
        Reply::Trickle => Body::from_stream(futures::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"x")), ()))
        })),
        Reply::EndlessHeader | Reply::Abrupt(_) => Body::empty(),
        Reply::Bytes(bytes) => Body::from(bytes),
        Reply::ReflectOrigin => {
            response = response.header("access-control-allow-origin", origin).header("access-control-allow-credentials", "true");
            Body::from("{}")
        }
    };
    response.body(body).unwrap()
}

/// A gzip of a gigabyte of zeroes, made of one deflate block repeated: members may be concatenated
/// (RFC 1952 section 2.2).
static BOMB: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    encoder.write_all(&vec![0; 16 * 1024 * 1024]).unwrap();
    encoder.finish().unwrap().repeat(64)
});
