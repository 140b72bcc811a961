//! Mail: letters are written into the outbox table in the transaction of what causes them, and
//! handed over by a worker, through SMTP or into files.

mod letters;
mod outbox;
mod preference;
mod reports;

pub use letters::Letter;
#[cfg(debug_assertions)]
pub use letters::samples;
pub use outbox::to;
pub use preference::Preference;
pub use reports::{Reported, changed, digest};
