//! One page through all stages.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use image::RgbImage;

use crate::{
    classify::{FoundDocument, classify, frame::Frame, references::form_fit},
    extract::{DocumentView, Ground, Record, SecondReading, extract},
    geometry::Quad,
    ingest::{PageImage, Source},
    kind::{Kind, Registry},
    ocr::{OcrError, Reader, Reading, TextLine},
    review::{Document, DocumentState, Fingerprint, PageReading, TextSource, Timings},
    structure::{Code, PageStructure, analyse, read_seals},
    validate::{Paper, SeenPage, validate},
};

use super::{
    Input, ReadOptions, fingerprint, ground,
    panics::caught,
    reading_cache::{FileDigest, ReadingCache, Remembered, Replay, digest},
    text_layer, turned,
};

/// What reads text. [`Reader`] in the program; tests put their own in its place.
pub(super) trait TextReader {
    fn read(&mut self, page: &RgbImage, cancel: &AtomicBool) -> Result<Reading, OcrError>;
    fn read_line(&mut self, page: &RgbImage, quad: &Quad) -> Result<TextLine, OcrError>;
    fn read_strips(&mut self, strips: &[RgbImage]) -> Result<Vec<TextLine>, OcrError>;
}

impl TextReader for Reader {
    fn read(&mut self, page: &RgbImage, cancel: &AtomicBool) -> Result<Reading, OcrError> {
        Reader::read(self, page, cancel)
    }

    fn read_line(&mut self, page: &RgbImage, quad: &Quad) -> Result<TextLine, OcrError> {
        Reader::read_line(self, page, quad)
    }

    fn read_strips(&mut self, strips: &[RgbImage]) -> Result<Vec<TextLine>, OcrError> {
        Reader::read_strips(self, strips)
    }
}

/// The run was asked to stop; what was being read is thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cancelled;

/// One page as read, with its pixels if they could be decoded.
#[derive(Debug)]
pub(super) struct PageRead {
    pub page: PageReading,
    pub documents: Vec<Document>,
    pub timings: Timings,
    /// `None` where decoding failed or the page was known already.
    pub image: Option<Arc<RgbImage>>,
}

impl PageRead {
    /// A page that was not read.
    pub fn failed(page: usize, message: &str) -> Self {
        Self {
            page: PageReading { page, error: Some(message.to_owned()), ..PageReading::default() },
            documents: Vec::new(),
            timings: Timings::default(),
            image: None,
        }
    }
}

/// What stays the same over the pages of a run.
#[derive(Clone, Copy)]
pub(super) struct Stages<'a> {
    pub registry: &'a Registry,
    pub options: &'a ReadOptions,
    pub cancel: &'a AtomicBool,
    pub cache: Option<&'a ReadingCache>,
}

/// A file whose pages are to be read.
pub(super) struct OpenedFile {
    pub source: Source,
    digest: Option<FileDigest>,
    /// Whether its readings may be kept: not those of a file with a password.
    keeps: bool,
}

impl<'a> Stages<'a> {
    pub fn new(registry: &'a Registry, options: &'a ReadOptions, cancel: &'a AtomicBool) -> Self {
        let cache = options.remember.then(ReadingCache::of_this_user).flatten();
        Self { registry, options, cancel, cache }
    }

    /// Opens an input; a panic of a decoder becomes an error too.
    pub fn open(
        &self,
        input: &Input,
        pdfium_library: Option<PathBuf>,
    ) -> Result<OpenedFile, super::FileError> {
        let source = open(input, self.options, pdfium_library)?;
        Ok(OpenedFile { source, digest: digest(&input.path), keeps: input.password.is_none() })
    }

    /// A page that was read before, its documents extracted anew. `None` if it must be read.
    pub fn recall(&self, file: &OpenedFile, page: usize) -> Result<Option<PageRead>, Cancelled> {
        let start = Instant::now();
        let Some((cache, digest)) = self.kept(file) else { return Ok(None) };
        let Some(entry) = cache.get(digest, page, self.options.rotation) else { return Ok(None) };
        let mut timings = Timings::default();
        let mut replay = Replay::of(&entry);
        let found = &entry.page;
        let place = PagePlace { number: found.page, size: (found.width, found.height), source: found.source };
        let documents = caught(|| self.documents(&found.structure, place, &mut replay, &mut timings));
        if replay.incomplete {
            return Ok(None);
        }
        let documents = match documents {
            Ok(documents) => documents?,
            Err(_) => return Ok(None),
        };
        timings.total = millis(start);
        Ok(Some(PageRead { page: entry.page, documents, timings, image: None }))
    }

