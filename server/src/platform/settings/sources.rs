//! Where settings are written: flags, the environment, a file.

use super::keys::{KEYS, find};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A command-line flag.
    Flag,
    /// An environment variable.
    Variable(String),
    /// The TOML file.
    File(PathBuf),
    /// Nobody said.
    Default,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Flag => f.write_str("flag"),
            Source::Variable(name) => f.write_str(name),
            Source::File(path) => write!(f, "{}", path.display()),
            Source::Default => f.write_str("default"),
        }
    }
}

/// What is wrong with the settings, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

/// Every setting's text and source.
#[derive(Clone, Debug)]
pub struct Raw(BTreeMap<&'static str, (String, Source)>);

impl Raw {
    /// Gathers the settings from flags, the environment and a file.
    ///
    /// # Errors
    /// An unknown key, or a file that cannot be read.
    pub fn gather(
        flags: &[(&'static str, Option<String>)],
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut values: BTreeMap<&'static str, (String, Source)> =
            KEYS.iter().map(|k| (k.name, (k.default.to_owned(), Source::Default))).collect();
        let standard = Path::new("launch-ready.toml");
        let path = file.or_else(|| standard.exists().then_some(standard));
        if let Some(path) = path {
            let text = std::fs::read_to_string(path)
                .map_err(|e| SettingsError(format!("The settings file {} cannot be read: {e}.", path.display())))?;
            let table: toml::Table =
                text.parse().map_err(|e| SettingsError(format!("The settings file {} is not TOML: {e}", path.display())))?;
            for (key, value) in table {
                let known = find(&key).ok_or_else(|| unknown(&key, &path.display().to_string()))?;
                let text = match value {
                    toml::Value::String(s) => s,
                    toml::Value::Array(a) => {
                        a.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect::<Vec<_>>().join(",")
                    }
                    other => other.to_string(),
                };
                values.insert(known.name, (text, Source::File(path.to_owned())));
            }
        }
        for (name, value) in env {
            if name == "DATABASE_URL" {
                values.insert("database_url", (value, Source::Variable(name)));
            } else if let Some(key) = name.strip_prefix("LAUNCH_READY_") {
                let known = find(&key.to_ascii_lowercase()).ok_or_else(|| unknown(&name, "the environment"))?;
                values.insert(known.name, (value, Source::Variable(name)));
            }
        }
        for (name, value) in flags {
            if let (Some(known), Some(value)) = (find(name), value) {
                values.insert(known.name, (value.clone(), Source::Flag));
            }
        }
        Ok(Self(values))
    }

    /// A value as it was written.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |(v, _)| v.trim())
    }

    /// A value, parsed; else what is wrong with it, and what would be `right`.
    ///
    /// # Errors
    /// If it cannot be parsed.
    pub fn parse<T, E: std::fmt::Display>(
        &self,
        name: &str,
        right: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, SettingsError> {
        let (value, source) = self.0.get(name).map_or(("", Source::Default), |(v, s)| (v.trim(), s.clone()));
        parse(value).map_err(|e| {
            SettingsError(format!("The setting {name} (from {source}) is “{value}”, which is not right: {e}. Right would be {right}."))
        })
    }

    /// Where a value was written.
    #[cfg(test)]
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.0.get(name).map(|(_, source)| source)
    }

    /// Lines for `launch-ready config`: name, value with secrets masked, source, what it does.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, String, String, &'static str)> {
        KEYS.iter().map(|k| {
            let (value, source) = self.0.get(k.name).cloned().unwrap_or((String::new(), Source::Default));
            let shown = if k.secret && !value.is_empty() { mask_url(&value) } else { value };
            (k.name, shown, source.to_string(), k.about)
        })
    }
}

/// A URL with its password masked; anything else that is secret goes whole.
fn mask_url(value: &str) -> String {
    match url::Url::parse(value) {
        Ok(mut u) if u.password().is_some() => {
            let _ = u.set_password(Some("***"));
            u.to_string()
        }
        Ok(u) if u.scheme() == "sqlite" => value.to_owned(),
        Ok(u) => format!("{}:***", u.scheme()),
        Err(_) => "***".to_owned(),
    }
}

fn unknown(key: &str, place: &str) -> SettingsError {
    let names: Vec<&str> = KEYS.iter().map(|k| k.name).collect();
    SettingsError(format!("“{key}” in {place} is not a setting. Settings are: {}.", names.join(", ")))
}
