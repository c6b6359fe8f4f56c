//! A document and its kind to a record of fields.
//!
//! Each locator proposes candidates; candidates are scored by place, form and reading; one
//! assignment gives each stretch of text to at most one field. Never fails: what is not found
//! is missing. Must not check values against each other (that is [`crate::validate`]'s work).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    classify::FoundDocument,
    geometry::Quad,
    kind::Kind,
    ocr::TextLine,
    structure::{Code, PageStructure},
};

mod candidate;
mod cells;
mod columns;
mod continued;
mod derived;
mod fill;
mod follow;
mod form;
mod ground;
mod item_names;
mod label_rows;
mod labels;
mod locate;
mod mend;
mod pair_labels;
mod pairs;
mod pieces;
mod place;
mod row_forms;
mod rows;
mod stretch;
mod unit;

pub use cells::{printed_headings, shown_columns};
pub use derived::edit_distance;
pub use follow::follow;
pub use ground::Ground;
pub use item_names::item_key;

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Read from the picture.
    #[default]
    Read,
    /// Derived from other values.
    Computed,
    /// From a QR code or barcode.
    Code,
    /// From the file's own text.
    TextLayer,
    /// Put in by a person.
    Typed,
}

/// What is known of a value's truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Ok,
    /// Low confidence or contradicted; a person should look.
    Doubtful,
    /// Fails its format or a check.
    Invalid,
    /// Not on the document, or not found.
    #[default]
    Missing,
}

/// One value of a record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    /// Normalised for the machine; `None` when missing.
    pub value: Option<String>,
    /// As printed.
    pub raw: String,
    /// Where it stands on the page; `None` for computed and typed values.
    pub quad: Option<Quad>,
    /// Number of that page, where it is not the document's first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// 0..1.
    pub confidence: f32,
    pub origin: Origin,
    pub state: State,
    /// Confidence of each character of `value`, where it was read; may be empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub char_confidences: Vec<f32>,
    /// Other readings worth offering, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// A person has typed the value or accepted it as it stands.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
    /// A person has entered the same value a second time without seeing it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub entered_twice: bool,
    /// A person has found that it cannot be read on the document.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub illegible: bool,
}

/// The values of one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    // The order is that of trying when read back: a `Field` would take any object.
    /// Rows of a table, each a map from column key to value; absent columns are missing.
    Rows {
        rows: Vec<BTreeMap<String, Field>>,
    },
    /// A field that may occur several times.
    Many(Vec<Field>),
    One(Field),
}

/// The fields of one document, by the keys of its kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record {
    pub entries: BTreeMap<String, Entry>,
}

/// Place of one value in a record: a field's key, or a row table's key with row and column.
/// Written as text: `total`, `phone.0`, `item_list.2.amount`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum FieldPath {
    Field {
        key: String,
    },
    /// The `index`-th value of a field that may occur several times.
    Item {
        key: String,
        index: usize,
    },
    Cell {
        key: String,
        row: usize,
        column: String,
    },
}

impl Record {
    /// The field at `path`, if the record has it.
    pub fn get(&self, path: &FieldPath) -> Option<&Field> {
        match (path, self.entries.get(path.key())?) {
            (FieldPath::Field { .. }, Entry::One(f)) => Some(f),
            (FieldPath::Field { .. }, Entry::Many(v)) => v.first(),
            (FieldPath::Item { index, .. }, Entry::Many(v)) => v.get(*index),
            (FieldPath::Cell { row, column, .. }, Entry::Rows { rows }) => rows.get(*row)?.get(column),
            _ => None,
        }
    }

