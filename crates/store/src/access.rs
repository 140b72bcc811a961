//! Who may do what, decided in one place. Whoever may do something gets a proof of it, and the
//! functions of the store demand that proof: a forgotten check does not compile.

use crate::account::Account;
use crate::columns::Text;
use crate::error::Result;
use crate::ids::{AccountId, PREVIEW, ProjectId, WorkspaceId};
use sqlx::Row;
use sqlx::any::AnyRow;

/// What a member may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Members, the workspace itself, and everything else.
    Owner,
    /// Everything on projects.
    Consultant,
    /// Reads.
    Viewer,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Consultant, Self::Viewer];
    /// As it is stored and sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Consultant => "consultant",
            Self::Viewer => "viewer",
        }
    }
    /// The role of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }
}

impl From<Text> for Role {
    /// A role that nobody knows may only read.
    fn from(text: Text) -> Self {
        Self::from_word(&text.0).unwrap_or(Self::Viewer)
    }
}

/// What a token may be used for. A session may be used for everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// See projects, scans, findings, members.
    Read,
    /// Start and cancel scans, check findings again.
    Scan,
    /// Make, change, archive and share projects; assign findings.
    Project,
    /// Write comments.
    Comment,
    /// Members, invitations, the log.
    Member,
    /// Bring pieces of evidence.
    Evidence,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] = [Self::Read, Self::Scan, Self::Evidence, Self::Project, Self::Comment, Self::Member];
    /// As it is stored and sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Scan => "scan:write",
            Self::Project => "project:write",
            Self::Comment => "comment:write",
            Self::Member => "member:write",
            Self::Evidence => "evidence:write",
        }
    }
    /// The scope of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
    /// Which scope a deed needs.
    const fn of(action: Action) -> Self {
        match action {
            Action::Read => Self::Read,
            Action::Scan => Self::Scan,
            Action::Comment => Self::Comment,
            Action::Work | Action::Create => Self::Project,
            Action::Manage => Self::Member,
            Action::Push => Self::Evidence,
        }
    }
}

impl From<Text> for Vec<Scope> {
    fn from(text: Text) -> Self {
        text.0.split(' ').filter_map(Scope::from_word).collect()
    }
}

/// A kind of deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See it.
    Read,
    /// Say something about it.
    Comment,
    /// Scan it, check a finding again.
    Scan,
    /// Bring a piece of evidence about it.
    Push,
    /// Change it, archive it, share it, assign its findings.
    Work,
    /// Make a new project.
    Create,
    /// Members, invitations, the name of the workspace, its log.
    Manage,
}

/// What a deed is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A scan that nobody has an account for.
    Preview,
    /// The workspace as a whole.
    Workspace,
    /// One project of it.
    Project(&'a ProjectId),
}

/// An account's place in a workspace, as the database has it at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    account: AccountId,
    workspace: WorkspaceId,
    name: String,
    colour: i64,
    zone: String,
    keep_days: i64,
    role: Role,
    only: Option<Vec<ProjectId>>,
    /// Of the token that is used, if one is.
    scopes: Option<Vec<Scope>>,
}

/// The columns of a member in `members m` and `workspaces w`.
pub(crate) const MEMBER: &str = "m.account_id, m.workspace_id, m.role, m.projects, w.name, w.colour, w.zone, w.keep_days";

/// Reads a member. No `FromRow`: that would let other crates make one, and proofs with it.
pub(crate) fn member(row: &AnyRow) -> Result<Member> {
    Ok(Member {
        account: row.try_get("account_id")?,
        workspace: row.try_get("workspace_id")?,
        name: row.try_get("name")?,
        colour: row.try_get("colour")?,
        zone: row.try_get("zone")?,
        keep_days: row.try_get("keep_days")?,
        role: row.try_get::<Text, _>("role")?.into(),
        only: only(row.try_get("projects")?)?,
        scopes: None,
    })
}

/// The projects that somebody is limited to, as they are stored: nothing, or a list as JSON.
pub(crate) fn only(text: &str) -> serde_json::Result<Option<Vec<ProjectId>>> {
    Ok(if text.is_empty() { None } else { Some(serde_json::from_str(text)?) })
}

