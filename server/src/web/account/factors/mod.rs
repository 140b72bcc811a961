//! Second factors: an app that shows codes, recovery codes, passkeys; and signing in with them.

pub mod codes;
mod passkeys;
mod second_step;
mod shared;
mod totp;

pub use passkeys::{passkey_ask, passkey_form, passkey_in, passkey_off, passkey_on};
pub use second_step::{second_form, second_step};
pub use totp::{new_codes, totp_form, totp_off, totp_on};
