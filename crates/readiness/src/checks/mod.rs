//! The checks that have a rule, one file each, by stage. Adding one touches its file and two
//! lines here; CONTRIBUTING walks through it.

pub(crate) mod audit;
mod deployment;
mod edge;
pub(crate) mod help;
mod monitoring;
mod performance;
mod security;

use crate::check::Check;

/// Every check with a rule.
pub static ALL: &[&Check] = &[
    &audit::web_01_front_page::CHECK,
    &audit::aud_02_bundle_secrets::CHECK,
    &audit::aud_03_source_maps::CHECK,
    &audit::aud_04_exposed_files::CHECK,
    &audit::aud_05_listing::CHECK,
    &audit::aud_08_debug_mode::CHECK,
    &audit::aud_09_placeholders::CHECK,
    &audit::aud_10_inventory::CHECK,
    &audit::aud_11_unknown_hosts::CHECK,
    &audit::aud_12_senders::CHECK,
    &audit::aud_19_noindex::CHECK,
    &audit::aud_20_staging::CHECK,
    &edge::dns_01_apex_resolves::CHECK,
    &edge::dns_02_www_resolves::CHECK,
    &edge::dns_03_subdomains_resolve::CHECK,
    &edge::dns_04_delegation::CHECK,
    &edge::dns_05_servers_answer::CHECK,
    &edge::dns_06_cname_conflict::CHECK,
    &edge::dns_07_takeover::CHECK,
    &edge::dns_08_wildcard::CHECK,
    &edge::dns_09_public_addresses::CHECK,
    &edge::dns_10_ttls::CHECK,
    &edge::dns_11_dnssec::CHECK,
    &edge::dns_12_caa::CHECK,
    &edge::dns_13_domain_expiry::CHECK,
    &edge::dns_14_transfer_lock::CHECK,
    &edge::dns_15_ipv6::CHECK,
    &edge::dns_17_drift::CHECK,
    &edge::red_01_one_canonical_url::CHECK,
    &edge::red_02_http_upgrades::CHECK,
    &edge::red_03_short_chain::CHECK,
    &edge::red_04_path_survives::CHECK,
    &edge::red_05_permanent::CHECK,
    &edge::red_06_marketing_links::CHECK,
    &edge::edg_01_edge::CHECK,
    &edge::edg_08_edge_errors::CHECK,
    &edge::edg_10_http2::CHECK,
    &edge::tls_01_https_answers::CHECK,
    &edge::tls_02_chain_trusted::CHECK,
    &edge::tls_03_name_matches::CHECK,
    &edge::tls_04_expiry::CHECK,
    &edge::tls_05_versions::CHECK,
    &edge::tls_06_ciphers::CHECK,
    &edge::tls_07_key_strength::CHECK,
    &edge::tls_08_hsts::CHECK,
    &edge::tls_09_hsts_blast::CHECK,
    &edge::tls_10_mixed_content::CHECK,
    &edge::tls_11_renewal::CHECK,
    &edge::tls_12_revoked::CHECK,
    &edge::tls_13_handshake_bugs::CHECK,
    &edge::mail_01_mx::CHECK,
    &edge::mail_02_one_spf::CHECK,
    &edge::mail_03_spf_budget::CHECK,
    &edge::mail_04_spf_ending::CHECK,
    &edge::mail_05_spf_sender::CHECK,
    &edge::mail_06_spf_size::CHECK,
    &edge::mail_07_dkim::CHECK,
    &edge::mail_09_dmarc_present::CHECK,
    &edge::mail_10_dmarc_policy::CHECK,
    &edge::mail_11_dmarc_rua::CHECK,
    &edge::mail_12_return_path::CHECK,
    &edge::mail_14_starttls::CHECK,
    &edge::mail_17_parked::CHECK,
    &edge::mail_19_reputation::CHECK,
    &deployment::dep_14_release::CHECK,
    &performance::perf_01_ttfb::CHECK,
    &performance::perf_02_home::CHECK,
    &performance::perf_03_login::CHECK,
    &performance::perf_08_assets_cacheable::CHECK,
    &performance::perf_10_edge_hits::CHECK,
    &performance::perf_11_conditional::CHECK,
    &performance::perf_12_compression::CHECK,
    &performance::perf_18_api_freshness::CHECK,
    &security::sec_08_cors::CHECK,
    &security::sec_09_session_cookies::CHECK,
    &security::sec_10_csp::CHECK,
    &security::sec_11_clickjacking::CHECK,
    &security::sec_12_nosniff::CHECK,
    &security::sec_13_referrer::CHECK,
    &security::sec_14_third_party_scripts::CHECK,
    &security::sec_15_fingerprints::CHECK,
    &security::sec_33_security_txt::CHECK,
    &monitoring::mon_04_health::CHECK,
    &monitoring::mon_10_error_tracking::CHECK,
];

/// DKIM selectors to try beside the declared ones.
pub use edge::mail_07_dkim::COMMON_SELECTORS;

/// Paths of leftover files, and what they look like.
pub use audit::aud_04_exposed_files::{PATHS as LEFTOVER_PATHS, Sign};
