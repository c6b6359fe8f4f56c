//! Carries out second entries: sent off, compared with the first, and decided where they differ.

use crate::{
    extract::FieldPath,
    review::{DocumentId, Edit, EditError},
};

use super::{
    App,
    state::{Draft, NoticeKind},
};

impl App {
    /// Sends off what was typed as a second entry. False where it differs from the first: a person
    /// decides which one is right before going on.
    pub(super) fn settle_second(&mut self) -> bool {
        let typed = self.state.second.take_if(|d| !d.text.trim().is_empty());
        typed.is_none_or(|second| self.second_entry(second))
    }

    /// The value is entered a second time. Returns whether it is the same as the first.
    pub(super) fn second_entry(&mut self, second: Draft) -> bool {
        let Draft { document, path, text } = second.clone();
        self.state.second = None;
        self.state.second_differs = None;
        match self.session.apply(Edit::SecondEntry { document, path, value: text }) {
            Ok(_) => {
                self.state.listing_is_stale = true;
                self.state.settle_warnings();
                true
            }
            Err(e @ EditError::EntriesDiffer { .. }) => {
                self.state.field = Some(second.path.clone());
                self.state.focus_field = true;
                self.state.second_differs = Some(second);
                self.state.notify_of_document(NoticeKind::Warning, e.to_string());
                false
            }
            Err(e) => {
                self.state.notify(NoticeKind::Warning, e.to_string());
                false
            }
        }
    }

    /// The second entry of the field in work, if it differs from the first.
    pub(super) fn differing(&self) -> Option<Draft> {
        let (document, path) = self.in_work()?;
        self.state.second_differs.clone().filter(|d| d.document == document && d.path == path)
    }

    /// After entries that differ: this one is right, `None` for the first. The first one stays as it is, of
    /// whatever origin.
    pub(super) fn decide_entry(&mut self, document: DocumentId, path: FieldPath, value: Option<String>) {
        self.state.second_differs = None;
        let first = self.session.document(document).and_then(|d| d.document.record.get(&path)?.value.clone());
        let Some(value) = value.or_else(|| first.clone()) else { return };
        let mut edits = Vec::new();
        if first.as_ref() != Some(&value) {
            edits.push(Edit::SetField { document, path: path.clone(), value: Some(value.clone()) });
        }
        edits.push(Edit::SecondEntry { document, path, value });
        self.apply(Edit::Batch(edits));
    }
}
