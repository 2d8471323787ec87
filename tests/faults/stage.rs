//! A scene in which every kind of exchange takes place in the next run, and what must be true in the end.

use crate::stories::scene::{Scene, in_days};
use crate::support::exchange::Request;
use crate::support::kronos::{Kronos, Run};
use crate::support::meetup::{self, Meetup};
use crate::support::server::Server;

/// The consumer of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Discord,
    Meetup,
}

/// A scene about to see an edit, a cancellation, a deletion, a loss at the consumer and a new event; and a person's own
/// item that nobody may touch.
pub struct Stage {
    pub scene: Scene,
    pub meetup: Option<Meetup>,
    edited: String,
    cancelled: String,
    deleted: String,
    lost: String,
    fresh: String,
    foreign: String,
    /// The ids of the items of the event that is to be cancelled, and of that which is to be deleted.
    ids: [String; 2],
}

impl Stage {
    /// With four events that stand already, and all changes made at the source.
    pub fn set(service: Service) -> Self {
        let mut scene = Scene::new();
        // Less than a start of the command takes: each listing may trust what the run before did.
        scene.kronos.set("sync", "settle", "\"5ms\"");
        let meetup = (service == Service::Meetup).then(Meetup::start);
        if let Some(meetup) = &meetup {
            scene.kronos.remove("consumers.guild");
            let bare = std::mem::take(&mut scene.kronos);
            scene.kronos = bare.meetup("city", meetup);
        }
        let at = in_days(4);
        let foreign = match &meetup {
            Some(meetup) => meetup.by_hand("Plenum", "<p>Ours, not theirs.</p>", at),
            None => scene.discord.by_hand("Plenum", "Ours, not the bot's.", at),
        };
        let mut stage = Self {
            edited: scene.event("Rust night", 3),
            cancelled: scene.event("Repair café", 5),
            deleted: scene.event("Board games", 6),
            lost: scene.event("Radio", 7),
            fresh: String::new(),
            ids: Default::default(),
            foreign,
            scene,
            meetup,
        };
        stage.scene.kronos.run().ends_with(0);
        stage.ids = [
            stage.item_of(&stage.cancelled),
            stage.item_of(&stage.deleted),
        ];
        let lost = stage.item_of(&stage.lost);
        match &stage.meetup {
            Some(meetup) => meetup.delete_by_hand(&lost),
            None => stage.scene.discord.delete_by_hand(&lost),
        }
        let Scene { mobilizon, .. } = &stage.scene;
        stage
            .scene
            .at_rest(|| mobilizon.edit(&stage.edited, |entry| entry.title("Rust evening")));
        stage.scene.at_rest(|| mobilizon.cancel(&stage.cancelled));
        mobilizon.delete(&stage.deleted);
        stage.fresh = stage.scene.event("Cinema", 8);
        stage
    }

    /// The consumer's server.
    pub fn server(&self) -> &Server {
        match &self.meetup {
            Some(meetup) => &meetup.server,
            None => &self.scene.discord.server,
        }
    }

