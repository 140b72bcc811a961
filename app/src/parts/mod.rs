//! The parts that pages are made of.

mod fixes;
mod form;
mod format;
mod guides;
mod minimum_bar;
mod outcome;
mod pictures;
mod ruler;
mod spark;
mod table;
mod track;
mod trend;

pub use fixes::{fix_block, fix_list};
pub use form::{field, proof};
pub use format::{count, moment, number, whole};
pub use guides::{guides, other_guides};
pub use minimum_bar::minimum_bar;
pub use outcome::{outcome, verdict_class};
pub use pictures::{map_picture, picture_of, plan_graph, samples};
pub use ruler::ruler;
pub use spark::spark;
pub use table::findings_table;
pub use track::track;
pub use trend::trend;
