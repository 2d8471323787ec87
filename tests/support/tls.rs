//! A stand-in behind TLS, as services on the web are: with a certificate that fits, or one that does not.

use super::exchange::Request;
use super::server::Server;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Certificates for `localhost`, made for tests with openssl (1) and used nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// It fits until the year 2120.
    Good,
    /// It ended with the year 2020.
    Expired,
    /// It begins with the year 2090.
    NotYet,
    /// It is for example.org.
    WrongName,
    /// Nobody knows who signed it.
    Untrusted,
}

/// The file with the authority that signed them; SSL_CERT_FILE makes a command trust it alone.
pub const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/keys/tls/ca.pem");

impl Certificate {
    /// In PEM.
    fn text(self) -> &'static str {
        match self {
            Self::Good => include_str!("keys/tls/good.pem"),
            Self::Expired => include_str!("keys/tls/expired.pem"),
            Self::NotYet => include_str!("keys/tls/not-yet.pem"),
            Self::WrongName => include_str!("keys/tls/wrong-name.pem"),
            Self::Untrusted => include_str!("keys/tls/untrusted.pem"),
        }
    }

    fn config(self) -> Arc<ServerConfig> {
        let chain = CertificateDer::from_pem_slice(self.text().as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("keys/tls/server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![chain], key);
        Arc::new(config.unwrap())
    }
}

/// What takes TLS off and passes each request on, until it is dropped.
pub struct Tls {
    address: SocketAddr,
    away: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl Tls {
    /// Stands before `server` on a free port of 127.0.0.1.
    pub fn before(server: &Server, certificate: Certificate) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (away, behind, config) = (
            Arc::new(AtomicBool::new(false)),
            server.address(),
            certificate.config(),
        );
        let is_away = away.clone();
        let accept = move || {
            for stream in listener.incoming().flatten() {
                if is_away.load(Ordering::SeqCst) {
                    return;
                }
                let config = config.clone();
                // It ends with the peer, which is a command that a test waits for.
                thread::spawn(move || pass_on(stream, config, behind));
            }
        };
        Self {
            address,
            away,
            listener: Some(thread::spawn(accept)),
        }
    }

    /// `https://localhost:PORT`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.away.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

/// Answers the requests of one connection with what the server behind says.
fn pass_on(stream: TcpStream, config: Arc<ServerConfig>, behind: SocketAddr) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    while let Some(request) = Request::read(&mut stream, 0)? {
        let answer = ask(&request, behind)?;
        stream.get_mut().write_all(&answer)?;
        stream.get_mut().flush()?;
    }
    Ok(())
}

fn ask(request: &Request, behind: SocketAddr) -> io::Result<Vec<u8>> {
    let mut head = format!("{} {}", request.method, request.path);
    if !request.query.is_empty() {
        head.push_str(&format!("?{}", request.query));
    }
    head.push_str(" HTTP/1.1\r\n");
    let framing = ["content-length", "transfer-encoding", "connection"];
    for (name, value) in &request.headers {
        if !framing.contains(&name.as_str()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    let length = request.body.len();
    head.push_str(&format!(
        "content-length: {length}\r\nconnection: close\r\n\r\n"
    ));
    let mut stream = TcpStream::connect(behind)?;
    stream.write_all(head.as_bytes())?;
    stream.write_all(&request.body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
