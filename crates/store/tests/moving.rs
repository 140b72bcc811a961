//! What a former build wrote is moved into the ledger, and nothing of it changes. `data/former.json.zst` holds what the build
//! of 28 November 2026 before the ledger judged of the lab's ten sites.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{NOW, Person, account, again, by, project};
use readiness::{Answer, Attestation, Ledger, Outcome, assess};
use serde_json::Value;
use sqlx::AnyPool;
use store::{Before, Project, ScanId, Store};

on_both!(results_and_answers_of_a_former_build_are_moved_whole, moving_may_be_stopped_and_begun_again);

struct Former {
    project: Project,
    scan: ScanId,
    score: i64,
    finished_at: i64,
    verdict: String,
    old: Value,
}

async fn former(store: &Store, a: &Person) -> Vec<Former> {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/former.json.zst")).unwrap();
    let text = zstd::decode_all(bytes.as_slice()).unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let pool = AnyPool::connect(store.url()).await.unwrap();
    let mut out = vec![];
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let number = |name: &str| row[name].as_i64().unwrap();
        let p = project(store, a, &text("domain")).await;
        let id = uuid::Uuid::now_v7().to_string();
        sqlx::query("INSERT INTO scans (id, workspace_id, project_id, domain, target, status, queued_at, started_at, finished_at, verdict, score, coverage, blockers, low, high) VALUES ($1, $2, $3, $4, $5, 'finished', $6, $6, $7, $8, $9, $10, $11, $12, $13)")
            .bind(&id)
            .bind(a.member.workspace().as_str())
            .bind(p.id.as_str())
            .bind(text("domain"))
            .bind(text("target"))
            .bind(number("queued_at"))
            .bind(number("finished_at"))
            .bind(text("verdict"))
            .bind(number("score"))
            .bind(number("coverage"))
            .bind(number("blockers"))
            .bind(number("low"))
            .bind(number("high"))
            .execute(&pool)
            .await
            .unwrap();
        sqlx::query("INSERT INTO results (scan_id, workspace_id, evidence, assessment) VALUES ($1, $2, $3, $4)")
            .bind(&id)
            .bind(a.member.workspace().as_str())
            .bind(text("evidence"))
            .bind(text("assessment"))
            .execute(&pool)
            .await
            .unwrap();
        let said = answer("DEP-12", number("finished_at"));
        sqlx::query("INSERT INTO attestations (workspace_id, project_id, check_id, body, expires_at) VALUES ($1, $2, 'DEP-12', $3, $4)")
            .bind(a.member.workspace().as_str())
            .bind(p.id.as_str())
            .bind(serde_json::to_string(&said).unwrap())
            .bind(said.expires)
            .execute(&pool)
            .await
            .unwrap();
        out.push(Former {
            project: p,
            scan: ScanId::parse(&id).unwrap(),
            score: number("score"),
            finished_at: number("finished_at"),
            verdict: text("verdict"),
            old: serde_json::from_str(&text("assessment")).unwrap(),
        });
    }
    out
}

fn answer(check: &str, at: i64) -> Attestation {
    Attestation {
        check: check.into(),
        answer: Answer::Yes,
        note: "n".into(),
        shown: vec![],
        by: "ada@acme.com".into(),
        at,
        expires: at + 90 * 86_400_000,
    }
}

