//! Amounts, numbers and percentages in figures.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::{
    confusion::as_digit,
    text::{ascii_form, line},
};

/// Words that stand in place of an amount.
const INSTEAD_OF_AMOUNT: [&str; 3] = ["***", "XXX", EXEMPT];

/// Printed for a charge that is not made: nothing, not an amount that is withheld.
pub const EXEMPT: &str = "EXEMPT";

/// Words that stand in place of a tax rate, longest first.
const INSTEAD_OF_RATE: [&str; 7] = ["出口零税率", "普通零税率", "零税率", "不征税", "免税", "免稅", "***"];

/// See [`super::normalise`].
pub(super) fn normalise_amount(raw: &str) -> Option<String> {
    let bare: String = ascii_form(raw).chars().filter(|c| !matches!(c, ' ' | '¥')).collect();
    if bare.len() >= 2 && bare.chars().all(|c| c == '*') {
        return Some("***".to_owned());
    }
    // A dash for nothing.
    if !bare.is_empty() && bare.chars().all(|c| matches!(c, '-' | '–' | '—' | '一')) {
        return Some("-".to_owned());
    }
    if let Some(word) = INSTEAD_OF_AMOUNT.iter().find(|w| bare.eq_ignore_ascii_case(w)) {
        return Some((*word).to_owned());
    }
    decimal(raw).map(|d| d.to_string())
}

/// See [`super::normalise`].
pub(super) fn normalise_percent(raw: &str) -> Option<String> {
    let text = line(raw)?.replace(' ', "");
    if text.len() >= 2 && text.chars().all(|c| c == '*') {
        return Some("***".to_owned());
    }
    if let Some(word) = INSTEAD_OF_RATE.iter().find(|w| text == **w) {
        return Some(word.replace('稅', "税"));
    }
    let hundredths = percent(raw)?.checked_mul(Decimal::ONE_HUNDRED)?.normalize();
    Some(format!("{hundredths}%"))
}

/// A share as a fraction of one: `13%` is 0.13. A number without a sign is taken as a fraction
/// below one (`0.06`) and as hundredths from one on (`13`). `None` for 免税, `***` and the like.
pub fn percent(raw: &str) -> Option<Decimal> {
    let text = ascii_form(raw).replace(' ', "");
    // With its sign it is a percentage, whatever its digits were read as.
    let (value, signed) = match text.strip_suffix('%') {
        Some(figure) => {
            let digits: String = figure.chars().map(|c| as_digit(c).unwrap_or(c)).collect();
            (number(&digits)?, true)
        }
        None => (number(&text)?, false),
    };
    let hundredths = signed || value >= Decimal::ONE || value.is_zero();
    // Beyond a thousand per cent it is another number that lost its place.
    if value.abs() > Decimal::ONE_THOUSAND {
        return None;
    }
    if hundredths { value.checked_div(Decimal::ONE_HUNDRED) } else { Some(value) }
}

/// An amount of money with the printed number of places: currency signs, names and 元 around it,
/// thousands separators, spaces and the ways to print a negative amount are understood.
///
/// A single comma before one or two last digits is a misread decimal point; separators before
/// groups of three digits are thousands separators whatever sign they were read as, if the whole
/// has one meaning only.
pub fn decimal(raw: &str) -> Option<Decimal> {
    let mut text = ascii_form(raw);
    // A circled cross guards capitals and figures against additions.
    text.retain(|c| !matches!(c, '⊗' | 'ⓧ' | '⨂' | '㊣'));
    let mut text = text.trim();
    let mut negative = false;
    // Signs and currencies stand in either order: -¥5.00, ¥-5.00, (负数)¥5.00, CNY 5.00.
    loop {
        let before = text;
        for sign in ["(负数)", "(负)", "负数", "负", "-"] {
            if let Some(rest) = text.strip_prefix(sign) {
                (text, negative) = (rest.trim_start(), true);
            }
        }
        for currency in ["人民币", "¥", "$", "€", "£", "小写", "()", "(小写)", ":"] {
            text = text.strip_prefix(currency).unwrap_or(text).trim_start();
        }
        // A currency or tax code (CNY, US$, CN, YQ): letters, then the figure.
        let letters = text.chars().take_while(char::is_ascii_alphabetic).count();
        let after = text.get(letters..).unwrap_or_default().trim_start();
        let figure_follows = after.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '$' | '¥'));
        // One letter is a misread ¥ (Y) or digit (O, l).
        let code = matches!(letters, 2 | 3) || (letters == 1 && text.starts_with(['Y', 'y', 'F']));
        if code && figure_follows {
            text = after;
        }
        if text == before {
            break;
        }
    }
    if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        (text, negative) = (inner.trim(), true);
    }
    if let Some((figure, unit)) = text.split_once(['元', '圆', '圓', '円']) {
        // 元, 元整, 元/公里; not 5元3角.
        if !(unit.trim().is_empty() || matches!(unit.trim(), "整" | "正") || unit.trim().starts_with('/')) {
            return None;
        }
        text = figure;
    }
    for code in ["CNY", "RMB", "USD", "EUR", "HKD", "THB"] {
        text = text.strip_suffix(code).unwrap_or(text);
    }
    let value = figure(text.trim(), true)?;
    Some(if negative { -value } else { value })
}

