//! Where a request comes from: the peer of the connection, or what a trusted proxy says.
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use snug_base::App;
use snug_base::http::ClientAddress;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The other end of the connection. An extension that `listen` gives to every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Gives every request its `ClientAddress`.
pub async fn find(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip().to_canonical());
    let is_proxy = |ip: IpAddr| app.config.node.trusted_proxies.iter().any(|network| network.contains(&ip));
    let client = if is_proxy(peer) { forwarded_for(request.headers(), is_proxy).unwrap_or(peer) } else { peer };
    request.extensions_mut().insert(ClientAddress(client));
    next.run(request).await
}

/// Proxies append whom they heard: the last address that is not a proxy of ours is the client. What stands before it
/// was written by the client itself and proves nothing.
fn forwarded_for(headers: &HeaderMap, is_proxy: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let heard: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).collect();
    let mut last = None;
    for text in heard.into_iter().rev() {
        let Some(ip) = parse(text.trim()) else { break };
        last = Some(ip);
        if !is_proxy(ip) {
            break;
        }
    }
    last
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn parse(text: &str) -> Option<IpAddr> {
    let ip = text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|s| s.ip()));
    ip.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()).map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().expect("a header"));
        }
        forwarded_for(&headers, |ip| ip.is_loopback()).map(|ip| ip.to_string())
    }

    #[test]
    fn the_last_address_before_our_proxies_counts() {
        assert_eq!(client(&["198.51.100.7"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(client(&["203.0.113.9, 198.51.100.7, 127.0.0.1"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(client(&["203.0.113.9", "198.51.100.7:4711"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(client(&["[2001:db8::1]:443"]).as_deref(), Some("2001:db8::1"));
    }

    #[test]
    fn what_can_not_be_read_is_not_believed() {
        assert_eq!(client(&[]), None);
        assert_eq!(client(&["198.51.100.7, unknown"]), None);
    }
}
