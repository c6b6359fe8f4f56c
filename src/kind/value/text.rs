//! Widths, spaces and variant signs of text; numbers of identity; flags and sexes.

use unicode_normalization::UnicodeNormalization;

/// Full-width letters, digits and signs to half-width, full-width space to space, all hyphens and
/// minus signs to `-`, Kangxi radicals to the Han characters they look like; control characters
/// but the line feed go. Chinese sentence punctuation (`，。：；！？（）`) stays.
pub fn half_width(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).map(half_width_char).collect()
}

fn half_width_char(c: char) -> char {
    match c {
        '，' | '：' | '；' | '！' | '？' | '（' | '）' => c,
        // Full-width forms lie 0xFEE0 above ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{00A0}' | '\t' | '\u{2002}'..='\u{200A}' => ' ',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        // CJK radicals supplement and Kangxi radicals, seen in the text of invoice PDFs.
        '\u{2E80}'..='\u{2FDF}' => std::iter::once(c).nfkc().next().unwrap_or(c),
        _ => c,
    }
}

/// As [`half_width`], with Chinese punctuation to ASCII as well: for numbers, dates and codes.
pub fn ascii_form(text: &str) -> String {
    half_width(text)
        .chars()
        .map(|c| match c {
            '，' | '、' => ',',
            '：' | '∶' => ':',
            '；' => ';',
            '（' => '(',
            '）' => ')',
            '。' | '·' | '•' | '．' => '.',
            '￥' => '¥',
            '\n' => ' ',
            _ => c,
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Whether `c` is written without spaces between words: Han, kana and Chinese punctuation.
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF01}'..='\u{FF5E}' | '\u{20000}'..='\u{323AF}')
}

/// One line of text: half-width, spaces between two CJK characters removed and other runs of
/// spaces (and line ends) made one space. `None` if nothing is left.
pub fn line(raw: &str) -> Option<String> {
    let text = half_width(raw).replace('\n', " ");
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if c == ' ' {
            space = true;
            continue;
        }
        let join = out.chars().next_back().is_none_or(|p| is_cjk(p) && is_cjk(c));
        if std::mem::take(&mut space) && !join {
            out.push(' ');
        }
        out.push(c);
    }
    (!out.is_empty()).then_some(out)
}

/// Several lines of text, each as by [`line`]; empty lines go.
pub fn lines(raw: &str) -> Option<String> {
    let kept: Vec<String> = raw.lines().filter_map(line).collect();
    (!kept.is_empty()).then(|| kept.join("\n"))
}

/// A run of digits; `*` may hide some. Letters that look like digits are read as those if at
/// least half of the signs are digits.
pub fn digits(raw: &str) -> Option<String> {
    let text: String = ascii_form(raw).chars().filter(|c| *c != ' ').collect();
    let text = text.trim_start_matches("No").trim_start_matches('№');
    let text = text.trim_matches(|c: char| c != '*' && !c.is_ascii_alphanumeric());
    let plain = |c: &char| c.is_ascii_digit() || *c == '*';
    if !text.is_empty() && text.chars().all(|c| plain(&c)) {
        return text.contains(|c: char| c.is_ascii_digit()).then(|| text.to_owned());
    }
    let read = text.chars().filter(plain).count();
    if read * 2 < text.chars().count() {
        return None;
    }
    let repaired: Option<String> =
        text.chars().map(|c| if plain(&c) { Some(c) } else { super::as_digit(c) }).collect();
    repaired.filter(|t| t.contains(|c: char| c.is_ascii_digit()))
}

/// An identifier: half-width, upper case, without spaces; at least one letter or digit.
pub fn identifier(raw: &str) -> Option<String> {
    let text: String = ascii_form(raw).chars().filter(|c| *c != ' ').collect::<String>().to_uppercase();
    let text = text.trim_start_matches([':', '.', ',', ';']).trim_end_matches([':', '.', ',', ';']);
    text.contains(char::is_alphanumeric).then(|| text.to_owned())
}

/// `男` or `女`.
pub fn sex(raw: &str) -> Option<String> {
    let text = ascii_form(raw).to_uppercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).collect();
    let of = |w: &str| match w {
        "男" | "男性" | "M" | "MALE" | "先生" => Some("男"),
        "女" | "女性" | "F" | "FEMALE" | "女士" => Some("女"),
        _ => None,
    };
    let found: Option<Vec<&str>> = words.iter().map(|w| of(w)).collect();
    match found?.as_slice() {
        [first, rest @ ..] if rest.iter().all(|s| s == first) => Some((*first).to_owned()),
        _ => None,
    }
}

/// `true` or `false`.
pub fn flag(raw: &str) -> Option<String> {
    let value = match ascii_form(raw).to_lowercase().as_str() {
        "是" | "有" | "√" | "✓" | "✔" | "☑" | "☒" | "yes" | "y" | "true" | "1" => true,
        "否" | "无" | "×" | "✗" | "✘" | "☐" | "□" | "no" | "n" | "false" | "0" => false,
        _ => return None,
    };
    Some(value.to_string())
}
