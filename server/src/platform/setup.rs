//! The link by which the first administrator signs up.

use super::secret::{Secret, hash};
use std::sync::OnceLock;
use store::{Store, StoreError};

/// What the database would keep of the secret that makes the first account the administrator, if the instance had
/// none at its start.
#[derive(Debug, Default)]
pub struct Setup(OnceLock<String>);

impl Setup {
    /// The address of the page where the first administrator signs up, while there is none.
    ///
    /// # Errors
    /// The database's.
    pub async fn link(&self, store: &Store, public_url: &str) -> Result<Option<String>, StoreError> {
        if !store.has_no_admin().await? {
            return Ok(None);
        }
        let secret = Secret::new();
        let _ = self.0.set(secret.hash);
        Ok(Some(format!("{public_url}/sign-up?setup={}", secret.text)))
    }

    /// Whether this is the secret of the link; it ends with the first administrator.
    ///
    /// # Errors
    /// The database's.
    pub async fn is(&self, store: &Store, secret: &str) -> Result<bool, StoreError> {
        let ours = !secret.is_empty() && self.0.get().is_some_and(|kept| *kept == hash(secret));
        Ok(ours && store.has_no_admin().await?)
    }
}
