//! The report for a person at a terminal.

use super::escape::terminal as clean;
use super::fix::difference;
use super::summary::{Report, num, score_line};
use crate::check::Fix;
use crate::finding::Finding;
use crate::roadmap;
use crate::taxonomy::{Impact, Outcome, Stage, Verdict};
use crate::time::human;

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// ANSI colours.
    Colour,
    /// Plain.
    Plain,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self == Style::Colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
    fn outcome(self, o: Outcome) -> String {
        let (code, mark) = match o {
            Outcome::Pass => ("32", "●"),
            Outcome::Warn | Outcome::Accepted => ("33", "▲"),
            Outcome::Fail => ("31", "■"),
            Outcome::Unknown | Outcome::Blocked | Outcome::Na => ("2", "◌"),
        };
        self.paint(code, &format!("{mark} {:<14}", o.label()))
    }
}

/// Verdict, score line, blockers with their fix, then the rest by stage.
#[must_use]
pub fn text(r: &Report, style: Style) -> String {
    let a = r.assessment;
    let mut out = String::new();
    let colour = match a.verdict {
        Verdict::NotReady | Verdict::Regressed => "1;31",
        Verdict::Unproven => "1",
        Verdict::ReadyWithRisks => "1;33",
        Verdict::Ready | Verdict::Steady => "1;32",
    };
    let domain = &r.evidence.target.domain;
    let shown = domain.unicode();
    let name = if shown == domain.as_str() { shown } else { format!("{shown} ({domain})") };
    out.push_str(&format!("{}  {}\n", style.paint(colour, a.verdict.word()), clean(&name)));
    out.push_str(&format!("{}\n{}\n", clean(&roadmap::sentence(a)), score_line(a)));
    out.push_str(&style.paint("2", &format!("seen {} from one place, as any visitor could\n", human(r.evidence.started_at))));
    for gap in &r.evidence.gaps {
        out.push_str(&format!("{}: {}\n", gap.collector.label(), clean(&gap.reason)));
    }
    let steps: Vec<_> = a.fix_order.iter().filter(|s| s.blocker).collect();
    if !steps.is_empty() {
        out.push_str(&format!("\n{}\n", style.paint("1", "Blockers, in the order in which they are safe to fix")));
    }
    for (n, step) in steps.iter().enumerate() {
        let Some(f) = a.finding(&step.id) else { continue };
        out.push_str(&format!(
            "\n{}. {}  {} · {} · +{} points · {} min\n",
            n + 1,
            style.paint("1", &clean(&step.title)),
            f.id,
            f.area,
            num(step.gain),
            step.minutes
        ));
        out.push_str(&format!("   {}\n   {}\n", clean(&f.summary), clean(&f.why)));
        if !step.locked_by.is_empty() {
            out.push_str(&format!("   After {}: {}.\n", step.locked_by.join(", "), clean(step.wait.as_deref().unwrap_or(""))));
        }
        for confirm in &step.confirm_first {
            out.push_str(&format!("   First {}.\n", clean(confirm)));
        }
        if let Some(fix) = &f.fix {
            write_fix(&mut out, f, fix, style);
        }
    }
    for stage in Stage::ALL {
        let shown: Vec<&Finding> = a.findings.iter().filter(|f| f.stage == *stage && f.is_told()).collect();
        let later = a.findings.iter().filter(|f| f.stage == *stage && !f.is_told() && f.outcome != Outcome::Na).count();
        let text = roadmap::text(*stage);
        out.push_str(&format!("\n{}  {}\n", style.paint("1", &format!("{} · {}", stage.number(), text.name)), style.paint("2", text.goal)));
        for f in shown {
            let points = f.points.now.map_or_else(|| "–".to_owned(), num);
            out.push_str(&format!(
                "{} {:<8} {}  {}\n",
                style.outcome(f.outcome),
                f.id,
                clean(&f.title),
                style.paint("2", &format!("{} / {}", points, num(f.points.max)))
            ));
            if f.outcome != Outcome::Pass {
                out.push_str(&format!("  {}\n", clean(&f.summary)));
            }
            let worth = f.outcome.is_open() && !f.is_blocker() && f.impact != Impact::Info;
            if let Some(fix) = f.fix.as_ref().filter(|_| worth) {
                out.push_str(&format!("  Fix: {} ({} min)\n", clean(&fix.title), fix.minutes));
                write_paste(&mut out, f, fix, style, "    ");
            }
        }
        if later > 0 {
            out.push_str(&style.paint("2", &format!("◌ {later} more not evidenced yet\n")));
        }
    }
    out
}

fn write_fix(out: &mut String, f: &Finding, fix: &Fix, style: Style) {
    for step in &fix.steps {
        out.push_str(&format!("   · {}\n", clean(step)));
    }
    write_paste(out, f, fix, style, "     ");
    out.push_str(&format!("   Undo: {}\n", clean(&fix.undo)));
    if let Some(risk) = &fix.risk {
        out.push_str(&format!("   Mind: {}\n", clean(risk)));
    }
}

fn write_paste(out: &mut String, f: &Finding, fix: &Fix, style: Style, indent: &str) {
    for p in &fix.paste {
        out.push_str(&format!("{indent}{}\n", style.paint("2", &clean(&p.place))));
        for (mark, text) in difference(&p.lines) {
            let line = format!("{mark} {}", clean(text));
            let line = match mark {
                '-' => style.paint("31", &line),
                '+' => style.paint("32", &line),
                _ => line,
            };
            out.push_str(&format!("{indent}{line}\n"));
        }
    }
    for g in &f.guides {
        out.push_str(&format!("{indent}{}\n", style.paint("1", &clean(&format!("At {}", g.provider)))));
        out.extend(g.steps.iter().map(|s| format!("{indent}· {}\n", clean(s))));
        for (place, text) in &g.paste {
            out.push_str(&format!("{indent}  {}\n", style.paint("2", &clean(place))));
            out.extend(text.lines().map(|l| format!("{indent}    {}\n", clean(l))));
        }
        if let Some(risk) = &g.risk {
            out.push_str(&format!("{indent}  Mind: {}\n", clean(risk)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn says_what_to_paste_and_lets_nothing_steer_the_terminal() {
        let mut f = Fixture::good();
        let told = |f: &Fixture| {
            let a = f.assess();
            text(&Report { evidence: &f.evidence, assessment: &a, tool: "t", help: super::super::HELP }, Style::Plain)
        };
        f.txt("acme.example", &["v=spf1 a -all", "v=spf1 mx -all"]);
        assert!(told(&f).contains("+ v=spf1 a mx -all"));
        f.txt("acme.example", &["v=spf1 a \u{1b}[2J-all", "v=spf1 mx -all"]);
        let out = told(&f);
        let a = f.assess();
        assert!(out.starts_with("NOT READY  acme.example\nOne blocker. "), "{out}");
        assert!(out.contains("Publish one SPF record instead of two") && out.contains("capped at 59"));
        assert!(!out.contains('\u{1b}'));
        assert!(
            text(&Report { evidence: &f.evidence, assessment: &a, tool: "t", help: super::super::HELP }, Style::Colour)
                .contains("\x1b[1;31mNOT READY")
        );
    }
}
