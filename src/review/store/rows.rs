//! The session's parts as rows of the database, and back.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    kind::Registry,
    review::{
        AuditEntry, DocumentId, FileEntry, FileId, GENESIS, PageReading, ReadingState, ReviewDocument,
        Session, seal,
    },
};

use super::changes::{Changes, DocumentRow, FileRow};

/// Why a row was not written.
pub(super) enum Writing {
    Sqlite(rusqlite::Error),
    Json(serde_json::Error),
}

impl From<rusqlite::Error> for Writing {
    fn from(e: rusqlite::Error) -> Self {
        Self::Sqlite(e)
    }
}

impl From<serde_json::Error> for Writing {
    fn from(e: serde_json::Error) -> Self {
        Self::Json(e)
    }
}

pub(super) fn write(t: &Transaction<'_>, changes: &Changes) -> Result<(), Writing> {
    for id in &changes.removed_files {
        t.prepare_cached("DELETE FROM files WHERE id = ?1")?.execute([key(id.0)])?;
    }
    for id in &changes.removed_documents {
        t.prepare_cached("DELETE FROM documents WHERE id = ?1")?.execute([key(id.0)])?;
    }
    for file in &changes.files {
        write_file(t, file)?;
    }
    for (file, page) in &changes.pages {
        t.prepare_cached("INSERT OR REPLACE INTO pages (file, page, reading) VALUES (?1, ?2, ?3)")?
            .execute(params![key(file.0), count(page.page), json(&**page)?])?;
    }
    for document in &changes.documents {
        write_document(t, document)?;
    }
    for (entry, hash) in &changes.audit {
        t.prepare_cached("INSERT INTO audit (at_millis, document, entry, hash) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![entry.at_millis, entry.document.map(|d| key(d.0)), json(entry)?, hash])?;
    }
    let mut set = t.prepare_cached("INSERT OR REPLACE INTO session (key, value) VALUES (?1, ?2)")?;
    if let Some(order) = &changes.order {
        set.execute(params!["order", json(order)?])?;
    }
    if let Some(next) = changes.next_id {
        set.execute(params!["next_id", json(&next)?])?;
    }
    Ok(())
}

fn write_file(t: &Transaction<'_>, file: &FileRow) -> Result<(), Writing> {
    // Not OR REPLACE: that would delete the row first and its pages with it.
    t.prepare_cached(
        "INSERT INTO files (id, path, state, page_count, timings, documents) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET path = ?2, state = ?3, \
         page_count = ?4, timings = ?5, documents = ?6",
    )?
    .execute(params![
        key(file.id.0),
        path_bytes(&file.path),
        json(&file.state)?,
        file.page_count.map(count),
        json(&file.timings)?,
        json(&file.documents)?,
    ])?;
    Ok(())
}

fn write_document(t: &Transaction<'_>, row: &DocumentRow) -> Result<(), Writing> {
    t.prepare_cached(
        "INSERT OR REPLACE INTO documents (id, file, document, touched, reason, exported) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        key(row.id.0),
        key(row.file.0),
        json(&row.document)?,
        row.touched,
        row.reason,
        row.exported
    ])?;
    Ok(())
}

/// Ids count from 1 and stay far below the limit of SQLite's integers.
fn key(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn id_of(key: i64) -> u64 {
    u64::try_from(key).unwrap_or_default()
}

fn json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

#[cfg(unix)]
fn path_bytes(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

#[cfg(unix)]
fn path_from(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes))
}

/// File names of other systems are Unicode, but for broken surrogate pairs.
#[cfg(not(unix))]
fn path_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

