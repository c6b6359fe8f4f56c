//! The forms of taxpayer, telephone and licence plate numbers (without check digits, which are
//! [`crate::validate`]'s).

use super::text::ascii_form;

/// What a taxpayer number is by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxNumber {
    /// GB 32100, 18 characters.
    CreditCode,
    /// 18 digits of an identity number, the last perhaps X.
    IdNumber,
    /// 15, 17 or 20 characters: registrations from before the credit code; 20 also an identity
    /// number with two more digits.
    Older,
}

/// The form of a taxpayer number in normal form (upper case, no spaces); `None` if it has none.
pub fn tax_number_form(number: &str) -> Option<TaxNumber> {
    if !number.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return None;
    }
    let digits = |text: Option<&str>| text.is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()));
    match number.len() {
        // 1–3, 5, 9, A, N and Y lead credit codes; identity numbers start with a region from 11 on
        // and have a plausible birth year.
        18 if digits(number.get(..17)) && matches!(number.get(6..8), Some("19" | "20")) => {
            Some(TaxNumber::IdNumber)
        }
        18 if digits(number.get(2..8)) && !number.contains(['I', 'O', 'S', 'V', 'Z']) => {
            Some(TaxNumber::CreditCode)
        }
        15 | 17 | 20 => Some(TaxNumber::Older),
        _ => None,
    }
}

/// Whether `number` has the form of a taxpayer number.
pub fn is_tax_number(number: &str) -> bool {
    tax_number_form(number).is_some()
}

/// Telephone numbers of mainland China: mobile with or without 86, landline with area code,
/// 400/800 and service numbers, an extension behind `-` or 转. Other international numbers are
/// accepted by their `+`. Masked numbers (`138****1234`) count.
pub fn is_phone_number(raw: &str) -> bool {
    let text = ascii_form(raw).replace([' ', '(', ')'], "").replace('转', "-");
    let text = text.strip_prefix("+86").or_else(|| text.strip_prefix("86-")).unwrap_or(&text);
    let text = text.trim_start_matches('-');
    let digit = |c: char| c.is_ascii_digit() || c == '*';
    if !text.chars().all(|c| digit(c) || matches!(c, '-' | '+')) {
        return false;
    }
    if let Some(rest) = text.strip_prefix('+') {
        return (7..=15).contains(&rest.chars().filter(char::is_ascii_digit).count());
    }
    let parts: Vec<&str> = text.split('-').collect();
    let len = |at: usize| parts.get(at).map_or(0, |p| p.len());
    let joined = parts.concat();
    let mut signs = joined.chars();
    let (first, second) = (signs.next(), signs.next());
    let mobile = matches!(second, Some('3'..='9' | '*'));
    match first {
        // Mobile, perhaps with the extension of a virtual number.
        Some('1') if len(0) == 11 => mobile && parts.len() <= 2,
        Some('1') if joined.len() == 11 => mobile,
        Some('1' | '9') => matches!(joined.len(), 5..=8) && parts.len() == 1,
        Some('0') => {
            // 010, 02x with eight digits; 03xx–09xx with seven or eight.
            let area = if matches!(second, Some('1' | '2')) { 3 } else { 4 };
            let main = if parts.len() == 1 { joined.len().saturating_sub(area) } else { len(1) };
            let area_fits = parts.len() == 1 || len(0) == area;
            area_fits && (main == 8 || (main == 7 && area == 4)) && parts.len() <= 3
        }
        Some('4' | '8') if joined.get(1..3) == Some("00") => joined.len() == 10,
        // A local number without area code.
        Some('2'..='9') => matches!(joined.len(), 7 | 8) && parts.len() == 1,
        _ => false,
    }
}

/// Characters of the provinces, in front of civil plates.
pub const PLATE_PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

