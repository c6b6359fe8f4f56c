//! A matrix of printed items by printed column headings: the body of a statement.
//!
//! Works from lines in the document's frame: their places tell the columns whether rules are
//! printed or not, and page tables split at every stray stroke on a poor copy.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    classify::frame::{Frame, Span, same_row},
    extract::{
        Field, State,
        candidate::Candidate,
        columns::{Columns, boundary, by_column},
        item_names::{cleaned, mended},
        labels::{Labels, PrintedLabel},
        pieces::{Piece, STAMP_WORDS, body, in_reading_order, joined, row_centres, split},
    },
    geometry::Rect,
    kind::{FieldSpec, ITEM, Label, RowTableSpec, TableBody, value},
    numbers::median,
};

/// How far from the middle of the header's row, in its heights, the two lines of a heading stand.
/// The first row of the closest set statement is 1.05 of them below its header.
const HEADING_REACH: f32 = 0.75;
/// Lines of an item nearer to each other than this share of the usual distance between rows are
/// one wrapped item. Reasoned, not measured: lines of a cell are set closer than rows.
const WRAPPED: f32 = 0.75;
/// Gap, in heights, over which a number stands in a column of its own. Reasoned: a word's own number (长期借款 2)
/// follows after one blank.
const LINE_NUMBER_GAP: f32 = 2.0;
/// Headings are words; pieces of one closer than this many heights were set with spaces. Reasoned.
const HEADING_GAP: f32 = 1.2;

/// What stands under a heading.
#[derive(Debug, Clone, PartialEq)]
enum Role {
    /// The items of a half of the matrix.
    Item,
    /// The values of a heading.
    Values(String),
    /// Line numbers, references to notes.
    Ignored,
}

/// A heading where it is printed.
#[derive(Debug, Clone)]
struct Head {
    role: Role,
    rect: Rect,
}

/// The rows of a matrix and the text that they take.
pub type Matrix = (Vec<BTreeMap<String, Field>>, Vec<Span>);

/// The rows of a matrix, half by half from the left, each from above, and the text they take.
pub fn cells(frame: &Frame, table: &RowTableSpec, labels: &Labels) -> Option<Matrix> {
    let item_spec = table.columns.iter().find(|c| c.key == ITEM)?;
    let value_spec = table.columns.iter().find(|c| c.key != ITEM)?;
    let (mut heads, header) = header(frame, table, labels)?;
    let end = labels.among(&table.end).map(|p| p.found.rect);
    let end = end.filter(|r| r.center().y > header.bottom && r.left < header.right);
    let end = end.map(|r| r.top).fold(f32::MAX, f32::min);
    let mut pieces = body(frame, end, &header);
    pieces.retain(|p| !is_stamp(&frame.span_text(&p.span)));
    let spec = |head: &Head| if matches!(head.role, Role::Values(_)) { value_spec } else { item_spec };
    let mut bounds = Vec::new();
    let mut left = f32::MIN;
    for (i, head) in heads.iter().enumerate() {
        let right = match heads.get(i + 1) {
            Some(next) => {
                boundary(frame, (spec(head), &head.rect), (spec(next), &next.rect), [true; 2], &pieces)
            }
            None => f32::MAX,
        };
        bounds.push((vec![spec(head)], left, right));
        left = right;
    }
    let halves = halves(&heads);
    name_like_first(&mut heads, &halves);
    let columns = Columns { bounds, header, end };
    let placed: Vec<(usize, Piece)> =
        pieces.into_iter().flat_map(|p| by_column(frame, p, &columns)).collect();
    let (mut rows, mut used) = (Vec::new(), Vec::new());
    for half in halves {
        let inside: Vec<(usize, Piece)> = placed.iter().filter(|(c, _)| half.contains(c)).copied().collect();
        for line in lines_of(frame, &heads, &inside, value_spec) {
            let Some((cells, spans)) = row(frame, table, &heads, line, (item_spec, value_spec)) else {
                continue;
            };
            rows.push(cells);
            used.extend(spans);
        }
    }
    Some((rows, used))
}

