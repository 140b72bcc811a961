//! Channels: what is at the other end, and where it is.

use crate::platform::clock::now;
use crate::platform::encryption::KeyRing;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use store::Channel;

/// The old key signs beside the new one for so long after a change.
pub const ROTATION_MS: i64 = 24 * 3_600_000;

/// What is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything that follows standardwebhooks.com.
    Webhook,
    /// An incoming webhook of Slack.
    Slack,
    /// A webhook of Discord.
    Discord,
    /// A workflow of Microsoft Teams.
    Teams,
    /// A bot of Telegram.
    Telegram,
    /// A topic of ntfy.
    Ntfy,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Webhook, Self::Slack, Self::Discord, Self::Teams, Self::Telegram, Self::Ntfy];
    /// As it is stored and sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Teams => "teams",
            Self::Telegram => "telegram",
            Self::Ntfy => "ntfy",
        }
    }
    /// The kind of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }
}

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
