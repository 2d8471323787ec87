//! Databases in memory: a dry run's where there is none yet, and those of tests, which need many and use each again.

use super::value::change;
use super::{Result, Store, open};
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Transaction};
use std::path::Path;

impl Store {
    /// A database that lives as long as the value.
    pub fn in_memory() -> Result<Self> {
        Self::connect(Connection::open_in_memory(), Path::new(":memory:"), None)
    }

    /// As [`Self::in_memory`], made of a database in memory that nobody needs any more: what it held is forgotten, while its
    /// schema and its compiled statements, which take longest to make, stay. One that stands in a file is left as it is, and
    /// another is made.
    pub fn anew(mut self) -> Result<Self> {
        if self.is_durable() {
            return Self::in_memory();
        }
        self.write(|tx| {
            empty(tx)?;
            open::begin_lineage(tx)
        })?;
        self.know_itself()?;
        Ok(self)
    }

    /// A copy of the database as it is now, in memory: what a backup of this moment holds. It is made of `spare` as
    /// [`Self::anew`] makes one.
    pub fn duplicate(&self, spare: Self) -> Result<Self> {
        let mut copy = match spare.is_durable() {
            true => Self::in_memory()?,
            false => spare,
        };
        copy.write(|tx| {
            empty(tx)?;
            tables(tx)?
                .iter()
                .try_for_each(|table| copy_rows(&self.db, tx, table))
        })?;
        copy.know_itself()?;
        Ok(copy)
    }
}

/// What tables the schema has, those first to which others refer.
fn tables(db: &Connection) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn empty(tx: &Transaction) -> rusqlite::Result<()> {
    let tables = tables(tx)?;
    let mut last_first = tables.iter().rev();
    last_first.try_for_each(|table| change(tx, &format!("DELETE FROM {table}"), []).map(drop))
}

/// Copies a table's rows in their order, which their numbers keep.
fn copy_rows(from: &Connection, to: &Transaction, table: &str) -> rusqlite::Result<()> {
    let mut rows = from.prepare_cached(&format!("SELECT * FROM {table}"))?;
    let columns = rows.column_count();
    let places = vec!["?"; columns].join(", ");
    let mut put = to.prepare_cached(&format!("INSERT INTO {table} VALUES ({places})"))?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let value = ToSqlOutput::Borrowed(row.get_ref(column)?);
            put.raw_bind_parameter(column + 1, value)?;
        }
        put.raw_execute()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKey;
    use crate::store::{Membership, Past, ReadEvent};
    use crate::testing::event;
    use chrono::DateTime;
    use std::collections::HashSet;

    /// Every row of every table, but for the lineage, which is the database's own.
    fn rows(store: &Store) -> Vec<String> {
        let mut told = Vec::new();
        for table in tables(&store.db).unwrap() {
            let mut rows = store.db.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = rows.column_count();
            let mut rows = rows.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let values: Vec<_> = (0..columns).map(|at| row.get_ref(at).unwrap()).collect();
                told.push(format!("{table} {values:?}"));
            }
        }
        told.retain(|row| !row.contains(&format!("{:?}", store.lineage.as_bytes())));
        told
    }

    /// A database that a run has written to.
    fn written() -> Store {
        let mut store = Store::in_memory().unwrap();
        let now = DateTime::UNIX_EPOCH;
        store.begin_run(Past::None, None, now).unwrap();
        let read = ReadEvent::new(event());
        let membership = Membership {
            provider: "p".into(),
            group: "g".into(),
            missing_count: 0,
            missing_since: Some(now),
            gone: None,
        };
        let commit = crate::store::GroupCommit {
            provider: "p",
            group: "g",
            memberships: &[(EventKey::new(read.event.key.as_str()), membership)],
            changed: &[read],
            seen: &HashSet::new(),
            memory: None,
            now,
        };
        store.commit_group(&commit, &mut |_| Vec::new()).unwrap();
        store
    }

    #[test]
    fn a_database_made_anew_is_as_a_new_one_and_of_another_lineage() {
        let used = written();
        let before = used.mark();
        let anew = used.anew().unwrap();
        assert_eq!(anew.epoch(), 0);
        assert_ne!(anew.mark().lineage, before.lineage);
        assert_eq!(rows(&anew), rows(&Store::in_memory().unwrap()));
    }

    #[test]
    fn a_copy_holds_what_the_database_held_whatever_it_was_made_of() {
        let mut store = written();
        for spare in [Store::in_memory().unwrap(), written()] {
            let copy = store.duplicate(spare).unwrap();
            assert_eq!(copy.mark(), store.mark());
            assert_eq!(rows(&copy), rows(&store));
            assert!(rows(&copy).iter().any(|row| row.starts_with("membership")));
        }
        let copy = store.duplicate(Store::in_memory().unwrap()).unwrap();
        store
            .begin_run(Past::Continued, None, DateTime::UNIX_EPOCH)
            .unwrap();
        assert_eq!(copy.epoch() + 1, store.epoch());
    }

    #[test]
    fn what_stands_in_a_file_is_never_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kronos.db");
        let lock = crate::store::Lock::exclusive(&path).unwrap();
        let open = || {
            let mut store = Store::open(&path, &lock).unwrap();
            let past = store.past(Some(&store.mark()));
            store.begin_run(past, None, DateTime::UNIX_EPOCH).unwrap();
            store
        };
        assert_eq!(open().anew().unwrap().epoch(), 0);
        written().duplicate(open()).unwrap();
        assert_eq!(open().epoch(), 3);
    }
}
