//! How often somebody may try: attempts and letters, counted by account, mailbox and network.

use crate::app::App;
use crate::platform::clock::now;
use crate::web::AppError;
use readiness::time;
use store::Account;

/// Attempts are counted over this long.
pub const WINDOW_MS: i64 = 15 * 60_000;
/// Attempts at one account in that time.
pub const PER_ACCOUNT: i64 = 10;
/// Attempts from one network in that time.
pub const PER_ADDRESS: i64 = 40;
/// Letters that one mailbox gets in a quarter of an hour on the wish of whoever types its address.
pub const LETTERS: i64 = 3;
/// Letters that one account causes to addresses that it names, in a day.
pub const LETTERS_BY: i64 = 100;
/// A link that proves an address works for so long, and an account that nobody confirms.
pub const CONFIRM_HOURS: i64 = 72;

/// A key for a mailbox, whatever the case of its address, that does not tell it.
pub fn mailbox(app: &App, email: &str) -> String {
    app.site.key.address_key(&email.trim().to_lowercase())
}

/// Where sign-ups with an address are counted, until it is confirmed.
pub fn sign_ups_of(app: &App, email: &str) -> String {
    format!("sign-up-of:{}", mailbox(app, email))
}

/// How many letters a mailbox got on somebody's wish in the last quarter of an hour, this one included.
pub async fn letters(app: &App, email: &str) -> Result<i64, AppError> {
    let to = format!("letters:{}", mailbox(app, email));
    Ok(app.store.count_attempt(&to, now() - WINDOW_MS, now()).await?)
}

/// How many letters an account caused to addresses that it named in the last day, this one included.
pub async fn letters_by(app: &App, account: &Account) -> Result<i64, AppError> {
    Ok(app.store.count_attempt(&format!("letters-by:{}", account.id), now() - time::DAY_MS, now()).await?)
}

pub fn too_many() -> String {
    "Too many attempts. Wait a quarter of an hour and try again.".into()
}
