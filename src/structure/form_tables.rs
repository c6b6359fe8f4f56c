//! Labels with their values in the cells of tables: side by side, one above the other in a cell or in rows.
//!
//! Knows no particular form: what a label means is for the extraction to say.

use crate::{
    geometry::Quad,
    ocr::TextLine,
    structure::{
        Cell, KeyValue, Table,
        key_values::{is_label, is_mixed, plain},
    },
};

/// Headings of columns are at most this long; a longer text in the first row is a value.
const LONGEST_HEADING: usize = 8;
/// Cells with a label above a value: so many, and this share of those with text.
const LEAST_LABELLED: usize = 4;
const LABELLED: f32 = 0.7;
/// Labels stand closer above their values than this share of the blank to the next labels (0.2 on drawn
/// slips; rows of lists are 1 apart).
const PAIR_GAP: f32 = 0.6;

/// Label cells with the value cell to their right in a form set as a table. A label at the left that spans
/// several rows (付款人 beside 名称, 账号) goes before the labels in these rows.
pub(super) fn form_cells(table: &Table) -> Vec<KeyValue> {
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
        })
        && !alternates(table);
    !heading && label_share(table, 0) > 0.7 && !has_columns_of_figures(table)
}

/// Whether every other column below the first row holds labels, the others values of all sorts (a day in one
/// row, a name in the next), as in a form whose first row are words by chance. The columns of a list hold
/// one sort of value each.
fn alternates(table: &Table) -> bool {
    let below = |col: usize| {
        let cells = table.cells.iter().filter(move |c| c.row > 0 && c.col == col);
        cells.filter(|c| !c.text.trim().is_empty())
    };
    let labels = (0..table.cols).step_by(2).all(|col| below(col).all(is_cell_label));
    labels && (1..table.cols).step_by(2).any(|col| is_mixed(below(col).map(|c| c.text.as_str())))
}

/// Cells that hold a label above its value, as in ruled slips whose labels stand small in the cells' corners.
pub(super) fn labelled_cells(table: &Table) -> Vec<KeyValue> {
    let parted = |c: &Cell| {
        let (label, value) = c.text.split_once('\n')?;
        let is_label = is_label(label) && !label.chars().any(|c| c.is_ascii_digit());
        is_label.then(|| (label.trim().to_owned(), joined(value)))
    };
    let filled: Vec<&Cell> = table.cells.iter().filter(|c| !c.text.trim().is_empty()).collect();
    let found: Vec<(&Cell, (String, String))> =
        filled.iter().filter_map(|c| Some((*c, parted(c)?))).collect();
    let whole = found.len() >= LEAST_LABELLED && found.len() as f32 >= LABELLED * filled.len() as f32;
    if !whole || !is_mixed(found.iter().map(|(_, (_, value))| value.as_str())) {
        return Vec::new();
    }
    let pair = |(cell, (key, value)): (&Cell, (String, String))| KeyValue {
        key: key.trim_end_matches([':', '：']).to_owned(),
        value,
        key_quad: cell.quad,
        value_quad: Some(cell.quad),
        confidence: cell.confidence,
    };
    found.into_iter().map(pair).collect()
}

/// The lines of a value in one text.
fn joined(value: &str) -> String {
    value.split('\n').map(str::trim).collect::<Vec<_>>().join(if value.is_ascii() { " " } else { "" })
}

