//! One handshake a host: what was served, and whether it would be trusted.
//!
//! The handshake accepts any certificate, so that a bad one can be looked at; whether a browser
//! would accept it is verified afterwards and recorded apart for chain, name and calendar.

use crate::certificate::describe;
use crate::util::now;
use net::{ConnectError, Egress, failure, tls_config};
use readiness::evidence::{TlsFailure, TlsOutcome, TlsProbe, TlsSession, Trust};
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use x509_parser::prelude::{FromDer, X509Certificate};

const CONNECT: Duration = Duration::from_secs(5);
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Probes port 443 of a host at addresses that the guard has judged; also gives the chain as served.
pub async fn probe(
    egress: &Egress,
    roots: &Arc<RootCertStore>,
    host: &str,
    addresses: &[IpAddr],
) -> (TlsProbe, Vec<CertificateDer<'static>>) {
    let stapled = Arc::new(AtomicBool::new(false));
    let at = now();
    let failed = |kind, detail: String, address: Option<IpAddr>| {
        let address = address.map(|a| a.to_string());
        (TlsProbe { host: host.to_owned(), address, at, outcome: TlsOutcome::Failed { kind, detail } }, vec![])
    };
    let (stream, ip) = match egress.connect(addresses, 443, CONNECT).await {
        Ok(x) => x,
        Err(e) => {
            let kind = match &e {
                ConnectError::Unresolved => TlsFailure::Unresolved,
                ConnectError::Denied(_) => TlsFailure::Denied,
                ConnectError::Timeout => TlsFailure::Timeout,
                ConnectError::Io(io)
                    if matches!(io.kind(), std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::ConnectionReset) =>
                {
                    TlsFailure::Refused
                }
                // An unreachable network is ours as likely as theirs.
                ConnectError::Io(_) => TlsFailure::Timeout,
            };
            return failed(kind, e.to_string(), addresses.first().copied());
        }
    };
    let (Ok(name), Ok(config)) = (ServerName::try_from(host.to_owned()), tls_config::unverified_noting_staple(stapled.clone())) else {
        return failed(TlsFailure::Handshake, "the name cannot be sent in SNI".into(), Some(ip));
    };
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    match tokio::time::timeout(HANDSHAKE, connector.connect(name, stream)).await {
        Err(_) => failed(TlsFailure::Timeout, "connected, but no handshake in time".into(), Some(ip)),
        Ok(Err(e)) => failed(TlsFailure::Handshake, failure::plain(&e), Some(ip)),
        Ok(Ok(tls)) => {
            let (_, conn) = tls.get_ref();
            let chain: Vec<CertificateDer<'static>> =
                conn.peer_certificates().unwrap_or_default().iter().take(10).map(|c| c.clone().into_owned()).collect();
            let session = TlsSession {
                version: version_name(conn.protocol_version()),
                cipher: conn.negotiated_cipher_suite().map_or_else(String::new, |c| format!("{:?}", c.suite())),
                alpn: conn.alpn_protocol().map(|p| String::from_utf8_lossy(p).into_owned()),
                trust: trust(roots, host, &chain),
                name_matches: name_matches(host, &chain),
                chain: chain.iter().map(describe).collect(),
                stapled: stapled.load(Ordering::Relaxed),
            };
            (TlsProbe { host: host.to_owned(), address: Some(ip.to_string()), at, outcome: TlsOutcome::Session(session) }, chain)
        }
    }
}

/// `TLS 1.3`.
pub fn version_name(version: Option<rustls::ProtocolVersion>) -> String {
    version.map_or_else(String::new, |v| match v {
        rustls::ProtocolVersion::TLSv1_3 => "TLS 1.3".into(),
        rustls::ProtocolVersion::TLSv1_2 => "TLS 1.2".into(),
        other => format!("{other:?}"),
    })
}

/// Whether a client that verifies would accept this chain for this name now.
pub fn accepted(roots: &Arc<RootCertStore>, host: &str, chain: &[CertificateDer<'static>]) -> bool {
    let Some((leaf, rest)) = chain.split_first() else { return false };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(roots.clone(), provider).build();
    let moment = UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(now()).unwrap_or(0)));
    match (verifier, ServerName::try_from(host)) {
        (Ok(v), Ok(name)) => v.verify_server_cert(leaf, rest, &name, &[], moment).is_ok(),
        _ => false,
    }
}

fn name_matches(host: &str, chain: &[CertificateDer]) -> bool {
    let (Some(leaf), Ok(name)) = (chain.first(), ServerName::try_from(host)) else { return false };
    ParsedCertificate::try_from(leaf).is_ok_and(|c| rustls::client::verify_server_name(&c, &name).is_ok())
}

/// Whether the served chain ends at a trusted root, whatever the name and the date.
fn trust(roots: &Arc<RootCertStore>, host: &str, chain: &[CertificateDer]) -> Trust {
    let Some((leaf, rest)) = chain.split_first() else { return Trust::Broken("no certificate was served".into()) };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let (Ok(verifier), Ok(name)) =
        (rustls::client::WebPkiServerVerifier::builder_with_provider(roots.clone(), provider).build(), ServerName::try_from(host))
    else {
        return Trust::Broken("the host name cannot be verified".into());
    };
    let parsed = X509Certificate::from_der(leaf).ok().map(|(_, c)| c);
    // A moment within the lifetime of every served certificate, so that expiry is judged apart.
    let span = chain.iter().filter_map(|c| X509Certificate::from_der(c).ok()).fold((i64::MIN, i64::MAX), |(from, to), (_, c)| {
        (from.max(c.validity().not_before.timestamp()), to.min(c.validity().not_after.timestamp()))
    });
    let moment = |secs: i64| UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(secs).unwrap_or(0)));
    let mut verdict = verifier.verify_server_cert(leaf, rest, &name, &[], moment(now() / 1000));
    if matches!(
        &verdict,
        Err(Error::InvalidCertificate(
            CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
        ))
    ) {
        verdict = verifier.verify_server_cert(leaf, rest, &name, &[], moment(span.0.midpoint(span.1)));
    }
    match verdict {
        Ok(_) | Err(Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })) => {
            Trust::Trusted
        }
        Err(error) => {
            let Some(cert) = parsed else { return Trust::Broken("the certificate cannot be read".into()) };
            if cert.subject() == cert.issuer() {
                return Trust::SelfSigned;
            }
            let issuer_served = rest.iter().any(|c| X509Certificate::from_der(c).is_ok_and(|(_, i)| i.subject() == cert.issuer()));
            match error {
                Error::InvalidCertificate(CertificateError::UnknownIssuer) if issuer_served => Trust::UnknownIssuer,
                Error::InvalidCertificate(CertificateError::UnknownIssuer) => Trust::MissingIntermediate,
                Error::InvalidCertificate(e) => Trust::Broken(format!("{e:?}")),
                other => Trust::Broken(other.to_string()),
            }
        }
    }
}
