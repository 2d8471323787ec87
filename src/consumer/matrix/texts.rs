//! The texts that people read, and the templates that ship for them.

use crate::template::{Form, Text};

/// The message in plain text, without the marker.
pub(super) const BODY: Text = Text {
    name: "matrix.body",
    form: Form::Plain,
    shipped: include_str!("templates/body.jinja"),
};
/// The same with markup, without the marker.
pub(super) const FORMATTED_BODY: Text = Text {
    name: "matrix.formatted_body",
    form: Form::HtmlWithDel,
    shipped: include_str!("templates/formatted_body.jinja"),
};
/// All of them.
pub(super) const ALL: &[Text] = &[BODY, FORMATTED_BODY];
