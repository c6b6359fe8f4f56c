//! Every change that a person can make, as data, and how it changes a record.
//!
//! An [`Edit`] is applied by [`super::Session::apply`], which returns its inverse: undo, audit
//! and autosave follow from that.

use std::collections::BTreeMap;

use crate::{
    extract::{Entry, Field, FieldPath, Origin, Record, State},
    geometry::Quad,
    kind::{FieldSpec, FieldType, Kind, value},
    structure::{
        Table,
        table_edit::{TableEdit, TableRefusal},
    },
};

use super::{Document, DocumentId, DocumentState, FileEntry, FileId, ReviewDocument};

/// The cells of one row, by column key.
pub type Row = BTreeMap<String, Field>;

/// One change to a [`super::Session`].
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A person types a value; `None` or blank says that the document has none.
    SetField {
        document: DocumentId,
        path: FieldPath,
        value: Option<String>,
    },
    /// A person takes text from the page: words clicked, or a box read again.
    TakeFromPage {
        document: DocumentId,
        path: FieldPath,
        text: String,
        quad: Option<Quad>,
        /// Number of the page that it is on, where it is not the document's first.
        page: Option<usize>,
        /// 0..1, as read.
        confidence: f32,
    },
    /// A person finds the value right as it stands.
    AcceptField {
        document: DocumentId,
        path: FieldPath,
    },
    /// A person enters the value a second time; it must be the same.
    SecondEntry {
        document: DocumentId,
        path: FieldPath,
        value: String,
    },
    /// A person finds that the value cannot be read on the document, or takes that back.
    MarkIllegible {
        document: DocumentId,
        path: FieldPath,
        illegible: bool,
    },
    /// All values of one key become exactly this; `None` removes them. Inverse of every edit of
    /// values, and the way to paste a whole table.
    PutEntry {
        document: DocumentId,
        key: String,
        entry: Option<Box<Entry>>,
    },
    /// One more value of a field that may occur several times, before the one at `index`.
    AddItem {
        document: DocumentId,
        key: String,
        index: usize,
        field: Box<Field>,
    },
    RemoveItem {
        document: DocumentId,
        key: String,
        index: usize,
    },
    /// A new row before the one that is now at `row`.
    AddRow {
        document: DocumentId,
        table: String,
        row: usize,
        cells: Row,
    },
    RemoveRow {
        document: DocumentId,
        table: String,
        row: usize,
    },
    /// Takes a row out and puts it in again so that it is at `to`.
    MoveRow {
        document: DocumentId,
        table: String,
        from: usize,
        to: usize,
    },
    /// Confirming and exporting are refused while errors stand, unless a reason is given.
    SetState {
        document: DocumentId,
        state: DocumentState,
        reason: Option<String>,
    },
    /// The document becomes another one, read again as another kind; its place and id stay.
    Replace {
        document: DocumentId,
        with: Box<Document>,
    },
    /// Puts a document into its file at `index`; `document.id` must be new or once removed.
    InsertDocument {
        file: FileId,
        index: usize,
        document: Box<ReviewDocument>,
    },
    RemoveDocument {
        document: DocumentId,
    },
    /// A person changes a table of a page; tables are counted from 0.
    ChangeTable {
        file: FileId,
        page: usize,
        table: usize,
        change: TableEdit,
    },
    /// A table of a page becomes exactly this one: the inverse of [`Self::ChangeTable`].
    PutTable {
        file: FileId,
        page: usize,
        table: usize,
        with: Box<Table>,
    },
    /// A person adds a table to a page; it is the one at `table` from then on.
    AddTable {
        file: FileId,
        page: usize,
        table: usize,
        with: Box<Table>,
    },
    RemoveTable {
        file: FileId,
        page: usize,
        table: usize,
    },
    /// Degrees clockwise (0, 90, 180, 270) that turn the page upright.
    SetRotation {
        file: FileId,
        page: usize,
        rotation: u16,
    },
    /// Puts a file into the queue at `index`, with all that was read of it.
    InsertFile {
        index: usize,
        file: Box<FileEntry>,
    },
    RemoveFile {
        file: FileId,
    },
    /// Several edits as one step; all or none.
    Batch(Vec<Edit>),
}

