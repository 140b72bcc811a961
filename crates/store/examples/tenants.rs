//! Figures of the database for `cargo xtask bench`: 10,000 workspaces of 10 projects each, listed and
//! gone through as their owners would, and the decision who may what. Prints JSON.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs, reason = "a measurement")]

use std::time::Instant;
use store::{Account, AccountId, Action, LinkKind, NewLink, NewMail, Resource, Store};

const WORKSPACES: usize = 10_000;
const PROJECTS: usize = 10;
const ASKED: usize = 400;

fn p95(mut list: Vec<f64>) -> f64 {
    list.sort_by(f64::total_cmp);
    list[list.len() * 95 / 100]
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1000.0
}

/// Fills the database with plain SQL, a thousand workspaces a statement.
async fn fill(url: &str, sqlite: bool) {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(url).await.unwrap();
    let series = |n: usize| {
        if sqlite {
            format!("WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {}) SELECT i FROM s", n - 1)
        } else {
            format!("SELECT i FROM generate_series(0, {}) AS s(i)", n - 1)
        }
    };
    let uuid = |kind: &str, what: &str| {
        if sqlite {
            format!("printf('{kind}-0000-7000-8000-%012d', {what})")
        } else {
            format!("('{kind}-0000-7000-8000-' || lpad(({what})::text, 12, '0'))")
        }
    };
    let (all, many) = (series(WORKSPACES), series(WORKSPACES * PROJECTS));
    let text = |what: &str| if sqlite { format!("printf('%d', {what})") } else { format!("({what})::text") };
    for sql in [
        format!("INSERT INTO workspaces (id, name, created_at) SELECT {}, 'w' || {}, 1 FROM ({all}) x", uuid("00000001", "i"), text("i")),
        format!(
            "INSERT INTO accounts (id, email, email_key, password_hash, created_at) SELECT {}, 'a' || {} || '@x.com', 'a' || {} || '@x.com', '', 1 FROM ({all}) x",
            uuid("00000002", "i"),
            text("i"),
            text("i")
        ),
        format!(
            "INSERT INTO members (workspace_id, account_id, role, created_at) SELECT {}, {}, 'owner', 1 FROM ({all}) x",
            uuid("00000001", "i"),
            uuid("00000002", "i")
        ),
        format!(
            "INSERT INTO projects (id, workspace_id, domain, hosts, sends_mail, dkim_selectors, entitled_by, entitled_at, entitled_from, created_at, settings) SELECT {}, {}, 'd' || {} || '.example.com', '[]', '', '[]', '', 0, '', 1, '{{}}' FROM ({many}) x",
            uuid("00000003", "i"),
            uuid("00000001", &format!("i / {PROJECTS}")),
            text("i")
        ),
        format!(
            "INSERT INTO scans (id, workspace_id, project_id, domain, target, status, queued_at, finished_at, verdict, score) SELECT {}, {}, {}, 'd.example.com', '{{}}', 'finished', i, i + 1, 'unproven', 800 FROM ({many}) x",
            uuid("00000004", "i"),
            uuid("00000001", &format!("i / {PROJECTS}")),
            uuid("00000003", "i")
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    }
    let analyse = if sqlite { "ANALYZE" } else { "VACUUM ANALYZE" };
    sqlx::query(analyse).execute(&pool).await.unwrap();
    pool.close().await;
}

/// Whether the engine reads the hot tables by an index; else the line of the plan that does not.
async fn plan(url: &str, sqlite: bool) -> Vec<String> {
    let pool = sqlx::AnyPool::connect(url).await.unwrap();
    let mut bad = vec![];
    for sql in [
        "SELECT id FROM projects WHERE workspace_id = 'w' AND CASE WHEN archived_at > 0 THEN 1 ELSE 0 END = 0 ORDER BY domain, id",
        "SELECT id FROM scans WHERE workspace_id = 'w' AND project_id = 'p' ORDER BY queued_at DESC, id DESC LIMIT 50",
        "SELECT s.id FROM scans s WHERE workspace_id = 'w' AND project_id <> '' AND status = 'finished'",
        "SELECT m.account_id FROM members m JOIN workspaces w ON w.id = m.workspace_id WHERE m.account_id = 'a'",
        "SELECT m.account_id FROM members m JOIN projects p ON p.workspace_id = m.workspace_id WHERE m.account_id = 'a' AND p.id = 'p'",
        "SELECT id FROM accounts WHERE email_key = 'a'",
        "SELECT id FROM tokens WHERE hash = 'h'",
        "SELECT id FROM shares WHERE hash = 'h'",
    ] {
        let how = if sqlite { "EXPLAIN QUERY PLAN" } else { "EXPLAIN" };
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{how} {sql}"))).fetch_all(&pool).await.unwrap();
        for row in rows {
            let line: String = if sqlite { sqlx::Row::try_get(&row, "detail").unwrap() } else { sqlx::Row::try_get(&row, 0).unwrap() };
            let whole = if sqlite {
                line.starts_with("SCAN")
            } else {
                line.contains("Seq Scan") && !line.contains("tokens") && !line.contains("shares")
            };
            if whole {
                bad.push(format!("{line} in {sql}"));
            }
        }
    }
    pool.close().await;
    bad
}

async fn engine(url: &str) -> serde_json::Value {
    let sqlite = url.starts_with("sqlite:");
    let store = Store::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    let plain = if sqlite && !url.contains('?') { format!("{url}?mode=rwc") } else { url.to_owned() };
    fill(&plain, sqlite).await;
    let bad = plan(&plain, sqlite).await;
    let (mut lists, mut switches) = (vec![], vec![]);
    for i in 0..ASKED {
        let id = AccountId::parse(&format!("00000002-0000-7000-8000-{:012}", i * (WORKSPACES / ASKED))).unwrap();
        let begun = Instant::now();
        let places = store.memberships(&id).await.unwrap();
        switches.push(ms(begun));
        let begun = Instant::now();
        let rows = store.projects(&places[0].read().unwrap(), false).await.unwrap();
        lists.push(ms(begun));
        assert_eq!(rows.len(), PROJECTS);
    }
    store.close().await;
    serde_json::json!({ "list_ms": p95(lists), "switch_ms": p95(switches), "unindexed": bad })
}

/// Nanoseconds of one decision.
async fn decision(store: &Store) -> f64 {
    let account = Account::new("a@x.com", "");
    let link = NewLink { hash: "h".into(), kind: LinkKind::Verify, detail: String::new(), expires_at: 9 };
    let mail = NewMail {
        cause: "c".into(),
        recipient: "a@x.com".into(),
        subject: "s".into(),
        text: "t".into(),
        html: "h".into(),
        unsubscribe: String::new(),
        not_before: 0,
    };
    store.create_account(&account, &link, Some(&mail), true, 1).await.unwrap();
    let member = store.memberships(&account.id).await.unwrap().remove(0);
    let project = store::ProjectId::new();
    let begun = Instant::now();
    let mut yes = 0_u32;
    for _ in 0..5_000_000 {
        yes += u32::from(std::hint::black_box(&member).can(Action::Work, Resource::Project(std::hint::black_box(&project))));
    }
    assert_eq!(yes, 5_000_000);
    begun.elapsed().as_secs_f64() * 1e9 / 5e6
}

#[tokio::main]
async fn main() {
    let folder = std::env::temp_dir().join(format!("lr-measure-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let small = Store::connect(&format!("sqlite:{}", folder.join("small.db").display())).await.unwrap();
    small.migrate().await.unwrap();
    let decision = decision(&small).await;
    let sqlite = engine(&format!("sqlite:{}", folder.join("big.db").display())).await;
    let postgres = match std::env::args().nth(1) {
        Some(url) => engine(&url).await,
        None => serde_json::Value::Null,
    };
    let _ = std::fs::remove_dir_all(&folder);
    println!("{}", serde_json::json!({ "decision_ns": decision, "sqlite": sqlite, "postgres": postgres }));
}
