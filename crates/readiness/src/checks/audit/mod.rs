//! Stage 1: what an audit finds first.
pub mod aud_02_bundle_secrets;
pub mod aud_03_source_maps;
pub mod aud_04_exposed_files;
pub mod aud_05_listing;
pub mod aud_08_debug_mode;
pub mod aud_09_placeholders;
pub mod aud_10_inventory;
pub mod aud_11_unknown_hosts;
pub mod aud_12_senders;
pub mod aud_19_noindex;
pub mod aud_20_staging;
pub mod web_01_front_page;

pub(crate) use aud_02_bundle_secrets::searched;
