//! Which text stands in which cell of a grid.
//!
//! A text line that reaches over several cells is split between its characters.

use crate::{
    geometry::{Quad, Rect},
    ocr::TextLine,
    structure::{
        Cell, Table,
        frame::Frame,
        grid::{Grid, GridCell},
        reading_order,
        text_pieces::is_slanted,
    },
};

/// A line of which at least this share of the characters lies in one cell belongs there whole:
/// characters' places are less certain than that near a line's ends.
const WHOLE_LINE: f32 = 0.85;

/// A line that reaches over two cells is parted at a blank if one stands so many characters from the border.
const BLANK_NEAR: usize = 2;

/// As what the reader takes a stretch of a vertical rule …
const RULE_LIKE: [char; 6] = ['|', '!', '丨', '｜', '┃', '¦'];
/// … within so many line heights of it.
const ON_SIDE: f32 = 0.25;

/// A stretch of a text line.
struct Piece {
    text: String,
    bounds: Rect,
    confidence: f32,
    chars: usize,
}

/// The grid as a table with its text, in page pixels, and the indexes of the lines that went into it.
/// Lines that run slantwise over the cells are left out.
pub fn fill(grid: &Grid, ruled: bool, lines: &[TextLine], frame: &Frame) -> (Table, Vec<usize>) {
    let mut pieces: Vec<Vec<Piece>> = grid.cells.iter().map(|_| Vec::new()).collect();
    let mut used = Vec::new();
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| !is_slanted(line, frame)) {
        let mut inside = false;
        for (cell, piece) in split(line, grid, frame) {
            if let Some(list) = pieces.get_mut(cell) {
                list.push(piece);
                inside = true;
            }
        }
        if inside {
            used.push(i);
        }
    }
    let to_page = |quad: Quad| quad.map(|p| frame.page(p));
    let cells = grid
        .cells
        .iter()
        .zip(pieces)
        .map(|(cell, pieces)| {
            let chars: usize = pieces.iter().map(|p| p.chars).sum();
            let read: f32 = pieces.iter().map(|p| p.confidence * p.chars as f32).sum();
            Cell {
                row: cell.row,
                col: cell.col,
                row_span: cell.row_span,
                col_span: cell.col_span,
                text: joined(&pieces),
                quad: to_page(grid.cell_quad(cell)),
                confidence: if chars > 0 { read / chars as f32 } else { 1.0 },
            }
        })
        .collect();
    let table = Table { quad: to_page(grid.quad()), rows: grid.rows(), cols: grid.cols(), ruled, cells };
    (table, used)
}

/// The line's stretches by cell; what lies outside the grid is left out.
fn split(line: &TextLine, grid: &Grid, frame: &Frame) -> Vec<(usize, Piece)> {
    let mut chars = char_quads(line);
    let read = chars.len();
    chars.retain(|(c, quad)| !(RULE_LIKE.contains(c) && lies_on_side(quad, grid, frame)));
    let mut places: Vec<Option<usize>> =
        chars.iter().map(|(_, quad)| grid.cell_at(frame.upright(quad.center()))).collect();
    let Some(main) = most_frequent(&places) else { return Vec::new() };
    let inside = places.iter().filter(|p| **p == Some(main)).count();
    if inside as f32 >= WHOLE_LINE * places.len() as f32 {
        let text: String = match chars.len() < read {
            true => chars.iter().map(|(c, _)| *c).collect(),
            false => line.text.clone(),
        };
        let piece = Piece {
            text: text.trim().to_owned(),
            bounds: frame.upright_bounds(&line.quad),
            confidence: line.confidence,
            chars: chars.len(),
        };
        return vec![(main, piece)];
    }
    part_at_blanks(&chars, &mut places);
    let mut out = Vec::new();
    let mut start = 0;
    for group in places.chunk_by(|a, b| a == b) {
        let stretch = &chars[start..start + group.len()];
        start += group.len();
        let text: String = stretch.iter().map(|(c, _)| *c).collect();
        if let Some(&Some(cell)) = group.first()
            && let Some(around) = Quad::around(stretch.iter().map(|(_, q)| q))
            && !text.trim().is_empty()
        {
            let piece = Piece {
                text: text.trim().to_owned(),
                bounds: frame.upright_bounds(&around),
                confidence: line.confidence,
                chars: stretch.len(),
            };
            out.push((cell, piece));
        }
    }
    out
}

/// Whether a character stands where the side of a cell runs.
fn lies_on_side(quad: &Quad, grid: &Grid, frame: &Frame) -> bool {
    let at = grid.rectifier.grid(frame.upright(quad.center()));
    let near = ON_SIDE * quad.height();
    let side = grid.column_lines.iter().position(|line| (line - at.x).abs() < near);
    let row = grid.row_lines.windows(2).position(|pair| at.y >= pair[0] && at.y < pair[1]);
    side.zip(row).is_some_and(|(side, row)| {
        let in_row = |c: &&GridCell| (c.row..c.row + c.row_span).contains(&row);
        grid.cells.iter().filter(in_row).any(|c| c.col == side || c.col + c.col_span == side)
    })
}

