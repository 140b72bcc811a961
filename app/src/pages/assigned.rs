//! The findings that somebody sees to, over all their workspaces.

use crate::parts::{count, outcome};
use leptos::prelude::*;
use readiness::Outcome;

/// One of them.
#[derive(Clone, Debug)]
pub struct Task {
    /// Of the check.
    pub id: String,
    /// Of the check.
    pub title: String,
    /// Of the project.
    pub domain: String,
    /// Where it is.
    pub href: Option<String>,
    /// In the newest result.
    pub outcome: Option<Outcome>,
    /// `YYYY-MM-DD`, or empty.
    pub due: String,
    /// Whether that day is over in the zone of the workspace.
    pub over: bool,
}

/// The page.
pub fn page(tasks: &[Task]) -> AnyView {
    let rows = tasks
        .iter()
        .map(|t| {
            let late = t.over && t.outcome != Some(Outcome::Pass);
            let due = if t.due.is_empty() { "–".to_owned() } else { t.due.clone() };
            view! {
                <tr>
                    <td>{match t.href.clone() { Some(href) => view! { <a class="t" href=href>{t.title.clone()}</a> }.into_any(), None => t.title.clone().into_any() }}<span class="sub">{t.domain.clone()}" · "<span class="mono">{t.id.clone()}</span></span></td>
                    <td>{t.outcome.map(outcome)}</td>
                    <td>{due}{late.then(|| view! { <span class="sub late">"late"</span> })}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <p class="crumbs small"><a href="/projects">"Projects"</a>" / assigned to me"</p>
        <div class="head"><h1>"Assigned to me"</h1><span class="small muted">{count(tasks.len(), "finding", "findings")}</span></div>
        {if tasks.is_empty() {
            view! { <div class="empty"><p>"Nothing is assigned to you. On the page of a finding, anybody who works on the project can say who sees to it and by when."</p></div> }.into_any()
        } else {
            view! { <table class="list people"><thead><tr><th scope="col">"Finding"</th><th scope="col">"Now"</th><th scope="col">"By"</th></tr></thead><tbody>{rows}</tbody></table> }.into_any()
        }}
    }
    .into_any()
}
