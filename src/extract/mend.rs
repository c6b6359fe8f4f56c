//! Second tries: values that fail their form or check digit, and cells that were not read.

use std::collections::BTreeMap;

use crate::{
    classify::frame::{Frame, Span},
    extract::{Field, SecondReading, State, candidate::Candidate},
    geometry::Quad,
    kind::{
        Colour, FieldSpec, Kind,
        value::{check_digit::CheckDigit, repair_with},
    },
    ocr::TextLine,
};

/// Second readings a document may take: each costs about as much as a line of the first reading.
const LIMIT: usize = 24;

/// A character read with less than this may be changed for one it is confused with. Right
/// characters are read with 0.99 and more on clear print.
const SURE: f32 = 0.95;

/// Confidence below which a cell read only at the second try is taken for an empty one.
const CELL_SURE: f32 = 0.8;

/// Second readings as long as the document's share of them lasts.
pub struct Budget<'a> {
    second: &'a mut dyn SecondReading,
    left: usize,
}

impl<'a> Budget<'a> {
    pub fn new(second: &'a mut dyn SecondReading) -> Self {
        Self { second, left: LIMIT }
    }

    fn read(&mut self, quad_in_page: &Quad) -> Option<TextLine> {
        self.left = self.left.checked_sub(1)?;
        self.second.read_again(quad_in_page)
    }

    /// What the ground behind a value's text is called.
    pub fn ground(&mut self, value: &Field) -> Option<Colour> {
        self.second.ground(&value.quad?)?.colour()
    }
}

/// The check digit that a field's values carry, if its kind asks for one.
pub fn check_digit<'k>(kind: &'k Kind, spec: &FieldSpec) -> Option<CheckDigit<'k>> {
    kind.checks
        .iter()
        .filter_map(|c| c.check_digit())
        .find(|(key, _)| *key == spec.key)
        .map(|(_, digit)| digit)
}

/// Tries again a value that lacks its form or fails its check digit: by a second reading, then by
/// changing one character read with low confidence for one that it is confused with.
pub fn value(field: &mut Field, spec: &FieldSpec, digit: Option<CheckDigit>, second: &mut Budget) {
    let holds = |value: &str| digit.is_none_or(|d| d.holds(value));
    if field.state != State::Invalid && field.value.as_deref().is_none_or(holds) {
        return;
    }
    let again = field.quad.and_then(|quad| reading(&second.read(&quad)?, spec, quad));
    if let Some(again) = again.filter(|a| a.state == State::Ok && a.value.as_deref().is_some_and(holds)) {
        let first = field.value.take();
        let raw = std::mem::take(&mut field.raw);
        *field = Field { raw, ..again };
        field.alternatives.extend(first);
        return;
    }
    let Some(digit) = digit.filter(|_| field.state == State::Ok) else { return };
    let Some(read) = field.value.clone() else { return };
    let doubtful = |i: usize| field.char_confidences.get(i).is_some_and(|c| *c < SURE);
    let changed_only_doubtful =
        |other: &str| read.chars().zip(other.chars()).enumerate().all(|(i, (a, b))| a == b || doubtful(i));
    if let Some(repaired) = repair_with(&read, |v| changed_only_doubtful(v) && digit.holds(v)) {
        field.alternatives.push(read);
        field.value = Some(repaired);
        field.state = State::Doubtful;
    }
}

/// A second reading as a value of the field.
fn reading(line: &TextLine, spec: &FieldSpec, quad_in_page: Quad) -> Option<Field> {
    let frame = Frame::of_lines(std::slice::from_ref(line), &[0], 0);
    let whole = Span { line: 0, from: 0, to: frame.lines.first()?.glyphs.len() };
    let candidate = Candidate::new(&frame, (0, spec), vec![whole], 1.0, false)?;
    Some(Field { quad: Some(quad_in_page), ..candidate.into_field(&frame) })
}

/// A cell of a row table in which no text was found where some was to be expected.
pub struct Gap<'a> {
    pub row: usize,
    pub column: &'a FieldSpec,
    pub quad_in_page: Quad,
}

/// Reads the gaps again; single thin digits escape the detection of text lines.
pub fn cells(rows: &mut [BTreeMap<String, Field>], gaps: &[Gap], second: &mut Budget) {
    for gap in gaps {
        let Some(line) = second.read(&gap.quad_in_page) else { continue };
        let Some(field) = reading(&line, gap.column, gap.quad_in_page) else { continue };
        let sure = field.state == State::Ok && field.confidence >= CELL_SURE;
        if let Some(row) = rows.get_mut(gap.row).filter(|_| sure) {
            row.insert(gap.column.key.clone(), field);
        }
    }
}
