//! The same document twice in the workspace: told by the file's bytes, by its number, by values that
//! together tell it, or by the picture of its page.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    geometry::Quad,
    kind::{FieldSpec, FieldType, Kind},
};

use super::{Document, DocumentId, DocumentState, FileEntry, ReviewDocument, Session};

/// Words of the perceptual hash of a page's picture.
pub const PICTURE_WORDS: usize = 4;
/// Bits by which the hashes of two pictures of the same page may differ. Measured on drawn pages: a
/// copy made smaller, darker and stored anew differs by at most 10 of 255 bits (91 pages); two
/// documents of the same form by at least 30 (359 pairs).
pub const PICTURE_BITS_APART: u32 = 20;
/// Two places are the same from this intersection over union on, as in [`super::arrive`].
const SAME_PLACE_IOU: f32 = 0.5;

/// What tells a page's file and picture from others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fingerprint {
    /// SHA-256 of the file's bytes, in hexadecimal digits; empty where it was not taken.
    pub file: String,
    /// Perceptual hash of the page's picture.
    pub picture: [u64; PICTURE_WORDS],
}

/// By what two documents are the same one, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Likeness {
    /// The files' bytes are the same.
    File,
    /// Kind and number are the same.
    Number,
    /// The values that tell it are the same, such as seller, amount and date.
    Facts,
    /// The pages look the same.
    Picture,
}

/// Another document that is probably the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicate {
    pub other: DocumentId,
    pub by: Likeness,
}

/// Bits in which two hashes differ.
pub fn bits_apart(a: &[u64; PICTURE_WORDS], b: &[u64; PICTURE_WORDS]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

/// The fields whose values tell documents of a kind apart: those that the kind names, else its
/// required numbers and identifiers.
fn identifying(kind: &Kind) -> Vec<&str> {
    if let Some(claim) = kind.claim.as_ref().filter(|c| !c.number.is_empty()) {
        return claim.number.first().map(String::as_str).into_iter().collect();
    }
    let identifies = |s: &&FieldSpec| {
        s.required && !s.many && matches!(s.field_type, FieldType::Digits | FieldType::Identifier)
    };
    kind.fields.iter().filter(identifies).map(|s| s.key.as_str()).collect()
}

/// A document and what it is compared by.
struct Known<'a> {
    id: DocumentId,
    document: &'a Document,
    kind: &'a Kind,
    number: Option<Vec<&'a str>>,
    facts: Option<Vec<&'a str>>,
    print: Option<&'a Fingerprint>,
    /// Its place as shares of its first page.
    place: Quad,
}

impl<'a> Known<'a> {
    fn of(kind: &'a Kind, file: &'a FileEntry, d: &'a ReviewDocument) -> Self {
        let document = &d.document;
        let values = |keys: &[&str]| -> Option<Vec<&'a str>> {
            let all: Option<Vec<_>> =
                keys.iter().map(|key| document.record.value(key).filter(|v| !v.is_empty())).collect();
            all.filter(|v| !v.is_empty())
        };
        let page = document.pages.first().and_then(|p| file.page(*p));
        let (width, height) = page.map_or((1.0, 1.0), |p| (p.width.max(1) as f32, p.height.max(1) as f32));
        let share = |p: crate::geometry::Point| crate::geometry::Point::new(p.x / width, p.y / height);
        let same = kind.claim.as_ref().map_or(&[][..], |c| &c.same);
        Self {
            id: d.id,
            document,
            kind,
            number: values(&identifying(kind)),
            facts: values(&same.iter().map(String::as_str).collect::<Vec<_>>()),
            print: page.and_then(|p| p.fingerprint.as_ref()),
            place: Quad(document.found.location.0.map(share)),
        }
    }

    /// Whether values that identify them differ where both have them.
    fn contradicts(&self, other: &Self) -> bool {
        let further = self.kind.claim.iter().flat_map(|c| c.number.iter().map(String::as_str));
        let mut keys = identifying(self.kind).into_iter().chain(further);
        keys.any(|key| {
            let values = self.document.record.value(key).zip(other.document.record.value(key));
            values.is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && a != b)
        })
    }

    /// By what they are the same document, if they are.
    fn likeness(&self, other: &Self) -> Option<Likeness> {
        let same_place = self.document.pages.first() == other.document.pages.first()
            && self.place.iou(&other.place) >= SAME_PLACE_IOU;
        let prints = self.print.zip(other.print).filter(|_| same_place);
        if prints.is_some_and(|(a, b)| !a.file.is_empty() && a.file == b.file) {
            return Some(Likeness::File);
        }
        if self.kind.id != other.kind.id || self.contradicts(other) {
            return None;
        }
        if self.number.is_some() && self.number == other.number {
            return Some(Likeness::Number);
        }
        if self.facts.is_some() && self.facts == other.facts {
            return Some(Likeness::Facts);
        }
        let alike = |(a, b): (&Fingerprint, &Fingerprint)| {
            a.picture.iter().any(|w| *w != 0) && bits_apart(&a.picture, &b.picture) <= PICTURE_BITS_APART
        };
        prints.is_some_and(alike).then_some(Likeness::Picture)
    }
}

