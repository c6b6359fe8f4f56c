//! What to export and as what; and the writing, which runs on a thread.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use eframe::egui::{Button, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::{
    components,
    export::{self, ExportError, Profile, Selection, Tables, csv::Encoding},
    ingest::OpenOptions,
    kind::{Lang, Registry},
    review::{DocumentId, FileReading, Session},
};

use super::{
    columns_panel,
    command::{ChosenIn, Request},
    cx::Cx,
    icon::Icon,
    panel,
    text::{ExportTexts, fill},
    theme::{SMALL, STEP, TITLE},
};

/// The panel's width, in points: two columns of formats in either language.
const WIDTH: f32 = 560.0;
/// Height of the row of a document that errors hold up, in points, and how many are seen at once.
const LEFT_ROW: f32 = 24.0;
const LEFT_ROWS: f32 = 4.0;

/// Which documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum What {
    #[default]
    Confirmed,
    /// Confirmed ones that were never exported, or have changed since.
    Changed,
    /// The document in the form.
    Selected,
    All,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Excel,
    Json,
    Csv,
    Word,
    Pdf,
    Markdown,
    Text,
    /// JSON with the field names of Huawei Cloud OCR.
    Cloud,
}

impl Format {
    pub const ALL: [Self; 8] =
        [Self::Excel, Self::Csv, Self::Word, Self::Pdf, Self::Markdown, Self::Text, Self::Json, Self::Cloud];

