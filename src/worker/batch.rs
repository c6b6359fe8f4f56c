//! Many files without a window: several pages in flight, results in the inputs' order.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use crate::{
    components::Components,
    kind::Registry,
    ocr::{ModelFiles, OcrError, Reader, ReaderLoader, ReaderSettings},
    review::{FileReading, join_parts},
};

use super::{
    Input, ReadOptions, cores,
    pipeline::{Cancelled, OpenedFile, PageRead, Stages, TextReader, open},
};

/// What happens while files are read.
#[derive(Debug)]
pub enum BatchEvent {
    /// A file was opened and has this many selected pages.
    FileOpened { file: usize, pages: usize },
    /// A page was read, well or not.
    PageDone { file: usize, page: usize },
    /// A file is complete, and so are all before it.
    FileDone { file: usize, reading: FileReading },
}

/// Reads files without a window, `jobs` pages in flight; `done` receives each file's result with
/// its index as soon as it and all before it are complete.
pub fn read_files(
    components: &Components,
    registry: &Registry,
    inputs: &[Input],
    options: &ReadOptions,
    jobs: usize,
    cancel: &AtomicBool,
    done: &mut dyn FnMut(usize, FileReading),
) -> Result<(), OcrError> {
    read_files_watched(components, registry, inputs, options, jobs, cancel, &mut |event| {
        if let BatchEvent::FileDone { file, reading } = event {
            done(file, reading);
        }
    })
}

/// Like [`read_files`], telling each step. Returns when all files are done or, after `cancel` was
/// set, when the pages in flight have stopped; files that were complete by then are still told,
/// others are not. Fails only if the networks cannot be loaded.
pub fn read_files_watched(
    components: &Components,
    registry: &Registry,
    inputs: &[Input],
    options: &ReadOptions,
    jobs: usize,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(BatchEvent),
) -> Result<(), OcrError> {
    let pdfium = Some(components.pdfium.clone());
    let jobs = jobs.clamp(1, pages_up_to(inputs, options, pdfium.as_ref(), jobs).max(1));
    let files = model_files(components);
    let settings = ReaderSettings { threads: (cores() / jobs).max(1) };
    let loader = ReaderLoader::new(files, settings);
    let load = || Ok(Box::new(loader.load()?) as Box<dyn TextReader>);
    let batch = Batch { inputs, options, pdfium, registry, cancel, load: &load };
    batch.run(jobs, tell)
}

/// Whose kernels run the networks here, for people.
pub fn kernels(components: &Components) -> Result<&'static str, OcrError> {
    Ok(Reader::load(model_files(components), ReaderSettings { threads: 1 })?.kernels())
}

/// Where the networks lie.
pub(super) fn model_files(components: &Components) -> ModelFiles<'_> {
    ModelFiles {
        runtime_library: &components.onnx_runtime,
        detection: &components.detection,
        recognition: &components.recognition,
        line_direction: &components.line_direction,
    }
}

/// How many pages the inputs have, counted up to `enough`: a single page is read with all cores
/// by one reader rather than by the first of many.
fn pages_up_to(inputs: &[Input], options: &ReadOptions, pdfium: Option<&PathBuf>, enough: usize) -> usize {
    let mut pages = 0;
    for (index, input) in inputs.iter().enumerate() {
        if pages + (inputs.len() - index) >= enough {
            return enough;
        }
        pages += open(input, options, pdfium.cloned()).map_or(0, |source| source.pages().len());
    }
    pages
}

/// A run over `inputs`.
struct Batch<'a> {
    inputs: &'a [Input],
    options: &'a ReadOptions,
    pdfium: Option<PathBuf>,
    registry: &'a Registry,
    cancel: &'a AtomicBool,
    load: &'a (dyn Fn() -> Result<Box<dyn TextReader>, OcrError> + Sync),
}

/// What is still to do, shared by the readers.
#[derive(Default)]
struct Work {
    next_file: usize,
    /// Files being opened: their pages are about to be queued.
    opening: usize,
    /// (file, page) of opened files.
    pages: VecDeque<(usize, usize)>,
}

enum Task {
    Open(usize),
    Page(usize, usize),
}

