//! How the instance is doing, for whoever runs it.

use crate::parts::{count, moment};
use leptos::prelude::*;
use store::{AuditRow, Health, MailRow, UserRow};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The numbers.
    pub health: Health,
    /// Name and version.
    pub version: String,
    /// `SQLite` or `Postgres`.
    pub engine: &'static str,
    /// Scans at once in this process.
    pub workers: usize,
    /// Since when this process runs, epoch milliseconds.
    pub since: i64,
    /// Bytes free where the data folder is, if known.
    pub free: Option<u64>,
    /// How mail leaves.
    pub mail: &'static str,
    /// Whether the queue answers.
    pub queue: bool,
    /// Mail that is not sent.
    pub unsent: Vec<MailRow>,
    /// Accounts that were searched for.
    pub users: Vec<UserRow>,
    /// What administrators did.
    pub log: Vec<AuditRow>,
    /// As typed.
    pub words: String,
}

#[allow(clippy::cast_precision_loss, reason = "shown with one digit")]
fn size(bytes: u64) -> String {
    let mb = bytes as f64 / 1_048_576.0;
    if mb >= 1024.0 { format!("{:.1} GB", mb / 1024.0) } else { format!("{mb:.1} MB") }
}

/// The page.
pub fn page(s: Shown, now: i64) -> AnyView {
    let h = &s.health;
    let lag = (h.oldest > 0).then(|| format!("the oldest for {} s", (now - h.oldest).max(0) / 1000));
    let fact = |name: &'static str, value: String| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    let n = |x: i64| usize::try_from(x).unwrap_or(0);
    let unsent = s.unsent.iter().map(mail).collect_view();
    let users = s.users.iter().map(user).collect_view();
    view! {
        <div class="head"><h1>"Instance"</h1><span class="small muted">{s.version}</span></div>
        <section class="part">
            <h2>"Health"</h2>
            <dl class="facts">
                {fact("Running since", readiness::time::human(s.since))}
                {fact("Database", format!("{}, {}", s.engine, size(u64::try_from(h.bytes).unwrap_or(0))))}
                {(h.to_move > 0).then(|| fact("Moving", format!("{} of a former version are still to be moved; it goes on by itself", count(n(h.to_move), "result", "results"))))}
                {fact("Free on the disk", s.free.map_or_else(|| "not known".into(), size))}
                {fact("Queue", if s.queue { "answers".into() } else { "does not answer".into() })}
                {fact("Scans", format!("{} waiting{}, {} running, {} at once here", h.waiting, lag.map(|l| format!(" ({l})")).unwrap_or_default(), h.running, s.workers))}
                {fact("Mail", format!("{}; {} waiting, {} given up", s.mail, h.mail, h.dead_mail))}
                {fact("Held", format!("{}, {}, {}", count(n(h.accounts), "account", "accounts"), count(n(h.workspaces), "workspace", "workspaces"), count(n(h.projects), "project", "projects")))}
            </dl>
        </section>
        <section class="part">
            <h2>"Mail that is not sent"</h2>
            {if s.unsent.is_empty() { view! { <p class="muted">"Everything is sent."</p> }.into_any() } else { view! {
                <table class="list people">
                    <thead><tr><th scope="col">"For"</th><th scope="col">"State"</th><th scope="col" class="wide">"Since"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead>
                    <tbody>{unsent}</tbody>
                </table>
            }.into_any() }}
        </section>
        {(!s.log.is_empty()).then(|| view! {
            <section class="part">
                <h2>"Log"</h2>
                <table class="list people log">
                    <thead><tr><th scope="col">"When"</th><th scope="col">"Who"</th><th scope="col">"What"</th><th scope="col" class="wide">"From"</th></tr></thead>
                    <tbody>{s.log.iter().map(super::workspace::line).collect_view()}</tbody>
                </table>
            </section>
        })}
        <section class="part">
            <h2>"Accounts"</h2>
            <form class="narrow" method="get" action="/admin">
                <div class="field"><label for="q">"Address"</label><input id="q" name="q" type="search" value=s.words autocomplete="off"/></div>
                <button class="btn" type="submit">"Search"</button>
            </form>
            <table class="list people">
                <thead><tr><th scope="col">"Address"</th><th scope="col">"State"</th><th scope="col" class="wide">"Workspaces"</th><th scope="col" class="wide">"Since"</th></tr></thead>
                <tbody>{users}</tbody>
            </table>
            <p class="small muted">"Switching accounts off, quotas, backup and repair: "<span class="mono">"launch-ready admin --help"</span></p>
        </section>
    }
    .into_any()
}

fn mail(m: &MailRow) -> impl IntoView + use<> {
    let (id, dead) = (m.id.clone(), m.status == "dead");
    // The cause names the deed; whose it is stays out of sight.
    let deed = m.cause.split('-').next().unwrap_or_default().to_owned();
    let state = if dead {
        format!("given up after {}", count(usize::try_from(m.attempts).unwrap_or(0), "try", "tries"))
    } else {
        "waiting".to_owned()
    };
    view! {
        <tr>
            <td>{deed}</td>
            <td>{state}<span class="sub">{m.error.clone()}</span></td>
            <td class="wide">{moment(m.created_at)}</td>
            <td>{dead.then(|| view! { <form method="post" action="/admin/mail"><input type="hidden" name="mail" value=id/><button class="btn" type="submit">"Try again"</button></form> })}</td>
        </tr>
    }
}

fn user(u: &UserRow) -> impl IntoView + use<> {
    let words = [(u.admin, "administrator"), (!u.verified, "not confirmed"), (u.disabled, "switched off")];
    let state: Vec<_> = words.iter().filter(|(yes, _)| *yes).map(|(_, w)| *w).collect();
    view! {
        <tr>
            <td>{u.email.clone()}</td>
            <td>{if state.is_empty() { "–".to_owned() } else { state.join(", ") }}</td>
            <td class="wide">{u.workspaces}</td>
            <td class="wide">{moment(u.created_at)}</td>
        </tr>
    }
}
