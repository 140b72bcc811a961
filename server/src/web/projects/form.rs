//! What is typed about a project, parsed in one place for the form and for the API.

use crate::platform::clock::now;
use app::pages::project_form::ProjectForm;
use readiness::domain::parse_link;
use readiness::evidence::ProfileChoice;
use readiness::stack::Layer;
use readiness::{Domain, ProductKind, Selector, Settings, Trait, providers};
use serde::Deserialize;
use std::collections::BTreeMap;
use store::{Account, Entitlement, Project, ProjectDraft};

/// Further hosts of one project.
const MAX_HOSTS: usize = 20;
const MAX_SELECTORS: usize = 10;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    pub domain: String,
    #[serde(default)]
    pub hosts: String,
    #[serde(default)]
    pub sends_mail: String,
    #[serde(default)]
    pub dkim_selectors: String,
    #[serde(default)]
    pub entitled: String,
    #[serde(default)]
    pub senders: String,
    #[serde(default)]
    pub links: String,
    #[serde(default)]
    pub health: String,
    #[serde(default)]
    pub no_www: String,
    #[serde(default)]
    pub internal: String,
    #[serde(default)]
    pub stack: String,
    /// The kind's word; empty for as detected.
    #[serde(default)]
    pub kind: String,
    /// `yes`, `no`, or empty for as detected.
    #[serde(default)]
    pub has_jobs: String,
    #[serde(default)]
    pub has_ai: String,
    #[serde(default)]
    pub has_supabase: String,
    #[serde(default)]
    pub has_firebase: String,
    /// Words that are said to be traits and are none; no form sends them.
    #[serde(skip)]
    pub no_traits: Vec<String>,
}

/// Links, health paths and stack entries of one project.
const MAX_LINES: usize = 20;

/// A mail service by id or name, or the domain of one that is not known.
fn sender(typed: &str) -> Result<String, String> {
    let known = providers::senders().iter().find(|s| s.id.eq_ignore_ascii_case(typed) || s.name.eq_ignore_ascii_case(typed));
    match known {
        Some(s) => Ok(s.id.to_owned()),
        None if typed.contains('.') => Domain::parse(typed).map(|d| d.to_string()).map_err(|e| e.to_string()),
        None => {
            Err(format!("“{typed}” is not a mail service that is known here. Type its domain instead, as it stands in your SPF record."))
        }
    }
}

fn health(typed: &str) -> Result<String, String> {
    if typed.starts_with('/') && typed.len() < 200 && !typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(typed.to_owned());
    }
    parse_link(typed).map_err(|_| format!("“{typed}” is not a path. Type it with its slash, for example /health."))
}

fn layer(typed: &str) -> Result<(String, String), String> {
    let words = Layer::ALL.map(Layer::word);
    let (layer, name) = typed.split_once(':').map(|(l, n)| (l.trim().to_ascii_lowercase(), n.trim().to_owned())).unwrap_or_default();
    if name.is_empty() || name.len() > 60 || !words.contains(&layer.as_str()) {
        return Err(format!("“{typed}” is not a line such as dns: Cloudflare. Layers are {}.", words.join(", ")));
    }
    Ok((layer, name))
}

/// Traits that the owner says by themselves. Whether mail is sent has a question of its own.
const TRAITS: [Trait; 4] = [Trait::Jobs, Trait::Ai, Trait::Supabase, Trait::Firebase];

impl Typed {
    fn has(&mut self, t: Trait) -> Option<&mut String> {
        match t {
            Trait::Mail => None,
            Trait::Jobs => Some(&mut self.has_jobs),
            Trait::Ai => Some(&mut self.has_ai),
            Trait::Supabase => Some(&mut self.has_supabase),
            Trait::Firebase => Some(&mut self.has_firebase),
        }
    }

    /// With this said of the kind of product and what it has, and nothing else.
    pub fn with_profile(mut self, kind: &str, has: &BTreeMap<String, bool>) -> Self {
        kind.clone_into(&mut self.kind);
        for t in TRAITS {
            if let Some(field) = self.has(t) {
                field.clear();
            }
        }
        for (word, yes) in has {
            match Trait::from_word(word).and_then(|t| self.has(t)) {
                Some(field) => *field = if *yes { "yes" } else { "no" }.to_owned(),
                None => self.no_traits.push(word.clone()),
            }
        }
        self
    }

