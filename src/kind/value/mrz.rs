//! Machine-readable zones by ICAO 9303: TD1, TD2, TD3 and the visas MRV-A and MRV-B.

use time::Date;

use super::{
    check_digit::icao_check_digit,
    confusion::as_digit,
    date::{parse_six_digits, to_iso, today},
    text::ascii_form,
};

/// Formats, by number and length of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MrzFormat {
    /// Three lines of 30.
    Td1,
    /// Two lines of 36.
    Td2,
    /// Two lines of 44.
    Td3,
    /// A visa: two lines of 44 or 36, no composite check digit.
    Visa,
}

/// What a machine-readable zone says. Values are in normal form (dates `YYYY-MM-DD`, sex `男`/`女`,
/// no fillers); an empty text or `None` where the zone has none or it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mrz {
    pub format: MrzFormat,
    pub document_type: String,
    pub issuer: String,
    pub number: String,
    pub surname: String,
    pub given_names: String,
    pub nationality: String,
    pub birth: Option<String>,
    pub sex: Option<&'static str>,
    pub expiry: Option<String>,
    pub optional: String,
    /// Parts whose check digit does not hold.
    pub faults: Vec<MrzPart>,
}

/// A part of the zone that has a check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MrzPart {
    Number,
    Birth,
    Expiry,
    Optional,
    Composite,
}

/// One line: upper case, no spaces, what is read for the filler put back.
pub fn mrz_line(raw: &str) -> String {
    let text: String = raw
        .chars()
        .map(|c| match c {
            '«' | '《' | '‹' | '〈' | 'く' | 'ㄑ' | '＜' => '<',
            '∪' => 'U',
            // Greek capitals of the same form.
            'Α' => 'A',
            'Β' => 'B',
            'Ε' => 'E',
            'Ζ' => 'Z',
            'Η' => 'H',
            'Ι' => 'I',
            'Κ' => 'K',
            'Μ' => 'M',
            'Ν' => 'N',
            'Ο' => 'O',
            'Ρ' => 'P',
            'Τ' => 'T',
            'Υ' => 'Y',
            'Χ' => 'X',
            c => c,
        })
        .collect();
    ascii_form(&text).chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase()
}

/// How many fillers of a line may have been lost or invented: a run of them reads as one stroke.
/// Reasoned: about half the distance between the lengths of lines (30, 36, 44).
const LOST_FILLERS: usize = 4;

/// One line of a zone with its full length: its longest run of fillers makes up for what was lost
/// or invented of it, and letters stand where the standard has letters. `None` for other text.
pub(super) fn zone_line(raw: &str) -> Option<String> {
    let line = mrz_line(raw);
    let signs = line.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'<');
    let length = [30, 36, 44].into_iter().min_by_key(|n: &usize| n.abs_diff(line.len()))?;
    if !signs || length.abs_diff(line.len()) > LOST_FILLERS {
        return None;
    }
    let line = with_fillers(line, length)?;
    if length == 30 {
        return Some(line);
    }
    let opens = line.starts_with(['P', 'V', 'I', 'A', 'C']) && line.contains("<<");
    let named = |l: &str| l.bytes().filter(u8::is_ascii_digit).count() < 6;
    if opens && named(&line) {
        return Some(as_letters(&line));
    }
    // Number, check digit, nationality, birth, sex, expiry.
    let (nationality, rest) = (as_letters(at(&line, 11, 13)), at(&line, 29, length));
    let digits = |first, last| as_digits(at(&line, first, last));
    Some(format!(
        "{}{}{nationality}{}{}{}{rest}",
        at(&line, 1, 9),
        digits(10, 10),
        digits(14, 20),
        at(&line, 21, 21),
        digits(22, 28)
    ))
}

/// The line with its longest run of fillers made longer or shorter; `None` where it has none.
fn with_fillers(line: String, length: usize) -> Option<String> {
    if line.len() == length {
        return Some(line);
    }
    let mut best: Option<(usize, usize)> = None;
    let mut start = 0;
    for (i, byte) in line.bytes().chain([b' ']).enumerate() {
        if byte != b'<' {
            if i > start && best.is_none_or(|(from, to)| i - start > to - from) {
                best = Some((start, i));
            }
            start = i + 1;
        }
    }
    let (from, to) = best?;
    let run = (to - from + length).checked_sub(line.len()).filter(|n| *n > 0)?;
    Some(format!("{}{}{}", line.get(..from)?, "<".repeat(run), line.get(to..)?))
}

