//! The brackets that follow a label and belong to it: the unit in which its value is counted, 里程(km), and
//! any remark in front of its colon, 折扣(9折)：, or the label in another language, 终端号(TERMINAL NO).

use unicode_normalization::UnicodeNormalization;

use crate::classify::frame::Glyph;

/// Units as forms print them behind labels, in small letters and half-width (㎡ is m2 then).
const UNITS: [&str; 30] = [
    "元",
    "万元",
    "人民币",
    "人民币元",
    "rmb",
    "¥",
    "角",
    "分",
    "km",
    "公里",
    "m",
    "米",
    "mm",
    "毫米",
    "cm",
    "m2",
    "平方米",
    "kg",
    "千克",
    "g",
    "t",
    "吨",
    "分钟",
    "秒",
    "天",
    "次",
    "张",
    "份",
    "人",
    "%",
];

/// How many characters in front of a value are a unit in brackets, or a remark in brackets that a colon
/// follows; 0 without one.
pub fn length(behind_label: &[Glyph]) -> usize {
    let open = behind_label.iter().take_while(|g| g.char.is_whitespace()).count();
    if !behind_label.get(open).is_some_and(|g| matches!(g.char, '(' | '（')) {
        return 0;
    }
    let Some(close) = behind_label.iter().position(|g| matches!(g.char, ')' | '）')) else { return 0 };
    let inside = behind_label.get(open + 1..close).unwrap_or_default();
    let inside: String = inside.iter().map(|g| g.char).filter(|c| !c.is_whitespace()).nfkc().collect();
    let colon = behind_label.get(close + 1).is_some_and(|g| matches!(g.char, ':' | '：'));
    if colon || UNITS.contains(&inside.to_lowercase().as_str()) || is_gloss(&inside) { close + 1 } else { 0 }
}

/// Whether a bracket holds the label in another language: 终端号(TERMINAL NO).
fn is_gloss(inside: &str) -> bool {
    let letters = inside.chars().filter(char::is_ascii_alphabetic).count();
    letters >= 4 && inside.chars().all(|c| c.is_ascii_alphabetic() || "./&'-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        classify::frame::{Frame, Span},
        geometry::Quad,
        ocr::TextLine,
    };

    #[test]
    fn units_in_brackets_are_skipped_and_other_brackets_are_not() {
        let cases = [
            ("（元）12.00", 3),
            (" (km)18.4", 5),
            ("(M²)98.20", 4),
            ("(北京)有限公司", 0),
            ("(9折):-12.60", 4),
            ("(大写)：壹元", 4),
            ("(TERMINAL NO)40211907", 13),
            ("(元", 0),
            ("12", 0),
        ];
        for (text, length_in_chars) in cases {
            let quad = Quad::from_rect(0.0, 0.0, 200.0, 20.0);
            let line = TextLine { text: text.into(), quad, confidence: 0.9, ..TextLine::default() };
            let frame = Frame::of_lines(&[line], &[0], 0);
            let to = frame.lines[0].glyphs.len();
            assert_eq!(length(frame.glyphs(&Span { line: 0, from: 0, to })), length_in_chars, "{text}");
        }
    }
}
