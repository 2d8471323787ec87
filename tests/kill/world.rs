//! One source and everything that it is shared to: a guild, a Meetup group and a calendar file, each with items of people.

use crate::simulation::rng::Rng;
use crate::stories::scene::{Scene, in_days};
use crate::support::discord;
use crate::support::meetup::{self, Meetup};
use crate::support::server::Server;
use chrono::TimeDelta;
use std::collections::BTreeSet;
use std::fs;

/// What stands in the calendar file from the start and is nobody's but the person's who wrote it.
pub const PERSONS_BLOCK: &str = "BEGIN:VEVENT\r\nUID:plenum@example.org\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20990101T180000Z\r\nSUMMARY:Plenum\r\nEND:VEVENT\r\n";

/// The services that the command speaks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Mobilizon,
    Discord,
    Meetup,
}

/// An item that once was ours, as it must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    Cancelled,
    Live,
}

/// An event of the source, and what must have become of it where items outlive a cancellation.
#[derive(Debug, Clone)]
pub struct Known {
    pub uuid: String,
    /// Counts its edits; stands in its title and description.
    pub version: u32,
    /// In the order in which they came to be.
    pub items: Vec<Stand>,
    /// Deleted at the source.
    pub is_deleted: bool,
    /// A person's own item at Discord carries its URL: none of ours may stand beside it.
    pub is_linked: bool,
}

impl Known {
    /// Whether it stands at the source, and is not cancelled.
    pub fn is_live(&self) -> bool {
        self.items.last() == Some(&Stand::Live)
    }
}

/// How many requests of a kind must have been carried out in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    pub creates: usize,
    pub deletes: usize,
}

/// The world and what must be true of it.
pub struct World {
    pub scene: Scene,
    pub meetup: Meetup,
    pub events: Vec<Known>,
    /// The events that stood at every consumer when the world was last at rest.
    pub shared: BTreeSet<String>,
    /// The events that were cancelled or confirmed since then: a run must see the one before the other happens.
    pub turned: BTreeSet<String>,
    pub discord_count: Count,
    pub meetup_count: Count,
    /// People's items at both services as they were made: id and all that can be seen of them.
    pub persons: [Vec<(String, String)>; 2],
}

impl World {
    /// Nothing was shared yet.
    pub fn new(rng: &mut Rng) -> Self {
        let mut scene = Scene::new();
        scene.ago.set(100_000);
        scene.discord.limit(1_000_000, TimeDelta::seconds(1));
        let meetup = Meetup::start();
        let bare = std::mem::take(&mut scene.kronos);
        // Less than a start of the command takes: each listing may trust what the run before did.
        scene.kronos = bare
            .meetup("city", &meetup)
            .ical("calendar")
            .text("sync", "settle", "5ms");
        let mut world = Self {
            scene,
            meetup,
            events: Vec::new(),
            shared: BTreeSet::new(),
            turned: BTreeSet::new(),
            discord_count: Count::default(),
            meetup_count: Count::default(),
            persons: Default::default(),
        };
        world.people();
        for _ in 0..rng.between(3, 5) {
            world.appears(rng);
        }
        world
    }

    /// People made items of their own, of which one carries an event's URL.
    fn people(&mut self) {
        let Scene {
            discord, kronos, ..
        } = &self.scene;
        let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n";
        let text = format!("{head}{PERSONS_BLOCK}END:VCALENDAR\r\n");
        fs::write(kronos.calendar("calendar"), text).unwrap();
        discord.by_hand("Plenum", "Ours, not the bot's.", in_days(4));
        self.meetup
            .by_hand("Plenum", "<p>Ours, not theirs.</p>", in_days(4));
        let uuid = self.scene.event("Event 0, version 0", 30);
        let url = self.scene.mobilizon.event_url(&uuid);
        self.scene
            .discord
            .by_hand("Anniversary", &format!("See {url}"), in_days(30));
        self.meetup_count.creates += 1;
        self.events.push(Known {
            uuid,
            version: 0,
            items: vec![Stand::Live],
            is_deleted: false,
            is_linked: true,
        });
        self.persons = [self.seen_at_discord(), self.seen_at_meetup()];
    }

