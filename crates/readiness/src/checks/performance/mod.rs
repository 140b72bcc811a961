//! Stage 4: speed, caching and compression.
pub mod perf_01_ttfb;
pub mod perf_02_home;
pub mod perf_03_login;
pub mod perf_08_assets_cacheable;
pub mod perf_10_edge_hits;
pub mod perf_11_conditional;
pub mod perf_12_compression;
pub mod perf_18_api_freshness;
