//! What a component says of an event besides its times.

use crate::event::{Description, Place, Status};
use calcard::icalendar::{
    ICalendarClassification, ICalendarComponent, ICalendarEntry, ICalendarParameterName,
    ICalendarProperty, ICalendarStatus, ICalendarValue,
};
use url::Url;

/// Ends of paths by which pictures are known where no type is given.
const PICTURES: [&str; 6] = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"];

/// The text of the property `name`, trimmed; `None` if it is empty.
pub fn text(part: &ICalendarComponent, name: &ICalendarProperty) -> Option<String> {
    part.property(name)
        .and_then(|entry| entry.values.first()?.as_text())
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// Whether it may be shown to everybody. A CLASS that nobody knows is private (RFC 5545, 3.8.1.3).
pub fn is_public(part: &ICalendarComponent) -> bool {
    part.property(&ICalendarProperty::Class)
        .and_then(|entry| entry.values.first())
        .is_none_or(|value| {
            matches!(
                value,
                ICalendarValue::Classification(ICalendarClassification::Public)
            )
        })
}

/// STATUS; what is not said takes place.
pub fn status(part: &ICalendarComponent) -> Status {
    match part.status() {
        Some(ICalendarStatus::Cancelled) => Status::Cancelled,
        Some(ICalendarStatus::Tentative) => Status::Tentative,
        _ => Status::Confirmed,
    }
}

/// DESCRIPTION.
pub fn description(part: &ICalendarComponent) -> Option<Description> {
    text(part, &ICalendarProperty::Description).map(Description::Plain)
}

/// LOCATION and GEO, and the web address that CONFERENCE (RFC 7986, 5.11) or LOCATION give.
pub fn place(part: &ICalendarComponent) -> (Option<Place>, Option<String>) {
    let (name, linked) = text(part, &ICalendarProperty::Location)
        .map_or((None, None), |location| without_link(&location));
    let conference = part
        .properties(&ICalendarProperty::Conference)
        .filter_map(|entry| web(entry.values.first()?.as_text()?))
        .next();
    let coordinates = coordinates(part);
    let place = (name.is_some() || coordinates.is_some()).then(|| Place {
        name,
        coordinates,
        ..Place::default()
    });
    (place, conference.or(linked))
}

/// CATEGORIES, lower-cased and sorted.
pub fn tags(part: &ICalendarComponent) -> Vec<String> {
    let mut tags: Vec<String> = part
        .properties(&ICalendarProperty::Categories)
        .flat_map(|entry| &entry.values)
        .filter_map(|value| value.as_text())
        .map(|tag| tag.trim().to_lowercase())
        .filter(|tag| !tag.is_empty())
        .collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// IMAGE (RFC 7986, 5.10), else an ATTACH that is a picture.
pub fn picture(part: &ICalendarComponent) -> Option<String> {
    let uri = |entry: &ICalendarEntry| web(entry.values.first()?.as_text()?);
    part.properties(&ICalendarProperty::Image)
        .find_map(uri)
        .or_else(|| {
            part.properties(&ICalendarProperty::Attach)
                .filter(|entry| is_picture(entry))
                .find_map(uri)
        })
}

/// URL, if it leads to the web.
pub fn link(part: &ICalendarComponent) -> Option<String> {
    web(&text(part, &ICalendarProperty::Url)?)
}

fn is_picture(entry: &ICalendarEntry) -> bool {
    let kind = entry
        .parameters(&ICalendarParameterName::Fmttype)
        .find_map(|kind| kind.as_text());
    match kind {
        Some(kind) => kind.to_ascii_lowercase().starts_with("image/"),
        None => entry
            .values
            .first()
            .and_then(|value| Url::parse(value.as_text()?).ok())
            .is_some_and(|url| {
                let path = url.path().to_ascii_lowercase();
                PICTURES.iter().any(|end| path.ends_with(end))
            }),
    }
}

fn coordinates(part: &ICalendarComponent) -> Option<(String, String)> {
    let values = &part.property(&ICalendarProperty::Geo)?.values;
    let [latitude, longitude] = values.as_slice() else {
        return None;
    };
    let (latitude, longitude) = (latitude.as_float()?, longitude.as_float()?);
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0)
        .then(|| (latitude.to_string(), longitude.to_string()))
}

/// `location` without the first web address in it, and that address.
fn without_link(location: &str) -> (Option<String>, Option<String>) {
    let found = location
        .split_whitespace()
        .map(|word| word.trim_matches(['<', '>', '(', ')', '[', ']', ',', ';', '"']))
        .find_map(|word| Some((word, web(word)?)));
    let Some((word, link)) = found else {
        return (Some(location.to_owned()), None);
    };
    let rest = location.replacen(word, "", 1);
    let rest = rest
        .trim_matches(|c: char| c.is_whitespace() || "<>()[],;-–|/:".contains(c))
        .to_owned();
    ((!rest.is_empty()).then_some(rest), Some(link))
}

/// `text`, if it is an http(s) URL.
fn web(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let plain = text.trim().bytes().all(|byte| byte.is_ascii_graphic());
    let allowed = matches!(url.scheme(), "http" | "https") && url.has_host();
    allowed.then(|| match plain {
        true => text.trim().to_owned(),
        false => url.to_string(),
    })
}
