//! The texts that people read, and the templates that ship for them.

use crate::template::{Form, Text};

/// The title.
pub(super) const TITLE: Text = Text {
    name: "meetup.title",
    form: Form::Line,
    shipped: include_str!("templates/title.jinja"),
};
/// How to find an event that has no venue.
pub(super) const PLACE: Text = Text {
    name: "meetup.place",
    form: Form::Line,
    shipped: include_str!("templates/place.jinja"),
};
/// The description, without the marker.
pub(super) const DESCRIPTION: Text = Text {
    name: "meetup.description",
    form: Form::Html,
    shipped: include_str!("templates/description.jinja"),
};
/// All of them.
pub(super) const ALL: &[Text] = &[TITLE, PLACE, DESCRIPTION];