/// Moves the borders between cells to a blank of the line close by: characters' places are not exact, and
/// the reader sets a blank where two cells meet.
fn part_at_blanks(chars: &[(char, Quad)], places: &mut [Option<usize>]) {
    let blank = |i: &usize| chars.get(*i).is_some_and(|c| c.0.is_whitespace());
    for border in 1..places.len() {
        let (Some(&Some(left)), Some(&Some(right))) = (places.get(border - 1), places.get(border)) else {
            continue;
        };
        if left == right {
            continue;
        }
        let near = border.saturating_sub(BLANK_NEAR + 1)..border + BLANK_NEAR + 1;
        let Some(at) = near.filter(blank).min_by_key(|i| (2 * i + 1).abs_diff(2 * border)) else { continue };
        let (range, cell) = if at < border { (at..border, right) } else { (border..at, left) };
        places.get_mut(range).into_iter().flatten().for_each(|p| *p = Some(cell));
    }
}

/// Each character of a line with its quad; where the reader gives none, the line is divided by
/// the characters' usual widths (Latin letters and digits half as wide as Chinese characters).
pub fn char_quads(line: &TextLine) -> Vec<(char, Quad)> {
    if !line.chars.is_empty() {
        return line.chars.iter().map(|c| (c.char, c.quad)).collect();
    }
    let width = |c: char| if c.is_ascii() { 0.5 } else { 1.0 };
    let total: f32 = line.text.chars().map(width).sum();
    let mut at = 0.0;
    line.text
        .chars()
        .map(|c| {
            let from = at;
            at += width(c);
            (c, line.quad.slice(from / total, at / total))
        })
        .collect()
}

fn most_frequent(places: &[Option<usize>]) -> Option<usize> {
    let mut sorted: Vec<usize> = places.iter().flatten().copied().collect();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).max_by_key(|group| group.len()).and_then(|g| g.first().copied())
}

/// Pieces of one cell in reading order: rows joined by line breaks, pieces of a row by spaces.
fn joined(pieces: &[Piece]) -> String {
    let boxes: Vec<Rect> = pieces.iter().map(|p| p.bounds).collect();
    let rows = reading_order::rows(&boxes, (0..pieces.len()).collect());
    let text_of =
        |row: &Vec<usize>| row.iter().map(|&i| pieces[i].text.as_str()).collect::<Vec<_>>().join(" ");
    rows.iter().map(text_of).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::CharReading;

    fn line(text: &str, left: f32, top: f32, right: f32) -> TextLine {
        TextLine {
            text: text.to_owned(),
            quad: Quad::from_rect(left, top, right, top + 20.0),
            confidence: 0.9,
            ..TextLine::default()
        }
    }

    #[test]
    fn a_rule_that_was_read_as_a_character_is_left_out() {
        let grid = Grid::plain(vec![0.0, 40.0], vec![0.0, 200.0, 400.0]);
        let frame = Frame::new(400, 40, 0, 0.0);
        // The sign stands on the rule, and in another line it is the text's own.
        for (right, wanted) in [(210.0, "一二三四五六七八九"), (190.0, "一二三四五六七八九!")]
        {
            let mut line = line("一二三四五六七八九!", 10.0, 10.0, right);
            let quad = line.quad;
            let part = |i: usize| quad.slice(i as f32 / 10.0, (i + 1) as f32 / 10.0);
            let read = |(i, char): (usize, char)| CharReading { char, quad: part(i), confidence: 0.9 };
            line.chars = line.text.chars().enumerate().map(read).collect();
            let (table, _) = fill(&grid, true, &[line], &frame);
            assert_eq!(table.cells[0].text, wanted);
        }
    }

    #[test]
    fn lines_over_two_cells_are_split_and_rows_joined() {
        let grid = Grid::plain(vec![0.0, 100.0], vec![0.0, 100.0, 300.0]);
        let frame = Frame::new(400, 200, 0, 0.0);
        let lines = [
            line("左格右格有字", 20.0, 10.0, 180.0),
            line("第二行", 110.0, 50.0, 170.0),
            line("外面", 320.0, 10.0, 360.0),
            // Reaches over the border by less than a character.
            line("几乎都在左边的八字", 0.0, 70.0, 104.0),
        ];
        let (table, used) = fill(&grid, true, &lines, &frame);
        let texts: Vec<_> = table.cells.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts, ["左格右\n几乎都在左边的八字", "格有字\n第二行"]);
        assert_eq!(used, [0, 1, 3]);
        assert_eq!((table.rows, table.cols), (1, 2));
    }

    #[test]
    fn lines_are_parted_at_a_blank_near_the_border() {
        let grid = Grid::plain(vec![0.0, 100.0], vec![0.0, 100.0, 300.0]);
        // By its place the fourth character lies beyond the border.
        let lines = [line("金额元整 税率征收", 35.0, 10.0, 205.0)];
        let (table, _) = fill(&grid, true, &lines, &Frame::new(400, 200, 0, 0.0));
        let texts: Vec<_> = table.cells.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts, ["金额元整", "税率征收"]);
    }

    #[test]
    fn a_line_without_text_or_extent_is_harmless() {
        let grid = Grid::plain(vec![0.0, 100.0], vec![0.0, 100.0]);
        let lines = [TextLine::default(), line("零", 50.0, 50.0, 50.0)];
        let (table, _) = fill(&grid, false, &lines, &Frame::new(100, 100, 0, 0.0));
        assert_eq!(table.cells.len(), 1);
    }
}
