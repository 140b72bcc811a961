//! What the pages of factors share.

use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::bytes::hex;
use crate::platform::secret;
use crate::web::AppError;
use app::shell::Frame;
use store::{Account, AccountId};

/// Recovery codes that an account gets.
const CODES: usize = 10;

/// The frame of a page.
pub fn frame(title: &str, account: Option<&Account>) -> Frame {
    Frame {
        title: format!("{title} · Launch Ready"),
        email: account.map(|a| a.email.clone()),
        admin: account.is_some_and(|a| a.admin),
        current: "Account",
        private: true,
        ..Frame::default()
    }
}

/// Ten codes to keep, as shown and as stored.
pub fn codes() -> (Vec<String>, Vec<String>) {
    let one = || {
        let bytes: [u8; 8] = rand::random();
        let text = hex(&bytes);
        text.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join("-")
    };
    let shown: Vec<String> = (0..CODES).map(|_| one()).collect();
    let hashes = shown.iter().map(|c| secret::hash(c)).collect();
    (shown, hashes)
}

/// Recovery codes for an account that has none.
pub async fn first_codes(app: &App, id: &AccountId) -> Result<Vec<String>, AppError> {
    if app.store.factors(id).await?.codes > 0 {
        return Ok(vec![]);
    }
    let (shown, hashes) = codes();
    app.store.set_codes(id, &hashes).await?;
    Ok(shown)
}

/// Tells the owner of a change.
pub fn letter(app: &App, account: &Account, what: &'static str) -> store::NewMail {
    mail::to(&account.email, "factor", &account.id, &Letter::factor(&app.settings.public_url, what))
}
