//! What is sent to a channel.

use super::channel::{Address, Kind};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use readiness::report::escape;
use serde_json::{Value, json};
use sha2::Sha256;
use store::Delivery;
use url::Url;

/// Where it goes, with which headers, and its body.
pub type Message = (Url, Vec<(&'static str, String)>, String);

/// Characters of a sentence in a chat: with every one escaped, it fits everywhere (Discord takes 2,000).
const SENTENCE: usize = 850;

/// What is sent where. A webhook gets the event whole and signed, a chat a sentence that stays text there.
pub fn message(kind: Kind, mut url: Url, address: &Address, delivery: &Delivery, now: i64) -> Message {
    let event: Value = serde_json::from_str(&delivery.body).unwrap_or_default();
    let part = |name: &str| event.pointer(&format!("/data/{name}")).and_then(Value::as_str).unwrap_or("").to_owned();
    let (link, domain) = (part("url"), escape::line(&part("domain")));
    let text: String = escape::line(&part("text")).chars().take(SENTENCE).collect();
    let json_type = ("content-type", "application/json".to_owned());
    match kind {
        Kind::Webhook => {
            let at = now / 1000;
            let mut signatures = vec![signature(&address.key, &delivery.id, at, &delivery.body)];
            if !address.old_key.is_empty() && now < address.old_until {
                signatures.push(signature(&address.old_key, &delivery.id, at, &delivery.body));
            }
            let headers = vec![
                json_type,
                ("webhook-id", delivery.id.clone()),
                ("webhook-timestamp", at.to_string()),
                ("webhook-signature", signatures.join(" ")),
            ];
            (url, headers, delivery.body.clone())
        }
        Kind::Slack => (url, vec![json_type], json!({ "text": escape::slack(&format!("{text} {link}")), "mrkdwn": false }).to_string()),
        Kind::Discord => {
            let content = format!("{} {link}", escape::markdown(&text));
            (url, vec![json_type], json!({ "content": content, "allowed_mentions": { "parse": [] } }).to_string())
        }
        Kind::Teams => {
            // A TextBlock reads Markdown, a TextRun does not (adaptivecards.io, RichTextBlock).
            let run = |text: &str, bold: bool| {
                let weight = if bold { "Bolder" } else { "Default" };
                json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": text, "weight": weight }] })
            };
            let card = json!({
                "type": "AdaptiveCard", "version": "1.4", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "body": [run(&domain, true), run(&text, false)],
                "actions": [{ "type": "Action.OpenUrl", "title": "Open", "url": link }],
            });
            let body = json!({ "type": "message", "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": card }] });
            (url, vec![json_type], body.to_string())
        }
        Kind::Telegram => {
            // The address as people write it: …/botTOKEN/sendMessage?chat_id=123
            let chat = url.query_pairs().find(|(k, _)| k == "chat_id").map(|(_, v)| v.into_owned()).unwrap_or_default();
            url.set_query(None);
            // Without a parse_mode, the text is plain.
            (url, vec![json_type], json!({ "chat_id": chat, "text": format!("{text} {link}") }).to_string())
        }
        Kind::Ntfy => (url, vec![("title", domain), ("click", link)], text),
    }
}

