//! Why a value wants a person, in words, where no check has said so.

use crate::{
    extract::{Field, State},
    ui::{text::Texts, text::fill},
};

use super::field::percent;

/// Characters read with less than this are marked inside the value: the recognizer's characters
/// above it are right in more than 99 of 100 cases on clean print.
pub const DOUBTFUL_CHARACTER: f32 = 0.8;
/// A value read with less than this was read badly as a whole; with more, its place or what
/// stands around it is what is doubtful.
const POORLY_READ: f32 = 0.9;

/// The reason; `None` for a value that wants nobody.
pub fn reason(field: Option<&Field>, required: bool, look_below: f32, t: &Texts) -> Option<String> {
    let t = &t.form;
    let missing = || required.then(|| t.why_missing.clone());
    let Some(field) = field else { return missing() };
    if field.confirmed || field.illegible {
        return None;
    }
    let confidence = percent(field.confidence);
    match field.state {
        State::Missing => missing(),
        State::Ok if field.confidence < look_below => {
            let limit = percent(look_below);
            Some(fill(&t.why_below, &[("n", &confidence), ("limit", &limit)]))
        }
        State::Ok => None,
        State::Invalid => Some(t.why_invalid.clone()),
        State::Doubtful => {
            let characters = doubtful_characters(field);
            Some(if !characters.is_empty() {
                fill(&t.why_characters, &[("characters", &characters)])
            } else if field.confidence < POORLY_READ {
                fill(&t.why_confidence, &[("n", &confidence)])
            } else {
                t.why_place.clone()
            })
        }
    }
}

/// The characters of the value that were read badly, in order.
fn doubtful_characters(field: &Field) -> String {
    let value = field.value.as_deref().unwrap_or_default();
    if value.chars().count() != field.char_confidences.len() {
        return String::new();
    }
    let doubtful = |(c, confidence): (char, &f32)| (*confidence < DOUBTFUL_CHARACTER).then_some(c);
    value.chars().zip(&field.char_confidences).filter_map(doubtful).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::Language;

    #[test]
    fn every_value_that_wants_a_person_says_why() {
        let t = Texts::load(Language::En).expect("complete texts");
        let field =
            |state, confidence| Field { value: Some("18".into()), state, confidence, ..Field::default() };
        let of = |f: &Field| reason(Some(f), true, 0.0, &t);
        let one = Field { char_confidences: vec![0.99, 0.4], ..field(State::Doubtful, 0.7) };
        assert!(of(&one).is_some_and(|r| r.contains("8") && !r.contains("18")));
        assert!(of(&field(State::Doubtful, 0.5)).is_some_and(|r| r.contains("50%")));
        assert!(of(&field(State::Doubtful, 0.99)).is_some());
        assert!(of(&field(State::Invalid, 0.99)).is_some());
        assert!(reason(None, true, 0.0, &t).is_some());
        assert_eq!(reason(None, false, 0.0, &t), None);
        assert_eq!(of(&field(State::Ok, 0.97)), None);
        assert!(reason(Some(&field(State::Ok, 0.97)), true, 0.98, &t).is_some());
        assert_eq!(of(&Field { confirmed: true, ..one }), None);
    }
}