    /// Decodes and reads one page. Whatever goes wrong with it becomes the page's error.
    pub fn read(
        &self,
        file: &mut OpenedFile,
        page: usize,
        reader: &mut dyn TextReader,
    ) -> Result<PageRead, Cancelled> {
        let start = Instant::now();
        let decoded = caught(|| file.source.decode(page)).and_then(|d| d.map_err(|e| e.to_string()));
        let mut timings = Timings { decode: millis(start), ..Timings::default() };
        self.go_on()?;
        let mut read = PageRead {
            page: PageReading { page, ..PageReading::default() },
            documents: Vec::new(),
            timings,
            image: None,
        };
        let (mut second, mut grounds) = (Vec::new(), Vec::new());
        match decoded {
            Ok(image) => {
                (read.page.width, read.page.height) = image.image.dimensions();
                read.page.dpi = image.dpi;
                read.page.notices.clone_from(&image.notices);
                match caught(|| self.read_decoded(&image, reader, &mut timings)) {
                    Ok(Ok(done)) => {
                        read.page.source = done.source;
                        read.page.notices.extend(done.notices);
                        read.page.structure = done.structure;
                        read.documents = done.documents;
                        (second, grounds) = (done.second, done.grounds);
                    }
                    Ok(Err(OcrError::Cancelled)) => return Err(Cancelled),
                    Ok(Err(error)) => read.page.error = Some(error.to_string()),
                    Err(panic) => read.page.error = Some(panic),
                }
                let picture = fingerprint::picture(&image.image, read.page.structure.rotation);
                let file = file.digest.map(|d| d.to_string()).unwrap_or_default();
                read.page.fingerprint = Some(Fingerprint { file, picture });
                read.image = Some(Arc::new(image.image));
            }
            Err(message) => read.page.error = Some(message),
        }
        timings.total = millis(start);
        read.timings = timings;
        if let Some((cache, digest)) = self.kept(file) {
            let entry = Remembered { page: read.page, second, grounds };
            // A full disk costs the next reading its time, not this one its result.
            let _ = cache.put(digest, page, self.options.rotation, &entry);
            read.page = entry.page;
        }
        Ok(read)
    }

    /// Where readings of the file are kept.
    fn kept(&self, file: &OpenedFile) -> Option<(&'a ReadingCache, FileDigest)> {
        self.cache.zip(file.digest).filter(|_| file.keeps)
    }

    fn read_decoded(
        &self,
        page: &PageImage,
        reader: &mut dyn TextReader,
        timings: &mut Timings,
    ) -> Result<Done, OcrError> {
        let PageText { source, lines, mut notices } = self.text(page, reader, timings)?;
        self.go_on()?;
        let start = Instant::now();
        let mut structure = analyse(&page.image, lines);
        if let Some(rotation) = self.options.rotation {
            structure.rotation = rotation;
        }
        let mut failed = None;
        read_seals(&page.image, &mut structure, &mut |strips| {
            reader.read_strips(strips).unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            })
        });
        match failed {
            Some(OcrError::Cancelled) => return Err(OcrError::Cancelled),
            // A seal without its text; with a notice the reading is not kept in the cache.
            Some(error) => {
                notices.push(format!("印章文字未能识别 / the text of a seal could not be read: {error}"));
            }
            None => {}
        }
        timings.structure = millis(start);
        let place = PagePlace { number: page.page, size: page.image.dimensions(), source };
        let mut look = SecondLook::new(reader, &page.image, self.cancel);
        let documents = self.documents(&structure, place, &mut look, timings)?;
        Ok(Done { source, structure, documents, notices, second: look.seen, grounds: look.grounds })
    }

    /// The documents on a page, extracted and checked.
    fn documents(
        &self,
        structure: &PageStructure,
        place: PagePlace,
        second: &mut dyn SecondReading,
        timings: &mut Timings,
    ) -> Result<Vec<Document>, Cancelled> {
        let Some(choice) = &self.options.kinds else { return Ok(Vec::new()) };
        let start = Instant::now();
        let mut documents = Vec::new();
        for found in classify(structure, place.size, self.registry, choice) {
            self.go_on()?;
            documents.push(document(self.registry, structure, place, found, second));
        }
        timings.extract = millis(start);
        Ok(documents)
    }

    /// The page's lines: its own text where that holds what is visible, else read.
    fn text(
        &self,
        page: &PageImage,
        reader: &mut dyn TextReader,
        timings: &mut Timings,
    ) -> Result<PageText, OcrError> {
        if !page.text_layer.is_empty() && text_layer::covers(&page.image, &page.text_layer) {
            let lines = text_layer::lines(&page.text_layer);
            return Ok(PageText { source: TextSource::TextLayer, lines, notices: Vec::new() });
        }
        let reading = match self.options.rotation {
            Some(rotation) => turned::read(reader, &page.image, rotation, self.cancel)?,
            None => reader.read(&page.image, self.cancel)?,
        };
        timings.detect = reading.detect_millis;
        timings.recognize = reading.recognize_millis;
        let lines = text_layer::joined(&page.text_layer, reading.lines);
        Ok(PageText { source: TextSource::Scan, lines, notices: reading.notices })
    }

    fn go_on(&self) -> Result<(), Cancelled> {
        if self.cancel.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }
}

