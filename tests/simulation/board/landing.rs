//! What a request does once it reaches the service, now or later.

use super::{Board, Origin, Remote, Style};
use chrono::{DateTime, TimeDelta, Utc};
use kronos::consumer::Rendering;
use kronos::event::{Action, Field, Status};

/// A request as the service understands it.
#[derive(Debug, Clone)]
pub struct Request {
    pub action: Action,
    pub entry: usize,
    pub key: String,
    pub id: Option<String>,
    pub rendering: Option<Rendering>,
    pub changed: Vec<Field>,
    /// It takes effect later than a listing can wait for.
    pub overdue: bool,
}

/// What became of a request that reached the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    Done(String),
    Gone,
    Full,
    Impossible,
}

impl Board {
    /// A request that will take effect only then, whatever was answered.
    pub fn lands_at(&mut self, at: DateTime<Utc>, request: Request) {
        self.late.push((at, request));
    }

    /// What is on its way for this entry takes so much longer.
    pub fn put_off(&mut self, entry: usize, longer: TimeDelta) {
        for (at, request) in &mut self.late {
            if request.entry == entry {
                *at += longer;
            }
        }
    }

    pub fn next_landing(&self) -> Option<DateTime<Utc>> {
        self.late.iter().map(|(at, _)| *at).min()
    }

    /// What is still on its way for this event; what comes too late for any listing aside.
    pub fn awaits(&self, key: &str) -> Option<Action> {
        let mut late = self.late.iter().map(|(_, request)| request);
        let found = late.find(|request| request.key == key && !request.overdue)?;
        Some(found.action)
    }

    /// A creation for this entry is still on its way, under whichever address; what comes too late for any listing aside.
    pub fn awaits_creation(&self, entry: usize) -> bool {
        let mut late = self.late.iter().map(|(_, request)| request);
        late.any(|late| late.entry == entry && late.action == Action::Create && !late.overdue)
    }

    /// What was on its way and is due takes effect.
    pub fn land_due(&mut self, now: DateTime<Utc>) -> Vec<String> {
        let late = std::mem::take(&mut self.late);
        let (due, rest): (Vec<_>, Vec<_>) = late.into_iter().partition(|(at, _)| *at <= now);
        self.late = rest;
        due.into_iter()
            .map(|(_, request)| {
                let landed = self.land(&request, now);
                format!(
                    "late at {}: {:?} of event {} ({landed:?})",
                    self.name, request.action, request.entry
                )
            })
            .collect()
    }

    /// Carries out a request.
    pub fn land(&mut self, request: &Request, now: DateTime<Utc>) -> Landed {
        let live: Vec<String> = self.live(now).map(|item| item.id.clone()).collect();
        let known = request.id.clone().filter(|id| live.contains(id));
        match (request.action, &request.rendering, known) {
            (Action::Create, Some(rendering), _) => {
                if rendering.begins <= now && self.style != Style::File {
                    return Landed::Impossible;
                }
                if self.style == Style::Guild && live.len() >= self.room {
                    return Landed::Full;
                }
                let id = match self.style {
                    Style::File => request.key.clone(),
                    _ => self.new_id(),
                };
                let mut fields = rendering.fields.clone();
                let draft = self.style == Style::City;
                if draft {
                    fields.insert(Field::Publication, "draft".into());
                }
                let item = Remote {
                    id: id.clone(),
                    origin: Origin::Kronos(request.entry),
                    marker: Some(request.key.clone()),
                    links: vec![request.key.clone()],
                    fields,
                    begins: rendering.begins,
                    ends: rendering.ends,
                    created: now,
                    draft,
                    cancelled: false,
                    overdue: request.overdue,
                };
                self.change(now, |items| {
                    // A file holds one item for a key, also if an older one is long over.
                    items.retain(|other| other.id != item.id);
                    items.push(item);
                });
                Landed::Done(id)
            }
            (Action::Delete, _, Some(id)) => {
                self.change(now, |items| items.retain(|item| item.id != id));
                Landed::Done(id)
            }
            (Action::Delete, _, None) => Landed::Done(request.id.clone().unwrap_or_default()),
            (_, _, None) => Landed::Gone,
            (action, rendering, Some(id)) => {
                let style = self.style;
                self.change(now, |items| {
                    let item = items.iter_mut().find(|item| item.id == id);
                    if let Some(item) = item {
                        write(style, item, action, rendering.as_ref(), request);
                    }
                });
                Landed::Done(id)
            }
        }
    }
}

/// What a request does to an item that stands there.
fn write(
    style: Style,
    item: &mut Remote,
    action: Action,
    rendering: Option<&Rendering>,
    request: &Request,
) {
    match action {
        Action::Publish => {
            item.draft = false;
            item.fields.insert(Field::Publication, "published".into());
        }
        Action::Cancel => {
            item.cancelled = true;
            item.fields
                .insert(Field::Status, format!("{:?}", Status::Cancelled));
        }
        _ => {
            let Some(rendering) = rendering else { return };
            for (field, text) in &rendering.fields {
                // A guild is sent what changed; the others everything.
                let is_sent = style != Style::Guild
                    || request.changed.is_empty()
                    || request.changed.contains(field);
                if is_sent && *field != Field::Publication {
                    item.fields.insert(*field, text.clone());
                }
                if is_sent && *field == Field::Description {
                    item.marker = Some(request.key.clone());
                    item.links = vec![request.key.clone()];
                }
                if is_sent && *field == Field::Begins {
                    item.begins = rendering.begins;
                }
                if is_sent && *field == Field::Ends {
                    item.ends = rendering.ends;
                }
            }
            if style == Style::File {
                let cancelled = format!("{:?}", Status::Cancelled);
                item.cancelled = rendering.fields.get(&Field::Status) == Some(&cancelled);
            }
        }
    }
}
