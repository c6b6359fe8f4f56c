//! The locators: each proposes stretches of text for a field.

use std::cell::OnceCell;

use crate::{
    classify::{
        fold::Match,
        frame::{Frame, FrameLine, Glyph, Span, same_row},
        register::Registration,
    },
    extract::{
        candidate::Candidate,
        form::Form,
        labels::{Blocks, Labels, PrintedLabel},
        stretch::{self, Stretch},
        unit,
    },
    geometry::Rect,
    kind::{Area, Direction, FieldSpec, Kind, Layout, Locator, Pattern, PlaceContent},
    structure::Seal,
};

/// Gap, in line heights, up to which the text right of a label is its value.
const REACH: f32 = 14.0;
/// Gap, in line heights, up to which boxes of one row are one value: a blank of two characters
/// is printed between the parts of a value (address and telephone), more between columns.
const WORD_GAP: f32 = 2.2;
/// Gap, in line heights, over which an expression may match: its form vouches for the rest.
const PATTERN_GAP: f32 = 5.0;
/// Boxes over which an expression may match: a date may be read as year, sign, month, sign, …, and
/// an amount in a grid of one digit a box.
const BOXES: usize = 16;
/// Gap, in heights of the larger text, up to which a text is near another.
const NEAR: f32 = 3.0;
/// Share of a character that lies in the box before where that box holds it too; the margins of
/// neighbouring boxes overlap by up to 0.6 of a digit.
const TWICE: f32 = 0.8;
/// Place scores.
const SAME_LINE: f32 = 1.0;
const NEIGHBOUR: f32 = 0.97;
const UNDER: f32 = 0.85;
const AT_PLACE: f32 = 0.8;
const BY_FORM: f32 = 0.7;
/// What a value's first box alone loses against the value with the boxes that follow: they may turn out to
/// belong to another field. More than the readings' confidence may differ by (a quarter, by its weight).
const FIRST_BOX: f32 = 0.05;
/// What a value loses that no colon and no blank parts from its label: it may be one word with it (检验报告单).
/// Reasoned: less than a locator's rank, as a true value may be read so too.
const RUN_ON: f32 = 0.02;
/// Labels above their values from which on a form is taken for one that sets them so. Reasoned: fewer may be the
/// headings of a column each.
const LEAST_ABOVE: usize = 4;
/// What each further locator of a field loses against the one before it.
const LATER: f32 = 0.03;

/// What the locators look at.
pub struct Scene<'a> {
    pub frame: &'a Frame,
    pub kind: &'a Kind,
    pub layout: Option<&'a Layout>,
    /// The layout and those of the other sides that the document shows beside it.
    pub sides: &'a [&'a Layout],
    pub registration: &'a Registration,
    pub labels: &'a Labels,
    pub blocks: &'a Blocks,
    /// Seals on the document: their text is no value of the form.
    pub seals: &'a [&'a Seal],
    /// The lines of the frame that are part of a seal.
    pub stamps: &'a [usize],
    /// The form with its places, where the document registers on one.
    pub form: Option<&'a Form<'a>>,
    /// Whether the labels stand above their values; found when first asked for.
    pub labels_above: OnceCell<bool>,
}

