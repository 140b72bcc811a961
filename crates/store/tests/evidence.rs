//! Evidence that programs bring: stored once, judged at once or together, and in the ledger.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{NOW, Person, account, again, by, project};
use readiness::evidence::{Observation, Observed, PieceBody, ProfileChoice, Repository};
use readiness::{Domain, Ledger, Outcome, Outside, Piece, Source, Target, Verdict};
use store::{Before, Judged, Project, Pushed, ScanId, Store, StoredPiece};

on_both!(
    a_piece_is_judged_at_once_or_with_the_first_scan,
    pieces_within_a_second_are_judged_together,
    an_older_piece_does_not_count,
    a_scan_made_elsewhere_is_a_scan,
    what_was_replaced_is_forgotten_after_its_time,
    a_ledger_holds_the_newest_of_each_key_for_who_may_read,
    an_owner_says_what_applies_and_that_it_is_launched,
);

/// A critical check that a repository evidences.
const CHECK: &str = "AUD-01";

fn piece(key: &str, at: i64, outcome: Observed) -> Piece {
    let finding = Observation { id: CHECK.into(), outcome, summary: "s".into(), locations: vec![] };
    let body = Repository { commit: "abc1234".into(), findings: vec![finding], ..Repository::default() };
    Piece::new(key, at, "test", PieceBody::Repository(Box::new(body)))
}

async fn push(store: &Store, p: &Person, to: &Project, piece: &Piece, now: i64) -> StoredPiece {
    match store.put_piece(&p.member.push(&to.id).unwrap(), piece, again, &by(), now).await.unwrap() {
        Pushed::Stored(s) => s,
        other => unreachable!("{other:?}"),
    }
}

async fn scan(store: &Store, p: &Person, project: &Project, now: i64) -> ScanId {
    store.start_scan(&p.scan(&project.id), project, now).await.unwrap();
    let claim = store.claim("w", 60_000, now).await.unwrap().unwrap();
    let e = Outside::empty(Target::preview(Domain::parse("acme.com").unwrap()), now);
    assert!(store.finish(&claim.lease, &e, "test", again, now).await.unwrap());
    claim.lease.scan
}

async fn outcome(store: &Store, p: &Person, project: &Project) -> Outcome {
    let newest = store.newest(&p.read(), &project.id).await.unwrap().unwrap();
    store.judged(&p.read(), &newest.id).await.unwrap().unwrap().finding(CHECK).unwrap().outcome
}

async fn a_piece_is_judged_at_once_or_with_the_first_scan(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let p = project(&store, &a, "acme.com").await;
    let first = push(&store, &a, &p, &piece("app", NOW, Observed::Fail), NOW).await;
    assert!(first.new && !first.judged && first.verdict.is_none());
    scan(&store, &a, &p, NOW + 1).await;
    assert_eq!(outcome(&store, &a, &p).await, Outcome::Fail);
    // The same again is the same; another moment is another piece.
    let same = push(&store, &a, &p, &piece("app", NOW, Observed::Fail), NOW + 2).await;
    assert_eq!((same.id.as_str(), same.new, same.judged, same.verdict), (first.id.as_str(), false, false, Some(Verdict::NotReady)));
    let second = push(&store, &a, &p, &piece("app", NOW + 3, Observed::Pass), NOW + 3).await;
    assert!(second.new && second.judged && second.id > first.id && second.score.is_some());
    assert_eq!(outcome(&store, &a, &p).await, Outcome::Pass);
    // Of two repositories the worse counts.
    push(&store, &a, &p, &piece("api", NOW + 4, Observed::Fail), NOW + 5000).await;
    assert_eq!(outcome(&store, &a, &p).await, Outcome::Fail);
    // A proof of another workspace reaches nothing.
    let foreign = store.put_piece(&b.member.push(&p.id).unwrap(), &piece("app", NOW + 9, Observed::Pass), again, &by(), NOW).await.unwrap();
    assert_eq!((foreign, outcome(&store, &a, &p).await), (Pushed::Gone, Outcome::Fail));
    let log = store.audit(&a.manage(), "evidence pushed", 20).await.unwrap();
    assert_eq!((log.len(), log[0].detail.as_str()), (3, "repository api"));
}

