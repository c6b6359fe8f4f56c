//! The audit trail: who changed what, when, from which value to which.

use std::path::Path;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{extract::Entry, structure::table_edit::TableEdit};

use super::{DocumentId, DocumentState, Edit, FileId, Session, edit::Row};

/// What kind of change an entry tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    Typed,
    TakenFromPage,
    Accepted,
    Illegible,
    Restored,
    ItemAdded,
    ItemRemoved,
    RowAdded,
    RowRemoved,
    RowMoved,
    StateChanged,
    KindChanged,
    DocumentAdded,
    DocumentRemoved,
    PageTurned,
    FileAdded,
    FileRemoved,
    Undone,
    Redone,
    SecondEntry,
    FileRenamed,
    TableChanged,
    /// A document that is not confirmed went into an export; its state is `old` and stays.
    ExportedOpen,
}

impl AuditAction {
    /// Every action with its name in logs.
    const NAMES: [(Self, &'static str); 23] = [
        (Self::Typed, "typed"),
        (Self::TakenFromPage, "taken_from_page"),
        (Self::Accepted, "accepted"),
        (Self::Illegible, "illegible"),
        (Self::Restored, "restored"),
        (Self::ItemAdded, "item_added"),
        (Self::ItemRemoved, "item_removed"),
        (Self::RowAdded, "row_added"),
        (Self::RowRemoved, "row_removed"),
        (Self::RowMoved, "row_moved"),
        (Self::StateChanged, "state_changed"),
        (Self::KindChanged, "kind_changed"),
        (Self::DocumentAdded, "document_added"),
        (Self::DocumentRemoved, "document_removed"),
        (Self::PageTurned, "page_turned"),
        (Self::FileAdded, "file_added"),
        (Self::FileRemoved, "file_removed"),
        (Self::Undone, "undone"),
        (Self::Redone, "redone"),
        (Self::SecondEntry, "second_entry"),
        (Self::FileRenamed, "file_renamed"),
        (Self::TableChanged, "table_changed"),
        (Self::ExportedOpen, "exported_open"),
    ];

    /// Its name in logs; the same as it is stored by.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(action, _)| *action == self).map_or("", |(_, name)| name)
    }

    /// The action of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(action, _)| *action)
    }
}

/// One line of the audit trail; never changed once another follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Milliseconds since 1970-01-01 UTC.
    pub at_millis: i64,
    /// The operating system's user name.
    pub who: String,
    pub action: AuditAction,
    pub file: Option<FileId>,
    pub document: Option<DocumentId>,
    /// The file's name, so that the trail can be read without the workspace.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The value's path in the record, a table's row, a page, a table of a page (`page/table`, of a cell
    /// with `/row,column`, all from 1), or empty.
    pub place: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// Why, where the operator had to say.
    pub reason: Option<String>,
}

impl AuditEntry {
    /// Tells that a file has another name now.
    pub(super) fn of_rename(who: String, file: FileId, old: &Path, new: &Path) -> Self {
        Self {
            at_millis: now_millis(),
            who,
            action: AuditAction::FileRenamed,
            file: Some(file),
            document: None,
            name: name_of(new),
            place: String::new(),
            old: Some(old.display().to_string()),
            new: Some(new.display().to_string()),
            reason: None,
        }
    }
}

impl Session {
    /// Notes that documents were exported that nobody has confirmed; others are not noted.
    pub fn exported_open(&mut self, documents: &[DocumentId]) {
        for id in documents {
            let Some((d, file)) = self.document(*id).zip(self.file_of(*id)) else { continue };
            if matches!(d.document.state, DocumentState::Confirmed | DocumentState::Exported) {
                continue;
            }
            let entry = AuditEntry {
                at_millis: now_millis(),
                who: self.operator.clone(),
                action: AuditAction::ExportedOpen,
                file: Some(file.id),
                document: Some(*id),
                name: name_of(&file.path),
                place: String::new(),
                old: Some(state_name(d.document.state)),
                new: None,
                reason: d.reason.clone(),
            };
            self.audit.push(entry);
        }
    }