impl From<Cancelled> for OcrError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// What the stages after decoding found on one page.
struct Done {
    source: TextSource,
    structure: PageStructure,
    documents: Vec<Document>,
    /// What could not be read and why.
    notices: Vec<String>,
    /// What was read again, and what it said.
    second: Vec<(Quad, Option<TextLine>)>,
    /// The grounds that were asked for.
    grounds: Vec<(Quad, Option<Ground>)>,
}

/// A page's lines and where they come from.
struct PageText {
    source: TextSource,
    lines: Vec<TextLine>,
    notices: Vec<String>,
}

/// The page that a document lies on.
#[derive(Clone, Copy)]
pub(super) struct PagePlace {
    /// From 1.
    pub number: usize,
    /// Pixels.
    pub size: (u32, u32),
    pub source: TextSource,
}

/// Extracts and checks one document. A kind that the registry does not know has no fields.
pub(super) fn document(
    registry: &Registry,
    structure: &PageStructure,
    place: PagePlace,
    found: FoundDocument,
    second: &mut dyn SecondReading,
) -> Document {
    document_of(registry.get(&found.kind), structure, place, found, second)
}

/// [`document`] of a kind at hand.
pub(super) fn document_of(
    kind: Option<&Kind>,
    structure: &PageStructure,
    place: PagePlace,
    mut found: FoundDocument,
    second: &mut dyn SecondReading,
) -> Document {
    let (mut record, mut issues) = (Record::default(), Vec::new());
    if let Some(kind) = kind {
        if kind.has_references() {
            let frame = Frame::of_lines(&structure.lines, &found.lines, structure.rotation);
            found.fit = form_fit(&frame, kind);
        }
        let view = DocumentView { page: structure, found: &found, size: place.size };
        record = extract(&view, kind, second);
        let codes: Vec<Code> = view.codes().cloned().collect();
        if place.source == TextSource::TextLayer {
            record.mark_as_text_layer();
        }
        let pages = [SeenPage { page: place.number, size: place.size, structure }];
        issues = validate(kind, Paper { fit: found.fit.as_ref(), codes: &codes, pages: &pages }, &mut record);
    }
    Document { found, pages: vec![place.number], record, issues, state: DocumentState::ToReview }
}

/// Reads a stretch of the page again with the page's reader.
pub(super) struct SecondLook<'a> {
    pub reader: &'a mut dyn TextReader,
    pub image: &'a RgbImage,
    pub cancel: &'a AtomicBool,
    /// Every stretch asked for, and the answer.
    pub seen: Vec<(Quad, Option<TextLine>)>,
    /// Every stretch whose ground was asked for, and its colours.
    pub grounds: Vec<(Quad, Option<Ground>)>,
}

impl<'a> SecondLook<'a> {
    pub fn new(reader: &'a mut dyn TextReader, image: &'a RgbImage, cancel: &'a AtomicBool) -> Self {
        Self { reader, image, cancel, seen: Vec::new(), grounds: Vec::new() }
    }
}

impl SecondReading for SecondLook<'_> {
    /// A failed inference is no reading: the first one stands, marked doubtful by its check.
    fn read_again(&mut self, quad_in_page: &Quad) -> Option<TextLine> {
        if self.cancel.load(Ordering::Relaxed) {
            return None;
        }
        let line = self.reader.read_line(self.image, quad_in_page).ok().filter(|line| !line.text.is_empty());
        self.seen.push((*quad_in_page, line.clone()));
        line
    }

    fn ground(&mut self, quad_in_page: &Quad) -> Option<Ground> {
        let ground = ground::behind(self.image, quad_in_page);
        self.grounds.push((*quad_in_page, ground));
        ground
    }
}

/// Opens an input; a panic of a decoder becomes an error too.
pub(super) fn open(
    input: &Input,
    options: &ReadOptions,
    pdfium_library: Option<PathBuf>,
) -> Result<Source, super::FileError> {
    match caught(|| Source::open(&input.path, &input.open_options(&options.pages, pdfium_library))) {
        Ok(Ok(source)) => Ok(source),
        Ok(Err(error)) => Err((&error).into()),
        Err(message) => Err(super::FileError { message, needs_password: false }),
    }
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
