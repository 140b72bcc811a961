//! Carries out a workspace's document, step by step, or only tells the steps.

use super::current::{Known, channels, known};
use super::document::{AnswerCode, ChannelCode, Code, ExcuseCode, ProjectCode, StepOut, same};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::recurrence::Rhythm;
use crate::web::api::caller::ApiCaller;
use crate::web::api::problem::{Problem, Result};
use crate::web::error::AppError;
use crate::web::portfolio::parse_tags;
use crate::web::projects::Typed;
use crate::workers::{Address, assessment, channel_kind};
use readiness::attestations::{longest, question};
use readiness::time::{DAY_MS, parse_rfc3339};
use readiness::{Answer, Attestation, Domain, Exemption, ExemptionKind, Impact, catalogue};
use store::{Channel, EventKind, Filed, Project, ProjectId};

pub(super) fn typed(p: &ProjectCode) -> Typed {
    let yes = |b: bool| if b { "yes".to_owned() } else { String::new() };
    let profile = p.profile.clone().unwrap_or_default();
    Typed {
        domain: p.domain.clone(),
        hosts: p.hosts.join("\n"),
        sends_mail: p.sends_mail.map_or("", |b| if b { "yes" } else { "no" }).into(),
        dkim_selectors: p.dkim_selectors.join(", "),
        entitled: String::new(),
        senders: p.senders.join("\n"),
        links: p.links.join("\n"),
        health: p.health.join("\n"),
        no_www: yes(p.no_www),
        internal: yes(p.internal),
        stack: p.stack.join("\n"),
        ..Typed::default()
    }
    .with_profile(profile.kind.as_deref().unwrap_or(""), &profile.has)
}

/// Whether an excuse's last day is over: a document in a repository outlives the excuses in it.
pub(super) fn past(until: &str) -> bool {
    parse_rfc3339(until).is_some_and(|t| t < now())
}

pub(super) fn excuse(e: &ExcuseCode, by: &str) -> std::result::Result<Exemption, String> {
    let entry = catalogue::entry(&e.check).ok_or_else(|| format!("There is no check {}.", e.check))?;
    let kind = ExemptionKind::from_word(&e.kind).ok_or("A kind is risk or false-alarm.")?;
    let expires = parse_rfc3339(&e.until).filter(|_| e.until.len() == 10).ok_or("A date is YYYY-MM-DD.")?;
    if e.reason.trim().is_empty() || e.owner.trim().is_empty() || kind == ExemptionKind::FalseAlarm && e.disproof.trim().is_empty() {
        return Err("Reason and owner are needed, and for a false alarm what would disprove it.".into());
    }
    let most = longest(kind, entry.id, Impact::High).ok_or("Data or a key that anybody can read is no risk to take.")?;
    if !(now()..=now() + most * DAY_MS).contains(&expires) {
        return Err(format!("It ends within {most} days from now; for a critical finding it holds 14."));
    }
    Ok(Exemption {
        check: entry.id.into(),
        kind,
        reason: e.reason.trim().into(),
        owner: e.owner.trim().into(),
        disproof: e.disproof.trim().into(),
        by: by.into(),
        at: now(),
        expires,
    })
}

pub(super) fn answer(a: &AnswerCode, by: &str) -> std::result::Result<Attestation, String> {
    let q = question(&a.check).ok_or_else(|| format!("{} is not answered by people.", a.check))?;
    let answer = Answer::from_word(&a.answer)
        .filter(|x| *x != Answer::Partly || q.partly.is_some())
        .ok_or("An answer is yes, partly (where it is offered), no or na.")?;
    if answer == Answer::NotApplicable && a.note.trim().is_empty() {
        return Err("Say in the note why it does not apply.".into());
    }
    let long = a.note.chars().count() > 2000 || a.shown.len() > 10 || a.shown.iter().any(|s| s.chars().count() > 500);
    if long || std::iter::once(&a.note).chain(&a.shown).any(|t| scanner::looks_secret(t).is_some()) {
        return Err("It is too long, or looks like a secret.".into());
    }
    Ok(Attestation {
        check: q.id.into(),
        answer,
        note: a.note.clone(),
        shown: a.shown.clone(),
        by: by.into(),
        at: now(),
        expires: now() + q.days * DAY_MS,
    })
}

/// A plan while it is made, and carried out unless it is dry.
pub(super) struct Work<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a ApiCaller,
    pub(super) dry: bool,
    pub(super) prune: bool,
    pub(super) wanted: &'a Code,
    pub(super) steps: Vec<StepOut>,
}

