//! Text lines into rows, rows into paragraphs.
//!
//! A printed line ends where the next word no longer fitted; a paragraph ends where it would have
//! fitted, and begins where a line is indented or carries an item's marker.

use crate::{geometry::Rect, ocr::TextLine};

use super::{Align, Marker, View, join};

/// Width of an ideograph in heights of a line's box: detection boxes reach a little beyond the
/// type's body. Reasoned from boxes about 1.25 times as high as the type.
const EM: f32 = 0.8;
/// Pieces of a row further apart than this many ems are parted by a tab.
const TAB_GAP: f32 = 1.5;
/// A line that begins this many ems right of the margin is indented; Chinese paragraphs are by 2.
const INDENT: f32 = 1.2;
/// Type may be this much narrower than its height says: long digits and narrow Latin faces.
const WIDEST_TYPE: f32 = 1.3;
/// Lines whose heights differ by more than this factor are not one text.
const SAME_HEIGHT: f32 = 1.35;
/// The same for the lines of a title, whose sizes are chosen with more care.
const SAME_TITLE_HEIGHT: f32 = 1.15;
/// A line ends full up to this many ems before the margin, beside the next word's width: a sign
/// that may not begin a line draws the character before it along.
const SLACK: f32 = 1.0;
/// Lines at least this many ems long whose ends are level with both neighbours' are full,
/// wherever other lines of the block end.
const COLUMN_WIDTH: f32 = 10.0;
const LEVEL_END: f32 = 0.6;
/// A centred text is at least this many ems away from both margins, with margins alike within
/// this share of them.
const CENTER_MARGIN: f32 = 3.0;
const CENTER_BALANCE: f32 = 0.2;

/// Text that belongs together.
#[derive(Debug)]
pub struct Paragraph {
    /// Without the marker, if it has one.
    pub text: String,
    pub marker: Option<Marker>,
    /// Height of its lines, pixels.
    pub height: f32,
    pub align: Align,
}

/// Lines side by side.
struct Row {
    text: String,
    bounds: Rect,
    /// Across the reading direction.
    height: f32,
    /// Pieces stand apart.
    parted: bool,
}

impl Row {
    fn em(&self) -> f32 {
        EM * self.height
    }
}

/// The paragraphs of a region's `lines` (indexes in reading order).
pub fn paragraphs(view: &View<'_>, lines: &[usize], title: bool) -> Vec<Paragraph> {
    let rows = rows(view, lines);
    // A column of text: each row below the one before.
    let columns = rows.chunk_by(|a, b| b.bounds.top > a.bounds.top && overlap(&a.bounds, &b.bounds) > 0.0);
    let mut out: Vec<Paragraph> = Vec::new();
    let mut open: Option<Open> = None;
    for column in columns {
        let margins = Margins::of(column);
        for (i, row) in column.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|b| column.get(b));
            let marker = if row.parted || title { None } else { Marker::read(&row.text) };
            let joins = match (&open, before) {
                (Some(open), Some(before)) if marker.is_none() => {
                    let neighbours = (i.checked_sub(2).and_then(|b| column.get(b)), row);
                    open.takes(before, row, title)
                        && margins.is_full(before, neighbours)
                        && !margins.begins(open, before, row)
                }
                _ => false,
            };
            if joins && let Some(paragraph) = out.last_mut() {
                join(&mut paragraph.text, &row.text);
                continue;
            }
            let (marker, text) = match marker {
                Some((marker, text)) => (Some(marker), text.to_owned()),
                None => (None, row.text.clone()),
            };
            open = Some(Open { left: row.bounds.left, height: row.height, item: marker.is_some() });
            out.push(Paragraph {
                text,
                marker,
                height: row.height,
                align: align(&row.bounds, &view.text, row.em()),
            });
        }
    }
    out
}

/// The paragraph being written.
struct Open {
    left: f32,
    height: f32,
    item: bool,
}

impl Open {
    /// Whether the row can be of the same text at all.
    fn takes(&self, before: &Row, row: &Row, title: bool) -> bool {
        let most = if title { SAME_TITLE_HEIGHT } else { SAME_HEIGHT };
        let alike = row.height <= most * self.height && self.height <= most * row.height;
        alike && !row.parted && !before.parted
    }
}

/// Where a column's lines begin and end.
struct Margins {
    left: f32,
    right: f32,
}

impl Margins {
    fn of(rows: &[Row]) -> Self {
        let mut lefts: Vec<f32> = rows.iter().map(|r| r.bounds.left).collect();
        lefts.sort_by(f32::total_cmp);
        // One line that juts out to the left does not make all others indented.
        let left = lefts.get(lefts.len() / 5).copied().unwrap_or_default();
        let right = rows.iter().map(|r| r.bounds.right).fold(f32::NEG_INFINITY, f32::max);
        Self { left, right }
    }

    /// Whether `row` ended because the next row's first word did not fit on it.
    fn is_full(&self, row: &Row, (before, next): (Option<&Row>, &Row)) -> bool {
        let em = row.em();
        let needed = first_word_ems(&next.text) + SLACK;
        if row.bounds.right + needed * em >= self.right {
            return true;
        }
        let level = |other: &Row| (other.bounds.right - row.bounds.right).abs() <= LEVEL_END * em;
        row.bounds.width() >= COLUMN_WIDTH * em && level(next) && before.is_some_and(level)
    }

