//! The printed labels of a document: where each stands, and which block of the form it is in.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    classify::{
        fold::{Match, find, folded},
        frame::{Frame, FrameLine, Span, same_row},
    },
    geometry::Rect,
    kind::{Block, Direction, Kind, Layout, Locator},
};

/// A label where it is printed.
#[derive(Debug, Clone)]
pub struct PrintedLabel {
    /// As the kind file spells it.
    pub label: String,
    pub found: Match,
}

/// All printed labels of a document, no two on the same text.
#[derive(Debug, Default)]
pub struct Labels {
    pub all: Vec<PrintedLabel>,
}

impl Labels {
    /// Finds every label that the kind file names anywhere.
    pub fn of(frame: &Frame, kind: &Kind) -> Self {
        let mut candidates: Vec<PrintedLabel> = Vec::new();
        let leftward = leftward(kind);
        let opening = opening(kind);
        for label in named(kind) {
            for found in find(frame, &label) {
                let length = folded(&label).len();
                let glued = || opening.contains(label.as_str()) && opens_row(frame, &found);
                if stands_alone(frame, &found, length, leftward.contains(label.as_str())) || glued() {
                    candidates.push(PrintedLabel { label: label.clone(), found });
                }
            }
        }
        let apart: Vec<bool> = candidates.iter().map(|c| is_two_labels(frame, c, &candidates)).collect();
        let mut candidates: Vec<PrintedLabel> =
            candidates.into_iter().zip(apart).filter(|(_, apart)| !apart).map(|(c, _)| c).collect();
        // Of labels on the same text the one that explains most characters is meant.
        let explained = |p: &PrintedLabel| folded(&p.label).len() as i64 - 2 * p.found.distance as i64;
        candidates.sort_by_key(|p| -explained(p));
        let behind_own = values_spelt_as_labels(frame, &candidates);
        let is_value = |s: &Span| behind_own.iter().flatten().any(|own| own.overlaps(s));
        candidates.retain(|c| !c.found.spans.iter().any(is_value));
        let mut all: Vec<PrintedLabel> = Vec::new();
        for candidate in candidates {
            let taken = |p: &PrintedLabel| {
                p.found.spans.iter().any(|a| candidate.found.spans.iter().any(|b| a.overlaps(b)))
            };
            if !all.iter().any(taken) {
                all.push(candidate);
            }
        }
        Self { all }
    }

    /// Where any of these labels is printed.
    pub fn among<'a>(&'a self, labels: &'a [String]) -> impl Iterator<Item = &'a PrintedLabel> {
        self.all.iter().filter(move |p| labels.contains(&p.label))
    }

    /// Start of the first label in `span`, if one is printed there.
    pub fn first_in(&self, span: &Span) -> Option<usize> {
        let spans = self.all.iter().flat_map(|p| &p.found.spans);
        spans.filter(|s| s.overlaps(span)).map(|s| s.from.max(span.from)).min()
    }

    /// Whether a label other than `own` stands left of `rect` on the same row.
    pub fn left_of(&self, rect: &Rect, own: &Rect) -> bool {
        let h = rect.height();
        self.all.iter().any(|p| {
            let r = &p.found.rect;
            r != own && same_row(r, rect) && r.right <= rect.left + h && r.center().x < rect.left
        })
    }
}

/// Blank between two boxes, in line heights, over which words that are labels of their own are no longer one.
/// Reasoned: headings of columns stand further apart, the words of one label closer.
const APART: f32 = 2.0;

/// Whether a label spread over two boxes is the headings of two columns (课程 | 类别, beside 课程类别).
fn is_two_labels(frame: &Frame, wide: &PrintedLabel, candidates: &[PrintedLabel]) -> bool {
    let [a, b] = wide.found.spans.as_slice() else { return false };
    let (left, right) = (frame.span_rect(a), frame.span_rect(b));
    let own = |span: &Span| {
        let whole = |p: &PrintedLabel| p.found.distance == 0 && p.found.spans.as_slice() == [*span];
        span.to - span.from > 1 && candidates.iter().any(whole)
    };
    right.left - left.right > APART * left.height().min(right.height()) && own(a) && own(b)
}

