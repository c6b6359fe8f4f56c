//! Dates and times in the forms that documents print.

use time::{Date, Month, OffsetDateTime};

use super::{
    capital::capital_number,
    confusion::as_digit,
    text::{ascii_form, is_cjk},
};

/// In place of a date: without end.
pub const LONG_TERM: &str = "长期";

/// A piece of a printed date.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// Value and number of digits.
    Number(u32, usize),
    Word(String),
    /// 年 月 日 时 分 秒 and `:`.
    Mark(char),
    Dot,
    Slash,
    Dash,
}

/// See [`super::normalise`].
pub(super) fn normalise_date(raw: &str) -> Option<String> {
    if is_long_term(raw) {
        return Some(LONG_TERM.to_owned());
    }
    parse_date(raw).map(to_iso)
}

/// See [`super::normalise`].
pub(super) fn normalise_date_time(raw: &str) -> Option<String> {
    let (date, clock) = parse_date_time(raw)?;
    Some(match clock {
        Some(clock) => format!("{} {clock}", to_iso(date)),
        None => to_iso(date),
    })
}

fn is_long_term(raw: &str) -> bool {
    let text = ascii_form(raw).replace([' ', '-'], "").to_uppercase();
    matches!(text.as_str(), "长期" | "長期" | "长期有效" | "永久" | "LIFELONG" | "ตลอดชีพ" | "INDEFINITE")
}

