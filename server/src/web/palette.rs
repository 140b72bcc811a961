//! What the palette finds: the reader's projects, the pages, the checks.

use super::AppError;
use super::session::Visitor;
use crate::app::App;
use axum::Json;
use axum::extract::State;
use readiness::catalogue;

const PAGES: [(&str, &str); 8] = [
    ("Tools", "/tools"),
    ("App risk", "/tools/risk"),
    ("Cost", "/tools/cost"),
    ("Sprint picker", "/tools/sprint"),
    ("SPF inspector", "/tools/spf"),
    ("How it works", "/how"),
    ("All checks", "/checks"),
    ("API", "/api/docs"),
];
const OWN: [(&str, &str); 10] = [
    ("Projects", "/projects"),
    ("New project", "/projects/new"),
    ("Import projects", "/projects/import"),
    ("Archive", "/projects?archived=yes"),
    ("Minimum bar of all projects", "/projects?show=heat"),
    ("What runs out", "/calendar"),
    ("Assigned to me", "/assigned"),
    ("Workspace", "/workspace"),
    ("Reports by mail", "/workspace/reports"),
    ("Account", "/account"),
];

/// Text and address of each, the likeliest first.
pub async fn list(State(app): State<App>, who: Visitor) -> Result<Json<Vec<(String, String)>>, AppError> {
    let mut out: Vec<(String, String)> = vec![];
    let mut evidence: Vec<(String, String)> = vec![];
    let own = |(t, h): &(&str, &str)| ((*t).to_owned(), (*h).to_owned());
    if let Some(account) = &who.account {
        for place in app.store.memberships(&account.id).await? {
            let Some(read) = place.read() else { continue };
            for l in app.store.portfolio(&read, false).await? {
                let client = if l.filed.client.is_empty() { String::new() } else { format!(" · {}", l.filed.client) };
                out.push((format!("{}{client}", l.domain), format!("/projects/{}", l.id)));
                evidence.push((format!("Evidence of {}{client}", l.domain), format!("/projects/{}/evidence", l.id)));
            }
        }
        out.extend(OWN.iter().map(own));
    }
    out.extend(evidence);
    out.extend(PAGES.iter().map(own));
    out.extend(catalogue::entries().iter().map(|e| (format!("{} {}", e.id, e.title), format!("/checks/{}", e.id))));
    Ok(Json(out))
}
