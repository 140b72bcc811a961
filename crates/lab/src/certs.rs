//! A root, an intermediate, and leaves of every kind.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, CrlDistributionPoint,
    CustomExtension, DnType, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, SigningKey,
};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use time::{Duration, OffsetDateTime};
use x509_cert::der::asn1::{BitString, ObjectIdentifier};
use x509_cert::der::{Decode, Encode};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponse, ResponderId, ResponseData, RevokedInfo, SingleResponse,
    Version,
};

/// What kind of certificate a host serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertKind {
    /// Right in every way: 90 days, 60 of them left.
    Good,
    /// Ran out yesterday.
    Expired,
    /// Valid from tomorrow.
    NotYet,
    /// Five of ninety days left.
    Ending,
    /// For these names instead.
    Names(Vec<String>),
    /// Signed by itself.
    SelfSigned,
    /// The leaf alone.
    MissingIntermediate,
    /// Signed by an authority that nobody trusts.
    UnknownCa,
    /// Right, and on the intermediate's revocation list.
    Revoked,
    /// Right; names the responder `ocsp.nic.test` and no list.
    OcspOnly,
    /// Right; names this responder, an address of at most a hundred characters, and no list.
    OcspAt(String),
}

/// What the OCSP responder says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspAnswer {
    /// Signed and in date.
    Good,
    /// Revoked yesterday.
    Revoked,
    /// Ended an hour ago.
    Old,
    /// Signed by somebody else.
    Forged,
}

/// The serial number of the one certificate that is revoked.
const REVOKED: u64 = 0x0bad_cafe;

