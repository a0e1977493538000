//! Where the node listens, what its names lead to, and the certificates that it shows.
use super::model::{Area, Finding};
use super::{Patient, Running};
use crate::http::listen::DEFAULT_PORT;
use crate::tls::{Certificate, Source, names};
use snug_base::Config;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(5);
const DAY: i64 = 86_400_000;
/// Certificates are renewed when a third of their time is left: with fewer days than this something keeps them from it.
const DAYS_LEAST: i64 = 14;

/// Looks at all of it.
pub async fn look(patient: &Patient) -> Vec<Finding> {
    let config = &patient.config;
    let mut findings = Vec::new();
    match &patient.running {
        Some(Running { bound, certificates, .. }) => {
            for address in bound {
                findings.push(answers(*address).await);
            }
            findings.extend(certificates.iter().filter_map(|certificate| of_certificate(certificate, patient.now)));
        }
        None => findings.extend(listened(config).into_iter().map(can_listen)),
    }
    for name in led(config) {
        findings.push(of_name(&name).await);
    }
    findings
}

/// Whether somebody takes connections at one of the node's own addresses.
async fn answers(address: SocketAddr) -> Finding {
    let reached = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::from((Ipv6Addr::LOCALHOST, address.port())),
        _ => address,
    };
    match timeout(PATIENCE, TcpStream::connect(reached)).await {
        Ok(Ok(_)) => Area::Port.ok(format!("The node takes connections at {address}.")),
        Ok(Err(e)) => Area::Port.problem(
            format!("The node listens at {address} and can't be reached there: {e}."),
            "Look at the machine's firewall, and at how many connections are open.",
        ),
        Err(_) => Area::Port.problem(
            format!("The node listens at {address} and takes no connection there within {} s.", PATIENCE.as_secs()),
            "Look at the machine's firewall (nft list ruleset), which swallows connections to it.",
        ),
    }
}

/// Where a node would listen.
fn listened(config: &Config) -> Vec<SocketAddr> {
    let node = &config.node;
    let mut addresses =
        if node.listen.is_empty() { vec![SocketAddr::from((Ipv6Addr::UNSPECIFIED, DEFAULT_PORT))] } else { node.listen.clone() };
    addresses.extend(node.http_listen);
    addresses
}

/// Whether a node that is started could listen there.
fn can_listen(address: SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Area::Port.ok(format!("No node is running; one could listen at {address}.")),
        Err(e) if e.kind() == ErrorKind::AddrInUse => Area::Port.problem(
            format!("Another program has the port {}.", address.port()),
            format!("Stop it (ss -ltnp 'sport = :{}' names it), or choose another port with node.listen.", address.port()),
        ),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => Area::Port.problem(
            format!("Whoever runs this command may not listen on port {}.", address.port()),
            "Run it as the service, which may (AmbientCapabilities=CAP_NET_BIND_SERVICE), or choose a port above 1023.",
        ),
        // an address family that this machine lacks is not asked for by the node either
        Err(_) if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) => {
            can_listen(SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port())))
        }
        Err(e) => Area::Port.problem(format!("A node can't listen at {address}: {e}."), "Correct node.listen."),
    }
}

/// Names that have to lead here.
fn led(config: &Config) -> Vec<String> {
    let mut all: Vec<String> = names::configured(&config.node).into_iter().collect();
    all.extend(config.acme.domains.iter().map(|name| name.to_ascii_lowercase()));
    all.retain(|name| name.parse::<IpAddr>().is_err() && !name.starts_with("*."));
    all.sort_unstable();
    all.dedup();
    all
}

async fn of_name(name: &str) -> Finding {
    let found = match timeout(PATIENCE, lookup_host((name, 443))).await {
        Ok(Ok(found)) => found.map(|address| address.ip().to_canonical()).collect(),
        _ => Vec::new(),
    };
    if found.is_empty() {
        let remedy = "Have whoever runs the domain's name server add an A or AAAA record with the address of this machine or its router.";
        return Area::Name.problem(format!("The name {name} leads nowhere."), remedy);
    }
    let own = names::addresses();
    let led = found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if found.iter().any(|ip| own.contains(ip) || ip.is_loopback()) {
        return Area::Name.ok(format!("The name {name} leads to this machine ({led})."));
    }
    if own.iter().all(|ip| names::is_private(*ip)) {
        return Area::Name
            .ok(format!("The name {name} leads to {led}: a router or proxy there has to pass connections on to this machine."));
    }
    Area::Name.warning(
        format!("The name {name} leads to {led}, which is no address of this machine."),
        "If no proxy stands there, correct the A and AAAA records.",
    )
}

/// Nothing of one that nobody is shown.
fn of_certificate(certificate: &Certificate, now: i64) -> Option<Finding> {
    let names = certificate.names.iter().cloned().collect::<Vec<_>>().join(", ");
    let (source, remedy) = match certificate.source {
        Source::Own => ("The node's own certificate", "Restart the node: it makes a new one."),
        Source::Files => ("The certificate from your files", "Renew the files that tls.certificate and tls.key name."),
        Source::Acme => (
            "The ordered certificate",
            "See that the names lead here and that port 80 or 443 can be reached from outside (docs/certificates.md).",
        ),
    };
    if let Some(problem) = &certificate.problem {
        return Some(Area::Certificate.problem(format!("{source} has a problem: {problem}."), remedy));
    }
    let Some(end) = certificate.expires_at else {
        return Some(Area::Certificate.warning(format!("{source} was not issued yet."), remedy));
    };
    let days = (end - now) / DAY;
    // the node's own one is made anew each few days
    let least = if certificate.source == Source::Own { 0 } else { DAYS_LEAST };
    Some(if end <= now {
        Area::Certificate.problem(format!("{source} has expired."), remedy)
    } else if days < least {
        Area::Certificate.warning(format!("{source} for {names} ends in {days} days."), remedy)
    } else {
        Area::Certificate.ok(format!("{source} is good for {days} more days."))
    })
}
