//! Approximate search for printed texts in read lines.

use unicode_normalization::UnicodeNormalization;

use crate::{
    classify::frame::{Frame, FrameLine, Span},
    geometry::Rect,
    ocr::simplified,
};

/// A character as it counts in matching: half-width, lower case, simplified; `None` for spaces
/// and punctuation.
pub fn fold(c: char) -> Option<char> {
    // Han characters are their own half-width form.
    let han = ('\u{4E00}'..='\u{9FFF}').contains(&c);
    let c = if han { c } else { std::iter::once(c).nfkc().next()? };
    if !c.is_alphanumeric() {
        return None;
    }
    if let Some(form) = simplified(c) {
        return Some(form);
    }
    c.to_lowercase().next()
}

/// The characters of `text` that count in matching.
pub fn folded(text: &str) -> Vec<char> {
    text.chars().filter_map(fold).collect()
}

/// A printed text found in a frame.
#[derive(Debug, Clone)]
pub struct Match {
    /// Where; more than one where the text is spread over several boxes.
    pub spans: Vec<Span>,
    /// Around it, in the frame.
    pub rect: Rect,
    /// Characters misread.
    pub distance: usize,
    /// Share of characters read right, 0..1.
    pub quality: f32,
}

/// How many characters of a text of this length may be misread. One in four, none in a text of
/// two: single characters are common, and shorter texts would match everywhere.
pub fn allowance(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        _ => length / 4,
    }
}

/// How many characters a match of a text of this length has at least: of three none may be lost, as the
/// other two are a word of their own (汇入 is not 汇入行).
fn least(length: usize) -> usize {
    if length == 3 { length } else { 1 }
}

/// Gap, in line heights, over which the boxes of one text may be spread ("合　　计").
const SPREAD: f32 = 8.0;

/// Characters of a text that a narrow cell may break into two lines. Reasoned: the labels of forms that are
/// set so have six and more (何时由何地迁来本址), and so many do not follow each other by chance.
const WRAPPED: usize = 6;

/// Blank between the lines of one text, in line heights. Measured on drawn pages: the boxes of a label broken
/// in its cell overlap (-0.2 to -0.1 on household registers); labels of two rows are 0.19 and more apart (投保人
/// above 证件类型 on policies).
const TIGHT: f32 = 0.1;

/// The line right under another one and flush with it, as text goes on in a narrow cell.
fn line_under(frame: &Frame, line: &FrameLine) -> Option<usize> {
    let (a, h) = (&line.rect, line.rect.height());
    let under = frame.lines.iter().enumerate().filter(|(_, l)| {
        let gap = l.rect.top - a.bottom;
        let alike = l.rect.height() > 0.6 * h && l.rect.height() < 1.6 * h;
        // Lines of one text are set tight; rows of a form stand further apart.
        let next = l.rect.center().y > a.bottom - 0.2 * h && gap < TIGHT * h;
        !l.vertical && alike && next && (l.rect.left - a.left).abs() < h
    });
    under.min_by(|a, b| a.1.rect.top.total_cmp(&b.1.rect.top)).map(|(i, _)| i)
}

/// Every place where `text` is printed, best first within a line, in line order.
pub fn find(frame: &Frame, text: &str) -> Vec<Match> {
    let wanted = folded(text);
    if wanted.is_empty() {
        return Vec::new();
    }
    let limit = allowance(wanted.len());
    let mut found = Vec::new();
    for (start, line) in frame.lines.iter().enumerate() {
        let mut nothing = true;
        if promising(&wanted, frame, start, limit) {
            let first = letters(frame, start);
            let mut inside = search(&wanted, &first, limit);
            inside.retain(|hit| hit.to - hit.from >= least(wanted.len()));
            nothing = inside.is_empty();
            found.extend(inside.into_iter().map(|hit| to_match(frame, &first, hit, wanted.len())));
        }
        // Spread over boxes: the tail of this one and the head of the next ones. A label of two
        // parts (数量×单价) is printed in one box, or it is two labels.
        let head = wanted.get(..2.min(wanted.len())).unwrap_or_default();
        let parted = text.contains(['×', '/', '*', '／']);
        if nothing && !parted && line.letters.iter().rev().take(wanted.len()).any(|l| head.contains(&l.0)) {
            let first = letters(frame, start);
            let along = across(frame, start, &first, &wanted, |l| l.right);
            let down = || across(frame, start, &first, &wanted, |l| l.down);
            let wrapped = || match wanted.len() >= WRAPPED {
                true => across(frame, start, &first, &wanted, |l| line_under(frame, l)),
                false => None,
            };
            found.extend(along.or_else(down).or_else(wrapped));
        }
    }
    found
}

/// The text as it begins in one box and ends in one of those that follow it.
fn across(
    frame: &Frame,
    start: usize,
    first: &[Letter],
    wanted: &[char],
    next: impl Fn(&FrameLine) -> Option<usize>,
) -> Option<Match> {
    let mut all = first.to_vec();
    let mut last = start;
    for _ in 1..wanted.len().min(6) {
        let line = frame.lines.get(last)?;
        let follower = next(line)?;
        let (a, b) = (&line.rect, &frame.lines.get(follower)?.rect);
        if b.left - a.right > SPREAD * a.height().min(b.height()) {
            return None;
        }
        all.extend(letters(frame, follower));
        last = follower;
        let hits = search(wanted, &all, allowance(wanted.len()).min(1));
        if let Some(hit) = hits.into_iter().find(|h| h.from < first.len() && h.to > first.len()) {
            return Some(to_match(frame, &all, hit, wanted.len()));
        }
    }
    None
}

