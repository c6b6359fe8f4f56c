//! Headings of sections in running text: larger, bolder or numbered lines that stand alone and end without a stop.

use image::GrayImage;

use crate::{
    numbers::{histogram, median, percentile},
    ocr::TextLine,
    structure::paragraphs::Row,
};

/// A heading's type is larger than the text's by this factor. Drawn pages: sizes by the characters' pitch
/// vary by 3 % within a text, headings begin at 1.1; Latin lines are measured by their boxes, which vary more.
const LARGER: f32 = 1.1;
const LARGER_LATIN: f32 = 1.2;
/// Type so much larger needs nothing else to be a heading.
const MUCH_LARGER: f32 = 1.3;
/// Its strokes are thicker by this factor (bold faces: 1.35 to 1.9 on drawn pages, scans and photographs; within
/// a text they vary by 12 %).
const BOLDER: f32 = 1.25;
/// Longer lines are text.
const LONGEST: usize = 44;
/// A heading ends at least so many ems before the column's margin, if it is not in larger type.
const ENDS_EARLY: f32 = 1.5;
/// Lines of fewer characters say little of the text's type.
const LEAST_CHARS: usize = 8;
/// Strokes are measured on the first part of a line, this many times its height.
const MEASURED: f32 = 10.0;
/// A text is running where this share of the characters stands in full rows, this many at least.
const RUNNING_SHARE: f32 = 0.3;
const RUNNING_ROWS: usize = 4;
/// A column of fewer rows says nothing of their width.
const COLUMN_ROWS: usize = 3;
/// A row with a colon among so many of its first characters is a label with its value.
const LABEL: usize = 8;
/// A full row takes this share of its column's width and is so many ems wide.
const FULL: f32 = 0.85;
const FULL_EMS: f32 = 11.0;

/// What type a line is set in.
#[derive(Debug, Clone, Copy)]
struct Type {
    /// Of a character, pixels.
    size: f32,
    latin: bool,
    /// Thickness of its strokes in shares of the size.
    weight: f32,
}

/// Whether columns of rows hold running text: full rows.
pub fn is_running(columns: &[&[Row]]) -> bool {
    let (mut full, mut running, mut all) = (0, 0, 0);
    for column in columns {
        let left = column.iter().map(|r| r.bounds.left).fold(f32::INFINITY, f32::min);
        let right = column.iter().map(|r| r.bounds.right).fold(f32::NEG_INFINITY, f32::max);
        for row in *column {
            let chars = row.text.chars().count();
            all += chars;
            let label = row.text.chars().take(LABEL).any(|c| matches!(c, ':' | '：'));
            let told = column.len() >= COLUMN_ROWS && !label;
            if told && row.bounds.width() >= (FULL * (right - left)).max(FULL_EMS * row.em()) {
                full += 1;
                running += chars;
            }
        }
    }
    full >= RUNNING_ROWS && running as f32 >= RUNNING_SHARE * all as f32
}

/// The type of a page's text.
pub struct TextType {
    ideographs: Option<f32>,
    latin: Option<f32>,
    weight: f32,
}

impl TextType {
    /// The type in which most characters of `rows` are set; `None` where it is no running text.
    pub fn of(gray: &GrayImage, lines: &[TextLine], columns: &[&[Row]]) -> Option<Self> {
        if !is_running(columns) {
            return None;
        }
        let types: Vec<(usize, Type)> = columns
            .iter()
            .flat_map(|c| c.iter())
            .flat_map(|r| &r.lines)
            .filter_map(|&i| lines.get(i))
            .map(|l| (l.text.chars().count(), type_of(gray, l)))
            .filter(|(chars, _)| *chars >= LEAST_CHARS)
            .collect();
        // A line counts once for each ten of its characters.
        let each = |latin: Option<bool>, value: fn(&Type) -> f32| {
            let of = types.iter().filter(move |(_, t)| latin.is_none_or(|l| l == t.latin));
            median(of.flat_map(|(chars, t)| std::iter::repeat_n(value(t), 1 + chars / 10)))
        };
        Some(Self {
            ideographs: each(Some(false), |t| t.size),
            latin: each(Some(true), |t| t.size),
            weight: each(None, |t| t.weight)?,
        })
    }

    /// Whether `row` is a heading; `right`: the margin of its column.
    pub fn is_heading(&self, gray: &GrayImage, lines: &[TextLine], row: &Row, right: f32) -> bool {
        let text = row.text.trim();
        let chars = text.chars().filter(|c| !c.is_whitespace()).count();
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        if row.parted
            || !(2..=LONGEST).contains(&letters)
            || chars > LONGEST + 16
            || ends_sentence(text)
            || is_caption(text)
        {
            return false;
        }
        let Some(line) = row.lines.first().and_then(|&i| lines.get(i)) else { return false };
        let own = type_of(gray, line);
        let body = if own.latin {
            self.latin.or(self.ideographs.map(|s| 0.8 * s))
        } else {
            self.ideographs.or(self.latin.map(|s| 1.25 * s))
        };
        let larger = own.size / body.unwrap_or(own.size).max(1.0);
        let bolder = own.weight / self.weight.max(1e-3);
        let is_larger = larger >= if own.latin { LARGER_LATIN } else { LARGER };
        let early = right - row.bounds.right >= ENDS_EARLY * row.em();
        if larger >= MUCH_LARGER || (is_larger && bolder >= 1.1) {
            return true;
        }
        // A label in bold before its value is none.
        let label = text.contains([':', '：']);
        early
            && !label
            && (bolder >= BOLDER
                || (is_larger && is_numbered(text))
                || is_clause(text)
                || (bolder >= 1.12 && is_numbered(text)))
    }
}

