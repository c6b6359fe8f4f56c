//! A page to its documents: where each lies and which kind it is.
//!
//! Never fails: what no kind claims is one document of the open kind.

use serde::{Deserialize, Serialize};

use crate::{geometry::Quad, kind::Registry, structure::PageStructure};

/// One document found on a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundDocument {
    /// Id of its kind.
    pub kind: String,
    /// 0..1.
    pub confidence: f32,
    /// Outline in page pixels, first corner at the document's own upper left.
    pub location: Quad,
    /// Indexes into [`PageStructure::lines`] of the lines that belong to it.
    pub lines: Vec<usize>,
}

/// What the caller allows.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum KindChoice {
    /// Any kind of the registry.
    #[default]
    Auto,
    /// The whole page is one document of this kind.
    Forced(String),
}

/// Finds the documents of a page of `size` (width, height) pixels.
pub fn classify(
    _page: &PageStructure,
    _size: (u32, u32),
    _registry: &Registry,
    _choice: &KindChoice,
) -> Vec<FoundDocument> {
    Vec::new()
}
