//! Discord: a guild's scheduled events.
//!
//! An event becomes a scheduled event of type EXTERNAL, made by the bot, with the event's URL as the last line of its
//! description. Discord has no idempotency key for it, but it names the creator and lists all live events in one answer.

use super::{Action, Capability, Consumer, Item, Kind, Listing, Operation, Outcome, Rendering};
use crate::check::Line;
use crate::event::{Event, EventKey, Field};
use crate::http::{Answer, Failure};
use crate::kind::{KindError, Section};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use config::Config;
use list::Remote;
use rate::Route;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use session::Session;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashSet};

pub(super) mod api;
mod apply;
mod check;
pub(super) mod config;
pub(super) mod fields;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod list;
pub(super) mod rate;
mod render;
pub(super) mod session;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod texts;
mod write;

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "discord",
    example: config::EXAMPLE,
    texts: texts::ALL,
    build,
};

fn build(section: &Section) -> Result<Box<dyn Consumer>, KindError> {
    Ok(Box::new(Discord::new(section)?))
}

/// One guild, and the bot that writes to it.
struct Discord {
    config: Config,
    session: Session,
    /// The bot's own id, once Discord has told it.
    bot: OnceCell<String>,
    /// The URLs of pictures that Discord refused in this run: they are not sent again.
    refused_pictures: RefCell<HashSet<String>>,
    /// Events whose picture could not be had in this run.
    left_out: RefCell<HashSet<EventKey>>,
}

impl Discord {
    fn new(section: &Section) -> Result<Self, KindError> {
        let config = Config::read(section)?;
        Ok(Self {
            session: Session::new(section, Some(config.token.clone())),
            config,
            bot: OnceCell::new(),
            refused_pictures: RefCell::default(),
            left_out: RefCell::default(),
        })
    }

    /// The guild's events, or the one with this id.
    fn url(&self, id: Option<&str>) -> url::Url {
        let events = ["guilds", &self.config.guild, "scheduled-events"];
        let path: Vec<&str> = events.into_iter().chain(id).collect();
        self.config.url(&path)
    }

    /// The bot's id, by which its own events are known; asked for once.
    async fn bot(&self) -> Result<&str, Failure> {
        #[derive(Deserialize)]
        struct Me {
            id: String,
        }
        if let Some(id) = self.bot.get() {
            return Ok(id);
        }
        let url = self.config.url(&["users", "@me"]);
        let answer = self.session.get(Route::Me, url).await?;
        let me: Me = self.read(&answer)?;
        Ok(self.bot.get_or_init(|| me.id))
    }

    /// The body of a successful answer.
    fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, Failure> {
        if !answer.is_success() {
            return Err(api::failure(answer, &self.config.guild));
        }
        answer
            .json()
            .map_err(|problem| Failure::Broken(format!("Discord's answer is {problem}")))
    }
}

#[async_trait(?Send)]
impl Consumer for Discord {
    fn target(&self) -> String {
        self.config.target()
    }

    fn capability(&self) -> Capability {
        Capability::Listed
    }

    fn rendering_version(&self) -> String {
        render::version(self.config.default_length) + &self.config.templates.version()
    }

    fn render(&self, event: &Event) -> Rendering {
        render::render(event, self.config.default_length, &self.config.templates)
    }

    fn texts(&self, rendering: &Rendering) -> Vec<(&'static str, String)> {
        vec![
            (texts::NAME.name, rendering.text_at("/name")),
            (
                texts::LOCATION.name,
                rendering.text_at("/entity_metadata/location"),
            ),
            (texts::DESCRIPTION.name, rendering.text_at("/description")),
        ]
    }

    async fn list(&self) -> Result<Listing, Failure> {
        let bot = self.bot().await?;
        let begun = self.session.now();
        let answer = self.session.get(Route::List, self.url(None)).await?;
        let remotes: Vec<Remote> = self.read(&answer)?;
        let items: Vec<Item> = remotes
            .into_iter()
            .filter_map(|remote| remote.item(&self.config.guild, bot))
            .collect();
        Ok(Listing {
            begun,
            room: Some(list::MOST.saturating_sub(items.len())),
            items,
        })
    }

    async fn look(&self, remote_id: &str) -> Result<Option<Item>, Failure> {
        let bot = self.bot().await?;
        let answer = self
            .session
            .get(Route::Look, self.url(Some(remote_id)))
            .await?;
        if api::says_gone(&answer) {
            return Ok(None);
        }
        let remote: Remote = self.read(&answer)?;
        Ok(remote.item(&self.config.guild, bot))
    }

    fn ready_at(&self, action: Action) -> Option<DateTime<Utc>> {
        match action {
            Action::Create => self.session.ready_at(Route::Create),
            Action::Update | Action::Cancel => self.session.ready_at(Route::Change),
            Action::Delete => self.session.ready_at(Route::Delete),
            Action::Publish | Action::Adopt => None,
        }
    }

    async fn apply(&self, operation: &Operation<'_>) -> Outcome {
        let refused = |problem: &str| Outcome::Refused(problem.into());
        match (operation.action, operation.remote_id, operation.rendering) {
            (Action::Publish, ..) => refused("Discord has no drafts"),
            (Action::Create | Action::Update, _, None) => {
                refused("there is nothing to show of the event")
            }
            (Action::Create, _, Some(rendering)) => self.create(operation, rendering).await,
            (_, None, _) => refused("the event's id at Discord is not known"),
            (Action::Update, _, Some(rendering)) => self.update(operation, rendering).await,
            (Action::Cancel, ..) => self.cancel(operation).await,
            (Action::Delete, ..) => self.delete(operation).await,
            (Action::Adopt, Some(id), _) => api::applied(Some(id.into()), &self.config.guild, None),
        }
    }

    fn left_out(&self, key: &EventKey) -> BTreeSet<Field> {
        let picture = self.left_out.borrow().contains(key);
        picture.then_some(Field::Picture).into_iter().collect()
    }

    fn requests(&self) -> u64 {
        self.session.http.requests()
    }

    fn refusals(&self) -> u64 {
        self.session.http.refusals()
    }

    async fn check(&self, offline: bool) -> Vec<Line> {
        if offline {
            return Vec::new();
        }
        self.checked().await
    }
}
