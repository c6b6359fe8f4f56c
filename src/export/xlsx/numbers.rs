//! Printed numbers of recognised tables: which of them Excel may compute with, and which are
//! names (accounts, codes, long runs of digits) that must stay as they are.

use super::cells::Typed;

/// Digits that a whole number without separators may have: longer ones are numbers of telephones,
/// accounts, invoices.
const MOST_WHOLE_DIGITS: usize = 9;
/// Excel keeps this many significant digits (IEEE 754 double).
const MOST_DIGITS: usize = 15;
const CURRENCIES: [char; 5] = ['¥', '￥', '$', '€', '£'];

/// What a column's whole numbers are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Column {
    #[default]
    Numbers,
    /// Some of them begin with 0 or are very long: then all are names.
    Names,
}

impl Column {
    pub fn of<'a>(mut cells: impl Iterator<Item = &'a str>) -> Self {
        let is_name = |text: &str| {
            let digits = text.trim();
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            plain && (digits.len() > MOST_WHOLE_DIGITS || (digits.len() > 1 && digits.starts_with('0')))
        };
        if cells.any(is_name) { Self::Names } else { Self::Numbers }
    }
}

/// The value of a printed cell: a number with the format that shows it as printed, or text.
pub(super) fn typed(text: &str, column: Column) -> Typed {
    number(text.trim(), column).unwrap_or_else(|| Typed::Text(text.to_owned()))
}

fn number(text: &str, column: Column) -> Option<Typed> {
    let (sign, rest) = match text.strip_prefix(['-', '−', '－']) {
        Some(rest) => (-1.0, rest.trim_start()),
        None => (1.0, text),
    };
    let currency = rest.chars().next().filter(|c| CURRENCIES.contains(c));
    let rest = currency.map_or(rest, |c| rest[c.len_utf8()..].trim_start());
    let (rest, percent) = match rest.strip_suffix(['%', '％']) {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (whole, places) = rest.split_once('.').map_or((rest, None), |(w, p)| (w, Some(p)));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let grouped = whole.contains(',');
    let whole_digits = whole.replace(',', "");
    let groups_fit = !grouped || {
        let mut groups = whole.split(',');
        groups.next().is_some_and(|g| (1..=3).contains(&g.len())) && groups.all(|g| g.len() == 3)
    };
    if !digits(&whole_digits) || !groups_fit || places.is_some_and(|p| !digits(p)) {
        return None;
    }
    let decimals = places.map_or(0, str::len);
    let leading_zero = whole_digits.len() > 1 && whole_digits.starts_with('0');
    let bare = places.is_none() && !grouped && !percent && currency.is_none();
    let is_name = bare && (column == Column::Names || whole_digits.len() > MOST_WHOLE_DIGITS);
    if leading_zero || is_name || whole_digits.len() + decimals > MOST_DIGITS {
        return None;
    }
    let value: f64 = format!("{whole_digits}.{}", places.unwrap_or("0")).parse().ok()?;
    let mut format = String::new();
    if let Some(c) = currency {
        format.push_str(&format!("\"{c}\""));
    }
    format.push_str(if grouped { "#,##0" } else { "0" });
    if decimals > 0 {
        format.push('.');
        format.push_str(&"0".repeat(decimals));
    }
    if percent {
        format.push('%');
    }
    Some(Typed::Number(sign * value / if percent { 100.0 } else { 1.0 }, format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_numbers_become_numbers_and_names_stay() {
        let of = |text| typed(text, Column::Numbers);
        for (text, value, format) in [
            ("1,234.50", 1234.5, "#,##0.00"),
            ("12", 12.0, "0"),
            ("-0.5", -0.5, "0.0"),
            ("￥ 3,000", 3000.0, "\"￥\"#,##0"),
            ("13%", 0.13, "0%"),
        ] {
            assert_eq!(of(text), Typed::Number(value, format.into()), "{text}");
        }
        for text in [
            "0012",
            "13800138000",
            "1,23",
            "12.",
            "1.2.3",
            "2024-05-06",
            "",
            "６",
            "12 34",
            "1234567890123456.5",
        ] {
            assert_eq!(of(text), Typed::Text(text.into()), "{text}");
        }
        let names = Column::of(["代码", "0012", "1234"].into_iter());
        assert_eq!(typed("1234", names), Typed::Text("1234".into()));
        assert_eq!(typed("12.5", names), Typed::Number(12.5, "0.0".into()));
        assert_eq!(Column::of(["12", "2024"].into_iter()), Column::Numbers);
    }
}
