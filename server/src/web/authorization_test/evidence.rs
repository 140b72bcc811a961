//! Evidence over the API: once however often it is sent, within its bounds, and in a ledger that holds no secret.

use super::api::{send, tokens};
use super::{Actor, World};
use axum::http::{Method, StatusCode, header};
use readiness::Ledger;
use serde_json::{Value, json};

fn piece(key: &str, at: i64, outcome: &str) -> String {
    let body =
        json!({"commit": "abc1234", "findings": [{"id": "AUD-01", "outcome": outcome, "locations": [{"path": "app/.env", "line": 2}]}]});
    json!({"source": "repository", "key": key, "taken_at": at, "tool": "test", "body": body}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_is_pushed_judged_and_read_again() {
    let world = World::new("").await;
    let token = tokens(&world).await.pop().unwrap();
    let path = format!("/api/v1/projects/{}/evidence", world.project);
    let at = crate::platform::clock::now() - 60_000;
    let push = async |body: String| {
        let (status, headers, text) = send(&world, &Method::POST, &token, &path, body, &[]).await;
        (status, headers, serde_json::from_str::<Value>(&text).unwrap_or_default())
    };
    let (status, _, first) = push(piece("app", at, "fail")).await;
    assert_eq!(
        (status, first["judged"].as_bool(), first["verdict"].as_str()),
        (StatusCode::CREATED, Some(true), Some("NOT READY")),
        "{first}"
    );
    assert!(first["score"].is_number() && first["expires_at"].as_str() > first["taken_at"].as_str());
    let (status, _, again) = push(piece("app", at, "fail")).await;
    assert_eq!((status, &again["id"], again["judged"].as_bool()), (StatusCode::OK, &first["id"], Some(false)));
    // Within a second of the last time it waits.
    let (status, _, next) = push(piece("api", at, "pass")).await;
    assert_eq!((status, next["judged"].as_bool()), (StatusCode::CREATED, Some(false)));
    let (status, headers, problem) =
        push(json!({"source": "repository", "body": {"commit": "a", "findings": [{"id": "MON-01", "outcome": "pass"}]}}).to_string()).await;
    assert_eq!((status, headers[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json"));
    assert_eq!(problem["errors"][0]["pointer"], "/body/findings/0");
    for (size, want) in [(300 * 1024, StatusCode::PAYLOAD_TOO_LARGE), (1100 * 1024, StatusCode::PAYLOAD_TOO_LARGE)] {
        assert_eq!(
            push(json!({"source": "repository", "body": {"commit": "a".repeat(size), "findings": []}}).to_string()).await.0,
            want,
            "{size}"
        );
    }
    // The finding tells where it comes from.
    let finding = format!("/api/v1/projects/{}/scans/{}/findings/AUD-01", world.project, world.scan);
    let (_, _, text) = send(&world, &Method::GET, &token, &finding, String::new(), &[]).await;
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (found["source"].as_str(), found["outcome"].as_str(), found["seen_at"].as_i64()),
        (Some("repository"), Some("fail"), Some(at / 1000 * 1000))
    );
    // The ledger reads again, and holds what pieces hold and what the owner decided, and nothing else.
    let path = format!("/api/v1/projects/{}/ledger", world.project);
    let (status, headers, text) = send(&world, &Method::GET, &token, &path, String::new(), &[]).await;
    let tag = headers[header::ETAG].to_str().unwrap().to_owned();
    let ledger = Ledger::read(&text).unwrap();
    assert_eq!((status, ledger.pieces.iter().filter(|p| p.source == readiness::Source::Repository).count()), (StatusCode::OK, 2));
    let keys: Vec<String> = serde_json::from_str::<Value>(&text).unwrap().as_object().unwrap().keys().cloned().collect();
    let mut sorted = keys.clone();
    sorted.sort();
    assert_eq!(sorted, ["exemptions", "launch", "ledger", "pieces", "profile", "target"]);
    for secret in ["hooks.example.com", "calendar-secret", "shared-secret", "lr_", "no hash", world.workspace.as_str()] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert_eq!(send(&world, &Method::GET, &token, &path, String::new(), &[("if-none-match", &tag)]).await.0, StatusCode::NOT_MODIFIED);
}

/// The page of a project's evidence, its settings and its launch, as an owner uses them.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_sees_evidence_says_what_applies_and_launches() {
    let world = World::new("").await;
    let token = tokens(&world).await.pop().unwrap();
    let at = crate::platform::clock::now() - 60_000;
    send(&world, &Method::POST, &token, &format!("/api/v1/projects/{}/evidence", world.project), piece("app<b>", at, "fail"), &[]).await;
    let cookie = world.cookies[Actor::Owner as usize].as_str();
    let here = [("cookie", cookie), ("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let base = format!("/projects/{}", world.project);
    let get = async |rest: &str| send(&world, &Method::GET, "", &format!("{base}{rest}"), String::new(), &here).await;
    let post = async |rest: &str, form: &str| send(&world, &Method::POST, "", &format!("{base}{rest}"), form.to_owned(), &here).await.0;
    let (status, _, page) = get("/evidence").await;
    assert_eq!(status, StatusCode::OK);
    for text in ["app&lt;b&gt;", "What is missing", "launch-ready push", "1 check, 1 fails", "Monitoring"] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("app<b>"));
    let (_, _, page) = get("").await;
    assert!(page.contains("/evidence\"") && page.contains("Mark as launched"));
    assert_eq!(post("/launch", "launched=yes").await, StatusCode::SEE_OTHER);
    let (_, _, page) = get("").await;
    assert!(page.contains("Not launched yet") && page.contains("Regressed"), "a blocker is open");
    assert_eq!(post("/edit", "domain=acme.com&kind=api-only&has_jobs=no&has_ai=yes").await, StatusCode::SEE_OTHER);
    let (_, _, text) = send(&world, &Method::GET, &token, &format!("/api/v1{base}"), String::new(), &[]).await;
    let project: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(project["profile"], json!({"kind": "api-only", "has": {"ai": true, "jobs": false}}));
    assert!(project["launched_at"].is_string());
    let (_, _, page) = get("/edit").await;
    assert!(page.contains("detected: ") && page.contains("value=\"api-only\" selected"), "the form keeps what was said");
    let finding = format!("/api/v1{base}/scans/{}/findings/MON-01", world.scan);
    let (_, _, text) = send(&world, &Method::GET, &token, &finding, String::new(), &[]).await;
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["outcome"], "na");
    // The same as code, and over the API, where what is wrong is told.
    let (_, _, text) = send(&world, &Method::GET, &token, "/api/v1/export", String::new(), &[]).await;
    assert!(text.contains(r#""profile":{"kind":"api-only","has":{"ai":true,"jobs":false}}"#), "{text}");
    let change = async |body: &str| send(&world, &Method::PATCH, &token, &format!("/api/v1{base}"), body.to_owned(), &[]).await;
    for bad in [r#"{"profile":{"kind":"shop"}}"#, r#"{"profile":{"has":{"mail":true}}}"#] {
        let (status, _, text) = change(bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text.contains(r#""pointer":"/profile""#), "{text}");
    }
    assert_eq!(change(r#"{"profile":{}}"#).await.0, StatusCode::OK);
    let (_, _, text) = send(&world, &Method::GET, &token, &finding, String::new(), &[]).await;
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["outcome"], "unknown", "judged again at once");
    assert_eq!(post("/launch", "launched=no").await, StatusCode::SEE_OTHER);
    assert!(get("").await.2.contains("Mark as launched"));
}
