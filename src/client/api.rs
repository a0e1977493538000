//! Calls of the node's REST interface with the session of this device.
use crate::error::{Error, Refusal, Result};
use crate::store::Store;
use crate::trust;
use reqwest::header::{COOKIE, HeaderMap, RETRY_AFTER, SET_COOKIE};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

const REFRESH_COOKIE: &str = "__Host-snug_refresh";
const PATIENCE: Duration = Duration::from_secs(30);
/// An access token is renewed so long before it ends.
const MARGIN: Duration = Duration::from_secs(60);

/// The sealed file with the token that the session is refreshed with.
const FILE: &str = "session";

/// The node, and this device's session with it.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    tls: Arc<rustls::ClientConfig>,
    session: Arc<Mutex<Session>>,
    /// Where the session lasts; programs that share it share the session too.
    store: Option<Store>,
}

#[derive(Default)]
struct Session {
    access: Option<(Zeroizing<String>, Instant)>,
    refresh: Zeroizing<String>,
}

/// What the node answers to a sign-in.
#[derive(Clone, Debug, Deserialize)]
pub struct SignedIn {
    pub access_token: String,
    pub expires_in_s: u64,
    pub session_id: uuid::Uuid,
    pub account: Value,
}

impl Api {
    /// The node at this address (`https://chat.example.org`, or `http://` on the same machine). `authority`: PEM of the node's own
    /// authority, if it was accepted. Without a store the session ends with the program.
    pub fn new(base: &str, authority: Option<&str>, store: Option<Store>) -> Result<Api> {
        let base = base.trim_end_matches('/').to_owned();
        if !base.starts_with("https://") && !is_loopback(&base) {
            return Err(Error::told(format!("{base}: plain http is for this machine only. Use https://.")));
        }
        let tls = trust::config(authority)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .user_agent(concat!("snug/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            .build()
            .map_err(unreachable)?;
        Ok(Api { http, base, tls: Arc::new(tls), session: Arc::default(), store })
    }

    /// Where the node is, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The TLS that sockets use as well.
    pub fn tls(&self) -> Arc<rustls::ClientConfig> {
        self.tls.clone()
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.call(Method::GET, path, None::<&()>).await
    }

    /// The same with parameters.
    pub async fn get_with<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T> {
        // only what is behind the question mark is taken from it
        let url = reqwest::Url::parse_with_params("http://node/", query).map_err(|e| Error::Answer(e.to_string()))?;
        self.get(&format!("{path}?{}", url.query().unwrap_or_default())).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.call(Method::DELETE, path, None::<&()>).await
    }

    /// One call; a token that the node refuses is renewed once.
    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&(impl Serialize + ?Sized)>) -> Result<T> {
        let token = self.token(false).await?;
        match self.send(method.clone(), path, body, Some(&token)).await {
            Err(Error::Refused(refusal)) if refusal.code == "auth.signed_out" => {
                let token = self.token(true).await?;
                self.send(method, path, body, Some(&token)).await
            }
            answer => answer,
        }
    }

    /// Reads something without a session.
    pub async fn get_openly<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.send(Method::GET, path, None::<&()>, None).await
    }

