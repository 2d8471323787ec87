//! Which addresses kronos talks to, and how they are shown.

use std::net::IpAddr;
use url::{Host, Url};

/// Whether kronos may talk to `url` at all: https, or http on a loopback address.
pub fn is_allowed(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether `url` names this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether an address belongs to the public internet, so that a URL from outside cannot point into somebody's network.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast())
                && a != 0
                && a < 240
                && !(a == 100 && (64..128).contains(&b))
                && !(a == 198 && (18..20).contains(&b))
                && v4.octets()[..3] != [192, 0, 0]
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                let first = v6.segments()[0];
                first & 0xe000 == 0x2000
                    && !(first == 0x2001 && v6.segments()[1] == 0xdb8)
                    && first != 0x2002
            }
        },
    }
}

/// A URL as it may be logged: a query or fragment can carry a secret.
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        let url = Url::parse("https://user:word@example.org:8443/a/b?token=x#part").unwrap();
        assert_eq!(shown(&url), "https://example.org:8443/a/b");
    }

    #[test]
    fn http_leads_no_further_than_this_machine() {
        for (url, allowed) in [
            ("https://example.org/", true),
            ("http://example.org/", false),
            ("http://10.0.0.1/", false),
            ("http://127.0.0.1.example.org/", false),
            ("http://127.0.0.1:8080/", true),
            ("http://[::1]/", true),
            ("http://localhost/", true),
            ("ftp://127.0.0.1/", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_allowed(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }
}
