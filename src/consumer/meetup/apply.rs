//! Changes: one operation, one change of the event, judged by the order of the answer's parts.

use super::documents::{ANNOUNCE, CREATE, DELETE, EDIT, PUBLISH};
use super::list::{self, Group};
use super::memory::Seen;
use super::render::Shown;
use super::{Meetup, api, input, node, payload, photo};
use crate::consumer::{Field, Operation, Outcome};
use crate::event::EventKey;
use chrono::{DateTime, Utc};

/// What an operation came to, where a success is an `Outcome` as well.
type Step<T> = Result<T, Outcome>;

/// How an event stands whose change was refused.
enum Standing {
    Live(Seen),
    Over(String),
    Absent,
}

impl Meetup {
    /// Makes a draft.
    ///
    /// A draft that Meetup puts at another time than was meant is a success all the same: it exists, and its id must not
    /// be lost. It is told in the note, and [`publish`](Self::publish) refuses to show it to anybody.
    pub(super) async fn create(&self, operation: &Operation<'_>) -> Step<Outcome> {
        let shown = shown(operation)?;
        let group = self.group().await?;
        let (photo, trouble) = self.photo(&group, operation.key, &shown).await?;
        let variables = input::create(&self.config.group, &shown, group.zone, photo);
        let made = payload::event(self.api.change(CREATE, variables).await?, "createEvent")?;
        let seen = self.memory.keep_changed(made.remote_id(), &made, photo);
        let note = [misplaced(&shown, seen.begins), trouble];
        Ok(applied(made.remote_id(), &seen, note))
    }

    /// Makes a draft public, if it begins when it is meant to.
    pub(super) async fn publish(&self, operation: &Operation<'_>) -> Step<Outcome> {
        let shown = shown(operation)?;
        let remote_id = remote_id(operation)?;
        let seen = self.seen(remote_id, operation.now).await?;
        if !seen.is_draft {
            return Ok(applied(remote_id, &seen, [None, None]));
        }
        if let Some(reason) = misplaced(&shown, seen.begins) {
            return Err(Outcome::Refused(format!("not published: {reason}")));
        }
        let answer = self.api.change(PUBLISH, input::event(&seen.id)).await;
        match answer.and_then(|data| payload::event(data, "publishEventDraft")) {
            Ok(node) => {
                let seen = self.memory.keep_changed(remote_id, &node, seen.photo);
                Ok(applied(
                    remote_id,
                    &seen,
                    [self.announce(&seen.id).await, None],
                ))
            }
            Err(Outcome::Refused(reason)) => match self
                .standing(remote_id, operation.now, &reason)
                .await?
            {
                // Published before, by a request whose answer was lost or by a person.
                Standing::Live(seen) if !seen.is_draft => {
                    Ok(applied(remote_id, &seen, [None, None]))
                }
                Standing::Live(_) => Err(Outcome::Refused(reason)),
                Standing::Over(status) => Err(Outcome::Gone(format!("{reason} (it is {status})"))),
                Standing::Absent => Err(Outcome::Gone(reason)),
            },
            Err(outcome) => Err(outcome),
        }
    }

