//! The rules of Launch Ready. Evidence goes in; findings, score, verdict, roadmap and a safe
//! order of fixes come out. Everything here is a pure function of values and `now`: no I/O, no
//! clock, no async, so that any check can be run again later on old evidence.
//!
//! The way through: [`Domain`] and [`Target`] say what is looked at, [`Ledger`] what each source brought,
//! [`catalogue`] which checks exist, [`assess`](fn@assess) runs them, [`score`] and [`fix_order`]
//! judge the findings, [`report`] writes them down.

pub mod assess;
pub mod attestations;
pub mod caa;
pub mod catalogue;
pub mod check;
pub mod checks;
pub mod cookie;
pub mod csp;
pub mod dead_ends;
pub mod difference;
pub mod dkim;
pub mod dmarc;
pub mod dns_map;
pub mod documents;
pub mod domain;
pub mod evidence;
pub mod finding;
pub mod fix_order;
pub mod front;
pub mod guide;
pub mod hsts;
pub mod hypothesis;
pub mod local;
pub mod mail_tls;
pub mod missing;
pub mod net;
pub mod pasted;
pub mod profile;
pub mod providers;
pub mod report;
pub mod roadmap;
pub mod robots;
pub mod rules;
pub mod score;
pub mod spf;
pub mod sprint;
pub mod stack;
pub mod stored;
pub mod suites;
pub mod summary;
pub mod taxonomy;
pub mod time;
pub mod tools;

#[cfg(test)]
mod conformance;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod silence;

/// IANA's RDAP bootstrap registry as bundled: lines of a server, a tab, and the endings that it serves.
pub static RDAP_BOOTSTRAP: &str = include_str!("../data/rdap.tsv");

pub use assess::{Assessment, assess};
pub use difference::{Cause, Difference, difference};
pub use domain::{Domain, DomainError, Selector};
pub use evidence::{Attestation, Claims, Exemption, Ledger, Outside, Piece, Settings, Source, Target};
pub use finding::Finding;
pub use summary::Brief;
pub use taxonomy::{Answer, Area, Class, ExemptionKind, Impact, Outcome, ProductKind, Stage, Trait, Verdict};
