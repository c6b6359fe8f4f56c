//! Chinese capital amounts: `壹仟肆佰零玖元伍角` to a decimal and back, by the rules that the
//! settlement regulation (支付结算办法) gives for bills.

use rust_decimal::{Decimal, RoundingStrategy};

use super::text::ascii_form;

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const UNITS: [&str; 4] = ["", "拾", "佰", "仟"];

/// The circled cross that guards printed capitals, what it is read as, and other signs in front.
const GUARDS: [char; 16] = ['⊗', 'ⓧ', 'Ⓧ', '⨂', '⊕', '×', 'X', 'x', '@', '®', '⑧', '囚', '¥', ':', '.', '-'];

/// One sign of a capital amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Digit(u8),
    /// 10, 100 or 1000.
    Unit(u16),
    /// 万.
    Myriad,
    /// 亿.
    Yi,
    Yuan,
    Jiao,
    Fen,
    /// 整.
    Whole,
}

/// Every sign with the characters that print it, the standard one first, and characters that it
/// is misread as: those of nearly the same strokes that mean nothing else in an amount (任 is
/// left out: it may be 伍 or 仟).
const SIGNS: [(Sign, &str, &str); 19] = [
    (Sign::Digit(0), "零〇○", "雾霉雷"),
    (Sign::Digit(1), "壹一弌", "壺壶臺亚"),
    (Sign::Digit(2), "贰貳二弍两兩貮", "贡贷"),
    (Sign::Digit(3), "叁叄参參三弎叅", ""),
    (Sign::Digit(4), "肆四", "肄"),
    (Sign::Digit(5), "伍五", ""),
    (Sign::Digit(6), "陆陸六", "随陵"),
    (Sign::Digit(7), "柒七", "染漆"),
    (Sign::Digit(8), "捌八", "拐别"),
    (Sign::Digit(9), "玖九", "攻玫"),
    (Sign::Unit(10), "拾十", "抬恰捨"),
    (Sign::Unit(100), "佰百", "伯陌"),
    (Sign::Unit(1000), "仟千", "什"),
    (Sign::Myriad, "万萬", "方"),
    (Sign::Yi, "亿億", ""),
    (Sign::Yuan, "圆元圓", "园圖图兀"),
    (Sign::Jiao, "角", "甪"),
    (Sign::Fen, "分", "份"),
    (Sign::Whole, "整正", "挠鳌繁"),
];

/// The sign that `c` prints or is a misreading of.
fn sign(c: char) -> Option<Sign> {
    SIGNS.iter().find(|(_, printed, misread)| printed.contains(c) || misread.contains(c)).map(|s| s.0)
}

/// `c` itself where it prints a sign, the sign's standard character where it is misread.
fn standard(c: char) -> char {
    let misread = SIGNS.iter().find(|(_, _, misread)| misread.contains(c));
    misread.and_then(|(_, printed, _)| printed.chars().next()).unwrap_or(c)
}

/// Takes what may stand before the capitals off: currency, guards, the mark of a negative
/// amount. Returns the printed prefix worth keeping, whether it is negative, and the rest.
fn prefix(text: &str) -> (String, bool, &str) {
    let (mut kept, mut negative, mut rest) = (String::new(), false, text);
    loop {
        let before = rest;
        rest = rest.trim_start_matches(GUARDS);
        for skip in ["(大写)", "大写"] {
            rest = rest.strip_prefix(skip).unwrap_or(rest);
        }
        if let Some(r) = rest.strip_prefix("人民币") {
            (kept, rest) = (kept + "人民币", r);
        }
        for (mark, printed) in [("(负数)", "（负数）"), ("(负)", "（负）"), ("负数", "负数"), ("负", "负")]
        {
            if let Some(r) = rest.strip_prefix(mark) {
                (kept, negative, rest) = (kept + printed, true, r);
            }
        }
        if rest == before {
            return (kept, negative, rest);
        }
    }
}

