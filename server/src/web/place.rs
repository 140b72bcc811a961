//! Where a scan stands: a preview that anybody with its address may read, or a scan of one of the
//! caller's projects. Every query takes the workspace found here.

use super::AppError;
use super::session::Visitor;
use crate::app::App;
use serde::Deserialize;
use store::{CanRead, CanWork, Project, ProjectId, Scan, ScanId};

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
    /// Proof of that.
    pub read: CanRead,
    /// Proof that they may work on it, if they may.
    work: Option<CanWork>,
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
            let read = CanRead::preview();
            let scan = app.store.scan(&read, &id).await?.ok_or(AppError::NotFound)?;
            return Ok(Self { read, work: Some(CanWork::preview()), base: format!("/scans/{id}"), scan, project: None });
        };
        let project_id = ProjectId::parse(project).ok_or(AppError::NotFound)?;
        let Some(account) = &who.0 else { return Err(AppError::SignIn(format!("/projects/{project_id}/scans/{id}"))) };
        let member = app.store.member_for(&account.id, &project_id).await?.ok_or(AppError::NotFound)?;
        let read = member.read().ok_or(AppError::NotFound)?;
        let project = app.store.project(&read, &project_id).await?.ok_or(AppError::NotFound)?;
        let scan = app.store.scan(&read, &id).await?.filter(|s| s.project.as_ref() == Some(&project_id)).ok_or(AppError::NotFound)?;
        Ok(Self { read, work: member.work(&project_id), base: format!("/projects/{project_id}/scans/{id}"), scan, project: Some(project) })
    }

    /// Proof that they may work on it.
    pub fn work(&self) -> Result<&CanWork, AppError> {
        self.work.as_ref().ok_or(AppError::Role)
    }
    /// Whether they may.
    pub const fn may_work(&self) -> bool {
        self.work.is_some()
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
