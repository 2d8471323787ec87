//! Announcements in a Discord channel: a message for each event, kept as the event is, and reminders before it begins.
//!
//! A bot names itself as the author of its messages and can list them: the event's URL is the embed's. A web hook can neither be
//! listed nor does it recognise a request that is sent again, so that what it may have posted is left to the operator.

use super::discord::api::{Trouble, no_answer};
use super::discord::rate::{Limit, Route};
use super::discord::session::Session;
use super::{Action, Capability, Consumer, Item, Kind, Listing, Operation, Outcome, Rendering};
use crate::check::Line;
use crate::event::Event;
use crate::http::{Answer, Failure, Method};
use crate::kind::{KindError, Section};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use config::{Access, Config, Reminder};
use message::Message;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

mod answer;
mod check;
mod config;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod message;
mod render;
#[cfg(test)]
mod tests;
mod texts;

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "discord-channel",
    example: config::EXAMPLE,
    texts: texts::ALL,
    build: |section| Ok(Box::new(News::new(section)?)),
};

/// How many messages one answer holds.
const PAGE: usize = 100;
/// So many pages are read at most: a channel in which more is said is none for announcements.
const PAGES: usize = 50;
/// What was announced may be listed for so long after it could have been announced at the earliest; what stands longer, since
/// the event was postponed, is asked for by its id.
const KEPT: TimeDelta = TimeDelta::days(60);
/// The longest `nonce` (Discord API docs, "Create Message").
const NONCE: usize = 25;

/// The channel, and the bot or web hook that writes to it.
struct Channel {
    config: Config,
    session: Session,
    bot: OnceCell<String>,
    guild: OnceCell<String>,
}

/// The announcements of a channel, or one of its reminders.
struct News {
    channel: Rc<Channel>,
    reminder: Option<Reminder>,
    requests: Cell<u64>,
}

impl News {
    fn new(section: &Section) -> Result<Self, KindError> {
        let config = Config::read(section)?;
        let token = match &config.access {
            Access::Bot { token, .. } => Some(token.clone()),
            Access::Hook(_) => None,
        };
        Ok(Self {
            channel: Rc::new(Channel {
                session: Session::new(section, token),
                config,
                bot: OnceCell::new(),
                guild: OnceCell::new(),
            }),
            reminder: None,
            requests: Cell::new(0),
        })
    }

    fn count(&self) {
        self.requests.set(self.requests.get() + 1);
    }

    async fn fetch<T: DeserializeOwned>(&self, route: Route, url: url::Url) -> Result<T, Failure> {
        self.count();
        let answer = self.channel.session.get(route, url).await?;
        self.read(&answer)
    }

    fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, Failure> {
        if !answer.is_success() {
            return Err(answer::failure(answer, &self.channel.config));
        }
        answer
            .json()
            .map_err(|problem| Failure::Broken(format!("Discord's answer is {problem}")))
    }

    /// The bot's id, by which its own messages are known, and the guild, by which they have an address; asked for once.
    async fn introduce(&self) -> Result<&str, Failure> {
        let config = &self.channel.config;
        if self.channel.guild.get().is_none() {
            let channel: Value = self.fetch(Route::Channel, config.url(&[])).await?;
            let guild = channel["guild_id"].as_str().unwrap_or("@me");
            self.channel.guild.get_or_init(|| guild.into());
        }
        if let Some(id) = self.channel.bot.get() {
            return Ok(id);
        }
        let me: Value = self.fetch(Route::Me, config.api(&["users", "@me"])).await?;
        let id = me["id"].as_str();
        let id = id.ok_or_else(|| Failure::Broken("Discord does not name the bot".into()))?;
        Ok(self.channel.bot.get_or_init(|| id.into()))
    }

    /// Where people see a message.
    fn page(&self, id: &str) -> Option<String> {
        let (guild, config) = (self.channel.guild.get()?, &self.channel.config);
        let Access::Bot { channel, .. } = &config.access else {
            return None;
        };
        Some(format!(
            "https://discord.com/channels/{guild}/{channel}/{id}"
        ))
    }

    fn item(&self, message: Message, bot: &str) -> Option<Item> {
        let page = self.page(&message.id);
        message.item(bot, self.reminder.as_ref(), page)
    }

