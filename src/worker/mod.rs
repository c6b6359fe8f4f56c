//! Composes the stages: threads that own engines and PDF library, jobs in, events out.
//!
//! Cancel is looked at between pages and between stages; a panic costs one page; events of a
//! stale job are dropped by their job number; after each event the owner is asked to repaint.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool, mpsc},
};

use image::RgbImage;

use crate::{
    classify::KindChoice,
    components::Components,
    extract::Record,
    geometry::Quad,
    ingest::PageSelection,
    kind::Registry,
    ocr::TextLine,
    review::{Document, FileReading, PageReading, Timings},
};

/// A file to read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    pub path: PathBuf,
    /// For encrypted PDFs.
    pub password: Option<String>,
}

/// What a reading run should do.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    pub pages: PageSelection,
    /// `None`: text and structure only.
    pub kinds: Option<KindChoice>,
}

/// Identifies one job; later jobs have larger numbers.
pub type JobId = u64;

/// What the window asks of the worker.
#[derive(Debug)]
pub enum Job {
    /// Read files in order; pages arrive one by one.
    Read { inputs: Vec<Input>, options: ReadOptions },
    /// Decode a page for showing; answered by [`Event::PageImage`]. Never waits for reading.
    Show { input: Input, page: usize },
    /// Read the text in a quad again; answered by [`Event::LineRead`].
    ReadLine { input: Input, page: usize, quad: Quad },
    /// Extract again as another kind, without reading the page again; answered by [`Event::Extracted`].
    Extract { input: Input, page: Box<PageReading>, location: Quad, kind: String },
}

/// How a reading job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Completed,
    /// Some pages or files failed.
    Partial,
    Cancelled,
    /// Nothing could be read.
    Failed,
}

/// What the worker tells the window.
#[derive(Debug)]
pub enum Event {
    /// The components are being brought in or loaded; a sentence for the status line.
    Notice(String),
    /// The engines cannot be loaded; a sentence with the remedy.
    EnginesFailed(String),
    Begin {
        job: JobId,
        files: usize,
    },
    /// A file was opened and has this many selected pages.
    FileOpened {
        job: JobId,
        file: usize,
        pages: usize,
    },
    /// Which page is being read now.
    PageBegin {
        job: JobId,
        file: usize,
        page: usize,
    },
    PageDone {
        job: JobId,
        /// Index into the job's inputs.
        file: usize,
        page: Box<PageReading>,
        documents: Vec<Document>,
        image: Option<Arc<RgbImage>>,
        timings: Timings,
    },
    FileDone {
        job: JobId,
        file: usize,
        error: Option<FileError>,
    },
    End {
        job: JobId,
        outcome: Outcome,
    },
    PageImage {
        input: Input,
        page: usize,
        image: Result<Arc<RgbImage>, String>,
    },
    LineRead {
        input: Input,
        page: usize,
        quad: Quad,
        line: Result<TextLine, String>,
    },
    Extracted {
        input: Input,
        page: usize,
        location: Quad,
        document: Box<Document>,
    },
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq)]
pub struct FileError {
    pub message: String,
    /// The file is encrypted and needs a password (or another one).
    pub needs_password: bool,
}

/// Handle of the running threads. Dropping it cancels and ends them.
pub struct Worker {
    _jobs: mpsc::SyncSender<Job>,
    events: mpsc::Receiver<Event>,
}

impl Worker {
    /// Starts the threads. `repaint` is called after each event.
    pub fn start(_registry: Arc<Registry>, _repaint: Arc<dyn Fn() + Send + Sync>) -> Self {
        let (jobs, _) = mpsc::sync_channel(64);
        let (_, events) = mpsc::channel();
        Self { _jobs: jobs, events }
    }

    /// Queues a job and returns its number; never blocks.
    pub fn send(&mut self, _job: Job) -> JobId {
        0
    }

    /// Asks the running reading job, and those queued behind it, to stop.
    pub fn cancel(&self) {}

    /// The next event, if one has arrived; never blocks.
    pub fn poll(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

/// Reads files without a window, `jobs` pages in flight; `done` receives each file's result with
/// its index as soon as it and all before it are complete.
pub fn read_files(
    _components: &Components,
    _registry: &Registry,
    _inputs: &[Input],
    _options: &ReadOptions,
    _jobs: usize,
    _cancel: &AtomicBool,
    _done: &mut dyn FnMut(usize, FileReading),
) -> Result<(), crate::ocr::OcrError> {
    Ok(())
}

/// Checks an edited record again with the codes of its page.
pub fn recheck(_registry: &Registry, _kind: &str, _record: &mut Record) {}
