//! Services and helpers below everything else: they know nothing of the web, of routes or of the whole application.
//! Each takes its own settings and, where it needs one, the store; its errors are its own.

pub mod bytes;
pub mod clock;
pub mod encryption;
pub mod handover_pack;
pub mod in_turn;
pub mod instance_key;
pub mod language;
pub mod limiter;
pub mod mailer;
pub mod networks;
pub mod oidc;
pub mod passkeys;
pub mod password;
pub mod pdf;
pub mod private_files;
pub mod recurrence;
pub mod request_context;
pub mod secret;
pub mod settings;
pub mod setup;
pub mod site;
pub mod turns;
pub mod version;
pub mod wake_up;
