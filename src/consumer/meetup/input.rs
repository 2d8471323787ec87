//! The variables of the mutations. Pure, so that a test can hold them against Meetup's schema.

use super::render::Shown;
use super::times;
use crate::picture::Format;
use chrono_tz::Tz;
use serde_json::{Value, json};

/// `createEvent`: always a draft, so that nothing is public before its id is stored.
pub fn create(group: &str, shown: &Shown, zone: Tz, photo: Option<i32>) -> Value {
    let mut input = json!({
        "groupUrlname": group,
        "title": shown.title,
        "description": shown.description,
        "startDateTime": times::local(shown.start, zone),
        "duration": shown.duration,
        "publishStatus": "DRAFT",
        // By default the member whose key this is would take part in every event.
        "selfRsvp": false,
    });
    if let Some(venue) = &shown.venue_id {
        input["venueId"] = json!(venue);
    }
    if !shown.how_to_find_us.is_empty() {
        input["howToFindUs"] = json!(shown.how_to_find_us);
    }
    if shown.rsvp_limit > 0 {
        input["rsvpSettings"] = json!({ "rsvpLimit": shown.rsvp_limit });
    }
    if let Some(photo) = photo {
        input["featuredPhotoId"] = json!(photo);
    }
    json!({ "input": input })
}

/// `editEvent`: every field that kronos owns, since it is disputed whether what is left out stays.
///
/// `publishStatus` would default to PUBLISHED and publish a draft by the way, so it says what the event is already.
pub fn edit(id: &str, shown: &Shown, zone: Tz, photo: Option<i32>, is_draft: bool) -> Value {
    let mut input = json!({
        "eventId": id,
        "title": shown.title,
        "description": shown.description,
        "startDateTime": times::local(shown.start, zone),
        // Documented as milliseconds; the clients in use send ISO 8601 here, too.
        "duration": shown.duration,
        "venueId": shown.venue_id.as_deref().unwrap_or("0"),
        "howToFindUs": shown.how_to_find_us,
        "rsvpSettings": { "rsvpLimit": shown.rsvp_limit },
        "publishStatus": if is_draft { "DRAFT" } else { "PUBLISHED" },
    });
    if let Some(photo) = photo {
        input["featuredPhotoId"] = json!(photo);
    }
    json!({ "input": input })
}

/// `publishEventDraft` and `announceEvent`.
pub fn event(id: &str) -> Value {
    json!({ "input": { "eventId": id } })
}

/// `deleteEvent`: taken away, or called off and left in the calendar as such.
pub fn delete(id: &str, is_removed: bool) -> Value {
    json!({ "input": { "eventId": id, "removeFromCalendar": is_removed } })
}

/// `createGroupEventPhoto`: a place for a picture, which is not to become the group's own.
pub fn photo(group: &str, format: Format) -> Value {
    let kind = match format {
        Format::Jpeg => "JPEG",
        Format::Png => "PNG",
        Format::Gif => "GIF",
    };
    json!({ "input": {
        "groupId": group,
        "contentType": kind,
        "photoType": "GROUP_PHOTO",
        "setAsMain": false,
    } })
}