fn compact(raw: &str) -> String {
    ascii_form(raw).chars().filter(|c| !c.is_whitespace()).collect()
}

/// See [`super::normalise`]: the capitals as printed with misread signs put right.
pub(super) fn normalise_words(raw: &str) -> Option<String> {
    words_to_amount(raw)?;
    let text = compact(raw);
    let (kept, _, rest) = prefix(&text);
    Some(kept + &rest.trim_end_matches(['.', ',']).chars().map(standard).collect::<String>())
}

/// The value of a Chinese capital amount, with two places. Variants, small numerals, spaces,
/// prefixes and misread signs are understood; `None` if the text is no amount.
pub fn words_to_amount(raw: &str) -> Option<Decimal> {
    let text = compact(raw);
    let (_, negative, rest) = prefix(&text);
    let signs: Option<Vec<Sign>> = rest.trim_end_matches(['.', ',']).chars().map(sign).collect();
    let amount = Decimal::try_from_i128_with_scale(cents(&signs?)?, 2).ok()?;
    Some(if negative { -amount } else { amount })
}

/// A whole number in Chinese numerals, capital or small (`壹拾柒万`, `三十一`, `十`); `None` if it
/// is none.
pub fn capital_number(text: &str) -> Option<u64> {
    let signs: Vec<Sign> = text.chars().take(MOST_SIGNS + 1).map(sign).collect::<Option<_>>()?;
    (signs.len() <= MOST_SIGNS).then(|| whole(&signs))?.and_then(|n| u64::try_from(n).ok())
}

/// The longest amount below 10^16 yuan takes 36 signs; spaces and a doubled 零 are no signs of it.
const MOST_SIGNS: usize = 48;

/// `[INT 元] [D 角] [D 分] [整]` in cents.
fn cents(signs: &[Sign]) -> Option<i128> {
    if signs.len() > MOST_SIGNS {
        return None;
    }
    let mut rest = signs;
    let mut total: i128 = 0;
    let mut named = false;
    if let Some(at) = rest.iter().position(|s| *s == Sign::Yuan) {
        let (yuan, after) = rest.split_at(at);
        total = whole(yuan)?.checked_mul(100)?;
        rest = after.get(1..)?;
        named = true;
    }
    let mut last_unit = 100;
    while let Some(first) = rest.first() {
        rest = match (first, rest.get(1)) {
            // One 零 may stand for empty places.
            (Sign::Digit(0), Some(Sign::Digit(_) | Sign::Whole)) | (Sign::Digit(0), None) if named => {
                rest.get(1..)?
            }
            (Sign::Digit(d), Some(unit @ (Sign::Jiao | Sign::Fen))) => {
                let worth = if *unit == Sign::Jiao { 10 } else { 1 };
                if worth >= last_unit {
                    return None;
                }
                last_unit = worth;
                named = true;
                total += i128::from(*d) * worth;
                rest.get(2..)?
            }
            (Sign::Whole, None) if named => rest.get(1..)?,
            _ => return None,
        };
    }
    named.then_some(total)
}

/// A whole number of groups of up to four digits, parted by 万 and 亿.
fn whole(signs: &[Sign]) -> Option<i128> {
    let split = |at: Sign, worth: i128| {
        let place = signs.iter().rposition(|s| *s == at)?;
        let (high, low) = (whole(signs.get(..place)?)?, signs.get(place + 1..)?);
        let low = if low.is_empty() { 0 } else { whole(low)? };
        (high > 0 && low < worth).then(|| high.checked_mul(worth)?.checked_add(low))?
    };
    if signs.contains(&Sign::Yi) {
        split(Sign::Yi, 100_000_000)
    } else if signs.contains(&Sign::Myriad) {
        split(Sign::Myriad, 10_000)
    } else {
        group(signs)
    }
}

