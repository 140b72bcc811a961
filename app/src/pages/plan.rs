//! The fix plan: the safe order as a graph and as a list, to do or to hand over.

use crate::parts::{fix_list, plan_graph};
use leptos::prelude::*;
use readiness::Assessment;
use readiness::report::plan_line;

/// The page.
pub fn page(domain: String, a: &Assessment, base: &str, newest: bool) -> AnyView {
    let none = a.fix_order.is_empty();
    view! {
        <p class="crumbs small"><a href=base.to_owned()>{domain.clone()}</a>" / fix plan"</p>
        <div class="head">
            <h1>"Fix plan"</h1>
            <span class="push">
                <a class="btn" href=format!("{base}/plan.md")>"Send to a developer"</a>
                <a class="btn" href=format!("{base}/risks")>"Risk list"</a>
            </span>
        </div>
        {if none {
            view! { <p class="lead">"Nothing that was seen needs fixing."</p> }.into_any()
        } else {
            view! {
                <p class="lead">{plan_line(a)}</p>
                {plan_graph(a, base).map(|g| view! { <section><header><h2>"What opens what"</h2><span class="small muted">"left before right; filled red blocks a launch, dashed waits"</span></header>{g}</section> })}
                <section><header><h2>"Step by step"</h2><span class="small muted">"in an order that breaks nothing"</span></header>{fix_list(a, &a.fix_order, base, newest, false)}</section>
            }
            .into_any()
        }}
    }
    .into_any()
}
