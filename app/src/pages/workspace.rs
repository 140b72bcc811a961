//! A workspace: its name, its members, who is invited, its log.

use crate::parts::{field, moment};
use leptos::prelude::*;
use store::{AuditRow, Invitation, Member, MemberRow, ProjectId, Role};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// What stands on every PDF report.
    pub report_words: String,
    /// Whether there is a logo.
    pub logo: bool,
    /// Who belongs to it.
    pub members: Vec<MemberRow>,
    /// Who is asked to.
    pub invitations: Vec<Invitation>,
    /// Its projects, with their domains.
    pub projects: Vec<(ProjectId, String)>,
    /// The newest deeds.
    pub log: Vec<AuditRow>,
    /// What was just done, or why not.
    pub note: Option<String>,
    /// As typed.
    pub email: String,
    /// Beside the address.
    pub email_error: Option<String>,
    /// As chosen.
    pub role: Option<Role>,
    /// As ticked.
    pub only: Vec<ProjectId>,
    /// Beside the name.
    pub name_error: Option<String>,
    /// What lines of the log are looked for.
    pub words: String,
    /// As typed.
    pub zone: Option<String>,
    /// Beside it.
    pub zone_error: Option<String>,
    /// Beside the name of a new workspace.
    pub new_name_error: Option<String>,
}

/// The colours that a workspace may have.
pub const COLOURS: [&str; 6] = ["none", "blue", "green", "amber", "red", "violet"];

/// How long evidence may be kept.
pub const DAYS: [(i64, &str); 4] = [(30, "30 days"), (90, "90 days"), (365, "a year"), (3650, "ten years")];

/// The colour of a workspace as a dot; none for the first.
pub fn dot(colour: i64) -> Option<impl IntoView> {
    let class = match colour {
        1 => "dot blue",
        2 => "dot green",
        3 => "dot amber",
        4 => "dot red",
        5 => "dot violet",
        _ => return None,
    };
    Some(view! { <span class=class></span> })
}

/// What a role may do, in a line.
#[must_use]
pub const fn role_text(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner: everything, members too",
        Role::Consultant => "Consultant: everything on projects, no members",
        Role::Viewer => "Viewer: reads and comments",
    }
}

