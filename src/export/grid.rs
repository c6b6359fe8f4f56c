//! Records as grids: one per kind, one per row table of a kind. The workbook and the CSV tables
//! are two ways of writing the same grids.

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use crate::{
    classify::FoundDocument,
    extract::{Entry, Field, FieldPath, Record, State, printed_headings},
    geometry::Quad,
    kind::{FieldSpec, FieldType, KEY_VALUES, Kind, Lang, PAIR, Registry, TableBody},
    review::{Document, DocumentState, FileReading, PageReading},
    validate::Issue,
};

use super::{
    profile::{self, Profile},
    words,
};

/// One table of an export.
#[derive(Debug)]
pub(super) struct Grid<'a> {
    /// Kind's name, with the row table's after it; not yet fit for a sheet or file name.
    pub name: String,
    /// The kind's id.
    pub kind: String,
    /// Key of the row table; `None`: one line a document.
    pub table: Option<String>,
    /// What each column holds: the key of a field, or one that the profiles name.
    pub keys: Vec<String>,
    pub headings: Vec<String>,
    pub rows: Vec<Vec<Cell<'a>>>,
}

#[derive(Debug, Clone)]
pub(super) struct Cell<'a> {
    pub content: Content<'a>,
    pub mark: Mark,
    /// What is to be said of the value; one sentence a line.
    pub note: String,
}

#[derive(Debug, Clone)]
pub(super) enum Content<'a> {
    Empty,
    Count(usize),
    Text(String),
    Value(String, FieldType),
    /// The file that the document came from.
    File(&'a Path),
    /// A number or text that leads to a row of another grid.
    Jump {
        text: String,
        grid: usize,
        row: usize,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Doubtful,
    Invalid,
    Missing,
}

impl<'a> From<Content<'a>> for Cell<'a> {
    fn from(content: Content<'a>) -> Self {
        Self { content, mark: Mark::None, note: String::new() }
    }
}

/// A document with where it came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Located<'a> {
    /// From 1, over the whole export.
    pub number: usize,
    pub reading: &'a FileReading,
    pub document: &'a Document,
}

/// The documents of one kind, and where their rows are.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub kind: Option<&'a Kind>,
    pub name: String,
    /// Index of its grid.
    pub grid: usize,
    pub documents: Vec<Located<'a>>,
}

impl Group<'_> {
    /// Whether its documents are given by text, key–values and tables rather than by fields.
    pub fn is_open(&self) -> bool {
        self.kind.is_none_or(|k| k.fields.is_empty() && k.tables.iter().all(|t| t.body == TableBody::Pairs))
    }
}

/// All grids of an export with the groups they came from.
#[derive(Debug)]
pub(super) struct Grids<'a> {
    pub groups: Vec<Group<'a>>,
    pub grids: Vec<Grid<'a>>,
}

/// The readings, where files that were read without looking for documents get an open one for
/// each page: their text and tables are exported all the same.
pub(super) fn with_documents<'a>(readings: &'a [FileReading], registry: &Registry) -> Cow<'a, [FileReading]> {
    let bare = |r: &FileReading| r.documents.is_empty() && !r.pages.is_empty();
    let Some(open) = registry.open().filter(|_| readings.iter().any(bare)) else {
        return Cow::Borrowed(readings);
    };
    let mut readings = readings.to_vec();
    for reading in readings.iter_mut().filter(|r| bare(r)) {
        let documents = reading.pages.iter().map(|page| Document {
            found: FoundDocument {
                kind: open.id.clone(),
                confidence: 1.0,
                location: Quad::from_rect(0.0, 0.0, page.width as f32, page.height as f32),
                lines: (0..page.structure.lines.len()).collect(),
                fit: None,
            },
            pages: vec![page.page],
            record: Record::default(),
            issues: Vec::new(),
            state: DocumentState::ToReview,
        });
        reading.documents = documents.collect();
    }
    Cow::Owned(readings)
}