    /// The value of a single field, if present.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.get(&FieldPath::Field { key: key.to_owned() })?.value.as_deref()
    }

    /// Rows of a table; empty if there are none.
    pub fn rows(&self, key: &str) -> &[BTreeMap<String, Field>] {
        match self.entries.get(key) {
            Some(Entry::Rows { rows }) => rows,
            _ => &[],
        }
    }

    /// On a page that was not read, what counts as read came from its own text.
    pub fn mark_as_text_layer(&mut self) {
        let mark = |field: &mut Field| {
            if field.origin == Origin::Read && field.value.is_some() {
                field.origin = Origin::TextLayer;
            }
        };
        for entry in self.entries.values_mut() {
            match entry {
                Entry::One(field) => mark(field),
                Entry::Many(fields) => fields.iter_mut().for_each(mark),
                Entry::Rows { rows } => rows.iter_mut().flat_map(|r| r.values_mut()).for_each(mark),
            }
        }
    }

    /// Every value with its path, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (FieldPath, &Field)> {
        self.entries.iter().flat_map(|(key, entry)| -> Vec<(FieldPath, &Field)> {
            match entry {
                Entry::One(f) => vec![(FieldPath::Field { key: key.clone() }, f)],
                Entry::Many(v) => v
                    .iter()
                    .enumerate()
                    .map(|(index, f)| (FieldPath::Item { key: key.clone(), index }, f))
                    .collect(),
                Entry::Rows { rows } => rows
                    .iter()
                    .enumerate()
                    .flat_map(|(row, cells)| {
                        cells.iter().map(move |(column, f)| {
                            (FieldPath::Cell { key: key.clone(), row, column: column.clone() }, f)
                        })
                    })
                    .collect(),
            }
        })
    }
}

impl Field {
    /// Its value, if it has one.
    pub fn value_of(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Whether the value is doubtful or wrong and no person has settled it.
    pub fn is_in_doubt(&self) -> bool {
        matches!(self.state, State::Doubtful | State::Invalid) && !self.confirmed
    }

    /// Number of the page that it stands on, for a document on `pages`.
    pub fn page_among(&self, pages: &[usize]) -> Option<usize> {
        self.page.or_else(|| pages.first().copied())
    }
}

impl FieldPath {
    pub fn key(&self) -> &str {
        match self {
            Self::Field { key } | Self::Item { key, .. } | Self::Cell { key, .. } => key,
        }
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.to_string()
    }
}

impl TryFrom<String> for FieldPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parts: Vec<&str> = text.split('.').collect();
        let number = |s: &str| s.parse::<usize>().map_err(|_| format!("`{text}` is no field path"));
        match parts[..] {
            [key] => Ok(Self::Field { key: key.to_owned() }),
            [key, index] => Ok(Self::Item { key: key.to_owned(), index: number(index)? }),
            [key, row, column] => {
                Ok(Self::Cell { key: key.to_owned(), row: number(row)?, column: column.to_owned() })
            }
            _ => Err(format!("`{text}` is no field path")),
        }
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field { key } => write!(f, "{key}"),
            Self::Item { key, index } => write!(f, "{key}.{index}"),
            Self::Cell { key, row, column } => write!(f, "{key}.{row}.{column}"),
        }
    }
}

/// What extraction may look at: one document of a page.
pub struct DocumentView<'a> {
    pub page: &'a PageStructure,
    pub found: &'a FoundDocument,
    /// Page size in pixels.
    pub size: (u32, u32),
}

impl DocumentView<'_> {
    pub fn lines(&self) -> impl Iterator<Item = &TextLine> {
        self.found.lines.iter().filter_map(|&i| self.page.lines.get(i))
    }

    /// Codes whose centre lies in the document.
    pub fn codes(&self) -> impl Iterator<Item = &Code> {
        self.page.codes.iter().filter(|c| self.found.location.contains(c.quad.center()))
    }
}

/// Reads a stretch of the page again, enlarged, for values that fail their check.
pub trait SecondReading {
    /// The text in `quad_in_page`, or `None` if it cannot be read again.
    fn read_again(&mut self, quad_in_page: &Quad) -> Option<TextLine>;

    /// The colours behind the text in `quad_in_page`, or `None` where there are no pixels.
    fn ground(&mut self, quad_in_page: &Quad) -> Option<Ground>;
}

/// For recorded pages, where there are no pixels to read again.
pub struct NoSecondReading;

impl SecondReading for NoSecondReading {
    fn read_again(&mut self, _quad_in_page: &Quad) -> Option<TextLine> {
        None
    }

    fn ground(&mut self, _quad_in_page: &Quad) -> Option<Ground> {
        None
    }
}

/// Fills the kind's fields from one document. Every field of the kind has an entry, and every
/// table; what is not printed is missing.
pub fn extract(document: &DocumentView, kind: &Kind, second: &mut dyn SecondReading) -> Record {
    fill::fill(document, kind, second)
}
