//! A form in the making: the marks on its sample page, and every change with the way back.
//!
//! Plain data; the panel asks, [`super::act`] calls.

use crate::{
    geometry::Quad,
    kind::{
        FieldType, Label, PlaceContent,
        template::{Template, TemplateColumn, TemplateField, TemplatePlace, TemplateTable, key_of},
    },
    review::PageReading,
    ui::page::PageKey,
    worker::Trial,
};

use super::guess::{self, Holds};

/// Steps that can be undone.
const STEPS: usize = 200;

/// What a click or box on the page marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tool {
    /// A fixed text by which other samples are found.
    #[default]
    Reference,
    /// A place that is read.
    Place,
}

/// A part of the form that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Reference(usize),
    Field(usize),
    Table(usize),
}

/// What the form makes of an open page.
#[derive(Debug, Clone)]
pub struct TriedPage {
    pub key: PageKey,
    /// The file's name.
    pub name: String,
    pub trial: Trial,
}

/// The form that is being made or changed.
#[derive(Debug, Clone)]
pub struct Editor {
    pub template: Template,
    /// The page that is marked; `None` while a saved form is open whose sample is not.
    pub sample: Option<PageKey>,
    pub tool: Tool,
    pub selected: Option<Part>,
    /// The id under which its file is saved, if it is.
    pub saved_as: Option<String>,
    /// As it was saved last.
    saved: Template,
    undo: Vec<Template>,
    redo: Vec<Template>,
    /// What the last change was to: further changes to the same are one step.
    last: Option<&'static str>,
    /// Why it is no form yet, "中文 / English".
    pub fault: Option<String>,
    pub tried: Vec<TriedPage>,
    /// Counts changes, so that answers of trials that were overtaken can be told.
    pub version: u64,
}

impl Editor {
    /// A new form on a sample page.
    pub fn new(sample: PageKey, page: &PageReading, id: String) -> Self {
        let mut template = Template { id, ..Template::default() };
        template.layout.page = [page.width as f32, page.height as f32];
        let mut editor = Self::open(template, Some(sample));
        editor.saved_as = None;
        editor
    }

    /// A saved form.
    pub fn open(template: Template, sample: Option<PageKey>) -> Self {
        Self {
            saved_as: Some(template.id.clone()),
            saved: template.clone(),
            template,
            sample,
            tool: Tool::default(),
            selected: None,
            undo: Vec::new(),
            redo: Vec::new(),
            last: None,
            fault: None,
            tried: Vec::new(),
            version: 0,
        }
    }

    /// Whether something is not saved.
    pub fn is_changed(&self) -> bool {
        self.template != self.saved
    }

    pub fn mark_saved(&mut self) {
        self.saved = self.template.clone();
        self.saved_as = Some(self.template.id.clone());
    }

    /// Changes the form. Changes of the same `what` in a row are undone in one step; an empty one is
    /// a step of its own.
    pub fn change(&mut self, template: Template, what: &'static str) {
        if template == self.template {
            return;
        }
        if what.is_empty() || self.last != Some(what) {
            self.undo.push(self.template.clone());
            let surplus = self.undo.len().saturating_sub(STEPS);
            self.undo.drain(..surplus);
        }
        self.last = Some(what).filter(|w| !w.is_empty());
        self.redo.clear();
        self.template = template;
        self.changed();
    }

    fn changed(&mut self) {
        self.version += 1;
        let template = &self.template;
        let there = |part: &Part| match *part {
            Part::Reference(i) => i < template.layout.references.len(),
            Part::Field(i) => i < template.fields.len(),
            Part::Table(i) => i < template.tables.len(),
        };
        self.selected = self.selected.filter(there);
    }

    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    pub fn undo(&mut self) -> bool {
        let Some(before) = self.undo.pop() else { return false };
        self.redo.push(std::mem::replace(&mut self.template, before));
        self.last = None;
        self.changed();
        true
    }

    pub fn redo(&mut self) -> bool {
        let Some(after) = self.redo.pop() else { return false };
        self.undo.push(std::mem::replace(&mut self.template, after));
        self.last = None;
        self.changed();
        true
    }

    /// Marks a line of the page: its label as a reference, or the place of its value. A line that is a
    /// reference already is chosen. Returns whether something is marked.
    pub fn mark_line(&mut self, page: &PageReading, line: usize) -> bool {
        let Some(line) = page.structure.lines.get(line) else { return false };
        match self.tool {
            Tool::Reference => {
                let known = |q: &Quad| line.quad.contains(q.center());
                if let Some(i) = self.template.layout.references.iter().position(|r| known(&r.quad)) {
                    self.selected = Some(Part::Reference(i));
                    return true;
                }
                let Some(reference) = guess::reference_of(line) else { return false };
                let mut template = self.template.clone();
                template.layout.references.push(reference);
                self.selected = Some(Part::Reference(template.layout.references.len() - 1));
                self.change(template, "");
                true
            }
            Tool::Place => guess::place_of(line).is_some_and(|place| {
                self.mark_box(page, &place);
                true
            }),
        }
    }

