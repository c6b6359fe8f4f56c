//! Machine-readable zones: their check digits, and their agreement with the printed fields.

use super::{
    Severity,
    context::{Context, Value, label},
    report::{Effect, Report, Suspect},
};
use crate::kind::{
    FieldType, Label,
    check::MrzFields,
    value::{Mrz, MrzFormat, MrzPart, confusions, mrz_line, normalise, parse_mrz},
};

pub(super) fn check(
    rule: &'static str,
    lines: &[String],
    fields: &MrzFields,
    context: &Context,
    report: &mut Report,
) {
    let values: Vec<Value> = lines.iter().flat_map(|k| context.values(k)).collect();
    if values.is_empty() {
        return;
    }
    let texts: Vec<&str> = values.iter().map(|v| v.text).collect();
    let Some(mrz) = parse_mrz(texts.iter().copied()) else {
        let lengths: Vec<String> =
            texts.iter().flat_map(|t| t.lines()).map(|l| mrz_line(l).len().to_string()).collect();
        let lengths = lengths.join(" + ");
        let message = label(
            format!("机读码长度为 {lengths}，应为 2 行 44 位、2 行 36 位或 3 行 30 位"),
            format!("the machine-readable zone has {lengths} characters instead of 2 × 44, 2 × 36 or 3 × 30"),
        );
        let suspects = values.iter().map(|v| Suspect::new(v, None)).collect();
        report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
        return;
    };
    if mrz.faults.is_empty() {
        // Names carry no check digit, but a line that holds elsewhere was read well.
        report.prove(&values);
    } else {
        let parts: Vec<Label> = mrz.faults.iter().map(|p| part_name(*p)).collect();
        let join = |pick: fn(&Label) -> &String, with: &str| {
            parts.iter().map(|p| pick(p).as_str()).collect::<Vec<_>>().join(with)
        };
        let message = label(
            format!("机读码的{}校验位不符", join(|l| &l.zh, "、")),
            format!("the check digit of the {} fails in the machine-readable zone", join(|l| &l.en, ", ")),
        );
        // Lines given apart: only those that a failed check digit covers.
        let apart = values.len() == if mrz.format == MrzFormat::Td1 { 3 } else { 2 };
        let covered = |at: usize| mrz.faults.iter().any(|p| lines_of(*p, mrz.format).contains(&at));
        let suspects = values
            .iter()
            .enumerate()
            .filter(|(at, _)| !apart || covered(*at))
            .map(|(at, v)| Suspect::new(v, repaired_line(&texts, at)))
            .collect();
        report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
    }
    compare(rule, &mrz, fields, context, report);
}

/// Line `at` with the one change of a confused character that makes all check digits hold; of several, the
/// one that puts a letter for a digit between letters or a digit for a letter between digits.
fn repaired_line(lines: &[&str], at: usize) -> Option<String> {
    let line: Vec<char> = lines.get(at)?.chars().collect();
    let mut found: Vec<(bool, String)> = Vec::new();
    for (place, c) in line.iter().enumerate() {
        for other in confusions(*c) {
            let mut changed = line.clone();
            changed.splice(place..=place, [*other]);
            let changed: String = changed.into_iter().collect();
            let all = lines.iter().enumerate().map(|(i, l)| if i == at { changed.as_str() } else { l });
            if parse_mrz(all).is_some_and(|m| m.faults.is_empty()) {
                let beside = [place.checked_sub(1), place.checked_add(1)];
                let mut beside = beside.into_iter().flatten().filter_map(|i| line.get(i));
                let fits = beside.all(|n| n.is_ascii_alphabetic() == other.is_ascii_alphabetic());
                found.push((fits && c.is_ascii_alphabetic() != other.is_ascii_alphabetic(), changed));
            }
        }
    }
    let only = |mut some: Vec<String>| if some.len() == 1 { some.pop() } else { None };
    let alike: Vec<String> = found.iter().filter(|f| f.0).map(|f| f.1.clone()).collect();
    only(found.into_iter().map(|f| f.1).collect()).or_else(|| only(alike))
}

