//! Tables as spreadsheets put them on the clipboard: cells parted by tabs, rows by line breaks, a
//! cell that holds either in quotation marks.

use std::ops::RangeInclusive;

use crate::structure::Table;

/// These rows and columns of a table; a merged cell stands at its first place, as spreadsheets have it.
pub fn tab_separated(table: &Table, rows: RangeInclusive<usize>, cols: RangeInclusive<usize>) -> String {
    let text = |row, col| {
        let cell = table.cells.iter().find(|c| (c.row, c.col) == (row, col));
        cell.map_or(String::new(), |c| quoted(&c.text))
    };
    let line = |row| cols.clone().map(|col| text(row, col)).collect::<Vec<_>>().join("\t");
    rows.map(line).collect::<Vec<_>>().join("\n")
}

fn quoted(text: &str) -> String {
    if text.contains(['\t', '\n', '\r', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// The cells of a text from a spreadsheet, row by row; a break at its end is none.
pub fn cells_of(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut chars = text.chars().peekable();
    let mut in_quotes = false;
    while let Some(c) = chars.next() {
        let Some(row) = rows.last_mut() else { break };
        let Some(cell) = row.last_mut() else { break };
        match c {
            '"' if in_quotes && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if in_quotes => in_quotes = false,
            // A mark inside a cell is a mark, e.g. of inches.
            '"' if cell.is_empty() => in_quotes = true,
            '\r' if chars.peek() == Some(&'\n') => {}
            '\t' if !in_quotes => row.push(String::new()),
            '\n' if !in_quotes => rows.push(vec![String::new()]),
            c => cell.push(c),
        }
    }
    if rows.len() > 1 && rows.last().is_some_and(|row| row.iter().all(String::is_empty) && row.len() == 1) {
        rows.pop();
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_from_a_spreadsheet_are_understood() {
        let cells = cells_of("品名\t\"两\n行\"\t5\"\r\n\t\"说\"\"好\"\"\"\t\r\n");
        assert_eq!(cells, [vec!["品名", "两\n行", "5\""], vec!["", "说\"好\"", ""]]);
        assert_eq!(cells_of("一个"), [["一个"]]);
        assert_eq!(cells_of(""), [[""]]);
        // A quotation mark that is never closed takes the rest and loses nothing.
        assert_eq!(cells_of("\"开\t着"), [["开\t着"]]);
    }
}
