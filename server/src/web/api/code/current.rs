//! The workspace as it is, in the form of its document.

use super::document::{AnswerCode, ChannelCode, ExcuseCode, ProfileCode, ProjectCode, ScheduleCode};
use crate::app::App;
use crate::platform::clock::now;
use crate::web::api::problem::Result;
use crate::web::error::AppError;
use crate::web::projects::Typed;
use readiness::time::date;
use readiness::{Attestation, Exemption};
use store::{Channel, Member, Project, ProjectId};

/// A project as it is, with what belongs to it.
pub(super) struct Known {
    /// The project.
    pub project: Project,
    /// As the document has it.
    pub code: ProjectCode,
}

/// The projects that a member sees.
pub(super) async fn known(app: &App, member: &Member) -> Result<Vec<Known>> {
    let read = member.read().ok_or(AppError::Role)?;
    let schedules = app.store.schedules(&read).await?;
    let mut out = vec![];
    for row in app.store.projects(&read, false).await? {
        let p = row.project;
        let typed = Typed::of(&p);
        let lines =
            |text: &str, at: &[char]| text.split(at).map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let filed = app.store.filed(&read, &p.id).await?;
        let claims = app.store.claims(&read, &p.id).await?;
        let live = |until: i64| until > now();
        out.push(Known {
            code: ProjectCode {
                domain: p.draft.domain.to_string(),
                hosts: p.draft.hosts.iter().map(ToString::to_string).collect(),
                sends_mail: p.draft.sends_mail,
                dkim_selectors: lines(&typed.dkim_selectors, &[',']),
                senders: p.draft.settings.senders.clone(),
                links: p.draft.settings.links.clone(),
                health: p.draft.settings.health.clone(),
                no_www: p.draft.settings.no_www,
                internal: p.draft.settings.internal,
                stack: lines(&typed.stack, &['\n']),
                profile: ProfileCode::of(&p.draft.settings.profile),
                client: filed.client,
                tags: filed.tags,
                schedule: schedules
                    .iter()
                    .find(|s| s.project == p.id)
                    .map(|s| ScheduleCode { rhythm: s.rhythm.clone(), zone: s.zone.clone() }),
                excuses: claims.excuses.iter().filter(|e| live(e.expires)).map(ExcuseCode::of).collect(),
                answers: claims.attestations.iter().filter(|a| live(a.expires)).map(AnswerCode::of).collect(),
            },
            project: p,
        });
    }
    Ok(out)
}

impl ExcuseCode {
    fn of(e: &Exemption) -> Self {
        Self {
            check: e.check.clone(),
            kind: e.kind.word().into(),
            reason: e.reason.clone(),
            owner: e.owner.clone(),
            disproof: e.disproof.clone(),
            until: date(e.expires),
        }
    }
}

impl AnswerCode {
    fn of(a: &Attestation) -> Self {
        Self { check: a.check.clone(), answer: a.answer.word().into(), note: a.note.clone(), shown: a.shown.clone() }
    }
}

/// The channels that a member manages.
pub(super) async fn channels(app: &App, member: &Member, projects: &[Known]) -> Result<Vec<(Channel, ChannelCode)>> {
    // Who may not manage the workspace sees none, and changes none.
    let Some(manage) = member.manage() else { return Ok(vec![]) };
    let domain = |id: &ProjectId| projects.iter().find(|k| k.project.id == *id).map_or_else(String::new, |k| k.code.domain.clone());
    Ok(app
        .store
        .channels(&manage)
        .await?
        .into_iter()
        .map(|c| {
            let code = ChannelCode {
                name: c.name.clone(),
                kind: c.kind.clone(),
                url: String::new(),
                rules: c.rules.iter().map(|r| r.word().to_owned()).collect(),
                project: c.project.as_ref().map_or_else(String::new, domain),
            };
            (c, code)
        })
        .collect())
}
