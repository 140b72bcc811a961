//! The workspace looked at: members, invitations, name, log; and going from one to another.

mod invitation;
mod log;
mod members;
mod page;
mod settings;

pub use invitation::{accept, again, ask, asked, invite, revoke};
pub use log::log;
pub use members::{leave, remove, set_role};
pub use page::{Fields, refused, show, value};
pub use settings::{create, rename, switch};
