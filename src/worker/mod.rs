//! Composes the stages: threads that own engines and PDF library, jobs in, events out.
//!
//! Cancel is looked at between pages and between stages; a panic costs one page; events of a
//! stale job are dropped by their job number; after each event the owner is asked to repaint.

mod batch;
mod cache;
#[cfg(test)]
mod fake;
mod fingerprint;
mod ground;
mod panics;
mod pipeline;
mod reading;
mod reading_cache;
mod text_layer;
mod thread;
mod trial;
mod turned;
mod viewer;

use std::{path::PathBuf, sync::Arc};

use image::RgbImage;

use crate::{
    classify::KindChoice,
    geometry::Quad,
    ingest::{IngestError, OpenOptions, PageSelection},
    kind::Registry,
    ocr::TextLine,
    review::{Document, PageReading, Timings},
};

pub use batch::{BatchEvent, kernels, read_files, read_files_watched};
pub use thread::Worker;
pub use trial::{Trial, try_kind};

/// A file to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
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
    /// Degrees clockwise (0, 90, 180, 270) that turn the pages upright, where a person has said
    /// so; `None`: as the text tells.
    pub rotation: Option<u16>,
    /// Take pages that were read before from the user's cache, and keep those that are read now.
    pub remember: bool,
}

/// Identifies one job; later jobs have larger numbers.
pub type JobId = u64;

/// What the window asks of the worker.
#[derive(Debug)]
pub enum Job {
    /// Read files in order; pages arrive one by one.
    Read { inputs: Vec<Input>, options: ReadOptions },
    /// Decode a page for showing; answered by [`Event::PageImage`]. Never waits for reading.
    /// The newest request is served first.
    Show { input: Input, page: usize },
    /// Read the text in a quad again; answered by [`Event::LineRead`].
    ReadLine { input: Input, page: usize, quad: Quad },
    /// Extract a document again as another kind, without reading its pages again; answered by
    /// [`Event::Extracted`]. It lies at `location` on the first of them, and all over the others.
    Extract { input: Input, pages: Vec<Arc<PageReading>>, location: Quad, kind: String },
    /// From here on these are the kinds; no answer.
    Kinds(Arc<Registry>),
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
        /// The first one.
        page: usize,
        location: Quad,
        /// Why not, in a sentence.
        document: Result<Box<Document>, String>,
    },
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq)]
pub struct FileError {
    pub message: String,
    /// The file is encrypted and needs a password (or another one).
    pub needs_password: bool,
}

impl From<&IngestError> for FileError {
    fn from(error: &IngestError) -> Self {
        Self { message: error.to_string(), needs_password: error.needs_password() }
    }
}

impl Input {
    fn open_options(&self, pages: &PageSelection, pdfium_library: Option<PathBuf>) -> OpenOptions {
        OpenOptions { pages: pages.clone(), password: self.password.clone(), pdfium_library }
    }
}

/// Removes what is kept of pages that were read; an error says how much is left.
pub fn forget_readings() -> std::io::Result<()> {
    reading_cache::forget()
}

/// Threads that this machine can run at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
