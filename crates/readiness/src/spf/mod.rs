//! SPF (RFC 7208): syntax, and the walk over includes that counts look-ups.
//!
//! The walk is pure: it asks a function for what was recorded. It goes on past the limits, so
//! that the whole tree and the cost of each include can be shown.

mod edit;
#[cfg(test)]
mod rfc7208;
mod senders;
mod slim;
mod syntax;
mod walk;

pub use edit::{Repair, is_meant, joined, merge, repair, with_all_last, with_ending, with_include};
pub use senders::single_addresses;
pub use slim::{Dropped, Slim, slim};
pub use syntax::{Kind, Qualifier, Spf, Term, has_macro, is_spf};
pub use walk::{MAX_LOOKUPS, MAX_MX, MAX_VOID, Node, Question, Walk, is_closed, questions, walk};
