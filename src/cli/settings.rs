//! Reads the configuration: the file, over it the environment, over that the flags. Mistakes are told with their place
//! and the nearest name that exists. Nothing else in the program reads files, environment or flags.
pub mod example;
mod keys;
mod place;

use super::Options;
use crate::tls::names;
use keys::{Key, Kind};
use serde::Deserialize;
use snug_base::config::Secret;
use snug_base::keys::hex;
use snug_base::{Code, Config, Error, Result};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use zeroize::Zeroizing;

const PREFIX: &str = "SNUG_";
const SYSTEM_FILE: &str = "/etc/snug/snug.toml";

/// The configuration and where it came from.
#[derive(Clone, Debug)]
pub struct Settings {
    pub config: Config,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
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
    let mut table = match &file {
        Some(path) => read_file(path, &keys)?,
        None => Table::new(),
    };
    for (name, value) in &environment {
        if let Some(key) = key_of(name, &keys)? {
            set(&mut table, key, from_environment(name, key, value)?);
        }
    }
    let mut config = Config::deserialize(Value::Table(table))
        .map_err(|e| Code::Internal.error(format!("The configuration is not valid: {}", e.message())))?;
    apply_flags(&mut config, options);
    if config.node.data.as_os_str().is_empty() {
        config.node.data = folder;
    }
    if let Some(folder) = get("CREDENTIALS_DIRECTORY") {
        credentials(&mut config, Path::new(&folder))?;
    }
    check(&config)?;
    Ok(Settings { config, file })
}

/// What systemd hands to a service (LoadCredential=), unless the configuration says it.
fn credentials(config: &mut Config, folder: &Path) -> Result<()> {
    let read = |name: &str| match std::fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Code::Locked.error(format!("The credential {name} can't be read: {e}."))),
    };
    let text = |bytes: Zeroizing<Vec<u8>>| Secret(Zeroizing::new(String::from_utf8_lossy(&bytes).trim_end().to_owned()));
    if config.keys.master_key.is_none() {
        config.keys.master_key =
            read("snug.master-key")?.map(|bytes| if bytes.len() == 32 { Secret(Zeroizing::new(hex(&bytes))) } else { text(bytes) });
    }
    if config.keys.passphrase.is_none() {
        config.keys.passphrase = read("snug.passphrase")?.map(text);
    }
    if config.mail.password.is_none() && config.mail.password_file.is_none() && config.mail.user.is_some() {
        config.mail.password = read("snug.mail-password")?.map(text);
    }
    Ok(())
}

fn apply_flags(config: &mut Config, options: &Options) {
    let flags = &options.serve;
    if let Some(data) = &options.data {
        config.node.data.clone_from(data);
    }
    if !flags.listen.is_empty() {
        config.node.listen.clone_from(&flags.listen);
    }
    if flags.public_url.is_some() {
        config.node.public_url.clone_from(&flags.public_url);
    }
    config.node.plain_http |= flags.plain_http;
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

fn read_file(path: &Path, keys: &[Key]) -> Result<Table> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Code::Internal.error(format!("The configuration file {} can't be read: {e}.", path.display())))?;
    parse(&text, keys).map_err(|(span, what)| {
        let line = span.map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        Code::Internal.error(match line {
            Some(line) => format!("{}, line {line}: {what}", path.display()),
            None => format!("{}: {what}", path.display()),
        })
    })
}

/// Unknown names are looked for first: "unknown field" with a list of all others helps nobody.
fn parse(text: &str, keys: &[Key]) -> Result<Table, (Option<Range<usize>>, String)> {
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
        }
    }
    toml::from_str::<Config>(text).map_err(|e| (e.span(), e.message().to_owned()))?;
    toml::from_str(text).map_err(|e| (e.span(), e.message().to_owned()))
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

