//! The bytes of ZMTP: greeting, frames and commands. Pure.

use super::ZmtpError;
use bytes::{Buf, Bytes, BytesMut};

/// The length of a greeting.
pub(super) const GREETING: usize = 64;
/// A flag of a frame: more frames of the same message follow.
const MORE: u8 = 1;
/// A flag of a frame: its length has eight bytes, not one.
const LONG: u8 = 2;
/// A flag of a frame: it is a command.
const COMMAND: u8 = 4;

/// What kind of socket speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes messages from any number of sources.
    Router,
    /// Submits messages.
    Dealer,
    /// Publishes messages.
    Pub,
    /// Receives what it subscribed to.
    Sub,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Router => "ROUTER",
            Self::Dealer => "DEALER",
            Self::Pub => "PUB",
            Self::Sub => "SUB",
        }
    }

    /// Whether a socket of that name may be at the other end (RFC 23, "The Socket-Type property").
    fn suits(self, peer: &[u8]) -> bool {
        let peers: &[&[u8]] = match self {
            Self::Router => &[b"DEALER", b"REQ", b"ROUTER"],
            Self::Dealer => &[b"ROUTER", b"REP", b"DEALER"],
            Self::Pub => &[b"SUB", b"XSUB"],
            Self::Sub => &[b"PUB", b"XPUB"],
        };
        peers.contains(&peer)
    }
}

/// One frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub is_command: bool,
    pub has_more: bool,
    pub body: Bytes,
}

/// Takes one whole frame off the front of `buffer`; `None` if it is not whole yet.
///
/// # Errors
/// It is announced to be longer than `limit` bytes: nothing is reserved for it.
pub(super) fn take(buffer: &mut BytesMut, limit: usize) -> Result<Option<Frame>, ZmtpError> {
    let Some(&flags) = buffer.first() else {
        return Ok(None);
    };
    let (start, length) = if flags & LONG == 0 {
        match buffer.get(1) {
            Some(length) => (2, u64::from(*length)),
            None => return Ok(None),
        }
    } else {
        match buffer.get(1..9).map(<[u8; 8]>::try_from) {
            Some(Ok(length)) => (9, u64::from_be_bytes(length)),
            _ => return Ok(None),
        }
    };
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= limit)
        .ok_or(ZmtpError::Oversized)?;
    if buffer.len() - start < length {
        return Ok(None);
    }
    buffer.advance(start);
    Ok(Some(Frame {
        is_command: flags & COMMAND != 0,
        has_more: flags & MORE != 0,
        body: buffer.split_to(length).freeze(),
    }))
}

/// One message of these parts, as it goes over the wire.
pub fn encode(parts: &[&[u8]]) -> Bytes {
    let mut bytes = BytesMut::new();
    for (index, part) in parts.iter().enumerate() {
        let more = if index + 1 < parts.len() { MORE } else { 0 };
        put(&mut bytes, more, part);
    }
    bytes.freeze()
}