    /// A new event.
    pub fn appears(&mut self, rng: &mut Rng) {
        let number = self.events.len();
        let days = rng.between(2, 60);
        let picture = rng.chance(30).then(|| self.picture(number as u8));
        let uuid = self
            .scene
            .event_with(&format!("Event {number}, version 0"), days, |entry| {
                let entry = entry.description("<p>This is version 0.</p>");
                match picture {
                    Some(picture) => entry.picture(picture),
                    None => entry,
                }
            });
        self.discord_count.creates += 1;
        self.meetup_count.creates += 1;
        self.events.push(Known {
            uuid,
            version: 0,
            items: vec![Stand::Live],
            is_deleted: false,
            is_linked: false,
        });
    }

    /// A picture of one colour, at the source.
    fn picture(&self, shade: u8) -> serde_json::Value {
        let mut bytes = Vec::new();
        image::RgbImage::from_pixel(4, 4, image::Rgb([shade, 80, 160]))
            .write_to(
                &mut std::io::Cursor::new(&mut bytes),
                image::ImageFormat::Png,
            )
            .unwrap();
        self.scene
            .mobilizon
            .picture("poster.png", "image/png", &bytes)
    }

    /// The server of a service.
    pub fn server(&self, service: Service) -> &Server {
        match service {
            Service::Mobilizon => &self.scene.mobilizon.server,
            Service::Discord => &self.scene.discord.server,
            Service::Meetup => &self.meetup.server,
        }
    }

    /// How many exchanges each service has seen.
    pub fn counts(&self) -> [usize; 3] {
        [Service::Mobilizon, Service::Discord, Service::Meetup]
            .map(|service| self.server(service).count())
    }

    /// An event that stands, by its place in `events`; not the one that a person shares.
    pub fn pick_live(&self, rng: &mut Rng) -> Option<usize> {
        self.pick(rng, |event| event.is_live() && !event.is_linked)
    }

    /// The same, if it may be taken back.
    pub fn pick_settled(&self, rng: &mut Rng) -> Option<usize> {
        self.pick(rng, |event| {
            event.is_live() && !event.is_linked && !self.turned.contains(&event.uuid)
        })
    }

    /// An event that is cancelled.
    pub fn pick_cancelled(&self, rng: &mut Rng) -> Option<usize> {
        self.pick(rng, |event| {
            !event.is_live() && !event.is_deleted && !self.turned.contains(&event.uuid)
        })
    }

    fn pick(&self, rng: &mut Rng, test: impl Fn(&Known) -> bool) -> Option<usize> {
        let found: Vec<usize> = (0..self.events.len())
            .filter(|index| test(&self.events[*index]))
            .collect();
        (!found.is_empty()).then(|| *rng.pick(&found))
    }

    /// Everything was compared and is as it should be.
    pub fn is_at_rest(&mut self) {
        let live = self.events.iter().filter(|event| event.is_live());
        self.shared = live.map(|event| event.uuid.clone()).collect();
        self.turned.clear();
    }

    /// How many events stand.
    pub fn live(&self) -> usize {
        self.events.iter().filter(|event| event.is_live()).count()
    }

    /// The URL of an event, its marker.
    pub fn url(&self, event: &Known) -> String {
        self.scene.mobilizon.event_url(&event.uuid)
    }

    /// People's items at Discord as they stand now.
    pub fn seen_at_discord(&self) -> Vec<(String, String)> {
        let items = self.scene.discord.items().into_iter();
        items
            .filter(|item| item.creator == discord::ALICE)
            .map(|item| (item.id.clone(), format!("{item:?}")))
            .collect()
    }

    /// The person's item at Meetup as it stands now.
    pub fn seen_at_meetup(&self) -> Vec<(String, String)> {
        let items: Vec<meetup::Item> = self.meetup.items();
        items
            .into_iter()
            .filter(|item| !item.description.contains("/events/"))
            .map(|item| (item.id.clone(), format!("{item:?}")))
            .collect()
    }
}
