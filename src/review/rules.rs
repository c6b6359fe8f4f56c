//! Rules of the desk for single fields: from which confidence on a value need not be looked at, and
//! which values are entered twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::extract::{Field, FieldPath, Origin};

use super::{Document, DocumentId, Session, edit::typed_value, progress::is_unresolved};

/// Rules by field, named `kind.field`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldRules {
    /// Confidence (0..1) below which a value wants a person, in place of that for all fields.
    pub look_below: BTreeMap<String, f32>,
    /// Fields whose value a person must enter a second time without seeing the first.
    pub twice: BTreeSet<String>,
}

/// The name by which rules know a field of a kind.
pub fn rule_name(kind: &str, path: &FieldPath) -> String {
    format!("{kind}.{}", path.key())
}

impl Session {
    /// Sets the rules for single fields.
    pub fn set_field_rules(&mut self, rules: FieldRules) {
        self.rules = rules;
    }

    /// The confidence (0..1) below which a value of the document wants a person.
    pub fn look_below_of(&self, document: &Document, path: &FieldPath) -> f32 {
        let name = rule_name(&document.found.kind, path);
        self.rules.look_below.get(&name).copied().unwrap_or(self.look_below)
    }

    /// Whether a value still has to be entered a second time: it has one, and nobody has found that
    /// it cannot be read.
    pub fn wants_second_entry(&self, id: DocumentId, path: &FieldPath) -> bool {
        self.document(id).is_some_and(|d| self.lacks_second_entry(&d.document, path))
    }

    fn lacks_second_entry(&self, document: &Document, path: &FieldPath) -> bool {
        let open = |f: &Field| f.value.is_some() && !f.illegible && !f.entered_twice;
        self.is_entered_twice(document, path) && document.record.get(path).is_some_and(open)
    }

    /// Whether a value that is to be entered twice was not read, and nobody has decided that there is none.
    fn lacks_first_entry(&self, document: &Document, path: &FieldPath) -> bool {
        let decided = |f: &Field| f.value.is_some() || f.confirmed || f.illegible;
        self.is_entered_twice(document, path) && !document.record.get(path).is_some_and(decided)
    }

    fn is_entered_twice(&self, document: &Document, path: &FieldPath) -> bool {
        !self.rules.twice.is_empty() && self.rules.twice.contains(&rule_name(&document.found.kind, path))
    }

    /// Whether a value still has to be entered for the first time: it is to be entered twice, was not read,
    /// and nobody has said that the document has none.
    pub fn wants_first_entry(&self, id: DocumentId, path: &FieldPath) -> bool {
        self.document(id).is_some_and(|d| self.lacks_first_entry(&d.document, path))
    }

    /// How many values of the document still have to be entered, the first or the second time.
    pub fn second_entries_left(&self, id: DocumentId) -> usize {
        if self.rules.twice.is_empty() {
            return 0;
        }
        let Some(document) = self.document(id).map(|d| &d.document) else { return 0 };
        let open =
            |p: &&FieldPath| self.lacks_second_entry(document, p) || self.lacks_first_entry(document, p);
        self.form_order(id).iter().filter(open).count()
    }

    /// Whether a person must still look at the value at `path` of a document.
    pub(super) fn is_open(&self, document: &Document, path: &FieldPath, required: bool) -> bool {
        let field = document.record.get(path);
        let open = is_unresolved(field, required, self.look_below_of(document, path));
        (open && !self.is_asked_at_source(document, path))
            || self.lacks_second_entry(document, path)
            || self.lacks_first_entry(document, path)
    }

    /// Whether the doubt about a value is that about one that it was worked out from, which is asked there.
    fn is_asked_at_source(&self, document: &Document, path: &FieldPath) -> bool {
        let kind = self.registry.get(&document.found.kind);
        let Some((kind, field)) = kind.zip(document.record.get(path)) else { return false };
        if field.origin != Origin::Computed || field.value.is_none() {
            return false;
        }
        let locators = super::edit::spec_of(kind, path).map_or(&[][..], |s| &s.locate);
        let sources: Vec<FieldPath> = locators
            .iter()
            .flat_map(|l| l.sources())
            .map(|key| FieldPath::Field { key: key.to_owned() })
            .filter(|source| document.record.get(source).is_some_and(|f| f.value.is_some()))
            .collect();
        let waits = |source: &FieldPath| {
            let required = kind.field(source.key()).is_some_and(|s| s.required);
            is_unresolved(document.record.get(source), required, self.look_below_of(document, source))
        };
        // Where a check speaks of the value it is asked by itself, once its sources are settled.
        let spoken_of = || document.issues.iter().any(|i| i.fields.contains(path));
        !sources.is_empty() && (sources.iter().any(waits) || !spoken_of())
    }

    /// What a second entry would be compared as: the text as the field's type writes it.
    pub fn as_entered(&self, id: DocumentId, path: &FieldPath, text: &str) -> Option<String> {
        let d = &self.document(id)?.document;
        let spec = self.registry.get(&d.found.kind).and_then(|kind| super::edit::spec_of(kind, path));
        typed_value(spec.map(|s| s.field_type).unwrap_or_default(), text)
    }
}
