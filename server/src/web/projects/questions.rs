//! What only people know: answers of members, and of whoever was asked by mail.

use super::{find, find_work, frame};
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::secret::{self, Secret};
use crate::web::guard::visitor;
use crate::web::session::{Caller, Visitor};
use crate::web::{AppError, render};
use crate::workers::assessment;
use app::pages::questions::{self, Typed, View};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::attestations::{Question, question};
use readiness::time::DAY_MS;
use readiness::{Answer, Attestation};
use serde::Deserialize;
use std::net::SocketAddr;
use store::By;

/// Characters of a note and of a link.
const NOTE: usize = 2000;
/// See `NOTE`.
const LINK: usize = 500;
/// Days that a mailed question waits.
const ASK_DAYS: i64 = 14;
/// Questions that one account may mail in an hour.
const ASKS: i64 = 30;

/// The page.
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(flash): Query<Flash>,
) -> Result<Response, AppError> {
    let said = match flash.file.as_str() {
        "added" => Some((true, "The file is added.")),
        "none" => Some((false, "Choose a file first.")),
        "large" => Some((false, "The file is larger than 10 MB. Nothing was kept.")),
        "kind" => Some((
            false,
            "Only PNG, JPEG, WebP, PDF and plain text are taken, with the ending that belongs to them (.png .jpg .webp .pdf .txt .log); this is something else. Nothing was kept.",
        )),
        "secret" => Some((
            false,
            "The file seems to hold a secret. Nothing was kept; black it out, and replace the secret if anybody else could have read it.",
        )),
        _ => None,
    };
    page_with(&app, &caller, &id, Typed::default(), said).await
}

/// What became of a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Flash {
    file: String,
}

async fn page(app: &App, caller: &Caller, id: &str, typed: Typed) -> Result<Response, AppError> {
    page_with(app, caller, id, typed, None).await
}

async fn page_with(
    app: &App,
    caller: &Caller,
    id: &str,
    typed: Typed,
    said_of_file: Option<(bool, &'static str)>,
) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, caller, id).await?;
    let newest = match app.store.newest(&read, &project.id).await? {
        Some(s) => app.store.judged(&read, &s.id).await?,
        None => None,
    };
    let said = app.store.claims(&read, &project.id).await?;
    let status = if typed.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = View {
        domain: project.draft.domain.unicode(),
        project: format!("/projects/{}", project.id),
        claims: &said,
        newest: newest.as_ref(),
        asks: app.store.asks(&read, &project.id, now()).await?,
        files: app.store.files(&read, &project.id).await?,
        said: said_of_file,
        may_answer: member.comment(&project.id).is_some(),
        may_work: member.work(&project.id).is_some(),
        typed,
        now: now(),
    };
    Ok(render::page(status, frame(format!("Questions about {}", view.domain), "Projects", &caller.account), || questions::page(&view)))
}

/// An answer as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    answer: String,
    note: String,
    shown: String,
    email: String,
    link: String,
}

impl Sent {
    fn typed(&self, check: &str, field: &'static str, error: String) -> Typed {
        Typed {
            check: check.to_owned(),
            answer: self.answer.clone(),
            note: self.note.clone(),
            shown: self.shown.clone(),
            email: self.email.clone(),
            error: Some((field, error)),
        }
    }
    /// The answer, or beside which field something is wrong.
    fn parse(&self, q: &Question, by: &str) -> Result<Attestation, (&'static str, String)> {
        let answer = Answer::from_word(&self.answer).filter(|a| *a != Answer::Partly || q.partly.is_some());
        let answer = answer.ok_or(("answer", "Choose one of the answers.".to_owned()))?;
        let (note, shown) = (self.note.trim(), self.shown.trim());
        if answer == Answer::NotApplicable && note.is_empty() {
            return Err(("note", "Say in a few words why it does not apply.".into()));
        }
        if note.chars().count() > NOTE {
            return Err(("note", format!("{NOTE} characters at most.")));
        }
        for (field, text) in [("note", note), ("shown", shown)] {
            if let Some(name) = scanner::looks_secret(text) {
                return Err((
                    field,
                    format!(
                        "This looks like a secret ({name}). Take it out, and replace it if anybody else could have read it: what is written here is read by others."
                    ),
                ));
            }
        }
        if !shown.is_empty()
            && (!(shown.starts_with("https://") || shown.starts_with("http://"))
                || shown.chars().count() > LINK
                || shown.contains(char::is_whitespace))
        {
            return Err(("shown", format!("An address begins with https://, has no spaces, and {LINK} characters at most.")));
        }
        Ok(Attestation {
            check: q.id.to_owned(),
            answer,
            note: note.to_owned(),
            shown: if shown.is_empty() { vec![] } else { vec![shown.to_owned()] },
            by: by.to_owned(),
            at: now(),
            expires: now() + q.days * DAY_MS,
        })
    }
}

/// The ids in the address.
#[derive(Debug, Deserialize)]
pub struct Ids {
    project: String,
    check: String,
}

