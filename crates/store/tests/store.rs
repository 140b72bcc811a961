//! The store's behaviour, each test on SQLite and on the Postgres that `cargo xtask test` starts.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{NOW, account, again, by};
use readiness::{Domain, Outside, Settings, Target, assess};
use store::{CanRead, CanScan, MAX_ATTEMPTS, Progress, ProjectDraft, ScanStatus, Started, Store};

on_both!(
    migrations_run_again_and_side_by_side,
    tenants_do_not_see_each_other,
    a_project_keeps_what_was_filled_in,
    previews_are_reused,
    one_scan_at_a_time_per_project,
    a_crowd_of_askers_gets_one_scan,
    many_workers_claim_each_scan_once,
    the_queue_is_fair,
    a_lost_lease_saves_nothing,
    a_silent_worker_loses_its_scan,
    a_killer_scan_is_given_up,
    a_cancelled_scan_cannot_finish,
    a_preview_is_kept,
    two_re_checks_at_once_keep_both_parts,
    attempts_are_counted,
);

fn draft(domain: &str) -> ProjectDraft {
    ProjectDraft {
        domain: Domain::parse(domain).unwrap(),
        hosts: vec![],
        sends_mail: None,
        dkim_selectors: vec![],
        entitlement: None,
        settings: Settings::default(),
    }
}

fn evidence(domain: &str) -> Outside {
    Outside::empty(Target::preview(Domain::parse(domain).unwrap()), NOW)
}

