//! Passwords: argon2id at OWASP's parameters, off the async threads, and a few that everybody tries.

use super::bytes::hex;
use super::in_turn::{stand_back, turn, turn_ahead};
use super::turns::{Full, Turn, Turns};
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use sha1::Digest;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The shortest that is taken.
pub const MIN: usize = 12;
/// A look-up of breaches may take so long.
const LOOK_UP: Duration = Duration::from_secs(3);
/// Bytes of its answer; a range of Have I Been Pwned has about 40 KB.
const LIST: usize = 1024 * 1024;
/// Longer ones only cost time.
const MAX: usize = 512;

/// Passwords of twelve or more characters from public lists of the commonest, lower case.
static COMMON: &str = include_str!("../../data/common-passwords.txt");

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

/// Whether a hash was made with less than today's parameters.
pub fn outdated(hash: &str) -> bool {
    let now = argon();
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    let Ok(then) = Params::try_from(&parsed) else { return false };
    let now = now.params();
    parsed.algorithm != Algorithm::Argon2id.ident() || then.m_cost() < now.m_cost() || then.t_cost() < now.t_cost()
}

/// Why a password was neither hashed nor compared.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait for it.
    #[error(transparent)]
    Busy(#[from] Full),
    /// The hashing itself.
    #[error("{0}")]
    Failed(String),
}

/// Hashes and compares passwords, in turn; cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Turns>,
    /// Where passwords of breaches are looked up, `{prefix}` for the first five letters of the SHA-1; empty for nowhere.
    breach_url: String,
}

/// Whether a password was seen in a breach, by a list at this address. Only the first five letters of its SHA-1 leave the
/// house (k-anonymity); a look-up that fails stops nobody.
async fn breached(pattern: &str, password: &str) -> Option<String> {
    if pattern.is_empty() {
        return None;
    }
    let hash = hex(&sha1::Sha1::digest(password)).to_uppercase();
    let (head, tail) = hash.split_at_checked(5)?;
    stand_back();
    let ask = async {
        let client = reqwest::Client::builder().timeout(LOOK_UP).redirect(reqwest::redirect::Policy::none()).build().ok()?;
        let answer = client.get(pattern.replace("{prefix}", head)).header("add-padding", "true").send().await.ok()?;
        let mut answer = answer.error_for_status().ok().filter(|a| a.status().is_success())?;
        let mut body = vec![];
        while let Some(part) = answer.chunk().await.ok()? {
            body.extend_from_slice(&part);
            if body.len() > LIST {
                return None;
            }
        }
        String::from_utf8(body).ok()
    };
    let Some(list) = ask.await else {
        tracing::warn!("the look-up of breached passwords did not answer");
        return None;
    };
    // Padding has a count of 0.
    let seen = list.lines().filter_map(|l| l.trim().split_once(':')).any(|(t, n)| t.eq_ignore_ascii_case(tail) && n != "0");
    seen.then(|| "This one stands in a list of stolen passwords. Take another, and change it where else you use it.".into())
}

/// Who asks for a password to be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A device that the account knows, or a session of it: hashed before any stranger's, since strangers are many.
    Known,
    /// Anybody.
    Stranger,
}

impl Passwords {
    /// Hashing in turns of this queue, and looking new ones up in a list of breaches, if there is an address of one.
    #[must_use]
    pub const fn new(turns: Arc<Turns>, breach_url: String) -> Self {
        Self { turns, breach_url }
    }

    /// Why a new password will not do: what [`weakness`] says, and where that is switched on, whether it was seen in a
    /// breach.
    pub async fn refused(&self, password: &str, email: &str) -> Option<String> {
        match weakness(password, email) {
            Some(weak) => Some(weak),
            None => breached(&self.breach_url, password).await,
        }
    }

    async fn turn(&self, who: Who) -> Result<Turn, Full> {
        match who {
            Who::Known => turn_ahead(&self.turns).await,
            Who::Stranger => turn(&self.turns).await,
        }
    }

    /// Hashes a password.
    ///
    /// # Errors
    /// If too many wait for that, or the hashing fails.
    pub async fn hash(&self, who: Who, password: String) -> Result<String, PasswordError> {
        let _turn = self.turn(who).await?;
        let failed = |e: tokio::task::JoinError| PasswordError::Failed(e.to_string());
        tokio::task::spawn_blocking(move || hash_now(&password)).await.map_err(failed)?.map_err(PasswordError::Failed)
    }

    /// Whether a password is right; without a hash it takes as long and is not.
    ///
    /// # Errors
    /// If too many wait for that.
    pub async fn verify(&self, who: Who, password: String, hash: Option<String>) -> Result<bool, PasswordError> {
        let _turn = self.turn(who).await?;
        tokio::task::spawn_blocking(move || {
            // An account that signs in by another site has an empty one.
            let hash = hash.filter(|h| !h.is_empty());
            let known = hash.is_some();
            let text = hash.unwrap_or_else(|| NOBODY.clone());
            let right =
                PasswordHash::new(&text).is_ok_and(|h| password.len() <= MAX && argon().verify_password(password.as_bytes(), &h).is_ok());
            known && right
        })
        .await
        .map_err(|e| PasswordError::Failed(e.to_string()))
    }
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
    fn weaker_hashes_are_known() {
        assert!(!outdated(&hash_now("correct horse battery").unwrap()));
        let old = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8 * 1024, 1, 1, None).unwrap());
        let old = old.hash_password(b"correct horse battery", &SaltString::generate(&mut OsRng)).unwrap().to_string();
        assert!(outdated(&old));
        // It still verifies, so that its owner can sign in and have it made anew.
        assert!(argon().verify_password(b"correct horse battery", &PasswordHash::new(&old).unwrap()).is_ok());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_breached_password_is_refused_and_a_silent_list_stops_nobody() {
        use axum::Router;
        use axum::extract::Path;
        use axum::routing::get;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let hash: String = sha1::Sha1::digest("walnut harbour sixteen").iter().map(|b| format!("{b:02X}")).collect();
        let (head, tail) = (hash[..5].to_owned(), hash[5..].to_owned());
        let asked = head.clone();
        let list = Router::new().route(
            "/range/{prefix}",
            get(move |Path(p): Path<String>| {
                let (asked, tail) = (asked.clone(), tail.clone());
                async move { if p == asked { format!("0000:3\r\n{tail}:7\r\n") } else { "AAAA:0\r\n".to_owned() } }
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, list).await.unwrap() });
        let passwords = |url: String| Passwords::new(Turns::new(1, 1, 1), url);
        let on = passwords(format!("http://{at}/range/{{prefix}}"));
        assert!(on.refused("walnut harbour sixteen", "a@b.com").await.unwrap().contains("stolen"));
        assert_eq!(on.refused("walnut harbour seventeen", "a@b.com").await, None);
        let silent = passwords("http://127.0.0.1:9/{prefix}".into());
        assert_eq!(silent.refused("walnut harbour sixteen", "a@b.com").await, None);
        let off = passwords(String::new());
        assert_eq!(off.refused("walnut harbour sixteen", "a@b.com").await, None);
    }

    #[test]
    fn hashes_are_argon2id_with_owasps_parameters() {
        let hash = hash_now("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(argon().verify_password(b"correct horse battery", &PasswordHash::new(&hash).unwrap()).is_ok());
        assert!(argon().verify_password(b"wrong", &PasswordHash::new(&hash).unwrap()).is_err());
    }
}
