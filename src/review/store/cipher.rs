//! The workspace under a password: the whole database is encrypted by SQLCipher (AES-256, a key made of
//! the password by PBKDF2-HMAC-SHA512), write-ahead log included.
//!
//! An encrypted database has a name of its own beside the plain one, so that what a file is need not be
//! guessed from its bytes. Setting, changing and removing the password all write a new database, whole, and
//! rename it into place: a crash leaves the old one or the new one.

use std::{
    fs,
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use super::{StoreError, sqlite_error, with_suffix};

/// A password that is not shown in messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Fewer characters are guessed too fast. Reasoned: a usual lower limit.
pub const LEAST_CHARACTERS: usize = 8;

impl Password {
    /// `None` for fewer than [`LEAST_CHARACTERS`].
    pub fn new(text: &str) -> Option<Self> {
        (text.chars().count() >= LEAST_CHARACTERS).then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

/// Where the database of the workspace at `path` lies when it is encrypted.
pub fn encrypted_path(path: &Path) -> PathBuf {
    with_suffix(path, ".encrypted")
}

/// Whether the workspace at `path` is under a password.
pub fn is_locked(path: &Path) -> bool {
    encrypted_path(path).exists()
}

/// Gives the key to a connection and tries it.
pub(super) fn unlock(connection: &Connection, path: &Path, password: &Password) -> Result<(), StoreError> {
    require_cipher(connection, path)?;
    // A wrong password is told by the window, not by the library on stderr.
    connection.pragma_update(None, "cipher_log_level", "NONE").map_err(|e| sqlite_error(path, e))?;
    let fail = |e: rusqlite::Error| {
        // A wrong key and a damaged first page cannot be told apart: neither has the right checksum.
        if super::is_damage(&e) {
            StoreError::WrongPassword { path: path.to_owned() }
        } else {
            sqlite_error(path, e)
        }
    };
    connection.pragma_update(None, "key", &password.0).map_err(fail)?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(())).map_err(fail)
}

/// Without SQLCipher a key would be taken and do nothing.
fn require_cipher(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let version: Option<String> = connection.query_row("PRAGMA cipher_version", [], |row| row.get(0)).ok();
    if version.is_some_and(|v| !v.is_empty()) {
        return Ok(());
    }
    Err(StoreError::NoCipher { path: path.to_owned() })
}

/// Writes all of an open database to a new one at `target`, encrypted or plain, over what is left there of
/// an earlier attempt.
pub(super) fn copy(
    connection: &Connection,
    target: &Path,
    password: Option<&Password>,
) -> Result<(), StoreError> {
    require_cipher(connection, target)?;
    remove(target)?;
    let fail = |e| sqlite_error(target, e);
    let key = password.map_or("", |p| p.0.as_str());
    let name = target.to_string_lossy();
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fail)?;
    connection.execute("ATTACH DATABASE ?1 AS copy KEY ?2", [&*name, key]).map_err(fail)?;
    let copied = connection
        .query_row("SELECT sqlcipher_export('copy')", [], |_| Ok(()))
        .and_then(|()| connection.pragma_update(Some("copy"), "user_version", version));
    let detached = connection.execute("DETACH DATABASE copy", []);
    copied.and(detached).map(drop).map_err(fail)
}

/// Puts a new database in the place where the workspace lies from now on. `old`, which was open until now,
/// stays for [`remove_old`] unless it lies there.
pub(super) fn put_in_place(new: &Path, target: &Path, old: &Path) -> Result<(), StoreError> {
    // A log that closing has left would be applied to the new database.
    if with_suffix(old, "-wal").exists() {
        return Err(StoreError::InUse { path: old.to_owned() });
    }
    fs::rename(new, target).map_err(|source| StoreError::Folder { path: target.to_owned(), source })?;
    if let Some(folder) = target.parent() {
        // Where a folder can be synced, renaming survives a loss of power from here on.
        let _ = fs::File::open(folder).and_then(|f| f.sync_all());
    }
    Ok(())
}

/// Removes the database that another one has taken the place of. A plain one is overwritten first; an
/// encrypted one is not, since half of it would still count as the workspace after a crash.
pub(super) fn remove_old(old: &Path, is_plain: bool) -> Result<(), StoreError> {
    if is_plain { erase(old) } else { remove(old) }
}

/// Removes what a crash has left of setting or removing a password: with both databases there, the
/// encrypted one is the workspace.
pub(super) fn tidy(path: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        erase(&with_suffix(path, suffix))?;
    }
    Ok(())
}

/// Overwrites a file and removes it; one that is not there is gone already. Disks that write elsewhere what
/// is overwritten may keep the old bytes all the same.
fn erase(path: &Path) -> Result<(), StoreError> {
    let overwrite = || -> io::Result<()> {
        let mut file = fs::File::options().write(true).open(path)?;
        let mut left = file.metadata()?.len();
        let zeros = [0_u8; 1 << 16];
        file.rewind()?;
        while left > 0 {
            let n = left.min(zeros.len() as u64);
            file.write_all(zeros.get(..n as usize).unwrap_or(&zeros))?;
            left -= n;
        }
        file.sync_all()
    };
    match overwrite() {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(StoreError::Folder { path: path.to_owned(), source }),
        Ok(()) => remove(path),
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::Folder { path: path.to_owned(), source: e })
        }
        _ => Ok(()),
    }
}
