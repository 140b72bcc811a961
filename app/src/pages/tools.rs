//! Free tools, without an account: each a page whose result stands in its address.

use crate::parts::{fix_block, outcome, picture_of};
use leptos::prelude::*;
use readiness::tools::cost::{ASSUMPTIONS, Cost, Open};
use readiness::tools::risk::{BANDS, QUESTIONS, Risk};
use readiness::tools::sprint::Choice;
use readiness::{Area, Assessment, Outside, catalogue};

/// An inspector: one thing about a domain, looked at now.
#[derive(Clone, Copy, Debug)]
pub struct Inspector {
    /// In the address.
    pub word: &'static str,
    /// For a person.
    pub title: &'static str,
    /// What it shows, in one sentence.
    pub text: &'static str,
    /// The checks that it shows.
    pub checks: &'static [&'static str],
}

/// The inspectors.
pub const INSPECTORS: [Inspector; 3] = [
    Inspector {
        word: "spf",
        title: "SPF inspector",
        text: "The SPF record with everything that it includes, what it costs in look-ups, and what is wrong with it.",
        checks: &["MAIL-02", "MAIL-03", "MAIL-04", "MAIL-05", "MAIL-06"],
    },
    Inspector {
        word: "dmarc",
        title: "DMARC inspector",
        text: "The DMARC record, how strict it is, and whether its reports reach somebody.",
        checks: &["MAIL-09", "MAIL-10", "MAIL-11"],
    },
    Inspector {
        word: "redirects",
        title: "Redirect inspector",
        text: "Where the four ways to type your domain lead, hop by hop.",
        checks: &["RED-01", "RED-02", "RED-03", "RED-04", "RED-05"],
    },
];

/// All tools.
pub fn index() -> AnyView {
    let inspectors = INSPECTORS
        .iter()
        .map(|i| view! { <li><h2><a href=format!("/tools/{}", i.word)>{i.title}</a></h2><p>{i.text}</p></li> })
        .collect_view();
    view! {
        <div class="head"><h1>"Tools"</h1><span class="small muted">"free, without an account; each result is an address that you can pass on"</span></div>
        <ul class="tools">
            <li><h2><a href="/">"Launch readiness"</a></h2><p>"Type a domain: what would break a launch, in the order in which it is safe to fix."</p></li>
            <li><h2><a href="/tools/risk">"App risk"</a></h2><p>"Twelve questions about what is at stake and how the product is run."</p></li>
            <li><h2><a href="/tools/cost">"Cost"</a></h2><p>"What mending costs, what running costs, and what leaving it costs. Every assumption is yours to change."</p></li>
            <li><h2><a href="/tools/sprint">"Sprint picker"</a></h2><p>"Which work to choose for the areas below the bar, and how to do it yourself."</p></li>
            {inspectors}
        </ul>
    }
    .into_any()
}

fn crumbs(title: &'static str) -> impl IntoView {
    view! { <p class="crumbs small"><a href="/tools">"Tools"</a>" / "{title}</p> }
}

/// Which scan the answers come from.
fn from_scan(domain: Option<&str>, scan: Option<&str>) -> AnyView {
    match (domain, scan) {
        (Some(d), Some(s)) => view! { <p class="note">"Filled in from "<a href=format!("/scans/{s}")>{format!("the scan of {d}")}</a>". Change what is not right."</p> }.into_any(),
        _ => view! { <p class="small muted">"With a "<a href="/">"scan of your domain"</a>" much of this is filled in: its result page links here."</p> }.into_any(),
    }
}

