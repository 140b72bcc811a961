//! How columns hold what `sqlx::Any` has no type for. It has texts, whole numbers and bytes, and no NULL: yes or no is a
//! number, nothing is an empty text, a structure is JSON. A field that is read from such a column says so by
//! `#[sqlx(try_from = "Text")]` or `"Number"`; how it is read stands beside its type.

/// A stored text.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct Text(pub String);

/// A stored number.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct Number(i64);

impl From<Number> for bool {
    /// A moment counts as yes too.
    fn from(number: Number) -> Self {
        number.0 > 0
    }
}

impl From<Number> for u32 {
    /// What does not fit is 0.
    fn from(number: Number) -> Self {
        Self::try_from(number.0).unwrap_or(0)
    }
}

/// Reads types from JSON.
macro_rules! read_as_json {
    ($($type:ty),+) => {$(
        impl TryFrom<$crate::columns::Text> for $type {
            type Error = serde_json::Error;
            fn try_from(text: $crate::columns::Text) -> serde_json::Result<Self> {
                serde_json::from_str(&text.0)
            }
        }
    )+};
}
pub(crate) use read_as_json;
