//! What Discord's forms accept: every fault of a body is told at once, under code 50035.

use super::item::{Item, Status};
use crate::support::exchange::Reply;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// The faults of a form, by field.
#[derive(Default)]
pub struct Faults(serde_json::Map<String, Value>);

impl Faults {
    fn add(&mut self, field: &str, code: &str, message: &str) {
        let error = json!({"code": code, "message": message});
        let (outer, inner) = field.split_once('.').unwrap_or((field, ""));
        let value = match inner {
            "" => json!({"_errors": [error]}),
            inner => json!({inner: {"_errors": [error]}}),
        };
        self.0.entry(outer).or_insert(value);
    }

    fn required(&mut self, field: &str) {
        self.add(field, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// The refusal, if there is any fault.
    pub fn refusal(self) -> Option<Reply> {
        let body = json!({"message": "Invalid Form Body", "code": 50035, "errors": self.0});
        (!self.0.is_empty()).then(|| Reply::json(400, &body))
    }
}

/// A new event of `creator` from the body of a POST.
pub fn create(body: &Value, id: String, creator: &str, now: DateTime<Utc>) -> Result<Item, Faults> {
    let mut faults = Faults::default();
    for field in [
        "name",
        "privacy_level",
        "entity_type",
        "scheduled_start_time",
    ] {
        if body.get(field).is_none_or(Value::is_null) {
            faults.required(field);
        }
    }
    for field in ["scheduled_end_time", "entity_metadata"] {
        if body.get(field).is_none_or(Value::is_null) {
            faults.required(field);
        }
    }
    let mut item = Item::new(id, creator, now, now);
    fill(&mut item, body, now, &mut faults);
    if faults.0.is_empty() {
        Ok(item)
    } else {
        Err(faults)
    }
}

/// The event after a PATCH of it.
pub fn patch(body: &Value, old: &Item, now: DateTime<Utc>) -> Result<Item, Faults> {
    let mut faults = Faults::default();
    let mut item = old.clone();
    if old.status == Status::Active && body.get("scheduled_start_time").is_some() {
        faults.add(
            "scheduled_start_time",
            "GUILD_SCHEDULED_EVENT_SCHEDULE_INVALID_START_BY_STATUS",
            "The start time cannot be changed in this status.",
        );
    }
    fill(&mut item, body, now, &mut faults);
    if let Some(status) = body.get("status").filter(|status| !status.is_null()) {
        match status.as_u64().and_then(Status::from_number) {
            Some(next) if old.status.may_become(next) => item.status = next,
            Some(_) => faults.add(
                "status",
                "GUILD_SCHEDULED_EVENT_INVALID_STATUS_TRANSITION",
                "Invalid status transition.",
            ),
            None => choice(&mut faults, "status", "1, 2, 3, 4"),
        }
    }
    if faults.0.is_empty() {
        Ok(item)
    } else {
        Err(faults)
    }
}

fn choice(faults: &mut Faults, field: &str, of: &str) {
    let message = format!("Value must be one of {{{of}}}.");
    faults.add(field, "BASE_TYPE_CHOICES", &message);
}

/// Takes over what the body says.
fn fill(item: &mut Item, body: &Value, now: DateTime<Utc>, faults: &mut Faults) {
    if let Some(name) = body.get("name") {
        text(faults, "name", name, 1..=100, &mut item.name);
    }
    match body.get("description") {
        None => {}
        Some(Value::Null) => item.description.clear(),
        Some(description) => {
            text(
                faults,
                "description",
                description,
                0..=1000,
                &mut item.description,
            );
        }
    }
    if let Some(metadata) = body.get("entity_metadata").filter(|data| !data.is_null()) {
        match metadata.get("location").filter(|place| !place.is_null()) {
            Some(place) => text(
                faults,
                "entity_metadata.location",
                place,
                1..=100,
                &mut item.location,
            ),
            None => faults.required("entity_metadata.location"),
        }
    }
    if body.get("privacy_level").is_some_and(|level| level != 2) {
        choice(faults, "privacy_level", "2");
    }
    if body
        .get("entity_type")
        .is_some_and(|kind| *kind != 3 && !kind.is_null())
    {
        choice(faults, "entity_type", "3");
    }
    if body
        .get("channel_id")
        .is_some_and(|channel| !channel.is_null())
    {
        faults.add(
            "channel_id",
            "BASE_TYPE_CHOICES",
            "An external event has no channel.",
        );
    }
    times(item, body, now, faults);
    match body.get("image") {
        None => {}
        Some(Value::Null) => item.image = None,
        Some(image) => match image.as_str().and_then(picture) {
            Some(bytes) => item.image = Some(bytes),
            None => faults.add("image", "IMAGE_INVALID", "Invalid image."),
        },
    }
}

fn times(item: &mut Item, body: &Value, now: DateTime<Utc>, faults: &mut Faults) {
    let mut told = false;
    for (field, place) in [
        ("scheduled_start_time", &mut item.start),
        ("scheduled_end_time", &mut item.end),
    ] {
        let Some(value) = body.get(field).filter(|value| !value.is_null()) else {
            continue;
        };
        told = true;
        match value
            .as_str()
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        {
            None => faults.add(field, "DATE_TIME_TYPE_PARSE", "Could not parse a datetime."),
            Some(moment) if moment <= now => {
                let code = "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST";
                faults.add(field, code, "Cannot schedule event in the past.");
            }
            Some(moment) if moment.to_utc() > now + TimeDelta::days(5 * 365) => {
                let code = "GUILD_SCHEDULED_EVENT_SCHEDULE_TOO_FAR";
                faults.add(
                    field,
                    code,
                    "Cannot schedule event more than 5 years ahead.",
                );
            }
            Some(moment) => *place = moment.to_utc(),
        }
    }
    if told && faults.0.is_empty() && item.end <= item.start {
        let code = "GUILD_SCHEDULED_EVENT_SCHEDULE_END_BEFORE_START";
        faults.add(
            "scheduled_end_time",
            code,
            "The end must be after the start.",
        );
    }
}

/// Lengths are counted in UTF-16 units, the strictest of the counts that Discord might use.
fn text(
    faults: &mut Faults,
    field: &str,
    value: &Value,
    lengths: std::ops::RangeInclusive<usize>,
    place: &mut String,
) {
    let Some(text) = value.as_str() else {
        return faults.add(field, "BASE_TYPE_BAD_TYPE", "Must be a string.");
    };
    let length = text.encode_utf16().count();
    if length > *lengths.end() {
        let message = format!("Must be {} or fewer in length.", lengths.end());
        faults.add(field, "BASE_TYPE_MAX_LENGTH", &message);
    } else if length < *lengths.start() || (*lengths.start() > 0 && text.trim().is_empty()) {
        faults.required(field);
    } else {
        text.clone_into(place);
    }
}

/// The bytes of a data URI that holds a JPEG, PNG or GIF of at most 8 MB.
fn picture(uri: &str) -> Option<Vec<u8>> {
    let (kind, data) = uri.strip_prefix("data:image/")?.split_once(";base64,")?;
    let bytes = STANDARD.decode(data).ok()?;
    let fits = match kind {
        "jpeg" | "jpg" => bytes.starts_with(b"\xff\xd8\xff"),
        "png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "gif" => bytes.starts_with(b"GIF8"),
        _ => false,
    };
    (fits && bytes.len() <= 8 * 1024 * 1024).then_some(bytes)
}
