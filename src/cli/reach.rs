//! The addresses under which people reach the node.
use crate::tls::names;
use snug_base::Config;
use std::net::{IpAddr, SocketAddr};

/// For people, the local one first, the one that others in the network use best second. The public address goes before all.
pub fn urls(config: &Config, bound: &[SocketAddr]) -> Vec<String> {
    let scheme = if config.node.plain_http { "http" } else { "https" };
    let default_port = if config.node.plain_http { 80 } else { 443 };
    let url = |host: &str, port: u16| if port == default_port { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") };
    let mut urls: Vec<String> = config.node.public_url.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
    for address in bound {
        let (ip, port) = (address.ip().to_canonical(), address.port());
        if ip.is_unspecified() {
            urls.push(url("localhost", port));
            urls.extend(names::own().iter().filter(|name| name.ends_with(".local")).map(|name| url(name, port)));
            let found = names::addresses().into_iter().filter(|found| found.is_ipv4() || (ip.is_ipv6() && names::is_private(*found)));
            urls.extend(found.map(|found| url(&host(found), port)));
        } else if ip.is_loopback() {
            urls.push(url("localhost", port));
        } else {
            urls.push(url(&host(ip), port));
        }
    }
    let mut seen = Vec::new();
    urls.retain(|url| {
        !seen.contains(url) && {
            seen.push(url.clone());
            true
        }
    });
    urls
}

/// The address that a phone in the same network can open: an IP, because `.local` names do not resolve everywhere.
pub fn for_phones(config: &Config, urls: &[String]) -> Option<String> {
    if config.node.public_url.is_some() {
        return urls.first().cloned();
    }
    urls.iter().find(|url| url.split("://").nth(1).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))).cloned()
}

fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(listen: &[&str], change: impl Fn(&mut Config)) -> Vec<String> {
        let mut config = Config::default();
        change(&mut config);
        urls(&config, &listen.iter().map(|l| l.parse().expect("an address")).collect::<Vec<_>>())
    }

    #[test]
    fn loopback_is_called_localhost_and_usual_ports_go_unsaid() {
        assert_eq!(of(&["127.0.0.1:8443", "[::1]:8443"], |_| ()), ["https://localhost:8443"]);
        assert_eq!(of(&["192.0.2.1:443"], |_| ()), ["https://192.0.2.1"]);
        assert_eq!(of(&["127.0.0.1:8080"], |c| c.node.plain_http = true), ["http://localhost:8080"]);
    }

    #[test]
    fn the_public_address_comes_first() {
        let urls = of(&["0.0.0.0:8443"], |c| c.node.public_url = Some("https://chat.example.org/".to_owned()));
        assert_eq!((urls[0].as_str(), urls[1].as_str()), ("https://chat.example.org", "https://localhost:8443"));
    }
}
