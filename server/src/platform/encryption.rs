//! Sealing secrets before they go into the database: XChaCha20-Poly1305 with a ring of keys in the
//! data folder. Whoever has the database alone, as from a backup, reads none of them.

use super::bytes::hex;
use super::private_files::keep;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::path::Path;
use std::sync::RwLock;
use store::AccountId;

const FILE: &str = "keyring";
const NONCE: usize = 24;

/// What the seed of an account's app is sealed for.
pub fn totp_of(account: &AccountId) -> String {
    format!("totp {account}")
}

/// A key, which is never printed.
struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// The keys, the current one first.
pub struct KeyRing(RwLock<Vec<Key>>);

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing")
    }
}

fn fresh() -> (String, [u8; 32]) {
    let id: [u8; 4] = rand::random();
    (hex(&id), rand::random())
}

fn read(folder: &Path) -> Result<Vec<(String, [u8; 32])>, String> {
    let path = folder.join(FILE);
    let damaged = || format!("The key ring {} is damaged: each line is an id and a key.", path.display());
    let text = std::fs::read_to_string(&path).map_err(|e| format!("The key ring {} cannot be read: {e}.", path.display()))?;
    let lines = text.lines().filter(|l| !l.trim().is_empty()).map(|line| {
        let (id, key) = line.split_once(' ').ok_or_else(damaged)?;
        let bytes = BASE64_STANDARD_NO_PAD.decode(key.trim()).ok().and_then(|b| b.try_into().ok()).ok_or_else(damaged)?;
        Ok((id.to_owned(), bytes))
    });
    let keys = lines.collect::<Result<Vec<_>, String>>()?;
    if keys.is_empty() { Err(damaged()) } else { Ok(keys) }
}

fn write(folder: &Path, keys: &[(String, [u8; 32])], replace: bool) -> Result<(), String> {
    let path = folder.join(FILE);
    let text: String = keys.iter().map(|(id, key)| format!("{id} {}\n", BASE64_STANDARD_NO_PAD.encode(key))).collect();
    keep(&path, text.as_bytes(), replace).map_err(|e| format!("The key ring {} cannot be kept: {e}.", path.display()))
}

fn ciphers(keys: Vec<(String, [u8; 32])>) -> Vec<Key> {
    keys.into_iter().map(|(id, key)| Key { id, cipher: XChaCha20Poly1305::new(&key.into()) }).collect()
}

impl KeyRing {
    /// Opens the ring of a data folder, and makes it first if there is none.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the file.
    pub fn open(folder: &Path) -> Result<Self, String> {
        if !folder.join(FILE).exists() {
            write(folder, &[fresh()], false)?;
        }
        Ok(Self(RwLock::new(ciphers(read(folder)?))))
    }

    /// Puts a fresh key in front; what older ones sealed can still be opened.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn rotate(&self, folder: &Path) -> Result<(), String> {
        let mut keys = read(folder)?;
        keys.insert(0, fresh());
        write(folder, &keys, true)?;
        *self.0.write().map_err(|e| e.to_string())? = ciphers(keys);
        Ok(())
    }

    /// Seals a secret for one purpose: sealed for another, it does not open.
    #[must_use]
    pub fn seal(&self, secret: &[u8], purpose: &str) -> Option<String> {
        let keys = self.0.read().ok()?;
        let key = keys.first()?;
        let nonce: [u8; NONCE] = rand::random();
        let sealed = key.cipher.encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: purpose.as_bytes() }).ok()?;
        Some(format!("{}:{}", key.id, BASE64_STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens what was sealed for this purpose.
    #[must_use]
    pub fn open_sealed(&self, sealed: &str, purpose: &str) -> Option<Vec<u8>> {
        let (id, text) = sealed.split_once(':')?;
        let bytes = BASE64_STANDARD_NO_PAD.decode(text).ok()?;
        let (nonce, body) = bytes.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let keys = self.0.read().ok()?;
        let key = keys.iter().find(|k| k.id == id)?;
        key.cipher.decrypt(&XNonce::from(nonce), Payload { msg: body, aad: purpose.as_bytes() }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_open_for_their_purpose_alone_and_outlive_a_rotation() {
        let folder = std::env::temp_dir().join(format!("lr-ring-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let ring = KeyRing::open(&folder).unwrap();
        let sealed = ring.seal(b"seed", "totp ada").unwrap();
        assert!(!sealed.contains("seed"));
        assert_eq!(KeyRing::open(&folder).unwrap().open_sealed(&sealed, "totp ada").unwrap(), b"seed");
        assert!(ring.open_sealed(&sealed, "totp eve").is_none());
        ring.rotate(&folder).unwrap();
        assert!(ring.seal(b"seed", "x").unwrap().split(':').next() != sealed.split(':').next());
        assert_eq!(ring.open_sealed(&sealed, "totp ada").unwrap(), b"seed");
        for bad in ["", "x:y", "x:", &sealed[..sealed.len() - 4], &sealed.replace(':', ":A")] {
            assert!(ring.open_sealed(bad, "totp ada").is_none(), "{bad}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(folder.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(folder.join(FILE), "nonsense").unwrap();
        assert!(KeyRing::open(&folder).unwrap_err().contains("damaged"));
    }
}
