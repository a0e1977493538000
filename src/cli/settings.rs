//! Reads the configuration: the file, over it the environment, over that the flags. Mistakes are told with their place
//! and the nearest name that exists. Nothing else in the program reads files, environment or flags.
mod check;
pub mod example;
pub mod keys;
mod place;

use super::Options;
use crate::configuration::{Origin, Source, Sources};
use keys::{Key, Kind};
use serde::Deserialize;
use snug_base::config::Secret;
use snug_base::keys::hex;
use snug_base::{Code, Config, Result};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use zeroize::Zeroizing;

const PREFIX: &str = "SNUG_";
const SYSTEM_FILE: &str = "/etc/snug/snug.toml";

/// Keys of a file with where they stand in it.
type Places = Vec<(String, Range<usize>)>;
/// What is wrong with a file, and where, if that is known.
type Mistake = (Option<Range<usize>>, String);

/// The configuration and where it came from.
#[derive(Clone, Debug)]
pub struct Settings {
    pub config: Config,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Where each value comes from that is not a default.
    pub sources: Sources,
    /// What it was read with.
    pub options: Options,
}

impl Settings {
    /// Of a configuration that was read from nowhere.
    pub fn of(config: Config) -> Settings {
        Settings { config, file: None, sources: Sources::new(), options: Options::default() }
    }
}

/// Reads everything.
pub fn load(options: &Options) -> Result<Settings> {
    load_with(options, std::env::vars_os().collect())
}

/// The same with an environment that a test makes.
pub fn load_with(options: &Options, environment: Vec<(OsString, OsString)>) -> Result<Settings> {
    let environment: Vec<(String, String)> =
        environment.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
    let get = |name: &str| environment.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone());
    let keys = keys::all();

    let folder = options.data.clone().or_else(|| get("SNUG_NODE_DATA").map(PathBuf::from)).unwrap_or_else(|| place::default_data(get));
    let file = find_file(options, &folder, get("SNUG_CONFIG"))?;
    let (mut table, mut sources) = match &file {
        Some(path) => read_file(path, &keys)?,
        None => (Table::new(), Sources::new()),
    };
    for (name, value) in &environment {
        if let Some(key) = key_of(name, &keys)? {
            set(&mut table, key, from_environment(name, key, value)?);
            sources.insert(key.path(), source(Origin::Environment, name));
        }
    }
    let mut config = Config::deserialize(Value::Table(table))
        .map_err(|e| Code::Internal.error(format!("The configuration is not valid: {}", e.message())))?;
    apply_flags(&mut config, options, &mut sources);
    if config.node.data.as_os_str().is_empty() {
        config.node.data = folder;
    }
    if let Some(folder) = get("CREDENTIALS_DIRECTORY") {
        credentials(&mut config, Path::new(&folder), &mut sources)?;
    }
    check::check(&config)?;
    Ok(Settings { config, file, sources, options: options.clone() })
}

fn source(origin: Origin, place: impl Into<String>) -> Source {
    Source { origin, place: Some(place.into()) }
}

/// What systemd hands to a service (LoadCredential=), unless the configuration says it.
fn credentials(config: &mut Config, folder: &Path, sources: &mut Sources) -> Result<()> {
    let read = |name: &str| match std::fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Code::Locked.error(format!("The credential {name} can't be read: {e}."))),
    };
    let text = |bytes: Zeroizing<Vec<u8>>| Secret(Zeroizing::new(String::from_utf8_lossy(&bytes).trim_end().to_owned()));
    if config.keys.master_key.is_none() {
        config.keys.master_key =
            read("snug.master-key")?.map(|bytes| if bytes.len() == 32 { Secret(Zeroizing::new(hex(&bytes))) } else { text(bytes) });
        if config.keys.master_key.is_some() {
            sources.insert("keys.master_key".to_owned(), source(Origin::Credential, "snug.master-key"));
        }
    }
    if config.keys.passphrase.is_none() {
        config.keys.passphrase = read("snug.passphrase")?.map(text);
        if config.keys.passphrase.is_some() {
            sources.insert("keys.passphrase".to_owned(), source(Origin::Credential, "snug.passphrase"));
        }
    }
    if config.mail.password.is_none() && config.mail.password_file.is_none() && config.mail.user.is_some() {
        config.mail.password = read("snug.mail-password")?.map(text);
        if config.mail.password.is_some() {
            sources.insert("mail.password".to_owned(), source(Origin::Credential, "snug.mail-password"));
        }
    }
    if config.backup.s3_secret_key.is_none() && config.backup.s3_secret_key_file.is_none() && config.backup.s3_access_key.is_some() {
        config.backup.s3_secret_key = read("snug.s3-secret-key")?.map(text);
        if config.backup.s3_secret_key.is_some() {
            sources.insert("backup.s3_secret_key".to_owned(), source(Origin::Credential, "snug.s3-secret-key"));
        }
    }
    Ok(())
}

fn apply_flags(config: &mut Config, options: &Options, sources: &mut Sources) {
    let flags = &options.serve;
    let mut by = |path: &str, flag: &str| drop(sources.insert(path.to_owned(), source(Origin::Flag, flag)));
    if let Some(data) = &options.data {
        config.node.data.clone_from(data);
        by("node.data", "--data");
    }
    if !flags.listen.is_empty() {
        config.node.listen.clone_from(&flags.listen);
        by("node.listen", "--listen");
    }
    if flags.public_url.is_some() {
        config.node.public_url.clone_from(&flags.public_url);
        by("node.public_url", "--public-url");
    }
    if flags.plain_http {
        config.node.plain_http = true;
        by("node.plain_http", "--plain-http");
    }
}

