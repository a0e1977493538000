//! The way that people take: the public address, the proxy in front of the node, the certificate that browsers see there.
use super::model::{Area, Finding};
use super::probe::{Probe, Seen, UPLOAD};
use super::{Patient, Running};
use crate::http::headers::CONTENT;
use reqwest::{Client, Response, StatusCode, header, redirect};
use rustls::ClientConfig;
use snug_client::trust;
use snug_realtime::HEARTBEAT_S;
use std::error::Error as _;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;

const PATIENCE: Duration = Duration::from_secs(10);
/// A socket is silent for as long as the node does not ping it.
const SILENCE: Duration = Duration::from_secs(HEARTBEAT_S + 5);
const DOCS: &str = "docs/proxies.md has the lines for nginx, Caddy and HAProxy";

/// Asks the running node by its public address, if it has one.
pub async fn look(patient: &Patient) -> Vec<Finding> {
    let (Some(url), Some(running)) = (patient.config.node.public_url.as_deref(), &patient.running) else { return Vec::new() };
    let probe = Probe::begin(&running.probes);
    let asked = format!("{}/api/v1/probe/{}", url.trim_end_matches('/'), probe.number);
    let (client, answer, trusted) = match reach(&asked).await {
        Ok(reached) => reached,
        Err(e) => return vec![unreachable(url, &e)],
    };
    let mut findings = vec![trusted_by_browsers(url, trusted, running)];
    findings.extend(through(patient, url, &asked, client, answer).await);
    findings
}

/// Trusting whom the system trusts; if that fails, anybody, to see what else there is.
async fn reach(url: &str) -> Result<(Client, Response, bool), reqwest::Error> {
    let strict = client(trust::config(None));
    match strict.get(url).send().await {
        Ok(answer) => Ok((strict, answer, true)),
        Err(first) => {
            let lax = client(trust::unverified());
            match lax.get(url).send().await {
                Ok(answer) => Ok((lax, answer, false)),
                Err(_) => Err(first),
            }
        }
    }
}

fn client(tls: snug_client::error::Result<ClientConfig>) -> Client {
    let builder = Client::builder().no_proxy().http1_only().redirect(redirect::Policy::none()).timeout(PATIENCE);
    let builder = match tls {
        Ok(tls) => builder.tls_backend_preconfigured(tls),
        Err(_) => builder,
    };
    builder.build().unwrap_or_default()
}

fn unreachable(url: &str, e: &reqwest::Error) -> Finding {
    let mut why = e.to_string();
    let mut source = e.source();
    while let Some(cause) = source {
        why = cause.to_string();
        source = cause.source();
    }
    Area::PublicAddress.warning(
        format!("From this machine {url} can't be reached: {why}."),
        "Open it with a phone that is not in this network. If it opens there, your router does not lead machines to themselves, and nothing is wrong.",
    )
}

fn trusted_by_browsers(url: &str, is_trusted: bool, running: &Running) -> Finding {
    if url.starts_with("http://") {
        let remedy = "Use HTTPS: without it there is no encryption between people, and no calls.";
        return Area::PublicAddress.problem("The public address is plain HTTP.", remedy);
    }
    if is_trusted {
        return Area::PublicAddress.ok(format!("{url} opens with a certificate that this machine trusts."));
    }
    let remedy = if running.certificates.is_empty() {
        "Have the proxy use a certificate from a public authority (certbot, Caddy)."
    } else {
        "Order one from a public authority (acme.domains), or let people install the node's own authority: its page /trust shows how."
    };
    Area::PublicAddress.warning(format!("Browsers do not trust the certificate at {url}."), remedy)
}

async fn through(patient: &Patient, url: &str, asked: &str, client: Client, answer: Response) -> Vec<Finding> {
    let status = answer.status();
    let policies: Vec<_> = answer.headers().get_all(header::CONTENT_SECURITY_POLICY).iter().cloned().collect();
    if status.is_redirection() {
        let to = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("elsewhere").to_owned();
        return vec![Area::PublicAddress.problem(
            format!("Who opens {url} is sent on to {to}."),
            "Set node.public_url to the address that people end at, or have the proxy pass requests on instead of sending people away.",
        )];
    }
    let Ok(seen) = answer.json::<Seen>().await else {
        return vec![Area::PublicAddress.problem(
            format!("What answers at {url} is not this node (status {}).", status.as_u16()),
            format!("See where the name and the port lead; {DOCS}."),
        )];
    };
    let mut findings = Vec::new();
    if policies.len() != 1 || policies.first().is_none_or(|policy| policy.as_bytes() != CONTENT.as_bytes()) {
        findings.push(Area::Proxy.problem(
            "The proxy changes the security headers: pages may not work in browsers.",
            "Remove what sets Content-Security-Policy there; Snug sets it itself.",
        ));
    }
    findings.extend(forwarding(patient, url, &seen));
    findings.push(takes_uploads(&client, asked).await);
    findings.push(keeps_sockets(&client, asked, &seen).await);
    findings
}