/// Outcome by check.
fn outcomes(a: &Value) -> Vec<(String, String)> {
    a["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["id"].as_str().unwrap().to_owned(), f["outcome"].as_str().unwrap().to_owned()))
        .collect()
}

async fn results_and_answers_of_a_former_build_are_moved_whole(store: Store) {
    let a = account(&store, "a@x.com").await;
    let list = former(&store, &a).await;
    let mut before = vec![];
    for f in &list {
        before.push(store.result(&a.read(), &f.scan).await.unwrap().unwrap());
    }
    assert_eq!(store.results_to_move().await.unwrap(), 10);
    // Opening the database moves the answers, a job the results.
    store.migrate().await.unwrap();
    while store.move_results(3).await.unwrap() > 0 {}
    assert_eq!(store.results_to_move().await.unwrap(), 0);
    for (f, (seen, was)) in list.iter().zip(before) {
        let domain = f.project.draft.domain.as_str();
        let (evidence, now) = store.result(&a.read(), &f.scan).await.unwrap().unwrap();
        assert_eq!(evidence, seen, "{domain}: evidence is verbatim");
        assert_eq!((now.verdict.word(), tenths(now.score.score)), (f.verdict.as_str(), f.score), "{domain}");
        assert_eq!(outcomes(&serde_json::to_value(&now).unwrap()), outcomes(&f.old), "{domain}");
        for (x, y) in was.findings.iter().zip(&now.findings) {
            assert_eq!(
                (&x.summary, &x.fix, &x.guides, x.impact, thousandths(x.points.max)),
                (&y.summary, &y.fix, &y.guides, y.impact, thousandths(y.points.max)),
                "{domain} {}",
                x.id
            );
            assert_eq!(
                x.evidence.iter().map(|s| (&s.source, &s.text)).collect::<Vec<_>>(),
                y.evidence.iter().map(|s| (&s.source, &s.text)).collect::<Vec<_>>()
            );
        }
        let claims = store.claims(&a.read(), &f.project.id).await.unwrap();
        assert_eq!(claims.attestations, [answer("DEP-12", f.finished_at)]);
        // Judged again by this build, without the answer, it is the same to a tenth.
        let mut again: Option<Ledger> = None;
        let judge = |l: &Ledger, b: &Before| {
            again = Some(l.clone());
            common::again(l, b)
        };
        store.withdraw(&a.work(&f.project.id), "DEP-12", judge, &by(), f.finished_at + 1).await.unwrap();
        let judged = assess(&again.unwrap(), f.finished_at);
        assert!((tenths(judged.score.score) - f.score).abs() <= 1, "{domain}: {} was {}", judged.score.score, f.score);
        assert_eq!(judged.verdict.word(), f.verdict, "{domain}");
        for (id, was) in outcomes(&f.old) {
            let now = judged.finding(&id).unwrap().outcome;
            // What the profile shows not to apply is no open question any more.
            assert!(now.word() == was || (was == "unknown" && now == Outcome::Na), "{domain} {id}: {now} was {was}");
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "0 to 1000")]
fn tenths(x: f64) -> i64 {
    (x * 10.0).round() as i64
}

/// Points are computed anew, and may differ in their last bit.
#[allow(clippy::cast_possible_truncation, reason = "0 to 100")]
fn thousandths(x: f64) -> i64 {
    (x * 1000.0).round() as i64
}

async fn moving_may_be_stopped_and_begun_again(store: Store) {
    let a = account(&store, "a@x.com").await;
    let list = former(&store, &a).await;
    store.migrate().await.unwrap();
    // What is needed is moved at once, whatever the job has done.
    let f = &list[4];
    store.attest(&a.member.comment(&f.project.id).unwrap(), &answer("DEP-08", NOW), again, &by(), NOW).await.unwrap();
    assert_eq!(store.results_to_move().await.unwrap(), 9);
    assert_eq!(store.move_results(4).await.unwrap(), 4);
    store.migrate().await.unwrap();
    for f in &list {
        let (evidence, assessment) = store.result(&a.read(), &f.scan).await.unwrap().unwrap();
        assert_eq!((evidence.target.domain.as_str(), assessment.findings.len()), (f.project.draft.domain.as_str(), 208));
        assert_eq!(store.claims(&a.read(), &f.project.id).await.unwrap().attestations.len(), if f.scan == list[4].scan { 2 } else { 1 });
    }
    while store.move_results(4).await.unwrap() > 0 {}
    assert!(store.examine(&store::CanOperate::console()).await.unwrap().is_empty());
}
