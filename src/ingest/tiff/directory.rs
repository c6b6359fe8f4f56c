//! The chain of image file directories and the values of their tags.

use std::collections::HashSet;

use super::{
    super::{FileFormat, IngestError, MAX_PAGES},
    tag,
};

/// Entries of one directory that are looked at. TIFF 6.0 and its technical notes name some 100 tags; reasoned,
/// against directories that overlap and claim the rest of the file each.
const MAX_ENTRIES: usize = 512;

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

/// All directories of a file, in order, with the tags that are read here, each once; what follows a broken
/// link is left out. Stops one behind [`MAX_PAGES`]: the file is refused then.
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
    while next != 0 && seen.insert(next) && directories.len() <= MAX_PAGES {
        let Ok(start) = usize::try_from(next) else { break };
        let Some(count) = number(start, count_size).and_then(|n| usize::try_from(n).ok()) else { break };
        let first = start + count_size;
        let mut entries: Vec<Entry> = Vec::new();
        let looked_at = 0..count.min(MAX_ENTRIES);
        for at in looked_at.map_while(|i| first.checked_add(i.checked_mul(entry_size)?)) {
            let Some(tag) = number(at, 2).map(|tag| tag as u16) else { break };
            if !tag::ALL.contains(&tag) || entries.iter().any(|e| e.tag == tag) {
                continue;
            }
            let Some((kind, count)) = number(at + 2, 2).zip(number(at + 4, word)) else { break };
            let (kind, value) = (kind as u16, at + 4 + word);
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

    /// The first values of a tag as whole numbers, `most` of them; empty without the tag.
    pub fn numbers(&self, tag: u16, most: usize) -> Vec<u64> {
        self.values(tag).take(most).collect()
    }

    /// A tag's first value.
    pub fn number(&self, tag: u16) -> Option<u64> {
        self.values(tag).next()
    }

    fn values(&self, tag: u16) -> impl Iterator<Item = u64> {
        let kind = self.entry(tag).map_or(0, |entry| entry.kind);
        let order = self.directory.order;
        let bytes = self.bytes(tag).unwrap_or_default();
        bytes.chunks_exact(kind_size(kind)).map(move |value| match kind {
            // Floats where whole numbers belong: some writers do that.
            11 => f32::from_bits(order.number(value) as u32) as u64,
            12 => f64::from_bits(order.number(value)) as u64,
            _ => order.number(value),
        })
    }

    /// A tag's first value as a fraction.
    pub fn fraction(&self, tag: u16) -> Option<f32> {
        let (above, below) = self.bytes(tag)?.get(..8)?.split_at(4);
        let order = self.directory.order;
        let (above, below) = (order.number(above), order.number(below));
        (below != 0).then(|| (above as f64 / below as f64) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file whose directories overlap: each of them begins four bytes behind the one before it.
    fn overlapping(directories: u32) -> Vec<u8> {
        const FIRST: u32 = 8;
        // Every number of entries reads as 65,535; the links follow behind so many entries.
        let links = FIRST + 2 + 65_535 * 12;
        let mut file = b"II*\0".to_vec();
        file.extend(FIRST.to_le_bytes());
        file.resize(links as usize, 0xFF);
        file.extend((1..directories).flat_map(|i| (FIRST + 4 * i).to_le_bytes()));
        file.extend([0; 4]);
        file
    }

    #[test]
    fn directories_that_overlap_are_not_kept_whole() {
        let directories = read_all(&overlapping(500)).expect("a chain of directories");
        assert_eq!(directories.len(), 500);
        assert!(directories.iter().all(|d| d.entries.is_empty()), "unknown tags are not kept");
        let too_many = read_all(&overlapping(MAX_PAGES as u32 + 100)).expect("a chain of directories");
        assert_eq!(too_many.len(), MAX_PAGES + 1);
    }

    #[test]
    fn the_first_of_several_equal_tags_counts() {
        let mut file = b"II*\0\x08\0\0\0".to_vec();
        file.extend(1000u16.to_le_bytes());
        for height in 1..=1000u32 {
            file.extend([tag::HEIGHT, 4].map(u16::to_le_bytes).concat());
            file.extend([1, height].map(u32::to_le_bytes).concat());
        }
        file.extend([0; 4]);
        let directories = read_all(&file).expect("a directory");
        let [directory] = directories.as_slice() else { panic!("one directory") };
        assert_eq!(directory.entries.len(), 1);
        let tags = Tags { file: &file, directory };
        assert_eq!(tags.number(tag::HEIGHT), Some(1));
        assert_eq!(tags.number(tag::WIDTH), None);
    }
}