/// From the readers to the caller's thread.
enum Message {
    Opened { file: usize, pages: usize },
    Unreadable { file: usize, message: String },
    Page { file: usize, read: Box<PageRead> },
    LoadFailed(OcrError),
}

/// Why a reader's thread ends before the work does.
enum Stop {
    LoadFailed(OcrError),
    /// The caller's thread is gone.
    NobodyListens,
}

impl From<mpsc::SendError<Message>> for Stop {
    fn from(_: mpsc::SendError<Message>) -> Self {
        Self::NobodyListens
    }
}

impl Batch<'_> {
    fn run(&self, jobs: usize, tell: &mut dyn FnMut(BatchEvent)) -> Result<(), OcrError> {
        let work = (Mutex::new(Work::default()), Condvar::new());
        let failed = AtomicBool::new(false);
        // Bounded: readers wait while results are being written.
        let (sender, messages) = mpsc::sync_channel(jobs);
        thread::scope(|scope| {
            for _ in 0..jobs {
                let (sender, work, failed) = (sender.clone(), &work, &failed);
                scope.spawn(move || self.read_pages(work, failed, &sender));
            }
            drop(sender);
            let mut results = Results::default();
            let mut error = None;
            for message in messages {
                match message {
                    Message::LoadFailed(e) => error = error.or(Some(e)),
                    other => results.take(self.registry, self.inputs, other, tell),
                }
            }
            if let Some(error) = error {
                return Err(error);
            }
            results.tell_rest(self.registry, tell);
            Ok(())
        })
    }

    /// One reader's thread: pages of opened files first, then the next file.
    fn read_pages(
        &self,
        work: &(Mutex<Work>, Condvar),
        failed: &AtomicBool,
        sender: &mpsc::SyncSender<Message>,
    ) {
        let mut reader = None;
        let mut opened: Option<(usize, OpenedFile)> = None;
        while let Some(task) = self.next_task(work, failed) {
            let done = match task {
                Task::Open(file) => self.open_file(file, &mut opened, work, sender),
                Task::Page(file, page) => self.read_page(file, page, &mut opened, &mut reader, sender),
            };
            match done {
                Ok(()) => {}
                Err(Stop::NobodyListens) => return,
                Err(Stop::LoadFailed(error)) => {
                    failed.store(true, Ordering::Relaxed);
                    work.1.notify_all();
                    // The receiver lives as long as the readers do.
                    let _ = sender.send(Message::LoadFailed(error));
                    return;
                }
            }
        }
    }

    fn next_task(&self, (work, changed): &(Mutex<Work>, Condvar), failed: &AtomicBool) -> Option<Task> {
        let mut work = lock(work);
        loop {
            if self.cancel.load(Ordering::Relaxed) || failed.load(Ordering::Relaxed) {
                return None;
            }
            if let Some((file, page)) = work.pages.pop_front() {
                return Some(Task::Page(file, page));
            }
            if work.next_file < self.inputs.len() {
                work.next_file += 1;
                work.opening += 1;
                return Some(Task::Open(work.next_file - 1));
            }
            if work.opening == 0 {
                return None;
            }
            work = changed.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open_file(
        &self,
        file: usize,
        opened: &mut Option<(usize, OpenedFile)>,
        (work, changed): &(Mutex<Work>, Condvar),
        sender: &mpsc::SyncSender<Message>,
    ) -> Result<(), Stop> {
        let result = self.stages().open(&self.inputs[file], self.pdfium.clone());
        // Told before the pages are queued, so that no page arrives before its file.
        let pages = match &result {
            Ok(opened) => opened.source.pages(),
            Err(_) => Vec::new(),
        };
        let sent = sender.send(match result {
            Ok(now_open) => {
                *opened = Some((file, now_open));
                Message::Opened { file, pages: pages.len() }
            }
            Err(error) => Message::Unreadable { file, message: error.message },
        });
        let mut work = lock(work);
        work.opening -= 1;
        work.pages.extend(pages.into_iter().map(|page| (file, page)));
        changed.notify_all();
        Ok(sent?)
    }

    fn read_page(
        &self,
        file: usize,
        page: usize,
        opened: &mut Option<(usize, OpenedFile)>,
        reader: &mut Option<Box<dyn TextReader>>,
        sender: &mpsc::SyncSender<Message>,
    ) -> Result<(), Stop> {
        let stages = self.stages();
        let mut why = String::new();
        if opened.as_ref().is_none_or(|(of, _)| *of != file) {
            // Another reader opened the file; decoders are not shared between threads.
            *opened = None;
            match stages.open(&self.inputs[file], self.pdfium.clone()) {
                Ok(now_open) => *opened = Some((file, now_open)),
                Err(error) => why = error.message,
            }
        }
        let read = match opened {
            Some((_, opened)) => match stages.recall(opened, page) {
                Ok(Some(read)) => Ok(read),
                Ok(None) => stages.read(opened, page, self.loaded(reader)?),
                Err(Cancelled) => Err(Cancelled),
            },
            None => Ok(PageRead::failed(
                page,
                &format!(
                    "文件在读取时变得无法打开，请重试 / the file could not be opened again, try again: {why}"
                ),
            )),
        };
        match read {
            Ok(mut read) => {
                read.image = None;
                Ok(sender.send(Message::Page { file, read: Box::new(read) })?)
            }
            // Not reported: a stopped page was not read.
            Err(Cancelled) => Ok(()),
        }
    }

    fn stages(&self) -> Stages<'_> {
        Stages::new(self.registry, self.options, self.cancel)
    }

    /// The thread's reader, loaded at the first page that must be read.
    fn loaded<'r>(
        &self,
        reader: &'r mut Option<Box<dyn TextReader>>,
    ) -> Result<&'r mut dyn TextReader, Stop> {
        let loaded = match reader.take() {
            Some(loaded) => loaded,
            None => (self.load)().map_err(Stop::LoadFailed)?,
        };
        Ok(reader.insert(loaded).as_mut())
    }
}

