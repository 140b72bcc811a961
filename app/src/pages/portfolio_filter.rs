//! The filters of the portfolio as they stand in its address.

use serde::Deserialize;
use std::cmp::{Ordering, Reverse};
use store::{AccountId, Line};

/// Orders: the word in the address and the words on the page.
pub const SORTS: [(&str, &str); 7] = [
    ("name", "By name"),
    ("score", "By score, the lowest first"),
    ("coverage", "By what is evidenced, the least first"),
    ("changed", "By what changed"),
    ("ends", "By what runs out first"),
    ("scanned", "By when it was scanned, the oldest first"),
    ("owner", "By owner"),
];

/// The filters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Words that domain, client, tags or owner must hold.
    pub q: String,
    /// A verdict's word, or `none`.
    pub verdict: String,
    /// Exactly.
    pub client: String,
    /// Exactly.
    pub tag: String,
    /// `me` or `none`.
    pub owner: String,
    /// One of [`SORTS`].
    pub sort: String,
    /// `client`.
    pub group: String,
    /// `heat`.
    pub show: String,
    /// `yes` for the archive.
    pub archived: String,
    /// `yes` for every workspace.
    pub all: String,
}

impl Filter {
    fn pairs(&self) -> [(&'static str, &str); 10] {
        [
            ("q", &self.q),
            ("verdict", &self.verdict),
            ("client", &self.client),
            ("tag", &self.tag),
            ("owner", &self.owner),
            ("sort", &self.sort),
            ("group", &self.group),
            ("show", &self.show),
            ("archived", &self.archived),
            ("all", &self.all),
        ]
    }
    /// As it stands in the address, without what is empty.
    #[must_use]
    pub fn query(&self) -> String {
        query(self.pairs().into_iter())
    }
    /// The address of the page.
    #[must_use]
    pub fn href(&self) -> String {
        address("/projects", self.query())
    }
    /// The same list as a file.
    #[must_use]
    pub fn csv(&self) -> String {
        address("/projects.csv", self.query())
    }
    /// The page with one filter set otherwise.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        address("/projects", query(self.pairs().into_iter().map(|(k, v)| (k, if k == name { value } else { v }))))
    }
    /// Whether anything is filtered or ordered.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.pairs().iter().any(|(k, v)| !v.is_empty() && !matches!(*k, "archived" | "all"))
    }
    /// The order in words.
    #[must_use]
    pub fn sort_label(&self) -> String {
        SORTS.iter().find(|(w, _)| *w == self.sort).map_or("by what hurts most", |(_, t)| t).to_lowercase()
    }
    /// Whether a project passes.
    #[must_use]
    pub fn lets(&self, l: &Line, me: &AccountId) -> bool {
        let is = |want: &str, have: &str| want.is_empty() || want == have;
        let found = || {
            let text = format!("{} {} {} {}", l.domain, l.filed.client, l.filed.tags.join(" "), l.owner).to_lowercase();
            self.q.to_lowercase().split_whitespace().all(|w| text.contains(w))
        };
        (self.q.is_empty() || found())
            && is(&self.verdict, l.brief.as_ref().map_or("none", |b| b.verdict.word()))
            && is(&self.client, &l.filed.client)
            && (self.tag.is_empty() || l.filed.tags.contains(&self.tag))
            && match self.owner.as_str() {
                "me" => l.filed.owner.as_ref() == Some(me),
                "none" => l.filed.owner.is_none(),
                _ => true,
            }
    }
    /// Which of two comes first.
    #[must_use]
    pub fn order(&self, a: &Line, b: &Line) -> Ordering {
        let score = |l: &Line| l.brief.as_ref().map_or(i64::MAX, |b| tenths(b.score));
        let by = |key: &dyn Fn(&Line) -> i64| key(a).cmp(&key(b));
        let group = if self.group == "client" {
            a.filed.client.is_empty().cmp(&b.filed.client.is_empty()).then_with(|| a.filed.client.cmp(&b.filed.client))
        } else {
            Ordering::Equal
        };
        group
            .then_with(|| match self.sort.as_str() {
                "name" => Ordering::Equal,
                "score" => by(&score),
                "coverage" => by(&|l| l.brief.as_ref().map_or(-1, |b| tenths(b.coverage * 100.0))),
                "changed" => Reverse(moved(a)).cmp(&Reverse(moved(b))),
                "ends" => by(&|l| l.brief.as_ref().and_then(|b| b.soonest()).map_or(i64::MAX, |x| x.at)),
                "scanned" => by(&|l| l.brief.as_ref().map_or(0, |b| b.at)),
                "owner" => a.owner.is_empty().cmp(&b.owner.is_empty()).then_with(|| a.owner.cmp(&b.owner)),
                // What hurts most: the verdict, then how many blockers, then the score.
                _ => by(&|l| l.brief.as_ref().map_or(9, |b| b.verdict as i64))
                    .then_with(|| Reverse(blockers(a)).cmp(&Reverse(blockers(b))))
                    .then_with(|| by(&score)),
            })
            .then_with(|| a.domain.cmp(&b.domain))
    }
}

fn blockers(l: &Line) -> usize {
    l.brief.as_ref().map_or(0, |b| b.blockers.len())
}

fn moved(l: &Line) -> (usize, usize) {
    l.brief.as_ref().map_or((0, 0), |b| (b.worse, b.fixed))
}

#[allow(clippy::cast_possible_truncation, reason = "0 to 1000")]
fn tenths(x: f64) -> i64 {
    (x * 10.0).round() as i64
}

fn query<'a>(pairs: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (k, v) in pairs.filter(|(_, v)| !v.is_empty()) {
        out.append_pair(k, v);
    }
    out.finish()
}

fn address(path: &str, query: String) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
