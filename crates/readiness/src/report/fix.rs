//! A finding's fix in words: its own steps and pastes, then the same at each provider in use. Every report writes it here.

use super::escape::{fenced, markdown as esc};
use crate::check::Line;
use crate::finding::Finding;
use crate::guide::Guide;
use serde_json::{Value, json};

const fn mark(l: &Line) -> (char, &String) {
    match l {
        Line::Remove(t) => ('-', t),
        Line::Add(t) => ('+', t),
        Line::Keep(t) => (' ', t),
    }
}

/// Each line of a paste with `-`, `+` or a blank before it.
pub(super) fn difference(lines: &[Line]) -> impl Iterator<Item = (char, &str)> {
    lines.iter().map(|l| {
        let (c, t) = mark(l);
        (c, t.as_str())
    })
}

/// As Markdown; `item` begins each step, such as `- ` or `- [ ] `.
pub(super) fn markdown(out: &mut String, f: &Finding, item: &str) {
    let Some(fix) = &f.fix else { return };
    out.push('\n');
    for step in &fix.steps {
        out.push_str(&format!("{item}{}\n", esc(step)));
    }
    for p in &fix.paste {
        let lines: Vec<String> = difference(&p.lines).map(|(c, text)| format!("{c} {}", text.replace('\n', " "))).collect();
        out.push_str(&format!("\n{}\n\n{}", esc(&p.place), fenced("diff", &lines.join("\n"))));
    }
    for g in &f.guides {
        out.push_str(&format!("\n**At {}:**\n\n", esc(&g.provider)));
        for s in &g.steps {
            out.push_str(&format!("- {}\n", esc(s)));
        }
        for (place, text) in &g.paste {
            out.push_str(&format!("\n{}\n\n{}", esc(place), fenced("", text)));
        }
        if let Some(risk) = &g.risk {
            out.push_str(&format!("\nMind: {}\n", esc(risk)));
        }
        out.push_str(&format!("\nTo undo: {}\n", esc(&g.undo)));
    }
    if let Some(risk) = &fix.risk {
        out.push_str(&format!("\nMind: {}\n", esc(risk)));
    }
    out.push_str(&format!("\nTo undo: {}\n", esc(&fix.undo)));
}

/// As plain lines, for a place that takes neither markup nor colour.
pub(super) fn plain(f: &Finding) -> String {
    let Some(fix) = &f.fix else { return String::new() };
    let mut lines = vec![format!("{}.", fix.title)];
    lines.extend(fix.steps.iter().cloned());
    for p in &fix.paste {
        lines.push(format!("{}:", p.place));
        lines.extend(difference(&p.lines).map(|(c, t)| format!("{c} {t}")));
    }
    for g in &f.guides {
        lines.push(format!("At {}:", g.provider));
        lines.extend(g.steps.iter().cloned());
        lines.extend(g.paste.iter().flat_map(|(place, text)| [format!("{place}:"), text.clone()]));
    }
    lines.join("\n")
}

/// As JSON, the whole of it.
pub(super) fn json(f: &Finding) -> Value {
    let guide = |g: &Guide| {
        json!({
            "provider": g.provider, "layer": g.layer, "steps": g.steps, "undo": g.undo, "risk": g.risk, "minutes": g.minutes,
            "paste": g.paste.iter().map(|(place, value)| json!({"place": place, "value": value})).collect::<Vec<_>>(),
        })
    };
    f.fix.as_ref().map_or(Value::Null, |x| {
        json!({
            "title": x.title, "steps": x.steps, "undo": x.undo, "risk": x.risk, "minutes": x.minutes,
            "paste": x.paste.iter().map(|p| json!({"place": p.place, "value": p.value(), "lines": p.lines})).collect::<Vec<_>>(),
            "guides": f.guides.iter().map(guide).collect::<Vec<_>>(),
        })
    })
}
