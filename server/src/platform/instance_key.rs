//! The secret of an instance, kept in its data folder: it signs what nobody else may write, and hides addresses.

use super::bytes::hex;
use super::private_files::keep;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;

/// The key, which is never printed; cheap to clone.
#[derive(Clone)]
pub struct InstanceKey(Arc<[u8; 32]>);

impl std::fmt::Debug for InstanceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstanceKey")
    }
}

impl InstanceKey {
    /// Opens the key of a data folder: made once, readable by its owner only.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the file.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let path = folder.join("secret.key");
        let wrong = |e: std::io::Error| format!("The secret key {} cannot be kept: {e}.", path.display());
        if !path.exists() {
            let fresh: [u8; 32] = rand::random();
            keep(&path, &fresh, false).map_err(wrong)?;
        }
        let bytes = std::fs::read(&path).map_err(wrong)?;
        let bytes = bytes.try_into().map_err(|_| format!("The secret key {} is damaged: it must be 32 bytes long.", path.display()))?;
        Ok(Self(Arc::new(bytes)))
    }

    /// A key for a visitor's address that does not tell the address.
    #[must_use]
    pub fn address_key(&self, address: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(*self.0);
        hash.update(address);
        hex(hash.finalize().get(..16).unwrap_or_default())
    }

    /// Signs what nobody but this instance may write.
    #[must_use]
    pub fn mac(&self) -> Hmac<Sha256> {
        let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
        key.iter_mut().zip(*self.0).for_each(|(k, s)| *k = s);
        Hmac::new(&key)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(unix)]
    fn the_secret_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("lr-secret-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let first = super::InstanceKey::open(&folder).unwrap();
        assert_eq!(super::InstanceKey::open(&folder).unwrap().0, first.0);
        assert_eq!(std::fs::metadata(folder.join("secret.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
