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
/// So many headings over values make a list of a single item; fewer are labels above their values.
const LEAST_HEADINGS: usize = 4;
/// A line stands beside another if it shares so much of its height: of two lines and a third centred between them
/// about 0.4 are shared, lines of neighbouring rows none.
const BESIDE: f32 = 0.25;
/// Lines of one cell are less than this many text heights apart.
pub(super) const CLOSE_LINES: f32 = 0.5;

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

/// The rows, single lines of text put to the row beside whose text they stand: the upper and the lower line of a
/// cell while the other cells of the row are centred between them.
pub(super) fn with_lone_lines(boxes: &[Rect], pieces: &[Piece], rows: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    // By how much of its height a lone line stands beside the nearest piece of a row to its left or right.
    let beside = |lone: &Rect, row: &[usize]| {
        let aside = |k: usize| (lone.left - boxes[k].right).max(boxes[k].left - lone.right);
        let others = row.iter().copied().filter(|&k| aside(k) > 0.0);
        let nearest = others.min_by(|&k, &l| aside(k).total_cmp(&aside(l)))?;
        let shared = lone.bottom.min(boxes[nearest].bottom) - lone.top.max(boxes[nearest].top);
        Some(shared / lone.height().max(1.0)).filter(|&share| share >= BESIDE)
    };
    let is_lone = |row: &[usize]| row.windows(2).all(|w| pieces[w[0]].line == pieces[w[1]].line);
    let mut home: Vec<usize> = (0..rows.len()).collect();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| is_lone(row)) {
        let Some(lone) = row.iter().map(|&i| boxes[i]).reduce(|a, b| a.union(&b)) else { continue };
        let around = [at.checked_sub(1), Some(at + 1)].into_iter().flatten();
        let several = around.filter_map(|r| Some((r, rows.get(r)?))).filter(|(_, row)| !is_lone(row));
        let shares = several.filter_map(|(r, row)| Some((r, beside(&lone, row)?)));
        if let Some((to, _)) = shares.max_by(|a, b| a.1.total_cmp(&b.1)) {
            home[at] = to;
        }
    }
    let mut out = vec![Vec::new(); rows.len()];
    for (row, to) in rows.into_iter().zip(home) {
        out[to].extend(row);
    }
    out.retain(|row| !row.is_empty());
    for row in &mut out {
        row.sort_by(|&a, &b| boxes[a].left.total_cmp(&boxes[b].left));
    }
    out
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

/// Lists of a single item among consecutive rows, as the rows of headings and of the item: words alone, and
/// close below them a value under each, half of the values numbers at least. Second lines of the item's first
/// cell are in its row.
pub(super) fn single_items(
    boxes: &[Rect],
    pieces: &[Piece],
    rows: &[Vec<usize>],
    text_height: f32,
) -> Vec<[Vec<usize>; 2]> {
    let close = |above: &[usize], below: &[usize], gap: f32| {
        row_top(boxes, below) - row_bottom(boxes, above) < gap * text_height
    };
    let mut found = Vec::new();
    for (at, pair) in rows.windows(2).enumerate() {
        let [headings, item] = pair else { continue };
        let numbers = item.iter().filter(|&&i| pieces[i].kind.number).count();
        let words = headings.iter().all(|&i| !pieces[i].kind.number && !pieces[i].kind.labelled);
        let valued = 2 * numbers >= item.len() && item.iter().all(|&i| !pieces[i].kind.labelled);
        let stretches: Vec<&[usize]> = stretches(headings, boxes, pieces, text_height).collect();
        // Which heading each value reaches under.
        let heading_of = |&i: &usize| {
            let over = |h: &usize| boxes[*h].right > boxes[i].left && boxes[*h].left < boxes[i].right;
            let mut above = (0..stretches.len()).filter(|&s| stretches[s].iter().any(over));
            above.next().filter(|_| above.next().is_none())
        };
        let under: Option<Vec<usize>> = item.iter().map(heading_of).collect();
        let each = under.is_some_and(|under| (0..stretches.len()).all(|s| under.contains(&s)));
        if words && valued && each && stretches.len() >= LEAST_HEADINGS && close(headings, item, MOST_ROW_GAP)
        {
            let mut item = item.clone();
            for below in &rows[at + 2..] {
                if !below.iter().all(|i| heading_of(i) == Some(0)) || !close(&item, below, CLOSE_LINES) {
                    break;
                }
                item.extend(below);
            }
            found.push([headings.clone(), item]);
        }
    }
    found
}

/// How many stretches of text stand side by side in a row.
pub(super) fn side_by_side(row: &[usize], boxes: &[Rect], pieces: &[Piece], text_height: f32) -> usize {
    stretches(row, boxes, pieces, text_height).count()
}

/// The stretches of text of a row: lines, and parts of lines between blanks as wide as between cells.
fn stretches<'a>(
    row: &'a [usize],
    boxes: &[Rect],
    pieces: &[Piece],
    text_height: f32,
) -> impl Iterator<Item = &'a [usize]> {
    row.chunk_by(move |&a, &b| {
        pieces[a].line == pieces[b].line && boxes[b].left - boxes[a].right < CELL_BLANK * text_height
    })
}

pub(super) fn row_top(boxes: &[Rect], row: &[usize]) -> f32 {
    row.iter().map(|&i| boxes[i].top).fold(f32::INFINITY, f32::min)
}

pub(super) fn row_bottom(boxes: &[Rect], row: &[usize]) -> f32 {
    row.iter().map(|&i| boxes[i].bottom).fold(f32::NEG_INFINITY, f32::max)
}
