//! What can go wrong in the store.

use crate::codec::CodecError;
use crate::quota::Quota;
use std::path::PathBuf;

/// The database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine's error.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The migrations failed.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored text could not be read.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A stored structure could not be read.
    #[error("stored data: {0}")]
    Data(#[from] serde_json::Error),
    /// A workspace has enough of something.
    #[error("{1} {words} are enough for one workspace. The administrator of this instance can allow more.", words = .0.words())]
    Full(Quota, i64),
    /// A file beside the database.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
}

/// A result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;
