//! Requests that are timed part by part: look-up, connection, TLS, wait, transfer. Each opens a
//! connection of its own, as a first visit does.

use crate::budget::{Ask, Budget};
use crate::dns::Dns;
use crate::util::now;
use crate::{page, zone};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use net::client::USER_AGENT;
use net::{ConnectError, Egress, dns_transport, failure, tls_config};
use readiness::evidence::{FamilyFetch, Sample};
use rustls::pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

const CONNECT: Duration = Duration::from_secs(5);
const REQUEST: Duration = Duration::from_secs(10);
/// Bytes of a timed body.
const MAX_BODY: usize = 5 * 1024 * 1024;
/// Samples of one page.
pub const SAMPLES: usize = 5;

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// What one timed request brought.
struct Timed {
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
    connect: u64,
    tls: u64,
    wait: u64,
    transfer: u64,
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

async fn timed(egress: &Egress, url: &Url, addresses: &[IpAddr]) -> Result<Timed, (bool, String)> {
    egress.permits_url(url).map_err(|e| (false, e.to_string()))?;
    let host = url.host_str().unwrap_or("").to_owned();
    let secure = url.scheme() == "https";
    let started = Instant::now();
    let (stream, _) = egress.connect(addresses, if secure { 443 } else { 80 }, CONNECT).await.map_err(|e| {
        let no_route = matches!(&e, ConnectError::Io(io) if matches!(io.kind(), std::io::ErrorKind::NetworkUnreachable | std::io::ErrorKind::HostUnreachable | std::io::ErrorKind::AddrNotAvailable));
        (no_route, e.to_string())
    })?;
    let connect = micros(started);
    let started = Instant::now();
    let other = |e: &(dyn std::error::Error + 'static)| (false, failure::plain(e));
    let stream: Box<dyn Io> = if secure {
        let mut config = tls_config::unverified().map_err(|e| other(&e))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from(host.clone()).map_err(|e| other(&e))?;
        Box::new(tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|e| other(&e))?)
    } else {
        Box::new(stream)
    };
    let tls = if secure { micros(started) } else { 0 };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| other(&e))?;
    let task = tokio::spawn(connection);
    let path = url.path().to_owned() + &url.query().map(|q| format!("?{q}")).unwrap_or_default();
    let request = http::Request::get(path)
        .header("host", &host)
        .header("user-agent", USER_AGENT)
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("accept-encoding", "br, gzip, zstd")
        .header("connection", "close")
        .body(Empty::<Bytes>::new())
        .map_err(|e| other(&e))?;
    let started = Instant::now();
    let response = sender.send_request(request).await.map_err(|e| other(&e))?;
    let wait = micros(started);
    let started = Instant::now();
    let status = response.status().as_u16();
    let location = response.headers().get("location").and_then(|l| l.to_str().ok()).map(str::to_owned);
    let mut body = response.into_body();
    let mut bytes: Vec<u8> = vec![];
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            // A server may end the body with the connection, and close TLS without close_notify.
            Err(e) if !bytes.is_empty() && failure::cut_off(&e) => break,
            Err(e) => return Err(other(&e)),
        };
        if let Some(data) = frame.data_ref() {
            let room = MAX_BODY.saturating_sub(bytes.len());
            bytes.extend_from_slice(data.get(..data.len().min(room)).unwrap_or_default());
            if room == 0 {
                break;
            }
        }
    }
    let transfer = micros(started);
    task.abort();
    Ok(Timed { status, location, body: bytes, connect, tls, wait, transfer })
}

/// Where a page sends its visitor on, if it does.
pub async fn peek(egress: &Egress, budget: &Budget, url: &Url, addresses: &[IpAddr]) -> Option<String> {
    let _place = budget.place(url.host_str().unwrap_or(""), Ask::Request).await.ok()?;
    let t = tokio::time::timeout(REQUEST, timed(egress, url, addresses)).await.ok()?.ok()?;
    t.location.filter(|_| matches!(t.status, 301 | 302 | 303 | 307 | 308))
}

/// One sample of a page: the name is looked up anew, then fetched.
pub async fn sample(dns: &Dns, egress: &Egress, budget: &Budget, url: &Url, addresses: &[IpAddr]) -> Sample {
    let at = now();
    let mut out =
        Sample { url: url.to_string(), at, status: None, error: None, dns: 0, connect: 0, tls: 0, wait: 0, transfer: 0, bytes: 0 };
    let host = url.host_str().unwrap_or("");
    let _place = match budget.place(host, Ask::Request).await {
        Ok(p) => p,
        Err(why) => {
            out.error = Some(why);
            return out;
        }
    };
    if let Some((_, resolver)) = dns.resolver() {
        let started = Instant::now();
        let _ = dns_transport::ask(resolver, &dns_transport::Question::new(host, hickory_proto::rr::RecordType::A, true)).await;
        out.dns = micros(started);
    }
    match tokio::time::timeout(REQUEST, timed(egress, url, addresses)).await {
        Ok(Ok(t)) => {
            out.status = Some(t.status);
            (out.connect, out.tls, out.wait, out.transfer, out.bytes) = (t.connect, t.tls, t.wait, t.transfer, t.body.len() as u64);
        }
        Ok(Err((_, why))) => out.error = Some(why),
        Err(_) => out.error = Some(format!("no whole answer within {} s", REQUEST.as_secs())),
    }
    out
}

/// The front page of a host by each of the given addresses, one of each family.
pub async fn families(egress: &Egress, budget: &Budget, host: &str, addresses: &[IpAddr]) -> Vec<FamilyFetch> {
    let Ok(url) = Url::parse(&format!("https://{host}/")) else { return vec![] };
    let mut out = vec![];
    for v6 in [false, true] {
        let Some(ip) = addresses.iter().find(|ip| ip.is_ipv6() == v6) else { continue };
        let at = now();
        let mut seen = FamilyFetch {
            host: host.to_owned(),
            address: ip.to_string(),
            at,
            status: Err("not tried".into()),
            no_route: false,
            simhash: 0,
            location: None,
        };
        if v6 && !zone::has_route(SocketAddr::new(*ip, 443)).await {
            seen.no_route = true;
            seen.status = Err("this machine has no IPv6".into());
            out.push(seen);
            continue;
        }
        let Ok(_place) = budget.place(host, Ask::Request).await else { continue };
        match tokio::time::timeout(REQUEST, timed(egress, &url, &[*ip])).await {
            Ok(Ok(t)) => {
                seen.status = Ok(t.status);
                seen.simhash = page::simhash(&String::from_utf8_lossy(&t.body));
                seen.location = t.location;
            }
            Ok(Err((no_route, why))) => {
                seen.status = Err(why);
                seen.no_route = no_route;
            }
            Err(_) => seen.status = Err("no answer in time".into()),
        }
        out.push(seen);
    }
    out
}
