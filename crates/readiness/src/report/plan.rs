//! The fix plan: for a terminal, and as issues to hand to a developer.

use super::escape::{line as clean, markdown as esc};
use super::fix::difference;
use super::summary::num;
use crate::assess::Assessment;
use crate::evidence::Outside;
use crate::fix_order::Step;

/// A line above the plan: how many steps, minutes and points.
#[must_use]
pub fn plan_line(a: &Assessment) -> String {
    let minutes: u32 = a.fix_order.iter().map(|s| u32::from(s.minutes)).sum();
    let gain: f64 = a.fix_order.iter().map(|s| s.gain).sum();
    let open = a.fix_order.iter().filter(|s| s.locked_by.is_empty()).count();
    format!(
        "{} steps, {} can be done now; about {} h {:02} min in all, worth {} points.",
        a.fix_order.len(),
        open,
        minutes / 60,
        minutes % 60,
        num(gain)
    )
}

fn unlocks(s: &Step) -> Option<String> {
    (!s.locked_by.is_empty()).then(|| format!("after {}: {}", s.locked_by.join(", "), s.wait.clone().unwrap_or_default()))
}

/// The plan for a terminal, plain text without control characters.
#[must_use]
pub fn plan_text(e: &Outside, a: &Assessment) -> String {
    let mut out = format!("Fix plan of {}\n{}\n", e.target.domain.unicode(), plan_line(a));
    for (n, s) in a.fix_order.iter().enumerate() {
        out.push_str(&format!(
            "\n{:>3}. {}{}\n     {} · +{} points · {} min{}\n",
            n + 1,
            clean(&s.title),
            if s.locked_by.is_empty() { "" } else { "  (locked)" },
            s.id,
            num(s.gain),
            s.minutes,
            if s.blocker { " · blocker" } else { "" }
        ));
        if let Some(why) = unlocks(s) {
            out.push_str(&format!("     {}\n", clean(&why)));
        }
        let Some((f, fix)) = a.finding(&s.id).and_then(|f| Some((f, f.fix.as_ref()?))) else { continue };
        for p in &fix.paste {
            out.push_str(&format!("     {}\n", clean(&p.place)));
            for (mark, text) in difference(&p.lines) {
                out.push_str(&format!("     {mark} {}\n", clean(text)));
            }
        }
        for g in &f.guides {
            out.push_str(&format!("     At {}: {}\n", clean(&g.provider), clean(&g.steps.join(" "))));
            for (place, text) in &g.paste {
                out.push_str(&format!("       {}\n", clean(place)));
                out.extend(text.lines().map(|l| format!("         {}\n", clean(l))));
            }
        }
    }
    if a.fix_order.is_empty() {
        out.push_str("\nNothing that was seen needs fixing.\n");
    }
    out
}

/// The plan as issues: one a step, each complete by itself, with a box to tick for each part.
#[must_use]
pub fn plan_markdown(e: &Outside, a: &Assessment) -> String {
    let mut out = format!("# Fix plan of {}\n\n{}\n", esc(&e.target.domain.unicode()), plan_line(a));
    for (n, s) in a.fix_order.iter().enumerate() {
        let Some(f) = a.finding(&s.id) else { continue };
        out.push_str(&format!("\n---\n\n## {}. [{}] {}\n\n", n + 1, s.id, esc(&s.title)));
        out.push_str(&format!("{}\n\n**What it costs:** {}\n\n", esc(&f.summary), esc(&f.why)));
        out.push_str(&format!(
            "{} · {} · +{} points · {} min{}\n",
            f.area,
            f.impact,
            num(s.gain),
            s.minutes,
            if s.blocker { " · blocker" } else { "" }
        ));
        if let Some(why) = unlocks(s) {
            out.push_str(&format!("\n**Waits** {}.\n", esc(&why)));
        }
        for c in &s.confirm_first {
            out.push_str(&format!("\n**Be sure first:** {}.\n", esc(c)));
        }
        super::fix::markdown(&mut out, f, "- [ ] ");
        out.push_str(&format!("\n- [ ] Re-checked: {} passes\n", s.id));
    }
    out
}

#[test]
fn a_plan_is_whole_and_site_text_stays_text() {
    let mut f = crate::fixture::Fixture::good();
    f.txt("acme.example", &["v=spf1 \x1b[31m<b> -all", "v=spf1 mx -all"]).dns("acme.example", "NS", &["ada.ns.cloudflare.com"]);
    f.txt("_dmarc.acme.example", &["v=DMARC1; p=none; rua=mailto:d@acme.example"]);
    let a = f.assess();
    let text = plan_text(&f.evidence, &a);
    assert!(text.contains("MAIL-02") && text.contains("(locked)") && !text.contains('\x1b'), "{text}");
    let md = plan_markdown(&f.evidence, &a);
    assert!(md.contains("[MAIL-02]") && md.contains("**At Cloudflare:**") && md.contains("- [ ] ") && md.contains("**Waits**"), "{md}");
}
