//! Mail: letters are written into the outbox table in the transaction of what causes them, and
//! handed over by a worker, through SMTP or into files.

mod letters;
mod reports;
mod transport;

pub use letters::Letter;
#[cfg(debug_assertions)]
pub use letters::samples;
pub use reports::{Preference, Reported, changed, digest};
pub use transport::Mailer;

use crate::app::{App, hex, now};
use crate::settings::Settings;
use sha2::{Digest, Sha256};
use store::{AccountId, LinkKind, NewLink, NewMail};

/// A secret that stands in one mail alone, and what the database keeps of it.
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

/// A letter to somebody, caused by this deed of this account.
#[must_use]
pub fn to(recipient: &str, deed: &str, account: &AccountId, letter: &Letter) -> NewMail {
    NewMail {
        cause: format!("{deed}-{account}-{}", uuid::Uuid::now_v7()),
        recipient: recipient.to_owned(),
        subject: letter.subject.to_string(),
        text: letter.text(),
        html: letter.html(),
        unsubscribe: String::new(),
        not_before: 0,
    }
}

/// How this instance sends, and the address it sends as.
///
/// # Errors
/// If the address of the mail server cannot be used.
pub fn mailer(settings: &Settings) -> Result<Mailer, String> {
    Mailer::new(settings)
}

/// Looks into the outbox now instead of at its next turn.
pub fn ring(app: &App) {
    app.post.notify_one();
}