    /// The consumer's name.
    pub fn consumer(&self) -> &'static str {
        match self.meetup {
            Some(_) => "city",
            None => "guild",
        }
    }

    fn item_of(&self, uuid: &str) -> String {
        let url = self.scene.mobilizon.event_url(uuid);
        match &self.meetup {
            Some(meetup) => meetup.live_with(&url)[0].id.clone(),
            None => self.scene.discord.live_with(&url)[0].id.clone(),
        }
    }

    /// The titles and times of the live items that carry an event's URL.
    fn live_with(&self, url: &str) -> Vec<String> {
        let line = |title: &str, start, end| format!("{title} {start} to {end}");
        match &self.meetup {
            Some(meetup) => meetup
                .live_with(url)
                .iter()
                .map(|item| {
                    let draft = if item.status == meetup::Status::Draft {
                        "draft "
                    } else {
                        ""
                    };
                    draft.to_owned() + &line(&item.title, item.start, item.end())
                })
                .collect(),
            None => self
                .scene
                .discord
                .live_with(url)
                .iter()
                .map(|item| line(&item.name, item.start, item.end))
                .collect(),
        }
    }

    /// What must hold at every moment: the foreign item is as it was, what is cancelled is not deleted, and nothing but the
    /// deleted event's item was ever asked to go.
    pub fn is_decent(&self) -> Result<(), String> {
        let [cancelled, deleted] = &self.ids;
        let (foreign, called_off) = match &self.meetup {
            Some(meetup) => (
                meetup.item(&self.foreign).map(|item| item.title),
                meetup.item(cancelled).is_some(),
            ),
            None => (
                self.scene.discord.item(&self.foreign).map(|item| item.name),
                self.scene.discord.item(cancelled).is_some(),
            ),
        };
        check(
            foreign.as_deref() == Some("Plenum"),
            "the person's own item was touched",
        )?;
        check(called_off, "the cancelled event's item was deleted")?;
        for request in self.server().requests(0) {
            if removes(&request) {
                let names_it = request.path.ends_with(deleted)
                    || request.json()["variables"]["input"]["eventId"] == deleted.as_str();
                check(names_it, "an item of another event was to be deleted")?;
            }
            let text = String::from_utf8_lossy(&request.body);
            check(
                !request.path.ends_with(&self.foreign) && !text.contains(&self.foreign),
                "the person's own item was asked for",
            )?;
        }
        Ok(())
    }

    /// Everything is as the source says: one item with the source's fields for each event that stands, none for the others.
    pub fn is_true(&self) -> Result<(), String> {
        self.is_decent()?;
        for uuid in [&self.edited, &self.lost, &self.fresh] {
            let entry = self.scene.mobilizon.entry(uuid);
            let wanted = format!(
                "{} {} to {}",
                entry.title,
                entry.begins,
                entry.effective_end()
            );
            let found = self.live_with(&self.scene.mobilizon.event_url(uuid));
            check(
                found == [wanted.clone()],
                &format!("{wanted:?} is {found:?}"),
            )?;
        }
        for uuid in [&self.cancelled, &self.deleted] {
            let found = self.live_with(&self.scene.mobilizon.event_url(uuid));
            check(found.is_empty(), &format!("still there: {found:?}"))?;
        }
        let (live, created) = match &self.meetup {
            Some(meetup) => (meetup.live().len(), applied(&meetup.server, "createEvent")),
            None => {
                let discord = &self.scene.discord;
                (discord.live().len(), applied(&discord.server, "POST"))
            }
        };
        check(live == 4, &format!("{live} live items instead of 4"))?;
        check(
            created == 6,
            &format!("{created} items were made in all, not 6"),
        )
    }
}

/// Lets a day pass for the state: every stored time lies a day further back.
pub fn a_day_passes(kronos: &Kronos) {
    let db = rusqlite::Connection::open(kronos.path("state/kronos.db")).unwrap();
    let day = 24 * 3600 * 1000 + 1;
    db.execute_batch(&format!(
        "UPDATE meta SET value = value - {day} WHERE name LIKE 'patience:%' OR name = 'settle_floor';
         UPDATE source_group SET read_at = read_at - {day}, whole_at = whole_at - {day};
         UPDATE membership SET missing_since = missing_since - {day};
         UPDATE consumer SET full_at = full_at - {day};
         UPDATE delivery SET since = since - {day}, last_mutation = last_mutation - {day}, not_before = not_before - {day};"
    ))
    .unwrap();
}

/// A run ends with a documented code and without a panic.
pub fn is_orderly(run: &Run) -> Result<(), String> {
    let all = format!("{}\n{}", run.stdout, run.stderr);
    check(
        run.code.is_some_and(|code| [0, 1, 3, 4].contains(&code)),
        &format!("it ended with {:?}: {all}", run.code),
    )?;
    check(!all.contains("panicked"), &format!("it panicked: {all}"))
}

