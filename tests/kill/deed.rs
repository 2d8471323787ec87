//! What happens between two runs: at the source, at the consumers, to the database.

use super::world::{Stand, World};
use crate::simulation::rng::Rng;
use crate::stories::scene::in_days;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// What a run finds before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Nothing was shared yet, and there is no database.
    First,
    Create,
    Update,
    Cancel,
    Delete,
    /// Cancelled events are confirmed again.
    Confirm,
    /// The database is lost: all that stands is to be adopted.
    Adopt,
    /// An older database was put back.
    Restore,
    /// The database is that of the version before, and is migrated.
    Upgrade,
    /// People meddled with our items, and everything is read again.
    Sweep,
    /// Several of them at once.
    Mixed,
}

/// All that can happen once the first run is over.
pub const LATER: [Deed; 10] = [
    Deed::Create,
    Deed::Update,
    Deed::Cancel,
    Deed::Delete,
    Deed::Confirm,
    Deed::Adopt,
    Deed::Restore,
    Deed::Upgrade,
    Deed::Sweep,
    Deed::Mixed,
];

/// So many events stand at least, lest a group be emptied, which is guarded.
const FEWEST: usize = 4;
/// So many stand at most, to keep the world small.
const MOST: usize = 8;

/// A copy of the database from an earlier time.
pub type Saved = BTreeMap<PathBuf, Vec<u8>>;

impl Deed {
    /// The arguments of a run that is to see it.
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Sweep => &["--full"],
            _ => &[],
        }
    }

    /// Whether the first run after it may find its database older than the world.
    pub fn loses_memory(self) -> bool {
        matches!(self, Self::Adopt | Self::Restore | Self::Mixed)
    }

    /// Lets it happen.
    pub fn happen(self, world: &mut World, saved: Option<&Saved>, rng: &mut Rng) {
        match self {
            Self::First => {}
            Self::Create => (0..rng.between(1, 2)).for_each(|_| world.create(rng)),
            Self::Update => (0..rng.between(1, 2)).for_each(|_| world.update(rng)),
            Self::Cancel => world.cancel(rng),
            Self::Delete => world.delete(rng),
            Self::Confirm => world.confirm(rng),
            Self::Adopt => world.lose(rng),
            Self::Restore => {
                if let Some(saved) = saved {
                    world.scene.kronos.restore_database(saved);
                }
                if rng.chance(50) {
                    world.create(rng);
                }
            }
            Self::Upgrade => {
                world.scene.kronos.age_database();
                world.update(rng);
            }
            Self::Sweep => world.meddle(rng),
            Self::Mixed => {
                world.create(rng);
                world.update(rng);
                world.cancel(rng);
                world.delete(rng);
                world.confirm(rng);
                if rng.chance(30) {
                    world.lose(rng);
                }
            }
        }
    }
}

impl World {
    fn create(&mut self, rng: &mut Rng) {
        if self.live() >= MOST {
            return self.delete(rng);
        }
        self.appears(rng);
    }

    fn update(&mut self, rng: &mut Rng) {
        let Some(index) = self.pick_live(rng) else {
            return;
        };
        let event = &mut self.events[index];
        event.version += 1;
        let version = event.version;
        let begins = rng.chance(40).then(|| in_days(rng.between(2, 60)));
        let scene = &self.scene;
        scene.at_rest(|| {
            scene.mobilizon.edit(&event.uuid, |entry| {
                let entry = entry
                    .title(&format!("Event {index}, version {version}"))
                    .description(&format!("<p>This is version {version}.</p>"));
                match begins {
                    Some(begins) => entry.begins(begins),
                    None => entry,
                }
            })
        });
    }

    fn cancel(&mut self, rng: &mut Rng) {
        if self.live() <= FEWEST {
            self.create(rng);
            return;
        }
        if let Some(index) = self.pick_settled(rng) {
            let event = &mut self.events[index];
            self.scene
                .at_rest(|| self.scene.mobilizon.cancel(&event.uuid));
            event.items.pop();
            self.turned.insert(event.uuid.clone());
            // What was never shared is not shared to be cancelled.
            if self.shared.contains(&event.uuid) {
                event.items.push(Stand::Cancelled);
            } else {
                self.discord_count.creates -= 1;
                self.meetup_count.creates -= 1;
            }
        }
    }

    fn delete(&mut self, rng: &mut Rng) {
        if self.live() <= FEWEST {
            return self.appears(rng);
        }
        if let Some(index) = self.pick_settled(rng) {
            let event = &mut self.events[index];
            self.scene.mobilizon.delete(&event.uuid);
            event.items.pop();
            event.is_deleted = true;
            if self.shared.contains(&event.uuid) {
                self.discord_count.deletes += 1;
                self.meetup_count.deletes += 1;
            } else {
                self.discord_count.creates -= 1;
                self.meetup_count.creates -= 1;
            }
        }
    }

    fn confirm(&mut self, rng: &mut Rng) {
        let Some(index) = self.pick_cancelled(rng) else {
            return;
        };
        let event = &mut self.events[index];
        self.scene
            .at_rest(|| self.scene.mobilizon.confirm(&event.uuid));
        event.items.push(Stand::Live);
        self.turned.insert(event.uuid.clone());
        self.discord_count.creates += 1;
        self.meetup_count.creates += 1;
    }

    /// The database goes, with or without all that stands beside it.
    fn lose(&mut self, rng: &mut Rng) {
        if rng.chance(50) {
            self.scene.kronos.delete_state();
        } else {
            self.scene.kronos.delete_database();
        }
    }

    /// People rename one of our items and remove another, at each consumer.
    fn meddle(&mut self, rng: &mut Rng) {
        let (Some(renamed), Some(removed)) = (self.pick_live(rng), self.pick_live(rng)) else {
            return;
        };
        let [renamed, removed] = [renamed, removed].map(|index| self.url(&self.events[index]));
        let (discord, meetup) = (&self.scene.discord, &self.meetup);
        for item in discord.live_with(&renamed) {
            discord.change_by_hand(&item.id, |item| item.name = "Party".into());
        }
        for item in meetup.live_with(&renamed) {
            meetup.change_by_hand(&item.id, |item| item.title = "Party".into());
        }
        if rng.chance(50) {
            for item in discord.live_with(&removed) {
                discord.delete_by_hand(&item.id);
                self.discord_count.creates += 1;
            }
        }
        if rng.chance(50) {
            for item in meetup.live_with(&removed) {
                meetup.delete_by_hand(&item.id);
                self.meetup_count.creates += 1;
            }
        }
        if rng.chance(50) {
            let path = self.scene.kronos.calendar("calendar");
            let text = fs::read_to_string(&path).unwrap();
            let text = text.replacen("SUMMARY:Event", "SUMMARY:Party", 1);
            fs::write(&path, text).unwrap();
        }
    }
}
