//! Browser sessions, and who is calling.

mod caller;
mod device;
mod keys;
mod required;
mod state;
mod store;

pub use caller::{Caller, Visitor};
pub use device::device;
pub use required::required;
pub use state::{Half, asks_second, begin, begin_half, end, factor_shown, half, key, look_at, open_share, put, renew, take};
#[cfg(test)]
pub use store::cookie;
pub use store::layer;