/// The page.
pub fn page(s: Shown, me: &Member) -> AnyView {
    let owner = me.manage().is_some();
    let name = me.name().to_owned();
    let rows = s.members.iter().map(|m| member(m, me, owner, &s.projects)).collect_view();
    let asked = s.invitations.iter().map(|i| invitation(i, &s.projects)).collect_view();
    let log = s.log.iter().map(line).collect_view();
    let colours = COLOURS
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let (id, n) = (format!("colour-{i}"), i64::try_from(i).unwrap_or(0));
            view! { <label class="choice" for=id.clone()><input id=id.clone() type="radio" name="colour" value=i.to_string() checked=me.colour() == n/>{dot(n)}{*name}</label> }
        })
        .collect_view();
    let days =
        DAYS.iter().map(|(n, words)| view! { <option value=n.to_string() selected=me.keep_days() == *n>{*words}</option> }).collect_view();
    let new_open = s.new_name_error.is_some();
    view! {
        <p class="crumbs small"><a href="/projects">"Projects"</a>" / workspace"</p>
        <div class="head"><h1>{name.clone()}</h1><span class="small muted">{format!("You are its {}", me.role().word())}</span><span class="push"><a class="btn" href="/workspace/reports">"Reports by mail"</a>{owner.then(|| view! { <a class="btn" href="/workspace/channels">"Channels"</a> })}<a class="btn" href="/workspace/sprints">"Sprint templates"</a><a class="btn" href="/workspace/tokens">"Tokens"</a></span></div>
        {s.note.map(|n| view! { <p class="note" role="status">{n}</p> })}
        <section class="part">
            <h2>"Members"</h2>
            <table class="list people">
                <thead><tr><th scope="col">"Address"</th><th scope="col">"Role"</th><th scope="col" class="wide">"Since"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
        {owner.then(|| view! {
            <section class="part">
                <h2>"Invite somebody"</h2>
                <p class="muted">"They get a letter with a link that works for seven days, once, and for their address alone."</p>
                <form class="narrow" method="post" action="/workspace/invitations">
                    {field("email", "E-mail", "email", s.email, s.email_error, "", "off")}
                    {choice(s.role.unwrap_or(Role::Viewer), &s.only, &s.projects, "invite")}
                    <button class="btn primary" type="submit">"Send the invitation"</button>
                </form>
                {(!s.invitations.is_empty()).then(|| view! {
                    <h3>"Waiting for an answer"</h3>
                    <table class="list people">
                        <thead><tr><th scope="col">"Address"</th><th scope="col">"Role"</th><th scope="col" class="wide">"Until"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead>
                        <tbody>{asked}</tbody>
                    </table>
                })}
            </section>
            <section class="part">
                <h2>"Name and look"</h2>
                <form class="narrow" method="post" action="/workspace/name">
                    {field("name", "Name of the workspace", "text", name, s.name_error, "Members and clients see it.", "off")}
                    <fieldset class="field"><legend>"Colour in lists"</legend><div class="acts">{colours}</div></fieldset>
                    {field("zone", "Time zone", "text", s.zone.unwrap_or_else(|| me.zone().to_owned()), s.zone_error, "Where its days begin and end, such as Europe/Berlin.", "off")}
                    <div class="field"><label for="keep_days">"Keep the evidence of older scans"</label><select id="keep_days" name="keep_days">{days}</select><p class="hint">"Results stay; what was seen behind them goes. The newest scan of a project stays whole."</p></div>
                    <div class="field"><label for="words">"Your words on every report"</label><textarea id="words" name="words" rows="2" maxlength="600" aria-describedby="words-hint" inner_html=crate::shell::raw_text(&s.report_words)></textarea><p id="words-hint" class="hint">"Who you are, how to reach you. 600 characters at most."</p></div>
                    <button class="btn" type="submit">"Save"</button>
                </form>
            </section>
            <section class="part" id="logo">
                <h2>"Logo on reports"</h2>
                {s.logo.then(|| view! { <p><img class="logo" src="/workspace/logo" alt="Your logo"/></p><form method="post" action="/workspace/logo/remove"><button class="btn quiet" type="submit">"Take it away"</button></form> })}
                <form class="narrow" method="post" action="/workspace/logo" enctype="multipart/form-data">
                    <div class="field"><label for="picture">{if s.logo { "Another picture" } else { "Picture" }}</label><input id="picture" type="file" name="picture" accept="image/png,image/jpeg" required=true aria-describedby="picture-hint"/><p id="picture-hint" class="hint">"PNG or JPEG, 200 KB at most. It stands at the head of PDFs and of results that you share."</p></div>
                    <button class="btn" type="submit">"Keep it"</button>
                </form>
            </section>
            <section class="part">
                <h2>"Log"</h2>
                <form class="acts" method="get" action="/workspace"><div class="field"><label for="q">"Only lines with"</label><input id="q" name="q" type="search" value=s.words.clone() autocomplete="off"/></div><button class="btn" type="submit">"Filter"</button></form>
                <p class="muted">"Who did what, when and from where. It only ever grows."</p>
                <table class="list people log">
                    <thead><tr><th scope="col">"When"</th><th scope="col">"Who"</th><th scope="col">"What"</th><th scope="col" class="wide">"From"</th></tr></thead>
                    <tbody>{log}</tbody>
                </table>
                <p><a class="btn" href="/workspace/log.csv">"Whole log as CSV"</a></p>
            </section>
        })}
        <section class="part">
            <h2>"Other workspaces"</h2>
            <details class="later" open=new_open>
                <summary>"Make another workspace"</summary>
                <form class="narrow" method="post" action="/workspace/new">
                    {field("new_name", "Name", "text", String::new(), s.new_name_error, "For another client or product. You are its owner.", "off")}
                    <button class="btn" type="submit">"Make the workspace"</button>
                </form>
            </details>
            <details class="later">
                <summary>"Leave this workspace"</summary>
                <form class="narrow" method="post" action="/workspace/leave"><p>"You see its projects no longer. An owner can invite you again."</p><button class="btn" type="submit">"Leave"</button></form>
            </details>
        </section>
    }
    .into_any()
}

/// Role and limits, as fields.
fn choice(role: Role, only: &[ProjectId], projects: &[(ProjectId, String)], at: &str) -> AnyView {
    let id = format!("role-{at}");
    let options =
        Role::ALL.iter().rev().map(|r| view! { <option value=r.word() selected=*r == role>{role_text(*r)}</option> }).collect_view();
    let boxes = projects
        .iter()
        .map(|(p, domain)| view! { <label class="choice"><input type="checkbox" name="project" value=p.to_string() checked=only.contains(p)/>" "{domain.clone()}</label> })
        .collect_view();
    view! {
        <div class="field"><label for=id.clone()>"Role"</label><select id=id.clone() name="role">{options}</select></div>
        {(!projects.is_empty()).then(|| view! { <fieldset class="field"><legend>"Only these projects"</legend>{boxes}<p class="hint">"None ticked: all of them, those to come too. Owners are never limited."</p></fieldset> })}
    }
    .into_any()
}

