//! Handing a mail over: to a mail server, or to a folder.

use super::settings::Settings;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use std::path::PathBuf;
use std::time::Duration;
use store::Mail;
use tokio::sync::Notify;

macro_rules! text_header {
    ($type:ident, $name:literal) => {
        #[derive(Clone)]
        struct $type(String);
        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }
            fn parse(s: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(s.to_owned()))
            }
            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

text_header!(ListUnsubscribe, "List-Unsubscribe");
text_header!(ListUnsubscribePost, "List-Unsubscribe-Post");

/// How mail leaves.
#[derive(Debug)]
pub struct Mailer {
    way: Way,
    from: Mailbox,
    /// Wakes the worker that hands mail over.
    wake_up: Notify,
}

#[derive(Debug)]
enum Way {
    /// A file a mail, named after its cause.
    Folder(PathBuf),
    Server(Box<AsyncSmtpTransport<Tokio1Executor>>),
}

/// Why a mail was not taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whether trying again is of no use.
    pub permanent: bool,
    /// For the administrator.
    pub why: String,
}

impl Mailer {
    /// By the settings `smtp_url` and `mail_from`.
    ///
    /// # Errors
    /// A sentence that says which of them cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let from = settings.mail_from.parse().map_err(|e| format!("mail_from “{}” is not an address: {e}.", settings.mail_from))?;
        let way = if settings.smtp_url.expose_secret().is_empty() {
            Way::Folder(settings.data_dir.join("outbox"))
        } else {
            let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.smtp_url.expose_secret())
                .map_err(|e| format!("smtp_url cannot be used: {e}. It looks like smtps://user:password@mail.example.com or smtp://user:password@mail.example.com:587?tls=required."))?
                .timeout(Some(Duration::from_secs(30)))
                .build();
            Way::Server(Box::new(transport))
        };
        Ok(Self { way, from, wake_up: Notify::new() })
    }

    /// Whether letters reach mailboxes, and not only a folder.
    #[must_use]
    pub const fn mails(&self) -> bool {
        matches!(self.way, Way::Server(_))
    }

    /// Has the outbox looked into now instead of at its next turn.
    pub fn ring(&self) {
        self.wake_up.notify_one();
    }

    /// Waits until somebody rings.
    pub async fn rung(&self) {
        self.wake_up.notified().await;
    }

    /// Hands one mail over. Its Message-ID is the row's, so that a mail which goes out twice can be
    /// known as one.
    ///
    /// # Errors
    /// Why it was not taken.
    pub async fn send(&self, mail: &Mail) -> Result<(), Failure> {
        let forever = |why: String| Failure { permanent: true, why };
        let host = self.from.email.domain().to_owned();
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(mail.mail.recipient.parse().map_err(|e| forever(format!("the recipient's address: {e}")))?)
            .subject(mail.mail.subject.clone())
            .message_id(Some(format!("<{}@{host}>", mail.id)));
        if !mail.mail.unsubscribe.is_empty() {
            // RFC 2369 and RFC 8058: one click in the mail program ends such mail.
            message = message
                .header(ListUnsubscribe(format!("<{}>", mail.mail.unsubscribe)))
                .header(ListUnsubscribePost("List-Unsubscribe=One-Click".to_owned()));
        }
        let message = message
            .multipart(MultiPart::alternative_plain_html(mail.mail.text.clone(), mail.mail.html.clone()))
            .map_err(|e| forever(e.to_string()))?;
        match &self.way {
            Way::Folder(folder) => {
                let later = |e: std::io::Error| Failure { permanent: false, why: format!("{}: {e}", folder.display()) };
                tokio::fs::create_dir_all(folder).await.map_err(later)?;
                // Whole or not at all, and the same file for the same mail.
                let (path, fresh) = (folder.join(format!("{}.eml", mail.mail.cause)), folder.join(format!("{}.tmp", mail.mail.cause)));
                tokio::fs::write(&fresh, message.formatted()).await.map_err(later)?;
                tokio::fs::rename(&fresh, &path).await.map_err(later)
            }
            Way::Server(server) => {
                server.send(message).await.map(|_| ()).map_err(|e| Failure { permanent: e.is_permanent(), why: e.to_string() })
            }
        }
    }
}
