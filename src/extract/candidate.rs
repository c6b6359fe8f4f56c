//! What may be a field's value: a stretch of text, judged by place, form and reading.

use crate::{
    classify::{
        fold::folded,
        frame::{Frame, Span},
    },
    extract::{
        Field, Origin, State,
        stretch::{self, Stretch},
    },
    kind::{FieldSpec, FieldType, value},
};

/// Shares of place, form and reading in a candidate's score. Place leads: most forms print
/// several values of one type, and few characters are misread.
const WEIGHTS: (f32, f32, f32) = (0.55, 0.33, 0.12);

/// What a passed check digit adds to a score, and a failed one takes: a number of the right form
/// passes by chance one time in ten or thirty.
const PROOF: (f32, f32) = (0.25, 0.1);

/// A stretch of text proposed for a field.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Index of the field in its kind.
    pub field: usize,
    pub spans: Vec<Span>,
    /// How well it is located, 0..1.
    pub place: f32,
    pub reading: Reading,
    /// Mean confidence of its characters.
    pub confidence: f32,
    /// Whether the value satisfies its check digit; `None` where it has none.
    pub proof: Option<bool>,
}

impl Candidate {
    /// Judges a stretch for a field; `None` if there is no text, or text that cannot be its value
    /// and was not found beside its label (`labelled`).
    pub fn new(
        frame: &Frame,
        (index, spec): (usize, &FieldSpec),
        spans: Vec<Span>,
        place: f32,
        labelled: bool,
    ) -> Option<Self> {
        let reading = read(frame, spec, &spans);
        if reading.spans.is_empty() || (reading.value.is_none() && !labelled) {
            return None;
        }
        let confidence = stretch::confidence(frame, &reading.spans);
        Some(Self { field: index, spans: reading.spans.clone(), place, reading, confidence, proof: None })
    }

    pub fn score(&self) -> f32 {
        let proof = match self.proof {
            Some(true) => PROOF.0,
            Some(false) => -PROOF.1,
            None => 0.0,
        };
        WEIGHTS.0 * self.place + WEIGHTS.1 * self.reading.form + WEIGHTS.2 * self.confidence + proof
    }

    pub fn into_field(self, frame: &Frame) -> Field {
        let raw = stretch::raw(frame, &self.spans);
        let chars = self.spans.iter().flat_map(|s| frame.glyphs(s));
        let value = self.reading.value.clone();
        let told: Vec<f32> = chars.filter(|g| !g.char.is_whitespace()).map(|g| g.confidence).collect();
        // Confidences belong to the value's characters only where it is spelt as printed.
        let same =
            value.as_ref().is_some_and(|v| v.chars().filter(|c| !c.is_whitespace()).count() == told.len());
        Field {
            state: if self.reading.valid { State::Ok } else { State::Invalid },
            value,
            quad: stretch::quad(frame, &self.spans),
            confidence: self.confidence,
            origin: Origin::Read,
            char_confidences: if same { told } else { Vec::new() },
            raw,
            ..Field::default()
        }
    }
}

/// A stretch as the value of a field.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// In machine form, else as printed.
    pub value: Option<String>,
    /// Whether it has the field's type and form.
    pub valid: bool,
    /// How much its form speaks for it, 0..1.
    pub form: f32,
    /// The part of the text that is the value.
    pub spans: Vec<Span>,
}

/// Reads the text of `spans` as the value of a field.
pub fn read(frame: &Frame, spec: &FieldSpec, spans: &[Span]) -> Reading {
    let (mut reading, done) = plain_reading(frame, spec, spans);
    if !done {
        reading.value = reading.value.map(|value| corrected(spec, &value));
    }
    reading.value = reading.value.map(|value| as_known(spec, value));
    reading
}

/// The usual value that differs in the form of its characters alone (漢 and 汉), else the value itself.
fn as_known(spec: &FieldSpec, value: String) -> String {
    let read = folded(&value);
    let known = spec.known.iter().find(|k| !read.is_empty() && folded(k) == read);
    known.cloned().unwrap_or(value)
}

