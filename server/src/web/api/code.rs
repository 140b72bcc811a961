//! The workspace as one document: written out, compared, and carried out. Nothing is deleted unless that is
//! asked for, and carrying the same document out twice changes nothing.

mod apply;

use self::apply::{Work, answer, excuse, past, typed};
use super::caller::{ApiCaller, Json};
use super::problem::{FieldError, Problem, Result};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn::turn;
use crate::platform::recurrence::Rhythm;
use crate::web::AppError;
use crate::web::portfolio::{CLIENT, parse_tags};
use crate::web::projects::Typed;
use crate::workers::{Address, ChannelKind, assessment};
use axum::extract::{Query, State};
use readiness::attestations::{longest, question};
use readiness::time::{DAY_MS, date, parse_rfc3339};
use readiness::{Answer, Attestation, Domain, Exemption, ExemptionKind, Impact, catalogue};
use serde::{Deserialize, Serialize};
use store::{Channel, EventKind, Filed, Member, Project, ProjectId};
use utoipa::{IntoParams, ToSchema};

/// The version of the document's form.
pub const VERSION: u32 = 1;

/// A workspace as one document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// 1.
    pub version: u32,
    /// Its projects, by domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<ProjectCode>,
    /// Where events go, by name. Owners alone may change them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelCode>,
}

/// A project. What is left out is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectCode {
    /// The domain that customers type: its name in this document.
    pub domain: String,
    /// Further hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Whether mail is sent from the domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends_mail: Option<bool>,
    /// DKIM selectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dkim_selectors: Vec<String>,
    /// Mail services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub senders: Vec<String>,
    /// Links that must work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// Health paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health: Vec<String>,
    /// Whether there is no www. on purpose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_www: bool,
    /// Whether search engines should not find it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
    /// Layers of the stack as `layer: name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// Words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When it is scanned by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleCode>,
    /// Open findings that somebody answers for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excuses: Vec<ExcuseCode>,
    /// What people say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<AnswerCode>,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleCode {
    /// `daily`, `weekly`, `monthly`, or five fields of cron.
    pub rhythm: String,
    /// IANA.
    #[serde(default = "utc")]
    pub zone: String,
}

fn utc() -> String {
    "UTC".into()
}

/// An excuse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcuseCode {
    /// Check id.
    pub check: String,
    /// `risk` or `false-alarm`.
    pub kind: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// What would show that a false alarm is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub disproof: String,
    /// `YYYY-MM-DD`.
    pub until: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerCode {
    /// Check id.
    pub check: String,
    /// `yes`, `partly`, `no` or `na`.
    pub answer: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Addresses that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelCode {
    /// Its name in this document.
    pub name: String,
    /// `webhook`, `slack` …
    pub kind: String,
    /// Its address; never written out. Left out, the one that is known stays.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// What it hears of.
    pub rules: Vec<String>,
    /// Domain of the one project that it hears of; left out for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepOut {
    /// `create`, `change`, `delete`, or `keep` for what stays and is not as the document has it.
    pub deed: &'static str,
    /// `project acme.com`.
    pub what: String,
    /// In short.
    pub detail: String,
}

/// What would be done, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Plan {
    /// Whether it was carried out.
    pub done: bool,
    /// In order; empty where nothing differs.
    pub steps: Vec<StepOut>,
}

/// How to carry it out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// `yes` to see the plan alone.
    #[serde(default)]
    pub dry_run: String,
    /// `yes` to archive projects, and to remove channels, schedules, excuses and answers that the document does not name.
    #[serde(default)]
    pub prune: String,
}

/// A project as it is, with what belongs to it.
struct Known {
    project: Project,
    code: ProjectCode,
}

