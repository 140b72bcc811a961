//! What needs a browser: live progress, copying, re-checking, times in the reader's zone. Each
//! works upon markup that is complete without it.

mod copy;
mod live;
mod palette;
mod passkey;
mod recheck;
mod rows;
mod times;

pub use copy::Copy;
pub use live::{Known, Live, LiveState};
pub use palette::Palette;
pub use passkey::Passkey;
pub use recheck::Recheck;
pub use rows::Rows;
pub use times::Times;