/// Up to four digits with their units, falling; a bare 拾 in front is ten.
fn group(signs: &[Sign]) -> Option<i128> {
    let (mut value, mut below) = (0, 10_000);
    let mut rest = signs;
    if rest.is_empty() {
        return None;
    }
    loop {
        rest = match rest {
            [] => return Some(value),
            [Sign::Digit(d)] => return Some(value + i128::from(*d)),
            [Sign::Digit(0), rest @ ..] => rest,
            [Sign::Digit(d), Sign::Unit(u), rest @ ..] if *u < below => {
                value += i128::from(*d) * i128::from(*u);
                below = *u;
                rest
            }
            [Sign::Unit(10), rest @ ..] if below > 10 => {
                value += 10;
                below = 10;
                rest
            }
            _ => return None,
        };
    }
}

/// The amount in standard capitals, rounded to cents: `1409.50` is 壹仟肆佰零玖元伍角, a negative
/// amount has （负数） in front. `None` from 10^16 yuan on, beyond what the units name.
pub fn amount_to_words(amount: Decimal) -> Option<String> {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    if rounded.scale() != 2 {
        return None;
    }
    let cents = rounded.mantissa().unsigned_abs();
    let (yuan, jiao, fen) = (cents / 100, cents / 10 % 10, cents % 10);
    if yuan >= 10u128.pow(16) {
        return None;
    }
    let mut out = String::from(if rounded.mantissa() < 0 { "（负数）" } else { "" });
    if yuan > 0 || cents == 0 {
        out += &whole_words(yuan);
        out.push('元');
    }
    // An empty place before a filled one is 零: required at 角, the rule leaves it free at 元.
    if (jiao > 0 && yuan > 0 && yuan % 10 == 0) || (jiao == 0 && fen > 0 && yuan > 0) {
        out.push('零');
    }
    for (digit, unit) in [(jiao, '角'), (fen, '分')] {
        if digit > 0 {
            out.extend([digit_char(digit), unit]);
        }
    }
    if jiao == 0 && fen == 0 {
        out.push('整');
    }
    Some(out)
}

fn digit_char(digit: u128) -> char {
    usize::try_from(digit).ok().and_then(|d| DIGITS.get(d).copied()).unwrap_or('零')
}

