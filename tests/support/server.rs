//! A small blocking HTTP/1.1 server on a loopback port. It records every exchange and can fail at any byte.

use super::exchange::{Exchange, Reply, Request};
use super::fault::{End, Fault, When};
use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

type Handler = Box<dyn Fn(&Request) -> Reply + Send + Sync>;
type Hook = Box<dyn FnMut(&Request) + Send>;

/// A server that runs until it is dropped. A panic of its handler fails the test then.
pub struct Server {
    shared: Arc<Shared>,
    listener: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    handler: Handler,
    log: Mutex<Vec<Exchange>>,
    faults: Mutex<Vec<(When, Fault)>>,
    hook: Mutex<Option<Hook>>,
    away: AtomicBool,
    address: SocketAddr,
    connections: Mutex<Vec<(TcpStream, JoinHandle<()>)>>,
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            log: Mutex::default(),
            faults: Mutex::default(),
            hook: Mutex::default(),
            away: AtomicBool::new(false),
            address: listener.local_addr().unwrap(),
            connections: Mutex::default(),
        });
        Self {
            listener: Mutex::new(Some(accept(listener, shared.clone()))),
            shared,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Lets `fault` happen to the exchanges that `when` names. The first rule that hits wins.
    pub fn fault(&self, when: When, fault: Fault) {
        self.shared.faults.lock().unwrap().push((when, fault));
    }

    /// Forgets all rules.
    pub fn heal(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// Calls `hook` before every exchange, faults included. It may change a stand-in's world, but must not
    /// set another hook; a clone of this same server in it would keep the server alive to the end of the test run.
    pub fn before_each(&self, hook: impl FnMut(&Request) + Send + 'static) {
        *self.shared.hook.lock().unwrap() = Some(Box::new(hook));
    }

    /// All exchanges so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.shared.log.lock().unwrap().clone()
    }

    /// The requests since exchange number `since` (0: all).
    pub fn requests(&self, since: usize) -> Vec<Request> {
        let log = self.shared.log.lock().unwrap();
        log.iter()
            .skip(since)
            .map(|exchange| exchange.request.clone())
            .collect()
    }

    /// How many exchanges there were.
    pub fn count(&self) -> usize {
        self.shared.log.lock().unwrap().len()
    }

    /// Waits until everything that has arrived was handled; whoever sent it must be gone.
    pub fn finish(&self) {
        let marker = TcpStream::connect(self.address()).unwrap();
        let port = marker.local_addr().unwrap();
        // Connections are accepted in their order: what came before the marker is here when it is.
        let connections = loop {
            let mut connections = self.shared.connections.lock().unwrap();
            let is_marker = |stream: &TcpStream| stream.peer_addr().is_ok_and(|peer| peer == port);
            if connections.iter().any(|(stream, _)| is_marker(stream)) {
                break std::mem::take(&mut *connections);
            }
            drop(connections);
            thread::yield_now();
        };
        drop(marker);
        for (_, worker) in connections {
            worker.join().unwrap();
        }
    }

    /// Refuses connections from now on, and cuts those that stand.
    pub fn go_away(&self) {
        self.shared.away.store(true, Ordering::SeqCst);
        for (_, fault) in self.shared.faults.lock().unwrap().iter() {
            if let Some(latch) = fault.latch() {
                latch.open();
            }
        }
        drop(TcpStream::connect(self.address()));
        if let Some(listener) = self.listener.lock().unwrap().take() {
            let _ = listener.join();
        }
        let connections = std::mem::take(&mut *self.shared.connections.lock().unwrap());
        for (stream, worker) in connections {
            let _ = stream.shutdown(Shutdown::Both);
            if worker.join().is_err() && !thread::panicking() {
                panic!("the handler or hook of a stand-in panicked: see above");
            }
        }
    }

    /// Listens again on the port that it left.
    pub fn come_back(&self) {
        self.shared.away.store(false, Ordering::SeqCst);
        let listener = TcpListener::bind(self.address()).unwrap();
        *self.listener.lock().unwrap() = Some(accept(listener, self.shared.clone()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.go_away();
    }
}

fn accept(listener: TcpListener, shared: Arc<Shared>) -> JoinHandle<()> {
    thread::spawn(move || {
        for stream in listener.incoming() {
            if shared.away.load(Ordering::SeqCst) {
                return;
            }
            let Ok(stream) = stream else { continue };
            let _ = stream.set_nodelay(true);
            let Ok(handle) = stream.try_clone() else {
                continue;
            };
            let worker = thread::spawn({
                let shared = shared.clone();
                move || serve(stream, &shared)
            });
            shared.connections.lock().unwrap().push((handle, worker));
        }
    })
}

/// Answers one connection's requests until either side closes it.
fn serve(mut stream: TcpStream, shared: &Shared) {
    let Ok(reading) = stream.try_clone() else {
        return;
    };
    let mut reading = BufReader::new(reading);
    while let Ok(Some(mut request)) = Request::read(&mut reading, 0) {
        let index = {
            let mut log = shared.log.lock().unwrap();
            request.number = log.len() + 1;
            log.push(Exchange {
                request: request.clone(),
                applied: false,
                status: None,
            });
            log.len() - 1
        };
        if let Some(hook) = shared.hook.lock().unwrap().as_mut() {
            hook(&request);
        }
        let fault = {
            let mut faults = shared.faults.lock().unwrap();
            faults
                .iter_mut()
                .find_map(|(when, fault)| when.hits(&request).then(|| fault.clone()))
        };
        let end = match &fault {
            Some(Fault::Wire { end, .. }) => *end,
            _ => End::Close,
        };
        let (bytes, stays) = shared.answer(&request, index, fault);
        if stream.write_all(&bytes).is_err()
            || !stays
            || request.header("connection") == Some("close")
        {
            linger(&mut stream, &mut reading, end);
            break;
        }
    }
    // The clone that the server keeps would hold the connection open.
    let _ = stream.shutdown(Shutdown::Both);
}

/// What follows the scripted bytes until the connection ends.
fn linger(stream: &mut TcpStream, reading: &mut impl Read, end: End) {
    match end {
        End::Close => {}
        End::Silence => while reading.read(&mut [0; 64]).is_ok_and(|read| read > 0) {},
        End::Drip(byte) => {
            while stream.write_all(&[byte]).is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

impl Shared {
    /// The bytes to send, and whether the connection stays after them.
    fn answer(&self, request: &Request, index: usize, fault: Option<Fault>) -> (Vec<u8>, bool) {
        let apply = || {
            let reply = (self.handler)(request);
            self.log.lock().unwrap()[index].applied = true;
            reply
        };
        let reply = match fault {
            None => apply(),
            Some(Fault::CloseBefore) => return (Vec::new(), false),
            Some(Fault::CloseAfter) => {
                apply();
                return (Vec::new(), false);
            }
            Some(Fault::Cut(length)) => {
                let mut bytes = apply().to_bytes();
                bytes.truncate(length);
                return (bytes, false);
            }
            Some(Fault::Raw(bytes)) => return (bytes, false),
            Some(Fault::Altered(alter)) => return (alter(&apply()), false),
            Some(Fault::Wire { applied, bytes, .. }) => {
                if applied {
                    apply();
                }
                return (bytes, false);
            }
            Some(Fault::Leave) => {
                let bytes = apply().to_bytes();
                self.away.store(true, Ordering::SeqCst);
                drop(TcpStream::connect(self.address));
                return (bytes, false);
            }
            Some(Fault::Answer(reply)) => reply,
            Some(Fault::AppliedThen(reply)) => {
                apply();
                reply
            }
            Some(Fault::HoldBefore(latch)) => {
                latch.pass();
                apply()
            }
            Some(Fault::HoldAfter(latch)) => {
                let reply = apply();
                latch.pass();
                reply
            }
            Some(Fault::KillBefore(victim)) => {
                victim.kill();
                return (Vec::new(), false);
            }
            Some(Fault::KillAfter(victim)) => {
                apply();
                victim.kill();
                return (Vec::new(), false);
            }
        };
        self.log.lock().unwrap()[index].status = Some(reply.status);
        (reply.to_bytes(), true)
    }
}
