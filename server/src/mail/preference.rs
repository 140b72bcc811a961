//! The signed address that ends reports without signing in (RFC 8058).

use crate::platform::instance_key::InstanceKey;
use crate::platform::site::Site;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use store::{AccountId, ProjectId, WorkspaceId};

/// Whose choice a signed address is, and for which project, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub account: AccountId,
    /// Of which project; none for all.
    pub project: Option<ProjectId>,
}

impl Preference {
    /// As it stands in an address: readable, and signed, so that nobody can make one for somebody else.
    #[must_use]
    pub fn token(&self, key: &InstanceKey) -> String {
        let text = format!("{}.{}.{}", self.workspace, self.account, self.project.as_ref().map_or("", ProjectId::as_str));
        format!("{}.{}", text, BASE64_URL_SAFE_NO_PAD.encode(sign(key, &text).finalize().into_bytes()))
    }
    /// What such an address says, if it was made here.
    #[must_use]
    pub fn parse(key: &InstanceKey, token: &str) -> Option<Self> {
        let (text, signature) = token.rsplit_once('.')?;
        sign(key, text).verify_slice(&BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let mut parts = text.split('.');
        let (workspace, account) = (WorkspaceId::parse(parts.next()?)?, AccountId::parse(parts.next()?)?);
        Some(Self { workspace, account, project: ProjectId::parse(parts.next()?) })
    }
    /// The page where it is changed.
    #[must_use]
    pub fn page(&self, site: &Site) -> String {
        format!("{}/mail/{}", site.url, self.token(&site.key))
    }
}

fn sign(key: &InstanceKey, text: &str) -> Hmac<Sha256> {
    let mut mac = key.mac();
    mac.update(b"mail preference ");
    mac.update(text.as_bytes());
    mac
}
