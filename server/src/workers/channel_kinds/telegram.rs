//! A bot of Telegram.

use crate::workers::channel_kind::{Kind, Message, Notice};
use serde_json::json;
use url::Url;

pub(super) static KIND: Kind = Kind {
    word: "telegram",
    label: "Telegram",
    hint: "https://api.telegram.org/botTOKEN/sendMessage?chat_id=CHAT",
    signed: false,
    wrong,
    message,
};

fn chat(url: &Url) -> Option<String> {
    url.query_pairs().find(|(k, v)| k == "chat_id" && !v.is_empty()).map(|(_, v)| v.into_owned())
}

fn wrong(url: &Url) -> Option<&'static str> {
    chat(url).is_none().then_some("The address of a Telegram bot ends with /sendMessage?chat_id=CHAT.")
}

fn message(n: &Notice) -> Message {
    let mut url = n.url.clone();
    url.set_query(None);
    // Without a parse_mode, the text is plain.
    Message::json(&url, &json!({ "chat_id": chat(&n.url).unwrap_or_default(), "text": format!("{} {}", n.text, n.link) }))
}
