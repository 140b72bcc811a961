//! Creating and changing a project.

use crate::parts::field;
use crate::shell::raw_text;
use leptos::prelude::*;
use readiness::profile::Profile;
use readiness::{ProductKind, Trait};

/// What was typed, and what was wrong.
#[derive(Clone, Debug, Default)]
pub struct ProjectForm {
    /// Address of the project, empty for a new one.
    pub action: String,
    /// As typed.
    pub domain: String,
    /// One a line, as typed.
    pub hosts: String,
    /// `yes`, `no` or nothing.
    pub sends_mail: String,
    /// As typed.
    pub dkim_selectors: String,
    /// Whether the box is ticked.
    pub entitled: bool,
    /// Mail services, as typed.
    pub senders: String,
    /// Marketing links, one a line.
    pub links: String,
    /// Paths of health endpoints.
    pub health: String,
    /// Whether there is no `www.` on purpose.
    pub no_www: bool,
    /// Whether search engines should not find the product.
    pub internal: bool,
    /// Stack overrides, one a line.
    pub stack: String,
    /// The kind of product that was chosen; empty for as detected.
    pub kind: String,
    /// What it has: `yes`, `no`, or nothing for as detected.
    pub has: Vec<(Trait, String)>,
    /// What is detected, once there is something to detect it from.
    pub detected: Option<Profile>,
    /// Who declared it when, for a project that has it.
    pub entitled_note: String,
    /// Errors by field.
    pub errors: Vec<(&'static str, String)>,
    /// Whether the project is archived.
    pub archived: bool,
}

impl ProjectForm {
    fn error(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|(n, _)| *n == name).map(|(_, e)| e.clone())
    }
}

/// A text of several lines with its label, hint and error.
fn lines(name: &'static str, label: &'static str, value: &str, error: Option<String>, hint: &'static str) -> impl IntoView + use<> {
    let bad = error.is_some();
    let described = format!("{name}-hint");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <textarea id=name name=name rows="3" spellcheck="false" autocapitalize="none" aria-describedby=described.clone() aria-invalid=bad.then_some("true") inner_html=raw_text(value)></textarea>
            <p id=described class=if bad { "err" } else { "hint" }>{error.unwrap_or_else(|| hint.to_owned())}</p>
        </div>
    }
}

/// What few products need.
fn more(form: &ProjectForm) -> impl IntoView + use<> {
    let filled = form.no_www || form.internal || ![&form.links, &form.health, &form.stack].into_iter().all(|t| t.is_empty());
    let wrong = ["links", "health", "stack"].iter().any(|n| form.error(n).is_some());
    view! {
        <details class="later" open=filled || wrong>
            <summary>"More about the product"</summary>
            {lines("links", "Marketing links", &form.links, form.error("links"), "Those in your ads, profiles and mails, one a line; each scan follows them to their end.")}
            {field("health", "Health endpoint", "text", form.health.clone(), form.error("health"), "Its path, for example /health. Without it the usual places are tried.", "off")}
            {lines("stack", "Your stack", &form.stack, form.error("stack"), "Only where the scan guesses wrong, one a line: dns: Cloudflare, hosting: Fly, cdn: none.")}
            <fieldset class="field"><legend>"On purpose"</legend>
                <label class="choice" for="no_www"><input id="no_www" type="checkbox" name="no_www" value="yes" checked=form.no_www/>"There is no www."</label>
                <label class="choice" for="internal"><input id="internal" type="checkbox" name="internal" value="yes" checked=form.internal/>"Search engines should not find it"</label>
            </fieldset>
        </details>
    }
}

/// What kind of product it is, which decides which checks apply.
fn profile(form: &ProjectForm) -> impl IntoView + use<> {
    let wrong = form.error("profile");
    let said = !form.kind.is_empty() || form.has.iter().any(|(_, v)| !v.is_empty());
    let kinds = ProductKind::ALL
        .iter()
        .map(|k| view! { <option value=k.word() selected=form.kind == k.word()>{k.label()}</option> })
        .collect_view();
    let because = |what: String, why: &str| if why.is_empty() { format!("detected: {what}") } else { format!("detected: {what} ({why})") };
    let kind =
        form.detected.as_ref().map_or_else(|| "The first scan detects it.".to_owned(), |p| because(p.kind.label().to_owned(), &p.because));
    let traits = form
        .has
        .iter()
        .map(|(t, value)| {
            let name = format!("has_{}", t.word());
            let hint = form.detected.as_ref().map_or_else(
                || "The first scan detects it, where it shows.".to_owned(),
                |p| match p.has(*t) {
                    (Some(true), why) => because("yes".into(), why),
                    (Some(false), why) => because("no".into(), why),
                    (None, _) => "detected: nothing shows it".to_owned(),
                },
            );
            let option = |word: &'static str, label: &'static str| view! { <option value=word selected=value == word>{label}</option> };
            view! {
                <div class="field">
                    <label for=name.clone()>{t.label()}</label>
                    <select id=name.clone() name=name.clone() aria-describedby=format!("{name}-hint")>
                        {option("", "As detected")}{option("yes", "Yes")}{option("no", "No")}
                    </select>
                    <p id=format!("{name}-hint") class="hint">{hint}</p>
                </div>
            }
        })
        .collect_view();
    view! {
        <details class="later" id="profile" open=said || wrong.is_some()>
            <summary>"Which checks apply"</summary>
            <p class="hint">"A check that does not apply is left out, and says why. Change only what the scan gets wrong; the project is judged again at once."</p>
            <div class="field">
                <label for="kind">"Kind of product"</label>
                <select id="kind" name="kind" aria-describedby="kind-hint"><option value="" selected=form.kind.is_empty()>"As detected"</option>{kinds}</select>
                <p id="kind-hint" class=if wrong.is_some() { "err" } else { "hint" }>{wrong.clone().unwrap_or(kind)}</p>
            </div>
            {traits}
        </details>
    }
}