async fn known(app: &App, member: &Member) -> Result<Vec<Known>> {
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

async fn channels(app: &App, member: &Member, projects: &[Known]) -> Result<Vec<(Channel, ChannelCode)>> {
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

/// The workspace as one document. Addresses of channels are left out: they are secrets.
#[utoipa::path(get, path = "/api/v1/export", tag = "Code", responses((status = 200, body = Code), (status = "4XX", body = Problem)))]
pub async fn export(State(app): State<App>, caller: ApiCaller) -> Result<axum::Json<Code>> {
    let _turn = turn(&app.turns.long_work).await?;
    let projects = known(&app, &caller.0.member).await?;
    let channels = channels(&app, &caller.0.member, &projects).await?.into_iter().map(|(_, c)| c).collect();
    Ok(axum::Json(Code { version: VERSION, projects: projects.into_iter().map(|k| k.code).collect(), channels }))
}

/// Compares a document with the workspace, and carries out what differs.
#[utoipa::path(post, path = "/api/v1/apply", tag = "Code", request_body = Code, params(How), responses((status = 200, body = Plan), (status = "4XX", body = Problem)))]
pub async fn apply(
    State(app): State<App>,
    caller: ApiCaller,
    Query(how): Query<How>,
    Json(wanted): Json<Code>,
) -> Result<axum::Json<Plan>> {
    let _turn = turn(&app.turns.long_work).await?;
    let member = &caller.0.member;
    member.create().ok_or(AppError::Role)?;
    check(&wanted, &caller)?;
    let run = |dry| Work { app: &app, caller: &caller, dry, prune: how.prune == "yes", wanted: &wanted, steps: vec![] };
    // Told first even where it is to be carried out: what cannot be done stops it before anything is.
    let mut steps = run(true).all().await?;
    let done = how.dry_run != "yes";
    if done {
        steps = run(false).all().await?;
    }
    Ok(axum::Json(Plan { done, steps }))
}

fn same(a: &str, b: &str) -> bool {
    Domain::parse(b).is_ok_and(|d| d.as_str() == a)
}

/// Everything that can be wrong is said before anything is done.
fn check(c: &Code, caller: &ApiCaller) -> Result<()> {
    let mut errors = vec![];
    let mut wrong = |pointer: String, detail: String| errors.push(FieldError { pointer, detail });
    if c.version != VERSION {
        wrong("/version".into(), format!("This server reads version {VERSION}."));
    }
    for (i, p) in c.projects.iter().enumerate() {
        let at = |rest: &str| format!("/projects/{i}/{rest}");
        if let Err(list) = typed(p).parse(&caller.0.account, &caller.0.by.from, None) {
            list.into_iter().for_each(|(field, detail)| wrong(at(field), detail));
        }
        if c.projects.iter().take(i).any(|o| Domain::parse(&p.domain).is_ok_and(|d| same(d.as_str(), &o.domain))) {
            wrong(at("domain"), "The domain stands in the document twice.".into());
        }
        if p.client.chars().count() > CLIENT {
            wrong(at("client"), format!("{CLIENT} characters at most."));
        }
        if let Some(s) = &p.schedule {
            let rhythm = Rhythm::parse(&s.rhythm);
            if let Err(e) = &rhythm {
                wrong(at("schedule/rhythm"), e.clone());
            }
            if rhythm.is_ok_and(|r| r.next(now(), &s.zone, "x").is_none()) {
                wrong(at("schedule/zone"), format!("“{}” is no time zone. They look like Europe/Berlin.", s.zone));
            }
        }
        for (n, e) in p.excuses.iter().enumerate().filter(|(_, e)| !past(&e.until)) {
            if let Err(detail) = excuse(e, &caller.0.account.email) {
                wrong(at(&format!("excuses/{n}")), detail);
            }
        }
        for (n, a) in p.answers.iter().enumerate() {
            if let Err(detail) = answer(a, &caller.0.account.email) {
                wrong(at(&format!("answers/{n}")), detail);
            }
        }
    }
    for (i, ch) in c.channels.iter().enumerate() {
        let at = |rest: &str| format!("/channels/{i}/{rest}");
        if ch.name.trim().is_empty() || ch.name.chars().count() > 60 {
            wrong(at("name"), "A name has 1 to 60 characters.".into());
        }
        if ChannelKind::from_word(&ch.kind).is_none() {
            wrong(at("kind"), format!("“{}” is no kind of channel.", ch.kind));
        }
        if ch.rules.is_empty() || ch.rules.iter().any(|r| EventKind::from_word(r).is_none()) {
            wrong(at("rules"), format!("Rules are {}.", EventKind::ALL.map(EventKind::word).join(", ")));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}