async fn pieces_within_a_second_are_judged_together(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    scan(&store, &a, &p, NOW).await;
    let t = NOW + 10_000;
    assert!(push(&store, &a, &p, &piece("0", t, Observed::Pass), t).await.judged);
    for n in 1..20 {
        assert!(!push(&store, &a, &p, &piece(&n.to_string(), t + n, Observed::Pass), t + n).await.judged);
    }
    assert!(!push(&store, &a, &p, &piece("last", t + 30, Observed::Fail), t + 30).await.judged);
    assert_eq!(outcome(&store, &a, &p).await, Outcome::Pass);
    assert_eq!(store.judge_due(10, again, t + 900).await.unwrap(), 0);
    assert_eq!(store.judge_due(10, again, t + 1100).await.unwrap(), 1);
    assert_eq!(outcome(&store, &a, &p).await, Outcome::Fail);
    assert_eq!(store.judge_due(10, again, t + 9000).await.unwrap(), 0, "once");
    // A ledger is bounded.
    let proof = a.member.push(&p.id).unwrap();
    let mut last = Pushed::Gone;
    for n in 100..200 {
        last = store.put_piece(&proof, &piece(&n.to_string(), t, Observed::Pass), again, &by(), t + 1200).await.unwrap();
    }
    assert_eq!(last, Pushed::Keys(100));
}

async fn an_older_piece_does_not_count(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    scan(&store, &a, &p, NOW).await;
    push(&store, &a, &p, &piece("app", NOW + 100, Observed::Pass), NOW + 100).await;
    let late = push(&store, &a, &p, &piece("app", NOW + 50, Observed::Fail), NOW + 5000).await;
    assert!(late.new && !late.judged);
    assert_eq!(outcome(&store, &a, &p).await, Outcome::Pass);
    assert_eq!(push(&store, &a, &p, &piece("app", NOW + 50, Observed::Fail), NOW + 9000).await.id, late.id);
    assert_eq!(store.pieces(&a.read(), &p.id).await.unwrap().len(), 2);
}

async fn a_scan_made_elsewhere_is_a_scan(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    let first = scan(&store, &a, &p, NOW).await;
    let seen = Outside::empty(Target::preview(Domain::parse("acme.com").unwrap()), NOW + 500);
    let brought = Piece::new("", NOW + 500, "ci", PieceBody::Outside(Box::new(seen.clone())));
    assert!(push(&store, &a, &p, &brought, NOW + 600).await.judged);
    let newest = store.newest(&a.read(), &p.id).await.unwrap().unwrap();
    assert_ne!(newest.id, first);
    let (evidence, _) = store.result(&a.read(), &newest.id).await.unwrap().unwrap();
    assert_eq!(evidence.started_at, NOW + 500);
    // An older one than the newest is no new scan.
    let old = Outside::empty(seen.target, NOW + 100);
    let old = Piece::new("", NOW + 100, "ci", PieceBody::Outside(Box::new(old)));
    assert!(!push(&store, &a, &p, &old, NOW + 700).await.judged);
    assert_eq!(store.history(&a.read(), &p.id, 10).await.unwrap().len(), 2);
    let (_, ledger) = store.ledger(&a.read(), &p.id).await.unwrap().unwrap();
    assert_eq!(ledger.outside().unwrap().started_at, NOW + 500);
}

async fn what_was_replaced_is_forgotten_after_its_time(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    for n in 0..5 {
        push(&store, &a, &p, &piece("app", NOW + n, Observed::Pass), NOW + n * 2000).await;
    }
    let (day, keep) = (86_400_000, a.member.keep_days());
    assert_eq!(store.forget_pushed(NOW + (keep - 1) * day, 10).await.unwrap(), 0);
    assert_eq!(store.forget_pushed(NOW + (keep + 1) * day, 3).await.unwrap(), 3);
    assert_eq!(store.forget_pushed(NOW + (keep + 1) * day, 10).await.unwrap(), 1);
    assert_eq!(store.pieces(&a.read(), &p.id).await.unwrap().len(), 1);
}

