//! Readings and records to Excel, JSON and CSV, whole pages to plain text, Markdown, Word and
//! searchable PDF.
//!
//! Owns the outside formats; the only place that knows the workbook, Word and PDF writers. Reads records and
//! never changes them. Files are written under a temporary name and renamed, so a stop never
//! leaves half a file.

pub mod audit_log;
pub mod claim;
pub mod cloud;
pub mod csv;
pub mod docx;
mod flow;
mod grid;
pub mod json;
pub mod markdown;
pub mod pdf;
pub mod profile;
pub mod rename;
mod selection;
mod summary;
pub mod text;
mod verification;
mod words;
pub mod xlsx;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    fault::{self, BEHIND},
    kind::{Lang, Registry},
};

pub use profile::Profile;
pub use selection::{Selection, select};
pub use summary::total_of;
pub use verification::{VerificationText, verification_text};

/// What tables of records are made by.
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    pub registry: &'a Registry,
    pub lang: Lang,
    /// `None`: all columns under their own headings.
    pub profile: Option<&'a Profile>,
}

/// Why an export was not written. Messages name the remedy and the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    #[error(
        "文件正被其他程序打开，请关闭后再导出，或换一个文件名 / the file is open in another program: \
         close it there or choose another name ({path})"
    )]
    Locked { path: PathBuf, source: std::io::Error },
    #[error("没有写入权限，请换一个文件夹 / no permission to write here: choose another folder ({path})")]
    Denied { path: PathBuf, source: std::io::Error },
    #[error("磁盘已满，请清理空间后再导出 / the disk is full: free some space ({path})")]
    DiskFull { path: PathBuf, source: std::io::Error },
    #[error(
        "文件夹不存在，请先建立或换一个 / the folder does not exist: create it or choose another ({path})"
    )]
    NoFolder { path: PathBuf, source: std::io::Error },
    #[error(
        "无法写入文件：{zh} / cannot be written: {en} ({path}){BEHIND}{source}",
        zh = fault::of_io(source).zh,
        en = fault::of_io(source).en
    )]
    Write { path: PathBuf, source: std::io::Error },
    #[error(
        "无法生成 Excel 工作簿，请减少单据后分批导出 / the workbook cannot be made: export fewer documents at a time \
         ({path}){BEHIND}{message}"
    )]
    Workbook { path: PathBuf, message: String },
    #[error(
        "无法生成文档，请换一种格式 / the document cannot be made: try another format ({path}){BEHIND}{message}"
    )]
    Document { path: PathBuf, message: String },
    #[error(
        "无法再次打开原文件，请确认它没有被移动或修改 / the input file cannot be opened again: see that \
         it was not moved or changed ({path}){BEHIND}{source}"
    )]
    Picture { path: PathBuf, source: Box<crate::ingest::IngestError> },
    #[error("无法生成 CSV，请换一种格式 / the CSV cannot be made: try another format{BEHIND}{message}")]
    Csv { message: String },
    #[error("没有可导出的单据，请先确认或选择 / nothing to export: confirm or select documents first")]
    Nothing,
}

/// Writes a whole file under a temporary name in the target's folder, then renames it over the
/// target.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let failed = |source| write_error(path, source);
    let folder = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".luru-").suffix(".part");
    #[cfg(unix)]
    {
        // As any new file (the umask applies), not for the owner's eyes only like a scratch file.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        builder.permissions(mode);
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// What went wrong with `path`, by the system's word, with the remedy for it.
fn write_error(path: &Path, source: std::io::Error) -> ExportError {
    /// `ERROR_SHARING_VIOLATION` and `ERROR_LOCK_VIOLATION` of Windows.
    const LOCKED: [i32; 2] = [32, 33];
    let path = path.to_owned();
    match source.kind() {
        _ if cfg!(windows) && source.raw_os_error().is_some_and(|c| LOCKED.contains(&c)) => {
            ExportError::Locked { path, source }
        }
        // Windows answers so too when the target is open: it exists and cannot be replaced.
        std::io::ErrorKind::PermissionDenied if cfg!(windows) && path.is_file() => {
            ExportError::Locked { path, source }
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            ExportError::Denied { path, source }
        }
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            ExportError::DiskFull { path, source }
        }
        std::io::ErrorKind::NotFound => ExportError::NoFolder { path, source },
        _ => ExportError::Write { path, source },
    }
}
