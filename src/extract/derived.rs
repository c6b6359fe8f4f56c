//! Values that do not stand as text: from codes, seals, the layout and other fields.

use unicode_normalization::UnicodeNormalization;

use crate::{
    extract::{Field, Origin, State},
    geometry::Quad,
    kind::{
        DivisionLevel, FieldSpec, FieldType, Locator, Pattern, ZonePart, composed_keys,
        value::{self, MrzPart},
    },
    structure::{Code, Seal},
};

/// Confidence of what a code tells: its own error correction vouches for it.
pub const CODE_CONFIDENCE: f32 = 0.999;

/// A field's value as told by a code on the document.
pub fn from_code(spec: &FieldSpec, locator: &Locator, codes: &[&Code]) -> Option<(String, Quad)> {
    let Locator::Code { separator, part, when, .. } = locator else { return None };
    codes.iter().find_map(|code| {
        let parts: Vec<&str> = code.text.split(separator.as_str()).collect();
        let holds = when.iter().all(|w| parts.get(w.part).is_some_and(|p| w.is.regex().is_match(p)));
        let text = parts.get(*part).filter(|t| holds && !t.trim().is_empty())?;
        Some((value::normalise(spec.field_type, text)?, code.quad))
    })
}

/// Joins what a code tells with what was read on the face. Where both agree, or the reading is a
/// misreading of it, the code's value stands; where they clearly differ the face's value stays
/// and the checks tell; where nothing was read, the code tells alone.
pub fn join_code(face: &mut Field, told: String, code_quad: Quad) {
    let Some(read) = face.value.clone() else {
        *face = Field {
            value: Some(told),
            quad: Some(code_quad),
            confidence: CODE_CONFIDENCE,
            origin: Origin::Code,
            state: State::Ok,
            ..Field::default()
        };
        return;
    };
    let bare = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<Vec<char>>();
    let (a, b) = (bare(&read), bare(&told));
    let wrong = edit_distance(&a, &b);
    // Up to a fifth of the characters misread: other documents' numbers differ in more.
    if wrong == 0 {
        face.origin = Origin::Code;
        face.confidence = CODE_CONFIDENCE;
    } else if wrong * 5 <= b.len().max(5) || face.state == State::Invalid {
        face.alternatives.push(read);
        face.value = Some(told);
        face.origin = Origin::Code;
        face.confidence = CODE_CONFIDENCE;
        face.state = State::Ok;
        face.char_confidences.clear();
    } else {
        face.alternatives.push(told);
        face.state = State::Doubtful;
    }
}

/// Characters to change, leave out or put in to make one text the other.
pub fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cell = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = cell;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The texts of the seals that match; where the expression has a group, the first group.
pub fn from_seals(locator: &Locator, seals: &[&Seal]) -> Vec<Field> {
    let Locator::Seal { pattern } = locator else { return Vec::new() };
    let texts = seals.iter().filter_map(|seal| {
        let whole = seal_field(seal);
        let found = pattern.regex().captures(&whole.raw)?;
        let value = match found.get(1) {
            Some(part) => value::normalise(FieldType::Text, part.as_str()),
            None => whole.value.clone(),
        };
        Some(Field { value, ..whole })
    });
    texts.collect()
}

/// The text of a seal as a value; without a value where none was read.
pub fn seal_field(seal: &Seal) -> Field {
    let text: String = format!("{}{}", seal.text, seal.sub_text).nfkc().collect();
    Field {
        value: value::normalise(FieldType::Text, &text),
        raw: text,
        quad: Some(seal.quad),
        confidence: seal.confidence,
        origin: Origin::Read,
        state: State::Ok,
        ..Field::default()
    }
}

/// A value that follows from the document as a whole.
pub fn constant(value: &str) -> Field {
    Field {
        value: Some(value.to_owned()),
        confidence: 1.0,
        origin: Origin::Computed,
        state: State::Ok,
        ..Field::default()
    }
}