/// Any number, with the printed number of places; thousands separators are understood.
pub fn number(raw: &str) -> Option<Decimal> {
    let text = ascii_form(raw);
    let (text, negative) = match text.strip_prefix('-') {
        Some(rest) => (rest.trim_start(), true),
        None => (text.strip_prefix('+').unwrap_or(&text), false),
    };
    let value = figure(text, false)?;
    Some(if negative { -value } else { value })
}

/// An unsigned figure; if letters stand in it that look like digits, those digits.
fn figure(text: &str, money: bool) -> Option<Decimal> {
    let plain = |c: char| c.is_ascii_digit() || is_separator(c) || c == ' ';
    if text.chars().all(plain) {
        return grouped(text, money);
    }
    let strange = text.chars().filter(|c| !plain(*c)).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    // More signs misread than read is no figure.
    if digits <= strange {
        return None;
    }
    let repaired: Option<String> =
        text.chars().map(|c| if plain(c) { Some(c) } else { as_digit(c) }).collect();
    grouped(&repaired?, money)
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | '’' | '`')
}

/// A figure of digits, separators and spaces.
fn grouped(text: &str, money: bool) -> Option<Decimal> {
    let mut groups: Vec<String> = vec![String::new()];
    // What stands between the groups: the last of several signs, a space only alone.
    let mut between: Vec<char> = Vec::new();
    let mut pending: Option<char> = None;
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            if let Some(s) = pending.take() {
                between.push(s);
                groups.push(String::new());
            }
            groups.last_mut()?.push(c);
        } else if c != ' ' || pending.is_none() {
            pending = Some(c);
        }
    }
    // A separator at either end: `.50` is a half, `12.` has lost its places.
    if groups.first()?.is_empty() {
        if between.first() != Some(&'.') || groups.len() != 2 {
            return None;
        }
        *groups.first_mut()? = "0".to_owned();
    }
    if pending.is_some_and(is_separator) && money {
        return None;
    }
    let (whole, places) = split_places(&groups, &between, money)?;
    let joined = match places {
        Some(p) => format!("{whole}.{p}"),
        None => whole,
    };
    Decimal::from_str(&joined).ok()
}

