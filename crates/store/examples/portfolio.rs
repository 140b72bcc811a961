//! Fills the workspace of an account with 1,000 projects of 50 scans each, for `cargo xtask bench`; the
//! newest two scans of the first twenty projects have results of some hundred findings. Prints the ids of
//! one of them. Arguments: the database's URL, the account's address; `former` leaves the results as a former build wrote them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs, reason = "a measurement")]

use readiness::score::BarState;
use readiness::summary::{Ends, Expiry};
use readiness::{Brief, Domain, Outside, Target, Verdict, assess};
use sqlx::{AssertSqlSafe, Row};

const PROJECTS: i64 = 1000;
const SCANS: i64 = 50;
const NOW: i64 = 1_795_570_647_000;

#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn brief(i: i64) -> Brief {
    let verdict = Verdict::ALL[usize::try_from(i % 4).unwrap()];
    Brief {
        at: NOW - i * 60_000,
        verdict,
        was: Some(Verdict::Unproven),
        score: ((i * 37) % 1000) as f64 / 10.0,
        coverage: 0.4,
        blockers: if verdict == Verdict::NotReady { vec!["Exactly one SPF record".into(), "Apex resolves".into()] } else { vec![] },
        bar: (0..8).map(|n| [BarState::Met, BarState::Unverified, BarState::NotMet][usize::try_from((i + n) % 3).unwrap()]).collect(),
        scores: (0..20).map(|n| ((i * 13 + n * 29) % 100) as f64).collect(),
        fixed: usize::try_from(i % 5).unwrap(),
        worse: usize::try_from(i % 3).unwrap(),
        next: Some(("MAIL-02".into(), "Publish one SPF record instead of two".into())),
        ends: vec![
            Expiry { kind: Ends::Certificate, name: format!("www.project-{i}.example"), at: NOW + i * 3_600_000 },
            Expiry { kind: Ends::Domain, name: format!("project-{i}.example"), at: NOW + i * 36_000_000 },
        ],
        silent_since: 0,
    }
}

fn id(kind: &str, n: i64) -> String {
    // As random as a real id, so that pages compress as they would.
    let mix = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("01a2{kind}-{:04x}-7{:03x}-8{:03x}-{:012x}", mix >> 48, (mix >> 36) & 0xfff, (mix >> 24) & 0xfff, mix & 0xffff_ffff_ffff)
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&args[1]).await.unwrap();
    let row = sqlx::query("SELECT m.workspace_id FROM members m JOIN accounts a ON a.id = m.account_id WHERE a.email_key = $1 LIMIT 1")
        .bind(&args[2])
        .fetch_one(&pool)
        .await
        .unwrap();
    let workspace: String = row.try_get("workspace_id").unwrap();
    let mut tx = pool.begin().await.unwrap();
    for i in 0..PROJECTS {
        sqlx::query("INSERT INTO projects (id, workspace_id, domain, hosts, sends_mail, dkim_selectors, created_at, settings, client, tags, brief) VALUES ($1, $2, $3, '[]', '', '[]', 1, '{}', $4, '[\"web\"]', $5)")
            .bind(id("0000", i))
            .bind(&workspace)
            .bind(format!("project-{i}.example"))
            .bind(format!("Client {}", i % 200))
            .bind(serde_json::to_string(&brief(i)).unwrap())
            .execute(&mut *tx)
            .await
            .unwrap();
        let rows: Vec<String> = (0..SCANS)
            .map(|n| {
                let at = NOW - (SCANS - n) * 86_400_000 - i;
                let score = (i * 13 + n * 29) % 1000;
                format!("('{}', '{workspace}', '{}', 'p.example', '{{\"domain\":\"project-{i}.example\"}}', 'finished', {at}, {at}, {at}, 'UNPROVEN', {score}, 400, 0, 300, 900)", id("0001", i * SCANS + n), id("0000", i))
            })
            .collect();
        let sql = format!(
            "INSERT INTO scans (id, workspace_id, project_id, domain, target, status, queued_at, started_at, finished_at, verdict, score, coverage, blockers, low, high) VALUES {}",
            rows.join(", ")
        );
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
    }
    for i in 0..20 {
        for n in [SCANS - 2, SCANS - 1] {
            let at = NOW - (SCANS - n) * 86_400_000;
            let evidence = Outside::empty(Target::preview(Domain::parse(&format!("project-{i}.example")).unwrap()), at);
            let mut assessment = assess(&readiness::Ledger::of_scan(evidence.clone()), at);
            // Half of the findings open, other ones each time.
            for (k, f) in assessment.findings.iter_mut().enumerate() {
                f.outcome = if (k as i64 + n) % 2 == 0 { readiness::Outcome::Pass } else { readiness::Outcome::Warn };
                f.evidence = vec![readiness::check::Seen {
                    source: "ns1.example".into(),
                    text: "v=spf1 include:_spf.example.com ~all\n".repeat(4),
                    at,
                }];
            }
            sqlx::query("INSERT INTO results (scan_id, workspace_id, evidence, assessment) VALUES ($1, $2, $3, $4)")
                .bind(id("0001", i * SCANS + n))
                .bind(&workspace)
                .bind(serde_json::to_string(&evidence).unwrap())
                .bind(serde_json::to_string(&assessment).unwrap())
                .execute(&mut *tx)
                .await
                .unwrap();
        }
    }
    tx.commit().await.unwrap();
    println!("{}", serde_json::json!({"project": id("0000", 3), "scan": id("0001", 3 * SCANS + SCANS - 1)}));
    if args.get(3).is_some_and(|a| a == "former") {
        return;
    }
    // As results of this build are kept.
    let store = store::Store::connect(&args[1]).await.unwrap();
    while store.move_results(100).await.unwrap() > 0 {}
}
