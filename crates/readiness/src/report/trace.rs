//! Where a scan's time went, in Chrome's trace event format (for `chrome://tracing` and Perfetto).

use crate::evidence::Outside;
use serde_json::{Value, json};

/// One event a question, request, handshake and sample; a lane each.
#[must_use]
pub fn trace(e: &Outside) -> Value {
    let mut events = vec![
        json!({"name": e.target.domain, "ph": "X", "pid": 1, "tid": 0, "ts": 0, "dur": (e.finished_at - e.started_at).max(0) * 1000, "cat": "scan"}),
    ];
    let mut add = |name: String, lane: u32, at: i64, ms: u64, cat: &str| {
        events.push(json!({"name": name, "ph": "X", "pid": 1, "tid": lane, "ts": (at - e.started_at).max(0) * 1000, "dur": ms.saturating_mul(1000), "cat": cat}));
    };
    let mut free: Vec<(i64, u32)> = vec![];
    // A lane is free again when what ran in it has ended, so that nothing overlaps.
    let mut lane = |base: u32, at: i64, ms: u64| {
        let end = at + i64::try_from(ms).unwrap_or(0);
        match free.iter_mut().find(|(until, l)| *until <= at && l / 1000 == base / 1000) {
            Some(slot) => {
                slot.0 = end;
                slot.1
            }
            None => {
                let n = base + u32::try_from(free.iter().filter(|(_, l)| l / 1000 == base / 1000).count()).unwrap_or(0);
                free.push((end, n));
                n
            }
        }
    };
    let mut dns: Vec<_> = e.dns.iter().collect();
    dns.sort_by_key(|a| a.at);
    for a in dns {
        let l = lane(1000, a.at, a.took_ms);
        add(format!("{} {} @ {}", a.rtype, a.name, a.server), l, a.at, a.took_ms, "dns");
    }
    let mut hops: Vec<_> = e.fetches.iter().flat_map(|f| f.hops.iter().map(move |h| (f, h))).collect();
    hops.sort_by_key(|(_, h)| h.at);
    for (f, h) in hops {
        let l = lane(2000, h.at, h.took_ms);
        add(format!("{:?} {}", f.purpose, h.url), l, h.at, h.took_ms, "http");
    }
    for p in &e.tls {
        let l = lane(3000, p.at, 1);
        add(format!("TLS {}", p.host), l, p.at, 1, "tls");
    }
    for s in &e.samples {
        let ms = s.whole() / 1000;
        let l = lane(4000, s.at, ms);
        add(format!("sample {}", s.url), l, s.at, ms, "sample");
    }
    json!({"traceEvents": events, "displayTimeUnit": "ms"})
}

#[test]
fn lanes_do_not_overlap() {
    let f = crate::fixture::Fixture::good();
    let t = trace(&f.evidence);
    let events = t["traceEvents"].as_array().unwrap();
    assert!(events.len() > 50 && events.iter().all(|e| e["ph"] == "X" && e["ts"].as_i64().unwrap() >= 0));
    for (i, a) in events.iter().enumerate() {
        for b in events.iter().skip(i + 1).filter(|b| b["tid"] == a["tid"]) {
            let span = |e: &Value| (e["ts"].as_i64().unwrap(), e["ts"].as_i64().unwrap() + e["dur"].as_i64().unwrap());
            let ((s1, e1), (s2, e2)) = (span(a), span(b));
            assert!(e1 <= s2 || e2 <= s1, "{a} {b}");
        }
    }
}