/// Decides which separator is the decimal point. `None` where the figure has two meanings.
fn split_places(groups: &[String], between: &[char], money: bool) -> Option<(String, Option<String>)> {
    let (last, head) = groups.split_last()?;
    let Some((point, thousands)) = between.split_last() else {
        return Some((last.clone(), None));
    };
    let by_three = |g: &[String]| g.iter().skip(1).all(|g| g.len() == 3);
    let first_group = groups.first().is_some_and(|g| (1..=3).contains(&g.len()));
    // Spaces that the recogniser put inside a group join it: 1 234.56 and 12 34.56 are both figures
    // as long as a point says where the places begin.
    if thousands.iter().all(|s| *s == ' ') && *point == '.' {
        return Some((head.concat(), Some(last.clone())));
    }
    let all_by_three = by_three(groups) && first_group;
    let head_by_three = by_three(head) && first_group;
    let is_whole = match (*point, thousands) {
        (' ', _) => return all_by_three.then(|| (groups.concat(), None)),
        // One separator alone: a point is a point; a comma before three digits parts thousands.
        ('.', []) => false,
        (_, []) => all_by_three && groups.first().is_some_and(|g| g != "0"),
        // Several of one sign: a number has one point only.
        (_, t) if last.len() == 3 && t.iter().all(|s| s == point) => all_by_three,
        // 1,234.567 is a number with three places; 1.234,567 could be that or thousands.
        ('.', _) => false,
        (_, _) if last.len() == 3 => return None,
        _ => false,
    };
    if is_whole {
        return Some((groups.concat(), None));
    }
    // A comma read for the point is believed before cents only.
    let point_fits = *point == '.' || (money && matches!(last.len(), 1 | 2));
    let head_fits = thousands.is_empty() || head_by_three;
    (point_fits && head_fits).then(|| (head.concat(), Some(last.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_printed() {
        for (raw, value) in [
            ("¥526.00", "526.00"),
            ("￥３７０.0元", "370.0"),
            ("CNY 1180.00", "1180.00"),
            ("CN50.00", "50.00"),
            ("YQ 120.00", "120.00"),
            ("1,417,297.99", "1417297.99"),
            ("1,234，56", "1234.56"),
            ("1.234.56", "1234.56"),
            ("1.417.297,99", "1417297.99"),
            ("1.234.567", "1234567"),
            ("1,800", "1800"),
            ("12,50", "12.50"),
            ("12。50", "12.50"),
            ("¥ 1 234.56", "1234.56"),
            ("12 34.56", "1234.56"),
            ("1 234 567", "1234567"),
            ("-150.00", "-150.00"),
            ("¥-150.00", "-150.00"),
            ("－￥150.00", "-150.00"),
            ("（负数）150.00", "-150.00"),
            ("负150.00", "-150.00"),
            ("(150.00)", "-150.00"),
            ("Y100.00", "100.00"),
            ("1O0.0O", "100.00"),
            ("¥l23.45", "123.45"),
            ("⊗ 12.00", "12.00"),
            ("2.50元/公里", "2.50"),
            ("100元整", "100"),
            ("0.00", "0.00"),
            (".50", "0.50"),
            ("203.018", "203.018"),
            ("HK$1,200.50", "1200.50"),
            ("9,999.99 CNY", "9999.99"),
            ("1,234..56", "1234.56"),
            ("***", "***"),
            ("¥***", "***"),
            ("XXX", "XXX"),
        ] {
            assert_eq!(normalise_amount(raw).as_deref(), Some(value), "{raw}");
        }
    }

    #[test]
    fn what_is_no_amount_or_has_two_meanings() {
        for raw in [
            "",
            "元",
            "¥",
            "12 50",
            "1,23,456.00",
            "1.234,567",
            "12.",
            "2024-01-05",
            "5元3角",
            "abc",
            "1-2",
            "1234567890123456789012345678901234567890",
            "收款人",
            "..",
            "BOSS",
        ] {
            assert_eq!(normalise_amount(raw), None, "{raw}");
        }
    }

    #[test]
    fn percentages() {
        for (raw, value) in [
            ("13%", "13%"),
            ("13 ％", "13%"),
            ("1.5%", "1.5%"),
            ("0.06", "6%"),
            ("6", "6%"),
            ("I3%", "13%"),
            ("0%", "0%"),
            ("免税", "免税"),
            ("不征税", "不征税"),
            ("***", "***"),
            ("100%", "100%"),
        ] {
            assert_eq!(normalise_percent(raw).as_deref(), Some(value), "{raw}");
        }
        assert_eq!(normalise_percent("税率"), None);
        assert_eq!(percent("13%"), Some(Decimal::new(13, 2)));
        assert_eq!(percent("免税"), None);
    }

    #[test]
    fn numbers() {
        for (raw, value) in
            [("38.962", "38.962"), ("1,153.52", "1153.52"), ("-3", "-3"), ("5", "5"), ("１０", "10")]
        {
            assert_eq!(number(raw).map(|n| n.to_string()).as_deref(), Some(value), "{raw}");
        }
        assert_eq!(number("12,50"), None, "a comma is no point in a plain number");
    }
}
