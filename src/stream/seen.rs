//! Which messages were met already: sources send again what they are not sure of.

use sha2::{Digest, Sha256};
use std::collections::{HashSet, VecDeque};

/// So many messages back a repetition is known; each costs 16 bytes twice.
const KEPT: usize = 100_000;

/// The last messages, by their uuid.
#[derive(Debug, Default)]
pub struct Seen {
    known: HashSet<[u8; 16]>,
    order: VecDeque<[u8; 16]>,
}

impl Seen {
    /// Whether this is the first time that `uuid` is met.
    pub fn is_new(&mut self, uuid: &str) -> bool {
        // Its length is the sender's choice; that of its hash is not.
        let hash = Sha256::digest(uuid);
        let mut short = [0; 16];
        short.copy_from_slice(&hash[..16]);
        if !self.known.insert(short) {
            return false;
        }
        self.order.push_back(short);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_is_known_and_the_memory_is_bounded() {
        let mut seen = Seen::default();
        assert!(seen.is_new("first") && !seen.is_new("first"));
        for number in 0..KEPT {
            assert!(seen.is_new(&number.to_string()));
        }
        assert_eq!((seen.known.len(), seen.order.len()), (KEPT, KEPT));
        assert!(seen.is_new("first"));
    }
}
