//! Fixes: the list in order, and the block with what to paste.

use super::format::{count, number};
use super::guides::guides;
use crate::islands::{Copy, Recheck};
use leptos::prelude::*;
use readiness::Assessment;
use readiness::check::{Fix, Line, Paste};
use readiness::fix_order::Step;
use readiness::guide::Guide;

/// Steps in order, the first blocker among them unfolded.
pub fn fix_list(a: &Assessment, steps: &[Step], base: &str, recheck: bool, unfold: bool) -> impl IntoView + use<> {
    // What blocks the launch and can be done now is shown whole; the step before it may be an inventory.
    let shown = steps.iter().position(|s| s.blocker && s.locked_by.is_empty()).unwrap_or(0);
    let items = steps
        .iter()
        .enumerate()
        .map(|(n, s)| {
            let f = a.finding(&s.id);
            let summary = f.map(|f| f.summary.clone()).unwrap_or_default();
            let area = f.map(|f| f.area.word()).unwrap_or_default();
            let wait = (!s.locked_by.is_empty())
                .then(|| format!("Opens after {}: {}.", s.locked_by.join(", "), s.wait.clone().unwrap_or_default()));
            let confirm = s.confirm_first.first().filter(|_| wait.is_none()).map(|c| format!("Be sure first: {c}."));
            let href = format!("{base}/findings/{}", s.id);
            let more = (unfold && n == shown).then(|| {
                f.and_then(|f| Some((f, f.fix.as_ref()?))).map(|(f, fix)| {
                    let pastes = fix.paste.iter().map(paste).collect_view();
                    let told = guides(&f.guides);
                    view! {
                        <div class="more">
                            <p class="small muted">{summary.clone()}</p>
                            {pastes}
                            {told}
                            {recheck.then(|| view! { <Recheck action=format!("{base}/findings/{}/recheck", s.id)/> })}
                            <p class="small"><a href=href.clone()>"Steps, undo and evidence"</a></p>
                        </div>
                    }
                })
            });
            view! {
                <li>
                    <span class="i">{n + 1}</span>
                    <div>
                        <h3><a class="t" href=href>{s.title.clone()}</a></h3>
                        <p class="small muted"><span class="mono">{s.id.clone()}</span>" · "{area}{s.blocker.then_some(" · blocker")}</p>
                        {wait.map(|w| view! { <p class="small lock">{w}</p> })}
                        {confirm.map(|c| view! { <p class="small muted">{c}</p> })}
                    </div>
                    <div class="gain"><b>"+"{number(s.gain)}</b><span>{format!("{} min", s.minutes)}</span></div>
                    {more}
                </li>
            }
        })
        .collect_view();
    view! { <ol class="fixes">{items}</ol> }
}

/// A difference between what stands and what should stand, to copy.
pub fn paste(p: &Paste) -> impl IntoView + use<> {
    let lines = p
        .lines
        .iter()
        .map(|l| match l {
            Line::Remove(t) => view! { <del>{t.clone()}</del>"\n" }.into_any(),
            Line::Add(t) => view! { <ins>{t.clone()}</ins>"\n" }.into_any(),
            Line::Keep(t) => view! { <span>{t.clone()}</span>"\n" }.into_any(),
        })
        .collect_view();
    let value = p.value();
    view! {
        <div class="paste">
            <div class="head-line"><span>{p.place.clone()}</span>{(!value.is_empty()).then(|| view! { <Copy value=value/> })}</div>
            <pre tabindex="0">{lines}</pre>
        </div>
    }
}

/// The whole fix: steps, values, risk, undo, and the same at the providers in use.
pub fn fix_block(fix: &Fix, told: &[Guide]) -> impl IntoView + use<> {
    let steps = fix.steps.iter().map(|s| view! { <li>{s.clone()}</li> }).collect_view();
    let pastes = fix.paste.iter().map(paste).collect_view();
    view! {
        <ol class="how">{steps}</ol>
        {pastes}
        {fix.risk.clone().map(|r| view! { <p class="small"><b>"Mind: "</b>{r}</p> })}
        <p class="small"><b>"To undo: "</b>{fix.undo.clone()}</p>
        <p class="small muted">{count(usize::from(fix.minutes), "minute", "minutes")}" as a rule"</p>
        {(!told.is_empty()).then(|| view! { <h3>"At your provider"</h3>{guides(told)} })}
    }
}
