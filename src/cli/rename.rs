//! `snug rename`: another name, address or port for the instance. Nothing in the data holds an address, so only the configuration changes.
use super::settings::{self, Settings};
use super::{Options, output, reach};
use crate::http::listen::DEFAULT_PORT;
use clap::Args;
use reqwest::Url;
use serde_json::json;
use snug_base::{Code, Config, Error, Result};
use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, Value};

#[derive(Debug, Args)]
pub struct Rename {
    /// The address until now: https://old.example.org
    old: String,
    /// The address from now on: https://chat.example.org, or with a port https://192.0.2.7:8443
    new: String,
}

/// Changes the configuration and says what is left to do.
pub fn run(options: &Options, rename: &Rename) -> Result<()> {
    let Settings { config, file, .. } = settings::load(options)?;
    let (old, new) = (address(&rename.old)?, address(&rename.new)?);
    if old == new {
        return Err(Code::Malformed.error(format!("{old} is the address already.")));
    }
    check_old(&config, &old)?;
    let path = file.unwrap_or_else(|| config.node.data.join("snug.toml"));
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(unwritable(&path, &e)),
    };
    let mut document: DocumentMut =
        before.as_deref().unwrap_or_default().parse().map_err(|e| Code::Internal.error(format!("{}: {e}", path.display())))?;
    let listen = change(&mut document, &config, &old, &new);
    let kept = keep(&path, before.as_deref())?;
    std::fs::write(&path, document.to_string()).map_err(|e| unwritable(&path, &e))?;
    let is_in_force = settings::load(options).map(|settings| settings.config.node.public_url.as_deref() == Some(text(&new).as_str()));
    match is_in_force {
        Ok(true) => {}
        Ok(false) => {
            return Err(Code::Internal.error(format!(
                "{} says the new address, but the environment or a flag says another one: change public_url there as well.",
                path.display()
            )));
        }
        Err(e) => {
            // as it was
            match before {
                Some(text) => std::fs::write(&path, text).map_err(|e| unwritable(&path, &e))?,
                None => drop(std::fs::remove_file(&path)),
            }
            return Err(e);
        }
    }
    let (old, new) = (text(&old), text(&new));
    if options.json {
        return output::write(&format!("{}\n", json!({ "old": old, "new": new, "file": path, "before": kept, "listen": listen })));
    }
    let before = kept.map(|kept| format!(" (as it was: {})", kept.display())).unwrap_or_default();
    let proxy = if config.node.plain_http { "  - Tell the proxy the new name.\n" } else { "" };
    output::write(&format!(
        "The instance will be {new} once the node is restarted. {} says so{before}.\n\n\
         What is left to do:\n\
         {proxy}  - Restart the node: systemctl restart snug\n  - Run `snug doctor`: it tries the new address.\n  \
         - Let {old} lead here as long as links to it should work: pages are sent on to the new address.\n\n\
         Accounts, messages and invites are as before. Browsers keep sign-ins by address, so people sign in once more;\n\
         their password opens their encrypted messages there, and whom they have verified stays verified.\n",
        path.display()
    ))
}

/// `https://host[:port]`, in lower case.
fn address(text: &str) -> Result<Url> {
    let wrong = || Code::Malformed.error(format!("{text:?} is no address of an instance. Write it like https://chat.example.org"));
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&whole).map_err(|_| wrong())?;
    let is_plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "https" | "http") || !is_plain || url.host_str().is_none_or(str::is_empty) { Err(wrong()) } else { Ok(url) }
}

/// As it stands in the configuration.
fn text(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn listened(config: &Config) -> Vec<SocketAddr> {
    if config.node.listen.is_empty() { vec![SocketAddr::from((Ipv6Addr::UNSPECIFIED, DEFAULT_PORT))] } else { config.node.listen.clone() }
}

/// Somebody who mistypes the old address would lose the links to the right one.
fn check_old(config: &Config, old: &Url) -> Result<()> {
    let mut known = reach::urls(config, &listened(config));
    known.extend(config.node.names.iter().map(|name| format!("https://{name}")));
    known.extend(config.acme.domains.iter().map(|name| format!("https://{name}")));
    if known.iter().filter_map(|url| Url::parse(url).ok()).any(|url| url == *old) {
        return Ok(());
    }
    let known = reach::urls(config, &listened(config)).join(", ");
    Err(Code::Malformed.error(format!("The instance is not at {}. Its addresses are: {known}.", text(old))))
}

/// Gives where the node listens from now on, if that changes.
fn change(document: &mut DocumentMut, config: &Config, old: &Url, new: &Url) -> Option<Vec<String>> {
    let mut former: Vec<String> = config.node.former_urls.clone();
    former.retain(|url| *url != text(new) && *url != text(old));
    former.push(text(old));
    let node = document.entry("node").or_insert(Item::Table(Table::new()));
    set(node, "public_url", text(new).into());
    set(node, "former_urls", Value::Array(former.into_iter().collect()));
    let (from, to) = (old.port_or_known_default(), new.port_or_known_default());
    let listened = listened(config);
    let moves = from != to && !config.node.plain_http && listened.iter().any(|address| Some(address.port()) == from);
    let listen = moves.then(|| {
        let moved = |address: &SocketAddr| {
            let port = if Some(address.port()) == from { to.unwrap_or(address.port()) } else { address.port() };
            SocketAddr::new(address.ip(), port).to_string()
        };
        let listen: Vec<String> = listened.iter().map(moved).collect();
        set(node, "listen", Value::Array(listen.iter().cloned().collect()));
        listen
    });
    let hosts = (old.host_str().unwrap_or_default(), new.host_str().unwrap_or_default());
    if hosts.0 != hosts.1
        && config.acme.domains.iter().any(|name| name == hosts.0)
        && !config.acme.domains.iter().any(|name| name == hosts.1)
        && let Some(domains) = document.get_mut("acme").and_then(|acme| acme.get_mut("domains")).and_then(Item::as_array_mut)
    {
        domains.insert(0, Value::from(hosts.1));
        domains.fmt();
    }
    listen
}

/// Keeps what the operator has written beside the value.
fn set(table: &mut Item, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(known) => {
            *value.decor_mut() = known.decor().clone();
            *known = value;
        }
        None => table[key] = toml_edit::value(value),
    }
}

/// The file as it was, beside it.
fn keep(path: &Path, text: Option<&str>) -> Result<Option<PathBuf>> {
    if text.is_none() {
        return Ok(None);
    }
    let kept = path.with_extension("toml.before-rename");
    std::fs::copy(path, &kept).map_err(|e| unwritable(&kept, &e))?;
    Ok(Some(kept))
}

fn unwritable(path: &Path, e: &std::io::Error) -> Error {
    Code::Internal.error(format!(
        "{} can't be written: {e}. Run it as whoever owns the configuration (sudo), or set node.public_url and node.former_urls there by hand.",
        path.display()
    ))
}
