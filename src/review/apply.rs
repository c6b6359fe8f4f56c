//! Applying edits to the session: rules, inverses, re-validation, audit, undo and redo.

use std::sync::Arc;

use crate::extract::{Field, FieldPath, Origin, Record, follow};

use super::{
    AuditAction, AuditEntry, DocumentId, DocumentState, Edit, EditError, FileId, PageReading, ReadingState,
    ReviewDocument, Session, audit::now_millis, edit, history::Step, progress::errors,
};

/// What a step of undo or redo has changed, for the window to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub document: Option<DocumentId>,
    pub path: Option<FieldPath>,
}

impl Session {
    /// Applies an edit and returns its inverse; refused edits change nothing.
    pub fn apply(&mut self, edit: Edit) -> Result<Edit, EditError> {
        self.apply_at(edit, now_millis())
    }

    /// [`Self::apply`] at a stated time (milliseconds since 1970 UTC).
    pub fn apply_at(&mut self, edit: Edit, at_millis: i64) -> Result<Edit, EditError> {
        self.check_rules(&edit)?;
        let audit_from = self.audit.len();
        let inverse = self.perform(&edit, at_millis, None)?;
        let document = edit.document().or_else(|| self.table_owners(&edit).first().copied());
        let step = Step { edit: inverse.clone(), document, path: edit.path().cloned() };
        if self.history.push(&edit, step, at_millis) {
            self.merge_audit(audit_from);
        }
        Ok(inverse)
    }

    /// The next keystroke in the field in work starts an undo step of its own.
    pub fn end_typing(&mut self) {
        self.history.end_typing();
    }

    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Takes the last edit back; `Ok(None)` if there is none. A step whose document has gone is
    /// dropped with an error.
    pub fn undo(&mut self) -> Result<Option<Changed>, EditError> {
        let Some(step) = self.history.pop_undo() else { return Ok(None) };
        let edit = self.perform(&step.edit, now_millis(), Some(AuditAction::Undone))?;
        let changed = Changed { document: step.document, path: step.path.clone() };
        self.history.push_redo(Step { edit, ..step });
        Ok(Some(changed))
    }

    /// Applies the edit last taken back again; `Ok(None)` if there is none.
    pub fn redo(&mut self) -> Result<Option<Changed>, EditError> {
        let Some(step) = self.history.pop_redo() else { return Ok(None) };
        let edit = self.perform(&step.edit, now_millis(), Some(AuditAction::Redone))?;
        let changed = Changed { document: step.document, path: step.path.clone() };
        self.history.push_undo(Step { edit, ..step });
        Ok(Some(changed))
    }

