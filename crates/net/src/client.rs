//! HTTP clients by way of the guard.

use crate::egress::Egress;
use reqwest::ClientBuilder;
use rustls::ClientConfig;
use std::net::SocketAddr;
use std::sync::Arc;

/// The name under which we visit, in `User-Agent`.
pub const USER_AGENT: &str = concat!("LaunchReady/", env!("CARGO_PKG_VERSION"), " (+https://github.com/launch-ready/launch-ready)");

/// A client that reaches only names that this guard pinned. It follows no redirect and uses no proxy of the environment:
/// either would lead to a place that was not judged. An address in a URL's host is not resolved, so
/// [`Egress::permits_url`] has to come before each request.
pub fn builder(egress: Arc<Egress>, tls: ClientConfig) -> ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .dns_resolver(PinnedResolver(egress))
}

/// Gives reqwest the kept addresses and nothing else; a name that was not judged does not resolve.
#[derive(Clone, Debug)]
struct PinnedResolver(Arc<Egress>);

impl reqwest::dns::Resolve for PinnedResolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let addresses: Vec<SocketAddr> =
            self.0.pinned(name.as_str()).into_iter().filter(|ip| self.0.permits(*ip).is_ok()).map(|ip| SocketAddr::new(ip, 0)).collect();
        Box::pin(async move {
            if addresses.is_empty() {
                return Err("no permitted address".into());
            }
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}
