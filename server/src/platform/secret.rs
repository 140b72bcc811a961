//! Secrets that are given out once and kept as their hash alone.

use super::bytes::hex;
use super::clock::now;
use sha2::{Digest, Sha256};
use store::{LinkKind, NewLink};

/// A secret that stands in one mail or address alone, and what the database keeps of it.
#[derive(Debug)]
pub struct Secret {
    /// For the address in the mail.
    pub text: String,
    /// Its SHA-256.
    pub hash: String,
}

impl Secret {
    /// 256 bits from the system.
    #[must_use]
    pub fn new() -> Self {
        let bytes: [u8; 32] = rand::random();
        let text = hex(&bytes);
        Self { hash: hash(&text), text }
    }
    /// A link of this secret that works for so long.
    #[must_use]
    pub fn link(&self, kind: LinkKind, detail: &str, hours: i64) -> NewLink {
        NewLink { hash: self.hash.clone(), kind, detail: detail.to_owned(), expires_at: now() + hours * 3_600_000 }
    }
}

/// What the database keeps of a secret.
#[must_use]
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}
