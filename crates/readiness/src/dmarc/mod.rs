//! DMARC (RFC 9989): the record by its grammar, the walk that finds the one in force, and its editor.

mod edit;
mod record;
mod repair;
mod uri;
mod walk;

pub use edit::{set, unset};
pub use record::{Dmarc, Policy, is_dmarc, is_meant};
pub use repair::{Repaired, repair};
pub use uri::{address, domain_of};
pub use walk::{Found, find, in_force, is_organisational, tree};