/// `YYYY-MM-DD`.
pub fn to_iso(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// A date as [`to_iso`] writes it; longer texts (a time after it) are cut.
pub fn parse_iso(text: &str) -> Option<Date> {
    let text = text.get(..10)?;
    let (y, m, d) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
    (text.get(4..5)? == "-" && text.get(7..8)? == "-").then_some(())?;
    date_of(y.parse().ok()?, m.parse().ok()?, d.parse().ok()?)
}

/// Today in local time, or UTC where the local offset is unknown.
pub fn today() -> Date {
    OffsetDateTime::now_local().unwrap_or_else(|_| OffsetDateTime::now_utc()).date()
}

/// `YYMMDD` as in machine-readable zones and old identity numbers; the century is the last one
/// in which the date is not after `latest`.
pub fn parse_six_digits(text: &str, latest: Date) -> Option<Date> {
    if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (y, m, d): (i32, u32, u32) =
        (text.get(..2)?.parse().ok()?, text.get(2..4)?.parse().ok()?, text.get(4..)?.parse().ok()?);
    let century = latest.year() / 100 * 100;
    [century, century - 100].into_iter().filter_map(|c| date_of(c + y, m, d)).find(|d| *d <= latest)
}

/// The date that `raw` prints, if it prints exactly one and it is a real one between 1800 and
/// 2200: `2024-1-5 2024/01/05 2024.01.05 2024年1月5日 20240105 05JAN24 05-ENE-2024`, day first where
/// the year is last, Han numerals small and capital, 民国 and Buddhist years. A time behind the
/// date is left out.
pub fn parse_date(raw: &str) -> Option<Date> {
    parse_date_time(raw).map(|(date, _)| date)
}

/// As [`parse_date`], with the printed time `HH:MM` or `HH:MM:SS` behind it.
pub fn parse_date_time(raw: &str) -> Option<(Date, Option<String>)> {
    // Nothing that long is a date; spares the work on whole paragraphs.
    if raw.chars().count() > 60 {
        return None;
    }
    let text = tidy(raw);
    read(&text).or_else(|| {
        // Letters among the digits that look like digits.
        let repaired: String = text.chars().map(|c| as_digit(c).unwrap_or(c)).collect();
        (repaired != text).then(|| read(&repaired)).flatten()
    })
}

/// Half-width, upper case, marks of eras and endings taken off, Han numerals to digits, spaces
/// inside Chinese dates removed.
fn tidy(raw: &str) -> String {
    let mut text = ascii_form(raw).to_uppercase().replace("年度", "年").replace('號', "号");
    // 日 is often read as one of its neighbours.
    if text.contains('年') && text.contains('月') {
        text = text.replace(['曰', '口', '目', '号'], "日");
        let mut kept = String::with_capacity(text.len());
        let mut after_day = false;
        for c in text.chars() {
            // After the day a space parts date and time.
            if c != ' ' || after_day {
                kept.push(c);
            }
            after_day |= c == '日';
        }
        text = kept;
    }
    for end in ["开", "零时起", "零时", "24时止", "24时", "起", "止", "签发", "前", "."] {
        text = text.strip_suffix(end).unwrap_or(&text).trim().to_owned();
    }
    if text.contains('年') { han_to_digits(&text) } else { text }
}

/// Han numerals before 年, 月, 日 to digits: 二〇二四年十二月三十一日, 贰零贰肆年零壹月壹拾伍日.
fn han_to_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        if capital_number(&c.to_string()).is_some()
            || (c == 'O' && !run.is_empty())
            || matches!(c, '拾' | '十' | '佰' | '百')
        {
            run.push(c);
            continue;
        }
        if !run.is_empty() {
            let value = match c {
                // A year is written digit by digit, unless it is one of the Republic.
                '年' => run
                    .chars()
                    .map(|d| capital_number(&if d == 'O' { '零' } else { d }.to_string()))
                    .map(|d| d.filter(|d| *d < 10).map(|d| d.to_string()))
                    .collect::<Option<String>>()
                    .filter(|_| !run.contains(['十', '拾', '百', '佰']))
                    .or_else(|| capital_number(&run).map(|n| n.to_string())),
                '元' => None,
                _ => capital_number(&run).map(|n| n.to_string()),
            };
            out += &value.unwrap_or_else(|| run.clone());
            run.clear();
        }
        out.push(c);
    }
    out + &run
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out: Vec<Token> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() {
            let mut digits = String::from(c);
            while let Some(d) = chars.next_if(char::is_ascii_digit) {
                digits.push(d);
            }
            out.push(Token::Number(digits.parse().ok()?, digits.len()));
        } else if matches!(c, '年' | '月' | '日' | '时' | '分' | '秒' | ':') {
            out.push(Token::Mark(c));
        } else if c.is_alphabetic() && !is_cjk(c) || is_thai(c) {
            let mut word = String::from(c);
            while let Some(d) = chars.next_if(|d| (d.is_alphabetic() && !is_cjk(*d)) || is_thai(*d)) {
                word.push(d);
            }
            // Thai month names are written with dots inside.
            while is_thai(c) && chars.next_if_eq(&'.').is_some() {
                while let Some(d) = chars.next_if(|d| is_thai(*d)) {
                    word.push(d);
                }
            }
            out.push(Token::Word(word));
        } else {
            match c {
                ' ' | ',' => {}
                '.' => out.push(Token::Dot),
                '/' => out.push(Token::Slash),
                '-' => out.push(Token::Dash),
                _ => out.push(Token::Word(c.to_string())),
            }
        }
    }
    Some(out)
}

fn is_thai(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0E7F}')
}

fn read(text: &str) -> Option<(Date, Option<String>)> {
    let tokens = tokens(text)?;
    // ISO 8601 parts date and time by T.
    let (day, clock) = match tokens.iter().position(|t| *t == Token::Word("T".to_owned())) {
        Some(at) => (tokens.get(..at)?, tokens.get(at + 1..)?),
        None => split_clock(&tokens)?,
    };
    // The space between day and time may be lost: 2017-12-2922:55.
    let (glued, hour) = match (day.split_last(), clock) {
        (Some((Token::Number(n, 4), head)), [Token::Mark(':'), ..]) => {
            ([head, &[Token::Number(n / 100, 2)]].concat(), Some(n % 100))
        }
        _ => (day.to_vec(), None),
    };
    Some((calendar(&glued)?, read_clock(clock, hour)?))
}

