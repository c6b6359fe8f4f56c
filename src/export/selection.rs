//! Which documents of a session are exported.

use std::collections::BTreeSet;

use crate::review::{DocumentId, DocumentState, FileReading, ReviewDocument, Session};

/// What the operator chose to export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Documents that a person has confirmed, exported before or not.
    Confirmed,
    /// Confirmed ones that were never exported, or have changed since.
    Changed,
    /// These documents, whatever their state.
    Selected(BTreeSet<DocumentId>),
    /// All but the rejected ones.
    All,
    /// All but the rejected ones and these.
    AllBut(BTreeSet<DocumentId>),
}

impl Selection {
    pub fn includes(&self, document: &ReviewDocument) -> bool {
        match self {
            Self::Confirmed => {
                matches!(document.document.state, DocumentState::Confirmed | DocumentState::Exported)
            }
            Self::Changed => Self::Confirmed.includes(document) && document.changed_since_export(),
            Self::Selected(ids) => ids.contains(&document.id),
            Self::All => document.document.state != DocumentState::Rejected,
            Self::AllBut(ids) => {
                document.document.state != DocumentState::Rejected && !ids.contains(&document.id)
            }
        }
    }

    /// The ids of the documents it includes, in queue order.
    pub fn ids(&self, session: &Session) -> Vec<DocumentId> {
        session.documents().filter(|d| self.includes(d)).map(|d| d.id).collect()
    }
}

/// The chosen documents with their files, in queue order. Files without a chosen document are
/// left out, except those that failed, when all are chosen.
pub fn select(session: &Session, selection: &Selection) -> Vec<FileReading> {
    let chosen = session.files().iter().map(|file| {
        let mut reading = file.to_reading();
        reading.documents =
            file.documents.iter().filter(|d| selection.includes(d)).map(|d| d.document.clone()).collect();
        reading
    });
    let all = matches!(selection, Selection::All | Selection::AllBut(_));
    chosen.filter(|r| !r.documents.is_empty() || (all && r.error.is_some())).collect()
}