/// The headings from the left and the rectangle around them: the row that holds most of what is
/// known to be a heading.
fn header(frame: &Frame, table: &RowTableSpec, labels: &Labels) -> Option<(Vec<Head>, Rect)> {
    let printed: Vec<(Role, &PrintedLabel)> = labels
        .among(&table.items)
        .map(|p| (Role::Item, p))
        .chain(labels.among(&table.ignore).map(|p| (Role::Ignored, p)))
        .chain(labels.among(&table.headings).map(|p| (Role::Values(p.label.clone()), p)))
        .collect();
    let on_row = |at: &Rect| printed.iter().filter(|(_, p)| same_row(&p.found.rect, at)).count();
    let (_, first) = printed.iter().rev().max_by_key(|(_, p)| on_row(&p.found.rect))?;
    let size = first.found.rect.height();
    let middle = first.found.rect.center().y;
    let near = |r: &Rect| (r.center().y - middle).abs() < HEADING_REACH * size;
    let beside = |known: &String| {
        let exact = |p: &PrintedLabel| p.found.distance == 0 && p.label == *known && near(&p.found.rect);
        printed.iter().any(|(_, p)| exact(p))
    };
    let mut heads: Vec<Head> = Vec::new();
    let mut taken: Vec<Span> = Vec::new();
    for (role, label) in printed.iter().filter(|(_, p)| near(&p.found.rect)) {
        taken.extend(label.found.spans.iter().copied());
        let role = match role {
            // As printed where it was read right, and where the known one is printed beside it (年末数, 年初数).
            Role::Values(known) if label.found.distance == 0 || beside(known) => {
                Role::Values(printed_name(frame, &label.found.spans))
            }
            role => role.clone(),
        };
        heads.push(Head { role, rect: label.found.rect });
    }
    let mut others: Vec<Piece> = Vec::new();
    for (i, _) in frame.lines.iter().enumerate().filter(|(_, l)| !l.vertical && near(&l.rect)) {
        others
            .extend(split(frame, i, size).into_iter().filter(|p| !taken.iter().any(|t| t.overlaps(&p.span))));
    }
    others.retain(|p| heads.iter().all(|h| p.rect.right < h.rect.left || p.rect.left > h.rect.right));
    // Values stand behind their items.
    let first = heads.iter().filter(|h| h.role == Role::Item).map(|h| h.rect.left).fold(f32::MAX, f32::min);
    others.retain(|p| first == f32::MAX || p.rect.left > first);
    heads.extend(further_headings(frame, others));
    let values = heads.iter().filter(|h| matches!(h.role, Role::Values(_))).count();
    let known = heads.len() - values;
    if values == 0 || (known == 0 && values < 2) {
        return None;
    }
    heads.sort_by(|a, b| a.rect.left.total_cmp(&b.rect.left));
    heads.splice(0..0, unread_items(frame, &heads));
    let around = heads.iter().map(|h| h.rect).reduce(|a, b| a.union(&b))?;
    Some((heads, around))
}

/// The column left of all headings, where the heading of the items was not read: a matrix has items.
fn unread_items(frame: &Frame, heads: &[Head]) -> Option<Head> {
    let first = heads.first()?;
    if heads.iter().any(|h| h.role == Role::Item) || first.rect.left - frame.bounds.left < first.rect.height()
    {
        return None;
    }
    let right = frame.bounds.left + (first.rect.left - frame.bounds.left) / 2.0;
    let rect = Rect::new(frame.bounds.left, first.rect.top, right, first.rect.bottom);
    Some(Head { role: Role::Item, rect })
}

/// Headings that the kind does not know: pieces above one another or close together are one.
fn further_headings(frame: &Frame, mut pieces: Vec<Piece>) -> Vec<Head> {
    pieces.retain(|p| {
        let text = frame.span_text(&p.span);
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let year = text.chars().filter(char::is_ascii_digit).count() == 4;
        letters > 0 && !is_stamp(&text) || year && text.chars().count() <= 6
    });
    pieces.sort_by(|a, b| a.rect.left.total_cmp(&b.rect.left));
    let mut groups: Vec<(Rect, Vec<Piece>)> = Vec::new();
    for piece in pieces {
        let joins = |r: &Rect| {
            let gap = piece.rect.left - r.right;
            gap < HEADING_GAP * piece.size && (same_row(r, &piece.rect) || gap < -0.3 * piece.rect.width())
        };
        match groups.last_mut().filter(|(r, _)| joins(r)) {
            Some((rect, own)) => {
                *rect = rect.union(&piece.rect);
                own.push(piece);
            }
            None => groups.push((piece.rect, vec![piece])),
        }
    }
    let head = |(rect, mut own): (Rect, Vec<Piece>)| {
        in_reading_order(&mut own);
        let name = printed_name(frame, &own.iter().map(|p| p.span).collect::<Vec<_>>());
        (name.chars().count() >= 2).then_some(Head { role: Role::Values(name), rect })
    };
    groups.into_iter().filter_map(head).collect()
}

