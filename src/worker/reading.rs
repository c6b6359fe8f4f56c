//! The thread that owns the networks and works off the window's jobs.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use image::RgbImage;

use crate::{
    classify::FoundDocument,
    components::{self, ComponentsError, Places},
    extract::{NoSecondReading, SecondReading},
    geometry::Quad,
    kind::Registry,
    ocr::{Reader, ReaderSettings, TextLine},
    review::{Document, PageReading, joined},
};

use super::{
    Event, Input, Job, JobId, Outcome, ReadOptions,
    batch::model_files,
    cache::PageCache,
    cores,
    panics::caught,
    pipeline::{Cancelled, OpenedFile, PagePlace, SecondLook, Stages, TextReader, document},
    thread::{Gone, Inbox, Outbox, Queued},
    viewer::{Viewer, pdfium},
};

/// How the networks are loaded; tests put their own in its place.
pub(super) struct Engines {
    /// Whether everything that `load` needs is there, so that it takes no network.
    pub ready: fn() -> bool,
    pub load: Load,
}

/// Loads what reads text; hears of a stop and tells sentences for the status line.
type Load = fn(cancel: &AtomicBool, notice: &mut dyn FnMut(String)) -> Result<Box<dyn TextReader>, LoadError>;

/// The networks cannot be loaded, in a sentence.
#[derive(Debug)]
pub(super) enum LoadError {
    Cancelled,
    Failed(String),
}

/// The components of this machine, brought in if they are missing.
pub(super) fn real_engines() -> Engines {
    Engines { ready: || components::locate().is_ok(), load: load_networks }
}

fn load_networks(
    cancel: &AtomicBool,
    notice: &mut dyn FnMut(String),
) -> Result<Box<dyn TextReader>, LoadError> {
    let mut percent = None;
    let found = components::ensure_in(&Places::of_this_machine(), cancel, &mut |progress| {
        if let Some(sentence) = progress.sentence() {
            notice(sentence);
        } else if let components::Progress::Downloading { component, done, size } = progress {
            // One sentence a percent: more would only repaint the window.
            let now = done * 100 / size.max(1);
            if percent.replace(now) != Some(now) {
                notice(format!("正在下载 {} {now}% / downloading", component.name));
            }
        }
    });
    let components = found.map_err(|error| match error {
        ComponentsError::Cancelled => LoadError::Cancelled,
        other => LoadError::Failed(other.to_string()),
    })?;
    notice("正在加载识别模型 / loading the models".to_owned());
    let reader = caught(|| Reader::load(model_files(&components), ReaderSettings { threads: cores() }))
        .and_then(|loaded| loaded.map_err(|e| e.to_string()))
        .map_err(LoadError::Failed)?;
    notice(String::new());
    Ok(Box::new(reader))
}

/// Owns the networks.
pub(super) struct ReadingThread {
    registry: Arc<Registry>,
    cache: Arc<PageCache>,
    outbox: Outbox,
    inbox: Inbox,
    engines: Engines,
    /// Loaded at start if that takes no network, else at the first job.
    reader: Option<Box<dyn TextReader>>,
    /// For jobs about a page that is not in the cache any more.
    viewer: Viewer,
}

/// How one file ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileEnd {
    Done,
    Cancelled,
}

/// One reading job under way.
struct Run<'a> {
    job: JobId,
    inputs: &'a [Input],
    options: &'a ReadOptions,
    cancel: &'a AtomicBool,
    /// Indexes of the inputs that have not been begun, in order.
    left: Vec<usize>,
    /// Pages, and files that could not be opened.
    good: usize,
    bad: usize,
}

impl Run<'_> {
    /// The file to read next: the one that is wished for, else the first that is left.
    fn next(&mut self, wished: Option<(PathBuf, usize)>) -> Option<usize> {
        let wished = wished.and_then(|(path, _)| self.take(&path));
        wished.or_else(|| (!self.left.is_empty()).then(|| self.left.remove(0)))
    }

    /// Takes the file at `path` if it has not been begun.
    fn take(&mut self, path: &Path) -> Option<usize> {
        let is_it = |i: &usize| self.inputs.get(*i).is_some_and(|input| input.path == path);
        let at = self.left.iter().position(is_it)?;
        Some(self.left.remove(at))
    }
}

impl ReadingThread {
    pub fn new(
        registry: Arc<Registry>,
        cache: Arc<PageCache>,
        outbox: Outbox,
        inbox: Inbox,
        engines: Engines,
    ) -> Self {
        Self { registry, cache, outbox, inbox, engines, reader: None, viewer: Viewer::default() }
    }

