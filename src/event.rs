//! The vocabulary that every part shares: an event, its key, its fingerprint. No I/O.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::Read;
use std::sync::Arc;

/// An event's key: its canonical URL at the provider.
///
/// For a calendar file it is the calendar's URL, `#` and the percent-encoded UID (and RECURRENCE-ID).
/// It doubles as the *marker* that stands in every remote item, so it is a function of the event alone. Cloning one copies no
/// text: a run keeps each in many places.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventKey(Arc<str>);

impl EventKey {
    /// The longest key in bytes that a provider gives: it stands whole in every text, and the shortest text of a service, Discord's,
    /// has 1,000 UTF-16 units.
    pub const LONGEST: usize = 800;

    /// Takes the canonical URL as the provider gives it.
    pub fn new(url: impl AsRef<str>) -> Self {
        Self(url.as_ref().into())
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the organisers say of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It takes place.
    Confirmed,
    /// It may take place.
    Tentative,
    /// It was called off.
    Cancelled,
}

/// A description in the form in which the provider keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "form", content = "text")]
pub enum Description {
    /// HTML of unknown cleanliness.
    Html(String),
    /// Plain text with line breaks.
    Plain(String),
}

/// Where an event takes place; every part may be missing, but not all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The venue's name.
    pub name: Option<String>,
    /// Street and number.
    pub street: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Town.
    pub locality: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// Country, as the provider names it.
    pub country: Option<String>,
    /// Latitude and longitude in decimal degrees, as text so that no digit changes.
    pub coordinates: Option<(String, String)>,
}

impl Place {
    /// `street, postal code locality`: the form in which a venue map names an address.
    /// Parts that are missing are left out; `None` if nothing remains.
    pub fn address(&self) -> Option<String> {
        let town = join(" ", [self.postal_code.as_deref(), self.locality.as_deref()]);
        join(", ", [self.street.as_deref(), town.as_deref()])
    }

    /// `name, street, locality`, else the coordinates: one line for people. `None` if nothing is known.
    pub fn line(&self) -> Option<String> {
        join(
            ", ",
            [
                self.name.as_deref(),
                self.street.as_deref(),
                self.locality.as_deref(),
            ],
        )
        .or_else(|| {
            self.region.clone().or_else(|| {
                self.country.clone().or_else(|| {
                    self.coordinates
                        .as_ref()
                        .map(|(lat, lon)| format!("{lat}, {lon}"))
                })
            })
        })
    }
}

fn join<const N: usize>(separator: &str, parts: [Option<&str>; N]) -> Option<String> {
    let parts: Vec<&str> = parts
        .into_iter()
        .flatten()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    (!parts.is_empty()).then(|| parts.join(separator))
}

/// A calendar event, normalised: what consumers can be shown, and nothing else.
///
/// Empty strings are `None`, times are UTC, `ends` is exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Identity and marker.
    pub key: EventKey,
    /// The provider's own id (a Mobilizon uuid, an iCalendar UID): survives a change of URL.
    pub uuid: Option<String>,
    /// Plain text, not yet cleaned for any consumer.
    pub title: String,
    /// As the provider keeps it.
    pub description: Option<Description>,
    /// When it begins.
    pub begins: DateTime<Utc>,
    /// When it is over; `None` if nobody said.
    pub ends: Option<DateTime<Utc>>,
    /// The time zone in which its times are meant.
    pub timezone: Option<Tz>,
    /// Whole days: `begins` and `ends` are midnights in `timezone`.
    pub all_day: bool,
    /// Where it takes place.
    pub place: Option<Place>,
    /// Where to join it online: an http(s) URL.
    pub online: Option<String>,
    /// It takes place online only.
    pub online_only: bool,
    /// The cover picture's URL.
    pub picture: Option<String>,
    /// Confirmed, tentative or cancelled.
    pub status: Status,
    /// How many may come; `None` is unlimited.
    pub capacity: Option<u32>,
    /// Where one registers, if not at the provider: an http(s) URL.
    pub participation: Option<String>,
    /// Tags, as people write them, lower-cased and sorted.
    pub tags: Vec<String>,
    /// When the provider last touched it: a trigger, never a judge, so it is no part of the fingerprint.
    #[serde(skip)]
    pub updated: Option<DateTime<Utc>>,
}

impl Event {
    /// The hash over everything that a consumer can be shown.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self)
    }

    /// When it is over for the provider: the end, else the beginning.
    pub fn effective_end(&self) -> DateTime<Utc> {
        self.ends.unwrap_or(self.begins)
    }
}

/// The JSON of most values is no longer, in bytes.
const USUAL: usize = 2_048;
/// So many bytes are read and hashed at once.
const PIECE: usize = 64 * 1024;

/// SHA-256 over a value's JSON; equal fingerprints mean that there is nothing to carry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Hashes the JSON of `value`. Struct fields keep their order and maps must be sorted, so that equal values hash equally.
    pub fn of(value: &impl Serialize) -> Self {
        let mut json = Vec::with_capacity(USUAL);
        match serde_json::to_writer(&mut json, value) {
            Ok(()) => Self::of_bytes(&json),
            Err(_) => Self::of_bytes(&[]),
        }
    }

    /// Hashes `bytes` as they are.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Hashes what `read` gives, piece by piece.
    ///
    /// # Errors
    /// It could not be read.
    pub fn of_reader(mut read: impl Read) -> std::io::Result<Self> {
        let (mut hasher, mut piece) = (Sha256::new(), vec![0; PIECE]);
        loop {
            match read.read(&mut piece)? {
                0 => return Ok(Self(hasher.finalize().into())),
                length => hasher.update(&piece[..length]),
            }
        }
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From bytes that [`as_bytes`](Self::as_bytes) gave; `None` if there are not 32 of them.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The first eight bytes in hexadecimal: enough to tell two texts of one field apart.
    pub fn short(&self) -> String {
        hexadecimal(&self.0[..8])
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from(b"0123456789abcdef"[usize::from(four)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", self.short())
    }
}

/// What a consumer is shown of an event, in the words of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Field {
    Title,
    Description,
    Begins,
    Ends,
    Timezone,
    Location,
    Online,
    Picture,
    Status,
    Capacity,
    Link,
    Publication,
}

impl Field {
    /// The word for people, which is that of its JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Begins => "begins",
            Self::Ends => "ends",
            Self::Timezone => "timezone",
            Self::Location => "location",
            Self::Online => "online",
            Self::Picture => "picture",
            Self::Status => "status",
            Self::Capacity => "capacity",
            Self::Link => "link",
            Self::Publication => "publication",
        }
    }
}

/// What is done to a remote item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Make a new item (a draft, where the service has drafts).
    Create,
    /// Make a draft public.
    Publish,
    /// Give an item the fields of the event.
    Update,
    /// Call it off; it stays visible as such.
    Cancel,
    /// Take it away.
    Delete,
    /// Recognise an equal item of ours; sends nothing.
    Adopt,
}

impl Action {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Publish => "publish",
            Self::Update => "update",
            Self::Cancel => "cancel",
            Self::Delete => "delete",
            Self::Adopt => "adopt",
        }
    }
}
