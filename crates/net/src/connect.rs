//! Connections by way of the guard: only to addresses that it judged.

use crate::egress::{Denied, Egress};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;

/// Why no connection came about.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no address.
    #[error("no address")]
    Unresolved,
    /// The guard refused.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// The system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Nothing answered.
    #[error("no answer in time")]
    Timeout,
}

impl Egress {
    /// Connects to the first of these addresses that answers, each judged again.
    ///
    /// # Errors
    /// The guard's refusal, or the last connection's error.
    pub async fn connect(&self, addresses: &[IpAddr], port: u16, limit: Duration) -> Result<(TcpStream, IpAddr), ConnectError> {
        let mut last = ConnectError::Unresolved;
        for ip in addresses.iter().take(4) {
            if let Err(why) = self.permits(*ip) {
                last = ConnectError::Denied(why);
                continue;
            }
            match tokio::time::timeout(limit, TcpStream::connect(SocketAddr::new(*ip, port))).await {
                Ok(Ok(stream)) => return Ok((stream, *ip)),
                Ok(Err(e)) => last = ConnectError::Io(e),
                Err(_) => last = ConnectError::Timeout,
            }
        }
        Err(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_closed_address_is_never_dialled() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let refused = Egress::default().connect(&["127.0.0.1".parse().unwrap()], port, Duration::from_secs(1)).await;
        assert!(matches!(refused, Err(ConnectError::Denied(_))));
        assert!(tokio::time::timeout(Duration::from_millis(50), listener.accept()).await.is_err());
    }
}
