//! What a member is told by mail: signed in, or by the signed address below each such mail.

use super::schedule::modes;
use leptos::prelude::*;
use store::Choices;

/// The page; `action` is where the form goes, `project` the domain if it is about one alone.
pub fn page(
    action: &str,
    c: &Choices,
    project: Option<(String, Option<store::Mode>)>,
    said: Option<&'static str>,
    error: Option<String>,
) -> AnyView {
    let bad = error.is_some();
    let (from, to) = c.quiet.split_once('-').map_or((String::new(), String::new()), |(a, b)| (a.to_owned(), b.to_owned()));
    let hours = |now: &str| {
        (0..24).map(|h| view! { <option value=h.to_string() selected=now == h.to_string()>{format!("{h:02}:00")}</option> }).collect_view()
    };
    let what = project.as_ref().map_or_else(|| format!("all projects of “{}”", c.workspace), |(d, _)| d.clone());
    let choice = match &project {
        Some((_, mode)) => modes(*mode, Some(c.usual)),
        None => modes(Some(c.usual), None),
    };
    view! {
        <div class="narrow wide-form">
            <h1>"Reports by mail"</h1>
            <p>{format!("For {what}.")}</p>
            {said.map(|s| view! { <p class="said pass" role="status">{s}</p> })}
            <form method="post" action=action.to_owned()>
                {choice}
                <fieldset class="field"><legend>"Quiet hours"</legend>
                    <span class="acts"><label class="sr-only" for="quiet-from">"from"</label><select id="quiet-from" name="from"><option value="">"none"</option>{hours(&from)}</select>" to "<label class="sr-only" for="quiet-to">"to"</label><select id="quiet-to" name="to"><option value="">"none"</option>{hours(&to)}</select></span>
                    <p class=if bad { "err" } else { "hint" }>{error.unwrap_or_else(|| format!("Reports wait until they are over ({}).", c.zone))}</p>
                </fieldset>
                <button class="btn primary" type="submit">"Save"</button>
            </form>
        </div>
    }
    .into_any()
}
