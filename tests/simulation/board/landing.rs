//! What a request does once it reaches the service, now or later.

use super::{Board, Origin, Remote, Style};
use chrono::{DateTime, TimeDelta, Utc};
use kronos::consumer::{CANCELLED, Rendering};
use kronos::event::{Action, Field, Status};

/// A request as the service understands it.
#[derive(Debug, Clone)]
pub struct Request {
    pub action: Action,
    pub entry: usize,
    pub key: String,
    pub id: Option<String>,
    pub rendering: Option<Rendering>,
    pub idempotency_key: String,
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

    /// What else is still on its way for this event; what comes too late for any listing aside. Where nothing can be listed the
    /// same request may be sent again meanwhile, and what will have no effect does no harm: what is over or was taken away is not
    /// changed any more, so the service said that it is gone.
    pub fn awaits(&self, key: &str, idempotency_key: &str, now: DateTime<Utc>) -> Option<Action> {
        let mut late = self.late.iter().map(|(_, request)| request);
        let is_other = |late: &Request| {
            let key = &late.idempotency_key;
            let id = late.id.as_ref();
            let is_there = id.is_none_or(|id| self.live(now).any(|item| &item.id == id));
            match self.style {
                Style::Hook => key != idempotency_key && !self.taken.contains_key(key),
                Style::Blind => key != idempotency_key && is_there,
                _ => true,
            }
        };
        let found = late.find(|late| late.key == key && !late.overdue && is_other(late))?;
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

    /// Whether a request with this idempotency key was carried out, or is on its way.
    pub fn knows(&self, idempotency_key: &str) -> bool {
        let mut late = self.late.iter().map(|(_, request)| request);
        self.taken.contains_key(idempotency_key)
            || late.any(|late| late.idempotency_key == idempotency_key)
    }

    /// Carries out a request; where keys are known, once for a key.
    pub fn land(&mut self, request: &Request, now: DateTime<Utc>) -> Landed {
        if self.style != Style::Hook {
            return self.carry_out(request, now);
        }
        let key = &request.idempotency_key;
        if let Some(id) = self.taken.get(key) {
            self.dropped.insert(request.entry);
            return Landed::Done(id.clone());
        }
        let id = self.hear(request, now);
        self.dropped.remove(&request.entry);
        self.taken.insert(key.clone(), id.clone());
        Landed::Done(id)
    }

    /// A receiver keeps what it is told, whatever it was told before.
    fn hear(&mut self, request: &Request, now: DateTime<Utc>) -> String {
        let id = request.id.clone().unwrap_or_else(|| request.key.clone());
        let rendering = request.rendering.as_ref();
        let rendering = rendering.filter(|_| request.action != Action::Delete);
        let heard = rendering.map(|rendering| item(self.style, &id, request, rendering, now));
        self.change(now, |items| {
            items.retain(|other| other.id != id);
            items.extend(heard);
        });
        id
    }

    fn carry_out(&mut self, request: &Request, now: DateTime<Utc>) -> Landed {
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
                let item = item(self.style, &id, request, rendering, now);
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

/// The item that a request makes.
fn item(
    style: Style,
    id: &str,
    request: &Request,
    rendering: &Rendering,
    now: DateTime<Utc>,
) -> Remote {
    let mut fields = rendering.fields.clone();
    let draft = style == Style::City;
    if draft {
        fields.insert(Field::Publication, "draft".into());
    }
    Remote {
        id: id.into(),
        origin: Origin::Kronos(request.entry),
        marker: Some(request.key.clone()),
        links: vec![request.key.clone()],
        cancelled: is_called_off(style, rendering),
        fields,
        begins: rendering.begins,
        ends: rendering.ends,
        created: now,
        draft,
        overdue: request.overdue,
    }
}

/// Where what is cancelled is still shown, a text tells it.
fn is_called_off(style: Style, rendering: &Rendering) -> bool {
    let cancelled = match style {
        Style::File => format!("{:?}", Status::Cancelled),
        _ => CANCELLED.into(),
    };
    rendering.fields.get(&Field::Status) == Some(&cancelled)
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
        Action::Cancel if style.is_listed() => {
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
            if style.shows_cancelled() {
                item.cancelled = is_called_off(style, rendering);
            }
        }
    }
}
