//! Sharing a project: links, badge, handing it over; and what a stranger with a link meets.

use crate::parts::{count, field, moment, proof};
use leptos::prelude::*;
use store::{Offer, Share};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The domain for a person.
    pub domain: String,
    /// Address of the project.
    pub project: String,
    /// Of this site.
    pub site: String,
    /// The links there are.
    pub shares: Vec<Share>,
    /// A link that was just made, to be copied now.
    pub fresh: Option<String>,
    /// The badge's public id; empty while it has none.
    pub badge: String,
    /// Whether the reader may hand the project over.
    pub owner: bool,
    /// The offer that is under way.
    pub offer: Option<Offer>,
    /// What was just done.
    pub note: Option<String>,
    /// As typed, for the hand-over.
    pub email: String,
    /// Beside it.
    pub email_error: Option<String>,
    /// Beside the password of the hand-over.
    pub password_error: Option<String>,
    /// Whether a code is asked for beside that password.
    pub second: bool,
    /// Beside the label of a link.
    pub label_error: Option<String>,
}

/// The page.
pub fn page(s: Shown) -> AnyView {
    let (project, site) = (s.project.clone(), s.site.clone());
    let rows = s.shares.iter().map(|x| line(x, &project)).collect_view();
    let badge = (!s.badge.is_empty()).then(|| {
        let url = format!("{site}/badge/{}.svg", s.badge);
        let markdown = format!("[![Launch Ready]({url})]({site})");
        view! {
            <p><img src=format!("/badge/{}.svg", s.badge) alt="The badge as it looks now" height="20"/></p>
            <pre tabindex="0">{markdown}</pre>
            <p class="small muted">{format!("As JSON for shields.io: {site}/badge/{}.json", s.badge)}</p>
        }
    });
    let (badge_word, badge_to) = if s.badge.is_empty() { ("Give it a badge", "on") } else { ("Take the badge away", "off") };
    view! {
        <p class="crumbs small"><a href=project.clone()>{s.domain.clone()}</a>" / share"</p>
        <div class="head"><h1>"Share"</h1></div>
        {s.note.map(|n| view! { <p class="note" role="status">{n}</p> })}
        {s.fresh.map(|url| view! { <div class="note" role="status"><p>"Copy the link now. It is not shown again."</p><pre tabindex="0">{url}</pre></div> })}
        <section class="part">
            <h2>"Links"</h2>
            <p class="muted">"Whoever has a link reads the report, without an account. They change nothing and see nothing else of yours."</p>
            <form class="narrow" method="post" action=format!("{project}/share")>
                {field("label", "What it is for", "text", String::new(), s.label_error, "For your own list: investor, landing page, Ada.", "off")}
                <fieldset class="field"><legend>"Shows"</legend>
                    <label class="choice" for="live"><input id="live" type="radio" name="shows" value="live" checked=true/>"The newest result, whenever it is opened"</label>
                    <label class="choice" for="frozen"><input id="frozen" type="radio" name="shows" value="frozen"/>"The result as it is now"</label>
                </fieldset>
                <div class="field"><label for="days">"Works for"</label><select id="days" name="days"><option value="7">"7 days"</option><option value="30" selected=true>"30 days"</option><option value="365">"a year"</option><option value="0">"until it is ended here"</option></select></div>
                {field("share_password", "Password", "text", String::new(), None, "If you like. Send it by another way than the link.", "off")}
                <button class="btn primary" type="submit">"Make the link"</button>
            </form>
            {(!s.shares.is_empty()).then(|| view! {
                <table class="list people">
                    <thead><tr><th scope="col">"For"</th><th scope="col">"Shows"</th><th scope="col">"Opened"</th><th scope="col" class="wide">"Until"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            })}
        </section>
        <section class="part">
            <h2>"Badge"</h2>
            <p class="muted">"A small picture with verdict and score for a README or a status page. Anybody who sees it sees the score."</p>
            {badge}
            <form method="post" action=format!("{project}/badge")><input type="hidden" name="badge" value=badge_to/><button class="btn" type="submit">{badge_word}</button></form>
        </section>
        {s.owner.then(|| hand_over(&project, s.offer, s.email, s.email_error, s.password_error, s.second))}
    }
    .into_any()
}

