//! Characters that are read for one another, and repairs by one such change.

/// Characters that `c` is often a misreading of, likeliest first: pairs that share most strokes
/// in printed figures and capitals.
pub fn confusions(c: char) -> &'static [char] {
    match c {
        '0' => &['O', 'D', 'Q', '8', '6'],
        'O' => &['0', 'D', 'Q', 'C'],
        'D' => &['0', 'O', 'Q'],
        'Q' => &['0', 'O', 'D'],
        'o' => &['0'],
        '1' => &['I', 'L', '7', 'T', 'J'],
        'I' => &['1', 'L', 'T', 'J'],
        'L' => &['1', 'I'],
        'l' | '|' | 'i' | '!' => &['1', 'I'],
        'T' => &['1', 'I', '7', 'Y'],
        'J' => &['1', 'I'],
        '2' => &['Z', '7'],
        'Z' => &['2', '7'],
        '3' => &['8', 'B', '5'],
        '4' => &['A'],
        'A' => &['4', 'R'],
        '5' => &['S', '6', '3'],
        'S' => &['5', '8'],
        '6' => &['G', 'B', '8', '5', '0'],
        'G' => &['6', 'C', '0'],
        'C' => &['G', 'O'],
        '7' => &['1', 'T', 'Z', '2'],
        '8' => &['B', '3', '6', '0', 'S', '9'],
        'B' => &['8', '3', '6', 'R', 'E'],
        'E' => &['B', 'F'],
        'F' => &['E', 'P'],
        'P' => &['R', 'F'],
        'R' => &['P', 'B', 'A', 'K'],
        '9' => &['G', '8', '4'],
        'U' => &['V', '0'],
        'V' => &['U', 'Y'],
        'Y' => &['V', 'T'],
        'M' => &['N', 'H'],
        'N' => &['M', 'H'],
        'H' => &['N', 'M'],
        'K' => &['X', 'R'],
        'X' => &['K'],
        'x' => &['X'],
        'W' => &['V'],
        _ => &[],
    }
}

/// The digit that a letter or sign is taken for where only digits can stand.
pub fn as_digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        'O' | 'o' | 'D' | 'Q' | '〇' | '○' => Some('0'),
        'I' | 'l' | '|' | 'i' | '!' | 'J' => Some('1'),
        'Z' | 'z' => Some('2'),
        'A' => Some('4'),
        'S' | 's' => Some('5'),
        'G' | 'b' => Some('6'),
        'T' => Some('7'),
        'B' => Some('8'),
        'g' | 'q' => Some('9'),
        _ => None,
    }
}

/// `value` if it satisfies the predicate, else the one value that does so after a change of one
/// character for one that is confused with it; `None` if there is none or more than one.
pub fn repair_with(value: &str, predicate: impl Fn(&str) -> bool) -> Option<String> {
    if predicate(value) {
        return Some(value.to_owned());
    }
    let mut found = None;
    for (at, c) in value.char_indices() {
        for &other in confusions(c) {
            let mut changed = value.to_owned();
            changed.replace_range(at..at + c.len_utf8(), other.encode_utf8(&mut [0; 4]));
            if predicate(&changed) && found.replace(changed).is_some() {
                return None;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repair_is_one_change_and_unique() {
        assert_eq!(repair_with("123", |v| v == "123").as_deref(), Some("123"));
        assert_eq!(repair_with("l23", |v| v == "123").as_deref(), Some("123"));
        assert_eq!(repair_with("O0", |v| v == "0O"), None, "two changes");
        assert_eq!(repair_with("OO", |v| v.contains('0')), None, "two ways");
        assert_eq!(repair_with("", |_| false), None);
    }
}
