//! Patterns, closed lists, values printed twice, values needed because of others.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use regex::Regex;

use super::{
    Severity,
    context::{Context, Value, label},
    format::report_missing,
    numbers::repaired,
    report::{Effect, Report, Suspect},
};
use crate::kind::{FieldType, check::CheckSpec, value::normalise};

pub(super) fn check(check: &CheckSpec, context: &Context, report: &mut Report) {
    let rule = check.rule();
    match check {
        CheckSpec::Pattern { field, regex, message, severity } => {
            let Some(regex) = whole_match(regex) else { return };
            for value in context.values(field).iter().filter(|v| !regex.is_match(v.text)) {
                let message = label(
                    format!("{}“{}”：{}", value.name.zh, value.text, message.zh),
                    format!("{} “{}”: {}", value.name.en, value.text, message.en),
                );
                let suspect = Suspect::new(value, repaired(value, |t| regex.is_match(t)));
                report.fail(rule, (*severity).into(), Effect::First, vec![suspect], message);
            }
        }
        CheckSpec::OneOf { field, values, severity } => {
            for value in context.values(field).iter().filter(|v| !values.iter().any(|x| x == v.text)) {
                // A long list is not spelled out.
                let shown: Vec<&str> = values.iter().take(8).map(String::as_str).collect();
                let (zh, en) = (shown.join("、"), shown.join(", "));
                let more = if values.len() > shown.len() { "…" } else { "" };
                let message = label(
                    format!("{}“{}”不在允许的值（{zh}{more}）之中", value.name.zh, value.text),
                    format!("{} “{}” is none of the allowed values ({en}{more})", value.name.en, value.text),
                );
                let suspect = Suspect::new(value, nearest(value, values));
                report.fail(rule, (*severity).into(), Effect::First, vec![suspect], message);
            }
        }
        CheckSpec::EqualFields { fields } => equal_fields(rule, fields, context, report),
        CheckSpec::RequiredWhen { field, when, has, has_not } => {
            let Some(spec) = context.spec(field) else { return };
            let Some(condition) = context.value(when) else { return };
            let among = |list: &[String]| list.iter().any(|v| v == condition.text);
            let asked = (has.is_empty() || among(has)) && !among(has_not);
            if asked && context.values(field).is_empty() {
                let path = crate::extract::FieldPath::Field { key: field.clone() };
                report_missing(context, report, rule, Severity::Error, path, spec.field_type);
            }
        }
        _ => {}
    }
}

/// The regular expression for the whole of a text, compiled once. `None` if it is none, which
/// the loader of kinds refuses.
pub(super) fn whole_match(pattern: &str) -> Option<Regex> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
    // A panic elsewhere cannot have left half an entry.
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    compiled.entry(pattern.to_owned()).or_insert_with(|| Regex::new(&format!("^(?:{pattern})$")).ok()).clone()
}

/// The one allowed value that is an alternative reading, is contained in what was read, or
/// differs from it by one of several characters.
fn nearest(value: &Value, allowed: &[String]) -> Option<String> {
    let read: Vec<char> = value.text.chars().collect();
    let near = |x: &&String| {
        let other: Vec<char> = x.chars().collect();
        let one_off = other.len() == read.len()
            && read.len() > 1
            && read.iter().zip(&other).filter(|(a, b)| a != b).count() == 1;
        one_off || value.text.contains(x.as_str()) || value.field.alternatives.contains(x)
    };
    let mut found = allowed.iter().filter(near);
    let one = found.next()?;
    found.next().is_none().then(|| one.clone())
}

/// What counts in a comparison: the normal form without spaces and punctuation between words.
pub(super) fn comparable(field_type: FieldType, text: &str) -> String {
    let normal = normalise(field_type, text).unwrap_or_else(|| text.to_owned());
    match field_type {
        FieldType::Amount | FieldType::Number => {
            crate::kind::value::decimal(&normal).map_or(normal, |d| d.normalize().to_string())
        }
        FieldType::AmountInWords => {
            crate::kind::value::words_to_amount(&normal).map_or(normal, |d| d.to_string())
        }
        FieldType::Text | FieldType::Multiline => crate::kind::value::ascii_form(&normal)
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_uppercase(),
        _ => normal,
    }
}

fn equal_fields(rule: &'static str, keys: &[String], context: &Context, report: &mut Report) {
    let values: Vec<Value> = keys.iter().flat_map(|k| context.values(k)).collect();
    let Some((first, rest)) = values.split_first() else { return };
    if rest.is_empty() {
        return;
    }
    let form = |v: &Value| comparable(v.field_type, v.text);
    if rest.iter().all(|v| form(v) == form(first)) {
        report.prove(&values);
        return;
    }
    let spelled = |zh: bool| {
        let one = |v: &Value| format!("{} {}", if zh { &v.name.zh } else { &v.name.en }, v.text);
        values.iter().map(one).collect::<Vec<_>>().join(if zh { "、" } else { ", " })
    };
    let message =
        label(format!("{}应当相同", spelled(true)), format!("{} should be the same", spelled(false)));
    // With two, each could be made the other.
    let suspects = values
        .iter()
        .map(|v| {
            let other = values.iter().find(|o| form(o) != form(v));
            Suspect::new(v, other.filter(|_| values.len() == 2).map(|o| o.text.to_owned()))
        })
        .collect();
    report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
}
