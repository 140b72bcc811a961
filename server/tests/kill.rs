//! `kill -9` of workers in the middle of scans, ten times over, on both engines: every scan ends
//! finished, none twice.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

use lab::{Lab, Page, Reply, presets};
use readiness::{Domain, Target};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use store::{CanRead, ScanId, ScanStatus, Store};

const SCANS: usize = 24;

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn worker(lab: &Lab, url: &str, data: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_launch-ready"))
        .args(["worker", "--workers", "3"])
        .env("DATABASE_URL", url)
        .env("LAUNCH_READY_DATA_DIR", data)
        .env("LAUNCH_READY_RESOLVERS", lab.dns.to_string())
        .env("LAUNCH_READY_CA_FILE", &lab.ca_file)
        .env("LAUNCH_READY_ALLOW_NET", "127.0.0.0/8")
        .env("LAUNCH_READY_LEASE", "1500ms")
        .env("LAUNCH_READY_SCAN_TIMEOUT", "3s")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn survive(url: &str) {
    let lab = Lab::start().await;
    let data = std::env::temp_dir().join(format!("lr-kill-{}-{}", std::process::id(), lab.ip));
    std::fs::create_dir_all(&data).unwrap();
    let store = Store::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    let mut ids: Vec<ScanId> = vec![];
    for i in 0..SCANS {
        // A page that trickles keeps a scan busy until its deadline, so that kills hit its middle.
        let domain = format!("k{i}.test");
        presets::bad(&lab, &domain);
        lab.change(&domain, |s| {
            s.pages.insert("/".into(), Page::hostile(Reply::Trickle));
        });
        let target = Target::preview(Domain::parse(&domain).unwrap());
        ids.push(store.start_preview(&target, "x", 1000, 1, now()).await.unwrap().unwrap().id().clone());
    }
    let mut amid = 0;
    for _ in 0..10 {
        let mut child = worker(&lab, url, &data);
        tokio::time::sleep(Duration::from_millis(900)).await;
        let mut running = 0;
        for id in &ids {
            running += usize::from(store.scan(&CanRead::preview(), id).await.unwrap().unwrap().status == ScanStatus::Running);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        amid += usize::from(running > 0);
    }
    assert!(amid >= 5, "only {amid} of 10 kills hit a scan in its middle");
    let mut last = worker(&lab, url, &data);
    let begun = Instant::now();
    loop {
        let mut open = 0;
        for id in &ids {
            let scan = store.scan(&CanRead::preview(), id).await.unwrap().unwrap();
            open += usize::from(!scan.status.is_over());
        }
        if open == 0 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(90), "{open} scans never ended");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // SIGTERM, not kill: the worker must end by itself.
    Command::new("kill").arg(last.id().to_string()).status().unwrap();
    let ended = Instant::now();
    while last.try_wait().unwrap().is_none() {
        assert!(ended.elapsed() < Duration::from_secs(10), "the worker does not stop");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for id in &ids {
        // The result's key is the scan's id, so a second one could not even be saved.
        let scan = store.scan(&CanRead::preview(), id).await.unwrap().unwrap();
        assert_eq!(scan.status, ScanStatus::Finished, "{}", scan.error);
        assert!(store.result(&CanRead::preview(), id).await.unwrap().is_some());
    }
    store.close().await;
    let _ = std::fs::remove_dir_all(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let path = std::env::temp_dir().join(format!("lr-kill-{}.db", std::process::id()));
    let _ = std::fs::remove_file(&path);
    survive(&format!("sqlite:{}", path.display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    let url = std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL names no server: run the tests with `cargo xtask test store`, which starts one");
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    let name = format!("kill_{}", std::process::id());
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
    pool.close().await;
    survive(&format!("{}/{name}", url.rsplit_once('/').unwrap().0)).await;
}
