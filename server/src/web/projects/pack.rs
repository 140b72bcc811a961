//! The frozen, signed pack of a project, to hand over.

use super::documents::newest;
use super::files::{download, place};
use super::pdf::set;
use super::{find, find_work, frame};
use crate::app::App;
use crate::platform::bytes::hex;
use crate::platform::clock::now;
use crate::platform::handover_pack::{self as pack, Manifest};
use crate::platform::in_turn::turn;
use crate::platform::private_files::keep;
use crate::platform::version::TOOL;
use crate::web::session::Caller;
use crate::web::workspace::branding::logo;
use crate::web::{AppError, render};
use crate::workers::assessment;
use app::pages::{dns_map, pack as page};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::attestations::question;
use readiness::documents::{Document, document};
use readiness::report::pdf::{Audience, Frame};
use readiness::report::{self, Report, escape};
use readiness::time::{DAY_MS, rfc3339};
use readiness::{Answer, Assessment, Attestation, Outside, catalogue};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::{CanRead, Kept, Pack, ProjectId};

/// The packs of a project.
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    list(&app, &caller, &id, None).await
}

async fn list(app: &App, caller: &Caller, id: &str, error: Option<(String, String)>) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, caller, id).await?;
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = page::View {
        domain: project.draft.domain.unicode(),
        project: format!("/projects/{}", project.id),
        packs: app.store.packs(&read, &project.id).await?,
        scanned: app.store.newest(&read, &project.id).await?.is_some(),
        may_work: member.work(&project.id).is_some(),
        may_sign: member.comment(&project.id).is_some(),
        key: pack::public_key(&app.settings.data_dir).map_err(AppError::Internal)?,
        error,
    };
    Ok(render::page(status, frame(format!("Handover of {}", view.domain), "Projects", &caller.account), || page::page(&view)))
}

fn columns(d: &Document) -> Vec<String> {
    d.columns.iter().map(|c| (*c).to_owned()).collect()
}

