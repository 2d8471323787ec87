//! The server and its faults.

use crate::support::client::{call, read};
use crate::support::exchange::Reply;
use crate::support::fault::{Fault, Latch, Victim, When};
use crate::support::server::Server;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;

fn echo() -> Server {
    Server::start(|request| Reply::new(200, "text/plain", request.body.clone()))
}

fn get(server: &Server) -> Option<Reply> {
    call("POST", &server.url(), &[], b"hello")
}

#[test]
fn a_server_keeps_a_connection_and_reads_chunked_bodies() {
    let server = echo();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    stream
        .write_all(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        .unwrap();
    assert_eq!(read(&mut answers).unwrap().body, b"abcde");
    stream
        .write_all(b"POST /b?x=1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nfg")
        .unwrap();
    assert_eq!(read(&mut answers).unwrap().body, b"fg");
    let requests = server.requests(0);
    assert_eq!(
        (requests[1].path.as_str(), requests[1].query.as_str()),
        ("/b", "x=1")
    );
    assert_eq!(requests[1].number, 2);
}

#[test]
fn a_fault_hits_only_the_exchange_that_it_names() {
    let server = echo();
    server.fault(When::exchange(2), Fault::Answer(Reply::empty(503)));
    server.fault(
        When::request("POST", "/").nth(3),
        Fault::Answer(Reply::empty(504)),
    );
    let status: Vec<_> = (0..5).map(|_| get(&server).unwrap().status).collect();
    assert_eq!(status, [200, 503, 200, 504, 200]);
}

#[test]
fn a_lost_answer_was_applied_and_a_lost_request_was_not() {
    let server = echo();
    server.fault(When::exchange(1), Fault::CloseBefore);
    server.fault(When::exchange(2), Fault::CloseAfter);
    server.fault(When::exchange(3), Fault::Cut(20));
    server.fault(When::exchange(4), Fault::applied_then_502());
    server.fault(When::exchange(5), Fault::limited(7));
    server.fault(When::exchange(6), Fault::Raw(b"not http".to_vec()));
    let status: Vec<_> = (0..7)
        .map(|_| get(&server).map(|reply| reply.status))
        .collect();
    assert_eq!(
        status,
        [None, None, None, Some(502), Some(429), None, Some(200)]
    );
    let applied: Vec<_> = server.exchanges().iter().map(|one| one.applied).collect();
    assert_eq!(applied, [false, true, true, true, false, false, true]);
}

#[test]
fn a_held_exchange_waits_for_its_latch() {
    let server = echo();
    let (before, after) = (Latch::new(), Latch::new());
    server.fault(When::exchange(1), Fault::HoldBefore(before.clone()));
    server.fault(When::exchange(2), Fault::HoldAfter(after.clone()));
    thread::scope(|scope| {
        let first = scope.spawn(|| get(&server));
        before.wait_until_reached();
        assert!(!server.exchanges()[0].applied);
        let second = scope.spawn(|| get(&server));
        after.wait_until_reached();
        assert!(server.exchanges()[1].applied);
        assert!(!first.is_finished() && !second.is_finished());
        before.open();
        after.open();
        assert_eq!(first.join().unwrap().unwrap().status, 200);
        assert_eq!(second.join().unwrap().unwrap().status, 200);
    });
}

#[test]
fn a_process_dies_at_the_exchange_that_kills_it() {
    let server = echo();
    let victim = Victim::new();
    server.fault(When::next(), Fault::KillAfter(victim.clone()));
    victim.is(Command::new("sleep").arg("600").spawn().unwrap());
    assert!(victim.ended().is_none());
    assert!(get(&server).is_none());
    assert!(victim.ended().is_some_and(|status| status.code().is_none()));
    assert!(server.exchanges()[0].applied);
}

#[test]
fn a_server_that_is_away_refuses_connections_until_it_comes_back() {
    let server = echo();
    server.go_away();
    assert!(TcpStream::connect(server.address()).is_err());
    server.come_back();
    assert_eq!(get(&server).unwrap().status, 200);
    assert_eq!(server.count(), 1);
}

#[test]
fn a_hook_sees_every_exchange_before_it_is_handled() {
    let (server, seen) = (echo(), std::sync::mpsc::channel());
    server.before_each(move |request| seen.0.send(request.number).unwrap());
    server.fault(When::exchange(1), Fault::CloseBefore);
    get(&server);
    get(&server);
    assert_eq!(seen.1.try_iter().collect::<Vec<_>>(), [1, 2]);
}
