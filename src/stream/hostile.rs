//! What must hold of messages and key files, whatever their bytes.

use super::{Message, Signer, read_public};
use crate::text::oracle::deceives;
use std::cell::LazyCell;

thread_local! {
    static SIGNER: LazyCell<Signer> = LazyCell::new(|| {
        Signer::generate("relay").unwrap_or_else(|problem| panic!("{problem}"))
    });
}

/// A message is written as it was read, on one line, printed as the same that steers no terminal, and what is signed is believed.
pub(crate) fn message_holds(bytes: &[u8]) {
    let Ok(mut message) = Message::parse(bytes) else {
        return;
    };
    let again = |message: &Message| Message::parse(&message.to_bytes());
    let written = message.to_bytes();
    assert!(!written.contains(&b'\n'), "it is one line");
    assert_eq!(again(&message).as_ref(), Ok(&message));
    let shown = crate::text::shown_json(&String::from_utf8_lossy(&written));
    assert!(!deceives(&shown), "{shown}");
    assert_eq!(Message::parse(shown.as_bytes()).as_ref(), Ok(&message));
    SIGNER.with(|signer| {
        message.sign(signer);
        assert!(message.is_signed_by(signer.id(), signer.public()));
        let passed_on = again(&message).unwrap_or_else(|problem| panic!("{problem}"));
        assert!(passed_on.is_signed_by(signer.id(), signer.public()));
    });
}

/// A complaint about a key file tells nothing of what it holds.
pub(crate) fn key_holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let words = || text.split(|c: char| !c.is_ascii_alphanumeric());
    let complaints = [
        read_public(&text).err().map(|problem| problem.to_string()),
        Signer::read(&text).err().map(|problem| problem.to_string()),
    ];
    for complaint in complaints.into_iter().flatten() {
        for word in words().filter(|word| word.len() >= 16) {
            assert!(!complaint.contains(word), "{complaint}");
        }
    }
    if let Ok(signer) = Signer::read(&text) {
        let signature = signer.sign(b"text");
        assert!(signer.public().has_signed(b"text", &signature));
    }
}