/// Callers are dropped whenever a browser goes away; sqlx then has to end what it began.
#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_caller_leaves_no_transaction_open() {
    let store = common::postgres().await;
    let a = account(&store, "a@x.com").await;
    for i in 0..300 {
        let (store, create) = (store.clone(), a.create());
        let task = tokio::spawn(async move { store.create_project(&create, &draft("acme.com"), &by(), NOW).await });
        tokio::time::sleep(std::time::Duration::from_micros(i * 7)).await;
        task.abort();
        let _ = task.await;
    }
    let admin = sqlx::PgPool::connect(&std::env::var("TEST_POSTGRES_URL").unwrap()).await.unwrap();
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname LIKE $1";
    for tries in 0.. {
        let n: i64 = sqlx::query_scalar(open).bind(format!("t{}\\_%", std::process::id())).fetch_one(&admin).await.unwrap();
        if n == 0 {
            break;
        }
        assert!(tries < 50, "{n} connections are in a transaction that nobody ends");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

async fn migrations_run_again_and_side_by_side(store: Store) {
    let (a, b) = tokio::join!(store.migrate(), store.migrate());
    a.unwrap();
    b.unwrap();
    store.ping().await.unwrap();
}

async fn tenants_do_not_see_each_other(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let p = store.create_project(&a.create(), &draft("acme.com"), &by(), NOW).await.unwrap();
    let scan = store.start_scan(&a.scan(&p.id), &p, NOW).await.unwrap().id().clone();
    let claim = store.claim("w", 1000, NOW).await.unwrap().unwrap();
    let e = evidence("acme.com");
    assert!(store.finish(&claim.lease, &e, "test", |l, _| assess(l, NOW).into(), NOW).await.unwrap());
    assert!(store.result(&a.read(), &scan).await.unwrap().is_some());
    for (read, scans, work) in [(b.read(), b.scan(&p.id), Some(b.work(&p.id))), (CanRead::preview(), CanScan::preview(), None)] {
        assert!(store.project(&read, &p.id).await.unwrap().is_none());
        assert!(store.scan(&read, &scan).await.unwrap().is_none());
        assert!(store.result(&read, &scan).await.unwrap().is_none());
        assert!(store.history(&read, &p.id, 10).await.unwrap().is_empty());
        if let Some(work) = work {
            assert!(!store.update_project(&work, &draft("evil.com"), None, &by(), NOW).await.unwrap());
            assert!(!store.archive_project(&work, NOW, &by(), NOW).await.unwrap());
        }
        assert!(!store.cancel_scan(&scans, &scan, NOW).await.unwrap());
        assert!(store.recheck(&scans, &scan, ("test", ""), |e| e, |l, _| assess(l, NOW).into(), NOW).await.unwrap().is_none());
        assert!(store.projects(&read, false).await.unwrap().is_empty());
    }
    assert_eq!(store.project(&a.read(), &p.id).await.unwrap().unwrap(), p);
}

async fn a_project_keeps_what_was_filled_in(store: Store) {
    let a = account(&store, "a@x.com").await;
    let mut d = draft("acme.com");
    d.hosts = vec![Domain::parse("app.acme.com").unwrap()];
    d.sends_mail = Some(false);
    d.dkim_selectors = vec!["s1".parse().unwrap()];
    let p = store.create_project(&a.create(), &d, &by(), NOW).await.unwrap();
    d.entitlement = Some(store::Entitlement { by: a.id.clone(), at: NOW, from: "192.0.2.1".into() });
    assert!(store.update_project(&a.work(&p.id), &d, None, &by(), NOW).await.unwrap());
    let got = store.project(&a.read(), &p.id).await.unwrap().unwrap();
    assert_eq!(got.draft, d);
    assert!(got.target().entitled);
    assert!(store.archive_project(&a.work(&p.id), NOW, &by(), NOW).await.unwrap());
    assert!(store.projects(&a.read(), false).await.unwrap().is_empty());
    assert_eq!(store.projects(&a.read(), true).await.unwrap().len(), 1);
}

async fn previews_are_reused(store: Store) {
    let target = Target::preview(Domain::parse("acme.com").unwrap());
    let first = store.start_preview(&target, "x", 100, 600_000, NOW).await.unwrap().unwrap();
    assert!(matches!(first, Started::New(_)));
    assert_eq!(store.start_preview(&target, "y", 100, 600_000, NOW + 1000).await.unwrap().unwrap(), Started::Already(first.id().clone()));
    assert!(matches!(store.start_preview(&target, "x", 100, 600_000, NOW + 700_000).await.unwrap().unwrap(), Started::New(_)));
    // One more would be the third within an hour; another visitor may.
    let other = Target::preview(Domain::parse("other.com").unwrap());
    assert_eq!(store.start_preview(&other, "x", 2, 3_600_000, NOW + 700_001).await.unwrap(), None);
    assert!(store.start_preview(&other, "z", 2, 3_600_000, NOW + 700_002).await.unwrap().is_some());
}

async fn one_scan_at_a_time_per_project(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = store.create_project(&a.create(), &draft("acme.com"), &by(), NOW).await.unwrap();
    let first = store.start_scan(&a.scan(&p.id), &p, NOW).await.unwrap();
    assert_eq!(store.start_scan(&a.scan(&p.id), &p, NOW).await.unwrap(), Started::Already(first.id().clone()));
    assert!(store.cancel_scan(&a.scan(&p.id), first.id(), NOW).await.unwrap());
    assert!(matches!(store.start_scan(&a.scan(&p.id), &p, NOW).await.unwrap(), Started::New(_)));
}

async fn a_crowd_of_askers_gets_one_scan(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = store.create_project(&a.create(), &draft("acme.com"), &by(), NOW).await.unwrap();
    let asks = (0..20).map(|_| {
        let (store, w, p) = (store.clone(), a.scan(&p.id), p.clone());
        tokio::spawn(async move { store.start_scan(&w, &p, NOW).await.unwrap().id().clone() })
    });
    let mut ids = vec![];
    for ask in asks {
        ids.push(ask.await.unwrap());
    }
    ids.dedup();
    assert_eq!((ids.len(), store.waiting().await.unwrap()), (1, 1));
}

async fn many_workers_claim_each_scan_once(store: Store) {
    for i in 0..40 {
        store.start_preview(&Target::preview(Domain::parse(&format!("d{i}.com")).unwrap()), "x", 100, 1, NOW + i).await.unwrap().unwrap();
    }
    let workers: Vec<_> = (0..8)
        .map(|w| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = vec![];
                while let Some(claim) = store.claim(&format!("w{w}"), 60_000, NOW).await.unwrap() {
                    let e = evidence(claim.scan.target.domain.as_str());
                    assert!(store.finish(&claim.lease, &e, "test", |l, _| assess(l, NOW).into(), NOW).await.unwrap());
                    mine.push(claim.lease.scan);
                }
                mine
            })
        })
        .collect();
    let mut all = vec![];
    for w in workers {
        all.extend(w.await.unwrap());
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((count, all.len(), store.waiting().await.unwrap()), (40, 40, 0));
}

