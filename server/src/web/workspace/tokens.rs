//! Tokens of programs: making and ending them.

use crate::app::App;
use crate::platform::clock::now;
use crate::platform::secret;
use crate::web::account::{note, proved};
use crate::web::projects::frame;
use crate::web::session::{self, Caller};
use crate::web::workspace::Fields;
use crate::web::{AppError, render};
use app::pages::tokens::{self, Shown};
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Redirect, Response};
use readiness::time::DAY_MS;
use std::net::SocketAddr;
use store::{Deed, ProjectId, Scope, Token};
use tower_sessions::Session;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of the secret (over 200 bits) and of its checksum.
const SECRET: usize = 36;
const SUM: usize = 6;

/// A fresh token: `lr_`, a secret, and a checksum of both, by which a scanner of source code can
/// tell a real one from what merely looks like it.
pub fn fresh() -> String {
    let mut secret = String::from("lr_");
    while secret.len() < 3 + SECRET {
        // Bytes above 247 would favour the first letters.
        let byte: u8 = rand::random();
        if let Some(letter) = LETTERS.get(usize::from(byte % 62)).filter(|_| byte < 248) {
            secret.push(char::from(*letter));
        }
    }
    let sum = checksum(&secret);
    secret + &sum
}

/// CRC-32 (ISO-HDLC) of the text in base 62.
fn checksum(text: &str) -> String {
    let mut n = crc32fast::hash(text.as_bytes());
    let mut out = vec![];
    for _ in 0..SUM {
        out.push(LETTERS.get(usize::try_from(n % 62).unwrap_or(0)).copied().map_or('0', char::from));
        n /= 62;
    }
    out.into_iter().rev().collect()
}

/// Whether a text could be a token; most typing errors fail here, without the database.
pub fn well_formed(text: &str) -> bool {
    text.len() == 3 + SECRET + SUM && text.is_ascii() && text.starts_with("lr_") && {
        let (body, sum) = text.split_at(3 + SECRET);
        checksum(body) == sum
    }
}

pub(super) async fn page(
    app: &App,
    caller: &Caller,
    session: &Session,
    status: StatusCode,
    mut shown: Shown,
) -> Result<Response, AppError> {
    let read = caller.read()?;
    let members = app.store.members(&read).await?;
    let email = |t: &Token| {
        if t.account == caller.account.id {
            return caller.account.email.clone();
        }
        members.iter().find(|m| m.account == t.account).map_or_else(|| "somebody who left".to_owned(), |m| m.email.clone())
    };
    shown.tokens = app
        .store
        .tokens(&caller.member)
        .await?
        .into_iter()
        .map(|t| {
            let e = email(&t);
            (t, e)
        })
        .collect();
    shown.projects =
        app.store.projects(&read, false).await?.into_iter().map(|r| (r.project.id, r.project.draft.domain.unicode())).collect();
    caller.member.name().clone_into(&mut shown.workspace);
    shown.site.clone_from(&app.settings.public_url);
    shown.second = session::asks_second(&app.store, session, &caller.account).await?;
    Ok(render::page(status, frame("Tokens".into(), "Projects", &caller.account), || tokens::page(shown)))
}

/// The page.
pub async fn show(State(app): State<App>, caller: Caller, session: Session) -> Result<Response, AppError> {
    page(&app, &caller, &session, StatusCode::OK, Shown::default()).await
}

/// Makes a token.
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, AppError> {
    caller.confirmed()?;
    let value = |name: &str| crate::web::workspace::value(&fields, name);
    let name = value("name").trim().to_owned();
    let scopes: Vec<Scope> = fields.iter().filter(|(n, _)| n == "scope").filter_map(|(_, v)| Scope::from_word(v)).collect();
    let mut shown = Shown { name: name.clone(), ..Shown::default() };
    shown.name_error = match name.chars().count() {
        0 => Some("Say in a word what it is for.".into()),
        1..=60 => None,
        _ => Some("60 characters are enough.".into()),
    };
    shown.scopes_error = scopes.is_empty().then(|| "Tick at least one.".into());
    let project = match value("project") {
        "" => None,
        id => {
            let id = ProjectId::parse(id).ok_or(AppError::NotFound)?;
            app.store.project(&caller.read()?, &id).await?.ok_or(AppError::NotFound)?;
            Some(id)
        }
    };
    shown.password_error = proved(&app, &session, &caller.account, value("password").to_owned(), value("second")).await?;
    let secret = fresh();
    if shown.name_error.is_none() && shown.scopes_error.is_none() && shown.password_error.is_none() {
        let days: i64 = value("days").parse().unwrap_or(90);
        let token = Token {
            id: uuid::Uuid::now_v7().to_string(),
            name,
            shown: secret.chars().take(10).collect(),
            scopes,
            project,
            account: caller.account.id.clone(),
            created_at: now(),
            expires_at: if days > 0 { now() + days.min(3650) * DAY_MS } else { 0 },
            used_at: 0,
        };
        match app.store.create_token(&caller.member, &token, &secret::hash(&secret), &caller.by, now()).await {
            Ok(()) => {
                note(&app, &caller.account, Deed::TokenMade, &headers, &connection).await?;
                let shown = Shown { fresh: Some(secret), ..Shown::default() };
                return page(&app, &caller, &session, StatusCode::OK, shown).await;
            }
            Err(full @ store::StoreError::Full(..)) => shown.name_error = Some(full.to_string()),
            Err(e) => return Err(e.into()),
        }
    }
    page(&app, &caller, &session, StatusCode::UNPROCESSABLE_ENTITY, shown).await
}

/// Ends a token.
pub async fn end(
    State(app): State<App>,
    caller: Caller,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Redirect, AppError> {
    if !app.store.revoke_token(&caller.member, crate::web::workspace::value(&fields, "token"), &caller.by, now()).await? {
        return Err(AppError::NotFound);
    }
    note(&app, &caller.account, Deed::TokenEnded, &headers, &connection).await?;
    Ok(Redirect::to("/workspace/tokens"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_carry_a_checksum() {
        let (a, b) = (fresh(), fresh());
        assert!(well_formed(&a) && well_formed(&b) && a != b);
        let mut typo = a.clone();
        typo.replace_range(9..10, if a.as_bytes()[9] == b'x' { "y" } else { "x" });
        for bad in [typo.as_str(), "lr_", "", "lr_ünïcode", &a[1..]] {
            assert!(!well_formed(bad), "{bad}");
        }
    }
}