impl TryFrom<Text> for Option<Vec<ProjectId>> {
    type Error = serde_json::Error;
    fn try_from(text: Text) -> serde_json::Result<Self> {
        only(&text.0)
    }
}

/// Whether a member (or, with `None`, somebody who is none) may do this. Pure; every decision of the
/// product is made here.
#[must_use]
pub fn can(member: Option<&Member>, action: Action, resource: Resource) -> bool {
    let Some(m) = member else {
        // Whoever knows a preview's address may see it and check a finding again.
        return resource == Resource::Preview && matches!(action, Action::Read | Action::Scan);
    };
    if m.scopes.as_ref().is_some_and(|list| !list.contains(&Scope::of(action))) {
        return false;
    }
    let sees = |id: &ProjectId| m.only.as_ref().is_none_or(|list| list.contains(id));
    match (action, resource) {
        (Action::Read | Action::Scan, Resource::Preview) | (Action::Read, Resource::Workspace) => true,
        (Action::Read | Action::Comment, Resource::Project(id)) => sees(id),
        (Action::Scan | Action::Push | Action::Work, Resource::Project(id)) => m.role != Role::Viewer && sees(id),
        // Who is limited to some projects makes no others.
        (Action::Create, Resource::Workspace) => m.role != Role::Viewer && m.only.is_none(),
        // A token for one project manages nobody.
        (Action::Manage, Resource::Workspace) => m.role == Role::Owner && m.only.is_none(),
        _ => false,
    }
}

/// May see what is in this workspace, or the part of it that the member is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanRead {
    workspace: WorkspaceId,
    only: Option<Vec<ProjectId>>,
}

/// May scan one project, or check a finding of a preview again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanScan {
    workspace: WorkspaceId,
    project: Option<ProjectId>,
}

/// May bring evidence about one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanPush {
    workspace: WorkspaceId,
    project: ProjectId,
}

/// May work on one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanWork {
    workspace: WorkspaceId,
    project: ProjectId,
}

/// May say something about the findings of one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanComment {
    workspace: WorkspaceId,
    project: ProjectId,
}

/// May make projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanCreate(WorkspaceId);

/// May change who belongs to the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanManage(WorkspaceId);

/// May run the instance: its administrator in the browser, or whoever has its files.
#[derive(Clone, Debug)]
pub struct CanOperate(());

impl CanOperate {
    /// Of an account.
    #[must_use]
    pub fn of(account: &Account) -> Option<Self> {
        account.admin.then_some(Self(()))
    }
    /// Whoever can start the binary on the instance's own settings has its files anyway.
    #[must_use]
    pub const fn console() -> Self {
        Self(())
    }
}

impl CanRead {
    /// Previews, which anybody may see who knows the address.
    #[must_use]
    pub fn preview() -> Self {
        Self { workspace: PREVIEW.clone(), only: None }
    }
    pub(crate) fn workspace(&self) -> &str {
        self.workspace.as_str()
    }
    /// One project, for whoever has the secret of a shared link to it.
    pub(crate) fn shared(workspace: WorkspaceId, project: ProjectId) -> Self {
        Self { workspace, only: Some(vec![project]) }
    }
    pub(crate) const fn sees_all(&self) -> bool {
        self.only.is_none()
    }
    pub(crate) fn sees(&self, project: &ProjectId) -> bool {
        self.only.as_ref().is_none_or(|list| list.contains(project))
    }
}

impl CanScan {
    /// Previews.
    #[must_use]
    pub fn preview() -> Self {
        Self { workspace: PREVIEW.clone(), project: None }
    }
    pub(crate) fn workspace(&self) -> &str {
        self.workspace.as_str()
    }
    /// The project's id; empty for previews, as the rows of scans have it.
    pub(crate) fn project(&self) -> &str {
        self.project.as_ref().map_or("", ProjectId::as_str)
    }
}

impl CanPush {
    pub(crate) fn workspace(&self) -> &str {
        self.workspace.as_str()
    }
    pub(crate) fn project(&self) -> &str {
        self.project.as_str()
    }
}

