//! Progress on stderr: a bar with the time left on a terminal, plain lines otherwise.

use std::{io::IsTerminal, path::Path};

use indicatif::{ProgressBar, ProgressStyle};

/// Pages and files of a reading run.
pub(super) struct ReadProgress {
    bar: Option<ProgressBar>,
    files: usize,
    files_done: usize,
    /// Pages of opened files, and one for each file that is still closed.
    pages: u64,
}

impl ReadProgress {
    pub fn new(files: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(files as u64);
            bar.set_style(style("{bar:28} {pos}/{len} 页 · {elapsed} · 剩余 {eta} · {msg}"));
            bar
        });
        Self { bar, files, files_done: 0, pages: files as u64 }
    }

    pub fn opened(&mut self, pages: usize) {
        self.pages = (self.pages + pages as u64).saturating_sub(1);
        if let Some(bar) = &self.bar {
            bar.set_length(self.pages);
        }
    }

    pub fn page_done(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// `failures`: what went wrong with the file or its pages, a sentence each.
    pub fn file_done(&mut self, path: &Path, unopened: bool, seconds: f64, failures: &[String]) {
        self.files_done += 1;
        let name = path.display();
        match &self.bar {
            Some(bar) => {
                bar.set_message(
                    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
                );
                if unopened {
                    bar.inc(1);
                }
            }
            None if failures.is_empty() => {
                eprintln!("[{}/{}] {name} {seconds:.1}s", self.files_done, self.files);
            }
            None => {}
        }
        for failure in failures {
            self.say(&format!("[{}/{}] ✕ {name}: {failure}", self.files_done, self.files));
        }
    }

    /// A line above the bar.
    pub fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Bytes of one download after another.
pub(super) struct DownloadProgress {
    bar: Option<ProgressBar>,
}

impl DownloadProgress {
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::hidden();
            bar.set_style(style("{bar:28} {bytes}/{total_bytes} · {eta} · {msg}"));
            bar
        });
        Self { bar }
    }

    /// Shows what setup is doing.
    pub fn show(&self, progress: crate::components::Progress<'_>) {
        use crate::components::Progress;
        match (&self.bar, progress.sentence()) {
            (Some(bar), Some(sentence)) => bar.suspend(|| eprintln!("{sentence}")),
            (None, Some(sentence)) => eprintln!("{sentence}"),
            _ => {}
        }
        let Some(bar) = &self.bar else { return };
        match progress {
            Progress::Begin { component, size } => {
                bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
                bar.reset();
                bar.set_length(size);
                bar.set_message(component.name.clone());
            }
            Progress::Downloading { done, .. } => bar.set_position(done),
            Progress::Done { .. } => bar.finish_and_clear(),
            Progress::Waiting { .. } | Progress::Sound { .. } => {}
        }
    }
}

/// The template is fixed; should it be wrong, the library's default bar does as well.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
