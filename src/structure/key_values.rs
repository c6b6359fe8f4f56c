//! Printed labels with their values, by the way forms are set: `label：value`, a label cell
//! followed by its value cell, a label with its value further right.
//!
//! Knows no particular form: what a label means is for the extraction to say.

use crate::{
    geometry::{Quad, Rect},
    ocr::TextLine,
    structure::{
        KeyValue, Table,
        cell_text::char_quads,
        form_tables::{form_cells, labelled_cells, labels_above},
        frame::Frame,
        reading_order::rows,
    },
};

/// Labels longer than this are sentences with a colon in them.
const LONGEST_LABEL: usize = 14;
/// A value stands at most this many line heights to the right of its label's colon.
const FURTHEST_VALUE: f32 = 12.0;
/// So many rows of a label and a value below each other are no chance …
const LEAST_PAIRS: usize = 4;
/// … if their edges lie within so many line heights, and one stands at most so many below the other.
const SAME_EDGE: f32 = 0.8;
const FURTHEST_ROW: f32 = 3.0;

/// A stretch of a text line between two colons or wide blanks.
struct Part {
    key: String,
    value: String,
    key_quad: Quad,
    value_quad: Option<Quad>,
    confidence: f32,
}

/// The key–values of a page: `lines` in reading order with the tables found among them.
/// `in_table`: for each line whether it lies in a table.
pub fn key_values(lines: &[TextLine], in_table: &[bool], tables: &[Table], frame: &Frame) -> Vec<KeyValue> {
    let mut out = Vec::new();
    let boxes: Vec<Rect> = lines.iter().map(|l| frame.upright_bounds(&l.quad)).collect();
    let mut is_value = vec![false; lines.len()];
    for (i, line) in lines.iter().enumerate() {
        for part in split(line) {
            let mut found = KeyValue {
                key: part.key,
                value: part.value,
                key_quad: part.key_quad,
                value_quad: part.value_quad,
                confidence: part.confidence,
            };
            if found.value.is_empty()
                && let Some(k) = right_neighbour(i, &boxes, lines)
                && in_table.get(i) == in_table.get(k)
                && !std::mem::replace(&mut is_value[k], true)
            {
                found.value = lines[k].text.trim().to_owned();
                found.value_quad = Some(lines[k].quad);
                found.confidence = found.confidence.min(lines[k].confidence);
            }
            out.push(found);
        }
    }
    for table in tables {
        out.extend(form_cells(table));
        out.extend(labelled_cells(table));
        out.extend(labels_above(table, lines));
    }
    let known: Vec<Quad> = out.iter().map(|kv| kv.key_quad).collect();
    let seen = |label: &Quad| known.iter().any(|k| k.intersection_area(label) > 0.5 * label.area());
    out.extend(side_by_side(lines, &boxes).into_iter().filter(|kv| !seen(&kv.key_quad)));
    out
}

