//! Readings of pages kept on disk: a page that was read already is not read again.
//!
//! Keeps what reading and structure found, not the records: these are extracted anew, by the kinds as
//! they are now. An entry belongs to the file's bytes, the page, the way it was turned and this very
//! program. Encrypted files are not kept.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    components::cache_folder,
    extract::{Ground, SecondReading},
    geometry::Quad,
    ocr::TextLine,
    review::PageReading,
};

/// The oldest entries leave when all take more than this: some ten thousand pages at 30 kB.
const MAX_BYTES: u64 = 300 << 20;
/// Entries not used for this long leave.
const MAX_AGE: Duration = Duration::from_secs(90 * 24 * 3600);
/// Larger files are read each time: to hash them takes as long as a page.
const MAX_FILE_BYTES: u64 = 500 << 20;
/// Corners of the same stretch differ by no more than this, in pixels: they are kept to a tenth of one.
const SAME_CORNER: f32 = 1.0;

/// What reading a page gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub page: PageReading,
    /// Stretches that were read again while extracting, and what they said.
    pub second: Vec<(Quad, Option<TextLine>)>,
    /// Stretches whose ground was asked for, and its colours.
    #[serde(default)]
    pub grounds: Vec<(Quad, Option<Ground>)>,
}

/// Answers second readings from an entry.
#[derive(Debug)]
pub(super) struct Replay<'a> {
    second: &'a [(Quad, Option<TextLine>)],
    grounds: &'a [(Quad, Option<Ground>)],
    /// A stretch was asked for that had not been looked at again before.
    pub incomplete: bool,
}

impl<'a> Replay<'a> {
    pub fn of(entry: &'a Remembered) -> Self {
        Self { second: &entry.second, grounds: &entry.grounds, incomplete: false }
    }
}

impl SecondReading for Replay<'_> {
    fn read_again(&mut self, quad_in_page: &Quad) -> Option<TextLine> {
        let found = self.second.iter().find(|(quad, _)| same(quad, quad_in_page));
        self.incomplete |= found.is_none();
        found.and_then(|(_, line)| line.clone())
    }

    fn ground(&mut self, quad_in_page: &Quad) -> Option<Ground> {
        let found = self.grounds.iter().find(|(quad, _)| same(quad, quad_in_page));
        self.incomplete |= found.is_none();
        found.and_then(|(_, ground)| *ground)
    }
}

fn same(a: &Quad, b: &Quad) -> bool {
    a.0.iter().zip(&b.0).all(|(a, b)| a.distance(*b) < SAME_CORNER)
}

/// Identifies the bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileDigest([u8; 32]);

/// The identity of the file's bytes; `None` if it is too large or cannot be read.
pub(super) fn digest(path: &Path) -> Option<FileDigest> {
    let mut file = File::open(path).ok()?;
    if file.metadata().ok()?.len() > MAX_FILE_BYTES {
        return None;
    }
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match file.read(&mut chunk).ok()? {
            0 => break,
            read => hasher.update(chunk.get(..read)?),
        }
    }
    Some(FileDigest(hasher.finalize().into()))
}

impl std::fmt::Display for FileDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where the user's entries lie.
fn folder() -> Option<PathBuf> {
    Some(cache_folder()?.join("readings"))
}

/// Removes every entry of the user's, whether or not the folder can be used as a cache.
pub(super) fn forget() -> io::Result<()> {
    folder().map_or(Ok(()), |folder| forget_in(&folder))
}

/// Removes all that can be removed; the error tells how many entries are left, and why.
fn forget_in(folder: &Path) -> io::Result<()> {
    let gone = |e: &io::Error| e.kind() == io::ErrorKind::NotFound;
    let entries = match fs::read_dir(folder) {
        Err(e) if gone(&e) => return Ok(()),
        entries => entries?,
    };
    let left: Vec<io::Error> = entries
        .filter_map(|entry| entry.and_then(|entry| fs::remove_file(entry.path())).err())
        .filter(|e| !gone(e))
        .collect();
    let Some(first) = left.first() else { return Ok(()) };
    let place = folder.display();
    Err(io::Error::new(first.kind(), format!("{} × {first} ({place})", left.len())))
}

/// A folder of entries.
#[derive(Debug, Clone)]
pub(super) struct ReadingCache {
    folder: PathBuf,
    /// Tells programs apart: another one may read otherwise.
    program: [u8; 32],
}

