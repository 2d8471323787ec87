//! Every consumer, compared with the source: nothing twice, lost, stale or wrongly deleted, nothing of people's touched.

use super::world::{Count, Known, PERSONS_BLOCK, Stand, World};
use crate::faults::stage::{applied, check, removes};
use crate::support::discord;
use crate::support::exchange::Request;
use crate::support::meetup;
use crate::support::mobilizon::Entry;
use crate::support::server::Server;
use rusqlite::Connection;
use std::fs;

impl World {
    /// What must hold at every moment.
    pub fn is_decent(&self) -> Result<(), String> {
        check(
            self.persons == [self.seen_at_discord(), self.seen_at_meetup()],
            "a person's own item was touched",
        )?;
        check(
            self.calendar().contains(PERSONS_BLOCK),
            "a person's own entry in the calendar was touched",
        )?;
        let deletes = [
            (
                removed(&self.scene.discord.server),
                self.discord_count.deletes,
            ),
            (removed(&self.meetup.server), self.meetup_count.deletes),
        ];
        for (found, most) in deletes {
            check(
                found <= most,
                &format!("{found} items were deleted, {most} were to be"),
            )?;
        }
        Ok(())
    }

    /// Everything stands as the source has it.
    pub fn is_true(&self) -> Result<(), String> {
        self.is_decent()?;
        for event in &self.events {
            let entry = (!event.is_deleted).then(|| self.scene.mobilizon.entry(&event.uuid));
            let tell = |problem: String| format!("{}: {problem}", event.uuid);
            self.at_discord(event, entry.as_ref()).map_err(tell)?;
            self.at_meetup(event, entry.as_ref()).map_err(tell)?;
            self.in_the_calendar(event, entry.as_ref()).map_err(tell)?;
        }
        let counts = [
            Count {
                creates: applied(&self.scene.discord.server, "POST"),
                deletes: removed(&self.scene.discord.server),
            },
            Count {
                creates: applied(&self.meetup.server, "createEvent"),
                deletes: removed(&self.meetup.server),
            },
        ];
        let wanted = [self.discord_count, self.meetup_count];
        check(
            counts == wanted,
            &format!("at Discord and Meetup there were {counts:?}, not {wanted:?}"),
        )?;
        let known = |description: &str| self.events.iter().any(|e| description.contains(&e.uuid));
        let strange = self
            .meetup
            .items()
            .iter()
            .any(|item| item.description.contains("/events/") && !known(&item.description));
        check(!strange, "an item of no event stands at Meetup")?;
        check(
            self.meetup.announced().is_empty(),
            "something was announced",
        )?;
        self.is_sound()
    }

    fn at_discord(&self, event: &Known, entry: Option<&Entry>) -> Result<(), String> {
        let mut items = self.scene.discord.items();
        let url = self.url(event);
        items.retain(|item| item.creator == discord::BOT && item.description.contains(&url));
        let stands = items.iter().map(|item| match item.status {
            discord::Status::Scheduled => Ok(Stand::Live),
            discord::Status::Canceled => Ok(Stand::Cancelled),
            other => Err(format!("at Discord it is {other:?}")),
        });
        let stands = stands.collect::<Result<Vec<_>, _>>()?;
        let wanted: &[Stand] = if event.is_linked { &[] } else { &event.items };
        check(
            stands == wanted,
            &format!("at Discord it stands as {stands:?}, not {wanted:?}"),
        )?;
        let (Some(entry), Some(item)) = (entry, items.last().filter(|item| item.is_live())) else {
            return Ok(());
        };
        let text = format!("This is version {}.", event.version);
        let holds = item.name == entry.title
            && item.start == entry.begins
            && item.end == entry.effective_end()
            && item.description.starts_with(&text)
            && item.description.ends_with(&url)
            && item.image.is_some() != entry.picture.is_null();
        check(
            holds,
            &format!("at Discord it is stale: {item:?}, not {entry:?}"),
        )
    }