fn hand_over(
    project: &str,
    offer: Option<Offer>,
    email: String,
    email_error: Option<String>,
    password_error: Option<String>,
    second: bool,
) -> AnyView {
    let open = email_error.is_some() || password_error.is_some();
    let waiting = offer.map(|o| {
        view! {
            <p>"Offered to "<b>{o.email}</b>", who has until "{moment(o.expires_at)}" to accept."</p>
            <form method="post" action=format!("{project}/handover/withdraw")><button class="btn" type="submit">"Take the offer back"</button></form>
        }
    });
    view! {
        <section class="part">
            <h2>"Hand over"</h2>
            <p class="muted">"The project moves to somebody else's workspace with its whole history. Links and tokens for it end."</p>
            {waiting}
            <details class="later" open=open>
                <summary>"Offer the project to somebody"</summary>
                <form class="narrow" method="post" action=format!("{project}/handover")>
                    {field("email", "Their e-mail", "email", email, email_error, "They accept it into a workspace that they own.", "off")}
                    <label class="choice" for="stays"><input id="stays" type="checkbox" name="stays" value="yes"/>"I stay as a viewer of it"</label>
                    {proof("offer", "password", password_error, second)}
                    <button class="btn" type="submit">"Send the offer"</button>
                </form>
            </details>
        </section>
    }
    .into_any()
}

fn line(s: &Share, project: &str) -> impl IntoView + use<> {
    let (id, label) = (s.id.clone(), s.label.clone());
    let shows = if s.scan.is_some() { "one scan" } else { "the newest" };
    view! {
        <tr>
            <td>{label.clone()}{(!s.password_hash.is_empty()).then(|| view! { <span class="sub">"with a password"</span> })}</td>
            <td>{shows}</td>
            <td>{count(usize::try_from(s.views).unwrap_or(0), "time", "times")}</td>
            <td class="wide">{if s.expires_at > 0 { moment(s.expires_at).into_any() } else { view! { "ended here" }.into_any() }}</td>
            <td><form method="post" action=format!("{project}/share/end")><input type="hidden" name="share" value=id/><button class="btn quiet" type="submit" aria-label=format!("End the link for {label}")>"End it"</button></form></td>
        </tr>
    }
}

/// Asks a stranger for the password of a link.
pub fn locked(secret: String, error: Option<String>) -> AnyView {
    view! {
        <div class="narrow">
            <h1>"A shared report"</h1>
            <p>"Whoever sent you the link has set a password for it."</p>
            <form method="post" action=format!("/shared/{secret}/unlock")>
                {field("password", "Password", "password", String::new(), error, "", "off")}
                <button class="btn primary" type="submit">"Open the report"</button>
            </form>
        </div>
    }
    .into_any()
}

/// Asks whether to take a project over.
pub fn offered(link: String, offer: &Offer, who: Option<String>, places: &[(String, String)]) -> AnyView {
    let next = format!("%2Fhandover%3Flink%3D{link}");
    let mine = who.as_deref().is_some_and(|w| w.eq_ignore_ascii_case(&offer.email));
    let options = places.iter().map(|(id, name)| view! { <option value=id.clone()>{name.clone()}</option> }).collect_view();
    view! {
        <div class="narrow">
            <h1>{format!("Take over {}", offer.domain)}</h1>
            <p>"The workspace "<b>{offer.from.clone()}</b>" hands the project over to you, with every scan of it."{offer.stays.then_some(" Whoever offers it stays as a viewer.")}</p>
            {match who {
                Some(_) if mine => view! {
                    <form method="post" action="/handover">
                        <input type="hidden" name="link" value=link/>
                        <div class="field"><label for="workspace">"Into your workspace"</label><select id="workspace" name="workspace">{options}</select></div>
                        <button class="btn primary" type="submit">"Take it over"</button>
                    </form>
                }.into_any(),
                Some(other) => view! {
                    <p>"The offer is for "<b>{offer.email.clone()}</b>". You are signed in as "<b>{other}</b>". Sign out first, then open the link from the letter again."</p>
                    <form method="post" action="/sign-out"><button class="btn" type="submit">"Sign out"</button></form>
                }.into_any(),
                None => view! {
                    <p>"The offer is for "<b>{offer.email.clone()}</b>"."</p>
                    <p class="acts"><a class="btn primary" href=format!("/sign-in?next={next}")>"Sign in"</a><a class="btn" href=format!("/sign-up?next={next}")>"Sign up"</a></p>
                }.into_any(),
            }}
        </div>
    }
    .into_any()
}
