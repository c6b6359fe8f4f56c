//! The rows of a table, from the lines below its header.

use std::collections::BTreeMap;

use crate::{
    classify::{
        frame::{Frame, Span, same_row},
        score::compact,
    },
    extract::{
        Field,
        candidate::Candidate,
        columns::{Columns, MARGIN, Specs, by_column, fits, numeric},
        labels::{Labels, PrintedLabel},
        mend::Gap,
        pieces::{Piece, body, in_reading_order, joined, row_centres, split},
        stretch,
    },
    geometry::Rect,
    kind::{FieldSpec, Pattern, RowTableSpec},
};

/// One row: the candidates of its cells by column key.
pub type Row = BTreeMap<String, Candidate>;

/// The rows of a table, or of one group of its columns.
pub fn rows(frame: &Frame, table: &RowTableSpec, columns: &Columns, besides: &[Beside]) -> Vec<Row> {
    let mut pieces = body(frame, columns.end, &columns.header);
    // What stands behind labels of its own, row by row, is in no column.
    pieces.retain(|p| !besides.iter().flat_map(|b| &b.spans).any(|s| s.overlaps(&p.span)));
    let (first, last) = (columns.bounds.first(), columns.bounds.last());
    pieces.retain(|p| {
        let x = p.rect.center().x;
        first.is_none_or(|(_, left, _)| x >= *left) && last.is_none_or(|(_, _, right)| x < *right)
    });
    // Notes in the margin are no numbers of the last column.
    let last = columns.bounds.last().and_then(|(specs, _, _)| specs.first().copied()).filter(|c| numeric(c));
    pieces.retain(|p| {
        let out = p.rect.left - columns.header.right > MARGIN * p.size;
        !out || last.is_none_or(|spec| fits(frame, spec, p))
    });
    let mut cells: Vec<(usize, Piece)> = pieces
        .iter()
        .flat_map(|p| match long_words(frame, columns, p, &pieces) {
            Some(column) => vec![(column, *p)],
            None => by_column(frame, *p, columns),
        })
        .collect();
    words_to_words(frame, columns, &mut cells);
    let marks = if table.row_end.is_empty() { &table.row_start } else { &table.row_end };
    let starts = |c: usize| {
        let named = |(specs, _, _): &(Specs, f32, f32)| specs.iter().any(|s| marks.contains(&s.key));
        let any = |(specs, _, _): &(Specs, f32, f32)| marks.is_empty() && !specs.is_empty();
        columns.bounds.get(c).is_some_and(|bound| any(bound) || named(bound))
    };
    let seeds = row_centres(cells.iter().filter(|(c, _)| starts(*c)).map(|(_, p)| p));
    let from_below = !table.row_end.is_empty() || words_first(columns, &cells, &seeds);
    let mut grid: Vec<BTreeMap<usize, Vec<Piece>>> = vec![BTreeMap::new(); seeds.len()];
    for (column, piece) in cells {
        let y = piece.rect.center().y;
        let nearest = seeds.iter().enumerate().min_by(|a, b| (a.1 - y).abs().total_cmp(&(b.1 - y).abs()));
        let Some((near, center)) = nearest else { continue };
        let row = if (center - y).abs() < 0.6 * piece.size {
            near
        } else if from_below {
            // In front of the line that ends its row; behind the last one it is no row any more.
            if *center > y { near } else { near + 1 }
        } else if *center < y {
            near
        } else {
            // A continuation of the row above (or, at the top, of the first).
            near.saturating_sub(1)
        };
        if let Some(cells) = grid.get_mut(row) {
            cells.entry(column).or_default().push(piece);
        }
    }
    without_running_numbers(frame, &mut grid);
    grid.into_iter().map(|cells| row(frame, columns, cells)).filter(|r| !r.is_empty()).collect()
}

