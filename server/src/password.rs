//! Passwords: argon2id at OWASP's parameters, off the async threads, and a few that everybody tries.

use crate::app::App;
use crate::web::AppError;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;

/// The shortest that is taken.
pub const MIN: usize = 12;
/// Longer ones only cost time.
const MAX: usize = 512;

/// Passwords of twelve or more characters from public lists of the commonest, lower case.
static COMMON: &str = include_str!("../data/common-passwords.txt");

/// A hash of nothing, verified where there is no account, so that both take the same time.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").unwrap_or_default());

/// 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

fn hash_now(password: &str) -> Result<String, String> {
    argon().hash_password(password.as_bytes(), &SaltString::generate(&mut OsRng)).map(|h| h.to_string()).map_err(|e| e.to_string())
}

/// Why a password will not do, as a sentence beside its field.
pub fn weakness(password: &str, email: &str) -> Option<String> {
    let length = password.chars().count();
    if length < MIN {
        return Some(format!("Too short: {length} of at least {MIN} characters."));
    }
    if password.len() > MAX {
        return Some(format!("Too long: more than {MAX} characters."));
    }
    let lower = password.to_lowercase();
    let bare: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut letters: Vec<char> = lower.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if COMMON.lines().any(|c| c == lower || c == bare) || letters.len() < 4 {
        return Some("This one is on the list that attackers try first. Three or four words in a row are good.".into());
    }
    let name = email.split('@').next().unwrap_or("").to_lowercase();
    if lower == email.trim().to_lowercase() || (name.len() >= 4 && bare.trim_matches(|c: char| c.is_ascii_digit()) == name) {
        return Some("It is almost your e-mail address. Take something that nobody can guess from it.".into());
    }
    None
}

/// Hashes a password.
pub async fn hash(app: &App, password: String) -> Result<String, AppError> {
    let _place = app.hashing.acquire().await.map_err(|e| AppError::Internal(e.to_string()))?;
    tokio::task::spawn_blocking(move || hash_now(&password))
        .await
        .map_err(|e| AppError::Internal(e.to_string()))?
        .map_err(AppError::Internal)
}

/// Whether a password is right; without a hash it takes as long and is not.
pub async fn verify(app: &App, password: String, hash: Option<String>) -> Result<bool, AppError> {
    let _place = app.hashing.acquire().await.map_err(|e| AppError::Internal(e.to_string()))?;
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let text = hash.unwrap_or_else(|| NOBODY.clone());
        let right =
            PasswordHash::new(&text).is_ok_and(|h| password.len() <= MAX && argon().verify_password(password.as_bytes(), &h).is_ok());
        known && right
    })
    .await
    .map_err(|e| AppError::Internal(e.to_string()))
}

/// Makes the hash of nobody ahead of the first sign-in.
pub fn warm_up() {
    LazyLock::force(&NOBODY);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_ones_are_refused_with_a_reason() {
        for (password, want) in [
            ("short", "Too short"),
            ("Password1234", "attackers"),
            ("aaaaaaaaaaaaaa", "attackers"),
            ("123456789012", "attackers"),
            ("correcthorse1@", ""),
            ("ada.lovelace99", "e-mail"),
        ] {
            let said = weakness(password, "adalovelace@acme.com").unwrap_or_default();
            assert!(if want.is_empty() { said.is_empty() } else { said.contains(want) }, "{password}: {said}");
        }
        assert_eq!(weakness(&"ä".repeat(6), "a@b.com").unwrap(), "Too short: 6 of at least 12 characters.");
    }

    #[test]
    fn hashes_are_argon2id_with_owasps_parameters() {
        let hash = hash_now("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(argon().verify_password(b"correct horse battery", &PasswordHash::new(&hash).unwrap()).is_ok());
        assert!(argon().verify_password(b"wrong", &PasswordHash::new(&hash).unwrap()).is_err());
    }
}
