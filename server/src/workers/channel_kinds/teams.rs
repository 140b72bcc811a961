//! A workflow of Microsoft Teams.

use crate::workers::channel_kind::{Kind, Message, Notice, any};
use serde_json::json;

pub(super) static KIND: Kind = Kind {
    word: "teams",
    label: "Microsoft Teams",
    hint: "the address of a workflow that posts to a channel",
    signed: false,
    wrong: any,
    message,
};

fn message(n: &Notice) -> Message {
    // A TextBlock reads Markdown, a TextRun does not (adaptivecards.io, RichTextBlock).
    let run =
        |text: &str, weight: &str| json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": text, "weight": weight }] });
    let card = json!({
        "type": "AdaptiveCard", "version": "1.4", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "body": [run(&n.domain, "Bolder"), run(&n.text, "Default")],
        "actions": [{ "type": "Action.OpenUrl", "title": "Open", "url": n.link }],
    });
    let attachment = json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": card });
    Message::json(&n.url, &json!({ "type": "message", "attachments": [attachment] }))
}
