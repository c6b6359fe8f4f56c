//! The signs and numbers that begin the items of a list.

/// What stands before an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    Bullet,
    /// `before` and `after` as printed around the number.
    Number {
        number: u32,
        form: NumberForm,
        before: &'static str,
        after: &'static str,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberForm {
    Decimal,
    Chinese,
    Circled,
    /// `a` to `z`.
    Letter,
}

/// Signs that are never part of a word.
const BULLETS: [char; 12] = ['•', '·', '●', '○', '■', '□', '◆', '◇', '▪', '➢', '★', '※'];
/// Signs that begin an item only before a space: else they are a minus or a dash.
const SPACED_BULLETS: [char; 4] = ['-', '*', '–', '—'];
const CHINESE: [char; 10] = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];

impl Marker {
    /// The marker as it is printed.
    pub fn printed(&self) -> String {
        match self {
            Self::Bullet => "•".to_owned(),
            Self::Number { number, form, before, after } => {
                let number = match form {
                    NumberForm::Decimal => number.to_string(),
                    NumberForm::Chinese => chinese(*number),
                    NumberForm::Circled => circled(*number).map(String::from).unwrap_or_default(),
                    NumberForm::Letter => letter(*number).map(String::from).unwrap_or_default(),
                };
                format!("{before}{number}{after}")
            }
        }
    }

    /// Whether an item with this marker can follow one with the marker `before` in a list: a number was perhaps
    /// misread, its form was not.
    pub fn follows(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Bullet, Self::Bullet) => true,
            (
                Self::Number { number, form, before: b, after: a },
                Self::Number { number: last, form: last_form, before: last_b, after: last_a },
            ) => {
                (form, b.is_empty(), a.is_empty()) == (last_form, last_b.is_empty(), last_a.is_empty())
                    && number > last
            }
            _ => false,
        }
    }

    /// The marker that `text` begins with, and the text behind it; `None` where nothing follows.
    pub fn read(text: &str) -> Option<(Self, &str)> {
        let text = text.trim_start();
        let first = text.chars().next()?;
        let rest = &text[first.len_utf8()..];
        let found = if BULLETS.contains(&first) || (SPACED_BULLETS.contains(&first) && rest.starts_with(' '))
        {
            Some((Self::Bullet, rest))
        } else if let Some(number) = (1..=20).find(|n| circled(*n) == Some(first)) {
            Some((Self::Number { number, form: NumberForm::Circled, before: "", after: "" }, rest))
        } else {
            number(text)
        };
        let (marker, rest) = found?;
        let rest = rest.trim_start();
        (!rest.is_empty()).then_some((marker, rest))
    }
}

/// `1.`, `1、`, `1)`, `(1)`, `一、`, `（一）` and the text behind.
fn number(text: &str) -> Option<(Marker, &str)> {
    let (before, body) = match text.chars().next()? {
        '(' => ("(", text.get(1..)?),
        '（' => ("（", text.get('（'.len_utf8()..)?),
        _ => ("", text),
    };
    let decimal: String = body.chars().take_while(char::is_ascii_digit).collect();
    let lone = body.chars().next().filter(char::is_ascii_lowercase);
    let lone = lone.filter(|_| body[1..].starts_with([')', '）']));
    let (form, number, length) = if let Some(c) = lone {
        (NumberForm::Letter, u32::from(c) - 0x60, 1)
    } else if decimal.is_empty() {
        let digits: String = body.chars().take_while(|c| CHINESE.contains(c)).collect();
        (NumberForm::Chinese, chinese_number(&digits)?, digits.len())
    } else if decimal.len() <= 3 && !decimal.starts_with('0') {
        (NumberForm::Decimal, decimal.parse().ok()?, decimal.len())
    } else {
        return None;
    };
    let rest = body.get(length..)?;
    let sign = rest.chars().next()?;
    let behind = rest.get(sign.len_utf8()..)?;
    let after = match (sign, before) {
        (')', "(" | "（") => ")",
        ('）', "(" | "（") => "）",
        ('、', "") => "、",
        ('.' | '．', "") if form == NumberForm::Decimal => ".",
        (')' | '）', "") if form != NumberForm::Chinese => ")",
        _ => return None,
    };
    // 1.5 and 3.14 are numbers, 1.1 is a section's number.
    let digit_follows = after == "." && behind.starts_with(|c: char| c.is_ascii_digit());
    (!digit_follows).then_some((Marker::Number { number, form, before, after }, behind))
}

/// 一 to 九十九.
fn chinese_number(digits: &str) -> Option<u32> {
    let value = |c: char| CHINESE.iter().position(|d| *d == c).map(|at| at as u32 + 1);
    let number = match digits.chars().collect::<Vec<_>>()[..] {
        [d] => value(d)?,
        ['十', d] if d != '十' => 10 + value(d)?,
        [t, '十'] if t != '十' => 10 * value(t)?,
        [t, '十', d] if t != '十' && d != '十' => 10 * value(t)? + value(d)?,
        _ => return None,
    };
    Some(number)
}

fn chinese(number: u32) -> String {
    let digit = |n: u32| n.checked_sub(1).and_then(|at| CHINESE.get(at as usize)).map(char::to_string);
    let (tens, ones) = (number / 10, number % 10);
    let tens = match tens {
        0 => String::new(),
        1 => "十".to_owned(),
        t => digit(t).unwrap_or_default() + "十",
    };
    tens + &digit(ones).unwrap_or_default()
}

/// a to z.
fn letter(number: u32) -> Option<char> {
    (1..=26).contains(&number).then(|| char::from_u32(0x60 + number)).flatten()
}

/// ① to ⑳.
fn circled(number: u32) -> Option<char> {
    (1..=20).contains(&number).then(|| char::from_u32(0x245F + number)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_told_from_numbers_and_words() {
        for (text, printed, rest) in [
            ("1. 甲方", "1.", "甲方"),
            ("12、乙方", "12、", "乙方"),
            ("（3）条款", "（3）", "条款"),
            ("(2) item", "(2)", "item"),
            ("二十一、附则", "二十一、", "附则"),
            ("（十）其他", "（十）", "其他"),
            ("③ 第三", "③", "第三"),
            ("● 要点", "•", "要点"),
            ("- item", "•", "item"),
            ("a) first", "a)", "first"),
            ("(b) second", "(b)", "second"),
        ] {
            let (marker, behind) = Marker::read(text).unwrap_or_else(|| panic!("{text} is an item"));
            assert_eq!((marker.printed().as_str(), behind), (printed, rest));
        }
        for text in ["1.5 米", "2024.", "-5", "一般规定", "十十、", "007. Bond", "1.", "(见附件)", "2024年"]
        {
            assert_eq!(Marker::read(text), None, "{text}");
        }
    }

    #[test]
    fn chinese_numbers_survive_a_round_trip() {
        for number in 1..=99 {
            assert_eq!(chinese_number(&chinese(number)), Some(number));
        }
    }
}
