//! Settings: flags before environment before the TOML file before defaults. An unknown key or a
//! bad value stops the start with the setting's name and what would be right.

mod keys;
mod parse;
mod parsed;
mod sources;
mod values;

pub use parsed::{Settings, Signup};
pub use sources::Raw;
pub use values::{duration, network, resolver};