    /// Marks a place, with what it seems to be called and to hold.
    pub fn mark_box(&mut self, page: &PageReading, quad: &Quad) {
        let structure = &page.structure;
        let quad = guess::on_page(quad, self.template.layout.page);
        let mut template = self.template.clone();
        let number = template.fields.len() + template.tables.len() + 1;
        let guessed = guess::name_of(structure, &quad);
        let zh = guessed.unwrap_or_else(|| format!("字段 {number}"));
        let en = if zh.is_ascii() { zh.clone() } else { format!("Field {number}") };
        let key = key_of(&en, "field", &template.keys());
        let label = Label { zh, en };
        self.selected = Some(match guess::holds(structure, &quad) {
            Holds::Value(field_type, read) => {
                let place = TemplatePlace { read, quad };
                template.fields.push(TemplateField { key, label, field_type, required: false, place });
                Part::Field(template.fields.len() - 1)
            }
            Holds::Table(columns) => {
                template.tables.push(table(key, label, quad, columns));
                Part::Table(template.tables.len() - 1)
            }
        });
        self.change(template, "");
    }

    /// Makes a table of a field, or a field of a table.
    pub fn convert(&mut self, page: Option<&PageReading>, part: Part) {
        let mut template = self.template.clone();
        self.selected = match part {
            Part::Field(i) if i < template.fields.len() => {
                let field = template.fields.remove(i);
                let nothing = Default::default();
                let structure = page.map_or(&nothing, |p| &p.structure);
                let columns = guess::columns(structure, &field.place.quad, None);
                template.tables.push(table(field.key, field.label, field.place.quad, columns));
                Some(Part::Table(template.tables.len() - 1))
            }
            Part::Table(i) if i < template.tables.len() => {
                let table = template.tables.remove(i);
                let place = TemplatePlace { read: PlaceContent::Text, quad: table.place };
                let (key, label) = (table.key, table.label);
                let field_type = FieldType::Text;
                template.fields.push(TemplateField { key, label, field_type, required: false, place });
                Some(Part::Field(template.fields.len() - 1))
            }
            _ => return,
        };
        template.drop_loose_checks();
        self.change(template, "");
    }

    /// Takes a part away, with the checks that need it.
    pub fn remove(&mut self, part: Part) {
        let mut template = self.template.clone();
        match part {
            Part::Reference(i) if i < template.layout.references.len() => {
                drop(template.layout.references.remove(i));
            }
            Part::Field(i) if i < template.fields.len() => drop(template.fields.remove(i)),
            Part::Table(i) if i < template.tables.len() => drop(template.tables.remove(i)),
            _ => return,
        }
        template.drop_loose_checks();
        self.selected = None;
        self.change(template, "");
    }
}

fn table(key: String, label: Label, place: Quad, mut columns: Vec<TemplateColumn>) -> TemplateTable {
    // Headings may repeat.
    let mut taken = std::collections::BTreeSet::new();
    for column in &mut columns {
        let known = taken.iter().map(String::as_str).collect();
        column.key = key_of(&column.key, "column", &known);
        taken.insert(column.key.clone());
    }
    TemplateTable { key, label, place, row_start: Vec::new(), end: Vec::new(), columns }
}

/// Parts the widest column of a table in two.
pub fn add_column(table: &mut TemplateTable) {
    let wide = |c: &TemplateColumn| c.span[1] - c.span[0];
    let widest = table.columns.iter().enumerate().max_by(|a, b| wide(a.1).total_cmp(&wide(b.1)));
    let Some(at) = widest.map(|(i, _)| i) else { return };
    let number = table.columns.len() + 1;
    let taken = table.columns.iter().map(|c| c.key.as_str()).collect();
    let key = key_of(&format!("column_{number}"), "column", &taken);
    let label = Label { zh: format!("列 {number}"), en: format!("Column {number}") };
    let Some(column) = table.columns.get_mut(at) else { return };
    let [left, right] = column.span;
    let middle = (left + right) / 2.0;
    column.span = [left, middle];
    let field_type = FieldType::Text;
    let new = TemplateColumn { key, label, labels: Vec::new(), field_type, span: [middle, right] };
    table.columns.insert(at + 1, new);
}

