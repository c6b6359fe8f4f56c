//! The chain of image file directories and the values of their tags.

use std::collections::HashSet;

use super::super::{FileFormat, IngestError};

/// No scan has more pages; a longer chain is hostile.
const MAX_DIRECTORIES: usize = 10_000;

/// The order of the bytes of numbers in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// The number in `bytes` (at most eight).
    pub fn number(self, bytes: &[u8]) -> u64 {
        let join = |n: u64, &b: &u8| n << 8 | u64::from(b);
        match self {
            Self::Little => bytes.iter().rev().fold(0, join),
            Self::Big => bytes.iter().fold(0, join),
        }
    }
}

/// One tag: where its values stand in the file.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    offset: usize,
}

/// The tags of one picture.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    pub order: ByteOrder,
    entries: Vec<Entry>,
}

/// A directory with the file that its values stand in.
#[derive(Clone, Copy)]
pub(super) struct Tags<'a> {
    pub file: &'a [u8],
    pub directory: &'a Directory,
}

/// All directories of a file, in order; what follows a broken link is left out.
pub(super) fn read_all(file: &[u8]) -> Result<Vec<Directory>, IngestError> {
    let truncated = || IngestError::Truncated { format: FileFormat::Tiff };
    let order = if file.starts_with(b"II") { ByteOrder::Little } else { ByteOrder::Big };
    let number = |at: usize, size: usize| {
        let bytes = file.get(at..at.checked_add(size)?)?;
        Some(order.number(bytes))
    };
    let big = number(2, 2) == Some(43);
    // Sizes of offsets and counts, of the number of entries, and of an entry.
    let (word, count_size, entry_size) = if big { (8, 8, 20) } else { (4, 2, 12) };
    let mut next = number(if big { 8 } else { 4 }, word).ok_or_else(truncated)?;
    let mut seen = HashSet::new();
    let mut directories = Vec::new();
    while next != 0 && seen.insert(next) && directories.len() < MAX_DIRECTORIES {
        let Ok(start) = usize::try_from(next) else { break };
        let Some(count) = number(start, count_size).and_then(|n| usize::try_from(n).ok()) else { break };
        let first = start + count_size;
        let mut entries = Vec::new();
        for at in (0..count).map_while(|i| first.checked_add(i.checked_mul(entry_size)?)) {
            let (Some(tag), Some(kind), Some(count)) =
                (number(at, 2), number(at + 2, 2), number(at + 4, word))
            else {
                break;
            };
            let (tag, kind, value) = (tag as u16, kind as u16, at + 4 + word);
            let size = count.checked_mul(kind_size(kind) as u64);
            let inline = size.is_some_and(|s| s <= word as u64);
            let offset = if inline { Some(value) } else { number(value, word).map(|o| o as usize) };
            entries.extend(offset.map(|offset| Entry { tag, kind, count, offset }));
        }
        directories.push(Directory { order, entries });
        let link = count.checked_mul(entry_size).and_then(|size| first.checked_add(size));
        next = link.and_then(|at| number(at, word)).unwrap_or(0);
    }
    if directories.is_empty() { Err(truncated()) } else { Ok(directories) }
}

/// Bytes of one value of a TIFF type; unknown types count as bytes.
fn kind_size(kind: u16) -> usize {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 1,
    }
}

impl<'a> Tags<'a> {
    fn entry(&self, tag: u16) -> Option<&Entry> {
        self.directory.entries.iter().find(|e| e.tag == tag)
    }

    /// The bytes of a tag's values, as far as the file has them.
    pub fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entry(tag)?;
        let rest = self.file.get(entry.offset..)?;
        let size = entry.count.saturating_mul(kind_size(entry.kind) as u64);
        Some(usize::try_from(size).ok().and_then(|size| rest.get(..size)).unwrap_or(rest))
    }

    /// A tag's values as whole numbers; empty without the tag.
    pub fn numbers(&self, tag: u16) -> Vec<u64> {
        let Some((entry, bytes)) = self.entry(tag).zip(self.bytes(tag)) else { return Vec::new() };
        let order = self.directory.order;
        match entry.kind {
            // Floats where whole numbers belong: some writers do that.
            11 => bytes.chunks_exact(4).map(|v| f32::from_bits(order.number(v) as u32) as u64).collect(),
            12 => bytes.chunks_exact(8).map(|v| f64::from_bits(order.number(v)) as u64).collect(),
            kind => bytes.chunks_exact(kind_size(kind)).map(|v| order.number(v)).collect(),
        }
    }

    /// A tag's first value.
    pub fn number(&self, tag: u16) -> Option<u64> {
        self.numbers(tag).first().copied()
    }

    /// A tag's first value as a fraction.
    pub fn fraction(&self, tag: u16) -> Option<f32> {
        let (above, below) = self.bytes(tag)?.get(..8)?.split_at(4);
        let order = self.directory.order;
        let (above, below) = (order.number(above), order.number(below));
        (below != 0).then(|| (above as f64 / below as f64) as f32)
    }
}
