//! What is left to do: the form's order, unresolved values, counts and progress.
//!
//! Reads the session, never changes it.

use std::collections::{BTreeSet, HashMap};

use crate::{
    extract::{Entry, Field, FieldPath, Origin, State, shown_columns},
    kind::Kind,
    validate::{Issue, Severity},
};

use super::{Document, DocumentId, DocumentState, FileEntry, Session, table_rows::is_doubtful_cell};

/// How many values of a document are in which condition. A value counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldCounts {
    pub ok: usize,
    pub doubtful: usize,
    pub invalid: usize,
    pub missing_required: usize,
    /// Missing, and the kind does not require it.
    pub missing_optional: usize,
    /// Of all these, those that a person has confirmed or marked illegible.
    pub decided: usize,
    /// Those that still need a person.
    pub unresolved: usize,
}

/// The values of a document in the order of its kind's form: fields, then tables row by row.
/// Fields that were not found are listed too; values unknown to the kind come last.
pub fn form_order(kind: Option<&Kind>, document: &Document) -> Vec<FieldPath> {
    let record = &document.record;
    let mut order = Vec::new();
    let mut known = BTreeSet::new();
    for spec in kind.iter().flat_map(|k| &k.fields) {
        known.insert(spec.key.as_str());
        match record.entries.get(&spec.key) {
            Some(entry @ (Entry::One(_) | Entry::Many(_))) => push_values(&mut order, &spec.key, entry),
            Some(Entry::Rows { .. }) => {}
            None if spec.many => order.push(FieldPath::Item { key: spec.key.clone(), index: 0 }),
            None => order.push(FieldPath::Field { key: spec.key.clone() }),
        }
    }
    for table in kind.iter().flat_map(|k| &k.tables) {
        known.insert(table.key.as_str());
        let shown = shown_columns(table, record.rows(&table.key));
        let columns: Vec<&str> = shown.iter().map(|c| c.key.as_str()).collect();
        for (row, cells) in record.rows(&table.key).iter().enumerate() {
            let further = cells.keys().map(String::as_str).filter(|c| !columns.contains(c));
            order.extend(columns.iter().copied().chain(further).map(|column| FieldPath::Cell {
                key: table.key.clone(),
                row,
                column: column.to_owned(),
            }));
        }
    }
    for (key, entry) in record.entries.iter().filter(|(key, _)| !known.contains(key.as_str())) {
        push_values(&mut order, key, entry);
    }
    order
}

fn push_values(order: &mut Vec<FieldPath>, key: &str, entry: &Entry) {
    let key = key.to_owned();
    match entry {
        Entry::One(_) => order.push(FieldPath::Field { key }),
        Entry::Many(v) => {
            order.extend((0..v.len().max(1)).map(|index| FieldPath::Item { key: key.clone(), index }));
        }
        Entry::Rows { rows } => order.extend(rows.iter().enumerate().flat_map(|(row, cells)| {
            let key = key.clone();
            cells.keys().map(move |c| FieldPath::Cell { key: key.clone(), row, column: c.clone() })
        })),
    }
}

/// Whether a person must still look at a value; one that was read with less confidence than
/// `look_below` (0..1) wants it even if nothing speaks against it.
pub fn is_unresolved(field: Option<&Field>, required: bool, look_below: f32) -> bool {
    match field {
        None => required,
        Some(f) if f.confirmed || f.illegible => false,
        Some(f) => match f.state {
            State::Ok => f.origin == Origin::Read && f.confidence < look_below,
            State::Doubtful | State::Invalid => true,
            State::Missing => required,
        },
    }
}

/// Whether the kind requires the value at `path`. Cells are not counted as missing: a row has
/// them or not.
fn is_required(kind: Option<&Kind>, path: &FieldPath) -> bool {
    match path {
        FieldPath::Field { .. } | FieldPath::Item { index: 0, .. } => {
            kind.and_then(|k| super::edit::spec_of(k, path)).is_some_and(|s| s.required)
        }
        FieldPath::Item { .. } | FieldPath::Cell { .. } => false,
    }
}

/// Whether a person has decided on every value that an issue is about.
fn is_settled(document: &Document, issue: &Issue) -> bool {
    let decided = |path: &FieldPath| document.record.get(path).is_some_and(|f| f.confirmed || f.illegible);
    !issue.fields.is_empty() && issue.fields.iter().all(decided)
}

/// The issues that stand against confirming or exporting a document.
pub fn errors(document: &Document) -> impl Iterator<Item = &Issue> {
    document.issues.iter().filter(|i| i.severity == Severity::Error)
}

impl Session {
    fn kind_of(&self, document: &Document) -> Option<&Kind> {
        self.registry.get(&document.found.kind)
    }

    /// [`form_order`] of a document; empty if it is not in the session.
    pub fn form_order(&self, id: DocumentId) -> Vec<FieldPath> {
        self.document(id).map_or_else(Vec::new, |d| form_order(self.kind_of(&d.document), &d.document))
    }

    /// Whether a person must still look at the value at `path`.
    pub fn needs_attention(&self, id: DocumentId, path: &FieldPath) -> bool {
        self.document(id).is_some_and(|d| {
            let required = is_required(self.kind_of(&d.document), path);
            self.is_open(&d.document, path, required)
        })
    }

    /// The values of a document that a person must still look at, in form order.
    pub fn unresolved_in(&self, document: &Document) -> Vec<FieldPath> {
        let kind = self.kind_of(document);
        let mut order = form_order(kind, document);
        order.retain(|path| self.is_open(document, path, is_required(kind, path)));
        order
    }

    /// The next value in form order that needs a person, after `after` (from the first when
    /// `None`), going round at the end; `None` when all are resolved.
    pub fn next_unresolved(&self, id: DocumentId, after: Option<&FieldPath>) -> Option<FieldPath> {
        self.unresolved_from(self.form_order(id), id, after)
    }

