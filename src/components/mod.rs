//! The large binaries that Luru needs beside itself: inference runtime, PDF library, models.
//!
//! Owns `models/manifest.toml`, the search order and `luru setup`. The only place that may start
//! a process (pip) or cause a connection, and only when the components are not there.

use std::path::PathBuf;

/// The files of a complete installation, all verified to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    pub onnx_runtime: PathBuf,
    pub pdfium: PathBuf,
    pub detection: PathBuf,
    pub recognition: PathBuf,
    pub line_direction: PathBuf,
}

/// What is wrong with the components, in one sentence with its remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentsError {
    #[error("缺少组件 {0}：请运行 luru setup / component missing: run `luru setup`")]
    Missing(String),
}

/// Finds the components by the search order; starts nothing.
pub fn locate() -> Result<Components, ComponentsError> {
    Err(ComponentsError::Missing("ONNX Runtime".into()))
}

/// Like [`locate`], but brings in what is missing first, telling `notice` what it does.
pub fn ensure(_notice: &mut dyn FnMut(&str)) -> Result<Components, ComponentsError> {
    locate()
}
