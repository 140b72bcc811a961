//! A webhook of Discord.

use crate::workers::channel_kind::{Kind, Message, Notice, any};
use readiness::report::escape;
use serde_json::json;

pub(super) static KIND: Kind =
    Kind { word: "discord", label: "Discord", hint: "the address of a webhook", signed: false, wrong: any, message };

fn message(n: &Notice) -> Message {
    let content = format!("{} {}", escape::markdown(&n.text), n.link);
    Message::json(&n.url, &json!({ "content": content, "allowed_mentions": { "parse": [] } }))
}
