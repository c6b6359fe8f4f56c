//! Which lines, and how many of them, make a page look as if it held a script that the network
//! cannot read. Costs nothing but a look at what was read.

use super::table::{Script, VIETNAMESE};
use crate::ocr::TextLine;

/// The network reads a foreign script as a few Latin letters and signs, unsure of most of them.
const DOUBTFUL_CONFIDENCE: f32 = 0.85;
/// … and with hardly a Han character or kana: unreadable handwriting has many.
const HAN_SHARE: f32 = 0.3;
/// Shorter boxes, in multiples of their height, are specks and signs; a plate's letters have 1.3.
const MIN_RATIO: f32 = 1.2;
/// Of a page with foreign text at least this share of the length of all lines is doubtful …
const PAGE_SHARE: f32 = 0.15;
/// … or, among other text, as much as this many line heights.
///
/// With both, all 18 drawn pages in foreign scripts are noticed, and of 110 other readings (forms,
/// handwriting, photographs, dot-matrix print) 14: nine that do hold foreign text, three blurred passports,
/// a number plate and a photograph of a vehicle.
const MUCH: f32 = 40.0;
/// Letters that only Vietnamese has, of those that the network knows, on a Vietnamese page.
const VIETNAMESE_LETTERS: usize = 3;
/// Reasoned: among foreign lines a line is left alone only if nothing speaks against its reading.
const COMPLETE_CONFIDENCE: f32 = 0.97;
const COMPLETE_SHARE: f32 = 0.7;
/// Latin lines are left alone in scripts that do not resemble Latin; fewer letters may be an accident.
const SURE_LATIN_LETTERS: usize = 4;
const SURE_LATIN: f32 = 0.8;
/// Characters on a line height.
const SPARSE: f32 = 0.4;

/// Width in line heights.
pub fn ratio(line: &TextLine) -> f32 {
    line.quad.width() / line.quad.height().max(1.0)
}

/// Whether the line may be in a script that the network cannot read.
pub fn is_doubtful(line: &TextLine) -> bool {
    line.confidence < DOUBTFUL_CONFIDENCE
        && line.language.is_none()
        && !is_han(line)
        && ratio(line) >= MIN_RATIO
}

