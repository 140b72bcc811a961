//! Codes of an app or for recovery: whether one is right, and how often one may be wrong.

use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::encryption::totp_of;
use crate::platform::secret;
use crate::web::AppError;
use crate::web::account::attempts::WINDOW_MS;
use readiness::time::{self, DAY_MS};
use store::Account;
use totp_rs::{Builder, Secret as Seed, Totp};

/// The generator of an app with this seed.
pub fn totp(seed: &[u8], email: &str) -> Result<Totp, AppError> {
    // A colon would end the issuer in the label.
    let name = email.replace(':', "_");
    let builder = Builder::new().with_secret(Seed::from(seed.to_vec())).with_account_name(name).with_issuer(Some("Launch Ready"));
    builder.build().map_err(|e| AppError::Internal(format!("totp: {e}")))
}

/// Now, for a generator.
pub fn seconds() -> u64 {
    u64::try_from(now() / 1000).unwrap_or(0)
}

/// The digits of what was typed.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(10).collect()
}

/// Whether this is a code of the account's app, or a recovery code; it is used up.
pub async fn code_right(app: &App, account: &Account, typed: &str) -> Result<bool, AppError> {
    let have = app.store.factors(&account.id).await?;
    let step = match app.keys.open_sealed(&have.totp, &totp_of(&account.id)) {
        Some(seed) => totp(&seed, &account.email)?.check(&digits(typed), seconds()).and_then(|s| i64::try_from(s).ok()),
        None => None,
    };
    Ok(match step {
        Some(step) => app.store.use_totp_step(&account.id, step).await?,
        None => app.store.take_code(&account.id, &secret::hash(&typed.trim().to_lowercase())).await?,
    })
}

/// Wrong codes after which the owner is told that somebody has the password.
const TELL: i64 = 3;
/// Wrong codes of one account in a day from devices that it does not know: a guess in 300,000 is right.
const WRONG_A_DAY: i64 = 100;

fn wrong_codes(account: &Account) -> String {
    format!("second-wrong:{}", account.id)
}

/// Whether there were too many wrong codes in the last day.
pub async fn many_wrong(app: &App, account: &Account) -> Result<bool, AppError> {
    Ok(app.store.attempts(&wrong_codes(account), now() - DAY_MS).await? >= WRONG_A_DAY)
}

/// Counts a wrong code after a right password, and tells the owner of the third.
pub async fn wrong_code(app: &App, account: &Account, device: &str) -> Result<(), AppError> {
    let wrong = app.store.count_attempt(&wrong_codes(account), now() - WINDOW_MS, now()).await?;
    if wrong == TELL {
        let letter = Letter::wrong_codes(&app.settings.public_url, device, &time::human(now()));
        app.store.send(&mail::to(&account.email, "codes", &account.id, &letter), now()).await?;
        app.mail.ring();
    }
    Ok(())
}
