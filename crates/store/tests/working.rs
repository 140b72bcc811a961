//! The working day: claims, schedules, subscriptions, channels, the portfolio.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{NOW, account, again, by, letter, project};
use readiness::{Answer, Attestation, Domain, Exemption, ExemptionKind, Outcome, Outside, Target, Verdict};
use store::{Before, Channel, Event, EventKind, Filed, Judged, Mode, Project, ProjectDraft, ScanId, Store};

on_both!(
    answers_and_excuses_change_the_newest_result_at_once,
    what_has_ended_is_judged_again_once,
    a_question_is_answered_once,
    a_schedule_fires_once_among_workers_and_makes_up_for_missed_turns,
    readers_get_what_they_chose_once,
    a_hundred_kills_send_no_report_twice,
    digests_go_out_once,
    channels_hear_what_they_chose_and_once,
    the_portfolio_is_filed_and_limited,
    many_projects_are_created_together_or_not_at_all,
    a_handed_over_project_takes_its_answers_along,
    one_sprint_is_open_at_a_time,
    documents_do_not_overwrite_each_other,
    files_and_packs_belong_to_their_project,
);

const DAY: i64 = 86_400_000;

fn evidence() -> Outside {
    Outside::empty(Target::preview(Domain::parse("acme.com").unwrap()), NOW)
}

fn answer(check: &str, answer: Answer) -> Attestation {
    Attestation {
        check: check.into(),
        answer,
        note: "n".into(),
        shown: vec![],
        by: "ada@acme.com".into(),
        at: NOW,
        expires: NOW + 10 * DAY,
    }
}

/// A finished scan of a project.
async fn scan(store: &Store, p: &common::Person, project: &Project, judge: impl FnOnce(&Outside, &Before) -> Judged, now: i64) -> ScanId {
    store.start_scan(&p.scan(&project.id), project, now).await.unwrap();
    let claim = store.claim("w", 60_000, now).await.unwrap().unwrap();
    let e = evidence();
    assert!(store.finish(&claim.lease, &e, |b| judge(&e, b), now).await.unwrap());
    claim.lease.scan
}

async fn outcome(store: &Store, p: &common::Person, scan: &ScanId, check: &str) -> Outcome {
    store.result(&p.read(), scan).await.unwrap().unwrap().1.finding(check).unwrap().outcome
}

