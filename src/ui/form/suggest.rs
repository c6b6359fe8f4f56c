//! What could stand in the field in work: text of the page that has the field's form, and what
//! was confirmed for the same field before.

use crate::{
    extract::FieldPath,
    geometry::Quad,
    kind::{FieldType, value},
    review::{DocumentState, PageReading, ReviewDocument, Session},
};

/// At most so many of each.
const MOST: usize = 4;
/// Shorter runs of digits and letters stand on every page and say nothing.
const LEAST_IDENTIFIER: usize = 6;

/// Text of the page that could be the value.
#[derive(Debug, Clone, PartialEq)]
pub struct FromPage {
    pub text: String,
    pub quad: Quad,
    pub confidence: f32,
}

/// Lines of the document, or what stands behind the label in them, that have the form of the type
/// and are not `current`; what goes on from `typed` comes first. Plain text needs two typed
/// characters that stand in it.
pub fn from_page(
    page: &PageReading,
    document: &ReviewDocument,
    field_type: FieldType,
    current: &str,
    typed: &str,
) -> Vec<FromPage> {
    let mut found: Vec<(bool, FromPage)> = Vec::new();
    let inside = &document.document.found.location;
    for line in page.structure.lines.iter().filter(|l| inside.contains(l.quad.center())) {
        let text = line.text.trim();
        // The whole line first; else what stands behind its label.
        let tails = [Some(text), behind(text, &[':', '：']), behind(text, &[' ', '\u{3000}'])];
        for text in tails.into_iter().flatten() {
            let Some(value) = fits(field_type, text, typed) else { continue };
            let alike = current.is_empty()
                || !matches!(field_type, FieldType::Digits | FieldType::Identifier)
                || is_alike(&value, current);
            let new = alike && value != current && found.iter().all(|(_, f)| f.text != value);
            if new {
                let goes_on = !typed.is_empty() && value.starts_with(typed);
                let (quad, confidence) = (line.quad, line.confidence);
                found.push((goes_on, FromPage { text: value, quad, confidence }));
            }
            break;
        }
    }
    found.sort_by_key(|(goes_on, _)| !goes_on);
    found.into_iter().map(|(_, f)| f).take(MOST).collect()
}

/// Whether one number could be another reading of the other: as long, or begun alike.
fn is_alike(a: &str, b: &str) -> bool {
    const SAME_START: usize = 4;
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    a.chars().count() == b.chars().count() || same >= SAME_START
}

/// What stands behind the last of these characters.
fn behind<'t>(text: &'t str, separators: &[char]) -> Option<&'t str> {
    let (_, tail) = text.rsplit_once(separators)?;
    Some(tail.trim()).filter(|t| !t.is_empty())
}

/// The value that `text` would be, if it may be one of the type.
fn fits(field_type: FieldType, text: &str, typed: &str) -> Option<String> {
    let has_digit = text.chars().any(|c| c.is_ascii_digit());
    let value = value::normalise(field_type, text)?;
    let fits = match field_type {
        FieldType::Text | FieldType::Multiline => {
            typed.chars().count() >= 2 && value.to_lowercase().contains(&typed.to_lowercase())
        }
        FieldType::Digits | FieldType::Identifier | FieldType::MrzLine => {
            has_digit && value.len() >= LEAST_IDENTIFIER && value.is_ascii()
        }
        FieldType::Number | FieldType::Flag | FieldType::Sex => false,
        // A bare run of digits is a number of something, not money.
        FieldType::Amount => !text.chars().all(|c| c.is_ascii_digit()),
        FieldType::Date | FieldType::DateTime | FieldType::Percent | FieldType::AmountInWords => true,
    };
    fits.then_some(value)
}

/// Values of the same field in confirmed documents of the kind that go on from `typed`, the
/// most frequent first. Nothing while nothing is typed: a stranger's value is no suggestion.
pub fn from_history(
    session: &Session,
    document: &ReviewDocument,
    path: &FieldPath,
    typed: &str,
) -> Vec<String> {
    if typed.is_empty() {
        return Vec::new();
    }
    let column = |p: &FieldPath| match p {
        FieldPath::Cell { column, .. } => Some(column.clone()),
        _ => None,
    };
    let mut counted: Vec<(usize, String)> = Vec::new();
    let closed = |d: &&ReviewDocument| {
        matches!(d.document.state, DocumentState::Confirmed | DocumentState::Exported)
            && d.document.found.kind == document.document.found.kind
    };
    for other in session.documents().filter(closed) {
        for (at, field) in other.document.record.iter() {
            let same = at.key() == path.key() && column(&at) == column(path);
            let Some(value) = field.value.as_ref().filter(|v| same && v.starts_with(typed) && *v != typed)
            else {
                continue;
            };
            match counted.iter_mut().find(|(_, known)| known == value) {
                Some((n, _)) => *n += 1,
                None => counted.push((1, value.clone())),
            }
        }
    }
    counted.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    counted.into_iter().map(|(_, value)| value).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_of_the_fields_form_is_offered() {
        for (field_type, text, typed, value) in [
            (FieldType::Date, "2024年1月5日", "", Some("2024-01-05")),
            (FieldType::Date, "合计", "", None),
            (FieldType::Amount, "¥1,234.50", "", Some("1234.50")),
            (FieldType::Amount, "704378", "", None),
            (FieldType::Digits, "1234", "", None),
            (FieldType::Digits, "04400190", "", Some("04400190")),
            (FieldType::Text, "北京某某公司", "", None),
            (FieldType::Text, "北京某某公司", "某某", Some("北京某某公司")),
        ] {
            assert_eq!(fits(field_type, text, typed).as_deref(), value, "{field_type:?} {text}");
        }
    }
}
