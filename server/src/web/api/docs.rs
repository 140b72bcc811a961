//! The API's description, made from the code, and the page that shows it.

use super::operations::Description;
use crate::web::render;
use crate::web::session::Visitor;
use app::pages::api_docs;
use app::shell::Frame;
use axum::Json;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::LazyLock;
use utoipa::OpenApi;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let mut all = serde_json::to_value(Description::openapi()).unwrap_or_default();
    if let Some(map) = all.as_object_mut() {
        map.insert("security".into(), json!([{"token": []}]));
        if let Some(parts) = map.entry("components").or_insert_with(|| json!({})).as_object_mut() {
            parts.insert(
                "securitySchemes".into(),
                json!({"token": {"type": "http", "scheme": "bearer", "description": "lr_…, made on the workspace's page"}}),
            );
        }
    }
    all
});

/// The JSON Schema of a workspace's document, made from the same description.
pub async fn schema() -> Json<Value> {
    Json(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A workspace of Launch Ready",
        "$ref": "#/components/schemas/Code",
        "components": {"schemas": DESCRIPTION.pointer("/components/schemas")},
    }))
}

/// OpenAPI 3.1.
pub async fn openapi() -> impl IntoResponse {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| DESCRIPTION.to_string().into());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.clone())
}

/// The same to read. It is long, so it is rendered once for all who have not signed in.
pub async fn page(who: Visitor) -> Response {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| html(None, false).into());
    let html = if who.email().is_some() { html(who.email(), who.admin()).into() } else { PAGE.clone() };
    render::answer(StatusCode::OK, html)
}

fn html(email: Option<String>, admin: bool) -> String {
    let frame = Frame { title: "API · Launch Ready".into(), email, admin, ..Frame::default() };
    render::html(frame, || api_docs::page(&DESCRIPTION))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::api::operations;

    #[test]
    fn every_operation_is_described() {
        let mut served: Vec<String> =
            operations::table().rows.iter().map(|r| format!("{} {}", r.method.as_str().to_lowercase(), r.path)).collect();
        let mut described = vec![];
        for (path, item) in DESCRIPTION["paths"].as_object().unwrap() {
            for (method, op) in item.as_object().unwrap() {
                described.push(format!("{method} {path}"));
                assert!(op["summary"].is_string() || op["description"].is_string(), "{method} {path} says nothing");
            }
        }
        served.sort();
        described.sort();
        assert_eq!(served, described);
        assert_eq!(DESCRIPTION["openapi"], "3.1.0");
    }

    #[tokio::test]
    async fn a_workspace_as_code_has_a_schema() {
        let Json(schema) = super::schema().await;
        let rules = jsonschema::validator_for(&schema).unwrap();
        let good = json!({"version": 1, "projects": [{"domain": "acme.com", "schedule": {"rhythm": "daily"}, "profile": {"kind": "api-only", "has": {"ai": true}}, "answers": [{"check": "DEP-12", "answer": "yes"}]}]});
        assert!(rules.is_valid(&good), "{:?}", rules.iter_errors(&good).map(|e| e.to_string()).collect::<Vec<_>>());
        for bad in
            [json!({}), json!({"version": "1"}), json!({"version": 1, "projekte": []}), json!({"version": 1, "projects": [{"hosts": []}]})]
        {
            assert!(!rules.is_valid(&bad), "{bad}");
        }
    }
}
