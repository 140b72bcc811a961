//! Letters as the outbox keeps them.

use super::letters::Letter;
use store::{AccountId, NewMail};

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
