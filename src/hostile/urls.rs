//! URLs that strangers write: where a picture may be fetched, whose an event is, what is shown of an address.

use crate::event::EventKey;
use crate::http;
use url::Url;

/// A line each: an event's key, and a URL that its event names.
pub(super) fn holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let (key, other) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    crate::picture::hostile::stays_at_home(&EventKey::new(key), other);
    crate::provider::mobilizon::hostile::knows_its_own(&EventKey::new(key));
    for url in [key, other]
        .into_iter()
        .filter_map(|url| Url::parse(url).ok())
    {
        let shown = http::shown(&url);
        assert!(
            !shown.contains(['?', '#', '@']) || url.path().contains('@') || url.cannot_be_a_base(),
            "{shown}"
        );
        if http::is_allowed(&url) {
            assert!(url.scheme() == "https" || http::is_loopback(&url));
        }
    }
}
