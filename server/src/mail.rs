//! Mail: written to the log (that there was one, not to whom) and as a file to the outbox folder.
//! The file is named after what caused the mail, so that one cause makes one mail.

use crate::app::App;
use lettre::Message;
use lettre::message::header::ContentType;
use store::Account;

/// Welcomes a new account.
pub fn welcome(app: &App, account: &Account) {
    let link = format!("{}/projects", app.settings.public_url);
    let text = format!(
        "Welcome to Launch Ready.\n\nYour projects are here: {link}\n\nThe best first step: add your DKIM selector and further hosts to your project's settings, so that nothing is guessed.\n"
    );
    send(app, &format!("welcome-{}", account.id), &account.email, "Welcome to Launch Ready", text);
}

/// Puts a mail into the outbox, once for a cause. A failure is logged, and stops nothing.
fn send(app: &App, cause: &str, to: &str, subject: &str, text: String) {
    let host =
        url::Url::parse(&app.settings.public_url).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".into());
    let folder = app.settings.data_dir.join("outbox");
    let result = (|| -> Result<bool, String> {
        let message = Message::builder()
            .from(format!("Launch Ready <noreply@{host}>").parse().map_err(|e| format!("sender: {e}"))?)
            .to(to.parse().map_err(|e| format!("recipient: {e}"))?)
            .subject(subject)
            .message_id(Some(format!("<{cause}@{host}>")))
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(|e| e.to_string())?;
        std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        match std::fs::OpenOptions::new().write(true).create_new(true).open(folder.join(format!("{cause}.eml"))) {
            Ok(mut file) => std::io::Write::write_all(&mut file, &message.formatted()).map(|()| true).map_err(|e| e.to_string()),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(e.to_string()),
        }
    })();
    match result {
        Ok(true) => tracing::info!(cause, subject, "mail written to the outbox"),
        Ok(false) => tracing::info!(cause, "this mail was written before"),
        Err(error) => tracing::error!(cause, error, "mail could not be written"),
    }
}