/// The tokens before and of a time: from the number before the first `:` or 时 on, that number
/// being of one or two digits; a glued one stays with the date.
fn split_clock(tokens: &[Token]) -> Option<(&[Token], &[Token])> {
    let Some(at) = tokens.iter().position(|t| matches!(t, Token::Mark(':' | '时'))) else {
        return Some((tokens, &[]));
    };
    match tokens.get(at.checked_sub(1)?)? {
        Token::Number(_, 1 | 2) => tokens.split_at_checked(at - 1),
        _ => tokens.split_at_checked(at),
    }
}

/// `HH:MM[:SS]` or `HH时MM分[SS秒]`; an empty text is no time, anything else none at all.
fn read_clock(tokens: &[Token], glued_hour: Option<u32>) -> Option<Option<String>> {
    let numbers: Vec<u32> = glued_hour
        .into_iter()
        .chain(tokens.iter().filter_map(|t| match t {
            Token::Number(n, 1 | 2) => Some(*n),
            _ => None,
        }))
        .collect();
    let others = tokens.iter().any(|t| !matches!(t, Token::Number(_, 1 | 2) | Token::Mark(_)));
    match numbers[..] {
        _ if others => None,
        [] => Some(None),
        [h, m] if h < 24 && m < 60 => Some(Some(format!("{h:02}:{m:02}"))),
        [h, m, s] if h < 24 && m < 60 && s < 60 => Some(Some(format!("{h:02}:{m:02}:{s:02}"))),
        _ => None,
    }
}

/// The date of tokens without time.
fn calendar(tokens: &[Token]) -> Option<Date> {
    use Token::{Mark, Number, Word};
    // Marks and separators say nothing that the order of the numbers does not.
    let era = matches!(tokens.first(), Some(Word(w)) if matches!(w.as_str(), "民" | "中"));
    let republic = era && tokens.iter().any(|t| *t == Word("国".to_owned()));
    let plain: Vec<&Token> = tokens
        .iter()
        .filter(|t| !matches!(t, Mark(_) | Token::Dot | Token::Slash | Token::Dash))
        .filter(|t| !(republic && matches!(t, Word(w) if "中华民国".contains(w.as_str()))))
        .collect();
    let slash = tokens.contains(&Token::Slash);
    match plain.as_slice() {
        [Number(y, 1..=3), Number(m, _), Number(d, _)] if republic => {
            date_of(i32::try_from(*y).ok()? + 1911, *m, *d)
        }
        [Number(n, 8)] => date_of(i32::try_from(n / 10_000).ok()?, n / 100 % 100, n % 100),
        [Number(y, 4), Number(m, 1 | 2), Number(d, 1 | 2)] => date_of(full_year(*y, 4)?, *m, *d),
        // A lost 月: 2020年0723日.
        [Number(y, 4), Number(md, 4)] => date_of(full_year(*y, 4)?, md / 100, md % 100),
        // A lost 年: 202007月23日.
        [Number(ym, 6), Number(d, 1 | 2)] => date_of(full_year(ym / 100, 4)?, ym % 100, *d),
        // Two digits for the year are believed with 年 alone.
        [Number(y, 2), Number(m, 1 | 2), Number(d, 1 | 2)] if tokens.get(1) == Some(&Mark('年')) => {
            date_of(full_year(*y, 2)?, *m, *d)
        }
        // Year last: day first, as everywhere but in the United States; there the slash.
        [Number(a, 1 | 2), Number(b, 1 | 2), Number(y, 4)] => {
            let year = full_year(*y, 4)?;
            date_of(year, *b, *a).or_else(|| if slash { date_of(year, *a, *b) } else { None })
        }
        // 05JAN24, 05-ENE-2024, 21 Jun. 1996, and bilingual: 07 3月/MAR 1990, 01 SEP/SEP 19.
        [Number(d, 1 | 2), names @ .., Number(y, len @ (2 | 4))] if !names.is_empty() => {
            date_of(full_year(*y, *len)?, same_month(names)?, *d)
        }
        // January 5, 2024.
        [name @ Word(_), Number(d, 1 | 2), Number(y, 4)] => {
            date_of(full_year(*y, 4)?, same_month(&[*name])?, *d)
        }
        // 05JAN2024 that lost its gap to digits is read by the arms above; 5 JAN 24 too.
        _ => None,
    }
}

