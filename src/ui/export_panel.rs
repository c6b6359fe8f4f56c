//! What to export and as what; and the writing, which runs on a thread.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use eframe::egui::{RichText, Ui};

use crate::{
    export::{self, ExportError, Selection},
    kind::{Lang, Registry},
    review::{DocumentId, FileReading, Session},
};

use super::{command::Request, cx::Cx, icon::Icon, theme::STEP};

/// Which documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum What {
    #[default]
    Confirmed,
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
    Text,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Excel, Self::Json, Self::Csv, Self::Text];

    /// One file, or a folder with one file for each input or table.
    pub fn is_one_file(self) -> bool {
        self == Self::Excel
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportChoice {
    pub what: What,
    pub format: Format,
}

impl ExportChoice {
    pub fn selection(&self, selected: Option<DocumentId>) -> Selection {
        match self.what {
            What::Confirmed => Selection::Confirmed,
            What::Selected => Selection::Selected(BTreeSet::from_iter(selected)),
            What::All => Selection::All,
        }
    }
}

/// The panel.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.set_width(400.0_f32.min(ui.ctx().content_rect().width() - 48.0));
    let t = &cx.t.export;
    ui.label(RichText::new(&t.title).strong());
    ui.add_space(2.0 * STEP);
    let selected = cx.state.document();
    let count = |what| ExportChoice { what, ..Default::default() }.selection(selected).ids(cx.session).len();
    ui.label(cx.quiet(&t.what));
    for (what, name) in [(What::Confirmed, &t.confirmed), (What::Selected, &t.selected), (What::All, &t.all)]
    {
        ui.radio_value(&mut cx.state.export.what, what, format!("{name}  ({})", count(what)));
    }
    ui.add_space(2.0 * STEP);
    ui.label(cx.quiet(&t.format));
    for format in Format::ALL {
        let name = match format {
            Format::Excel => &t.excel,
            Format::Json => &t.json,
            Format::Csv => &t.csv,
            Format::Text => &t.text,
        };
        ui.radio_value(&mut cx.state.export.format, format, name);
    }
    ui.add_space(2.0 * STEP);
    let choice = cx.state.export;
    let n = count(choice.what);
    let errors = unsettled(cx.session, &choice.selection(selected));
    if n == 0 {
        ui.label(RichText::new(&t.nothing).color(cx.roles.doubtful));
    } else if errors > 0 {
        let text = super::text::fill(&t.errors_left, &[("n", &errors)]);
        ui.label(RichText::new(text).color(cx.roles.doubtful));
    }
    ui.add_space(STEP);
    ui.horizontal(|ui| {
        let icon = Icon::Export.atom_colored(Some(cx.roles.on_selection));
        let text = RichText::new(&cx.t.export.go).color(cx.roles.on_selection);
        let go = eframe::egui::Button::new((icon, text)).fill(cx.roles.selection);
        if ui.add_enabled(n > 0, go).clicked() {
            cx.ask(Request::Panel(None));
            cx.ask(Request::Export(choice));
        }
        if ui.button(&cx.t.window.close).clicked() {
            cx.ask(Request::Panel(None));
        }
    });
}

/// How many of the chosen documents still have errors.
fn unsettled(session: &Session, selection: &Selection) -> usize {
    selection.ids(session).into_iter().filter(|id| !session.errors(*id).is_empty()).count()
}

/// What a thread needs to write an export.
pub struct Order {
    pub format: Format,
    /// The file, or the folder for its files.
    pub target: PathBuf,
    pub readings: Vec<FileReading>,
    pub documents: Vec<DocumentId>,
    pub lang: Lang,
}

/// Writes the files and returns the folder that they lie in.
pub fn write(order: &Order, registry: &Registry) -> Result<PathBuf, ExportError> {
    let Order { format, target, readings, lang, .. } = order;
    if readings.is_empty() {
        return Err(ExportError::Nothing);
    }
    match format {
        Format::Excel => {
            export::xlsx::write(target, readings, registry, *lang)?;
            return Ok(target.parent().unwrap_or(Path::new(".")).to_owned());
        }
        Format::Csv => {
            export::csv::write(target, readings, registry, *lang)?;
        }
        Format::Json | Format::Text => {
            let mut taken = BTreeSet::new();
            for reading in readings {
                let path = target.join(file_name(reading, *format, &mut taken));
                match format {
                    Format::Json => export::json::write(&path, reading, Default::default())?,
                    _ => export::write_atomic(&path, export::text::plain(reading).as_bytes())?,
                }
            }
        }
    }
    Ok(target.clone())
}

/// `<input file name>.json`; inputs of the same name from different folders are numbered.
fn file_name(reading: &FileReading, format: Format, taken: &mut BTreeSet<String>) -> String {
    let name = reading.path.file_name().map_or("luru".into(), |n| n.to_string_lossy().into_owned());
    let extension = if format == Format::Json { "json" } else { "txt" };
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
