//! An incoming webhook of Slack.

use crate::workers::channel_kind::{Kind, Message, Notice, any};
use readiness::report::escape;
use serde_json::json;

pub(super) static KIND: Kind =
    Kind { word: "slack", label: "Slack", hint: "the address of an incoming webhook", signed: false, wrong: any, message };

fn message(n: &Notice) -> Message {
    Message::json(&n.url, &json!({ "text": escape::slack(&format!("{} {}", n.text, n.link)), "mrkdwn": false }))
}
