//! One HTTP exchange: a request as it arrived, and a reply whose bytes a test can control.

use serde_json::Value;
use std::io::{self, BufRead, Read};

/// A request, read to its end.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its number at this server, from 1.
    pub number: usize,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The query, `""` if there is none.
    pub query: String,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The decoded body.
    pub body: Vec<u8>,
}

/// An answer. `Content-Length` is added when it is written, unless a `transfer-encoding` or `content-length` is among the headers.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body, sent as it is.
    pub body: Vec<u8>,
}

/// What became of a request.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The request.
    pub request: Request,
    /// Whether the stand-in handled it; false while a fault holds or after it swallowed it.
    pub applied: bool,
    /// The status that was sent, `None` if none was.
    pub status: Option<u16>,
}

impl Request {
    /// Reads one request; `None` if the peer closed before its first byte.
    pub fn read(stream: &mut impl BufRead, number: usize) -> io::Result<Option<Self>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_until(b'\n', &mut head)? == 0 {
                return if head.is_empty() {
                    Ok(None)
                } else {
                    Err(cut())
                };
            }
        }
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        parsed.parse(&head).map_err(io::Error::other)?;
        let (path, query) = {
            let target = parsed.path.unwrap_or("/");
            target.split_once('?').unwrap_or((target, ""))
        };
        let mut request = Self {
            number,
            method: parsed.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: parsed
                .headers
                .iter()
                .map(|header| {
                    let value = String::from_utf8_lossy(header.value).into_owned();
                    (header.name.to_ascii_lowercase(), value)
                })
                .collect(),
            body: Vec::new(),
        };
        let chunked = request.header("transfer-encoding") == Some("chunked");
        let length = request
            .header("content-length")
            .map_or(Ok(0), str::parse)
            .map_err(io::Error::other)?;
        request.body = if chunked {
            read_chunks(stream)?
        } else {
            let mut body = vec![0; length];
            stream.read_exact(&mut body)?;
            body
        };
        Ok(Some(request))
    }

    /// The first header of that name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON, `Null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether this is a GraphQL request that selects `field` at its root, under whatever alias.
    pub fn asks_for(&self, field: &str) -> bool {
        self.json()["query"].as_str().is_some_and(|document| {
            super::graphql::roots(document)
                .iter()
                .any(|name| name == field)
        })
    }
}

/// Reads a chunked body to its end.
pub(super) fn read_chunks(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line)?;
        let Ok(httparse::Status::Complete((_, size))) = httparse::parse_chunk_size(&line) else {
            return Err(cut());
        };
        stream.take(size).read_to_end(&mut body)?;
        let mut end = [0; 2];
        stream.read_exact(&mut end)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn cut() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

impl Reply {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// An answer with a body of that type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::empty(status).header("content-type", content_type)
        }
    }

    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// A page, such as a proxy shows.
    pub fn html(status: u16, text: &str) -> Self {
        let page =
            format!("<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>");
        Self::new(status, "text/html", page)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// The whole answer as it goes over the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Stand-in\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let framed = self.status == 204
            || self
                .headers
                .iter()
                .any(|(name, _)| name == "transfer-encoding" || name == "content-length");
        if !framed {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}