async fn answers_and_excuses_change_the_newest_result_at_once(store: Store) {
    let a = account(&store, "a@x.com").await;
    let b = account(&store, "b@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    let id = scan(&store, &a, &p, again, NOW).await;
    assert_eq!(outcome(&store, &a, &id, "DEP-12").await, Outcome::Unknown);
    let comment = a.member.comment(&p.id).unwrap();
    store.attest(&comment, &answer("DEP-12", Answer::No), again, &by(), NOW).await.unwrap();
    assert_eq!(outcome(&store, &a, &id, "DEP-12").await, Outcome::Fail);
    let excuse = Exemption {
        check: "DEP-12".into(),
        kind: ExemptionKind::Risk,
        reason: "r".into(),
        owner: "o".into(),
        disproof: String::new(),
        by: "a".into(),
        at: NOW,
        expires: NOW + 5 * DAY,
    };
    store.excuse(&a.work(&p.id), &excuse, again, &by(), NOW).await.unwrap();
    assert_eq!(outcome(&store, &a, &id, "DEP-12").await, Outcome::Accepted);
    assert_eq!(store.claims(&a.read(), &p.id).await.unwrap().excuses, [excuse]);
    assert!(store.claims(&b.read(), &p.id).await.unwrap().attestations.is_empty(), "another tenant sees nothing");
    assert!(b.member.comment(&p.id).is_some(), "a proof is for a workspace …");
    store.attest(&b.member.comment(&p.id).unwrap(), &answer("DEP-12", Answer::Yes), again, &by(), NOW).await.unwrap();
    assert_eq!(outcome(&store, &a, &id, "DEP-12").await, Outcome::Accepted, "… and changes nothing in another");
    // The next scan judges with them; the change log and the log of the workspace know.
    let next = scan(&store, &a, &p, again, NOW + 1).await;
    assert_eq!(outcome(&store, &a, &next, "DEP-12").await, Outcome::Accepted);
    store.withdraw(&a.work(&p.id), "DEP-12", again, &by(), NOW).await.unwrap();
    assert_eq!(outcome(&store, &a, &next, "DEP-12").await, Outcome::Unknown);
    assert_eq!(store.change_log(&a.read(), &p.id, 10).await.unwrap()[0].kind, "excused");
    let deeds: Vec<_> = store.audit(&a.manage(), "", 20).await.unwrap().into_iter().map(|l| l.deed).collect();
    for deed in ["Risk accepted", "question answered", "excuse withdrawn", "answer withdrawn"] {
        assert!(deeds.iter().any(|d| d == deed), "{deed} {deeds:?}");
    }
}

async fn what_has_ended_is_judged_again_once(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    let id = scan(&store, &a, &p, again, NOW).await;
    store.attest(&a.member.comment(&p.id).unwrap(), &answer("DEP-12", Answer::Yes), again, &by(), NOW).await.unwrap();
    assert_eq!(outcome(&store, &a, &id, "DEP-12").await, Outcome::Pass);
    let late = NOW + 11 * DAY;
    let judge = |e: &Outside, b: &Before| Judged::from(readiness::assess(&b.ledger(&e), late));
    assert_eq!(store.judge_stale(10, judge, NOW).await.unwrap(), 0);
    assert_eq!(store.judge_stale(10, judge, late).await.unwrap(), 1);
    assert_eq!(outcome(&store, &a, &id, "DEP-12").await, Outcome::Unknown);
    assert_eq!(store.judge_stale(10, judge, late).await.unwrap(), 0);
}

async fn a_question_is_answered_once(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    let id = scan(&store, &a, &p, again, NOW).await;
    store.ask(&a.work(&p.id), "DEP-12", ("hash", NOW + DAY), &letter("ask"), &by(), NOW).await.unwrap();
    assert_eq!(store.asked("hash", NOW).await.unwrap().unwrap().check, "DEP-12");
    assert!(store.asked("hash", NOW + DAY).await.unwrap().is_none() && store.asked("other", NOW).await.unwrap().is_none());
    assert_eq!(store.asks(&a.read(), &p.id, NOW).await.unwrap().len(), 1);
    assert!(!store.answer("hash", &answer("DEP-08", Answer::Yes), again, &by(), NOW).await.unwrap(), "for that one question alone");
    assert!(store.answer("hash", &answer("DEP-12", Answer::Yes), again, &by(), NOW).await.unwrap());
    assert!(!store.answer("hash", &answer("DEP-12", Answer::No), again, &by(), NOW).await.unwrap());
    assert_eq!(outcome(&store, &a, &id, "DEP-12").await, Outcome::Pass);
}

async fn a_schedule_fires_once_among_workers_and_makes_up_for_missed_turns(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    store.set_schedule(&a.work(&p.id), Some(("daily", "UTC", NOW)), &by(), NOW - 1).await.unwrap();
    assert!(store.due_schedules(NOW - 1, 10).await.unwrap().is_empty());
    let due = store.due_schedules(NOW + 9 * DAY, 10).await.unwrap();
    let tries = (0..8).map(|_| {
        let (store, s) = (store.clone(), due[0].clone());
        tokio::spawn(async move { store.fire(&s, NOW + 10 * DAY, NOW + 9 * DAY).await.unwrap() })
    });
    let mut fired = 0;
    for t in tries.collect::<Vec<_>>() {
        fired += i32::from(t.await.unwrap());
    }
    assert_eq!((fired, store.waiting().await.unwrap()), (1, 1));
    assert!(store.due_schedules(NOW + 9 * DAY, 10).await.unwrap().is_empty());
    // A scan that is under way is not doubled, and the turn is over all the same.
    let due = store.due_schedules(NOW + 10 * DAY, 10).await.unwrap();
    assert!(!store.fire(&due[0], NOW + 11 * DAY, NOW + 10 * DAY).await.unwrap());
    assert_eq!(store.waiting().await.unwrap(), 1);
    // Rests once, with one letter each; archived projects rest too.
    let due = store.schedules(&a.read()).await.unwrap().remove(0);
    store.verify_address(&format!("confirm-{}", a.account.id), "", NOW).await.unwrap();
    let to = |r: &store::Recipient| Some(letter(&format!("silent-{}", r.account)));
    assert!(store.pause(&due, "silent", to, NOW).await.unwrap() && !store.pause(&due, "silent", to, NOW).await.unwrap());
    assert!(store.due_schedules(NOW + 99 * DAY, 10).await.unwrap().is_empty());
    store.set_schedule(&a.work(&p.id), Some(("daily", "UTC", NOW)), &by(), NOW).await.unwrap();
    store.archive_project(&a.work(&p.id), NOW, &by(), NOW).await.unwrap();
    assert!(store.due_schedules(NOW + 99 * DAY, 10).await.unwrap().is_empty());
}

/// Judges, and writes to every reader who wants to know of changes.
fn telling(e: &Outside, b: &Before) -> Judged {
    let mails = b.readers.iter().filter(|r| r.mode == Mode::Change).map(|r| letter(&format!("report-{}", r.account))).collect();
    Judged { mails, ..again(e, b) }
}

async fn scheduled(store: &Store, p: &common::Person, project: &Project) {
    store.set_schedule(&p.work(&project.id), Some(("daily", "UTC", NOW)), &by(), NOW).await.unwrap();
    let due = store.due_schedules(NOW, 10).await.unwrap().remove(0);
    assert!(store.fire(&due, NOW + DAY, NOW).await.unwrap());
}

async fn sent(store: &Store) -> Vec<String> {
    let mut out = vec![];
    while let Some(m) = store.claim_mail(NOW + 1, NOW + DAY).await.unwrap() {
        if m.mail.cause.starts_with("report-") || m.mail.cause.starts_with("digest-") {
            out.push(m.mail.cause.clone());
        }
        store.mail_sent(&m.id, NOW).await.unwrap();
    }
    out
}

async fn readers_get_what_they_chose_once(store: Store) {
    let a = account(&store, "a@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    let e = evidence();
    let run = async |want: usize, why: &str| {
        scheduled(&store, &a, &p).await;
        let claim = store.claim("w", 60_000, NOW).await.unwrap().unwrap();
        let mut seen = 0;
        let told = |b: &Before| {
            seen = b.readers.iter().filter(|r| r.mode == Mode::Change).count();
            again(&e, b)
        };
        assert!(store.finish(&claim.lease, &e, told, NOW).await.unwrap());
        assert_eq!(seen, want, "{why}");
    };
    run(0, "an address that is not proved gets nothing").await;
    store.verify_address(&format!("confirm-{}", a.account.id), "", NOW).await.unwrap();
    run(1, "an owner is told by default").await;
    let (w, who) = (a.member.workspace().clone(), a.account.id.clone());
    store.choose(&w, &who, None, Some(Mode::Off), (1, 2)).await.unwrap();
    run(0, "off for all").await;
    store.choose(&w, &who, Some(&p.id), Some(Mode::Change), (1, 2)).await.unwrap();
    run(1, "on for this one").await;
    store.choose(&w, &who, Some(&p.id), None, (1, 2)).await.unwrap();
    run(0, "as the rest again").await;
    // A scan that a person asked for tells nobody by mail: they are looking at it.
    store.choose(&w, &who, None, Some(Mode::Change), (1, 2)).await.unwrap();
    scan(
        &store,
        &a,
        &p,
        |e, b| {
            assert!(b.readers.is_empty());
            again(e, b)
        },
        NOW,
    )
    .await;
    store.set_quiet(&w, &who, "22-7").await.unwrap();
    let c = store.choices(&w, &who).await.unwrap().unwrap();
    assert_eq!((c.usual, c.projects.len(), c.quiet.as_str()), (Mode::Change, 0, "22-7"));
}

/// Workers that are killed at any moment: before the result is saved, or after, with another one taking
/// over each time. However it goes, each cause has one mail a person.
async fn a_hundred_kills_send_no_report_twice(store: Store) {
    let a = account(&store, "a@x.com").await;
    store.verify_address(&format!("confirm-{}", a.account.id), "", NOW).await.unwrap();
    let p = project(&store, &a, "acme.com").await;
    let e = evidence();
    scheduled(&store, &a, &p).await;
    let mut now = NOW;
    for i in 0..100 {
        let Some(claim) = store.claim(&format!("w{i}"), 10, now).await.unwrap() else { break };
        // Killed in the middle: the lease runs out. Every third one wakes up late and tries to save all the same.
        now += 11;
        store.reconcile(now).await.unwrap();
        if i % 3 == 0 {
            let next = store.claim(&format!("n{i}"), 10_000, now).await.unwrap();
            let late = store.finish(&claim.lease, &e, |b| telling(&e, b), now).await.unwrap();
            assert!(!late, "a lost lease saves nothing");
            if let Some(next) = next {
                let task = {
                    let (store, e) = (store.clone(), e.clone());
                    tokio::spawn(async move { store.finish(&next.lease, &e, |b| telling(&e, b), now).await })
                };
                // Killed while it saves, at a moment of its own; some live.
                if i % 9 != 0 {
                    tokio::time::sleep(std::time::Duration::from_micros(i * 40)).await;
                    task.abort();
                }
                let _ = task.await;
                now += 10_001;
                store.reconcile(now).await.unwrap();
            }
        }
        if store.waiting().await.unwrap() == 0 && store.newest(&a.read(), &p.id).await.unwrap().is_some() {
            // Saved and told: the next turn of the schedule.
            assert!(sent(&store).await.len() <= 1);
            scheduled(&store, &a, &p).await;
        }
    }
    let finished = store.history(&a.read(), &p.id, 500).await.unwrap().into_iter().filter(|s| s.finished_at > 0).count();
    assert!(finished >= 1, "{finished}");
}

async fn digests_go_out_once(store: Store) {
    let a = account(&store, "a@x.com").await;
    store.verify_address(&format!("confirm-{}", a.account.id), "", NOW).await.unwrap();
    let p = project(&store, &a, "acme.com").await;
    project(&store, &a, "other.com").await;
    let (w, who) = (a.member.workspace().clone(), a.account.id.clone());
    store.choose(&w, &who, Some(&p.id), Some(Mode::Weekly), (NOW + 5, NOW + 9)).await.unwrap();
    assert!(store.due_digests(Mode::Weekly, NOW + 4, 10).await.unwrap().is_empty());
    assert!(store.due_digests(Mode::Monthly, NOW + 99, 10).await.unwrap().is_empty());
    let due = store.due_digests(Mode::Weekly, NOW + 5, 10).await.unwrap().remove(0);
    assert_eq!(due.projects.iter().map(|(_, d, _)| d.as_str()).collect::<Vec<_>>(), ["acme.com"]);
    let mail = letter("digest-1");
    assert!(store.send_digest(&due, Some(&mail), NOW + 7 * DAY, NOW).await.unwrap());
    assert!(!store.send_digest(&due, Some(&letter("digest-2")), NOW + 7 * DAY, NOW).await.unwrap(), "another worker was faster");
    assert_eq!(sent(&store).await, ["digest-1"]);
}

async fn channels_hear_what_they_chose_and_once(store: Store) {
    let a = account(&store, "a@x.com").await;
    let b = account(&store, "b@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    let other = project(&store, &a, "other.com").await;
    let channel = |id: &str, rules: Vec<EventKind>, project| Channel {
        id: id.into(),
        project,
        kind: "slack".into(),
        name: id.into(),
        sealed: "s".into(),
        rules,
        off: String::new(),
    };
    for c in [
        channel("all", vec![EventKind::Critical, EventKind::Failed], None),
        channel("one", vec![EventKind::Critical], Some(other.id.clone())),
    ] {
        store.keep_channel(&a.manage(), &c, &by(), NOW).await.unwrap();
    }
    let event = |id: &str, kind| Event { id: id.into(), kind, body: "{}".into() };
    let events = [event("critical-1", EventKind::Critical), event("recovered-1", EventKind::Recovered)];
    store.notice(&p.id, &events, NOW).await.unwrap();
    store.notice(&p.id, &events, NOW).await.unwrap();
    let list = store.deliveries(&a.manage(), 10).await.unwrap();
    assert_eq!(list.iter().map(|d| (d.channel.as_str(), d.event.as_str())).collect::<Vec<_>>(), [("all", "critical-1")]);
    assert!(store.deliveries(&b.manage(), 10).await.unwrap().is_empty() && store.channels(&b.manage()).await.unwrap().is_empty());
    // Of two workers one has it; what fails waits, what is given up can be sent again under its id.
    let here = a.member.workspace().to_string();
    assert!(store.claim_delivery(&[here], NOW, NOW + 1000).await.unwrap().is_none(), "that workspace has enough under way");
    let (d, c) = store.claim_delivery(&["another".to_owned()], NOW, NOW + 1000).await.unwrap().unwrap();
    assert!(c.id == "all" && store.claim_delivery(&[], NOW, NOW + 1000).await.unwrap().is_none());
    store.delivered(&d.id, false, Some(NOW + 500), "500", 3).await.unwrap();
    assert!(store.claim_delivery(&[], NOW + 499, NOW + 1000).await.unwrap().is_none());
    store.delivered(&d.id, false, None, "500", 3).await.unwrap();
    assert!(!store.send_again(&b.manage(), &d.id, NOW).await.unwrap() && store.send_again(&a.manage(), &d.id, NOW).await.unwrap());
    assert_eq!(store.claim_delivery(&[], NOW, NOW + 1).await.unwrap().unwrap().0.id, d.id);
    store.channel_gone("all", "gone").await.unwrap();
    store.notice(&p.id, &[event("critical-2", EventKind::Critical)], NOW).await.unwrap();
    assert_eq!(store.deliveries(&a.manage(), 10).await.unwrap().len(), 1, "a channel that is off hears nothing");
    assert!(
        store.remove_channel(&a.manage(), "all", &by(), NOW).await.unwrap()
            && !store.remove_channel(&b.manage(), "one", &by(), NOW).await.unwrap()
    );
}

async fn the_portfolio_is_filed_and_limited(store: Store) {
    let a = account(&store, "a@x.com").await;
    let b = account(&store, "b@x.com").await;
    let p = project(&store, &a, "acme.com").await;
    project(&store, &a, "beta.com").await;
    scan(&store, &a, &p, again, NOW).await;
    let filed = Filed { client: "Acme".into(), tags: vec!["web".into()], owner: Some(a.account.id.clone()) };
    store.file(&a.work(&p.id), &filed, &by(), NOW).await.unwrap();
    store.file(&a.work(&p.id), &Filed { owner: Some(b.account.id.clone()), ..filed.clone() }, &by(), NOW).await.unwrap();
    assert_eq!(store.filed(&a.read(), &p.id).await.unwrap().owner, None, "somebody from elsewhere sees to nothing");
    store.file(&a.work(&p.id), &filed, &by(), NOW).await.unwrap();
    let lines = store.portfolio(&a.read(), false).await.unwrap();
    assert_eq!((lines.len(), &lines[0].filed, lines[0].owner.as_str()), (2, &filed, "a@x.com"));
    assert_eq!(lines[0].brief.as_ref().unwrap().verdict, Verdict::Unproven);
    assert!(lines[1].brief.is_none() && store.portfolio(&b.read(), false).await.unwrap().is_empty());
    assert!(store.brief(&b.read(), &p.id).await.unwrap().is_none());
    // Whatever somebody pastes as a client's name, the list stays whole.
    let odd = Filed { client: "A\u{1e}cm\u{1f}e, \"本\"\n".into(), tags: vec!["a\u{1f}b".into()], owner: None };
    store.file(&a.work(&p.id), &odd, &by(), NOW).await.unwrap();
    let lines = store.portfolio(&a.read(), false).await.unwrap();
    assert_eq!((lines.len(), lines[0].filed.client.as_str(), &lines[0].filed.tags), (2, "A cm e, \"本\"\n", &odd.tags));
    for i in 0..31 {
        assert_eq!(store.save_view(&a.member, &format!("v{i}"), "q=x").await.unwrap(), i < 30);
    }
    let views = store.views(&a.member).await.unwrap();
    assert!(views.len() == 30 && store.views(&b.member).await.unwrap().is_empty());
    store.forget_view(&b.member, &views[0].id).await.unwrap();
    assert_eq!(store.views(&a.member).await.unwrap().len(), 30);
}

async fn many_projects_are_created_together_or_not_at_all(store: Store) {
    let a = account(&store, "a@x.com").await;
    let draft = |i: usize| ProjectDraft {
        domain: Domain::parse(&format!("p{i}.com")).unwrap(),
        hosts: vec![],
        sends_mail: None,
        dkim_selectors: vec![],
        entitlement: None,
        settings: readiness::Settings::default(),
    };
    let many = |n: usize| (0..n).map(|i| (draft(i), Filed { client: "C".into(), ..Filed::default() })).collect::<Vec<_>>();
    assert_eq!(store.create_projects(&a.create(), &many(3), &by(), NOW).await.unwrap(), 3);
    assert!(store.create_projects(&a.create(), &many(5000), &by(), NOW).await.is_err(), "more than fit");
    let lines = store.portfolio(&a.read(), false).await.unwrap();
    assert!(lines.len() == 3 && lines.iter().all(|l| l.filed.client == "C"));
}

async fn a_handed_over_project_takes_its_answers_along(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let p = project(&store, &a, "acme.com").await;
    scan(&store, &a, &p, again, NOW).await;
    store.attest(&a.member.comment(&p.id).unwrap(), &answer("DEP-12", Answer::Yes), again, &by(), NOW).await.unwrap();
    store.set_schedule(&a.work(&p.id), Some(("daily", "UTC", NOW)), &by(), NOW).await.unwrap();
    store.note_change(&a.work(&p.id), "moved", &by(), NOW).await.unwrap();
    let offer = store::Offer {
        project: p.id.clone(),
        domain: "acme.com".into(),
        email: "b@x.com".into(),
        stays: false,
        from: String::new(),
        expires_at: NOW + DAY,
    };
    assert!(store.offer_project(&a.manage(), &a.account.id, &offer, "offer", &letter("offer"), &by(), NOW).await.unwrap());
    store.accept_offer(&b.manage(), "b@x.com", "offer", &by(), NOW).await.unwrap();
    assert_eq!(store.claims(&b.read(), &p.id).await.unwrap().attestations.len(), 1);
    assert!(store.claims(&a.read(), &p.id).await.unwrap().attestations.is_empty());
    assert_eq!((store.schedules(&b.read()).await.unwrap().len(), store.change_log(&b.read(), &p.id, 9).await.unwrap().len()), (1, 1));
}

async fn one_sprint_is_open_at_a_time(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let p = project(&store, &a, "acme.com").await;
    let s = readiness::sprint::Sprint {
        packages: vec!["x".into()],
        hours: 48,
        large: 480,
        started_at: NOW,
        closed_at: 0,
        before: "s".into(),
        called_out: vec![],
    };
    assert!(
        store.begin_sprint(&a.work(&p.id), &s, &by(), NOW).await.unwrap()
            && !store.begin_sprint(&a.work(&p.id), &s, &by(), NOW).await.unwrap()
    );
    assert!(
        !store.begin_sprint(&b.work(&p.id), &s, &by(), NOW).await.unwrap() && store.sprints(&b.read(), &p.id).await.unwrap().is_empty()
    );
    assert!(!store.change_sprint(&b.work(&p.id), |s| s.closed_at = 1, &by(), NOW).await.unwrap());
    assert!(store.change_sprint(&a.work(&p.id), |s| s.closed_at = NOW, &by(), NOW).await.unwrap());
    assert!(!store.change_sprint(&a.work(&p.id), |s| s.closed_at = 5, &by(), NOW).await.unwrap(), "none is open");
    assert!(store.begin_sprint(&a.work(&p.id), &s, &by(), NOW).await.unwrap());
    let list = store.sprints(&a.read(), &p.id).await.unwrap();
    assert_eq!(list.iter().map(|(_, s)| s.closed_at).collect::<Vec<_>>(), [0, NOW]);
}

async fn documents_do_not_overwrite_each_other(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let p = project(&store, &a, "acme.com").await;
    let rows = |t: &str| vec![vec![t.to_owned()]];
    let keep = async |seen: i64, text: &str| store.keep_document(&a.work(&p.id), "access", &rows(text), seen, &by(), NOW).await.unwrap();
    assert!(keep(0, "one").await && !keep(0, "two").await && keep(1, "three").await && !keep(1, "four").await);
    assert!(!store.keep_document(&b.work(&p.id), "access", &rows("evil"), 2, &by(), NOW).await.unwrap());
    assert!(!store.keep_document(&b.work(&p.id), "secrets", &rows("evil"), 0, &by(), NOW).await.unwrap());
    let kept = store.documents(&a.read(), &p.id).await.unwrap();
    assert_eq!((kept.len(), kept[0].rows.clone(), kept[0].version), (1, rows("three"), 2));
    assert!(store.documents(&b.read(), &p.id).await.unwrap().is_empty());
}

async fn files_and_packs_belong_to_their_project(store: Store) {
    let (a, b) = (account(&store, "a@x.com").await, account(&store, "b@x.com").await);
    let p = project(&store, &a, "acme.com").await;
    let file = |id: &str| store::FileRow {
        id: id.into(),
        check: "DEP-12".into(),
        name: "a.png".into(),
        kind: "image/png".into(),
        size: 3,
        sha256: "x".into(),
        author: "a".into(),
        at: NOW,
    };
    let (mine, theirs) = (a.member.comment(&p.id).unwrap(), b.member.comment(&p.id).unwrap());
    assert!(store.add_file(&mine, &file("f1"), &by()).await.unwrap() && !store.add_file(&theirs, &file("f2"), &by()).await.unwrap());
    for i in 1..store::FILES {
        assert!(store.add_file(&mine, &file(&format!("g{i}")), &by()).await.unwrap());
    }
    assert!(!store.add_file(&mine, &file("more"), &by()).await.unwrap(), "enough");
    assert!(
        !store.remove_file(&b.work(&p.id), "f1", &by(), NOW).await.unwrap()
            && store.remove_file(&a.work(&p.id), "f1", &by(), NOW).await.unwrap()
    );
    assert_eq!(store.orphans(&["f1".into(), "g1".into()]).await.unwrap(), ["f1"]);
    let pack = store::Pack {
        id: "p1".into(),
        scan: "s".into(),
        size: 1,
        sha256: "x".into(),
        author: "a".into(),
        at: NOW,
        signed_name: String::new(),
        signed_by: String::new(),
        signed_at: 0,
    };
    store.add_pack(&a.work(&p.id), &pack, &by()).await.unwrap();
    store.add_pack(&b.work(&p.id), &store::Pack { id: "p2".into(), ..pack.clone() }, &by()).await.unwrap();
    assert!(!store.sign_pack(&theirs, "p1", "Eve", &by(), NOW).await.unwrap());
    assert!(
        store.sign_pack(&mine, "p1", "Ada", &by(), NOW).await.unwrap() && !store.sign_pack(&mine, "p1", "Bob", &by(), NOW).await.unwrap()
    );
    let packs = store.packs(&a.read(), &p.id).await.unwrap();
    assert_eq!((packs.len(), packs[0].signed_name.as_str()), (1, "Ada"));
}
