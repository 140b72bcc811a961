//! How we speak TLS as a client: verifying, or taking any certificate so that it can be looked at.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Protocols offered by ALPN unless a caller says otherwise.
const WEB: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Verifies: a chain to one of these roots, the name, the dates. Offers h2 and http/1.1.
///
/// # Errors
/// If the provider of cryptography knows none of the protocol versions.
pub fn verified(roots: &Arc<RootCertStore>) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots.clone())
        .with_no_client_auth();
    config.alpn_protocols = WEB.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

/// Takes any certificate, for those who look at a site: nothing confidential may be sent over it, and nothing that comes
/// is anybody's word. Offers h2 and http/1.1.
///
/// # Errors
/// If the provider of cryptography knows none of the protocol versions.
pub fn unverified() -> Result<ClientConfig, Error> {
    unverified_noting_staple(Arc::default())
}

/// The same as [`unverified`], which also tells whether an OCSP answer was stapled.
///
/// # Errors
/// If the provider of cryptography knows none of the protocol versions.
pub fn unverified_noting_staple(stapled: Arc<AtomicBool>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AcceptAny(provider, stapled)))
        .with_no_client_auth();
    config.alpn_protocols = WEB.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

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
