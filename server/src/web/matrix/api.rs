//! The same for the API: every operation with every kind of token.

use super::{Answer, Engine, World, answer, by, token};
use crate::app::now;
use crate::web::router;
use crate::web::routes::{self, Access, Route};
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;
use std::net::SocketAddr;
use store::{CanOperate, Member, ProjectId, ScanId, Scope};
use tower::ServiceExt;

/// Whose token, and what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Nobody,
    Expired,
    Disabled,
    Stranger,
    OtherClient,
    Client,
    Viewer,
    ScanOnly,
    ReadOnly,
    OtherProject,
    OneProject,
    Consultant,
    Owner,
}

const HOLDERS: [Holder; 13] = [
    Holder::Nobody,
    Holder::Expired,
    Holder::Disabled,
    Holder::Stranger,
    Holder::OtherClient,
    Holder::Client,
    Holder::Viewer,
    Holder::ScanOnly,
    Holder::ReadOnly,
    Holder::OtherProject,
    Holder::OneProject,
    Holder::Consultant,
    Holder::Owner,
];

fn expected(route: &Route, holder: Holder) -> Answer {
    let one_project = route.path.contains("{project}");
    let names_things = ["{account}", "{invitation}"].iter().any(|p| route.path.contains(p));
    let starts = route.path.ends_with("/scans") && route.method == Method::POST;
    match (route.access, holder) {
        (_, Holder::Nobody | Holder::Expired | Holder::Disabled) => Answer::SignIn,
        (Access::Account, Holder::ScanOnly | Holder::ReadOnly | Holder::Owner) => Answer::Allowed,
        // Limited to a project, an owner's token counts as a member's.
        (Access::Account, Holder::OneProject | Holder::OtherProject) => Answer::Allowed,
        (Access::Account, _) => Answer::Hidden,
        (Access::Manage, Holder::Stranger) if names_things => Answer::Hidden,
        (_, Holder::ScanOnly) if starts => Answer::Allowed,
        (_, Holder::ScanOnly) => Answer::Forbidden,
        (_, Holder::Stranger | Holder::OtherClient | Holder::OtherProject) if one_project => Answer::Hidden,
        (Access::Read, _) | (Access::Create | Access::Manage, Holder::Stranger) => Answer::Allowed,
        (_, Holder::ReadOnly) => Answer::Forbidden,
        (Access::Comment, _) => Answer::Allowed,
        (Access::Scan | Access::Work, Holder::OneProject | Holder::Consultant | Holder::Owner) => Answer::Allowed,
        (Access::Create, Holder::Consultant | Holder::Owner) | (Access::Manage, Holder::Owner) => Answer::Allowed,
        _ => Answer::Forbidden,
    }
}

/// The tokens of everybody, in the order of the holders.
async fn tokens(world: &World) -> Vec<String> {
    let app = &world.app;
    let place = async |email: &str| -> Member {
        let account = app.store.account_by_email(email).await.unwrap().unwrap();
        let at = if email.starts_with("stranger") { None } else { Some(world.workspace.as_str()) };
        let places = app.store.memberships(&account.id).await.unwrap();
        places.into_iter().find(|m| at.is_none_or(|w| m.workspace().as_str() == w)).unwrap()
    };
    let owner = place("owner@x.com").await;
    let mut out = vec![];
    for holder in HOLDERS {
        let all = Scope::ALL.to_vec();
        let (who, scopes, project) = match holder {
            Holder::Nobody => {
                out.push(String::new());
                continue;
            }
            Holder::Expired => (owner.clone(), all, None),
            Holder::Disabled => (place("other@x.com").await, all, None),
            Holder::Stranger => (place("stranger@x.com").await, all, None),
            Holder::OtherClient => (place("other-client@x.com").await, all, None),
            Holder::Client => (place("client@x.com").await, all, None),
            Holder::Viewer => (place("viewer@x.com").await, all, None),
            Holder::ScanOnly => (owner.clone(), vec![Scope::Scan], None),
            Holder::ReadOnly => (owner.clone(), vec![Scope::Read], None),
            Holder::OtherProject => (owner.clone(), all, Some(ProjectId::new())),
            Holder::OneProject => (owner.clone(), all, Some(world.project.clone())),
            Holder::Consultant => (place("consultant@x.com").await, all, None),
            Holder::Owner => (owner.clone(), all, None),
        };
        let (id, secret) = token(app, &who, scopes, project).await;
        if holder == Holder::Expired {
            assert!(app.store.revoke_token(&who, &id, &by(), now()).await.unwrap());
        }
        out.push(secret);
    }
    app.store.set_disabled(&CanOperate::console(), &world.other.id, now(), &by(), now()).await.unwrap();
    out
}