/// Builds the grids, kinds in order of first appearance, each kind's row tables after it, with
/// the columns that the profile gives them.
pub(super) fn build<'a>(
    readings: &'a [FileReading],
    registry: &'a Registry,
    lang: Lang,
    profile: Option<&Profile>,
) -> Grids<'a> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let all = readings.iter().flat_map(|r| r.documents.iter().map(move |d| (r, d)));
    for (i, (reading, document)) in all.enumerate() {
        let id = document.found.kind.as_str();
        let located = Located { number: i + 1, reading, document };
        match groups.iter_mut().find(|g| g.documents.first().is_some_and(|d| d.document.found.kind == id)) {
            Some(group) => group.documents.push(located),
            None => {
                let kind = registry.get(id);
                let name = kind.map_or_else(|| id.to_owned(), |k| k.name.get(lang).to_owned());
                groups.push(Group { kind, name, grid: 0, documents: vec![located] });
            }
        }
    }
    let mut grids = Vec::new();
    for group in &mut groups {
        group.grid = grids.len();
        if group.is_open() {
            open_grids(group, lang, &mut grids)
        } else {
            kind_grids(group, lang, &mut grids)
        }
    }
    for grid in &mut grids {
        if let Some(columns) = profile.and_then(|p| p.columns(&grid.kind, grid.table.as_deref())) {
            profile::arrange(grid, columns);
        }
    }
    Grids { groups, grids }
}

/// The keys of the columns that every document has.
fn origin_keys() -> Vec<String> {
    [profile::NUMBER, profile::FILE, profile::PAGE, profile::STATE].map(str::to_owned).into()
}

/// Their headings.
fn origin_headings(lang: Lang) -> Vec<String> {
    [words::NUMBER, words::FILE, words::PAGE, words::STATE].map(|w| w.get(lang).to_owned()).into()
}

fn origin_cells<'a>(d: &Located<'a>, lang: Lang) -> Vec<Cell<'a>> {
    vec![
        Content::Count(d.number).into(),
        Content::File(&d.reading.path).into(),
        page_cell(d.document),
        Content::Text(words::state(d.document.state, lang).to_owned()).into(),
    ]
}

/// `3`, or `3-5` for a document of several pages.
pub(super) fn page_numbers(d: &Document) -> String {
    match (d.pages.first(), d.pages.last()) {
        (Some(a), Some(b)) if a != b => format!("{a}-{b}"),
        (Some(a), _) => a.to_string(),
        (None, _) => String::new(),
    }
}

fn page_cell<'a>(d: &Document) -> Cell<'a> {
    match d.pages.as_slice() {
        [page] => Content::Count(*page).into(),
        _ => Content::Text(page_numbers(d)).into(),
    }
}

/// A column of fields: a declared one, or one that records have beyond their kind.
struct Column<'a> {
    key: &'a str,
    heading: String,
    spec: Option<&'a FieldSpec>,
}

/// Declared columns in form order, then the further keys of the records by name. A label that
/// occurs twice (buyer's and seller's name) is preceded by its section.
fn columns<'a>(
    specs: &'a [FieldSpec],
    further: impl Iterator<Item = &'a str>,
    lang: Lang,
) -> Vec<Column<'a>> {
    let label = |s: &FieldSpec| s.label.get(lang).to_owned();
    let mut columns: Vec<Column<'a>> = specs
        .iter()
        .map(|s| {
            let twice = specs.iter().filter(|o| label(o) == label(s)).count() > 1;
            let heading = match &s.section {
                // A label may name its section itself.
                Some(section) if twice && !label(s).starts_with(section.get(lang)) => {
                    format!("{} {}", section.get(lang), label(s))
                }
                _ => label(s),
            };
            Column { key: &s.key, heading, spec: Some(s) }
        })
        .collect();
    for key in further {
        if !columns.iter().any(|c| c.key == key) {
            columns.push(Column { key, heading: key.to_owned(), spec: None });
        }
    }
    columns
}