/// Whether a printed column holds nothing but numbers.
fn of_numbers(columns: &Columns, column: usize) -> bool {
    columns
        .bounds
        .get(column)
        .is_some_and(|(specs, _, _)| !specs.is_empty() && specs.iter().all(|s| numeric(s)))
}

/// Whether a printed column holds words.
fn of_words(columns: &Columns, column: usize) -> bool {
    columns.bounds.get(column).is_some_and(|(specs, _, _)| specs.iter().any(|s| !numeric(s)))
}

/// The column of words whose text runs on below headers of numbers: a name on a line of its own, the numbers
/// on the next one. It is the last of its line and ends in no amount.
fn long_words(frame: &Frame, columns: &Columns, piece: &Piece, pieces: &[Piece]) -> Option<usize> {
    let overlap =
        |(_, left, right): &(Specs, f32, f32)| piece.rect.right.min(*right) - piece.rect.left.max(*left);
    // Reasoned: less than a third of a character over a bound is the slant of the letters.
    let mut touched = (0..columns.bounds.len())
        .filter(|c| columns.bounds.get(*c).is_some_and(|b| overlap(b) > 0.3 * piece.size));
    let first = touched.next()?;
    let over: Vec<usize> = touched.collect();
    if over.is_empty() || !over.iter().all(|c| of_numbers(columns, *c)) {
        return None;
    }
    // Behind a code in front of it a name may begin below the first header of numbers.
    let home = (0..=first).rev().find(|c| of_words(columns, *c))?;
    let words = frame.glyphs(&piece.span).iter().filter(|g| g.char.is_alphabetic()).count() >= 2;
    let text = frame.span_text(&piece.span);
    let last_word = text.split_whitespace().last().unwrap_or_default();
    let amount = last_word.contains('.') && last_word.ends_with(|c: char| c.is_ascii_digit());
    let followed =
        pieces.iter().any(|p| p.rect.left > piece.rect.center().x && same_row(&p.rect, &piece.rect));
    (words && !amount && !followed).then_some(home)
}

/// Puts words that stand in columns of numbers, on a line without numbers, into the column of words left of
/// them: a name on a line of its own runs as far as it likes.
fn words_to_words(frame: &Frame, columns: &Columns, cells: &mut [(usize, Piece)]) {
    let number = |(c, p): &(usize, Piece)| {
        let spec = columns.bounds.get(*c).and_then(|(specs, _, _)| specs.first().copied());
        of_numbers(columns, *c) && spec.is_some_and(|s| fits(frame, s, p))
    };
    let numbers: Vec<Rect> = cells.iter().filter(|c| number(c)).map(|(_, p)| p.rect).collect();
    for (column, piece) in cells {
        let words = frame.glyphs(&piece.span).iter().filter(|g| g.char.is_alphabetic()).count() >= 2;
        if words && of_numbers(columns, *column) && !numbers.iter().any(|r| same_row(r, &piece.rect)) {
            *column = (0..*column).rev().find(|c| of_words(columns, *c)).unwrap_or(*column);
        }
    }
}

/// Whether the words of all rows stand on lines of their own, the first above the first number.
fn words_first(columns: &Columns, cells: &[(usize, Piece)], seeds: &[f32]) -> bool {
    let Some(column) = (0..columns.bounds.len()).find(|c| of_words(columns, *c)) else { return false };
    let words: Vec<&Piece> = cells.iter().filter(|(c, _)| *c == column).map(|(_, p)| p).collect();
    let off = |p: &&Piece| seeds.iter().all(|y| (y - p.rect.center().y).abs() > 0.6 * p.size);
    let above = |y: f32| words.iter().any(|p| p.rect.center().y < y);
    words.len() >= seeds.len() && words.iter().all(off) && seeds.first().is_some_and(|y| above(*y))
}

