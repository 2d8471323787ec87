-- Times are milliseconds since 1970 UTC, hashes are 32 bytes, documents are JSON.
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

-- One configured group of a provider: what the last complete reading of it was taken against.
CREATE TABLE source_group (
    provider  TEXT NOT NULL,
    name      TEXT NOT NULL,
    total     INTEGER,
    newest    TEXT,
    newest_at INTEGER,
    read_at   INTEGER,
        whole_at  INTEGER,
    -- How many events stood in it then, so that a quiet run need not count them.
    events    INTEGER NOT NULL,
    PRIMARY KEY (provider, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    key         TEXT PRIMARY KEY,
    provider    TEXT NOT NULL,
    uuid        TEXT,
    fingerprint BLOB NOT NULL,
    updated_at  INTEGER,
    ends        INTEGER NOT NULL,
    document    TEXT NOT NULL
) STRICT;
CREATE INDEX event_uuid ON event (provider, uuid) WHERE uuid IS NOT NULL;
CREATE INDEX event_ends ON event (ends);

-- An event stands while any of its memberships does.
CREATE TABLE membership (
    key           TEXT NOT NULL REFERENCES event ON DELETE CASCADE ON UPDATE CASCADE,
    provider      TEXT NOT NULL,
    name          TEXT NOT NULL,
    missing_count INTEGER NOT NULL DEFAULT 0,
    missing_since INTEGER,
    gone          TEXT,
    PRIMARY KEY (key, provider, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_group ON membership (provider, name, gone);
CREATE INDEX membership_missing ON membership (key) WHERE missing_since IS NOT NULL AND gone IS NULL;

CREATE TABLE consumer (
    target    TEXT PRIMARY KEY,
    rendering TEXT NOT NULL,
    -- The database may know less than what stands there: unshared markers count as ours until a listing was worked off.
        adopting  INTEGER NOT NULL,
    -- When it was last listed and served as a whole; NULL: it is to be.
    full_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
    consumer       TEXT NOT NULL,
    key            TEXT NOT NULL,
    desired        TEXT NOT NULL,
    absence        TEXT,
    desired_gen    INTEGER NOT NULL,
    desired_hash   BLOB NOT NULL,
    applied_gen    INTEGER NOT NULL,
    applied_hash   BLOB,
    applied_fields TEXT NOT NULL,
    remote_id      TEXT,
    remote_url     TEXT,
    provenance     TEXT,
    state          TEXT NOT NULL,
    since          INTEGER NOT NULL,
    last_mutation  INTEGER,
    attempts       INTEGER NOT NULL,
    not_before     INTEGER,
    reason         TEXT,
    begins         INTEGER NOT NULL,
    ends           INTEGER NOT NULL,
    PRIMARY KEY (consumer, key)
) STRICT;
CREATE INDEX delivery_key ON delivery (key);
CREATE INDEX delivery_ends ON delivery (ends);
-- What is at rest is the bulk, and no run needs to look at it.
CREATE INDEX delivery_state ON delivery (consumer, state) WHERE state NOT IN ('idle', 'gone');

CREATE TABLE intent (
    consumer     TEXT NOT NULL,
    key          TEXT NOT NULL,
    action       TEXT NOT NULL,
    generation   INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    payload_hash BLOB NOT NULL,
    remote_id    TEXT,
    begun        INTEGER NOT NULL,
    deadline     INTEGER NOT NULL,
    PRIMARY KEY (consumer, key)
) STRICT;

CREATE TABLE attempt (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    consumer   TEXT NOT NULL,
    key        TEXT NOT NULL,
    action     TEXT NOT NULL,
    generation INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    reason     TEXT
) STRICT;
CREATE INDEX attempt_at ON attempt (at);

CREATE TABLE run (
    epoch    INTEGER PRIMARY KEY,
    started  INTEGER NOT NULL,
    finished INTEGER,
    counts   TEXT,
    exit     INTEGER
) STRICT;

CREATE TABLE withheld (
    plan         TEXT NOT NULL,
    consumer     TEXT NOT NULL,
    key          TEXT NOT NULL,
    action       TEXT NOT NULL,
    payload_hash BLOB NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (plan, consumer, key, action)
) STRICT, WITHOUT ROWID;
