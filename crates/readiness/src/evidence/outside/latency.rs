//! Timed requests, split into their parts.

use serde::{Deserialize, Serialize};

/// One timed request, in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The URL.
    pub url: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Status; none if the request failed.
    pub status: Option<u16>,
    /// The text of the failure.
    #[serde(default)]
    pub error: Option<String>,
    /// Looking the name up.
    pub dns: u64,
    /// The TCP handshake.
    pub connect: u64,
    /// The TLS handshake; 0 over http.
    pub tls: u64,
    /// From the request to the first byte of the response.
    pub wait: u64,
    /// From the first byte to the last.
    pub transfer: u64,
    /// Bytes of the body.
    #[serde(default)]
    pub bytes: u64,
}

impl Sample {
    /// To the first byte.
    #[must_use]
    pub const fn first_byte(&self) -> u64 {
        self.dns + self.connect + self.tls + self.wait
    }
    /// To the last byte.
    #[must_use]
    pub const fn whole(&self) -> u64 {
        self.first_byte() + self.transfer
    }
}

/// The same page by one family of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyFetch {
    /// The host.
    pub host: String,
    /// The address.
    pub address: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Status, or how it failed.
    pub status: Result<u16, String>,
    /// Whether the failure is this machine's: it has no route by that family.
    #[serde(default)]
    pub no_route: bool,
    /// Simhash of the words of the body, 64 bits.
    #[serde(default)]
    pub simhash: u64,
    /// Where a redirect led.
    #[serde(default)]
    pub location: Option<String>,
}
