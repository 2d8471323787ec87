//! Values as columns: times, hashes, words, and the named values of `meta`.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Params, params};
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;

pub(super) fn get<T: rusqlite::types::FromSql>(
    db: &Connection,
    name: &str,
) -> rusqlite::Result<Option<T>> {
    db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

pub(super) fn set(
    db: &Connection,
    name: &str,
    value: &dyn rusqlite::ToSql,
) -> rusqlite::Result<()> {
    let put = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    change(db, put, params![name, value]).map(drop)
}

/// Executes what changes rows, compiled once. Gives how many were.
pub(super) fn change(
    db: &Connection,
    statement: &str,
    values: impl Params,
) -> rusqlite::Result<usize> {
    db.prepare_cached(statement)?.execute(values)
}

pub(super) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

pub(super) fn moment(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::UNIX_EPOCH)
}

pub(super) fn fingerprint(
    row: &rusqlite::Row,
    column: impl rusqlite::RowIndex,
) -> rusqlite::Result<crate::event::Fingerprint> {
    let bytes = row.get_ref(column)?.as_blob()?;
    crate::event::Fingerprint::from_bytes(bytes).ok_or(rusqlite::Error::InvalidQuery)
}

/// A plain enum as the text that its serialisation gives.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.get(1..text.len().saturating_sub(1))
        .unwrap_or_default()
        .into()
}

/// The plain enum that [`word`] wrote.
pub(super) fn from_word<T: serde::de::DeserializeOwned>(word: &str) -> rusqlite::Result<T> {
    let deserializer: StrDeserializer<'_, serde_json::Error> = word.into_deserializer();
    T::deserialize(deserializer).map_err(json_error)
}

pub(super) fn json_error(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
