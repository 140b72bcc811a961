//! What is mailed. A letter is plain words; its layout is MJML, rendered to HTML that is readable in
//! light and dark.

use html_escape::encode_double_quoted_attribute as escape;
use std::borrow::Cow;

/// A letter. The subject is ours and holds at most a domain that was parsed, so that no header can be injected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Of the mail.
    pub subject: Cow<'static, str>,
    /// In order, plain text.
    pub paragraphs: Vec<String>,
    /// A button: its words and where it leads.
    pub button: Option<(&'static str, String)>,
    /// Below it, smaller.
    pub note: Cow<'static, str>,
}

const NOT_YOU: &str = "If this was not you, do nothing: without this link nothing happens.";
const WATCH: &str = "If this was not you, set a new password at once: open the sign-in page and choose “Forgot the password”.";

impl Letter {
    /// Proves the address of a new account.
    #[must_use]
    pub fn confirm(base: &str, secret: &str) -> Self {
        Self {
            subject: "Confirm your address".into(),
            paragraphs: vec![
                "Welcome to Launch Ready.".into(),
                "Press the button, and this address is confirmed. Then scans can also look for leftover files, and reports can be mailed. Until then everything else works already.".into(),
            ],
            button: Some(("Confirm the address", format!("{base}/confirm?link={secret}"))),
            note: "The link works for three days; an account that nobody confirms ends then. If you did not sign up, do nothing.".into(),
        }
    }
    /// The same, where the address has an account already, with the domains that would move into it.
    #[must_use]
    pub fn again(base: &str, secret: &str, moves: &[String]) -> Self {
        let what = match moves {
            [] => "what is made there until then".to_owned(),
            some => some.join(", "),
        };
        Self {
            subject: "You have an account already".into(),
            paragraphs: vec![
                "Somebody, probably you, signed up at Launch Ready with this address. It has an account already.".into(),
                format!(
                    "Press the button to move into your account: {what}. Links, badges and tokens made there do not move. Or simply sign in as always; if the password is forgotten, the sign-in page helps."
                ),
            ],
            button: Some(("Move it into my account", format!("{base}/confirm?link={secret}"))),
            note: NOT_YOU.into(),
        }
    }
    /// Sets a new password.
    #[must_use]
    pub fn reset(base: &str, secret: &str) -> Self {
        Self {
            subject: "Set a new password".into(),
            paragraphs: vec!["Somebody, probably you, asked for a new password. Press the button to choose one.".into()],
            button: Some(("Choose a new password", format!("{base}/reset?link={secret}"))),
            note: "The link works for one hour and once. If this was not you, do nothing: your password stays.".into(),
        }
    }
    /// The password was changed.
    #[must_use]
    pub fn password_changed(base: &str) -> Self {
        Self {
            subject: "Your password was changed".into(),
            paragraphs: vec!["The password of your account was changed, and every other device was signed out.".into()],
            button: Some(("Look at your account", format!("{base}/account"))),
            note: WATCH.into(),
        }
    }
    /// Proves an address that an account wants to change to.
    #[must_use]
    pub fn new_address(base: &str, secret: &str) -> Self {
        Self {
            subject: "Confirm your new address".into(),
            paragraphs: vec!["Your account is to have this address. Press the button to confirm it.".into()],
            button: Some(("Confirm the address", format!("{base}/confirm-email?link={secret}"))),
            note: NOT_YOU.into(),
        }
    }
    /// Tells the old address that a change was asked for.
    #[must_use]
    pub fn address_asked(base: &str, to: &str) -> Self {
        Self {
            subject: "A new address was asked for".into(),
            paragraphs: vec![format!("Your account is to change its address to {to}. It changes when that mailbox confirms it.")],
            button: Some(("Look at your account", format!("{base}/account"))),
            note: WATCH.into(),
        }
    }
    /// Tells that the account will be deleted.
    #[must_use]
    pub fn farewell(base: &str, date: &str) -> Self {
        Self {
            subject: "Your account will be deleted".into(),
            paragraphs: vec![
                format!("Your account, its projects and everything learned about them will be deleted on {date}."),
                "Sign in before then, and it stays.".into(),
            ],
            button: Some(("Sign in and keep it", format!("{base}/sign-in"))),
            note: WATCH.into(),
        }
    }
    /// A sign-in from a device that was not seen before.
    #[must_use]
    pub fn new_device(base: &str, device: &str, at: &str) -> Self {
        Self {
            subject: "A new sign-in to your account".into(),
            paragraphs: vec![format!("Your account was signed in to with {device}, {at}.")],
            button: Some(("Look at your devices", format!("{base}/account"))),
            note: WATCH.into(),
        }
    }
    /// Somebody has the password and not the second factor.
    #[must_use]
    pub fn wrong_codes(base: &str, device: &str, at: &str) -> Self {
        Self {
            subject: "Wrong codes after your password".into(),
            paragraphs: vec![format!(
                "Three times the right password of your account was followed by a wrong code, last with {device}, {at}. If it was not you, somebody has your password; the second factor kept them out."
            )],
            button: Some(("Look at your account", format!("{base}/account"))),
            note: WATCH.into(),
        }
    }
    /// Asks somebody to join a workspace.
    #[must_use]
    pub fn invitation(base: &str, secret: &str, from: &str, workspace: &str, role: &str) -> Self {
        Self {
            subject: "You are invited to a workspace".into(),
            paragraphs: vec![
                format!(
                    "{from} invites you to the workspace “{workspace}” at Launch Ready, where it is seen whether a product is ready to launch and what to fix next."
                ),
                format!("Your role there: {role}."),
            ],
            button: Some(("Look at the invitation", format!("{base}/invitation?link={secret}"))),
            note: "The link works for seven days, once, and for this address alone. If you do not know the sender, do nothing.".into(),
        }
    }

