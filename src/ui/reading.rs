//! The running reading jobs: which file each index means, how far they are, how long it takes.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::{review::FileId, worker::JobId};

/// One reading job as sent to the worker.
#[derive(Debug, Clone)]
struct Run {
    files: Vec<FileId>,
    /// Selected pages by index into `files`, once opened.
    pages: HashMap<usize, usize>,
    done: usize,
    finished: usize,
    /// Files of the run that could not be read.
    failed: usize,
    begun: Option<Instant>,
    /// Only some pages of the file are read, again.
    part: bool,
}

/// All reading jobs that have not ended.
#[derive(Debug, Default)]
pub struct Reading {
    runs: HashMap<JobId, Run>,
    /// Since when reading waits.
    paused: Option<Instant>,
}

/// How far all running jobs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub pages_done: usize,
    /// Pages known so far; a file that is not open yet counts as one page.
    pub pages: usize,
    /// `None` until the first page is done.
    pub time_left: Option<Duration>,
}

impl Reading {
    pub fn started(&mut self, job: JobId, files: Vec<FileId>) {
        let (pages, begun) = (HashMap::new(), None);
        let run = Run { files, pages, done: 0, finished: 0, failed: 0, begun, part: false };
        self.runs.insert(job, run);
    }

    /// A job that reads a page of a file again.
    pub fn started_part(&mut self, job: JobId, file: FileId) {
        self.started(job, vec![file]);
        if let Some(run) = self.runs.get_mut(&job) {
            run.part = true;
        }
    }

    /// Whether the job reads only some pages of its file.
    pub fn is_part(&self, job: JobId) -> bool {
        self.runs.get(&job).is_some_and(|r| r.part)
    }

    /// The clock runs from the first page on: loading the engines says nothing of the pages.
    pub fn page_begun(&mut self, job: JobId, now: Instant) {
        if let Some(run) = self.runs.get_mut(&job) {
            run.begun.get_or_insert(now);
        }
    }

    /// The file that `index` means in `job`; `None` for events of a job that has ended.
    pub fn file(&self, job: JobId, index: usize) -> Option<FileId> {
        self.runs.get(&job)?.files.get(index).copied()
    }

    pub fn opened(&mut self, job: JobId, index: usize, pages: usize) {
        if let Some(run) = self.runs.get_mut(&job) {
            run.pages.insert(index, pages);
        }
    }

    pub fn page_done(&mut self, job: JobId) {
        if let Some(run) = self.runs.get_mut(&job) {
            run.done += 1;
        }
    }

    pub fn file_done(&mut self, job: JobId, failed: bool) {
        if let Some(run) = self.runs.get_mut(&job) {
            run.finished += 1;
            run.failed += usize::from(failed);
        }
    }

    /// The job has ended; how many files it finished and how many of them failed.
    pub fn ended(&mut self, job: JobId) -> Option<(usize, usize)> {
        self.runs.remove(&job).map(|run| (run.finished, run.failed))
    }

    /// Forgets all jobs, e.g. when the engines are started again. Returns their files.
    pub fn abandon(&mut self) -> Vec<FileId> {
        let mut runs: Vec<_> = self.runs.drain().collect();
        runs.sort_by_key(|(job, _)| *job);
        runs.into_iter().flat_map(|(_, run)| run.files).collect()
    }

    pub fn is_running(&self) -> bool {
        !self.runs.is_empty()
    }

    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Reading waits, or goes on; the time that it has waited does not count.
    pub fn pause(&mut self, paused: bool, now: Instant) {
        match (self.paused, paused) {
            (None, true) => self.paused = Some(now),
            (Some(since), false) => {
                self.paused = None;
                for begun in self.runs.values_mut().filter_map(|r| r.begun.as_mut()) {
                    *begun += now.duration_since((*begun).max(since));
                }
            }
            _ => {}
        }
    }

    /// `None` when nothing is being read.
    pub fn progress(&self, now: Instant) -> Option<Progress> {
        if self.runs.is_empty() {
            return None;
        }
        // While it waits, no time is left that could be told.
        let now = self.paused.unwrap_or(now);
        let runs = self.runs.values();
        let pages_of = |run: &Run| -> usize {
            (0..run.files.len()).map(|i| run.pages.get(&i).copied().unwrap_or(1)).sum()
        };
        let pages_done: usize = runs.clone().map(|r| r.done).sum();
        let pages = runs.clone().map(pages_of).sum::<usize>().max(pages_done);
        let begun = runs.filter_map(|r| r.begun).min();
        let time_left = begun.filter(|_| pages_done > 0).map(|begun| {
            let per_page = now.duration_since(begun).as_secs_f64() / pages_done as f64;
            Duration::from_secs_f64(per_page * pages.saturating_sub(pages_done) as f64)
        });
        Some(Progress { pages_done, pages, time_left })
    }
}

/// `mm:ss`, or `h:mm:ss` from one hour on.
pub fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().round() as u64;
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m:02}:{s:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_counts_pages_and_estimates_the_rest() {
        let mut reading = Reading::default();
        let start = Instant::now();
        assert_eq!(reading.progress(start), None);
        reading.started(7, vec![FileId(1), FileId(2)]);
        reading.page_begun(7, start);
        reading.opened(7, 0, 3);
        assert_eq!(reading.progress(start), Some(Progress { pages_done: 0, pages: 4, time_left: None }));
        reading.page_done(7);
        reading.page_done(7);
        let now = start + Duration::from_secs(10);
        let left = Some(Duration::from_secs(10));
        assert_eq!(reading.progress(now), Some(Progress { pages_done: 2, pages: 4, time_left: left }));
        assert_eq!(reading.file(7, 1), Some(FileId(2)));
        assert_eq!(reading.file(6, 1), None, "a stale job");
        reading.file_done(7, false);
        reading.file_done(7, true);
        assert_eq!(reading.ended(7), Some((2, 1)));
        assert!(!reading.is_running());
    }

    #[test]
    fn a_pause_does_not_count() {
        let mut reading = Reading::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        reading.started(7, vec![FileId(1), FileId(2)]);
        reading.page_begun(7, start);
        reading.page_done(7);
        reading.pause(true, at(10));
        reading.pause(true, at(20));
        assert!(reading.is_paused());
        assert_eq!(reading.progress(at(90)).and_then(|p| p.time_left), Some(Duration::from_secs(10)));
        reading.pause(false, at(100));
        assert_eq!(reading.progress(at(100)).and_then(|p| p.time_left), Some(Duration::from_secs(10)));
    }

    #[test]
    fn time_is_written_as_a_clock() {
        assert_eq!(clock(Duration::from_secs(38)), "00:38");
        assert_eq!(clock(Duration::from_secs(3_725)), "1:02:05");
    }
}
