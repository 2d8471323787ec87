//! The GraphQL documents, as they are sent.

/// Lists the group's events, page by page.
pub const GROUP_EVENTS: &str = concat!(
    include_str!("group_events.graphql"),
    include_str!("listed.graphql")
);
/// Asks for the group's id and time zone.
pub const GROUP: &str = include_str!("group.graphql");
/// Asks who we are, and what we may do in the group.
pub const CHECK: &str = include_str!("check.graphql");
/// Asks for one event.
pub const EVENT: &str = concat!(
    include_str!("event.graphql"),
    include_str!("listed.graphql")
);
/// Makes a draft.
pub const CREATE: &str = include_str!("create_event.graphql");
/// Changes an event.
pub const EDIT: &str = include_str!("edit_event.graphql");
/// Publishes a draft.
pub const PUBLISH: &str = include_str!("publish_event.graphql");
/// E-mails all members about an event.
pub const ANNOUNCE: &str = include_str!("announce_event.graphql");
/// Cancels or deletes an event.
pub const DELETE: &str = include_str!("delete_event.graphql");
/// Asks for a place to put a picture.
pub const PHOTO: &str = include_str!("event_photo.graphql");
