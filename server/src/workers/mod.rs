//! Workers: they claim scans from the database, run them, and save the results. The scan row is
//! the truth; apalis only rings, and a reconciler rings again for whatever was missed.

pub mod assessment;
mod channel;
mod channel_kind;
mod channel_kinds;
mod context;
mod jobs;
mod mail_delivery;
mod notification_delivery;
mod pool;
mod scan;
mod scan_queue;

pub use channel::{Address, purpose as channel_purpose};
pub use channel_kind::Kind as ChannelKind;
pub use channel_kinds::{ALL as CHANNEL_KINDS, of_word as channel_kind};
pub use context::Context;
pub use jobs::forget::forget;
pub use pool::serve;