/// Where a label ends its line right behind its own colon (收款人：收款人): there it is the value.
fn values_spelt_as_labels(frame: &Frame, candidates: &[PrintedLabel]) -> Vec<Vec<Span>> {
    let follows = |first: &PrintedLabel, second: &PrintedLabel| {
        let ([a], [b]) = (first.found.spans.as_slice(), second.found.spans.as_slice()) else { return false };
        let Some(line) = frame.lines.get(a.line).filter(|_| a.line == b.line && a.to < b.from) else {
            return false;
        };
        let between = frame.span_text(&Span { line: a.line, from: a.to, to: b.from });
        second.label.starts_with(&first.label)
            && b.to == line.glyphs.len()
            && between.contains([':', '：'])
            && between.chars().all(|c| c.is_whitespace() || matches!(c, ':' | '：'))
    };
    let second = candidates.iter().filter(|c| candidates.iter().any(|other| follows(other, c)));
    second.map(|c| c.found.spans.clone()).collect()
}

/// Every label text of a kind file, once.
fn named(kind: &Kind) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    for field in &kind.fields {
        for locator in &field.locate {
            if let Locator::Label { labels: own, .. }
            | Locator::Cell { labels: own, .. }
            | Locator::Box { labels: own, .. } = locator
            {
                labels.extend(own.iter().cloned());
            }
        }
    }
    for table in &kind.tables {
        for own in [&table.end, &table.skip, &table.items, &table.headings, &table.ignore] {
            labels.extend(own.iter().cloned());
        }
        labels.extend(table.columns.iter().flat_map(|c| c.labels.iter().cloned()));
    }
    labels.extend(kind.not_labels.iter().cloned());
    labels.extend(kind.blocks.iter().flat_map(|b| b.labels.iter().cloned()));
    labels
}

/// Labels that stand behind their values.
fn leftward(kind: &Kind) -> BTreeSet<&str> {
    let locators = kind.fields.iter().flat_map(|f| &f.locate);
    let labels = locators.filter_map(|l| match l {
        Locator::Label { labels, direction: Direction::Left, .. } => Some(labels),
        _ => None,
    });
    labels.flatten().map(String::as_str).collect()
}

/// Labels of a table's columns that stand in front of each value.
fn opening(kind: &Kind) -> BTreeSet<&str> {
    let columns = kind.tables.iter().flat_map(|t| &t.columns).filter(|c| c.beside);
    columns.flat_map(|c| &c.labels).map(String::as_str).collect()
}

/// Whether a match opens its line, with more on the row to the right of it (自合肥 | 东航).
fn opens_row(frame: &Frame, found: &Match) -> bool {
    let line = found.spans.first().filter(|s| s.from == 0).and_then(|s| frame.lines.get(s.line));
    line.is_some_and(|l| l.right.is_some())
}

/// Whether the text around a match lets it be a label and not a part of a longer word: it opens
/// its line, or a gap or sign is in front of it, or a colon behind it. Longer labels need no more
/// than to be there; single characters stand alone, or open a line with a colon or a gap behind
/// them; those that stand behind their values (`closing`) close a line.
fn stands_alone(frame: &Frame, found: &Match, length: usize, closing: bool) -> bool {
    let (Some(first), Some(last)) = (found.spans.first(), found.spans.last()) else { return false };
    let Some(line) = frame.lines.get(first.line) else { return false };
    if length == 1 {
        let whole = frame.lines.get(last.line).map_or(0, |l| l.glyphs.len());
        let here = line.glyphs.get(first.from);
        let apart = here.zip(line.glyphs.get(first.to)).is_none_or(|(h, next)| {
            next.folded.is_none() || next.rect.left - h.rect.right > 0.6 * line.size()
        });
        return (first.from == 0 && apart) || (closing && last.to == whole);
    }
    // A word of letters does not end inside another.
    if found.distance > 0 && inside_word(line, first.from, frame.lines.get(last.line), last.to) {
        return false;
    }
    let opens = line.glyphs.iter().take(first.from).all(|g| g.folded.is_none());
    if opens {
        return true;
    }
    let colon = frame
        .lines
        .get(last.line)
        .and_then(|l| l.glyphs.get(last.to))
        .is_some_and(|g| matches!(g.char, ':' | '：' | '）' | ')'));
    if colon || (length >= 5 && found.distance == 0) {
        return true;
    }
    // A misread label in the middle of other text is no label.
    if found.distance > 0 {
        return false;
    }
    let before = first.from.checked_sub(1).and_then(|i| line.glyphs.get(i));
    let here = line.glyphs.get(first.from);
    before.zip(here).is_some_and(|(b, h)| {
        // Spaced printing leaves up to half a character between the characters of one word.
        // The value of the label before ends in digits: 机号 06收银员 陈姐.
        let after_number = length >= 3
            && b.char.is_ascii_digit()
            && line.glyphs.get(first.to).is_some_and(|g| g.char.is_whitespace());
        b.folded.is_none() || h.rect.left - b.rect.right > 0.6 * line.size() || after_number
    })
}