fn ends_sentence(text: &str) -> bool {
    text.ends_with(['。', '，', '；', '、', '.', ',', ';', ':', '：', '！', '!'])
}

fn is_caption(text: &str) -> bool {
    let figure = ["图", "表", "圖", "Fig", "Table", "FIG", "TABLE"].iter().find_map(|c| text.strip_prefix(c));
    figure.is_some_and(|rest| {
        rest.trim_start_matches(['u', 'r', 'e', '.', ' ']).starts_with(|c: char| c.is_ascii_digit())
    })
}

/// How deep a numbered heading lies: `1` and `第一章` 1, `1.1` and `第一节` 2, …; `None` without a number.
pub fn depth(text: &str) -> Option<u8> {
    let text = text.trim_start();
    let behind = |c: char| text.split_once(c).map(|(before, _)| before);
    if text.starts_with('第') {
        for (sign, depth) in [('章', 1), ('编', 1), ('节', 2), ('条', 3)] {
            if behind(sign).is_some_and(|b| b.chars().count() <= 5 && b.chars().skip(1).all(is_numeral)) {
                return Some(depth);
            }
        }
        return None;
    }
    if let Some(before) = behind('、').filter(|b| !b.is_empty() && b.chars().count() <= 3) {
        return before
            .chars()
            .all(is_numeral)
            .then(|| if before.starts_with(|c: char| c.is_ascii_digit()) { 3 } else { 1 });
    }
    if let Some(rest) = text.strip_prefix(['（', '(']) {
        let number = rest.split(['）', ')']).next().unwrap_or_default();
        let numbered = !number.is_empty() && number.chars().count() <= 3 && number.chars().all(is_numeral);
        return numbered.then_some(2);
    }
    let number: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let parts: Vec<&str> = number.split('.').filter(|p| !p.is_empty()).collect();
    let rest = text[number.len()..].trim_start();
    let plausible = parts.iter().all(|p| p.len() <= 2) && (1..=4).contains(&parts.len());
    (plausible && rest.starts_with(char::is_alphabetic)).then_some(parts.len() as u8)
}

fn is_numbered(text: &str) -> bool {
    depth(text).is_some()
}

/// `第三条` and its title, or a chapter.
fn is_clause(text: &str) -> bool {
    text.starts_with('第') && is_numbered(text)
}

fn is_numeral(c: char) -> bool {
    "一二三四五六七八九十百零〇".contains(c) || c.is_ascii_digit()
}

fn type_of(gray: &GrayImage, line: &TextLine) -> Type {
    let signs: Vec<char> = line.text.chars().filter(|c| !c.is_whitespace()).collect();
    let wide = signs.iter().filter(|c| **c >= '\u{2E80}').count();
    let latin = 2 * wide < signs.len();
    let height = line.quad.height();
    let ems = |c: &char| match c {
        '\u{2E80}'.. => 1.0,
        ' ' => 0.3,
        'A'..='Z' => 0.65,
        _ => 0.52,
    };
    let size = if latin {
        0.8 * height
    } else {
        (line.quad.width() / line.text.chars().map(|c| ems(&c)).sum::<f32>().max(1.0)).min(height)
    };
    Type { size, latin, weight: stroke(gray, line) / size.max(1.0) }
}

/// Mean thickness of a line's strokes, pixels: twice their area over their outline.
fn stroke(gray: &GrayImage, line: &TextLine) -> f32 {
    let (width, height) = (line.quad.width(), line.quad.height());
    let bounds = line.quad.slice(0.0, (MEASURED * height / width.max(1.0)).min(1.0)).bounds();
    let (left, top) = (bounds.left.max(0.0) as u32, bounds.top.max(0.0) as u32);
    let (right, bottom) = (
        (bounds.right.max(0.0) as u32).min(gray.width()),
        (bounds.bottom.max(0.0) as u32).min(gray.height()),
    );
    if left >= right || top >= bottom {
        return 0.0;
    }
    let raw = gray.as_raw();
    let page_width = gray.width() as usize;
    let row = |y: u32| {
        raw.get(y as usize * page_width + left as usize..y as usize * page_width + right as usize)
            .unwrap_or_default()
    };
    let levels = histogram((top..bottom).flat_map(|y| row(y).iter().copied()));
    let at = |share: f32| i32::from(percentile(&levels, share));
    let (ground, low, high) = (at(0.6), at(0.03), at(0.97));
    let dark = ground - low >= high - ground;
    let limit = if dark { (ground + low) / 2 } else { (ground + high) / 2 };
    let is_ink = |v: u8| if dark { i32::from(v) < limit } else { i32::from(v) > limit };
    let (mut area, mut outline) = (0u32, 0u32);
    let mut above = vec![false; (right - left) as usize];
    for y in top..bottom {
        let mut before = false;
        for (&v, above) in row(y).iter().zip(&mut above) {
            let ink = is_ink(v);
            area += u32::from(ink);
            outline += u32::from(ink != before) + u32::from(ink != *above);
            before = ink;
            *above = ink;
        }
    }
    // The outline of a slanted stroke in steps is longer than the stroke, by 4/π on average.
    2.0 * area as f32 / (outline as f32 * std::f32::consts::FRAC_PI_4).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_sections_tell_their_depth() {
        for (text, wanted) in [
            ("第三章 总则", Some(1)),
            ("第二条 价款与支付", Some(3)),
            ("一、总体要求", Some(1)),
            ("（一）加强领导", Some(2)),
            ("2.3 参数估计", Some(2)),
            ("1.2.1 Discussion", Some(3)),
            ("4. Conclusion", Some(1)),
            ("2026年3月17日", None),
            ("12,000.00 元", None),
            ("第一次会议", None),
            ("结论", None),
        ] {
            assert_eq!(depth(text), wanted, "{text}");
        }
    }
}