    /// Rules for what a person does; undo and redo are free of them.
    fn check_rules(&self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Batch(edits) => edits.iter().try_for_each(|e| self.check_rules(e)),
            Edit::SetState { document, state, reason } => {
                let d = self.document(*document).ok_or(EditError::UnknownDocument(*document))?;
                let closes = matches!(state, DocumentState::Confirmed | DocumentState::Exported);
                // A reason once given stands for exporting too.
                let reason = reason.as_deref().or(d.reason.as_deref().filter(|_| is_closed(d)));
                let mut standing = errors(&d.document);
                match standing.next() {
                    Some(first) if closes && reason.is_none_or(|r| r.trim().is_empty()) => {
                        Err(EditError::ErrorsStand {
                            count: 1 + standing.count(),
                            message_zh: first.message.zh.clone(),
                            message_en: first.message.en.clone(),
                        })
                    }
                    // What was confirmed is exported whatever rule was made since.
                    _ if *state == DocumentState::Confirmed && reason.is_none_or(|r| r.trim().is_empty()) => {
                        match self.second_entries_left(*document) {
                            0 => Ok(()),
                            count => Err(EditError::SecondEntryLeft { count }),
                        }
                    }
                    _ => Ok(()),
                }
            }
            Edit::ChangeTable { .. }
            | Edit::PutTable { .. }
            | Edit::AddTable { .. }
            | Edit::RemoveTable { .. } => {
                let closed = |id: &DocumentId| self.document(*id).is_some_and(is_closed);
                match self.table_owners(edit).iter().any(closed) {
                    true => Err(EditError::Closed),
                    false => Ok(()),
                }
            }
            Edit::InsertDocument { .. }
            | Edit::SetRotation { .. }
            | Edit::InsertFile { .. }
            | Edit::RemoveFile { .. } => Ok(()),
            _ => {
                let Some(id) = edit.document() else { return Ok(()) };
                let d = self.document(id).ok_or(EditError::UnknownDocument(id))?;
                if is_closed(d) { Err(EditError::Closed) } else { Ok(()) }
            }
        }
    }

    /// Changes the data, notes the audit (as `instead`, where given) and returns the inverse.
    fn perform(
        &mut self,
        edit: &Edit,
        at_millis: i64,
        instead: Option<AuditAction>,
    ) -> Result<Edit, EditError> {
        let mut note = self.note(edit, at_millis);
        let inverse = match edit {
            Edit::Batch(edits) => return self.perform_all(edits, at_millis, instead),
            Edit::SetState { document, state, reason } => {
                let d = self.touch(*document)?;
                let old = std::mem::replace(&mut d.document.state, *state);
                let old_reason = match (state, reason) {
                    // Exporting keeps the reason with which the document was confirmed.
                    (DocumentState::Exported, None) => d.reason.clone(),
                    _ => std::mem::replace(&mut d.reason, reason.clone()),
                };
                Edit::SetState { document: *document, state: old, reason: old_reason }
            }
            Edit::Replace { document, with } => {
                let d = self.touch(*document)?;
                let old = std::mem::replace(&mut d.document, (**with).clone());
                self.revalidate(*document);
                Edit::Replace { document: *document, with: Box::new(old) }
            }
            Edit::InsertDocument { file, index, document } => {
                let f = self.files.iter_mut().find(|f| f.id == *file);
                let f = f.ok_or(EditError::UnknownFile(*file))?;
                let mut document = ReviewDocument::clone(document);
                document.touched = true;
                let id = document.id;
                f.documents.insert((*index).min(f.documents.len()), document);
                self.dirty.files.insert(*file);
                self.next_id = self.next_id.max(id.0 + 1);
                self.revalidate(id);
                Edit::RemoveDocument { document: id }
            }
            Edit::RemoveDocument { document } => self.take_document(*document)?,
            Edit::ChangeTable { file, page, table, change } => {
                let changed = self.changed_table(*file, *page, *table, change)?;
                let old = self.put_table(*file, *page, *table, changed)?;
                Edit::PutTable { file: *file, page: *page, table: *table, with: Box::new(old) }
            }
            Edit::PutTable { file, page, table, with } => {
                let old = self.put_table(*file, *page, *table, (**with).clone())?;
                Edit::PutTable { file: *file, page: *page, table: *table, with: Box::new(old) }
            }
            Edit::AddTable { file, page, table, with } => {
                self.add_table(*file, *page, *table, (**with).clone())?;
                Edit::RemoveTable { file: *file, page: *page, table: *table }
            }
            Edit::RemoveTable { file, page, table } => {
                let with = Box::new(self.remove_table(*file, *page, *table)?);
                Edit::AddTable { file: *file, page: *page, table: *table, with }
            }
            Edit::SetRotation { file, page, rotation } => {
                let old = self.turn(*file, *page, *rotation)?;
                Edit::SetRotation { file: *file, page: *page, rotation: old }
            }
            Edit::InsertFile { index, file } => {
                let mut file = (**file).clone();
                // Nothing more will arrive for a reading that was going on when it was removed.
                if file.state == ReadingState::Reading {
                    (file.state, file.current_page) = (ReadingState::Waiting, None);
                }
                let id = file.id;
                self.dirty.put_file_back(&file);
                self.files.insert((*index).min(self.files.len()), file);
                Edit::RemoveFile { file: id }
            }
            Edit::RemoveFile { file } => {
                let index =
                    self.files.iter().position(|f| f.id == *file).ok_or(EditError::UnknownFile(*file))?;
                let entry = self.files.remove(index);
                self.dirty.remove_file(&entry);
                Edit::InsertFile { index, file: Box::new(entry) }
            }
            _ => self.change_record(edit, &mut note)?,
        };
        if let Some(action) = instead {
            note.action = action;
        }
        self.audit.push(note);
        Ok(inverse)
    }

    /// All edits or none: what was done before a refused one is taken back.
    fn perform_all(
        &mut self,
        edits: &[Edit],
        at_millis: i64,
        instead: Option<AuditAction>,
    ) -> Result<Edit, EditError> {
        let audit_from = self.audit.len();
        let mut inverses = Vec::with_capacity(edits.len());
        for edit in edits {
            match self.perform(edit, at_millis, instead) {
                Ok(inverse) => inverses.push(inverse),
                Err(refused) => {
                    for inverse in inverses.iter().rev() {
                        self.perform(inverse, at_millis, instead)?;
                    }
                    self.audit.truncate(audit_from);
                    return Err(refused);
                }
            }
        }
        inverses.reverse();
        Ok(Edit::Batch(inverses))
    }

    /// The document, marked as changed by a person and to be saved.
    pub(super) fn touch(&mut self, id: DocumentId) -> Result<&mut ReviewDocument, EditError> {
        let found = self.files.iter_mut().flat_map(|f| &mut f.documents).find(|d| d.id == id);
        let document = found.ok_or(EditError::UnknownDocument(id))?;
        document.touched = true;
        self.dirty.documents.insert(id);
        Ok(document)
    }

    /// Changes values of one record; the inverse puts the key's former values back.
    fn change_record(&mut self, edit: &Edit, note: &mut AuditEntry) -> Result<Edit, EditError> {
        let id = edit.document().ok_or(EditError::UnknownDocument(DocumentId(0)))?;
        let registry = Arc::clone(&self.registry);
        let d = self.touch(id)?;
        let key = edit.key().unwrap_or_default().to_owned();
        let former = d.document.record.entries.get(&key).cloned();
        let before = d.document.record.clone();
        let field_type = edit
            .path()
            .and_then(|p| edit::spec_of(registry.get(&d.document.found.kind)?, p))
            .map(|spec| spec.field_type)
            .unwrap_or_default();
        if let Err(refused) = change(&mut d.document.record, edit, field_type) {
            edit::put_entry(&mut d.document.record, &key, former);
            return Err(refused);
        }
        if let Some(kind) = registry.get(&d.document.found.kind) {
            follow(kind, &key, &before, &mut d.document.record);
        }
        if let Some(path) = edit.path() {
            note.new = d.document.record.get(path).and_then(|f| f.value.clone());
        }
        self.revalidate(id);
        Ok(Edit::PutEntry { document: id, key, entry: former.map(Box::new) })
    }

    fn take_document(&mut self, id: DocumentId) -> Result<Edit, EditError> {
        for file in &mut self.files {
            if let Some(index) = file.documents.iter().position(|d| d.id == id) {
                let document = Box::new(file.documents.remove(index));
                self.dirty.remove_document(id);
                self.dirty.files.insert(file.id);
                return Ok(Edit::InsertDocument { file: file.id, index, document });
            }
        }
        Err(EditError::UnknownDocument(id))
    }

    /// Sets which way up a page is and returns what it was.
    fn turn(&mut self, id: FileId, page: usize, rotation: u16) -> Result<u16, EditError> {
        if rotation >= 360 || !rotation.is_multiple_of(90) {
            return Err(EditError::NoQuarterTurn(rotation));
        }
        let old = std::mem::replace(&mut self.page_mut(id, page)?.structure.rotation, rotation);
        self.dirty.pages.insert((id, page));
        Ok(old)
    }

    /// What was read of a page, to be changed.
    pub(super) fn page_mut(&mut self, id: FileId, page: usize) -> Result<&mut PageReading, EditError> {
        let file = self.files.iter_mut().find(|f| f.id == id).ok_or(EditError::UnknownFile(id))?;
        let reading = file.pages.iter_mut().find(|p| p.page == page).ok_or(EditError::NoSuchPage(page))?;
        Ok(Arc::make_mut(reading))
    }
}

