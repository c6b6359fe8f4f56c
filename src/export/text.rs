//! Plain text: each page's paragraphs in reading order.

use crate::review::FileReading;

use super::flow::{self, Block, table::Grid};

/// The text of all pages: a paragraph, heading or item a line, a blank line between what stands
/// apart; a table's row a line, tabs between its columns. Pages after the first follow a form feed.
pub fn plain(reading: &FileReading) -> String {
    let mut text = String::new();
    for (i, page) in flow::pages(reading).iter().enumerate() {
        if i > 0 {
            text.push('\u{c}');
        }
        for (n, block) in page.blocks.iter().enumerate() {
            // The items of a list stand together.
            let in_list = |b: Option<&Block<'_>>| matches!(b, Some(Block::Item { .. }));
            let follows = n.checked_sub(1).and_then(|before| page.blocks.get(before));
            if n > 0 && !(in_list(Some(block)) && in_list(follows)) {
                text.push('\n');
            }
            match block {
                Block::Heading { text: t, .. } | Block::Paragraph { text: t, .. } => text.push_str(t),
                Block::Item { marker, text: t } => {
                    text.push_str(&marker.printed());
                    text.push(' ');
                    text.push_str(t);
                }
                Block::Table(table) => {
                    for row in rows(&Grid::of(table)) {
                        text.push_str(&row);
                        text.push('\n');
                    }
                    continue;
                }
            }
            text.push('\n');
        }
    }
    text
}

/// A table's rows, tabs between its columns. A merged cell's text stands at its first place.
pub(super) fn rows(grid: &Grid<'_>) -> Vec<String> {
    let mut lines = vec![vec![String::new(); grid.cols]; grid.rows];
    for placed in &grid.cells {
        if let Some(place) = lines.get_mut(placed.row).and_then(|row| row.get_mut(placed.col)) {
            *place = placed.cell.text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }
    lines.iter().map(|cells| cells.join("\t").trim_end().to_owned()).collect()
}
