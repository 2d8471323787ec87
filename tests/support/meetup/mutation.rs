//! What changes events, and what is refused in the payload of a mutation.

use super::item::{Item, ONLINE, Status, from_iso};
use super::{GROUP, GROUP_ID, Photo, World};
use crate::support::exchange::{Reply, Request};
use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

/// A payload error. Meetup does not document its codes.
struct Wrong(&'static str, Option<&'static str>, &'static str);

impl Wrong {
    fn to_json(&self) -> Value {
        json!({"code": self.0, "field": self.1, "message": self.2})
    }
}

const GONE: Wrong = Wrong("not_found", Some("eventId"), "event not found");
/// What an edit answers to parameters that it does not like.
const PARAMETERS: Wrong = Wrong("invalid_params", None, "Invalid event edit params");

impl World {
    /// The payload of one mutation.
    pub fn mutate(&mut self, name: &str, input: &Value) -> Value {
        let done = match name {
            "createEvent" => self.create(input),
            "editEvent" => self.edit(input),
            "publishEventDraft" => self.publish(input),
            "announceEvent" => self.announce(input),
            "deleteEvent" => return self.delete(input),
            _ => return self.photo(input),
        };
        match done {
            Ok(index) => json!({"event": self.shown(&self.items[index]), "errors": null}),
            Err(wrong) => json!({"event": null, "errors": [wrong.to_json()]}),
        }
    }

    /// Ids rise.
    pub fn new_id(&mut self) -> String {
        self.next_id += 1;
        (self.next_id - 1).to_string()
    }

    fn find(&self, input: &Value) -> Result<usize, Wrong> {
        let found = self
            .items
            .iter()
            .position(|item| input["eventId"] == item.id);
        found.ok_or(GONE)
    }

    fn create(&mut self, input: &Value) -> Result<usize, Wrong> {
        if input["groupUrlname"] != GROUP {
            return Err(Wrong("not_found", Some("groupUrlname"), "group not found"));
        }
        let now = self.clock.now();
        let mut item = self.fill(Item::new(String::new(), now, now), input)?;
        if input["publishStatus"] == "DRAFT" {
            item.status = Status::Draft;
        }
        item.self_rsvp = input["selfRsvp"].as_bool().unwrap_or(true);
        item.id = self.new_id();
        self.items.push(item);
        Ok(self.items.len() - 1)
    }

    fn edit(&mut self, input: &Value) -> Result<usize, Wrong> {
        let index = self.find(input)?;
        let mut item = self.items[index].clone();
        if item.status == Status::Cancelled {
            return Err(PARAMETERS);
        }
        if self.switches.edits_replace {
            item.venue = None;
            item.how_to_find_us.clear();
            item.duration = TimeDelta::hours(3);
            item.photo = None;
            item.limit = 0;
        }
        let mut item = self.fill(item, input)?;
        match input["publishStatus"].as_str() {
            Some("PUBLISHED") => item.status = Status::Active,
            Some("DRAFT") if item.status == Status::Active => return Err(PARAMETERS),
            _ => {}
        }
        self.items[index] = item;
        Ok(index)
    }

    fn publish(&mut self, input: &Value) -> Result<usize, Wrong> {
        let index = self.find(input)?;
        let item = &mut self.items[index];
        if item.status != Status::Draft {
            return Err(Wrong("not_draft", Some("eventId"), "event is not a draft"));
        }
        item.status = Status::Active;
        Ok(index)
    }

    /// E-mails all members.
    fn announce(&mut self, input: &Value) -> Result<usize, Wrong> {
        let index = self.find(input)?;
        self.announced.push(self.items[index].id.clone());
        Ok(index)
    }

    /// Cancels with `removeFromCalendar: false`, deletes otherwise.
    fn delete(&mut self, input: &Value) -> Value {
        match self.find(input) {
            Err(wrong) => json!({"success": false, "errors": [wrong.to_json()]}),
            Ok(index) => {
                if input["removeFromCalendar"] == false {
                    self.items[index].status = Status::Cancelled;
                } else {
                    self.items.remove(index);
                }
                json!({"success": true, "errors": null})
            }
        }
    }

    /// Takes over what the input says, for a new event and for an old one.
    fn fill(&self, mut item: Item, input: &Value) -> Result<Item, Wrong> {
        let text = |name: &str| input[name].as_str();
        if let Some(title) = text("title") {
            if title.is_empty() || title.encode_utf16().count() > 80 {
                let message = "title must have 1 to 80 characters";
                return Err(Wrong("validation_error", Some("title"), message));
            }
            title.clone_into(&mut item.title);
        }
        if let Some(description) = text("description") {
            if description.encode_utf16().count() > 50_000 {
                let message = "description may not be longer than 50000 characters";
                return Err(Wrong("validation_error", Some("description"), message));
            }
            description.clone_into(&mut item.description);
        }
        if let Some(start) = text("startDateTime") {
            item.start = local(start, self.zone).ok_or(PARAMETERS)?;
        }
        if let Some(duration) = text("duration") {
            item.duration = from_iso(duration).ok_or(PARAMETERS)?;
        }
        match text("venueId") {
            None => {}
            Some("" | "0") => item.venue = None,
            Some("online" | ONLINE) => item.venue = Some(ONLINE.to_owned()),
            Some(id) if self.venues.contains_key(id) => item.venue = Some(id.to_owned()),
            Some(_) => {
                let message = "Your location does not exist or can't be found";
                return Err(Wrong("venue_id_error", Some("venueId"), message));
            }
        }
        if let Some(hint) = text("howToFindUs") {
            hint.clone_into(&mut item.how_to_find_us);
        }
        match input["featuredPhotoId"].as_u64() {
            None => {}
            Some(0) => item.photo = None,
            Some(id)
                if self
                    .photos
                    .get(&id)
                    .is_some_and(|photo| photo.bytes.is_some()) =>
            {
                item.photo = Some(id);
            }
            Some(_) => {
                let message = "photo not found in this group";
                return Err(Wrong("validation_error", Some("featuredPhotoId"), message));
            }
        }
        if let Some(limit) = input["rsvpSettings"]["rsvpLimit"].as_u64() {
            item.limit = limit;
        }
        if input["eventHosts"]
            .as_array()
            .is_some_and(|hosts| hosts.len() > 5)
        {
            let message = "no more than 5 hosts";
            return Err(Wrong("validation_error", Some("eventHosts"), message));
        }
        if text("question").is_some_and(|text| text.encode_utf16().count() > 250) {
            let message = "question may not be longer than 250 characters";
            return Err(Wrong("validation_error", Some("question"), message));
        }
        Ok(item)
    }

    /// Makes a place for a photo; its bytes are PUT there.
    fn photo(&mut self, input: &Value) -> Value {
        if input["groupId"] != GROUP_ID {
            let wrong = Wrong("not_found", Some("groupId"), "group not found");
            return json!({"error": wrong.to_json(), "imagePath": null, "photo": null, "uploadUrl": null});
        }
        let id = 530_000_001 + self.photos.len() as u64;
        let kind = input["contentType"].as_str().unwrap().to_lowercase();
        let photo = Photo {
            content_type: format!("image/{kind}"),
            bytes: None,
            main: input["setAsMain"] == true,
        };
        self.photos.insert(id, photo);
        let path = "https://secure-content.meetupstatic.com/images/classic-events/";
        json!({
            "error": null, "imagePath": path, "photo": {"id": id.to_string(), "baseUrl": path},
            "uploadUrl": format!("{}/upload/{id}?signature=EXAMPLE", self.base),
        })
    }

    /// The bytes of a photo. The address is signed; a second signature is refused, as object stores do.
    pub fn upload(&mut self, request: &Request) -> Reply {
        let id = request.path.trim_start_matches("/upload/").parse().ok();
        let photo = id.and_then(|id: u64| self.photos.get_mut(&id));
        match photo {
            Some(_) if request.header("authorization").is_some() => Reply::empty(400),
            Some(photo)
                if request.query == "signature=EXAMPLE"
                    && request.header("content-type") == Some(&photo.content_type) =>
            {
                photo.bytes = Some(request.body.clone());
                Reply::empty(200)
            }
            _ => Reply::empty(403),
        }
    }
}

/// A local time of `zone` without an offset, as an instant: the earlier of two, and shifted by the gap where the clocks jump.
fn local(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let naive = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    let found = zone.from_local_datetime(&naive).earliest();
    let found = found.or_else(|| {
        let before = zone
            .from_local_datetime(&(naive - TimeDelta::hours(3)))
            .earliest()?;
        Some(before + TimeDelta::hours(3))
    });
    found.map(|moment| moment.to_utc())
}
