//! What a stranger may cost: attempts counted by network, and turns at slow work.

use super::guard::{asking, came};
use super::{AppError, api};
use crate::app::{App, now};
use crate::turns::{Seat, Seats, Turn, Turns};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// One customer of a provider has a /56 or /48 of IPv6: its /64s together may do so many times as much.
const WIDE: i64 = 8;

/// The network that an address counts as: an IPv4 address itself, an IPv6 address as its prefix.
pub fn network(address: &str, bits: u8) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V6(v6)) => match ipnet::Ipv6Net::new(v6, bits) {
            Ok(net) => net.trunc().to_string(),
            Err(_) => v6.to_string(),
        },
        Ok(v4) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// The network for a person to read: never a whole address.
pub fn place(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(v4)) => ipnet::Ipv4Net::new(v4, 24).map(|n| n.trunc().to_string()).unwrap_or_default(),
        Ok(_) => network(address, 48),
        Err(_) => String::new(),
    }
}

/// A key for a visitor's network that does not tell the network.
pub fn key(app: &App, address: &str) -> String {
    app.address_key(&network(address, 64))
}

/// Counts an attempt at something by the network of an address; whether that is too many within the
/// window (milliseconds). IPv6 counts by /64, and eightfold by /48.
pub async fn too_many(app: &App, what: &str, address: &str, limit: i64, window: i64) -> Result<bool, AppError> {
    let near = format!("{what}:{}", key(app, address));
    let mut over = app.store.count_attempt(&near, now() - window, now()).await? > limit;
    if network(address, 64).contains(':') {
        let wide = format!("{what}-wide:{}", app.address_key(&network(address, 48)));
        over |= app.store.count_attempt(&wide, now() - window, now()).await? > limit * WIDE;
    }
    Ok(over)
}

tokio::task_local! {
    /// The turn at answering that the request in hand has.
    static ANSWERING: Mutex<Option<Turn>>;
}

/// Answers so many requests at once, the others in turn: of many that all began together none would be done soon.
pub async fn in_turn(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match app.answers.wait(&network(&asking(), 64), came()).await {
        Ok(turn) => ANSWERING.scope(Mutex::new(Some(turn)), async { whole(next.run(request).await).await }).await,
        Err(_) => api::refused(&path, AppError::Busy),
    }
}

/// The answer with its body compressed to the end, which is a part of the work; what is sent as it comes is left alone.
async fn whole(response: Response) -> Response {
    if !response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let (head, body) = response.into_parts();
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => Response::from_parts(head, bytes.into()),
        Err(e) => AppError::Internal(format!("an answer ended early: {e}")).into_response(),
    }
}

/// Gives the turn at answering to the next: what follows waits for somebody else.
pub fn stand_back() {
    let turn = ANSWERING.try_with(|t| t.lock().unwrap_or_else(PoisonError::into_inner).take());
    drop(turn);
}

/// Waits for a turn at slow work, behind others of the same network only.
pub async fn turn(turns: &Arc<Turns>) -> Result<Turn, AppError> {
    stand_back();
    turns.wait(&network(&asking(), 64), came()).await.map_err(|_| AppError::Busy)
}

/// Waits for a turn before all strangers.
pub async fn turn_ahead(turns: &Arc<Turns>) -> Result<Turn, AppError> {
    stand_back();
    turns.ahead().await.map_err(|_| AppError::Busy)
}

/// Takes a seat: for an open stream, or for a file that is being received.
pub fn seat(seats: &Arc<Seats>) -> Result<Seat, AppError> {
    seats.take(&network(&asking(), 64)).map_err(|_| AppError::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_count_as_networks() {
        for (address, near, wide, shown) in [
            ("203.0.113.9", "203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
            ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48", "2001:db8:1::/48"),
            ("", "", "", ""),
        ] {
            assert_eq!((network(address, 64), network(address, 48), place(address)), (near.into(), wide.into(), shown.into()));
        }
    }
}
