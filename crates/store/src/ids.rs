//! Ids that cannot be mixed up.

use crate::columns::Text;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(String);
        impl $name {
            /// A new id, later ones sorting after earlier ones (UUIDv7, RFC 9562).
            #[must_use]
            #[allow(clippy::new_without_default, reason = "a default that differs each time would surprise")]
            pub fn new() -> Self { Self(uuid::Uuid::now_v7().to_string()) }
            /// Parses an id from outside.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> { uuid::Uuid::parse_str(text).ok().map(|u| Self(u.to_string())) }
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
            #[allow(dead_code, reason = "an account's id is only read by its column")]
            pub(crate) fn stored(text: String) -> Self { Self(text) }
        }
        impl From<Text> for Option<$name> {
            fn from(text: Text) -> Self { Some(text.0).filter(|t| !t.is_empty()).map($name) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    };
}

id!(
    /// A person.
    AccountId
);
id!(
    /// A tenant.
    WorkspaceId
);
id!(
    /// A product to launch.
    ProjectId
);
id!(
    /// One run.
    ScanId
);

/// The workspace of previews, which has no members.
pub static PREVIEW: std::sync::LazyLock<WorkspaceId> = std::sync::LazyLock::new(|| WorkspaceId("preview".to_owned()));