impl Ids {
    fn question(&self) -> Result<&'static Question, AppError> {
        question(&self.check).ok_or(AppError::NotFound)
    }
    fn back(&self) -> Redirect {
        Redirect::to(&format!("/projects/{}/questions#{}", self.project, self.check))
    }
}

/// A member's answer.
pub async fn answer(State(app): State<App>, caller: Caller, Path(ids): Path<Ids>, Form(sent): Form<Sent>) -> Result<Response, AppError> {
    let (member, _, project) = find(&app.store, &caller, &ids.project).await?;
    let (proof, q) = (member.comment(&project.id).ok_or(AppError::Role)?, ids.question()?);
    match sent.parse(q, &caller.account.email) {
        Ok(said) => app.store.attest(&proof, &said, |e, before| assessment::again(&app.site, e, before), &caller.by, now()).await?,
        Err((field, error)) => return page(&app, &caller, &ids.project, sent.typed(q.id, field, error)).await,
    }
    Ok(ids.back().into_response())
}

/// Takes an answer back.
pub async fn withdraw(State(app): State<App>, caller: Caller, Path(ids): Path<Ids>) -> Result<Redirect, AppError> {
    let (work, _) = find_work(&app.store, &caller, &ids.project).await?;
    app.store.withdraw(&work, ids.question()?.id, |e, before| assessment::again(&app.site, e, before), &caller.by, now()).await?;
    Ok(ids.back())
}

/// Puts a question to somebody by mail.
pub async fn ask(State(app): State<App>, caller: Caller, Path(ids): Path<Ids>, Form(sent): Form<Sent>) -> Result<Response, AppError> {
    let (work, project) = find_work(&app.store, &caller, &ids.project).await?;
    let q = ids.question()?;
    if let Some(error) = crate::web::account::email_error(&sent.email) {
        return page(&app, &caller, &ids.project, sent.typed(q.id, "email", error)).await;
    }
    let email = sent.email.trim().to_owned();
    if !caller.account.is_verified() {
        let error = "Confirm your own address first; a letter about that is in your mailbox.".to_owned();
        return page(&app, &caller, &ids.project, sent.typed(q.id, "email", error)).await;
    }
    if app.store.count_attempt(&format!("ask:{}", caller.account.id), now() - 3_600_000, now()).await? > ASKS {
        return Err(AppError::TooMany(format!("{ASKS} questions an hour are enough. Wait a while.")));
    }
    let secret = Secret::new();
    let letter = Letter::question(&app.settings.public_url, &secret.text, &caller.account.email, project.draft.domain.as_str(), q.question);
    let letter = mail::to(&email, "question", &caller.account.id, &letter);
    app.store.ask(&work, q.id, (&secret.hash, now() + ASK_DAYS * DAY_MS), &letter, &caller.by, now()).await?;
    app.mail.ring();
    Ok(ids.back().into_response())
}

/// The secret of a link.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Link {
    link: String,
}

fn gone(who: &Visitor) -> Response {
    let text = "It was answered already, taken back, or it is older than 14 days. Whoever asked you can ask again.";
    render::page(StatusCode::GONE, plain(who, "This link is used up"), || app::pages::account::gone(text.into()))
}

/// The question of a link, for whoever has it.
pub async fn asked(State(app): State<App>, who: Visitor, Query(link): Query<Link>) -> Result<Response, AppError> {
    asked_page(&app, &who, &link.link, Typed::default()).await
}

async fn asked_page(app: &App, who: &Visitor, secret: &str, typed: Typed) -> Result<Response, AppError> {
    let Some(ask) = app.store.asked(&secret::hash(secret), now()).await? else { return Ok(gone(who)) };
    let q = question(&ask.check).ok_or(AppError::NotFound)?;
    let status = if typed.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(render::page(status, plain(who, "A question"), || questions::asked(&ask, q, secret, &typed)))
}

fn plain(who: &Visitor, title: &str) -> Frame {
    Frame { title: format!("{title} · Launch Ready"), email: who.email(), private: true, ..Frame::default() }
}

/// The answer of whoever has the link, once.
pub async fn answered(
    State(app): State<App>,
    who: Visitor,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, AppError> {
    let hash = secret::hash(&sent.link);
    let Some(ask) = app.store.asked(&hash, now()).await? else { return Ok(gone(&who)) };
    let q = question(&ask.check).ok_or(AppError::NotFound)?;
    let said = match sent.parse(q, &ask.email) {
        Ok(said) => said,
        Err((field, error)) => return asked_page(&app, &who, &sent.link, sent.typed(q.id, field, error)).await,
    };
    let by = By { actor: ask.email.clone(), from: visitor(&app.settings, &headers, &connection) };
    if !app.store.answer(&hash, &said, |e, before| assessment::again(&app.site, e, before), &by, now()).await? {
        return Ok(gone(&who));
    }
    Ok(render::page(StatusCode::OK, plain(&who, "Thank you"), || questions::thanks(&ask.domain)))
}