    /// One file, or a folder with one file for each input or table.
    pub fn is_one_file(self) -> bool {
        self == Self::Excel
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Excel => "xlsx",
            Self::Json | Self::Cloud => "json",
            Self::Csv => "csv",
            Self::Word => "docx",
            Self::Pdf => "pdf",
            Self::Markdown => "md",
            Self::Text => "txt",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportChoice {
    pub what: What,
    pub format: Format,
    /// Of CSV.
    pub encoding: Encoding,
    /// Documents in which errors stand go along, for a reason; else they are left out.
    pub with_errors: bool,
}

impl ExportChoice {
    /// What is exported: what was chosen, without documents in which errors stand, unless these
    /// were asked for.
    pub fn selection(&self, session: &Session, selected: Option<DocumentId>) -> Selection {
        let everything = self.everything(selected);
        let left_out = unsettled(session, &everything);
        if self.with_errors || left_out.is_empty() {
            return everything;
        }
        if everything == Selection::All {
            return Selection::AllBut(left_out.into_iter().collect());
        }
        let ids = everything.ids(session).into_iter().filter(|id| !left_out.contains(id));
        Selection::Selected(ids.collect())
    }

    /// What was chosen, errors or not.
    pub fn everything(&self, selected: Option<DocumentId>) -> Selection {
        match self.what {
            What::Confirmed => Selection::Confirmed,
            What::Changed => Selection::Changed,
            What::Selected => Selection::Selected(BTreeSet::from_iter(selected)),
            What::All => Selection::All,
        }
    }
}

/// The panel.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let room = ui.ctx().content_rect().size();
    ui.set_width(WIDTH.min(room.x - 48.0));
    ui.label(RichText::new(&cx.t.export.title).size(TITLE).strong());
    ui.add_space(2.0 * STEP);
    let asked = cx.requests.len();
    let selected = cx.state.document();
    // In a low window the choices are scrolled, so that the button stays in sight.
    let area = ScrollArea::vertical().max_height((room.y - 150.0).max(80.0));
    let Chosen { all, errors } = area.show(ui, |ui| choices(ui, cx, selected)).inner;
    ui.add_space(STEP);
    let choice = cx.state.export;
    let n = if choice.with_errors { all } else { all - errors };
    let reason = cx.state.query.trim().to_owned();
    let needs_reason = errors > 0 && choice.with_errors;
    ui.horizontal(|ui| {
        let icon = Icon::Export.atom_colored(Some(cx.roles.on_selection));
        let text = RichText::new(&cx.t.export.go).color(cx.roles.on_selection);
        let go = Button::new((icon, text)).fill(cx.roles.selection);
        let ready = n > 0 && !(needs_reason && reason.is_empty());
        let clicked = ui.add_enabled(ready, go).clicked();
        panel::close(ui, cx);
        // Enter does what the main button does, also from the input of the reason.
        if clicked || (ready && panel::entered(ui, cx, asked)) {
            cx.ask(Request::Panel(None));
            cx.ask(match needs_reason {
                true => Request::ExportWithReason(choice, reason),
                false => Request::Export(choice),
            });
        }
    });
}

/// How many documents a choice has.
fn count(cx: &Cx<'_>, what: What, selected: Option<DocumentId>) -> usize {
    ExportChoice { what, ..Default::default() }.everything(selected).ids(cx.session).len()
}

/// How many documents are chosen, and in how many of them errors stand.
struct Chosen {
    all: usize,
    errors: usize,
}

/// Which documents, as what, with which columns, and what becomes of those with errors.
fn choices(ui: &mut Ui, cx: &mut Cx<'_>, selected: Option<DocumentId>) -> Chosen {
    let t = &cx.t.export;
    ui.label(cx.quiet(&t.what));
    for (what, name) in [
        (What::Confirmed, &t.confirmed),
        (What::Changed, &t.changed),
        (What::Selected, &t.selected),
        (What::All, &t.all),
    ] {
        let name = format!("{name}  ({})", count(cx, what, selected));
        ui.radio_value(&mut cx.state.export.what, what, name);
    }
    let left = unsettled(cx.session, &cx.state.export.everything(selected));
    if !left.is_empty() {
        with_errors(ui, cx, &left);
    }
    let chosen = Chosen { all: count(cx, cx.state.export.what, selected), errors: left.len() };
    if chosen.all == chosen.errors && !cx.state.export.with_errors {
        ui.label(RichText::new(&cx.t.export.nothing).color(cx.roles.doubtful));
    }
    ui.add_space(2.0 * STEP);
    ui.label(cx.quiet(&t.format));
    let (first, second) = Format::ALL.split_at(Format::ALL.len() / 2);
    ui.columns_const(|[left, right]| {
        for (ui, formats) in [(left, first), (right, second)] {
            for format in formats {
                ui.radio_value(&mut cx.state.export.format, *format, format_name(t, *format));
            }
        }
    });
    if cx.state.export.format == Format::Csv {
        ui.horizontal(|ui| {
            for (encoding, name) in [(Encoding::Utf8, &t.utf8), (Encoding::Gb18030, &t.gb18030)] {
                ui.radio_value(&mut cx.state.export.encoding, encoding, name);
            }
        });
    }
    if matches!(cx.state.export.format, Format::Excel | Format::Csv) {
        ui.add_space(STEP);
        columns_panel::choose(ui, cx);
    }
    chosen
}

fn format_name(t: &ExportTexts, format: Format) -> &str {
    match format {
        Format::Excel => &t.excel,
        Format::Json => &t.json,
        Format::Csv => &t.csv,
        Format::Word => &t.word,
        Format::Pdf => &t.pdf,
        Format::Markdown => &t.markdown,
        Format::Text => &t.text,
        Format::Cloud => &t.cloud,
    }
}

/// What becomes of documents in which errors stand.
fn with_errors(ui: &mut Ui, cx: &mut Cx<'_>, left: &[DocumentId]) {
    let t = &cx.t.export;
    ui.label(RichText::new(fill(&t.errors_left, &[("n", &left.len())])).color(cx.roles.doubtful));
    let rows = ScrollArea::vertical().max_height(LEFT_ROWS * LEFT_ROW).auto_shrink([false, true]);
    rows.show_rows(ui, LEFT_ROW, left.len(), |ui, seen| {
        for id in left.iter().take(seen.end).skip(seen.start) {
            left_row(ui, cx, *id);
        }
    });
    ui.radio_value(&mut cx.state.export.with_errors, false, &t.leave_out);
    let chosen = ui.radio_value(&mut cx.state.export.with_errors, true, &t.take_along).changed();
    if cx.state.export.with_errors {
        let hint = &cx.t.reason.input;
        let edit = TextEdit::singleline(&mut cx.state.query).hint_text(hint).desired_width(f32::INFINITY);
        let response = ui.add(edit).accessible_name(hint);
        if chosen {
            response.request_focus();
        }
    }
    ui.add_space(STEP);
}

/// A document that errors keep from being exported, and the first of them: a click opens it there.
fn left_row(ui: &mut Ui, cx: &mut Cx<'_>, id: DocumentId) {
    let Some((document, file)) = cx.session.document(id).zip(cx.session.file_of(id)) else { return };
    let (file, name) = (file.id, panel::name_of(file));
    let errors = cx.session.errors(id);
    let reason = errors.first().map_or("", |issue| issue.message.get(cx.lang));
    let field = errors.first().and_then(|issue| issue.fields.first().cloned());
    let page = document.document.pages.first().copied().unwrap_or(1);
    let text = RichText::new(format!("{name}  {reason}")).size(SMALL);
    let button = Button::new((Icon::Cross.atom_colored(Some(cx.roles.failed)), text)).truncate();
    let button = button.frame_when_inactive(false).min_size(vec2(ui.available_width(), LEFT_ROW));
    let spoken = fill(&cx.t.export.open_left, &[("name", &name), ("reason", &reason)]);
    if ui.add(button.right_text("")).on_hover_text(&spoken).accessible_name(&spoken).clicked() {
        cx.ask(Request::Panel(None));
        cx.ask(Request::Select { file, document: Some(id), page });
        if let Some(path) = field {
            cx.ask(Request::Field(path, ChosenIn::Page));
        }
    }
}

/// The chosen documents in which errors stand that nobody has given a reason for.
pub fn unsettled(session: &Session, selection: &Selection) -> Vec<DocumentId> {
    let settled = |id: &DocumentId| session.document(*id).is_some_and(|d| d.reason.is_some());
    let stand = |id: &DocumentId| !session.errors(*id).is_empty() && !settled(id);
    selection.ids(session).into_iter().filter(stand).collect()
}

/// What a thread needs to write an export.
pub struct Order {
    pub format: Format,
    pub encoding: Encoding,
    /// The columns of Excel and CSV.
    pub profile: Option<Profile>,
    /// The file, or the folder for its files.
    pub target: PathBuf,
    pub readings: Vec<FileReading>,
    /// Of encrypted inputs, by path.
    pub passwords: BTreeMap<PathBuf, String>,
    pub documents: Vec<DocumentId>,
    pub lang: Lang,
}

/// Writes the files and returns the folder that they lie in.
pub fn write(order: &Order, registry: &Registry) -> Result<PathBuf, ExportError> {
    let Order { format, target, readings, lang, encoding, .. } = order;
    if readings.is_empty() {
        return Err(ExportError::Nothing);
    }
    let tables = Tables { registry, lang: *lang, profile: order.profile.as_ref() };
    if *format == Format::Excel {
        export::xlsx::write(target, readings, &tables)?;
        return Ok(target.parent().unwrap_or(Path::new(".")).to_owned());
    }
    if *format == Format::Csv {
        export::csv::write(target, readings, &tables, *encoding)?;
        return Ok(target.clone());
    }
    let pdfium_library = components::locate().ok().map(|c| c.pdfium);
    let mut taken = BTreeSet::new();
    for reading in readings {
        let path = target.join(file_name(reading, *format, &mut taken));
        match format {
            Format::Json => export::json::write(&path, reading, Default::default())?,
            Format::Cloud => export::cloud::write(&path, reading, registry)?,
            Format::Word => export::docx::write(&path, reading)?,
            Format::Markdown => {
                export::write_atomic(&path, export::markdown::markdown(reading).as_bytes())?;
            }
            // A file that could not be read has no pages to show.
            Format::Pdf if reading.pages.is_empty() => {}
            Format::Pdf => {
                let password = order.passwords.get(&reading.path).cloned();
                let pdfium_library = pdfium_library.clone();
                let options = OpenOptions { password, pdfium_library, ..OpenOptions::default() };
                export::pdf::write(&path, reading, &options)?;
            }
            Format::Text | Format::Excel | Format::Csv => {
                export::write_atomic(&path, export::text::plain(reading).as_bytes())?;
            }
        }
    }
    Ok(target.clone())
}

/// `<input file name>.json`; inputs of the same name from different folders are numbered.
fn file_name(reading: &FileReading, format: Format, taken: &mut BTreeSet<String>) -> String {
    let name = reading.path.file_name().map_or("luru".into(), |n| n.to_string_lossy().into_owned());
    let extension = format.extension();
    let mut candidate = format!("{name}.{extension}");
    let mut n = 2;
    while !taken.insert(candidate.to_lowercase()) {
        candidate = format!("{name} ({n}).{extension}");
        n += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_of_the_same_name_do_not_overwrite_each_other() {
        let reading = |path: &str| FileReading { path: path.into(), ..FileReading::default() };
        let order = |target: &Path| Order {
            format: Format::Json,
            target: target.to_owned(),
            readings: vec![reading("a/scan.jpg"), reading("b/scan.jpg"), reading("b/Scan.JPG")],
            documents: Vec::new(),
            lang: Lang::Zh,
            encoding: Encoding::Utf8,
            profile: None,
            passwords: BTreeMap::new(),
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let registry = Registry::default();
        assert_eq!(write(&order(folder.path()), &registry).expect("writable"), folder.path());
        let count = std::fs::read_dir(folder.path()).expect("readable").count();
        assert_eq!(count, 3);
        let missing = folder.path().join("missing");
        assert!(matches!(write(&order(&missing), &registry), Err(ExportError::NoFolder { .. })));
    }
}
