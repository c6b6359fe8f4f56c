//! The Excel workbook.
use std::path::Path;

use crate::{
    kind::{Lang, Registry},
    review::FileReading,
};

use super::ExportError;

/// Writes the workbook.
pub fn write(
    _path: &Path,
    _readings: &[FileReading],
    _registry: &Registry,
    _lang: Lang,
) -> Result<(), ExportError> {
    Err(ExportError::Nothing)
}
