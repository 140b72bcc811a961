//! Accounts: signing up, in and out, what comes by mail, second factors, and the page of one's own.

pub mod attempts;
mod devices;
pub mod email_address;
mod export;
mod factors;
mod form;
mod links;
mod oidc;
mod own;
pub mod security_log;
mod sign_in;
mod sign_up;

pub use attempts::{LETTERS, LETTERS_BY, letters, letters_by};
pub use email_address::email_error;
pub use export::export;
pub use factors::{
    new_codes, passkey_ask, passkey_form, passkey_in, passkey_off, passkey_on, second_form, second_step, totp_form, totp_off, totp_on,
};
pub use links::{confirm, confirm_email, confirm_email_form, confirm_form, forgot, forgot_form, frame, reset, reset_form};
pub use oidc::{oidc, oidc_back, oidc_bind, oidc_unbind};
pub use own::{delete, end_device, end_others, proved, send_again, set_email, set_password, show};
pub use security_log::note;
pub use sign_in::{sign_in, sign_in_form, sign_out};
pub use sign_up::{sign_up, sign_up_form};
