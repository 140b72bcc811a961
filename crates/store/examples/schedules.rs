//! An hour of 10,000 scheduled projects on a clock of its own, for `cargo xtask bench`: every two seconds what is
//! due is asked for, as the server does. Prints how late the latest was, in milliseconds of that clock with the real time
//! of the round added, and how long the work of the hour took. Arguments: the database's URL, the account's address.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a measurement")]

use sqlx::Row;
use std::time::Instant;
use store::Store;

const PROJECTS: i64 = 10_000;
const HOUR: i64 = 3_600_000;
const ROUND: i64 = 2_000;
const NOW: i64 = 1_795_570_647_000;

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
        let id = format!("01a30000-0000-7000-8000-{i:012x}");
        sqlx::query("INSERT INTO projects (id, workspace_id, domain, hosts, sends_mail, dkim_selectors, created_at, settings) VALUES ($1, $2, $3, '[]', '', '[]', 1, '{}')")
            .bind(&id)
            .bind(&workspace)
            .bind(format!("scheduled-{i}.example"))
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query("INSERT INTO schedules (project_id, workspace_id, rhythm, zone, next_at) VALUES ($1, $2, 'daily', 'UTC', $3)")
            .bind(&id)
            .bind(&workspace)
            .bind(NOW + (i * 7_919) % PROJECTS * HOUR / PROJECTS)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let store = Store::connect(&args[1]).await.unwrap();
    let (mut fired, mut latest, begun) = (0, 0, Instant::now());
    for round in 1..=HOUR / ROUND {
        let (clock, at) = (NOW + round * ROUND, Instant::now());
        for s in store.due_schedules(clock, 500).await.unwrap() {
            fired += i64::from(store.fire(&s, clock + 24 * HOUR, clock).await.unwrap());
            latest = latest.max(clock + i64::try_from(at.elapsed().as_millis()).unwrap() - s.next_at);
        }
    }
    println!(
        "{}",
        serde_json::json!({"fired": fired, "latest_ms": latest, "work_ms": u64::try_from(begun.elapsed().as_millis()).unwrap()})
    );
}