    fn at_meetup(&self, event: &Known, entry: Option<&Entry>) -> Result<(), String> {
        let mut items = self.meetup.items();
        let url = self.url(event);
        items.retain(|item| item.description.contains(&url));
        let stands = items.iter().map(|item| match item.status {
            meetup::Status::Active => Ok(Stand::Live),
            meetup::Status::Cancelled => Ok(Stand::Cancelled),
            meetup::Status::Draft => Err("at Meetup it is still a draft".to_owned()),
        });
        let stands = stands.collect::<Result<Vec<_>, _>>()?;
        check(
            stands == event.items,
            &format!("at Meetup it stands as {stands:?}, not {:?}", event.items),
        )?;
        let (Some(entry), Some(item)) = (entry, items.last().filter(|item| item.is_live())) else {
            return Ok(());
        };
        let photos = self.meetup.photos();
        let photo = item.photo.and_then(|id| photos[&id].bytes.as_ref());
        let text = format!("This is version {}.", event.version);
        let holds = item.title == entry.title
            && item.start == entry.begins
            && item.end() == entry.effective_end()
            && (item.description.contains(&text) || event.is_linked)
            && photo.is_some() != entry.picture.is_null();
        check(
            holds,
            &format!("at Meetup it is stale: {item:?}, not {entry:?}"),
        )
    }

    fn in_the_calendar(&self, event: &Known, entry: Option<&Entry>) -> Result<(), String> {
        let text = self.calendar().replace("\r\n ", "");
        let key = format!("X-KRONOS-KEY:{}\r\n", self.url(event));
        let blocks = text.split("BEGIN:VEVENT\r\n").skip(1);
        let blocks: Vec<&str> = blocks.filter(|block| block.contains(&key)).collect();
        let (Some(entry), Some(last)) = (entry, event.items.last()) else {
            return check(
                blocks.is_empty(),
                "it stands in the calendar and should not",
            );
        };
        check(
            blocks.len() == 1,
            &format!("it stands {} times in the calendar", blocks.len()),
        )?;
        let lines: Vec<String> = match last {
            Stand::Cancelled => vec!["STATUS:CANCELLED".into()],
            Stand::Live => vec![
                "STATUS:CONFIRMED".into(),
                // RFC 5545, 3.3.11.
                format!("SUMMARY:{}", entry.title.replace(',', "\\,")),
            ],
        };
        for line in lines {
            check(
                blocks[0].contains(&format!("{line}\r\n")),
                &format!("the calendar has no {line} in: {}", blocks[0]),
            )?;
        }
        Ok(())
    }

    fn calendar(&self) -> String {
        fs::read_to_string(self.scene.kronos.calendar("calendar")).unwrap_or_default()
    }

    /// The database is whole, nothing in it is under way, and nothing half-written lies beside it.
    fn is_sound(&self) -> Result<(), String> {
        let state = self.scene.kronos.path("state");
        let db = Connection::open(state.join("kronos.db")).unwrap();
        let ask = |sql: &str| -> String {
            let mut statement = db.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get::<_, String>(0));
            let rows: Result<Vec<String>, _> = rows.unwrap().collect();
            rows.map_or_else(|error| error.to_string(), |rows| rows.join(", "))
        };
        let health = ask("PRAGMA integrity_check");
        check(health == "ok", &format!("the database: {health}"))?;
        let open = ask("SELECT consumer || ' ' || key || ' ' || action FROM intent");
        check(open.is_empty(), &format!("intents are open: {open}"))?;
        let restless = ask(
            "SELECT consumer || ' ' || key || ' ' || state FROM delivery WHERE state NOT IN ('idle', 'gone', 'linked')",
        );
        check(restless.is_empty(), &format!("not at rest: {restless}"))?;
        let names = fs::read_dir(&state).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let left: Vec<String> = names.filter(|name| name.ends_with(".new")).collect();
        check(left.is_empty(), &format!("left behind: {left:?}"))
    }
}

/// How many items of a service were taken away.
fn removed(server: &Server) -> usize {
    let exchanges = server.exchanges();
    let carried_out = |request: &Request, applied: bool| applied && removes(request);
    exchanges
        .iter()
        .filter(|exchange| carried_out(&exchange.request, exchange.applied))
        .count()
}