impl Work<'_> {
    /// Goes through the whole document, and what it does not name.
    pub(super) async fn all(mut self) -> Result<Vec<StepOut>> {
        let (app, member, wanted) = (self.app, &self.caller.0.member, self.wanted);
        let have = known(app, member).await?;
        for (n, p) in wanted.projects.iter().enumerate() {
            self.project(n, p, have.iter().find(|k| same(&k.code.domain, &p.domain))).await?;
        }
        for k in have.iter().filter(|k| !wanted.projects.iter().any(|p| same(&k.code.domain, &p.domain))) {
            self.unnamed_project(k).await?;
        }
        if member.manage().is_none() {
            return if wanted.channels.is_empty() { Ok(self.steps) } else { Err(AppError::Role.into()) };
        }
        let have = if self.dry { have } else { known(app, member).await? };
        let kept = channels(app, member, &have).await?;
        for c in &wanted.channels {
            self.channel(c, kept.iter().find(|(_, k)| k.name == c.name), &have).await?;
        }
        for (c, code) in kept.iter().filter(|(_, k)| !wanted.channels.iter().any(|c| c.name == k.name)) {
            self.unnamed_channel(c, code).await?;
        }
        Ok(self.steps)
    }

    fn say(&mut self, deed: &'static str, what: String, detail: impl Into<String>) {
        self.steps.push(StepOut { deed, what, detail: detail.into() });
    }
    /// Says what the document does not name; whether it is to go.
    fn goes(&mut self, what: String) -> bool {
        let deed = if self.prune { "delete" } else { "keep" };
        self.say(deed, what, if self.prune { "" } else { "not in the document; --prune would delete it" });
        self.prune && !self.dry
    }

    async fn project(&mut self, n: usize, p: &ProjectCode, have: Option<&Known>) -> Result<()> {
        let (app, by) = (self.app, &self.caller.0.by);
        let domain = Domain::parse(&p.domain).map_err(|e| Problem::field(&format!("projects/{n}/domain"), e.to_string()))?;
        let what = format!("project {domain}");
        let draft = |kept: Option<&Project>| {
            let keep = kept.is_some_and(|k| k.draft.entitlement.is_some());
            let typed = Typed { entitled: if keep { "yes".into() } else { String::new() }, ..typed(p) };
            typed.parse(&self.caller.0.account, &by.from, kept).map_err(|_| Problem::field(&format!("projects/{n}"), "It cannot be read."))
        };
        let project = match have {
            None => {
                let draft = draft(None)?;
                self.say("create", what.clone(), "");
                if self.dry { None } else { Some(app.store.create_project(&self.caller.0.create()?, &draft, by, now()).await?) }
            }
            Some(k) => {
                let wanted = draft(Some(&k.project))?;
                if wanted != k.project.draft {
                    self.say("change", what.clone(), "settings");
                    if !self.dry {
                        let work = self.caller.0.member.work(&k.project.id).ok_or(AppError::Role)?;
                        app.store.change_project(&work, &wanted, None, |e, b| assessment::again(&app.site, e, b), by, now()).await?;
                    }
                }
                Some(k.project.clone())
            }
        };
        let before = have.map(|k| k.code.clone()).unwrap_or_default();
        self.belongings(&what, p, &before, project.as_ref()).await
    }

    async fn belongings(&mut self, what: &str, p: &ProjectCode, before: &ProjectCode, project: Option<&Project>) -> Result<()> {
        let (app, by) = (self.app, self.caller.0.by.clone());
        let member = self.caller.0.member.clone();
        let work = project.and_then(|p| member.work(&p.id)).filter(|_| !self.dry);
        if !self.dry && work.is_none() {
            return Err(AppError::Role.into());
        }
        // An answer is a comment's right; told before anything is done.
        let at = project.map_or_else(ProjectId::new, |p| p.id.clone());
        if member.comment(&at).is_none() && p.answers.iter().any(|a| !before.answers.contains(a)) {
            return Err(AppError::Role.into());
        }
        let tags = parse_tags(&p.tags.join(" "));
        if (&p.client, &tags) != (&before.client, &before.tags) {
            self.say("change", what.to_owned(), format!("client: {}; tags: {}", p.client, tags.join(" ")));
            if let (Some(work), Some(project), Some(read)) = (&work, project, member.read()) {
                let filed = Filed { client: p.client.clone(), tags, ..app.store.filed(&read, &project.id).await? };
                app.store.file(work, &filed, &by, now()).await?;
            }
        }
        if p.schedule != before.schedule {
            let gone = p.schedule.is_none();
            if !gone {
                self.say("change", what.to_owned(), format!("schedule: {}", p.schedule.as_ref().map_or("", |s| s.rhythm.as_str())));
            }
            if (!gone || self.goes(format!("schedule of {what}")))
                && let (Some(work), Some(project)) = (&work, project)
            {
                let to = p.schedule.as_ref().and_then(|s| {
                    let r = Rhythm::parse(&s.rhythm).ok()?;
                    Some((r.word().to_owned(), s.zone.clone(), r.next(now(), &s.zone, project.id.as_str())?))
                });
                app.store.set_schedule(work, to.as_ref().map(|(r, z, n)| (r.as_str(), z.as_str(), *n)), &by, now()).await?;
            }
        }
        for e in p.excuses.iter().filter(|e| !before.excuses.contains(e)) {
            if past(&e.until) {
                self.say("keep", what.to_owned(), format!("{}: the excuse ended on {}", e.check, e.until));
                continue;
            }
            self.say("change", what.to_owned(), format!("{} excused until {}", e.check, e.until));
            if let Some(work) = &work {
                let e = excuse(e, &by.actor).map_err(|d| Problem::field("excuses", d))?;
                app.store.excuse(work, &e, |e, b| assessment::again(&app.site, e, b), &by, now()).await?;
            }
        }
        for a in p.answers.iter().filter(|a| !before.answers.contains(a)) {
            self.say("change", what.to_owned(), format!("{} answered: {}", a.check, a.answer));
            if let Some(proof) = project.filter(|_| !self.dry).and_then(|p| member.comment(&p.id)) {
                let a = answer(a, &by.actor).map_err(|d| Problem::field("answers", d))?;
                app.store.attest(&proof, &a, |e, b| assessment::again(&app.site, e, b), &by, now()).await?;
            }
        }
        let named = |check: &str| p.excuses.iter().any(|e| e.check == check) || p.answers.iter().any(|a| a.check == check);
        let mut extra: Vec<&str> =
            before.excuses.iter().map(|e| e.check.as_str()).chain(before.answers.iter().map(|a| a.check.as_str())).collect();
        extra.retain(|c| !named(c));
        for check in extra {
            if self.goes(format!("{check} of {what}"))
                && let Some(work) = &work
            {
                app.store.withdraw(work, check, |e, b| assessment::again(&app.site, e, b), &by, now()).await?;
            }
        }
        Ok(())
    }

    async fn unnamed_project(&mut self, k: &Known) -> Result<()> {
        if self.goes(format!("project {}", k.code.domain)) {
            let work = self.caller.0.member.work(&k.project.id).ok_or(AppError::Role)?;
            // Into the archive, from where it can be brought back.
            self.app.store.archive_project(&work, now(), &self.caller.0.by, now()).await?;
        }
        Ok(())
    }

    async fn channel(&mut self, c: &ChannelCode, have: Option<&(Channel, ChannelCode)>, projects: &[Known]) -> Result<()> {
        let manage = self.caller.0.manage()?;
        let project = match c.project.as_str() {
            "" => None,
            d => {
                let found = projects.iter().find(|k| same(&k.code.domain, d)).map(|k| k.project.id.clone());
                let coming = self.dry && self.wanted.projects.iter().any(|p| Domain::parse(d).is_ok_and(|d| same(d.as_str(), &p.domain)));
                if found.is_none() && !coming {
                    return Err(Problem::field("channels", format!("Channel {}: there is no project {d}.", c.name)));
                }
                found
            }
        };
        let what = format!("channel {}", c.name);
        let rules = c.rules.iter().filter_map(|r| EventKind::from_word(r)).collect::<Vec<_>>();
        let seal = |id: &str, url: &str| Address::new(url).seal(&self.app.keys, id).ok_or_else(|| AppError::Internal("not sealed".into()));
        let kind = channel_kind(&c.kind).ok_or(AppError::NotFound)?;
        if !c.url.is_empty() {
            crate::web::workspace::channels::address(self.app, kind, &c.url)
                .map_err(|e| Problem::field("channels", format!("Channel {}: {e}", c.name)))?;
        }
        let new = match have {
            None if c.url.is_empty() => return Err(Problem::field("channels", format!("Channel {} is new and needs its url.", c.name))),
            None => {
                let id = uuid::Uuid::now_v7().to_string();
                self.say("create", what, c.kind.clone());
                Channel { sealed: seal(&id, &c.url)?, id, project, kind: c.kind.clone(), name: c.name.clone(), rules, off: String::new() }
            }
            Some((old, code)) => {
                let known = Address::open(&self.app.keys, old).map(|a| a.url).unwrap_or_default();
                let moved = !c.url.is_empty() && c.url != known;
                if !moved && (code.rules.clone(), &code.project, &code.kind) == (c.rules.clone(), &c.project, &c.kind) {
                    return Ok(());
                }
                if code.kind != c.kind {
                    return Err(Problem::field(
                        "channels",
                        format!("Channel {} is of kind {}; give the other one another name.", c.name, code.kind),
                    ));
                }
                self.say("change", what, if moved { "address" } else { "rules" });
                // The project of a document may not be named in it, such as an archived one: what was not changed stays.
                let project = if code.project == c.project { old.project.clone() } else { project };
                Channel { sealed: if moved { seal(&old.id, &c.url)? } else { old.sealed.clone() }, project, rules, ..old.clone() }
            }
        };
        if !self.dry && !self.app.store.keep_channel(&manage, &new, &self.caller.0.by, now()).await? {
            return Err(AppError::NotFound.into());
        }
        Ok(())
    }

    async fn unnamed_channel(&mut self, c: &Channel, code: &ChannelCode) -> Result<()> {
        if self.goes(format!("channel {}", code.name)) {
            self.app.store.remove_channel(&self.caller.0.manage()?, &c.id, &self.caller.0.by, now()).await?;
        }
        Ok(())
    }
}