/// The file that was asked for must be there; the usual ones may be missing.
fn find_file(options: &Options, data: &Path, from_environment: Option<String>) -> Result<Option<PathBuf>> {
    if let Some(path) = options.config.clone().or_else(|| from_environment.map(PathBuf::from)) {
        return if path.is_file() {
            Ok(Some(path))
        } else {
            Err(Code::Internal
                .error(format!("There is no configuration file {}. `snug config example` prints one to begin with.", path.display())))
        };
    }
    Ok([data.join("snug.toml"), PathBuf::from(SYSTEM_FILE)].into_iter().find(|path| path.is_file()))
}

fn read_file(path: &Path, keys: &[Key]) -> Result<(Table, Sources)> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Code::Internal.error(format!("The configuration file {} can't be read: {e}.", path.display())))?;
    let line_of = |span: &Range<usize>| text[..span.start.min(text.len())].matches('\n').count() + 1;
    let parsed = parse(&text, keys).map(|(table, places)| {
        let place = |span| source(Origin::File, format!("{}, line {}", path.display(), line_of(&span)));
        (table, places.into_iter().map(|(key, span)| (key, place(span))).collect())
    });
    parsed.map_err(|(span, what)| {
        let line = span.as_ref().map(line_of);
        Code::Internal.error(match line {
            Some(line) => format!("{}, line {line}: {what}", path.display()),
            None => format!("{}: {what}", path.display()),
        })
    })
}

/// Unknown names are looked for first: "unknown field" with a list of all others helps nobody.
fn parse(text: &str, keys: &[Key]) -> Result<(Table, Places), Mistake> {
    let mut places = Places::new();
    let document = toml::de::DeTable::parse(text).map_err(|e| (e.span(), e.message().to_owned()))?;
    for (section, value) in document.get_ref() {
        let (name, span) = (section.get_ref().as_ref(), Some(section.span()));
        if !keys.iter().any(|key| key.section == name) {
            let suggestion = nearest(name, keys.iter().map(|key| key.section.clone()));
            return Err((span, format!("unknown section [{name}].{}", hint(suggestion.map(|s| format!("[{s}]"))))));
        }
        let Some(section) = value.get_ref().as_table() else {
            return Err((span, format!("{name} is a section: write [{name}] on a line of its own and its keys below.")));
        };
        for key in section.keys() {
            let name = format!("{name}.{}", key.get_ref());
            if !keys.iter().any(|known| known.path() == name) {
                let suggestion = nearest(&name, keys.iter().map(Key::path));
                return Err((Some(key.span()), format!("unknown key {name}.{}", hint(suggestion))));
            }
            places.push((name, key.span()));
        }
    }
    toml::from_str::<Config>(text).map_err(|e| (e.span(), e.message().to_owned()))?;
    let table = toml::from_str(text).map_err(|e| (e.span(), e.message().to_owned()))?;
    Ok((table, places))
}

/// The key that a variable is for. Variables of ours that are not configuration (`SNUG_SKIP_UI`) begin with no section's name.
fn key_of<'a>(variable: &str, keys: &'a [Key]) -> Result<Option<&'a Key>> {
    let Some(rest) = variable.strip_prefix(PREFIX).map(str::to_ascii_lowercase) else { return Ok(None) };
    if let Some(key) = keys.iter().find(|key| key.variable() == variable) {
        return Ok(Some(key));
    }
    if keys.iter().any(|key| rest.starts_with(&format!("{}_", key.section))) {
        let suggestion = nearest(variable, keys.iter().map(Key::variable));
        return Err(Code::Internal.error(format!("The environment variable {variable} is not known.{}", hint(suggestion))));
    }
    Ok(None)
}

fn from_environment(variable: &str, key: &Key, text: &str) -> Result<Value> {
    let wrong = |what: &str| Code::Internal.error(format!("The environment variable {variable} must be {what}; it is {text:?}."));
    let value = match key.kind {
        Kind::Switch => Value::Boolean(text.parse().map_err(|_| wrong("true or false"))?),
        Kind::Number => Value::Integer(text.parse().map_err(|_| wrong("a whole number"))?),
        Kind::List => Value::Array(text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(|t| Value::String(t.to_owned())).collect()),
        Kind::Text => Value::String(text.to_owned()),
    };
    let mut alone = Table::new();
    set(&mut alone, key, value.clone());
    Config::deserialize(Value::Table(alone))
        .map_err(|e| Code::Internal.error(format!("The environment variable {variable}: {}", e.message())))?;
    Ok(value)
}

fn set(table: &mut Table, key: &Key, value: Value) {
    let section = table.entry(key.section.clone()).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(key.name.clone(), value);
    }
}

fn nearest(wrong: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|name| (strsim::jaro_winkler(wrong, &name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn hint(suggestion: Option<String>) -> String {
    suggestion.map_or_else(|| " `snug config example` shows what there is.".to_owned(), |name| format!(" Did you mean {name}?"))
}

#[cfg(test)]
mod tests;