/// What the proxy tells the node of those on whose behalf it asks.
fn forwarding(patient: &Patient, url: &str, seen: &Seen) -> Vec<Finding> {
    let node = &patient.config.node;
    let mut findings = Vec::new();
    let host = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if seen.host.as_deref().is_some_and(|seen| !seen.eq_ignore_ascii_case(host)) {
        let what = format!("The proxy says that {} was asked for, not {host}.", seen.host.clone().unwrap_or_default());
        findings.push(Area::Proxy.warning(what, "Have it pass the name on (nginx: proxy_set_header Host $http_host)."));
    }
    let is_proxy = seen.is_forwarded || node.plain_http;
    if !is_proxy {
        return findings;
    }
    if node.trusted_proxies.is_empty() {
        findings.push(Area::Proxy.problem(
            "A proxy stands in front, and node.trusted_proxies is empty: everybody has the proxy's address and shares its rate limits.",
            format!("Set trusted_proxies = [\"{}/{}\"] in [node].", seen.client, if seen.client.is_ipv4() { 32 } else { 128 }),
        ));
    } else if !seen.is_forwarded {
        let remedy = format!("Have it send X-Forwarded-For; {DOCS}.");
        findings.push(Area::Proxy.problem("The proxy does not say on whose behalf it asks: everybody has its address.", remedy));
    } else {
        findings.push(Area::Proxy.ok("The proxy tells who asks."));
    }
    findings
}

async fn takes_uploads(client: &Client, asked: &str) -> Finding {
    let remedy = "Let it take 64 MB (nginx: client_max_body_size 64m): Snug says itself what is too large.";
    match client.post(asked).body(vec![0; UPLOAD]).send().await {
        Ok(answer) if answer.status() == StatusCode::OK => Area::PublicAddress.ok("Uploads come through."),
        Ok(answer) if answer.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Area::Proxy.problem("The proxy refuses uploads of 8 MB as too large.", remedy)
        }
        Ok(answer) => Area::Proxy.problem(format!("An upload of 8 MB is refused with status {}.", answer.status().as_u16()), remedy),
        Err(_) => Area::Proxy.problem("An upload of 8 MB does not come through.", remedy),
    }
}

/// Whether sockets can be opened, and how long they may be silent behind a proxy.
async fn keeps_sockets(client: &Client, asked: &str, seen: &Seen) -> Finding {
    let asking = client
        .get(asked)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, "c251ZyBkb2N0b3IgY2hlY2s=")
        .timeout(SILENCE * 2);
    let refused = |why: String| {
        Area::Proxy.problem(
            format!("WebSockets do not come through: {why}. Without them nobody sees anything new."),
            format!("Have the proxy pass Upgrade on; {DOCS}."),
        )
    };
    let mut socket = match asking.send().await {
        Ok(answer) if answer.status() == StatusCode::SWITCHING_PROTOCOLS => match answer.upgrade().await {
            Ok(socket) => socket,
            Err(e) => return refused(e.to_string()),
        },
        Ok(answer) => return refused(format!("the answer is status {}", answer.status().as_u16())),
        Err(e) => return refused(e.to_string()),
    };
    if !seen.is_forwarded {
        return Area::PublicAddress.ok("WebSockets come through.");
    }
    let begun = Instant::now();
    let mut heard = [0; 1];
    match tokio::time::timeout(SILENCE, socket.read(&mut heard)).await {
        Err(_) => Area::Proxy.ok(format!("WebSockets come through, and stay open through {} s of silence.", SILENCE.as_secs())),
        Ok(_) => Area::Proxy.problem(
            format!(
                "The proxy closes sockets that are silent for {} s, and the node pings them every {HEARTBEAT_S} s.",
                (begun.elapsed().as_millis() + 500) / 1_000
            ),
            "Let them be silent for a minute at least (nginx: proxy_read_timeout 1h; HAProxy: timeout tunnel 1h).",
        ),
    }
}
