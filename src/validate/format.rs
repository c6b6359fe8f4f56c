//! Checks that every kind has: each value has the form of its type, required ones are there.

use super::{
    Severity,
    context::{Context, cell, label},
    report::{Effect, Report, Suspect},
};
use crate::{
    extract::FieldPath,
    kind::{FieldType, Label, value::normalise},
};

pub(super) fn check(context: &Context, report: &mut Report) {
    let columns = context
        .kind
        .tables
        .iter()
        .flat_map(|t| t.columns.iter().map(move |c| (format!("{}.{}", t.key, c.key), c)));
    let singles = context.kind.fields.iter().map(|f| (f.key.clone(), f));
    for (key, spec) in singles.chain(columns) {
        let values = context.values(&key);
        for value in &values {
            let Some(form) = form_of(spec.field_type) else { continue };
            if normalise(spec.field_type, value.text).is_none() {
                let suspect = vec![Suspect::new(value, None)];
                let message = label(
                    format!("{}“{}”不是{}", value.name.zh, value.text, form.zh),
                    format!("{} “{}” is not {}", value.name.en, value.text, form.en),
                );
                report.fail("format", Severity::Error, Effect::First, suspect, message);
            }
        }
        if spec.required {
            let missing: Vec<FieldPath> = match key.split_once('.') {
                Some(_) => (0..context.row_count(&key))
                    .filter(|row| context.cell(&key, *row).is_none())
                    .filter_map(|row| cell(&key, row))
                    .collect(),
                None if values.is_empty() => vec![FieldPath::Field { key: key.clone() }],
                None => Vec::new(),
            };
            for path in missing {
                // A row without a required cell may be the continuation of the row above.
                let severity =
                    if matches!(path, FieldPath::Cell { .. }) { Severity::Warning } else { Severity::Error };
                report_missing(context, report, "required", severity, path, spec.field_type);
            }
        }
    }
}

/// Says that a needed value is not there.
pub(super) fn report_missing(
    context: &Context,
    report: &mut Report,
    rule: &'static str,
    severity: Severity,
    path: FieldPath,
    field_type: FieldType,
) {
    let name = context.name(&path);
    // A person has looked and found nothing to read: known, not to be looked for again.
    let (severity, message) = if context.record.get(&path).is_some_and(|f| f.illegible) {
        (
            Severity::Warning,
            label(format!("{}已标记为无法辨认", name.zh), format!("{} is marked as illegible", name.en)),
        )
    } else {
        (severity, label(format!("缺少{}", name.zh), format!("{} is missing", name.en)))
    };
    report.fail(rule, severity, Effect::First, vec![Suspect::missing(path, field_type, None)], message);
}

/// What a value of the type must be; `None` for types that take any text.
fn form_of(field_type: FieldType) -> Option<Label> {
    Some(match field_type {
        FieldType::Text | FieldType::Multiline => return None,
        FieldType::Digits => label("一串数字", "a run of digits"),
        FieldType::Identifier => label("由字母和数字组成的号码", "a number of letters and digits"),
        FieldType::Date => label("存在的日期（年-月-日）", "a date that exists (year-month-day)"),
        FieldType::DateTime => label("存在的日期和时间", "a date and time that exist"),
        FieldType::Amount => label("金额", "an amount"),
        FieldType::Number => label("数字", "a number"),
        FieldType::Percent => label("百分比", "a percentage"),
        FieldType::AmountInWords => label("完整的大写金额", "a complete amount in Chinese capitals"),
        FieldType::Sex => label("“男”或“女”", "“男” (male) or “女” (female)"),
        FieldType::MrzLine => label("机读码的一行", "a line of a machine-readable zone"),
        FieldType::Flag => label("“是”或“否”", "yes or no"),
    })
}