/// Reads the lines of a zone; `None` if they have no known format. Letters in places where only
/// digits can stand are read as the digits they look like, and the reverse.
pub fn parse_mrz<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<Mrz> {
    let lines: Vec<String> =
        lines.into_iter().flat_map(str::lines).map(mrz_line).filter(|l| !l.is_empty()).collect();
    let signs = |l: &String| l.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'<');
    if !lines.iter().all(signs) {
        return None;
    }
    match lines.as_slice() {
        [a, b] if a.len() == 44 && b.len() == 44 => two_lines(a, b, MrzFormat::Td3),
        [a, b] if a.len() == 36 && b.len() == 36 => two_lines(a, b, MrzFormat::Td2),
        [a, b, c] if [a, b, c].iter().all(|l| l.len() == 30) => three_lines(a, b, c),
        _ => None,
    }
}

/// The stretch between two places, counted from 1 as in the standard.
fn at(line: &str, first: usize, last: usize) -> &str {
    line.get(first - 1..last).unwrap_or_default()
}

fn as_digits(text: &str) -> String {
    text.chars().map(|c| as_digit(c).unwrap_or(c)).collect()
}

fn as_letters(text: &str) -> String {
    let letter = |c| match c {
        '0' => 'O',
        '1' => 'I',
        '2' => 'Z',
        '5' => 'S',
        '8' => 'B',
        c => c,
    };
    text.chars().map(letter).collect()
}

fn bare(text: &str) -> String {
    text.trim_matches('<').replace('<', " ")
}

/// `SURNAME<<GIVEN<NAMES`.
fn names(text: &str) -> (String, String) {
    let text = as_letters(text);
    let (surname, given) = text.split_once("<<").unwrap_or((&text, ""));
    (bare(surname), bare(given))
}

fn sex(text: &str) -> Option<&'static str> {
    match text {
        "M" => Some("男"),
        "F" => Some("女"),
        _ => None,
    }
}

/// A check digit: right, or a filler where the whole part is filler.
fn holds(part: &str, digit: &str) -> bool {
    let empty = part.bytes().all(|b| b == b'<');
    (empty && digit == "<") || icao_check_digit(part).is_some_and(|d| as_digits(digit).chars().eq([d]))
}

/// Births lie in the past; documents expire in this century at most fifty years from now.
fn dates(birth: &str, expiry: &str) -> (Option<String>, Option<String>) {
    let now = today();
    let horizon = Date::from_ordinal_date(now.year() + 50, 1).unwrap_or(Date::MAX);
    (parse_six_digits(birth, now).map(to_iso), parse_six_digits(expiry, horizon).map(to_iso))
}

fn two_lines(a: &str, b: &str, format: MrzFormat) -> Option<Mrz> {
    let visa = a.starts_with('V');
    let (birth, expiry) = (as_digits(at(b, 14, 19)), as_digits(at(b, 22, 27)));
    let number = at(b, 1, 9);
    let mut faults = Vec::new();
    let mut check = |part, text: &str, digit: &str| {
        if !holds(text, digit) {
            faults.push(part);
        }
    };
    check(MrzPart::Number, number, at(b, 10, 10));
    check(MrzPart::Birth, &birth, at(b, 20, 20));
    check(MrzPart::Expiry, &expiry, at(b, 28, 28));
    let (optional_end, composite_at) = if format == MrzFormat::Td3 { (42, 44) } else { (35, 36) };
    let optional = at(b, 29, optional_end);
    if !visa {
        if format == MrzFormat::Td3 {
            check(MrzPart::Optional, optional, at(b, 43, 43));
        }
        let numbers =
            [number, &as_digits(at(b, 10, 10)), &birth, &as_digits(at(b, 20, 20)), &expiry].concat();
        let optional_check = as_digits(at(b, optional_end + 1, composite_at - 1));
        let tail = [&as_digits(at(b, 28, 28)), optional, &optional_check].concat();
        check(MrzPart::Composite, &(numbers + &tail), at(b, composite_at, composite_at));
    }
    let (surname, given_names) = names(a.get(5..)?);
    let (birth, expiry) = dates(&birth, &expiry);
    Some(Mrz {
        format: if visa { MrzFormat::Visa } else { format },
        document_type: bare(at(a, 1, 2)),
        issuer: bare(&as_letters(at(a, 3, 5))),
        number: bare(number),
        surname,
        given_names,
        nationality: bare(&as_letters(at(b, 11, 13))),
        birth,
        sex: sex(at(b, 21, 21)),
        expiry,
        optional: bare(optional),
        faults,
    })
}

