//! What can come over the wire instead of an honest answer.

use crate::faults::stage::{Exchange, Service};
use crate::support::exchange::Reply;
use crate::support::fault::{End, Fault};
use chrono::{Duration, Utc};
use serde_json::json;
use std::sync::{Arc, OnceLock};

/// Whether the service did what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Unhandled,
    Handled,
}

#[derive(Clone)]
enum What {
    /// These bytes, then that.
    Bytes(Arc<dyn Fn() -> Vec<u8> + Send + Sync>, End),
    /// The honest answer, spoilt.
    Spoilt(fn(&Reply) -> Vec<u8>),
}

/// How an answer is wrong.
#[derive(Clone)]
pub struct Shape {
    pub name: String,
    what: What,
    /// It says for sure that nothing was done.
    refuses: bool,
    /// It asks for a minute or more, if only by not saying how long.
    holds_off: bool,
}

impl Shape {
    fn bytes(name: &str, bytes: Vec<u8>, end: End) -> Self {
        let bytes = Arc::new(bytes);
        Self {
            name: name.into(),
            what: What::Bytes(Arc::new(move || bytes.to_vec()), end),
            refuses: false,
            holds_off: false,
        }
    }

    fn reply(name: &str, reply: Reply) -> Self {
        Self::bytes(name, reply.to_bytes(), End::Close)
    }

    fn spoilt(name: &str, spoil: fn(&Reply) -> Vec<u8>) -> Self {
        Self {
            what: What::Spoilt(spoil),
            ..Self::bytes(name, Vec::new(), End::Close)
        }
    }

    fn refuses(self) -> Self {
        Self {
            refuses: true,
            ..self
        }
    }

    fn holds_off(self) -> Self {
        Self {
            holds_off: true,
            ..self
        }
    }

    /// On which sides of it the exchange is tried: it matters for changes only, and a refusal was not handled.
    pub fn sides(&self, exchange: &Exchange) -> Vec<Side> {
        match self.what {
            What::Spoilt(_) => vec![Side::Handled],
            _ if self.says_done(exchange) => vec![Side::Handled],
            _ if exchange.changes && !self.refuses => vec![Side::Unhandled, Side::Handled],
            _ => vec![Side::Unhandled],
        }
    }

    /// A deletion that is answered so counts as done; a service that has not done it lies.
    fn says_done(&self, exchange: &Exchange) -> bool {
        exchange.stage == Service::Discord
            && exchange.name == "delete"
            && ["204", "404 in JSON", "410 in JSON"].contains(&self.name.as_str())
    }

    /// Whether nothing more may be sent before a day has passed.
    pub fn may_need_a_day(&self) -> bool {
        self.refuses
    }

    /// Whether it asks for a longer wait than the next run can afford.
    pub fn asks_for_long(&self) -> bool {
        self.holds_off
    }

    pub fn fault(&self, side: Side) -> Fault {
        match &self.what {
            What::Spoilt(spoil) => Fault::Altered(*spoil),
            What::Bytes(bytes, end) => Fault::Wire {
                applied: side == Side::Handled,
                bytes: bytes(),
                end: *end,
            },
        }
    }
}

/// The table.
pub fn all() -> Vec<Shape> {
    let mut shapes = broken_off();
    shapes.extend(statuses());
    shapes.extend(limits());
    shapes.extend(bodies());
    shapes
}

fn broken_off() -> Vec<Shape> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let long = format!("{head}content-length: 100000\r\n\r\n").into_bytes();
    vec![
        Shape::bytes("closed at once", Vec::new(), End::Close),
        Shape::bytes("silence", Vec::new(), End::Silence),
        Shape::bytes("silence after the head", long.clone(), End::Silence),
        Shape::bytes("a dripping head", head.into(), End::Drip(b'a')),
        Shape::bytes("a dripping body", long, End::Drip(b' ')),
        Shape::bytes("no HTTP", b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), End::Close),
        Shape::spoilt("cut in the first line", |reply| first(reply, 9)),
        Shape::spoilt("cut in the head", |reply| first(reply, 40)),
        Shape::spoilt("cut in the body", |reply| {
            let bytes = reply.to_bytes();
            let keep = bytes.len() - bytes.len().min(5);
            first(reply, keep)
        }),
        Shape::bytes("100 and closed", interim("100 Continue"), End::Close),
        Shape::bytes("101", interim("101 Switching Protocols"), End::Close),
        Shape::spoilt("103 before", |reply| {
            [interim("103 Early Hints"), reply.to_bytes()].concat()
        }),
    ]
}

fn first(reply: &Reply, bytes: usize) -> Vec<u8> {
    let mut all = reply.to_bytes();
    all.truncate(bytes);
    all
}

fn interim(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\n\r\n").into_bytes()
}

fn statuses() -> Vec<Shape> {
    let json = |status: u16| json!({"message": format!("{status}: Said"), "code": 0});
    let mut shapes = vec![
        Shape::reply("204", Reply::empty(204)),
        Shape::reply("200 without a body", Reply::empty(200)),
    ];
    for status in [300, 301, 302, 303, 304, 307, 308] {
        let reply = Reply::html(status, "Elsewhere").header("location", "/elsewhere");
        shapes.push(Shape::reply(&format!("{status}"), reply));
    }
    for status in [
        400, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 451, 499, 401,
    ] {
        let shape = Shape::reply(
            &format!("{status} in JSON"),
            Reply::json(status, &json(status)),
        );
        shapes.push(match status {
            408 => shape,
            _ => shape.refuses(),
        });
    }
    for status in [400, 403, 404, 410, 500, 501, 502, 503, 504, 520, 599, 999] {
        let shape = Shape::reply(&format!("{status} as a page"), Reply::html(status, "No"));
        shapes.push(match status {
            403 => shape.refuses(),
            _ => shape,
        });
    }
    for status in [500, 503] {
        let name = format!("{status} in JSON");
        shapes.push(Shape::reply(&name, Reply::json(status, &json(status))));
    }
    shapes
}

