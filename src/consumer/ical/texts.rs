//! The texts that people read, and the templates that ship for them.

use crate::template::{Form, Text};

/// SUMMARY.
pub(super) const SUMMARY: Text = Text {
    name: "ical.summary",
    form: Form::Line,
    shipped: include_str!("templates/summary.jinja"),
};
/// LOCATION.
pub(super) const LOCATION: Text = Text {
    name: "ical.location",
    form: Form::Line,
    shipped: include_str!("templates/location.jinja"),
};
/// DESCRIPTION, without the marker.
pub(super) const DESCRIPTION: Text = Text {
    name: "ical.description",
    form: Form::Plain,
    shipped: include_str!("templates/description.jinja"),
};
/// All of them.
pub(super) const ALL: &[Text] = &[SUMMARY, LOCATION, DESCRIPTION];
