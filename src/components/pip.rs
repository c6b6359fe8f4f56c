//! Fetches one wheel through the user's own pip.
//!
//! Wheels come by package name with their hash, so the user's mirror, proxy and certificates are
//! respected and nothing but the pinned file is accepted.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use super::{
    ComponentsError,
    error::SPACE_NEEDED_MEGABYTES,
    manifest::{Component, Wheel},
};

/// How often the download's size is looked at; ten times a second is smooth for a bar.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A Python interpreter that can be started.
pub(super) struct Python(PathBuf);

impl Python {
    /// The first of `names` that starts and is Python 3.
    pub fn find(names: &[PathBuf]) -> Result<Self, ComponentsError> {
        names
            .iter()
            .find(|name| {
                Command::new(name)
                    .args(["-c", "import sys; sys.exit(sys.version_info[0] != 3)"])
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .is_ok_and(|s| s.success())
            })
            .map(|name| Self(name.clone()))
            .ok_or(ComponentsError::NoPython)
    }

    /// Names under which systems know Python.
    pub fn usual_names() -> Vec<PathBuf> {
        ["python3", "python", "py"].map(PathBuf::from).to_vec()
    }

    /// Downloads `wheel` of `component` into `folder`; `bytes` hears how much has arrived.
    pub fn download(
        &self,
        component: &Component,
        wheel: &Wheel,
        folder: &Path,
        cancel: &AtomicBool,
        bytes: &mut dyn FnMut(u64),
    ) -> Result<(), ComponentsError> {
        // pip's temporary files lie here: their size is the progress, and they go away with it.
        let temporary = folder.join("pip");
        let io_error = |e| ComponentsError::io(&temporary, e);
        if temporary.exists() {
            fs::remove_dir_all(&temporary).map_err(io_error)?;
        }
        fs::create_dir_all(&temporary).map_err(io_error)?;
        let result = self.download_by(component, wheel, folder, &temporary, cancel, bytes);
        // What remains of pip's own files is swept at the next download; the result matters more.
        let _ = fs::remove_dir_all(&temporary);
        result
    }

    fn download_by(
        &self,
        component: &Component,
        wheel: &Wheel,
        folder: &Path,
        temporary: &Path,
        cancel: &AtomicBool,
        bytes: &mut dyn FnMut(u64),
    ) -> Result<(), ComponentsError> {
        let requirements = temporary.join("requirements.txt");
        let line = format!("{}=={} --hash=sha256:{}\n", component.package, component.version, wheel.sha256);
        fs::write(&requirements, line).map_err(|e| ComponentsError::io(&requirements, e))?;
        let log = temporary.join("stderr.txt");
        let stderr = fs::File::create(&log).map_err(|e| ComponentsError::io(&log, e))?;
        let mut child = Command::new(&self.0)
            .args(["-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary=:all:"])
            .args(["--no-input", "--disable-pip-version-check", "--quiet"])
            .args(["--platform", &wheel.platform, "--python-version", &wheel.python_version])
            .arg("--dest")
            .arg(folder)
            .arg("--requirement")
            .arg(&requirements)
            .env("TMPDIR", temporary)
            .env("TEMP", temporary)
            .env("TMP", temporary)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map_err(|e| ComponentsError::io(&self.0, e))?;
        let finished = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if cancel.load(Ordering::Relaxed) => {
                    stop(&mut child);
                    return Err(ComponentsError::Cancelled);
                }
                Ok(None) => {
                    bytes(size_of_files(temporary).min(wheel.size));
                    thread::sleep(LOOK_EVERY);
                }
                Err(e) => {
                    stop(&mut child);
                    return Err(ComponentsError::io(&self.0, e));
                }
            }
        };
        if finished.success() {
            return Ok(());
        }
        let said = fs::read(&log).map_err(|e| ComponentsError::io(&log, e))?;
        Err(self.explain(&String::from_utf8_lossy(&said), wheel, folder))
    }

    /// The error behind what pip wrote to stderr.
    fn explain(&self, said: &str, wheel: &Wheel, folder: &Path) -> ComponentsError {
        let has = |phrases: &[&str]| phrases.iter().any(|p| said.contains(p));
        if has(&["No module named pip"]) {
            ComponentsError::NoPip { python: self.0.clone() }
        } else if has(&["No space left on device", "Errno 28", "Disk quota exceeded"]) {
            ComponentsError::DiskFull { megabytes: SPACE_NEEDED_MEGABYTES, path: folder.to_owned() }
        } else if has(&["Permission denied", "Errno 13"]) {
            ComponentsError::NoPermission { path: folder.to_owned() }
        } else if has(&["DO NOT MATCH THE HASHES"]) {
            ComponentsError::WrongHash { name: wheel.wheel.clone() }
        } else if has(&[
            "No matching distribution found",
            "ConnectionError",
            "Connection broken",
            "Max retries exceeded",
            "Read timed out",
            "ReadTimeoutError",
            "ProxyError",
            "SSLError",
            "HTTPError",
            "HTTP error",
        ]) {
            ComponentsError::Unreachable { wheel: wheel.wheel.clone(), folder: folder.to_owned() }
        } else {
            let lines = || said.lines().map(str::trim).filter(|l| !l.is_empty());
            let message = lines().rev().find(|l| l.starts_with("ERROR")).or_else(|| lines().next_back());
            ComponentsError::Pip { message: message.unwrap_or("no message").to_owned() }
        }
    }
}

/// Ends a download that is not wanted any more.
fn stop(child: &mut Child) {
    // It may have ended by itself in the meantime; either way it is gone afterwards.
    let _ = child.kill();
    let _ = child.wait();
}

/// Bytes of all files below `folder`; what vanishes while looking counts nothing.
fn size_of_files(folder: &Path) -> u64 {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .filter(fs::Metadata::is_file)
        .map(|m| m.len())
        .sum()
}