fn kind_grids<'a>(group: &Group<'a>, lang: Lang, grids: &mut Vec<Grid<'a>>) {
    let Some(kind) = group.kind else { return };
    let single = |d: &Located<'a>| {
        let entries = d.document.record.entries.iter();
        entries.filter(|(_, e)| !matches!(e, Entry::Rows { .. })).map(|(k, _)| k.as_str())
    };
    let fields = columns(&kind.fields, group.documents.iter().flat_map(single), lang);
    let tables = table_keys(group, kind);

    let main = grids.len();
    let mut headings = origin_headings(lang);
    headings.extend(fields.iter().map(|c| c.heading.clone()));
    headings.extend(tables.iter().map(|key| table_label(kind, key, lang)));
    headings.push(words::ISSUES.get(lang).to_owned());
    let mut keys = origin_keys();
    keys.extend(fields.iter().map(|c| c.key.to_owned()));
    keys.extend(tables.iter().map(|key| (*key).to_owned()));
    keys.push(profile::ISSUES.to_owned());
    let mut rows = Vec::new();
    // Where the next document's rows start in each table's grid.
    let mut starts = vec![0; tables.len()];
    for d in &group.documents {
        let mut row = origin_cells(d, lang);
        let cells: Vec<Cell<'a>> = fields.iter().map(|c| entry_cell(d.document, c, lang)).collect();
        let issues = issues_cell(d.document, &doubts(d.document, &fields, &cells, lang), lang);
        row.extend(cells);
        for (t, (key, start)) in tables.iter().zip(&mut starts).enumerate() {
            let n = d.document.record.rows(key).len();
            row.push(if n == 0 {
                Content::Empty.into()
            } else {
                Content::Jump { text: n.to_string(), grid: main + 1 + t, row: *start }.into()
            });
            *start += n;
        }
        row.push(issues);
        rows.push(row);
    }
    grids.push(Grid { name: group.name.clone(), kind: kind.id.clone(), table: None, keys, headings, rows });
    for key in tables {
        grids.push(rows_grid(group, kind, key, main, lang));
    }
}

/// The row tables of a kind: declared ones in form order, then those that records have beyond.
fn table_keys<'a>(group: &Group<'a>, kind: &'a Kind) -> Vec<&'a str> {
    let mut keys: Vec<&str> = kind.tables.iter().map(|t| t.key.as_str()).collect();
    for d in &group.documents {
        for (key, entry) in &d.document.record.entries {
            if matches!(entry, Entry::Rows { .. }) && !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
    }
    keys.retain(|key| group.documents.iter().any(|d| !d.document.record.rows(key).is_empty()));
    keys
}

fn table_label(kind: &Kind, key: &str, lang: Lang) -> String {
    let spec = kind.tables.iter().find(|t| t.key == key);
    spec.map_or_else(|| key.to_owned(), |t| t.label.get(lang).to_owned())
}

/// The fields that tell documents of a kind apart, for tables that repeat them on each row.
pub(super) fn identifying(kind: &Kind) -> impl Iterator<Item = &FieldSpec> {
    let identifies = |s: &&FieldSpec| {
        s.required && !s.many && matches!(s.field_type, FieldType::Digits | FieldType::Identifier)
    };
    kind.fields.iter().filter(identifies).take(2)
}

/// All rows of one table over all documents, each with its document's number and identifiers.
fn rows_grid<'a>(group: &Group<'a>, kind: &'a Kind, key: &str, main: usize, lang: Lang) -> Grid<'a> {
    let all_rows = group.documents.iter().flat_map(|d| d.document.record.rows(key));
    let (specs, further) = match kind.table(key) {
        Some(table) if table.body == TableBody::Cells => {
            (table.columns.get(..1).unwrap_or_default(), printed_headings(table, all_rows))
        }
        table => {
            let keys = all_rows.flat_map(|r| r.keys()).map(String::as_str);
            (table.map_or(&[][..], |t| &t.columns), keys.collect())
        }
    };
    let cells = columns(specs, further.into_iter(), lang);
    let mut headings = vec![
        words::NUMBER.get(lang).to_owned(),
        words::FILE.get(lang).to_owned(),
        words::PAGE.get(lang).to_owned(),
    ];
    headings.extend(identifying(kind).map(|s| s.label.get(lang).to_owned()));
    headings.push(words::ROW.get(lang).to_owned());
    headings.extend(cells.iter().map(|c| c.heading.clone()));
    let mut keys: Vec<String> = [profile::NUMBER, profile::FILE, profile::PAGE].map(str::to_owned).into();
    // A row may have a column of the same key.
    keys.extend(identifying(kind).map(|s| format!("{}{}", profile::DOCUMENT, s.key)));
    keys.push(profile::ROW.to_owned());
    keys.extend(cells.iter().map(|c| c.key.to_owned()));
    let mut rows = Vec::new();
    for (place, d) in group.documents.iter().enumerate() {
        for (n, fields) in d.document.record.rows(key).iter().enumerate() {
            let mut row: Vec<Cell<'a>> = vec![
                Content::Jump { text: d.number.to_string(), grid: main, row: place }.into(),
                Content::File(&d.reading.path).into(),
                page_cell(d.document),
            ];
            row.extend(identifying(kind).map(|s| match d.document.record.value(&s.key) {
                Some(v) => Content::Value(v.to_owned(), s.field_type).into(),
                None => Content::Empty.into(),
            }));
            row.push(Content::Count(n + 1).into());
            row.extend(cells.iter().map(|c| {
                let path = FieldPath::Cell { key: key.to_owned(), row: n, column: c.key.to_owned() };
                let field_type = c.spec.map_or_else(|| loose_type(fields, c.key), |s| s.field_type);
                named(field_cell(d.document, &path, fields.get(c.key), field_type, false, lang), c.spec, lang)
            }));
            rows.push(row);
        }
    }
    let name = format!("{}-{}", group.name, table_label(kind, key, lang));
    Grid { name, kind: kind.id.clone(), table: Some(key.to_owned()), keys, headings, rows }
}