impl Scene<'_> {
    /// All candidates for one field that stand in the text of the page.
    pub fn candidates(&self, index: usize, spec: &FieldSpec) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (nth, locator) in spec.locate.iter().enumerate() {
            let layouts = locator.layouts();
            if !layouts.is_empty() && !self.sides.iter().any(|l| layouts.contains(&l.id)) {
                continue;
            }
            let later = LATER * nth as f32;
            let mut propose = |spans: Vec<Span>, place: f32, labelled: bool| {
                found.extend(Candidate::new(self.frame, (index, spec), spans, place - later, labelled));
            };
            match locator {
                Locator::Label { labels, direction, within, lines, area, split, .. } => {
                    for (nth, label) in self.labels.among(labels).enumerate() {
                        let block = self.blocks.block_of(labels, nth);
                        let elsewhere = within.as_deref().is_some_and(|w| block != Some(w));
                        if elsewhere || !self.in_area(area.as_ref(), &label.found.rect) {
                            continue;
                        }
                        for (spans, place) in self.beside(label, *direction, *lines) {
                            for part in self.parts(spans, split.as_ref().filter(|_| spec.many)) {
                                propose(part, place * (0.5 + 0.5 * label.found.quality), true);
                            }
                        }
                    }
                }
                Locator::Region { area, lines, .. } => {
                    let spans = self.in_region(*area, *lines);
                    if !spans.is_empty() {
                        propose(spans, AT_PLACE, false);
                    }
                }
                Locator::Place { quad, read: PlaceContent::Text, .. } => {
                    let spans = self.form.map(|f| f.text_at(self.frame, quad).spans).unwrap_or_default();
                    if !spans.is_empty() {
                        // Marked by hand: as good as beside a label.
                        propose(spans, SAME_LINE, true);
                    }
                }
                Locator::Pattern { pattern, area, nth, lines, .. } => {
                    let mut found = self.matching(pattern);
                    found.retain(|s| self.in_area(area.as_ref(), &stretch::rect(self.frame, s)));
                    if let Some(nth) = nth {
                        self.in_reading_order(&mut found);
                        found = found.into_iter().skip(nth.saturating_sub(1)).take(1).collect();
                    }
                    let place = BY_FORM + if area.is_some() || nth.is_some() { 0.1 } else { 0.0 };
                    for spans in found {
                        propose(self.wrapped(spans, *lines), place, false);
                    }
                }
                Locator::Lines { pattern, area, split, .. } => {
                    let mut spans: Vec<Span> = self.matching(pattern).into_iter().flatten().collect();
                    spans.retain(|s| self.in_area(area.as_ref(), &self.frame.span_rect(s)));
                    spans.sort_by(|a, b| self.frame.span_rect(a).top.total_cmp(&self.frame.span_rect(b).top));
                    for part in self.parts(spans, split.as_ref().filter(|_| spec.many)) {
                        propose(part, AT_PLACE, false);
                    }
                }
                Locator::Box { labels, lines, .. } => {
                    for label in self.labels.among(labels) {
                        propose(self.in_box(&label.found, *lines), SAME_LINE, true);
                    }
                }
                Locator::Code { .. }
                | Locator::Place { .. }
                | Locator::Title { .. }
                | Locator::Cell { .. }
                | Locator::Seal { .. }
                | Locator::Copy { .. }
                | Locator::Lookup { .. }
                | Locator::Colour { .. }
                | Locator::Compose { .. }
                | Locator::Near { .. }
                | Locator::Division { .. }
                | Locator::Mrz { .. }
                | Locator::Present { .. } => {}
            }
        }
        found
    }

    /// Sorts stretches from above, those of a row from the left.
    pub(super) fn in_reading_order(&self, found: &mut [Vec<Span>]) {
        let height = self.frame.line_height();
        found.sort_by_key(|spans| {
            let rect = stretch::rect(self.frame, spans);
            ((rect.center().y / height).round() as i64, rect.left as i64)
        });
    }

    fn in_area(&self, area: Option<&Area>, rect: &Rect) -> bool {
        area.is_none_or(|a| self.registration.within(rect.center(), *a))
    }

    /// The text in the parts that an expression leaves between its matches.
    fn parts(&self, spans: Vec<Span>, split: Option<&Pattern>) -> Vec<Vec<Span>> {
        let Some(split) = split else { return vec![spans] };
        let text = Stretch::of(self.frame, &spans, true);
        let mut ranges = Vec::new();
        let mut from = 0;
        for found in split.regex().find_iter(&text.text) {
            ranges.push(from..found.start());
            from = found.end();
        }
        ranges.push(from..text.text.len());
        ranges.into_iter().filter(|r| !r.is_empty()).map(|r| text.spans(r)).collect()
    }

    /// The nearest text that is no label beside some text of the frame.
    pub(super) fn near(&self, rect: &Rect, direction: Direction) -> Vec<Span> {
        let free = |span: &Span| self.labels.first_in(span).is_none();
        let lines = self.frame.lines.iter().enumerate().filter(|(_, l)| !l.vertical);
        let gap = |l: &FrameLine| -> Option<f32> {
            let (r, h) = (&l.rect, l.size().max(rect.height()));
            let meets = r.left < rect.right && r.right > rect.left;
            let gap = match direction {
                Direction::Above => (meets && r.center().y < rect.top).then_some(rect.top - r.bottom),
                Direction::Below => (meets && r.center().y > rect.bottom).then_some(r.top - rect.bottom),
                Direction::Left => {
                    (same_row(r, rect) && r.center().x < rect.left).then_some(rect.left - r.right)
                }
                Direction::Right | Direction::RightOrBelow => {
                    (same_row(r, rect) && r.center().x > rect.right).then_some(r.left - rect.right)
                }
            };
            gap.filter(|g| *g < NEAR * h)
        };
        let whole = |(i, l): (usize, &FrameLine)| Span { line: i, from: 0, to: l.glyphs.len() };
        let found = lines.filter_map(|(i, l)| Some((gap(l)?, whole((i, l))))).filter(|(_, s)| free(s));
        found.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, span)| span).into_iter().collect()
    }

    /// The values that may belong to a label, with how well each is placed.
    pub(super) fn beside(
        &self,
        label: &PrintedLabel,
        direction: Direction,
        lines: usize,
    ) -> Vec<(Vec<Span>, f32)> {
        let found = &label.found;
        let mut values = Vec::new();
        if direction == Direction::Left {
            values.extend(self.in_front(found).map(|s| (s, SAME_LINE)));
            return values;
        }
        if direction == Direction::Above {
            values.extend(self.over(found, lines).map(|s| (s, UNDER)));
            return values;
        }
        if direction != Direction::Below
            && let Some((spans, place)) = self.behind(found)
        {
            let first = spans.first().copied();
            let whole = self.continued(spans, found, lines);
            let alone = first.filter(|_| whole.len() > 1).map(|span| (vec![span], place - FIRST_BOX));
            values.push((whole, place));
            values.extend(alone);
        }
        if values.is_empty() && (direction != Direction::Right || self.labels_above()) {
            values.extend(self.under(found).map(|s| (self.continued(s, found, lines), UNDER)));
        }
        values
    }

    /// Whether most labels of single values have nothing behind them and their value close below: a form of
    /// small headings with the values under them.
    fn labels_above(&self) -> bool {
        *self.labels_above.get_or_init(|| {
            let columns = self.kind.tables.iter().flat_map(|t| &t.columns);
            let headings: Vec<&String> = columns.flat_map(|c| &c.labels).collect();
            let single = self.labels.all.iter().filter(|p| !headings.contains(&&p.label));
            let (mut above, mut before) = (0, 0);
            for label in single {
                if self.behind(&label.found).is_some() {
                    before += 1;
                } else if self.right_under(&label.found) {
                    above += 1;
                }
            }
            above >= LEAST_ABOVE && above > 2 * before
        })
    }

    /// Whether a text stands close below a label and begins where it does.
    fn right_under(&self, label: &Match) -> bool {
        let rect = self.under(label).map(|spans| stretch::rect(self.frame, &spans));
        let h = label.rect.height();
        rect.is_some_and(|r| (r.left - label.rect.left).abs() < h && r.top - label.rect.bottom < h)
    }

    /// The line right of a label that ends on the line `last`: of one set in two lines what is nearest beside
    /// either of them.
    fn next_to(&self, label: &Match, last: &FrameLine) -> Option<usize> {
        let first = label.spans.first().and_then(|s| self.frame.lines.get(s.line))?;
        if last.glyphs.len() == 1 || last.rect.center().y < first.rect.bottom - 0.2 * first.rect.height() {
            return last.right;
        }
        let left = |i: &usize| self.frame.lines.get(*i).map_or(f32::MAX, |l| l.rect.left);
        [first.right, last.right].into_iter().flatten().min_by(|a, b| left(a).total_cmp(&left(b)))
    }

    /// The text behind a label on its row.
    fn behind(&self, label: &Match) -> Option<(Vec<Span>, f32)> {
        let last = label.spans.last()?;
        let line = self.frame.lines.get(last.line)?;
        let rest = Span { line: last.line, from: last.to, to: line.glyphs.len() };
        let rest = Span { from: rest.from + unit::length(self.frame.glyphs(&rest)), ..rest };
        let rest = Span { from: rest.from + agent(self.frame.glyphs(&rest)), ..rest };
        if let Some(value) = self.until_label(self.without_colon(rest)) {
            let spans = if value.to == line.glyphs.len() { self.extended(vec![value]) } else { vec![value] };
            let apart = value.from > last.to || self.gap_before(value) > 0.5 * line.size();
            return Some((spans, if apart { SAME_LINE } else { SAME_LINE - RUN_ON }));
        }
        // A label right behind leaves the value empty.
        if self.labels.first_in(&rest).is_some() {
            return None;
        }
        let next = self.next_to(label, line)?;
        let neighbour = self.frame.lines.get(next)?;
        let height = line.size().max(neighbour.size());
        let gap = neighbour.rect.left - label.rect.right;
        // On a row with nothing else it is the value however far it is.
        let on_row = self.frame.lines.iter().filter(|l| !l.vertical && same_row(&l.rect, &line.rect)).count();
        if gap > REACH * height && on_row > 2 {
            return None;
        }
        let whole = Span { line: next, from: 0, to: neighbour.glyphs.len() };
        let value = self.until_label(self.without_colon(whole))?;
        let spans = if value.to == neighbour.glyphs.len() { self.extended(vec![value]) } else { vec![value] };
        Some((spans, NEIGHBOUR - 0.1 * (gap / (REACH * height)).clamp(0.0, 2.0)))
    }

    /// The blank between a stretch and the character before it on its line.
    fn gap_before(&self, span: Span) -> f32 {
        let glyphs = self.frame.lines.get(span.line).map_or(&[][..], |l| &l.glyphs);
        let before = span.from.checked_sub(1).and_then(|i| glyphs.get(i));
        before.zip(glyphs.get(span.from)).map_or(0.0, |(b, g)| g.rect.left - b.rect.right)
    }

    /// The text in front of a label on its row.
    fn in_front(&self, label: &Match) -> Option<Vec<Span>> {
        let first = label.spans.first()?;
        let mut spans = Vec::new();
        if first.from > 0 {
            spans.push(Span { line: first.line, from: 0, to: first.from });
        }
        // Boxes to the left that lead up to it.
        let mut start = first.line;
        while let Some((before, line)) =
            self.frame.lines.iter().enumerate().find(|(i, l)| l.right == Some(start) && *i != start)
        {
            let height = line.size();
            let next = self.frame.lines.get(start)?;
            if next.rect.left - line.rect.right > 2.0 * WORD_GAP * height || line.size() < 0.6 * next.size() {
                break;
            }
            spans.insert(0, Span { line: before, from: 0, to: line.glyphs.len() });
            start = before;
        }
        (!spans.is_empty()).then_some(spans)
    }

    /// The nearest text below a label.
    fn under(&self, label: &Match) -> Option<Vec<Span>> {
        let first = label.spans.first()?;
        let line = self.frame.lines.get(first.line)?;
        let mut r = label.rect;
        // In the second half of a label in two languages: the value stands under the whole of it.
        let ahead = self.frame.span_text(&Span { line: first.line, from: 0, to: first.from });
        if ahead.trim_end().ends_with(['/', '|', '／']) {
            r.left = line.rect.left;
        }
        let h = line.size();
        let below = self.frame.lines.iter().enumerate().filter(|(_, l)| {
            let gap = l.rect.top - r.bottom;
            let meets = l.rect.left < r.right + h && l.rect.right > r.left - h;
            !l.vertical && gap > -0.8 * h && gap < 2.5 * h && meets && l.rect.center().y > r.bottom
        });
        let (i, line) = below.min_by(|a, b| a.1.rect.top.total_cmp(&b.1.rect.top))?;
        let whole = Span { line: i, from: 0, to: line.glyphs.len() };
        self.until_label(whole).filter(|s| s.from == 0).map(|s| vec![s])
    }

    /// The nearest text above a label, with the lines above that over which it is wrapped.
    fn over(&self, label: &Match, lines: usize) -> Option<Vec<Span>> {
        let mut at = label.rect;
        let h = self.frame.lines.get(label.spans.first()?.line)?.size();
        let mut found: Vec<Span> = Vec::new();
        for nth in 0..lines {
            let reach = if nth == 0 { 2.5 } else { 0.9 };
            let above = self.frame.lines.iter().enumerate().filter(|(i, l)| {
                let gap = at.top - l.rect.bottom;
                let size = h.max(l.size());
                let meets = l.rect.left < at.right + h && l.rect.right > at.left - h;
                let whole = Span { line: *i, from: 0, to: l.glyphs.len() };
                let free = self.labels.first_in(&whole).is_none();
                !l.vertical
                    && gap > -0.5 * size
                    && gap < reach * size
                    && meets
                    && l.rect.center().y < at.top
                    && free
            });
            let next = above.max_by(|a, b| a.1.rect.bottom.total_cmp(&b.1.rect.bottom));
            let Some((i, line)) = next else { break };
            found.insert(0, Span { line: i, from: 0, to: line.glyphs.len() });
            at = line.rect;
        }
        (!found.is_empty()).then_some(found)
    }

    /// A box that follows another on its row, without the characters that both read.
    fn beyond(&self, before: &FrameLine, next: usize) -> Span {
        let Some(line) = self.frame.lines.get(next) else { return Span { line: next, from: 0, to: 0 } };
        let to = line.glyphs.len();
        if line.vertical || before.rect.right <= line.rect.left {
            return Span { line: next, from: 0, to };
        }
        // Boxes overlap by their margins; what was read twice ends one and begins the other.
        let inside = |g: &&Glyph| before.rect.right - g.rect.left >= TWICE * g.rect.width();
        let over = line.glyphs.iter().take_while(inside).count();
        let repeats = |n: usize| {
            let tail = before.glyphs.len().checked_sub(n).and_then(|at| before.glyphs.get(at..));
            let head = line.glyphs.get(..n);
            tail.zip(head).is_some_and(|(a, b)| a.iter().zip(b).all(|(a, b)| a.char == b.char))
        };
        let twice = (1..=over).rev().find(|n| repeats(*n)).unwrap_or(0);
        Span { line: next, from: twice, to }
    }

    /// Without the colon and the bracket that close a label, and the ☑ as which a wide blank is read.
    fn without_colon(&self, span: Span) -> Span {
        let skip = |c: char| {
            // The vowel or tone mark of a label's last Thai letter.
            let mark = matches!(c, '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}');
            mark || c.is_whitespace()
                || matches!(c, ':' | '：' | ';' | '；' | ')' | '）' | '】' | '|' | '丨' | '☑')
        };
        let glyphs = self.frame.glyphs(&span);
        let skipped = glyphs.iter().take_while(|g| skip(g.char)).count();
        // A dot or comma is a misread colon only right behind the label.
        let more =
            glyphs.get(skipped).is_some_and(|g| skipped == 0 && matches!(g.char, '.' | '。' | '、' | ','));
        // The dot of an abbreviation has the colon behind it: Account No.: 12.
        let behind = glyphs.iter().skip(skipped + 1).take_while(|g| more && skip(g.char)).count();
        Span { from: span.from + skipped + usize::from(more) + behind, ..span }
    }

    /// The part of a span in front of the next label; `None` if nothing is left.
    pub(super) fn until_label(&self, span: Span) -> Option<Span> {
        let label = self.labels.first_in(&span);
        let span = Span { to: label.unwrap_or(span.to), ..span };
        let text = self.frame.span_text(&span);
        // The number of the next label belongs to that.
        let number = label.is_some() && is_number_of_label(text.trim());
        (span.from < span.to && !text.trim().is_empty() && !number).then_some(span)
    }

    /// With the boxes behind that belong to the same value.
    pub(super) fn extended(&self, mut spans: Vec<Span>) -> Vec<Span> {
        while let Some(line) = spans.last().and_then(|s| self.frame.lines.get(s.line)) {
            let Some((next, neighbour)) = line.right.and_then(|n| Some((n, self.frame.lines.get(n)?))) else {
                break;
            };
            let gap = neighbour.rect.left - line.rect.right;
            let (small, large) = (line.size().min(neighbour.size()), line.size().max(neighbour.size()));
            // Boxes overlap by the margins of the larger one: a row of stars has a low box.
            if gap > WORD_GAP * small || gap < -0.5 * large || self.stamps.contains(&next) {
                break;
            }
            let Some(part) = self.until_label(self.beyond(line, next)) else { break };
            spans.push(part);
            if part.to < neighbour.glyphs.len() {
                break;
            }
        }
        spans
    }

    /// Every stretch that an expression matches, in a line or over neighbouring boxes.
    fn matching(&self, pattern: &Pattern) -> Vec<Vec<Span>> {
        let mut found: Vec<Vec<Span>> = Vec::new();
        for (i, line) in self.frame.lines.iter().enumerate() {
            let mut spans = vec![Span { line: i, from: 0, to: line.glyphs.len() }];
            let mut best = matches(self.frame, &spans, pattern);
            let mut at = line;
            // More boxes as long as nothing was found, or what was found may go on in the next.
            for _ in 0..BOXES {
                if best.iter().all(|m| m.last().map(|s| s.to) != spans.last().map(|s| s.to))
                    && !best.is_empty()
                {
                    break;
                }
                let follower = if at.vertical { at.down } else { at.right };
                let Some((n, next)) = follower.and_then(|n| Some((n, self.frame.lines.get(n)?))) else {
                    break;
                };
                let gap =
                    if at.vertical { next.rect.top - at.rect.bottom } else { next.rect.left - at.rect.right };
                let reach = if best.is_empty() { PATTERN_GAP } else { WORD_GAP };
                if gap > reach * at.size() {
                    break;
                }
                spans.push(self.beyond(at, n));
                at = next;
                let over = matches(self.frame, &spans, pattern);
                if over.iter().any(|m| m.len() > best.first().map_or(0, Vec::len)) {
                    best = over;
                }
            }
            found.extend(best);
        }
        found
    }
}

