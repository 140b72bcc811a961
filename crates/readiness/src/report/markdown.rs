//! The report and the catalogue as Markdown.

use super::escape::markdown as esc;
use super::summary::{Report, num, score_line};
use crate::catalogue;
use crate::roadmap;
use crate::score::BarState;
use crate::taxonomy::{Outcome, Stage};
use crate::time::human;

/// The report as a Markdown page.
#[must_use]
pub fn markdown(r: &Report) -> String {
    let a = r.assessment;
    let mut out = format!(
        "# {}: {}\n\n{}\n\n**{}**\n\nSeen {} by {}, catalogue {}.\n",
        esc(r.evidence.target.domain.as_str()),
        a.verdict.label(),
        esc(&roadmap::sentence(a)),
        score_line(a),
        human(r.evidence.started_at),
        esc(r.tool),
        a.catalogue
    );
    out.push_str("\n## Minimum bar\n\n| area | state | because |\n|---|---|---|\n");
    for b in &a.minimum_bar {
        let state = match b.state {
            BarState::Met => "met",
            BarState::Unverified => "unverified",
            BarState::NotMet => "not met",
        };
        out.push_str(&format!("| {} | {state} | {} |\n", b.area, super::summary::causes(&b.because)));
    }
    if !a.fix_order.is_empty() {
        out.push_str("\n## Fix, in this order\n");
    }
    for (n, s) in a.fix_order.iter().enumerate() {
        let Some(f) = a.finding(&s.id) else { continue };
        out.push_str(&format!(
            "\n### {}. {}\n\n{} · {} · {} · +{} points · {} min{}\n\n{} {}\n",
            n + 1,
            esc(&s.title),
            f.id,
            f.area,
            f.impact,
            num(s.gain),
            s.minutes,
            if s.locked_by.is_empty() { String::new() } else { format!(" · after {}", s.locked_by.join(", ")) },
            esc(&f.summary),
            esc(&f.why)
        ));
        super::fix::markdown(&mut out, f, "- ");
    }
    for stage in Stage::ALL {
        let t = roadmap::text(*stage);
        out.push_str(&format!(
            "\n## {} · {}\n\n{}\n\n| outcome | check | what was seen | points |\n|---|---|---|---|\n",
            stage.number(),
            t.name,
            t.goal
        ));
        for f in a.findings.iter().filter(|f| f.stage == *stage && (f.implemented || f.outcome.is_evidenced())) {
            out.push_str(&format!(
                "| {} | {} {} | {} | {} / {} |\n",
                f.outcome.label(),
                f.id,
                esc(&f.title),
                esc(&f.summary),
                f.points.now.map_or_else(|| "–".into(), num),
                num(f.points.max)
            ));
        }
        let later = a.findings.iter().filter(|f| f.stage == *stage && !f.implemented && f.outcome == Outcome::Unknown).count();
        if later > 0 {
            out.push_str(&format!("\n{later} more are not evidenced yet.\n"));
        }
    }
    out
}

/// The whole catalogue as one table.
#[must_use]
pub fn catalogue_markdown() -> String {
    let mut out = format!(
        "# The catalogue of checks, {}\n\n| id | name | title | stage | area | class | impact | implemented |\n|---|---|---|---|---|---|---|---|\n",
        catalogue::VERSION
    );
    for e in catalogue::entries() {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
            e.id,
            e.name,
            esc(e.title),
            e.stage,
            e.area,
            e.class.word().replace('*', "\\*"),
            e.impact,
            if e.implemented { "yes" } else { "no" }
        ));
    }
    out
}

/// Every check that is looked at, explained: `docs/checks.md`.
#[must_use]
pub fn checks_markdown() -> String {
    let mut out = String::from(
        "# Every check\n\nWritten by `cargo xtask docs` from the checks themselves. The product shows the same at `/checks`.\n",
    );
    for stage in Stage::ALL {
        out.push_str(&format!("\n## {} · {}\n", stage.number(), roadmap::text(*stage).name));
        for c in catalogue::entries().iter().filter(|e| e.stage == *stage).filter_map(|e| e.check) {
            out.push_str(&format!(
                "\n### {}\n\n**{}** (`{}`) · {} · {}\n\n{}\n\nJudged: {}\n\n",
                c.id, c.title, c.name, c.area, c.impact, c.why, c.criterion
            ));
            for r in c.references {
                out.push_str(&format!("- [{}]({})\n", r.title, r.url));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn site_text_stays_text() {
        let mut f = Fixture::good();
        f.txt("acme.example", &["v=spf1 x=<script>|x", "v=spf1 -all"]);
        let a = f.assess();
        let out = markdown(&Report { evidence: &f.evidence, assessment: &a, tool: "t", help: super::super::HELP });
        assert!(out.contains("# acme.example: Not ready") && out.contains("```diff\n- v=spf1 x=<script>|x\n"));
        assert_eq!(catalogue_markdown().lines().filter(|l| l.starts_with("| ") && !l.starts_with("| id")).count(), 208);
    }
}
