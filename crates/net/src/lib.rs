//! The network, with a guard: what is needed to reach addresses that strangers type, whoever does it (scans, webhooks).
//! This crate knows nothing of scans, stores or pages.
//!
//! * **Every connection goes through [`Egress`].** It knows the addresses (`special_networks`) that are not of the public
//!   internet, and what the operator opened (`allow_net`) and closed (`deny_net`, which comes first).
//! * **A name is resolved once, judged, pinned.** [`Egress::pin`] keeps what was judged, [`Egress::connect`] judges again
//!   just before it connects, and a [client](client::builder) of HTTP resolves pinned names only: no second answer
//!   can swap an address.
//! * **Redirects are never followed here.** Each is a new URL, which the caller has [judged](Egress::permits_url) again.
//! * **DNS questions** go to the [`Resolvers`] that the operator chose, and to servers that the guard permits.
//! * **A configuration of TLS says what it is worth**: [`tls_config::verified`] lets a peer's word count,
//!   [`tls_config::unverified`] only looks.

pub mod client;
mod connect;
pub mod dns_transport;
mod egress;
pub mod failure;
pub mod resolvers;
pub mod roots;
mod special_networks;
pub mod sync;
pub mod tls_config;
pub mod webhook;

pub use connect::ConnectError;
pub use egress::{Denied, Egress};
pub use resolvers::Resolvers;
