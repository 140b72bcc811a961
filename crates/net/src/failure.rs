//! Why a conversation failed, in words for somebody who does not know our libraries.

use readiness::evidence::FailKind;
use std::error::Error;
use std::io;

/// Whether a peer ended the connection without the goodbye that its protocol asks for: TLS without
/// close_notify (RFC 8446 section 6.1), HTTP before its framing was complete.
pub fn cut_off(e: &(dyn Error + 'static)) -> bool {
    let mut at = Some(e);
    while let Some(inner) = at {
        let eof = inner.downcast_ref::<io::Error>().is_some_and(|i| i.kind() == io::ErrorKind::UnexpectedEof);
        if eof || inner.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message) {
            return true;
        }
        at = inner.source();
    }
    false
}

/// The failure behind a TLS error, which an I/O error hides.
pub fn tls_error<'a>(e: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut at = Some(e);
    while let Some(inner) = at {
        let hidden = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref).and_then(|i| i.downcast_ref());
        if let Some(tls) = inner.downcast_ref().or(hidden) {
            return Some(tls);
        }
        at = inner.source();
    }
    None
}

/// One short sentence without its stop. Manuals that a library points to are not the reader's.
pub fn plain(e: &(dyn Error + 'static)) -> String {
    if cut_off(e) {
        return "the server closed the connection before its answer was complete".into();
    }
    match tls_error(e) {
        Some(rustls::Error::InvalidMessage(_)) => return "what answers there does not speak TLS".into(),
        Some(rustls::Error::AlertReceived(alert)) => return format!("the server refused the handshake with the TLS alert {alert:?}"),
        Some(rustls::Error::PeerIncompatible(_)) => {
            return "the server and our scanner have no version of TLS or no cipher in common".into();
        }
        _ => {}
    }
    let mut last = e;
    while let Some(inner) = last.source() {
        last = inner;
    }
    let reset = last
        .downcast_ref::<io::Error>()
        .is_some_and(|i| matches!(i.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe));
    if reset {
        return "the server broke the connection off".into();
    }
    let text = last.to_string();
    let words: Vec<&str> = text.split_whitespace().filter(|w| !w.contains("://")).collect();
    words.join(" ").trim_end_matches(':').chars().take(200).collect()
}

/// The kind of a failed HTTP request, and its reason in a sentence.
pub fn of_request(e: &reqwest::Error) -> (FailKind, String) {
    if e.is_timeout() {
        return (FailKind::Timeout, "no answer in time".into());
    }
    let mut kind = if tls_error(e).is_some() { FailKind::Tls } else { FailKind::Protocol };
    let mut source = e.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            kind = match io.kind() {
                io::ErrorKind::ConnectionRefused => FailKind::Refused,
                io::ErrorKind::TimedOut | io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => FailKind::Timeout,
                _ => kind,
            };
        }
        source = inner.source();
    }
    (kind, plain(e))
}

#[test]
fn no_manual_is_shown() {
    let eof =
        io::Error::new(io::ErrorKind::UnexpectedEof, "peer closed connection without sending TLS close_notify: https://docs.rs/rustls");
    assert!(cut_off(&eof) && !plain(&eof).contains("docs.rs"));
    assert_eq!(plain(&io::Error::other("it failed: https://docs.rs/x#y")), "it failed");
    let refused = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure));
    assert!(plain(&refused).contains("HandshakeFailure") && tls_error(&refused).is_some());
}
