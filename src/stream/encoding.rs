//! Base64 as keys and signatures are written.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Writes no padding. Reads with or without it, also where the last character carries bits that mean nothing.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// In the standard alphabet, without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `None` if it is not base64, or not of `N` bytes.
///
/// Others write it in more ways than one: missing or surplus padding, the alphabet for URLs, and trailing bits that are not zero
/// all stand for the same bytes.
pub(super) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.trim_end_matches('=');
    // No text that is longer can be it.
    if text.len() > N.div_ceil(3) * 4 {
        return None;
    }
    let standard: String = text
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    STANDARD.decode(standard).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_are_read_however_they_are_written() {
        let bytes = [0xfb, 0xff, 0xfe, 0x01];
        assert_eq!(encode(&bytes), "+//+AQ");
        for text in ["+//+AQ", "+//+AQ==", "+//+AQ====", "-__-AQ", "+//+AR"] {
            assert_eq!(decode::<4>(text), Some(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_base64_or_of_another_length_is_nothing() {
        for text in ["", "+//+A", "+//+AQI", "+//+ AQ", "ä", &"A".repeat(1000)] {
            assert_eq!(decode::<4>(text), None, "{text}");
        }
    }
}
