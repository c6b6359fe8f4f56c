//! Values by field type: from what is printed to what the machine takes.
//!
//! Plain functions on text, strict enough to tell a value of a type from any other text, so that
//! a candidate's form can be judged by them. Must not know documents or other fields.

mod amount;
mod capital;
pub mod check_digit;
mod confusion;
mod date;
mod identity;
mod mrz;
mod text;

pub use amount::{decimal, number, percent};
pub use capital::{amount_to_words, capital_number, words_to_amount};
pub use confusion::{as_digit, confusions, repair_with};
pub use date::{LONG_TERM, parse_date, parse_date_time, parse_iso, parse_six_digits, to_iso, today};
pub use identity::{TaxNumber, is_phone_number, is_plate_number, is_tax_number, tax_number_form};
pub use mrz::{Mrz, MrzFormat, MrzPart, mrz_line, parse_mrz};
pub use text::{ascii_form, half_width, is_cjk};

use super::FieldType;

/// The machine form of `raw` as a value of `field_type`; `None` if it is not of that type.
///
/// | type | form |
/// |---|---|
/// | text, multiline | half-width letters and digits, no spaces between CJK characters |
/// | digits | digits alone (`*` where masked) |
/// | identifier | upper case, half-width, no spaces |
/// | date | `YYYY-MM-DD`, a real date, or `长期` |
/// | date_time | `YYYY-MM-DD HH:MM`, with `:SS` where printed; the date alone if no time is printed |
/// | amount, number | plain decimal with the printed places; an amount hidden as `***` stays |
/// | percent | `13%`; 免税, 不征税, `***` stay |
/// | amount_in_words | the capitals, without a circled cross; always one that has a value |
/// | sex | `男` or `女` |
/// | flag | `true` or `false` |
pub fn normalise(field_type: FieldType, raw: &str) -> Option<String> {
    match field_type {
        FieldType::Text => text::line(raw),
        FieldType::Multiline => text::lines(raw),
        FieldType::Digits => text::digits(raw),
        FieldType::Identifier => text::identifier(raw),
        FieldType::Date => date::normalise_date(raw),
        FieldType::DateTime => date::normalise_date_time(raw),
        FieldType::Amount => amount::normalise_amount(raw),
        FieldType::Number => amount::number(raw).map(|n| n.to_string()),
        FieldType::Percent => amount::normalise_percent(raw),
        FieldType::AmountInWords => capital::normalise_words(raw),
        FieldType::Sex => text::sex(raw),
        FieldType::Flag => text::flag(raw),
    }
}
