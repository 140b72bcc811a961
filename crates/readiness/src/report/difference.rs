//! What changed between two results, as Markdown for a comment on a change request, and as text.

use super::escape::markdown as esc;
use super::summary::num;
use crate::assess::Assessment;
use crate::difference::{Cause, Difference};
use std::fmt::Write;

fn signed(x: f64) -> String {
    if x > 0.04 { format!("+{}", num(x)) } else { num(x).replace('-', "−") }
}

/// As Markdown: the verdicts, the score's movement by cause, and each change.
#[must_use]
pub fn difference_markdown(domain: &str, before: &Assessment, after: &Assessment, d: &Difference) -> String {
    let mut out = format!(
        "### {}: {} → {}\n\nScore {} → **{}** ({}).\n",
        esc(domain),
        before.verdict.word(),
        after.verdict.word(),
        num(before.score.score),
        num(after.score.score),
        signed(d.total)
    );
    if d.changes.is_empty() {
        out.push_str("\nNothing changed.\n");
        return out;
    }
    out.push_str("\n| why | check | before | after | points |\n|---|---|---|---|---|\n");
    for cause in Cause::ALL {
        for c in d.of(cause) {
            let _ = writeln!(
                out,
                "| {} | `{}` {} | {} | {} | {} |",
                cause.label(),
                c.id,
                esc(&c.title),
                c.from.label(),
                c.to.label(),
                signed(c.points)
            );
        }
    }
    if d.ceilings.abs() > 0.04 {
        let _ = writeln!(out, "| Ceilings | | | | {} |", signed(d.ceilings));
    }
    for f in d.of(Cause::Regressed).filter_map(|c| after.finding(&c.id)).take(5) {
        let _ = write!(out, "\n**{}** ({}): {} {}\n", esc(&f.title), f.id, esc(&f.summary), esc(&f.why));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::difference::difference;
    use crate::fixture::Fixture;

    #[test]
    fn names_each_change_and_why_it_matters() {
        let good = Fixture::good().assess();
        let mut f = Fixture::good();
        f.txt("acme.example", &[]);
        let bad = f.assess();
        let text = difference_markdown("acme.example", &good, &bad, &difference(&good, &bad));
        assert!(text.starts_with("### acme.example: UNPROVEN → NOT READY\n"), "{text}");
        assert!(text.contains("| Got worse | `MAIL-02` Exactly one SPF record | Passes | Fails | −"), "{text}");
        assert!(text.contains("**Exactly one SPF record** (MAIL-02): "));
        assert!(difference_markdown("x", &good, &good, &Difference::default()).ends_with("Nothing changed.\n"));
    }
}