fn corrected(spec: &FieldSpec, value: &str) -> String {
    let mut value = value.to_owned();
    for correction in &spec.corrections {
        value = correction.pattern.regex().replace_all(&value, correction.replace.as_str()).into_owned();
    }
    value
}

/// A reading, and whether the field's corrections were made already.
fn plain_reading(frame: &Frame, spec: &FieldSpec, spans: &[Span]) -> (Reading, bool) {
    let spaced = Stretch::of(frame, spans, false);
    let compact = Stretch::of(frame, spans, true);
    if compact.text.is_empty() {
        return (Reading::default(), false);
    }
    let mut fallback = Reading { spans: trimmed(&spaced), ..Reading::default() };
    let Some(pattern) = &spec.pattern else {
        let printed = match spec.field_type {
            FieldType::Multiline => stretch::raw_rows(frame, &fallback.spans),
            _ => stretch::raw(frame, &fallback.spans),
        };
        let value = value::normalise(spec.field_type, &printed);
        let valid = value.is_some();
        let free = matches!(spec.field_type, FieldType::Text | FieldType::Multiline);
        // Any text is a text: that says little.
        let form = if !valid {
            0.0
        } else if free {
            0.5
        } else {
            1.0
        };
        fallback.value = value.or_else(|| value::normalise(FieldType::Text, &spaced.text));
        return (Reading { valid, form, ..fallback }, false);
    };
    for stretch in [&spaced, &compact] {
        let Some(found) = pattern.regex().captures(&stretch.text) else { continue };
        let Some(part) = found.get(1).or_else(|| found.get(0)).filter(|m| !m.is_empty()) else { continue };
        // What the type refuses it may take once known misreadings are put right.
        let plain = value::normalise(spec.field_type, part.as_str());
        let done = plain.is_none();
        let typed = plain.or_else(|| value::normalise(spec.field_type, &corrected(spec, part.as_str())));
        if let Some(value) = typed {
            // What the pattern leaves over was not expected there.
            let form = 0.7 + 0.3 * part.len() as f32 / stretch.text.len().max(1) as f32;
            let spans = stretch.spans(part.range());
            return (Reading { value: Some(value), valid: true, form, spans }, done);
        }
    }
    fallback.value = value::normalise(spec.field_type, &spaced.text)
        .or_else(|| value::normalise(FieldType::Text, &spaced.text));
    (fallback, false)
}

/// The spans without leading and trailing spaces.
fn trimmed(stretch: &Stretch) -> Vec<Span> {
    let text = &stretch.text;
    let from = text.len() - text.trim_start().len();
    stretch.spans(from..text.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Quad, kind::read_kind, ocr::TextLine};

    const KIND: &str = r#"
        id = "slip"
        group = "receipts"
        name = { zh = "单据", en = "Slip" }
        [identify]
        min_score = 1.0
        [[field]]
        key = "date"
        label = { zh = "日期", en = "Date" }
        type = "date"
        pattern = '(\d{2,4}[-/]\d{2}[-/]\d{2,4})'
        correct = [
            { pattern = '^(\d{4})-(\d{2})-(\d{2})$', replace = "${1}-${3}-${2}" },
            { pattern = '^(\d{2})-(\d{2})-(\d{4})$', replace = "${3}-${1}-${2}" },
        ]
        locate = [{ by = "label", labels = ["日期"] }]
    "#;

    #[test]
    fn what_the_type_refuses_is_corrected_first_and_once() {
        let kind = read_kind("slip", KIND).unwrap();
        let spec = kind.field("date").unwrap();
        for (text, value) in [("07-24-2017", "2017-07-24"), ("2017-08-05", "2017-05-08")] {
            let quad = Quad::from_rect(0.0, 0.0, 200.0, 20.0);
            let line = TextLine { text: text.into(), quad, confidence: 0.9, ..TextLine::default() };
            let frame = Frame::of_lines(&[line], &[0], 0);
            let reading = read(&frame, spec, &[Span { line: 0, from: 0, to: text.len() }]);
            assert_eq!((reading.value.as_deref(), reading.valid), (Some(value), true), "{text}");
        }
    }
}
