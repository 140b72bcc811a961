//! Names of DNS.

use hickory_proto::rr::Name;
use std::str::FromStr;

/// A fully qualified name, with or without its last dot.
pub(crate) fn fqdn(name: &str) -> Name {
    Name::from_str(&format!("{}.", name.trim_end_matches('.'))).unwrap()
}