/// A whole number in capitals: one 零 for any run of empty places before a filled one.
fn whole_words(number: u128) -> String {
    for (worth, unit) in [(100_000_000, '亿'), (10_000, '万')] {
        if number >= worth {
            let (high, low) = (number / worth, number % worth);
            let mut out = whole_words(high);
            out.push(unit);
            if low > 0 {
                out.extend((low < worth / 10).then_some('零'));
                out += &whole_words(low);
            }
            return out;
        }
    }
    let mut out = String::new();
    let mut gap = false;
    for (place, unit) in UNITS.iter().enumerate().rev() {
        let digit = number / 10u128.pow(u32::try_from(place).unwrap_or(0)) % 10;
        if digit == 0 {
            gap = !out.is_empty();
            continue;
        }
        out.extend(std::mem::take(&mut gap).then_some('零'));
        out.push(digit_char(digit));
        out += unit;
    }
    if out.is_empty() { "零".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    /// Published and printed examples: figure and words.
    const EXAMPLES: [(&str, &str); 15] = [
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("10354.50", "壹万零叁佰伍拾肆元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("175800.00", "壹拾柒万伍仟捌佰元整"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("190.19", "壹佰玖拾元零壹角玖分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("270.07", "贰佰柒拾元零柒分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("0.05", "伍分"),
        ("100000005.00", "壹亿零伍元整"),
        ("-150.00", "（负数）壹佰伍拾元整"),
        ("1000000000000.00", "壹万亿元整"),
        ("100010000.00", "壹亿零壹万元整"),
        ("53.40", "伍拾叁元肆角"),
    ];

    #[test]
    fn examples_both_ways() {
        for (figure, words) in EXAMPLES {
            let amount = Decimal::from_str(figure).unwrap();
            assert_eq!(words_to_amount(words), Some(amount), "{words}");
            assert_eq!(amount_to_words(amount).as_deref(), Some(words), "{figure}");
        }
    }

    #[test]
    fn variants_and_misreadings() {
        for (words, figure) in [
            ("壹拾万零柒仟元零伍角叁分", "107000.53"),
            ("⊗伍佰贰拾陆圆整", "526.00"),
            ("ⓧ 叁 仟 贰 佰 捌 拾 肆 圓 正", "3284.00"),
            ("人民币肆万肆仟圆玖角陆分", "44000.96"),
            ("（负数）壹佰伍拾圆整", "-150.00"),
            ("负壹佰元整", "-100.00"),
            ("拾元整", "10.00"),
            ("贰佰圆挠", "200.00"),
            ("参萬陸仟貳佰零叄圓", "36203.00"),
            ("一百二十元五角", "120.50"),
            ("壹亿贰仟万元整", "120000000.00"),
            ("壹拾元", "10.00"),
            ("零元整", "0.00"),
            ("伍角整", "0.50"),
            ("肆仟元零角零分", "4000.00"),
            ("伍佰园整", "500.00"),
        ] {
            let amount = Decimal::from_str(figure).unwrap();
            assert_eq!(words_to_amount(words), Some(amount), "{words}");
        }
    }

    #[test]
    fn what_is_no_amount() {
        for words in [
            "",
            "整",
            "元整",
            "壹佰",
            "壹佰元整元",
            "壹拾贰佰元",
            "壹角贰角",
            "壹分贰角",
            "价税合计",
            "12.00",
            "圆",
            "万元",
        ] {
            assert_eq!(words_to_amount(words), None, "{words}");
        }
    }

    #[test]
    fn absurd_amounts_are_refused() {
        assert_eq!(words_to_amount(&format!("玖{}元", "亿".repeat(6))), None);
        assert_eq!(words_to_amount(&format!("玖{}元", "亿".repeat(100_000))), None);
        assert_eq!(capital_number(&"万".repeat(100_000)), None);
        assert_eq!(amount_to_words(Decimal::MAX), None);
        assert_eq!(amount_to_words(Decimal::MIN), None);
    }

    #[test]
    fn normalised_words_keep_the_printed_variant() {
        assert_eq!(normalise_words("⊗伍佰 贰拾陆圆挠").as_deref(), Some("伍佰贰拾陆圆整"));
        assert_eq!(normalise_words("(负数)壹佰圓整").as_deref(), Some("（负数）壹佰圓整"));
        assert_eq!(normalise_words("人民币壹佰元整").as_deref(), Some("人民币壹佰元整"));
        assert_eq!(normalise_words("壹佰"), None);
    }

    #[test]
    fn every_amount_survives_the_way_to_words_and_back() {
        // All places filled and empty in many combinations: a multiplicative walk over 18 digits.
        let mut n: i128 = 1;
        for step in 0..2_000i128 {
            n = (n * 6_364_136_223_846_793_005 + step * 1_442_695_040_888_963_407).rem_euclid(10i128.pow(18));
            for modulus in [100, 10_000, 10_000_000, 10i128.pow(12), 10i128.pow(18)] {
                // Divided by a power of ten and back: runs of zeros at the end.
                for tail in [1, 100, 1_000_000] {
                    let cents = n % modulus / tail * tail;
                    let amount = Decimal::from_i128_with_scale(if step % 7 == 0 { -cents } else { cents }, 2);
                    let words = amount_to_words(amount).unwrap();
                    assert_eq!(words_to_amount(&words), Some(amount), "{amount} {words}");
                }
            }
        }
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(capital_number("三十一"), Some(31));
        assert_eq!(capital_number("零壹拾"), Some(10));
        assert_eq!(capital_number("十二"), Some(12));
        assert_eq!(capital_number("二〇二四"), None);
    }
}
