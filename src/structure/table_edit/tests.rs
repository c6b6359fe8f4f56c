use super::*;
use crate::geometry::{Homography, Quad};

fn line(text: &str, left: f32, top: f32, right: f32) -> TextLine {
    TextLine {
        text: text.to_owned(),
        quad: Quad::from_rect(left, top, right, top + 20.0),
        confidence: 0.9,
        ..TextLine::default()
    }
}

/// Two rows and three columns of 100 by 40 pixels at 50, 30, with the printed text in its cells.
fn sample() -> (Table, Vec<TextLine>) {
    let lines = vec![
        line("品名", 60.0, 40.0, 100.0),
        line("单价", 160.0, 40.0, 200.0),
        line("金额", 260.0, 40.0, 300.0),
        line("纸张", 60.0, 80.0, 100.0),
        line("3.50", 160.0, 80.0, 200.0),
        line("7.00", 260.0, 80.0, 300.0),
    ];
    let cells = lines
        .iter()
        .enumerate()
        .map(|(i, l)| {
            let (row, col) = (i / 3, i % 3);
            let (x, y) = (50.0 + col as f32 * 100.0, 30.0 + row as f32 * 40.0);
            Cell {
                row,
                col,
                row_span: 1,
                col_span: 1,
                text: l.text.clone(),
                quad: Quad::from_rect(x, y, x + 100.0, y + 40.0),
                confidence: 0.9,
            }
        })
        .collect();
    let quad = Quad::from_rect(50.0, 30.0, 350.0, 110.0);
    (Table { quad, rows: 2, cols: 3, ruled: true, cells }, lines)
}

/// The texts row by row; a merged cell at its first place, `·` where another cell reaches.
fn texts(table: &Table) -> Vec<Vec<&str>> {
    let at = |row, col| table.cells.iter().find(|c| (c.row, c.col) == (row, col)).map_or("·", |c| &c.text);
    (0..table.rows).map(|row| (0..table.cols).map(|col| at(row, col)).collect()).collect()
}

/// Each place of the table belongs to exactly one cell.
fn assert_tiled(table: &Table) {
    for row in 0..table.rows {
        for col in 0..table.cols {
            let holders = table.cells.iter().filter(|c| Place::of(c).holds(row, col)).count();
            assert_eq!(holders, 1, "{row}, {col}");
        }
    }
}

fn after(table: &Table, lines: &[TextLine], edit: TableEdit) -> Table {
    let table = edited(table, &edit, lines).unwrap_or_else(|e| panic!("{edit:?}: {e}"));
    assert_tiled(&table);
    table
}

#[test]
fn a_moved_line_takes_the_words_that_it_passes() {
    let (table, lines) = sample();
    let move_line = |x| TableEdit::MoveLine { axis: Axis::Column, line: 1, to: Point::new(x, 60.0) };
    let moved = after(&table, &lines, move_line(210.0));
    assert_eq!(texts(&moved), [["品名 单价", "", "金额"], ["纸张 3.50", "", "7.00"]]);
    assert_eq!(moved.cells[0].quad.bounds().right, 210.0);
    // And gives them back.
    assert_eq!(texts(&after(&moved, &lines, move_line(150.0))), texts(&table));
    // At most to its neighbour.
    let far = after(&table, &lines, move_line(5000.0));
    assert_eq!(far.cells[1].quad.bounds().width(), 0.0);
    // The border moves too: what lies outside is no longer in the table.
    let narrow = TableEdit::MoveLine { axis: Axis::Column, line: 3, to: Point::new(255.0, 60.0) };
    let narrow = after(&table, &lines, narrow);
    assert_eq!(texts(&narrow), [["品名", "单价", ""], ["纸张", "3.50", ""]]);
    assert_eq!(narrow.quad.bounds().right, 255.0);
}