    /// Whether `row` is indented as the first line of a paragraph.
    fn begins(&self, open: &Open, before: &Row, row: &Row) -> bool {
        let indent = INDENT * row.em();
        if open.item {
            // Items hang, or are indented on their first line as paragraphs are.
            let first_line_indented = open.left > self.left + indent;
            return first_line_indented && (row.bounds.left - open.left).abs() < 0.5 * row.em();
        }
        row.bounds.left > before.bounds.left.min(self.left) + indent
    }
}

/// The width of what cannot be parted at the start of `text`.
fn first_word_ems(text: &str) -> f32 {
    let word = text.chars().take_while(|c| c.is_ascii() && !c.is_whitespace()).count();
    if word == 0 { 1.0 } else { 0.5 * word as f32 + 0.5 }
}

fn overlap(a: &Rect, b: &Rect) -> f32 {
    a.right.min(b.right) - a.left.max(b.left)
}

/// Lines that stand beside one another become one row.
fn rows(view: &View<'_>, lines: &[usize]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for &i in lines {
        let (Some(line), Some(&bounds)) = (view.lines.get(i), view.boxes.get(i)) else { continue };
        if line.text.trim().is_empty() {
            continue;
        }
        let height = type_height(line);
        let beside = |row: &&mut Row| {
            let lower = row.bounds.height().min(bounds.height());
            let level = (row.bounds.center().y - bounds.center().y).abs() < 0.5 * lower;
            level && bounds.left > row.bounds.right - 0.5 * lower
        };
        match rows.last_mut().filter(beside) {
            Some(row) => {
                if bounds.left - row.bounds.right > TAB_GAP * row.em() {
                    row.text.push('\t');
                    row.text.push_str(line.text.trim());
                    row.parted = true;
                } else {
                    join(&mut row.text, line.text.trim());
                }
                row.bounds = row.bounds.union(&bounds);
                row.height = row.height.max(height);
            }
            None => {
                rows.push(Row { text: line.text.trim().to_owned(), bounds, height, parted: false });
            }
        }
    }
    rows
}

/// The height that a line's box should have for its type: a seal or a rule over a line makes its
/// box higher, but not its characters wider.
fn type_height(line: &TextLine) -> f32 {
    let ems: f32 = line.text.chars().map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum();
    let by_width = line.quad.width() / ems.max(0.5) / EM;
    line.quad.height().min(WIDEST_TYPE * by_width)
}

/// How a row stands within `margins`.
pub fn align(row: &Rect, margins: &Rect, em: f32) -> Align {
    let (left, right) = (row.left - margins.left, margins.right - row.right);
    if left < CENTER_MARGIN * em {
        Align::Left
    } else if (left - right).abs() <= CENTER_BALANCE * left.max(right) {
        Align::Center
    } else if right < em {
        Align::Right
    } else {
        Align::Left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Quad, review::PageReading, structure::PageStructure};

    fn texts(lines: &[(&str, f32, f32, f32)]) -> Vec<String> {
        let lines: Vec<TextLine> = lines
            .iter()
            .map(|&(text, left, top, right)| TextLine {
                text: text.into(),
                quad: Quad::from_rect(left, top, right, top + 25.0),
                ..TextLine::default()
            })
            .collect();
        let all: Vec<usize> = (0..lines.len()).collect();
        let structure = PageStructure { lines, ..PageStructure::default() };
        let page = PageReading { width: 1000, height: 1400, structure, ..PageReading::default() };
        let show = |p: Paragraph| p.marker.map_or(String::new(), |m| m.printed() + "|") + &p.text;
        paragraphs(&View::of(&page), &all, false).into_iter().map(show).collect()
    }

    #[test]
    fn lines_join_until_a_line_ends_early_or_one_is_indented() {
        let found = texts(&[
            ("第一段的第一行文字占满整行", 140.0, 100.0, 900.0),
            ("第一段的第二行也占满了整行", 100.0, 140.0, 895.0),
            ("到此为止。", 100.0, 180.0, 250.0),
            ("第二段只有两行而且占满两行", 140.0, 220.0, 900.0),
            ("这一行也满", 100.0, 260.0, 900.0),
            ("第三段", 140.0, 300.0, 300.0),
        ]);
        assert_eq!(
            found,
            [
                "第一段的第一行文字占满整行第一段的第二行也占满了整行到此为止。",
                "第二段只有两行而且占满两行这一行也满",
                "第三段"
            ]
        );
    }

    #[test]
    fn a_paragraph_goes_on_in_the_next_column_only_within_one() {
        let found = texts(&[
            ("left one full line", 100.0, 100.0, 400.0),
            ("left two full line", 100.0, 140.0, 400.0),
            ("right one full line", 500.0, 100.0, 800.0),
            ("right two full line", 500.0, 140.0, 800.0),
        ]);
        assert_eq!(
            found,
            ["left one full line left two full line", "right one full line right two full line"]
        );
    }

    #[test]
    fn items_and_rows_of_pieces_stay_apart() {
        let found = texts(&[
            ("1. 第一项的文字很长很长很长", 100.0, 100.0, 900.0),
            ("延续到第二行", 130.0, 140.0, 400.0),
            ("2. 第二项", 100.0, 180.0, 300.0),
            ("甲方：某公司", 100.0, 220.0, 300.0),
            ("乙方：某公司", 600.0, 222.0, 800.0),
            ("姓名：张三", 100.0, 260.0, 300.0),
        ]);
        assert_eq!(
            found,
            [
                "1.|第一项的文字很长很长很长延续到第二行",
                "2.|第二项",
                "甲方：某公司\t乙方：某公司",
                "姓名：张三"
            ]
        );
    }
}