fn body(world: &World, route: &Route) -> String {
    match (route.method.as_str(), route.path.as_str()) {
        ("PUT", p) if p.contains("/members/") => r#"{"role":"consultant"}"#.into(),
        ("PUT", _) => format!(r#"{{"account":"{}"}}"#, world.other.id),
        ("POST", "/api/v1/invitations") => r#"{"email":"further@x.com","role":"viewer"}"#.into(),
        ("POST", "/api/v1/apply") => r#"{"version":1,"projects":[{"domain":"acme.com"}]}"#.into(),
        ("POST", "/api/v1/import") => r#"{"text":"further.com"}"#.into(),
        ("POST", "/api/v1/projects") => r#"{"domain":"acme.com"}"#.into(),
        ("PATCH", _) => r#"{"internal":true}"#.into(),
        ("POST", p) if p.ends_with("/comments") => r#"{"text":"Hello"}"#.into(),
        _ => String::new(),
    }
}

async fn path(world: &World, route: &Route, real: bool) -> String {
    let owner = world.app.store.account_by_email("owner@x.com").await.unwrap().unwrap();
    let place = world.app.store.memberships(&owner.id).await.unwrap().remove(0);
    let token =
        if route.path.contains("{token}") && real { token(&world.app, &place, vec![Scope::Read], None).await.0 } else { "none".into() };
    let pick = |mine: &str, none: String| if real { mine.to_owned() } else { none };
    route
        .path
        .replace("{project}", &pick(world.project.as_str(), ProjectId::new().to_string()))
        .replace("{scan}", &pick(world.scan.as_str(), ScanId::new().to_string()))
        .replace("{account}", &pick(world.other.id.as_str(), ProjectId::new().to_string()))
        .replace("{invitation}", &pick(&world.invitation, "none".into()))
        .replace("{token}", &token)
        .replace("{check}", "TLS-01")
        .replace("{format}", "json")
}

async fn ask(world: &World, route: &Route, token: &str, path: &str, extra: &[(&str, &str)]) -> (StatusCode, axum::http::HeaderMap, String) {
    let mut request = Request::builder().method(route.method.clone()).uri(path).header(header::HOST, "127.0.0.1:3000");
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    for (name, value) in extra {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(body(world, route))).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
    let response = world.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, String::from_utf8_lossy(&to_bytes(body, 9_000_000).await.unwrap()).into_owned())
}

/// Without the trace id.
fn plain(body: &str) -> Value {
    let mut v: Value = serde_json::from_str(body).unwrap_or_default();
    if let Some(map) = v.as_object_mut() {
        map.remove("trace_id");
    }
    v
}

