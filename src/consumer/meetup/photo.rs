//! Cover pictures: a place is asked for, the bytes are put there, and the event names the photo.

use super::api::Api;
use super::documents::PHOTO;
use super::input;
use super::reply::said;
use crate::consumer::Outcome;
use crate::event::EventKey;
use crate::http::{Method, Request, is_loopback};
use crate::picture::{self, Format, Picture};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

/// The largest picture that is put there, in bytes. Meetup documents no limit.
const LARGEST: usize = 4 * 1024 * 1024;

/// A place for a picture.
#[derive(Debug, PartialEq, Eq)]
pub struct Slot {
    /// Where the bytes go.
    pub url: Url,
    /// The photo's id, by which an event names it.
    pub id: i32,
}

/// Why an event goes without its picture.
pub enum Trouble {
    /// The picture alone failed; the event goes on without it.
    Note(String),
    /// As `Note`; another time it may come.
    Passing(String),
    /// As `Note`; besides, this member may not bring pictures at all.
    Forbidden(String),
    /// Meetup asks us to wait, which holds for the event, too; nothing of it was sent.
    Later(Outcome),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    upload_url: Option<String>,
    photo: Option<Photo>,
    error: Option<Complaint>,
}

#[derive(Deserialize)]
struct Photo {
    id: String,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(default)]
    message: String,
}

/// Brings the picture at `url` of the event `key` to `group`. Gives the photo's id.
///
/// # Errors
/// As [`Trouble`] says. A photo that no event names is invisible, so nothing is lost by a failure half-way.
pub async fn bring(api: &Api, group: &str, key: &EventKey, url: &str) -> Result<i32, Trouble> {
    let picture = picture::fetch(&api.http, key, url, LARGEST)
        .await
        .map_err(|missing| match missing.may_come {
            true => Trouble::Passing(missing.to_string()),
            false => Trouble::Note(missing.to_string()),
        })?;
    let slot = match api.change(PHOTO, input::photo(group, picture.format)).await {
        Ok(data) => slot(data).map_err(Trouble::Passing)?,
        Err(
            later @ Outcome::Later {
                retry_at: Some(_), ..
            },
        ) => return Err(Trouble::Later(later)),
        // The event itself is the one more request that shows whether the credentials are refused altogether.
        Err(Outcome::Unauthorised(reason)) => return Err(Trouble::Forbidden(reason)),
        Err(Outcome::Refused(reason)) => return Err(Trouble::Note(reason)),
        Err(Outcome::Ambiguous(reason) | Outcome::Later { reason, .. }) => {
            return Err(Trouble::Passing(reason));
        }
        Err(_) => return Err(Trouble::Note("Meetup did not take it".into())),
    };
    put(api, slot, picture).await.map_err(Trouble::Passing)
}

/// The place that Meetup gives, by the data of its answer.
///
/// # Errors
/// A sentence for the report.
pub fn slot(mut data: Map<String, Value>) -> Result<Slot, String> {
    let payload = data.remove("createGroupEventPhoto").unwrap_or_default();
    let payload: Payload = serde_json::from_value(payload)
        .map_err(|error| format!("Meetup's answer about the photo cannot be read ({error})"))?;
    if let Some(complaint) = payload.error {
        return Err(format!("Meetup: {}", said(&complaint.message)));
    }
    let url = payload.upload_url.and_then(|url| Url::parse(&url).ok());
    let id = payload.photo.and_then(|photo| photo.id.parse().ok());
    match (url, id) {
        (Some(url), Some(id)) => Ok(Slot { url, id }),
        _ => Err("Meetup named no place for it".into()),
    }
}

/// Puts the bytes and gives the photo's id. The address is signed, and is another service's: it gets no `Authorization`.
///
/// # Errors
/// A sentence for the report.
pub async fn put(api: &Api, slot: Slot, picture: Picture) -> Result<i32, String> {
    if is_loopback(&slot.url) && !is_loopback(api.url()) {
        return Err("Meetup named this machine as the place for it".into());
    }
    let kind = match picture.format {
        Format::Jpeg => "image/jpeg",
        Format::Png => "image/png",
        Format::Gif => "image/gif",
    };
    let request = Request::new(Method::PUT, slot.url).body(picture.bytes, kind);
    match api.http.send(request).await {
        Ok(answer) if answer.is_success() => Ok(slot.id),
        Ok(answer) => Err(format!("its upload was answered {}", answer.status)),
        Err(fault) => Err(fault.to_string()),
    }
}
