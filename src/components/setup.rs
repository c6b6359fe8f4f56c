//! `luru setup`: brings in what is missing, component by component.
//!
//! Each file is written under a temporary name, hashed while it is written and then renamed, so
//! that a stop at any moment leaves either the old file or the whole new one. A lock file keeps
//! two processes from working in the same folder at once.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use zip::{ZipArchive, result::ZipError};

use super::{
    Components, ComponentsError, Places, locate_in,
    manifest::{Component, Manifest, Wheel, WheelFile},
    pip::Python,
    verify::{Hashing, is_sound},
};

/// How often a held lock is tried again; a person does not notice half a second.
const LOCK_RETRY: Duration = Duration::from_millis(500);

/// A licence text longer than this is not one; the longest today has 340 kB.
const MAX_LICENCE_BYTES: u64 = 4 << 20;

/// What setup is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// Another process is setting up the same folder.
    Waiting {
        folder: &'a Path,
    },
    /// Already there and sound.
    Sound {
        component: &'a Component,
    },
    /// A download begins.
    Begin {
        component: &'a Component,
        size: u64,
    },
    /// Bytes of the wheel that have arrived.
    Downloading {
        component: &'a Component,
        done: u64,
        size: u64,
    },
    Done {
        component: &'a Component,
        folder: &'a Path,
    },
}

impl Progress<'_> {
    /// A sentence for the status line; `None` for what only moves a bar.
    pub fn sentence(&self) -> Option<String> {
        let title = |c: &Component| format!("{} {}", c.name, c.version);
        match self {
            Self::Waiting { folder } => Some(format!(
                "另一个 Luru 正在安装组件，等待中 / another Luru is setting up, waiting: {}",
                folder.display()
            )),
            Self::Sound { component } => {
                Some(format!("{}：已安装，校验无误 / is there and sound", title(component)))
            }
            Self::Begin { component, size } => Some(format!(
                "{0}：正在下载（{1:.1} MB，许可 {2}）/ downloading",
                title(component),
                *size as f64 / 1e6,
                component.licence
            )),
            Self::Downloading { .. } => None,
            Self::Done { component, folder } => {
                Some(format!("{}：已安装 / installed: {}", title(component), folder.display()))
            }
        }
    }
}

/// Brings the components into one folder.
pub struct Installer<'a> {
    manifest: &'a Manifest,
    places: &'a Places,
    folder: &'a Path,
    /// Interpreters to try, in order.
    pub pythons: Vec<PathBuf>,
}

impl<'a> Installer<'a> {
    /// For the program's own manifest and the user's Python.
    pub fn new(places: &'a Places) -> Result<Self, ComponentsError> {
        Self::with_manifest(Manifest::built_in()?, places)
    }

    pub fn with_manifest(manifest: &'a Manifest, places: &'a Places) -> Result<Self, ComponentsError> {
        let folder = places.install.as_deref().ok_or(ComponentsError::NoDataFolder)?;
        Ok(Self { manifest, places, folder, pythons: Python::usual_names() })
    }

