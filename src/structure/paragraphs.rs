//! Text lines into rows, rows into paragraphs.
//!
//! A printed line ends where the next word no longer fitted; a paragraph ends where it would have
//! fitted, and begins where a line is indented or carries an item's marker.

use crate::{geometry::Rect, numbers::median, ocr::TextLine, structure::markers::Marker};

/// Width of an ideograph in heights of a line's box: detection boxes reach a little beyond the
/// type's body. Reasoned from boxes about 1.25 times as high as the type.
const EM: f32 = 0.8;
/// Pieces of a row further apart than this many ems are parted by a tab.
const TAB_GAP: f32 = 1.5;
/// A line that begins this many ems right of the margin is indented; Chinese paragraphs are by 2.
const INDENT: f32 = 1.2;
/// Type may be this much narrower than its height says: long digits and narrow Latin faces.
const WIDEST_TYPE: f32 = 1.3;
/// Ideographs are as wide as high; boxes of two of them vary in height by a third.
const WIDEST_IDEOGRAPHS: f32 = 1.1;
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
/// A column's margin shows within so many of a row's heights above and below it.
const COLUMN_REACH: f32 = 8.0;
/// What stands beside so many rows above and below parts columns here too.
const BESIDE_ROWS: usize = 6;
/// A centred text is at least this many ems away from both margins, with margins alike within
/// this share of them.
const CENTER_MARGIN: f32 = 3.0;
const CENTER_BALANCE: f32 = 0.2;

/// Rows further apart than this many of their heights are two paragraphs, or than this many times the
/// column's usual distance, where that is more (double-spaced text). The first as the page's regions had it
/// from the beginning; the second reasoned: a blank line doubles the distance of rows and more.
const PARAGRAPH_GAP: f32 = 0.9;
const WIDER_GAP: f32 = 1.5;
/// Rows of a column that tell their usual distance.
const LEAST_ROWS: usize = 4;

/// How a text stands between the margins, or in its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    #[default]
    Left,
    Center,
    Right,
}

/// A page's lines as they lie on the upright page.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    pub lines: &'a [TextLine],
    /// Upright bounds of each line.
    pub boxes: &'a [Rect],
    /// Around all lines and tables.
    pub text: Rect,
}

impl Sheet<'_> {
    /// The margin of a row's column: how far the lines reach that stand over and under its beginning and do not
    /// begin left of it by more than an indent.
    pub fn column_right(&self, row: &Row) -> f32 {
        let left = row.bounds.left - 3.0 * row.em();
        let reach = COLUMN_REACH * row.height;
        let in_column = |b: &&Rect| {
            b.left >= left
                && b.left <= row.bounds.right
                && (b.center().y - row.bounds.center().y).abs() <= reach
        };
        self.boxes.iter().filter(in_column).map(|b| b.right).fold(row.bounds.right, f32::max)
    }

    /// Whether a line begins at the left margin of its column, as the lines around it show it.
    pub fn is_flush(&self, line: &Rect) -> bool {
        let (em, reach) = (EM * line.height(), COLUMN_REACH * line.height());
        let in_column = |b: &&Rect| {
            b.left > line.left - 4.0 * em
                && b.left < line.right
                && (b.center().y - line.center().y).abs() <= reach
        };
        let left = self.boxes.iter().filter(in_column).map(|b| b.left).fold(line.left, f32::min);
        line.left - left < INDENT * em
    }
}

/// Text that belongs together.
#[derive(Debug)]
pub struct Paragraph {
    /// Without the marker, if it has one.
    pub text: String,
    pub marker: Option<Marker>,
    /// Indexes of its lines.
    pub lines: Vec<usize>,
    /// Height of its lines, pixels.
    pub height: f32,
    pub align: Align,
    /// Its last row reaches the column's margin: it may go on in the next column.
    pub open_end: bool,
    /// Its first row stands right of the column's margin.
    pub indented: bool,
    /// How many rows it has.
    pub rows: usize,
}