/// A heading's text, with spaces between Latin words only: Chinese is spaced out to fill its place. Points
/// would part it in a path to its values.
fn printed_name(frame: &Frame, spans: &[Span]) -> String {
    let text = spans.iter().map(|s| frame.span_text(s)).collect::<Vec<_>>().join(" ");
    let mut name = String::new();
    for word in text.split_whitespace() {
        if name.ends_with(|c: char| c.is_ascii()) && word.starts_with(|c: char| c.is_ascii()) {
            name.push(' ');
        }
        name.extend(word.chars().map(|c| if c == '.' { '．' } else { c }));
    }
    name
}

/// The columns of each half: one begins with its items, or where a heading comes again.
fn halves(heads: &[Head]) -> Vec<std::ops::Range<usize>> {
    let mut starts: Vec<usize> = vec![0];
    for (i, head) in heads.iter().enumerate().skip(1) {
        let since = starts.last().copied().unwrap_or(0);
        let own = heads.get(since..i).unwrap_or_default();
        let again = own.iter().any(|h| h.role == head.role) && head.role != Role::Ignored;
        // Items open a half, unless it has had none and no values yet.
        let opens = head.role == Role::Item && own.iter().any(|h| h.role != Role::Ignored);
        if again || opens {
            starts.push(i);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([heads.len()]);
    starts.iter().copied().zip(ends).map(|(a, b)| a..b).collect()
}

/// Gives the headings of further halves that were read in part (under a stamp) the names that they
/// have in the first.
fn name_like_first(heads: &mut [Head], halves: &[std::ops::Range<usize>]) {
    let names = |heads: &[Head], half: &std::ops::Range<usize>| -> Vec<(usize, String)> {
        let own = half.clone().filter_map(|i| match &heads.get(i)?.role {
            Role::Values(name) => Some((i, name.clone())),
            _ => None,
        });
        own.collect()
    };
    let Some((first, further)) = halves.split_first() else { return };
    let first = names(heads, first);
    for half in further {
        let own = names(heads, half);
        if own.len() != first.len() {
            continue;
        }
        for ((i, name), (_, whole)) in own.into_iter().zip(&first) {
            let part = name != *whole && (whole.contains(&name) || name.contains(whole.as_str()));
            if let Some(head) = heads.get_mut(i).filter(|_| part) {
                head.role = Role::Values(whole.clone());
            }
        }
    }
}

/// A printed row: its pieces with their columns.
type Line = Vec<(usize, Piece)>;

/// The rows of a half; the lines of wrapped items are joined.
fn lines_of(frame: &Frame, heads: &[Head], pieces: &[(usize, Piece)], value_spec: &FieldSpec) -> Vec<Line> {
    let centres = row_centres(pieces.iter().map(|(_, p)| p));
    let mut lines: Vec<(f32, Line)> = centres.iter().map(|y| (*y, Line::new())).collect();
    for (column, piece) in pieces {
        let y = piece.rect.center().y;
        let nearest = lines.iter_mut().min_by(|a, b| (a.0 - y).abs().total_cmp(&(b.0 - y).abs()));
        if let Some((_, line)) = nearest {
            line.push((*column, *piece));
        }
    }
    let valued = |line: &Line| {
        line.iter().any(|(c, p)| {
            matches!(heads.get(*c).map(|h| &h.role), Some(Role::Values(_)))
                && value::normalise(value_spec.field_type, &frame.span_text(&p.span)).is_some()
        })
    };
    let tops: Vec<f32> = lines.iter().filter(|(_, l)| valued(l)).map(|(y, _)| *y).collect();
    let pitch = median(tops.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?))).unwrap_or(f32::MAX);
    let item = |line: &Line| -> String {
        let own = line.iter().filter(|(c, _)| heads.get(*c).is_some_and(|h| h.role == Role::Item));
        own.map(|(_, p)| frame.span_text(&p.span)).collect()
    };
    let mut rows: Vec<(f32, Line)> = Vec::new();
    for (y, line) in lines {
        let joins = rows.last().is_some_and(|(above, before)| {
            let both = valued(before) && valued(&line);
            !both && (y - above < WRAPPED * pitch || open_bracket(&item(before)))
        });
        match rows.last_mut().filter(|_| joins) {
            Some((last, before)) => {
                *last = y;
                before.extend(line);
            }
            None => rows.push((y, line)),
        }
    }
    // What follows the last value is no part of the matrix.
    while rows.last().is_some_and(|(_, line)| !valued(line)) {
        rows.pop();
    }
    rows.into_iter().map(|(_, line)| line).collect()
}

