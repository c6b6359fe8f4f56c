//! Text by its place on the form: regions, boxes, titles.

use crate::{
    classify::{
        fold::{Match, find, folded},
        frame::{Frame, FrameLine, Span, same_row},
    },
    extract::{locate::Scene, pieces::STAMP_WORDS},
    geometry::{Point, Rect},
    kind::{Area, Locator},
    structure::Seal,
};

/// Titles are printed at least this much larger than the median line of their form.
const TITLE_SIZE: f32 = 1.25;
/// And in this upper share of it.
const TITLE_ZONE: f32 = 0.3;

/// Blank line heights after which what stands in a box is no more of its text. Reasoned: remarks are written
/// one and a half lines apart at most.
const TEXT_GAP: f32 = 2.5;

impl Scene<'_> {
    /// Whole lines whose centre lies in an area of the form, from above.
    pub(super) fn in_region(&self, area: Area, lines: usize) -> Vec<Span> {
        let rect = self.registration.rect(area);
        let inside = self.frame.lines.iter().enumerate();
        let inside = inside.filter(|(_, l)| !l.vertical && rect.contains(l.rect.center()));
        let spans = self.in_rows(inside.map(|(i, l)| (i, l.rect)).collect(), lines);
        // What follows a label there is the label's.
        spans.into_iter().filter_map(|s| self.until_label(s)).collect()
    }

    /// The first rows of some lines.
    fn in_rows(&self, inside: Vec<(usize, Rect)>, count: usize) -> Vec<Span> {
        let mut rows = grouped(inside);
        rows.truncate(count);
        let mut spans = Vec::new();
        for row in &mut rows {
            row.sort_by(|a, b| a.1.left.total_cmp(&b.1.left));
            spans.extend(row.iter().filter_map(|(i, _)| {
                let line = self.frame.lines.get(*i)?;
                Some(Span { line: *i, from: 0, to: line.glyphs.len() })
            }));
        }
        spans
    }

    /// The lines in the box right of its heading: between the labels above and below.
    pub(super) fn in_box(&self, heading: &Match, count: usize) -> Vec<Span> {
        let r = heading.rect;
        let size =
            heading.spans.first().and_then(|s| self.frame.lines.get(s.line)).map_or(1.0, FrameLine::size);
        // What reads like a label in the midst of a line, or beside the heading, is part of the text.
        let in_text = |o: &Match| {
            let inside = o.rect.center().y > r.top && o.rect.center().y < r.bottom;
            o.rect.left > r.right
                && (inside || o.spans.first().is_some_and(|s| self.follows_text(s, r.right)))
        };
        let others = self.labels.all.iter().map(|p| &p.found).filter(|o| o.rect != r && !in_text(o));
        // Labels that end left of the heading are those of another box, and those written downwards
        // run along it.
        let single = |o: &Match| matches!(o.spans[..], [s] if s.to - s.from == 1);
        let level = others.filter(|o| o.rect.right > r.left);
        let level = level.filter(|o| single(o) || o.rect.width() > 0.8 * o.rect.height()).map(|o| o.rect);
        let (above, below): (Vec<Rect>, Vec<Rect>) = level.partition(|o| o.center().y < r.center().y);
        // Headings of boxes one above the other stand at half the height of theirs: the boxes meet
        // half way between them.
        let boxes = self.box_headings();
        let half = |o: &Rect| boxes.contains(o).then_some((o.center().y + r.center().y) / 2.0);
        let half = |o: &Rect| half(o).map(|y| self.between_rows(y, r.right - 0.5 * size));
        let top = above.iter().map(|o| half(o).unwrap_or(o.bottom)).filter(|b| *b < r.center().y);
        let top = top.fold(r.top - 4.0 * size, f32::max);
        let bottom = below.iter().map(|o| half(o).unwrap_or(o.top)).filter(|t| *t > r.center().y);
        let bottom = bottom.fold(r.bottom + 4.0 * size, f32::min);
        let typical = self.frame.line_height();
        let inside = self.frame.lines.iter().enumerate().filter(|(i, l)| {
            let c = l.rect.center();
            let level = !l.vertical && l.size() < 1.7 * typical;
            level
                && c.y > top
                && c.y < bottom
                && l.rect.left > r.right - 0.5 * size
                && !self.stamps.contains(i)
        });
        let mut inside: Vec<(usize, Rect)> = inside.map(|(i, l)| (i, l.rect)).collect();
        // More rows than the value has: those above the heading are of another box. One written downwards
        // stands in the middle of the rows of its own.
        let across = r.height() < 1.5 * r.width();
        if across && grouped(inside.clone()).len() > count {
            inside.retain(|(_, l)| l.center().y > r.top);
        }
        // A seal on the box's foot that no outline was found of: text goes on from row to row.
        inside.sort_by(|a, b| a.1.top.total_cmp(&b.1.top));
        // What stands well above the heading's own rows is of a box before.
        let apart = |w: &[(usize, Rect)]| w[1].1.top - w[0].1.bottom > TEXT_GAP * size;
        while let Some(last) = inside.windows(2).position(apart) {
            if inside.get(last).is_some_and(|(_, l)| l.bottom < r.top) {
                inside.drain(..=last);
            } else {
                inside.truncate(last + 1);
            }
        }
        self.in_rows(inside, count)
    }

    /// The bound of two boxes at `y`, moved off a row of text right of `left` that it would cut: the row goes
    /// with the nearer one of its neighbours.
    fn between_rows(&self, y: f32, left: f32) -> f32 {
        let rows = || self.frame.lines.iter().filter(|l| !l.vertical && l.rect.left > left).map(|l| l.rect);
        let Some(cut) = rows().find(|l| l.top < y && l.bottom > y) else { return y };
        let above = rows().map(|l| cut.top - l.bottom).filter(|gap| *gap > -0.5 * cut.height());
        let below = rows().map(|l| l.top - cut.bottom).filter(|gap| *gap > -0.5 * cut.height());
        let [above, below] = [above.fold(f32::MAX, f32::min), below.fold(f32::MAX, f32::min)];
        if above < below { cut.bottom } else { cut.top }
    }

    /// Whether letters stand in front of a stretch on its line, which begins right of `left`.
    fn follows_text(&self, span: &Span, left: f32) -> bool {
        let Some(line) = self.frame.lines.get(span.line) else { return false };
        line.rect.left > left && line.glyphs.iter().take(span.from).any(|g| g.folded.is_some())
    }

    /// Where the headings of boxes are printed.
    fn box_headings(&self) -> Vec<Rect> {
        let locators = self.kind.fields.iter().flat_map(|f| &f.locate);
        let headings = locators.filter_map(|l| match l {
            Locator::Box { labels, .. } => Some(self.labels.among(labels).map(|p| p.found.rect)),
            _ => None,
        });
        headings.flatten().collect()
    }

    /// The line of the layout's title, its fixed part spelt as the kind file does: where it
    /// stands, its text, and the share of it that was read.
    pub(super) fn title(&self) -> Option<(Vec<Span>, String, f32)> {
        let layout = self.layout?;
        let mut best: Option<(Match, &String)> = None;
        for title in &layout.titles {
            for found in find(self.frame, title) {
                let gain = |m: &Match, t: &str| folded(t).len() as f32 * m.quality.powi(2);
                if best.as_ref().is_none_or(|(m, t)| gain(&found, title) > gain(m, t)) {
                    best = Some((found, title));
                }
            }
        }
        match best {
            Some((found, title)) => self.whole_title(&found, title),
            None => layout.titles.iter().find_map(|t| self.broken_title(t)),
        }
    }

    /// A title with what is printed around its fixed part, such as a region's name.
    fn whole_title(&self, found: &Match, title: &str) -> Option<(Vec<Span>, String, f32)> {
        let frame: &Frame = self.frame;
        let (first, last) = (found.spans.first()?, found.spans.last()?);
        let mut head = Span { line: first.line, from: 0, to: first.from };
        // Numbers and marks in front of the name are none of it.
        let name = frame.glyphs(&head).iter().rev().take_while(|g| g.folded.is_none_or(is_han_char));
        head.from = head.to - name.count();
        let mut spans = vec![head];
        let mut text = frame.span_text(&head);
        // A box to the left that leads up to it belongs to the title: a seal may part them.
        if head.from == head.to {
            let lead = frame.lines.iter().enumerate().find(|(_, l)| {
                let near = found.rect.left - l.rect.right < 3.0 * l.size();
                l.right == Some(first.line) && l.size() > 0.7 * found.rect.height() && near && is_han(l)
            });
            if let Some((i, line)) = lead {
                let span = Span { line: i, from: 0, to: line.glyphs.len() };
                text = frame.span_text(&span);
                spans.insert(0, span);
            }
        }
        text += title;
        spans.extend(found.spans.iter().copied());
        let mut tail = Span { line: last.line, from: last.to, to: frame.lines.get(last.line)?.glyphs.len() };
        // What follows in brackets says more than the title; a number is another value.
        let name = frame.glyphs(&tail).iter().take_while(|g| g.folded.is_some_and(is_han_char));
        tail.to = tail.from + name.count();
        let rest = frame.span_text(&tail);
        if rest.chars().any(char::is_alphanumeric) {
            text += &rest;
            spans.push(tail);
        }
        spans.retain(|s| s.from < s.to);
        Some((spans, text, found.quality))
    }

    /// A title of which a seal left only the beginning or only the end.
    fn broken_title(&self, title: &str) -> Option<(Vec<Span>, String, f32)> {
        let letters: Vec<char> = title.chars().collect();
        let size = TITLE_SIZE * self.frame.line_height();
        let high = |l: &&FrameLine| {
            let place = self.registration.place(Point::new(l.rect.center().x, l.rect.center().y));
            !l.vertical && l.size() > size && place.y < TITLE_ZONE
        };
        let lines = self.frame.lines.iter().enumerate().filter(|(_, l)| high(l) && is_han(l));
        let broken = lines.filter_map(|(i, line)| {
            let text: Vec<char> = line.text().chars().filter(|c| !c.is_whitespace()).collect();
            let whole = vec![Span { line: i, from: 0, to: line.glyphs.len() }];
            let begun = (1..letters.len()).rev().find(|n| text.ends_with(letters.get(..*n).unwrap_or(&[])));
            if let Some(n) = begun.filter(|n| text.len() > *n || *n >= 3) {
                let lead: String = text.iter().take(text.len() - n).collect();
                return Some((whole, lead + title, n as f32 / letters.len() as f32));
            }
            // Three characters: fewer end other headings as well.
            let ended = (3..letters.len())
                .rev()
                .find(|n| text.starts_with(letters.get(letters.len() - n..).unwrap_or(&[])));
            ended.map(|n| (whole, title.to_owned(), n as f32 / letters.len() as f32))
        });
        broken.max_by(|a, b| a.2.total_cmp(&b.2))
    }
}

