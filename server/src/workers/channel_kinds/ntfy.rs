//! A topic of ntfy.

use crate::workers::channel_kind::{Kind, Message, Notice, any};

pub(super) static KIND: Kind = Kind { word: "ntfy", label: "ntfy", hint: "the address of the topic", signed: false, wrong: any, message };

fn message(n: &Notice) -> Message {
    Message { url: n.url.clone(), headers: vec![("title", n.domain.clone()), ("click", n.link.clone())], body: n.text.clone() }
}