/// Splits `label：value label：value` at its colons; a line without a label gives nothing.
fn split(line: &TextLine) -> Vec<Part> {
    let chars = char_quads(line);
    let is_colon = |i: usize| {
        matches!(chars.get(i).map(|c| c.0), Some(':' | '：'))
            // Times (12:30) and addresses (https://) have colons of their own.
            && !(digit(&chars, i.checked_sub(1)) && digit(&chars, Some(i + 1)))
            && chars.get(i + 1).is_none_or(|c| c.0 != '/')
    };
    let colons: Vec<usize> = (0..chars.len()).filter(|&i| is_colon(i)).collect();
    let mut parts = Vec::new();
    for (n, &colon) in colons.iter().enumerate() {
        // The label begins after the last blank behind the colon before.
        let floor = n.checked_sub(1).and_then(|k| colons.get(k)).map_or(0, |&c| c + 1);
        let start = if floor == 0 { 0 } else { label_start(&chars, floor, colon) };
        let end = colons.get(n + 1).map_or(chars.len(), |&next| label_start(&chars, colon + 1, next));
        let text = |from: usize, to: usize| -> String {
            chars.get(from..to).unwrap_or(&[]).iter().map(|c| c.0).collect::<String>().trim().to_owned()
        };
        let (key, value) = (text(start, colon), text(colon + 1, end));
        // Specks of a copy are read as signs before a label (`∵`, `·`); brackets and marks of lists are its own.
        let key = key.trim_start_matches(['∵', '∴', '·', '.', '\'', '`', ',', '，', '、']).to_owned();
        if !is_label(&key) {
            continue;
        }
        let quad = |from: usize, to: usize| {
            let stretch = chars.get(from..to)?;
            Some(Quad([
                stretch.first()?.1.0[0],
                stretch.last()?.1.0[1],
                stretch.last()?.1.0[2],
                stretch.first()?.1.0[3],
            ]))
        };
        parts.push(Part {
            value_quad: if value.is_empty() { None } else { quad(colon + 1, end) },
            key_quad: quad(start, colon).unwrap_or(line.quad),
            key,
            value,
            confidence: line.confidence,
        });
    }
    parts
}

fn digit(chars: &[(char, Quad)], i: Option<usize>) -> bool {
    i.and_then(|i| chars.get(i)).is_some_and(|c| c.0.is_ascii_digit())
}

/// Where the label that ends at `colon` begins: after the last blank since `floor`, or at `colon`
/// itself when there is no blank (the text up to there then belongs to the value).
fn label_start(chars: &[(char, Quad)], floor: usize, colon: usize) -> usize {
    let blank = (floor..colon).rev().find(|&i| chars.get(i).is_some_and(|c| c.0.is_whitespace()));
    blank.map_or(colon, |i| i + 1)
}

/// Whether a text reads like the label of a form: short, with letters, not a number or a date.
pub(super) fn is_label(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(|c| c.is_ascii_digit()).count();
    let limit = if text.is_ascii() { 2 * LONGEST_LABEL } else { LONGEST_LABEL };
    letters >= 1 && letters > digits && text.chars().count() <= limit && !text.contains(['。', '；', '，'])
}

/// The line that follows line `i` in its row, unless it has a label itself.
fn right_neighbour(i: usize, boxes: &[Rect], lines: &[TextLine]) -> Option<usize> {
    let here = boxes.get(i)?;
    if !lines.get(i)?.text.trim_end().ends_with([':', '：']) {
        return None;
    }
    let nearest = (0..boxes.len())
        .filter(|&k| k != i)
        .filter(|&k| {
            let (b, gap) = (&boxes[k], boxes[k].left - here.right);
            let overlap = b.bottom.min(here.bottom) - b.top.max(here.top);
            overlap > 0.5 * b.height().min(here.height())
                && gap > -0.5 * here.height()
                && gap < FURTHEST_VALUE * here.height()
        })
        .min_by(|&a, &b| boxes[a].left.total_cmp(&boxes[b].left))?;
    split(&lines[nearest]).is_empty().then_some(nearest)
}

/// Labels at the left with their values at the right, one pair a row and no colon, as the details of a
/// payment stand on a screen.
fn side_by_side(lines: &[TextLine], boxes: &[Rect]) -> Vec<KeyValue> {
    let rows = rows(boxes, (0..lines.len()).collect());
    let is_pair = |row: &[usize]| match row {
        [label, value] => {
            let text = lines[*label].text.trim();
            let digit = |c: char| c.is_ascii_digit();
            is_label(text) && !text.contains(digit) && !text.contains([':', '：']) && {
                boxes[*value].left > boxes[*label].right
            }
        }
        _ => false,
    };
    let follows = |a: &[usize], b: &[usize]| {
        if !is_pair(a) || !is_pair(b) {
            return false;
        }
        let [above, below] = [a, b].map(|row| [row[0], row[1]].map(|i| boxes[i]));
        let height = above[0].height().max(below[0].height());
        let near = |x: f32, y: f32| (x - y).abs() < SAME_EDGE * height;
        near(above[0].left, below[0].left)
            && (near(above[1].left, below[1].left) || near(above[1].right, below[1].right))
            && below[0].top - above[0].bottom < FURTHEST_ROW * height
    };
    let runs = rows.chunk_by(|a, b| follows(a, b)).filter(|run| run.len() >= LEAST_PAIRS);
    let mixed = runs.filter(|run| is_mixed(run.iter().map(|row| lines[row[1]].text.as_str())));
    mixed
        .flatten()
        .map(|row| {
            let [label, value] = [row[0], row[1]].map(|i| &lines[i]);
            KeyValue {
                key: plain(label.text.trim()),
                value: value.text.trim().to_owned(),
                key_quad: label.quad,
                value_quad: Some(value.quad),
                confidence: label.confidence.min(value.confidence),
            }
        })
        .collect()
}

