//! Signed messages: their form, their signatures, the keys, and whom is trusted. No network.
//!
//! The format is that of Laniakea's Lighthouse (Laniakea source, `laniakea/msgstream`), whose signatures are those of the Matrix
//! specification ("Signing JSON"); `signedjson` from PyPI verifies what is signed here and the other way round.

mod encoding;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod key;
mod key_file;
mod message;
mod seen;
mod trusted;

pub use key::{KeyError, PublicKey, Signer, read_public};
pub use key_file::{KeyFile, create, is_usable_id, trust};
pub use message::{Draft, Malformed, Message};
pub use seen::Seen;
pub use trusted::{Distrust, Trusted};

/// A message of more bytes is not accepted, by relays and sinks alike.
pub const LARGEST: usize = 1024 * 1024;