async fn a_ledger_holds_the_newest_of_each_key_for_who_may_read(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let p = project(&store, &a, "acme.com").await;
    scan(&store, &a, &p, NOW).await;
    push(&store, &a, &p, &piece("app", NOW + 1, Observed::Fail), NOW + 1).await;
    push(&store, &a, &p, &piece("app", NOW + 2, Observed::Pass), NOW + 2).await;
    let (_, ledger) = store.ledger(&a.read(), &p.id).await.unwrap().unwrap();
    assert_eq!(
        ledger.pieces.iter().map(|p| (p.source, p.taken_at)).collect::<Vec<_>>(),
        [(Source::Repository, NOW + 2), (Source::Outside, NOW),]
    );
    // It is all that a judgement rests on: read again, it gives the same.
    let read = Ledger::read(&serde_json::to_string(&ledger).unwrap()).unwrap();
    assert_eq!(readiness::assess(&read, NOW), readiness::assess(&ledger, NOW));
    assert!(store.ledger(&b.read(), &p.id).await.unwrap().is_none() && store.pieces(&b.read(), &p.id).await.unwrap().is_empty());
    let rows = store.pieces(&a.read(), &p.id).await.unwrap();
    assert_eq!(
        rows.iter().map(|r| (r.source, r.key.as_str(), r.by.as_str())).collect::<Vec<_>>(),
        [(Source::Outside, "", ""), (Source::Repository, "app", "tester@x.com"),]
    );
}

async fn an_owner_says_what_applies_and_that_it_is_launched(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let p = project(&store, &a, "acme.com").await;
    let id = scan(&store, &a, &p, NOW).await;
    let now = async || store.judged(&a.read(), &id).await.unwrap().unwrap();
    assert_ne!(now().await.finding("AUD-07").unwrap().outcome, Outcome::Na);
    let mut draft = p.draft.clone();
    draft.settings.profile =
        ProfileChoice { kind: None, has: [(readiness::Trait::Firebase, false), (readiness::Trait::Supabase, false)].into() };
    let never = |_: &Ledger, _: &Before| -> Judged { unreachable!("nothing that decides has changed") };
    assert!(!store.change_project(&b.work(&p.id), &draft, None, never, &by(), NOW).await.unwrap());
    assert!(store.change_project(&a.work(&p.id), &draft, None, again, &by(), NOW).await.unwrap());
    assert_eq!(now().await.finding("AUD-07").unwrap().outcome, Outcome::Na);
    draft.settings.internal = true;
    assert!(store.change_project(&a.work(&p.id), &draft, None, never, &by(), NOW).await.unwrap());
    // Launched: the verdict is another from then on, and the first date stays.
    assert!(!store.set_launched(&b.work(&p.id), true, again, &by(), NOW).await.unwrap());
    let before = now().await.verdict;
    assert!(store.set_launched(&a.work(&p.id), true, again, &by(), NOW + 5).await.unwrap());
    assert!(store.set_launched(&a.work(&p.id), true, again, &by(), NOW + 6).await.unwrap());
    let project = store.project(&a.read(), &p.id).await.unwrap().unwrap();
    let launch = project.draft.settings.launch.clone().unwrap();
    assert_eq!((launch.at, launch.by.as_str(), project.draft.settings.internal), (NOW + 5, "tester@x.com", true));
    assert!(matches!(now().await.verdict, Verdict::Steady | Verdict::Regressed));
    assert!(store.set_launched(&a.work(&p.id), false, again, &by(), NOW + 7).await.unwrap());
    assert_eq!(now().await.verdict, before);
    let deeds: Vec<_> = store.audit(&a.manage(), "launch", 20).await.unwrap().into_iter().map(|l| l.deed).collect();
    assert_eq!(deeds, ["launch taken back", "launched"]);
}
