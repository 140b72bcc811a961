//! What a password alone, a mailbox alone and an unconfirmed account are good for.

use super::{letter, person, project};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::password::Who;
use crate::platform::secret;
use crate::web::server::router;
use crate::web::session;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use std::net::SocketAddr;
use store::{Account, LinkKind, Member, NewLink};
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;

const PASSWORD: &str = "walnut harbour sixteen";

/// An answer: its status, where it leads, the session's cookie if there is a new one, and the page.
struct Said {
    status: StatusCode,
    to: String,
    cookie: Option<String>,
    page: String,
}

async fn ask(app: &App, method: Method, path: &str, cookie: &str, form: &str) -> Said {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:3000")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
    let response = router(app.clone()).oneshot(request).await.unwrap();
    let text = |v: &header::HeaderValue| v.to_str().unwrap().to_owned();
    let cookies = response.headers().get_all(header::SET_COOKIE).iter().map(text);
    let cookie = cookies.filter(|c| c.starts_with("lr=")).map(|c| c.split(';').next().unwrap_or("").to_owned()).next_back();
    let to = response.headers().get(header::LOCATION).map(text).unwrap_or_default();
    let status = response.status();
    let page = String::from_utf8_lossy(&to_bytes(response.into_body(), 4_000_000).await.unwrap()).into_owned();
    Said { status, to, cookie, page }
}

async fn fresh() -> App {
    super::doors::app("open").await
}