/// Why an edit was refused; the session is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    #[error("这份单据已不在队列中 / the document is no longer in the queue")]
    UnknownDocument(DocumentId),
    #[error("这个文件已不在队列中 / the file is no longer in the queue")]
    UnknownFile(FileId),
    #[error("单据没有这一项 / the document has no such field: {0}")]
    NoSuchField(FieldPath),
    #[error("表中没有这一行，请刷新后再试 / the table has no such row: {table} {row}")]
    NoSuchRow { table: String, row: usize },
    #[error("文件没有这一页 / the file has no such page: {0}")]
    NoSuchPage(usize),
    #[error("页面上没有这个表格 / the page has no such table: {0}")]
    NoSuchTable(usize),
    #[error(transparent)]
    Table(#[from] TableRefusal),
    #[error("页面只能转 0、90、180 或 270 度 / a page turns by quarters only: {0}")]
    NoQuarterTurn(u16),
    #[error(
        "两次录入不一致，第二次是“{second}”，请对照原图 / the two entries differ, the second is \"{second}\": \
         compare with the page"
    )]
    EntriesDiffer { second: String },
    #[error(
        "还有 {count} 项没有录入两次，不能确认；请录入，或写明理由 / {count} value(s) have not been entered twice: \
         enter them or give a reason"
    )]
    SecondEntryLeft { count: usize },
    #[error("单据已确认，请先重新打开再修改 / the document is closed: reopen it first")]
    Closed,
    #[error(
        "还有 {count} 处错误，不能确认：{message_zh}。请改正，或写明理由后强制确认 / \
         {count} error(s) stand: {message_en}; correct them or give a reason"
    )]
    ErrorsStand { count: usize, message_zh: String, message_en: String },
}

impl Edit {
    /// The document that it changes, where it is one.
    pub fn document(&self) -> Option<DocumentId> {
        match self {
            Self::SetField { document, .. }
            | Self::TakeFromPage { document, .. }
            | Self::AcceptField { document, .. }
            | Self::SecondEntry { document, .. }
            | Self::MarkIllegible { document, .. }
            | Self::PutEntry { document, .. }
            | Self::AddItem { document, .. }
            | Self::RemoveItem { document, .. }
            | Self::AddRow { document, .. }
            | Self::RemoveRow { document, .. }
            | Self::MoveRow { document, .. }
            | Self::SetState { document, .. }
            | Self::Replace { document, .. }
            | Self::RemoveDocument { document } => Some(*document),
            Self::InsertDocument { document, .. } => Some(document.id),
            Self::Batch(edits) => edits.iter().find_map(Self::document),
            Self::ChangeTable { .. }
            | Self::PutTable { .. }
            | Self::AddTable { .. }
            | Self::RemoveTable { .. }
            | Self::SetRotation { .. }
            | Self::InsertFile { .. }
            | Self::RemoveFile { .. } => None,
        }
    }

    /// The key of the values that it changes.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::PutEntry { key, .. } | Self::AddItem { key, .. } | Self::RemoveItem { key, .. } => {
                Some(key)
            }
            Self::AddRow { table, .. } | Self::RemoveRow { table, .. } | Self::MoveRow { table, .. } => {
                Some(table)
            }
            _ => self.path().map(FieldPath::key),
        }
    }

    /// The value that it changes, where it is one.
    pub fn path(&self) -> Option<&FieldPath> {
        match self {
            Self::SetField { path, .. }
            | Self::TakeFromPage { path, .. }
            | Self::AcceptField { path, .. }
            | Self::SecondEntry { path, .. }
            | Self::MarkIllegible { path, .. } => Some(path),
            Self::Batch(edits) => edits.iter().find_map(Self::path),
            _ => None,
        }
    }
}

/// The declaration of the value at `path`.
pub(super) fn spec_of<'a>(kind: &'a Kind, path: &FieldPath) -> Option<&'a FieldSpec> {
    match path {
        FieldPath::Field { key } | FieldPath::Item { key, .. } => kind.fields.iter().find(|f| f.key == *key),
        FieldPath::Cell { key, column, .. } => kind.table(key)?.column(column),
    }
}

/// A field as a person typed it over `before`: normalised where the type allows, else kept as
/// typed, so that validation can say what is wrong with it.
pub(super) fn typed(before: Option<&Field>, field_type: FieldType, text: Option<&str>) -> Field {
    let text = text.map(str::trim).filter(|t| !t.is_empty());
    Field {
        value: text.and_then(|t| typed_value(field_type, t)),
        raw: text.unwrap_or_default().to_owned(),
        // The place stays: the operator still wants to see where the value was looked for.
        quad: before.and_then(|f| f.quad),
        page: before.and_then(|f| f.page),
        confidence: 1.0,
        origin: Origin::Typed,
        confirmed: true,
        alternatives: before.map(|f| f.alternatives.clone()).unwrap_or_default(),
        ..Field::default()
    }
}

/// The value of a text that a person has typed; `None` for a blank one.
pub(super) fn typed_value(field_type: FieldType, text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| value::normalise(field_type, text).unwrap_or_else(|| text.to_owned()))
}

