//! The plainest HTTP client: one request a connection, the answer read to its end.

use super::exchange::{Reply, read_chunks};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// Sends one request to a loopback `url` and reads the answer; `None` if the connection was closed before or within it.
pub fn call(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Reply> {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).ok()?;
    let mut head = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    read(&mut BufReader::new(stream))
}

/// Sends JSON.
pub fn call_json(method: &str, url: &str, headers: &[(&str, &str)], body: &Value) -> Option<Reply> {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    call(method, url, &all, body.to_string().as_bytes())
}

/// Reads one answer, chunked or with a known length.
pub fn read(stream: &mut impl BufRead) -> Option<Reply> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Response::new(&mut headers);
    parsed.parse(&head).ok()?;
    let mut reply = Reply::empty(parsed.code?);
    for header in parsed.headers.iter() {
        let value = String::from_utf8_lossy(header.value);
        reply = reply.header(&header.name.to_ascii_lowercase(), value);
    }
    if reply.value("transfer-encoding") == Some("chunked") {
        reply.body = read_chunks(stream).ok()?;
        return Some(reply);
    }
    let length = reply
        .value("content-length")
        .map_or(0, |n| n.parse().unwrap());
    reply.body = vec![0; length];
    stream.read_exact(&mut reply.body).ok()?;
    Some(reply)
}

impl Reply {
    /// The first header of that name (in lower case).
    pub fn value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON, `Null` if it is none.
    pub fn to_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
