//! Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body, in base64.

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use ring::hmac;

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// Secrets are between 24 and 64 bytes long ("Signature scheme").
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
/// Takes base64 with its padding and without.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key that both sides have. It never prints.
pub(super) struct Key(hmac::Key);

impl Key {
    /// From a secret as people pass it on: `whsec_` and base64.
    ///
    /// # Errors
    /// What is wrong with it, without any of it.
    pub fn parse(secret: &str) -> Result<Self, String> {
        let encoded = secret
            .strip_prefix(PREFIX)
            .ok_or(format!("it does not begin with {PREFIX}"))?;
        let bytes = LENIENT
            .decode(encoded)
            .map_err(|_| format!("what follows {PREFIX} is not base64"))?;
        if !LENGTHS.contains(&bytes.len()) {
            return Err(format!(
                "it holds {} bytes, not {} to {}",
                bytes.len(),
                LENGTHS.start(),
                LENGTHS.end()
            ));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

/// The value of `webhook-signature` for this message.
pub(super) fn signature(key: &Key, id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&key.0);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    format!("v1,{}", STANDARD.encode(context.sign()))
}