/// All values of `key` become `entry`.
pub(super) fn put_entry(record: &mut Record, key: &str, entry: Option<Entry>) {
    match entry {
        Some(entry) => record.entries.insert(key.to_owned(), entry),
        None => record.entries.remove(key),
    };
}

/// Puts `field` at `path`. An item may be the next of its list; a row must be there.
pub(super) fn put(record: &mut Record, path: &FieldPath, field: Field) -> Result<(), EditError> {
    let missing = || EditError::NoSuchField(path.clone());
    match path {
        FieldPath::Field { key } => match record.entries.get_mut(key) {
            None => {
                record.entries.insert(key.clone(), Entry::One(field));
            }
            Some(Entry::One(old)) => *old = field,
            Some(Entry::Many(items)) => match items.first_mut() {
                Some(first) => *first = field,
                None => items.push(field),
            },
            Some(Entry::Rows { .. }) => return Err(missing()),
        },
        FieldPath::Item { key, index } => {
            let items = items_of(record, key).ok_or_else(missing)?;
            let next = items.len();
            match items.get_mut(*index) {
                Some(old) => *old = field,
                None if *index == next => items.push(field),
                None => return Err(missing()),
            }
        }
        FieldPath::Cell { key, row, column } => {
            let Some(Entry::Rows { rows }) = record.entries.get_mut(key) else { return Err(missing()) };
            rows.get_mut(*row).ok_or_else(missing)?.insert(column.clone(), field);
        }
    }
    Ok(())
}

/// The list of values under `key`, started if the record has none; `None` if it is a table.
fn items_of<'a>(record: &'a mut Record, key: &str) -> Option<&'a mut Vec<Field>> {
    let entry = record.entries.entry(key.to_owned()).or_insert_with(|| Entry::Many(Vec::new()));
    if let Entry::One(only) = entry {
        *entry = Entry::Many(vec![std::mem::take(only)]);
    }
    match entry {
        Entry::Many(items) => Some(items),
        _ => None,
    }
}

/// Puts one more value before the one at `index` of a field that may occur several times.
pub(super) fn insert_item(
    record: &mut Record,
    key: &str,
    index: usize,
    field: Field,
) -> Result<(), EditError> {
    let items = items_of(record, key).filter(|items| index <= items.len());
    let missing = || EditError::NoSuchField(FieldPath::Item { key: key.to_owned(), index });
    items.ok_or_else(missing)?.insert(index, field);
    Ok(())
}

/// Takes the value at `index` of a field that may occur several times; an empty list stays.
pub(super) fn remove_item(record: &mut Record, key: &str, index: usize) -> Result<(), EditError> {
    match record.entries.get_mut(key) {
        Some(Entry::Many(items)) if index < items.len() => {
            items.remove(index);
            Ok(())
        }
        _ => Err(EditError::NoSuchField(FieldPath::Item { key: key.to_owned(), index })),
    }
}

/// Puts a row before the one now at `row`, starting the table if the record has none.
pub(super) fn insert_row(record: &mut Record, table: &str, row: usize, cells: Row) -> Result<(), EditError> {
    match record.entries.get_mut(table) {
        Some(Entry::Rows { rows }) if row <= rows.len() => rows.insert(row, cells),
        None if row == 0 => {
            record.entries.insert(table.to_owned(), Entry::Rows { rows: vec![cells] });
        }
        _ => return Err(EditError::NoSuchRow { table: table.to_owned(), row }),
    }
    Ok(())
}

/// Takes a row out; an empty table stays.
pub(super) fn remove_row(record: &mut Record, table: &str, row: usize) -> Result<Row, EditError> {
    match record.entries.get_mut(table) {
        Some(Entry::Rows { rows }) if row < rows.len() => Ok(rows.remove(row)),
        _ => Err(EditError::NoSuchRow { table: table.to_owned(), row }),
    }
}

/// Every field of a record, to be changed in place.
pub(super) fn fields_mut(record: &mut Record) -> impl Iterator<Item = &mut Field> {
    record.entries.values_mut().flat_map(|entry| -> Box<dyn Iterator<Item = &mut Field>> {
        match entry {
            Entry::One(field) => Box::new(std::iter::once(field)),
            Entry::Many(fields) => Box::new(fields.iter_mut()),
            Entry::Rows { rows } => Box::new(rows.iter_mut().flat_map(|r| r.values_mut())),
        }
    })
}

/// After the checks: a value that a person has confirmed is no longer doubtful. One that fails a
/// check stays invalid: the operator sees it until it is corrected or overridden with a reason.
pub(super) fn keep_decisions(record: &mut Record) {
    for field in fields_mut(record) {
        if field.confirmed && field.value.is_some() && field.state == State::Doubtful {
            field.state = State::Ok;
        }
    }
}
