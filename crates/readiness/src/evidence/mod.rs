//! What was observed, told or pushed: verbatim, time-stamped, never interpreted. A file or folder a source; each says
//! in its `INFO` what it is. `source.rs` lists them, [`Piece`] is what one of them brought, [`Ledger`] the newest of each.

mod body;
pub mod connection;
mod ledger;
pub mod monitor;
mod observation;
pub mod outside;
pub mod person;
mod piece;
pub mod probe;
pub mod repository;
mod source;
mod target;

pub use body::{Info, SourceBody};
pub use connection::Connection;
pub use ledger::{LEDGER_VERSION, Ledger};
pub use monitor::Monitor;
pub use observation::{Location, Observation, ObservationError, Observed, bounded};
pub use outside::*;
pub use person::{Attestation, Claims, Exemption};
pub use piece::Piece;
pub use probe::Probe;
pub use repository::Repository;
pub use source::{BadBody, PieceBody, Source};
pub use target::{ApprovedMap, Launch, MapRecord, ProfileChoice, Settings, Target};
