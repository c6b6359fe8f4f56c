//! Documents in relation to one another: duplicates, and parts of one document put together.

use std::collections::{BTreeMap, HashMap};

use crate::{
    extract::{Entry, Field, Record, State},
    kind::{FieldSpec, FieldType, Kind, Registry},
    structure::Code,
    validate::validate,
};

use super::{Document, DocumentId, DocumentState, Edit, FileReading, Session};

/// The fields whose values tell documents of a kind apart: required numbers and identifiers.
fn identifying(kind: &Kind) -> impl Iterator<Item = &FieldSpec> {
    let identifies = |s: &&FieldSpec| {
        s.required && !s.many && matches!(s.field_type, FieldType::Digits | FieldType::Identifier)
    };
    kind.fields.iter().filter(identifies)
}

impl Session {
    /// Groups of documents, rejected ones aside, that are the same one by kind and by all
    /// identifying values, each group and the groups in queue order. A document that lacks such
    /// a value is in no group.
    pub fn duplicates(&self) -> Vec<Vec<DocumentId>> {
        let mut groups: Vec<Vec<DocumentId>> = Vec::new();
        let mut places: HashMap<(&str, Vec<&str>), usize> = HashMap::new();
        for d in self.documents().filter(|d| d.document.state != DocumentState::Rejected) {
            let Some(kind) = self.registry.get(&d.document.found.kind) else { continue };
            let values: Option<Vec<&str>> = identifying(kind)
                .map(|s| d.document.record.value(&s.key).filter(|v| !v.is_empty()))
                .collect();
            let Some(values) = values.filter(|v| !v.is_empty()) else { continue };
            let place = *places.entry((kind.id.as_str(), values)).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(place) {
                group.push(d.id);
            }
        }
        groups.retain(|g| g.len() > 1);
        groups
    }

    /// The edit that makes one document of several of the same file: the first one keeps its
    /// place, kind and values; values that it lacks come from the others, rows are appended.
    /// `None` unless there are several and all are in one file.
    pub fn merge_edit(&self, ids: &[DocumentId]) -> Option<Edit> {
        let (first, others) = ids.split_first().filter(|(_, others)| !others.is_empty())?;
        let file = self.file_of(*first)?;
        let mut merged: Document = self.document(*first)?.document.clone();
        let mut edits = Vec::new();
        for id in others {
            let other = &file.documents.iter().find(|d| d.id == *id && id != first)?.document;
            join(&mut merged, other);
            edits.push(Edit::RemoveDocument { document: *id });
        }
        edits.push(Edit::Replace { document: *first, with: Box::new(merged) });
        Some(Edit::Batch(edits))
    }
}

/// Whether two documents are parts of one: of one kind, on neighbouring pages, and as the kind
/// says that its parts are.
pub(super) fn are_parts(registry: &Registry, a: &Document, b: &Document) -> bool {
    let Some(join) = registry.get(&a.found.kind).and_then(|k| k.join.as_ref()) else { return false };
    let next = a.pages.last().zip(b.pages.first()).is_some_and(|(a, b)| a + 1 == *b);
    let values = |key: &str| a.record.value(key).zip(b.record.value(key));
    let differ = values(&join.differs).is_some_and(|(x, y)| x != y);
    let agree = join.agrees.iter().all(|key| values(key).is_none_or(|(x, y)| x == y));
    let same = join.same.iter().all(|key| values(key).is_some_and(|(x, y)| x == y));
    a.found.kind == b.found.kind && next && differ && agree && same
}

/// Makes one document of those of a file that are parts of one. Where a part fits several others
/// it is not plain which belong together, and all stay.
pub fn join_parts(registry: &Registry, reading: &mut FileReading) {
    let mut joined: Vec<Document> = Vec::new();
    for document in std::mem::take(&mut reading.documents) {
        let fits: Vec<usize> = (0..joined.len())
            .filter(|i| joined.get(*i).is_some_and(|d| are_parts(registry, d, &document)))
            .collect();
        let first = match fits[..] {
            [at] => joined.get_mut(at),
            _ => None,
        };
        let Some(first) = first else {
            joined.push(document);
            continue;
        };
        join_part(registry, first, &document);
        if let Some(kind) = registry.get(&first.found.kind) {
            let own = reading.pages.iter().filter(|p| first.pages.contains(&p.page));
            let codes: Vec<Code> = own.flat_map(|p| p.structure.codes.iter().cloned()).collect();
            first.issues = validate(kind, first.found.fit.as_ref(), &mut first.record, &codes);
        }
    }
    reading.documents = joined;
}

/// Joins a part as its kind says: rows that only refer to those of the part give way to them.
pub(super) fn join_part(registry: &Registry, document: &mut Document, part: &Document) {
    let kind = registry.get(&document.found.kind);
    if let Some(refers) = kind.and_then(|k| k.join.as_ref()?.refers.as_ref()) {
        for (key, entry) in &mut document.record.entries {
            let Entry::Rows { rows } = entry else { continue };
            if !part.record.rows(key).is_empty() {
                let reference = |f: &Field| f.value_of().is_some_and(|v| refers.regex().is_match(v));
                rows.retain(|row| !row.values().any(reference));
            }
        }
    }
    join(document, part);
}

/// Adds to a document what it lacks of another, and its pages.
pub(super) fn join(document: &mut Document, other: &Document) {
    let mut record = other.record.clone();
    for field in super::edit::fields_mut(&mut record).filter(|f| f.quad.is_some()) {
        field.page = field.page_among(&other.pages);
    }
    document.pages.extend(&other.pages);
    document.pages.sort_unstable();
    document.pages.dedup();
    add(&mut document.record, &record);
}

/// Adds to `record` what it lacks.
fn add(record: &mut Record, other: &Record) {
    for (key, entry) in &other.entries {
        match (record.entries.get_mut(key), entry) {
            (None, _) => {
                record.entries.insert(key.clone(), entry.clone());
            }
            (Some(Entry::Rows { rows }), Entry::Rows { rows: more }) => {
                rows.extend(more.iter().map(BTreeMap::clone));
            }
            (Some(Entry::Many(values)), Entry::Many(more)) => {
                let new: Vec<_> =
                    more.iter().filter(|f| values.iter().all(|v| v.value != f.value)).cloned().collect();
                values.extend(new);
            }
            (Some(Entry::One(field)), Entry::One(found)) if field.state == State::Missing => {
                *field = found.clone();
            }
            _ => {}
        }
    }
}