    /// Gives an event every field that kronos owns.
    ///
    /// If Meetup puts it at another time than was meant, this is no success: sent again it would come to the same.
    pub(super) async fn update(&self, operation: &Operation<'_>) -> Step<Outcome> {
        let shown = shown(operation)?;
        let remote_id = remote_id(operation)?;
        let group = self.group().await?;
        let seen = self.seen(remote_id, operation.now).await?;
        let (photo, trouble) = if shown.picture.is_none() {
            (Some(0), None)
        } else if seen.photo.is_some() && !operation.changed.contains(&Field::Picture) {
            (seen.photo, None)
        } else {
            let (photo, trouble) = self.photo(&group, operation.key, &shown).await?;
            let is_all = operation.changed.iter().eq([&Field::Picture]);
            if is_all && photo.is_none() && seen.photo.is_none() {
                // Still missing, and all else stands.
                return Ok(applied(remote_id, &seen, [trouble, None]));
            }
            (photo.or(seen.photo), trouble)
        };
        let variables = input::edit(&seen.id, &shown, group.zone, photo, seen.is_draft);
        let answer = self.api.change(EDIT, variables).await;
        match answer.and_then(|data| payload::event(data, "editEvent")) {
            Ok(node) => {
                let photo = photo.filter(|photo| *photo != 0);
                let seen = self.memory.keep_changed(remote_id, &node, photo);
                match misplaced(&shown, seen.begins) {
                    Some(reason) => Err(Outcome::Refused(reason)),
                    None => Ok(applied(remote_id, &seen, [trouble, None])),
                }
            }
            Err(Outcome::Refused(reason)) => match self
                .standing(remote_id, operation.now, &reason)
                .await?
            {
                Standing::Live(_) => Err(Outcome::Refused(reason)),
                Standing::Over(status) => Err(Outcome::Gone(format!("{reason} (it is {status})"))),
                Standing::Absent => Err(Outcome::Gone(reason)),
            },
            Err(outcome) => Err(outcome),
        }
    }

    /// Calls an event off, or takes it away if `is_removed`.
    pub(super) async fn take_away(
        &self,
        operation: &Operation<'_>,
        is_removed: bool,
    ) -> Step<Outcome> {
        let remote_id = remote_id(operation)?;
        let seen = self.memory.event(remote_id);
        let id = seen.as_ref().map_or(remote_id, |seen| &seen.id);
        let done = |note: Option<String>| Outcome::Applied {
            remote_id: Some(remote_id.into()),
            remote_url: seen.as_ref().and_then(|seen| seen.url.clone()),
            note,
        };
        let answer = self.api.change(DELETE, input::delete(id, is_removed)).await;
        match answer.and_then(payload::success) {
            Ok(()) => {
                self.memory.forget(remote_id);
                Ok(done(None))
            }
            Err(Outcome::Refused(reason)) => match self
                .standing(remote_id, operation.now, &reason)
                .await?
            {
                Standing::Live(_) => Err(Outcome::Refused(reason)),
                Standing::Over(status) if status.contains("CANCELLED") => {
                    Ok(done(Some("it was cancelled before".into())))
                }
                Standing::Over(status) => Err(Outcome::Gone(format!("{reason} (it is {status})"))),
                Standing::Absent => Ok(done(Some("it was gone before".into()))),
            },
            Err(outcome) => Err(outcome),
        }
    }

    /// E-mails all members, if that is configured. At most once, and an event never fails for it: says so if it did not work.
    async fn announce(&self, id: &str) -> Option<String> {
        if !self.config.announce {
            return None;
        }
        let answer = self.api.change(ANNOUNCE, input::event(id)).await;
        let reason = match answer.and_then(|data| payload::event(data, "announceEvent")) {
            Ok(_) => return None,
            Err(Outcome::Refused(reason) | Outcome::Unauthorised(reason)) => reason,
            Err(Outcome::Ambiguous(reason) | Outcome::Later { reason, .. }) => reason,
            Err(_) => "Meetup did not say why".into(),
        };
        Some(format!("published, but not announced: {reason}"))
    }

    /// The picture of an event at Meetup, else a note why there is none.
    async fn photo(
        &self,
        group: &Group,
        key: &EventKey,
        shown: &Shown,
    ) -> Step<(Option<i32>, Option<String>)> {
        let Some(url) = &shown.picture else {
            return Ok((None, None));
        };
        let without = |reason: String| Ok((None, Some(format!("without its picture: {reason}"))));
        if let Some(reason) = self.memory.no_photos() {
            return without(reason);
        }
        let brought = photo::bring(&self.api, &group.id, key, url).await;
        let may_come = matches!(brought, Err(photo::Trouble::Passing(_)));
        self.memory.keep_left_out(key, may_come);
        match brought {
            Ok(photo) => Ok((Some(photo), None)),
            Err(photo::Trouble::Note(reason) | photo::Trouble::Passing(reason)) => without(reason),
            Err(photo::Trouble::Forbidden(reason)) => {
                self.memory.keep_no_photos(reason.clone());
                without(reason)
            }
            Err(photo::Trouble::Later(outcome)) => Err(outcome),
        }
    }

