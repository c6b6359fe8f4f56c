//! Printed labels with their values, by the way forms are set: `label：value`, a label cell
//! followed by its value cell, a label with its value further right.
//!
//! Knows no particular form: what a label means is for the extraction to say.

use crate::{
    geometry::{Quad, Rect},
    ocr::TextLine,
    structure::{Cell, KeyValue, Table, cell_text::char_quads, frame::Frame},
};

/// Labels longer than this are sentences with a colon in them.
const LONGEST_LABEL: usize = 14;
/// Headings of columns are at most this long; a longer text in the first row is a value.
const LONGEST_HEADING: usize = 8;
/// A value stands at most this many line heights to the right of its label's colon.
const FURTHEST_VALUE: f32 = 12.0;

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
    }
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
fn is_label(text: &str) -> bool {
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

/// Label cells with the value cell to their right in a form set as a table. A label at the left that spans
/// several rows (付款人 beside 名称, 账号) goes before the labels in these rows.
fn form_cells(table: &Table) -> Vec<KeyValue> {
    if !is_form(table) {
        return Vec::new();
    }
    let cell_at = |row: usize, col: usize| {
        table.cells.iter().find(|c| {
            (c.row..c.row + c.row_span).contains(&row) && (c.col..c.col + c.col_span).contains(&col)
        })
    };
    let mut out = Vec::new();
    for cell in table.cells.iter().filter(|c| is_cell_label(c) && c.row_span == 1) {
        let Some(value) = cell_at(cell.row, cell.col + cell.col_span) else { continue };
        if value.row != cell.row || value.row_span != 1 || is_own_label(value, table) {
            continue;
        }
        let group = cell
            .col
            .checked_sub(1)
            .and_then(|col| cell_at(cell.row, col))
            .filter(|g| g.row_span > 1 && is_cell_label(g));
        let text = group.map(|g| plain(&g.text)).unwrap_or_default() + &plain(&cell.text);
        let empty = value.text.trim().is_empty();
        out.push(KeyValue {
            key: text.trim_end_matches([':', '：']).to_owned(),
            value: value.text.replace('\n', ""),
            key_quad: cell.quad,
            value_quad: (!empty).then_some(value.quad),
            confidence: cell.confidence.min(value.confidence),
        });
    }
    out
}

/// A text without blanks, as labels are set with wide ones (姓　名).
fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.replace('\n', " ");
    }
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn is_cell_label(cell: &Cell) -> bool {
    let text = plain(&cell.text);
    is_label(&text)
        && !text.trim_end_matches([':', '：']).contains([':', '：'])
        && !text.chars().any(|c| c.is_ascii_digit())
}

/// Whether a cell that could be a value is rather a label for the cell to its right: labels of a
/// form stand in the same columns, one above the other.
fn is_own_label(cell: &Cell, table: &Table) -> bool {
    let last = cell.col + cell.col_span >= table.cols;
    !last
        && is_cell_label(cell)
        && plain(&cell.text).chars().count() <= LONGEST_HEADING
        && label_share(table, cell.col) > 0.7
}

/// Share of the filled cells beginning in column `col` that read like labels.
fn label_share(table: &Table, col: usize) -> f32 {
    let filled: Vec<&Cell> =
        table.cells.iter().filter(|c| c.col == col && !c.text.trim().is_empty()).collect();
    let labels = filled.iter().filter(|c| is_cell_label(c)).count();
    labels as f32 / filled.len().max(1) as f32
}

/// Whether a table is a form (labels beside values) and not a list under a heading: its
/// first column holds labels, and its first row does not only.
fn is_form(table: &Table) -> bool {
    let first_row: Vec<&Cell> =
        table.cells.iter().filter(|c| c.row == 0 && !c.text.trim().is_empty()).collect();
    let heading = first_row.len() > 2
        && first_row.iter().all(|c| {
            is_cell_label(c) && c.row_span == 1 && plain(&c.text).chars().count() <= LONGEST_HEADING
        });
    !heading && label_share(table, 0) > 0.7 && !has_columns_of_figures(table)
}

/// Whether most rows below the first hold figures side by side: in a form every value has its label in front.
fn has_columns_of_figures(table: &Table) -> bool {
    let figure = |row: usize, col: usize| {
        let cell = table.cells.iter().find(|c| c.row == row && c.col == col);
        cell.is_some_and(|c| is_figure(&c.text))
    };
    let beside = |row: usize| (1..table.cols).any(|col| figure(row, col - 1) && figure(row, col));
    let rows = (1..table.rows).filter(|row| beside(*row)).count();
    rows >= 2 && 2 * rows >= table.rows - 1
}

/// Whether a text is a figure: digits with their signs, units of money and percent.
fn is_figure(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let signs = |c: char| c.is_ascii_digit() || c.is_whitespace() || ".,-+%¥￥()（）".contains(c);
    digits > 0 && text.chars().all(signs)
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
    fn label_cells_take_the_cell_beside_them_and_their_group() {
        let cell = |row, col, row_span, text: &str| Cell {
            row,
            col,
            row_span,
            col_span: 1,
            text: text.to_owned(),
            quad: Quad::default(),
            confidence: 0.9,
        };
        let table = Table {
            quad: Quad::default(),
            rows: 2,
            cols: 3,
            ruled: true,
            cells: vec![
                cell(0, 0, 2, "付\n款\n人"),
                cell(0, 1, 1, "名　称"),
                cell(0, 2, 1, "远山文具有限公司"),
                cell(1, 1, 1, "账号"),
                cell(1, 2, 1, ""),
            ],
        };
        let found = form_cells(&table);
        let texts: Vec<_> = found.iter().map(|kv| (kv.key.as_str(), kv.value.as_str())).collect();
        assert_eq!(texts, [("付款人名称", "远山文具有限公司"), ("付款人账号", "")]);
        assert!(found[0].value_quad.is_some() && found[1].value_quad.is_none());
    }

    #[test]
    fn a_table_of_figures_gives_no_pairs() {
        let table = |texts: &[[&str; 3]]| {
            let cell = |row, col, text: &str| Cell {
                row,
                col,
                row_span: 1,
                col_span: 1,
                text: text.to_owned(),
                quad: Quad::default(),
                confidence: 0.9,
            };
            let cells = texts.iter().enumerate();
            let cells =
                cells.flat_map(|(row, t)| t.iter().enumerate().map(move |(col, t)| cell(row, col, t)));
            Table { quad: Quad::default(), rows: texts.len(), cols: 3, ruled: true, cells: cells.collect() }
        };
        let sales =
            table(&[["部门", "1月", "2月"], ["一部", "120.00", "96.50"], ["二部", "88.00", "1,204.00"]]);
        assert!(form_cells(&sales).is_empty());
        let form = table(&[["姓名", "林晓禾", ""], ["工号", "10023", ""], ["金额", "88.00", "元"]]);
        assert!(!form_cells(&form).is_empty());
    }
}
