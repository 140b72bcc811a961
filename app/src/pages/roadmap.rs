//! The roadmap of a project as a path: seven stages, and where it stands.

use crate::parts::{count, outcome};
use leptos::prelude::*;
use readiness::{Assessment, Claims, Outcome, attestations, roadmap};

/// The page.
pub fn page(domain: &str, project: &str, result: &str, a: &Assessment, said: &Claims, now: i64) -> AnyView {
    let stages = roadmap::states(a)
        .into_iter()
        .map(|s| {
            let text = roadmap::text(s.stage);
            let of = |o: Outcome| a.findings.iter().filter(|f| f.stage == s.stage && f.outcome == o).count();
            let bad: Vec<_> = a.findings.iter().filter(|f| f.stage == s.stage && f.outcome == Outcome::Fail).take(4).collect();
            let tallies = Outcome::ALL
                .iter()
                .filter(|o| **o != Outcome::Na && of(**o) > 0)
                .map(|o| view! { <li><span class=format!("o {}", o.word())>{o.label()}": "{of(*o)}</span></li> })
                .collect_view();
            let failing = bad.iter().map(|f| view! { <li>{outcome(f.outcome)}" "<a href=format!("{result}/findings/{}", f.id)>{f.title.clone()}</a></li> }).collect_view();
            let open: Vec<_> = a
                .findings
                .iter()
                .filter(|f| f.stage == s.stage && f.outcome != Outcome::Na)
                .filter_map(|f| attestations::question(&f.id))
                .filter(|q| said.attestation(q.id).is_none_or(|x| x.expires <= now))
                .collect();
            let asked = open.iter().take(3).map(|q| view! { <li><a href=format!("{project}/questions#{}", q.id)>{q.question}</a></li> }).collect_view();
            let signals = roadmap::signals(a, s.stage)
                .into_iter()
                .map(|x| {
                    let (class, word) = match x.outcome {
                        Outcome::Fail => ("fail", "seen here"),
                        Outcome::Pass => ("pass", "not here"),
                        _ => ("unknown", "not known"),
                    };
                    let ids = x.checks.iter().filter(|_| x.outcome == Outcome::Fail).map(|id| view! { " "<a class="mono small" href=format!("{result}/findings/{id}")>{*id}</a> }).collect_view();
                    view! { <li><span class=format!("o {class}")>{word}</span>" "{x.text}{ids}</li> }
                })
                .collect_view();
            let class = if s.here { "stop here" } else if s.fails + s.blockers + s.warns == 0 && s.evidenced == s.applicable { "stop done" } else { "stop" };
            view! {
                <li class=class id=format!("stage-{}", s.stage.number())>
                    <h2>{format!("{} · {}", s.stage.number(), text.name)}{s.here.then(|| view! { " "<span class="spot">"you are here"</span> })}</h2>
                    <p class="goal">{text.goal}</p>
                    <ul class="tally">{tallies}</ul>
                    <div class="three">
                        <div>
                            <h3>"To do"</h3>
                            {if bad.is_empty() { view! { <p class="muted small">"Nothing fails."</p> }.into_any() } else { view! { <ul class="small">{failing}</ul> }.into_any() }}
                            <p class="small"><a href=format!("{result}#stage-{}", s.stage.number())>{format!("All checks, {}", s.phrase())}</a></p>
                        </div>
                        <div>
                            <h3>"Asked of you"</h3>
                            {if open.is_empty() { view! { <p class="muted small">"Nothing at present."</p> }.into_any() } else { view! { <ul class="small">{asked}</ul> }.into_any() }}
                            {(open.len() > 3).then(|| view! { <p class="small"><a href=format!("{project}/questions")>{format!("And {} more", open.len() - 3)}</a></p> })}
                        </div>
                        <div>
                            <h3>"At its end you hold"</h3>
                            <p class="small">{text.deliverable}</p>
                            <p class="small"><a href=format!("{project}/documents")>"Documents"</a></p>
                        </div>
                    </div>
                    <h3>"Signs that it was skipped"</h3>
                    <ul class="signs small">{signals}</ul>
                </li>
            }
        })
        .collect_view();
    let open = attestations::questions().iter().filter(|q| said.attestation(q.id).is_none()).count();
    view! {
        <p class="crumbs small"><a href=project.to_owned()>{domain.to_owned()}</a>" / roadmap"</p>
        <div class="head"><h1>"Roadmap"</h1><span class="small muted">{format!("seven stages; {} never answered", count(open, "question", "questions"))}</span></div>
        <ol class="path">{stages}</ol>
    }
    .into_any()
}
