//! Trying a kind on pages that are read already: what it makes of them, and whether it is told by itself.

use crate::{
    classify::{FoundDocument, KindChoice, classify},
    extract::NoSecondReading,
    geometry::Quad,
    kind::{Kind, Registry},
    review::{Document, PageReading},
};

use super::pipeline::{PagePlace, document_of};

/// What a kind makes of a page.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Whether the page is taken for this kind without being told.
    pub recognised: bool,
    /// Ids of the kinds that it is taken for.
    pub kinds: Vec<String>,
    pub document: Document,
}

/// Reads a page as a document of `kind`, which `registry` holds among the others.
pub fn try_kind(registry: &Registry, kind: &Kind, page: &PageReading) -> Trial {
    let size = (page.width, page.height);
    let found = classify(&page.structure, size, registry, &KindChoice::Auto);
    let kinds = found.iter().map(|d| d.kind.clone()).collect();
    let own = found.into_iter().find(|d| d.kind == kind.id);
    let recognised = own.is_some();
    let found = own.unwrap_or_else(|| FoundDocument {
        kind: kind.id.clone(),
        confidence: 1.0,
        location: Quad::from_rect(0.0, 0.0, page.width as f32, page.height as f32),
        lines: (0..page.structure.lines.len()).collect(),
        fit: None,
    });
    let place = PagePlace { number: page.page, size, source: page.source };
    let document = document_of(Some(kind), &page.structure, place, found, &mut NoSecondReading);
    Trial { recognised, kinds, document }
}
