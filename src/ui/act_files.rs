//! Carries out what is asked about files and pages: opening, reading, turning, removing.

use std::path::PathBuf;

use eframe::egui;

use crate::{
    classify::KindChoice,
    ingest::PageSelection,
    review::{Edit, FileEntry, FileId, ReadingState},
    worker::{Input, Job, ReadOptions},
};

use super::{
    App, command::Command, cx::first_shortcut, listing::Listing, navigate::opening_place, state::NoticeKind,
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
        self.read(new);
        self.select_first();
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
        let options = ReadOptions { kinds: Some(KindChoice::Auto), remember: true, ..ReadOptions::default() };
        let job = self.engine.send(Job::Read { inputs, options });
        self.reading.started(job, ids);
    }

    /// Reads the page on show again; one that was turned by hand, that way up.
    pub(super) fn read_page(&mut self) {
        let Some(selection) = self.state.selection else { return };
        let Some(file) = self.session.file(selection.file) else { return };
        let inputs = vec![input_of(file)];
        let key = selection.page_key();
        let turned = file.page(key.page).filter(|_| self.state.turned.contains(&key));
        let options = ReadOptions {
            pages: PageSelection(vec![selection.page..=selection.page]),
            kinds: Some(KindChoice::Auto),
            rotation: turned.map(|p| p.structure.rotation),
            remember: false,
        };
        self.session.file_waits(selection.file);
        let job = self.engine.send(Job::Read { inputs, options });
        self.reading.started_part(job, selection.file);
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

pub(super) fn input_of(file: &FileEntry) -> Input {
    Input { path: file.path.clone(), password: file.password.clone() }
}