    /// Offers a project.
    #[must_use]
    pub fn handover(base: &str, secret: &str, from: &str, domain: &str) -> Self {
        Self {
            subject: "A project is handed over to you".into(),
            paragraphs: vec![format!(
                "{from} hands the project {domain} over to you at Launch Ready, with every scan of it. Press the button to look at the offer."
            )],
            button: Some(("Look at the offer", format!("{base}/handover?link={secret}"))),
            note: "The link works for seven days, once, and for this address alone. If you do not know the sender, do nothing.".into(),
        }
    }
    /// Somebody was named in a comment.
    #[must_use]
    pub fn mention(link: &str, from: &str, domain: &str, check: &str, text: &str) -> Self {
        Self {
            subject: "You are named in a comment".into(),
            paragraphs: vec![format!("{from} wrote about {check} of {domain}:"), text.chars().take(1000).collect()],
            button: Some(("Answer", link.to_owned())),
            note: "You get this because the comment has your address in it.".into(),
        }
    }
    /// A second factor came or went.
    #[must_use]
    pub fn factor(base: &str, what: &str) -> Self {
        Self {
            subject: "Your sign-in was changed".into(),
            paragraphs: vec![format!("{what}.")],
            button: Some(("Look at your account", format!("{base}/account"))),
            note: WATCH.into(),
        }
    }
    /// A finding is theirs to see to.
    #[must_use]
    pub fn assigned(link: &str, from: &str, domain: &str, check: &str, due: &str) -> Self {
        let by = if due.is_empty() { String::new() } else { format!(" It is due by {due}.") };
        Self {
            subject: "A finding is assigned to you".into(),
            paragraphs: vec![format!(
                "{from} asks you to see to {check} of {domain}.{by} The page says what is wrong and what to paste where."
            )],
            button: Some(("Look at the finding", link.to_owned())),
            note: "You get this because you are a member of the workspace.".into(),
        }
    }

    /// Asks somebody what only they know.
    #[must_use]
    pub fn question(base: &str, secret: &str, from: &str, domain: &str, question: &str) -> Self {
        Self {
            subject: "A question about your product".into(),
            paragraphs: vec![
                format!("{from} looks after the launch of {domain} and asks you one thing that no scan can see:"),
                question.to_owned(),
                "The button opens a page with this question. An account is not needed.".into(),
            ],
            button: Some(("Answer it", format!("{base}/answer?link={secret}"))),
            note: "The link works for 14 days, for this one answer. If you do not know the sender, do nothing.".into(),
        }
    }
    /// A schedule rests because nothing has answered for 14 days.
    #[must_use]
    pub fn silent(project: &str, domain: &str, since: &str) -> Self {
        Self {
            subject: format!("Scans of {domain} are paused").into(),
            paragraphs: vec![
                format!(
                    "Nothing at {domain} has answered since {since}. Its scheduled scans rest, so that you are not told the same thing every day."
                ),
                "If the product has moved, change the project's domain. If it is back, set its schedule again.".into(),
            ],
            button: Some(("Look at the project", project.to_owned())),
            note: "You are told this once.".into(),
        }
    }

