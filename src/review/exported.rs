//! What has changed since it was last exported.

use sha2::{Digest, Sha256};

use super::{Document, DocumentId, DocumentState, ReviewDocument, Session};

/// Identifies what an export holds of a document: its kind, place and values, not its state.
fn digest(document: &Document) -> String {
    let mut hasher = Sha256::new();
    let mut add = |text: &str| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(&document.found.kind);
    add(&format!("{:?}", document.pages));
    for (path, field) in document.record.iter() {
        add(&path.to_string());
        add(field.value.as_deref().unwrap_or_default());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl ReviewDocument {
    /// Whether it was never exported, or its values have changed since.
    pub fn changed_since_export(&self) -> bool {
        self.exported.as_ref() != Some(&digest(&self.document))
    }
}

impl Session {
    /// Notes that these documents were exported as they are now.
    pub fn note_export(&mut self, ids: &[DocumentId]) {
        for d in self.files.iter_mut().flat_map(|f| &mut f.documents).filter(|d| ids.contains(&d.id)) {
            let now = digest(&d.document);
            if d.exported.as_ref() != Some(&now) {
                d.exported = Some(now);
                self.dirty.documents.insert(d.id);
            }
        }
    }

    /// Confirmed documents that were never exported or have changed since, in queue order.
    pub fn changed_since_export(&self) -> Vec<DocumentId> {
        let confirmed = |d: &&ReviewDocument| {
            matches!(d.document.state, DocumentState::Confirmed | DocumentState::Exported)
        };
        self.documents().filter(confirmed).filter(|d| d.changed_since_export()).map(|d| d.id).collect()
    }
}