/// Whether Han characters or kana were read, among others.
pub fn is_han(line: &TextLine) -> bool {
    let (mut han, mut all) = (0, 0);
    for c in line.text.chars().filter(|c| !c.is_whitespace()) {
        all += 1;
        han += usize::from(matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'));
    }
    han as f32 > HAN_SHARE * all as f32
}

/// Indexes of the doubtful lines, if there are enough of them to ask for their script.
pub fn doubtful(lines: &[TextLine]) -> Vec<usize> {
    let found: Vec<usize> = (0..lines.len()).filter(|&i| is_doubtful(&lines[i])).collect();
    let length: f32 = found.iter().map(|&i| ratio(&lines[i])).sum();
    let whole: f32 = lines.iter().map(ratio).sum();
    if length >= (PAGE_SHARE * whole).min(MUCH) { found } else { Vec::new() }
}

/// Whether the page is Vietnamese, whose commonest accented letters the network leaves out.
pub fn is_vietnamese(lines: &[TextLine]) -> bool {
    let count = |of: &[char]| lines.iter().flat_map(|l| l.text.chars()).filter(|c| of.contains(c)).count();
    // đ is also a letter of South Slavic languages and of Sámi.
    let horned = count(&['ơ', 'ư', 'Ơ', 'Ư']);
    horned > 0 && horned + count(&['đ', 'Đ']) >= VIETNAMESE_LETTERS
}

/// Whether Latin words were read, and nothing else, all of them surely.
fn is_sure_latin(line: &TextLine) -> bool {
    let letters = line.text.chars().filter(char::is_ascii_alphabetic).count();
    line.confidence >= COMPLETE_CONFIDENCE
        && letters >= SURE_LATIN_LETTERS
        && line.chars.iter().all(|c| c.char.is_ascii() && c.confidence >= SURE_LATIN)
}

/// Share of its quad that the line's characters cover.
fn covered(line: &TextLine) -> f32 {
    // A character is no wider than its line is high; a wide one stands before letters left out.
    let height = line.quad.height();
    let printed = line.chars.iter().filter(|c| !c.char.is_whitespace());
    let sum: f32 = printed.map(|c| c.quad.width().min(height)).sum();
    (sum / line.quad.width().max(1.0)).min(1.0)
}

/// How far a reading can be trusted, 0..1: a full stop read surely on a long line tells little.
pub fn standing(line: &TextLine) -> f32 {
    line.confidence * covered(line)
}

/// Whether so few characters were read that most of the line must have been left out; the tightest
/// script, Korean, has 0.8 characters on a line height.
pub fn is_sparse(line: &TextLine) -> bool {
    let printed = line.text.chars().filter(|c| !c.is_whitespace()).count();
    (printed as f32) < SPARSE * ratio(line)
}

/// Whether a line of a page that holds the script should be read in it too.
pub fn may_hold(line: &TextLine, script: &Script) -> bool {
    if *script == VIETNAMESE {
        return line.text.chars().any(|c| c.is_ascii_alphabetic());
    }
    let complete = line.confidence >= COMPLETE_CONFIDENCE && covered(line) >= COMPLETE_SHARE;
    if !script.resembles_latin && is_sure_latin(line) {
        return false;
    }
    // Syllables of Korean are read as Han characters, but not surely.
    !complete && line.language.is_none() && (line.confidence < DOUBTFUL_CONFIDENCE || !is_han(line))
}

#[cfg(test)]
mod tests {
    use super::{super::table::SCRIPTS, *};
    use crate::{geometry::Quad, ocr::CharReading};

    /// A line of 20 pixels' height with characters of 10 pixels' width from its left.
    fn line((text, confidence, ratio): (&str, f32, f32)) -> TextLine {
        let quad = Quad::from_rect(0.0, 0.0, 20.0 * ratio, 20.0);
        let at = |i: usize| Quad::from_rect(10.0 * i as f32, 0.0, 10.0 * (i + 1) as f32, 20.0);
        let chars = text.chars().enumerate().map(|(i, char)| CharReading { char, quad: at(i), confidence });
        TextLine { text: text.into(), quad, confidence, chars: chars.collect(), ..TextLine::default() }
    }

    fn lines(entries: &[(&str, f32, f32)]) -> Vec<TextLine> {
        entries.iter().copied().map(line).collect()
    }

    // The readings below are recorded ones.

    #[test]
    fn foreign_pages_are_noticed() {
        let russian = [("", 0.0, 8.0), ("O  OB", 0.66, 12.0), ("-    .", 0.97, 20.0), (".", 0.94, 7.0)];
        assert_eq!(doubtful(&lines(&russian)), [0, 1]);
        let card = [
            ("m51seq731se27%u Thai National ID Card", 0.80, 20.0),
            ("6 6534 19118 16 7", 0.99, 9.0),
            ("Identification Number", 0.99, 10.0),
            ("LUDCU NOSSCENU CLLNLNCULBIUNCIOR", 0.64, 17.0),
            ("Miss Kamonwan", 1.0, 7.0),
        ];
        assert_eq!(doubtful(&lines(&card)), [0, 3]);
    }

    #[test]
    fn ordinary_pages_are_not() {
        // Handwriting, a dot-matrix number, a speck, a badly read short word on a long page.
        let ordinary = [
            ("多吃水果少熬夜", 0.62, 7.0),
            ("88:81.22", 0.79, 5.0),
            ("h", 0.3, 1.0),
            ("ills", 0.72, 3.0),
            ("中国工商银行客户专用回单", 0.99, 14.0),
            ("付款人户名：张三", 0.99, 18.0),
            ("金额合计（大写）：壹仟贰佰元整", 0.98, 22.0),
        ];
        assert!(doubtful(&lines(&ordinary)).is_empty());
        assert!(doubtful(&[]).is_empty());
    }

    #[test]
    fn vietnamese_is_told_by_its_letters() {
        let page = [
            ("Giá c có th thay đi mà không cn báo trưc.", 0.99, 20.0),
            ("Các ngày l hng tháng ư", 0.99, 12.0),
        ];
        assert!(is_vietnamese(&lines(&page)));
        assert!(doubtful(&lines(&page)).is_empty());
        assert!(!is_vietnamese(&lines(&[("Đorđe Đurđević, međunarodni", 0.99, 20.0)])));
        assert!(
            may_hold(&line(page[0]), &VIETNAMESE) && !may_hold(&line(("2026-11", 0.9, 5.0)), &VIETNAMESE)
        );
    }

    #[test]
    fn on_a_foreign_page_only_whole_and_sure_readings_stay() {
        let thai = &SCRIPTS[3];
        assert!(!may_hold(&line(("Identification Number", 0.99, 10.0)), thai));
        assert!(may_hold(&line((".", 0.99, 10.0)), thai));
        assert!(may_hold(&line(("b.E.2513", 0.9, 4.0)), thai));
        assert!(!may_hold(&line(("姓名", 0.9, 1.0)), thai));
        assert!(standing(&line((".", 0.99, 10.0))) < 0.1);
    }
}
