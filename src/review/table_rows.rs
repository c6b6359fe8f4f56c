//! From a table of a page to the rows of its document: what a person has put right in the table becomes the
//! record's.

use std::cmp::Reverse;

use crate::{
    extract::{Entry, Field, Origin, State},
    kind::{FieldSpec, RowTableSpec, TableBody, value::half_width},
    structure::{Cell, Table, table_edit::Place},
};

use super::{DocumentId, Edit, FileId, ReviewDocument, Session, edit::Row, edit::typed};

/// Cells read with less than this, on average over their characters, want a look: of 10,354 cells of the drawn
/// corpus 368 were read with less, and 202 of these did not match the truth; of the others one in twenty.
pub const DOUBTFUL_CELL: f32 = 0.98;
/// A header is one only with so many known headings: one alone stands in sentences and totals too.
const LEAST_HEADINGS: usize = 2;

/// Whether a cell was read so badly that it wants a look.
pub fn is_doubtful_cell(cell: &Cell) -> bool {
    cell.confidence < DOUBTFUL_CELL && !cell.text.trim().is_empty()
}

/// A header that was recognised in a page's table.
struct Header<'k> {
    spec: &'k RowTableSpec,
    /// The first row below it.
    below: usize,
    /// Columns of the kind with the table's column in which each stands.
    columns: Vec<(&'k FieldSpec, usize)>,
}

impl Session {
    /// How many rows stand below a header of a page's table, and the edit that makes them the rows of its
    /// document, by the headings that the document's kind knows. `None` where there is no such document or
    /// header.
    pub fn rows_from_table(&self, file: FileId, page: usize, table: usize) -> Option<(usize, Edit)> {
        let found = self.file(file)?.page(page)?.structure.tables.get(table)?;
        let owners = self.documents_with_table(file, page, table);
        owners.into_iter().find_map(|id| {
            let document = self.document(id)?;
            let kind = self.registry().get(&document.document.found.kind)?;
            let header = kind
                .tables
                .iter()
                .filter(|t| t.body == TableBody::Rows)
                .flat_map(|spec| (0..found.rows).map(move |row| header(spec, found, row)))
                .filter(|h| h.columns.len() >= LEAST_HEADINGS)
                .min_by_key(|h| Reverse(h.columns.len()))?;
            let rows = rows(&header, found, further(document, page));
            (!rows.is_empty()).then(|| (rows.len(), put(id, &header.spec.key, rows)))
        })
    }
}

fn put(document: DocumentId, key: &str, rows: Vec<Row>) -> Edit {
    Edit::PutEntry { document, key: key.to_owned(), entry: Some(Box::new(Entry::Rows { rows })) }
}

/// The page as a value carries it: only where it is not the document's first.
fn further(document: &ReviewDocument, page: usize) -> Option<usize> {
    (document.document.pages.first() != Some(&page)).then_some(page)
}

/// Without spaces, signs and the difference of widths and cases.
fn plain(text: &str) -> String {
    half_width(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The headings that stand in one row of a table. Each column takes the heading that says most of it, each
/// heading is taken once.
fn header<'k>(spec: &'k RowTableSpec, table: &Table, row: usize) -> Header<'k> {
    let cells: Vec<&Cell> = table.cells.iter().filter(|c| c.row == row).collect();
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (i, column) in spec.columns.iter().enumerate() {
        let labels = column.labels.iter().map(String::as_str);
        let labels = labels.chain([column.label.zh.as_str(), column.label.en.as_str()]).map(plain);
        for label in labels.filter(|l| l.chars().count() >= 2) {
            for (k, cell) in cells.iter().enumerate() {
                let printed = plain(&cell.text);
                // All of the heading counts for more than any part of it.
                let score = match printed == label {
                    true => usize::MAX,
                    false if printed.contains(&label) => label.chars().count(),
                    false => continue,
                };
                pairs.push((score, i, k));
            }
        }
    }
    pairs.sort_by_key(|(score, i, k)| (Reverse(*score), *i, *k));
    let mut columns: Vec<(usize, usize)> = Vec::new();
    for (_, i, k) in pairs {
        if !columns.iter().any(|(other, cell)| *other == i || *cell == k) {
            columns.push((i, k));
        }
    }
    columns.sort_unstable();
    let placed = columns.iter().filter_map(|(i, k)| Some((spec.columns.get(*i)?, cells.get(*k)?.col)));
    let columns: Vec<(&FieldSpec, usize)> = placed.collect();
    let below = cells.iter().map(|c| c.row + c.row_span).max().unwrap_or(row + 1);
    Header { spec, below, columns }
}

/// The rows below the header, to the end of the table or a label that ends it; blank ones are none.
fn rows(header: &Header<'_>, table: &Table, page: Option<usize>) -> Vec<Row> {
    let ends: Vec<String> = header.spec.end.iter().map(|l| plain(l)).collect();
    let is_end = |cell: &Cell| ends.contains(&plain(&cell.text));
    let of_row = |row: usize| table.cells.iter().filter(move |c| c.row == row);
    (header.below..table.rows)
        .take_while(|row| !of_row(*row).any(is_end))
        .map(|row| {
            let cell = |col: usize| table.cells.iter().find(|c| Place::of(c).holds(row, col));
            let filled = header.columns.iter().filter_map(|(column, col)| {
                let cell = cell(*col).filter(|c| !c.text.trim().is_empty())?;
                Some((column.key.clone(), field(column, cell, page)))
            });
            filled.collect::<Row>()
        })
        .filter(|row| !row.is_empty())
        .collect()
}

fn field(column: &FieldSpec, cell: &Cell, page: Option<usize>) -> Field {
    let doubtful = is_doubtful_cell(cell);
    Field {
        quad: Some(cell.quad),
        page,
        confidence: cell.confidence,
        origin: Origin::Read,
        confirmed: !doubtful,
        state: if doubtful { State::Doubtful } else { State::Ok },
        ..typed(None, column.field_type, Some(&cell.text.replace('\n', "")))
    }
}