/// A document as CSV.
fn csv(d: &Document, kept: &Kept) -> Vec<u8> {
    let mut out = String::new();
    for row in std::iter::once(&columns(d)).chain(&kept.rows) {
        out.push_str(&row.iter().map(|c| escape::csv(c)).collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
    out.into_bytes()
}

/// Everything that a pack holds, by name.
async fn contents(
    app: &App,
    read: &CanRead,
    id: &ProjectId,
    workspace: &str,
    e: &Outside,
    a: &Assessment,
) -> Result<Vec<(String, Vec<u8>)>, AppError> {
    let claims = app.store.claims(read, id).await?;
    let head = app.store.letterhead(read).await?;
    let kept = app.store.documents(read, id).await?;
    let changes = app.store.change_log(read, id, 1000).await?;
    let files = app.store.files(read, id).await?;
    let base = Frame {
        workspace,
        words: &head.words,
        claims: Some(&claims),
        documents: kept.iter().filter_map(|k| document(&k.word).map(|d| (d.title.to_owned(), columns(d), k.rows.clone()))).collect(),
        changes: changes.iter().map(|c| (c.at, app::pages::home::kind(&c.kind).to_owned(), c.text.clone())).collect(),
        ..Frame::default()
    };
    let founder = Frame { documents: vec![], changes: vec![], ..base.clone() };
    let help = format!("{}/checks/", app.settings.public_url);
    let whole = Report { evidence: e, assessment: a, tool: TOOL, help: &help };
    let records = dns_map::records(e);
    let mut out = vec![
        ("README.txt".to_owned(), README.replace("{domain}", e.target.domain.as_str()).into_bytes()),
        ("report-founder.pdf".to_owned(), set(app, e, a, Audience::Founder, founder, logo(&head)).await?.to_vec()),
        ("report-developer.pdf".to_owned(), set(app, e, a, Audience::Developer, base, logo(&head)).await?.to_vec()),
        ("report.md".to_owned(), report::markdown(&whole).into_bytes()),
        ("result.json".to_owned(), report::json(&whole).to_string().into_bytes()),
        ("evidence.json".to_owned(), json(e)?),
        ("answers-and-excuses.json".to_owned(), json(&claims)?),
        ("dns/zone.txt".to_owned(), readiness::dns_map::zone_file(e.target.domain.as_str(), &records).into_bytes()),
        ("dns/records.csv".to_owned(), readiness::dns_map::csv(&records).into_bytes()),
        (
            "changes.md".to_owned(),
            changes
                .iter()
                .map(|c| format!("- {} {}: {}\n", rfc3339(c.at), app::pages::home::kind(&c.kind), escape::markdown(&c.text)))
                .collect::<String>()
                .into_bytes(),
        ),
    ];
    out.extend(kept.iter().filter_map(|k| document(&k.word).map(|d| (format!("documents/{}.csv", k.word), csv(d, k)))));
    for f in &files {
        if let Ok(bytes) = tokio::fs::read(place(app, &f.id)).await {
            out.push((format!("files/{}-{}-{}", f.check, f.id.get(f.id.len().saturating_sub(6)..).unwrap_or_default(), f.name), bytes));
        }
    }
    Ok(out)
}

fn json(v: &impl serde::Serialize) -> Result<Vec<u8>, AppError> {
    serde_json::to_vec_pretty(v).map_err(|e| AppError::Internal(e.to_string()))
}

const README: &str = "The handover pack of {domain}, made by Launch Ready.

report-founder.pdf      two pages: where the launch stands and what to do next
report-developer.pdf    everything that was seen, with documents and change log
result.json             the judgement, evidence.json what it rests on
dns/                    the DNS records with their purposes
documents/              access inventory, secret locations (never values), recovery notes …
manifest.json           each file with its SHA-256; manifest.sig signs it (Ed25519)

To see that nothing was changed:  launch-ready verify PACK.zip
";

/// Makes a pack of the newest result.
pub async fn make(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    let (member, read, _) = find(&app.store, &caller, &id).await?;
    let (_turn, _papers) = (turn(&app.turns.long_work).await?, turn(&app.turns.pdf).await?);
    let Some((scan, e, a)) = newest(&app, &read, &project.id).await? else {
        return list(&app, &caller, &id, Some((String::new(), "Scan the project first; a pack freezes its newest result.".into()))).await;
    };
    let files = contents(&app, &read, &project.id, member.name(), &e, &a).await?;
    let manifest = Manifest {
        format: String::new(),
        domain: e.target.domain.to_string(),
        scan: scan.clone(),
        catalogue: catalogue::VERSION.into(),
        made_at: rfc3339(now()),
        made_by: caller.account.email.clone(),
        key: String::new(),
        files: vec![],
    };
    let folder = app.settings.data_dir.clone();
    let zip = tokio::task::spawn_blocking(move || pack::freeze(&folder, manifest, &files))
        .await
        .map_err(|e| AppError::Internal(e.to_string()))?;
    let zip = zip.map_err(AppError::Internal)?;
    let made = Pack {
        id: uuid::Uuid::now_v7().to_string(),
        scan,
        size: i64::try_from(zip.len()).unwrap_or(i64::MAX),
        sha256: hex(&Sha256::digest(&zip)),
        author: caller.account.email.clone(),
        at: now(),
        signed_name: String::new(),
        signed_by: String::new(),
        signed_at: 0,
    };
    let full = |e: std::io::Error| AppError::Internal(format!("a pack could not be kept: {e}"));
    std::fs::create_dir_all(app.settings.data_dir.join("files")).map_err(full)?;
    keep(&place(&app, &made.id), &zip, false).map_err(full)?;
    if let Err(full) = app.store.add_pack(&work, &made, &caller.by).await {
        let _ = std::fs::remove_file(place(&app, &made.id));
        return Err(full.into());
    }
    Ok(Redirect::to(&format!("/projects/{}/pack", project.id)).into_response())
}

/// The ids in the address.
#[derive(Debug, Deserialize)]
pub struct Ids {
    project: String,
    pack: String,
}

/// Gives a pack.
pub async fn get(State(app): State<App>, caller: Caller, Path(ids): Path<Ids>) -> Result<Response, AppError> {
    let (_, read, project) = find(&app.store, &caller, &ids.project).await?;
    let id = ids.pack.trim_end_matches(".zip");
    let found = app.store.packs(&read, &project.id).await?.into_iter().find(|p| p.id == id).ok_or(AppError::NotFound)?;
    let bytes = tokio::fs::read(place(&app, &found.id)).await.map_err(|_| AppError::NotFound)?;
    Ok(download(&format!("{}-{}.zip", project.draft.domain, readiness::time::date(found.at)), "application/zip", bytes))
}

/// A signature as it is typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Signature {
    name: String,
    read: String,
}

/// Signs a pack with name and time, which answers the last question of the roadmap.
pub async fn sign(
    State(app): State<App>,
    caller: Caller,
    Path(ids): Path<Ids>,
    Form(typed): Form<Signature>,
) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, &caller, &ids.project).await?;
    let proof = member.comment(&project.id).ok_or(AppError::Role)?;
    let found = app.store.packs(&read, &project.id).await?.into_iter().find(|p| p.id == ids.pack).ok_or(AppError::NotFound)?;
    let done = Redirect::to(&format!("/projects/{}/pack", project.id)).into_response();
    if found.signed_at > 0 {
        return Ok(done);
    }
    let name = typed.name.trim();
    let error = if name.chars().count() < 2 || name.chars().count() > 120 {
        Some("Type your full name.")
    } else if typed.read.is_empty() {
        Some("Tick that you have read it.")
    } else {
        None
    };
    if let Some(error) = error {
        return list(&app, &caller, &ids.project, Some((ids.pack, error.into()))).await;
    }
    if !app.store.sign_pack(&proof, &ids.pack, name, &caller.by, now()).await? {
        // Somebody else was faster by a moment.
        return Ok(done);
    }
    if let Some(q) = question("HND-15") {
        let said = Attestation {
            check: q.id.into(),
            answer: Answer::Yes,
            note: format!("{name} signed it."),
            shown: vec![format!("{}/projects/{}/pack", app.settings.public_url, project.id)],
            by: caller.account.email.clone(),
            at: now(),
            expires: now() + q.days * DAY_MS,
        };
        app.store.attest(&proof, &said, |e, before| assessment::again(&app.site, e, before), &caller.by, now()).await?;
    }
    Ok(done)
}

/// The key that signs packs here, for whoever verifies one.
pub async fn key(State(app): State<App>) -> Result<Response, AppError> {
    Ok(format!("{}\n", pack::public_key(&app.settings.data_dir).map_err(AppError::Internal)?).into_response())
}