#[test]
fn what_was_typed_stays_while_the_print_in_its_cell_does() {
    let (table, lines) = sample();
    let typed = TableEdit::SetText { row: 1, col: 0, text: "打印纸".into() };
    let table = after(&table, &lines, typed);
    let moved = TableEdit::MoveLine { axis: Axis::Column, line: 2, to: Point::new(305.0, 60.0) };
    assert_eq!(texts(&after(&table, &lines, moved))[1], ["打印纸", "3.50 7.00", ""]);
    let row = after(&table, &lines, TableEdit::Insert { axis: Axis::Row, before: 1 });
    assert_eq!(texts(&row), [vec!["品名", "单价", "金额"], vec!["", "", ""], vec!["打印纸", "3.50", "7.00"]]);
    let merged = after(&table, &lines, TableEdit::Merge { from: (1, 1), to: (0, 0) });
    assert_eq!(texts(&merged), [["品名 单价\n打印纸 3.50", "·", "金额"], ["·", "·", "7.00"]]);
}

#[test]
fn lines_are_drawn_and_taken_away() {
    let (table, lines) = sample();
    // Through the first column, between nothing and the words.
    let drawn = TableEdit::AddLine { axis: Axis::Column, at: Point::new(120.0, 60.0) };
    let four = after(&table, &lines, drawn);
    assert_eq!(texts(&four), [["品名", "", "单价", "金额"], ["纸张", "", "3.50", "7.00"]]);
    let joined = after(&four, &lines, TableEdit::RemoveLine { axis: Axis::Column, line: 1 });
    assert_eq!(texts(&joined), texts(&table));
    let rows = after(&table, &lines, TableEdit::RemoveLine { axis: Axis::Row, line: 1 });
    assert_eq!(texts(&rows), [["品名\n纸张", "单价\n3.50", "金额\n7.00"]]);
    // Below the table: a row more, with the words that stand there.
    let mut more = lines.clone();
    more.push(line("合计", 60.0, 120.0, 100.0));
    let below = TableEdit::AddLine { axis: Axis::Row, at: Point::new(100.0, 150.0) };
    assert_eq!(texts(&after(&table, &more, below))[2], ["合计", "", ""]);
    // On another line there is no room.
    let close = TableEdit::AddLine { axis: Axis::Row, at: Point::new(100.0, 71.0) };
    assert_eq!(edited(&table, &close, &lines), Err(TableRefusal::NoRoom));
    let border = TableEdit::RemoveLine { axis: Axis::Row, line: 2 };
    assert_eq!(edited(&table, &border, &lines), Err(TableRefusal::NoSuchPlace));
}

#[test]
fn cells_are_merged_and_split() {
    let (table, lines) = sample();
    let merged = after(&table, &lines, TableEdit::Merge { from: (0, 1), to: (0, 2) });
    assert_eq!(texts(&merged)[0], ["品名", "单价 金额", "·"]);
    // A merge that reaches into a merged cell takes all of it.
    let more = after(&merged, &lines, TableEdit::Merge { from: (0, 1), to: (1, 1) });
    assert_eq!(texts(&more), [["品名", "单价 金额\n3.50 7.00", "·"], ["纸张", "·", "·"]]);
    let split = after(&merged, &lines, TableEdit::Split { row: 0, col: 2, axis: Axis::Column });
    assert_eq!(texts(&split), texts(&table));
    // One printed line over what should be two cells is cut between its words.
    let mut table = table;
    table.cells[3].text = "纸张 五箱".into();
    let mut lines = lines;
    lines[3] = line("纸张五箱", 60.0, 80.0, 140.0);
    lines[3].quad = Quad::from_rect(60.0, 80.0, 90.0, 100.0);
    lines[3].text = "纸张".into();
    lines.push(line("五箱", 110.0, 80.0, 140.0));
    let cut = after(&table, &lines, TableEdit::Split { row: 1, col: 0, axis: Axis::Column });
    assert_eq!(texts(&cut), [["品名", "·", "单价", "金额"], ["纸张", "五箱", "3.50", "7.00"]]);
}

