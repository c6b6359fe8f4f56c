//! Carries out what is asked about files and pages: opening, reading, turning, removing.

use std::path::PathBuf;

use eframe::egui;

use crate::{
    classify::KindChoice,
    components,
    export::audit_log::{self, LogFormat},
    ingest::PageSelection,
    review::{Edit, FileEntry, FileId, ReadingState},
    worker::{Input, Job, ReadOptions},
};

use super::{
    App,
    command::{Arrange, Command},
    cx::{first_shortcut, is_closed},
    listing::Listing,
    navigate::opening_place,
    panel::claim::ClaimFormat,
    state::NoticeKind,
    text::fill,
};

impl App {
    pub(super) fn open(&mut self, paths: Vec<PathBuf>) {
        let mut new = Vec::new();
        let mut known = None;
        for path in paths {
            match self.session.add_file(&path, None) {
                (id, true) => new.push(id),
                (id, false) => known = Some(id),
            }
        }
        if new.is_empty() {
            if let Some(file) = known.and_then(|id| self.session.file(id)) {
                let (id, document, page) = opening_place(file, &Listing::default());
                self.select(id, document, page);
            }
            self.state.notify(NoticeKind::Warning, self.texts.open.already_there.clone());
            return;
        }
        // Where nobody is at work on what is on show, the first of what has come takes its place.
        let shown = self.state.document().and_then(|id| self.session.document(id));
        let first = new.first().copied().filter(|_| shown.is_some_and(is_closed));
        self.read(new);
        match first {
            Some(file) => self.select(file, None, 1),
            None => self.select_first(),
        }
    }

    /// Reads what was left waiting when the program ended.
    pub(super) fn read_waiting(&mut self) {
        let waiting = |f: &&FileEntry| f.state == ReadingState::Waiting;
        let files = self.session.files().iter().filter(waiting).map(|f| f.id).collect();
        self.read(files);
    }

    pub(super) fn read(&mut self, files: Vec<FileId>) {
        let mut ids = Vec::new();
        let mut inputs = Vec::new();
        for id in files {
            if let Some(file) = self.session.file(id) {
                inputs.push(input_of(file));
                ids.push(id);
                self.session.file_waits(id);
            }
        }
        if inputs.is_empty() {
            return;
        }
        let options = ReadOptions {
            kinds: Some(KindChoice::Auto),
            remember: self.state.keeping.remembers(),
            ..ReadOptions::default()
        };
        let job = self.engine.send(Job::Read { inputs, options });
        self.reading.started(job, ids);
        self.prefer_shown();
    }

    /// Reads the page on show again; one that was turned by hand, that way up.
    pub(super) fn read_page(&mut self) {
        let Some(selection) = self.state.selection else { return };
        let Some(file) = self.session.file(selection.file) else { return };
        let key = selection.page_key();
        let turned = file.page(key.page).filter(|_| self.state.turned.contains(&key));
        let rotation = turned.map(|p| p.structure.rotation);
        self.read_pages(selection.file, &[selection.page], rotation);
    }

    fn read_pages(&mut self, id: FileId, pages: &[usize], rotation: Option<u16>) {
        let Some(file) = self.session.file(id) else { return };
        let inputs = vec![input_of(file)];
        let options = ReadOptions {
            pages: PageSelection(pages.iter().map(|page| *page..=*page).collect()),
            kinds: Some(KindChoice::Auto),
            rotation,
            remember: false,
        };
        self.session.file_waits(id);
        let job = self.engine.send(Job::Read { inputs, options });
        self.reading.started_part(job, id);
    }

    /// Reads again what could not be read, whole files and single pages of others, and what still waits after
    /// reading was stopped. Files that wait for a password are left.
    pub(super) fn retry_failed(&mut self) {
        let mut files = Vec::new();
        let mut pages = Vec::new();
        for file in self.session.files() {
            match &file.state {
                ReadingState::Failed { needs_password: false, .. } => files.push(file.id),
                ReadingState::Waiting if !self.reading.is_running() => files.push(file.id),
                ReadingState::Done => {
                    let bad = file.pages.iter().filter(|p| p.error.is_some()).map(|p| p.page);
                    let bad: Vec<usize> = bad.collect();
                    if !bad.is_empty() {
                        pages.push((file.id, bad));
                    }
                }
                _ => {}
            }
        }
        if files.is_empty() && pages.is_empty() {
            self.state.notify(NoticeKind::Done, self.texts.notice.none_failed.clone());
        }
        self.read(files);
        for (file, bad) in pages {
            self.read_pages(file, &bad, None);
        }
    }

    /// Has reading wait before the next page, or go on.
    pub(super) fn pause(&mut self, paused: bool) {
        self.reading.pause(paused, std::time::Instant::now());
        self.engine.pause(paused);
    }