impl CanWork {
    pub(crate) fn workspace(&self) -> &str {
        self.workspace.as_str()
    }
    pub(crate) fn project(&self) -> &str {
        self.project.as_str()
    }
}

impl CanComment {
    pub(crate) fn workspace(&self) -> &str {
        self.workspace.as_str()
    }
    pub(crate) fn project(&self) -> &str {
        self.project.as_str()
    }
}

impl CanCreate {
    pub(crate) fn workspace(&self) -> &str {
        self.0.as_str()
    }
}

impl CanManage {
    pub(crate) fn workspace(&self) -> &str {
        self.0.as_str()
    }
}

impl Member {
    /// Whose place it is.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.account
    }
    /// Where.
    #[must_use]
    pub const fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }
    /// The name of the workspace.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Which of the colours of the style sheet it has in lists.
    #[must_use]
    pub const fn colour(&self) -> i64 {
        self.colour
    }
    /// After how many days the evidence of older scans is forgotten.
    #[must_use]
    pub const fn keep_days(&self) -> i64 {
        self.keep_days
    }
    /// In which zone its days begin (IANA).
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.zone
    }
    /// As what.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }
    /// The projects that the place is limited to.
    #[must_use]
    pub fn only(&self) -> Option<&[ProjectId]> {
        self.only.as_deref()
    }
    /// Whether this is allowed.
    #[must_use]
    pub fn can(&self, action: Action, resource: Resource) -> bool {
        can(Some(self), action, resource)
    }
    /// Proof that the workspace may be read.
    #[must_use]
    pub fn read(&self) -> Option<CanRead> {
        self.can(Action::Read, Resource::Workspace).then(|| CanRead { workspace: self.workspace.clone(), only: self.only.clone() })
    }
    /// Proof that a project may be scanned.
    #[must_use]
    pub fn scan(&self, project: &ProjectId) -> Option<CanScan> {
        self.can(Action::Scan, Resource::Project(project))
            .then(|| CanScan { workspace: self.workspace.clone(), project: Some(project.clone()) })
    }
    /// Proof that evidence about a project may be brought.
    #[must_use]
    pub fn push(&self, project: &ProjectId) -> Option<CanPush> {
        self.can(Action::Push, Resource::Project(project)).then(|| CanPush { workspace: self.workspace.clone(), project: project.clone() })
    }
    /// Proof that a project may be worked on.
    #[must_use]
    pub fn work(&self, project: &ProjectId) -> Option<CanWork> {
        self.can(Action::Work, Resource::Project(project)).then(|| CanWork { workspace: self.workspace.clone(), project: project.clone() })
    }
    /// Proof that something may be said about a project's findings.
    #[must_use]
    pub fn comment(&self, project: &ProjectId) -> Option<CanComment> {
        self.can(Action::Comment, Resource::Project(project))
            .then(|| CanComment { workspace: self.workspace.clone(), project: project.clone() })
    }
    /// The same place as a token sees it: what the token allows, and no more than the member may.
    #[must_use]
    pub(crate) fn narrowed(mut self, scopes: Vec<Scope>, project: Option<ProjectId>) -> Self {
        if let Some(project) = project {
            let seen = self.only.as_ref().is_none_or(|list| list.contains(&project));
            self.only = Some(if seen { vec![project] } else { vec![] });
        }
        self.scopes = Some(scopes);
        self
    }
    /// Proof that projects may be made.
    #[must_use]
    pub fn create(&self) -> Option<CanCreate> {
        self.can(Action::Create, Resource::Workspace).then(|| CanCreate(self.workspace.clone()))
    }
    /// Proof that members may be changed.
    #[must_use]
    pub fn manage(&self) -> Option<CanManage> {
        self.can(Action::Manage, Resource::Workspace).then(|| CanManage(self.workspace.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let (mine, other) = (ProjectId::new(), ProjectId::new());
        let member = |role, only| Member {
            account: AccountId::new(),
            workspace: WorkspaceId::new(),
            name: String::new(),
            colour: 0,
            zone: String::new(),
            keep_days: 90,
            role,
            only,
            scopes: None,
        };
        let owner = member(Role::Owner, None);
        let consultant = member(Role::Consultant, None);
        let limited = member(Role::Consultant, Some(vec![mine.clone()]));
        let viewer = member(Role::Viewer, None);
        let client = member(Role::Viewer, Some(vec![mine.clone()]));
        let blind = member(Role::Viewer, Some(vec![]));
        // In order: owner, consultant, limited consultant, viewer, limited viewer, viewer of nothing, nobody.
        for (action, resource, want) in [
            (Action::Read, Resource::Preview, [1, 1, 1, 1, 1, 1, 1]),
            (Action::Scan, Resource::Preview, [1, 1, 1, 1, 1, 1, 1]),
            (Action::Work, Resource::Preview, [0; 7]),
            (Action::Comment, Resource::Preview, [0; 7]),
            (Action::Create, Resource::Preview, [0; 7]),
            (Action::Manage, Resource::Preview, [0; 7]),
            (Action::Read, Resource::Workspace, [1, 1, 1, 1, 1, 1, 0]),
            (Action::Work, Resource::Workspace, [0; 7]),
            (Action::Create, Resource::Workspace, [1, 1, 0, 0, 0, 0, 0]),
            (Action::Manage, Resource::Workspace, [1, 0, 0, 0, 0, 0, 0]),
            (Action::Read, Resource::Project(&mine), [1, 1, 1, 1, 1, 0, 0]),
            (Action::Read, Resource::Project(&other), [1, 1, 0, 1, 0, 0, 0]),
            (Action::Comment, Resource::Project(&mine), [1, 1, 1, 1, 1, 0, 0]),
            (Action::Comment, Resource::Project(&other), [1, 1, 0, 1, 0, 0, 0]),
            (Action::Scan, Resource::Project(&mine), [1, 1, 1, 0, 0, 0, 0]),
            (Action::Scan, Resource::Project(&other), [1, 1, 0, 0, 0, 0, 0]),
            (Action::Push, Resource::Preview, [0; 7]),
            (Action::Push, Resource::Project(&mine), [1, 1, 1, 0, 0, 0, 0]),
            (Action::Push, Resource::Project(&other), [1, 1, 0, 0, 0, 0, 0]),
            (Action::Work, Resource::Project(&mine), [1, 1, 1, 0, 0, 0, 0]),
            (Action::Work, Resource::Project(&other), [1, 1, 0, 0, 0, 0, 0]),
            (Action::Create, Resource::Project(&mine), [0; 7]),
            (Action::Manage, Resource::Project(&mine), [0; 7]),
        ] {
            let actors = [Some(&owner), Some(&consultant), Some(&limited), Some(&viewer), Some(&client), Some(&blind), None];
            assert_eq!(actors.map(|a| i32::from(can(a, action, resource))), want, "{action:?} {resource:?}");
        }
        // A token takes away, and never gives.
        let reader = owner.clone().narrowed(vec![Scope::Read], None);
        assert!(reader.read().is_some() && reader.scan(&mine).is_none() && reader.work(&mine).is_none() && reader.manage().is_none());
        let scanner = owner.clone().narrowed(vec![Scope::Scan], Some(mine.clone()));
        assert!(scanner.scan(&mine).is_some() && scanner.scan(&other).is_none() && scanner.read().is_none());
        let pusher = owner.clone().narrowed(vec![Scope::Evidence], Some(mine.clone()));
        assert!(pusher.push(&mine).is_some() && pusher.push(&other).is_none() && pusher.scan(&mine).is_none() && pusher.read().is_none());
        let all = client.clone().narrowed(Scope::ALL.to_vec(), None);
        assert!(all.comment(&mine).is_some() && all.work(&mine).is_none() && all.manage().is_none() && all.create().is_none());
        assert!(limited.clone().narrowed(Scope::ALL.to_vec(), Some(other.clone())).work(&other).is_none());
        assert!(limited.work(&mine).is_some() && limited.work(&other).is_none() && client.work(&mine).is_none());
    }
}
