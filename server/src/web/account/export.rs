//! One's own data as a ZIP of JSON.

use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn::turn;
use crate::web::AppError;
use crate::web::session::Caller;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use readiness::time;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// Scans of a project that are listed.
const SCANS: i64 = 1000;

/// The archive: the account, its devices, its projects with every scan in short and the newest result whole.
pub async fn export(State(app): State<App>, Caller { account, places, .. }: Caller) -> Result<Response, AppError> {
    let _turn = turn(&app.turns.long_work).await?;
    let devices = app.store.devices(&account.id, now()).await?;
    let mut files: Vec<(String, Value)> = vec![(
        "account.json".into(),
        json!({
            "email": account.email,
            "confirmed": (account.verified_at > 0).then(|| time::rfc3339(account.verified_at)),
            "devices": devices.iter().map(|d| json!({"device": d.device, "since": time::rfc3339(d.created_at), "seen": time::rfc3339(d.seen_at)})).collect::<Vec<_>>(),
        }),
    )];
    for (place, archived) in places.iter().flat_map(|p| [(p, false), (p, true)]) {
        let Some(read) = place.read() else { continue };
        for row in app.store.projects(&read, archived).await? {
            let p = &row.project;
            let scans = app.store.history(&read, &p.id, SCANS).await?;
            let newest = scans.iter().find(|s| s.verdict.is_some()).map(|s| s.id.clone());
            files.push((
                format!("projects/{}/project.json", p.id),
                json!({
                    "workspace": place.name(),
                    "domain": p.draft.domain,
                    "target": p.target(),
                    "archived": archived,
                    "created": time::rfc3339(p.created_at),
                    "entitled": p.draft.entitlement.as_ref().map(|e| json!({"at": time::rfc3339(e.at), "from": e.from})),
                    "scans": scans.iter().map(|s| json!({
                        "id": s.id, "queued": time::rfc3339(s.queued_at), "status": s.status.word(), "verdict": s.verdict, "score": s.score,
                    })).collect::<Vec<_>>(),
                }),
            ));
            if let Some(id) = newest
                && let Some((evidence, assessment)) = app.store.result(&read, &id).await?
            {
                files.push((format!("projects/{}/newest-result.json", p.id), json!({"evidence": evidence, "assessment": assessment})));
            }
        }
    }
    let bytes = tokio::task::spawn_blocking(move || pack(&files))
        .await
        .map_err(|e| AppError::Internal(e.to_string()))?
        .map_err(|e| AppError::Internal(format!("the archive: {e}")))?;
    let name = format!("attachment; filename=\"launch-ready-{}.zip\"", time::date(now()));
    Ok(([(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

fn pack(files: &[(String, Value)]) -> Result<Vec<u8>, String> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, value) in files {
        zip.start_file(name, SimpleFileOptions::default()).map_err(|e| e.to_string())?;
        let text = serde_json::to_vec_pretty(value).map_err(|e| e.to_string())?;
        zip.write_all(&text).map_err(|e| e.to_string())?;
    }
    Ok(zip.finish().map_err(|e| e.to_string())?.into_inner())
}
