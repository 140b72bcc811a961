//! The log of the workspace as a file.

use crate::app::App;
use crate::platform::clock::now;
use crate::web::AppError;
use crate::web::session::Caller;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use readiness::time;
use store::AuditRow;

/// Lines of the log in the file.
const ALL_LINES: i64 = 100_000;

fn csv(log: &[AuditRow]) -> String {
    let mut out = "when,who,from,what,subject,detail\r\n".to_owned();
    for l in log {
        let row = [&time::rfc3339(l.at), &l.actor, &l.origin, &l.deed, &l.subject, &l.detail].map(|t| readiness::report::escape::csv(t));
        out.push_str(&row.join(","));
        out.push_str("\r\n");
    }
    out
}

/// The whole log as a file.
pub async fn log(State(app): State<App>, caller: Caller) -> Result<Response, AppError> {
    let log = app.store.audit(&caller.manage()?, "", ALL_LINES).await?;
    let name = format!("attachment; filename=\"log-{}.csv\"", time::date(now()));
    let head = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((head, csv(&log)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_for_spreadsheets_runs_nothing() {
        let l = AuditRow {
            at: 0,
            actor: "a\"b".into(),
            origin: "::1".into(),
            deed: "renamed".into(),
            subject: "=1+1".into(),
            detail: "a,b".into(),
        };
        assert!(csv(&[l]).ends_with("\"a\"\"b\",\"::1\",\"renamed\",\"'=1+1\",\"a,b\"\r\n"));
    }
}
