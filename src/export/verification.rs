//! The values that a public service asks for, as text ready to copy. Asks no service itself.

use crate::{
    extract::Record,
    kind::{AskedValue, Kind, Lang},
};

use super::claim::holds;

/// What is ready to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationText {
    /// A line for each value, in the service's order: `label: value`; nothing behind the colon where the
    /// record has no value.
    pub text: String,
    /// Labels of the values that the record does not have.
    pub missing: Vec<String>,
}

/// The values of a record that its kind's service asks for; `None` where the kind declares none for it.
pub fn verification_text(kind: &Kind, record: &Record, lang: Lang) -> Option<VerificationText> {
    let applies = |spec: &&crate::kind::VerificationSpec| spec.when.as_ref().is_none_or(|c| holds(record, c));
    let spec = kind.verification.iter().find(applies)?;
    let mut result = VerificationText { text: String::new(), missing: Vec::new() };
    for asked in &spec.values {
        let label = label(kind, asked, lang);
        let value = value(record, asked);
        result.text += &format!("{label}: {}\n", value.unwrap_or_default());
        if value.is_none() {
            result.missing.push(label);
        }
    }
    Some(result)
}

fn label(kind: &Kind, asked: &AskedValue, lang: Lang) -> String {
    let name = kind.field(&asked.field).map_or(asked.field.as_str(), |f| f.label.get(lang));
    match (asked.last, lang) {
        (None, _) => name.to_owned(),
        (Some(n), Lang::Zh) => format!("{name}后 {n} 位"),
        (Some(n), Lang::En) => format!("{name}, last {n}"),
    }
}

/// A value too short for its part is none.
fn value<'a>(record: &'a Record, asked: &AskedValue) -> Option<&'a str> {
    let value = record.value(&asked.field).filter(|v| !v.is_empty())?;
    let Some(last) = asked.last.filter(|n| *n > 0) else { return Some(value) };
    let (at, _) = value.char_indices().rev().nth(last - 1)?;
    value.get(at..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        extract::{Entry, Field},
        kind::Registry,
    };

    fn record(values: &[(&str, &str)]) -> Record {
        let field = |v: &str| Entry::One(Field { value: Some(v.to_owned()), ..Field::default() });
        Record { entries: values.iter().map(|(k, v)| ((*k).to_owned(), field(v))).collect() }
    }

    #[test]
    fn each_form_has_the_values_that_the_service_asks_for() {
        let registry = Registry::builtin();
        let kind = registry.iter().find(|k| !k.verification.is_empty()).expect("a kind declares them");
        let common = [
            ("code", "033002000211"),
            ("number", "83089647"),
            ("issue_date", "2020-07-23"),
            ("check_code", "16197833567414507415"),
            ("subtotal_amount", "510.68"),
            ("total", "526.00"),
        ];
        for (form, expected) in [
            ("electronic", vec!["033002000211", "83089647", "2020-07-23", "507415"]),
            ("special", vec!["033002000211", "83089647", "2020-07-23", "510.68"]),
            ("fully_digitalized_normal_electronic", vec!["83089647", "2020-07-23", "526.00"]),
        ] {
            let record = record(&[&common[..], &[("type", form)]].concat());
            let ready = verification_text(kind, &record, Lang::En).expect("declared for every form");
            let values: Vec<_> = ready.text.lines().filter_map(|l| Some(l.split_once(": ")?.1)).collect();
            assert_eq!(values, expected, "{form}");
            assert!(ready.missing.is_empty(), "{form}");
        }
    }

    #[test]
    fn a_value_that_is_not_there_is_named() {
        let registry = Registry::builtin();
        let kind = registry.iter().find(|k| !k.verification.is_empty()).expect("a kind declares them");
        let record = record(&[("type", "electronic"), ("number", "83089647"), ("check_code", "7415")]);
        let ready = verification_text(kind, &record, Lang::Zh).expect("declared for every form");
        assert_eq!(ready.missing, ["发票代码", "开票日期", "校验码后 6 位"]);
        assert_eq!(ready.text.lines().nth(1), Some("发票号码: 83089647"));
    }
}
