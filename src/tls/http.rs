//! The node's certificates, for the administration and the terminal.
use super::{Certificate, Source, Tls, kept};
use crate::Node;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use snug_accounts::Admin;
use snug_accounts::audit::{Actor, Deed, DeedKind};
use snug_base::http::{Json, Path, Problem, Routes};
use snug_base::routes;
use snug_base::{App, Code, Error, Result};
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// How long an order is waited for before the answer says that it goes on.
const PATIENCE: Duration = Duration::from_secs(40);

/// Where the certificate that people are shown comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The node's own authority, which every device must be told to trust.
    Own,
    /// An authority that it is ordered from.
    Acme,
    /// The operator's files.
    Files,
    /// The node speaks plain HTTP, and a proxy in front has the certificate.
    Proxy,
}

/// The node's certificates.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Certificates {
    pub mode: Mode,
    /// All that are shown: first the one for strangers, last the node's own, which is shown for every name that no other is for.
    pub certificates: Vec<Certificate>,
    /// SHA-256 of the node's own authority, to compare on devices; null behind a proxy and where none runs.
    #[schema(example = "5A:0C:91:E2")]
    pub fingerprint: Option<String>,
    /// The page that helps to trust the node's own authority; null behind a proxy.
    #[schema(example = "/trust")]
    pub trust_path: Option<&'static str>,
}

/// Routes below /api/v1.
pub fn routes() -> Routes<Node> {
    Routes::new().routes(routes!(get_certificates)).routes(routes!(renew_certificate))
}

/// Where the node's certificates come from, until when they are valid, and what is wrong with them
#[utoipa::path(get, path = "/admin/certificates", tag = "admin",
    responses((status = 200, body = Certificates), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_certificates(State(node): State<Node>, _: Admin) -> Result<Json<Certificates>> {
    Ok(Json(shown(node.certificates.get())?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Which {
    source: Source,
}

/// Renew a certificate now
///
/// `own`: a new one from the node's own authority. `acme`: another one is ordered, which authorities allow a few times a week. `files`: they are
/// read again. Answers when it is done, or after a while that it goes on; what went wrong with an order stands in the answer.
#[utoipa::path(post, path = "/admin/certificates/{source}/renew", tag = "admin", params(Which),
    responses((status = 200, body = Certificates), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn renew_certificate(State(node): State<Node>, by: Admin, Path(which): Path<Which>) -> Result<Json<Certificates>> {
    let none = || Code::NotFound.error("The node speaks plain HTTP: the proxy in front of it has the certificate.");
    let tls = node.certificates.get().ok_or_else(none)?;
    renew(&node.app, tls, by.into(), which.source).await?;
    Ok(Json(shown(Some(tls))?))
}

/// What a running node shows; without [`Tls`] a proxy does.
pub fn shown(tls: Option<&Arc<Tls>>) -> Result<Certificates> {
    let Some(tls) = tls else {
        return Ok(Certificates { mode: Mode::Proxy, certificates: Vec::new(), fingerprint: None, trust_path: None });
    };
    let certificates = tls.certificates();
    Ok(Certificates { mode: mode(&certificates), certificates, fingerprint: Some(tls.fingerprint()?), trust_path: Some("/trust") })
}

/// What a node would show that is not running.
pub async fn would_show(app: &App) -> Result<Certificates> {
    if app.config.node.plain_http {
        return shown(None);
    }
    let certificates = kept(app).await?;
    Ok(Certificates { mode: mode(&certificates), certificates, fingerprint: None, trust_path: Some("/trust") })
}

fn mode(certificates: &[Certificate]) -> Mode {
    match certificates.first().map(|first| first.source) {
        Some(Source::Acme) => Mode::Acme,
        Some(Source::Files) => Mode::Files,
        Some(Source::Own) | None => Mode::Own,
    }
}

/// Renews one and remembers who asked for it, and what became of it. Waits a while; an order goes on when whoever asked has gone away.
pub async fn renew(app: &App, tls: &Arc<Tls>, by: Actor, source: Source) -> Result<()> {
    let (ours, app) = (tls.clone(), app.clone());
    let work = tokio::spawn(async move {
        ours.renew_now(source).await?;
        let renewed = ours.certificates().into_iter().find(|certificate| certificate.source == source);
        let deed = Deed::new(DeedKind::CertificateRenewed).on(source.as_str());
        let deed = match renewed.and_then(|certificate| certificate.problem) {
            Some(problem) => deed.fact("problem", problem),
            None => deed,
        };
        by.did(&app, deed).await
    });
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(Error::internal)?,
        Err(_) => Ok(()),
    }
}
