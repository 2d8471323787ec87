//! The texts that people read, and the templates that ship for them.

use crate::template::{Form, Text};

/// What stands above the embed: of a reminder only, unless a template says otherwise.
pub(super) const CONTENT: Text = Text {
    name: "discord-channel.content",
    form: Form::Markdown,
    shipped: include_str!("templates/content.jinja"),
};
/// The embed's title.
pub(super) const TITLE: Text = Text {
    name: "discord-channel.title",
    form: Form::MarkdownLine,
    shipped: include_str!("templates/title.jinja"),
};
/// The embed's text.
pub(super) const DESCRIPTION: Text = Text {
    name: "discord-channel.description",
    form: Form::Markdown,
    shipped: include_str!("templates/description.jinja"),
};
/// All of them.
pub(super) const ALL: &[Text] = &[CONTENT, TITLE, DESCRIPTION];
