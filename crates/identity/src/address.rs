//! The network address that failed sign-ins are counted on.

use axum::http::HeaderMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

const FORWARDED: &str = "x-forwarded-for";
/// Entries of the header that are looked at, from the nearest; a longer chain is somebody's invention.
const CHAIN: usize = 16;

/// A network, `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

/// A text that is neither an address nor a network.
#[derive(Debug, thiserror::Error)]
#[error("neither an address nor a network such as 10.0.0.0/8")]
pub struct NotANetwork;

impl Network {
    /// Whether an address lies within.
    pub fn has(&self, address: IpAddr) -> bool {
        let (base, address) = match (self.base, plain(address)) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                (u128::from(base.to_bits()) << 96, u128::from(address.to_bits()) << 96)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => (base.to_bits(), address.to_bits()),
            _ => return false,
        };
        let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
        base & mask == address & mask
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Network, NotANetwork> {
        let (base, bits) =
            text.trim().split_once('/').map_or((text.trim(), None), |(base, bits)| (base, Some(bits)));
        let base: IpAddr = base.parse().map_err(|_| NotANetwork)?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| NotANetwork)?;
        if bits > most { Err(NotANetwork) } else { Ok(Network { base, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Network, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where a request comes from: the peer of the connection, or, where that is a trusted proxy, the nearest address in
/// `X-Forwarded-For` that is not one. What stands further left was written by strangers and counts for nothing.
pub fn origin(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_proxy = |address: IpAddr| trusted.iter().any(|network| network.has(address));
    let mut nearest = plain(peer);
    if !is_proxy(nearest) {
        return nearest;
    }
    let lines: Vec<&str> =
        headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok()).collect();
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')).take(CHAIN) {
        let Ok(address) = entry.trim().parse::<IpAddr>() else { break };
        nearest = plain(address);
        if !is_proxy(nearest) {
            break;
        }
    }
    nearest
}

/// The address as it is counted and shown: of IPv6 the network of 64 bits, since one subscriber holds all of it.
pub fn counted(address: IpAddr) -> String {
    match plain(address) {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("{}/64", Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

/// IPv4 in IPv6's clothes is IPv4.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn from(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED, line.parse().unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|t| t.parse().unwrap()).collect();
        origin(ip(peer), &headers, &trusted).to_string()
    }

    #[test]
    fn the_header_counts_only_behind_a_trusted_proxy() {
        assert_eq!(from("203.0.113.9", &["198.51.100.7"], &[]), "203.0.113.9");
        assert_eq!(from("203.0.113.9", &["198.51.100.7"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(from("10.1.2.3", &["198.51.100.7"], &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(from("10.1.2.3", &[], &["10.0.0.0/8"]), "10.1.2.3");
    }

    #[test]
    fn what_a_stranger_wrote_further_left_counts_for_nothing() {
        let trusted = ["10.0.0.0/8", "192.0.2.1"];
        assert_eq!(from("10.0.0.1", &["1.1.1.1, 198.51.100.7, 192.0.2.1"], &trusted), "198.51.100.7");
        assert_eq!(from("10.0.0.1", &["1.1.1.1", "198.51.100.7", "10.9.9.9"], &trusted), "198.51.100.7");
        assert_eq!(from("10.0.0.1", &["1.1.1.1, nonsense"], &trusted), "10.0.0.1");
        let invented: &'static str = Box::leak(vec!["10.0.0.2"; 100].join(",").into_boxed_str());
        assert_eq!(from("10.0.0.1", &["6.6.6.6", invented], &trusted), "10.0.0.2");
    }

    #[test]
    fn networks_are_read_and_written() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("0.0.0.0/0", "8.8.8.8", "::1"),
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.has(ip(inside)) && !network.has(ip(outside)), "{network}");
            assert_eq!(network.to_string().parse::<Network>().unwrap(), network);
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/x", "example.test", "10.0.0/8"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_subscriber_of_ipv6_counts_once() {
        assert_eq!(counted(ip("2001:db8:1:2:3:4:5:6")), counted(ip("2001:db8:1:2:ffff::1")));
        assert_ne!(counted(ip("2001:db8:1:2::1")), counted(ip("2001:db8:1:3::1")));
        assert_eq!(counted(ip("::ffff:198.51.100.7")), "198.51.100.7");
    }
}
