//! Keys: with one messages are signed, by the other they are verified.

use super::encoding;
use super::key_file::Entries;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

/// A key by which signatures are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Who signs, and with what. The key is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct Signer {
    id: String,
    key: SigningKey,
    public: PublicKey,
}

/// Why a key file cannot be used. Never tells a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It lacks a value.
    #[error("it holds no {0}; a key file is made with: kronos key new ID DIR")]
    Lacks(&'static str),
    /// A value is not a key.
    #[error("its {0} is not the base64 of 32 bytes that are a key")]
    NoKey(&'static str),
    /// Its two keys are not of one pair.
    #[error("its ed.verify-key does not belong to its ed.signing-key")]
    Unequal,
    /// It cannot be read or written.
    #[error("{path}: {problem}")]
    File {
        /// The file or folder.
        path: String,
        /// What is wrong, and its mend.
        problem: String,
    },
}

impl PublicKey {
    /// Whether `signature` over `bytes` was made with its other half.
    ///
    /// Strict, as libsodium is: keys and points of small order, by which one signature holds for many messages, are refused.
    pub fn has_signed(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        self.0
            .verify_strict(bytes, &Signature::from_bytes(signature))
            .is_ok()
    }

    fn parse(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError::NoKey("ed.verify-key");
        let bytes = encoding::decode(text).ok_or_else(wrong)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| wrong())?;
        if key.is_weak() {
            return Err(wrong());
        }
        Ok(Self(key))
    }

    /// As it is written: unpadded base64.
    pub fn text(&self) -> String {
        encoding::encode(self.0.as_bytes())
    }
}

impl Signer {
    /// A new key, from the operating system's randomness.
    ///
    /// # Errors
    /// What the operating system said.
    pub fn generate(id: &str) -> Result<Self, String> {
        let mut seed = Zeroizing::new([0; 32]);
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), seed.as_mut())
            .map_err(|_| "the operating system gives no random numbers".to_owned())?;
        Ok(Self::of(id, SigningKey::from_bytes(&seed)))
    }

    /// Reads a secret key file.
    ///
    /// # Errors
    /// It lacks the id or the key, or they are no such things.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let entries = Entries::read(text);
        let id = entries.required("metadata", "id")?;
        let seed = entries.required("ed", "signing-key")?;
        let seed = encoding::decode(seed)
            .map(Zeroizing::new)
            .ok_or(KeyError::NoKey("ed.signing-key"))?;
        let signer = Self::of(id, SigningKey::from_bytes(&seed));
        match entries.get("ed", "verify-key") {
            Some(text) if PublicKey::parse(text)? != signer.public => Err(KeyError::Unequal),
            _ => Ok(signer),
        }
    }

    fn of(id: &str, key: SigningKey) -> Self {
        Self {
            id: id.into(),
            public: PublicKey(key.verifying_key()),
            key,
        }
    }

    /// Under which name it signs.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// By what its signatures are verified.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature over `bytes`.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }

    /// The secret as it is written: unpadded base64.
    pub(super) fn secret_text(&self) -> Zeroizing<String> {
        Zeroizing::new(encoding::encode(
            Zeroizing::new(self.key.to_bytes()).as_ref(),
        ))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.id)
    }
}

/// Reads the public part of a key file: who signs with it, and by what that is verified.
///
/// # Errors
/// It lacks the id or the key, or they are no such things.
pub fn read_public(text: &str) -> Result<(String, PublicKey), KeyError> {
    let entries = Entries::read(text);
    let id = entries.required("metadata", "id")?.to_owned();
    match entries.get("ed", "verify-key") {
        Some(text) => Ok((id, PublicKey::parse(text)?)),
        None if entries.get("ed", "signing-key").is_some() => {
            Ok((id, Signer::read(text)?.public().clone()))
        }
        None => Err(KeyError::Lacks("ed.verify-key")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_must_belong_together() {
        let one = Signer::generate("one").unwrap();
        let other = Signer::generate("other").unwrap();
        let text = |verify: &str| {
            format!(
                "metadata\n    id = \"one\"\ned\n    verify-key = \"{verify}\"\n    signing-key = \"{}\"\n",
                *one.secret_text()
            )
        };
        assert!(Signer::read(&text(&one.public().text())).is_ok());
        assert!(matches!(
            Signer::read(&text(&other.public().text())),
            Err(KeyError::Unequal)
        ));
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        // y = 1: the neutral element, for which anybody can make a signature over everything.
        let neutral = encoding::encode(&[&[1][..], &[0; 31]].concat());
        let text = format!("metadata\n    id = \"x\"\ned\n    verify-key = \"{neutral}\"\n");
        assert!(matches!(read_public(&text), Err(KeyError::NoKey(_))));
    }

    #[test]
    fn a_signer_never_prints_its_key() {
        let signer = Signer::generate("one").unwrap();
        assert!(!format!("{signer:?}").contains(signer.secret_text().as_str()));
    }
}
