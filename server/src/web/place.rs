//! Where a scan stands: a preview that anybody with its address may read, or a scan of one of the
//! caller's projects. Every query takes the workspace found here.

use super::AppError;
use super::session::Visitor;
use crate::app::App;
use serde::Deserialize;
use store::{PREVIEW, Project, ProjectId, Scan, ScanId, WorkspaceId};

/// The ids in the address.
#[derive(Clone, Debug, Deserialize)]
pub struct Ids {
    #[serde(default)]
    project: Option<String>,
    scan: String,
    /// Of a finding's address.
    #[serde(default)]
    pub check: Option<String>,
    /// Of a report's address.
    #[serde(default)]
    pub format: Option<String>,
}

/// A scan that the caller may see.
#[derive(Clone, Debug)]
pub struct Place {
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The scan.
    pub scan: Scan,
    /// Its project.
    pub project: Option<Project>,
    /// Its address.
    pub base: String,
}

impl Place {
    /// Finds the scan; somebody else's looks like none.
    pub async fn find(app: &App, who: &Visitor, ids: &Ids) -> Result<Self, AppError> {
        let id = ScanId::parse(&ids.scan).ok_or(AppError::NotFound)?;
        let Some(project) = &ids.project else {
            let scan = app.store.scan(&PREVIEW, &id).await?.ok_or(AppError::NotFound)?;
            return Ok(Self { workspace: PREVIEW.clone(), base: format!("/scans/{id}"), scan, project: None });
        };
        let project_id = ProjectId::parse(project).ok_or(AppError::NotFound)?;
        let Some(account) = &who.0 else { return Err(AppError::SignIn(format!("/projects/{project_id}/scans/{id}"))) };
        let project = app.store.project(&account.workspace, &project_id).await?.ok_or(AppError::NotFound)?;
        let scan =
            app.store.scan(&account.workspace, &id).await?.filter(|s| s.project.as_ref() == Some(&project_id)).ok_or(AppError::NotFound)?;
        Ok(Self { workspace: account.workspace.clone(), base: format!("/projects/{project_id}/scans/{id}"), scan, project: Some(project) })
    }

    /// The address of the project.
    pub fn project_href(&self) -> Option<String> {
        self.project.as_ref().map(|p| format!("/projects/{}", p.id))
    }
    /// The domain for a person.
    pub fn domain(&self) -> String {
        self.scan.target.domain.unicode()
    }
}