/// Takes the rows' own numbers (1, 2, 3, …) out of the first column, where the heading above them
/// was not read: there they stand in front of the values of the column that follows.
fn without_running_numbers(frame: &Frame, grid: &mut [BTreeMap<usize, Vec<Piece>>]) {
    let leftmost = |cells: &BTreeMap<usize, Vec<Piece>>| {
        let own = cells.get(&0)?;
        own.iter().enumerate().min_by(|a, b| a.1.rect.left.total_cmp(&b.1.rect.left)).map(|(i, _)| i)
    };
    let numbered = |(nth, cells): (usize, &BTreeMap<usize, Vec<Piece>>)| {
        let first = leftmost(cells).and_then(|i| cells.get(&0)?.get(i));
        let several = cells.get(&0).is_some_and(|own| own.len() > 1);
        several && first.is_some_and(|p| frame.span_text(&p.span).trim() == (nth + 1).to_string())
    };
    if grid.len() < 2 || !grid.iter().enumerate().all(numbered) {
        return;
    }
    for cells in grid {
        if let Some((at, own)) = leftmost(cells).zip(cells.get_mut(&0)) {
            own.remove(at);
        }
    }
}

fn row(frame: &Frame, columns: &Columns, cells: BTreeMap<usize, Vec<Piece>>) -> Row {
    let mut row = Row::new();
    for (column, mut pieces) in cells {
        let Some((specs, _, _)) = columns.bounds.get(column) else { continue };
        in_reading_order(&mut pieces);
        for spec in specs {
            let spans = joined(&on_line(&pieces, spec.line));
            let Some(candidate) = Candidate::new(frame, (0, spec), spans, 1.0, true) else { continue };
            // Several columns in one: each takes what has its form.
            if specs.len() == 1 || spec.pattern.is_none() || candidate.reading.valid {
                row.insert(spec.key.clone(), candidate);
            }
        }
    }
    row
}

/// The pieces on the n-th line of a cell, from 1; all of them without a number.
fn on_line(pieces: &[Piece], line: Option<usize>) -> Vec<Piece> {
    let Some(wanted) = line else { return pieces.to_vec() };
    let centres = row_centres(pieces.iter());
    let line_of = |p: &Piece| {
        let y = p.rect.center().y;
        let nearest = centres.iter().enumerate().min_by(|a, b| (a.1 - y).abs().total_cmp(&(b.1 - y).abs()));
        nearest.map_or(0, |(i, _)| i + 1)
    };
    pieces.iter().filter(|p| line_of(p) == wanted).copied().collect()
}

/// A column whose labels stand in front of its values, line by line beside the rows.
pub struct Beside<'a> {
    spec: &'a FieldSpec,
    /// The value of each line, from above.
    values: Vec<Vec<Span>>,
    /// What the lines take, labels and all.
    spans: Vec<Span>,
}

/// The columns of a table that stand beside its rows; `value` gives the text behind a label.
pub fn besides<'a>(
    frame: &Frame,
    table: &'a RowTableSpec,
    labels: &Labels,
    value: impl Fn(&PrintedLabel) -> Option<Vec<Span>>,
) -> Vec<Beside<'a>> {
    let of = |spec: &'a FieldSpec| {
        let mut lines: Vec<(f32, Vec<Span>, Vec<Span>)> = labels
            .among(&spec.labels)
            .map(|label| {
                let own = label.found.spans.clone();
                let value = value(label).unwrap_or_default();
                (label.found.rect.center().y, value.clone(), [own, value].concat())
            })
            .collect();
        lines.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Labels of one line (自 FROM) are one.
        let height = frame.line_height();
        lines.dedup_by(|b, a| {
            let same = b.0 - a.0 < 0.5 * height;
            if same {
                if a.1.is_empty() {
                    a.1 = b.1.clone();
                }
                a.2.extend(b.2.iter().copied());
            }
            same
        });
        let spans = lines.iter().flat_map(|l| l.2.clone()).collect();
        Beside { spec, values: lines.into_iter().map(|l| l.1).collect(), spans }
    };
    table.columns.iter().filter(|c| c.beside).map(of).collect()
}

