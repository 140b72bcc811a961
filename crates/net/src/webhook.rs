//! Webhooks: one POST to an address that somebody typed, through the same guard as every other connection.

use crate::egress::Egress;
use crate::{client, tls_config};
use rustls::RootCertStore;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// The whole of it.
const LIMIT: Duration = Duration::from_secs(15);
/// Bytes of an answer that are kept.
const ANSWER: usize = 300;

/// What the receiver answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The beginning of its answer.
    pub text: String,
}

/// Sends a body. Redirects are not followed: the address is where it goes, or nowhere. Ports other than
/// 80 and 443 are for networks that the instance allows. The guard is for this one delivery.
///
/// # Errors
/// Why nothing was sent or answered, as a sentence.
pub async fn post(
    egress: Egress,
    roots: &Arc<RootCertStore>,
    url: &Url,
    headers: &[(&str, String)],
    body: String,
) -> Result<Reply, String> {
    let egress = Arc::new(egress);
    let host = url.host().ok_or("The address has no host.")?;
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses: Vec<IpAddr> = match &host {
        Host::Ipv4(ip) => vec![(*ip).into()],
        Host::Ipv6(ip) => vec![(*ip).into()],
        Host::Domain(name) => tokio::time::timeout(LIMIT, tokio::net::lookup_host((*name, port)))
            .await
            .map_err(|_| "Its name was not looked up in time.".to_owned())?
            .map_err(|_| format!("{name} has no address."))?
            .map(|a| a.ip())
            .collect(),
    };
    let inside = !addresses.is_empty() && addresses.iter().all(|ip| egress.opens(*ip));
    if !inside {
        egress.permits_url(url).map_err(|e| format!("{e}."))?;
    }
    egress.pin(&host.to_string(), &addresses).map_err(|e| format!("{e}."))?;
    let mut tls = tls_config::verified(roots).map_err(|e| e.to_string())?;
    // One request on a connection: every receiver speaks HTTP/1.1.
    tls.alpn_protocols.clear();
    let client = client::builder(egress, tls).timeout(LIMIT).build().map_err(|e| e.to_string())?;
    let mut request = client.post(url.clone()).body(body);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let mut response = request
        .send()
        .await
        .map_err(|e| if e.is_timeout() { "No answer within 15 seconds.".to_owned() } else { "No connection.".to_owned() })?;
    let status = response.status().as_u16();
    let mut bytes = vec![];
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= ANSWER {
            break;
        }
    }
    bytes.truncate(ANSWER);
    Ok(Reply { status, text: String::from_utf8_lossy(&bytes).into_owned() })
}
