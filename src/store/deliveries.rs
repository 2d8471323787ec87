//! Deliveries, and the intent that stands while a request may be on its way.

use super::events::{load_event, memberships_of};
use super::{
    Membership, Store, StoreError, change, fingerprint, from_word, json_error, millis, moment, word,
};
use crate::delivery::{Delivery, Intent, State, Wish};
use crate::event::{Action, Event, EventKey, Fingerprint};
use crate::rule::{Rule, holds};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// What one consumer (by its target) is to show; `None` makes no delivery where there is none yet.
pub type WishFor = (String, Wish, Start);

/// Whether a wish may begin a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It makes a delivery where there is none.
    Allowed,
    /// It only changes one that exists: what is over, or never stood there, needs none.
    OnlyExisting,
}

/// A delivery with all that the plan needs.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// The delivery.
    pub delivery: Delivery,
    /// Its open intent.
    pub intent: Option<Intent>,
    /// Its event, if it was wanted; gone for an event that was pruned.
    pub event: Option<Event>,
    /// Where the event stands or stood.
    pub memberships: Vec<Membership>,
}

impl Store {
    /// Takes up what older runs left: open intents become unknown, and waits without a date are over.
    /// `locked` is the moment at which this run took the lock, which proves every older sender dead.
    pub fn recover(&mut self, locked: DateTime<Utc>) -> Result<usize, StoreError> {
        let left: bool = self.sql(|db| {
            let open = "state = 'sending' OR (state = 'wait' AND not_before IS NULL)";
            db.prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM delivery WHERE state NOT IN ('idle', 'gone') AND ({open}))"))?
                .query_row([], |row| row.get(0))
        })?;
        if !left {
            return Ok(0);
        }
        self.write_in_epoch(|tx| {
            let open: Vec<(String, EventKey, i64)> = tx
                .prepare_cached("SELECT i.consumer, i.key, i.deadline FROM intent i JOIN delivery d USING (consumer, key) WHERE d.state = 'sending'")?
                .query_map([], |row| Ok((row.get(0)?, EventKey::new(row.get::<_, String>(1)?), row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for (consumer, key, deadline) in &open {
                if let Some(mut delivery) = find(tx, consumer, key)? {
                    if holds(Rule::UnknownAfterCrash) {
                        delivery.recovered(moment(*deadline).min(locked), locked);
                    } else {
                        delivery.drifted(locked);
                    }
                    save(tx, consumer, &delivery)?;
                }
            }
            change(tx, "UPDATE delivery SET state = 'pending', reason = NULL WHERE state = 'wait' AND not_before IS NULL", [])?;
            Ok(open.len())
        })
    }

    /// Whether the consumer has to be asked at all in a quiet run. What may not be shown yet is no work until it may.
    pub fn has_work(&self, consumer: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.sql(|db| {
            db.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM delivery WHERE consumer = ?1 AND state NOT IN ('idle', 'gone') AND
                 (state IN ('pending', 'sending', 'unknown') OR
                  (state = 'wait' AND (attempts > 0 OR not_before IS NULL OR not_before <= ?2)) OR
                  (state = 'quarantined' AND not_before <= ?2)))",
            )?
            .query_row(params![consumer, millis(now)], |row| row.get(0))
        })
    }

    /// The deliveries that a plan must look at: all that are not over, by their event or by what stands there of it, and those in
    /// which something is open. Each is handed to `take` as it is read, with its event where that is `wanted`.
    pub fn deliveries<T>(
        &self,
        consumer: &str,
        now: DateTime<Utc>,
        wanted: impl Fn(&EventKey) -> bool,
        take: impl FnMut(DeliveryRow) -> T,
    ) -> Result<Vec<T>, StoreError> {
        let open = "ends > ?2 OR item_begins > ?2 OR state NOT IN ('idle', 'gone', 'linked', 'quarantined', 'conflict') OR state = 'quarantined' AND not_before <= ?2";
        self.select(consumer, open, now, wanted, take)
    }

    /// The deliveries that are stuck until somebody or some day releases them, and those whose event is missing at the source.
    pub fn stuck(
        &self,
        consumer: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let held = "SELECT key FROM delivery INDEXED BY delivery_state WHERE state NOT IN ('idle', 'gone') AND state IN ('quarantined', 'conflict')";
        let missing = "SELECT key FROM membership INDEXED BY membership_missing WHERE missing_since IS NOT NULL AND gone IS NULL";
        let stuck = "state IN ('quarantined', 'conflict') OR remote_id IS NOT NULL";
        let condition = format!(
            "(ends > ?2 OR item_begins > ?2) AND key IN ({held} UNION {missing}) AND ({stuck})"
        );
        self.select(consumer, &condition, now, |_| true, |row| row)
    }

