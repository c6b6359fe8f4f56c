//! Numbers against one another and against printed reference ranges.

use rust_decimal::Decimal;

use super::{
    Severity,
    context::{Context, Value, cell, label},
    report::{Effect, Report, Suspect},
};
use crate::kind::{
    FieldType,
    check::CheckSpec,
    value::{ascii_form, number},
};

pub(super) fn check(check: &CheckSpec, context: &Context, report: &mut Report) {
    let rule = check.rule();
    match check {
        CheckSpec::NotLess { larger, smaller } => {
            for (larger, smaller) in context.pairs(larger, smaller) {
                not_less(rule, &larger, &smaller, report);
            }
        }
        CheckSpec::FlagInRange { result, range, flag } => {
            for row in 0..context.row_count(result) {
                let cells = (context.cell(result, row), context.cell(range, row));
                if let (Some(result), Some(range)) = cells {
                    flag_in_range(rule, (&result, &range), (flag.as_str(), row), context, report);
                }
            }
        }
        _ => {}
    }
}

/// The number in front of a text and the unit behind it.
fn quantity(text: &str) -> Option<(Decimal, String)> {
    let text = ascii_form(text);
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+')))
        .unwrap_or(text.len());
    let (figure, unit) = text.split_at_checked(end)?;
    Some((number(figure)?, unit.trim().to_lowercase()))
}

fn not_less(rule: &'static str, larger: &Value, smaller: &Value, report: &mut Report) {
    let (Some((a, unit_a)), Some((b, unit_b))) = (quantity(larger.text), quantity(smaller.text)) else {
        return;
    };
    if unit_a != unit_b || a >= b {
        return;
    }
    let message = label(
        format!("{} {} 不应小于{} {}", larger.name.zh, larger.text, smaller.name.zh, smaller.text),
        format!(
            "{} {} should not be less than {} {}",
            larger.name.en, larger.text, smaller.name.en, smaller.text
        ),
    );
    let suspects = vec![Suspect::new(larger, None), Suspect::new(smaller, None)];
    report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
}

/// Lower and upper bound of `a-b`, `a~b`, `<a`, `≤a`, `>a`, `≥a`; `None` for words.
fn bounds(range: &str) -> Option<(Option<Decimal>, Option<Decimal>)> {
    let text: String = ascii_form(range)
        .replace("--", "-")
        .replace('至', "-")
        .chars()
        .filter(|c| !matches!(c, ' ' | '=' | '(' | ')' | '[' | ']'))
        .map(|c| if matches!(c, '~' | '～' | '〜') { '-' } else { c })
        .collect();
    if let Some(rest) = text.strip_prefix(['<', '≤', '＜']) {
        return Some((None, Some(number(rest)?)));
    }
    if let Some(rest) = text.strip_prefix(['>', '≥', '＞']) {
        return Some((Some(number(rest)?), None));
    }
    // A minus sign in front belongs to the lower bound.
    let dash = text.get(1..)?.find('-')? + 1;
    let (low, high) = text.split_at_checked(dash)?;
    let (low, high) = (number(low)?, number(high.get(1..)?)?);
    (low <= high).then_some((Some(low), Some(high)))
}

/// High (1), low (-1) or normal (0); `None` for a flag of another meaning.
fn direction(flag: &str) -> Option<i32> {
    match ascii_form(flag).to_uppercase().as_str() {
        "" | "N" | "-" | "正常" => Some(0),
        "↑" | "H" | "HH" | "↑↑" | "高" | "偏高" => Some(1),
        "↓" | "L" | "LL" | "↓↓" | "低" | "偏低" => Some(-1),
        _ => None,
    }
}

fn flag_in_range(
    rule: &'static str,
    (result, range): (&Value, &Value),
    (flags, row): (&str, usize),
    context: &Context,
    report: &mut Report,
) {
    let flag = context.cell(flags, row);
    let flag = flag.as_ref();
    let (Some((measured, _)), Some((low, high))) = (quantity(result.text), bounds(range.text)) else {
        return;
    };
    let Some(printed) = direction(flag.map_or("", |f| f.text)) else { return };
    let found = if high.is_some_and(|h| measured > h) {
        1
    } else if low.is_some_and(|l| measured < l) {
        -1
    } else {
        0
    };
    if found == printed {
        return;
    }
    let words = match found {
        1 => ("高于", "above"),
        -1 => ("低于", "below"),
        _ => ("在", "within"),
    };
    let shown = flag.map_or("无", |f| f.text);
    let message = label(
        format!(
            "{} {} {}{} {}，提示却是“{shown}”",
            result.name.zh, result.text, words.0, range.name.zh, range.text
        ),
        format!(
            "{} {} is {} {} {}, but the flag is “{}”",
            result.name.en,
            result.text,
            words.1,
            range.name.en,
            range.text,
            flag.map_or("none", |f| f.text)
        ),
    );
    // Where other rows have flags, one that was not read stood in the empty cell.
    let all = (0..context.row_count(flags)).filter_map(|row| context.cell(flags, row)).collect::<Vec<_>>();
    if let (None, false, Some(path)) = (flag, all.is_empty(), cell(flags, row)) {
        let like = all.iter().find(|f| direction(f.text) == Some(found)).map(|f| f.text);
        let needed = like.unwrap_or(if found > 0 { "↑" } else { "↓" }).to_owned();
        let field_type = context.spec(flags).map_or(FieldType::Text, |s| s.field_type);
        let suspect = vec![Suspect::missing(path, field_type, Some(needed))];
        report.fail(rule, Severity::Warning, Effect::First, suspect, message);
        return;
    }
    let suspects =
        [Some(result), Some(range), flag].into_iter().flatten().map(|v| Suspect::new(v, None)).collect();
    report.fail(rule, Severity::Warning, Effect::OneOf, suspects, message);
}
