//! The names of a matrix's items: without numbers and marks, known ones mended.

use unicode_normalization::UnicodeNormalization;

use crate::{classify::fold::folded, extract::derived::edit_distance};

/// An item without what precedes its name (一、 (一) 1. 减： 加： 其中：) and the colon behind it.
pub fn cleaned(text: &str) -> String {
    let mut rest = text.trim();
    loop {
        let before = rest;
        rest = rest.trim_start_matches(['△', '▲', '☆', '★', '*', '＊', '#', '＃', ' ']);
        for word in ["减", "加", "其中"] {
            if let Some(behind) =
                rest.strip_prefix(word).and_then(|t| t.trim_start().strip_prefix([':', '：']))
            {
                rest = behind.trim_start();
            }
        }
        rest = without_number(rest);
        if rest == before {
            break;
        }
    }
    // A speck behind a name is read as a full stop.
    let rest = rest.trim_end_matches([':', '：', ' ', '.', '·', ',', '，', '。']);
    // How the amounts are to be written is no part of the name: （损失以“-”号填列）.
    let note = rest.rfind(['(', '（']).and_then(|at| rest.split_at_checked(at));
    match note.filter(|(name, note)| !name.is_empty() && note.contains("填列")) {
        Some((name, _)) => name.trim_end().to_owned(),
        None => rest.to_owned(),
    }
}

/// Without the number that opens a text: 一、 十二. (三) 4．
fn without_number(text: &str) -> &str {
    let han = |c: char| "一二三四五六七八九十".contains(c);
    let (inner, brackets) = match text.strip_prefix(['(', '（']) {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let behind_han = inner.trim_start_matches(han);
    let behind_digits = inner.trim_start_matches(|c: char| c.is_ascii_digit());
    let (rest, number) = if behind_han.len() < inner.len() {
        (behind_han, true)
    } else {
        (behind_digits, behind_digits.len() < inner.len())
    };
    let closed =
        if brackets { rest.strip_prefix([')', '）']) } else { rest.strip_prefix(['、', '.', '．']) };
    match closed.filter(|_| number) {
        Some(rest) => rest.trim_start(),
        None => text,
    }
}

/// One character in this many of a known item may be wrong, one at least. Reasoned: known items of fifteen
/// characters differ from each other in more than two.
const WRONG_IN: usize = 7;

/// The one known item that a name is nearest to, if few characters differ, or the name as it is.
pub fn mended(name: String, known: &[String]) -> String {
    let read = folded(&name);
    // Shorter names differ by one character and are others (应收票据, 应付票据).
    if read.len() < 5 || known.contains(&name) {
        return name;
    }
    let near = known.iter().filter_map(|k| {
        let wanted = folded(k);
        let allowed = (wanted.len() / WRONG_IN).max(1);
        let wrong = edit_distance(&wanted, &read);
        (wanted.len() >= 5 && wrong > 0 && wrong <= allowed).then_some((wrong, k))
    });
    let near: Vec<(usize, &String)> = near.collect();
    let least = near.iter().map(|n| n.0).min();
    let mut best = near.iter().filter(|n| Some(n.0) == least);
    match (best.next(), best.next()) {
        (Some((_, one)), None) => (*one).clone(),
        _ => name,
    }
}

/// What tells items apart: without brackets and what they hold (实收资本（或股本）), half-width.
pub fn item_key(name: &str) -> String {
    let mut depth = 0_usize;
    let kept = name.nfkc().filter(|c| {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    folded(&kept.collect::<String>()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_numbers_and_are_mended() {
        for (printed, name) in [
            ("一、营业总收入", "营业总收入"),
            ("（一）持续经营净利润", "持续经营净利润"),
            ("减：库存股", "库存股"),
            ("其中：1.利息费用", "利息费用"),
            ("△结算备付金", "结算备付金"),
            ("一年内到期的非流动资产", "一年内到期的非流动资产"),
            ("流动资产：", "流动资产"),
            ("加：投资收益（损失以“-”号填列）", "投资收益"),
        ] {
            assert_eq!(cleaned(printed), name);
        }
        let known = vec!["一年内到期的非流动资产".to_owned()];
        assert_eq!(mended("一年内到期的非流动货产".to_owned(), &known), known[0]);
        assert_eq!(mended("一年内到期的".to_owned(), &known), "一年内到期的");
        assert_eq!(item_key("实收资本（或股本）"), item_key("实收资本"));
    }
}
