//! Why a file or one of its pages cannot be read.
//!
//! Every cause has its variant, so that a caller can react (ask for a password, offer another
//! page selection) without reading the message. Messages say what to do, in Chinese and English.

use std::path::PathBuf;

use super::{MAX_PAGES, MIN_SIDE, format::FileFormat};
use crate::fault::{self, BEHIND};

/// Why a file or one of its pages cannot be read. Messages name the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    #[error(
        "文件打不开：{zh} / cannot be opened: {en} ({path}){BEHIND}{source}",
        zh = fault::of_io(source).zh,
        en = fault::of_io(source).en,
        path = path.display()
    )]
    Open { path: PathBuf, source: std::io::Error },
    #[error("文件是空的，请重新保存或传输 / the file is empty, save or transfer it again")]
    Empty,
    #[error(
        "无法识别的文件格式，支持：{supported} / unknown file format, readable are: {supported}",
        supported = FileFormat::NAMES
    )]
    UnknownFormat,
    #[error("暂不支持 {what}，请转换为 {instead} 后再打开 / {what} cannot be read, convert it to {instead}")]
    Unsupported { what: String, instead: &'static str },
    #[error(
        "{format} 文件已损坏，请重新保存或扫描 / damaged {format} file, save or scan it again{BEHIND}{detail}"
    )]
    Damaged { format: FileFormat, detail: String },
    #[error("{format} 文件不完整，请重新传输 / incomplete {format} file, transfer it again")]
    Truncated { format: FileFormat },
    #[error(
        "图像太小（{width}×{height}），短边至少 {MIN_SIDE} 像素 / image too small ({width}×{height}), \
         the shorter side needs {MIN_SIDE} pixels"
    )]
    TooSmall { width: u32, height: u32 },
    #[error(
        "图像太大（{width}×{height}），请缩小后再打开 / image too large ({width}×{height}), scale it down first"
    )]
    TooLarge { width: u64, height: u64 },
    #[error("文件太大（{mebibytes} MiB），请拆分后再打开 / file too large ({mebibytes} MiB), split it first")]
    FileTooLarge { mebibytes: u64 },
    #[error(
        "文件超过 {MAX_PAGES} 页，请拆分后再打开 / the file has more than {MAX_PAGES} pages, split it first"
    )]
    TooManyPages,
    #[error("{}", if *.wrong_password {
        "密码不正确，请重新输入 / wrong password, enter it again"
    } else {
        "文件已加密，请输入密码 / the file is encrypted, a password is needed"
    })]
    Encrypted { wrong_password: bool },
    #[error("所选页不存在，文件共 {count} 页 / no such page, the file has {count} page(s)")]
    PageOutOfRange { count: usize },
    #[error("缺少 PDF 组件，请运行 luru setup / PDF library missing, run `luru setup`{BEHIND}{detail}")]
    NoPdfLibrary { detail: String },
}

impl IngestError {
    /// Whether opening again with (another) password may help.
    pub fn needs_password(&self) -> bool {
        matches!(self, Self::Encrypted { .. })
    }

    pub(crate) fn damaged(format: FileFormat, detail: impl std::fmt::Display) -> Self {
        Self::Damaged { format, detail: detail.to_string() }
    }
}

/// Runs a decoder of another crate; its panic becomes [`IngestError::Damaged`].
///
/// The decoders see bytes from anywhere; a panic in one of them must cost one page, not the
/// program. What `decode` borrows mutably must be thrown away by the caller after an error.
pub(crate) fn guarded<T>(
    format: FileFormat,
    decode: impl FnOnce() -> Result<T, IngestError>,
) -> Result<T, IngestError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(IngestError::damaged(format, "解码器中止 / the decoder gave up")))
}