/// Lines side by side.
#[derive(Debug)]
pub struct Row {
    pub text: String,
    pub bounds: Rect,
    /// Indexes of its lines, from left to right.
    pub lines: Vec<usize>,
    /// Across the reading direction.
    pub height: f32,
    /// Pieces stand apart.
    pub parted: bool,
}

impl Row {
    /// The width of an ideograph.
    pub fn em(&self) -> f32 {
        EM * self.height
    }
}

/// The rows parted into columns of text: each row below the one before.
pub fn columns(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    rows.chunk_by(|a, b| b.bounds.top > a.bounds.top && overlap(&a.bounds, &b.bounds) > 0.0)
}

/// The paragraphs of a region's `lines` (indexes in reading order).
pub fn paragraphs(sheet: &Sheet<'_>, lines: &[usize], title: bool) -> Vec<Paragraph> {
    of_rows(sheet, &rows(sheet, lines), title, |_| false)
}

/// The paragraphs of `rows`; where `starts` holds of a row's place, one begins in any case.
pub fn of_rows(
    sheet: &Sheet<'_>,
    rows: &[Row],
    title: bool,
    starts: impl Fn(usize) -> bool,
) -> Vec<Paragraph> {
    let mut at = 0;
    let mut out: Vec<Paragraph> = Vec::new();
    let mut open: Option<Open> = None;
    for column in columns(rows) {
        let right = Margins::rights(sheet, column);
        let mut margins = Margins::of(column);
        for (i, row) in column.iter().enumerate() {
            margins.right = right.get(i).copied().unwrap_or(margins.right);
            at += 1;
            let before = i.checked_sub(1).and_then(|b| column.get(b));
            let marker = if row.parted || title { None } else { Marker::read(&row.text) };
            let joins = match (&open, before) {
                (Some(open), Some(before)) if marker.is_none() && !starts(at - 1) => {
                    let neighbours = (i.checked_sub(2).and_then(|b| column.get(b)), row);
                    row.bounds.top - before.bounds.bottom <= margins.gap.max(PARAGRAPH_GAP * before.height)
                        && open.takes(before, row, title)
                        && margins.is_full(before, neighbours)
                        && !margins.begins(open, before, row)
                }
                _ => false,
            };
            if joins && let Some(paragraph) = out.last_mut() {
                join(&mut paragraph.text, &row.text);
                paragraph.lines.extend(&row.lines);
                paragraph.open_end = margins.reaches(row);
                paragraph.rows += 1;
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
                lines: row.lines.clone(),
                height: row.height,
                align: align(&row.bounds, &sheet.text, row.em()),
                open_end: margins.reaches(row) && !row.parted,
                indented: row.bounds.left > margins.left + INDENT * row.em(),
                rows: 1,
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
    /// Rows further apart are two paragraphs, if the column is long enough to tell.
    gap: f32,
}

impl Margins {
    fn of(rows: &[Row]) -> Self {
        let mut lefts: Vec<f32> = rows.iter().map(|r| r.bounds.left).collect();
        lefts.sort_by(f32::total_cmp);
        // One line that juts out to the left does not make all others indented.
        let left = lefts.get(lefts.len() / 5).copied().unwrap_or_default();
        let right = rows.iter().map(|r| r.bounds.right).fold(f32::NEG_INFINITY, f32::max);
        let gaps = rows.windows(2).map(|w| w[1].bounds.top - w[0].bounds.bottom);
        let gap = if rows.len() >= LEAST_ROWS { WIDER_GAP * median(gaps).unwrap_or_default() } else { 0.0 };
        Self { left, right, gap }
    }

    /// The right margin at each row of a column: its longest row, but none that reaches under what stands beside
    /// the rows around, as a line across all columns does.
    fn rights(sheet: &Sheet<'_>, column: &[Row]) -> Vec<f32> {
        let beside = |row: &Row| {
            let level = |b: &&Rect| {
                b.left >= row.bounds.right
                    && (b.center().y - row.bounds.center().y).abs() < 0.8 * row.bounds.height()
            };
            sheet.boxes.iter().filter(level).map(|b| b.left).fold(f32::INFINITY, f32::min)
        };
        let limits: Vec<f32> = column.iter().map(beside).collect();
        (0..column.len())
            .map(|i| {
                let around = i.saturating_sub(BESIDE_ROWS)..(i + BESIDE_ROWS + 1).min(column.len());
                let limit =
                    limits[around].iter().copied().fold(f32::INFINITY, f32::min).max(column[i].bounds.right);
                let rights = column.iter().map(|r| r.bounds.right).filter(|r| *r <= limit);
                rights.fold(column[i].bounds.right, f32::max)
            })
            .collect()
    }

    fn reaches(&self, row: &Row) -> bool {
        row.bounds.right + SLACK * row.em() >= self.right
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
            let ended = before.text.ends_with(['。', '；', '.', ';', '！', '？', '!', '?']);
            return first_line_indented && ended && (row.bounds.left - open.left).abs() < 0.5 * row.em();
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
pub fn rows(sheet: &Sheet<'_>, lines: &[usize]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for &i in lines {
        let (Some(line), Some(&bounds)) = (sheet.lines.get(i), sheet.boxes.get(i)) else { continue };
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
                row.lines.push(i);
            }
            None => {
                let text = line.text.trim().to_owned();
                rows.push(Row { text, bounds, lines: vec![i], height, parted: false });
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
    let narrow = if line.text.chars().all(is_east_asian) { WIDEST_IDEOGRAPHS } else { WIDEST_TYPE };
    line.quad.height().min(narrow * by_width)
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

/// Two stretches of one text, as they are written on one line: Chinese without a space, words
/// with one; a word parted by a hyphen becomes one again.
pub fn join(text: &mut String, next: &str) {
    let next = next.trim_start();
    let (Some(last), Some(first)) = (text.trim_end().chars().next_back(), next.chars().next()) else {
        text.push_str(next);
        return;
    };
    text.truncate(text.trim_end().len());
    let before_last = text.chars().rev().nth(1);
    let parted = last == '-' && before_last.is_some_and(char::is_alphabetic) && first.is_lowercase();
    if parted {
        text.pop();
    } else if !is_east_asian(last) && !is_east_asian(first) {
        text.push(' ');
    }
    text.push_str(next);
}

/// Characters between which no space is written: ideographs, kana, and their punctuation. Korean
/// is written with spaces.
fn is_east_asian(c: char) -> bool {
    matches!(u32::from(c),
        0x2E80..=0x2FDF | 0x3000..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F | 0xFF01..=0xFF60 | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Quad;

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
        let boxes: Vec<Rect> = lines.iter().map(|l| l.quad.bounds()).collect();
        let text = boxes.iter().copied().reduce(|a, b| a.union(&b)).unwrap_or_default();
        let sheet = Sheet { lines: &lines, boxes: &boxes, text };
        let show = |p: Paragraph| p.marker.map_or(String::new(), |m| m.printed() + "|") + &p.text;
        paragraphs(&sheet, &all, false).into_iter().map(show).collect()
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

    #[test]
    fn stretches_join_as_their_script_writes_them() {
        for (a, b, joined) in [
            ("本合同一式", "两份", "本合同一式两份"),
            ("the quick", "brown fox", "the quick brown fox"),
            ("recog-", "nition", "recognition"),
            ("2019-", "2024", "2019- 2024"),
            ("采用", "PDF", "采用PDF"),
            ("", "a", "a"),
            ("a ", " b", "a b"),
        ] {
            let mut text = a.to_owned();
            join(&mut text, b);
            assert_eq!(text, joined);
        }
    }
}
