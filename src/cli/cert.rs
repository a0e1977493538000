//! `snug cert …`: where the node's certificates come from, and renewing them.
use super::ask;
use super::output::{self, time};
use super::settings::Settings;
use super::task::Task;
use crate::tls::Source;
use clap::{Subcommand, ValueEnum};
use serde_json::Value;
use snug_base::Result;

#[derive(Debug, Subcommand)]
pub enum Cert {
    /// Where the certificates come from, until when they are valid, and what is wrong with them
    Show,
    /// Renew one now
    Renew {
        /// Which one [default: the one that strangers are shown]
        #[arg(value_enum)]
        which: Option<Which>,
    },
}

/// A certificate by where it comes from.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Which {
    /// From the node's own authority
    Own,
    /// From a public authority; these allow a few a week
    Acme,
    /// Your files are read again
    Files,
}

impl From<Which> for Source {
    fn from(which: Which) -> Source {
        match which {
            Which::Own => Source::Own,
            Which::Acme => Source::Acme,
            Which::Files => Source::Files,
        }
    }
}

pub async fn run(settings: Settings, as_json: bool, command: Cert) -> Result<()> {
    let task = match command {
        Cert::Show => Task::Certificates,
        Cert::Renew { which } => Task::RenewCertificate { source: which.map(Source::from) },
    };
    ask::run(settings, as_json, task, show).await
}

fn show(found: &Value) -> String {
    let mode = match found["mode"].as_str() {
        Some("own") => "The node's own authority vouches for it: each device must be told to trust that, at /trust.",
        Some("acme") => "It is ordered from an authority and renewed by the node.",
        Some("files") => "It comes from your files, which are read again when they change.",
        _ => "The node speaks plain HTTP: the proxy in front of it has the certificate.",
    };
    let mut text = format!("{mode}\n");
    if let Some(fingerprint) = found["fingerprint"].as_str() {
        text.push_str(&format!("Its authority: SHA-256 {fingerprint}\n"));
    }
    for certificate in found["certificates"].as_array().into_iter().flatten() {
        text.push_str(&one(certificate));
    }
    text
}

fn one(certificate: &Value) -> String {
    let source = match certificate["source"].as_str() {
        Some("own") => "The node's own",
        Some("acme") => "From an authority",
        _ => "From your files",
    };
    let names: Vec<&str> = certificate["names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let at = |key: &str| time(&certificate[key]);
    let lines = [
        ("For", names.join(", ")),
        ("Issuer", output::text(&certificate["issuer"])),
        ("Issued", at("issued_at")),
        ("Valid until", at("expires_at")),
        ("Renewed", at("renews_at")),
        ("Last attempt", at("last_attempt_at")),
        ("Next attempt", at("next_attempt_at")),
        ("PROBLEM", output::text(&certificate["problem"])),
    ];
    let mut text = format!("\n{source}{}\n", if certificate["is_busy"] == true { ", an order is under way" } else { "" });
    for (name, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("  {name:<14}{value}\n"));
    }
    text
}
