//! The database's tables and their versions.

use rusqlite::{Connection, Transaction};

/// What brings a database from version n (the index) to n + 1. Never changed once released:
/// later needs are met by another entry.
const MIGRATIONS: [&str; 2] = [
    "
    CREATE TABLE session (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE files (
        id INTEGER PRIMARY KEY,
        path BLOB NOT NULL,
        state TEXT NOT NULL,
        page_count INTEGER,
        timings TEXT NOT NULL,
        documents TEXT NOT NULL
    );
    CREATE TABLE pages (
        file INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
        page INTEGER NOT NULL,
        reading TEXT NOT NULL,
        PRIMARY KEY (file, page)
    );
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY,
        file INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
        document TEXT NOT NULL,
        touched INTEGER NOT NULL,
        reason TEXT
    );
    CREATE INDEX documents_of_file ON documents(file);
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at_millis INTEGER NOT NULL,
        document INTEGER,
        entry TEXT NOT NULL
    );
    CREATE INDEX audit_of_document ON audit(document);
",
    // The audit trail as a chain; entries that are there already are bound by `bind_audit`.
    "ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';
    ALTER TABLE documents ADD COLUMN exported TEXT;",
];

/// The version from which on the audit trail is a chain.
const CHAINED: usize = 2;

/// The version that this program writes.
pub(super) const VERSION: usize = MIGRATIONS.len();

/// The version of an open database; 0 for a new one.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Brings a database of an older version up to date, all or nothing.
pub(super) fn migrate(transaction: &Transaction<'_>, from: usize) -> rusqlite::Result<()> {
    for step in MIGRATIONS.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    if from < CHAINED {
        super::rows::bind_audit(transaction)?;
    }
    transaction.pragma_update(None, "user_version", i64::try_from(VERSION).unwrap_or(i64::MAX))
}
