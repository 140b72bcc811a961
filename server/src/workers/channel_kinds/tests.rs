//! What every kind of channel gets, and that a hostile text stays text in each.

use super::{ALL, of_word};
use crate::workers::channel::{Address, fresh_key};
use crate::workers::channel_kind::{Kind, Message, Notice};
use readiness::report::escape;
use serde_json::{Value, json};
use store::Delivery;
use url::Url;

fn kind(word: &str) -> &'static Kind {
    of_word(word).unwrap()
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
    let of = |word, now| (kind(word).message)(&Notice::new(Url::parse(&address.url).unwrap(), &address, &delivery, now));
    let Message { headers, body, .. } = of("webhook", 1000);
    let signed = |h: &[(&str, String)]| h.iter().find(|(n, _)| *n == "webhook-signature").unwrap().1.split(' ').count();
    assert_eq!((signed(&headers), body), (2, delivery.body.clone()));
    assert_eq!(signed(&of("webhook", 2000).headers), 1, "the old key's time is over");
    for (word, field) in
        [("slack", "/text"), ("discord", "/content"), ("teams", "/attachments/0/content/body/1/inlines/0/text"), ("telegram", "/text")]
    {
        let body: Value = serde_json::from_str(&of(word, 0).body).unwrap();
        assert!(body.pointer(field).and_then(Value::as_str).unwrap().starts_with("acme.com got worse."), "{word} {body}");
    }
    let Message { url, body, .. } = of("telegram", 0);
    assert!(url.query().is_none() && body.contains("\"chat_id\":\"7\""));
    assert_eq!(of("ntfy", 0).body, "acme.com got worse.");
    for kind in ALL {
        assert!(std::ptr::eq(*kind, of_word(kind.word).unwrap()), "{} stands there twice", kind.word);
    }
    let telegram = |url: &str| (kind("telegram").wrong)(&Url::parse(url).unwrap());
    assert!(telegram("https://api.telegram.org/bot1/sendMessage?chat_id=").is_some() && telegram("https://x.example/?chat_id=7").is_none());
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
    let of = |word| (kind(word).message)(&Notice::new(Url::parse(&address.url).unwrap(), &address, &delivery, 0));
    let said = |word, at: &str| -> String {
        let body: Value = serde_json::from_str(&of(word).body).unwrap();
        body.pointer(at).and_then(Value::as_str).unwrap().to_owned()
    };
    let slack = said("slack", "/text");
    assert!(!slack.contains(['<', '>', '\n']) && slack.ends_with("https://lr.example/projects/1"), "{slack}");
    let discord = said("discord", "/content");
    assert!(discord.contains(r"\[x\](javascript") && !discord.contains("@everyone") && discord.len() < 2000, "{discord}");
    assert!(of("discord").body.contains(r#""allowed_mentions":{"parse":[]}"#));
    assert!(!of("teams").body.contains(r#""TextBlock""#) && of("teams").body.contains("TextRun"), "no Markdown is read");
    let telegram: Value = serde_json::from_str(&of("telegram").body).unwrap();
    assert!(telegram.get("parse_mode").is_none());
    let headers = of("ntfy").headers;
    assert!(headers.iter().all(|(_, v)| !v.contains(['\r', '\n'])), "{headers:?}");
    // Paper is set from data.
    let data = report::pdf(&r, Audience::Developer, &Frame { workspace: evil, words: evil, ..Frame::default() }, 0);
    assert!(pdf::pdf(&pdf::Fonts::load(None).unwrap(), &data, None).unwrap().starts_with(b"%PDF-"));
}
