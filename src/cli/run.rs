//! What every command that reads files shares: components, stopping, progress and counting.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::Context;

use crate::{
    components::{self, Components, ComponentsError, Places},
    review::FileReading,
    worker::BatchEvent,
};

use super::{
    Status, output,
    progress::{DownloadProgress, ReadProgress},
};

/// More readers than this only need more memory: each holds its own networks and page.
pub(super) const MAX_JOBS: usize = 16;
/// Exit status of a process that was interrupted, by convention 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// The components, brought in if they are missing; without them how the command ends, said on stderr.
pub(super) fn ready_components(cancel: &AtomicBool) -> Result<Components, Status> {
    let download = DownloadProgress::new();
    components::ensure_in(&Places::of_this_machine(), cancel, &mut |p| download.show(p)).map_err(|error| {
        eprintln!("{error}");
        let stopped = matches!(error, ComponentsError::Cancelled);
        if stopped { Status::SomeFailed } else { Status::NoComponents }
    })
}

/// A flag that the first Ctrl-C sets; the second ends the process at once.
pub(super) fn stop_on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = cancel.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
        eprintln!(
            "正在停止，已完成的结果会保留；再按一次立即退出 / stopping, finished results are kept; once more to quit at once"
        );
    })
    .context("无法接收中断信号 / interrupts cannot be caught")?;
    Ok(cancel)
}

/// A batch as it goes: tells the progress and counts.
pub(super) struct Run {
    progress: ReadProgress,
    pub done: usize,
    pub failed: usize,
    /// Why nothing more can be written: stdout was closed.
    pub stop: Option<anyhow::Error>,
}

impl Run {
    pub fn new(inputs: usize) -> Self {
        Self { progress: ReadProgress::new(inputs), done: 0, failed: 0, stop: None }
    }

    /// Takes an event; `put` writes the result of the file with this index.
    pub fn hear(
        &mut self,
        event: BatchEvent,
        cancel: &AtomicBool,
        put: &mut dyn FnMut(usize, FileReading) -> anyhow::Result<()>,
    ) {
        match event {
            BatchEvent::FileOpened { pages, .. } => self.progress.opened(pages),
            BatchEvent::PageDone { .. } => self.progress.page_done(),
            BatchEvent::FileDone { file, reading } => {
                let path = reading.path.clone();
                let unopened = reading.error.is_some();
                let seconds = reading.timings.total / 1000.0;
                let mut failures = failures(&reading);
                if self.stop.is_none()
                    && let Err(error) = put(file, reading)
                {
                    if output::is_closed_pipe(&error) {
                        self.stop = Some(error);
                        cancel.store(true, Ordering::Relaxed);
                    } else {
                        failures.push(format!("{error:#}"));
                    }
                }
                self.done += 1;
                self.failed += usize::from(!failures.is_empty());
                self.progress.file_done(&path, unopened, seconds, &failures);
            }
        }
    }

    /// No more events come.
    pub fn finish(&self) {
        self.progress.finish();
    }

    /// How the command ends if it was given so many inputs; those without a result were not read.
    pub fn status(&self, inputs: usize) -> Status {
        if self.failed > 0 || self.done < inputs { Status::SomeFailed } else { Status::Ok }
    }
}

/// What went wrong with a file and its pages, a sentence each.
fn failures(reading: &FileReading) -> Vec<String> {
    let pages = reading.pages.iter().filter_map(|page| {
        let error = page.error.as_ref()?;
        Some(format!("第 {0} 页 / page {0}: {error}", page.page))
    });
    reading.error.iter().cloned().chain(pages).collect()
}