/// Rows of labels, each with its row of values close below: the rows of a list stand at even distances.
pub(super) fn labels_above(table: &Table, lines: &[TextLine]) -> Vec<KeyValue> {
    if table.ruled || table.rows < 4 || table.rows % 2 == 1 {
        return Vec::new();
    }
    let row = |row: usize| table.cells.iter().filter(move |c| c.row == row && !c.text.trim().is_empty());
    // Where the text of a row stands along the table's left side, upper and lower end.
    let ends = |r: usize| {
        let cells: Vec<Quad> = row(r).map(|c| c.quad).collect();
        let own = lines.iter().filter(|l| cells.iter().any(|q| q.contains(l.quad.center())));
        let [a, _, _, d] = table.quad.0;
        let (x, y) = ((d.x - a.x), (d.y - a.y));
        let long = x.hypot(y).max(1.0);
        let along = |l: &TextLine| {
            let at = l.quad.0.map(|p| ((p.x - a.x) * x + (p.y - a.y) * y) / long);
            ((at[0] + at[1]) / 2.0, (at[2] + at[3]) / 2.0)
        };
        own.map(along).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    };
    let Some(ends) = (0..table.rows).map(ends).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let gap = |r: usize| (ends[r + 1].0 - ends[r].1).max(0.0);
    let widest = (0..table.rows).step_by(2).map(gap).fold(0.0, f32::max);
    let narrowest = (1..table.rows - 1).step_by(2).map(gap).fold(f32::INFINITY, f32::min);
    let labels = |r: usize| row(r).all(is_cell_label);
    let values = (1..table.rows).step_by(2).flat_map(row).map(|c| c.text.as_str());
    if widest > PAIR_GAP * narrowest || !(0..table.rows).step_by(2).all(labels) || !is_mixed(values) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for label in (0..table.rows).step_by(2).flat_map(row) {
        let below = table.cells.iter().find(|c| c.row == label.row + 1 && c.col == label.col);
        let value = below.filter(|c| !c.text.trim().is_empty());
        out.push(KeyValue {
            key: plain(&label.text).trim_end_matches([':', '：']).to_owned(),
            value: value.map(|c| joined(&c.text)).unwrap_or_default(),
            key_quad: label.quad,
            value_quad: value.map(|c| c.quad),
            confidence: value.map_or(label.confidence, |c| c.confidence.min(label.confidence)),
        });
    }
    out
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

    /// Cells 200 wide and 40 high, rows at these heights.
    fn placed<const N: usize>(texts: &[[&str; N]], tops: &[f32], ruled: bool) -> Table {
        let quad = |row: usize, col: usize| {
            let (x, y) = (200.0 * col as f32, tops[row]);
            Quad::from_rect(x, y, x + 200.0, y + 40.0)
        };
        let cell = |row, col, text: &str| Cell {
            row,
            col,
            row_span: 1,
            col_span: 1,
            text: text.to_owned(),
            quad: quad(row, col),
            confidence: 0.9,
        };
        let cells = texts.iter().enumerate();
        let cells = cells.flat_map(|(row, t)| t.iter().enumerate().map(move |(col, t)| cell(row, col, t)));
        let bottom = tops.last().map_or(0.0, |y| y + 40.0);
        Table {
            quad: Quad::from_rect(0.0, tops[0], 200.0 * N as f32, bottom),
            rows: texts.len(),
            cols: N,
            ruled,
            cells: cells.collect(),
        }
    }

    fn texts(found: &[KeyValue]) -> Vec<(&str, &str)> {
        found.iter().map(|kv| (kv.key.as_str(), kv.value.as_str())).collect()
    }

    #[test]
    fn a_form_whose_first_row_is_all_words_is_no_list() {
        let tops = [0.0, 40.0, 80.0];
        let form = placed(
            &[
                ["姓名", "顾清禾", "性别", "女"],
                ["生日", "1992-07-14", "民族", "汉族"],
                ["学历", "本科", "电话", "1395555"],
            ],
            &tops,
            true,
        );
        assert_eq!(texts(&form_cells(&form))[..2], [("姓名", "顾清禾"), ("性别", "女")]);
        let list = placed(
            &[
                ["姓名", "年龄", "部门", "电话"],
                ["张三", "31", "财务部", "1395555"],
                ["李四", "28", "市场部", "1395556"],
            ],
            &tops,
            true,
        );
        assert!(form_cells(&list).is_empty());
    }

    #[test]
    fn labels_above_their_values_are_found_in_cells_and_in_rows() {
        let cells =
            [["Order No.\nDO-55817", "Terms\n30 days"], ["Ship to\nHarbour Street", "City\nNorth\nport"]];
        let slip = placed(&cells, &[0.0, 40.0], true);
        let found = labelled_cells(&slip);
        assert_eq!(texts(&found)[2..], [("Ship to", "Harbour Street"), ("City", "North port")]);
        // Headings of two lines over a list are none.
        let list = placed(&[["承运人\nCARRIER", "日期\nDATE"], ["金鹏", "11OCT"]], &[0.0, 40.0], true);
        assert!(labelled_cells(&list).is_empty());

        let rows = [["编号", "日期"], ["GD0618", "2024-06-18"], ["客户", "电话"], ["幼儿园", "0245555"]];
        for (tops, count) in [([0.0, 40.0, 140.0, 180.0], 4), ([0.0, 60.0, 120.0, 180.0], 0)] {
            let table = placed(&rows, &tops, false);
            let lines: Vec<TextLine> = (0..4)
                .flat_map(|r| [(r, 0), (r, 1)])
                .map(|(r, c)| line(rows[r][c], 200.0 * c as f32, tops[r] + 10.0))
                .collect();
            let found = labels_above(&table, &lines);
            assert_eq!(found.len(), count);
            assert!(count == 0 || texts(&found)[2] == ("客户", "幼儿园"));
        }
    }

    #[test]
    fn a_table_of_figures_gives_no_pairs() {
        let table = |texts: &[[&str; 3]]| {
            let tops: Vec<f32> = (0..texts.len()).map(|r| 40.0 * r as f32).collect();
            placed(texts, &tops, true)
        };
        let sales =
            table(&[["部门", "1月", "2月"], ["一部", "120.00", "96.50"], ["二部", "88.00", "1,204.00"]]);
        assert!(form_cells(&sales).is_empty());
        let form = table(&[["姓名", "林晓禾", ""], ["工号", "10023", ""], ["金额", "88.00", "元"]]);
        assert!(!form_cells(&form).is_empty());
    }
}