    /// What `edit`, about to be performed, will leave in the audit trail. The new value of a
    /// single field is known only after it.
    pub(super) fn note(&self, edit: &Edit, at_millis: i64) -> AuditEntry {
        let document = edit.document().and_then(|id| self.document(id)).map(|d| &d.document);
        let value = |key: &str| document.and_then(|d| d.record.entries.get(key)).map(in_words);
        let file_name = |f: FileId| self.file(f).map(|f| f.path.display().to_string());
        let mut note = AuditEntry {
            at_millis,
            who: self.operator.clone(),
            action: AuditAction::Restored,
            file: edit.document().and_then(|id| self.file_of(id)).map(|f| f.id),
            document: edit.document(),
            name: String::new(),
            place: edit
                .path()
                .map(ToString::to_string)
                .or_else(|| edit.key().map(str::to_owned))
                .unwrap_or_default(),
            old: edit.path().and_then(|p| document?.record.get(p)?.value.clone()),
            new: None,
            reason: None,
        };
        match edit {
            Edit::SetField { .. } => note.action = AuditAction::Typed,
            Edit::TakeFromPage { .. } => note.action = AuditAction::TakenFromPage,
            Edit::AcceptField { .. } => note.action = AuditAction::Accepted,
            Edit::SecondEntry { .. } => note.action = AuditAction::SecondEntry,
            Edit::MarkIllegible { .. } => note.action = AuditAction::Illegible,
            Edit::PutEntry { key, entry, .. } => {
                // By itself it is a pasted table; as the inverse of another edit, undo says so.
                note.action = AuditAction::Typed;
                (note.old, note.new) = (value(key), entry.as_deref().map(in_words));
            }
            Edit::AddItem { key, index, field, .. } => {
                note.action = AuditAction::ItemAdded;
                (note.place, note.new) = (format!("{key}.{index}"), field.value.clone());
            }
            Edit::RemoveItem { key, index, .. } => {
                note.action = AuditAction::ItemRemoved;
                (note.place, note.old) = (format!("{key}.{index}"), value(key));
            }
            Edit::AddRow { table, row, cells, .. } => {
                note.action = AuditAction::RowAdded;
                (note.place, note.new) = (format!("{table}.{row}"), Some(row_in_words(cells)));
            }
            Edit::RemoveRow { table, row, .. } => {
                note.action = AuditAction::RowRemoved;
                note.place = format!("{table}.{row}");
                note.old = document.and_then(|d| d.record.rows(table).get(*row)).map(row_in_words);
            }
            Edit::MoveRow { table, from, to, .. } => {
                note.action = AuditAction::RowMoved;
                (note.place, note.new) = (format!("{table}.{from}"), Some(format!("{table}.{to}")));
            }
            Edit::SetState { state, reason, .. } => {
                note.action = AuditAction::StateChanged;
                (note.old, note.new) = (document.map(|d| state_name(d.state)), Some(state_name(*state)));
                note.reason.clone_from(reason);
            }
            Edit::Replace { with, .. } => {
                note.action = AuditAction::KindChanged;
                (note.old, note.new) =
                    (document.map(|d| d.found.kind.clone()), Some(with.found.kind.clone()));
            }
            Edit::InsertDocument { file, document, .. } => {
                note.action = AuditAction::DocumentAdded;
                (note.file, note.new) = (Some(*file), Some(document.document.found.kind.clone()));
            }
            Edit::RemoveDocument { .. } => {
                note.action = AuditAction::DocumentRemoved;
                note.old = document.map(|d| d.found.kind.clone());
            }
            Edit::ChangeTable { file, page, table, change } => {
                self.note_table(edit, &mut note, (*file, *page, *table));
                match change {
                    TableEdit::SetText { row, col, text } => {
                        note.place.push_str(&format!("/{},{}", row + 1, col + 1));
                        note.old = self.cell_text(*file, *page, *table, (*row, *col));
                        note.new = Some(text.clone());
                    }
                    _ => {
                        note.old = self.table_in_words(*file, *page, *table);
                        let changed = self.changed_table(*file, *page, *table, change).ok();
                        note.new = changed.as_ref().map(super::tables::in_words);
                    }
                }
            }
            Edit::PutTable { file, page, table, with } => {
                self.note_table(edit, &mut note, (*file, *page, *table));
                note.old = self.table_in_words(*file, *page, *table);
                note.new = Some(super::tables::in_words(with));
            }
            Edit::AddTable { file, page, table, with } => {
                self.note_table(edit, &mut note, (*file, *page, *table));
                note.new = Some(super::tables::in_words(with));
            }
            Edit::RemoveTable { file, page, table } => {
                self.note_table(edit, &mut note, (*file, *page, *table));
                note.old = self.table_in_words(*file, *page, *table);
            }
            Edit::SetRotation { file, page, rotation } => {
                note.action = AuditAction::PageTurned;
                (note.file, note.place, note.new) =
                    (Some(*file), page.to_string(), Some(rotation.to_string()));
                let turned = |f: &super::FileEntry| Some(f.page(*page)?.structure.rotation.to_string());
                note.old = self.file(*file).and_then(turned);
            }
            Edit::InsertFile { file, .. } => {
                note.action = AuditAction::FileAdded;
                (note.file, note.new) = (Some(file.id), Some(file.path.display().to_string()));
            }
            Edit::RemoveFile { file } => {
                note.action = AuditAction::FileRemoved;
                (note.file, note.old) = (Some(*file), file_name(*file));
            }
            Edit::Batch(_) => {}
        }
        note.name = note.file.and_then(file_name).map(|path| name_of(Path::new(&path))).unwrap_or_default();
        if let (true, Edit::InsertFile { file, .. }) = (note.name.is_empty(), edit) {
            note.name = name_of(&file.path);
        }
        note
    }