/// Whether Latin letters stand on both sides of one end of a stretch.
fn inside_word(first: &FrameLine, from: usize, last: Option<&FrameLine>, to: usize) -> bool {
    let letter = |line: &FrameLine, at: Option<usize>| {
        at.and_then(|i| line.glyphs.get(i)).is_some_and(|g| g.char.is_ascii_alphabetic())
    };
    let opens = letter(first, from.checked_sub(1)) && letter(first, Some(from));
    let ends = last.is_some_and(|l| letter(l, to.checked_sub(1)) && letter(l, Some(to)));
    opens || ends
}

/// Which block each repeated label is in.
#[derive(Debug, Default)]
pub struct Blocks {
    /// Block id by (label synonyms, position in [`Labels::among`] of them).
    by_role: BTreeMap<Vec<String>, Vec<Option<String>>>,
}

impl Blocks {
    pub fn of(kind: &Kind, layout: Option<&Layout>, labels: &Labels) -> Self {
        let order: Vec<&Block> = match layout.filter(|l| !l.blocks.is_empty()) {
            Some(l) => l.blocks.iter().filter_map(|id| kind.blocks.iter().find(|b| b.id == *id)).collect(),
            None => kind.blocks.iter().collect(),
        };
        if order.is_empty() {
            return Self::default();
        }
        let mut roles: BTreeSet<Vec<String>> = BTreeSet::new();
        for locator in kind.fields.iter().flat_map(|f| &f.locate) {
            if let Locator::Label { labels, within: Some(_), .. } = locator {
                roles.insert(labels.clone());
            }
        }
        for table in kind.tables.iter().filter(|t| t.block.is_some()) {
            roles.extend(table.columns.iter().map(|c| c.labels.clone()));
        }
        let places = |role: &Vec<String>| labels.among(role).map(|p| p.found.rect).collect::<Vec<_>>();
        let titles: Vec<Vec<Rect>> =
            order.iter().map(|b| labels.among(&b.labels).map(|p| p.found.rect).collect()).collect();
        let split = roles.iter().find_map(|role| Split::between(&places(role), order.len()));
        let by_role = roles
            .into_iter()
            .map(|role| {
                let rects = places(&role);
                let own = named_by(kind, &role);
                let own: Vec<usize> = (0..order.len())
                    .filter(|i| order.get(*i).is_some_and(|b| own.contains(b.id.as_str())))
                    .collect();
                let blocks = assign(&rects, &titles, split.as_ref(), &own);
                let ids = blocks.into_iter().map(|b| b.and_then(|b| order.get(b)).map(|b| b.id.clone()));
                let ids = ids.collect();
                (role, ids)
            })
            .collect();
        Self { by_role }
    }

    /// Block of the `nth` printed label among these synonyms.
    pub fn block_of(&self, labels: &[String], nth: usize) -> Option<&str> {
        self.by_role.get(labels)?.get(nth)?.as_deref()
    }
}