    fn select<T>(
        &self,
        consumer: &str,
        condition: &str,
        now: DateTime<Utc>,
        wanted: impl Fn(&EventKey) -> bool,
        mut take: impl FnMut(DeliveryRow) -> T,
    ) -> Result<Vec<T>, StoreError> {
        self.sql(|db| {
            // In a transaction the file is locked once, and not for each row.
            let tx = db.unchecked_transaction()?;
            let query = format!(
                "SELECT * FROM delivery WHERE consumer = ?1 AND ({condition}) ORDER BY begins, key"
            );
            let mut query = tx.prepare_cached(&query)?;
            let mut rows = query.query_map(params![consumer, millis(now)], delivery)?;
            rows.try_fold(Vec::new(), |mut taken, delivery| {
                let delivery = delivery?;
                taken.push(take(DeliveryRow {
                    intent: intent(&tx, consumer, &delivery.key)?,
                    event: match wanted(&delivery.key) {
                        true => load_event(&tx, &delivery.key)?.map(|(event, _)| event),
                        false => None,
                    },
                    memberships: memberships_of(&tx, &delivery.key)?,
                    delivery,
                }));
                Ok(taken)
            })
        })
    }

    /// One delivery.
    pub fn delivery(&self, consumer: &str, key: &EventKey) -> Result<Option<Delivery>, StoreError> {
        self.sql(|db| find(db, consumer, key))
    }

    /// The request of a delivery that may be under way.
    pub fn open_intent(
        &self,
        consumer: &str,
        key: &EventKey,
    ) -> Result<Option<Intent>, StoreError> {
        self.sql(|db| intent(db, consumer, key))
    }

    /// Stores deliveries that changed without a request, in one transaction. What is not unknown needs no intent any more.
    pub fn save_deliveries(
        &mut self,
        consumer: &str,
        changed: &[Delivery],
    ) -> Result<(), StoreError> {
        if changed.is_empty() {
            return Ok(());
        }
        self.with_room(changed.len(), |store| {
            store.write_in_epoch(|tx| {
                changed
                    .iter()
                    .try_for_each(|delivery| save(tx, consumer, delivery))
            })
        })
    }