/// Puts the values that stand beside the rows into them.
pub fn put_beside(frame: &Frame, rows: &mut [Row], besides: &[Beside]) {
    for beside in besides {
        for (row, values) in rows.iter_mut().zip(beside.values.iter().skip(beside.spec.offset)) {
            if let Some(candidate) = Candidate::new(frame, (0, beside.spec), values.clone(), 1.0, true) {
                row.insert(beside.spec.key.clone(), candidate);
            }
        }
    }
}

/// What stands on the row of `label` in one column.
pub fn crossing(frame: &Frame, columns: &Columns, column: &str, label: &Rect) -> Vec<Span> {
    let named = |(specs, _, _): &(Specs, f32, f32)| specs.iter().any(|c| c.key == column);
    let Some(wanted) = columns.bounds.iter().position(named) else { return Vec::new() };
    let on_row = frame.lines.iter().enumerate().filter(|(_, l)| !l.vertical && same_row(&l.rect, label));
    let mut pieces: Vec<Piece> = on_row
        .flat_map(|(i, l)| split(frame, i, l.size()))
        .filter(|p| p.rect.left > label.right - p.size)
        .flat_map(|p| by_column(frame, p, columns))
        .filter(|(c, _)| *c == wanted)
        .map(|(_, p)| p)
        .collect();
    in_reading_order(&mut pieces);
    joined(&pieces)
}

/// The first text below the rows in one column that an expression matches: a total whose row label
/// was not read.
pub fn below(frame: &Frame, columns: &Columns, column: &str, pattern: &Pattern) -> Vec<Span> {
    let Some((_, left, right)) = columns.of(column) else { return Vec::new() };
    let lines = frame.lines.iter().enumerate().filter(|(_, l)| {
        let x = l.rect.center().x;
        !l.vertical
            && l.rect.center().y > columns.header.bottom
            && x > *left
            && x < *right
            && pattern.regex().is_match(&compact(&l.text()))
    });
    let first = lines.min_by(|a, b| a.1.rect.top.total_cmp(&b.1.rect.top));
    first.map(|(i, l)| Span { line: i, from: 0, to: l.glyphs.len() }).into_iter().collect()
}

/// A row's cells as fields.
pub fn fields(frame: &Frame, row: Row) -> BTreeMap<String, Field> {
    row.into_iter().map(|(key, candidate)| (key, candidate.into_field(frame))).collect()
}

/// Cells without text in columns of numbers where one was to be expected: the column is filled in
/// another row, or it is the only one that the row lacks.
pub fn gaps<'a>(frame: &Frame, columns: &Columns<'a>, rows: &[Row]) -> Vec<Gap<'a>> {
    let mut gaps = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let single = columns.bounds.iter().filter(|(c, _, _)| c.len() == 1);
        let single = single.filter_map(|(c, left, right)| Some((*c.first()?, left, right)));
        let lacking: Vec<_> = single.filter(|(c, _, _)| numeric(c) && !row.contains_key(&c.key)).collect();
        let filled: Vec<Rect> = row
            .iter()
            .filter(|(key, _)| columns.specs().any(|c| c.key == **key && numeric(c)))
            .map(|(_, candidate)| stretch::rect(frame, &candidate.spans))
            .collect();
        let Some(around) = filled.iter().copied().reduce(|a, b| a.union(&b)) else { continue };
        for (column, left, right) in &lacking {
            let usual = rows.iter().any(|r| r.contains_key(&column.key));
            if usual || lacking.len() == 1 {
                let inside = |x: f32| x.clamp(frame.bounds.left, frame.bounds.right);
                let rect = Rect::new(inside(**left), around.top, inside(**right), around.bottom);
                gaps.push(Gap { row: index, column, quad_in_page: frame.quad_in_page(rect) });
            }
        }
    }
    gaps
}
