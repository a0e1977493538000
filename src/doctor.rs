//! What may be wrong with an instance or around it, found before its people do, each with what to do about it.
//!
//! `snug doctor` has a running node look, since its rights and its network are what counts; without one it looks by itself. The same
//! stands in the administration.
pub mod address;
pub mod http;
mod machine;
mod mail;
pub mod model;
pub mod probe;
mod public;
mod push;
mod stored;

use crate::tls::Certificate;
use crate::tls::Tls;
use model::{Checkup, Finding};
use probe::Probes;
use snug_base::{App, Code, Config, Error, Result};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;

/// A running node's: looks at it, once at a time.
#[derive(Default)]
pub struct Doctor {
    probes: Arc<Probes>,
    place: OnceLock<(Vec<SocketAddr>, Option<Arc<Tls>>)>,
    turn: Mutex<()>,
}

impl Doctor {
    /// Tells where the node serves.
    pub fn serves(&self, bound: Vec<SocketAddr>, tls: Option<Arc<Tls>>) {
        let _ = self.place.set((bound, tls)); // a node serves once
    }

    /// Looks at the node.
    ///
    /// # Errors
    /// `checkup.busy` while somebody else has it looked at.
    pub async fn examine(&self, app: &App, is_thorough: bool) -> Result<Checkup> {
        let _turn = self.turn.try_lock().map_err(|_| Code::CheckupBusy.error("A check-up is under way. Ask again in a minute."))?;
        let running = self.place.get().map(|(bound, tls)| Running {
            bound: bound.clone(),
            certificates: tls.as_ref().map(|tls| tls.certificates()).unwrap_or_default(),
            probes: self.probes.clone(),
        });
        examine(Patient { config: app.config.clone(), now: app.clock.now(), running, is_thorough }).await
    }
}

/// What is looked at.
#[derive(Clone)]
pub struct Patient {
    pub config: Arc<Config>,
    /// Unix milliseconds.
    pub now: i64,
    /// The node that is looked at, when it runs.
    pub running: Option<Running>,
    /// Read all of the database and of the files, which takes as long as reading the disk.
    pub is_thorough: bool,
}

/// What only a running node knows.
#[derive(Clone)]
pub struct Running {
    /// Where it listens.
    pub bound: Vec<SocketAddr>,
    pub certificates: Vec<Certificate>,
    pub probes: Arc<Probes>,
}

/// Looks at everything. Takes half a minute behind a proxy, since that is how long a socket must be able to be silent.
pub async fn examine(patient: Patient) -> Result<Checkup> {
    let ours = patient.clone();
    let inside = async {
        let looked = tokio::task::spawn_blocking(move || {
            let mut findings = machine::look(&ours.config);
            let (stored, services) = stored::look(&ours);
            findings.extend(stored);
            (findings, services)
        });
        let (mut findings, services) = looked.await.map_err(Error::internal)?;
        if let Some(services) = services {
            findings.extend(push::look(&patient.config, services).await);
        }
        Ok::<Vec<Finding>, Error>(findings)
    };
    let (inside, ports, outside, letters) = tokio::join!(inside, address::look(&patient), public::look(&patient), mail::look(&patient));
    let mut findings = inside?;
    findings.extend(ports);
    findings.extend(outside);
    findings.extend(letters);
    Ok(Checkup { checked_at: patient.now, findings })
}
