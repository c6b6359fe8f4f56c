//! Labels with their values on forms that no kind knows: by colons, by words that are known to be
//! labels, by the way labels in two languages are set.

use crate::{
    classify::frame::{FrameLine, Span, same_row},
    extract::{locate::Scene, stretch},
    geometry::{Quad, Rect},
    kind::Direction,
    structure::KeyValue,
};

/// How far right of its label a value may stand, in heights, where its row holds more than the two.
const RIGHT: f32 = 12.0;
/// How far below its label a value may stand, in heights.
const BELOW: f32 = 1.0;
/// How far apart the left edges of a label and of a value below it may lie, in heights.
const SAME_LEFT: f32 = 1.0;
/// The same for labels in two languages, below which values are centred too.
const CENTRED: f32 = 3.0;
/// A gap of this many heights behind a label stands for a colon.
const GAP: f32 = 0.8;

/// A pair whose label ends its box: its value is the nearest of what stands right of it and below.
pub fn nearest(scene: &Scene, pair: KeyValue) -> KeyValue {
    let at = scene.frame.point(pair.key_quad.center());
    let inside = |l: &&FrameLine| !l.vertical && l.rect.contains(at);
    let Some(line) = scene.frame.lines.iter().find(inside) else { return pair };
    if !line.text().trim_end().ends_with([':', '：']) {
        return pair;
    }
    match beside(scene, line, SAME_LEFT) {
        Some(span) => with_value(scene, pair, &[span]),
        None => pair,
    }
}

/// Labels of the list where they stand alone: a colon, a gap or the end of the box behind them, or
/// a number.
pub fn known(scene: &Scene, labels: &[String]) -> Vec<(Rect, KeyValue)> {
    let frame = scene.frame;
    let found = scene.labels.among(labels).filter_map(|label| {
        let last = label.found.spans.last()?;
        let line = frame.lines.get(last.line)?;
        let rest = Span { line: last.line, from: last.to, to: line.glyphs.len() };
        let first = label.found.spans.first()?;
        let before = frame.lines.get(first.line)?.glyphs.get(..first.from)?.last();
        // The end of a longer label (Order date) is none of its own.
        if before.is_some_and(|g| label.found.rect.left - g.rect.right < GAP * line.size()) {
            return None;
        }
        let spans = if frame.glyphs(&rest).iter().all(|g| g.folded.is_none()) {
            let colon = frame.span_text(&rest).contains([':', '：']);
            // Words without colons are listed with their amounts on their rows.
            let right = if colon { None } else { right_of(scene, line).map(|(_, i)| whole(scene, i)) };
            let value = right.or_else(|| beside(scene, line, SAME_LEFT))?;
            // Without a colon, and among other words, it may be the heading of a column.
            if !(colon || has_digit(&frame.span_text(&value)) || on_row(scene, line) <= 2) {
                return None;
            }
            vec![value]
        } else {
            let (spans, _) = scene.beside(label, Direction::Right, 1).into_iter().next()?;
            let value = spans.first()?;
            let between = Span { to: value.from.max(last.to), ..rest };
            let colon = frame.span_text(&between).contains([':', '：']);
            let gap = frame.span_rect(value).left - label.found.rect.right;
            if !(colon || gap > GAP * line.size() || has_digit(&frame.span_text(value))) {
                return None;
            }
            spans
        };
        let mut own = label.found.spans.clone();
        // The point of a shortened word is part of it.
        if let Some(end) = own.last_mut()
            && line.glyphs.get(end.to).is_some_and(|g| matches!(g.char, '.' | '#'))
        {
            end.to += 1;
        }
        let key_quad = stretch::quad(frame, &own)?;
        let key = stretch::raw(frame, &own);
        let pair =
            KeyValue { key, value: String::new(), key_quad, value_quad: None, confidence: line.confidence };
        Some((label.found.rect, with_value(scene, pair, &spans)))
    });
    found.collect()
}

