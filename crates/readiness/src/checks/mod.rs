//! The checks that have a rule, one file each, by stage. Adding one touches its file and two
//! lines here; CONTRIBUTING walks through it.

mod audit;
mod edge;
pub(crate) mod help;
mod performance;
mod security;

use crate::check::Check;

/// Every check with a rule.
pub static ALL: &[&Check] = &[
    &audit::aud_04_exposed_files::CHECK,
    &edge::dns_01_apex_resolves::CHECK,
    &edge::dns_02_www_resolves::CHECK,
    &edge::dns_03_subdomains_resolve::CHECK,
    &edge::dns_12_caa::CHECK,
    &edge::red_01_one_canonical_url::CHECK,
    &edge::red_02_http_upgrades::CHECK,
    &edge::red_03_short_chain::CHECK,
    &edge::red_04_path_survives::CHECK,
    &edge::tls_01_https_answers::CHECK,
    &edge::tls_02_chain_trusted::CHECK,
    &edge::tls_03_name_matches::CHECK,
    &edge::tls_04_expiry::CHECK,
    &edge::tls_08_hsts::CHECK,
    &edge::mail_01_mx::CHECK,
    &edge::mail_02_one_spf::CHECK,
    &edge::mail_03_spf_budget::CHECK,
    &edge::mail_04_spf_ending::CHECK,
    &edge::mail_07_dkim::CHECK,
    &edge::mail_09_dmarc_present::CHECK,
    &edge::mail_10_dmarc_policy::CHECK,
    &performance::perf_08_assets_cacheable::CHECK,
    &performance::perf_12_compression::CHECK,
    &security::sec_08_cors::CHECK,
    &security::sec_09_session_cookies::CHECK,
    &security::sec_11_clickjacking::CHECK,
    &security::sec_12_nosniff::CHECK,
];

/// DKIM selectors to try beside the declared ones.
pub use edge::mail_07_dkim::COMMON_SELECTORS;

/// Paths of leftover files, and what they look like.
pub use audit::aud_04_exposed_files::{PATHS as LEFTOVER_PATHS, Sign};