/// How many characters of the label are left: 核对|人：, 开单医|师：. They say who, with the colon behind.
fn agent(rest: &[Glyph]) -> usize {
    let mut chars = rest.iter().map(|g| g.char);
    let who = chars.next().is_some_and(|c| "人员者师".contains(c));
    usize::from(who && chars.next().is_some_and(|c| matches!(c, ':' | '：')))
}

/// Whether a text is the number that opens a label: 29. (3) 四、
fn is_number_of_label(text: &str) -> bool {
    let inner = text.trim_start_matches(['(', '（']);
    let Some(number) = inner.strip_suffix(['.', '．', '、', ')', '）']) else { return false };
    let digits = number.len() <= 2 && number.chars().all(|c| c.is_ascii_digit());
    let han = number.chars().count() <= 3 && number.chars().all(|c| "一二三四五六七八九十".contains(c));
    !number.is_empty() && (digits || han)
}

/// The stretches of `spans` that match.
fn matches(frame: &Frame, spans: &[Span], pattern: &Pattern) -> Vec<Vec<Span>> {
    let text = Stretch::of(frame, spans, true);
    let groups = pattern.regex().captures_iter(&text.text).filter_map(|c| c.get(1).or_else(|| c.get(0)));
    groups.filter(|m| !m.is_empty()).map(|m| text.spans(m.range())).collect()
}
