//! Rows of pieces of text: which of them follow each other as those of a table do, and which head them.
//!
//! Looks at rows alone; columns are for `columns` to find.

use crate::{
    geometry::Rect,
    structure::{
        columns::{LEAST_ROWS, MOST_LABELLED},
        text_pieces::Piece,
    },
};

/// Rows further apart than this many text heights do not belong to one table.
const MOST_ROW_GAP: f32 = 2.5;
/// A row that was read as one line has cells if its blanks are this many text heights wide:
/// Chinese punctuation stands half a character apart.
const CELL_BLANK: f32 = 0.9;

/// The rows without those at the top that hold a single line while those below hold several: a
/// title between the rules.
pub(super) fn without_titles<'a>(
    boxes: &[Rect],
    pieces: &[Piece],
    rows: &'a [Vec<usize>],
) -> &'a [Vec<usize>] {
    // The upper quartile: second lines of cells hold few pieces.
    let mut lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
    lengths.sort_unstable();
    let columns = lengths.get(lengths.len() * 3 / 4).copied().unwrap_or_default() as f32;
    let is_title = |row: &Vec<usize>| {
        let one_line = row.windows(2).all(|w| pieces[w[0]].line == pieces[w[1]].line);
        let width = row.iter().map(|&i| boxes[i].width()).sum::<f32>();
        one_line && (row.len() as f32) < 0.7 * columns && width > 0.0
    };
    let titles = rows.iter().take_while(|row| is_title(row)).count();
    &rows[titles.min(rows.len())..]
}

/// Stretches of consecutive rows, each with several pieces and not far below the one before.
pub(super) fn blocks<'a>(
    boxes: &[Rect],
    pieces: &[Piece],
    rows: &'a [Vec<usize>],
    text_height: f32,
) -> Vec<&'a [Vec<usize>]> {
    let bottom = |row: &[usize]| row_bottom(boxes, row);
    let top = |row: &[usize]| row_top(boxes, row);
    // A line of running text has blanks too: several lines, or wide blanks.
    let several = |row: &[usize]| {
        let labelled = row.iter().filter(|&&i| pieces[i].kind.labelled).count();
        let form = labelled as f32 > MOST_LABELLED * row.len() as f32;
        !form && side_by_side(row, boxes, pieces, text_height) > 1
    };
    rows.chunk_by(|a, b| several(a) && several(b) && top(b) - bottom(a) < MOST_ROW_GAP * text_height)
        .filter(|block| block.len() >= LEAST_ROWS)
        .collect()
}

/// How many stretches of text stand side by side in a row: lines, and parts of lines between
/// blanks as wide as between cells.
pub(super) fn side_by_side(row: &[usize], boxes: &[Rect], pieces: &[Piece], text_height: f32) -> usize {
    let apart = |w: &&[usize]| {
        let (a, b) = (w[0], w[1]);
        pieces[a].line != pieces[b].line || boxes[b].left - boxes[a].right >= CELL_BLANK * text_height
    };
    row.windows(2).filter(apart).count() + usize::from(!row.is_empty())
}

pub(super) fn row_top(boxes: &[Rect], row: &[usize]) -> f32 {
    row.iter().map(|&i| boxes[i].top).fold(f32::INFINITY, f32::min)
}

pub(super) fn row_bottom(boxes: &[Rect], row: &[usize]) -> f32 {
    row.iter().map(|&i| boxes[i].bottom).fold(f32::NEG_INFINITY, f32::max)
}
