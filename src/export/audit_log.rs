//! The audit trail as a log that shows tampering, JSON Lines or CSV, and the check of such a log.
//!
//! Each line holds an entry, the hash of the line before it and its own (see
//! [`crate::review::seal`]): a line that is changed, left out, added or moved breaks the chain. Lines
//! cut off at the end leave a whole chain: the number of entries and the last hash tell.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::fault::{self, BEHIND};
use crate::review::{AuditAction, AuditEntry, DocumentId, FileId, GENESIS, Link, seal};

use super::{ExportError, write_atomic};

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// An object a line.
    JsonLines,
    /// UTF-8 with byte order mark and a heading row.
    Csv,
}

/// One line of the log; the headings of the CSV are the names here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: u64,
    /// For people; what counts is `at_millis`.
    at: String,
    at_millis: i64,
    who: String,
    action: String,
    file: Option<u64>,
    document: Option<u64>,
    name: String,
    place: String,
    old: Option<String>,
    new: Option<String>,
    reason: Option<String>,
    previous: String,
    hash: String,
}

/// A log whose chain is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub entries: usize,
    /// The last hash; [`GENESIS`] of an empty log.
    pub head: String,
}

/// Why a log cannot be trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    #[error(
        "修改记录无法读取：{zh} / the log cannot be read: {en} ({path}){BEHIND}{source}",
        zh = fault::of_io(source).zh,
        en = fault::of_io(source).en
    )]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "第 {line} 行不是 Luru 的修改记录：{message}。请选择未经编辑的导出文件 / line {line} is none of a log that \
         Luru has written: choose an export that was not edited"
    )]
    Format { line: usize, message: String },
    #[error(
        "第 {line} 行被改动过，或它前面有缺少、多出的行。请以别处保存的导出为准 / line {line} was changed, or lines \
         before it are missing or were added: rely on an export kept elsewhere"
    )]
    Broken { line: usize },
    #[error(
        "第 {line} 行的时间与其时间戳不符，被改动过 / the time on line {line} differs from its time stamp: it was changed"
    )]
    Time { line: usize },
}

/// The log as text.
pub fn text(links: &[Link], format: LogFormat) -> Result<String, ExportError> {
    let mut previous = GENESIS;
    let lines = links.iter().map(|link| {
        let line = line(link, previous);
        previous = &link.hash;
        line
    });
    let failed = |e: String| ExportError::Csv { message: e };
    match format {
        LogFormat::JsonLines => {
            let mut text = String::new();
            for line in lines {
                text.push_str(&serde_json::to_string(&line).map_err(|e| failed(e.to_string()))?);
                text.push('\n');
            }
            Ok(text)
        }
        LogFormat::Csv => {
            let mut writer = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
            for line in lines {
                writer.serialize(line).map_err(|e| failed(e.to_string()))?;
            }
            let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
            String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
        }
    }
}

/// Writes the log to `path`, under a temporary name first.
pub fn write(path: &Path, links: &[Link], format: LogFormat) -> Result<(), ExportError> {
    write_atomic(path, text(links, format)?.as_bytes())
}

/// [`verify`] of a file.
pub fn verify_file(path: &Path) -> Result<Verified, LogError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| LogError::Read { path: path.to_owned(), source })?;
    verify(&text)
}

/// Checks a log of either format, line by line.
pub fn verify(text: &str) -> Result<Verified, LogError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut verified = Verified { entries: 0, head: GENESIS.to_owned() };
    if text.trim().is_empty() {
        return Ok(verified);
    }
    let bad = |line: usize, message: String| LogError::Format { line, message };
    if text.starts_with('{') {
        for (i, json) in text.lines().enumerate() {
            let line = serde_json::from_str(json).map_err(|e| bad(i + 1, e.to_string()))?;
            step(&mut verified, i + 1, &line)?;
        }
    } else {
        for (i, row) in csv::Reader::from_reader(text.as_bytes()).deserialize().enumerate() {
            // The heading is the first line.
            let line = row.map_err(|e| bad(i + 2, e.to_string()))?;
            step(&mut verified, i + 2, &line)?;
        }
    }
    Ok(verified)
}