/// App risk: the questions with their answers, and the estimate.
pub fn risk(answers: &dyn Fn(&str) -> Option<String>, r: &Risk, domain: Option<&str>, scan: Option<&str>) -> AnyView {
    let questions = QUESTIONS
        .iter()
        .map(|q| {
            let now = answers(q.key);
            let options = q
                .answers
                .iter()
                .map(|(word, text, _)| {
                    let on = now.as_deref() == Some(*word);
                    view! { <label class="choice"><input type="radio" name=q.key value=*word checked=on/><span>{*text}</span></label> }
                })
                .collect_view();
            let checks = q.checks.iter().map(|c| view! { " "<a class="mono small" href=format!("/checks/{c}")>{*c}</a> }).collect_view();
            let worst = r.worst.contains(&q.key).then(|| view! { <p class="o fail">"This weighs most."</p> });
            view! { <fieldset class="field"><legend>{q.text}</legend>{options}{worst}<p class="hint">"Proved by"{checks}</p></fieldset> }
        })
        .collect_view();
    let (_, name, advice) = BANDS.get(r.band).copied().unwrap_or(BANDS[0]);
    let class = ["pass", "pass", "warn", "fail", "fail"].get(r.band).copied().unwrap_or("unknown");
    let told = if r.answered < QUESTIONS.len() {
        format!("{} of {} answered; the rest counts as its middle.", r.answered, QUESTIONS.len())
    } else {
        "All twelve answered.".to_owned()
    };
    let grid = (1..=5u8)
        .rev()
        .map(|l| {
            let cells = (1..=5u8)
                .map(|i| {
                    let here = (l, i) == (r.likelihood, r.impact);
                    let band = BANDS.iter().position(|(m, _, _)| l * i <= *m).unwrap_or(4);
                    view! { <td class=format!("band{band}")>{here.then_some("●")}</td> }
                })
                .collect_view();
            view! { <tr><th scope="row">{l}</th>{cells}</tr> }
        })
        .collect_view();
    view! {
        {crumbs("app risk")}
        <div class="head"><h1>"App risk"</h1></div>
        <div class="cols tool">
            <section class="first">
                {from_scan(domain, scan)}
                <form method="get" action="/tools/risk">
                    {scan.map(|s| view! { <input type="hidden" name="scan" value=s.to_owned()/> })}
                    {questions}
                    <button class="btn primary" type="submit">"Estimate"</button>
                </form>
            </section>
            <section class="first">
                <div class=format!("word {class}")><i aria-hidden="true"></i>{name}</div>
                <p class="lead">{advice}</p>
                <p class="small muted">{told}</p>
                <table class="grid"><caption class="small muted">"Likelihood (up) times impact (right), each 1 to 5"</caption><tbody>{grid}<tr><td></td>{(1..=5u8).map(|i| view! { <th scope="col">{i}</th> }).collect_view()}</tr></tbody></table>
                <p class="small muted">{format!("Likelihood {}, impact {}. Each is the mean of its answers and their worst, since one open door is enough. Bands: up to 4 low, 8 moderate, 12 elevated, 16 high, above severe.", r.likelihood, r.impact)}</p>
            </section>
        </div>
    }
    .into_any()
}

