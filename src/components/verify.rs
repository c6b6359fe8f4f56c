//! Hashes files and compares an installation with the manifest.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    ComponentsError, Places,
    manifest::{Component, Manifest, WheelFile},
};

/// What is known of one installed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    pub component: &'static Component,
    pub file: &'static WheelFile,
    /// Where it was found.
    pub path: Option<PathBuf>,
    pub state: FileState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    Ok,
    /// Not there, or of another size.
    Missing,
    /// There, but not what the manifest says.
    Damaged,
}

/// Looks for every file of the manifest and hashes what it finds.
pub fn inspect(places: &Places) -> Result<Vec<FileReport>, ComponentsError> {
    let mut reports = Vec::new();
    for component in &Manifest::built_in()?.components {
        for file in component.wheel().iter().flat_map(|wheel| &wheel.files) {
            let path = places.find(file).ok();
            let state = match &path {
                None => FileState::Missing,
                Some(path) if is_sound(path, file.size, &file.sha256)? => FileState::Ok,
                Some(_) => FileState::Damaged,
            };
            reports.push(FileReport { component, file, path, state });
        }
    }
    Ok(reports)
}

/// Whether the file at `path` has this size and SHA-256; a file that is not there has not.
pub(super) fn is_sound(path: &Path, size: u64, sha256: &str) -> Result<bool, ComponentsError> {
    let error = |e| ComponentsError::io(path, e);
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(error(e)),
    };
    if file.metadata().map_err(error)?.len() != size {
        return Ok(false);
    }
    let mut hashing = Hashing::new(&mut file);
    io::copy(&mut hashing, &mut io::sink()).map_err(error)?;
    Ok(hashing.hex() == sha256)
}

/// Passes bytes through and hashes them.
pub(super) struct Hashing<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Hashing<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new() }
    }

    /// SHA-256 of what was read, in lower-case hexadecimal.
    pub fn hex(self) -> String {
        self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
}