/// Takes a column away; the one before it, else the one behind it, gets its room.
pub fn remove_column(table: &mut TemplateTable, at: usize) {
    if table.columns.len() < 2 || at >= table.columns.len() {
        return;
    }
    let gone = table.columns.remove(at);
    table.row_start.retain(|k| *k != gone.key);
    if at > 0 {
        if let Some(before) = table.columns.get_mut(at - 1) {
            before.span[1] = gone.span[1];
        }
    } else if let Some(behind) = table.columns.first_mut() {
        behind.span[0] = gone.span[0];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ocr::TextLine, review::FileId, structure::PageStructure};

    fn page() -> PageReading {
        let line = |text: &str, left: f32, top: f32| TextLine {
            text: text.into(),
            quad: Quad::from_rect(left, top, left + 20.0 * text.chars().count() as f32, top + 20.0),
            confidence: 0.9,
            ..TextLine::default()
        };
        let lines = vec![
            line("领料单", 400.0, 20.0),
            line("部门：物资部", 50.0, 100.0),
            line("2024-05-06", 600.0, 100.0),
        ];
        let structure = PageStructure { lines, ..PageStructure::default() };
        PageReading { page: 1, width: 1000, height: 700, structure, ..PageReading::default() }
    }

    fn editor() -> Editor {
        Editor::new(PageKey { file: FileId(1), page: 1 }, &page(), "form_1".into())
    }

    #[test]
    fn lines_become_references_and_places_and_every_step_is_undone() {
        let (page, mut editor) = (page(), editor());
        assert!(editor.mark_line(&page, 0) && editor.mark_line(&page, 1));
        assert!(editor.mark_line(&page, 1), "a line that is marked is chosen");
        let texts = |e: &Editor| -> Vec<String> {
            e.template.layout.references.iter().map(|r| r.text.clone()).collect()
        };
        assert_eq!(texts(&editor), ["领料单", "部门"]);
        editor.tool = Tool::Place;
        editor.mark_line(&page, 1);
        editor.mark_box(&page, &Quad::from_rect(590.0, 90.0, 1200.0, 130.0));
        let field = &editor.template.fields[1];
        assert_eq!(field.field_type, FieldType::Date);
        assert_eq!(field.place.quad.bounds().right, 1000.0, "kept on the page");
        assert_eq!(editor.selected, Some(Part::Field(1)));
        assert!(!editor.mark_line(&page, 99));

        editor.remove(Part::Field(0));
        assert_eq!(editor.template.fields.len(), 1);
        for _ in 0..3 {
            assert!(editor.undo());
        }
        assert_eq!((editor.template.fields.len(), texts(&editor).len()), (0, 2));
        assert!(editor.redo() && editor.redo());
        assert_eq!(editor.template.fields.len(), 2);
        assert!(editor.redo() && !editor.redo());
    }

    #[test]
    fn typing_in_one_input_is_one_step() {
        let mut editor = editor();
        for name in ["领", "领料", "领料单"] {
            let mut template = editor.template.clone();
            template.name.zh = name.into();
            editor.change(template, "name");
        }
        let mut template = editor.template.clone();
        template.name.en = "Slip".into();
        editor.change(template, "name in English");
        assert!(editor.is_changed() && editor.undo());
        assert_eq!((editor.template.name.zh.as_str(), editor.template.name.en.as_str()), ("领料单", ""));
        assert!(editor.undo() && !editor.undo());
        assert!(!editor.is_changed());
    }

    #[test]
    fn columns_are_parted_and_joined() {
        let columns = guess::columns(&PageStructure::default(), &Quad::from_rect(0.0, 0.0, 90.0, 50.0), None);
        let mut table = table("rows".into(), Label::default(), Quad::default(), columns);
        let spans = |t: &TemplateTable| t.columns.iter().map(|c| c.span).collect::<Vec<_>>();
        add_column(&mut table);
        add_column(&mut table);
        assert_eq!(spans(&table).len(), 3);
        assert!(spans(&table).windows(2).all(|w| w[0][1] == w[1][0]), "without gaps: {:?}", spans(&table));
        remove_column(&mut table, 0);
        remove_column(&mut table, 1);
        assert_eq!(spans(&table), [[0.0, 1.0]]);
        remove_column(&mut table, 0);
        assert_eq!(spans(&table).len(), 1, "the last one stays");
    }

    #[test]
    fn a_place_becomes_a_table_and_back() {
        let (page, mut editor) = (page(), editor());
        editor.mark_box(&page, &Quad::from_rect(40.0, 90.0, 900.0, 300.0));
        editor.convert(Some(&page), Part::Field(0));
        assert_eq!((editor.template.fields.len(), editor.template.tables.len()), (0, 1));
        assert_eq!(editor.template.tables[0].columns.len(), 2);
        editor.convert(Some(&page), Part::Table(0));
        assert_eq!((editor.template.fields.len(), editor.template.tables.len()), (1, 0));
    }
}
