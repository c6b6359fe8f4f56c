//! The session on disk, so that nothing is lost at a crash.
//!
//! The only place that knows SQLite. Pages, documents and audit entries are rows with a JSON
//! column each; only what changed is written, in one transaction, on a thread of its own
//! ([`Saver`]). Passwords are never stored. Under a password of its own the whole database is encrypted
//! (`cipher`).

pub mod changes;
mod cipher;
mod rows;
mod saver;
mod schema;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, ErrorCode};

use crate::fault::{self, BEHIND};
use crate::kind::Registry;

use super::Session;
use changes::Changes;
use rows::{Reading, Writing};

pub use cipher::{LEAST_CHARACTERS, Password, encrypted_path, is_locked};
pub use saver::Saver;

/// The name of the workspace's database in the data folder.
pub const WORKSPACE: &str = "session.sqlite";

/// Why the session cannot be stored or read back. Messages name the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error(
        "工作区已损坏，已另存为 {set_aside}，将以空会话继续 / the workspace is damaged; it was set \
         aside and an empty session is started ({path})"
    )]
    Corrupt { path: PathBuf, set_aside: PathBuf },
    #[error(
        "工作区已损坏且无法改名，请手工移走后重试 / the workspace is damaged and cannot be renamed: \
         move it away by hand ({path}){BEHIND}{source}"
    )]
    CorruptInPlace { path: PathBuf, source: std::io::Error },
    #[error(
        "工作区由更新的版本建立（{found}，本程序 {known}），请升级程序 / the workspace was made by a \
         newer version: update the program ({path})"
    )]
    Newer { path: PathBuf, found: usize, known: usize },
    #[error(
        "Luru 已经打开，工作区由那个窗口使用；请回到那个窗口，或先关闭它 / the workspace is in use by a running program: close \
         it first ({path})"
    )]
    InUse { path: PathBuf },
    #[error(
        "磁盘已满，会话暂未保存，请清理空间 / the disk is full and the session is not saved: free some space ({path})"
    )]
    DiskFull { path: PathBuf },
    #[error(
        "无法建立数据文件夹：{zh} / the data folder cannot be made: {en} ({path}){BEHIND}{source}",
        zh = fault::of_io(source).zh,
        en = fault::of_io(source).en
    )]
    Folder { path: PathBuf, source: std::io::Error },
    #[error(
        "工作区无法读写，请检查文件夹权限 / the workspace cannot be used: check the folder's permissions \
         ({path}){BEHIND}{source}"
    )]
    Database { path: PathBuf, source: rusqlite::Error },
    #[error(
        "密码不对，请重新输入；若确定无误，文件可能已损坏 / the password is wrong: try again; if it is \
         surely right, the file may be damaged ({path})"
    )]
    WrongPassword { path: PathBuf },
    #[error("工作区有密码，请输入密码 / the workspace is under a password: enter it ({path})")]
    Locked { path: PathBuf },
    #[error(
        "这个程序编译时没有加入加密，请使用带加密的版本 / this program was built without encryption: use one \
         that was built with it ({path})"
    )]
    NoCipher { path: PathBuf },
    #[error("会话数据无法写成 JSON / the session's data cannot be written as JSON: {0}")]
    Encode(#[from] serde_json::Error),
    #[error("保存线程无法启动或已停止，请重启程序 / the saving thread does not run: restart the program")]
    NoThread,
}

/// An open database. One program at a time: it is locked while open.
#[derive(Debug)]
pub struct Store {
    /// The open file: the plain database or the encrypted one.
    path: PathBuf,
    /// Of the plain one.
    plain: PathBuf,
    password: Option<Password>,
    /// Closed only while the password changes.
    connection: Option<Connection>,
}

