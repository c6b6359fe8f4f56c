//! Structure of Chinese invoice codes and numbers.
//!
//! A 10-digit code: region 4, year 2, batch, kind. A 12-digit code from 0 on: region 4, year 2,
//! batch, kind. A 20-digit number: year 2, region 2, channel, serial.

use super::{
    Severity,
    context::{Context, Value, label},
    lists::whole_match,
    report::{Effect, Report, Suspect},
};
use crate::kind::{
    check::{CheckSpec, InvoiceCodeType},
    value::parse_iso,
};

pub(super) fn check(check: &CheckSpec, context: &Context, report: &mut Report) {
    let CheckSpec::InvoiceNumberStructure { number, code, issue_date, invoice_type, types } = check else {
        return;
    };
    let rule = check.rule();
    let value = |key: &Option<String>| key.as_ref().and_then(|k| context.value(k));
    let (code, date, kind) = (value(code), value(issue_date), value(invoice_type));
    if let Some(number) = context.value(number) {
        number_structure(rule, &number, code.as_ref(), date.as_ref(), report);
    }
    if let Some(code) = &code {
        code_structure(rule, code, date.as_ref(), report);
        code_type(rule, code, kind.as_ref(), types, report);
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn number_structure(
    rule: &'static str,
    number: &Value,
    code: Option<&Value>,
    date: Option<&Value>,
    report: &mut Report,
) {
    // With a code the number has eight digits; a paper invoice of the new system has both, and
    // may show either number.
    let allowed: &[usize] = if code.is_some() { &[8, 20] } else { &[20, 8] };
    if !all_digits(number.text) || !allowed.contains(&number.text.len()) {
        let length = number.text.chars().count();
        let message = label(
            format!("{}“{}”有 {length} 位，应为 8 位或 20 位数字", number.name.zh, number.text),
            format!("{} “{}” has {length} characters instead of 8 or 20 digits", number.name.en, number.text),
        );
        report.fail(rule, Severity::Error, Effect::First, vec![Suspect::new(number, None)], message);
        return;
    }
    let (Some(year), Some(date)) = (number.text.get(..2).filter(|_| number.text.len() == 20), date) else {
        return;
    };
    let Some(issued) = parse_iso(date.text) else { return };
    let wanted = format!("{:02}", issued.year() % 100);
    if year == wanted {
        return;
    }
    let message = label(
        format!(
            "{} {} 的前两位表示 20{year} 年，与{} {} 不一致",
            number.name.zh, number.text, date.name.zh, date.text
        ),
        format!(
            "{} {} is of the year 20{year}, {} is {}",
            number.name.en, number.text, date.name.en, date.text
        ),
    );
    let rest = number.text.get(2..).unwrap_or_default();
    let by_number = format!("20{year}{}", date.text.get(4..).unwrap_or_default());
    let by_number = parse_iso(&by_number).map(crate::kind::value::to_iso);
    let suspects = vec![Suspect::new(number, Some(format!("{wanted}{rest}"))), Suspect::new(date, by_number)];
    report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
}

fn code_structure(rule: &'static str, code: &Value, date: Option<&Value>, report: &mut Report) {
    let length = code.text.chars().count();
    if !all_digits(code.text) || !matches!(length, 10 | 12) {
        let message = label(
            format!("{}“{}”有 {length} 位，应为 10 位或 12 位数字", code.name.zh, code.text),
            format!("{} “{}” has {length} characters instead of 10 or 12 digits", code.name.en, code.text),
        );
        report.fail(rule, Severity::Error, Effect::First, vec![Suspect::new(code, None)], message);
        return;
    }
    // The place of the year is fixed in codes of 10 digits and in those of 12 that start with 0.
    let year = match length {
        10 => code.text.get(4..6),
        _ if code.text.starts_with('0') => code.text.get(5..7),
        _ => None,
    };
    let year: Option<i32> = year.and_then(|y| y.parse().ok());
    let (Some(year), Some(date)) = (year, date) else { return };
    let Some(issued) = parse_iso(date.text) else { return };
    // Forms are printed in the year of issue or before it.
    if 2000 + year > issued.year() {
        let message = label(
            format!(
                "{} {} 是 20{year:02} 年印制的，晚于{} {}",
                code.name.zh, code.text, date.name.zh, date.text
            ),
            format!(
                "{} {} was printed in 20{year:02}, after {} {}",
                code.name.en, code.text, date.name.en, date.text
            ),
        );
        let suspects = vec![Suspect::new(code, None), Suspect::new(date, None)];
        report.fail(rule, Severity::Warning, Effect::OneOf, suspects, message);
    }
}

/// The first type whose pattern fits the code names the kinds of invoice it is printed on.
fn code_type(
    rule: &'static str,
    code: &Value,
    kind: Option<&Value>,
    types: &[InvoiceCodeType],
    report: &mut Report,
) {
    let Some(kind) = kind else { return };
    let fits = |t: &&InvoiceCodeType| whole_match(&t.code).is_some_and(|r| r.is_match(code.text));
    let Some(found) = types.iter().find(fits) else { return };
    if found.values.iter().any(|v| v == kind.text) {
        return;
    }
    let values = found.values.join(" / ");
    let message = label(
        format!("{} {} 属于 {values}，与{} {} 不一致", code.name.zh, code.text, kind.name.zh, kind.text),
        format!("{} {} belongs to {values}, but {} is {}", code.name.en, code.text, kind.name.en, kind.text),
    );
    let only = found.values.first().filter(|_| found.values.len() == 1);
    let suspects = vec![Suspect::new(code, None), Suspect::new(kind, only.cloned())];
    report.fail(rule, Severity::Warning, Effect::OneOf, suspects, message);
}
