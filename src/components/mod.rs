//! The large binaries that Luru needs beside itself: inference runtime, PDF library, models.
//!
//! Owns `models/manifest.toml`, the search order and `luru setup`. The only place that may cause a
//! connection (by pip, a process of its own), and only when the components are not there. Knows
//! nothing of what the files are used for.

mod error;
pub mod manifest;
mod pip;
mod places;
mod programs;
mod setup;
mod verify;

use std::{path::PathBuf, sync::atomic::AtomicBool};

pub use error::ComponentsError;
pub use places::{Places, cache_folder, data_folder, kinds_folder, memory_folder};
pub use programs::tesseract;
pub use setup::{Installer, Progress};
pub use verify::{FileReport, FileState, inspect};

use manifest::{Manifest, Role};

/// The files of a complete installation, all verified to exist with the size the manifest states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    pub onnx_runtime: PathBuf,
    pub pdfium: PathBuf,
    pub detection: PathBuf,
    pub recognition: PathBuf,
    pub line_direction: PathBuf,
}

/// Finds the components by the search order; starts nothing.
///
/// Files are compared with the manifest by size, not by hash: hashing 70 MB at every start would
/// be felt. `luru setup` and `luru doctor` hash them.
pub fn locate() -> Result<Components, ComponentsError> {
    locate_in(&Places::of_this_machine())
}

/// Like [`locate`], in the given places.
pub fn locate_in(places: &Places) -> Result<Components, ComponentsError> {
    let manifest = Manifest::built_in()?;
    let find = |role| places.find(manifest.file(role)?);
    for part in manifest.files(Role::OnnxRuntimePart) {
        places.find(part)?;
    }
    Ok(Components {
        onnx_runtime: find(Role::OnnxRuntime)?,
        pdfium: find(Role::Pdfium)?,
        detection: find(Role::Detection)?,
        recognition: find(Role::Recognition)?,
        line_direction: find(Role::LineDirection)?,
    })
}

/// Like [`locate`], but brings in what is missing first, telling `notice` what it does.
pub fn ensure(notice: &mut dyn FnMut(&str)) -> Result<Components, ComponentsError> {
    ensure_in(&Places::of_this_machine(), &AtomicBool::new(false), &mut |progress| {
        if let Some(sentence) = progress.sentence() {
            notice(&sentence);
        }
    })
}

/// Like [`ensure`], in the given places, with the progress in numbers; stops when `cancel` is set.
pub fn ensure_in(
    places: &Places,
    cancel: &AtomicBool,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Components, ComponentsError> {
    match locate_in(places) {
        Ok(components) => Ok(components),
        Err(ComponentsError::Missing { .. }) => Installer::new(places)?.run(cancel, progress),
        Err(other) => Err(other),
    }
}
