//! A mail server that greets, offers STARTTLS, and takes nothing.

use crate::certs::Certs;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Serves on port 25; while the set holds anything, STARTTLS is not offered.
pub(crate) async fn serve(at: SocketAddr, certs: Arc<Certs>, plain: Arc<Mutex<HashSet<String>>>) {
    let listener = TcpListener::bind(at).await.expect("port 25 on loopback");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(certs);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let offer = plain.lock().unwrap().is_empty();
            tokio::spawn(talk(stream, acceptor.clone(), offer));
        }
    });
}

async fn talk(stream: TcpStream, acceptor: tokio_rustls::TlsAcceptor, offer: bool) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mx.test ESMTP\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        match line.trim().to_ascii_uppercase().split(' ').next().unwrap_or("") {
            "EHLO" if offer => stream.write_all(b"250-mx.test\r\n250-8BITMIME\r\n250 STARTTLS\r\n").await?,
            "EHLO" => stream.write_all(b"250-mx.test\r\n250 8BITMIME\r\n").await?,
            "STARTTLS" if offer => {
                stream.write_all(b"220 go ahead\r\n").await?;
                let _ = acceptor.accept(stream.into_inner()).await;
                return Ok(());
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n").await,
            _ => stream.write_all(b"502 no\r\n").await?,
        }
    }
}
