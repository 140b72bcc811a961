//! Whether a served leaf is revoked, by the list that it names (RFC 5280 section 5).

use crate::http::Http;
use crate::now;
use readiness::evidence::{Revocation, RevocationState};
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

/// Bytes of a list; the largest of public authorities are about this size.
const MAX_LIST: usize = 12 * 1024 * 1024;

/// The addresses of revocation lists in a certificate.
pub fn lists(cert: &X509Certificate) -> Vec<String> {
    let points = cert.extensions().iter().filter_map(|e| match e.parsed_extension() {
        ParsedExtension::CRLDistributionPoints(p) => Some(p),
        _ => None,
    });
    let names = points.flat_map(|p| &p.points).filter_map(|p| match p.distribution_point.as_ref()? {
        DistributionPointName::FullName(names) => Some(names),
        DistributionPointName::NameRelativeToCRLIssuer(_) => None,
    });
    names
        .flatten()
        .filter_map(|n| if let GeneralName::URI(u) = n { Some((*u).to_owned()) } else { None })
        .filter(|u| u.starts_with("http"))
        .take(4)
        .collect()
}

/// Reads the leaf's list and looks for its serial number. The list must be signed by the leaf's
/// issuer: it comes over plain HTTP.
pub async fn check(http: &Http, host: &str, chain: &[CertificateDer<'static>]) -> Option<Revocation> {
    let (leaf, rest) = chain.split_first()?;
    let (_, leaf) = X509Certificate::from_der(leaf).ok()?;
    let source = lists(&leaf).into_iter().next()?;
    let at = now();
    let done = |state| Some(Revocation { host: host.to_owned(), source: source.clone(), at, state });
    let (status, bytes) = match http.load(&source, MAX_LIST).await {
        Ok(x) => x,
        Err(why) => return done(RevocationState::Unknown(format!("the revocation list could not be read: {why}"))),
    };
    if status != 200 {
        return done(RevocationState::Unknown(format!("the revocation list answered {status}")));
    }
    let Ok((_, list)) = CertificateRevocationList::from_der(&bytes) else {
        return done(RevocationState::Unknown("the revocation list cannot be read".into()));
    };
    let issuer = rest.iter().filter_map(|c| X509Certificate::from_der(c).ok()).find(|(_, c)| c.subject() == leaf.issuer());
    let Some((_, issuer)) = issuer else {
        return done(RevocationState::Unknown("the issuer's certificate is not served, so its list cannot be verified".into()));
    };
    if list.verify_signature(issuer.public_key()).is_err() {
        return done(RevocationState::Unknown("the revocation list is not signed by the issuer".into()));
    }
    if list.next_update().is_some_and(|n| n.timestamp() * 1000 < at) {
        return done(RevocationState::Unknown("the revocation list is out of date".into()));
    }
    let revoked = list.iter_revoked_certificates().any(|c| c.raw_serial() == leaf.raw_serial());
    done(if revoked { RevocationState::Revoked } else { RevocationState::Good })
}
