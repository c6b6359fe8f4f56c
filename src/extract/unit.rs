//! The unit in brackets that follows a label and says in what its value is counted: 里程(km).

use unicode_normalization::UnicodeNormalization;

use crate::classify::frame::Glyph;

/// Units as forms print them behind labels, in small letters and half-width.
const UNITS: [&str; 32] = [
    "元",
    "万元",
    "人民币",
    "人民币元",
    "rmb",
    "¥",
    "￥",
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
    "㎡",
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

/// How many characters in front of a value are a unit in brackets; 0 without one.
pub fn length(behind_label: &[Glyph]) -> usize {
    let open = behind_label.iter().take_while(|g| g.char.is_whitespace()).count();
    if !behind_label.get(open).is_some_and(|g| matches!(g.char, '(' | '（')) {
        return 0;
    }
    let Some(close) = behind_label.iter().position(|g| matches!(g.char, ')' | '）')) else { return 0 };
    let inside = behind_label.get(open + 1..close).unwrap_or_default();
    let inside: String = inside.iter().map(|g| g.char).filter(|c| !c.is_whitespace()).nfkc().collect();
    let known = UNITS.iter().any(|u| u.chars().nfkc().eq(inside.to_lowercase().chars()));
    if known { close + 1 } else { 0 }
}
