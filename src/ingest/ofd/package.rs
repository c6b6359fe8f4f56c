//! The parts of an OFD package (a zip archive), by path; limits against archives that inflate.

use std::{collections::HashMap, io::Read};

use roxmltree::{Document, ParsingOptions};
use zip::{ZipArchive, result::ZipError};

use crate::ingest::{Bytes, FileFormat, IngestError};

/// The part from which everything else is found (GB/T 33190-2016, 6.1).
pub(super) const ROOT: &str = "OFD.xml";
/// A part may inflate to this many bytes: an A4 page of uncompressed 600 dpi colour has 100 MB.
const MAX_PART_BYTES: u64 = 128 << 20;
/// An XML part may have this many bytes and this many nodes; the largest page of a form has some
/// 100 kB and 5000 nodes.
const MAX_XML_BYTES: u64 = 32 << 20;
const MAX_XML_NODES: u32 = 1_000_000;
/// Elements nested deeper are refused; the pages of the corpus that this was written with have nine levels.
const MAX_XML_DEPTH: usize = 200;
/// Archives with more entries are refused.
const MAX_ENTRIES: usize = 100_000;

/// An opened package.
pub(super) struct Package {
    archive: ZipArchive<std::io::Cursor<Bytes>>,
    /// Index by path in lower case: some producers' references differ in case.
    entries: HashMap<String, usize>,
    /// Bytes that were inflated, also for parts that could not be read in the end.
    pub inflated: u64,
}

impl Package {
    pub fn open(bytes: Bytes) -> Result<Self, IngestError> {
        let archive = ZipArchive::new(bytes.cursor()).map_err(damaged)?;
        if archive.len() > MAX_ENTRIES {
            return Err(damaged("条目过多 / too many entries"));
        }
        let entries = (0..archive.len())
            .filter_map(|i| Some((resolve("", &archive.name_for_index(i)?.ok()?).to_lowercase(), i)))
            .collect();
        Ok(Self { archive, entries, inflated: 0 })
    }

    /// A part's bytes, inflated.
    pub fn read(&mut self, path: &str) -> Result<Vec<u8>, IngestError> {
        self.read_up_to(path, MAX_PART_BYTES)
    }

    fn read_up_to(&mut self, path: &str, limit: u64) -> Result<Vec<u8>, IngestError> {
        let missing = || damaged(format!("缺少 / missing: {path}"));
        let &index = self.entries.get(&path.to_lowercase()).ok_or_else(missing)?;
        let entry = self.archive.by_index(index).map_err(|e| match e {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => IngestError::Unsupported {
                what: "OFD (加密 / encrypted)".into(),
                instead: "未加密的 OFD / an unencrypted OFD",
            },
            e => damaged(e),
        })?;
        let mut bytes = Vec::new();
        // What the archive states of the size may be a lie: count what comes.
        let read = entry.take(limit + 1).read_to_end(&mut bytes);
        self.inflated = self.inflated.saturating_add(bytes.len() as u64);
        read.map_err(|e| damaged(format!("{path}: {e}")))?;
        if bytes.len() as u64 > limit {
            return Err(damaged(format!("过大 / too large: {path}")));
        }
        Ok(bytes)
    }

    /// An XML part as text.
    pub fn read_xml(&mut self, path: &str) -> Result<String, IngestError> {
        let bytes = self.read_up_to(path, MAX_XML_BYTES)?;
        // Nearly all are UTF-8; the declaration stands in the first line.
        let head = String::from_utf8_lossy(bytes.get(..100).unwrap_or(&bytes)).to_lowercase();
        let declared = head.split_once("encoding=").and_then(|(_, rest)| {
            let name = rest.trim_start_matches(['"', '\'']).split(['"', '\'']).next()?;
            encoding_rs::Encoding::for_label(name.as_bytes())
        });
        // `decode` follows a byte order mark before the declaration.
        Ok(declared.unwrap_or(encoding_rs::UTF_8).decode(&bytes).0.into_owned())
    }
}

/// Parses an XML part; document type declarations (entities that grow) are refused.
pub(super) fn parse<'a>(xml: &'a str, path: &str) -> Result<Document<'a>, IngestError> {
    // The parser calls itself for each level: text nested without end would exhaust the stack.
    if depth(xml) > MAX_XML_DEPTH {
        return Err(damaged(format!("嵌套过深 / nested too deeply: {path}")));
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_XML_NODES };
    Document::parse_with_options(xml, options).map_err(|e| damaged(format!("{path}: {e}")))
}

/// How deep the elements of an XML text are nested at most.
fn depth(xml: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let mut rest = xml;
    while let Some((_, tag)) = rest.split_once('<') {
        let behind = |end: &str| tag.split_once(end).map_or("", |(_, rest)| rest);
        rest = if tag.starts_with("!--") {
            behind("-->")
        } else if tag.starts_with("![CDATA[") {
            behind("]]>")
        } else if tag.starts_with(['!', '?']) {
            behind(">")
        } else {
            let mut quote = None;
            let end = tag.find(|c: char| match quote {
                Some(q) => {
                    quote = quote.filter(|_| c != q);
                    false
                }
                None => {
                    quote = Some(c).filter(|c| matches!(c, '"' | '\''));
                    c == '>'
                }
            });
            let (inside, rest) = end.and_then(|end| tag.split_at_checked(end)).unwrap_or((tag, ""));
            if inside.starts_with('/') {
                depth = depth.saturating_sub(1);
            } else if !inside.ends_with('/') {
                depth += 1;
                deepest = deepest.max(depth);
            }
            rest
        };
    }
    deepest
}

pub(super) fn damaged(detail: impl std::fmt::Display) -> IngestError {
    IngestError::damaged(FileFormat::Ofd, detail)
}

/// The path of `location` as written in the part `base`: relative to its folder, or to the package
/// where it begins with `/`.
pub(super) fn resolve(base: &str, location: &str) -> String {
    let location = location.trim().replace('\\', "/");
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    let from = if location.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(location.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{depth, resolve};

    #[test]
    fn depth_counts_elements_alone() {
        for (xml, expected) in [
            ("<a><b/><c>x</c></a>", 2),
            ("<?xml version='1.0'?><!-- <a><b><c> --><a><![CDATA[<b><c>]]></a>", 1),
            ("<a b='</a>' c=\"'>\"><d/></a>", 1),
            ("<a><b><c", 3),
        ] {
            assert_eq!(depth(xml), expected, "{xml}");
        }
    }

    #[test]
    fn locations_are_relative_to_their_part() {
        for (base, location, path) in [
            ("OFD.xml", "Doc_0/Document.xml", "Doc_0/Document.xml"),
            ("Doc_0/Document.xml", "Pages/Page_0/Content.xml", "Doc_0/Pages/Page_0/Content.xml"),
            ("Doc_0/Document.xml", "/Doc_0/Signs/Signatures.xml", "Doc_0/Signs/Signatures.xml"),
            ("Doc_0/Pages/Page_0/Content.xml", "./../../Res\\a.png", "Doc_0/Res/a.png"),
            ("OFD.xml", "../../../etc/passwd", "etc/passwd"),
        ] {
            assert_eq!(resolve(base, location), path);
        }
    }
}
