//! Which addresses are in the open Internet.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is one of a host in the open Internet: not of this machine, its networks, a provider's inner network, a group
/// of machines, or nobody. What stands for an IPv4 address (mapped, or translated by NAT64) is judged as that address.
pub fn is_global(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_global_v4(v4),
        IpAddr::V6(v6) => is_global_v6(v6),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match (a, b, c) {
        // "this network", loopback, multicast and what is reserved above it
        (0 | 127 | 224.., _, _) => true,
        // private networks
        (10, _, _) | (172, 16..=31, _) | (192, 168, _) => true,
        // a provider's inner network (CGNAT), link-local
        (100, 64..=127, _) | (169, 254, _) => true,
        // protocol assignments, 6to4 relays, measurements
        (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) => true,
        // documentation
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => true,
        _ => false,
    };
    !is_special
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, ..] = address.segments();
    if (a, b, c, d, e, f) == (0x64, 0xff9b, 0, 0, 0, 0) {
        let [.., w, x, y, z] = address.octets();
        return is_global_v4(Ipv4Addr::new(w, x, y, z));
    }
    let is_unicast = a & 0xe000 == 0x2000;
    // protocol assignments (Teredo among them), documentation, 6to4
    let is_special = matches!((a, b), (0x2001, ..0x200 | 0xdb8) | (0x2002, _) | (0x3fff, ..0x1000));
    is_unicast && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_the_open_internet_are_global() {
        for good in [
            "1.1.1.1",
            "9.255.255.255",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "223.255.255.254",
            "2606:4700::1111",
            "2a00:1450::1",
            "64:ff9b::101:101",
            "::ffff:1.1.1.1",
        ] {
            assert!(good.parse().is_ok_and(is_global), "{good}");
        }
        for bad in [
            "0.0.0.0",
            "127.0.0.1",
            "127.255.255.255",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
        ] {
            assert!(bad.parse::<IpAddr>().is_ok_and(|ip| !is_global(ip)), "{bad}");
        }
    }
}
