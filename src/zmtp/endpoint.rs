//! Where a socket listens, or to where it connects: `tcp://host:port`.

use std::fmt;
use std::str::FromStr;

/// An address as ZeroMQ writes it. The host `*` stands for every address of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    port: u16,
}

impl Endpoint {
    /// The addresses to listen on.
    pub fn listening(&self) -> (&str, u16) {
        match self.host.as_str() {
            // Both families: Linux gives IPv4 connections to a socket of IPv6, unless net.ipv6.bindv6only says otherwise.
            "*" => ("::", self.port),
            host => (host, self.port),
        }
    }

    /// The address to connect to.
    pub fn connecting(&self) -> (&str, u16) {
        match self.host.as_str() {
            "*" => ("localhost", self.port),
            host => (host, self.port),
        }
    }

    /// Whether it can only be listened on.
    pub fn is_every_address(&self) -> bool {
        self.host == "*"
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no endpoint; write it as \"tcp://host:port\"");
        let (host, port) = text
            .strip_prefix("tcp://")
            .and_then(|rest| rest.rsplit_once(':'))
            .ok_or_else(wrong)?;
        let bare = host
            .strip_prefix('[')
            .map_or(Some(host), |host| host.strip_suffix(']'))
            .filter(|host| {
                !host.is_empty() && !host.contains(|c: char| c == '/' || c.is_whitespace())
            })
            .ok_or_else(wrong)?;
        Ok(Self {
            host: bare.into(),
            port: port.parse().map_err(|_| wrong())?,
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "tcp://[{}]:{}", self.host, self.port),
            false => write!(f, "tcp://{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_written_as_it_was_read() {
        for text in ["tcp://127.0.0.1:5571", "tcp://*:5572", "tcp://[::1]:1"] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
        assert_eq!(
            "tcp://[::1]:7".parse::<Endpoint>().unwrap().connecting(),
            ("::1", 7)
        );
    }

    #[test]
    fn what_is_no_endpoint_says_how_to_write_one() {
        for text in [
            "",
            "5571",
            "ipc:///run/x",
            "tcp://host",
            "tcp://:1",
            "tcp://h:70000",
            "tcp://a b:1",
        ] {
            assert!(
                text.parse::<Endpoint>()
                    .unwrap_err()
                    .contains("tcp://host:port"),
                "{text}"
            );
        }
    }
}
