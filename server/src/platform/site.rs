//! The instance as mail and events name it.

use super::instance_key::InstanceKey;

/// Where this instance is, and the key that signs links to it.
#[derive(Clone, Debug)]
pub struct Site {
    /// The address that people type, without a slash at the end.
    pub url: String,
    /// The key of the instance.
    pub key: InstanceKey,
}
