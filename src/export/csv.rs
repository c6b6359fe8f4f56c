//! CSV: one table per kind, and one per row table of a kind.
//!
//! What a finance clerk expects: UTF-8 with byte order mark, so that a double click in the file
//! manager shows Chinese, or GB18030 for programs that know no other; one line a document; item rows in a table of their own that repeats
//! the document's number and identifiers, so that it can be filtered and summed by itself. Cells
//! that a spreadsheet would take for a formula are made text.
//!
//! Numbers of invoices and the like stand plain, without a tab or apostrophe before them: the
//! import of an accounting system takes such a sign for part of the number. A spreadsheet that
//! opens the file by a double click rounds runs of more than 15 digits; who wants to look at the
//! rows takes the workbook instead, or imports the file with these columns as text.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use crate::{
    kind::{FieldType, Lang},
    review::FileReading,
};

use super::{
    ExportError, Tables,
    grid::{self, Cell, Content, Grid},
    words, write_atomic,
};

/// How the text of a CSV file is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// With byte order mark.
    #[default]
    Utf8,
    /// China's national encoding, which older programs take for granted. It has every character
    /// of Unicode; a byte order mark is not written.
    Gb18030,
}

impl Encoding {
    /// `text` as the bytes of a file.
    pub fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => format!("\u{feff}{text}").into_bytes(),
            Self::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
        }
    }
}

/// One table as CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvTable {
    /// What the table holds, fit for a file name: the kind's name, with the row table's after it.
    pub name: String,
    /// In the encoding asked for; lines end with CR LF as in RFC 4180.
    pub bytes: Vec<u8>,
}

/// The tables of the readings' documents, kinds in order of first appearance.
pub fn tables(
    readings: &[FileReading],
    of: &Tables<'_>,
    encoding: Encoding,
) -> Result<Vec<CsvTable>, ExportError> {
    let readings = grid::with_documents(readings, of.registry);
    let grids = grid::build(&readings, of.registry, of.lang, of.profile).grids;
    let mut names = HashSet::new();
    grids
        .iter()
        .map(|grid| {
            let bytes = encoding.bytes(&table(grid, of.lang)?);
            Ok(CsvTable { name: unique_name(&grid.name, &mut names), bytes })
        })
        .collect()
}

/// All tables in one stream, parted by a blank line; a byte order mark only at the start.
pub fn joined(readings: &[FileReading], of: &Tables<'_>, encoding: Encoding) -> Result<Vec<u8>, ExportError> {
    let readings = grid::with_documents(readings, of.registry);
    let grids = grid::build(&readings, of.registry, of.lang, of.profile).grids;
    let tables: Vec<String> = grids.iter().map(|grid| table(grid, of.lang)).collect::<Result<_, _>>()?;
    Ok(encoding.bytes(&tables.join("\r\n")))
}

/// Writes each table to `folder`, named for it, and returns the paths.
pub fn write(
    folder: &Path,
    readings: &[FileReading],
    of: &Tables<'_>,
    encoding: Encoding,
) -> Result<Vec<PathBuf>, ExportError> {
    let tables = tables(readings, of, encoding)?;
    if tables.is_empty() {
        return Err(ExportError::Nothing);
    }
    let (mut written, mut new) = (Vec::new(), Vec::new());
    for t in tables {
        let path = folder.join(format!("{}.csv", t.name));
        let is_new = !path.exists();
        if let Err(e) = write_atomic(&path, &t.bytes) {
            // Half a set of tables would pass for a whole one.
            new.iter().for_each(|path| drop(std::fs::remove_file(path)));
            return Err(e);
        }
        if is_new {
            new.push(path.clone());
        }
        written.push(path);
    }
    Ok(written)
}

fn table(grid: &Grid<'_>, lang: Lang) -> Result<String, ExportError> {
    let failed = |message: String| ExportError::Csv { message };
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(grid.headings.iter().map(|h| as_text(h))).map_err(|e| failed(e.to_string()))?;
    for row in &grid.rows {
        writer.write_record(row.iter().map(|c| text(c, lang))).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}

fn text(cell: &Cell<'_>, lang: Lang) -> String {
    match &cell.content {
        Content::Empty => String::new(),
        Content::Count(n) => n.to_string(),
        Content::Jump { text, .. } => text.clone(),
        Content::File(path) => as_text(&path.to_string_lossy()),
        Content::Text(text) => as_text(text),
        Content::Value(value, FieldType::Flag) => match value.as_str() {
            "true" => words::YES.get(lang).to_owned(),
            "false" => words::NO.get(lang).to_owned(),
            other => as_text(other),
        },
        Content::Value(value, _) => as_text(value),
    }
}

/// Text that no spreadsheet takes for a formula (OWASP, CSV injection): a value that starts with
/// `= + - @`, tab or carriage return and is not a number gets an apostrophe before it.
fn as_text(value: &str) -> String {
    // Full-width signs are taken for half-width ones by East Asian spreadsheets.
    let risky = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if risky && !is_number(value) { format!("'{value}") } else { value.to_owned() }
}

fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    let digits = digits.strip_suffix('%').unwrap_or(digits);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().filter(|b| *b == b'.').count() <= 1
}

/// A file name without signs that some system refuses, told apart from those before it.
fn unique_name(name: &str, names: &mut HashSet<String>) -> String {
    let refused = |c: char| c.is_control() || r#"\/:*?"<>|"#.contains(c);
    let clean: String = name.chars().map(|c| if refused(c) { '_' } else { c }).take(80).collect();
    let clean = clean.trim_matches(['.', ' ']).to_owned();
    let mut unique = clean.clone();
    let mut n = 2;
    while !names.insert(unique.to_lowercase()) {
        unique = format!("{clean}-{n}");
        n += 1;
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for (value, written) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1+1", "'＝1+1"),
            ("-", "'-"),
            ("-12.50", "-12.50"),
            ("+86", "+86"),
            ("-1.2.3", "'-1.2.3"),
            ("-5%", "-5%"),
            ("13%", "13%"),
            ("普通 = 文字", "普通 = 文字"),
        ] {
            assert_eq!(as_text(value), written);
        }
    }

    #[test]
    fn gb18030_holds_what_its_forerunners_did_not() {
        let text = "发票,𠮷,€\r\n";
        let bytes = Encoding::Gb18030.bytes(text);
        assert!(bytes.starts_with(&[0xB7, 0xA2, 0xC6, 0xB1]));
        assert_eq!(encoding_rs::GB18030.decode_without_bom_handling(&bytes), (text.into(), false));
    }

    #[test]
    fn file_names_are_legal_and_unique() {
        let mut names = HashSet::new();
        assert_eq!(unique_name("发票/明细", &mut names), "发票_明细");
        assert_eq!(unique_name("发票:明细", &mut names), "发票_明细-2");
    }
}