async fn the_queue_is_fair(store: Store) {
    let (big, small) = (account(&store, "big@x.com").await, account(&store, "small@x.com").await);
    for i in 0..200 {
        let p = store.create_project(&big.create(), &draft(&format!("d{i}.com")), &by(), NOW).await.unwrap();
        store.start_scan(&big.scan(&p.id), &p, NOW + i).await.unwrap();
    }
    // The big one has been served before; the small one comes last and is served next.
    store.claim("w", 60_000, NOW + 1000).await.unwrap().unwrap();
    let p = store.create_project(&small.create(), &draft("small.com"), &by(), NOW).await.unwrap();
    store.start_scan(&small.scan(&p.id), &p, NOW + 5000).await.unwrap();
    let next = store.claim("w", 60_000, NOW + 6000).await.unwrap().unwrap();
    assert_eq!(next.scan.target.domain.as_str(), "small.com");
}

async fn a_lost_lease_saves_nothing(store: Store) {
    store.start_preview(&Target::preview(Domain::parse("acme.com").unwrap()), "x", 100, 1, NOW).await.unwrap().unwrap();
    let first = store.claim("a", 1000, NOW).await.unwrap().unwrap();
    assert!(store.renew(&first.lease, 1000, &Progress::default(), NOW + 500).await.unwrap());
    assert_eq!(store.reconcile(NOW + 1000).await.unwrap(), 0);
    assert_eq!(store.reconcile(NOW + 2000).await.unwrap(), 1);
    let second = store.claim("b", 1000, NOW + 2000).await.unwrap().unwrap();
    let e = evidence("acme.com");
    assert!(!store.renew(&first.lease, 1000, &Progress::default(), NOW + 2000).await.unwrap());
    assert!(!store.finish(&first.lease, &e, "test", |l, _| assess(l, NOW).into(), NOW + 2001).await.unwrap());
    assert!(store.finish(&second.lease, &e, "test", |l, _| assess(l, NOW).into(), NOW + 2002).await.unwrap());
    assert!(!store.finish(&second.lease, &e, "test", |l, _| assess(l, NOW).into(), NOW + 2003).await.unwrap());
}

async fn a_silent_worker_loses_its_scan(store: Store) {
    let id =
        store.start_preview(&Target::preview(Domain::parse("acme.com").unwrap()), "x", 100, 1, NOW).await.unwrap().unwrap().id().clone();
    store.claim("a", 1000, NOW).await.unwrap().unwrap();
    assert!(store.claim("b", 1000, NOW).await.unwrap().is_none());
    assert_eq!(store.reconcile(NOW + 1001).await.unwrap(), 1);
    let again = store.claim("b", 1000, NOW + 1001).await.unwrap().unwrap();
    assert_eq!(again.lease.scan, id);
    assert!(store.put_back(&again.lease).await.unwrap());
    assert_eq!(store.waiting().await.unwrap(), 1);
}

async fn a_killer_scan_is_given_up(store: Store) {
    let id =
        store.start_preview(&Target::preview(Domain::parse("acme.com").unwrap()), "x", 100, 1, NOW).await.unwrap().unwrap().id().clone();
    let mut now = NOW;
    for _ in 0..MAX_ATTEMPTS {
        store.claim("a", 1000, now).await.unwrap().unwrap();
        now += 2000;
        store.reconcile(now).await.unwrap();
    }
    assert!(store.claim("a", 1000, now).await.unwrap().is_none());
    let scan = store.scan(&CanRead::preview(), &id).await.unwrap().unwrap();
    assert_eq!(scan.status, ScanStatus::Failed);
    assert!(!scan.error.is_empty());
}