    /// The messages since the earliest moment at which something that matters was announced, a page at a time.
    async fn messages(&self, since: DateTime<Utc>) -> Result<Vec<Message>, Failure> {
        let mut all: Vec<Message> = Vec::new();
        let mut after = message::snowflake(since);
        for _ in 0..PAGES {
            let mut url = self.channel.config.url(&["messages"]);
            url.query_pairs_mut()
                .append_pair("limit", &PAGE.to_string())
                .append_pair("after", &after.to_string());
            let page: Vec<Message> = self.fetch(Route::Messages, url).await?;
            let is_last = page.len() < PAGE;
            after = page.iter().map(Message::number).max().unwrap_or(after);
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
        Err(Failure::Wrong(format!(
            "more than {} messages were sent to the channel lately; give kronos a channel of its own",
            PAGE * PAGES
        )))
    }

    async fn send(&self, operation: &Operation<'_>) -> Outcome {
        let (session, config) = (&self.channel.session, &self.channel.config);
        let (route, method) = match operation.action {
            Action::Create => (Route::Post, Method::POST),
            Action::Delete => (Route::Remove, Method::DELETE),
            _ => (Route::Edit, Method::PATCH),
        };
        let mut request = session.request(method, config.message_url(operation.remote_id));
        if operation.action != Action::Delete {
            let Some(rendering) = operation.rendering else {
                return Outcome::Refused("there is nothing to show of the event".into());
            };
            let mut body = rendering.payload.clone();
            // Whatever the text says, nobody is called.
            body["allowed_mentions"] = json!({ "parse": [] });
            if operation.action == Action::Create && self.capability() == Capability::Listed {
                let nonce: String = operation.idempotency_key.chars().take(NONCE).collect();
                body["nonce"] = json!(nonce);
                body["enforce_nonce"] = json!(true);
            }
            request = request.json(&body);
        }
        self.count();
        match session.send(route, request).await {
            Ok(answer) => {
                let outcome = answer::outcome(operation.action, &answer, config);
                self.with_page(outcome)
            }
            Err(fault) => no_answer(fault),
        }
    }

    fn with_page(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Applied {
                remote_id: Some(id),
                note,
                ..
            } => Outcome::Applied {
                remote_url: self.page(&id),
                remote_id: Some(id),
                note,
            },
            other => other,
        }
    }
}

#[async_trait(?Send)]
impl Consumer for News {
    fn target(&self) -> String {
        let target = self.channel.config.target();
        match &self.reminder {
            Some(reminder) => format!("{target}/{}", reminder.name()),
            None => target,
        }
    }

    fn capability(&self) -> Capability {
        match self.channel.config.access {
            Access::Bot { .. } => Capability::Listed,
            Access::Hook(_) => Capability::Blind,
        }
    }

    fn rendering_version(&self) -> String {
        let config = &self.channel.config;
        render::version(config, self.reminder.as_ref()) + &config.templates.version()
    }

    fn render(&self, event: &Event) -> Rendering {
        render::render(event, &self.channel.config, self.reminder.as_ref())
    }

    fn texts(&self, rendering: &Rendering) -> Vec<(&'static str, String)> {
        vec![
            (texts::CONTENT.name, rendering.text_at("/content")),
            (texts::TITLE.name, rendering.text_at("/embeds/0/title")),
            (
                texts::DESCRIPTION.name,
                rendering.text_at("/embeds/0/description"),
            ),
        ]
    }

    async fn list(&self) -> Result<Listing, Failure> {
        let bot = self.introduce().await?;
        let begun = self.channel.session.now();
        let since = begun - self.channel.config.ahead - KEPT;
        let messages = self.messages(since).await?;
        Ok(Listing {
            begun,
            room: None,
            items: messages
                .into_iter()
                .filter_map(|message| self.item(message, bot))
                .collect(),
        })
    }

    async fn look(&self, remote_id: &str) -> Result<Option<Item>, Failure> {
        let bot = self.introduce().await?;
        let url = self.channel.config.url(&["messages", remote_id]);
        self.count();
        let answer = self.channel.session.get(Route::Message, url).await?;
        if answer::says_gone(&answer) {
            return Ok(None);
        }
        let message: Message = self.read(&answer)?;
        Ok(self.item(message, bot))
    }

    fn ready_at(&self, action: Action) -> Option<DateTime<Utc>> {
        let route = match action {
            Action::Create => Route::Post,
            Action::Delete => Route::Remove,
            Action::Update | Action::Cancel => Route::Edit,
            Action::Publish | Action::Adopt => return None,
        };
        self.channel.session.ready_at(route)
    }

    async fn apply(&self, operation: &Operation<'_>) -> Outcome {
        match (operation.action, operation.remote_id) {
            (Action::Publish | Action::Adopt, _) => {
                Outcome::Refused("Discord has no drafts of messages".into())
            }
            (Action::Update | Action::Cancel | Action::Delete, None) => {
                Outcome::Refused("the message's id is not known".into())
            }
            _ => self.send(operation).await,
        }
    }

    fn requests(&self) -> u64 {
        self.requests.get()
    }

    fn parts(&self) -> Vec<(String, Box<dyn Consumer>)> {
        let part = |reminder: &Reminder| {
            let news = Self {
                channel: self.channel.clone(),
                reminder: Some(reminder.clone()),
                requests: Cell::new(0),
            };
            (reminder.name(), Box::new(news) as Box<dyn Consumer>)
        };
        match self.reminder {
            Some(_) => Vec::new(),
            None => self.channel.config.remind.iter().map(part).collect(),
        }
    }

    fn window(&self) -> Option<TimeDelta> {
        self.reminder.as_ref().map(|reminder| reminder.before)
    }

    async fn check(&self, offline: bool) -> Vec<Line> {
        match (offline, &self.reminder, &self.channel.config.access) {
            (true, ..) | (_, Some(_), _) => Vec::new(),
            (_, _, Access::Bot { channel, .. }) => self.checked(channel).await,
            (_, _, Access::Hook(_)) => self.hook_checked().await,
        }
    }
}