/// Columns that a form names itself (a statement's periods) hold amounts where they look so.
fn loose_type(fields: &BTreeMap<String, Field>, key: &str) -> FieldType {
    let value = fields.get(key).and_then(|f| f.value.as_deref()).unwrap_or_default();
    let (whole, cents) = value.trim_start_matches('-').split_once('.').unwrap_or_default();
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if digits(whole) && digits(cents) { FieldType::Amount } else { FieldType::Text }
}

fn entry_cell<'a>(d: &Document, column: &Column<'_>, lang: Lang) -> Cell<'a> {
    let key = column.key.to_owned();
    let field_type = column.spec.map_or(FieldType::Text, |s| s.field_type);
    let required = column.spec.is_some_and(|s| s.required);
    match d.record.entries.get(column.key) {
        Some(Entry::Many(fields)) if fields.len() > 1 => {
            let cells: Vec<Cell<'a>> = fields
                .iter()
                .enumerate()
                .map(|(index, f)| {
                    let path = FieldPath::Item { key: key.clone(), index };
                    field_cell(d, &path, Some(f), field_type, false, lang)
                })
                .collect();
            let shown = |f| {
                let value = Field::value_of(f)?;
                Some(column.spec.map_or(value, |s| s.shown(value, lang)))
            };
            let values: Vec<&str> = fields.iter().filter_map(shown).collect();
            let worst = cells.iter().map(|c| c.mark).find(|m| *m != Mark::None).unwrap_or(Mark::None);
            let notes: Vec<&str> = cells.iter().map(|c| c.note.as_str()).filter(|n| !n.is_empty()).collect();
            Cell { content: Content::Text(values.join("; ")), mark: worst, note: notes.join("\n") }
        }
        Some(Entry::Many(fields)) => {
            let path = FieldPath::Item { key, index: 0 };
            named(field_cell(d, &path, fields.first(), field_type, required, lang), column.spec, lang)
        }
        Some(Entry::One(field)) => {
            let cell = field_cell(d, &FieldPath::Field { key }, Some(field), field_type, required, lang);
            named(cell, column.spec, lang)
        }
        _ => field_cell(d, &FieldPath::Field { key }, None, field_type, required, lang),
    }
}