async fn a_cancelled_scan_cannot_finish(store: Store) {
    let id =
        store.start_preview(&Target::preview(Domain::parse("acme.com").unwrap()), "x", 100, 1, NOW).await.unwrap().unwrap().id().clone();
    let claim = store.claim("a", 1000, NOW).await.unwrap().unwrap();
    assert!(store.cancel_scan(&CanScan::preview(), &id, NOW).await.unwrap());
    let e = evidence("acme.com");
    assert!(!store.finish(&claim.lease, &e, "test", |l, _| assess(l, NOW).into(), NOW).await.unwrap());
    assert_eq!(store.scan(&CanRead::preview(), &id).await.unwrap().unwrap().status, ScanStatus::Cancelled);
    assert!(!store.cancel_scan(&CanScan::preview(), &id, NOW).await.unwrap());
}

async fn a_preview_is_kept(store: Store) {
    let a = account(&store, "a@x.com").await;
    let id =
        store.start_preview(&Target::preview(Domain::parse("acme.com").unwrap()), "x", 100, 1, NOW).await.unwrap().unwrap().id().clone();
    let p = store.create_project(&a.create(), &draft("acme.com"), &by(), NOW).await.unwrap();
    assert!(store.keep_preview(&a.work(&p.id), &id, again, NOW).await.unwrap().is_none(), "not finished yet");
    let claim = store.claim("a", 1000, NOW).await.unwrap().unwrap();
    let e = evidence("acme.com");
    let judged = assess(&readiness::Ledger::of_scan(e.clone()), NOW);
    store.finish(&claim.lease, &e, "test", |_, _| judged.clone().into(), NOW).await.unwrap();
    let kept = store.keep_preview(&a.work(&p.id), &id, again, NOW).await.unwrap().unwrap();
    assert_eq!(store.result(&a.read(), &kept).await.unwrap().unwrap(), (e, readiness::stored::as_read(&judged).unwrap()));
    let rows = store.projects(&a.read(), false).await.unwrap();
    assert_eq!(rows[0].newest.as_ref().map(|s| s.id.clone()), Some(kept));
    assert!(store.brief(&a.read(), &p.id).await.unwrap().is_some(), "the list knows it at once");
    assert_eq!(store.forget_previews(NOW + 1).await.unwrap(), 1);
    assert!(store.result(&CanRead::preview(), &id).await.unwrap().is_none());
}

async fn attempts_are_counted(store: Store) {
    for i in 1..=3 {
        assert_eq!(store.count_attempt("k", NOW - 1000, NOW + i).await.unwrap(), i);
    }
    assert_eq!(store.count_attempt("other", NOW - 1000, NOW).await.unwrap(), 1);
    assert_eq!(store.count_attempt("k", NOW + 2, NOW + 4).await.unwrap(), 2);
    store.forget_attempts("k").await.unwrap();
    assert_eq!(store.count_attempt("k", NOW - 1000, NOW).await.unwrap(), 1);
}

async fn two_re_checks_at_once_keep_both_parts(store: Store) {
    let id =
        store.start_preview(&Target::preview(Domain::parse("acme.com").unwrap()), "x", 100, 1, NOW).await.unwrap().unwrap().id().clone();
    let claim = store.claim("a", 60_000, NOW).await.unwrap().unwrap();
    let e = evidence("acme.com");
    store.finish(&claim.lease, &e, "test", |l, _| assess(l, NOW).into(), NOW).await.unwrap();
    let changes = (0..10).map(|i| {
        let (store, id) = (store.clone(), id.clone());
        tokio::spawn(async move {
            let merge = move |mut e: Outside| {
                e.gaps.push(readiness::evidence::Gap { collector: readiness::evidence::Collector::Dns, reason: i.to_string() });
                e
            };
            store.recheck(&CanScan::preview(), &id, ("test", ""), merge, |l, _| assess(l, NOW).into(), NOW).await.unwrap().unwrap()
        })
    });
    for c in changes.collect::<Vec<_>>() {
        c.await.unwrap();
    }
    assert_eq!(store.result(&CanRead::preview(), &id).await.unwrap().unwrap().0.gaps.len(), 10);
}