#[test]
fn rows_and_columns_go_with_their_text_and_nothing_else() {
    let (table, lines) = sample();
    let column = after(&table, &lines, TableEdit::Delete { axis: Axis::Column, at: 1 });
    assert_eq!(texts(&column), [["品名", "金额"], ["纸张", "7.00"]]);
    let row = after(&column, &lines, TableEdit::Delete { axis: Axis::Row, at: 0 });
    assert_eq!(texts(&row), [["纸张", "7.00"]]);
    let last = TableEdit::Delete { axis: Axis::Row, at: 0 };
    assert_eq!(edited(&row, &last, &lines), Err(TableRefusal::LastOne));
    // A merged cell loses only the part that goes.
    let merged = after(&table, &lines, TableEdit::Merge { from: (0, 0), to: (1, 0) });
    let rest = after(&merged, &lines, TableEdit::Delete { axis: Axis::Row, at: 0 });
    assert_eq!(texts(&rest), [["品名\n纸张", "3.50", "7.00"]]);
}

#[test]
fn a_pasted_sheet_makes_room_for_itself() {
    let (table, lines) = sample();
    let paste = |row, col, text: &str| TableEdit::Paste { row, col, text: text.into() };
    let pasted = after(&table, &lines, paste(1, 2, "8.00\t元\n9.00\t元\n"));
    assert_eq!(
        texts(&pasted),
        [vec!["品名", "单价", "金额", ""], vec!["纸张", "3.50", "8.00", "元"], vec!["", "", "9.00", "元"]]
    );
    assert_eq!(tab_separated(&pasted, 1..=2, 2..=3), "8.00\t元\n9.00\t元");
    let huge = "\t".repeat(60_000);
    assert_eq!(edited(&table, &paste(0, 0, &huge), &lines), Err(TableRefusal::TooLarge));
}

#[test]
fn a_table_on_a_photograph_is_changed_in_its_own_plane() {
    let (table, lines) = sample();
    let from = Quad::from_rect(0.0, 0.0, 400.0, 200.0);
    let seen = [(20.0, 60.0), (380.0, 20.0), (410.0, 260.0), (5.0, 230.0)].map(|(x, y)| Point::new(x, y));
    let photo = Homography::between(&from, &Quad(seen)).expect("four corners");
    let bent = |quad: &Quad| quad.map(|p| photo.apply(p));
    let mut table = Table { quad: bent(&table.quad), ..table };
    table.cells.iter_mut().for_each(|c| c.quad = bent(&c.quad));
    let lines: Vec<_> = lines.into_iter().map(|l| TextLine { quad: bent(&l.quad), ..l }).collect();
    let plane = Plane::of(&table).expect("an area");
    assert_eq!(plane.band_at(photo.apply(Point::new(320.0, 50.0))), Some((0, 2)));
    let to = photo.apply(Point::new(210.0, 60.0));
    let moved = after(&table, &lines, TableEdit::MoveLine { axis: Axis::Column, line: 1, to });
    assert_eq!(texts(&moved)[1], ["纸张 3.50", "", "7.00"]);
    let corner = photo.apply(Point::new(210.0, 30.0));
    assert!(moved.cells[0].quad.0[1].distance(corner) < 1.0);
}

#[test]
fn a_table_without_area_or_cells_is_refused_and_harmless() {
    let flat = Table { quad: Quad::default(), rows: 1, cols: 1, ruled: false, cells: Vec::new() };
    for edit in [
        TableEdit::Insert { axis: Axis::Row, before: 0 },
        TableEdit::SetText { row: 0, col: 0, text: "字".into() },
        TableEdit::Split { row: 9, col: 9, axis: Axis::Row },
    ] {
        assert_eq!(edited(&flat, &edit, &[]), Err(TableRefusal::NoSuchPlace));
    }
}