impl Store {
    /// Opens the database at `path`, making it and its folder where they are not there, and
    /// brings an older version up to date. A damaged one is renamed ([`StoreError::Corrupt`]), so
    /// that opening again starts an empty one.
    /// One that is under a password is not opened ([`StoreError::Locked`]).
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, None)
    }

    /// [`Self::open`] of a workspace that is under this password, if any.
    pub fn open_with(path: &Path, password: Option<Password>) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
        }
        let file = match (&password, is_locked(path)) {
            (None, true) => return Err(StoreError::Locked { path: encrypted_path(path) }),
            (Some(_), true) => encrypted_path(path),
            (_, false) => path.to_owned(),
        };
        let password = password.filter(|_| file != path);
        match Self::open_checked(&file, path, password) {
            Err(Opening::Damaged) => Err(set_aside(&file)),
            Err(Opening::Failed(e)) => Err(e),
            Ok(store) => Ok(store),
        }
    }

    fn open_checked(path: &Path, plain: &Path, password: Option<Password>) -> Result<Self, Opening> {
        let fail = |e| Opening::from_sqlite(path, e);
        let mut connection = Connection::open(path).map_err(fail)?;
        if let Some(password) = &password {
            cipher::unlock(&connection, path, password).map_err(Opening::Failed)?;
            cipher::tidy(plain).map_err(Opening::Failed)?;
        }
        // One writer, no shared memory file; what was committed survives a crash of the program and
        // a loss of power. Waiting for the disk costs the saving thread a few milliseconds.
        connection
            .execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; \
                 PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
            )
            .map_err(fail)?;
        let found = schema::version(&connection).map_err(fail)?;
        if found > schema::VERSION {
            let path = path.to_owned();
            return Err(Opening::Failed(StoreError::Newer { path, found, known: schema::VERSION }));
        }
        let sound: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fail)?;
        if sound != "ok" {
            return Err(Opening::Damaged);
        }
        if found < schema::VERSION {
            let transaction = connection.transaction().map_err(fail)?;
            schema::migrate(&transaction, found).map_err(fail)?;
            transaction.commit().map_err(fail)?;
        }
        let (path, plain) = (path.to_owned(), plain.to_owned());
        Ok(Self { path, plain, password, connection: Some(connection) })
    }

    /// Puts the workspace under a password, changes it, or removes it (`new` is `None`). `current` must be
    /// the password that it has, if any. A failure before the new database is in place leaves the old one.
    pub fn set_password(
        &mut self,
        current: Option<&Password>,
        new: Option<Password>,
    ) -> Result<(), StoreError> {
        if current != self.password.as_ref() {
            return Err(StoreError::WrongPassword { path: self.path.clone() });
        }
        let target = if new.is_some() { encrypted_path(&self.plain) } else { self.plain.clone() };
        let scratch = with_suffix(&target, ".new");
        cipher::copy(self.live()?, &scratch, new.as_ref())?;
        if let Some(open) = self.connection.take() {
            open.close().map_err(|(open, e)| {
                self.connection = Some(open);
                sqlite_error(&self.path, e)
            })?;
        }
        cipher::put_in_place(&scratch, &target, &self.path)?;
        let old = std::mem::replace(&mut self.path, target);
        self.password = new;
        if old != self.path {
            cipher::remove_old(&old, self.password.is_some())?;
        }
        self.live().map(drop)
    }

    /// The open connection; one that was closed is opened again.
    fn live(&mut self) -> Result<&mut Connection, StoreError> {
        if self.connection.is_none() {
            self.connection = Self::open_with(&self.plain, self.password.clone())?.connection;
        }
        self.connection.as_mut().ok_or_else(|| StoreError::InUse { path: self.path.clone() })
    }

    /// Writes changes in one transaction, in the order in which they were taken.
    pub fn save(&mut self, changes: &[Changes]) -> Result<(), StoreError> {
        let path = self.path.clone();
        let fail = |e| sqlite_error(&path, e);
        let transaction = self.live()?.transaction().map_err(fail)?;
        for change in changes {
            rows::write(&transaction, change).map_err(|e| not_written(&path, e))?;
        }
        transaction.commit().map_err(fail)
    }

    /// Reads the session back. Files whose reading was interrupted wait again. Pages, documents
    /// and audit entries that cannot be understood are left out with a notice, their files read
    /// again, the database copied aside and then the rows deleted; where the queue itself is not understood, the
    /// database is set aside like a damaged one.
    pub fn load(mut self, registry: Arc<Registry>) -> Result<Loaded, StoreError> {
        match rows::read(self.live()?) {
            Ok(parts) => {
                let mut notices = Vec::new();
                if parts.left_out.count() > 0 {
                    notices.push(self.keep_copy(parts.left_out.count())?);
                    self.delete(&parts.left_out)?;
                }
                if let Some(n) = parts.broken {
                    notices.push(format!(
                        "修改记录从第 {n} 条起与保存时不符，可能被改动过，请核对以前导出的记录 / the audit \
                         trail differs from what was saved from entry {n} on: compare it with an exported log"
                    ));
                }
                let notice = (!notices.is_empty()).then(|| notices.join("\n"));
                Ok(Loaded { session: parts.into_session(registry), store: self, notice })
            }
            Err(Reading::Sqlite(e)) if !is_damage(&e) => Err(sqlite_error(&self.path, e)),
            Err(_) => {
                let path = self.path.clone();
                drop(self);
                Err(set_aside(&path))
            }
        }
    }

    /// Deletes rows that stand in the copy.
    fn delete(&mut self, rows: &rows::LeftOut) -> Result<(), StoreError> {
        let path = self.path.clone();
        let fail = |e| sqlite_error(&path, e);
        let transaction = self.live()?.transaction().map_err(fail)?;
        rows.delete(&transaction).map_err(|e| not_written(&path, e))?;
        transaction.commit().map_err(fail)
    }

    /// Copies the whole database aside and says so.
    fn keep_copy(&mut self, left_out: usize) -> Result<String, StoreError> {
        let copy = damaged_name(&self.path);
        let path = self.path.clone();
        let written = self.live()?.execute("VACUUM INTO ?1", [copy.to_string_lossy()]);
        written.map_err(|e| sqlite_error(&path, e))?;
        Ok(format!(
            "工作区中有 {left_out} 条记录无法读回，相应文件将重新识别；原库已备份 / {left_out} stored \
             entries cannot be read back; their files are read again, a copy was kept ({})",
            copy.display()
        ))
    }
}