/// A cell whose value has a name shows that.
fn named<'a>(mut cell: Cell<'a>, spec: Option<&FieldSpec>, lang: Lang) -> Cell<'a> {
    if let (Content::Value(value, _), Some(spec)) = (&cell.content, spec)
        && spec.values.contains_key(value)
    {
        cell.content = Content::Text(spec.shown(value, lang).to_owned());
    }
    cell
}

fn field_cell<'a>(
    d: &Document,
    path: &FieldPath,
    field: Option<&Field>,
    field_type: FieldType,
    required: bool,
    lang: Lang,
) -> Cell<'a> {
    let value = field.and_then(|f| f.value.clone()).filter(|v| !v.is_empty());
    let state = field.map_or(State::Missing, |f| f.state);
    let decided = field.is_some_and(|f| f.confirmed);
    let illegible = field.is_some_and(|f| f.illegible);
    let about: Vec<&Issue> = d.issues.iter().filter(|i| i.fields.contains(path)).collect();
    let leads = about.iter().any(|i| i.fields.first() == Some(path));
    let (mark, sentence) = match state {
        _ if illegible => (Mark::Doubtful, Some(words::ILLEGIBLE)),
        State::Invalid => (Mark::Invalid, Some(words::INVALID)),
        State::Doubtful => (Mark::Doubtful, Some(words::LOW_CONFIDENCE)),
        State::Missing if required && !decided => (Mark::Missing, Some(words::MISSING)),
        // An issue is about its first value above all; the others only carry its sentence.
        State::Ok | State::Missing if leads && !decided => (Mark::Doubtful, None),
        State::Ok | State::Missing => (Mark::None, None),
    };
    let mut note: Vec<String> = about.iter().map(|i| i.message.get(lang).to_owned()).collect();
    if note.is_empty() {
        note.extend(sentence.map(|s| s.get(lang).to_owned()));
    }
    let raw = field.map(|f| f.raw.trim()).filter(|raw| !raw.is_empty() && Some(*raw) != value.as_deref());
    if let (Some(raw), true) = (raw, mark != Mark::None) {
        note.push(format!("{}: {raw}", words::RAW.get(lang)));
    }
    Cell {
        content: value.map_or(Content::Empty, |v| Content::Value(v, field_type)),
        mark,
        note: note.join("\n"),
    }
}

/// Sentences on the marked values of which no issue tells: `cells` hold those of the `columns`.
fn doubts(d: &Document, columns: &[Column<'_>], cells: &[Cell<'_>], lang: Lang) -> Vec<String> {
    let told = |key: &str| d.issues.iter().any(|i| i.fields.iter().any(|f| f.key() == key));
    let marked = columns.iter().zip(cells).filter(|(c, cell)| cell.mark != Mark::None && !told(c.key));
    let mut sentences: Vec<String> = marked
        .map(|(c, cell)| format!("{}: {}", c.heading, cell.note.lines().next().unwrap_or_default()))
        .collect();
    let rows = d.record.entries.iter().filter(|(key, _)| !told(key));
    let in_rows = rows.filter_map(|(_, entry)| match entry {
        Entry::Rows { rows } => {
            Some(rows.iter().flat_map(|r| r.values()).filter(|f| f.is_in_doubt()).count())
        }
        Entry::One(_) | Entry::Many(_) => None,
    });
    let count: usize = in_rows.sum();
    if count > 0 {
        sentences.push(format!("{}: {count}", words::DOUBTFUL_CELLS.get(lang)));
    }
    sentences
}

/// All that is to be checked on a document, a sentence a line.
fn issues_cell<'a>(d: &Document, doubts: &[String], lang: Lang) -> Cell<'a> {
    let issues = d.issues.iter().map(|i| i.message.get(lang));
    let sentences: Vec<&str> = issues.chain(doubts.iter().map(String::as_str)).collect();
    if sentences.is_empty() { Content::Empty.into() } else { Content::Text(sentences.join("\n")).into() }
}

