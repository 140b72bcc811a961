//! The kinds of channels, a file each.

mod discord;
mod ntfy;
mod slack;
mod teams;
mod telegram;
mod webhook;

#[cfg(test)]
mod tests;

use super::channel_kind::Kind;

/// Every kind, in the order of the form.
pub static ALL: &[&Kind] = &[&webhook::KIND, &slack::KIND, &discord::KIND, &teams::KIND, &telegram::KIND, &ntfy::KIND];

/// The kind of this word.
#[must_use]
pub fn of_word(word: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|k| k.word == word)
}