/// Goes on by one line, number `at` of the file.
fn step(verified: &mut Verified, at: usize, line: &Line) -> Result<(), LogError> {
    let action = AuditAction::named(&line.action)
        .ok_or_else(|| LogError::Format { line: at, message: line.action.clone() })?;
    let entry = AuditEntry {
        at_millis: line.at_millis,
        who: line.who.clone(),
        action,
        file: line.file.map(FileId),
        document: line.document.map(DocumentId),
        name: line.name.clone(),
        place: line.place.clone(),
        old: line.old.clone(),
        new: line.new.clone(),
        reason: line.reason.clone(),
    };
    let next = verified.entries as u64 + 1;
    if line.seq != next || line.previous != verified.head || line.hash != seal(&line.previous, next, &entry) {
        return Err(LogError::Broken { line: at });
    }
    if line.at != clock(line.at_millis) {
        return Err(LogError::Time { line: at });
    }
    verified.entries += 1;
    verified.head.clone_from(&line.hash);
    Ok(())
}

fn line(link: &Link, previous: &str) -> Line {
    let e = &link.entry;
    Line {
        seq: link.seq,
        at: clock(e.at_millis),
        at_millis: e.at_millis,
        who: e.who.clone(),
        action: e.action.name().to_owned(),
        file: e.file.map(|f| f.0),
        document: e.document.map(|d| d.0),
        name: e.name.clone(),
        place: e.place.clone(),
        old: e.old.clone(),
        new: e.new.clone(),
        reason: e.reason.clone(),
        previous: previous.to_owned(),
        hash: link.hash.clone(),
    }
}

/// A time stamp as RFC 3339 says it, in UTC; empty for one that no calendar has.
fn clock(at_millis: i64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_millis) * 1_000_000)
        .ok()
        .and_then(|t| t.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Vec<Link> {
        let mut previous = GENESIS.to_owned();
        let mut links = Vec::new();
        for (i, reason) in [None, Some("票面,\"如此\"\n两行"), Some("=1+1")].into_iter().enumerate() {
            let entry = AuditEntry {
                at_millis: 1_716_000_000_123 + i as i64,
                who: "甲".into(),
                action: AuditAction::Typed,
                file: Some(FileId(1)),
                document: Some(DocumentId(2)),
                name: "a.png".into(),
                place: "total".into(),
                old: (i > 0).then(|| format!("{i}.00")),
                new: Some(format!("{}.00", i + 1)),
                reason: reason.map(str::to_owned),
            };
            let seq = i as u64 + 1;
            previous = seal(&previous, seq, &entry);
            links.push(Link { seq, entry, hash: previous.clone() });
        }
        links
    }

    #[test]
    fn both_formats_are_verified_as_written() {
        let links = links();
        for format in [LogFormat::JsonLines, LogFormat::Csv] {
            let verified = verify(&text(&links, format).unwrap()).unwrap();
            assert_eq!(verified, Verified { entries: 3, head: links[2].hash.clone() }, "{format:?}");
        }
        assert_eq!(verify("").unwrap().entries, 0);
    }

    #[test]
    fn any_change_shows() {
        let log = text(&links(), LogFormat::JsonLines).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        let broken = |text: String| verify(&text).unwrap_err().to_string();
        assert!(broken(log.replace("3.00", "9.00")).contains("第 3 行"));
        assert!(matches!(verify(&log.replace("\"甲\"", "\"乙\"")), Err(LogError::Broken { line: 1 })));
        assert!(matches!(verify(&[lines[0], lines[2]].join("\n")), Err(LogError::Broken { line: 2 })));
        assert!(matches!(verify(&[lines[1], lines[0]].join("\n")), Err(LogError::Broken { line: 1 })));
        assert!(matches!(verify(&log.replacen("2024-05", "2023-05", 1)), Err(LogError::Time { line: 1 })));
        assert!(matches!(verify("{\"a\": 1}"), Err(LogError::Format { line: 1, .. })));
        assert!(matches!(verify("some text\nmore"), Err(LogError::Format { .. })));
        // Cut off at the end it is a whole chain; count and last hash are others.
        assert_eq!(verify(lines[0]).unwrap().entries, 1);
    }
}