/// Whether a bracket is left open, so that the text goes on in the next line.
fn open_bracket(text: &str) -> bool {
    let count = |signs: [char; 2]| text.chars().filter(|c| signs.contains(c)).count();
    count(['(', '（']) > count([')', '）'])
}

/// One row as cells by column, with the text they take; `None` without an item or any value.
fn row(
    frame: &Frame,
    table: &RowTableSpec,
    heads: &[Head],
    line: Line,
    (item_spec, value_spec): (&FieldSpec, &FieldSpec),
) -> Option<(BTreeMap<String, Field>, Vec<Span>)> {
    let mut by_head: BTreeMap<usize, Vec<Piece>> = BTreeMap::new();
    for (column, piece) in line {
        by_head.entry(column).or_default().push(piece);
    }
    let (mut cells, mut used) = (BTreeMap::new(), Vec::new());
    for (column, mut pieces) in by_head {
        in_reading_order(&mut pieces);
        let spans = joined(&pieces);
        match heads.get(column).map(|h| &h.role) {
            Some(Role::Item) => {
                let spans = joined(&without_line_number(frame, pieces));
                let mut field =
                    Candidate::new(frame, (0, item_spec), spans.clone(), 1.0, true)?.into_field(frame);
                let name = cleaned(field.value.as_deref().unwrap_or_default());
                let name = mended(name, &table.known);
                if name.chars().any(char::is_alphabetic) {
                    field.value = Some(name);
                    field.char_confidences.clear();
                    cells.insert(ITEM.to_owned(), field);
                    used.extend(spans);
                }
            }
            Some(Role::Values(heading)) => {
                if let Some(field) = value(frame, value_spec, &spans) {
                    cells.insert(heading.clone(), field);
                    used.extend(spans);
                }
            }
            _ => {}
        }
    }
    (cells.contains_key(ITEM) && cells.len() > 1).then_some((cells, used))
}

/// The pieces of an item without the number of its line, where the heading of that column was not read: few
/// characters far behind the item.
fn without_line_number(frame: &Frame, mut pieces: Vec<Piece>) -> Vec<Piece> {
    while let [.., before, last] = pieces.as_slice() {
        let text = frame.span_text(&last.span);
        let short =
            text.chars().count() <= 3 && !text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
        if !(short && last.rect.left - before.rect.right > LINE_NUMBER_GAP * last.size) {
            break;
        }
        pieces.pop();
    }
    pieces
}

/// A value of the matrix; text without a digit is none, except the dash for nothing.
fn value(frame: &Frame, spec: &FieldSpec, spans: &[Span]) -> Option<Field> {
    let field = Candidate::new(frame, (0, spec), spans.to_vec(), 1.0, true)?.into_field(frame);
    let text = field.value.as_deref()?;
    let figure = text.chars().any(|c| c.is_ascii_digit()) || field.state == State::Ok;
    figure.then_some(field)
}

/// Whether a text is part of a stamp that lies over the form.
fn is_stamp(text: &str) -> bool {
    text.contains(STAMP_WORDS) || text.trim().chars().all(|c| matches!(c, '★' | '☆' | '*'))
}

/// The headings printed above the values of a matrix's rows: those that the kind knows first, the
/// others from the left.
pub fn printed_headings<'r>(
    table: &RowTableSpec,
    rows: impl IntoIterator<Item = &'r BTreeMap<String, Field>>,
) -> Vec<&'r str> {
    let mut lefts: BTreeMap<&'r str, f32> = BTreeMap::new();
    for (key, field) in rows.into_iter().flatten().filter(|(key, _)| *key != ITEM) {
        let x = field.quad.map_or(f32::MAX, |q| q.center().x);
        let left = lefts.entry(key).or_insert(x);
        *left = left.min(x);
    }
    let mut headings: Vec<(&str, f32)> = lefts.into_iter().collect();
    let place = |h: &(&str, f32)| table.headings.iter().position(|k| k == h.0).unwrap_or(usize::MAX);
    headings.sort_by(|a, b| place(a).cmp(&place(b)).then(a.1.total_cmp(&b.1)));
    headings.into_iter().map(|(heading, _)| heading).collect()
}

