//! What stands in a certificate. Pure: nothing is fetched or judged.

use crate::util::sha256;
use readiness::evidence::{Certificate, CertificateDetails};
use rustls::pki_types::CertificateDer;
use std::net::IpAddr;
use x509_parser::extensions::{DistributionPointName, ParsedExtension};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;

/// A served certificate as evidence; one that cannot be read is known by its hash alone.
pub fn describe(der: &CertificateDer) -> Certificate {
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
        crl: crl_urls(cert),
        ocsp: ocsp_urls(cert),
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

/// The addresses of revocation lists in a certificate.
pub fn crl_urls(cert: &X509Certificate) -> Vec<String> {
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

/// The addresses of OCSP responders in a certificate.
pub fn ocsp_urls(cert: &X509Certificate) -> Vec<String> {
    let access = cert.extensions().iter().filter_map(|e| match e.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(a) => Some(&a.accessdescs),
        _ => None,
    });
    access
        .flatten()
        .filter(|d| d.access_method.to_id_string() == "1.3.6.1.5.5.7.48.1")
        .filter_map(|d| if let GeneralName::URI(u) = d.access_location { Some(u.to_owned()) } else { None })
        .filter(|u| u.starts_with("http"))
        .take(4)
        .collect()
}