#[derive(Debug, Clone, Copy)]
struct Letter {
    char: char,
    line: usize,
    glyph: usize,
}

fn letters(frame: &Frame, line: usize) -> Vec<Letter> {
    let own = frame.lines.get(line).map(|l| l.letters.as_slice()).unwrap_or_default();
    own.iter().map(|&(char, glyph)| Letter { char, line, glyph }).collect()
}

/// Whether enough of the characters are there at all for a match with `limit` misread.
fn promising(wanted: &[char], frame: &Frame, line: usize, limit: usize) -> bool {
    let own = frame.lines.get(line).map(|l| l.letters.as_slice()).unwrap_or_default();
    wanted.iter().filter(|&&c| !own.iter().any(|l| l.0 == c)).count() <= limit
}

#[derive(Debug, Clone, Copy)]
struct Hit {
    from: usize,
    to: usize,
    distance: usize,
}

/// Approximate occurrences of `wanted` in `letters` (Sellers' algorithm), not overlapping.
fn search(wanted: &[char], letters: &[Letter], limit: usize) -> Vec<Hit> {
    // Column by column over the text: (distance, start) of the best match of each prefix.
    let mut column: Vec<(usize, usize)> = (0..=wanted.len()).map(|i| (i, 0)).collect();
    let mut hits: Vec<Hit> = Vec::new();
    for (j, letter) in letters.iter().enumerate() {
        let mut above_left = column[0];
        column[0] = (0, j + 1);
        for i in 1..=wanted.len() {
            let keep = (above_left.0 + usize::from(wanted[i - 1] != letter.char), above_left.1);
            let insert = (column[i].0 + 1, column[i].1);
            let delete = (column[i - 1].0 + 1, column[i - 1].1);
            above_left = column[i];
            column[i] = [keep, insert, delete].into_iter().min_by_key(|c| c.0).unwrap_or(keep);
        }
        let (distance, from) = column[wanted.len()];
        if distance <= limit {
            hits.push(Hit { from, to: j + 1, distance });
        }
    }
    hits.sort_by_key(|h| (h.distance, h.from));
    let mut chosen: Vec<Hit> = Vec::new();
    for hit in hits {
        if chosen.iter().all(|c| hit.to <= c.from || c.to <= hit.from) {
            chosen.push(hit);
        }
    }
    chosen
}

fn to_match(frame: &Frame, letters: &[Letter], hit: Hit, length: usize) -> Match {
    let mut spans: Vec<Span> = Vec::new();
    for letter in &letters[hit.from..hit.to] {
        match spans.last_mut().filter(|s| s.line == letter.line) {
            Some(span) => span.to = letter.glyph + 1,
            None => spans.push(Span { line: letter.line, from: letter.glyph, to: letter.glyph + 1 }),
        }
    }
    let rect = spans.iter().map(|s| frame.span_rect(s)).reduce(|a, b| a.union(&b)).unwrap_or_default();
    let quality = 1.0 - hit.distance as f32 / length as f32;
    Match { spans, rect, distance: hit.distance, quality }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Quad, ocr::TextLine};

    fn frame(lines: &[(&str, f32)]) -> Frame {
        let lines: Vec<TextLine> = lines
            .iter()
            .map(|(text, x)| {
                let width = 20.0 * text.chars().count() as f32;
                let quad = Quad::from_rect(*x, 0.0, x + width, 20.0);
                TextLine { text: (*text).into(), quad, confidence: 0.9, ..TextLine::default() }
            })
            .collect();
        Frame::of_lines(&lines, &(0..lines.len()).collect::<Vec<_>>(), 0)
    }

    #[test]
    fn labels_are_found_spaced_merged_misread_and_split() {
        type Case<'a> = (&'a [(&'a str, f32)], &'a str, usize);
        let cases: [Case; 7] = [
            (&[("开 票 日 期：2024年", 0.0)], "开票日期", 1),
            (&[("開票曰期:2024年", 0.0)], "开票日期", 1),
            (&[("名", 0.0), ("称：示例公司", 100.0)], "名称", 1),
            (&[("名", 0.0), ("称：示例公司", 900.0)], "名称", 0),
            (&[("名称：甲 名称：乙", 0.0)], "名称", 2),
            (&[("开户银行", 0.0)], "开票日期", 0),
            (&[("汇入", 0.0)], "汇入行", 0),
        ];
        for (lines, label, count) in cases {
            let found = find(&frame(lines), label);
            assert_eq!(found.len(), count, "{label} in {lines:?}");
        }
    }

    #[test]
    fn a_label_broken_in_its_cell_is_found_and_rows_of_labels_are_not_joined() {
        let stacked = |second: &str, top: f32| {
            let line = |text: &str, y: f32| {
                let width = 20.0 * text.chars().count() as f32;
                let quad = Quad::from_rect(0.0, y, width, y + 20.0);
                TextLine { text: text.into(), quad, confidence: 0.9, ..TextLine::default() }
            };
            Frame::of_lines(&[line("何时由何", 0.0), line(second, top)], &[0, 1], 0)
        };
        let count = |frame: &Frame| find(frame, "何时由何地迁来本址").len();
        assert_eq!(count(&stacked("地迁来本址", 17.0)), 1);
        assert_eq!(count(&stacked("地迁来本址", 25.0)), 0);
        assert_eq!(count(&stacked("户主姓名", 17.0)), 0);
    }
}
