//! What an OCSP responder says of a leaf (RFC 6960): question, and reading of the signed answer.

use readiness::evidence::RevocationState;
use x509_cert::der::{Decode, Encode};
use x509_ocsp::{BasicOcspResponse, CertId, CertStatus, OcspRequest, OcspResponse, OcspResponseStatus, Request, TbsRequest};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::verify::verify_signature;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// The question about one leaf. SHA-1 names the issuer, as every responder expects (RFC 5019 section 2.1.1).
fn subject(leaf: &[u8], issuer: &[u8]) -> Option<CertId> {
    let parse = |der| x509_cert::Certificate::from_der(der).ok();
    CertId::from_cert::<sha1::Sha1>(&parse(issuer)?, &parse(leaf)?).ok()
}

/// A question in DER.
pub(crate) fn question(leaf: &[u8], issuer: &[u8]) -> Option<Vec<u8>> {
    let request_list = vec![Request::new(subject(leaf, issuer)?)];
    OcspRequest { tbs_request: TbsRequest { request_list, ..TbsRequest::default() }, optional_signature: None }.to_der().ok()
}

/// Reads an answer at `now` (epoch milliseconds). Only one that the issuer signed, or somebody whom
/// the issuer named for this (RFC 6960 section 4.2.2.2), counts: it came over plain HTTP.
pub(crate) fn read(answer: &[u8], leaf: &[u8], issuer: &[u8], now: i64) -> RevocationState {
    match try_read(answer, leaf, issuer, now) {
        Ok(state) => state,
        Err(why) => RevocationState::Unknown(why.to_owned()),
    }
}

fn try_read(answer: &[u8], leaf: &[u8], issuer: &[u8], now: i64) -> Result<RevocationState, &'static str> {
    const UNREADABLE: &str = "the responder's answer cannot be read";
    let answer = OcspResponse::from_der(answer).map_err(|_| UNREADABLE)?;
    if answer.response_status != OcspResponseStatus::Successful {
        return Err("the responder refused the question");
    }
    let bytes = answer.response_bytes.ok_or(UNREADABLE)?;
    let basic = BasicOcspResponse::from_der(bytes.response.as_bytes()).map_err(|_| UNREADABLE)?;
    let wanted = subject(leaf, issuer).ok_or("the certificate cannot be read")?;
    let (_, issuer) = X509Certificate::from_der(issuer).map_err(|_| "the issuer's certificate cannot be read")?;
    if !signed(&basic, &issuer, now) {
        return Err("the responder's answer is not signed by the issuer");
    }
    let same = |id: &CertId| {
        id.serial_number == wanted.serial_number
            && id.issuer_name_hash == wanted.issuer_name_hash
            && id.issuer_key_hash == wanted.issuer_key_hash
    };
    let single =
        basic.tbs_response_data.responses.iter().find(|r| same(&r.cert_id)).ok_or("the responder answered about another certificate")?;
    let ms = |t: &x509_ocsp::OcspGeneralizedTime| i64::try_from(t.0.to_unix_duration().as_millis()).unwrap_or(i64::MAX);
    if single.next_update.as_ref().is_some_and(|t| ms(t) < now) || ms(&single.this_update) > now + 5 * 60_000 {
        return Err("the responder's answer is out of date");
    }
    Ok(match single.cert_status {
        CertStatus::Good(_) => RevocationState::Good,
        CertStatus::Revoked(_) => RevocationState::Revoked,
        CertStatus::Unknown(_) => RevocationState::Unknown("the responder does not know the certificate".into()),
    })
}

fn signed(basic: &BasicOcspResponse, issuer: &X509Certificate, now: i64) -> bool {
    let (Ok(data), Ok(algorithm), Ok(signature)) =
        (basic.tbs_response_data.to_der(), basic.signature_algorithm.to_der(), basic.signature.to_der())
    else {
        return false;
    };
    let (Ok((_, algorithm)), Ok((_, signature))) =
        (AlgorithmIdentifier::from_der(&algorithm), x509_parser::der_parser::asn1_rs::BitString::from_der(&signature))
    else {
        return false;
    };
    let by = |key: &SubjectPublicKeyInfo| verify_signature(key, &algorithm, &signature, &data).is_ok();
    let delegate = |der: &[u8]| {
        X509Certificate::from_der(der).is_ok_and(|(_, c)| {
            let named = c.extended_key_usage().ok().flatten().is_some_and(|u| u.value.ocsp_signing);
            let in_date = c.validity().not_before.timestamp() * 1000 <= now && now <= c.validity().not_after.timestamp() * 1000;
            named && in_date && c.verify_signature(Some(issuer.public_key())).is_ok() && by(c.public_key())
        })
    };
    by(issuer.public_key()) || basic.certs.iter().flatten().take(4).filter_map(|c| c.to_der().ok()).any(|der| delegate(&der))
}