fn put(bytes: &mut BytesMut, flags: u8, body: &[u8]) {
    match u8::try_from(body.len()) {
        Ok(length) => bytes.extend_from_slice(&[flags, length]),
        Err(_) => {
            bytes.extend_from_slice(&[flags | LONG]);
            bytes.extend_from_slice(&(body.len() as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(body);
}

/// Our greeting: version 3.0, the mechanism NULL.
pub(super) fn greeting() -> [u8; GREETING] {
    let mut bytes = [0; GREETING];
    (bytes[0], bytes[9], bytes[10]) = (0xff, 0x7f, 3);
    bytes[12..16].copy_from_slice(b"NULL");
    bytes
}

/// Whether a greeting's first bytes can be those of a peer with whom we can speak, as far as they are there.
pub(super) fn check_greeting(bytes: &[u8]) -> Result<(), ZmtpError> {
    let is = |at: usize, wanted: u8| bytes.get(at).is_none_or(|byte| *byte == wanted);
    if !is(0, 0xff) || bytes.get(9).is_some_and(|byte| byte & 1 == 0) {
        return Err(ZmtpError::Foreign("this is no ZeroMQ socket"));
    }
    if bytes.get(10).is_some_and(|version| *version < 3) {
        return Err(ZmtpError::Foreign("ZeroMQ before version 4 is not spoken"));
    }
    let mut mechanism = [0; 20];
    mechanism[..4].copy_from_slice(b"NULL");
    if bytes.get(12..32).is_some_and(|name| name != mechanism) {
        return Err(ZmtpError::Foreign(
            "the other side wants to authenticate or encrypt, which is not spoken",
        ));
    }
    Ok(())
}

/// The command by which a socket says what it is.
pub(super) fn ready(role: Role) -> Bytes {
    let mut body = BytesMut::from(&b"\x05READY\x0bSocket-Type"[..]);
    body.extend_from_slice(&(role.name().len() as u32).to_be_bytes());
    body.extend_from_slice(role.name().as_bytes());
    // RFC 23: these name an identity, which may be empty.
    if matches!(role, Role::Router | Role::Dealer) {
        body.extend_from_slice(b"\x08Identity\0\0\0\0");
    }
    command(&body)
}

/// A heartbeat's answer: it gives the context back.
pub(super) fn pong(context: &[u8]) -> Bytes {
    command(&[b"\x04PONG", context].concat())
}

fn command(body: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    put(&mut bytes, COMMAND, body);
    bytes.freeze()
}

/// The name of a command, and what follows it.
pub(super) fn command_name(body: &Bytes) -> Option<(Bytes, Bytes)> {
    let length = usize::from(*body.first()?);
    (body.len() > length).then(|| (body.slice(1..=length), body.slice(1 + length..)))
}

/// Whether the frame is the READY of a socket that suits `role`.
pub(super) fn check_ready(frame: &Frame, role: Role) -> Result<(), ZmtpError> {
    let wrong = ZmtpError::Foreign("the handshake is not that of a ZeroMQ socket");
    let Some((name, mut rest)) = command_name(&frame.body).filter(|_| frame.is_command) else {
        return Err(wrong);
    };
    if name == "ERROR" {
        return Err(ZmtpError::Foreign("the other side refused the handshake"));
    }
    if name != "READY" {
        return Err(wrong);
    }
    while let Some((property, value)) = take_property(&mut rest) {
        if property.eq_ignore_ascii_case(b"Socket-Type") {
            return match role.suits(&value) {
                true => Ok(()),
                false => Err(ZmtpError::Foreign(
                    "another kind of ZeroMQ socket is there; are submit and publish mixed up?",
                )),
            };
        }
    }
    Err(wrong)
}

fn take_property(rest: &mut Bytes) -> Option<(Bytes, Bytes)> {
    let name = usize::from(*rest.first()?);
    let length = rest.get(1 + name..5 + name)?;
    let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
    let end = (5 + name)
        .checked_add(length)
        .filter(|end| *end <= rest.len())?;
    let property = (rest.slice(1..=name), rest.slice(5 + name..end));
    rest.advance(end);
    Some(property)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first(bytes: &[u8], limit: usize) -> Result<Option<Frame>, ZmtpError> {
        take(&mut BytesMut::from(bytes), limit)
    }

    #[test]
    fn a_frame_is_taken_once_it_is_whole() {
        let bytes = encode(&[b"tag", &[b'x'; 300]]);
        let mut buffer = BytesMut::new();
        let mut frames = Vec::new();
        for byte in &bytes {
            buffer.extend_from_slice(&[*byte]);
            frames.extend(take(&mut buffer, 300).unwrap());
        }
        assert_eq!(frames.len(), 2);
        assert_eq!(
            (&frames[0].body[..], frames[0].has_more),
            (&b"tag"[..], true)
        );
        assert_eq!((frames[1].body.len(), frames[1].has_more), (300, false));
    }

    #[test]
    fn a_frame_that_is_announced_too_long_is_refused_before_it_comes() {
        let huge = [&[LONG][..], &(1_u64 << 62).to_be_bytes()].concat();
        for bytes in [&huge[..], &[0, 11]] {
            assert!(matches!(first(bytes, 10), Err(ZmtpError::Oversized)));
        }
        assert!(matches!(first(&[0, 10], 10), Ok(None)));
    }

    #[test]
    fn an_older_an_encrypted_and_a_foreign_peer_are_told_apart() {
        let problem = |change: fn(&mut [u8; GREETING])| {
            let mut bytes = greeting();
            change(&mut bytes);
            check_greeting(&bytes).map_err(|error| error.to_string())
        };
        assert_eq!(problem(|_| ()), Ok(()));
        assert_eq!(problem(|bytes| bytes[11] = 1), Ok(()));
        assert!(problem(|bytes| bytes[10] = 1).is_err_and(|text| text.contains("version")));
        let encrypted = problem(|bytes| bytes[12..17].copy_from_slice(b"CURVE"));
        assert!(encrypted.is_err_and(|text| text.contains("encrypt")));
        assert!(check_greeting(b"GET / HTTP/1.1\r\n").is_err());
    }

    #[test]
    fn a_socket_of_the_wrong_kind_is_refused() {
        let ready = |role| first(&ready(role), 100).unwrap().unwrap();
        assert!(check_ready(&ready(Role::Dealer), Role::Router).is_ok());
        assert!(check_ready(&ready(Role::Sub), Role::Pub).is_ok());
        assert!(check_ready(&ready(Role::Sub), Role::Router).is_err());
        assert!(check_ready(&ready(Role::Pub), Role::Dealer).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut buffer = BytesMut::from(&bytes[..]);
            while let Ok(Some(frame)) = take(&mut buffer, 100) {
                let _ = check_ready(&frame, Role::Router);
                let _ = command_name(&frame.body);
            }
            let _ = check_greeting(&bytes);
        }

        #[test]
        fn what_is_encoded_is_taken_apart_again(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..600), 1..4)) {
            let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            let mut buffer = BytesMut::from(&encode(&slices)[..]);
            for part in &parts {
                prop_assert_eq!(&take(&mut buffer, 600).unwrap().unwrap().body[..], &part[..]);
            }
            prop_assert!(buffer.is_empty());
        }
    }
}
