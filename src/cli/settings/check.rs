//! What no type can say of a configuration.
use crate::tls::names;
use snug_base::{Code, Config, Error, Result};

/// Refuses what can't be meant, with the key and the remedy.
pub fn check(config: &Config) -> Result<()> {
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
        return wrong(&key, what);
    }
    if let Some((key, what)) = snug_notifications::mail::wrong(config) {
        return wrong(key, what);
    }
    if config.database.encrypted && config.database.url.is_some() {
        return wrong("database.encrypted", "is for SQLite; PostgreSQL (database.url) has its own ways. Remove one of them.".to_owned());
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