async fn every_token_gets_what_is_its(engine: Engine) {
    let first = engine.world().await;
    first.app.store.close().await;
    let quiet = first.copy(&engine).await;
    let quiet_tokens = tokens(&quiet).await;
    let (mut wrong, mut asked) = (vec![], 0);
    for route in routes::api().rows {
        let fresh = if route.method == Method::GET { None } else { Some(first.copy(&engine).await) };
        let made = match &fresh {
            Some(w) => Some(tokens(w).await),
            None => None,
        };
        let (world, tokens) = (fresh.as_ref().unwrap_or(&quiet), made.as_ref().unwrap_or(&quiet_tokens));
        for (holder, token) in HOLDERS.iter().zip(tokens) {
            let (status, headers, body) = ask(world, &route, token, &path(world, &route, true).await, &[]).await;
            let (got, want) = (answer(status, ""), expected(&route, *holder));
            asked += 1;
            if got != want {
                wrong.push(format!("{} {} as {holder:?}: {status}, expected {want:?}: {body:.120}", route.method, route.path));
            }
            if status.is_client_error() && headers.get(header::CONTENT_TYPE).is_none_or(|t| t != "application/problem+json") {
                wrong.push(format!("{} {} as {holder:?}: {status} is no problem", route.method, route.path));
            }
            let outside = matches!(holder, Holder::Nobody | Holder::Expired | Holder::Disabled | Holder::Stranger);
            if outside && let Some(canary) = world.canaries.iter().find(|c| body.contains(*c)) {
                wrong.push(format!("{} {} as {holder:?} shows {canary}", route.method, route.path));
            }
            if want == Answer::Hidden {
                let (missing, _, none) = ask(world, &route, token, &path(world, &route, false).await, &[]).await;
                if missing != status || plain(&none) != plain(&body) {
                    wrong.push(format!("{} {} as {holder:?}: a foreign thing differs from a missing one", route.method, route.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 300, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    every_token_gets_what_is_its(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    every_token_gets_what_is_its(Engine::postgres().await).await;
}

fn route(method: Method, path: &str) -> Route {
    Route { method, path: path.into(), access: Access::Read }
}

/// Sent twice with one key, a creation is done once; with another body the key is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_creation_is_done_once_for_each_key() {
    let world = World::new("").await;
    let token = tokens(&world).await.pop().unwrap();
    let create = route(Method::POST, "/api/v1/projects");
    let key = [("idempotency-key", "one")];
    let (first, _, a) = ask(&world, &create, &token, "/api/v1/projects", &key).await;
    let (second, headers, b) = ask(&world, &create, &token, "/api/v1/projects", &key).await;
    assert_eq!((first, second, &a), (StatusCode::CREATED, StatusCode::CREATED, &b));
    assert_eq!(headers["idempotency-replayed"], "true");
    let invite = route(Method::POST, "/api/v1/invitations");
    assert_eq!(ask(&world, &invite, &token, "/api/v1/invitations", &key).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, headers, list) = ask(&world, &route(Method::GET, "/api/v1/projects"), &token, "/api/v1/projects?limit=2", &[]).await;
    assert!(headers["ratelimit"].to_str().unwrap().starts_with("\"token\";r=") && headers["cache-control"] == "no-store");
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let more = format!("/api/v1/projects?limit=2&cursor={}", list["next"].as_str().unwrap());
    let (_, _, rest) = ask(&world, &route(Method::GET, "/api/v1/projects"), &token, &more, &[]).await;
    assert_eq!(serde_json::from_str::<Value>(&rest).unwrap()["items"].as_array().unwrap().len(), 1, "two of the world, one made once");
}

/// Of two who change the same version, the second is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_an_old_version_is_refused() {
    let world = World::new("").await;
    let token = tokens(&world).await.pop().unwrap();
    let path = format!("/api/v1/projects/{}", world.project);
    let (_, headers, _) = ask(&world, &route(Method::GET, ""), &token, &path, &[]).await;
    let tag = headers["etag"].to_str().unwrap().to_owned();
    let change = route(Method::PATCH, "");
    assert_eq!(ask(&world, &change, &token, &path, &[("if-match", &tag)]).await.0, StatusCode::OK);
    assert_eq!(ask(&world, &change, &token, &path, &[("if-match", &tag)]).await.0, StatusCode::PRECONDITION_FAILED);
    assert_eq!(ask(&world, &change, &token, &path, &[]).await.0, StatusCode::OK);
}

/// Whoever is let go loses the stream that is open.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_the_right_to_see_it() {
    use futures::StreamExt;
    let world = World::new("").await;
    let app = &world.app;
    let client = app.store.account_by_email("client@x.com").await.unwrap().unwrap();
    let owner = app.store.account_by_email("owner@x.com").await.unwrap().unwrap();
    let boss = app.store.memberships(&owner.id).await.unwrap().remove(0);
    let row = app.store.project(&boss.read().unwrap(), &world.project).await.unwrap().unwrap();
    let started = app.store.start_scan(&boss.scan(&world.project).unwrap(), &row, now()).await.unwrap();
    let path = format!("/projects/{}/scans/{}/events", world.project, started.id());
    let mut request =
        Request::get(path).header(header::HOST, "127.0.0.1:3000").header(header::COOKIE, &world.cookies[4]).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
    let response = router(app.clone()).oneshot(request).await.unwrap();
    let mut stream = response.into_body().into_data_stream();
    let first = stream.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("queued"), "{first:?}");
    app.store.remove_member(&boss.manage().unwrap(), &client.id, &by(), now()).await.unwrap();
    let end = tokio::time::timeout(std::time::Duration::from_secs(5), async { while stream.next().await.is_some() {} }).await;
    assert!(end.is_ok(), "the stream went on");
}