fn limits(only: Option<&[ProjectId]>, projects: &[(ProjectId, String)]) -> Option<String> {
    let names: Vec<_> = projects.iter().filter(|(id, _)| only.is_some_and(|o| o.contains(id))).map(|(_, d)| d.as_str()).collect();
    only.map(|_| if names.is_empty() { "no project".to_owned() } else { format!("only {}", names.join(", ")) })
}

fn member(m: &MemberRow, me: &Member, owner: bool, projects: &[(ProjectId, String)]) -> impl IntoView + use<> {
    let (email, id) = (m.email.clone(), m.account.to_string());
    let this = m.account == *me.account();
    let change = owner.then(|| {
        view! {
            <details class="later">
                <summary aria-label=format!("Change {email}")>"Change"</summary>
                <form method="post" action="/workspace/members/role">
                    <input type="hidden" name="account" value=id.clone()/>
                    {choice(m.role, m.only.as_deref().unwrap_or_default(), projects, &id)}
                    <button class="btn" type="submit">"Save"</button>
                </form>
                {(!this).then(|| view! { <form method="post" action="/workspace/members/remove"><input type="hidden" name="account" value=id.clone()/><button class="btn quiet" type="submit">"Remove from the workspace"</button></form> })}
            </details>
        }
    });
    view! {
        <tr>
            <td>{email.clone()}{this.then(|| view! { <span class="sub">"you"</span> })}</td>
            <td>{m.role.word()}{limits(m.only.as_deref(), projects).map(|l| view! { <span class="sub">{l}</span> })}</td>
            <td class="wide">{moment(m.since)}</td>
            <td>{change}</td>
        </tr>
    }
}

fn invitation(i: &Invitation, projects: &[(ProjectId, String)]) -> impl IntoView + use<> {
    let (id, email) = (i.id.clone(), i.email.clone());
    view! {
        <tr>
            <td>{email.clone()}</td>
            <td>{i.role.word()}{limits(i.only.as_deref(), projects).map(|l| view! { <span class="sub">{l}</span> })}</td>
            <td class="wide">{moment(i.expires_at)}</td>
            <td><div class="acts">
                <form method="post" action="/workspace/invitations/again"><input type="hidden" name="invitation" value=id.clone()/><button class="btn quiet" type="submit" aria-label=format!("Send {email} the letter again")>"Send again"</button></form>
                <form method="post" action="/workspace/invitations/revoke"><input type="hidden" name="invitation" value=id/><button class="btn quiet" type="submit" aria-label=format!("Take back the invitation of {email}")>"Take back"</button></form>
            </div></td>
        </tr>
    }
}

/// A line of a log.
pub fn line(l: &AuditRow) -> impl IntoView + use<> {
    let about = if l.detail.is_empty() { l.subject.clone() } else { format!("{} · {}", l.subject, l.detail) };
    view! { <tr><td>{moment(l.at)}</td><td>{l.actor.clone()}</td><td>{l.deed.clone()}<span class="sub">{about}</span></td><td class="wide mono">{l.origin.clone()}</td></tr> }
}

/// What an invitation's link shows.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The secret in the address.
    pub link: String,
    /// Who is invited.
    pub email: String,
    /// Of the workspace.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Who is signed in.
    pub who: Option<String>,
}

/// Asks whether to join.
pub fn asked(a: Asked) -> AnyView {
    let here = format!("/invitation?link={}", a.link);
    let next: String =
        here.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    let mine = a.who.as_deref().is_some_and(|w| w.eq_ignore_ascii_case(&a.email));
    view! {
        <div class="narrow">
            <h1>{format!("Join {}", a.name)}</h1>
            <p>"You are invited as "<b>{a.role.word()}</b>". "<span class="muted">{role_text(a.role)}"."</span></p>
            {match a.who {
                Some(_) if mine => view! { <form method="post" action="/invitation"><input type="hidden" name="link" value=a.link/><button class="btn primary" type="submit">"Join"</button></form> }.into_any(),
                Some(other) => view! {
                    <p>"The invitation is for "<b>{a.email}</b>". You are signed in as "<b>{other}</b>". Sign out first, then open the link from the letter again."</p>
                    <form method="post" action="/sign-out"><button class="btn" type="submit">"Sign out"</button></form>
                }.into_any(),
                None => view! {
                    <p>"The invitation is for "<b>{a.email}</b>"."</p>
                    <p class="acts"><a class="btn primary" href=format!("/sign-in?next={next}")>"Sign in"</a>" "<a class="btn" href=format!("/sign-up?next={next}")>"Sign up"</a></p>
                }.into_any(),
            }}
        </div>
    }
    .into_any()
}