/// `problem` unless it holds.
pub fn check(holds: bool, problem: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(problem.into()) }
}

/// Whether a request takes an item away.
pub fn removes(request: &Request) -> bool {
    request.method == "DELETE"
        || (request.asks_for("deleteEvent")
            && request.json()["variables"]["input"]["removeFromCalendar"] == true)
}

/// How many creations reached the service.
pub fn applied(server: &Server, creation: &str) -> usize {
    let made = |request: &Request| match creation {
        "POST" => request.method == "POST",
        field => request.asks_for(field),
    };
    let exchanges = server.exchanges();
    exchanges
        .iter()
        .filter(|exchange| exchange.applied && made(&exchange.request))
        .count()
}

/// A kind of exchange, by the request that begins it.
#[derive(Clone, Copy)]
pub struct Exchange {
    pub name: &'static str,
    /// At whose stage it takes place.
    pub stage: Service,
    /// It is the provider's.
    pub at_source: bool,
    /// It changes something, so that it matters whether it was handled.
    pub changes: bool,
    pub is: fn(&Request) -> bool,
}

const fn reading(name: &'static str, stage: Service, is: fn(&Request) -> bool) -> Exchange {
    Exchange {
        name,
        stage,
        at_source: false,
        changes: false,
        is,
    }
}

const fn change(name: &'static str, stage: Service, is: fn(&Request) -> bool) -> Exchange {
    Exchange {
        changes: true,
        ..reading(name, stage, is)
    }
}

const fn source(name: &'static str, is: fn(&Request) -> bool) -> Exchange {
    Exchange {
        at_source: true,
        ..reading(name, Service::Discord, is)
    }
}

fn query(request: &Request, name: &str) -> bool {
    let json = request.json();
    json["query"]
        .as_str()
        .is_some_and(|query| query.contains(name))
}

fn takes_away(request: &Request, removed: bool) -> bool {
    request.asks_for("deleteEvent")
        && request.json()["variables"]["input"]["removeFromCalendar"] == removed
}

/// Mobilizon's.
pub const MOBILIZON: &[Exchange] = &[
    source("probe", |r| query(r, "query Probe")),
    source("page", |r| !r.json()["variables"]["page"].is_null()),
    source("confirm", |r| query(r, "query Confirm")),
    source("event page", |r| r.path.starts_with("/events/")),
];

/// Discord's.
pub const DISCORD: &[Exchange] = &[
    reading("me", Service::Discord, |r| r.path.ends_with("/users/@me")),
    reading("list", Service::Discord, |r| {
        r.method == "GET" && r.path.ends_with("/scheduled-events")
    }),
    reading("look", Service::Discord, |r| {
        r.method == "GET" && r.path.contains("/scheduled-events/")
    }),
    change("create", Service::Discord, |r| r.method == "POST"),
    change("update", Service::Discord, |r| {
        r.method == "PATCH" && r.json()["status"].is_null()
    }),
    change("cancel", Service::Discord, |r| {
        r.method == "PATCH" && !r.json()["status"].is_null()
    }),
    change("delete", Service::Discord, |r| r.method == "DELETE"),
];

/// Meetup's.
pub const MEETUP: &[Exchange] = &[
    reading("token", Service::Meetup, |r| r.path == "/oauth2/access"),
    reading("list", Service::Meetup, |r| query(r, "query GroupEvents")),
    reading("look", Service::Meetup, |r| query(r, "query Event(")),
    change("create", Service::Meetup, |r| r.asks_for("createEvent")),
    change("publish", Service::Meetup, |r| {
        r.asks_for("publishEventDraft")
    }),
    change("edit", Service::Meetup, |r| r.asks_for("editEvent")),
    change("cancel", Service::Meetup, |r| takes_away(r, false)),
    change("delete", Service::Meetup, |r| takes_away(r, true)),
];