/// Labels such as 交易日期(DATE) that fill their box, without a colon.
pub fn in_two_languages(scene: &Scene) -> Vec<(Rect, KeyValue)> {
    let lines = scene.frame.lines.iter().enumerate().filter(|(_, l)| !l.vertical);
    let found = lines.filter_map(|(index, line)| {
        let text = line.text();
        let key = first_language(&text)?;
        let value = beside(scene, line, CENTRED)?;
        let span = Span { line: index, from: 0, to: line.glyphs.len() };
        let key_quad = scene.frame.span_quad(&span)?;
        let key = key.to_owned();
        let pair =
            KeyValue { key, value: String::new(), key_quad, value_quad: None, confidence: line.confidence };
        Some((line.rect, with_value(scene, pair, &[value])))
    });
    found.collect()
}

/// What precedes the bracket of a label in two languages.
fn first_language(text: &str) -> Option<&str> {
    let (head, rest) = text.trim().split_once(['(', '（'])?;
    let inner = rest.strip_suffix([')', '）'])?;
    let head = head.trim();
    let han = (2..=8).contains(&head.chars().count()) && head.chars().all(is_han);
    let latin = inner.chars().any(|c| c.is_ascii_alphabetic())
        && inner.chars().all(|c| c.is_ascii_alphabetic() || c.is_ascii_whitespace() || "./&-".contains(c));
    (han && latin).then_some(head)
}

fn is_han(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

/// The nearest text right of a line or below it that has no label of its own, distances counted in
/// heights.
fn beside(scene: &Scene, line: &FrameLine, same_left: f32) -> Option<Span> {
    let frame = scene.frame;
    let height = line.size();
    let below = frame.lines.iter().enumerate().filter_map(|(i, l)| {
        let gap = (l.rect.top - line.rect.bottom) / height;
        let near = l.rect.center().y > line.rect.bottom && gap < BELOW;
        let aligned = (l.rect.left - line.rect.left).abs() < same_left * height;
        (near && aligned && is_value(l)).then_some((gap, i))
    });
    let right = right_of(scene, line).into_iter();
    let (_, nearest) = right.chain(below).min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(whole(scene, nearest))
}

/// The text without a label of its own right of a line, after its distance in heights.
fn right_of(scene: &Scene, line: &FrameLine) -> Option<(f32, usize)> {
    let next = line.right?;
    let value = scene.frame.lines.get(next).filter(|l| is_value(l))?;
    let gap = (value.rect.left - line.rect.right) / line.size();
    (gap < RIGHT || on_row(scene, line) <= 2).then_some((gap, next))
}

fn is_value(line: &FrameLine) -> bool {
    !line.vertical && !is_labelled(&line.text())
}

fn whole(scene: &Scene, line: usize) -> Span {
    Span { line, from: 0, to: scene.frame.lines.get(line).map_or(0, |l| l.glyphs.len()) }
}

/// How many texts stand on a line's row, itself included.
fn on_row(scene: &Scene, line: &FrameLine) -> usize {
    scene.frame.lines.iter().filter(|l| !l.vertical && same_row(&l.rect, &line.rect)).count()
}

fn has_digit(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}

/// Whether a text is a label, or one with its value: a colon that is no part of a time or address.
fn is_labelled(text: &str) -> bool {
    let chars: Vec<char> = text.trim().chars().collect();
    let digit = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(char::is_ascii_digit);
    let colon = |i: usize| {
        let between = digit(i.checked_sub(1)) && digit(Some(i + 1));
        matches!(chars.get(i), Some(':' | '：')) && !between && chars.get(i + 1) != Some(&'/')
    };
    (1..chars.len()).any(colon) || first_language(text).is_some()
}

fn with_value(scene: &Scene, pair: KeyValue, spans: &[Span]) -> KeyValue {
    let confidence = stretch::confidence(scene.frame, spans).min(pair.confidence);
    let value_quad: Option<Quad> = stretch::quad(scene.frame, spans);
    KeyValue { value: stretch::raw(scene.frame, spans).trim().to_owned(), value_quad, confidence, ..pair }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_two_languages_are_told_from_other_brackets() {
        for (text, key) in [
            ("交易日期(DATE)", Some("交易日期")),
            ("终端号（TERMINAL NO.）", Some("终端号")),
            ("金额（大写）", None),
            ("CARD(NO)", None),
            ("交易日期(DATE) 2012", None),
        ] {
            assert_eq!(first_language(text), key, "{text}");
        }
        for (text, labelled) in
            [("12:43:15", false), ("Invoice Date:", true), ("姓名：张三", true), ("https://a.example", false)]
        {
            assert_eq!(is_labelled(text), labelled, "{text}");
        }
    }
}