    /// Makes an intent durable, before its request is sent: the delivery is sending from here on.
    ///
    /// # Errors
    /// [`StoreError::Epoch`] if another run took over.
    pub fn begin(
        &mut self,
        consumer: &str,
        delivery: &Delivery,
        intent: &Intent,
    ) -> Result<(), StoreError> {
        self.write_in_epoch(|tx| {
            save(tx, consumer, delivery)?;
            tx.prepare_cached(
                "INSERT OR REPLACE INTO intent VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                consumer,
                delivery.key.as_str(),
                word(&intent.action),
                intent.generation,
                intent.epoch,
                intent.payload_hash.as_bytes(),
                intent.remote_id,
                millis(intent.begun),
                millis(intent.deadline),
                intent.idempotency_key
            ])
            .map(drop)
        })
    }

    /// Records what an exchange came to, in one transaction. The intent stays while the outcome is unknown.
    pub fn finish(
        &mut self,
        consumer: &str,
        delivery: &Delivery,
        action: Action,
        outcome: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let epoch = self.epoch();
        self.write(|tx| {
            save(tx, consumer, delivery)?;
            tx.prepare_cached("INSERT INTO attempt (at, epoch, consumer, key, action, generation, outcome, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
                .execute(params![
                    millis(now),
                    epoch,
                    consumer,
                    delivery.key.as_str(),
                    word(&action),
                    delivery.desired_gen,
                    outcome,
                    delivery.reason
                ])
                .map(drop)
        })
    }

    /// Releases the deliveries of `key` that are quarantined, in conflict or waiting. Gives the consumers concerned.
    pub fn release(
        &mut self,
        key: &EventKey,
        consumer: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, StoreError> {
        self.write(|tx| {
            let consumers: Vec<String> = tx
                .prepare_cached("SELECT consumer FROM delivery WHERE key = ?1 ORDER BY consumer")?
                .query_map([key.as_str()], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut released = Vec::new();
            for name in consumers
                .into_iter()
                .filter(|name| consumer.is_none_or(|only| only == name))
            {
                if let Some(mut delivery) = find(tx, &name, key)?
                    && delivery.release(now)
                {
                    save(tx, &name, &delivery)?;
                    released.push(name);
                }
            }
            Ok(released)
        })
    }
}

pub(super) fn take_wishes(
    tx: &Transaction,
    key: &EventKey,
    wishes: Vec<WishFor>,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    for (consumer, wish, start) in wishes {
        match find(tx, &consumer, key)? {
            Some(mut delivery) => {
                let before = delivery.clone();
                delivery.wish(wish, now);
                if delivery != before {
                    save(tx, &consumer, &delivery)?;
                }
            }
            None if start == Start::Allowed => {
                save(tx, &consumer, &Delivery::new(key.clone(), wish, now))?
            }
            None => {}
        }
    }
    Ok(())
}

fn find(db: &Connection, consumer: &str, key: &EventKey) -> rusqlite::Result<Option<Delivery>> {
    db.prepare_cached("SELECT * FROM delivery WHERE consumer = ?1 AND key = ?2")?
        .query_row([consumer, key.as_str()], delivery)
        .optional()
}

fn save(tx: &Transaction, consumer: &str, delivery: &Delivery) -> rusqlite::Result<()> {
    let fields = serde_json::to_string(&delivery.applied_fields).map_err(json_error)?;
    // An update leaves the row, and those of its indexes that do not change, where they are.
    tx.prepare_cached(
        "INSERT INTO delivery VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
         ON CONFLICT (consumer, key) DO UPDATE SET desired = ?3, absence = ?4, desired_gen = ?5, desired_hash = ?6, applied_gen = ?7,
         applied_hash = ?8, applied_fields = ?9, remote_id = ?10, remote_url = ?11, provenance = ?12, state = ?13, since = ?14,
         last_mutation = ?15, attempts = ?16, not_before = ?17, reason = ?18, begins = ?19, ends = ?20, item_begins = ?21",
    )?
    .execute(params![
        consumer,
        delivery.key.as_str(),
        word(&delivery.desired),
        delivery.absence.as_ref().map(word),
        delivery.desired_gen,
        delivery.desired_hash.as_bytes(),
        delivery.applied_gen,
        delivery.applied_hash.map(|hash| hash.as_bytes().to_vec()),
        fields,
        delivery.remote_id,
        delivery.remote_url,
        delivery.provenance.as_ref().map(word),
        word(&delivery.state),
        millis(delivery.since),
        delivery.last_mutation.map(millis),
        delivery.attempts,
        delivery.not_before.map(millis),
        delivery.reason,
        millis(delivery.begins),
        millis(delivery.ends),
        delivery.item_begins.map(millis)
    ])?;
    if !matches!(delivery.state, State::Sending | State::Unknown) {
        tx.prepare_cached("DELETE FROM intent WHERE consumer = ?1 AND key = ?2")?
            .execute([consumer, delivery.key.as_str()])?;
    }
    Ok(())
}

/// Columns by their place, as [`save`] writes them: a name would be looked for in each row anew.
fn delivery(row: &Row) -> rusqlite::Result<Delivery> {
    let time = |column: usize| row.get::<_, Option<i64>>(column).map(|at| at.map(moment));
    let text = |column: usize| row.get::<_, Option<String>>(column);
    let applied_hash = row.get_ref(7)?.as_blob_or_null()?;
    let absence = row.get_ref(3)?.as_str_or_null()?;
    let provenance = row.get_ref(11)?.as_str_or_null()?;
    Ok(Delivery {
        key: EventKey::new(row.get_ref(1)?.as_str()?),
        desired: from_word(row.get_ref(2)?.as_str()?)?,
        absence: absence.map(from_word).transpose()?,
        desired_gen: row.get(4)?,
        desired_hash: fingerprint(row, 5)?,
        applied_gen: row.get(6)?,
        applied_hash: applied_hash.and_then(Fingerprint::from_bytes),
        applied_fields: serde_json::from_str(row.get_ref(8)?.as_str()?).map_err(json_error)?,
        remote_id: text(9)?,
        remote_url: text(10)?,
        provenance: provenance.map(from_word).transpose()?,
        state: from_word(row.get_ref(12)?.as_str()?)?,
        since: moment(row.get(13)?),
        last_mutation: time(14)?,
        attempts: row.get(15)?,
        not_before: time(16)?,
        reason: text(17)?,
        begins: moment(row.get(18)?),
        ends: moment(row.get(19)?),
        item_begins: time(20)?,
    })
}

fn intent(db: &Connection, consumer: &str, key: &EventKey) -> rusqlite::Result<Option<Intent>> {
    db.prepare_cached("SELECT * FROM intent WHERE consumer = ?1 AND key = ?2")?
        .query_row([consumer, key.as_str()], |row| {
            Ok(Intent {
                action: from_word(&row.get::<_, String>("action")?)?,
                generation: row.get("generation")?,
                epoch: row.get("epoch")?,
                payload_hash: fingerprint(row, "payload_hash")?,
                remote_id: row.get("remote_id")?,
                idempotency_key: row.get("idempotency_key")?,
                begun: moment(row.get("begun")?),
                deadline: moment(row.get("deadline")?),
            })
        })
        .optional()
}
