//! What holds whatever a picture's host sends, and whatever URL an event names.

use super::{Format, allowed, encode};
use crate::event::EventKey;
use url::Url;

/// So small that most pictures have to be decoded.
const LIMIT: usize = 2_048;

/// A picture's bytes.
pub(crate) fn holds(bytes: &[u8]) {
    let Ok(picture) = encode::fit(bytes.to_vec(), LIMIT) else {
        return;
    };
    assert!(picture.bytes.len() <= LIMIT);
    let begins = match picture.format {
        Format::Jpeg => &b"\xff\xd8\xff"[..],
        Format::Png => b"\x89PNG\r\n\x1a\n",
        Format::Gif => b"GIF8",
    };
    assert!(
        picture.bytes.starts_with(begins),
        "it is not what it is called"
    );
}

/// A picture is fetched from the event's own host and port only.
pub(crate) fn stays_at_home(key: &EventKey, url: &str) {
    if let Ok(url) = allowed(key, url) {
        let home = Url::parse(key.as_str()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(url.host_str(), home.host_str());
        assert_eq!(url.port_or_known_default(), home.port_or_known_default());
        assert!(crate::http::is_allowed(&url));
    }
}
