//! Stage 4: caching and compression.
pub mod perf_08_assets_cacheable;
pub mod perf_12_compression;
