//! How the score is made, from the tables that it is made with.

use crate::parts::number;
use leptos::prelude::*;
use readiness::score::CEILINGS;
use readiness::{Area, Impact};

/// The page.
pub fn page() -> AnyView {
    let impacts =
        Impact::ALL.iter().map(|i| view! { <tr><td>{i.word()}</td><td class="num">{number(i.weight())}</td></tr> }).collect_view();
    let areas = Area::ALL.iter().map(|a| view! { <tr><td>{a.word()}</td><td class="num">{number(a.weight())}</td></tr> }).collect_view();
    let caps = CEILINGS.iter().map(|c| view! { <tr><td>{c.when}</td><td class="num">{number(c.limit)}</td></tr> }).collect_view();
    view! {
        <div class="prose">
            <h1>"How it works"</h1>
            <p>"You type a domain. The scanner visits it as an ordinary visitor and resolver would: it asks name servers, completes a TLS handshake, follows redirects, reads the front page and what it loads. What was seen is kept as evidence, word for word, with time and server. Rules then judge the evidence, and everything else follows from their findings."</p>
            <h2>"The verdict"</h2>
            <p><b>"Not ready"</b>" while a critical check fails. "<b>"Unproven"</b>" when none fails but a critical question has no answer yet; many can only be answered by you. "<b>"Ready, with risks"</b>" when what is open is not critical. "<b>"Ready"</b>" when nothing of medium impact or more is open. Then you are done for launch, whatever the number says."</p>
            <h2>"The score"</h2>
            <p>"Each check weighs by its impact. A pass earns the whole weight, a warning half, a failure nothing. What does not apply or is not known stands outside."</p>
            <div class="two">
                <table><thead><tr><th scope="col">"Impact"</th><th scope="col" class="num">"Weight"</th></tr></thead><tbody>{impacts}</tbody></table>
                <table><thead><tr><th scope="col">"Area"</th><th scope="col" class="num">"Of 100"</th></tr></thead><tbody>{areas}</tbody></table>
            </div>
            <p>"An area without evidence shares its part out among the others. Coverage says how much of the weight has evidence; the range counts the rest first as failing, then as passing."</p>
            <h2>"Caps"</h2>
            <p>"A high number must not hide a blocker. The lowest cap that applies holds the score down, and is always shown with its cause."</p>
            <table><thead><tr><th scope="col">"When"</th><th scope="col" class="num">"At most"</th></tr></thead><tbody>{caps}</tbody></table>
            <h2>"What is never done"</h2>
            <p>"No password is tried, nothing is written, no port but 80 and 443 is opened, no more than 120 requests go to a host. Leftover files such as /.env are only asked for when somebody declared to be entitled to test the site. Secrets that are met are masked before they are stored. The scanner calls itself LaunchReady."</p>
        </div>
    }
    .into_any()
}