/// The page.
pub fn page(form: ProjectForm) -> AnyView {
    let new = form.action.is_empty();
    let action = if new { "/projects".to_owned() } else { format!("{}/edit", form.action) };
    let hosts_error = form.error("hosts");
    let hosts_bad = hosts_error.is_some();
    let option = |value: &'static str, label: &'static str| {
        let checked = form.sends_mail == value;
        let id = format!("mail-{}", if value.is_empty() { "unsaid" } else { value });
        view! { <label class="choice" for=id.clone()><input id=id.clone() type="radio" name="sends_mail" value=value checked=checked/>{label}</label> }
    };
    let options =
        [option("yes", "It sends mail, such as password resets"), option("no", "It sends no mail"), option("", "Not sure")].collect_view();
    view! {
        <div class="narrow">
            {(!new).then(|| view! { <p class="crumbs small"><a href=form.action.clone()>{form.domain.clone()}</a>" / settings"</p> })}
            <h1>{if new { "New project" } else { "Settings" }}</h1>
            <form method="post" action=action>
                {field("domain", "Domain", "text", form.domain.clone(), form.error("domain"), "The name that customers type, for example acme.com.", "url")}
                <div class="field">
                    <label for="hosts">"Further hosts"</label>
                    <textarea id="hosts" name="hosts" rows="3" spellcheck="false" autocapitalize="none" aria-describedby="hosts-hint" aria-invalid=hosts_bad.then_some("true") inner_html=raw_text(&form.hosts)></textarea>
                    <p id="hosts-hint" class=if hosts_bad { "err" } else { "hint" }>{hosts_error.unwrap_or_else(|| "One a line: app.acme.com, api.acme.com. Each must resolve and answer on HTTPS.".into())}</p>
                </div>
                <fieldset class="field"><legend>"Mail"</legend>{options}</fieldset>
                {field("dkim_selectors", "DKIM selectors", "text", form.dkim_selectors.clone(), form.error("dkim_selectors"), "The part after s= in the DKIM-Signature header of a mail that you sent; several with commas.", "off")}
                {field("senders", "Mail services", "text", form.senders.clone(), form.error("senders"), "Every service that sends in your name: Resend, Postmark, Google Workspace; several with commas.", "off")}
                {more(&form)}
                {profile(&form)}
                <fieldset class="field"><legend>"Permission"</legend>
                    <label class="choice" for="entitled"><input id="entitled" type="checkbox" name="entitled" value="yes" checked=form.entitled/>"I am entitled to test this site"</label>
                    {match form.error("entitled") {
                        Some(e) => view! { <p class="err">{e}</p> }.into_any(),
                        None => view! { <p class="hint">{if form.entitled_note.is_empty() { "Allows plain requests for some 45 well-known paths such as /.env, to see that they are closed. Who ticked this, when and from where is recorded.".to_owned() } else { form.entitled_note.clone() }}</p> }.into_any(),
                    }}
                </fieldset>
                <div class="acts"><button class="btn primary" type="submit">{if new { "Create and scan" } else { "Save" }}</button><a class="btn quiet" href=if new { "/projects".to_owned() } else { form.action.clone() }>"Back"</a></div>
            </form>
            {(!new).then(|| view! {
                <form class="acts danger" method="post" action=format!("{}/{}", form.action, if form.archived { "restore" } else { "archive" })>
                    <button class="btn" type="submit">{if form.archived { "Bring back from the archive" } else { "Archive this project" }}</button>
                    <span class="small muted">{if form.archived { "It is scanned again when you ask." } else { "It leaves the list; nothing is deleted." }}</span>
                </form>
            })}
        </div>
    }
    .into_any()
}
