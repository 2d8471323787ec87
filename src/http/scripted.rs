//! A server on this machine that follows a script, for tests.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// What the server says to one request.
pub struct Line {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

pub fn says(status: u16, body: Value) -> Line {
    Line {
        status,
        headers: vec![("content-type", "application/json".into())],
        body: serde_json::to_vec(&body).unwrap(),
    }
}

impl Line {
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A request as it arrived.
#[derive(Debug)]
pub struct Heard {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A server on this machine that gives the lines of a script in order, one for each request, and tells what it heard.
pub struct Script {
    pub url: String,
    heard: Receiver<Heard>,
}

impl Script {
    pub fn play(lines: Vec<Line>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, heard) = channel();
        std::thread::spawn(move || {
            for line in lines {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                let _ = tell.send(hear(&mut stream));
                let mut text = format!("HTTP/1.1 {} Said\r\nconnection: close\r\n", line.status);
                for (name, value) in line.headers {
                    text += &format!("{name}: {value}\r\n");
                }
                if line.status != 204 {
                    text += &format!("content-length: {}\r\n", line.body.len());
                }
                let _ = stream.write_all(format!("{text}\r\n").as_bytes());
                let _ = stream.write_all(&line.body);
            }
        });
        Self { url, heard }
    }

    /// Every request so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.try_iter().collect()
    }
}

fn hear(stream: &mut TcpStream) -> Heard {
    let mut bytes = Vec::new();
    let mut chunk = [0; 65536];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "a request without an end");
        bytes.extend_from_slice(&chunk[..read]);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_string();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_string()))
        .collect();
    let mut body = bytes.split_off(end + 4);
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    while body.len() < length {
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "a body that was cut");
        body.extend_from_slice(&chunk[..read]);
    }
    Heard {
        line,
        headers,
        body,
    }
}
