//! A delivery as the plan sees it: with its rendering, and with what this run knows of its event.

use super::super::readings::Readings;
use super::super::rendered::Shown;
use super::Prepared;
use crate::delivery::State;
use crate::event::{Action, Event};
use crate::plan::{Step, Subject, Verdict};
use crate::rule::{Rule, holds};
use crate::store::{DeliveryRow, Membership, StoreError};

impl Prepared<'_> {
    pub(super) fn subject(&self, row: DeliveryRow, readings: &Readings) -> Subject {
        let kept = self.run.rendered.take(&self.target, &row.delivery.key);
        let render = |event: &Event| {
            let rendering = self.consumer().render(event);
            let hash = rendering.hash();
            Shown::of(event, rendering, hash)
        };
        let shown = kept.or_else(|| row.event.as_ref().map(render));
        let unproved = match shown {
            Some(_) => self.unproved(&row, readings),
            None => Some("its event is no longer known".into()),
        };
        let (title, zone, rendering, hash) = match shown {
            Some(shown) => (
                Some(shown.title),
                shown.zone,
                Some(shown.rendering),
                Some(shown.hash),
            ),
            None => (None, None, None, None),
        };
        let memberships = &row.memberships;
        Subject {
            groups: memberships
                .iter()
                .map(|membership| self.run.label(&membership.provider, &membership.group))
                .collect(),
            missing: self
                .missing(memberships, readings.seen.contains(&row.delivery.key))
                .filter(|_| holds(Rule::WaitWhileMissing)),
            stale: self.stale(&row, readings),
            unproved,
            rendering,
            hash,
            title,
            zone,
            delivery: row.delivery,
            intent: row.intent,
        }
    }

    /// A restored database may know an older event than the one that stands at the consumer.
    fn stale(&self, row: &DeliveryRow, readings: &Readings) -> Option<String> {
        let key = &row.delivery.key;
        let is_unread = self.unread.contains(key) && !readings.seen.contains(key);
        let stands = self.standing(&row.memberships).next().is_some();
        let stale = is_unread && stands;
        stale.then(|| "the database was restored, and the source has not shown it since".into())
    }

    /// Where an event stands, as far as these groups are read at all.
    fn standing<'m>(&self, memberships: &'m [Membership]) -> impl Iterator<Item = &'m Membership> {
        memberships.iter().filter(|membership| {
            let id = (membership.provider.clone(), membership.group.clone());
            // What is known by its marker alone can have been in any group.
            let is_read = membership.group.is_empty() || self.run.configured.contains(&id);
            is_read && membership.gone.is_none()
        })
    }

    /// Since when the source does not show the event in any group that is read, as long as that is not confirmed. What it shows
    /// in no group, though it may stand in one that could not be read, is missing.
    fn missing(&self, memberships: &[Membership], is_seen: bool) -> Option<String> {
        let standing = self.standing(memberships);
        let mut since = standing.map(|membership| membership.missing_since);
        let since = match is_seen {
            true => since.min().flatten(),
            false => since.by_ref().flatten().min(),
        }?;
        let since = since.format("%Y-%m-%d %H:%M UTC");
        Some(format!(
            "the source has not shown it since {since}; it goes after another complete reading, at least an hour later"
        ))
    }

    /// Why a deletion has no proof in this run.
    fn unproved(&self, row: &DeliveryRow, readings: &Readings) -> Option<String> {
        for membership in &row.memberships {
            let mut configured = self.run.configured.iter().filter(|(provider, group)| {
                *provider == membership.provider
                    && (membership.group.is_empty() || *group == membership.group)
            });
            if !configured.all(|group| readings.whole.contains(group)) {
                return Some("it goes once its group was read completely".into());
            }
        }
        let proved = readings.proved.borrow().contains(&row.delivery.key);
        (!proved).then(|| "it goes once the source was asked for it again".into())
    }

    /// The consumer is not asked: what is stuck, or missing at the source, is reported all the same.
    pub(super) fn report_what_stands(&mut self, readings: &Readings) -> Result<(), StoreError> {
        let rows = self.run.store().stuck(&self.target, self.run.now())?;
        for row in rows {
            let reason = row.delivery.reason.clone().unwrap_or_default();
            let is_new = row.delivery.remote_id.is_none();
            let (state, subject) = (row.delivery.state, self.subject(row, readings));
            let (action, verdict) = match (state, subject.missing) {
                (State::Quarantined, _) if is_new => {
                    (Action::Create, Verdict::Stuck(reason, false))
                }
                (State::Quarantined, _) => (Action::Update, Verdict::Stuck(reason, false)),
                (State::Conflict, _) => (Action::Create, Verdict::Stuck(reason, true)),
                (_, Some(missing)) => (Action::Delete, Verdict::Waiting(missing)),
                (_, None) => continue,
            };
            self.draft.steps.push(Step {
                title: subject.title.unwrap_or_default(),
                zone: subject.zone,
                action,
                changes: [].into(),
                payload_hash: subject.delivery.desired_hash,
                item: None,
                verdict,
                duplicate: false,
                groups: subject.groups,
                delivery: subject.delivery,
            });
        }
        Ok(())
    }
}
