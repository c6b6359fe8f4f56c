//! What checks look at: the record's values by key, with their names and types.

use time::Date;

use crate::{
    extract::{Field, FieldPath, Origin, Record},
    kind::{FieldSpec, FieldType, ITEM, Kind, Label, TableBody},
    structure::Code,
};

pub(super) struct Context<'a> {
    pub kind: &'a Kind,
    pub record: &'a Record,
    pub codes: &'a [Code],
    pub today: Date,
}

/// A present value.
#[derive(Clone)]
pub(super) struct Value<'a> {
    pub path: FieldPath,
    /// Not empty.
    pub text: &'a str,
    pub field: &'a Field,
    pub name: Label,
    pub field_type: FieldType,
}

impl Value<'_> {
    /// Whether it was copied from the print that the other one was read from: such values agree by
    /// themselves.
    pub fn is_copy_of(&self, other: &Value) -> bool {
        let place = |v: &Value| v.field.quad.map(|quad| (quad, v.field.page));
        let copied = self.field.origin == Origin::Computed && other.field.origin != Origin::Computed;
        copied && place(self).is_some_and(|p| place(other) == Some(p))
    }
}

/// A label from its two languages.
pub(super) fn label(zh: impl Into<String>, en: impl Into<String>) -> Label {
    Label { zh: zh.into(), en: en.into() }
}

impl<'a> Context<'a> {
    /// The specification of a field, or of a column written `table.column`.
    pub fn spec(&self, key: &str) -> Option<&'a FieldSpec> {
        match key.split_once('.') {
            Some((table, column)) => self.kind.table(table)?.column(column),
            None => self.kind.fields.iter().find(|f| f.key == key),
        }
    }

    /// The present value at `path`.
    pub fn at(&self, path: FieldPath) -> Option<Value<'a>> {
        let field = self.record.get(&path)?;
        let text = field.value.as_deref().filter(|v| !is_blank(v))?;
        let key = match &path {
            FieldPath::Cell { key, column, .. } => format!("{key}.{column}"),
            other => other.key().to_owned(),
        };
        let spec = self.spec(&key);
        Some(Value {
            name: self.name(&path),
            path,
            text,
            field,
            field_type: spec.map(|s| s.field_type).unwrap_or_default(),
        })
    }

    /// What the operator knows a value by: the field's label, with the row or number if there
    /// are several.
    pub fn name(&self, path: &FieldPath) -> Label {
        let of = |key: &str| self.spec(key).map_or_else(|| label(key, key), |s| s.label.clone());
        match path {
            FieldPath::Field { key } => of(key),
            FieldPath::Item { key, index } => {
                let name = of(key);
                label(format!("{} {}", name.zh, index + 1), format!("{} {}", name.en, index + 1))
            }
            FieldPath::Cell { key, row, column } if self.is_matrix(key) => {
                let item = self.record.rows(key).get(*row).and_then(|r| r.get(ITEM));
                let item = item.and_then(|f| f.value.clone()).unwrap_or_default();
                label(format!("{item}（{column}）"), format!("{item} ({column})"))
            }
            FieldPath::Cell { key, row, column } => {
                let name = of(&format!("{key}.{column}"));
                label(format!("第 {} 行{}", row + 1, name.zh), format!("{} in row {}", name.en, row + 1))
            }
        }
    }

    /// Whether a table is one of items by headings.
    fn is_matrix(&self, table: &str) -> bool {
        self.kind.table(table).is_some_and(|t| t.body == TableBody::Cells)
    }

    /// Every present value of a key: one, those of a field that occurs several times, those of a
    /// column.
    pub fn values(&self, key: &str) -> Vec<Value<'a>> {
        self.paths(key).into_iter().filter_map(|p| self.at(p)).collect()
    }

    /// The value of a single field.
    pub fn value(&self, key: &str) -> Option<Value<'a>> {
        self.values(key).into_iter().next()
    }

    /// The path of a single field of which a person has said that it is not on the document.
    pub fn emptied(&self, key: &str) -> Option<FieldPath> {
        let path = FieldPath::Field { key: key.to_owned() };
        let said = |f: &&Field| f.confirmed && !f.illegible && f.value.is_none() && f.raw.is_empty();
        self.record.get(&path).filter(said).map(|_| path)
    }

    /// Every path of a key, present or not.
    pub fn paths(&self, key: &str) -> Vec<FieldPath> {
        use crate::extract::Entry;
        match key.split_once('.') {
            Some((table, _)) => (0..self.record.rows(table).len()).filter_map(|row| cell(key, row)).collect(),
            None => match self.record.entries.get(key) {
                Some(Entry::Many(fields)) => {
                    (0..fields.len()).map(|index| FieldPath::Item { key: key.to_owned(), index }).collect()
                }
                _ => vec![FieldPath::Field { key: key.to_owned() }],
            },
        }
    }

    /// Rows of the table that a column's key names.
    pub fn row_count(&self, column: &str) -> usize {
        column.split_once('.').map_or(0, |(table, _)| self.record.rows(table).len())
    }

    /// The page on which a row of the column's table stands, as its values carry it: `None` for the
    /// document's first.
    pub fn page_of_row(&self, column: &str, row: usize) -> Option<usize> {
        let (table, _) = column.split_once('.')?;
        self.record.rows(table).get(row)?.values().find(|f| f.quad.is_some())?.page
    }

    /// The present value of a column in a row.
    pub fn cell(&self, column: &str, row: usize) -> Option<Value<'a>> {
        self.at(cell(column, row)?)
    }

    /// Values of two keys that belong together: of the same row where both are columns of one
    /// table, of the same number where both occur several times, else the two single values.
    pub fn pairs(&self, a: &str, b: &str) -> Vec<(Value<'a>, Value<'a>)> {
        let table = |key: &str| key.split_once('.').map(|(t, _)| t.to_owned());
        if table(a).is_some() && table(a) == table(b) {
            return (0..self.row_count(a))
                .filter_map(|r| Some((self.cell(a, r)?, self.cell(b, r)?)))
                .collect();
        }
        let (left, right) = (self.paths(a), self.paths(b));
        if table(a).is_some() != table(b).is_some() {
            // A column against a single field: each row against it.
            let pair = |x: &FieldPath, y: &FieldPath| Some((self.at(x.clone())?, self.at(y.clone())?));
            return left.iter().flat_map(|x| right.iter().filter_map(move |y| pair(x, y))).collect();
        }
        left.into_iter().zip(right).filter_map(|(x, y)| Some((self.at(x)?, self.at(y)?))).collect()
    }
}

/// Whether a form is left empty here, or says so by a stroke.
pub(super) fn is_blank(value: &str) -> bool {
    matches!(value, "" | "/" | "／" | "\\" | "—" | "——" | "－")
}

/// The path of a column's cell.
pub(super) fn cell(column: &str, row: usize) -> Option<FieldPath> {
    let (key, column) = column.split_once('.')?;
    Some(FieldPath::Cell { key: key.to_owned(), row, column: column.to_owned() })
}
