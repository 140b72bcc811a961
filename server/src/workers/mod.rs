//! Workers: they claim scans from the database, run them, and save the results. The scan row is
//! the truth; apalis only rings, and a reconciler rings again for whatever was missed.

pub mod assessment;
mod channel;
mod channel_message;
mod context;
mod jobs;
mod mail_delivery;
mod notification_delivery;
mod pool;
mod scan;
mod scan_queue;

pub use channel::{Address, Kind as ChannelKind, purpose as channel_purpose};
pub use context::Context;
pub use jobs::forget::forget;
pub use pool::serve;
