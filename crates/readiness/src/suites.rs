//! Cipher suites by number (IANA, TLS Cipher Suites), and what each is worth (RFC 9325, RFC 7465).

/// A cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite {
    /// The number on the wire.
    pub code: u16,
    /// IANA's name without `TLS_`.
    pub name: &'static str,
    /// Whether it belongs to TLS 1.3.
    pub tls13: bool,
}

const fn old(code: u16, name: &'static str) -> Suite {
    Suite { code, name, tls13: false }
}

const fn new(code: u16, name: &'static str) -> Suite {
    Suite { code, name, tls13: true }
}

/// The suites that are offered, better ones first.
pub const ALL: &[Suite] = &[
    new(0x1302, "AES_256_GCM_SHA384"),
    new(0x1303, "CHACHA20_POLY1305_SHA256"),
    new(0x1301, "AES_128_GCM_SHA256"),
    new(0x1304, "AES_128_CCM_SHA256"),
    new(0x1305, "AES_128_CCM_8_SHA256"),
    old(0xc02c, "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    old(0xc030, "ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    old(0xcca9, "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    old(0xcca8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    old(0xc02b, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    old(0xc02f, "ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    old(0x009f, "DHE_RSA_WITH_AES_256_GCM_SHA384"),
    old(0xccaa, "DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    old(0x009e, "DHE_RSA_WITH_AES_128_GCM_SHA256"),
    old(0xc024, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    old(0xc028, "ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    old(0xc023, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    old(0xc027, "ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    old(0xc00a, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    old(0xc014, "ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    old(0xc009, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    old(0xc013, "ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    old(0x006b, "DHE_RSA_WITH_AES_256_CBC_SHA256"),
    old(0x0067, "DHE_RSA_WITH_AES_128_CBC_SHA256"),
    old(0x0039, "DHE_RSA_WITH_AES_256_CBC_SHA"),
    old(0x0033, "DHE_RSA_WITH_AES_128_CBC_SHA"),
    old(0x0088, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    old(0x0045, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    old(0x009d, "RSA_WITH_AES_256_GCM_SHA384"),
    old(0x009c, "RSA_WITH_AES_128_GCM_SHA256"),
    old(0x003d, "RSA_WITH_AES_256_CBC_SHA256"),
    old(0x003c, "RSA_WITH_AES_128_CBC_SHA256"),
    old(0x0035, "RSA_WITH_AES_256_CBC_SHA"),
    old(0x002f, "RSA_WITH_AES_128_CBC_SHA"),
    old(0x0084, "RSA_WITH_CAMELLIA_256_CBC_SHA"),
    old(0x0041, "RSA_WITH_CAMELLIA_128_CBC_SHA"),
    old(0xc008, "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    old(0xc012, "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    old(0x0016, "DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    old(0x000a, "RSA_WITH_3DES_EDE_CBC_SHA"),
    old(0xc007, "ECDHE_ECDSA_WITH_RC4_128_SHA"),
    old(0xc011, "ECDHE_RSA_WITH_RC4_128_SHA"),
    old(0x0005, "RSA_WITH_RC4_128_SHA"),
    old(0x0004, "RSA_WITH_RC4_128_MD5"),
    old(0x0009, "RSA_WITH_DES_CBC_SHA"),
    old(0x0015, "DHE_RSA_WITH_DES_CBC_SHA"),
    old(0x0007, "RSA_WITH_IDEA_CBC_SHA"),
    old(0x0096, "RSA_WITH_SEED_CBC_SHA"),
    old(0x00a7, "DH_anon_WITH_AES_256_GCM_SHA384"),
    old(0x00a6, "DH_anon_WITH_AES_128_GCM_SHA256"),
    old(0x003a, "DH_anon_WITH_AES_256_CBC_SHA"),
    old(0x0034, "DH_anon_WITH_AES_128_CBC_SHA"),
    old(0xc019, "ECDH_anon_WITH_AES_256_CBC_SHA"),
    old(0xc018, "ECDH_anon_WITH_AES_128_CBC_SHA"),
    old(0x001b, "DH_anon_WITH_3DES_EDE_CBC_SHA"),
    old(0x0018, "DH_anon_WITH_RC4_128_MD5"),
    old(0x003b, "RSA_WITH_NULL_SHA256"),
    old(0x0002, "RSA_WITH_NULL_SHA"),
    old(0x0001, "RSA_WITH_NULL_MD5"),
    old(0xc006, "ECDHE_ECDSA_WITH_NULL_SHA"),
    old(0xc010, "ECDHE_RSA_WITH_NULL_SHA"),
    old(0x0003, "RSA_EXPORT_WITH_RC4_40_MD5"),
    old(0x0006, "RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
    old(0x0008, "RSA_EXPORT_WITH_DES40_CBC_SHA"),
    old(0x0014, "DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"),
];

impl Suite {
    /// Whether it protects nothing, or can be broken (RFC 9325 section 4.1).
    #[must_use]
    pub fn broken(&self) -> bool {
        is_broken(self.name)
    }
}

/// The name of a suite.
#[must_use]
pub fn name(code: u16) -> String {
    ALL.iter().find(|s| s.code == code).map_or_else(|| format!("0x{code:04x}"), |s| s.name.to_owned())
}

/// NULL, export, anonymous, RC4, RC2, DES, 3DES, IDEA, MD5.
#[must_use]
pub fn is_broken(name: &str) -> bool {
    ["NULL", "EXPORT", "anon", "RC4", "RC2", "DES", "IDEA", "SEED", "MD5"].iter().any(|w| name.contains(w))
}

/// Whether a stolen key later opens nothing that was recorded: every suite of TLS 1.3, and (EC)DHE.
#[must_use]
pub fn forward_secret(name: &str) -> bool {
    name.starts_with("ECDHE_") || name.starts_with("DHE_") || !name.contains("_WITH_")
}

/// Whether it encrypts and authenticates in one (AEAD).
#[must_use]
pub fn aead(name: &str) -> bool {
    ["GCM", "CCM", "POLY1305"].iter().any(|w| name.contains(w))
}

#[test]
fn suites_are_told_apart() {
    assert!(is_broken("ECDHE_RSA_WITH_3DES_EDE_CBC_SHA") && is_broken("DH_anon_WITH_AES_128_GCM_SHA256"));
    assert!(!is_broken("RSA_WITH_AES_128_CBC_SHA") && !forward_secret("RSA_WITH_AES_128_CBC_SHA"));
    assert!(forward_secret("AES_128_GCM_SHA256") && aead("AES_128_GCM_SHA256"));
    assert_eq!(name(0xc02f), "ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    assert_eq!(name(0xabcd), "0xabcd");
    let mut codes: Vec<_> = ALL.iter().map(|s| s.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), ALL.len());
}
