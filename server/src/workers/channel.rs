//! Where channels lead.

use crate::platform::clock::now;
use crate::platform::encryption::KeyRing;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use store::Channel;

/// The old key signs beside the new one for so long after a change.
pub const ROTATION_MS: i64 = 24 * 3_600_000;

/// Where a channel leads, as it is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Address {
    /// The address, which is a secret of its own at most services.
    pub url: String,
    /// The key that signs, `whsec_…`.
    pub key: String,
    /// The key before, until its time is over.
    #[serde(default)]
    pub old_key: String,
    /// Epoch milliseconds.
    #[serde(default)]
    pub old_until: i64,
}

impl Address {
    /// With a fresh key.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), key: fresh_key(), old_key: String::new(), old_until: 0 }
    }
    /// With another fresh key; the one before signs beside it for a day.
    #[must_use]
    pub fn rotated(self) -> Self {
        Self { url: self.url, old_key: self.key, old_until: now() + ROTATION_MS, key: fresh_key() }
    }
    /// Sealed for the database.
    #[must_use]
    pub fn seal(&self, keys: &KeyRing, channel: &str) -> Option<String> {
        keys.seal(&serde_json::to_vec(self).ok()?, &purpose(channel))
    }
    /// As it was sealed.
    #[must_use]
    pub fn open(keys: &KeyRing, channel: &Channel) -> Option<Self> {
        serde_json::from_slice(&keys.open_sealed(&channel.sealed, &purpose(&channel.id))?).ok()
    }
}

/// For what a channel's address is sealed.
#[must_use]
pub fn purpose(channel: &str) -> String {
    format!("channel {channel}")
}

/// 256 bits from the system, as Standard Webhooks writes keys.
pub(super) fn fresh_key() -> String {
    let bytes: [u8; 32] = rand::random();
    format!("whsec_{}", BASE64_STANDARD.encode(bytes))
}
