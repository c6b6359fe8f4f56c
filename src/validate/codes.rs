//! Codes on the document against printed fields, and numbers that repeat other fields.

use super::{
    Severity,
    context::{Context, Value, label},
    lists::comparable,
    report::{Effect, Report, Suspect},
};
use crate::kind::{
    FieldType,
    check::{CheckSpec, CodePart},
    value::{normalise, parse_iso},
};

pub(super) fn check(check: &CheckSpec, context: &Context, report: &mut Report) {
    let rule = check.rule();
    match check {
        CheckSpec::CodeMatchesFields { starts_with, separator, parts } => {
            for code in context.codes.iter().filter(|c| c.text.starts_with(starts_with)) {
                let texts: Vec<&str> = if separator.is_empty() {
                    vec![&code.text]
                } else {
                    code.text.split(separator).collect()
                };
                for part in parts {
                    code_part(rule, part, &texts, context, report);
                }
            }
        }
        CheckSpec::PartEquals { field, first, last, other } => {
            for (number, other) in context.pairs(field, other) {
                part_equals(rule, &number, (*first, *last), &other, report);
            }
        }
        _ => {}
    }
}

/// Compares one part of a code with its field. A code carries its own error correction: where
/// they differ, the print was misread.
fn code_part(rule: &'static str, part: &CodePart, texts: &[&str], context: &Context, report: &mut Report) {
    let text = |at: usize| texts.get(at).map(|t| t.trim()).filter(|t| !t.is_empty());
    let applies = part.when_part.is_none_or(|at| {
        let found = texts.get(at).map_or("", |t| t.trim());
        part.equals.iter().any(|e| e == found)
    });
    let (true, Some(said)) = (applies, text(part.part)) else { return };
    let Some(value) = context.value(&part.field) else { return };
    let Some(normal) = normalise(value.field_type, said) else { return };
    if comparable(value.field_type, &normal) == comparable(value.field_type, value.text) {
        report.prove([&value]);
        return;
    }
    let message = label(
        format!("二维码或条码中的{}为 {normal}，与读出的 {} 不一致", value.name.zh, value.text),
        format!("{} is {normal} in the code, but {} was read", value.name.en, value.text),
    );
    let suspect = vec![Suspect::new(&value, Some(normal))];
    report.fail(rule, Severity::Error, Effect::First, suspect, message);
}

fn part_equals(
    rule: &'static str,
    number: &Value,
    (first, last): (usize, usize),
    other: &Value,
    report: &mut Report,
) {
    let length = last.saturating_sub(first) + 1;
    let part: String = number.text.chars().skip(first.saturating_sub(1)).take(length).collect();
    if part.chars().count() != length {
        return;
    }
    let wanted = match (other.field_type, parse_iso(other.text)) {
        (FieldType::Date | FieldType::DateTime, Some(date)) => {
            let (y, m, d) = (date.year(), u8::from(date.month()), date.day());
            match length {
                8 => format!("{y:04}{m:02}{d:02}"),
                6 => format!("{:02}{m:02}{d:02}", y % 100),
                4 => format!("{y:04}"),
                2 => format!("{:02}", y % 100),
                _ => return,
            }
        }
        (FieldType::Date | FieldType::DateTime, None) => return,
        _ => other.text.to_owned(),
    };
    if part == wanted {
        // Few digits agree by chance too often to prove anything.
        if length >= 6 {
            report.prove([number, other]);
        }
        return;
    }
    let message = label(
        format!(
            "{} {} 的第 {first}–{last} 位是 {part}，按{} {} 应为 {wanted}",
            number.name.zh, number.text, other.name.zh, other.text
        ),
        format!(
            "places {first} to {last} of {} {} are {part}; by {} {} they should be {wanted}",
            number.name.en, number.text, other.name.en, other.text
        ),
    );
    let mut chars: Vec<char> = number.text.chars().collect();
    chars.splice(first.saturating_sub(1)..last.min(chars.len()), wanted.chars());
    let number_needed = chars.into_iter().collect();
    let other_needed = normalise(other.field_type, &part);
    let suspects = vec![Suspect::new(number, Some(number_needed)), Suspect::new(other, other_needed)];
    report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
}
