//! What a request tells about the device it comes from, and the refresh cookie.
use crate::audit::Origin;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use snug_base::http::ClientAddress;
use snug_base::limits::{Class, Who};
use snug_base::{App, Error, Result, UserId};
use std::net::{IpAddr, Ipv4Addr};

const COOKIE: &str = "__Host-snug_refresh";
const USER_AGENT_CHARACTERS: usize = 300;

/// The device that asks.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: IpAddr,
    pub user_agent: String,
    /// The refresh token in its cookie.
    pub refresh: Option<String>,
    /// Where links for people begin: `https://chat.example.org`.
    pub base_url: String,
}

impl Client {
    /// Counts an attempt to sign in, register or use a link.
    pub fn check_limit(&self, app: &App) -> Result<()> {
        app.limits.check(Class::Auth, Who::address(self.address))
    }

    /// The same device with somebody at it, for what is remembered of it.
    pub fn with(&self, user: UserId) -> Origin {
        Origin { user: Some(user), address: Some(self.address) }
    }

    /// The device while nobody is signed in.
    pub fn alone(&self) -> Origin {
        Origin { user: None, address: Some(self.address) }
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let address = address(parts);
        let text = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let host = parts.uri.authority().map(ToString::to_string).or_else(|| text(header::HOST).map(str::to_owned));
        Ok(Client {
            address,
            user_agent: text(header::USER_AGENT).unwrap_or_default().chars().take(USER_AGENT_CHARACTERS).collect(),
            refresh: refresh_token(&parts.headers),
            base_url: base_url(app, host.as_deref()),
        })
    }
}

/// Where a request comes from.
pub fn address(parts: &Parts) -> IpAddr {
    parts.extensions.get::<ClientAddress>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |client| client.0)
}

/// Where links begin: the configured public address, or the address that the request came to.
pub fn base_url(app: &App, host: Option<&str>) -> String {
    let node = &app.config.node;
    match &node.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let scheme = if node.plain_http { "http" } else { "https" };
            format!("{scheme}://{}", host.unwrap_or("localhost"))
        }
    }
}

fn refresh_token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}

/// The header that keeps a refresh token for `seconds`, or takes it away (`None`).
pub fn set_cookie(token: Option<&str>, seconds: i64) -> Result<HeaderValue> {
    let (value, age) = token.map_or(("", 0), |token| (token, seconds));
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Strict");
    HeaderValue::try_from(cookie).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_cookie_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(refresh_token(&headers), None);
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; __Host-snug_refresh=abc; c=d"));
        assert_eq!(refresh_token(&headers).as_deref(), Some("abc"));
    }
}
