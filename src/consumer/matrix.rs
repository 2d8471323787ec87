//! Matrix: a message for each event in a room, edited in place.
//!
//! A message carries its event's URL twice: as its last line, for people, and under a key of its own in the content, by which
//! it is known again. Only its sender can edit a message, so what the room holds of ours is what was sent. A request sent twice
//! with one transaction id makes one message.

use super::{Capability, Consumer, Item, Kind, Listing, Operation, Outcome, Rendering};
use crate::check::Line;
use crate::event::Event;
use crate::http::{Failure, Http};
use crate::kind::{KindError, Section};
use crate::matrix::{Room, RoomEvent, Session};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use config::Config;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

mod apply;
mod check;
mod config;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod list;
mod render;
#[cfg(test)]
mod tests;
mod texts;

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "matrix",
    example: config::EXAMPLE,
    texts: texts::ALL,
    build,
};

/// How kronos names itself to a homeserver.
const USER_AGENT: &str = concat!("kronos/", env!("CARGO_PKG_VERSION"));
/// How many pages of our own messages are read at most; beyond them the list would not be complete.
const MOST_PAGES: usize = 200;

fn build(section: &Section) -> Result<Box<dyn Consumer>, KindError> {
    Ok(Box::new(Matrix::new(section)?))
}

/// A session of its own for whoever wants to write to rooms as this section's user, and the section's room. `purpose` tells its
/// device from that of the section's own session.
///
/// # Errors
/// As for a consumer of this section.
pub fn session(section: &Section, purpose: &str) -> Result<(Session, Room), KindError> {
    let config = Config::read(section)?;
    let http = Http::new(section.clock.clone(), section.timeout, USER_AGENT);
    let device = format!("{}_{purpose}", config.device());
    let session = Session::new(http, config.homeserver, config.credentials, device);
    Ok((session, config.room))
}

/// One room, and the user that writes to it.
struct Matrix {
    config: Config,
    session: Session,
    /// The room's id, once it is known.
    room: OnceCell<String>,
    /// Whether we are in the room, as far as is known.
    joined: Cell<bool>,
    /// The last edit of each message, as far as it was read in this run.
    edits: RefCell<HashMap<String, String>>,
}

impl Matrix {
    fn new(section: &Section) -> Result<Self, KindError> {
        let config = Config::read(section)?;
        let http = Http::new(section.clock.clone(), section.timeout, USER_AGENT);
        let session = Session::new(
            http,
            config.homeserver.clone(),
            config.credentials.clone(),
            config.device(),
        );
        Ok(Self {
            config,
            session,
            room: OnceCell::new(),
            joined: Cell::new(false),
            edits: RefCell::default(),
        })
    }

    fn now(&self) -> DateTime<Utc> {
        self.session.http().clock().now()
    }

    /// The room's id, asked for once.
    async fn room(&self) -> Result<&str, Failure> {
        if let Some(room) = self.room.get() {
            return Ok(room);
        }
        let room = self.session.resolve(&self.config.room).await?;
        Ok(self.room.get_or_init(|| room))
    }

    /// Every message of ours in the room, newest first.
    async fn messages(&self, room: &str) -> Result<Vec<RoomEvent>, Failure> {
        let (mut messages, mut from) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let page = self.session.own_messages(room, from.as_deref()).await?;
            messages.extend(page.events);
            match page.end {
                None => return Ok(messages),
                // Some homeservers name an end for ever.
                end if end == from => return Ok(messages),
                end => from = end,
            }
        }
        Err(Failure::Wrong(format!(
            "{} holds more messages of ours than can be read in a run ({MOST_PAGES} pages); let kronos write to a new room",
            self.config.room.as_str()
        )))
    }
}

#[async_trait(?Send)]
impl Consumer for Matrix {
    fn target(&self) -> String {
        format!("matrix:{}", self.config.room.as_str())
    }

    fn capability(&self) -> Capability {
        Capability::Listed
    }

    fn rendering_version(&self) -> String {
        render::version(self.config.ahead) + &self.config.templates.version()
    }

    fn render(&self, event: &Event) -> Rendering {
        render::render(event, self.config.ahead, &self.config.templates)
    }

    fn texts(&self, rendering: &Rendering) -> Vec<(&'static str, String)> {
        vec![
            (texts::BODY.name, rendering.text_at("/body")),
            (
                texts::FORMATTED_BODY.name,
                rendering.text_at("/formatted_body"),
            ),
        ]
    }

    async fn list(&self) -> Result<Listing, Failure> {
        let begun = self.now();
        let room = self.room().await?;
        self.joined.set(self.session.is_in(room).await?);
        // A dry run lists, too, so that nobody is joined here: the first message does it.
        let messages = match self.joined.get() {
            true => self.messages(room).await?,
            false => Vec::new(),
        };
        let user = self.session.user().await?;
        let found = list::messages(messages, user);
        let items = found.iter().map(|message| message.item(room)).collect();
        let mut edits = self.edits.borrow_mut();
        edits.extend(found.into_iter().filter_map(list::Message::last_edit));
        Ok(Listing {
            begun,
            items,
            room: None,
        })
    }

    async fn look(&self, remote_id: &str) -> Result<Option<Item>, Failure> {
        let room = self.room().await?;
        let user = self.session.user().await?;
        let Some(event) = self.session.event(room, remote_id).await? else {
            return Ok(None);
        };
        let with_edit = event.edit().into_iter().chain([event]).collect();
        let found = list::messages(with_edit, user).into_iter().next();
        Ok(found.map(|message| message.item(room)))
    }

    fn ready_at(&self, _: super::Action) -> Option<DateTime<Utc>> {
        self.session.patience()
    }

    async fn apply(&self, operation: &Operation<'_>) -> Outcome {
        self.carry_out(operation).await
    }

    fn requests(&self) -> u64 {
        self.session.http().requests()
    }

    async fn check(&self, offline: bool) -> Vec<Line> {
        match offline {
            true => Vec::new(),
            false => self.checked().await,
        }
    }
}