/// `v1,` and the base64 of an HMAC-SHA256 over id, time and body (standardwebhooks.com).
fn signature(key: &str, id: &str, at: i64, body: &str) -> String {
    let bytes = BASE64_STANDARD.decode(key.strip_prefix("whsec_").unwrap_or(key)).unwrap_or_default();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&bytes) else { return String::new() };
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::channel::fresh_key;
    use super::*;

    #[test]
    fn signs_like_the_standards_own_example() {
        // From the specification's libraries' tests.
        let said =
            signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(said, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_kind_gets_its_own_form() {
        let delivery = Delivery {
            id: "d1".into(),
            workspace: "w1".into(),
            channel: "c1".into(),
            event: "worsened-1".into(),
            body: json!({ "type": "project.worsened", "data": { "domain": "acme.com", "text": "acme.com got worse.", "url": "https://lr.example/projects/1" } }).to_string(),
            status: "waiting".into(),
            attempts: 1,
            created_at: 0,
            due_at: 0,
            answer: String::new(),
            took_ms: 0,
        };
        let address = Address { old_key: fresh_key(), old_until: 2000, ..Address::new("https://x.example/hook?chat_id=7") };
        let of = |kind, now| message(kind, Url::parse(&address.url).unwrap(), &address, &delivery, now);
        let (_, headers, body) = of(Kind::Webhook, 1000);
        let signed = |h: &[(&str, String)]| h.iter().find(|(n, _)| *n == "webhook-signature").unwrap().1.split(' ').count();
        assert_eq!((signed(&headers), body), (2, delivery.body.clone()));
        assert_eq!(signed(&of(Kind::Webhook, 2000).1), 1, "the old key's time is over");
        for (kind, field) in [
            (Kind::Slack, "/text"),
            (Kind::Discord, "/content"),
            (Kind::Teams, "/attachments/0/content/body/1/inlines/0/text"),
            (Kind::Telegram, "/text"),
        ] {
            let body: Value = serde_json::from_str(&of(kind, 0).2).unwrap();
            assert!(body.pointer(field).and_then(Value::as_str).unwrap().starts_with("acme.com got worse."), "{kind:?} {body}");
        }
        let (url, _, body) = of(Kind::Telegram, 0);
        assert!(url.query().is_none() && body.contains("\"chat_id\":\"7\""));
        assert_eq!(of(Kind::Ntfy, 0).2, "acme.com got worse.");
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.word()), Some(kind));
        }
    }

    /// One hostile text, through everything that is written for somebody else to read.
    #[test]
    fn one_hostile_text_stays_text_in_every_format() {
        use readiness::check::{Fix, Paste};
        use readiness::report::pdf::{Audience, Frame};
        use readiness::report::{self, Report, Style};
        use readiness::{Domain, Outcome, Outside, Target, assess};
        let evil = "<script>alert(1)</script> [x](javascript:alert(1)) | =HYPERLINK(\"http://evil\") @everyone <!channel> \r\nX: y ```";
        let e = Outside::empty(Target::preview(Domain::parse("acme.example").unwrap()), 0);
        let before = assess(&readiness::Ledger::of_scan(e.clone()), 0);
        let mut a = before.clone();
        for f in &mut a.findings {
            (f.title, f.summary, f.why) = (evil.into(), evil.into(), evil.into());
        }
        let f = a.findings.iter_mut().find(|f| f.id == "MAIL-02").unwrap();
        f.outcome = Outcome::Fail;
        f.fix = Some(Fix {
            undo: evil.into(),
            risk: Some(evil.into()),
            paste: vec![Paste::add(evil, [evil, "```", "~~~"])],
            ..Fix::new(evil, 5).step(evil)
        });
        a.fix_order = readiness::fix_order::plan(&a.findings);
        assert!(a.fix_order.iter().any(|s| s.id == "MAIL-02"));
        let r = Report { evidence: &e, assessment: &a, tool: "t 1", help: report::HELP };
        // Markdown, without what stands in fences, which nothing in them closes.
        let difference = readiness::difference(&before, &a);
        let sarif = report::sarif(&r);
        let help = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        let help: Vec<&str> = help.iter().filter_map(|x| x.pointer("/help/markdown").and_then(Value::as_str)).collect();
        assert!(help.iter().any(|m| m.contains("X: y")));
        let pages = [
            report::markdown(&r),
            report::plan_markdown(&e, &a),
            report::difference_markdown("acme.example", &before, &a, &difference),
            help.join("\n"),
        ];
        for page in pages {
            let mut open: Option<String> = None;
            for line in page.lines() {
                let ticks: String = line.chars().take_while(|c| *c == '`').collect();
                match open.clone() {
                    Some(fence) if line == fence => open = None,
                    Some(_) => {}
                    None if ticks.len() >= 3 => open = Some(ticks),
                    None => {
                        let bare = |what: &str| line.match_indices(what).any(|(i, _)| !line[..i].ends_with('\\'));
                        for markup in ["<script", "</script", "<!channel", "[x]", "](javascript", "@everyone", "```"] {
                            assert!(!bare(markup), "{markup}: {line}");
                        }
                        assert!(!line.starts_with("X: y"), "{line}");
                    }
                }
            }
            assert!(open.is_none(), "a fence stays open: {page}");
        }
        for result in sarif["runs"][0]["results"].as_array().unwrap() {
            assert!(!result["message"]["text"].as_str().unwrap().contains("]("), "{result}");
        }
        for text in [report::text(&r, Style::Plain), report::plan_text(&e, &a)] {
            assert!(!text.contains('\r'), "{text}");
        }
        // Spreadsheets and calendars.
        let formula = format!("=cmd {evil}");
        let record = readiness::evidence::MapRecord {
            name: formula.clone(),
            rtype: "TXT".into(),
            value: formula.clone(),
            ttl: 1,
            purpose: formula.clone(),
            owner: formula,
            proxied: false,
        };
        let table = readiness::dns_map::csv(std::slice::from_ref(&record));
        assert_eq!((table.matches("\"'=cmd").count(), table.matches("\"=").count()), (4, 0), "{table}");
        assert_eq!(readiness::dns_map::zone_file("acme.example", &[record]).lines().count(), 3);
        assert!(!escape::ical(evil).contains(['\r', '\n']));
        // Letters, in which nothing but ours is markup.
        let letter = crate::mail::Letter {
            subject: escape::line(evil).into(),
            paragraphs: vec![evil.into()],
            button: None,
            note: evil.to_owned().into(),
        };
        let html = letter.html();
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script>") && !html.contains("<!channel"), "{html}");
        assert!(!letter.subject.contains(['\r', '\n']));
        // Chats.
        let body = json!({ "data": { "domain": evil, "text": evil, "url": "https://lr.example/projects/1" } }).to_string();
        let delivery = Delivery {
            id: "d1".into(),
            workspace: "w1".into(),
            channel: "c1".into(),
            event: "e".into(),
            body,
            status: "waiting".into(),
            attempts: 1,
            created_at: 0,
            due_at: 0,
            answer: String::new(),
            took_ms: 0,
        };
        let address = Address::new("https://x.example/hook?chat_id=7");
        let of = |kind| message(kind, Url::parse(&address.url).unwrap(), &address, &delivery, 0);
        let said = |kind, at: &str| -> String {
            let body: Value = serde_json::from_str(&of(kind).2).unwrap();
            body.pointer(at).and_then(Value::as_str).unwrap().to_owned()
        };
        let slack = said(Kind::Slack, "/text");
        assert!(!slack.contains(['<', '>', '\n']) && slack.ends_with("https://lr.example/projects/1"), "{slack}");
        let discord = said(Kind::Discord, "/content");
        assert!(discord.contains(r"\[x\](javascript") && !discord.contains("@everyone") && discord.len() < 2000, "{discord}");
        assert!(of(Kind::Discord).2.contains(r#""allowed_mentions":{"parse":[]}"#));
        assert!(!of(Kind::Teams).2.contains(r#""TextBlock""#) && of(Kind::Teams).2.contains("TextRun"), "no Markdown is read");
        let telegram: Value = serde_json::from_str(&of(Kind::Telegram).2).unwrap();
        assert!(telegram.get("parse_mode").is_none());
        let (_, headers, _) = of(Kind::Ntfy);
        assert!(headers.iter().all(|(_, v)| !v.contains(['\r', '\n'])), "{headers:?}");
        // Paper is set from data.
        let data = report::pdf(&r, Audience::Developer, &Frame { workspace: evil, words: evil, ..Frame::default() }, 0);
        assert!(pdf::pdf(&pdf::Fonts::load(None).unwrap(), &data, None).unwrap().starts_with(b"%PDF-"));
    }
}
