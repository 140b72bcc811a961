//! How a project is kept: when it is scanned, what it is filed under, what the reader is told.

use crate::parts::moment;
use leptos::prelude::*;
use store::{AccountId, Filed, Mode, Schedule};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct View {
    /// The domain for a person.
    pub domain: String,
    /// Address of the project.
    pub project: String,
    /// Its schedule.
    pub schedule: Option<Schedule>,
    /// As typed: the rhythm and the zone.
    pub rhythm: String,
    /// See `rhythm`.
    pub zone: String,
    /// Beside the schedule.
    pub error: Option<String>,
    /// What it is filed under.
    pub filed: Filed,
    /// Who can see to it.
    pub people: Vec<(AccountId, String)>,
    /// What the reader chose for this project, if anything.
    pub mode: Option<Mode>,
    /// What holds otherwise.
    pub usual: Mode,
    /// Whether the reader may work on it.
    pub may_work: bool,
    /// What was just done.
    pub said: Option<&'static str>,
}

/// A mode for a person.
#[must_use]
pub const fn mode_words(m: Mode) -> &'static str {
    match m {
        Mode::Change => "when something changed",
        Mode::Weekly => "in a digest every Monday",
        Mode::Monthly => "in a report on the first of the month",
        Mode::Off => "never",
    }
}

/// The page.
pub fn page(v: &View) -> AnyView {
    view! {
        <p class="crumbs small"><a href=v.project.clone()>{v.domain.clone()}</a>" / arrange"</p>
        <div class="head"><h1>"Schedule, filing, reports"</h1></div>
        {v.said.map(|s| view! { <p class="said pass" role="status">{s}</p> })}
        {v.may_work.then(|| schedule(v))}
        {v.may_work.then(|| filing(v))}
        {reports(v)}
    }
    .into_any()
}

fn schedule(v: &View) -> AnyView {
    let preset = ["daily", "weekly", "monthly"].contains(&v.rhythm.as_str());
    let choice = |value: &'static str, text: &'static str, on: bool| {
        view! { <label class="choice"><input type="radio" name="rhythm" value=value checked=on/><span>{text}</span></label> }
    };
    let bad = v.error.is_some();
    let own = if preset { String::new() } else { v.rhythm.clone() };
    let now = match &v.schedule {
        None => view! { <p>"It is scanned only when somebody asks."</p> }.into_any(),
        Some(s) if s.paused.is_empty() => view! { <p>"The next scan is "{moment(s.next_at)}"."</p> }.into_any(),
        Some(s) => view! { <p class="note">"The schedule rests. "{s.paused.clone()}" Save it again to start it."</p> }.into_any(),
    };
    view! {
        <section class="part">
            <h2>"When it is scanned"</h2>
            {now}
            <form class="narrow" method="post" action=format!("{}/schedule", v.project)>
                <fieldset class="field"><legend>"Rhythm"</legend>
                    {choice("", "only when asked", v.rhythm.is_empty())}
                    {choice("daily", "every day, at five in the morning", v.rhythm == "daily")}
                    {choice("weekly", "every Monday", v.rhythm == "weekly")}
                    {choice("monthly", "on the first of the month", v.rhythm == "monthly")}
                    {choice("own", "as written here:", !preset && !v.rhythm.is_empty())}
                    <label class="sr-only" for="cron">"Five fields of cron"</label>
                    <input id="cron" name="cron" value=own placeholder="30 6 * * 1-5" spellcheck="false" aria-describedby="cron-hint" aria-invalid=bad.then_some("true")/>
                    <p id="cron-hint" class=if bad { "err" } else { "hint" }>{v.error.clone().unwrap_or_else(|| "Minute, hour, day, month, weekday: half past six on working days. Projects are spread over some minutes, so that not all start at once.".into())}</p>
                </fieldset>
                <div class="field"><label for="zone">"Time zone"</label><input id="zone" name="zone" value=v.zone.clone() spellcheck="false"/></div>
                <button class="btn primary" type="submit">"Save the schedule"</button>
            </form>
        </section>
    }
    .into_any()
}

fn filing(v: &View) -> AnyView {
    let options = v
        .people
        .iter()
        .map(|(id, email)| view! { <option value=id.to_string() selected=v.filed.owner.as_ref() == Some(id)>{email.clone()}</option> })
        .collect_view();
    view! {
        <section class="part">
            <h2>"What it is filed under"</h2>
            <form class="narrow" method="post" action=format!("{}/file", v.project)>
                <div class="field"><label for="client">"Client"</label><input id="client" name="client" value=v.filed.client.clone() maxlength="80"/></div>
                <div class="field"><label for="tags">"Tags"</label><input id="tags" name="tags" value=v.filed.tags.join(" ") maxlength="300" aria-describedby="tags-hint"/><p id="tags-hint" class="hint">"Words with spaces between them."</p></div>
                <div class="field"><label for="owner">"Who sees to it"</label><select id="owner" name="owner"><option value="">"nobody"</option>{options}</select></div>
                <button class="btn" type="submit">"Save"</button>
            </form>
        </section>
    }
    .into_any()
}

fn reports(v: &View) -> AnyView {
    view! {
        <section class="part">
            <h2>"What you are told by mail"</h2>
            <form class="narrow" method="post" action=format!("{}/reports", v.project)>
                {modes(v.mode, Some(v.usual))}
                <button class="btn" type="submit">"Save"</button>
            </form>
            <p class="small"><a href="/workspace/reports">"For all projects, and quiet hours"</a></p>
        </section>
    }
    .into_any()
}

/// The choice of a mode; with `usual`, also to follow the rest.
pub fn modes(now: Option<Mode>, usual: Option<Mode>) -> AnyView {
    let follow = usual.map(|u| {
        view! { <label class="choice"><input type="radio" name="mode" value="" checked=now.is_none()/><span>{format!("as for all projects: {}", mode_words(u))}</span></label> }
    });
    let choices = Mode::ALL
        .iter()
        .map(|m| {
            view! { <label class="choice"><input type="radio" name="mode" value=m.word() checked=now == Some(*m)/><span>{mode_words(*m)}</span></label> }
        })
        .collect_view();
    view! { <fieldset class="field"><legend>"You are told"</legend>{follow}{choices}</fieldset> }.into_any()
}