    async fn group(&self) -> Step<Group> {
        if let Some(group) = self.memory.group() {
            return Ok(group);
        }
        let group = list::group(&self.api, &self.config.group)
            .await
            .map_err(api::not_sent)?;
        self.memory.keep_group(group.clone());
        Ok(group)
    }

    /// The event as this run saw it last; asks if it did not, or did not see when it begins.
    async fn seen(&self, remote_id: &str, now: DateTime<Utc>) -> Step<Seen> {
        let seen = self.memory.event(remote_id);
        if let Some(seen) = seen.filter(|seen| seen.begins.is_some()) {
            return Ok(seen);
        }
        match self.ask(remote_id, now).await.map_err(api::not_sent)? {
            Standing::Live(seen) => Ok(seen),
            Standing::Over(status) => Err(Outcome::Gone(format!("it is {status} at Meetup"))),
            Standing::Absent => Err(Outcome::Gone("it is not at Meetup any more".into())),
        }
    }

    /// How an event stands after a change was refused for `reason`, which may be only that it is gone.
    async fn standing(&self, remote_id: &str, now: DateTime<Utc>, reason: &str) -> Step<Standing> {
        self.ask(remote_id, now)
            .await
            .map_err(|failure| match api::not_sent(failure) {
                Outcome::Later {
                    retry_at,
                    reason: second,
                } => Outcome::Later {
                    retry_at,
                    reason: format!("{reason}; whether it is gone is not known: {second}"),
                },
                outcome => outcome,
            })
    }

    async fn ask(
        &self,
        remote_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Standing, crate::http::Failure> {
        let seen = self.memory.event(remote_id);
        let id = seen.as_ref().map_or(remote_id, |seen| &seen.id);
        Ok(match list::event(&self.api, id).await? {
            Some(node) if node.is_live(now) => Standing::Live(self.memory.keep(&node)),
            Some(node) => {
                self.memory.forget(remote_id);
                Standing::Over(node.status)
            }
            None => {
                self.memory.forget(remote_id);
                Standing::Absent
            }
        })
    }
}

fn shown(operation: &Operation<'_>) -> Step<Shown> {
    operation
        .rendering
        .and_then(|rendering| serde_json::from_value(rendering.payload.clone()).ok())
        .ok_or_else(|| Outcome::Refused("there is no rendering to send".into()))
}

fn remote_id<'a>(operation: &Operation<'a>) -> Step<&'a str> {
    operation
        .remote_id
        .ok_or_else(|| Outcome::Refused("the event's id at Meetup is not known".into()))
}

/// Says so if Meetup has the event begin at another minute than was meant. The start is sent without an offset, so a zone
/// that was misunderstood, or an hour that occurs twice, shows only here.
fn misplaced(shown: &Shown, begins: Option<DateTime<Utc>>) -> Option<String> {
    let meant = node::moment(shown.start);
    match begins.map(node::moment) {
        Some(begins) if begins == meant => None,
        Some(begins) => Some(format!(
            "Meetup has it begin at {begins} instead of {meant}; put it right at Meetup"
        )),
        None => Some(format!("Meetup does not say whether it begins at {meant}")),
    }
}

fn applied(remote_id: &str, seen: &Seen, notes: [Option<String>; 2]) -> Outcome {
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    Outcome::Applied {
        remote_id: Some(remote_id.into()),
        remote_url: seen.url.clone(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}
