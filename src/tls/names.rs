//! Under which names and addresses this machine can be reached.
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use snug_base::config::NodeConfig;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Loopback, the private networks, link-local, and the shared address space that overlay networks use.
pub const PRIVATE: &[IpNet] = &[
    v4([127, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([172, 16, 0, 0], 12),
    v4([192, 168, 0, 0], 16),
    v4([169, 254, 0, 0], 16),
    v4([100, 64, 0, 0], 10),
    v6(Ipv6Addr::LOCALHOST, 128),
    v6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
];

const fn v4(address: [u8; 4], prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(address[0], address[1], address[2], address[3]), prefix))
}
const fn v6(address: Ipv6Addr, prefix: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(address, prefix))
}

/// A name in a certificate.
pub enum Name<'a> {
    Dns(&'a str),
    Ip(IpAddr),
}

impl Name<'_> {
    pub fn of(text: &str) -> Name<'_> {
        text.parse().map_or(Name::Dns(text), Name::Ip)
    }
}

/// Whether an address can't be anybody's on the internet.
pub fn is_private(ip: IpAddr) -> bool {
    PRIVATE.iter().any(|network| network.contains(&ip))
}

/// The machine's name, in lower case and without its domain's dot at the end.
pub fn host() -> String {
    let name = gethostname::gethostname().to_string_lossy().trim_end_matches('.').to_ascii_lowercase();
    if is_dns(&name) { name } else { "localhost".to_owned() }
}

/// The machine's own names, other than localhost.
pub fn own() -> BTreeSet<String> {
    let host = host();
    let short = host.split('.').next().unwrap_or(&host);
    [host.clone(), format!("{short}.local")].into_iter().filter(|name| name != "localhost" && name != "localhost.local").collect()
}

/// The names that the operator gave, and that of the public address.
pub fn configured(node: &NodeConfig) -> BTreeSet<String> {
    let urls = node.public_url.iter().chain(&node.former_urls);
    let hosts = urls.filter_map(|url| url.strip_prefix("https://")).map(|rest| {
        let authority = rest.split('/').next().unwrap_or(rest);
        let host = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(authority, |(host, _)| host);
        host.trim_matches(['[', ']']).to_owned()
    });
    let given = node.names.iter().cloned().chain(hosts).map(|name| name.to_ascii_lowercase());
    given.filter(|name| is_name(name)).collect()
}

/// Whether a certificate can be made for this.
pub fn is_name(text: &str) -> bool {
    is_dns(text) || text.parse::<IpAddr>().is_ok()
}

/// Whether this can be a name on the internet: with a dot, and neither an address nor a name of local networks.
pub fn is_public(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    is_dns(&text) && text.contains('.') && !text.contains('_') && !text.ends_with(".local")
}

/// Everything that this machine answers to: localhost, its names, its addresses in local networks, and what was configured.
pub fn of_machine(configured: &BTreeSet<String>) -> BTreeSet<String> {
    let mut names = own();
    names.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
    names.extend(addresses().into_iter().map(|ip| ip.to_string()));
    names.extend(configured.iter().cloned());
    names
}

/// The addresses of this machine's interfaces that others can use, the one that leads outside first. Link-local IPv6 needs an interface's
/// name, which no certificate can hold.
pub fn addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut found: Vec<IpAddr> =
        interfaces.iter().filter(|i| !i.is_loopback()).map(if_addrs::Interface::ip).filter(|ip| !is_link_local(*ip)).collect();
    found.sort_unstable();
    found.dedup();
    let outward = outward();
    found.sort_by_key(|ip| Some(*ip) != outward); // stable: the others keep their order
    found
}

/// The address that the machine's own traffic would leave from; bridges of containers and the like are not it.
/// Connecting a datagram socket chooses a route and sends nothing.
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback())
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn is_dns(name: &str) -> bool {
    let label = |l: &str| (1..=63).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    name.len() <= 253 && name.split('.').all(label) && name.parse::<IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_gives_its_name() {
        let node = NodeConfig {
            public_url: Some("https://Chat.Example.org:8443/".to_owned()),
            names: vec!["bad name".to_owned(), "10.1.2.3".to_owned()],
            ..Default::default()
        };
        assert_eq!(configured(&node).into_iter().collect::<Vec<_>>(), ["10.1.2.3", "chat.example.org"]);
    }

    #[test]
    fn private_networks_are_known() {
        for ip in ["127.0.0.1", "10.9.8.7", "192.168.1.4", "172.31.0.1", "100.100.1.1", "::1", "fd00::1"] {
            assert!(is_private(ip.parse().expect("an address")), "{ip}");
        }
        for ip in ["8.8.8.8", "172.32.0.1", "2001:db8::1"] {
            assert!(!is_private(ip.parse().expect("an address")), "{ip}");
        }
    }
}
