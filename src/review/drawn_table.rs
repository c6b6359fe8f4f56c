//! A table that a person draws over a page where none was found.

use crate::{
    geometry::{Point, Quad},
    numbers::median,
    ocr::TextLine,
    structure::{
        Cell, Table,
        table_edit::{Axis, Plane, TableEdit, edited},
    },
};

/// A gap between columns is at least so wide, in heights of a text line. Reasoned, not measured: words of one
/// cell stand closer than half their height, and a line too many is taken away with one drag.
const COLUMN_GAP: f32 = 0.6;
/// Text lines of two rows may overlap by this share of their height, as on a tilted page. Reasoned.
const ROW_OVERLAP: f32 = 0.25;
/// A text line wider than this share of the table is a heading over several columns. Reasoned.
const HEADING_WIDTH: f32 = 0.6;

/// A table over `quad` (page pixels, its first corner where its text begins): lines between rows and columns
/// lie in the gaps of the text that stands in it. `None` where the box has no area.
pub fn drawn_table(quad: Quad, lines: &[TextLine]) -> Option<Table> {
    let inside: Vec<&TextLine> = lines.iter().filter(|l| quad.contains(l.quad.center())).collect();
    // It begins as a strip and is drawn open to the right border: text follows a line that moves.
    let strip = quad.slice(0.0, (1.0 / quad.width().max(1.0)).min(1.0));
    let cell =
        Cell { row: 0, col: 0, row_span: 1, col_span: 1, text: String::new(), quad: strip, confidence: 1.0 };
    let mut table = Table { quad: strip, rows: 1, cols: 1, ruled: false, cells: vec![cell] };
    let [_, upper, lower, _] = quad.0;
    let open = TableEdit::MoveLine { axis: Axis::Column, line: 1, to: upper.lerp(lower, 0.5) };
    table = edited(&table, &open, lines).ok()?;
    let plane = Plane::of(&table)?;
    for (axis, at) in gaps(&plane, &inside) {
        // Where there is no room, one line less is drawn.
        if let Ok(parted) = edited(&table, &TableEdit::AddLine { axis, at }, lines) {
            table = parted;
        }
    }
    Some(table)
}

/// Points of the page through which lines part the text into rows and columns.
fn gaps(plane: &Plane, lines: &[&TextLine]) -> Vec<(Axis, Point)> {
    let extent = |axis: Axis, line: &TextLine| {
        let ends = line.quad.0.map(|p| plane.position(axis, p));
        ends.iter().fold((f32::MAX, f32::MIN), |(a, b), p| (a.min(*p), b.max(*p)))
    };
    let rows: Vec<(f32, f32)> = lines.iter().map(|l| extent(Axis::Row, l)).collect();
    let Some(height) = median(rows.iter().map(|(a, b)| b - a)) else { return Vec::new() };
    let thin = rows.iter().map(|(a, b)| {
        let less = ROW_OVERLAP * (b - a);
        (a + less, b - less)
    });
    let columns: Vec<(f32, f32)> = lines.iter().map(|l| extent(Axis::Column, l)).collect();
    let width = plane.lines(Axis::Column).last().copied().unwrap_or_default();
    let narrow = columns.into_iter().filter(|(a, b)| b - a <= HEADING_WIDTH * width);
    let of = |axis, positions: Vec<f32>| {
        positions.into_iter().map(move |position| {
            let (a, b) = plane.line_on_page(axis, position);
            (axis, a.lerp(b, 0.5))
        })
    };
    let rows = between(thin.collect(), 0.0);
    let columns = between(narrow.collect(), COLUMN_GAP * height);
    of(Axis::Row, rows).chain(of(Axis::Column, columns)).collect()
}

/// The middles of the gaps that the stretches leave between them, each wider than `least`.
fn between(mut stretches: Vec<(f32, f32)>, least: f32) -> Vec<f32> {
    stretches.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut end: Option<f32> = None;
    let mut middles = Vec::new();
    for (from, to) in stretches {
        if let Some(end) = end.filter(|end| from - end > least) {
            middles.push((end + from) / 2.0);
        }
        end = Some(end.map_or(to, |e| e.max(to)));
    }
    middles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, x: f32, y: f32, width: f32) -> TextLine {
        let quad = Quad::from_rect(x, y, x + width, y + 20.0);
        TextLine { text: text.into(), quad, confidence: 0.97, ..TextLine::default() }
    }

    #[test]
    fn rows_and_columns_lie_in_the_gaps_of_the_text() {
        let lines = [
            line("Stock at the end of the month", 110.0, 100.0, 280.0),
            line("Item", 110.0, 130.0, 60.0),
            line("Price", 300.0, 132.0, 60.0),
            line("Paper", 110.0, 160.0, 80.0),
            line("3.50", 310.0, 161.0, 50.0),
            line("outside", 110.0, 400.0, 80.0),
        ];
        let table = drawn_table(Quad::from_rect(100.0, 90.0, 400.0, 190.0), &lines).expect("an area");
        assert_eq!((table.rows, table.cols), (3, 2));
        let texts: Vec<&str> = table.cells.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts.get(2..), Some(["Item", "Price", "Paper", "3.50"].as_slice()), "{texts:?}");
        assert!((table.quad.bounds().right - 400.0).abs() < 1.0);
    }

    #[test]
    fn a_box_without_text_is_one_cell_and_one_without_area_none() {
        let table = drawn_table(Quad::from_rect(0.0, 0.0, 100.0, 50.0), &[]).expect("an area");
        assert_eq!((table.rows, table.cols, table.cells.len()), (1, 1, 1));
        assert!(drawn_table(Quad::from_rect(5.0, 5.0, 5.0, 5.0), &[]).is_none());
    }
}