    fn profile(&self, errors: &mut Vec<(&'static str, String)>) -> ProfileChoice {
        let kind = ProductKind::from_word(&self.kind);
        if kind.is_none() && !self.kind.is_empty() {
            let known = ProductKind::ALL.iter().map(|k| k.word()).collect::<Vec<_>>().join(", ");
            errors.push(("profile", format!("A kind of product is {known}.")));
        }
        for word in &self.no_traits {
            let known = TRAITS.map(Trait::word).join(", ");
            errors.push((
                "profile",
                format!("“{word}” is not something that a product has. Say {known}; whether it sends mail is sends_mail."),
            ));
        }
        let mut typed = self.clone();
        let said = |t: Trait| match typed.has(t).map(|f| f.as_str()) {
            Some("yes") => Some((t, true)),
            Some("no") => Some((t, false)),
            _ => None,
        };
        ProfileChoice { kind, has: TRAITS.into_iter().filter_map(said).collect() }
    }

    /// What is known, as it would be typed.
    pub fn of(project: &Project) -> Self {
        let d = &project.draft;
        let profile = &d.settings.profile;
        let has = profile.has.iter().map(|(t, yes)| (t.word().to_owned(), *yes)).collect();
        Self::fields_of(project).with_profile(profile.kind.map_or("", ProductKind::word), &has)
    }

    fn fields_of(project: &Project) -> Self {
        let d = &project.draft;
        let yes = |b: bool| if b { "yes".to_owned() } else { String::new() };
        let name = |s: &String| providers::sender(s).map_or_else(|| s.clone(), |x| x.name.to_owned());
        Self {
            domain: d.domain.unicode(),
            hosts: d.hosts.iter().map(Domain::unicode).collect::<Vec<_>>().join("\n"),
            sends_mail: d.sends_mail.map_or("", |s| if s { "yes" } else { "no" }).to_owned(),
            dkim_selectors: d.dkim_selectors.iter().map(|s| s.as_str().to_owned()).collect::<Vec<_>>().join(", "),
            entitled: yes(d.entitlement.is_some()),
            senders: d.settings.senders.iter().map(name).collect::<Vec<_>>().join(", "),
            links: d.settings.links.join("\n"),
            health: d.settings.health.join(", "),
            no_www: yes(d.settings.no_www),
            internal: yes(d.settings.internal),
            stack: d.settings.stack.iter().map(|(l, n)| format!("{l}: {n}")).collect::<Vec<_>>().join("\n"),
            ..Self::default()
        }
    }

    /// The part of the form that few products need.
    fn settings(&self, domain: Option<&Domain>, kept: Option<&Project>, errors: &mut Vec<(&'static str, String)>) -> Settings {
        fn list<T>(
            text: &str,
            at: &[char],
            field: &'static str,
            errors: &mut Vec<(&'static str, String)>,
            parse: impl Fn(&str) -> Result<T, String>,
        ) -> Vec<T> {
            let mut out = vec![];
            for typed in text.split(|c| at.contains(&c)).map(str::trim).filter(|t| !t.is_empty()) {
                match parse(typed) {
                    Ok(x) if out.len() < MAX_LINES => out.push(x),
                    Ok(_) => {}
                    Err(e) => errors.push((field, e)),
                }
            }
            out
        }
        let own = |typed: &str| {
            let path = health(typed)?;
            let host = path.split("://").nth(1).and_then(|r| r.split('/').next());
            match (host, domain) {
                (Some(h), Some(d)) if Domain::parse(h).is_ok_and(|x| x.registrable() != d.registrable()) => {
                    Err(format!("{h} does not belong to {}.", d.registrable()))
                }
                _ => Ok(path),
            }
        };
        Settings {
            senders: list(&self.senders, &[',', '\n'], "senders", errors, sender),
            links: list(&self.links, &['\n', ' '], "links", errors, parse_link),
            health: list(&self.health, &['\n', ' ', ','], "health", errors, own),
            no_www: self.no_www == "yes",
            internal: self.internal == "yes",
            stack: list(&self.stack, &['\n', ','], "stack", errors, layer),
            profile: self.profile(errors),
            // Changed on a page of their own.
            ..kept.map(|k| k.draft.settings.clone()).unwrap_or_default()
        }
    }

    /// What was typed as a draft, or the errors beside the fields. Who declares to be entitled is
    /// written down with the network address that they come from; what was declared before for the
    /// same domain stays.
    pub fn parse(&self, account: &Account, from: &str, kept: Option<&Project>) -> Result<ProjectDraft, Vec<(&'static str, String)>> {
        let mut errors = vec![];
        if self.entitled == "yes" && !account.is_verified() {
            errors.push(("entitled", "Confirm your address first: a letter is in your mailbox. The rest works without.".to_owned()));
        }
        let domain = Domain::parse(&self.domain).map_err(|e| errors.push(("domain", e.to_string()))).ok();
        let mut hosts: Vec<Domain> = vec![];
        for typed in self.hosts.split(['\n', ',', ' ']).map(str::trim).filter(|h| !h.is_empty()) {
            match Domain::parse(typed) {
                Ok(h) if Some(&h) != domain.as_ref() && !hosts.contains(&h) => hosts.push(h),
                Ok(_) => {}
                Err(e) => errors.push(("hosts", e.to_string())),
            }
        }
        let stranger = domain.as_ref().and_then(|d| hosts.iter().find(|h| h.registrable() != d.registrable()).map(|h| (d, h)));
        if let Some((d, h)) = stranger {
            errors.push(("hosts", format!("{h} does not belong to {}. Make it a project of its own.", d.registrable())));
        }
        if hosts.len() > MAX_HOSTS {
            errors.push(("hosts", format!("{MAX_HOSTS} further hosts are enough for one project.")));
        }
        let mut selectors: Vec<Selector> = vec![];
        for typed in self.dkim_selectors.split([',', '\n', ' ']).map(str::trim).filter(|s| !s.is_empty()) {
            match Selector::parse(typed) {
                Ok(s) if !selectors.contains(&s) => selectors.push(s),
                Ok(_) => {}
                Err(e) => errors.push(("dkim_selectors", e)),
            }
        }
        if selectors.len() > MAX_SELECTORS {
            errors.push(("dkim_selectors", format!("{MAX_SELECTORS} selectors are enough.")));
        }
        let settings = self.settings(domain.as_ref(), kept, &mut errors);
        match domain {
            Some(domain) if errors.is_empty() => Ok(ProjectDraft {
                settings,
                entitlement: (self.entitled == "yes").then(|| {
                    let before = kept.filter(|p| p.draft.domain == domain).and_then(|p| p.draft.entitlement.clone());
                    before.unwrap_or_else(|| Entitlement { by: account.id.clone(), at: now(), from: from.to_owned() })
                }),
                domain,
                hosts,
                sends_mail: match self.sends_mail.as_str() {
                    "yes" => Some(true),
                    "no" => Some(false),
                    _ => None,
                },
                dkim_selectors: selectors,
            }),
            _ => Err(errors),
        }
    }

    pub fn form(&self, errors: Vec<(&'static str, String)>) -> ProjectForm {
        ProjectForm {
            domain: self.domain.clone(),
            hosts: self.hosts.clone(),
            sends_mail: self.sends_mail.clone(),
            dkim_selectors: self.dkim_selectors.clone(),
            entitled: self.entitled == "yes",
            senders: self.senders.clone(),
            links: self.links.clone(),
            health: self.health.clone(),
            no_www: self.no_www == "yes",
            internal: self.internal == "yes",
            stack: self.stack.clone(),
            kind: self.kind.clone(),
            has: TRAITS.into_iter().map(|t| (t, self.clone().has(t).cloned().unwrap_or_default())).collect(),
            errors,
            ..ProjectForm::default()
        }
    }
}