/// The blocks in which some field looks for a label with just these synonyms.
fn named_by<'k>(kind: &'k Kind, role: &[String]) -> BTreeSet<&'k str> {
    let locators = kind.fields.iter().flat_map(|f| &f.locate).filter_map(|l| match l {
        Locator::Label { labels, within: Some(block), .. } if *labels == role => Some(block.as_str()),
        _ => None,
    });
    let tables = kind.tables.iter().filter(|t| t.columns.iter().any(|c| c.labels == role));
    locators.chain(tables.filter_map(|t| t.block.as_deref())).collect()
}

/// The line between two blocks, told by a label that is printed once in each.
#[derive(Debug, Clone, Copy)]
struct Split {
    sideways: bool,
    at: f32,
}

impl Split {
    fn between(rects: &[Rect], blocks: usize) -> Option<Self> {
        let [a, b] = rects else { return None };
        if blocks != 2 {
            return None;
        }
        let (dx, dy) = (b.center().x - a.center().x, b.center().y - a.center().y);
        let sideways = dx.abs() > dy.abs();
        let (p, q) = (a.center(), b.center());
        Some(Self { sideways, at: if sideways { (p.x + q.x) / 2.0 } else { (p.y + q.y) / 2.0 } })
    }

    fn second(&self, r: &Rect) -> bool {
        if self.sideways { r.center().x >= self.at } else { r.center().y >= self.at }
    }
}

/// The block (index in order) of each label of one role, which stands in the blocks `own`.
fn assign(rects: &[Rect], titles: &[Vec<Rect>], split: Option<&Split>, own: &[usize]) -> Vec<Option<usize>> {
    if let Some(blocks) = under_columns(rects, titles, own) {
        return blocks;
    }
    let by_title = |r: &Rect| -> Option<usize> {
        let costs = titles.iter().enumerate().filter_map(|(block, places)| {
            Some((block, places.iter().filter_map(|t| belongs(t, r)).min_by(f32::total_cmp)?))
        });
        costs.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(block, _)| block)
    };
    let told: Vec<Option<usize>> = rects.iter().map(by_title).collect();
    let distinct = told.iter().flatten().collect::<BTreeSet<_>>().len();
    let headed = |block: &usize| titles.get(*block).is_some_and(|t| !t.is_empty());
    // All headings found, and they part the labels: they decide.
    if own.iter().all(headed) && told.iter().all(Option::is_some) && distinct == rects.len() {
        return told;
    }
    if rects.len() == own.len() {
        let mut order: Vec<usize> = (0..rects.len()).collect();
        let sideways = Split::between(rects, own.len()).or(split.copied()).is_some_and(|s| s.sideways);
        let key = |i: &usize| if sideways { rects[*i].left } else { rects[*i].center().y };
        order.sort_by(|a, b| key(a).total_cmp(&key(b)));
        let mut result = vec![None; rects.len()];
        for (block, i) in own.iter().zip(order) {
            result[i] = Some(*block);
        }
        return result;
    }
    rects
        .iter()
        .zip(told)
        .map(|(r, told)| match split {
            Some(split) => Some(usize::from(split.second(r))),
            None => told,
        })
        .collect()
}

/// The blocks of labels, one in each, under headings that stand side by side as those of columns do: each
/// belongs to the heading that is nearest sideways.
fn under_columns(rects: &[Rect], titles: &[Vec<Rect>], own: &[usize]) -> Option<Vec<Option<usize>>> {
    let top = rects.iter().map(|r| r.top).min_by(f32::total_cmp).filter(|_| rects.len() == own.len())?;
    let above = |block: &usize| titles.get(*block).into_iter().flatten().filter(|t| t.bottom <= top);
    let (first, others) = own.split_first()?;
    let row = |t: &Rect| -> Option<Vec<(usize, Rect)>> {
        let beside = |block: &usize| above(block).find(|o| same_row(o, t)).map(|o| (*block, *o));
        others.iter().map(beside).chain([Some((*first, *t))]).collect()
    };
    // The row of headings that is nearest to the labels.
    let headings = above(first).filter_map(|t| Some((t.bottom, row(t)?)));
    let (_, headings) = headings.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(_, row)| row.len() > 1)?;
    let nearest = |r: &Rect| {
        let off = |t: &Rect| (t.center().x - r.center().x).abs();
        headings.iter().min_by(|a, b| off(&a.1).total_cmp(&off(&b.1))).map(|(block, _)| *block)
    };
    let told: Vec<Option<usize>> = rects.iter().map(nearest).collect();
    let distinct = told.iter().flatten().collect::<BTreeSet<_>>().len();
    (distinct == rects.len()).then_some(told)
}