impl Session {
    /// Documents of which the workspace holds another one, each with the surest such one; rejected
    /// documents aside. Two documents whose identifying values differ are never the same, however
    /// alike they look.
    pub fn duplicates(&self) -> HashMap<DocumentId, Duplicate> {
        let mut known = Vec::new();
        for file in &self.files {
            for d in file.documents.iter().filter(|d| d.document.state != DocumentState::Rejected) {
                if let Some(kind) = self.registry.get(&d.document.found.kind) {
                    known.push(Known::of(kind, file, d));
                }
            }
        }
        let mut found: HashMap<DocumentId, Duplicate> = HashMap::new();
        let mut note = |a: &Known<'_>, b: &Known<'_>, by: Likeness| {
            for (of, other) in [(a.id, b.id), (b.id, a.id)] {
                let new = Duplicate { other, by };
                let slot = found.entry(of).or_insert(new);
                if by < slot.by {
                    *slot = new;
                }
            }
        };
        // Only documents that share something are compared.
        let mut shared: HashMap<(&str, Likeness, Vec<&str>), Vec<usize>> = HashMap::new();
        let mut pictures: HashMap<&str, Vec<(usize, &[u64; PICTURE_WORDS])>> = HashMap::new();
        for (i, k) in known.iter().enumerate() {
            let kind = k.kind.id.as_str();
            let file = k.print.map(|p| vec![p.file.as_str()]).filter(|f| f.iter().all(|f| !f.is_empty()));
            let keys = [
                file.map(|f| ("", Likeness::File, f)),
                k.number.clone().map(|n| (kind, Likeness::Number, n)),
                k.facts.clone().map(|f| (kind, Likeness::Facts, f)),
            ];
            for key in keys.into_iter().flatten() {
                shared.entry(key).or_default().push(i);
            }
            if let Some(print) = k.print.filter(|p| p.picture.iter().any(|w| *w != 0)) {
                pictures.entry(kind).or_default().push((i, &print.picture));
            }
        }
        let mut pairs: Vec<(usize, usize, Likeness)> = Vec::new();
        let mut compare = |a: usize, b: usize| {
            let by = known.get(a).zip(known.get(b)).and_then(|(a, b)| a.likeness(b));
            pairs.extend(by.map(|by| (a, b, by)));
        };
        for group in shared.into_values() {
            for (n, a) in group.iter().enumerate() {
                group.iter().skip(n + 1).for_each(|b| compare(*a, *b));
            }
        }
        // All pairs, so the hashes come first: a pair costs a few nanoseconds unless it looks alike.
        for group in pictures.into_values() {
            for (n, (a, hash)) in group.iter().enumerate() {
                let alike = |(_, other): &&(usize, &[u64; PICTURE_WORDS])| {
                    bits_apart(hash, other) <= PICTURE_BITS_APART
                };
                group.iter().skip(n + 1).filter(alike).for_each(|(b, _)| compare(*a, *b));
            }
        }
        // In queue order, so that each points to the first of the others.
        pairs.sort_unstable();
        for (a, b, by) in pairs {
            if let Some((a, b)) = known.get(a).zip(known.get(b)) {
                note(a, b, by);
            }
        }
        found
    }
}
