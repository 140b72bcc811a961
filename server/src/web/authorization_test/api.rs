//! The same for the API: every operation with every kind of token.

use super::{Answer, Engine, World, answer, by, token};
use crate::platform::clock::now;
use crate::web::api::operations;
use crate::web::server::router;
use crate::web::table::{Access, Route};
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;
use std::net::SocketAddr;
use store::{CanOperate, Member, ProjectId, Role, ScanId, Scope};
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
    PushOnly,
    ReadOnly,
    CommentOnly,
    OtherProject,
    OneProject,
    Consultant,
    Owner,
}

const HOLDERS: [Holder; 15] = [
    Holder::Nobody,
    Holder::Expired,
    Holder::Disabled,
    Holder::Stranger,
    Holder::OtherClient,
    Holder::Client,
    Holder::Viewer,
    Holder::ScanOnly,
    Holder::PushOnly,
    Holder::ReadOnly,
    Holder::CommentOnly,
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
        // Tokens: each may end itself, and who manages the workspace the others.
        (Access::Account, Holder::Owner) => Answer::Allowed,
        (Access::Account, Holder::Stranger) => Answer::Hidden,
        (Access::Account, _) => Answer::Forbidden,
        (Access::Manage, Holder::Stranger) if names_things => Answer::Hidden,
        (_, Holder::ScanOnly) if starts => Answer::Allowed,
        (Access::Push, Holder::PushOnly) => Answer::Allowed,
        (_, Holder::ScanOnly | Holder::PushOnly | Holder::CommentOnly) => Answer::Forbidden,
        (_, Holder::Stranger | Holder::OtherClient | Holder::OtherProject) if one_project => Answer::Hidden,
        (Access::Read, _) | (Access::Create | Access::Manage, Holder::Stranger) => Answer::Allowed,
        (_, Holder::ReadOnly) => Answer::Forbidden,
        (Access::Comment, _) => Answer::Allowed,
        (Access::Scan | Access::Push | Access::Work, Holder::OneProject | Holder::Consultant | Holder::Owner) => Answer::Allowed,
        (Access::Create, Holder::Consultant | Holder::Owner) | (Access::Manage, Holder::Owner) => Answer::Allowed,
        _ => Answer::Forbidden,
    }
}

/// The tokens of everybody, in the order of the holders.
pub(super) async fn tokens(world: &World) -> Vec<String> {
    let app = &world.app;
    let place = async |email: &str| -> Member {
        let account = app.store.account_by_email(email).await.unwrap().unwrap();
        let at = if email.starts_with("stranger") { None } else { Some(world.workspace.as_str()) };
        let places = app.store.memberships(&account.id).await.unwrap();
        places.into_iter().find(|m| at.is_none_or(|w| m.workspace().as_str() == w)).unwrap()
    };
    let owner = place("owner@x.com").await;
    let projects = app.store.projects(&owner.read().unwrap(), false).await.unwrap();
    let other = projects.into_iter().map(|r| r.project.id).find(|id| *id != world.project).unwrap();
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
            Holder::PushOnly => (owner.clone(), vec![Scope::Evidence], None),
            Holder::ReadOnly => (owner.clone(), vec![Scope::Read], None),
            Holder::CommentOnly => (owner.clone(), vec![Scope::Comment], None),
            Holder::OtherProject => (owner.clone(), all, Some(other.clone())),
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
        ("POST", p) if p.ends_with("/evidence") => {
            r#"{"source":"repository","key":"app","body":{"commit":"abc1234","findings":[]}}"#.into()
        }
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
    send(world, &route.method, token, path, body(world, route), extra).await
}

