//! The session: files, pages and documents, every change as an [`Edit`] that returns its inverse.
//!
//! Plain data without a window: undo, audit and autosave follow from the edits.

mod apply;
mod arrive;
mod audit;
mod chain;
mod continued;
mod drawn_table;
mod duplicates;
mod edit;
mod exported;
mod history;
mod paste;
mod progress;
mod relate;
mod rules;
mod session;
mod stats;
pub mod store;
mod table_rows;
mod tables;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    classify::FoundDocument,
    extract::Record,
    structure::PageStructure,
    validate::{Issue, SeenPage},
};

pub use apply::Changed;
pub use audit::{AuditAction, AuditEntry};
pub use chain::{GENESIS, Link, seal};
pub use drawn_table::drawn_table;
pub use duplicates::{Duplicate, Fingerprint, Likeness, PICTURE_BITS_APART, PICTURE_WORDS, bits_apart};
pub use edit::{Edit, EditError, Row};
pub use progress::{FieldCounts, errors, form_order, is_unresolved};
pub use relate::{join_parts, joined};
pub use rules::{FieldRules, rule_name};
pub use session::{DocumentId, FileEntry, FileId, ReadingState, ReviewDocument, Session};
pub use stats::{DayLine, FieldLine, KindLine, Statistics};
pub use table_rows::is_doubtful_cell;

/// One input file as read: what a result file holds and what the window shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileReading {
    pub path: PathBuf,
    pub pages: Vec<PageReading>,
    pub documents: Vec<Document>,
    pub timings: Timings,
    /// Why the file could not be read at all.
    pub error: Option<String>,
}

/// One page as read. The pixels are not kept: they are decoded again when shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PageReading {
    /// Number in its file, from 1.
    pub page: usize,
    /// Pixels of the page image as decoded.
    pub width: u32,
    pub height: u32,
    pub dpi: Option<f32>,
    pub source: TextSource,
    pub structure: PageStructure,
    pub notices: Vec<String>,
    /// Tells the page from others; `None` where it was not read or by an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// Why this page could not be read.
    pub error: Option<String>,
    /// A person has changed its tables: they stay when the page is read again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tables_edited: bool,
}

impl PageReading {
    /// What the operator should know of the page: what could not be read, and defects of the picture. Pages
    /// with a text of their own were drawn by a program and have none. Chinese with English beside it.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        let defects = match self.source {
            TextSource::Scan => self.structure.quality.remarks(),
            TextSource::TextLayer => Vec::new(),
        };
        self.notices.iter().map(String::as_str).chain(defects)
    }
}

impl PageReading {
    /// The page as the checks look at it.
    pub fn seen(&self) -> SeenPage<'_> {
        SeenPage { page: self.page, size: (self.width, self.height), structure: &self.structure }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    #[default]
    Scan,
    TextLayer,
}

/// One document: what was found, what was extracted, what is doubtful.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub found: FoundDocument,
    /// The pages it lies on (numbers from 1); the first holds `found.location`.
    pub pages: Vec<usize>,
    pub record: Record,
    pub issues: Vec<Issue>,
    pub state: DocumentState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentState {
    #[default]
    ToReview,
    Postponed,
    Rejected,
    Confirmed,
    Exported,
}

/// Milliseconds spent per stage, summed over the pages of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    pub decode: f64,
    pub detect: f64,
    pub recognize: f64,
    pub structure: f64,
    pub extract: f64,
    pub total: f64,
}

impl Timings {
    /// Adds another page's times.
    pub fn add(&mut self, page: &Timings) {
        self.decode += page.decode;
        self.detect += page.detect;
        self.recognize += page.recognize;
        self.structure += page.structure;
        self.extract += page.extract;
        self.total += page.total;
    }
}
