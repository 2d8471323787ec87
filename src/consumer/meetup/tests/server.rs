//! A service on this machine that gives prepared answers, one after the other, and keeps what it was asked.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it was asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The method and the path.
    pub line: String,
    /// The header of that name.
    pub authorization: Option<String>,
    /// The body.
    pub body: String,
}

impl Asked {
    /// The variables of a GraphQL request.
    pub fn variables(&self) -> Value {
        serde_json::from_str::<Value>(&self.body).unwrap()["variables"].clone()
    }
}

/// The service.
pub struct Server {
    /// Its address.
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Gives these answers: status and body. Status 0 closes the connection instead.
    pub fn giving<const N: usize>(answers: [(u16, String); N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        std::thread::spawn(move || {
            for (status, body) in answers {
                let (stream, _) = listener.accept().unwrap();
                kept.lock().unwrap().push(serve(stream, status, &body));
            }
        });
        Self { url, asked }
    }

    /// All that it was asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, status: u16, body: &str) -> Asked {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut asked, mut length) = (Asked::default(), 0);
    reader.read_line(&mut asked.line).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => asked.authorization = Some(value.into()),
            _ => {}
        }
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).unwrap();
    asked.body = String::from_utf8_lossy(&bytes).into_owned();
    if status != 0 {
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status} Status\r\nContent-Type: application/json;charset=utf-8\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
    }
    asked
}
