//! The workspace looked at: members, invitations, name, log; and going from one to another.

pub mod branding;
pub mod channels;
mod invitation;
mod log;
mod members;
mod page;
pub mod reports;
mod settings;
pub mod templates;
pub mod tokens;

pub use invitation::{accept, again, ask, asked, invite, revoke};
pub use log::log;
pub use members::{leave, remove, set_role};
pub use page::{Fields, refused, show, value};
pub use settings::{create, rename, switch};
