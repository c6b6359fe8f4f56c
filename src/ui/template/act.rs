//! Carries out what is asked about forms: marking, trying, saving, deleting. After each change the form
//! is tried on the open pages, on a thread.

use std::{fs, sync::Arc};

use crate::{
    export::{ExportError, write_atomic},
    fault::{self, BEHIND, Words},
    kind::{
        Kind, Label, Registry,
        template::{Template, key_of},
    },
    review::{FileEntry, PageReading},
    ui::{
        App,
        page::PageKey,
        state::{NoticeKind, Panel},
        text::fill,
    },
    worker::{Job, try_kind},
};

use super::{Ask, Editor, Part, TriedPage, guess, list};

/// Pages that a form is tried on after each change, the sample first. Each takes some 30 ms.
const TRIED: usize = 24;

/// What a form makes of the open pages, as of one version of it.
#[derive(Debug)]
pub struct Trials {
    pub version: u64,
    pub tried: Vec<TriedPage>,
}

impl App {
    pub(in crate::ui) fn ask_template(&mut self, ask: Ask) {
        match ask {
            Ask::Open(id) => return self.open_template(&id),
            Ask::Delete(id) => return self.delete_template(&id),
            Ask::Abandon => {
                self.state.template = None;
                self.state.panel = None;
                return;
            }
            _ => {}
        }
        let page = self.sample_page();
        let Some(editor) = self.state.template.as_mut().map(Arc::make_mut) else { return };
        match ask {
            Ask::Tool(tool) => editor.tool = tool,
            Ask::MarkLine(line) => {
                let marked = page.as_deref().is_some_and(|p| editor.mark_line(p, line));
                if !marked {
                    self.state.notify(NoticeKind::Warning, self.texts.template.no_text_there.clone());
                }
            }
            Ask::MarkBox(quad) => {
                if let Some(page) = &page {
                    editor.mark_box(page, &quad);
                }
            }
            Ask::Select(part) => {
                editor.selected = part;
                if let Some(quad) = part.and_then(|p| place_of(&editor.template, p)) {
                    self.state.page.show(quad);
                }
            }
            Ask::Change(template, what) => {
                let template = followed(&editor.template, *template, page.as_deref());
                editor.change(template, what);
            }
            Ask::Convert(part) => editor.convert(page.as_deref(), part),
            Ask::Remove(part) => editor.remove(part),
            Ask::Open(_) | Ask::Delete(_) | Ask::Abandon => {}
        }
        self.try_template();
    }

    /// The page that the form in the making is marked on.
    fn sample_page(&self) -> Option<Arc<PageReading>> {
        let key = self.state.template.as_ref()?.sample?;
        self.session.file(key.file)?.page(key.page).cloned()
    }

    /// Begins a form on the page on show.
    pub(in crate::ui) fn new_template(&mut self) {
        if self.keep_open_template() {
            return;
        }
        let Some(key) = self.state.selection.map(|s| s.page_key()) else { return };
        let page = self.session.file(key.file).and_then(|f| f.page(key.page)).cloned();
        let Some(page) = page.filter(|p| p.error.is_none() && !p.structure.lines.is_empty()) else {
            self.state.notify(NoticeKind::Warning, self.texts.template.page_unread.clone());
            return;
        };
        let ids = self.session.registry().iter().map(|k| k.id.as_str()).collect();
        let id = key_of("", "form_1", &ids);
        self.state.template = Some(Arc::new(Editor::new(key, &page, id)));
        self.state.panel = None;
        self.show_form_pane();
        self.try_template();
    }

    /// Lists the saved forms.
    pub(in crate::ui) fn list_templates(&mut self) {
        self.state.saved_templates = self.kinds_folder.as_deref().map(list::saved).unwrap_or_default();
        self.state.open_panel(Panel::Templates);
    }

    /// Closes the editor; where something is not saved, asks first.
    pub(in crate::ui) fn close_template(&mut self) {
        if !self.keep_open_template() {
            self.state.template = None;
        }
    }

    /// Whether the open form has changes that are not saved: then the user is asked.
    fn keep_open_template(&mut self) -> bool {
        let unsaved = self.state.template.as_ref().is_some_and(|e| e.is_changed());
        if unsaved {
            self.state.open_panel(Panel::UnsavedTemplate);
        }
        unsaved
    }