    /// Works until the window is gone.
    pub fn serve(mut self) -> Result<(), Gone> {
        if (self.engines.ready)() {
            self.load(&AtomicBool::new(false))?;
        }
        while let Some(queued) = self.inbox.next() {
            self.run(queued)?;
        }
        Ok(())
    }

    fn run(&mut self, Queued { id, job, cancel }: Queued) -> Result<(), Gone> {
        let result = match job {
            Job::Read { inputs, options } => self.read(id, &inputs, &options, &cancel),
            Job::ReadLine { input, page, quad } => {
                let line = self.read_line(&input, page, &quad, &cancel)?;
                self.outbox.send(Event::LineRead { input, page, quad, line })
            }
            Job::Extract { input, pages, location, kind } => {
                let document = self.extract(&input, &pages, location, &kind, &cancel).map(Box::new);
                let page = pages.first().map_or(0, |page| page.page);
                self.outbox.send(Event::Extracted { input, page, location, document })
            }
            Job::Kinds(registry) => {
                self.registry = registry;
                Ok(())
            }
            // Served by the other thread; one that comes here is answered all the same.
            Job::Show { input, page } => {
                let image = self.image(&input, page);
                self.outbox.send(Event::PageImage { input, page, image })
            }
        };
        self.inbox.finished(id);
        result
    }

    /// Loads the networks unless they are there. `false` if that failed or was stopped.
    fn load(&mut self, cancel: &AtomicBool) -> Result<bool, Gone> {
        if self.reader.is_some() {
            return Ok(true);
        }
        let mut gone = Ok(());
        let loaded = (self.engines.load)(cancel, &mut |sentence| {
            if gone.is_ok() {
                gone = self.outbox.send(Event::Notice(sentence));
            }
        });
        gone?;
        match loaded {
            Ok(reader) => self.reader = Some(reader),
            Err(LoadError::Cancelled) => {}
            Err(LoadError::Failed(sentence)) => self.outbox.send(Event::EnginesFailed(sentence))?,
        }
        Ok(self.reader.is_some())
    }

    fn read(
        &mut self,
        job: JobId,
        inputs: &[Input],
        options: &ReadOptions,
        cancel: &AtomicBool,
    ) -> Result<(), Gone> {
        self.outbox.send(Event::Begin { job, files: inputs.len() })?;
        let stopped = || cancel.load(Ordering::Relaxed);
        if stopped() || !self.load(cancel)? {
            let outcome = if stopped() { Outcome::Cancelled } else { Outcome::Failed };
            return self.outbox.send(Event::End { job, outcome });
        }
        let mut run =
            Run { job, inputs, options, cancel, left: (0..inputs.len()).collect(), good: 0, bad: 0 };
        while let Some(file) = run.next(self.inbox.wished()) {
            if self.read_file(&mut run, file)? == FileEnd::Cancelled {
                return self.outbox.send(Event::End { job, outcome: Outcome::Cancelled });
            }
        }
        let outcome = match (run.good, run.bad) {
            (_, 0) => Outcome::Completed,
            (0, _) => Outcome::Failed,
            _ => Outcome::Partial,
        };
        self.outbox.send(Event::End { job, outcome })
    }

    fn read_file(&mut self, run: &mut Run<'_>, file: usize) -> Result<FileEnd, Gone> {
        let (job, options, cancel) = (run.job, run.options, run.cancel);
        let Some(input) = run.inputs.get(file) else { return Ok(FileEnd::Done) };
        let mut opened = match Stages::new(&self.registry, options, cancel).open(input, pdfium()) {
            Ok(opened) => opened,
            Err(error) => {
                self.outbox.send(Event::FileDone { job, file, error: Some(error) })?;
                run.bad += 1;
                return Ok(FileEnd::Done);
            }
        };
        let mut pages = opened.source.pages();
        self.outbox.send(Event::FileOpened { job, file, pages: pages.len() })?;
        while !pages.is_empty() {
            if self.before_page(run, &input.path)? == FileEnd::Cancelled {
                return Ok(FileEnd::Cancelled);
            }
            let on_show = self.inbox.wished().filter(|(path, _)| *path == input.path).map(|(_, page)| page);
            let at = pages.iter().position(|p| Some(*p) == on_show).unwrap_or(0);
            let page = pages.remove(at);
            self.outbox.send(Event::PageBegin { job, file, page })?;
            match self.read_page(run, file, input, &mut opened, page)? {
                Some(true) => run.good += 1,
                Some(false) => run.bad += 1,
                None => return Ok(FileEnd::Cancelled),
            }
        }
        self.outbox.send(Event::FileDone { job, file, error: None })?;
        Ok(FileEnd::Done)
    }

