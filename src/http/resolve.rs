//! Names that may lead to public addresses only: what is checked is what is connected to, so that a name cannot answer
//! differently the second time it is asked.

use super::{is_loopback, is_public};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// Resolves a name to its public addresses; `localhost` to this machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let usable = usable(name.as_str(), found);
            if usable.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

/// Those of the addresses `found` that a connection to `name` may use.
fn usable(name: &str, found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let ours = name == "localhost";
    found
        .filter(|address| match ours {
            true => address.ip().is_loopback(),
            false => is_public(address.ip()),
        })
        .collect()
}

/// Whether the host of `url` is a name (checked when it is resolved), a public address, or this machine by name.
/// Addresses that stand in the URL itself are never resolved.
pub(super) fn may_lead_outside(url: &Url) -> bool {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) => return true,
        None => return false,
    };
    is_public(address) || is_loopback(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts
            .iter()
            .map(|text| SocketAddr::new(text.parse().unwrap(), 0))
            .collect()
    }

    #[test]
    fn a_name_leads_to_its_public_addresses_only() {
        let found = addresses(&["10.0.0.1", "93.184.216.34", "127.0.0.1", "::1"]);
        assert_eq!(
            usable("example.org", found.into_iter()),
            addresses(&["93.184.216.34"])
        );
    }

    #[test]
    fn a_name_of_this_machine_leads_nowhere_else() {
        let found = addresses(&["93.184.216.34", "127.0.0.1"]);
        assert_eq!(
            usable("localhost", found.into_iter()),
            addresses(&["127.0.0.1"])
        );
        let rebound = addresses(&["127.0.0.1", "169.254.169.254"]);
        assert!(usable("rebind.example", rebound.into_iter()).is_empty());
    }

    #[test]
    fn an_address_in_the_url_is_checked_as_it_stands() {
        for (url, allowed) in [
            ("https://93.184.216.34/", true),
            ("https://example.org/", true),
            ("https://10.1.2.3/", false),
            ("https://169.254.169.254/latest", false),
            ("https://[fd00::1]/", false),
            ("https://[::ffff:10.0.0.1]/", false),
            ("http://127.0.0.1:8080/", true),
            ("https://2130706433/", true), // 127.0.0.1 in another spelling
            ("https://0x0a000001/", false),
        ] {
            assert_eq!(
                may_lead_outside(&Url::parse(url).unwrap()),
                allowed,
                "{url}"
            );
        }
    }
}