#[cfg(not(unix))]
fn path_from(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

/// Why a row was not understood.
pub(super) enum Reading {
    Sqlite(rusqlite::Error),
    Json,
}

impl From<rusqlite::Error> for Reading {
    fn from(e: rusqlite::Error) -> Self {
        Self::Sqlite(e)
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Reading> {
    serde_json::from_str(text).map_err(|_| Reading::Json)
}

/// Rows that were not understood, by their keys.
#[derive(Default)]
pub(super) struct LeftOut {
    documents: Vec<i64>,
    /// File and number.
    pages: Vec<(i64, i64)>,
    audit: Vec<i64>,
    /// Files of which something was left out: they are read again.
    files: HashSet<i64>,
}

impl LeftOut {
    pub fn count(&self) -> usize {
        self.documents.len() + self.pages.len() + self.audit.len()
    }

    /// Deletes the rows; the files they belonged to wait to be read.
    pub fn delete(&self, t: &Transaction<'_>) -> Result<(), Writing> {
        for id in &self.documents {
            t.prepare_cached("DELETE FROM documents WHERE id = ?1")?.execute([id])?;
        }
        for (file, page) in &self.pages {
            t.prepare_cached("DELETE FROM pages WHERE file = ?1 AND page = ?2")?.execute([file, page])?;
        }
        for seq in &self.audit {
            t.prepare_cached("DELETE FROM audit WHERE seq = ?1")?.execute([seq])?;
        }
        let waiting = json(&ReadingState::Waiting)?;
        for id in &self.files {
            t.prepare_cached("UPDATE files SET state = ?1 WHERE id = ?2")?.execute(params![waiting, id])?;
        }
        Ok(())
    }
}

/// A session as read from its rows.
pub(super) struct Parts {
    next_id: u64,
    files: Vec<FileEntry>,
    audit: Vec<AuditEntry>,
    chain: Vec<String>,
    /// Rows that were not understood.
    pub left_out: LeftOut,
    /// Number, from 1, of the first entry of the audit trail that is not bound to those before it.
    pub broken: Option<usize>,
}

impl Parts {
    pub fn into_session(self, registry: Arc<Registry>) -> Session {
        let mut session = Session::new(registry);
        let ids = self.files.iter().flat_map(|f| f.documents.iter().map(|d| d.id.0).chain([f.id.0]));
        session.next_id = ids.max().map_or(1, |last| last + 1).max(self.next_id);
        session.files = self.files;
        session.dirty.audit_saved = self.audit.len();
        session.audit = self.audit;
        session.chain = self.chain;
        session
    }
}

pub(super) fn read(c: &Connection) -> Result<Parts, Reading> {
    let mut left_out = LeftOut::default();

    let mut documents: HashMap<DocumentId, ReviewDocument> = HashMap::new();
    let mut rows = c.prepare("SELECT id, file, document, touched, reason, exported FROM documents")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let key = row.get(0)?;
        let id = DocumentId(id_of(key));
        match parse(&row.get::<_, String>(2)?) {
            Ok(document) => {
                let (touched, reason, exported) = (row.get(3)?, row.get(4)?, row.get(5)?);
                let d = ReviewDocument { id, document, touched, reason, exported };
                documents.insert(id, d);
            }
            Err(_) => {
                left_out.documents.push(key);
                left_out.files.insert(row.get(1)?);
            }
        }
    }

    let mut pages: HashMap<FileId, Vec<Arc<PageReading>>> = HashMap::new();
    let mut rows = c.prepare("SELECT file, reading, page FROM pages ORDER BY file, page")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let key = row.get(0)?;
        let file = FileId(id_of(key));
        match parse(&row.get::<_, String>(1)?) {
            Ok(page) => pages.entry(file).or_default().push(Arc::new(page)),
            Err(_) => {
                left_out.pages.push((key, row.get(2)?));
                left_out.files.insert(key);
            }
        }
    }

    let mut files = Vec::new();
    let mut rows =
        c.prepare("SELECT id, path, state, page_count, timings, documents FROM files ORDER BY id")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let key = row.get(0)?;
        let id = FileId(id_of(key));
        let state = match parse(&row.get::<_, String>(2)?)? {
            ReadingState::Reading => ReadingState::Waiting,
            _ if left_out.files.contains(&key) => ReadingState::Waiting,
            state => state,
        };
        let of_file: Vec<DocumentId> = parse(&row.get::<_, String>(5)?)?;
        files.push(FileEntry {
            id,
            path: path_from(row.get(1)?),
            password: None,
            state,
            page_count: row.get::<_, Option<i64>>(3)?.and_then(|n| usize::try_from(n).ok()),
            current_page: None,
            pages: pages.remove(&id).unwrap_or_default(),
            documents: of_file.iter().filter_map(|d| documents.remove(d)).collect(),
            timings: parse(&row.get::<_, String>(4)?)?,
        });
    }
    if let Some(order) = setting(c, "order")? {
        let order: Vec<FileId> = parse(&order)?;
        let place: HashMap<_, _> = order.iter().enumerate().map(|(i, id)| (*id, i)).collect();
        // Files that the order does not name come last, as they were added.
        files.sort_by_key(|f| place.get(&f.id).copied().unwrap_or(usize::MAX));
    }
    let next_id = setting(c, "next_id")?.map_or(Ok(1), |n| parse(&n))?;

    let mut audit = Vec::new();
    let mut chain: Vec<String> = Vec::new();
    let mut broken = None;
    let mut rows = c.prepare("SELECT entry, hash, seq FROM audit ORDER BY seq")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let hash: String = row.get(1)?;
        let Ok(entry) = parse::<AuditEntry>(&row.get::<_, String>(0)?) else {
            left_out.audit.push(row.get(2)?);
            broken.get_or_insert(audit.len() + 1);
            continue;
        };
        let previous = chain.last().map_or(GENESIS, String::as_str);
        if hash != seal(previous, audit.len() as u64 + 1, &entry) {
            broken.get_or_insert(audit.len() + 1);
        }
        audit.push(entry);
        chain.push(hash);
    }
    Ok(Parts { next_id, files, audit, chain, left_out, broken })
}

/// Binds the audit trail of a database of version 1, which had no chain.
pub(super) fn bind_audit(t: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut previous = GENESIS.to_owned();
    let mut seq = 0;
    let mut rows = t.prepare("SELECT seq, entry FROM audit ORDER BY seq")?;
    let rows: Vec<(i64, String)> =
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (row, entry) in rows {
        // One that is not understood is left out when it is read back, and so here.
        let Ok(entry) = parse::<AuditEntry>(&entry) else { continue };
        seq += 1;
        previous = seal(&previous, seq, &entry);
        t.prepare_cached("UPDATE audit SET hash = ?1 WHERE seq = ?2")?.execute(params![previous, row])?;
    }
    Ok(())
}

fn setting(c: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    c.query_row("SELECT value FROM session WHERE key = ?1", [name], |row| row.get(0)).optional()
}