pub(crate) struct Certs {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
    kinds: Mutex<HashMap<String, CertKind>>,
    made: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for Certs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certs")
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(DnType::OrganizationName, "Lab");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

impl Certs {
    pub(crate) fn new() -> Self {
        let root = CertifiedIssuer::self_signed(authority("Lab Root"), KeyPair::generate().unwrap()).unwrap();
        let intermediate = CertifiedIssuer::signed_by(authority("Lab Intermediate"), KeyPair::generate().unwrap(), &root).unwrap();
        let stranger = CertifiedIssuer::self_signed(authority("Stranger Root"), KeyPair::generate().unwrap()).unwrap();
        Self { root, intermediate, stranger, kinds: Mutex::default(), made: Mutex::default() }
    }
    pub(crate) fn root_pem(&self) -> String {
        self.root.pem()
    }
    /// The intermediate's revocation list.
    pub(crate) fn crl(&self) -> Vec<u8> {
        let now = OffsetDateTime::now_utc();
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(REVOKED),
            revocation_time: now - Duration::days(1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: now - Duration::days(1),
            next_update: now + Duration::days(6),
            crl_number: SerialNumber::from(1u64),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.intermediate).unwrap().der().to_vec()
    }
    /// What the responder says of a host's certificate.
    pub(crate) fn ocsp(&self, host: &str, answer: OcspAnswer) -> Vec<u8> {
        let key = self.make(host);
        let parse = |n: usize| x509_cert::Certificate::from_der(&key.cert[n]).unwrap();
        let hour = |n: i64| OcspGeneralizedTime::try_from(SystemTime::from(OffsetDateTime::now_utc() + Duration::hours(n))).unwrap();
        let id = CertId::from_cert::<sha1::Sha1>(&parse(1), &parse(0)).unwrap();
        let status = match answer {
            OcspAnswer::Revoked => CertStatus::Revoked(RevokedInfo { revocation_time: hour(-24), revocation_reason: None }),
            _ => CertStatus::good(),
        };
        let ends = if answer == OcspAnswer::Old { -1 } else { 24 };
        let tbs_response_data = ResponseData {
            version: Version::V1,
            responder_id: ResponderId::ByName(parse(1).tbs_certificate.subject),
            produced_at: hour(-2),
            responses: vec![SingleResponse::new(id, status, hour(-2)).with_next_update(hour(ends))],
            response_extensions: None,
        };
        let signer = if answer == OcspAnswer::Forged { &self.stranger } else { &self.intermediate };
        let signature = signer.key().sign(&tbs_response_data.to_der().unwrap()).unwrap();
        let basic = BasicOcspResponse {
            tbs_response_data,
            // ecdsa-with-SHA256 (RFC 5758 section 3.2), which the lab's keys are made for.
            signature_algorithm: AlgorithmIdentifierOwned { oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"), parameters: None },
            signature: BitString::from_bytes(&signature).unwrap(),
            certs: None,
        };
        OcspResponse::successful(basic).unwrap().to_der().unwrap()
    }
    pub(crate) fn set(&self, host: &str, kind: CertKind) {
        self.kinds.lock().unwrap().insert(host.to_owned(), kind);
        self.made.lock().unwrap().remove(host);
    }

    /// A host's certificate with its chain, and its key, for a server of its own; in PEM.
    pub(crate) fn pem(&self, host: &str) -> (String, String) {
        let kind = self.kinds.lock().unwrap().get(host).cloned().unwrap_or(CertKind::Good);
        let names = if let CertKind::Names(names) = &kind { names.clone() } else { vec![host.to_owned()] };
        self.issue(names, &kind)
    }

    /// A chain and its key as PEM, for real servers.
    pub(crate) fn issue(&self, hosts: Vec<String>, kind: &CertKind) -> (String, String) {
        let (chain, key) = self.sign(&hosts[0].clone(), hosts, kind);
        (chain.iter().map(Certificate::pem).collect(), key.serialize_pem())
    }
    fn sign(&self, common: &str, names: Vec<String>, kind: &CertKind) -> (Vec<Certificate>, KeyPair) {
        let now = OffsetDateTime::now_utc();
        let (from, to) = match kind {
            CertKind::Expired => (-91, -1),
            CertKind::NotYet => (1, 91),
            CertKind::Ending => (-85, 5),
            _ => (-30, 60),
        };
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, common);
        params.not_before = now + Duration::days(from);
        params.not_after = now + Duration::days(to);
        params.use_authority_key_identifier_extension = true;
        match kind {
            CertKind::OcspOnly => params.custom_extensions.push(responder("http://ocsp.nic.test")),
            CertKind::OcspAt(url) => params.custom_extensions.push(responder(url)),
            _ => params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec!["http://pki.nic.test/ca.crl".into()] }],
        }
        if *kind == CertKind::Revoked {
            params.serial_number = Some(SerialNumber::from(REVOKED));
        }
        let key = KeyPair::generate().unwrap();
        let by = |issuer: &Issuer<'static, KeyPair>| params.signed_by(&key, issuer).unwrap();
        let chain = match kind {
            CertKind::SelfSigned => vec![params.self_signed(&key).unwrap()],
            CertKind::UnknownCa => vec![by(&self.stranger), self.stranger.as_ref().clone()],
            CertKind::MissingIntermediate => vec![by(&self.intermediate)],
            _ => vec![by(&self.intermediate), self.intermediate.as_ref().clone()],
        };
        (chain, key)
    }

    fn make(&self, host: &str) -> Arc<CertifiedKey> {
        if let Some(key) = self.made.lock().unwrap().get(host) {
            return key.clone();
        }
        let kind = self.kinds.lock().unwrap().get(host).cloned().unwrap_or(CertKind::Good);
        let names = if let CertKind::Names(names) = &kind { names.clone() } else { vec![host.to_owned()] };
        let (chain, key) = self.sign(host, names, &kind);
        let chain: Vec<CertificateDer<'static>> = chain.iter().map(|c| c.der().clone()).collect();
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let certified = Arc::new(CertifiedKey::new(chain, any_supported_type(&private).unwrap()));
        self.made.lock().unwrap().insert(host.to_owned(), certified.clone());
        certified
    }
}

/// Authority information access with a responder (RFC 5280 section 4.2.2.1).
fn responder(url: &str) -> CustomExtension {
    let short = |n: usize| u8::try_from(n).unwrap();
    let method = [0x06, 8, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01];
    let mut description = method.to_vec();
    description.extend([0x86, short(url.len())]);
    description.extend(url.bytes());
    let mut der = vec![0x30, short(description.len() + 2), 0x30, short(description.len())];
    der.extend(description);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], der)
}

impl ResolvesServerCert for Certs {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.make(hello.server_name()?))
    }
}
