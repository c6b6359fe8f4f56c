//! Text taken from the frame with the way back to its characters.

use unicode_normalization::UnicodeNormalization;

use crate::{
    classify::frame::{Frame, Span, same_row},
    geometry::{Quad, Rect},
};

/// Text of some spans, half-width, each of its characters with its glyph.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    pub text: String,
    /// (byte offset in `text`, line, glyph) of each character.
    origin: Vec<(usize, usize, usize)>,
}

impl Stretch {
    /// The text of `spans` in their order. With `compact` all spaces are left out.
    pub fn of(frame: &Frame, spans: &[Span], compact: bool) -> Self {
        let mut stretch = Self::default();
        for (nth, span) in spans.iter().enumerate() {
            if nth > 0 && !compact && needs_space(frame, spans, nth) {
                stretch.push(' ', span.line, span.from);
            }
            for (i, glyph) in frame.glyphs(span).iter().enumerate() {
                for c in std::iter::once(glyph.char).nfkc() {
                    let blank = c.is_whitespace();
                    if !(blank && compact) {
                        stretch.push(if blank { ' ' } else { c }, span.line, span.from + i);
                    }
                }
            }
        }
        stretch
    }

    fn push(&mut self, c: char, line: usize, glyph: usize) {
        self.origin.push((self.text.len(), line, glyph));
        self.text.push(c);
    }

    /// The spans of a byte range of the text.
    pub fn spans(&self, range: std::ops::Range<usize>) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for &(_, line, glyph) in self.origin.iter().filter(|o| range.contains(&o.0)) {
            match spans.last_mut().filter(|s| s.line == line && glyph >= s.from) {
                Some(span) => span.to = span.to.max(glyph + 1),
                None => spans.push(Span { line, from: glyph, to: glyph + 1 }),
            }
        }
        spans
    }
}

/// Between boxes of one row that meet in letters or digits a space was printed.
fn needs_space(frame: &Frame, spans: &[Span], nth: usize) -> bool {
    let before = spans.get(nth.wrapping_sub(1)).and_then(|s| frame.glyphs(s).last());
    let after = spans.get(nth).and_then(|s| frame.glyphs(s).first());
    before.zip(after).is_some_and(|(b, a)| {
        let wordy = |c: char| c.is_ascii_alphanumeric();
        wordy(b.char) || wordy(a.char)
    })
}

/// As printed: the spans' own characters.
pub fn raw(frame: &Frame, spans: &[Span]) -> String {
    let mut text = String::new();
    for (nth, span) in spans.iter().enumerate() {
        if nth > 0 && needs_space(frame, spans, nth) {
            text.push(' ');
        }
        text += &frame.span_text(span);
    }
    text.trim().to_owned()
}

/// As printed, with a line feed between rows.
pub fn raw_rows(frame: &Frame, spans: &[Span]) -> String {
    let mut rows: Vec<(Rect, Vec<Span>)> = Vec::new();
    for span in spans {
        let rect = frame.span_rect(span);
        match rows.last_mut().filter(|(row, _)| same_row(row, &rect)) {
            Some((row, spans)) => {
                *row = row.union(&rect);
                spans.push(*span);
            }
            None => rows.push((rect, vec![*span])),
        }
    }
    rows.iter().map(|(_, spans)| raw(frame, spans)).collect::<Vec<_>>().join("\n")
}

/// Mean confidence of the spans' characters; 0 without any.
pub fn confidence(frame: &Frame, spans: &[Span]) -> f32 {
    let all: Vec<f32> = spans.iter().flat_map(|s| frame.glyphs(s)).map(|g| g.confidence).collect();
    all.iter().sum::<f32>() / all.len().max(1) as f32
}

/// The quad of the page around the spans.
pub fn quad(frame: &Frame, spans: &[Span]) -> Option<Quad> {
    match spans {
        [] => None,
        [one] => frame.span_quad(one),
        many => {
            many.iter().map(|s| frame.span_rect(s)).reduce(|a, b| a.union(&b)).map(|r| frame.quad_in_page(r))
        }
    }
}

/// Around the spans, in the frame.
pub fn rect(frame: &Frame, spans: &[Span]) -> Rect {
    spans.iter().map(|s| frame.span_rect(s)).reduce(|a, b| a.union(&b)).unwrap_or_default()
}