    /// Brings in what is missing or damaged and returns where everything lies. Stops at the
    /// first component that cannot be brought in; what was complete before stays.
    pub fn run(
        &self,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Components, ComponentsError> {
        self.install(cancel, progress)?;
        locate_in(self.places)
    }

    /// The same without looking for the program's own components afterwards.
    pub fn install(
        &self,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), ComponentsError> {
        let mut missing = Vec::new();
        for component in &self.manifest.components {
            let Some(wheel) = component.wheel() else { continue };
            if self.is_complete(wheel)? {
                progress(Progress::Sound { component });
            } else {
                missing.push((component, wheel));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        fs::create_dir_all(self.folder).map_err(|e| ComponentsError::io(self.folder, e))?;
        let _lock = self.lock(cancel, progress)?;
        for (component, wheel) in missing {
            // Another process may have brought it in while this one waited for the lock.
            if !self.is_complete(wheel)? {
                self.bring_in(component, wheel, cancel, progress)?;
                self.check_found(wheel)?;
            }
            progress(Progress::Done { component, folder: self.folder });
        }
        remove_if_empty(&self.downloads());
        Ok(())
    }

    /// Where wheels arrive. A wheel found here is used without asking pip.
    fn downloads(&self) -> PathBuf {
        self.folder.join("downloads")
    }

    fn is_complete(&self, wheel: &Wheel) -> Result<bool, ComponentsError> {
        for file in &wheel.files {
            match self.places.find(file) {
                Ok(path) if is_sound(&path, file.size, &file.sha256)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// A damaged file in a folder that is searched earlier would hide the sound one.
    fn check_found(&self, wheel: &Wheel) -> Result<(), ComponentsError> {
        for file in &wheel.files {
            let path = self.places.find(file)?;
            if !is_sound(&path, file.size, &file.sha256)? {
                return Err(ComponentsError::Damaged { path });
            }
        }
        Ok(())
    }

    fn lock(
        &self,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<File, ComponentsError> {
        let path = self.folder.join(".lock");
        let error = |e| ComponentsError::io(&path, e);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(error)?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if cancel.load(Ordering::Relaxed) => {
                    return Err(ComponentsError::Cancelled);
                }
                Err(TryLockError::WouldBlock) => {
                    if !told {
                        progress(Progress::Waiting { folder: self.folder });
                        told = true;
                    }
                    thread::sleep(LOCK_RETRY);
                }
                Err(TryLockError::Error(e)) => return Err(error(e)),
            }
        }
    }

    fn bring_in(
        &self,
        component: &Component,
        wheel: &Wheel,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), ComponentsError> {
        let downloads = self.downloads();
        fs::create_dir_all(&downloads).map_err(|e| ComponentsError::io(&downloads, e))?;
        let path = downloads.join(&wheel.wheel);
        if !is_sound(&path, wheel.size, &wheel.sha256)? {
            remove(&path)?;
            progress(Progress::Begin { component, size: wheel.size });
            let mut bytes = |done| progress(Progress::Downloading { component, done, size: wheel.size });
            Python::find(&self.pythons)?.download(component, wheel, &downloads, cancel, &mut bytes)?;
            if !is_sound(&path, wheel.size, &wheel.sha256)? {
                remove(&path)?;
                return Err(ComponentsError::WrongHash { name: wheel.wheel.clone() });
            }
        }
        self.unpack(component, wheel, &path)?;
        remove(&path)
    }

    /// Unpacks the listed files and the licence texts of a verified wheel.
    fn unpack(&self, component: &Component, wheel: &Wheel, path: &Path) -> Result<(), ComponentsError> {
        let error = |e| zip_error(path, e);
        let opened = File::open(path).map_err(|e| ComponentsError::io(path, e))?;
        let mut archive = ZipArchive::new(opened).map_err(error)?;
        // Texts first: no binary is ever there without its licence.
        let licences = self.folder.join("licences").join(&component.package);
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(error)?;
            let Some(inside) = entry.enclosed_name() else { continue };
            if entry.is_file() && component.is_licence(&inside.to_string_lossy().replace('\\', "/")) {
                // The wheel's own top folder says nothing: `package/LICENSE` becomes `LICENSE`.
                let name: PathBuf = inside.components().skip(1).collect();
                self.write(&mut (&mut entry).take(MAX_LICENCE_BYTES), &licences.join(name), None)?;
            }
        }
        for file in &wheel.files {
            let mut entry = match archive.by_name(&file.path) {
                Ok(entry) => entry,
                Err(ZipError::FileNotFound) => {
                    return Err(ComponentsError::WheelContent {
                        wheel: wheel.wheel.clone(),
                        path: file.path.clone(),
                    });
                }
                Err(e) => return Err(error(e)),
            };
            // One byte more than stated shows that the entry is too long.
            let mut limited = (&mut entry).take(file.size + 1);
            self.write(&mut limited, &self.folder.join(file.name()), Some(file))?;
        }
        Ok(())
    }

    /// Writes under a temporary name, compares with `expected` and renames.
    fn write(
        &self,
        from: &mut dyn Read,
        to: &Path,
        expected: Option<&WheelFile>,
    ) -> Result<(), ComponentsError> {
        let error = |e| ComponentsError::io(to, e);
        let folder = to.parent().unwrap_or(self.folder);
        fs::create_dir_all(folder).map_err(error)?;
        let mut part = tempfile::Builder::new().prefix(".part-").tempfile_in(folder).map_err(error)?;
        let mut hashing = Hashing::new(from);
        io::copy(&mut hashing, &mut part).map_err(error)?;
        if expected.is_some_and(|file| hashing.hex() != file.sha256) {
            return Err(ComponentsError::WrongHash { name: to.display().to_string() });
        }
        part.as_file().sync_all().map_err(error)?;
        make_readable(part.as_file()).map_err(error)?;
        part.persist(to).map_err(|e| error(e.error))?;
        Ok(())
    }
}

/// Temporary files are made for their owner alone; components may serve every user.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &File) -> io::Result<()> {
    Ok(())
}

/// A read error keeps its kind (a full disk, a missing permission); anything else means that the
/// archive is not what its hash promised.
fn zip_error(path: &Path, error: ZipError) -> ComponentsError {
    match error {
        ZipError::Io(e) => ComponentsError::io(path, e),
        other => ComponentsError::io(path, io::Error::other(other)),
    }
}

fn remove(path: &Path) -> Result<(), ComponentsError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(ComponentsError::io(path, e)),
        _ => Ok(()),
    }
}

/// Tidies up a folder that only passes things through; one that still holds something stays.
fn remove_if_empty(folder: &Path) {
    let _ = fs::remove_dir(folder);
}
