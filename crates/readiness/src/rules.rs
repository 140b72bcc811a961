//! What to look for in what a site serves: secrets, publishable keys and leftovers, as data. The
//! scanner runs the patterns and masks what they find; checks judge by the rule's class.

use std::sync::LazyLock;

/// How bad a find is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretClass {
    /// Whoever has it can act as the owner.
    Secret,
    /// Looks like a secret; what it opens is not known.
    Weak,
    /// Made to be public.
    Publishable,
    /// Made to be public, and for tests only.
    Test,
    /// Names a key, and opens nothing by itself: its other half was not there.
    Id,
}

/// What a leftover belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftoverGroup {
    /// A development server or build.
    Dev,
    /// A debugger or its error page.
    Debug,
    /// An address that only works on somebody's machine.
    Local,
    /// Text of a template.
    Template,
    /// An error tracker: something to be glad of.
    Tracker,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key, with where to revoke it.
    Secret(SecretClass, Option<&'static str>),
    /// A leftover.
    Leftover(LeftoverGroup),
}

/// What must stand near a find, as a regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Near {
    /// The vendor's word: without it the find is nothing.
    Word(&'static str),
    /// The other half of a pair: without it the find is an id.
    Pair(&'static str),
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `stripe-secret`.
    pub id: &'static str,
    /// `Stripe secret key`.
    pub name: &'static str,
    /// What it is about.
    pub kind: Kind,
    /// Texts without which the pattern cannot match; in any case where the pattern begins with `(?i)`.
    pub keywords: Vec<&'static str>,
    /// A regular expression.
    pub pattern: &'static str,
    /// A text in which it must be found; `{A9}` and the like expanded.
    pub example: String,
    /// A text in which it must not.
    pub counterexample: String,
    /// What must stand near it.
    pub near: Option<Near>,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rows =
        |text: &'static str| text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).map(|l| l.split('\t').collect::<Vec<_>>());
    let secrets = rows(include_str!("../data/secrets.tsv")).filter_map(|cells| {
        let (&[id, class, name, keyword, pattern, yes, no, revoke], rest) = cells.split_first_chunk()?;
        let near = rest.first().and_then(|n| n.strip_prefix("word:").map(Near::Word).or_else(|| n.strip_prefix("pair:").map(Near::Pair)));
        let class = match class {
            "secret" => SecretClass::Secret,
            "publishable" => SecretClass::Publishable,
            "test" => SecretClass::Test,
            _ => SecretClass::Weak,
        };
        let kind = Kind::Secret(class, (revoke != "-").then_some(revoke));
        let keywords = keyword.split('|').collect();
        Some(Rule { id, name, kind, keywords, pattern, example: expand(yes), counterexample: expand(no), near })
    });
    let leftovers = rows(include_str!("../data/leftovers.tsv")).filter_map(|cells| {
        let &[id, group, name, keyword, pattern, yes, no] = cells.as_slice() else { return None };
        let group = match group {
            "dev" => LeftoverGroup::Dev,
            "debug" => LeftoverGroup::Debug,
            "local" => LeftoverGroup::Local,
            "tracker" => LeftoverGroup::Tracker,
            _ => LeftoverGroup::Template,
        };
        let (kind, keywords) = (Kind::Leftover(group), vec![keyword]);
        Some(Rule { id, name, kind, keywords, pattern, example: expand(yes), counterexample: expand(no), near: None })
    });
    secrets.chain(leftovers).collect()
});

/// Every rule.
#[must_use]
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The rule with this id. Finds have further ids: a JSON web token is told apart by its role
/// (`jwt-service-role`, `jwt-anon`), and half of a pair is `…-id`.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id == id)
}

/// How bad a find by this rule is, if it is a key at all.
#[must_use]
pub fn secret_class(id: &str) -> Option<SecretClass> {
    match id {
        "jwt-service-role" => Some(SecretClass::Secret),
        "jwt-anon" => Some(SecretClass::Publishable),
        "aws-access-key-id" | "twilio-key-id" => Some(SecretClass::Id),
        _ => match rule(id)?.kind {
            Kind::Secret(class, _) => Some(class),
            Kind::Leftover(_) => None,
        },
    }
}

/// What a find by this rule belongs to, if it is a leftover.
#[must_use]
pub fn leftover_group(id: &str) -> Option<LeftoverGroup> {
    match rule(id)?.kind {
        Kind::Leftover(group) => Some(group),
        Kind::Secret(..) => None,
    }
}

/// The name of a find for a person.
#[must_use]
pub fn name(id: &str) -> &'static str {
    match id {
        "jwt-service-role" => "Supabase service_role key",
        "jwt-anon" => "Supabase anon key",
        "aws-access-key-id" => "AWS access key id",
        "twilio-key-id" => "Twilio key id",
        _ => rule(id).map_or("something unnamed", |r| r.name),
    }
}

/// Where a key is revoked.
#[must_use]
pub fn revoke_at(id: &str) -> Option<&'static str> {
    match id {
        "jwt-service-role" => Some("https://supabase.com/dashboard/project/_/settings/jwt"),
        _ => match rule(id)?.kind {
            Kind::Secret(_, at) => at,
            Kind::Leftover(_) => None,
        },
    }
}

/// The error tracker that a find by this rule shows.
#[must_use]
pub fn error_tracker(id: &str) -> Option<&'static str> {
    if id == "sentry-dsn" {
        return Some("Sentry");
    }
    rule(id).filter(|r| r.kind == Kind::Leftover(LeftoverGroup::Tracker)).map(|r| r.name)
}

/// `{A9}` becomes nine letters and digits, and so on; the same every time.
fn expand(text: &str) -> String {
    const LETTERS: &[u8] = b"q7WxR2mK9vTzB4nLcY8dJ3hFsP6gXe5uAaVkMwZrQtNy";
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((inside, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let count = inside.get(1..).and_then(|n| n.parse::<usize>().ok());
        let alphabet: &[u8] = match (inside.chars().next(), count) {
            (Some('A'), Some(_)) => LETTERS,
            (Some('H'), Some(_)) => b"9f3ac71e5d08b264",
            (Some('D'), Some(_)) => b"8301947265",
            (Some('U'), Some(_)) => b"QWXRKVTZBNLCYDJHFSPG",
            _ => {
                out.push('{');
                rest = after;
                continue;
            }
        };
        out.extend((0..count.unwrap_or(0)).filter_map(|i| alphabet.get(i % alphabet.len())).map(|b| char::from(*b)));
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[test]
fn the_tables_are_whole() {
    let lines = |t: &str| t.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).count();
    let all = lines(include_str!("../data/secrets.tsv")) + lines(include_str!("../data/leftovers.tsv"));
    assert_eq!(rules().len(), all, "a row has too few or too many columns");
    assert!(all > 85);
    for r in rules() {
        assert_eq!(rules().iter().filter(|o| o.id == r.id).count(), 1, "{}", r.id);
        let example = r.example.to_ascii_lowercase();
        assert!(r.keywords.iter().any(|k| example.contains(&k.to_ascii_lowercase())), "{}: the keyword is not in the example", r.id);
        if matches!(r.near, Some(Near::Pair(_))) {
            assert_eq!(secret_class(&format!("{}-id", r.id)), Some(SecretClass::Id), "{}", r.id);
        }
    }
    assert_eq!(expand("a{A3}{x}b{"), "aq7W{x}b{");
}