/// The lines, from 0, that a part's check digit covers.
fn lines_of(part: MrzPart, format: MrzFormat) -> &'static [usize] {
    match (format, part) {
        (MrzFormat::Td1, MrzPart::Number | MrzPart::Optional) => &[0],
        (MrzFormat::Td1, MrzPart::Composite) => &[0, 1],
        _ => &[1],
    }
}

fn part_name(part: MrzPart) -> Label {
    match part {
        MrzPart::Number => label("证件号码", "document number"),
        MrzPart::Birth => label("出生日期", "birth date"),
        MrzPart::Expiry => label("有效期", "expiry date"),
        MrzPart::Optional => label("可选数据", "optional data"),
        MrzPart::Composite => label("总", "whole"),
    }
}

/// Printed fields against the zone. Where the zone's own check digit holds, the print was
/// misread; where it has none, either was.
fn compare(rule: &'static str, mrz: &Mrz, fields: &MrzFields, context: &Context, report: &mut Report) {
    let trusted = |part| !mrz.faults.contains(&part);
    let date = |d: &Option<String>| d.clone().unwrap_or_default();
    let whole = trusted(MrzPart::Composite);
    let pairs = [
        (&fields.number, mrz.number.clone(), trusted(MrzPart::Number)),
        (&fields.birth, date(&mrz.birth), trusted(MrzPart::Birth)),
        (&fields.expiry, date(&mrz.expiry), trusted(MrzPart::Expiry)),
        (&fields.sex, mrz.sex.unwrap_or_default().to_owned(), whole),
        (&fields.surname, mrz.surname.clone(), false),
        (&fields.given_names, mrz.given_names.clone(), false),
        (&fields.nationality, mrz.nationality.clone(), false),
        (&fields.issuer, mrz.issuer.clone(), false),
    ];
    for (key, said, trusted) in pairs {
        let Some(value) = key.as_ref().and_then(|k| context.value(k)) else { continue };
        // Some kinds keep the sex as it is printed.
        let sex = || normalise(FieldType::Sex, value.text).is_some_and(|printed| printed == said);
        match agree(&value, &said).map(|same| same || sex()) {
            None => {}
            Some(true) if trusted => report.prove([&value]),
            Some(true) => {}
            Some(false) => {
                let message = label(
                    format!("{} {} 与机读码中的 {said} 不一致", value.name.zh, value.text),
                    format!(
                        "{} {} differs from {said} in the machine-readable zone",
                        value.name.en, value.text
                    ),
                );
                let severity = if trusted { Severity::Error } else { Severity::Warning };
                let suspect = Suspect::new(&value, trusted.then_some(said));
                report.fail(rule, severity, Effect::First, vec![suspect], message);
            }
        }
    }
}

/// Whether a printed value says the same as the zone; `None` where they cannot be compared: one
/// is empty, or the print is in another script or in words (`中国/CHINESE` for `CHN`).
fn agree(value: &Value, said: &str) -> Option<bool> {
    if said.is_empty() {
        return None;
    }
    match value.field_type {
        FieldType::Date | FieldType::Sex => {
            return Some(normalise(value.field_type, value.text).as_deref() == Some(said));
        }
        FieldType::Identifier | FieldType::Digits => return Some(bare(value.text) == bare(said)),
        _ => {}
    }
    if let Some(printed) = crate::kind::value::parse_date(value.text) {
        return Some(crate::kind::value::to_iso(printed) == said);
    }
    let (printed, said) = (bare(value.text), bare(said));
    let is_code = said.len() == 3 && printed.len() != 3;
    // Names too long for the zone are cut there.
    (!printed.is_empty() && !is_code)
        .then(|| printed == said || (said.len() > 20 && printed.starts_with(&said)))
}

/// The Latin letters and digits.
fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase()
}