fn limits() -> Vec<Shape> {
    let plain = || Reply::json(429, &json!({"message": "Slow down.", "global": false}));
    let brief = |name: &str, reply: Reply| Shape::reply(name, reply).refuses();
    let limited = |name: &str, reply: Reply| brief(name, reply).holds_off();
    let told = |name: &str, seconds: serde_json::Value| {
        let body = json!({"message": "Slow down.", "retry_after": seconds, "global": false});
        limited(name, Reply::json(429, &body))
    };
    let date = Shape {
        what: What::Bytes(
            Arc::new(move || {
                let at = (Utc::now() + Duration::seconds(2)).to_rfc2822();
                plain().header("retry-after", at).to_bytes()
            }),
            End::Close,
        ),
        ..brief("429, a date", plain())
    };
    vec![
        brief("429, a second", plain().header("retry-after", 1)),
        date,
        brief("429, half a second", plain().header("retry-after", 0.5)),
        brief("429, nothing", plain().header("retry-after", 0)),
        limited(
            "429, a date that is past",
            plain().header("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ),
        limited("429, negative", plain().header("retry-after", -5)),
        limited(
            "429, enormous",
            plain().header("retry-after", "99999999999999999999"),
        ),
        limited("429, rubbish", plain().header("retry-after", "soon")),
        limited("429, no time", plain()),
        Shape {
            holds_off: false,
            ..told("429, told in the body", json!(0.3))
        },
        told("429, negative in the body", json!(-1)),
        told("429, enormous in the body", json!(1e300)),
        told("429, a text in the body", json!("soon")),
        limited("429, a page", Reply::html(429, "error code: 1015")),
        brief(
            "429, a page and a second",
            Reply::html(429, "error code: 1015").header("retry-after", 1),
        ),
    ]
}

fn bodies() -> Vec<Shape> {
    let json = "application/json";
    let nested = format!("{{\"data\":{}", "[".repeat(100_000));
    let unknown = format!(
        "{{\"unknown\":{}{},\"data\":null}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let graph = |body: serde_json::Value| Reply::json(200, &body);
    let huge =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {json}\r\ncontent-length: 1073741824\r\n\r\n[");
    vec![
        Shape::reply("no JSON", Reply::new(200, json, "{\"data\": {\"a\"")),
        Shape::reply(
            "not UTF-8",
            Reply::new(200, json, b"{\"data\": \"\xff\xfe\"}".to_vec()),
        ),
        Shape::reply("nested too deeply", Reply::new(200, json, nested)),
        Shape::reply(
            "nested too deeply, and whole",
            Reply::new(200, json, unknown),
        ),
        Shape::reply(
            "larger than is read",
            Reply::new(200, json, vec![b' '; 17 * 1024 * 1024]),
        ),
        Shape::bytes(
            "chunks without an end",
            format!("HTTP/1.1 200 OK\r\ncontent-type: {json}\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[\r\n").into(),
            End::Silence,
        ),
        Shape::bytes("a gigabyte declared", huge.into(), End::Close),
        Shape::reply(
            "a gzip bomb",
            Reply::new(200, json, bomb()).header("content-encoding", "gzip"),
        ),
        Shape::reply(
            "no gzip",
            Reply::new(200, json, "{}").header("content-encoding", "gzip"),
        ),
        Shape::spoilt("called a page", |reply| {
            let mut reply = reply.clone();
            reply.headers.retain(|(name, _)| name != "content-type");
            reply.header("content-type", "text/html").to_bytes()
        }),
        Shape::spoilt("behind a byte order mark", |reply| {
            let mut reply = reply.clone();
            if !reply.body.is_empty() {
                reply.body.splice(..0, *b"\xef\xbb\xbf");
            }
            reply.to_bytes()
        }),
        Shape::reply("a page", Reply::html(200, "Are you human?")),
        Shape::reply("an empty object", graph(json!({}))),
        Shape::reply("an empty list", graph(json!([]))),
        Shape::reply("null", graph(json!(null))),
        Shape::reply("null data", graph(json!({"data": null}))),
        Shape::reply(
            "null data and errors",
            graph(json!({"data": null, "errors": [{"message": "Internal", "path": ["x"]}]})),
        ),
        Shape::reply(
            "errors alone",
            graph(json!({"errors": [{"message": "No."}]})),
        )
        .refuses(),
    ]
}

/// A quarter of a gigabyte of blanks, in gzip of about two megabytes: one literal, and copies of 258 bytes from one byte
/// before, in the fixed Huffman code (RFC 1951, 3.2.6).
fn bomb() -> Vec<u8> {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || {
        let mut bits = Bits::default();
        // The last block, with fixed codes; then the literal, 0x30 + 0x20 in eight bits.
        bits.push(0b1, 1);
        bits.push(0b01, 2);
        bits.push(u32::from(0x50_u8.reverse_bits()), 8);
        for _ in 0..1_000_000 {
            // Length 258 is 285, 0b1100_0101 in eight bits; distance 1 is 0 in five.
            bits.push(u32::from(0b1100_0101_u8.reverse_bits()), 8);
            bits.push(0, 5);
        }
        bits.push(0, 7);
        let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        [&head[..], &bits.bytes, &[0; 9]].concat()
    };
    BOMB.get_or_init(make).clone()
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    open: u32,
    count: u32,
}

impl Bits {
    /// Adds the lowest `count` bits, the lowest first.
    fn push(&mut self, bits: u32, count: u32) {
        self.open |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.open as u8);
            self.open >>= 8;
            self.count -= 8;
        }
    }
}
