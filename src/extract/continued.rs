//! Values that go on in the lines below: where they end.

use crate::{
    classify::{
        fold::Match,
        frame::{FrameLine, Span, same_row},
    },
    extract::{locate::Scene, place::is_han_char, stretch},
    geometry::Rect,
};

impl Scene<'_> {
    /// With the lines below over which the value is wrapped.
    pub(super) fn continued(&self, mut spans: Vec<Span>, label: &Match, lines: usize) -> Vec<Span> {
        let first = stretch::rect(self.frame, &spans);
        let mut last = first;
        // On slanted lines boxes are higher than the text.
        let size = spans.first().and_then(|s| self.frame.lines.get(s.line)).map_or(f32::MAX, FrameLine::size);
        for _ in 1..lines {
            let h = last.height();
            // Under the label, or in the middle of a cell; not what is set in the middle of the page.
            let centred = |r: &Rect| (r.center().x - first.center().x).abs() < 2.0 * h.min(size);
            let below = self.frame.lines.iter().enumerate().filter(|(i, l)| {
                let r = &l.rect;
                let follows = r.center().y > last.bottom && r.top - last.bottom < 0.9 * h;
                let aligned = (r.left - first.left).abs() < 2.0 * h.min(size)
                    || (r.left > label.rect.left - h
                        && r.left < first.right
                        && r.right <= first.right + 4.0 * h
                        && (r.left < label.rect.right || centred(r)));
                let alike = l.size() > 0.6 * h && l.size() < 1.6 * h;
                !l.vertical && follows && aligned && alike && !self.stamps.contains(i)
            });
            // The first one on the nearest row.
            let below: Vec<(usize, &FrameLine)> = below.collect();
            let Some(nearest) = below.iter().min_by(|a, b| a.1.rect.top.total_cmp(&b.1.rect.top)) else {
                break;
            };
            let row = below.iter().filter(|(_, l)| same_row(&l.rect, &nearest.1.rect));
            let next = row.min_by(|a, b| a.1.rect.left.total_cmp(&b.1.rect.left));
            let Some((i, line)) = next.copied() else { break };
            let whole = Span { line: i, from: 0, to: line.glyphs.len() };
            // A label there ends the value.
            if self.labels.first_in(&whole).is_some_and(|at| at == 0 || self.names_label(i, at))
                || self.labels.left_of(&line.rect, &label.rect)
            {
                break;
            }
            let Some(part) = self.until_label(whole) else {
                break;
            };
            last = line.rect;
            spans.extend(self.extended(vec![part]));
        }
        spans
    }

    /// Whether a line begins with a word that names the label behind it more closely (订餐电话：): two
    /// characters that run into a label with a colon. Reasoned: more are rather the end of a value.
    fn names_label(&self, line: usize, at: usize) -> bool {
        let glyphs = self.frame.lines.get(line).map_or(&[][..], |l| &l.glyphs);
        let word = glyphs.get(..at).unwrap_or(&[]);
        let label = self.labels.all.iter().flat_map(|p| &p.found.spans);
        let colon = |to: usize| glyphs.get(to).is_some_and(|g| matches!(g.char, ':' | '：'));
        word.len() == 2
            && word.iter().all(|g| is_han_char(g.char))
            && label.filter(|s| s.line == line && s.from == at).any(|s| colon(s.to))
    }

    /// With the lines below over which a text that ends its box is wrapped.
    pub(super) fn wrapped(&self, spans: Vec<Span>, lines: usize) -> Vec<Span> {
        let ends = spans
            .last()
            .is_some_and(|s| self.frame.lines.get(s.line).is_some_and(|l| l.glyphs.len() == s.to));
        if lines <= 1 || !ends {
            return spans;
        }
        let row = spans.first().and_then(|s| self.frame.lines.get(s.line)).map(|l| l.rect);
        let own = Match {
            rect: row.unwrap_or_else(|| stretch::rect(self.frame, &spans)),
            spans: spans.clone(),
            distance: 0,
            quality: 1.0,
        };
        self.continued(spans, &own, lines)
    }
}