/// The columns to show for some rows of a table: those declared, or a matrix's items and printed
/// headings.
pub fn shown_columns<'k>(
    table: &'k RowTableSpec,
    rows: &[BTreeMap<String, Field>],
) -> Vec<Cow<'k, FieldSpec>> {
    if table.body != TableBody::Cells {
        return table.columns.iter().map(Cow::Borrowed).collect();
    }
    let named = printed_headings(table, rows).into_iter().filter_map(|heading| {
        let label = Label { zh: heading.to_owned(), en: heading.to_owned() };
        Some(Cow::Owned(FieldSpec { key: heading.to_owned(), label, ..table.column(heading)?.clone() }))
    });
    table.columns.iter().filter(|c| c.key == ITEM).map(Cow::Borrowed).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Quad, kind::read_kind, ocr::TextLine};

    const KIND: &str = r#"
        id = "statement"
        group = "documents"
        name = { zh = "报表", en = "Statement" }
        [identify]
        min_score = 1.0
        [[table]]
        key = "cells"
        label = { zh = "报表项目", en = "Items" }
        body = "cells"
        items = ["项目", "资产", "负债和所有者权益"]
        headings = ["期末余额", "年初余额"]
        ignore = ["行次"]
        known = ["一年内到期的非流动资产"]
        end = ["单位负责人"]
    "#;

    fn line(text: &str, left: f32, middle: f32) -> TextLine {
        let right = left + 20.0 * text.chars().count() as f32;
        let quad = Quad::from_rect(left, middle - 10.0, right, middle + 10.0);
        TextLine { text: text.to_owned(), quad, confidence: 0.99, ..TextLine::default() }
    }

    /// `item / heading = value`, row by row.
    fn read(lines: &[TextLine]) -> Vec<String> {
        let kind = read_kind("test", KIND).unwrap();
        let frame = Frame::of_lines(lines, &(0..lines.len()).collect::<Vec<_>>(), 0);
        let labels = Labels::of(&frame, &kind);
        let (rows, _) = cells(&frame, kind.table("cells").unwrap(), &labels).unwrap();
        let text = |f: &Field| f.value.clone().unwrap_or_default();
        let spelled = |row: &BTreeMap<String, Field>| {
            let values = row.iter().filter(|(k, _)| *k != ITEM);
            let values: Vec<_> = values.map(|(k, f)| format!("{k}={}", text(f))).collect();
            format!("{} {}", text(&row[ITEM]), values.join(" "))
        };
        rows.iter().map(spelled).collect()
    }

    #[test]
    fn items_by_headings_in_two_halves() {
        let lines = [
            line("资　产", 100.0, 100.0),
            line("行次", 400.0, 100.0),
            line("期末余额", 520.0, 100.0),
            line("2023年末", 760.0, 100.0),
            line("负债和所有者权益", 1000.0, 100.0),
            line("期末余额", 1420.0, 100.0),
            line("2023年末", 1660.0, 100.0),
            line("流动资产：", 60.0, 140.0),
            line("一、货币资金", 60.0, 180.0),
            line("1", 430.0, 180.0),
            line("1,234.50", 500.0, 180.0),
            line("-20.00", 780.0, 180.0),
            line("短期借款", 960.0, 180.0),
            line("(300.00)", 1420.0, 180.0),
            line("减：一年内到期的非", 60.0, 215.0),
            line("流动货产（注）", 60.0, 235.0),
            line("7.00", 560.0, 220.0),
            line("—", 800.0, 220.0),
            line("应付账款", 960.0, 220.0),
            line("8.00", 1680.0, 220.0),
            line("资产总计", 60.0, 260.0),
            line("1,241.50", 500.0, 260.0),
            line("单位负责人：甲", 60.0, 300.0),
        ];
        assert_eq!(
            read(&lines),
            [
                "货币资金 2023年末=-20.00 期末余额=1234.50",
                "一年内到期的非流动货产（注） 2023年末=- 期末余额=7.00",
                "资产总计 期末余额=1241.50",
                "短期借款 期末余额=-300.00",
                "应付账款 2023年末=8.00",
            ]
        );
    }

    #[test]
    fn items_are_found_where_their_heading_and_that_of_the_line_numbers_were_not_read() {
        let lines = [
            line("期末余额", 520.0, 100.0),
            line("年初余额", 760.0, 100.0),
            line("一、货币资金", 60.0, 140.0),
            line("1", 430.0, 140.0),
            line("1,234.50", 500.0, 140.0),
            line("20.00", 780.0, 140.0),
            line("存货", 60.0, 180.0),
            line("2", 430.0, 180.0),
            line("8.00", 560.0, 180.0),
        ];
        assert_eq!(read(&lines), ["货币资金 年初余额=20.00 期末余额=1234.50", "存货 期末余额=8.00"]);
    }
}