fn three_lines(a: &str, b: &str, c: &str) -> Option<Mrz> {
    let (birth, expiry) = (as_digits(at(b, 1, 6)), as_digits(at(b, 9, 14)));
    let mut number = at(a, 6, 14).to_owned();
    let mut number_check = at(a, 15, 15);
    let mut optional = at(a, 16, 30);
    // A number of more than nine signs goes on in the optional field, its check digit last.
    if number_check == "<" && !optional.starts_with('<') {
        let (rest, others) = optional.split_once('<').unwrap_or((optional, ""));
        let (more, digit) = rest.split_at_checked(rest.len() - 1)?;
        number += more;
        (number_check, optional) = (digit, others);
    }
    let mut faults = Vec::new();
    let mut check = |part, text: &str, digit: &str| {
        if !holds(text, digit) {
            faults.push(part);
        }
    };
    check(MrzPart::Number, &number, number_check);
    check(MrzPart::Birth, &birth, at(b, 7, 7));
    check(MrzPart::Expiry, &expiry, at(b, 15, 15));
    let composite =
        [at(a, 6, 30), &birth, &as_digits(at(b, 7, 7)), &expiry, &as_digits(at(b, 15, 15)), at(b, 19, 29)]
            .concat();
    check(MrzPart::Composite, &composite, at(b, 30, 30));
    let (surname, given_names) = names(c);
    let (birth, expiry) = dates(&birth, &expiry);
    Some(Mrz {
        format: MrzFormat::Td1,
        document_type: bare(at(a, 1, 2)),
        issuer: bare(&as_letters(at(a, 3, 5))),
        number: bare(&number),
        surname,
        given_names,
        nationality: bare(&as_letters(at(b, 16, 18))),
        birth,
        sex: sex(at(b, 8, 8)),
        expiry,
        optional: [bare(optional), bare(at(b, 19, 29))].join(" ").trim().to_owned(),
        faults,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The specimens of ICAO 9303.
    const TD3: [&str; 2] =
        ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"];
    const TD1: [&str; 3] = [
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    ];
    const TD2: [&str; 2] = ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"];

    #[test]
    fn specimens_are_read() {
        for (lines, format, number) in [
            (&TD3[..], MrzFormat::Td3, "L898902C3"),
            (&TD1[..], MrzFormat::Td1, "D23145890"),
            (&TD2[..], MrzFormat::Td2, "D23145890"),
        ] {
            let mrz = parse_mrz(lines.iter().copied()).unwrap();
            assert_eq!((mrz.format, mrz.number.as_str()), (format, number));
            assert_eq!((mrz.surname.as_str(), mrz.given_names.as_str()), ("ERIKSSON", "ANNA MARIA"));
            assert_eq!(mrz.birth.as_deref(), Some("1974-08-12"));
            assert_eq!(mrz.expiry.as_deref(), Some("2012-04-15"));
            assert_eq!((mrz.sex, mrz.nationality.as_str(), mrz.issuer.as_str()), (Some("女"), "UTO", "UTO"));
            assert_eq!(mrz.faults, [], "{lines:?}");
        }
    }

    #[test]
    fn made_up_line_without_optional_data() {
        let mrz = parse_mrz([
            "P<CHNLI<<SHILI<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<",
            "E123456782CHN9003071M3003068<<<<<<<<<<<<<<06",
        ])
        .unwrap();
        assert_eq!((mrz.number.as_str(), mrz.faults.as_slice()), ("E12345678", &[][..]));
        assert_eq!(mrz.expiry.as_deref(), Some("2030-03-06"));
    }

    #[test]
    fn misread_signs_are_put_right_where_only_one_class_can_stand() {
        let mrz = parse_mrz([
            "P<UT0ERIKSS0N<<ANNA<MARIA《<<<<<<<<<<<<<<<<<<",
            "L898902C36UTO74O8I22F12O4159ZE184226B<<<<<IO",
        ])
        .unwrap();
        assert_eq!(mrz.faults, []);
        assert_eq!((mrz.surname.as_str(), mrz.issuer.as_str()), ("ERIKSSON", "UTO"));
    }

    #[test]
    fn wrong_signs_are_found() {
        let line = TD3[1].replace("7408122", "7409122");
        let mrz = parse_mrz([TD3[0], &line]).unwrap();
        assert_eq!(mrz.faults, [MrzPart::Birth, MrzPart::Composite]);
        assert_eq!(parse_mrz(["P<UTO", TD3[1]]), None);
        assert_eq!(parse_mrz([]), None);
        let one = TD3.join("\n");
        assert!(parse_mrz([one.as_str()]).is_some(), "both lines in one text");
    }

    #[test]
    fn long_numbers_go_on_in_the_optional_field() {
        let digit = icao_check_digit("D23145890734").unwrap();
        let first = format!("I<UTOD23145890<734{digit}<<<<<<<<<<<");
        let mrz = parse_mrz([first.as_str(), TD1[1], TD1[2]]).unwrap();
        assert_eq!(mrz.number, "D23145890734");
        assert!(!mrz.faults.contains(&MrzPart::Number));
        assert!(parse_mrz(["I<UTOD23145890<<<<<<<<<<<<<<<<", TD1[1], TD1[2]]).is_some());
    }
}