    /// Like [`Self::next_unresolved`], backwards.
    pub fn previous_unresolved(&self, id: DocumentId, before: Option<&FieldPath>) -> Option<FieldPath> {
        let mut order = self.form_order(id);
        order.reverse();
        self.unresolved_from(order, id, before)
    }

    fn unresolved_from(
        &self,
        order: Vec<FieldPath>,
        id: DocumentId,
        from: Option<&FieldPath>,
    ) -> Option<FieldPath> {
        let start = from.and_then(|f| order.iter().position(|p| p == f)).map_or(0, |i| i + 1);
        let (before, after) = order.split_at(start);
        after.iter().chain(before).find(|p| self.needs_attention(id, p)).cloned()
    }

    /// Counts over a document's values; all zero if it is not in the session.
    pub fn counts(&self, id: DocumentId) -> FieldCounts {
        let mut counts = FieldCounts::default();
        let Some(d) = self.document(id) else { return counts };
        let kind = self.kind_of(&d.document);
        for path in form_order(kind, &d.document) {
            let field = d.document.record.get(&path);
            let required = is_required(kind, &path);
            match field.map_or(State::Missing, |f| f.state) {
                State::Ok => counts.ok += 1,
                State::Doubtful => counts.doubtful += 1,
                State::Invalid => counts.invalid += 1,
                State::Missing if required => counts.missing_required += 1,
                // An empty cell is no value that its form lacks.
                State::Missing if matches!(path, FieldPath::Cell { .. }) => {}
                State::Missing => counts.missing_optional += 1,
            }
            counts.decided += usize::from(field.is_some_and(|f| f.confirmed || f.illegible));
            counts.unresolved += usize::from(self.is_open(&d.document, &path, required));
        }
        counts
    }

    /// Share of the document's values that need no one any more, 0..1.
    pub fn progress(&self, id: DocumentId) -> f32 {
        let c = self.counts(id);
        let all = c.ok + c.doubtful + c.invalid + c.missing_required;
        if all == 0 { 1.0 } else { all.saturating_sub(c.unresolved) as f32 / all as f32 }
    }

    /// Values read with less confidence (0..1) than this want a person, whatever else speaks for
    /// them; 0 leaves it to the checks.
    pub fn set_look_below(&mut self, confidence: f32) {
        self.look_below = confidence;
    }

    /// Whether the kind requires the value at `path` of a document.
    pub fn requires(&self, id: DocumentId, path: &FieldPath) -> bool {
        self.document(id).is_some_and(|d| is_required(self.kind_of(&d.document), path))
    }

    /// The documents that wait for review and could be confirmed unseen, in queue order.
    pub fn clean_documents(&self) -> Vec<DocumentId> {
        let waits = |d: &&super::ReviewDocument| d.document.state == DocumentState::ToReview;
        let clean = |f: &FileEntry, d: &super::ReviewDocument| self.wants_no_look(f, &d.document);
        let of_file = |f: &'_ FileEntry| {
            f.documents.iter().filter(waits).filter(|d| clean(f, d)).map(|d| d.id).collect::<Vec<_>>()
        };
        self.files().iter().flat_map(of_file).collect()
    }

    /// Whether no value of the document is doubtful and no error stands.
    pub fn is_clean(&self, id: DocumentId) -> bool {
        self.document(id).is_some_and(|d| self.has_no_doubt(&d.document))
    }

    /// Whether the document could be confirmed unseen: besides its values being without doubt, no warning is
    /// open, its pages have no remarks, and in the tables of an open document no cell is doubtful.
    pub fn needs_no_look(&self, id: DocumentId) -> bool {
        let found = self.file_of(id).zip(self.document(id));
        found.is_some_and(|(file, d)| self.wants_no_look(file, &d.document))
    }

    fn wants_no_look(&self, file: &FileEntry, document: &Document) -> bool {
        let open_kind = self.registry.open().is_some_and(|k| k.id == document.found.kind);
        let page_is_fine = |page: &usize| {
            file.page(*page).is_some_and(|p| {
                let sure = |t: &crate::structure::Table| !t.cells.iter().any(is_doubtful_cell);
                p.error.is_none()
                    && p.remarks().next().is_none()
                    && (!open_kind || p.structure.tables.iter().all(sure))
            })
        };
        self.has_no_doubt(document)
            && document.issues.iter().all(|issue| is_settled(document, issue))
            && document.pages.iter().all(page_is_fine)
    }

    fn has_no_doubt(&self, document: &Document) -> bool {
        errors(document).next().is_none() && self.unresolved_in(document).is_empty()
    }

    /// The errors that stand against confirming a document.
    pub fn errors(&self, id: DocumentId) -> Vec<&Issue> {
        self.document(id).map_or_else(Vec::new, |d| errors(&d.document).collect())
    }

    /// How many documents are in each state.
    pub fn state_counts(&self) -> HashMap<DocumentState, usize> {
        let mut counts = HashMap::new();
        for d in self.documents() {
            *counts.entry(d.document.state).or_default() += 1;
        }
        counts
    }

    /// The next document in queue order that satisfies `wanted`, after `after`, going round once;
    /// never `after` itself.
    pub fn next_document(
        &self,
        after: Option<DocumentId>,
        wanted: impl Fn(&super::ReviewDocument) -> bool,
    ) -> Option<DocumentId> {
        let all: Vec<_> = self.documents().collect();
        let start = all.iter().position(|d| Some(d.id) == after).map_or(0, |i| i + 1);
        let (before, behind) = all.split_at(start);
        behind.iter().chain(before).find(|d| Some(d.id) != after && wanted(d)).map(|d| d.id)
    }
}
