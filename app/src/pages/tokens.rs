//! Tokens of programs.

use crate::parts::{field, moment, proof};
use leptos::prelude::*;
use store::{ProjectId, Scope, Token};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Of the workspace.
    pub workspace: String,
    /// Of this site.
    pub site: String,
    /// The tokens there are, with the address of whose they are.
    pub tokens: Vec<(Token, String)>,
    /// Projects that a token may be limited to.
    pub projects: Vec<(ProjectId, String)>,
    /// A token that was just made, to be copied now.
    pub fresh: Option<String>,
    /// As typed.
    pub name: String,
    /// Beside the name.
    pub name_error: Option<String>,
    /// Beside the scopes.
    pub scopes_error: Option<String>,
    /// Beside the password.
    pub password_error: Option<String>,
    /// Whether a code is asked for too.
    pub second: bool,
}

const fn about(s: Scope) -> &'static str {
    match s {
        Scope::Read => "see projects, scans, findings, members",
        Scope::Evidence => "push evidence: from a repository, CI, monitoring, a provider or a probe",
        Scope::Scan => "start and cancel scans, check findings again",
        Scope::Project => "make, change, archive and share projects, assign findings",
        Scope::Comment => "write comments",
        Scope::Member => "invite and change members, read the log",
    }
}

/// The page.
pub fn page(s: Shown) -> AnyView {
    let boxes = Scope::ALL
        .iter()
        .map(|x| {
            let id = format!("scope-{}", x.word());
            view! { <label class="choice" for=id.clone()><input id=id.clone() type="checkbox" name="scope" value=x.word() checked=matches!(x, Scope::Read | Scope::Scan)/><span><span class="mono">{x.word()}</span>" · "{about(*x)}</span></label> }
        })
        .collect_view();
    let options = s.projects.iter().map(|(id, domain)| view! { <option value=id.to_string()>{domain.clone()}</option> }).collect_view();
    let rows = s.tokens.iter().map(|(t, email)| line(t, email, &s.projects)).collect_view();
    let some = !s.tokens.is_empty();
    view! {
        <p class="crumbs small"><a href="/projects">"Projects"</a>" / "<a href="/workspace">"workspace"</a>" / tokens"</p>
        <div class="head"><h1>"Tokens"</h1><span class="small muted">{s.workspace}</span></div>
        <p class="lead">"A token lets a program of yours use the "<a href="/api/docs">"API"</a>": a deployment that scans, a script that reads the score."</p>
        {s.fresh.map(|t| view! { <div class="note" role="status"><p>"Copy the token now. It is not shown again."</p><pre tabindex="0">{t.clone()}</pre><p class="small">"On the command line: "<span class="mono">{format!("launch-ready login --server {}", s.site)}</span></p></div> })}
        {some.then(|| view! {
            <table class="list people">
                <thead><tr><th scope="col">"Name"</th><th scope="col">"May"</th><th scope="col" class="wide">"Last used"</th><th scope="col" class="wide">"Until"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        })}
        <section class="part">
            <h2>"Make a token"</h2>
            <form class="narrow" method="post" action="/workspace/tokens">
                {field("name", "What it is for", "text", s.name, s.name_error, "For example: deployment of acme.com.", "off")}
                <fieldset class="field"><legend>"It may"</legend>{boxes}{s.scopes_error.map(|e| view! { <p class="err">{e}</p> })}</fieldset>
                <div class="field"><label for="project">"On"</label><select id="project" name="project"><option value="">"every project of the workspace"</option>{options}</select></div>
                <div class="field"><label for="days">"Works for"</label><select id="days" name="days"><option value="30">"30 days"</option><option value="90" selected=true>"90 days"</option><option value="365">"a year"</option><option value="0">"until it is ended here"</option></select></div>
                {proof("token", "password", s.password_error, s.second)}
                <p class="small muted">"A token can do much of what you can."</p>
                <button class="btn primary" type="submit">"Make the token"</button>
            </form>
        </section>
    }
    .into_any()
}

fn line(t: &Token, email: &str, projects: &[(ProjectId, String)]) -> impl IntoView + use<> {
    let (id, name) = (t.id.clone(), t.name.clone());
    let on = t.project.as_ref().map(|p| projects.iter().find(|(id, _)| id == p).map_or_else(|| "a project".to_owned(), |(_, d)| d.clone()));
    view! {
        <tr>
            <td>{name.clone()}<span class="sub"><span class="mono">{t.shown.clone()}"…"</span>" · "{email.to_owned()}</span></td>
            <td>{t.scopes.iter().map(|s| s.word()).collect::<Vec<_>>().join(" ")}{on.map(|d| view! { <span class="sub">{d}</span> })}</td>
            <td class="wide">{if t.used_at > 0 { moment(t.used_at).into_any() } else { view! { "never" }.into_any() }}</td>
            <td class="wide">{if t.expires_at > 0 { moment(t.expires_at).into_any() } else { view! { "ended here" }.into_any() }}</td>
            <td><form method="post" action="/workspace/tokens/end"><input type="hidden" name="token" value=id/><button class="btn quiet" type="submit" aria-label=format!("End the token {name}")>"End it"</button></form></td>
        </tr>
    }
}
