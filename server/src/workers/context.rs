//! What workers need.

use crate::platform::encryption::KeyRing;
use crate::platform::mailer::Mailer;
use crate::platform::settings::Settings;
use crate::platform::site::Site;
use crate::platform::wake_up::WakeUp;
use scanner::Options;
use std::sync::Arc;
use store::Store;

/// The services that workers use; cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The database.
    pub store: Store,
    /// Tells workers that a scan waits.
    pub wake_up: WakeUp,
    /// How to scan.
    pub options: Arc<Options>,
    /// Hands mail over.
    pub mail: Arc<Mailer>,
    /// Opens the addresses of channels.
    pub keys: Arc<KeyRing>,
    /// The instance as mail and events name it.
    pub site: Site,
}
