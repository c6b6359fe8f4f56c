//! What the labels of the registry's kinds say of a document: a form of a layout never seen still prints the
//! labels of its kind's fields.
//!
//! Counts labels that stand alone or in front of a colon, letter by letter as the kind file spells them: a
//! word in running text is no label. How a label is tied to its value is no matter of this module.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    classify::{
        fold::folded,
        frame::{Frame, FrameLine},
    },
    kind::{Kind, Locator},
};

/// Gap, in line heights, that parts two labels in one box.
const GAP: f32 = 0.6;

/// The labels of some kinds, folded, each with the fields (by number in their kind) that they name.
pub struct Vocabulary<'k> {
    fields: HashMap<Vec<char>, BTreeSet<(&'k str, usize)>>,
}

impl<'k> Vocabulary<'k> {
    pub fn of(kinds: &[&'k Kind]) -> Self {
        let mut fields: HashMap<Vec<char>, BTreeSet<(&str, usize)>> = HashMap::new();
        for kind in kinds {
            for (nth, labels) in named(kind).into_iter().enumerate() {
                for label in labels {
                    fields.entry(folded(label)).or_default().insert((kind.id.as_str(), nth));
                }
            }
        }
        // A single character stands in many places.
        fields.retain(|label, _| label.len() > 1);
        Self { fields }
    }

    /// The labels of a kind that are printed in the frame, folded, each with the fields (by number in the kind)
    /// that it names.
    pub fn printed_in(&self, frame: &Frame, kind: &Kind) -> Vec<(Vec<char>, Vec<usize>)> {
        let texts = frame.lines.iter().flat_map(pieces);
        let own = |text: Vec<char>| {
            let fields = self.fields.get(&text)?.iter().filter(|(id, _)| *id == kind.id);
            Some((fields.map(|(_, nth)| *nth).collect(), text)).map(|(fields, text)| (text, fields))
        };
        texts.filter_map(own).collect()
    }

    /// How many fields of each kind have a label printed in the frame. A label that several kinds name
    /// counts for each by its share of them (inverse document frequency).
    pub fn named_in(&self, frame: &Frame) -> BTreeMap<&'k str, f32> {
        let mut seen: BTreeMap<(&str, usize), f32> = BTreeMap::new();
        let texts = frame.lines.iter().flat_map(pieces);
        for fields in texts.filter_map(|text| self.fields.get(&text)) {
            let kinds = fields.iter().map(|(kind, _)| kind).collect::<BTreeSet<_>>().len();
            for field in fields {
                let share = seen.entry(*field).or_default();
                *share = share.max(1.0 / kinds as f32);
            }
        }
        let mut told: BTreeMap<&str, f32> = BTreeMap::new();
        for ((kind, _), share) in seen {
            *told.entry(kind).or_default() += share;
        }
        told
    }
}

/// The labels of each field and column of a kind.
fn named(kind: &Kind) -> Vec<Vec<&str>> {
    let fields = kind.fields.iter().map(|field| {
        let labels = field.locate.iter().flat_map(|l| match l {
            Locator::Label { labels, .. } | Locator::Cell { labels, .. } | Locator::Box { labels, .. } => {
                labels.as_slice()
            }
            _ => &[],
        });
        labels.map(String::as_str).collect()
    });
    let columns = kind.tables.iter().flat_map(|t| &t.columns);
    let columns = columns.map(|c| c.labels.iter().map(String::as_str).collect());
    fields.chain(columns).collect()
}

/// What may be a label on a line: the whole of it, and its parts between colons and gaps.
fn pieces(line: &FrameLine) -> Vec<Vec<char>> {
    let mut parts: Vec<Vec<char>> = vec![Vec::new()];
    let mut last: Option<f32> = None;
    for glyph in &line.glyphs {
        let apart = last.is_some_and(|right| glyph.rect.left - right > GAP * line.size());
        if matches!(glyph.char, ':' | '：') || (apart && !line.vertical) {
            parts.push(Vec::new());
        }
        if let (Some(c), Some(part)) = (glyph.folded, parts.last_mut()) {
            part.push(c);
        }
        if !glyph.char.is_whitespace() {
            last = Some(glyph.rect.right);
        }
    }
    if parts.len() > 1 {
        parts.push(line.letters.iter().map(|l| l.0).collect());
    }
    parts.retain(|p| p.len() > 1);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Quad, kind::read_kind, ocr::TextLine};

    fn kind(id: &str, labels: &str) -> Kind {
        let text = format!(
            r#"
            id = "{id}"
            group = "receipts"
            name = {{ zh = "单据", en = "Slip" }}
            [identify]
            min_score = 1.0
            [[field]]
            key = "date"
            label = {{ zh = "日期", en = "Date" }}
            locate = [{{ by = "label", labels = [{labels}] }}]
            "#
        );
        read_kind(id, &text).unwrap()
    }

    #[test]
    fn labels_count_by_how_few_kinds_name_them_and_not_in_running_text() {
        let (a, b) = (kind("a", r#""日期", "入库日期""#), kind("b", r#""日期""#));
        let vocabulary = Vocabulary::of(&[&a, &b]);
        for (text, told) in [
            ("入库日期：2024", [("a", 1.0)].as_slice()),
            ("日 期", &[("a", 0.5), ("b", 0.5)]),
            ("经办：王一　　日期：2024", &[("a", 0.5), ("b", 0.5)]),
            ("请注意日期", &[]),
        ] {
            let quad = Quad::from_rect(0.0, 0.0, 20.0 * text.chars().count() as f32, 20.0);
            let line = TextLine { text: text.into(), quad, confidence: 0.9, ..TextLine::default() };
            let frame = Frame::of_lines(&[line], &[0], 0);
            let found: Vec<(&str, f32)> = vocabulary.named_in(&frame).into_iter().collect();
            assert_eq!(found, told, "{text}");
        }
    }
}