/// The month that all of the names and numbers are. Passports print it in the country's language and in English
/// or French (MEI/MAY, DÉC/DEC): a name in another language counts for nothing beside one that is known.
fn same_month(names: &[&Token]) -> Option<u32> {
    let known = |t: &&&Token| !matches!(t, Token::Word(w) if month_name(w).is_none());
    let names: Vec<&Token> = names.iter().filter(known).copied().collect();
    let months: Option<Vec<u32>> = names
        .iter()
        .map(|t| match t {
            Token::Word(w) => month_name(w),
            Token::Number(m, 1 | 2) => Some(*m),
            _ => None,
        })
        .collect();
    let months = months?;
    // The name is the more reliable of the two.
    let named = names.iter().zip(&months).find(|(t, _)| matches!(t, Token::Word(_))).map(|(_, m)| *m)?;
    months.iter().all(|m| *m == named).then_some(named)
}

/// A printed year of 4 digits (Buddhist years become common ones) or 2 digits (the latest year
/// not more than twenty years ahead, the longest term of a card).
fn full_year(year: u32, digits: usize) -> Option<i32> {
    let year = i32::try_from(year).ok()?;
    if digits == 4 {
        return Some(if (2400..2700).contains(&year) { year - 543 } else { year });
    }
    let latest = today().year() + 20;
    let century = latest / 100 * 100;
    Some(if century + year <= latest { century + year } else { century - 100 + year })
}