/// Whether some of the values hold digits and some do not.
pub(super) fn is_mixed<'a>(values: impl Iterator<Item = &'a str>) -> bool {
    let (with, without): (Vec<&str>, Vec<&str>) = values.partition(|v| v.chars().any(|c| c.is_ascii_digit()));
    !with.is_empty() && !without.is_empty()
}

/// A text without blanks, as labels are set with wide ones (姓　名).
pub(super) fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.replace('\n', " ");
    }
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, left: f32, top: f32) -> TextLine {
        let right = left + 20.0 * text.chars().count() as f32;
        TextLine {
            text: text.to_owned(),
            quad: Quad::from_rect(left, top, right, top + 20.0),
            confidence: 0.9,
            ..TextLine::default()
        }
    }

    fn pairs(lines: &[TextLine]) -> Vec<(String, String)> {
        let none = vec![false; lines.len()];
        key_values(lines, &none, &[], &Frame::new(2000, 1000, 0, 0.0))
            .into_iter()
            .map(|kv| (kv.key, kv.value))
            .collect()
    }

    #[test]
    fn colons_separate_labels_from_values() {
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(
            pairs(&[line("户名：张三 账号：6222 0001", 0.0, 0.0)]),
            [pair("户名", "张三"), pair("账号", "6222 0001")]
        );
        assert_eq!(pairs(&[line("时间：12:30:05", 0.0, 0.0)]), [pair("时间", "12:30:05")]);
        assert_eq!(pairs(&[line("https://example.com", 0.0, 0.0), line("12:30", 0.0, 40.0)]), []);
    }

    #[test]
    fn values_stand_to_the_right_or_are_empty() {
        let found = pairs(&[line("用途：", 0.0, 0.0), line("货款", 100.0, 3.0), line("附言：", 0.0, 40.0)]);
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(found, [pair("用途", "货款"), pair("附言", "")]);
        // The next label is no value.
        let found = pairs(&[line("用途：", 0.0, 0.0), line("附言：无", 100.0, 0.0)]);
        assert_eq!(found, [pair("用途", ""), pair("附言", "无")]);
    }

    #[test]
    fn rows_of_a_label_and_a_value_without_a_colon() {
        let details = |texts: [(&str, &str); 4]| {
            let mut lines = Vec::new();
            for (r, (label, value)) in texts.into_iter().enumerate() {
                let y = 60.0 * r as f32;
                lines.push(line(label, 0.0, y));
                lines.push(line(value, 900.0 - 20.0 * value.chars().count() as f32, y));
            }
            pairs(&lines).len()
        };
        assert_eq!(
            details([("状态", "成功"), ("户名", "许嘉木"), ("账号", "62003318"), ("附言", "生活费")]),
            4
        );
        // Prices beside their goods, words beside their meanings.
        assert_eq!(details([("苹果", "12.00"), ("梨", "8.50"), ("葡萄", "30.00"), ("合计", "50.50")]), 0);
        assert_eq!(details([("苹果", "apple"), ("梨", "pear"), ("葡萄", "grape"), ("瓜", "melon")]), 0);
    }
}
