//! The API to read, from its own description.

use leptos::prelude::*;
use serde_json::Value;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn text(v: &Value, key: &str) -> String {
    v.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A schema's name, or its type.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(items) = schema.get("items") {
        return format!("list of {}", kind(items));
    }
    for either in ["oneOf", "anyOf", "allOf"] {
        if let Some(list) = schema.get(either).and_then(Value::as_array) {
            return list.iter().map(kind).filter(|k| k != "null").collect::<Vec<_>>().join(" or ");
        }
    }
    match schema.get("type") {
        Some(Value::String(t)) => t.clone(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).filter(|t| *t != "null").collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    }
}

fn fields(schema: &Value) -> Vec<(String, String, String)> {
    let all = schema.get("properties").and_then(Value::as_object);
    all.map(|m| m.iter().map(|(name, s)| (name.clone(), kind(s), text(s, "description"))).collect()).unwrap_or_default()
}

fn rows(list: Vec<(String, String, String)>) -> impl IntoView {
    list.into_iter()
        .map(|(name, kind, about)| view! { <tr><td class="mono">{name}</td><td>{kind}</td><td>{about}</td></tr> })
        .collect_view()
}

fn operation(path: &str, method: &str, op: &Value, schemas: &Value) -> impl IntoView + use<> {
    let params: Vec<_> = op
        .get("parameters")
        .and_then(Value::as_array)
        .map(|l| {
            l.iter()
                .map(|p| {
                    (
                        text(p, "name"),
                        format!("{} · {}", text(p, "in"), kind(p.get("schema").unwrap_or(&Value::Null))),
                        text(p, "description"),
                    )
                })
                .collect()
        })
        .unwrap_or_default();
    let body = op.pointer("/requestBody/content/application~1json/schema").map(kind);
    let body_fields = body.as_ref().and_then(|name| schemas.get(name)).map(fields).unwrap_or_default();
    let answers = op
        .get("responses")
        .and_then(Value::as_object)
        .map(|m| {
            m.iter()
                .filter(|(k, _)| k.as_str() != "4XX")
                .map(|(code, r)| {
                    let what = r.pointer("/content/application~1json/schema").map(kind).unwrap_or_default();
                    format!("{code} {what}")
                })
                .collect::<Vec<_>>()
                .join(", ")
        })
        .unwrap_or_default();
    let about = [text(op, "summary"), text(op, "description")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
    let all: Vec<_> = params.into_iter().chain(body_fields.into_iter().map(|(n, k, a)| (n, format!("body · {k}"), a))).collect();
    view! {
        <details class="op">
            <summary><span class="mono"><b>{method.to_uppercase()}</b>" "{path.to_owned()}</span><span class="muted">{about}</span></summary>
            {(!all.is_empty()).then(|| view! { <div class="scroll" tabindex="0"><table class="list"><thead><tr><th scope="col">"Name"</th><th scope="col">"Where"</th><th scope="col">"What"</th></tr></thead><tbody>{rows(all)}</tbody></table></div> })}
            <p class="small">"Answers "<span class="mono">{answers}</span></p>
        </details>
    }
}

/// The page.
pub fn page(api: &Value) -> AnyView {
    let schemas = api.pointer("/components/schemas").cloned().unwrap_or_default();
    let mut tags: Vec<(String, Vec<AnyView>)> = vec![];
    for (path, item) in api.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for method in METHODS {
            let Some(op) = item.get(method) else { continue };
            let tag = op.pointer("/tags/0").and_then(Value::as_str).unwrap_or("Other").to_owned();
            let entry = operation(path, method, op, &schemas).into_any();
            match tags.iter_mut().find(|(t, _)| *t == tag) {
                Some((_, list)) => list.push(entry),
                None => tags.push((tag, vec![entry])),
            }
        }
    }
    let sections = tags.into_iter().map(|(tag, list)| view! { <section class="part"><h2>{tag}</h2>{list}</section> }).collect_view();
    let types = schemas
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.ends_with("Out") || matches!(name.as_str(), "Problem" | "FieldError"))
        .map(|(name, s)| view! { <details class="op"><summary><span class="mono"><b>{name.clone()}</b></span><span class="muted">{text(s, "description")}</span></summary><div class="scroll" tabindex="0"><table class="list"><thead><tr><th scope="col">"Name"</th><th scope="col">"Type"</th><th scope="col">"What"</th></tr></thead><tbody>{rows(fields(s))}</tbody></table></div></details> })
        .collect_view();
    view! {
        <div class="head"><h1>"API"</h1><span class="push"><a class="btn" href="/api/openapi.json">"OpenAPI 3.1"</a></span></div>
        <p class="lead">{api.pointer("/info/description").and_then(Value::as_str).unwrap_or_default().to_owned()}</p>
        <pre tabindex="0">"curl -H \"Authorization: Bearer lr_…\" https://your.instance/api/v1/projects"</pre>
        {sections}
        <section class="part"><h2>"Types"</h2>{types}</section>
    }
    .into_any()
}
