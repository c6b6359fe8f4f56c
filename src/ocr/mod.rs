//! Page to text lines: detection, line direction, recognition.
//!
//! Owns the networks that read text. Knows nothing of what the text means.

use std::{path::Path, sync::atomic::AtomicBool};

use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::geometry::Quad;

/// One line of text as read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextLine {
    pub text: String,
    /// In page pixels, first corner at the start of the text.
    pub quad: Quad,
    /// Mean of the characters' confidences, 0..1.
    pub confidence: f32,
    /// ISO 639-1 code, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub handwritten: bool,
    /// One entry per character of `text`, spaces included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chars: Vec<CharReading>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CharReading {
    pub char: char,
    pub quad: Quad,
    /// 0..1.
    pub confidence: f32,
}

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OcrError {
    #[error("{0}")]
    Inference(String),
    #[error("已取消 / cancelled")]
    Cancelled,
}

/// How a [`Reader`] runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderSettings {
    /// Threads inside each network.
    pub threads: usize,
}

/// What was read on one page, in detection order, and how long it took.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    pub lines: Vec<TextLine>,
    pub detect_millis: f64,
    pub recognize_millis: f64,
}

/// Where the reader's files lie.
#[derive(Debug, Clone, Copy)]
pub struct ModelFiles<'a> {
    pub runtime_library: &'a Path,
    pub detection: &'a Path,
    pub recognition: &'a Path,
    pub line_direction: &'a Path,
}

/// The loaded networks. One page at a time; load several to read pages in parallel.
pub struct Reader {}

impl Reader {
    pub fn load(_files: ModelFiles<'_>, _settings: ReaderSettings) -> Result<Self, OcrError> {
        Ok(Self {})
    }

    /// Reads a whole page. `cancel` is looked at between the stages and batches.
    pub fn read(&mut self, _page: &RgbImage, _cancel: &AtomicBool) -> Result<Reading, OcrError> {
        Ok(Reading::default())
    }

    /// Reads the one line of text inside `quad` (page pixels, reading direction as its corners say).
    pub fn read_line(&mut self, _page: &RgbImage, _quad: &Quad) -> Result<TextLine, OcrError> {
        Ok(TextLine::default())
    }
}
