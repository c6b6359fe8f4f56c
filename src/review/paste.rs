//! Cells that come from a spreadsheet's clipboard: lines of values parted by tabs.

use crate::extract::{Entry, FieldPath};

use super::{
    DocumentId, Edit, Session,
    edit::{Row, spec_of, typed},
};

impl Session {
    /// The edit that puts pasted cells into a table, the first at `row` and `column`, in the order
    /// of the kind's columns; rows that the table lacks are added, cells beyond the last column are
    /// dropped. `None` if the document has no such place.
    pub fn paste_edit(
        &self,
        document: DocumentId,
        table: &str,
        row: usize,
        column: &str,
        text: &str,
    ) -> Option<Edit> {
        let d = &self.document(document)?.document;
        let kind = self.registry().get(&d.found.kind)?;
        let columns = &kind.table(table)?.columns;
        let first = columns.iter().position(|c| c.key == column)?;
        let mut rows: Vec<Row> = d.record.rows(table).to_vec();
        for (i, line) in text.trim_end_matches(['\r', '\n']).split('\n').enumerate() {
            let at = row + i;
            if rows.len() <= at {
                rows.resize_with(at + 1, Row::default);
            }
            let cells = rows.get_mut(at)?;
            for (cell, column) in line.trim_end_matches('\r').split('\t').zip(columns.iter().skip(first)) {
                let path = FieldPath::Cell { key: table.to_owned(), row: at, column: column.key.clone() };
                let field_type = spec_of(kind, &path).map(|s| s.field_type).unwrap_or_default();
                let field = typed(cells.get(&column.key), field_type, Some(cell));
                cells.insert(column.key.clone(), field);
            }
        }
        let entry = Some(Box::new(Entry::Rows { rows }));
        Some(Edit::PutEntry { document, key: table.to_owned(), entry })
    }
}
