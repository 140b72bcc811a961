//! Keys that sign a zone of the lab.

use crate::name::fqdn;
use hickory_proto::dnssec::crypto::Ed25519SigningKey;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, RRSIG};
use hickory_proto::dnssec::{DigestType, DnssecSigner, PublicKey, SigningKey};
use hickory_proto::rr::{DNSClass, RData, Record, RecordSet, RecordType};
use std::time::Duration;
use time::OffsetDateTime;

/// How a zone is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// Right.
    Good,
    /// With signatures that ended yesterday.
    Expired,
    /// With another key than the DS record names.
    OtherKey,
}

/// The key of a zone.
pub(crate) struct Keys {
    signer: DnssecSigner,
    named: DNSKEY,
    signing: Signing,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({:?})", self.signing)
    }
}

fn key() -> (Ed25519SigningKey, DNSKEY) {
    let key = Ed25519SigningKey::from_pkcs8(&Ed25519SigningKey::generate_pkcs8().unwrap()).unwrap();
    let dnskey = DNSKEY::from_key(&key.to_public_key().unwrap());
    (key, dnskey)
}

impl Keys {
    pub(crate) fn new(zone: &str, signing: Signing) -> Self {
        let (key, dnskey) = key();
        let named = if signing == Signing::OtherKey { self::key().1 } else { dnskey.clone() };
        let signer = DnssecSigner::new(dnskey, Box::new(key), fqdn(zone), Duration::from_secs(10 * 86_400));
        Self { signer, named, signing }
    }
    pub(crate) fn dnskey(&self, zone: &str) -> Record {
        Record::from_rdata(fqdn(zone), 300, RData::DNSSEC(DNSSECRData::DNSKEY(self.signer.to_dnskey())))
    }
    pub(crate) fn ds(&self, zone: &str) -> Record {
        let digest = self.named.to_digest(&fqdn(zone), DigestType::SHA256).unwrap().as_ref().to_vec();
        let ds = DS::new(self.named.calculate_key_tag().unwrap(), self.named.public_key().algorithm(), DigestType::SHA256, digest);
        Record::from_rdata(fqdn(zone), 300, RData::DNSSEC(DNSSECRData::DS(ds)))
    }
    /// The line of a trust anchor file.
    pub(crate) fn anchor(&self, zone: &str) -> String {
        use base64::Engine;
        let key = self.signer.to_dnskey();
        let text = base64::engine::general_purpose::STANDARD.encode(key.public_key().public_bytes());
        format!("{}. 300 IN DNSKEY {} 3 {} {text}\n", zone, key.flags(), u8::from(key.public_key().algorithm()))
    }
    /// Signatures for the record sets of an answer.
    pub(crate) fn sign(&self, records: &[Record]) -> Vec<Record> {
        let mut kinds: Vec<(hickory_proto::rr::Name, RecordType)> = records.iter().map(|r| (r.name.clone(), r.record_type())).collect();
        kinds.dedup();
        let age = if self.signing == Signing::Expired { 11 } else { 1 };
        let inception = OffsetDateTime::now_utc() - time::Duration::days(age);
        kinds
            .into_iter()
            .map(|(name, rtype)| {
                let mut set = RecordSet::new(name.clone(), rtype, 0);
                for r in records.iter().filter(|r| r.name == name && r.record_type() == rtype) {
                    set.insert(r.clone(), 0);
                }
                let rrsig = RRSIG::from_rrset(&set, DNSClass::IN, inception, &self.signer).unwrap();
                Record::from_rdata(name, 300, RData::DNSSEC(DNSSECRData::RRSIG(rrsig)))
            })
            .collect()
    }
}
