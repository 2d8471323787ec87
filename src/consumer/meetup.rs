//! Meetup: events of one group, through its GraphQL (`gql-ext`).
//!
//! Meetup has no key for idempotency and no time of the last change, and names no creator. So an event is created as a
//! draft, its id is stored, and it is published by a request of its own; the last line of its description is the marker.
//! Facts are those of Meetup's schema as introspected in October 2025; where only its clients tell something, it is said.

use super::{Action, Capability, Consumer, Item, Kind, Listing, Operation, Outcome, Rendering};
use crate::check::Line;
use crate::event::{Event, EventKey, Field};
use crate::http::{Failure, Http};
use crate::kind::{KindError, Section};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

mod api;
mod apply;
mod check;
mod config;
mod documents;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod input;
mod list;
mod memory;
mod node;
mod payload;
mod photo;
mod render;
mod reply;
mod texts;
mod times;
mod token;
mod venues;

#[cfg(test)]
mod tests;

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "meetup",
    example: r#"[consumers.city]
type = "meetup"
group = "rust-karlsruhe"                       # the part after https://www.meetup.com/
client_key = "…"                               # of an OAuth client, which needs a Meetup Pro subscription
member_id = "…"                                # an organiser of the group, in whose name events are made
signing_key_id = "…"
signing_key_file = "/etc/kronos/meetup.pem"    # or instead of these four: access_token_file
publish = true                                 # false leaves drafts for a person to publish
# announce = false                             # true: Meetup e-mails all members of every event that is published
# venues = { "Steinstr. 23, 76133 Karlsruhe" = "26906060" }
# default_length = "2h"                        # for events without an end
# api_url = "https://api.meetup.com/gql-ext"
# token_url = "https://secure.meetup.com/oauth2/access"
"#,
    texts: texts::ALL,
    build,
};

fn build(section: &Section) -> Result<Box<dyn Consumer>, KindError> {
    let (config, access) = config::Config::of(section)?;
    let name = concat!("kronos/", env!("CARGO_PKG_VERSION"));
    let http = Http::new(section.clock.clone(), section.timeout, name);
    let tokens = token::Tokens::new(access, config.token_url.clone());
    Ok(Box::new(Meetup {
        api: api::Api::new(http, config.api_url.clone(), tokens),
        config,
        memory: memory::Memory::default(),
    }))
}

/// One group at Meetup.
struct Meetup {
    config: config::Config,
    api: api::Api,
    memory: memory::Memory,
}

#[async_trait(?Send)]
impl Consumer for Meetup {
    fn target(&self) -> String {
        self.config.target()
    }

    fn capability(&self) -> Capability {
        Capability::Draft
    }

    fn rendering_version(&self) -> String {
        self.config.rendering_version() + &self.config.templates.version()
    }

    fn render(&self, event: &Event) -> Rendering {
        render::render(&self.config, event)
    }

    fn texts(&self, rendering: &Rendering) -> Vec<(&'static str, String)> {
        vec![
            (texts::TITLE.name, rendering.text_at("/title")),
            (texts::PLACE.name, rendering.text_at("/howToFindUs")),
            (texts::DESCRIPTION.name, rendering.text_at("/description")),
        ]
    }

    async fn list(&self) -> Result<Listing, Failure> {
        let begun = self.api.http.clock().now();
        let (group, nodes) = list::events(&self.api, &self.config.group, begun).await?;
        self.memory.keep_group(group);
        let live = nodes.iter().filter(|node| node.is_live(begun));
        let items = live.map(|node| {
            self.memory.keep(node);
            node.item(begun)
        });
        Ok(Listing {
            begun,
            items: items.collect(),
            room: None,
        })
    }

    async fn look(&self, remote_id: &str) -> Result<Option<Item>, Failure> {
        let now = self.api.http.clock().now();
        let seen = self.memory.event(remote_id);
        let id = seen.as_ref().map_or(remote_id, |seen| &seen.id);
        let node = list::event(&self.api, id)
            .await?
            .filter(|node| node.is_live(now));
        Ok(node.map(|node| {
            self.memory.keep(&node);
            node.item(now)
        }))
    }

    fn ready_at(&self, _action: Action) -> Option<DateTime<Utc>> {
        self.api.ready_at()
    }

    async fn apply(&self, operation: &Operation<'_>) -> Outcome {
        let step = match operation.action {
            Action::Create => self.create(operation).await,
            Action::Publish => self.publish(operation).await,
            Action::Update => self.update(operation).await,
            Action::Cancel => self.take_away(operation, false).await,
            Action::Delete => self.take_away(operation, true).await,
            Action::Adopt => Ok(Outcome::Applied {
                remote_id: operation.remote_id.map(Into::into),
                remote_url: operation.item.and_then(|item| item.remote_url.clone()),
                note: None,
            }),
        };
        step.unwrap_or_else(|outcome| outcome)
    }

    fn left_out(&self, key: &EventKey) -> BTreeSet<Field> {
        let picture = self.memory.is_left_out(key);
        picture.then_some(Field::Picture).into_iter().collect()
    }

    fn requests(&self) -> u64 {
        self.api.http.requests()
    }

    fn refusals(&self) -> u64 {
        self.api.http.refusals()
    }

    async fn check(&self, offline: bool) -> Vec<Line> {
        if offline {
            return Vec::new();
        }
        self.checked().await
    }
}
