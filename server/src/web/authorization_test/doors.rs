//! Who may sign up, by the setting `signup`; and what a slow or foreign-named request gets.

use super::{Actor, World, by, letter, person};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::secret;
use crate::platform::settings::Raw;
use crate::web::server::router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use std::net::SocketAddr;
use store::{Invitation, Role};
use tower::ServiceExt;

pub(super) async fn app(signup: &str) -> App {
    let n = super::N.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("lr-doors-{}-{n}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let flags = [("data_dir", Some(folder.display().to_string())), ("signup", Some(signup.to_owned()))];
    App::open(Raw::gather(&flags, None, std::iter::empty()).unwrap().settings().unwrap()).await.unwrap()
}

async fn sign_up(app: &App, email: &str, more: &str) -> StatusCode {
    let form = format!("email={}&password=walnut+harbour+sixteen{more}", email.replace('@', "%40"));
    let mut request = Request::post("/sign-up")
        .header(header::HOST, "127.0.0.1:3000")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
    router(app.clone()).oneshot(request).await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_is_open_by_invitation_or_closed() {
    for (mode, stranger, invited) in [
        ("open", StatusCode::SEE_OTHER, StatusCode::SEE_OTHER),
        ("invitation", StatusCode::FORBIDDEN, StatusCode::SEE_OTHER),
        ("closed", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
    ] {
        let app = app(mode).await;
        let setup = app.sign_in.setup.link(&app.store, &app.settings.public_url).await.unwrap().unwrap();
        let secret = setup.split_once("setup=").unwrap().1;
        let (_, owner) = person(&app, "owner@x.com").await;
        let id = secret::hash("link");
        let invitation = Invitation {
            id: "i".into(),
            email: "new@x.com".into(),
            role: Role::Viewer,
            only: None,
            created_at: now(),
            expires_at: now() + 60_000,
        };
        app.store.invite(&owner.manage().unwrap(), &invitation, &id, &letter("i"), &by(), now()).await.unwrap();
        let next = "&next=%2Finvitation%3Flink%3Dlink";
        assert_eq!(sign_up(&app, "stranger@x.com", "").await, stranger, "{mode}");
        assert_eq!(sign_up(&app, "stranger@x.com", "&next=%2Finvitation%3Flink%3Dguess").await, stranger, "{mode}");
        // An invitation is for its address.
        assert_eq!(sign_up(&app, "eve@x.com", next).await, stranger, "{mode}");
        assert_eq!(sign_up(&app, "new@x.com", next).await, invited, "{mode}");
        // The first administrator comes in whatever the mode, and only one does.
        assert_eq!(sign_up(&app, "boss@x.com", &format!("&setup={secret}")).await, StatusCode::SEE_OTHER, "{mode}");
        let boss = app.store.account_by_email("boss@x.com").await.unwrap().unwrap();
        assert!(boss.admin, "{mode}");
        assert!(app.sign_in.setup.link(&app.store, &app.settings.public_url).await.unwrap().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_and_another_site_are_refused() {
    let world = World::new("").await;
    let ask = async |host: &str, site: Option<&str>| {
        let mut request =
            Request::post("/workspace/name").header(header::HOST, host).header(header::COOKIE, &world.cookies[Actor::Owner as usize]);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let mut request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from("name=Taken")).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
        let response = world.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let _ = to_bytes(response.into_body(), 1_000_000).await;
        status
    };
    assert_eq!(ask("rebound.evil.com", None).await, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(ask("127.0.0.1:3000", Some("cross-site")).await, StatusCode::FORBIDDEN);
    assert_eq!(ask("127.0.0.1:3000", Some("same-site")).await, StatusCode::FORBIDDEN);
    assert_eq!(ask("127.0.0.1:3000", Some("same-origin")).await, StatusCode::SEE_OTHER);
}

/// Neither the head of a request nor its body may come drop by drop for ever.
#[tokio::test(flavor = "multi_thread")]
async fn who_dawdles_is_cut_off() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let app = app("open").await;
    let stop = tokio_util::sync::CancellationToken::new();
    let (tell, told) = tokio::sync::oneshot::channel();
    let (serving, end) = (app.clone(), stop.clone());
    let mut settings = (*app.settings).clone();
    settings.listen = "127.0.0.1:0".parse().unwrap();
    let serving = App::open(settings).await.unwrap_or(serving);
    let server = tokio::spawn(crate::web::server::serve(serving, end, move |at| tell.send(at).unwrap()));
    let at = told.await.unwrap();
    let dawdle = async |sent: &str| {
        let mut stream = tokio::net::TcpStream::connect(at).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = vec![];
        let ended = tokio::time::timeout(std::time::Duration::from_secs(30), stream.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "still open: {sent:?} {:?}", String::from_utf8_lossy(&answer));
    };
    tokio::join!(
        dawdle("GET / HTTP/1.1\r\nhost: 127"),
        dawdle(
            "POST /preview HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 30\r\nconnection: close\r\n\r\ndomain="
        ),
    );
    stop.cancel();
    server.await.unwrap().unwrap();
}