/// GA 36: whether `plate` (normal form; the dot between the parts may be there) has the structure
/// of a mainland plate: civil, new energy, trailer, driving school, police, embassy, consulate,
/// Hong Kong and Macau, armed forces, civil aviation, emergency service.
pub fn is_plate_number(plate: &str) -> bool {
    let plate: Vec<char> = plate.chars().filter(|c| !matches!(c, '.' | '·' | '-' | ' ')).collect();
    let province = |c: &char| PLATE_PROVINCES.contains(*c);
    let letter = |c: &char| c.is_ascii_uppercase() && !matches!(c, 'I');
    // I and O are not used behind the office's letter.
    let sign = |c: &char| c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, 'I' | 'O'));
    let digit = |c: &char| c.is_ascii_digit();
    let signs = |s: &[char]| s.iter().all(sign);
    let digits = |s: &[char]| s.iter().all(digit);
    match plate.as_slice() {
        ['使', rest @ ..] | [rest @ .., '使'] => rest.len() == 6 && digits(rest),
        ['民', '航', rest @ ..] => rest.len() == 5 && signs(rest),
        ['W', 'J', rest @ ..] => {
            let rest =
                if rest.first().is_some_and(province) { rest.get(1..).unwrap_or_default() } else { rest };
            rest.len() == 5 && signs(rest)
        }
        [p, 'X' | 'S', rest @ .., '应', '急'] if province(p) => rest.len() == 4 && digits(rest),
        [p, rest @ .., '领'] if province(p) => {
            let rest = rest.strip_prefix(&['A'][..]).unwrap_or(rest);
            matches!(rest.len(), 4 | 5) && digits(rest)
        }
        ['粤', 'Z', rest @ .., '港' | '澳'] => rest.len() == 4 && signs(rest),
        [p, office, rest @ .., '挂' | '学' | '警'] if province(p) && letter(office) => {
            rest.len() == 4 && signs(rest)
        }
        [p, office, rest @ ..] if province(p) && letter(office) => match rest.len() {
            5 => signs(rest),
            // New energy: small cars have the letter in front, large ones behind five digits.
            6 => {
                let kind = |c: &char| matches!(c, 'A'..='H' | 'J' | 'K');
                let small = rest.first().is_some_and(kind)
                    && rest.get(1).is_some_and(sign)
                    && rest.get(2..).is_some_and(digits);
                let large = rest.last().is_some_and(kind) && rest.get(..5).is_some_and(digits);
                small || large
            }
            _ => false,
        },
        // Military: two letters and five digits.
        [a, b, rest @ ..] if letter(a) && letter(b) => rest.len() == 5 && digits(rest),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taxpayer_numbers() {
        assert_eq!(tax_number_form("91350100M000100Y43"), Some(TaxNumber::CreditCode));
        assert_eq!(tax_number_form("11010519491231002X"), Some(TaxNumber::IdNumber));
        assert_eq!(tax_number_form("110108000000016"), Some(TaxNumber::Older));
        assert_eq!(tax_number_form("1101"), None);
        assert_eq!(tax_number_form("91350100M000100y43"), None);
    }

    #[test]
    fn telephone_numbers() {
        for good in [
            "13800138000",
            "+8613800138000",
            "86-13800138000",
            "138 0013 8000",
            "010-12345678",
            "0755-1234567",
            "0755-12345678-801",
            "(0571)87654321",
            "400-800-1234",
            "4008001234",
            "95588",
            "12345",
            "138****1234",
            "+66 2 123 4567",
            "17012345678-1234",
            "87654321",
        ] {
            assert!(is_phone_number(good), "{good}");
        }
        for bad in
            ["", "1380013800", "12800138000", "010-1234567", "abc", "110105194912310021", "0755-123", "+12"]
        {
            assert!(!is_phone_number(bad), "{bad}");
        }
    }

    #[test]
    fn plate_numbers() {
        for good in [
            "京A12345",
            "晋M12345",
            "冀B1234挂",
            "鲁A1234学",
            "京A1234警",
            "使224578",
            "沪A0023领",
            "粤ZA123港",
            "京AD12345",
            "京A12345D",
            "WJ京12345",
            "京A·12345",
        ] {
            assert!(is_plate_number(good), "{good}");
        }
        for bad in
            ["", "京", "A12345", "京A1234", "京AI2345", "京A123456", "京A1234567", "東A12345", "使22457"]
        {
            assert!(!is_plate_number(bad), "{bad}");
        }
    }
}