    /// Splits, merges and moves; what cannot be done is said.
    pub(super) fn arrange(&mut self, arrange: Arrange) {
        let edit = match arrange {
            Arrange::Split(document, page) => self.session.split_edit(document, page),
            Arrange::Merge(first, second) => self.session.merge_edit(&[first, second]),
            Arrange::Page { page, from, to } => self.session.move_page_edit(page, from, to),
            Arrange::Move(document, down) => self.session.reorder_edit(document, down),
        };
        let Some(edit) = edit else {
            self.state.notify(NoticeKind::Warning, self.texts.notice.arranged.clone());
            return;
        };
        self.commit();
        if self.apply(edit) && self.state.document().is_some_and(|id| self.session.document(id).is_none()) {
            // The document on show has become part of another one.
            let selection = self.state.selection;
            let file = selection.and_then(|s| self.session.file(s.file));
            if let Some(file) = file {
                let (id, document, page) = opening_place(file, &Listing::default());
                self.select(id, document, page);
            }
        }
    }

    /// Turns the page on show by a quarter, for good; its text is read anew by a command of its own.
    pub(super) fn rotate(&mut self, ctx: &egui::Context) {
        let Some(selection) = self.state.selection else { return };
        let key = selection.page_key();
        let page = self.session.file(key.file).and_then(|f| f.page(key.page));
        let rotation = (page.map_or(0, |p| p.structure.rotation) + 90) % 360;
        let turns = Edit::SetRotation { file: key.file, page: key.page, rotation };
        if page.is_some() && self.apply(turns) {
            self.state.turned.insert(key);
            self.state.page.reset();
            let shortcut = first_shortcut(ctx, &self.keys, Command::ReadPage);
            let text = fill(&self.texts.notice.turned, &[("shortcut", &shortcut)]);
            self.state.notify(NoticeKind::Done, text);
        }
    }

    pub(super) fn retry_engines(&mut self) {
        self.engines_failed = None;
        self.engine.restart();
        self.pause(false);
        self.read_waiting();
        // The new threads know nothing of the page on show.
        if let Some(key) = self.images.current() {
            self.images.show(None);
            self.load_page(key);
        }
    }

    pub(super) fn remove_file(&mut self) {
        let Some(selection) = self.state.selection else { return };
        let files = self.session.files();
        let Some(at) = files.iter().position(|f| f.id == selection.file) else { return };
        let neighbour = files.get(at + 1).or_else(|| at.checked_sub(1).and_then(|i| files.get(i)));
        let next = neighbour.map(|f| opening_place(f, &self.state.listing));
        if self.apply(Edit::RemoveFile { file: selection.file }) {
            self.images.forget(selection.file);
            match next {
                Some((file, document, page)) => self.select(file, document, page),
                None => {
                    (self.state.selection, self.state.field) = (None, None);
                    self.images.show(None);
                }
            }
        }
    }
}

impl App {
    /// Writes the claim that was put together, where the user chooses.
    pub(super) fn write_claim(&mut self, format: ClaimFormat) {
        let Some(claim) = self.state.claim.chosen() else { return };
        let done = fill(&self.texts.claim.done, &[("n", &claim.lines.len())]);
        let extension = match format {
            ClaimFormat::Workbook => "xlsx",
            ClaimFormat::Pdf => "pdf",
        };
        let title = self.texts.claim.title.clone();
        self.tasks.save_as(&title, "luru-claim", extension, move |path| {
            let written = match format {
                ClaimFormat::Workbook => claim.write_workbook(path),
                ClaimFormat::Pdf => claim.write_pdf(path, components::locate().ok().map(|c| c.pdfium)),
            };
            written.map_err(|e| e.to_string())?;
            Ok(done)
        });
    }

    /// Writes the audit trail as a log that shows tampering, where the user chooses.
    pub(super) fn export_audit(&mut self, format: LogFormat) {
        let links = self.session.audit_chain();
        let hash = links.last().map_or("", |l| l.hash.as_str()).to_owned();
        let done = fill(&self.texts.audit.exported, &[("n", &links.len()), ("hash", &hash)]);
        let (name, extension) = match format {
            LogFormat::JsonLines => ("luru-audit", "jsonl"),
            LogFormat::Csv => ("luru-audit", "csv"),
        };
        let title = self.texts.audit.title.clone();
        self.tasks.save_as(&title, name, extension, move |path| {
            audit_log::write(path, &links, format).map_err(|e| e.to_string())?;
            Ok(done)
        });
    }
}

pub(super) fn input_of(file: &FileEntry) -> Input {
    Input { path: file.path.clone(), password: file.password.clone() }
}
