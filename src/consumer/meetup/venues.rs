//! Which places are which venues at Meetup: it has no search for venues, so the configuration says.

use crate::event::Place;
use crate::kind::KindError;
use serde::Serialize;
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;

/// The map of venues: folded addresses and names, and Meetup's numbers for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Venues(BTreeMap<String, String>);

impl Venues {
    /// Takes the map as it is configured.
    ///
    /// # Errors
    /// A venue that is not a number, an empty place, or one place with two venues.
    pub fn new(configured: &BTreeMap<String, String>) -> Result<Self, KindError> {
        let mut venues = BTreeMap::new();
        for (place, venue) in configured {
            let venue = venue.trim();
            // "0" takes a venue away, and "online" is no place.
            if venue.is_empty() || venue == "0" || !venue.bytes().all(|byte| byte.is_ascii_digit())
            {
                return Err(KindError::value(
                    &format!("venues.{place:?}"),
                    format!("{venue:?} is not a venue's number"),
                    "write the digits of the venue's id at Meetup, e.g. \"26906060\"",
                ));
            }
            let folded = fold(place);
            if folded.is_empty() {
                return Err(KindError::value(
                    "venues",
                    "one place is empty",
                    "write it as \"street, postal code locality\" or as the place's name",
                ));
            }
            if let Some(other) = venues.insert(folded, venue.to_string())
                && other != venue
            {
                return Err(KindError::value(
                    &format!("venues.{place:?}"),
                    format!("is given both {other} and {venue}"),
                    "keep one; case and white space make no difference",
                ));
            }
        }
        Ok(Self(venues))
    }

    /// The venue of a place: by its address as `street, postal code locality`, else by its name.
    pub fn find(&self, place: &Place) -> Option<&str> {
        [place.address(), place.name.clone()]
            .into_iter()
            .flatten()
            .find_map(|text| self.0.get(&fold(&text)))
            .map(String::as_str)
    }
}

/// One form for all spellings that differ in case, white space or the composition of letters only.
fn fold(text: &str) -> String {
    let lower = text.nfc().collect::<String>().to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn venues(rows: &[(&str, &str)]) -> Result<Venues, KindError> {
        let rows = rows
            .iter()
            .map(|(place, venue)| (place.to_string(), venue.to_string()));
        Venues::new(&rows.collect())
    }

    fn place() -> Place {
        Place {
            name: Some("Entropia e.V.".into()),
            street: Some("Steinstr. 23".into()),
            postal_code: Some("76133".into()),
            locality: Some("Karlsruhe".into()),
            ..Place::default()
        }
    }

    #[test]
    fn a_place_is_found_by_its_address() {
        let venues = venues(&[("Steinstr. 23, 76133 Karlsruhe", "26906060")]).unwrap();
        assert_eq!(venues.find(&place()), Some("26906060"));
    }

    #[test]
    fn a_place_is_found_by_its_name() {
        let venues = venues(&[("Entropia e.V.", "5")]).unwrap();
        assert_eq!(venues.find(&place()), Some("5"));
    }

    #[test]
    fn the_address_goes_before_the_name() {
        let venues = venues(&[
            ("Entropia e.V.", "5"),
            ("Steinstr. 23, 76133 Karlsruhe", "6"),
        ])
        .unwrap();
        assert_eq!(venues.find(&place()), Some("6"));
    }

    #[test]
    fn case_white_space_and_composition_make_no_difference() {
        let rows = [
            ("  STEINSTR.  23,\t76133 karlsruhe ", "7"),
            ("Cafe\u{301}", "8"),
        ];
        let venues = venues(&rows).unwrap();
        assert_eq!(venues.find(&place()), Some("7"));
        let cafe = Place {
            name: Some("café".into()),
            ..Place::default()
        };
        assert_eq!(venues.find(&cafe), Some("8"));
    }

    #[test]
    fn another_place_has_no_venue() {
        let venues = venues(&[("Steinstr. 24, 76133 Karlsruhe", "7")]).unwrap();
        assert_eq!(venues.find(&place()), None);
        assert_eq!(venues.find(&Place::default()), None);
    }

    #[test]
    fn a_venue_must_be_a_number_and_a_place_must_have_one() {
        for rows in [
            &[("a", "online")] as &[_],
            &[("a", "0")],
            &[("a", "")],
            &[(" ", "1")],
            &[("A", "1"), ("a", "2")],
        ] {
            assert!(
                matches!(venues(rows), Err(KindError::Value { .. })),
                "{rows:?}"
            );
        }
        assert!(venues(&[("A", "1"), ("a", "1")]).is_ok());
    }
}
