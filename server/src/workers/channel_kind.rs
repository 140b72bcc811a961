//! What a kind of channel is, and what is sent to one.

use super::channel::Address;
use readiness::report::escape;
use serde_json::Value;
use store::Delivery;
use url::Url;

/// What is at the other end of a channel.
#[derive(Debug)]
pub struct Kind {
    /// As it is stored and sent.
    pub word: &'static str,
    /// For a person.
    pub label: &'static str,
    /// Which address it takes.
    pub hint: &'static str,
    /// Whether it verifies by the channel's key, which is shown once then.
    pub signed: bool,
    /// What is wrong with an address of this kind, as a sentence.
    pub wrong: fn(&Url) -> Option<&'static str>,
    /// What is sent. A webhook gets the event whole and signed, a chat a sentence that stays text there.
    pub message: fn(&Notice) -> Message,
}

/// A notice on its way to a channel.
#[derive(Debug)]
pub struct Notice<'a> {
    /// Where to.
    pub url: Url,
    /// With its keys.
    pub address: &'a Address,
    /// The delivery.
    pub delivery: &'a Delivery,
    /// Epoch milliseconds.
    pub now: i64,
    /// The project's domain, one line.
    pub domain: String,
    /// One sentence, one line.
    pub text: String,
    /// The page that it is about.
    pub link: String,
}

/// Characters of a sentence in a chat: with every one escaped, it fits everywhere (Discord takes 2,000).
const SENTENCE: usize = 850;

impl<'a> Notice<'a> {
    /// Of a delivery to an address.
    #[must_use]
    pub fn new(url: Url, address: &'a Address, delivery: &'a Delivery, now: i64) -> Self {
        let event: Value = serde_json::from_str(&delivery.body).unwrap_or_default();
        let part = |name: &str| event.pointer(&format!("/data/{name}")).and_then(Value::as_str).unwrap_or("").to_owned();
        let text = escape::line(&part("text")).chars().take(SENTENCE).collect();
        Self { url, address, delivery, now, domain: escape::line(&part("domain")), text, link: part("url") }
    }
}

/// What goes over the wire.
#[derive(Debug)]
pub struct Message {
    /// Where to.
    pub url: Url,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Message {
    /// With a body of JSON.
    #[must_use]
    pub fn json(url: &Url, body: &Value) -> Self {
        Self { url: url.clone(), headers: vec![("content-type", "application/json".to_owned())], body: body.to_string() }
    }
}

/// Takes every address that the network takes.
#[must_use]
pub const fn any(_: &Url) -> Option<&'static str> {
    None
}