impl ReadingCache {
    /// The user's, tidied up once a process. `None` where the system has no cache folder or it cannot be
    /// used: then pages are read each time.
    pub fn of_this_user() -> Option<&'static Self> {
        static CACHE: LazyLock<Option<ReadingCache>> = LazyLock::new(|| {
            let cache = ReadingCache { folder: folder()?, program: program()? };
            fs::create_dir_all(&cache.folder).ok()?;
            cache.tidy(MAX_BYTES).ok()?;
            Some(cache)
        });
        CACHE.as_ref()
    }

    /// What is known of the page; an entry that cannot be read is none.
    pub fn get(&self, file: FileDigest, page: usize, rotation: Option<u16>) -> Option<Remembered> {
        let path = self.path(file, page, rotation);
        let entry =
            serde_json::from_reader(io::BufReader::new(GzDecoder::new(File::open(&path).ok()?))).ok()?;
        // Marks it as used; without that it only leaves sooner.
        let _ = File::options().append(true).open(&path).and_then(|f| f.set_modified(SystemTime::now()));
        Some(entry)
    }

    /// Keeps an entry. Pages with an error or a notice are not kept: they may be read better another time,
    /// as when a language pack has been added.
    pub fn put(
        &self,
        file: FileDigest,
        page: usize,
        rotation: Option<u16>,
        entry: &Remembered,
    ) -> io::Result<()> {
        if entry.page.error.is_some() || !entry.page.notices.is_empty() {
            return Ok(());
        }
        // Renamed into place: another process sees it whole or not at all.
        let mut scratch = tempfile::NamedTempFile::new_in(&self.folder)?;
        let mut writer = GzEncoder::new(io::BufWriter::new(&mut scratch), Compression::fast());
        serde_json::to_writer(&mut writer, entry)?;
        writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        scratch.persist(self.path(file, page, rotation)).map_err(|e| e.error)?;
        Ok(())
    }

    fn path(&self, FileDigest(file): FileDigest, page: usize, rotation: Option<u16>) -> PathBuf {
        let mut hasher = Sha256::new();
        hasher.update(self.program);
        hasher.update(file);
        hasher.update(format!("{page} {rotation:?}"));
        let name: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name)
    }

    /// Removes what has not been used for long, and the oldest entries over `max_bytes`.
    fn tidy(&self, max_bytes: u64) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            // A file that another process removes meanwhile is none of ours to remove.
            let Ok(entry) = entry else { continue };
            let Ok(meta) = entry.metadata() else { continue };
            entries.push((meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), meta.len(), entry.path()));
        }
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.0));
        let now = SystemTime::now();
        let mut bytes = 0;
        for (used, size, path) in entries {
            bytes += size;
            let old = now.duration_since(used).is_ok_and(|age| age > MAX_AGE);
            if old || bytes > max_bytes {
                // What cannot be removed now is tried again next time.
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }
}

/// Tells this build of the program from others: its file's size and time.
fn program() -> Option<[u8; 32]> {
    let path = std::env::current_exe().ok()?;
    let meta = Path::new(&path).metadata().ok()?;
    let age = meta.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let mut hasher = Sha256::new();
    hasher.update(format!("{} {} {}", env!("CARGO_PKG_VERSION"), meta.len(), age.as_nanos()));
    Some(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &Path) -> ReadingCache {
        ReadingCache { folder: folder.to_owned(), program: [7; 32] }
    }

    fn entry(text: &str) -> Remembered {
        let quad = Quad::from_rect(1.3, 2.5, 30.1, 14.7);
        let line = TextLine { text: text.into(), quad, confidence: 0.9, ..TextLine::default() };
        let mut page = PageReading { page: 1, width: 40, height: 20, ..PageReading::default() };
        page.structure.lines.push(line.clone());
        Remembered { page, second: vec![(quad, Some(line))], grounds: Vec::new() }
    }

    #[test]
    fn a_page_comes_back_for_the_same_bytes_page_and_turn_only() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let path = folder.path().join("scan.png");
        fs::write(&path, b"one").unwrap();
        let of_file = digest(&path).unwrap();
        cache.put(of_file, 1, None, &entry("壹")).unwrap();
        assert_eq!(cache.get(of_file, 1, None), Some(entry("壹")));
        assert_eq!(cache.get(of_file, 2, None), None);
        assert_eq!(cache.get(of_file, 1, Some(90)), None);
        let other = ReadingCache { program: [8; 32], ..cache.clone() };
        assert_eq!(other.get(of_file, 1, None), None);
        fs::write(&path, b"two").unwrap();
        assert_eq!(cache.get(digest(&path).unwrap(), 1, None), None);
    }

    #[test]
    fn what_can_be_forgotten_is_and_the_rest_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(forget_in(&folder.path().join("none")).is_ok());
        // A folder is no entry, and is not removed like one.
        for name in ["a", "m", "z"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(format!("{name}.entry")), b"x").unwrap();
        }
        let error = forget_in(folder.path()).unwrap_err().to_string();
        assert!(error.starts_with("3 ×"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn second_readings_are_answered_and_gaps_noticed() {
        let entry = entry("壹");
        let mut replay = Replay::of(&entry);
        assert_eq!(replay.read_again(&entry.second[0].0).unwrap().text, "壹");
        assert!(!replay.incomplete);
        assert!(replay.read_again(&Quad::from_rect(0.0, 0.0, 5.0, 5.0)).is_none());
        assert!(replay.incomplete);
    }

    #[test]
    fn damaged_entries_are_none_and_the_oldest_leave() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let digest = |n: u8| FileDigest([n; 32]);
        for n in 0..3 {
            cache.put(digest(n), 1, None, &entry("壹")).unwrap();
            let path = cache.path(digest(n), 1, None);
            let time = SystemTime::now() - Duration::from_secs(600 - 60 * u64::from(n));
            File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
        }
        let size = cache.path(digest(0), 1, None).metadata().unwrap().len();
        cache.tidy(2 * size).unwrap();
        let kept: Vec<bool> = (0..3).map(|n| cache.get(digest(n), 1, None).is_some()).collect();
        assert_eq!(kept, [false, true, true]);
        fs::write(cache.path(digest(1), 1, None), b"nonsense").unwrap();
        assert_eq!(cache.get(digest(1), 1, None), None);
        // A page with an error may be read another time.
        let mut bad = entry("壹");
        bad.page.error = Some("blank".into());
        cache.put(digest(9), 1, None, &bad).unwrap();
        assert_eq!(cache.get(digest(9), 1, None), None);
    }
}
