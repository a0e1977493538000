//! The push services of this instance's devices, as the check-up looks at them.
use super::ENDPOINT;
use crate::store::subscriptions;
use bytes::Bytes;
use snug_base::outbound::{Outbound, Target};
use snug_base::{Config, Error, Read, Result};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// So many of the newest subscriptions are looked at: browsers have few push services between them.
const NEWEST: i64 = 500;
/// So many push services are told.
const TOLD: usize = 8;

/// Who gets push messages, and by way of whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services {
    /// Devices that have asked for them.
    pub devices: i64,
    /// Those of them whose push service did not take the last message.
    pub failing: i64,
    /// The push services, at most eight: "https://push.example.org".
    pub origins: Vec<String>,
}

impl Services {
    /// What the database tells.
    pub fn of(read: &Read) -> Result<Services> {
        let (devices, failing) = subscriptions::count(read)?;
        let endpoints = subscriptions::newest_endpoints(read, NEWEST)?;
        let origins: BTreeSet<String> =
            endpoints.iter().filter_map(|text| Target::parse("endpoint", text, ENDPOINT).ok()).map(|target| target.origin()).collect();
        Ok(Services { devices, failing, origins: origins.into_iter().take(TOLD).collect() })
    }
}

/// Sends push services something that is meant for no device: whatever they answer, messages would reach them. Of each, what keeps them
/// from it.
///
/// # Errors
/// If the certificates that are trusted can't be read.
pub async fn reach(config: &Config, origins: Vec<String>) -> Result<Vec<(String, Result<(), String>)>> {
    let (allows_private, ca_file) = (config.push.allow_private_endpoints, config.push.ca_file.clone());
    // reads the system's authorities
    let opened = tokio::task::spawn_blocking(move || Outbound::new(allows_private, ca_file.as_deref())).await;
    let outbound = opened.map_err(Error::internal)??;
    let mut asked = JoinSet::new();
    for origin in origins {
        let outbound = outbound.clone();
        asked.spawn(async move { (ask(&outbound, &origin).await, origin) });
    }
    let mut told: Vec<_> = asked.join_all().await.into_iter().map(|(outcome, origin)| (origin, outcome)).collect();
    told.sort_unstable();
    Ok(told)
}

async fn ask(outbound: &Outbound, origin: &str) -> Result<(), String> {
    let target = Target::parse("endpoint", &format!("{origin}/"), ENDPOINT).map_err(|e| e.detail)?;
    let headers = [("ttl", "0".to_owned()), ("content-length", "0".to_owned())];
    let answer = outbound.post(&target, &headers, Bytes::new()).await.map_err(|e| e.to_string())?;
    match answer.status {
        status @ 500..=599 => Err(format!("it answers {status}")),
        _ => Ok(()),
    }
}