    fn open_template(&mut self, id: &str) {
        if self.keep_open_template() {
            return;
        }
        let Some(folder) = &self.kinds_folder else { return };
        let path = folder.join(format!("{id}.toml"));
        let read = fs::read_to_string(&path).map_err(|e| {
            let place = path.display();
            let Words { zh, en } = fault::of_io(&e);
            format!("无法读取版式：{zh} / the form cannot be read: {en} ({place}){BEHIND}{e}")
        });
        let template = read
            .and_then(|text| Template::read(&path.display().to_string(), &text).map_err(|e| e.to_string()));
        match template {
            Ok(template) => {
                let sample = self.sample_for(&template);
                self.state.panel = None;
                self.state.template = Some(Arc::new(Editor::open(template, sample)));
                self.show_form_pane();
                if let Some(key) = sample {
                    self.select_page(key);
                }
                self.try_template();
            }
            Err(message) => self.state.notify(NoticeKind::Failure, message),
        }
    }

    /// An open page that lies just as the sample did: marks can be drawn on it.
    fn sample_for(&self, template: &Template) -> Option<PageKey> {
        let [width, height] = template.layout.page;
        let fits = |page: &PageReading| {
            let same_size = page.width as f32 == width && page.height as f32 == height;
            let there = template.layout.references.iter().all(|r| {
                let line = guess::line_at(&page.structure, r.quad.center());
                let line = line.and_then(|i| page.structure.lines.get(i));
                line.and_then(|l| guess::reference_in(l, &r.text))
                    .is_some_and(|found| found.quad.iou(&r.quad) > 0.5)
            });
            same_size && there
        };
        self.session.files().iter().find_map(|file| {
            let page = file.pages.iter().find(|p| fits(p))?;
            Some(PageKey { file: file.id, page: page.page })
        })
    }

    /// Takes back the last change of the form in the making, or makes it again.
    pub(in crate::ui) fn undo_template(&mut self, back: bool) {
        let Some(editor) = self.state.template.as_mut().map(Arc::make_mut) else { return };
        if !(if back { editor.undo() } else { editor.redo() }) {
            let t = &self.texts.undo;
            let text = if back { &t.nothing_to_undo } else { &t.nothing_to_redo };
            self.state.notify(NoticeKind::Warning, text.clone());
        }
        self.try_template();
    }

    /// Writes the form as a kind file, and makes it known to the running program.
    pub(in crate::ui) fn save_template(&mut self) {
        let Some(editor) = &self.state.template else { return };
        let Some(folder) = self.kinds_folder.clone() else {
            self.state.notify(NoticeKind::Failure, self.texts.template.no_folder.clone());
            return;
        };
        let mut template = editor.template.clone().with_all_names();
        if template.name.zh.trim().is_empty() {
            self.state.notify(NoticeKind::Warning, self.texts.template.no_name.clone());
            return;
        }
        // The id of a form that is new comes from its name; a saved one keeps it, as records name it.
        if editor.saved_as.is_none() {
            let ids = self.session.registry().iter().map(|k| k.id.as_str()).collect();
            template.id = key_of(&template.name.en, &template.id, &ids);
        }
        let written = template.kind().and_then(|_| template.to_toml());
        let text = match written {
            Ok(text) => text,
            Err(e) => {
                self.state.notify(NoticeKind::Warning, e.message);
                return;
            }
        };
        let path = folder.join(template.file_name());
        let made =
            fs::create_dir_all(&folder).map_err(|e| ExportError::Write { path: folder.clone(), source: e });
        if let Err(e) = made.and_then(|()| write_atomic(&path, text.as_bytes())) {
            let (reason, place) = (self.language.of_fault(&e), path.display());
            let values: [(&str, &dyn std::fmt::Display); 2] = [("reason", &reason), ("path", &place)];
            let text = fill(&self.texts.template.not_saved, &values);
            self.state.notify(NoticeKind::Failure, format!("{text}{BEHIND}{e}"));
            return;
        }
        if let Some(editor) = self.state.template.as_mut().map(Arc::make_mut) {
            editor.template = template;
            editor.mark_saved();
            // What was missing for it is there.
            self.state.notices.retain(|n| n.kind != NoticeKind::Warning);
        }
        self.reload_kinds();
        let text = fill(&self.texts.template.saved, &[("path", &path.display())]);
        self.state.notify(NoticeKind::Done, text);
        self.try_template();
    }

    fn delete_template(&mut self, id: &str) {
        let Some(folder) = self.kinds_folder.clone() else { return };
        let path = folder.join(format!("{id}.toml"));
        if let Err(e) = fs::remove_file(&path) {
            let (reason, place) = (self.language.of_fault(&e), path.display());
            let values: [(&str, &dyn std::fmt::Display); 2] = [("reason", &reason), ("path", &place)];
            let text = fill(&self.texts.template.not_deleted, &values);
            self.state.notify(NoticeKind::Failure, format!("{text}{BEHIND}{e}"));
            return;
        }
        let open = self.state.template.as_mut().map(Arc::make_mut);
        if let Some(editor) = open.filter(|e| e.saved_as.as_deref() == Some(id)) {
            // What is open can be saved again.
            editor.saved_as = None;
        }
        self.reload_kinds();
        self.state.saved_templates = list::saved(&folder);
    }

