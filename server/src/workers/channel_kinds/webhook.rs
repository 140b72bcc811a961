//! Anything that follows Standard Webhooks (standardwebhooks.com).

use crate::workers::channel_kind::{Kind, Message, Notice, any};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

pub(super) static KIND: Kind = Kind {
    word: "webhook",
    label: "Webhook, signed",
    hint: "the address of your program, which verifies calls by the key",
    signed: true,
    wrong: any,
    message,
};

fn message(n: &Notice) -> Message {
    let (at, delivery) = (n.now / 1000, n.delivery);
    let mut signatures = vec![signature(&n.address.key, &delivery.id, at, &delivery.body)];
    if !n.address.old_key.is_empty() && n.now < n.address.old_until {
        signatures.push(signature(&n.address.old_key, &delivery.id, at, &delivery.body));
    }
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", delivery.id.clone()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    Message { url: n.url.clone(), headers, body: delivery.body.clone() }
}

/// `v1,` and the base64 of an HMAC-SHA256 over id, time and body.
fn signature(key: &str, id: &str, at: i64, body: &str) -> String {
    let bytes = BASE64_STANDARD.decode(key.strip_prefix("whsec_").unwrap_or(key)).unwrap_or_default();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&bytes) else { return String::new() };
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_like_the_standards_own_example() {
        // From the specification's libraries' tests.
        let said =
            signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(said, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
