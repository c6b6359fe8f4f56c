//! The pictures of electronic stamps, which lie in the package's signatures.
//!
//! A signature's data is ASN.1 (GM/T 0031, GB/T 38540); the picture stands in it as a sequence of
//! its type's name and its bytes, wherever the versions of the format put it. Checks no signature.

use std::sync::Arc;

use vello_cpu::kurbo::Rect;

use super::{
    objects::{child, children, rect, text_of},
    package::{Package, parse, resolve},
};
use crate::ingest::IngestError;

/// More stamps than this are not read.
const MAX_STAMPS: usize = 200;
/// ASN.1 nested deeper is not followed; stamps have less than ten levels.
const MAX_DEPTH: usize = 24;
const SEQUENCE: u8 = 0x30;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
const IA5_STRING: u8 = 0x16;

/// One stamp on a page.
pub(super) struct Stamp {
    pub page_id: String,
    /// In millimetres of the page.
    pub boundary: Rect,
    /// A picture file, or an OFD package with the picture on its first page.
    pub picture: Arc<Vec<u8>>,
}

/// The stamps of the signatures that the part `path` lists.
pub(super) fn read(package: &mut Package, path: &str) -> Result<Vec<Stamp>, IngestError> {
    let mut stamps = Vec::new();
    for signature in listed(package, path)? {
        stamps.extend(of_signature(package, &signature)?);
        if stamps.len() >= MAX_STAMPS {
            break;
        }
    }
    stamps.truncate(MAX_STAMPS);
    Ok(stamps)
}

/// Paths of the signatures.
fn listed(package: &mut Package, path: &str) -> Result<Vec<String>, IngestError> {
    let xml = package.read_xml(path)?;
    let tree = parse(&xml, path)?;
    let signatures = children(tree.root_element(), "Signature");
    Ok(signatures.filter_map(|s| s.attribute("BaseLoc")).map(|l| resolve(path, l)).collect())
}

fn of_signature(package: &mut Package, path: &str) -> Result<Vec<Stamp>, IngestError> {
    let xml = package.read_xml(path)?;
    let tree = parse(&xml, path)?;
    let root = tree.root_element();
    let Some(info) = child(root, "SignedInfo") else { return Ok(Vec::new()) };
    let places: Vec<(String, Rect)> = children(info, "StampAnnot")
        .filter_map(|a| Some((a.attribute("PageRef")?.to_owned(), rect(a.attribute("Boundary")?)?)))
        .collect();
    if places.is_empty() {
        return Ok(Vec::new());
    }
    // The signed value holds the whole seal; the seal's own file is beside it in some packages.
    let seal = child(info, "Seal").and_then(|seal| text_of(seal, "BaseLoc"));
    let picture = [text_of(root, "SignedValue"), seal].into_iter().flatten().find_map(|location| {
        let data = package.read(&resolve(path, location)).ok()?;
        picture(&data, 0).map(<[u8]>::to_vec)
    });
    let Some(picture) = picture else { return Ok(Vec::new()) };
    let picture = Arc::new(picture);
    Ok(places
        .into_iter()
        .map(|(page_id, boundary)| Stamp { page_id, boundary, picture: picture.clone() })
        .collect())
}

/// The first picture in ASN.1 data.
fn picture(data: &[u8], depth: usize) -> Option<&[u8]> {
    if depth > MAX_DEPTH {
        return None;
    }
    let elements = elements(data);
    for pair in elements.windows(2) {
        if let [(UTF8_STRING | IA5_STRING, name), (OCTET_STRING, bytes)] = pair
            && [&b"png"[..], b"jpg", b"jpeg", b"bmp", b"gif", b"ofd"]
                .iter()
                .any(|t| name.eq_ignore_ascii_case(t))
        {
            return Some(bytes);
        }
    }
    // Constructed elements hold others; octet strings may wrap a whole structure.
    elements.into_iter().find_map(|(tag, content)| {
        let wraps = tag == OCTET_STRING && content.first() == Some(&SEQUENCE);
        if tag & 0x20 != 0 || wraps { picture(content, depth + 1) } else { None }
    })
}

/// Tags and contents of the elements in DER `data`, as far as they are whole.
fn elements(mut data: &[u8]) -> Vec<(u8, &[u8])> {
    let mut found = Vec::new();
    while let [tag, length, rest @ ..] = data {
        let (length, rest) = if *length < 0x80 {
            (usize::from(*length), rest)
        } else {
            let count = usize::from(*length & 0x7f);
            let Some((digits, rest)) = rest.split_at_checked(count).filter(|_| (1..=4).contains(&count))
            else {
                break;
            };
            (digits.iter().fold(0usize, |n, &d| n << 8 | usize::from(d)), rest)
        };
        let Some((content, rest)) = rest.split_at_checked(length) else { break };
        found.push((*tag, content));
        data = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let mut all = vec![tag, 0x82, (length >> 8) as u8, length as u8];
        all.extend(content);
        all
    }

    #[test]
    fn the_picture_is_found_wherever_it_stands() {
        let mut pair = element(IA5_STRING, b"PNG");
        pair.extend(element(OCTET_STRING, b"the picture"));
        let inside = element(SEQUENCE, &element(SEQUENCE, &pair));
        assert_eq!(picture(&inside, 0), Some(&b"the picture"[..]));
        let wrapped = element(SEQUENCE, &element(OCTET_STRING, &inside));
        assert_eq!(picture(&wrapped, 0), Some(&b"the picture"[..]));
        assert_eq!(picture(&inside[..inside.len() - 1], 0), None);
        assert_eq!(picture(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff, 1], 0), None);
    }

    #[test]
    fn data_nested_without_end_is_given_up() {
        let mut data = vec![1];
        for _ in 0..1000 {
            data = element(SEQUENCE, &data);
        }
        assert_eq!(picture(&data, 0), None);
    }
}