    /// As plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = self.paragraphs.join("\n\n");
        if let Some((words, link)) = &self.button {
            out.push_str(&format!("\n\n{words}:\n{link}"));
        }
        out.push_str(&format!("\n\n{}\n\nLaunch Ready\n", self.note));
        out
    }

    /// As HTML.
    #[must_use]
    pub fn html(&self) -> String {
        // A brace in a text is no place of the layout.
        let escape = |t: &str| escape(t).replace('{', "&#123;");
        let paragraphs: String = self.paragraphs.iter().map(|p| format!("<mj-text>{}</mj-text>", escape(p))).collect();
        let button = self.button.as_ref().map_or_else(String::new, |(words, link)| {
            format!(
                "<mj-button href=\"{}\">{}</mj-button><mj-text font-size=\"13px\" css-class=\"soft\">Or open {}</mj-text>",
                escape(link),
                escape(words),
                escape(link)
            )
        });
        let mjml = LAYOUT
            .replace("{paragraphs}", &paragraphs)
            .replace("{button}", &button)
            .replace("{note}", &escape(&self.note))
            .replace("{title}", &escape(&self.subject));
        // The layout is ours; should it ever not render, the plain text is still a whole letter.
        mrml::parse(&mjml).ok().and_then(|p| p.element.render(&mrml::prelude::render::RenderOptions::default()).ok()).unwrap_or_default()
    }
}

const LAYOUT: &str = r##"<mjml><mj-head><mj-title>{title}</mj-title>
<mj-attributes><mj-all font-family="system-ui, -apple-system, 'Segoe UI', sans-serif"></mj-all><mj-text font-size="16px" line-height="1.5" color="#1a1f2b" padding="8px 24px"></mj-text><mj-button background-color="#1f4e8c" color="#ffffff" border-radius="6px" font-size="16px" padding="16px 24px" align="left"></mj-button></mj-attributes>
<mj-style>:root { color-scheme: light dark; } .soft div { color: #5b6472 !important; } @media (prefers-color-scheme: dark) { body, .sheet, .sheet table { background: #12151c !important; } .sheet div { color: #e7eaf0 !important; } .soft div { color: #a4adbb !important; } }</mj-style></mj-head>
<mj-body background-color="#ffffff" css-class="sheet"><mj-section><mj-column><mj-text font-size="14px" css-class="soft">Launch Ready</mj-text>{paragraphs}{button}<mj-text font-size="13px" css-class="soft">{note}</mj-text></mj-column></mj-section></mj-body></mjml>"##;

/// Every letter with example values, for looking at.
#[cfg(debug_assertions)]
#[must_use]
pub fn samples(base: &str) -> Vec<Letter> {
    let secret = "0123456789abcdef";
    vec![
        Letter::confirm(base, secret),
        Letter::again(base, secret, &["acme.com".to_owned()]),
        Letter::reset(base, secret),
        Letter::password_changed(base),
        Letter::new_address(base, secret),
        Letter::address_asked(base, "ada@new.example"),
        Letter::new_device(base, "Firefox on Linux", "2026-11-25 08:00 UTC"),
        Letter::farewell(base, "2026-12-09"),
        Letter::factor(base, "A passkey was added"),
        Letter::handover(base, secret, "ada@acme.example", "acme.com"),
        Letter::mention(&format!("{base}/projects/1"), "ada@acme.example", "acme.com", "MAIL-03", "Can you look at this?\nThanks."),
        Letter::assigned(&format!("{base}/projects/1"), "ada@acme.example", "acme.com", "MAIL-03", "2026-12-01"),
        Letter::invitation(base, secret, "ada@acme.example", "Acme & Sons", "Viewer: reads"),
        Letter::question(base, secret, "ada@acme.example", "acme.com", "Has somebody restored a backup and looked at what came back?"),
        Letter::silent(&format!("{base}/projects/1"), "acme.com", "9 Nov 2026"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_whole_in_both_forms_and_escaped() {
        for l in samples("https://lr.example") {
            let (text, html) = (l.text(), l.html());
            assert!(html.starts_with("<!doctype html>") && html.contains("prefers-color-scheme: dark"), "{}: {html:.200}", l.subject);
            let (_, link) = l.button.clone().unwrap();
            assert!(text.contains(&link) && html.contains(&*escape(&link)), "{}", l.subject);
        }
        let l = Letter::address_asked("https://lr.example", "<script>alert(1)</script>@x.example");
        assert!(!l.html().contains("<script>alert"));
    }
}
