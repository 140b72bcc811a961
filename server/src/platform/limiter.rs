//! What a stranger or a token may ask: attempts counted by network in the database, requests of tokens in memory.

use super::clock::now;
use super::instance_key::InstanceKey;
use super::networks::network;
use governor::middleware::StateInformationMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use store::{Store, StoreError};

/// One customer of a provider has a /56 or /48 of IPv6: its /64s together may do so many times as much.
const WIDE: i64 = 8;
/// Requests of one token in a minute.
pub const PER_MINUTE: NonZeroU32 = NonZeroU32::new(600).unwrap();

/// How a token stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// So many requests are left at once.
    Left(u32),
    /// There are none for so many seconds.
    Wait(u64),
}

/// Counts attempts; cheap to clone.
#[derive(Clone, Debug)]
pub struct Limiter {
    store: Store,
    key: InstanceKey,
    tokens: Arc<DefaultKeyedRateLimiter<String, StateInformationMiddleware>>,
}

impl Limiter {
    /// Over a database, in which networks stand under keys that do not tell them.
    #[must_use]
    pub fn new(store: Store, key: InstanceKey) -> Self {
        Self { store, key, tokens: Arc::new(RateLimiter::keyed(Quota::per_minute(PER_MINUTE)).with_middleware()) }
    }

    /// A key for a visitor's network that does not tell the network.
    #[must_use]
    pub fn key(&self, address: &str) -> String {
        self.key.address_key(&network(address, 64))
    }

    /// Counts an attempt at something by the network of an address; whether that is too many within the
    /// window (milliseconds). IPv6 counts by /64, and eightfold by /48.
    ///
    /// # Errors
    /// The database's.
    pub async fn too_many(&self, what: &str, address: &str, limit: i64, window: i64) -> Result<bool, StoreError> {
        let near = format!("{what}:{}", self.key(address));
        let mut over = self.store.count_attempt(&near, now() - window, now()).await? > limit;
        if network(address, 64).contains(':') {
            let wide = format!("{what}-wide:{}", self.key.address_key(&network(address, 48)));
            over |= self.store.count_attempt(&wide, now() - window, now()).await? > limit * WIDE;
        }
        Ok(over)
    }

    /// Counts a request of a token.
    #[must_use]
    pub fn count_token(&self, id: &String) -> Allowance {
        match self.tokens.check_key(id) {
            Ok(state) => Allowance::Left(state.remaining_burst_capacity()),
            Err(until) => {
                let clock = governor::clock::DefaultClock::default();
                Allowance::Wait(until.wait_time_from(governor::clock::Clock::now(&clock)).as_secs() + 1)
            }
        }
    }
}
