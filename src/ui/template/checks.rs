//! The checks that a value of a form can be given in the window: those of one value, and those that join it
//! with another by their types.

use crate::kind::{
    FieldType, PlaceContent,
    check::{CheckSpec, Gravity},
    template::{Template, TemplateField},
};

use super::super::text::{Language, TemplateTexts, fill};

/// What a field can be checked for, each with a name in the window's language.
pub fn offered(
    template: &Template,
    field: &TemplateField,
    t: &TemplateTexts,
    lang: Language,
) -> Vec<(CheckSpec, String)> {
    let key = || field.key.clone();
    let mut offered: Vec<(CheckSpec, String)> = Vec::new();
    let mut offer = |check: CheckSpec, name: &str| offered.push((check, name.to_owned()));
    if field.place.read != PlaceContent::Text {
        return offered;
    }
    match field.field_type {
        FieldType::Text | FieldType::Digits | FieldType::Identifier => {
            offer(CheckSpec::IdCardChecksum { field: key() }, &t.check_id_card);
            offer(CheckSpec::CreditCodeChecksum { field: key(), also: Vec::new() }, &t.check_credit_code);
            offer(CheckSpec::Luhn { field: key() }, &t.check_luhn);
            offer(CheckSpec::PhoneNumber { field: key() }, &t.check_phone);
            offer(CheckSpec::PlateNumber { field: key() }, &t.check_plate);
            offer(CheckSpec::VinChecksum { field: key() }, &t.check_vin);
        }
        FieldType::Date => {
            offer(CheckSpec::NotInFuture { field: key() }, &t.check_not_in_future);
            offer(CheckSpec::NotExpired { field: key() }, &t.check_not_expired);
            let others =
                template.fields.iter().filter(|f| f.field_type == FieldType::Date && f.key != field.key);
            for other in others {
                let check = CheckSpec::DateOrder {
                    earlier: other.key.clone(),
                    later: key(),
                    strict: false,
                    severity: Gravity::Error,
                };
                offer(check, &fill(&t.check_not_before, &[("name", &other.label.get(lang))]));
            }
        }
        FieldType::Amount | FieldType::Number => {
            for words in template.fields.iter().filter(|f| f.field_type == FieldType::AmountInWords) {
                let check =
                    CheckSpec::AmountInWords { words: words.key.clone(), figure: key(), in_cents: false };
                offer(check, &fill(&t.check_in_words, &[("name", &words.label.get(lang))]));
            }
            for table in &template.tables {
                let numbers = |f: FieldType| matches!(f, FieldType::Amount | FieldType::Number);
                for column in table.columns.iter().filter(|c| numbers(c.field_type)) {
                    let check = CheckSpec::SumOfRows {
                        column: format!("{}.{}", table.key, column.key),
                        total: key(),
                        of_page: false,
                        plus: Vec::new(),
                        minus: Vec::new(),
                        tolerance: Default::default(),
                    };
                    let label = column.label.get(lang);
                    offer(check, &fill(&t.check_sum, &[("name", &label)]));
                }
            }
        }
        _ => {}
    }
    offered
}