/// A value that follows from other fields' values, which `known` gives by key.
pub fn from_fields<'f>(
    spec: &FieldSpec,
    locator: &Locator,
    known: impl Fn(&str) -> Option<&'f Field>,
) -> Option<Field> {
    let part_of = |from: &str, pattern: &Pattern| -> Option<(&'f Field, String)> {
        let source = known(from)?;
        let value = source.value.as_deref()?;
        let found = pattern.regex().captures(value)?;
        let part = found.get(1).or_else(|| found.get(0))?;
        Some((source, part.as_str().to_owned()))
    };
    let (value, source, state) = match locator {
        Locator::Copy { from, pattern } => {
            let (source, part) = part_of(from, pattern)?;
            (part, source, source.state)
        }
        Locator::Lookup { from, pattern, values, .. } => {
            let (source, part) = part_of(from, pattern)?;
            (values.get(&part)?.clone(), source, source.state)
        }
        Locator::Compose { text, .. } => {
            let mut value = text.clone();
            let mut source = None;
            for key in composed_keys(text) {
                let field = known(key)?;
                value = value.replace(&format!("{{{key}}}"), field.value.as_deref()?);
                source = Some(field);
            }
            (value, source?, State::Doubtful)
        }
        Locator::Division { from, level } => {
            let source = known(from)?;
            let found = value::divisions(source.value.as_deref()?);
            let part = match level {
                DivisionLevel::Province => found.province,
                DivisionLevel::City => found.city,
                DivisionLevel::District => found.district,
            };
            (part?, source, source.state)
        }
        Locator::Mrz { lines, part } => {
            let known: Vec<&Field> = lines.iter().filter_map(|key| known(key)).collect();
            let zone = value::parse_mrz(known.iter().filter_map(|f| f.value.as_deref()))?;
            let (text, digit) = zone_part(&zone, *part)?;
            let state =
                if digit.is_some_and(|d| zone.faults.contains(&d)) { State::Doubtful } else { State::Ok };
            (text, known.last().copied()?, state)
        }
        _ => return None,
    };
    Some(Field {
        value: Some(value::normalise(spec.field_type, &value).or_else(|| figures(spec.field_type, &value))?),
        quad: matches!(locator, Locator::Copy { .. }).then_some(source.quad).flatten(),
        raw: if matches!(locator, Locator::Copy { .. }) { value } else { String::new() },
        confidence: source.confidence,
        origin: Origin::Computed,
        state,
        ..Field::default()
    })
}

/// The figures of an amount in words.
fn figures(field_type: FieldType, words: &str) -> Option<String> {
    let amount = value::words_to_amount(words).filter(|_| field_type == FieldType::Amount)?;
    value::normalise(field_type, &format!("{amount:.2}"))
}

/// A part of a zone and the check digit that it has.
fn zone_part(zone: &value::Mrz, part: ZonePart) -> Option<(String, Option<MrzPart>)> {
    let (text, digit) = match part {
        ZonePart::DocumentType => (zone.document_type.clone(), None),
        ZonePart::Issuer => (zone.issuer.clone(), None),
        ZonePart::Number => (zone.number.clone(), Some(MrzPart::Number)),
        ZonePart::Surname => (zone.surname.clone(), None),
        ZonePart::GivenNames => (zone.given_names.clone(), None),
        ZonePart::Nationality => (zone.nationality.clone(), None),
        ZonePart::Birth => (zone.birth.clone()?, Some(MrzPart::Birth)),
        ZonePart::Sex => (zone.sex?.to_owned(), None),
        ZonePart::Expiry => (zone.expiry.clone()?, Some(MrzPart::Expiry)),
        ZonePart::Optional => (zone.optional.clone(), Some(MrzPart::Optional)),
    };
    (!text.is_empty()).then_some((text, digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mend_misreadings_but_not_contradictions() {
        let face = |v: &str| Field { value: Some(v.into()), state: State::Ok, ..Field::default() };
        let joined = |read: &str, told: &str| {
            let mut f = face(read);
            join_code(&mut f, told.into(), Quad::default());
            (f.value.unwrap_or_default(), f.origin, f.state)
        };
        assert_eq!(joined("03300200", "03300200"), ("03300200".into(), Origin::Code, State::Ok));
        assert_eq!(joined("0330020O", "03300200"), ("03300200".into(), Origin::Code, State::Ok));
        assert_eq!(joined("99887766", "03300200"), ("99887766".into(), Origin::Read, State::Doubtful));
        let mut none = Field::default();
        join_code(&mut none, "7".into(), Quad::default());
        assert_eq!((none.value.as_deref(), none.origin), (Some("7"), Origin::Code));
    }
}