pub(super) async fn send(
    world: &World,
    method: &Method,
    token: &str,
    path: &str,
    body: String,
    extra: &[(&str, &str)],
) -> (StatusCode, axum::http::HeaderMap, String) {
    let mut request = Request::builder().method(method.clone()).uri(path).header(header::HOST, "127.0.0.1:3000");
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    for (name, value) in extra {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(body)).unwrap();
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
    for route in operations::table().rows {
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

/// A key keeps one answer, of one request of one token, for as long as the token may still get it.
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_answer_is_of_the_same_request_and_the_same_rights() {
    let world = World::new("").await;
    let app = &world.app;
    let all = tokens(&world).await;
    let of = |holder: Holder| all[HOLDERS.iter().position(|h| *h == holder).unwrap()].clone();
    let (owner, consultant) = (of(Holder::Owner), of(Holder::Consultant));
    let key = |k: &'static str| [("idempotency-key", k)];
    let post = async |token: &str, path: &str, body: &str, k: &'static str| {
        let (status, headers, said) = send(&world, &Method::POST, token, path, body.to_owned(), &key(k)).await;
        (status, headers.contains_key("idempotency-replayed"), said)
    };
    // What was only tried is not what is done.
    let list = r#"{"text":"further.com"}"#;
    assert_eq!(post(&owner, "/api/v1/import?dry_run=yes", list, "dry").await.0, StatusCode::OK);
    assert_eq!(post(&owner, "/api/v1/import", list, "dry").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, _, said) = post(&owner, "/api/v1/import", list, "real").await;
    assert!(status == StatusCode::OK && said.contains("\"done\":true"), "{said}");
    // Another token of the same owner has its own keys.
    let invitation = r#"{"email":"further@x.com","role":"viewer"}"#;
    assert_eq!(post(&owner, "/api/v1/invitations", invitation, "who").await.0, StatusCode::CREATED);
    for less in [Holder::ReadOnly, Holder::CommentOnly, Holder::OneProject] {
        assert_eq!(post(&of(less), "/api/v1/invitations", invitation, "who").await.0, StatusCode::FORBIDDEN, "{less:?}");
    }
    // Who may less than before gets no answer of before, and a refusal is no answer to keep.
    let account = app.store.account_by_email("consultant@x.com").await.unwrap().unwrap();
    let boss = app.store.account_by_email("owner@x.com").await.unwrap().unwrap();
    let manage = app.store.memberships(&boss.id).await.unwrap().remove(0).manage().unwrap();
    let role = async |role: Role| app.store.set_role(&manage, &account.id, role, None, &by(), now()).await.unwrap();
    let project = r#"{"domain":"acme.com"}"#;
    assert_eq!(post(&consultant, "/api/v1/projects", project, "made").await.0, StatusCode::CREATED);
    let (status, replayed, _) = post(&consultant, "/api/v1/projects", project, "made").await;
    assert_eq!((status, replayed), (StatusCode::CREATED, true));
    role(Role::Viewer).await;
    let (status, replayed, _) = post(&consultant, "/api/v1/projects", project, "made").await;
    assert_eq!((status, replayed), (StatusCode::UNPROCESSABLE_ENTITY, false));
    assert_eq!(post(&consultant, "/api/v1/projects", project, "refused").await.0, StatusCode::FORBIDDEN);
    role(Role::Consultant).await;
    assert_eq!(post(&consultant, "/api/v1/projects", project, "refused").await.0, StatusCode::CREATED);
}

/// Which scopes an operation demands.
fn demanded(route: &Route) -> Vec<Scope> {
    let path = route.path.as_str();
    match route.access {
        Access::Read => vec![Scope::Read],
        Access::Scan if path.ends_with("/scans") => vec![Scope::Scan],
        Access::Scan => vec![Scope::Read, Scope::Scan],
        Access::Push => vec![Scope::Evidence],
        Access::Comment => vec![Scope::Read, Scope::Comment],
        Access::Work => vec![Scope::Read, Scope::Project],
        Access::Create if path == "/api/v1/projects" => vec![Scope::Project],
        Access::Create => vec![Scope::Read, Scope::Project],
        Access::Manage | Access::Account => vec![Scope::Member],
        other => panic!("{path} is for {other:?}"),
    }
}

/// With every scope but one that it needs, an operation is refused.
#[tokio::test(flavor = "multi_thread")]
async fn every_operation_demands_its_scopes() {
    let world = World::new("").await;
    let owner = world.app.store.account_by_email("owner@x.com").await.unwrap().unwrap();
    let place = world.app.store.memberships(&owner.id).await.unwrap().remove(0);
    let mut without = vec![];
    for gone in Scope::ALL {
        let rest = Scope::ALL.into_iter().filter(|s| *s != gone).collect();
        without.push((gone, token(&world.app, &place, rest, None).await.1));
    }
    let mut wrong = vec![];
    for route in operations::table().rows {
        for needed in demanded(&route) {
            let secret = &without.iter().find(|(s, _)| *s == needed).unwrap().1;
            let status = ask(&world, &route, secret, &path(&world, &route, true).await, &[]).await.0;
            if status != StatusCode::FORBIDDEN {
                wrong.push(format!("{} {} without {}: {status}", route.method, route.path, needed.word()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // An answer within a document is a comment's right.
    let scopes = vec![Scope::Read, Scope::Project];
    let secret = token(&world.app, &place, scopes, None).await.1;
    for domain in ["acme.com", "new.com"] {
        let document = format!(r#"{{"version":1,"projects":[{{"domain":"{domain}","answers":[{{"check":"DEP-12","answer":"yes"}}]}}]}}"#);
        let status = send(&world, &Method::POST, &secret, "/api/v1/apply?dry_run=yes", document, &[]).await.0;
        assert_eq!(status, StatusCode::FORBIDDEN, "{domain}");
    }
}

/// A token ends itself, whatever it may do, and no other of its owner.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_itself_alone() {
    let world = World::new("").await;
    let owner = world.app.store.account_by_email("owner@x.com").await.unwrap().unwrap();
    let place = world.app.store.memberships(&owner.id).await.unwrap().remove(0);
    let (id, secret) = token(&world.app, &place, vec![Scope::Comment], None).await;
    let (other, still) = token(&world.app, &place, vec![Scope::Read], None).await;
    let end = async |id: &str| send(&world, &Method::DELETE, &secret, &format!("/api/v1/tokens/{id}"), String::new(), &[]).await.0;
    let look = async |token: &str| send(&world, &Method::GET, token, "/api/v1/workspace", String::new(), &[]).await.0;
    assert_eq!((end(&other).await, end("none").await), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
    assert_eq!(look(&still).await, StatusCode::OK);
    assert_eq!(end(&id).await, StatusCode::NO_CONTENT);
    assert_eq!(look(&secret).await, StatusCode::UNAUTHORIZED);
}

/// Ids in a body are looked up in the caller's workspace, as those in a path are.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_workspace_in_a_body_is_refused() {
    let world = World::new("").await;
    let app = &world.app;
    let secret = tokens(&world).await.pop().unwrap();
    let stranger = app.store.account_by_email("stranger@x.com").await.unwrap().unwrap();
    let theirs = app.store.memberships(&stranger.id).await.unwrap().remove(0);
    let foreign = app.store.projects(&theirs.read().unwrap(), false).await.unwrap().remove(0).project.id;
    let finding = format!("/api/v1/projects/{}/scans/{}/findings/TLS-01", world.project, world.scan);
    for (method, path, body) in [
        (Method::PUT, format!("{finding}/assignment"), format!(r#"{{"account":"{}"}}"#, stranger.id)),
        (Method::PUT, format!("/api/v1/members/{}", world.other.id), format!(r#"{{"role":"viewer","projects":["{foreign}"]}}"#)),
        (Method::POST, "/api/v1/invitations".into(), format!(r#"{{"email":"n@x.com","role":"viewer","projects":["{foreign}"]}}"#)),
    ] {
        let status = send(&world, &method, &secret, &path, body, &[]).await.0;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {path}");
    }
    let cookie = world.cookies[super::Actor::Owner as usize].as_str();
    let channel = "kind=slack&name=x&url=https%3A%2F%2Fhooks.example.com%2Fx&rule=failed&project=";
    for (path, form, want) in [
        ("/workspace/channels", format!("{channel}{foreign}"), StatusCode::NOT_FOUND),
        ("/workspace/channels", format!("{channel}no-id"), StatusCode::NOT_FOUND),
        ("/workspace/channels", format!("{channel}{}", world.project), StatusCode::OK),
        ("/workspace/tokens", format!("name=t&scope=read&password=x&project={foreign}"), StatusCode::NOT_FOUND),
        ("/workspace/invitations", format!("email=n%40x.com&role=viewer&project={foreign}"), StatusCode::NOT_FOUND),
        ("/workspace/members/role", format!("account={}&role=viewer&project={foreign}", world.other.id), StatusCode::NOT_FOUND),
    ] {
        let extra = [("cookie", cookie), ("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        assert_eq!(send(&world, &Method::POST, "", path, form.clone(), &extra).await.0, want, "{path} {form}");
    }
    let manage = app.store.memberships(&app.store.account_by_email("owner@x.com").await.unwrap().unwrap().id).await.unwrap().remove(0);
    let kept = app.store.channels(&manage.manage().unwrap()).await.unwrap();
    assert!(kept.iter().all(|c| c.project.as_ref() != Some(&foreign)) && kept.len() == 2, "{kept:?}");
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

/// With its token, a stream of the API ends too.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_token() {
    use futures::StreamExt;
    let world = World::new("").await;
    let app = &world.app;
    let owner = app.store.account_by_email("owner@x.com").await.unwrap().unwrap();
    let boss = app.store.memberships(&owner.id).await.unwrap().remove(0);
    let (id, secret) = token(app, &boss, vec![Scope::Read], None).await;
    let row = app.store.project(&boss.read().unwrap(), &world.project).await.unwrap().unwrap();
    let started = app.store.start_scan(&boss.scan(&world.project).unwrap(), &row, now()).await.unwrap();
    let path = format!("/api/v1/projects/{}/scans/{}/events", world.project, started.id());
    let request = Request::get(path).header(header::HOST, "127.0.0.1:3000").header(header::AUTHORIZATION, format!("Bearer {secret}"));
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
    let mut stream = router(app.clone()).oneshot(request).await.unwrap().into_body().into_data_stream();
    let first = stream.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("queued"), "{first:?}");
    assert!(app.store.revoke_token(&boss, &id, &by(), now()).await.unwrap());
    let end = tokio::time::timeout(std::time::Duration::from_secs(5), async { while stream.next().await.is_some() {} }).await;
    assert!(end.is_ok(), "the stream went on");
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
