//! Lists in parts.

use super::problem::{Problem, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Entries of one part.
const MOST: usize = 200;
const USUAL: usize = 50;

/// Which part of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// How many entries, 1 to 200; 50 if not said.
    #[serde(default)]
    pub limit: Option<usize>,
    /// `next` of the part before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A part of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// For the part after this one; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The list is sorted by its key; the part begins after the cursor. The cursor holds the key of the last
/// entry, so that entries which come or go meanwhile shift nothing.
pub fn part<T>(mut list: Vec<T>, part: &Part, key: impl Fn(&T) -> String, descending: bool) -> Result<Page<T>> {
    let limit = part.limit.unwrap_or(USUAL);
    if limit == 0 || limit > MOST {
        return Err(Problem::field("limit", format!("It lies between 1 and {MOST}.")));
    }
    let after = match &part.cursor {
        None => None,
        Some(text) => Some(
            BASE64_URL_SAFE_NO_PAD
                .decode(text)
                .ok()
                .and_then(|b| String::from_utf8(b).ok())
                .ok_or_else(|| Problem::field("cursor", "It is none that was given out here."))?,
        ),
    };
    list.sort_by_cached_key(&key);
    if descending {
        list.reverse();
    }
    let rest = list.into_iter().filter(|x| after.as_ref().is_none_or(|a| if descending { key(x) < *a } else { key(x) > *a }));
    let mut items: Vec<T> = rest.take(limit + 1).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|x| BASE64_URL_SAFE_NO_PAD.encode(key(x)));
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other() {
        let list = || (0..5).map(|i| format!("{i}")).collect::<Vec<_>>();
        let mut at = Part { limit: Some(2), cursor: None };
        let mut seen = vec![];
        loop {
            let page = part(list(), &at, Clone::clone, false).unwrap();
            seen.push(page.items.len());
            let Some(next) = page.next else { break };
            at.cursor = Some(next);
        }
        assert_eq!(seen, [2, 2, 1]);
        assert!(part(list(), &Part { limit: Some(0), cursor: None }, Clone::clone, false).is_err());
        assert!(part(list(), &Part { limit: None, cursor: Some("%%".into()) }, Clone::clone, false).is_err());
        // A cursor of somebody else is a place in one's own list.
        let foreign = Part { limit: None, cursor: Some(BASE64_URL_SAFE_NO_PAD.encode("3")) };
        assert_eq!(part(list(), &foreign, Clone::clone, false).unwrap().items, ["4"]);
    }
}