/// How much more a step off the row of a heading counts than one along it. Reasoned: labels stand up to ten
/// heights behind their heading, rows are one and a half apart.
const OFF_ROW: f32 = 8.0;

/// How far a label is from a heading to which it may belong: the heading stands left of it
/// (written downwards or not) or above it. `None` if it cannot be its heading.
fn belongs(title: &Rect, label: &Rect) -> Option<f32> {
    // A heading that is a label itself.
    if title == label {
        return Some(0.0);
    }
    let h = label.height();
    let beside = label.center().y > title.top - h && label.center().y < title.bottom + h;
    let behind = label.left - title.right;
    if beside && label.center().x > title.center().x {
        // The heading of this very row before that of the next one.
        let off = (title.top - label.center().y).max(label.center().y - title.bottom).max(0.0);
        return Some(behind.max(0.0) + OFF_ROW * off);
    }
    let under = label.center().y - title.bottom;
    // Below counts more than beside: the next heading on the way ends the block.
    (under >= 0.0 && label.right > title.left - 2.0 * h && title.width() > title.height())
        .then_some(under * 2.0 + behind.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Quad, kind::read_kind, ocr::TextLine};

    const KIND: &str = r#"
        id = "slip"
        group = "receipts"
        name = { zh = "单据", en = "Slip" }
        [identify]
        min_score = 1.0
        [[field]]
        key = "receiver"
        label = { zh = "收款人", en = "Receiver" }
        locate = [{ by = "label", labels = ["收款人", "收款"] }]
    "#;

    #[test]
    fn labels_in_columns_belong_to_the_headings_above_them() {
        let at = |x: f32, y: f32, width: f32| Rect::new(x, y, x + width, y + 20.0);
        let (left, right) = (at(100.0, 300.0, 40.0), at(600.0, 300.0, 40.0));
        // The second party's heading stands centred on the left.
        let titles = [vec![at(100.0, 50.0, 40.0), at(800.0, 200.0, 40.0)], vec![at(300.0, 200.0, 40.0)]];
        assert_eq!(assign(&[left, right], &titles, None, &[0, 1]), [Some(1), Some(0)]);
        // Below each other they are no columns: from above in the order of the blocks.
        let below = at(100.0, 400.0, 40.0);
        assert_eq!(under_columns(&[left, below], &titles, &[0, 1]), None);
    }

    #[test]
    fn what_stands_behind_its_own_colon_is_a_value() {
        for (text, count) in [
            ("收款人：收款人", 1),
            ("收款人：张三 收款人：李四", 2),
            ("收款人 收款人", 2),
            ("收款：收款人", 1),
        ] {
            let width = 20.0 * text.chars().count() as f32;
            let line = TextLine {
                text: text.into(),
                quad: Quad::from_rect(0.0, 0.0, width, 20.0),
                confidence: 0.9,
                ..TextLine::default()
            };
            let frame = Frame::of_lines(&[line], &[0], 0);
            let labels = Labels::of(&frame, &read_kind("slip", KIND).unwrap());
            assert_eq!(labels.all.len(), count, "{text}");
        }
    }

    #[test]
    fn headings_of_two_columns_are_not_one_label() {
        let kind = KIND.replace(r#"["收款人", "收款"]"#, r#"["课程", "类别", "课程类别"]"#);
        let kind = read_kind("slip", &kind).unwrap();
        let count = |gap: f32| {
            let line = |text: &str, x: f32| {
                let quad = Quad::from_rect(x, 0.0, x + 40.0, 20.0);
                TextLine { text: text.into(), quad, confidence: 0.9, ..TextLine::default() }
            };
            let frame = Frame::of_lines(&[line("课程", 0.0), line("类别", 40.0 + gap)], &[0, 1], 0);
            Labels::of(&frame, &kind).all.len()
        };
        assert_eq!(count(100.0), 2);
        assert_eq!(count(10.0), 1);
    }
}