/// Somebody with a password, an app for codes and one recovery code, signed in by a session that has
/// shown no code.
async fn guarded(app: &App) -> (Account, Member, String) {
    let (account, member) = person(app, "ada@x.com").await;
    let hash = app.sign_in.passwords.hash(Who::Stranger, PASSWORD.into()).await.unwrap();
    app.store.set_password(&account.id, &hash, "", false, &letter("p"), now()).await.unwrap();
    let sealed = app.keys.seal(&[7; 20], &crate::platform::encryption::totp_of(&account.id)).unwrap();
    app.store.set_totp(&account.id, &sealed, "", &letter("f"), now()).await.unwrap();
    app.store.set_codes(&account.id, &["one", "two", "three", "four"].map(secret::hash)).await.unwrap();
    let cookie = session::cookie(&app.store, &account.id, member.workspace(), OffsetDateTime::now_utc() + Duration::days(1)).await;
    (account, member, cookie)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dangerous_deed_asks_for_the_second_factor_too() {
    let app = fresh().await;
    let (account, member, cookie) = guarded(&app).await;
    let shop = project(&app, &member).await;
    let word = PASSWORD.replace(' ', "+");
    let offer = format!("/projects/{shop}/handover");
    let deeds = [
        ("/account/totp/off", format!("password={word}")),
        ("/account/codes", format!("password={word}")),
        ("/account/email", format!("email=new%40x.com&email_password={word}")),
        ("/account/password", format!("password={word}&new_password=amber+lantern+eleven")),
        ("/account/delete", format!("delete_password={word}")),
        ("/workspace/tokens", format!("name=t&scope=read&days=30&password={word}")),
        (offer.as_str(), format!("email=bob%40x.com&password={word}")),
    ];
    for (path, form) in &deeds {
        // A session each: tries are counted by session.
        let cookie = session::cookie(&app.store, &account.id, member.workspace(), OffsetDateTime::now_utc() + Duration::days(1)).await;
        let said = ask(&app, Method::POST, path, &cookie, form).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(said.page.contains("code of your second factor") && said.page.contains("name=\"second\""), "{path}");
        let said = ask(&app, Method::POST, path, &cookie, &format!("{form}&second=000000")).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    assert!(app.store.factors(&account.id).await.unwrap().any());
    assert!(app.store.tokens(&member).await.unwrap().is_empty());
    // With a code it goes on, and for a while without another one.
    let said = ask(&app, Method::POST, "/workspace/tokens", &cookie, &format!("{}&second=one", deeds[5].1)).await;
    assert_eq!(said.status, StatusCode::OK);
    let said = ask(&app, Method::POST, "/account/totp/off", &cookie, &deeds[0].1).await;
    assert_eq!((said.status, said.to.as_str()), (StatusCode::SEE_OTHER, "/account"));
    assert!(!app.store.factors(&account.id).await.unwrap().any());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_for_a_new_password_does_not_pass_the_second_factor() {
    let app = fresh().await;
    let (account, _, cookie) = guarded(&app).await;
    let link = |hash: &str| NewLink { hash: secret::hash(hash), kind: LinkKind::Reset, detail: String::new(), expires_at: now() + 60_000 };
    app.store.send_link(&account.id, &link("secret"), &[], now()).await.unwrap();
    let said = ask(&app, Method::POST, "/reset", "", "link=secret&password=amber+lantern+eleven").await;
    assert_eq!((said.status, said.to.as_str()), (StatusCode::SEE_OTHER, "/sign-in/second"));
    let half = said.cookie.unwrap();
    assert!(ask(&app, Method::GET, "/projects", &half, "").await.to.starts_with("/sign-in"));
    assert!(ask(&app, Method::GET, "/projects", &cookie, "").await.to.starts_with("/sign-in"), "older sessions are over");
    // Three wrong codes are told to the owner; a right one lets in.
    for _ in 0..3 {
        assert_eq!(ask(&app, Method::POST, "/sign-in/second", &half, "code=wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let waiting = app.store.unsent_mail(50).await.unwrap();
    assert_eq!(waiting.iter().filter(|m| m.cause.starts_with("codes-")).count(), 1);
    let said = ask(&app, Method::POST, "/sign-in/second", &half, "code=two").await;
    assert_eq!((said.status, said.to.as_str()), (StatusCode::SEE_OTHER, "/projects"));
    assert_eq!(ask(&app, Method::GET, "/projects", &said.cookie.unwrap(), "").await.status, StatusCode::OK);
    let page = ask(&app, Method::GET, "/account", &cookie, "").await;
    assert!(page.to.starts_with("/sign-in"));
    let log = app.store.security_log(&account.id, 50).await.unwrap();
    for deed in [store::Deed::Reset, store::Deed::WrongCode, store::Deed::SignIn] {
        assert!(log.iter().any(|r| r.deed == deed && r.whence.place == "127.0.0.0/24"), "{deed:?} {log:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfirmed_account_lets_no_program_and_nobody_else_in() {
    let app = fresh().await;
    let hash = app.sign_in.passwords.hash(Who::Stranger, PASSWORD.into()).await.unwrap();
    let account = Account::new("eve@x.com", &hash);
    let verify = NewLink { hash: secret::hash("v"), kind: LinkKind::Verify, detail: String::new(), expires_at: now() + 60_000 };
    app.store.create_account(&account, &verify, None, true, now()).await.unwrap();
    let member = app.store.memberships(&account.id).await.unwrap().remove(0);
    let shop = project(&app, &member).await;
    let cookie = session::cookie(&app.store, &account.id, member.workspace(), OffsetDateTime::now_utc() + Duration::days(1)).await;
    let share = format!("/projects/{shop}/share");
    let badge = format!("/projects/{shop}/badge");
    for (method, path, form) in [
        (Method::GET, "/account/totp", ""),
        (Method::POST, "/account/codes", "password=walnut+harbour+sixteen"),
        (Method::POST, "/workspace/tokens", "name=t&scope=read&password=walnut+harbour+sixteen"),
        (Method::POST, "/calendar/feed", "do=make"),
        (Method::POST, "/workspace/channels", "kind=webhook&name=x&url=https%3A%2F%2Fhooks.acme.com%2F&rules=critical"),
        (Method::POST, share.as_str(), "label=x"),
        (Method::POST, badge.as_str(), "badge=on"),
    ] {
        let said = ask(&app, method, path, &cookie, form).await;
        assert_eq!(said.status, StatusCode::FORBIDDEN, "{path}");
        assert!(said.page.contains("Confirm your address first"), "{path}");
    }
    // The mailbox alone does not confirm what a stranger signed up: it takes the password, or their session.
    assert_eq!(ask(&app, Method::POST, "/confirm", "", "link=v").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ask(&app, Method::POST, "/confirm", "", "link=v&password=wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!app.store.account(&account.id).await.unwrap().unwrap().is_verified());
    let said = ask(&app, Method::POST, "/confirm", &cookie, "link=v").await;
    assert_eq!((said.status, said.to.as_str()), (StatusCode::SEE_OTHER, "/account"));
    assert_eq!(ask(&app, Method::POST, "/calendar/feed", &cookie, "do=make").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mailbox_gets_few_letters_whoever_asks() {
    let app = fresh().await;
    for n in 0..10 {
        let said = ask(&app, Method::POST, "/sign-up", "", "email=victim%40x.com&password=walnut+harbour+sixteen").await;
        assert_eq!(said.status, StatusCode::SEE_OTHER, "sign-up {n} looks like any other");
    }
    let said = ask(&app, Method::POST, "/sign-up", "", "email=victim%40x.com&password=walnut+harbour+sixteen").await;
    assert_eq!(said.status, StatusCode::TOO_MANY_REQUESTS, "and in the end there are enough of them");
    let letters = app.store.unsent_mail(100).await.unwrap();
    assert_eq!(letters.iter().filter(|m| m.cause.starts_with("confirm-")).count(), 3);
}
