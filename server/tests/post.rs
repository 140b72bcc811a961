//! The outbox against a mail server on loopback that takes, puts off, refuses, or is cut off between
//! taking and saying so.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};
use store::{Account, LinkKind, NewLink, NewMail, Store};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// What the mail server does with a message.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Takes,
    PutsOff,
    Refuses,
    /// It has the message, and never says so.
    Hangs,
}

struct Sink {
    port: u16,
    mood: Arc<Mutex<Mood>>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mood, taken) = (Arc::new(Mutex::new(Mood::Takes)), Arc::new(Mutex::new(vec![])));
        let (m, t) = (mood.clone(), taken.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (m, t) = (m.clone(), t.clone());
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let _ = stream.write_all(b"220 sink ESMTP\r\n").await;
                    let (mut line, mut body, mut data) = (String::new(), String::new(), false);
                    loop {
                        line.clear();
                        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                            return;
                        }
                        let answer: &[u8] = if data {
                            if line != ".\r\n" {
                                body.push_str(&line);
                                continue;
                            }
                            data = false;
                            let mood = *m.lock().unwrap();
                            if mood == Mood::Takes || mood == Mood::Hangs {
                                t.lock().unwrap().push(std::mem::take(&mut body));
                            }
                            match mood {
                                Mood::Takes => b"250 taken\r\n",
                                Mood::PutsOff => b"451 later\r\n",
                                Mood::Refuses => b"550 no such mailbox\r\n",
                                Mood::Hangs => std::future::pending().await,
                            }
                        } else {
                            match line.trim().to_ascii_uppercase().split([' ', ':']).next().unwrap_or("") {
                                "EHLO" => b"250-sink\r\n250 8BITMIME\r\n",
                                "DATA" => {
                                    data = true;
                                    b"354 go on\r\n"
                                }
                                "QUIT" => b"221 bye\r\n",
                                _ => b"250 fine\r\n",
                            }
                        };
                        if stream.write_all(answer).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, mood, taken }
    }
    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }
    fn ids(&self) -> Vec<String> {
        let of = |m: &String| m.lines().find_map(|l| l.strip_prefix("Message-ID: ")).unwrap_or("").trim().to_owned();
        self.taken.lock().unwrap().iter().map(of).collect()
    }
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn worker(url: &str, data: &Path, port: u16) -> Child {
    Command::new(env!("CARGO_BIN_EXE_launch-ready"))
        .args(["worker", "--workers", "1"])
        .env("DATABASE_URL", url)
        .env("LAUNCH_READY_DATA_DIR", data)
        .env("LAUNCH_READY_SMTP_URL", format!("smtp://127.0.0.1:{port}"))
        .env("LAUNCH_READY_MAIL_FROM", "Launch Ready <noreply@lr.example>")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn until(what: &str, test: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !test().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_out_once_is_put_off_and_put_aside() {
    let sink = Sink::start().await;
    let data = std::env::temp_dir().join(format!("lr-post-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data).unwrap();
    let url = format!("sqlite:{}", data.join("launch-ready.db").display());
    let store = Store::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let due = || async {
        sqlx::query("UPDATE outbox SET due_at = 0 WHERE status = 'waiting'").execute(&pool).await.unwrap();
    };
    let account = Account::new("ada@acme.example", "hash");
    let letter = |cause: &str| NewMail {
        cause: cause.into(),
        recipient: "ada@acme.example".into(),
        subject: "Grüße, and no\r\nBcc: spy@evil.example".into(),
        text: "Hello".into(),
        html: "<p>Hello</p>".into(),
        unsubscribe: String::new(),
        not_before: 0,
    };
    let link = |hash: &str| NewLink { hash: hash.into(), kind: LinkKind::Verify, detail: String::new(), expires_at: now() + 60_000 };
    store.create_account(&account, &link("1"), Some(&letter("first")), true, now()).await.unwrap();

    let mut child = worker(&url, &data, sink.port);
    until("the first mail", async || sink.ids().len() == 1).await;
    let first = sink.taken.lock().unwrap()[0].clone();
    // A line break in a subject makes no header of its own.
    assert!(!first.lines().any(|l| l.starts_with("Bcc:")) && first.contains("From: \"Launch Ready\" <noreply@lr.example>"), "{first}");
    assert!(first.contains("Content-Type: text/html") && first.contains("Content-Type: text/plain"));

    sink.set(Mood::PutsOff);
    store.send_link(&account.id, &link("2"), &[letter("second")], now()).await.unwrap();
    until("a mail put off", async || store.unsent_mail(9).await.unwrap().iter().any(|m| m.error.contains("451"))).await;
    sink.set(Mood::Takes);
    due().await;
    until("it is taken later", async || store.unsent_mail(9).await.unwrap().is_empty()).await;
    assert_eq!(sink.ids().len(), 2);

    sink.set(Mood::Refuses);
    store.send_link(&account.id, &link("3"), &[letter("third")], now()).await.unwrap();
    until("a mail put aside", async || store.unsent_mail(9).await.unwrap().iter().any(|m| m.status == "dead")).await;

    // Killed after the server has it and before that is written down: it goes out again, known by
    // the same Message-ID.
    sink.set(Mood::Hangs);
    store.send_link(&account.id, &link("4"), &[letter("fourth")], now()).await.unwrap();
    until("the mail is there", async || sink.ids().len() == 3).await;
    child.kill().unwrap();
    child.wait().unwrap();
    sink.set(Mood::Takes);
    due().await;
    let mut child = worker(&url, &data, sink.port);
    until("the mail again", async || sink.ids().len() == 4).await;
    until("it is written down", async || store.unsent_mail(9).await.unwrap().iter().all(|m| m.status == "dead")).await;
    let ids = sink.ids();
    assert_eq!(ids[2], ids[3]);
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(child.wait().unwrap().success());
}
