//! Hands events to webhooks and chats: signed, tried again, through the egress guard.

use super::channel::Address;
use super::channel_kind::{Message, Notice};
use super::channel_kinds::of_word;
use super::context::Context;
use crate::platform::clock::now;
use crate::platform::turns::Seats;
use net::webhook::{Reply, post};
use std::time::{Duration, Instant};
use store::{Channel, Delivery};
use tokio_util::sync::CancellationToken;
use url::Url;

/// How often deliveries are looked for.
const LOOK: Duration = Duration::from_secs(2);
/// A delivery whose worker died is tried again after this.
const AGAIN_MS: i64 = 60_000;
/// Waits between tries, in seconds, as Standard Webhooks advises.
const WAITS: [i64; 8] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000];
/// Deliveries at once.
const AT_ONCE: usize = 8;
/// Of one workspace.
const EACH: usize = 2;

/// Delivers until told to stop.
pub async fn deliver(cx: Context, stop: CancellationToken) {
    // Who answers slowly holds up only their own workspace.
    let mut running = tokio::task::JoinSet::new();
    let seats = Seats::new(EACH, AT_ONCE);
    while !stop.is_cancelled() {
        while running.len() >= AT_ONCE {
            running.join_next().await;
        }
        while running.try_join_next().is_some() {}
        match cx.store.claim_delivery(&seats.full(), now(), now() + AGAIN_MS).await {
            Ok(Some((delivery, channel))) => {
                let (cx, seat) = (cx.clone(), seats.take(&delivery.workspace));
                running.spawn(async move {
                    one(&cx, &delivery, &channel).await;
                    drop(seat);
                });
            }
            Ok(None) => {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
            Err(e) => {
                tracing::warn!(error = %e, "deliveries could not be read");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
    while running.join_next().await.is_some() {}
}

async fn one(cx: &Context, delivery: &Delivery, channel: &Channel) {
    let began = Instant::now();
    let result = send(cx, delivery, channel).await;
    let took = i64::try_from(began.elapsed().as_millis()).unwrap_or(0);
    let next = usize::try_from(delivery.attempts - 1).ok().and_then(|n| WAITS.get(n)).map(|s| now() + s * 1000);
    let written = match &result {
        Ok(said) if (200..300).contains(&said.status) => cx.store.delivered(&delivery.id, true, None, &said.status.to_string(), took).await,
        Ok(said) if said.status == 410 => {
            let _ = cx.store.channel_gone(&channel.id, "The other side answered that it is gone (410).").await;
            cx.store.delivered(&delivery.id, false, None, "410: gone for good, so the channel was switched off", took).await
        }
        Ok(said) => cx.store.delivered(&delivery.id, false, next, &format!("{}: {}", said.status, said.text), took).await,
        Err(why) => cx.store.delivered(&delivery.id, false, next, why, took).await,
    };
    if let Err(e) = written {
        tracing::error!(delivery = %delivery.id, error = %e, "what became of a delivery could not be written down");
    }
}

async fn send(cx: &Context, delivery: &Delivery, channel: &Channel) -> Result<Reply, String> {
    let address = Address::open(&cx.keys, channel).ok_or("Its address cannot be opened: the key is not in the key ring.")?;
    let kind = of_word(&channel.kind).ok_or("This version does not know such a channel.")?;
    let url = Url::parse(&address.url).map_err(|_| "Its address cannot be read.")?;
    let Message { url, headers, body } = (kind.message)(&Notice::new(url, &address, delivery, now()));
    post(cx.options.guard(), &cx.options.roots, &url, &headers, body).await
}
