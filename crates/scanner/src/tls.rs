//! One handshake a host: what was served, and whether it would be trusted.
//!
//! The handshake accepts any certificate, so that a bad one can be looked at; whether a browser
//! would accept it is verified afterwards and recorded apart for chain, name and calendar.

use crate::egress::{ConnectError, Egress};
use crate::{failure, now, revocation, sha256};
use readiness::evidence::{Certificate, CertificateDetails, TlsFailure, TlsOutcome, TlsProbe, TlsSession, Trust};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;

const CONNECT: Duration = Duration::from_secs(5);
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Accepts every certificate and still verifies that the server holds its key.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>, Arc<AtomicBool>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer,
        _: &[CertificateDer],
        _: &ServerName,
        ocsp: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.1.store(!ocsp.is_empty(), Ordering::Relaxed);
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A client configuration that looks at any certificate, offering h2 and http/1.1.
pub fn looking_config() -> Result<ClientConfig, Error> {
    looking(Arc::default())
}

/// A client configuration that verifies: a chain to one of these roots, the name, the dates.
pub fn trusting_config(roots: &Arc<RootCertStore>) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots.clone())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The same as [`looking_config`], which also tells whether an OCSP answer was stapled.
fn looking(stapled: Arc<AtomicBool>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AcceptAny(provider, stapled)))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

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
    let (Ok(name), Ok(config)) = (ServerName::try_from(host.to_owned()), looking(stapled.clone())) else {
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

fn describe(der: &CertificateDer) -> Certificate {
    let sha256 = sha256(der);
    let Ok((_, cert)) = X509Certificate::from_der(der) else {
        return Certificate {
            subject: "(cannot be read)".into(),
            issuer: String::new(),
            names: vec![],
            not_before: 0,
            not_after: 0,
            sha256,
            details: None,
        };
    };
    let names = cert.subject_alternative_name().ok().flatten().map_or_else(Vec::new, |san| {
        san.value
            .general_names
            .iter()
            .filter_map(|n| match n {
                GeneralName::DNSName(d) => Some(d.to_ascii_lowercase()),
                GeneralName::IPAddress(b) => <[u8; 4]>::try_from(*b).ok().map(|o| IpAddr::from(o).to_string()),
                _ => None,
            })
            .take(100)
            .collect()
    });
    Certificate {
        subject: cert.subject().to_string(),
        issuer: cert.issuer().to_string(),
        names,
        not_before: cert.validity().not_before.timestamp().saturating_mul(1000),
        not_after: cert.validity().not_after.timestamp().saturating_mul(1000),
        sha256,
        details: Some(details(&cert)),
    }
}

fn details(cert: &X509Certificate) -> CertificateDetails {
    let (key, bits) = match cert.public_key().parsed() {
        Ok(PublicKey::RSA(k)) => ("RSA", k.key_size()),
        Ok(PublicKey::EC(k)) => ("EC", k.key_size()),
        _ if cert.public_key().algorithm.algorithm.to_id_string() == "1.3.101.112" => ("Ed25519", 256),
        _ => ("unknown", 0),
    };
    let mut out = CertificateDetails {
        serial: cert.raw_serial().iter().map(|b| format!("{b:02x}")).collect(),
        key: key.into(),
        bits: u32::try_from(bits).unwrap_or(0),
        signature: signature_name(&cert.signature_algorithm.algorithm.to_id_string()).into(),
        crl: revocation::lists(cert),
        ocsp: revocation::responders(cert),
        ..CertificateDetails::default()
    };
    for e in cert.extensions() {
        match e.parsed_extension() {
            ParsedExtension::SCT(list) => out.scts = u32::try_from(list.len()).unwrap_or(0),
            // status_request in the TLS feature extension (RFC 7633).
            _ if e.oid.to_id_string() == "1.3.6.1.5.5.7.1.24" => out.must_staple = e.value.ends_with(&[5]),
            _ => {}
        }
    }
    out
}

fn signature_name(oid: &str) -> &'static str {
    match oid {
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "Ed25519",
        _ => "another algorithm",
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