    /// Reads the kinds again and gives them to all that works with them.
    fn reload_kinds(&mut self) {
        let (registry, errors) = Registry::load(self.kinds_folder.as_deref());
        for error in errors {
            self.state.notify(NoticeKind::Warning, error.to_string());
        }
        let registry = Arc::new(registry);
        self.session.set_registry(registry.clone());
        self.engine.send(Job::Kinds(registry));
        self.state.listing_is_stale = true;
    }

    /// Tries the form on the open pages, on a thread; one try at a time.
    pub(in crate::ui) fn try_template(&mut self) {
        let Some(editor) = self.state.template.as_mut().map(Arc::make_mut) else { return };
        let mut template = editor.template.clone().with_all_names();
        if template.name.zh.trim().is_empty() {
            // What it reads can be seen before it has a name.
            let name = self.texts.template.title.clone();
            template.name = Label { zh: name.clone(), en: name };
        }
        let kind = match template.kind() {
            Ok(kind) => kind,
            Err(e) => {
                editor.fault = Some(e.message);
                editor.tried.clear();
                return;
            }
        };
        editor.fault = None;
        if self.pending.trying {
            return;
        }
        let (version, sample) = (editor.version, editor.sample);
        let mut pages: Vec<(PageKey, String, Arc<PageReading>)> =
            self.session.files().iter().flat_map(pages_of).collect();
        pages.sort_by_key(|(key, ..)| Some(*key) != sample);
        pages.truncate(TRIED);
        let registry = self.session.registry().clone();
        self.pending.trying = true;
        self.tasks.try_form(move || trials(version, &registry, &kind, pages));
    }

    /// What a form makes of the open pages has become known.
    pub(in crate::ui) fn template_tried(&mut self, trials: Trials) {
        self.pending.trying = false;
        let Some(editor) = self.state.template.as_mut().map(Arc::make_mut) else { return };
        if trials.version == editor.version {
            editor.tried = trials.tried;
        } else {
            self.try_template();
        }
    }

    fn select_page(&mut self, key: PageKey) {
        let Some(file) = self.session.file(key.file) else { return };
        let document = file.documents.iter().find(|d| d.document.pages.contains(&key.page)).map(|d| d.id);
        self.select(key.file, document, key.page);
    }
}

fn pages_of(file: &FileEntry) -> Vec<(PageKey, String, Arc<PageReading>)> {
    let name = file.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let good = file.pages.iter().filter(|p| p.error.is_none());
    good.map(|p| (PageKey { file: file.id, page: p.page }, name.clone(), p.clone())).collect()
}

fn trials(
    version: u64,
    registry: &Registry,
    kind: &Kind,
    pages: Vec<(PageKey, String, Arc<PageReading>)>,
) -> Trials {
    let registry = registry.clone().with(kind.clone());
    let tried = pages
        .into_iter()
        .map(|(key, name, page)| TriedPage { key, name, trial: try_kind(&registry, kind, &page) })
        .collect();
    Trials { version, tried }
}

/// The form with what follows from a change: the place of a reference from its text, a key from its name
/// as long as no check uses it.
fn followed(before: &Template, mut after: Template, page: Option<&PageReading>) -> Template {
    if let Some(page) = page {
        let pairs = after.layout.references.iter_mut().zip(&before.layout.references);
        for (reference, _) in pairs.filter(|(new, old)| new.text != old.text) {
            if let Some(quad) = guess::moved(&page.structure, reference) {
                reference.quad = quad;
            }
        }
    }
    let used: Vec<String> = after.checks.iter().flat_map(|c| c.fields()).map(str::to_owned).collect();
    for i in 0..after.fields.len() {
        let renamed = after.fields.get(i).zip(before.fields.get(i));
        let Some((new, _)) = renamed.filter(|(new, old)| new.key == old.key && new.label.en != old.label.en)
        else {
            continue;
        };
        if used.contains(&new.key) {
            continue;
        }
        let mut taken = after.keys();
        taken.remove(new.key.as_str());
        let key = key_of(&new.label.en, "field", &taken);
        if let Some(field) = after.fields.get_mut(i) {
            field.key = key;
        }
    }
    after.drop_loose_checks();
    after
}

/// Where a part is marked on the sample.
pub fn place_of(template: &Template, part: Part) -> Option<crate::geometry::Quad> {
    Some(match part {
        Part::Reference(i) => template.layout.references.get(i)?.quad,
        Part::Field(i) => template.fields.get(i)?.place.quad,
        Part::Table(i) => template.tables.get(i)?.place,
    })
}