/// What no type can say.
fn check(config: &Config) -> Result<()> {
    let node = &config.node;
    let wrong = |key: &str, what: String| Err(Error { ..Code::Internal.error(format!("{key}: {what}")) });
    let former = node.former_urls.iter().map(|url| ("node.former_urls", url));
    for (key, url) in node.public_url.iter().map(|url| ("node.public_url", url)).chain(former) {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if !rest.is_some_and(|rest| !rest.is_empty() && !rest.trim_end_matches('/').contains('/')) {
            return wrong(key, format!("must be like https://chat.example.org, without a path; it is {url:?}."));
        }
    }
    if node.plain_http
        && let Some(open) = node.listen.iter().find(|address| !address.ip().to_canonical().is_loopback())
    {
        return wrong(
            "node.plain_http",
            format!("is for loopback addresses only, and {open} can be reached from elsewhere. Listen on 127.0.0.1, or remove it."),
        );
    }
    if let Some(name) = node.names.iter().find(|name| !names::is_name(name)) {
        return wrong("node.names", format!("{name:?} is neither a host name nor an IP address."));
    }
    if let Some((key, what)) = snug_operations::backup::place::wrong(&config.backup) {
        return wrong(key, what);
    }
    if let Some((key, what)) = snug_notifications::mail::wrong(config) {
        return wrong(key, what);
    }
    check_certificates(config)?;
    check_watching(config)?;
    if let Some(filter) = &node.log
        && let Err(e) = filter.parse::<tracing_subscriber::filter::EnvFilter>()
    {
        return wrong("node.log", format!("{e}. Write \"info\", \"debug\", or \"info,snug=debug\"."));
    }
    Ok(())
}

/// What is remembered, counted and shown to monitoring programs.
fn check_watching(config: &Config) -> Result<()> {
    let wrong = |key: &str, what: &str| Err(Code::Internal.error(format!("{key}: {what}")));
    if !(1..=3_650).contains(&config.audit.days) {
        return wrong("audit.days", "must be from 1 to 3650.");
    }
    if config.analytics.days > 3_650 {
        return wrong("analytics.days", "must be at most 3650; 0 switches the analytics off.");
    }
    if config.metrics.token.as_ref().is_some_and(|token| token.0.chars().count() < 16) {
        return wrong("metrics.token", "must have at least 16 characters. `openssl rand -hex 16` makes one.");
    }
    Ok(())
}

/// Where certificates come from.
fn check_certificates(config: &Config) -> Result<()> {
    let (node, acme) = (&config.node, &config.acme);
    let wrong = |key: &str, what: &str| Err(Code::Internal.error(format!("{key}: {what}")));
    match (&config.tls.certificate, &config.tls.key) {
        (Some(_), None) => return wrong("tls.key", "is missing: a certificate needs the file of its private key."),
        (None, Some(_)) => return wrong("tls.certificate", "is missing: a private key needs the file of its certificate."),
        (Some(_), Some(_)) if node.plain_http => {
            return wrong("tls.certificate", "does nothing where node.plain_http is on. Remove one of them.");
        }
        (Some(_), Some(_)) if !acme.domains.is_empty() => {
            return wrong("acme.domains", "and tls.certificate exclude each other: remove one of them.");
        }
        _ => {}
    }
    if acme.domains.is_empty() {
        return Ok(());
    }
    if node.plain_http {
        return wrong(
            "acme.domains",
            "does nothing where node.plain_http is on: the proxy in front orders certificates. Remove one of them.",
        );
    }
    if acme.domains.len() > 100 {
        return wrong("acme.domains", "has more than 100 names, which no authority certifies at once.");
    }
    if let Some(name) = acme.domains.iter().find(|name| !names::is_public(name)) {
        return wrong("acme.domains", &format!("{name:?} is no name that an authority can check; write it like \"chat.example.org\"."));
    }
    if let Some(email) = acme.email.as_ref().filter(|email| !email.contains('@') || email.contains(char::is_whitespace)) {
        return wrong("acme.email", &format!("{email:?} is no e-mail address."));
    }
    if let Some(url) = acme.directory.as_ref().filter(|url| !url.starts_with("https://")) {
        return wrong("acme.directory", &format!("must begin with https://; it is {url:?}."));
    }
    if acme.staging && acme.directory.is_some() {
        return wrong("acme.staging", "is about Let's Encrypt, and acme.directory names another authority. Remove one of them.");
    }
    Ok(())
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
