//! Values by field type: from what is printed to what the machine takes.
//!
//! Plain functions on text, strict enough to tell a value of a type from any other text, so that
//! a candidate's form can be judged by them. Must not know documents or other fields.

mod address;
mod amount;
mod capital;
pub mod check_digit;
mod confusion;
mod date;
mod identity;
mod mrz;
mod page_number;
mod text;

pub use address::{Divisions, divisions};
pub use amount::{EXEMPT, decimal, number, percent};
pub use capital::{amount_to_words, capital_number, words_to_amount};
pub use confusion::{as_digit, confusions, repair_with};
pub use date::{LONG_TERM, parse_date, parse_date_time, parse_iso, parse_six_digits, to_iso, today};
pub use identity::{TaxNumber, is_phone_number, is_plate_number, is_tax_number, tax_number_form};
pub use mrz::{Mrz, MrzFormat, MrzPart, mrz_line, parse_mrz};
pub use page_number::{PageNumber, page_number};
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
/// | amount, number | plain decimal with the printed places; an amount hidden as `***` stays, a dash in its place is `-` |
/// | percent | `13%`; 免税, 不征税, `***` stay |
/// | amount_in_words | the capitals, without a circled cross; always one that has a value |
/// | sex | `男` or `女` |
/// | flag | `true` or `false` |
/// | mrz_line | 30, 36 or 44 capitals, digits and fillers |
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
        FieldType::MrzLine => mrz::zone_line(raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: [FieldType; 13] = [
        FieldType::Text,
        FieldType::Multiline,
        FieldType::Digits,
        FieldType::Identifier,
        FieldType::Date,
        FieldType::DateTime,
        FieldType::Amount,
        FieldType::Number,
        FieldType::Percent,
        FieldType::AmountInWords,
        FieldType::Sex,
        FieldType::Flag,
        FieldType::MrzLine,
    ];

    #[test]
    fn texts_and_numbers_of_identity() {
        for (field_type, raw, value) in [
            (FieldType::Text, " 李 示例 ", Some("李示例")),
            (FieldType::Text, "Ｎｏ．１２　ＡＢ", Some("No.12 AB")),
            (FieldType::Text, "深圳市（南山） 10 栋", Some("深圳市（南山） 10 栋")),
            (FieldType::Text, "⼦公司", Some("子公司")),
            (FieldType::Text, "a\0b", Some("ab")),
            (FieldType::Text, "　", None),
            (FieldType::Digits, "16197 83356 74145 07415", Some("16197833567414507415")),
            (FieldType::Digits, "№ 8308964７", Some("83089647")),
            (FieldType::Digits, "83O8964l", Some("83089641")),
            (FieldType::Digits, "138****1234", Some("138****1234")),
            (FieldType::Digits, "ABC", None),
            (FieldType::Identifier, "京a· 12345", Some("京A.12345")),
            (FieldType::Identifier, "9135 0100m000100y43", Some("91350100M000100Y43")),
            (FieldType::Identifier, "粤（2017）第1号", Some("粤(2017)第1号")),
            (FieldType::Identifier, "：", None),
            (FieldType::Sex, "男/M", Some("男")),
            (FieldType::Sex, "F", Some("女")),
            (FieldType::Sex, "男/F", None),
            (FieldType::Flag, "√", Some("true")),
            (FieldType::Flag, "否", Some("false")),
            (FieldType::Flag, "也许", None),
            (FieldType::MrzLine, "P0CHNLI<<SH1LI<<<<<<", None),
            (
                FieldType::MrzLine,
                "P0CHNL∪<<SHILI«<<<<<<<<<<<<<<<<<<<<<<<<<<",
                Some("POCHNLU<<SHILI<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"),
            ),
            (
                FieldType::MrzLine,
                "E123456782CHN90O3071M3OO3068<<<<<<<<<<<<06",
                Some("E123456782CHN9003071M3003068<<<<<<<<<<<<<<06"),
            ),
        ] {
            assert_eq!(normalise(field_type, raw).as_deref(), value, "{field_type:?} {raw}");
        }
        assert_eq!(normalise(FieldType::Text, "省\n 市 A\nB").as_deref(), Some("省市 A B"));
        assert_eq!(normalise(FieldType::Multiline, "省 级\n\n 市").as_deref(), Some("省级\n市"));
    }

    #[test]
    fn normal_forms_stay_and_no_text_trips_a_type() {
        let texts = [
            "",
            " ",
            "\n",
            "2024年1月5日",
            "2017年12月29日22:55开",
            "¥1,234.56",
            "13%",
            "免税",
            "***",
            "⊗壹佰元整",
            "长期",
            "138****1234",
            "男",
            "是",
            "é",
            "𠀀",
            "١٢٣",
            "½",
            "²",
            "--",
            "...",
            "(((",
            "负",
            "-",
            "0",
            "年月日",
            ":::::",
            "T",
            "2024-01-01T",
            "99999999999999999999",
            "1e9",
            "+1",
            "壹壹壹",
            "零零零元",
            "๒๕๖๗",
            "％",
            "№",
            "\u{FEFF}1",
        ];
        for field_type in TYPES {
            for raw in texts {
                if let Some(value) = normalise(field_type, raw) {
                    let again = normalise(field_type, &value);
                    assert_eq!(again.as_ref(), Some(&value), "{field_type:?} {raw}");
                }
            }
        }
    }
}
