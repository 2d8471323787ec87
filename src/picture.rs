//! Cover pictures: fetched from the provider's own host only, capped, sniffed, and re-encoded where a service needs it.

use crate::event::EventKey;
use crate::http::{self, Http, Method, Request};
use url::Url;

mod encode;

/// The largest picture that is read, in bytes.
const LARGEST_DOWNLOAD: usize = 16 * 1024 * 1024;
/// How kronos names itself to the host of a picture.
const USER_AGENT: &str = concat!("kronos/", env!("CARGO_PKG_VERSION"));

/// A picture as services take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The encoded picture.
    pub bytes: Vec<u8>,
    /// JPEG, PNG or GIF.
    pub format: Format,
}

/// The formats that every service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Jpeg,
    Png,
    Gif,
}

impl Format {
    /// The media type, e.g. `image/jpeg`.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
        }
    }
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the picture was left out: {reason}")]
pub struct Missing {
    /// For the report.
    pub reason: String,
    /// Its host did not give it; another time it may.
    pub may_come: bool,
}

/// Fetches the picture at `url` of the event `key`: only from the key's own host, at most `limit` bytes after re-encoding.
///
/// JPEG, PNG and GIF within the limit stay as they are, whatever the host calls them; everything else becomes JPEG, or PNG
/// where it is transparent. No redirect is followed, and the host's address must be public unless the key itself lies on
/// this machine.
///
/// # Errors
/// Why it is missing, which never stops an event.
pub async fn fetch(
    http: &Http,
    key: &EventKey,
    url: &str,
    limit: usize,
) -> Result<Picture, Missing> {
    let missing = |may_come| move |reason: String| Missing { reason, may_come };
    let url = allowed(key, url).map_err(missing(false))?;
    let request = Request::new(Method::GET, url)
        .public_only()
        .limit(LARGEST_DOWNLOAD)
        .header("user-agent", USER_AGENT)
        .header("accept", "image/jpeg, image/png, image/gif, image/webp");
    let answer = http
        .send(request)
        .await
        .map_err(|fault| missing(true)(fault.to_string()))?;
    if answer.status != 200 {
        let reason = format!("its host answered {}", answer.status);
        return Err(missing(true)(reason));
    }
    // A wall that asks who is there goes away; a picture that cannot be used stays as it is.
    let is_called_a_picture = answer.content_type().starts_with("image/");
    // Decoding takes long and reads what strangers wrote: it neither stops other consumers nor takes them down with it.
    tokio::task::spawn_blocking(move || encode::fit(answer.body, limit))
        .await
        .unwrap_or_else(|_| Err("it cannot be decoded".into()))
        .map_err(missing(!is_called_a_picture))
}

/// The picture's URL, if it may be fetched for this event: the same host and port, so that a URL from outside cannot make
/// kronos knock on other doors.
fn allowed(key: &EventKey, url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| format!("{url:?} is no URL ({error})"))?;
    let home = Url::parse(key.as_str())
        .ok()
        .filter(|home| matches!(home.scheme(), "https" | "http") && home.has_host())
        .ok_or("pictures come from the event's own host only, and its key names none")?;
    if !http::is_allowed(&url) {
        return Err(format!("{}: only https is allowed", http::shown(&url)));
    }
    if (url.host(), url.port_or_known_default()) != (home.host(), home.port_or_known_default()) {
        return Err(format!(
            "{} is not on the event's own host",
            http::shown(&url)
        ));
    }
    Ok(url)
}

#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
#[cfg(test)]
mod tests;