/// What [`Store::load`] gives back.
#[derive(Debug)]
pub struct Loaded {
    pub store: Store,
    pub session: Session,
    /// What the operator should know.
    pub notice: Option<String>,
}

/// How opening went wrong.
enum Opening {
    Damaged,
    Failed(StoreError),
}

impl Opening {
    fn from_sqlite(path: &Path, e: rusqlite::Error) -> Self {
        if is_damage(&e) { Self::Damaged } else { Self::Failed(sqlite_error(path, e)) }
    }
}

fn is_damage(e: &rusqlite::Error) -> bool {
    matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn sqlite_error(path: &Path, source: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse { path },
        Some(ErrorCode::DiskFull) => StoreError::DiskFull { path },
        _ => StoreError::Database { path, source },
    }
}

fn not_written(path: &Path, error: Writing) -> StoreError {
    match error {
        Writing::Sqlite(e) => sqlite_error(path, e),
        Writing::Json(e) => StoreError::Encode(e),
    }
}

fn with_suffix(base: &Path, suffix: &str) -> PathBuf {
    let mut name = base.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A name beside `path` that says when it was found to be damaged.
fn damaged_name(path: &Path) -> PathBuf {
    with_suffix(path, &format!(".damaged-{}", super::audit::now_millis()))
}

/// Renames a damaged database, with its write-ahead log, to [`damaged_name`].
fn set_aside(path: &Path) -> StoreError {
    let set_aside = damaged_name(path);
    for suffix in ["-wal", "-shm"] {
        let log = with_suffix(path, suffix);
        // The log alone is of no use, but it must not be applied to the new database.
        if log.exists()
            && let Err(source) = std::fs::rename(&log, with_suffix(&set_aside, suffix))
        {
            return StoreError::CorruptInPlace { path: log, source };
        }
    }
    match std::fs::rename(path, &set_aside) {
        Ok(()) => StoreError::Corrupt { path: path.to_owned(), set_aside },
        Err(source) => StoreError::CorruptInPlace { path: path.to_owned(), source },
    }
}