/// A number as it was typed, without needless zeros.
fn exact(x: f64) -> String {
    format!("{x:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn money(x: f64) -> String {
    let whole = format!("{:.0}", x.round());
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}

/// Cost: the assumptions, and what they come to.
pub fn cost(values: &dyn Fn(&str) -> f64, open: Open, c: &Cost, domain: Option<&str>, scan: Option<&str>) -> AnyView {
    let fields = ASSUMPTIONS
        .iter()
        .map(|a| {
            let value = values(a.key);
            view! { <div class="field"><label for=a.key>{a.label}</label><input id=a.key name=a.key inputmode="decimal" value=exact(value)/></div> }
        })
        .collect_view();
    let hours = |x: f64| format!("{x:.1}");
    view! {
        {crumbs("cost")}
        <div class="head"><h1>"Cost"</h1></div>
        {from_scan(domain, scan)}
        <div class="cols tool">
            <section class="first">
                <form method="get" action="/tools/cost">
                    {scan.map(|s| view! { <input type="hidden" name="scan" value=s.to_owned()/> })}
                    <div class="assumptions">{fields}<div class="field"><label for="blockers">"Blockers that stay open"</label><input id="blockers" name="blockers" inputmode="numeric" value=open.blockers.to_string()/></div></div>
                    <button class="btn primary" type="submit">"Reckon"</button>
                </form>
            </section>
            <section class="first">
                <table class="sums">
                    <thead><tr><th scope="col">"What"</th><th scope="col" class="num">"Low"</th><th scope="col" class="num">"Likely"</th><th scope="col" class="num">"High"</th></tr></thead>
                    <tbody>
                        <tr><th scope="row">"Hours to mend"</th><td class="num">{hours(c.hours.0)}</td><td class="num">{hours(c.hours.1)}</td><td class="num">{hours(c.hours.2)}</td></tr>
                        <tr><th scope="row">"Mending"</th><td class="num">{money(c.mend.0)}</td><td class="num"><b>{money(c.mend.1)}</b></td><td class="num">{money(c.mend.2)}</td></tr>
                        <tr><th scope="row">"Running, a month"</th><td></td><td class="num">{money(c.running)}</td><td></td></tr>
                        <tr class="total"><th scope="row">"Leaving it, first month"</th><td></td><td class="num">{money(c.leave)}</td><td></td></tr>
                    </tbody>
                </table>
                <p class="small muted">"Low is 0.6 of likely, high 1.8: fixes seldom take half, and often take double. Leaving it: each blocker loses its share of the sign-ups that the others have left, times what one is worth in a year. Money is in whatever your rate is in."</p>
            </section>
        </div>
    }
    .into_any()
}

/// Sprint picker: areas, packages, and how to do it oneself.
pub fn sprint(areas: &[(Area, bool)], c: &Choice, domain: Option<&str>, scan: Option<&str>) -> AnyView {
    let rows = Area::ALL
        .iter()
        .map(|a| {
            let now = areas.iter().find(|(x, _)| x == a).map(|(_, critical)| if *critical { "critical" } else { "below" }).unwrap_or("");
            let option = |value: &'static str, text: &'static str| view! { <option value=value selected=now == value>{text}</option> };
            view! { <div class="field"><label for=a.word()>{a.word()}</label><select id=a.word() name=a.word()>{option("", "holds")}{option("below", "below the bar")}{option("critical", "something critical fails")}</select></div> }
        })
        .collect_view();
    let packages = c.packages.iter().map(|p| view! { <li><h2>{p.name}" "<span class="small muted">{format!("about {} h", p.hours)}</span></h2><p>{p.result}</p><p class="small muted">"By yourself: "{p.alone}</p></li> }).collect_view();
    view! {
        {crumbs("sprint picker")}
        <div class="head"><h1>"Sprint picker"</h1></div>
        {from_scan(domain, scan)}
        <div class="cols tool">
            <section class="first">
                {if c.packages.is_empty() { view! { <p class="lead">"Nothing is below the bar: no sprint is needed. Launch."</p> }.into_any() } else if c.full { view! { <p class="lead">{format!("Three areas or more have something critical: take the whole 48-hour sprint, about {} hours of work in one safe order.", c.hours)}</p> }.into_any() } else { view! { <p class="lead">{format!("Take {}, about {} hours.", crate::parts::count(c.packages.len(), "package", "packages"), c.hours)}</p> }.into_any() }}
                <ul class="packages">{packages}</ul>
                <h2>{if c.packages.is_empty() { "By yourself" } else { "Or by yourself" }}</h2>
                <p>"Every finding has its steps, the exact value and the undo. "<a href="/">"Scan your domain"</a>", open the plan, and go through it in its order: nothing in it breaks what works. It costs nothing."</p>
            </section>
            <section class="first">
                <form method="get" action="/tools/sprint">{rows}<button class="btn" type="submit">"Choose"</button></form>
            </section>
        </div>
    }
    .into_any()
}

/// An inspector: its form, and what was seen.
pub fn inspector(i: &Inspector, typed: &str, error: Option<String>, found: Option<(&Outside, &Assessment)>) -> AnyView {
    let bad = error.is_some();
    let rows = found.map(|(e, a)| {
        let list = i
            .checks
            .iter()
            .filter_map(|id| a.finding(id))
            .enumerate()
            .map(|(n, f)| {
                let seen = f.evidence.iter().map(|s| view! { <p class="small muted mono">{s.source.clone()}</p><pre tabindex="0">{s.text.clone()}</pre> }).collect_view();
                let title = catalogue::entry(&f.id).map_or("", |c| c.title);
                view! {
                    <section>
                        <header><h2>{title}</h2>{outcome(f.outcome)}<span class="push small"><a href=format!("/checks/{}", f.id)>{f.id.clone()}</a></span></header>
                        <p>{f.summary.clone()}</p>
                        {if n == 0 { picture_of(&f.id, e) } else { None }}
                        {(!f.evidence.is_empty()).then(|| view! { <div class="seen">{seen}</div> })}
                        {f.fix.as_ref().filter(|_| f.outcome.is_open()).map(|x| view! { <h3>"Fix: "{x.title.clone()}</h3>{fix_block(x, &f.guides)} })}
                    </section>
                }
            })
            .collect_view();
        view! { {list}<section><p><a class="btn" href="/">"Look at everything, not only this"</a></p></section> }
    });
    view! {
        {crumbs(i.title)}
        <div class="head"><h1>{i.title}</h1></div>
        <p class="prose-note">{i.text}</p>
        <form class="ask" method="get" action=format!("/tools/{}", i.word)>
            <label class="sr-only" for="domain">"Domain"</label>
            <input id="domain" name="domain" value=typed.to_owned() placeholder="acme.com" autocapitalize="none" spellcheck="false" aria-describedby="domain-hint" aria-invalid=bad.then_some("true")/>
            <button class="btn primary" type="submit">"Look"</button>
        </form>
        <p id="domain-hint" class=if bad { "err" } else { "hint" }>{error.unwrap_or_else(|| "It is looked at now; nothing is kept.".into())}</p>
        {rows}
    }
    .into_any()
}
