//! What must hold of the bytes that a peer sends.

use super::Role;
use super::frame::{Frame, check_greeting, check_ready, command_name, encode, take};
use bytes::BytesMut;

/// The longest frame that is taken here.
const LIMIT: usize = 1000;

/// Frames are taken whole and within the limit, however the bytes come in pieces.
pub(crate) fn holds(bytes: &[u8]) {
    let _ = check_greeting(bytes);
    let whole = frames(&[bytes]);
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    assert_eq!(frames(&[first, rest]), whole);
    for frame in &whole {
        assert!(frame.body.len() <= LIMIT);
        let _ = command_name(&frame.body);
        for role in [Role::Router, Role::Dealer, Role::Pub, Role::Sub] {
            let _ = check_ready(frame, role);
        }
        let mut again = BytesMut::from(&encode(&[&frame.body])[..]);
        let taken = take(&mut again, LIMIT).ok().flatten();
        assert_eq!(taken.map(|taken| taken.body).as_ref(), Some(&frame.body));
    }
}

/// What can be taken of bytes that come in these pieces.
fn frames(pieces: &[&[u8]]) -> Vec<Frame> {
    let (mut buffer, mut frames) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match take(&mut buffer, LIMIT) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return frames,
            }
        }
    }
    frames
}
