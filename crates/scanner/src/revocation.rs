//! Whether a served leaf is revoked, by the list that it names (RFC 5280 section 5) or else by its
//! OCSP responder (RFC 6960).

use crate::certificate::{crl_urls, ocsp_urls};
use crate::http::Http;
use crate::ocsp;
use crate::util::now;
use base64::Engine;
use readiness::evidence::{Revocation, RevocationState};
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

/// Bytes of a list; the largest of public authorities are about this size.
const MAX_LIST: usize = 12 * 1024 * 1024;
/// Bytes of a responder's answer, which is about one certificate.
const MAX_ANSWER: usize = 256 * 1024;

/// Asks the leaf's list, or its responder where no list is named. Both must be signed by the leaf's
/// issuer: they come over plain HTTP.
pub async fn check(http: &Http, host: &str, chain: &[CertificateDer<'static>]) -> Option<Revocation> {
    let (leaf_der, rest) = chain.split_first()?;
    let (_, leaf) = X509Certificate::from_der(leaf_der).ok()?;
    let list = crl_urls(&leaf).into_iter().next();
    let source = list.clone().or_else(|| ocsp_urls(&leaf).into_iter().next())?;
    let at = now();
    let issuer = rest.iter().find(|c| X509Certificate::from_der(c).is_ok_and(|(_, c)| c.subject() == leaf.issuer()));
    let state = match issuer {
        None => RevocationState::Unknown("the issuer's certificate is not served, so its word cannot be verified".into()),
        Some(issuer) if list.is_some() => from_list(http, &source, &leaf, issuer, at).await,
        Some(issuer) => from_responder(http, &source, leaf_der, issuer, at).await,
    };
    Some(Revocation { host: host.to_owned(), source, at, state })
}

async fn load(http: &Http, what: &str, url: &str, limit: usize) -> Result<Vec<u8>, RevocationState> {
    match http.load(url, limit).await {
        Ok((200, bytes)) => Ok(bytes),
        Ok((status, _)) => Err(RevocationState::Unknown(format!("the {what} answered {status}"))),
        Err(why) => Err(RevocationState::Unknown(format!("the {what} could not be read: {why}"))),
    }
}

async fn from_list(http: &Http, url: &str, leaf: &X509Certificate<'_>, issuer: &[u8], at: i64) -> RevocationState {
    let bytes = match load(http, "revocation list", url, MAX_LIST).await {
        Ok(bytes) => bytes,
        Err(state) => return state,
    };
    let (Ok((_, list)), Ok((_, issuer))) = (CertificateRevocationList::from_der(&bytes), X509Certificate::from_der(issuer)) else {
        return RevocationState::Unknown("the revocation list cannot be read".into());
    };
    if list.verify_signature(issuer.public_key()).is_err() {
        return RevocationState::Unknown("the revocation list is not signed by the issuer".into());
    }
    if list.next_update().is_some_and(|n| n.timestamp() * 1000 < at) {
        return RevocationState::Unknown("the revocation list is out of date".into());
    }
    let revoked = list.iter_revoked_certificates().any(|c| c.raw_serial() == leaf.raw_serial());
    if revoked { RevocationState::Revoked } else { RevocationState::Good }
}

/// By GET, which responders answer from their caches (RFC 6960 appendix A.1).
async fn from_responder(http: &Http, url: &str, leaf: &[u8], issuer: &[u8], at: i64) -> RevocationState {
    let Some(question) = ocsp::question(leaf, issuer) else {
        return RevocationState::Unknown("the certificate cannot be read".into());
    };
    let text = base64::engine::general_purpose::STANDARD.encode(question);
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    match load(http, "responder", &format!("{}/{encoded}", url.trim_end_matches('/')), MAX_ANSWER).await {
        Ok(bytes) => ocsp::read(&bytes, leaf, issuer, at),
        Err(state) => state,
    }
}