    /// A call without a session.
    pub async fn post_openly<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.send(Method::POST, path, Some(body), None).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + ?Sized)>,
        token: Option<&str>,
    ) -> Result<T> {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let again = request.try_clone();
        let answer = match (request.send().await, again) {
            // a connection that was kept for later and that the node has closed meanwhile, as when it was restarted. What is sent here may
            // come twice: messages have ids, changes say what they follow
            (Err(error), Some(again)) if error.is_request() && !error.is_connect() && !error.is_timeout() => again.send().await,
            (answer, _) => answer,
        };
        read(answer.map_err(unreachable)?).await
    }

    /// Signs in: `path` is `/auth/login` or `/auth/register`.
    pub async fn sign_in(&self, path: &str, body: &impl Serialize) -> Result<SignedIn> {
        let url = format!("{}/api/v1{path}", self.base);
        let response = self.http.post(url).json(body).send().await.map_err(unreachable)?;
        let mut session = self.session.lock().await;
        self.take(&mut session, response).await
    }

    /// A valid access token; `renew` asks for another one although this one should still hold.
    pub async fn token(&self, renew: bool) -> Result<Zeroizing<String>> {
        let mut session = self.session.lock().await;
        if let Some((token, until)) = &session.access
            && !renew
            && *until > Instant::now()
        {
            return Ok(token.clone());
        }
        // a token is worth nothing after its use: no other program may use the same one, and the next has to be on the disk at once
        let _lock = match &self.store {
            Some(store) => Some(store.lock().await?),
            None => None,
        };
        if let Some(store) = &self.store
            && let Some(kept) = store.read(FILE)?
        {
            session.refresh = Zeroizing::new(String::from_utf8_lossy(&kept).into_owned());
        }
        if session.refresh.is_empty() {
            return Err(Error::told("This device is signed out. Run `snug login` again."));
        }
        let url = format!("{}/api/v1/auth/refresh", self.base);
        let cookie = format!("{REFRESH_COOKIE}={}", session.refresh.as_str());
        let response = self.http.post(url).header(COOKIE, cookie).send().await.map_err(unreachable)?;
        self.take(&mut session, response).await?;
        session.access.as_ref().map(|(token, _)| token.clone()).ok_or_else(|| Error::Answer("no token".to_owned()))
    }

    /// Ends the session on the node.
    pub async fn sign_out(&self) -> Result<()> {
        let mut session = self.session.lock().await;
        let cookie = format!("{REFRESH_COOKIE}={}", session.refresh.as_str());
        let url = format!("{}/api/v1/auth/logout", self.base);
        self.http.post(url).header(COOKIE, cookie).send().await.map_err(unreachable)?;
        *session = Session::default();
        self.store.as_ref().map_or(Ok(()), |store| store.write(FILE, b""))
    }

    async fn take(&self, session: &mut Session, response: Response) -> Result<SignedIn> {
        let refresh = cookie(response.headers());
        let signed_in: SignedIn = read(response).await?;
        if let Some(refresh) = refresh {
            if let Some(store) = &self.store {
                store.write(FILE, refresh.as_bytes())?;
            }
            session.refresh = Zeroizing::new(refresh);
        }
        let until = Instant::now() + Duration::from_secs(signed_in.expires_in_s).saturating_sub(MARGIN);
        session.access = Some((Zeroizing::new(signed_in.access_token.clone()), until));
        Ok(signed_in)
    }
}

/// The certificate of the authority that the node made for itself, as PEM, from an address that is not verified yet.
pub async fn fetch_authority(base: &str) -> Result<String> {
    let http = reqwest::Client::builder().tls_backend_preconfigured(trust::unverified()?).timeout(PATIENCE).build().map_err(unreachable)?;
    let response = http.get(format!("{}/ca.crt", base.trim_end_matches('/'))).send().await.map_err(unreachable)?;
    if !response.status().is_success() {
        return Err(Error::told("This node has no authority of its own, and the system does not trust its certificate."));
    }
    trust::to_pem(&response.bytes().await.map_err(unreachable)?)
}

fn is_loopback(base: &str) -> bool {
    let host = base.strip_prefix("http://").map(|rest| rest.rsplit_once(':').map_or(rest, |(host, _)| host));
    matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.filter_map(|value| value.split(';').next()?.split_once('='));
    pairs.find(|(name, _)| *name == REFRESH_COOKIE).map(|(_, value)| value.to_owned())
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T> {
    let status = response.status().as_u16();
    let retry_after_s = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let bytes = response.bytes().await.map_err(unreachable)?;
    if (200..300).contains(&status) {
        // an answer without content reads as null
        let text = if bytes.is_empty() { b"null" } else { &bytes[..] };
        return serde_json::from_slice(text).map_err(|e| Error::Answer(e.to_string()));
    }
    let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    let detail = match text("detail") {
        detail if detail.is_empty() => format!("The node answered with status {status}."),
        detail => detail,
    };
    Err(Error::Refused(Box::new(Refusal { status, code: text("code"), detail, problem, retry_after_s })))
}

fn unreachable(e: reqwest::Error) -> Error {
    use std::error::Error as _;
    let mut text = e.to_string();
    let mut source = e.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    Error::Unreachable(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for fine in ["http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:8080"] {
            assert!(is_loopback(fine), "{fine}");
        }
        for wrong in ["http://chat.example.org", "http://127.0.0.1.example.org:80", "http://localhost.example.org", "ftp://localhost"] {
            assert!(!is_loopback(wrong), "{wrong}");
        }
    }
}
