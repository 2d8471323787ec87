//! The texts that people read, and the templates that ship for them.

use crate::template::{Form, Text};

/// The name.
pub(super) const NAME: Text = Text {
    name: "discord.name",
    form: Form::Line,
    shipped: include_str!("templates/name.jinja"),
};
/// Where it takes place.
pub(super) const LOCATION: Text = Text {
    name: "discord.location",
    form: Form::Line,
    shipped: include_str!("templates/location.jinja"),
};
/// The description, without the marker.
pub(super) const DESCRIPTION: Text = Text {
    name: "discord.description",
    form: Form::Markdown,
    shipped: include_str!("templates/description.jinja"),
};
/// All of them.
pub(super) const ALL: &[Text] = &[NAME, LOCATION, DESCRIPTION];