fn is_closed(d: &ReviewDocument) -> bool {
    matches!(d.document.state, DocumentState::Confirmed | DocumentState::Exported)
}

/// Changes a record as `edit` says; edits of other things change nothing.
fn change(record: &mut Record, edit: &Edit, field_type: crate::kind::FieldType) -> Result<(), EditError> {
    match edit {
        Edit::SetField { path, value, .. } => {
            let field = edit::typed(record.get(path), field_type, value.as_deref());
            edit::put(record, path, field)
        }
        Edit::TakeFromPage { path, text, quad, page, confidence, .. } => {
            let taken = edit::typed(record.get(path), field_type, Some(text));
            let field =
                Field { quad: *quad, page: *page, confidence: *confidence, origin: Origin::Read, ..taken };
            edit::put(record, path, field)
        }
        Edit::AcceptField { path, .. } => {
            let known = record.get(path).cloned().unwrap_or_default();
            edit::put(record, path, Field { confirmed: true, illegible: false, ..known })
        }
        Edit::SecondEntry { path, value, .. } => {
            let known = record.get(path).cloned().unwrap_or_default();
            let second = edit::typed_value(field_type, value);
            if second.is_none() || second != known.value {
                return Err(EditError::EntriesDiffer { second: second.unwrap_or_default() });
            }
            edit::put(record, path, Field { confirmed: true, illegible: false, entered_twice: true, ..known })
        }
        Edit::MarkIllegible { path, illegible, .. } => {
            let known = record.get(path).cloned().unwrap_or_default();
            edit::put(record, path, Field { illegible: *illegible, confirmed: false, ..known })
        }
        Edit::PutEntry { key, entry, .. } => {
            edit::put_entry(record, key, entry.as_deref().cloned());
            Ok(())
        }
        Edit::AddItem { key, index, field, .. } => edit::insert_item(record, key, *index, (**field).clone()),
        Edit::RemoveItem { key, index, .. } => edit::remove_item(record, key, *index),
        Edit::AddRow { table, row, cells, .. } => edit::insert_row(record, table, *row, cells.clone()),
        Edit::RemoveRow { table, row, .. } => edit::remove_row(record, table, *row).map(drop),
        Edit::MoveRow { table, from, to, .. } => {
            let cells = edit::remove_row(record, table, *from)?;
            edit::insert_row(record, table, *to, cells)
        }
        _ => Ok(()),
    }
}