fn lock(work: &Mutex<Work>) -> MutexGuard<'_, Work> {
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Files in the making, until they are told in order.
#[derive(Default)]
struct Results {
    next: usize,
    files: BTreeMap<usize, Pending>,
}

struct Pending {
    expected: usize,
    pages: Vec<PageRead>,
    error: Option<String>,
    path: PathBuf,
}

impl Results {
    fn take(
        &mut self,
        registry: &Registry,
        inputs: &[Input],
        message: Message,
        tell: &mut dyn FnMut(BatchEvent),
    ) {
        let new = |file: usize, expected, error| {
            let path = inputs.get(file).map(|i| i.path.clone()).unwrap_or_default();
            Pending { expected, pages: Vec::new(), error, path }
        };
        match message {
            Message::Opened { file, pages } => {
                tell(BatchEvent::FileOpened { file, pages });
                self.files.insert(file, new(file, pages, None));
            }
            Message::Unreadable { file, message } => {
                self.files.insert(file, new(file, 0, Some(message)));
            }
            Message::Page { file, read } => {
                tell(BatchEvent::PageDone { file, page: read.page.page });
                if let Some(pending) = self.files.get_mut(&file) {
                    pending.pages.push(*read);
                }
            }
            Message::LoadFailed(_) => {}
        }
        while self.files.get(&self.next).is_some_and(Pending::is_complete) {
            if let Some(pending) = self.files.remove(&self.next) {
                tell(BatchEvent::FileDone { file: self.next, reading: pending.finish(registry) });
            }
            self.next += 1;
        }
    }

    /// After a stop: complete files that wait for one before them that never will be.
    fn tell_rest(self, registry: &Registry, tell: &mut dyn FnMut(BatchEvent)) {
        for (file, pending) in self.files {
            if pending.is_complete() {
                tell(BatchEvent::FileDone { file, reading: pending.finish(registry) });
            }
        }
    }
}

impl Pending {
    fn is_complete(&self) -> bool {
        self.pages.len() == self.expected
    }

    fn finish(mut self, registry: &Registry) -> FileReading {
        self.pages.sort_by_key(|read| read.page.page);
        let mut reading = FileReading { path: self.path, error: self.error, ..FileReading::default() };
        for read in self.pages {
            reading.timings.add(&read.timings);
            reading.pages.push(read.page);
            reading.documents.extend(read.documents);
        }
        join_parts(registry, &mut reading);
        reading
    }
}

#[cfg(test)]
mod tests;