    /// Sets what the log says of every edit of a page's table.
    fn note_table(&self, edit: &Edit, note: &mut AuditEntry, (file, page, table): (FileId, usize, usize)) {
        note.action = AuditAction::TableChanged;
        note.file = Some(file);
        note.document = self.table_owners(edit).first().copied();
        note.place = format!("{page}/{}", table + 1);
    }

    /// Joins what was noted from `from` on with the entry before it: typing that goes on in one
    /// field is one change, from the value before the first keystroke to the last.
    pub(super) fn merge_audit(&mut self, from: usize) {
        if from == 0 || self.audit.len() != from + 1 || from <= self.dirty.audit_saved {
            return;
        }
        if let Some(last) = self.audit.pop()
            && let Some(before) = self.audit.last_mut()
        {
            (before.at_millis, before.new) = (last.at_millis, last.new);
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn state_name(state: DocumentState) -> String {
    serde_json::to_value(state).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The values of one key on one line: list items by `;`, rows by ` / `.
fn in_words(entry: &Entry) -> String {
    match entry {
        Entry::One(field) => field.value.clone().unwrap_or_default(),
        Entry::Many(fields) => {
            fields.iter().filter_map(|f| f.value.as_deref()).collect::<Vec<_>>().join("; ")
        }
        Entry::Rows { rows } => rows.iter().map(row_in_words).collect::<Vec<_>>().join(" / "),
    }
}

fn row_in_words(cells: &Row) -> String {
    cells.values().filter_map(|f| f.value.as_deref()).collect::<Vec<_>>().join("; ")
}

/// Milliseconds since 1970-01-01 UTC.
pub fn now_millis() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The operating system's name for the user who runs the program; empty if it gives none.
pub fn user_name() -> String {
    whoami::username().unwrap_or_default()
}
