//! A greeting on port 25: whether a mail server offers STARTTLS (RFC 3207). No mail is written.

use crate::dns::{Dns, Scope};
use crate::tls;
use crate::util::now;
use net::{ConnectError, Egress, failure, tls_config};
use readiness::evidence::{SmtpOutcome, SmtpProbe};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

const CONNECT: Duration = Duration::from_secs(4);
/// The whole conversation; Postfix' postscreen alone lets a client wait six seconds for its greeting.
const TALK: Duration = Duration::from_secs(12);
/// Bytes of one reply.
const MAX_REPLY: usize = 8 * 1024;

/// Talks to one MX host.
pub async fn probe(dns: &Dns, egress: &Egress, roots: &Arc<RootCertStore>, host: &str) -> SmtpProbe {
    let at = now();
    let addresses = dns.addresses(host, Scope::One).await;
    let done = |address: Option<String>, outcome| SmtpProbe { host: host.to_owned(), address, at, outcome };
    let (mut stream, ip) = match egress.connect(&addresses, 25, CONNECT).await {
        Ok(x) => x,
        Err(ConnectError::Timeout) => {
            return done(
                None,
                SmtpOutcome::Unreached("port 25 did not answer in time; most networks block it from inside, ours may too".into()),
            );
        }
        Err(ConnectError::Io(e)) if e.kind() == std::io::ErrorKind::ConnectionRefused => return done(None, SmtpOutcome::Refused),
        Err(e) => return done(None, SmtpOutcome::Unreached(format!("port 25 was not reached: {e}"))),
    };
    let address = Some(ip.to_string());
    // A client without a name of its own greets with its address (RFC 5321 section 4.1.3).
    let greeting = match stream.local_addr().map(|a| a.ip()) {
        Ok(IpAddr::V6(six)) => format!("EHLO [IPv6:{six}]\r\n"),
        Ok(IpAddr::V4(four)) => format!("EHLO [{four}]\r\n"),
        Err(_) => "EHLO [127.0.0.1]\r\n".to_owned(),
    };
    let talk = async {
        if !reply(&mut stream).await?.starts_with("220") {
            return Err("it does not greet with 220".to_owned());
        }
        stream.write_all(greeting.as_bytes()).await.map_err(|e| e.to_string())?;
        let offers = reply(&mut stream).await?;
        if !offers.starts_with("250") {
            return Err(format!("it refuses our greeting ({})", offers.lines().next().unwrap_or("").trim()));
        }
        if !offers.lines().any(|l| l.get(4..).is_some_and(|w| w.trim().eq_ignore_ascii_case("STARTTLS"))) {
            let _ = stream.write_all(b"QUIT\r\n").await;
            return Ok(SmtpOutcome::NotOffered);
        }
        stream.write_all(b"STARTTLS\r\n").await.map_err(|e| e.to_string())?;
        if !reply(&mut stream).await?.starts_with("220") {
            return Ok(SmtpOutcome::Broken("it offers STARTTLS and then declines it".into()));
        }
        let mut config = tls_config::unverified().map_err(|e| e.to_string())?;
        // A mail server may refuse a client that offers the web's protocols (Exim's tls_alpn).
        config.alpn_protocols.clear();
        let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string())?;
        match tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await {
            Err(e) => Ok(SmtpOutcome::Broken(failure::plain(&e))),
            Ok(tls) => {
                let (_, conn) = tls.get_ref();
                let chain: Vec<CertificateDer<'static>> =
                    conn.peer_certificates().unwrap_or_default().iter().take(10).map(|c| c.clone().into_owned()).collect();
                Ok(SmtpOutcome::Encrypted {
                    version: tls::version_name(conn.protocol_version()),
                    trusted: tls::accepted(roots, host, &chain),
                })
            }
        }
    };
    match tokio::time::timeout(TALK, talk).await {
        Ok(Ok(outcome)) => done(address, outcome),
        Ok(Err(why)) => done(address, SmtpOutcome::Unreached(format!("the conversation broke off: {why}"))),
        Err(_) => done(address, SmtpOutcome::Unreached("the server did not answer in time".into())),
    }
}

/// One reply, all its lines (RFC 5321 section 4.2.1).
async fn reply(stream: &mut (impl AsyncRead + Unpin)) -> Result<String, String> {
    let mut text: Vec<u8> = vec![];
    let mut chunk = [0u8; 512];
    loop {
        let whole = text.ends_with(b"\n")
            && text.split(|b| *b == b'\n').rev().nth(1).is_some_and(|l| l.len() < 4 || l.get(3) == Some(&b' ') || l.get(3) == Some(&b'\r'));
        if whole {
            return Ok(String::from_utf8_lossy(&text).into_owned());
        }
        if text.len() > MAX_REPLY {
            return Err("a reply without end".into());
        }
        match stream.read(&mut chunk).await {
            Ok(0) => return Err("the connection was closed".into()),
            Ok(n) => text.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            Err(e) => return Err(failure::plain(&e)),
        }
    }
}

#[tokio::test]
async fn replies_of_several_lines_are_read_whole() {
    let mut one: &[u8] = b"250-mx.test\r\n250-STARTTLS\r\n250 8BITMIME\r\nrest";
    // A reader hands out what it has; the last line must be complete.
    assert!(reply(&mut one).await.is_err() || one.is_empty());
    let mut two: &[u8] = b"250-mx.test\r\n250 STARTTLS\r\n";
    assert!(reply(&mut two).await.unwrap().contains("STARTTLS"));
    let mut endless: &[u8] = &[b'x'; 20_000];
    assert!(reply(&mut endless).await.is_err());
}