    /// What comes before the next page of `current`: short jobs, a pause, and files that are on show
    /// and have not been read.
    fn before_page(&mut self, run: &mut Run<'_>, current: &Path) -> Result<FileEnd, Gone> {
        loop {
            for short in self.inbox.short_jobs() {
                self.run(short)?;
            }
            if run.cancel.load(Ordering::Relaxed) {
                return Ok(FileEnd::Cancelled);
            }
            if !self.inbox.is_paused() {
                break;
            }
            self.inbox.rest()?;
        }
        if let Some(file) = self.inbox.wished().and_then(|wish| run.take(&wish.0)) {
            return self.read_file(run, file);
        }
        if self.inbox.wished().is_some_and(|(path, _)| path != current)
            && let Some(other) = self.inbox.wished_job()
        {
            self.run(other)?;
        }
        Ok(FileEnd::Done)
    }

    /// Whether the page was read well; `None` if that was stopped.
    fn read_page(
        &mut self,
        run: &Run<'_>,
        file: usize,
        input: &Input,
        opened: &mut OpenedFile,
        page: usize,
    ) -> Result<Option<bool>, Gone> {
        let stages = Stages::new(&self.registry, run.options, run.cancel);
        let known = match stages.recall(opened, page) {
            Ok(known) => known,
            Err(Cancelled) => return Ok(None),
        };
        let read = match (known, self.reader.as_deref_mut()) {
            (Some(read), _) => read,
            (None, Some(reader)) => match stages.read(opened, page, reader) {
                Ok(read) => read,
                Err(Cancelled) => return Ok(None),
            },
            (None, None) => return Ok(None),
        };
        if let Some(image) = &read.image {
            self.cache.put(input, page, image.clone());
        }
        let good = read.page.error.is_none();
        self.outbox.send(Event::PageDone {
            job: run.job,
            file,
            page: Box::new(read.page),
            documents: read.documents,
            image: read.image,
            timings: read.timings,
        })?;
        Ok(Some(good))
    }

    fn read_line(
        &mut self,
        input: &Input,
        page: usize,
        quad: &Quad,
        cancel: &AtomicBool,
    ) -> Result<Result<TextLine, String>, Gone> {
        let image = match self.image(input, page) {
            Ok(image) => image,
            Err(message) => return Ok(Err(message)),
        };
        self.load(cancel)?;
        let Some(reader) = self.reader.as_deref_mut() else {
            return Ok(Err(
                "识别模型未加载，请先运行 luru setup / the models are not loaded, run `luru setup`".into(),
            ));
        };
        Ok(caught(|| reader.read_line(&image, quad)).and_then(|line| line.map_err(|e| e.to_string())))
    }

    fn extract(
        &mut self,
        input: &Input,
        pages: &[Arc<PageReading>],
        location: Quad,
        kind: &str,
        cancel: &AtomicBool,
    ) -> Result<Document, String> {
        let mut parts = Vec::with_capacity(pages.len());
        for page in pages {
            let whole = Quad::from_rect(0.0, 0.0, page.width as f32, page.height as f32);
            let place = if parts.is_empty() { location } else { whole };
            parts.push(self.extract_page(input, page, place, kind, cancel)?);
        }
        let mut parts = parts.into_iter();
        let first = parts.next().ok_or("该单据的页面尚未识别 / the document's page has not been read")?;
        Ok(joined(&self.registry, first, parts))
    }

    fn extract_page(
        &mut self,
        input: &Input,
        page: &PageReading,
        location: Quad,
        kind: &str,
        cancel: &AtomicBool,
    ) -> Result<Document, String> {
        let structure = &page.structure;
        let lines = (0..structure.lines.len())
            .filter(|&i| structure.lines.get(i).is_some_and(|l| location.contains(l.quad.center())))
            .collect();
        let found = FoundDocument { kind: kind.to_owned(), confidence: 1.0, location, lines, fit: None };
        let place = PagePlace { number: page.page, size: (page.width, page.height), source: page.source };
        // Without pixels or networks the first reading stands.
        let image = if self.reader.is_some() { self.image(input, page.page).ok() } else { None };
        let registry = &self.registry;
        let extracted =
            |second: &mut dyn SecondReading| caught(|| document(registry, structure, place, found, second));
        match (&image, self.reader.as_deref_mut()) {
            (Some(image), Some(reader)) => extracted(&mut SecondLook::new(reader, image, cancel)),
            _ => extracted(&mut NoSecondReading),
        }
    }

    fn image(&mut self, input: &Input, page: usize) -> Result<Arc<RgbImage>, String> {
        if let Some(image) = self.cache.get(input, page) {
            return Ok(image);
        }
        let image = self.viewer.decode(input, page)?;
        self.cache.put(input, page, image.clone());
        Ok(image)
    }
}