fn date_of(year: i32, month: u32, day: u32) -> Option<Date> {
    if !(1800..2200).contains(&year) {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
}

/// English, Spanish and Thai month names, full or abbreviated.
fn month_name(word: &str) -> Option<u32> {
    const NAMES: [&[&str]; 12] = [
        &["JAN", "ENE", "ม.ค", "มค", "มกราคม"],
        &["FEB", "ก.พ", "กพ", "กุมภาพันธ์"],
        &["MAR", "มี.ค", "มีค", "มีนาคม"],
        &["APR", "ABR", "เม.ย", "เมย", "เมษายน"],
        &["MAY", "พ.ค", "พค", "พฤษภาคม"],
        &["JUN", "มิ.ย", "มิย", "มิถุนายน"],
        &["JUL", "ก.ค", "กค", "กรกฎาคม"],
        &["AUG", "AGO", "ส.ค", "สค", "สิงหาคม"],
        &["SEP", "SET", "ก.ย", "กย", "กันยายน"],
        &["OCT", "ต.ค", "ตค", "ตุลาคม"],
        &["NOV", "พ.ย", "พย", "พฤศจิกายน"],
        &["DEC", "DIC", "ธ.ค", "ธค", "ธันวาคม"],
    ];
    const LONG: [&str; 24] = [
        "JANUARY",
        "FEBRUARY",
        "MARCH",
        "APRIL",
        "MAY",
        "JUNE",
        "JULY",
        "AUGUST",
        "SEPTEMBER",
        "OCTOBER",
        "NOVEMBER",
        "DECEMBER",
        "ENERO",
        "FEBRERO",
        "MARZO",
        "ABRIL",
        "MAYO",
        "JUNIO",
        "JULIO",
        "AGOSTO",
        "SEPTIEMBRE",
        "OCTUBRE",
        "NOVIEMBRE",
        "DICIEMBRE",
    ];
    let bare = word.trim_end_matches('.');
    let by_name = NAMES.iter().position(|names| {
        names.iter().any(|n| *n == bare || n.replace('.', "") == bare || (*n == "SEP" && bare == "SEPT"))
    });
    let at = by_name.or_else(|| LONG.iter().position(|l| *l == bare).map(|at| at % 12))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_dates() {
        for (raw, iso) in [
            ("2024-1-5", "2024-01-05"),
            ("2024/01/05", "2024-01-05"),
            ("2024.01.05", "2024-01-05"),
            ("2024年1月5日", "2024-01-05"),
            ("2024 年01 月05 日", "2024-01-05"),
            ("２０２４年１月５日", "2024-01-05"),
            ("2020年07月23曰", "2020-07-23"),
            ("2020年07月23", "2020-07-23"),
            ("2020年0723日", "2020-07-23"),
            ("2O20年O7月23日", "2020-07-23"),
            ("20240105", "2024-01-05"),
            ("2019 01 01", "2019-01-01"),
            ("05JAN24", "2024-01-05"),
            ("05-ENE-2024", "2024-01-05"),
            ("07 3月/MAR 1990", "1990-03-07"),
            ("20 7月/JUL 2015", "2015-07-20"),
            ("01 SEP /SEP 19", "2019-09-01"),
            ("09 MEI/MAY 1992", "1992-05-09"),
            ("25 DÉC/DEC 2031", "2031-12-25"),
            ("21 Jun. 1996", "1996-06-21"),
            ("21 มิ.ย. 2539", "1996-06-21"),
            ("12.08.1983", "1983-08-12"),
            ("05/12/2024", "2024-12-05"),
            ("12/31/2024", "2024-12-31"),
            ("January 5, 2024", "2024-01-05"),
            ("二〇二四年一月五日", "2024-01-05"),
            ("二○二四年十二月三十一日", "2024-12-31"),
            ("二O二四年十二月三十一日", "2024-12-31"),
            ("贰零贰肆年零壹月壹拾伍日", "2024-01-15"),
            ("贰零贰肆年零壹拾月零贰拾日", "2024-10-20"),
            ("贰零贰伍年零贰月壹拾贰日", "2025-02-12"),
            ("贰零贰叁年壹拾壹月零叁拾日", "2023-11-30"),
            ("民国113年1月5日", "2024-01-05"),
            ("中华民国一百一十三年一月五日", "2024-01-05"),
            ("2022-10-01零时", "2022-10-01"),
            ("2024-02-29", "2024-02-29"),
            ("2021-05-06 12:30:11", "2021-05-06"),
            ("长期", "长期"),
            ("长 期", "长期"),
        ] {
            assert_eq!(normalise_date(raw).as_deref(), Some(iso), "{raw}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for raw in [
            "",
            "2023-02-29",
            "2024-13-01",
            "2024年1月",
            "1月5日",
            "2015.09.18-2025.09.18",
            "12345678",
            "0755-12-34",
            "05OCT",
            "09 MEI 1992 MAY",
            "09 MEI/TULE 1992",
            "09 JUN/MAY 1992",
            "年月日",
            "123.45.67",
            "13800138000",
            "十二月三十一日",
        ] {
            assert_eq!(normalise_date(raw), None, "{raw}");
        }
    }

    #[test]
    fn printed_times() {
        for (raw, iso) in [
            ("2017年12月29日22:55开", "2017-12-29 22:55"),
            ("2017年12月29日 22:55", "2017-12-29 22:55"),
            ("2017-12-29 22:55:07", "2017-12-29 22:55:07"),
            ("2017-12-2922:55", "2017-12-29 22:55"),
            ("2017-12-29T22:55:07", "2017-12-29 22:55:07"),
            ("2017.12.29 8:05", "2017-12-29 08:05"),
            ("2017年12月29日22时55分", "2017-12-29 22:55"),
            ("2017-12-29", "2017-12-29"),
        ] {
            assert_eq!(normalise_date_time(raw).as_deref(), Some(iso), "{raw}");
        }
        assert_eq!(normalise_date_time("2017-12-29 25:00"), None);
    }

    #[test]
    fn two_digit_years_fall_before_the_limit() {
        let day = |y, m, d| date_of(y, m, d).unwrap();
        assert_eq!(parse_six_digits("491231", day(2024, 1, 1)), Some(day(1949, 12, 31)));
        assert_eq!(parse_six_digits("120415", day(2024, 1, 1)), Some(day(2012, 4, 15)));
        assert_eq!(parse_six_digits("491331", day(2024, 1, 1)), None);
        assert_eq!(parse_iso("2024-01-05 10:00"), Some(day(2024, 1, 5)));
        assert_eq!(parse_iso("2024-1-5"), None);
    }
}
