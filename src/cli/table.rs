//! Columns of text that line up in a terminal, where Chinese characters take two places.

use unicode_width::UnicodeWidthStr;

/// The rows, each cell but the last padded to its column's width, two spaces between columns.
pub(super) fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: [usize; N] = std::array::from_fn(|column| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    });
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - cell.width() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_characters_take_two_places() {
        let rows = [["发票", "a"], ["id", "b"]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows), "发票  a\nid    b\n");
    }
}
