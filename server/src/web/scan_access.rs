//! Where a scan stands: a preview that anybody with its address may read, or a scan of one of the
//! caller's projects. Every query takes the workspace found here.

use super::AppError;
use super::session::Visitor;
use crate::platform::clock::now;
use crate::platform::secret;
use serde::Deserialize;
use store::{CanComment, CanRead, CanScan, CanWork, Member, Project, ProjectId, Scan, ScanId, Store};

/// The ids in the address.
#[derive(Clone, Debug, Deserialize)]
pub struct Ids {
    #[serde(default)]
    project: Option<String>,
    #[serde(default)]
    scan: String,
    /// Of a shared link's address.
    #[serde(default)]
    pub secret: Option<String>,
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
    /// Proof that they may scan, work and comment, if they may.
    scan_proof: Option<CanScan>,
    work: Option<CanWork>,
    comment: Option<CanComment>,
    /// The scan.
    pub scan: Scan,
    /// Its project.
    pub project: Option<Project>,
    /// Its address.
    pub base: String,
    /// Whether a shared link led here.
    pub shared: bool,
}

impl Place {
    /// Finds the scan; somebody else's looks like none.
    pub async fn find(store: &Store, who: &Visitor, ids: &Ids) -> Result<Self, AppError> {
        if let Some(secret) = &ids.secret {
            return Self::shared(store, who, secret).await;
        }
        let id = ScanId::parse(&ids.scan).ok_or(AppError::NotFound)?;
        let Some(project) = &ids.project else {
            let read = CanRead::preview();
            let scan = store.scan(&read, &id).await?.ok_or(AppError::NotFound)?;
            return Ok(Self {
                read,
                scan_proof: Some(CanScan::preview()),
                work: None,
                comment: None,
                base: format!("/scans/{id}"),
                scan,
                project: None,
                shared: false,
            });
        };
        let project_id = ProjectId::parse(project).ok_or(AppError::NotFound)?;
        let Some(account) = &who.account else { return Err(AppError::SignIn(format!("/projects/{project_id}/scans/{id}"))) };
        let member = store.member_for(&account.id, &project_id).await?.ok_or(AppError::NotFound)?;
        Self::of(store, &member, &project_id, &id).await
    }

    /// A scan of a project in a member's workspace.
    pub async fn of(store: &Store, member: &Member, project_id: &ProjectId, id: &ScanId) -> Result<Self, AppError> {
        let read = member.read().ok_or(AppError::Role)?;
        let project = store.project(&read, project_id).await?.ok_or(AppError::NotFound)?;
        let scan = store.scan(&read, id).await?.filter(|s| s.project.as_ref() == Some(project_id)).ok_or(AppError::NotFound)?;
        Ok(Self {
            read,
            scan_proof: member.scan(project_id),
            work: member.work(project_id),
            comment: member.comment(project_id),
            base: format!("/projects/{project_id}/scans/{id}"),
            scan,
            project: Some(project),
            shared: false,
        })
    }

    /// What a shared link shows: one scan, or whatever is newest.
    async fn shared(store: &Store, who: &Visitor, secret: &str) -> Result<Self, AppError> {
        let (share, read) = store.share(&secret::hash(secret), now()).await?.ok_or(AppError::NotFound)?;
        if !share.password_hash.is_empty() && !who.opened.contains(&share.id) {
            return Err(AppError::Locked(secret.to_owned()));
        }
        let project = store.project(&read, &share.project).await?.ok_or(AppError::NotFound)?;
        let id = match share.scan {
            Some(id) => id,
            None => store.newest(&read, &project.id).await?.ok_or(AppError::NotFound)?.id,
        };
        let scan = store.scan(&read, &id).await?.filter(|s| s.project.as_ref() == Some(&project.id)).ok_or(AppError::NotFound)?;
        let base = format!("/shared/{secret}");
        Ok(Self { read, scan_proof: None, work: None, comment: None, base, scan, project: Some(project), shared: true })
    }

    /// Proof that they may scan it.
    pub fn scan_proof(&self) -> Result<&CanScan, AppError> {
        self.scan_proof.as_ref().ok_or(AppError::Role)
    }
    /// Proof that they may work on it.
    pub fn work(&self) -> Result<&CanWork, AppError> {
        self.work.as_ref().ok_or(AppError::Role)
    }
    /// Proof that they may comment on it.
    pub fn comment(&self) -> Option<&CanComment> {
        self.comment.as_ref()
    }
    /// Whether they may scan.
    pub const fn may_scan(&self) -> bool {
        self.scan_proof.is_some()
    }
    /// Whether they may.
    pub const fn may_work(&self) -> bool {
        self.work.is_some()
    }
    /// The address of the project.
    pub fn project_href(&self) -> Option<String> {
        self.project.as_ref().filter(|_| !self.shared).map(|p| format!("/projects/{}", p.id))
    }
    /// The domain for a person.
    pub fn domain(&self) -> String {
        self.scan.target.domain.unicode()
    }
}