/// Documents without fields: their text, and their key–values one a row.
fn open_grids<'a>(group: &Group<'a>, lang: Lang, grids: &mut Vec<Grid<'a>>) {
    let main = grids.len();
    let mut headings = origin_headings(lang);
    headings.extend([words::TEXT, words::ISSUES].map(|w| w.get(lang).to_owned()));
    let row = |d: &Located<'a>| {
        let mut row = origin_cells(d, lang);
        row.push(Content::Value(text_of(d), FieldType::Multiline).into());
        row.push(issues_cell(d.document, &[], lang));
        row
    };
    let rows = group.documents.iter().map(row).collect();
    let kind = group.kind.map_or_else(|| group.name.clone(), |k| k.id.clone());
    let mut keys = origin_keys();
    keys.extend([profile::TEXT, profile::ISSUES].map(str::to_owned));
    grids.push(Grid { name: group.name.clone(), kind: kind.clone(), table: None, keys, headings, rows });

    let headings = [words::NUMBER, words::FILE, words::PAGE, words::KEY, words::VALUE];
    let mut rows: Vec<Vec<Cell<'a>>> = Vec::new();
    for (place, d) in group.documents.iter().enumerate() {
        let row = |page: usize, key: &str, value: &str| -> Vec<Cell<'a>> {
            vec![
                Content::Jump { text: d.number.to_string(), grid: main, row: place }.into(),
                Content::File(&d.reading.path).into(),
                Content::Count(page).into(),
                Content::Text(key.to_owned()).into(),
                Content::Text(value.to_owned()).into(),
            ]
        };
        // A record that holds them itself knows better, a person's corrections above all.
        if d.document.record.entries.contains_key(KEY_VALUES) {
            rows.extend(d.document.record.rows(KEY_VALUES).iter().map(|cells| {
                let [key, value] =
                    PAIR.map(|part| cells.get(part).and_then(Field::value_of).unwrap_or_default());
                let page = cells.get(PAIR[0]).and_then(|f| f.page_among(&d.document.pages));
                row(page.unwrap_or(1), key, value)
            }));
            continue;
        }
        for page in pages_of(*d) {
            let whole = d.document.pages.first() != Some(&page.page);
            let inside = |kv: &&crate::structure::KeyValue| {
                whole || d.document.found.location.contains(kv.key_quad.center())
            };
            rows.extend(
                page.structure.key_values.iter().filter(inside).map(|kv| row(page.page, &kv.key, &kv.value)),
            );
        }
    }
    if !rows.is_empty() {
        let name = format!("{}-{}", group.name, words::KEY_VALUES.get(lang));
        let headings = headings.map(|w| w.get(lang).to_owned()).into();
        let keys = [profile::NUMBER, profile::FILE, profile::PAGE, "key", "value"].map(str::to_owned).into();
        grids.push(Grid { name, kind, table: Some(KEY_VALUES.to_owned()), keys, headings, rows });
    }
}

/// The pages that a document lies on, as far as they were read.
pub(super) fn pages_of<'a>(d: Located<'a>) -> impl Iterator<Item = &'a PageReading> {
    let (reading, document) = (d.reading, d.document);
    document.pages.iter().filter_map(|n| reading.pages.iter().find(|p| p.page == *n))
}

/// A document's text in reading order: its own lines on the first page, all on further ones.
pub(super) fn text_of(d: &Located<'_>) -> String {
    let first = d.document.pages.first().copied();
    let mut lines = Vec::new();
    for page in pages_of(*d) {
        let s = &page.structure;
        let own = &d.document.found.lines;
        if Some(page.page) == first && !own.is_empty() {
            lines.extend(own.iter().filter_map(|i| s.lines.get(*i)).map(|l| l.text.as_str()));
        } else {
            lines.extend(s.lines.iter().map(|l| l.text.as_str()));
        }
    }
    lines.join("\n")
}