/// Lines in the rows that they stand on, from above.
pub(super) fn grouped(mut lines: Vec<(usize, Rect)>) -> Vec<Vec<(usize, Rect)>> {
    lines.sort_by(|a, b| a.1.top.total_cmp(&b.1.top));
    let mut rows: Vec<Vec<(usize, Rect)>> = Vec::new();
    for line in lines {
        match rows.last_mut().filter(|row| row.iter().any(|l| same_row(&l.1, &line.1))) {
            Some(row) => row.push(line),
            None => rows.push(vec![line]),
        }
    }
    rows
}

fn is_han(line: &FrameLine) -> bool {
    line.glyphs.iter().all(|g| g.folded.is_none_or(is_han_char))
}

pub(super) fn is_han_char(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

/// Lines that are part of a seal: inside one that was found, or the number above the words
/// that close an invoice seal.
pub(super) fn stamp_lines(frame: &Frame, seals: &[&Seal]) -> Vec<usize> {
    let stamped = |l: &FrameLine| {
        let quad = l.glyphs.get(l.glyphs.len() / 2).map(|g| g.quad_in_page);
        quad.is_some_and(|q| seals.iter().any(|s| s.quad.contains(q.center())))
    };
    let closing: Vec<Rect> = find(frame, STAMP_WORDS).into_iter().map(|m| m.rect).collect();
    let near = |l: &FrameLine| {
        let number = l.letters.iter().all(|(c, _)| c.is_ascii_alphanumeric());
        number
            && closing.iter().any(|c| {
                let h = c.height();
                let under = l.rect.bottom < c.bottom + h && l.rect.bottom > c.top - 5.0 * h;
                under && l.rect.left < c.center().x && l.rect.right > c.center().x
            })
    };
    let lines = frame.lines.iter().enumerate();
    lines.filter(|(i, l)| stamped(l) || near(l) || repeats(frame, *i, l)).map(|(i, _)| i).collect()
}

/// Whether a line is a long number that closes another line too: seals repeat the number of
/// their owner.
fn repeats(frame: &Frame, index: usize, line: &FrameLine) -> bool {
    let number: Vec<char> = line.letters.iter().map(|l| l.0).collect();
    if number.len() != line.glyphs.len()
        || !(15..=20).contains(&number.len())
        || !number.iter().all(char::is_ascii)
    {
        return false;
    }
    let mut others = frame.lines.iter().enumerate().filter(|(i, _)| *i != index);
    others.any(|(_, other)| {
        let tail = other.letters.len().checked_sub(number.len()).and_then(|n| other.letters.get(n..));
        let misread = |tail: &[(char, usize)]| tail.iter().zip(&number).filter(|(a, b)| a.0 != **b).count();
        tail.is_some_and(|t| misread(t) <= 2)
    })
}
