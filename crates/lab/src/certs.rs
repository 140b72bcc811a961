//! A root, an intermediate, and leaves of every kind.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, CrlDistributionPoint, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};

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
    pub(crate) fn set(&self, host: &str, kind: CertKind) {
        self.kinds.lock().unwrap().insert(host.to_owned(), kind);
        self.made.lock().unwrap().remove(host);
    }

    fn make(&self, host: &str) -> Arc<CertifiedKey> {
        if let Some(key) = self.made.lock().unwrap().get(host) {
            return key.clone();
        }
        let kind = self.kinds.lock().unwrap().get(host).cloned().unwrap_or(CertKind::Good);
        let now = OffsetDateTime::now_utc();
        let (from, to) = match kind {
            CertKind::Expired => (-91, -1),
            CertKind::NotYet => (1, 91),
            CertKind::Ending => (-85, 5),
            _ => (-30, 60),
        };
        let names = if let CertKind::Names(names) = &kind { names.clone() } else { vec![host.to_owned()] };
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, host);
        params.not_before = now + Duration::days(from);
        params.not_after = now + Duration::days(to);
        params.use_authority_key_identifier_extension = true;
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec!["http://pki.nic.test/ca.crl".into()] }];
        if kind == CertKind::Revoked {
            params.serial_number = Some(SerialNumber::from(REVOKED));
        }
        let key = KeyPair::generate().unwrap();
        let sign = |issuer: &Issuer<'static, KeyPair>| params.signed_by(&key, issuer).unwrap().der().clone();
        let chain: Vec<CertificateDer<'static>> = match kind {
            CertKind::SelfSigned => vec![params.self_signed(&key).unwrap().der().clone()],
            CertKind::UnknownCa => vec![sign(&self.stranger), self.stranger.der().clone()],
            CertKind::MissingIntermediate => vec![sign(&self.intermediate)],
            _ => vec![sign(&self.intermediate), self.intermediate.der().clone()],
        };
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let certified = Arc::new(CertifiedKey::new(chain, any_supported_type(&private).unwrap()));
        self.made.lock().unwrap().insert(host.to_owned(), certified.clone());
        certified
    }
}

impl ResolvesServerCert for Certs {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.make(hello.server_name()?))
    }
}
