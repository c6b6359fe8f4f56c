//! Text lines into the order in which people read them.
//!
//! Rows from top to bottom, each from left to right; pages of running text in columns are read
//! column by column (recursive cuts at gutters), forms and tables row by row. Geometry only.

use crate::{geometry::Rect, numbers::median, ocr::TextLine, structure::frame::Frame};

/// Lines belong to one row if their middles are closer than this share of the lower line's
/// height; half of it would be a line that starts where the other has its middle.
const ROW_OVERLAP: f32 = 0.5;
/// A column of running text has at least this many lines beside the gutter …
const LEAST_COLUMN_LINES: usize = 4;
/// … and its lines are at least this many line heights long (median): newspaper columns hold 12
/// and more characters a line, cells of forms and tables rarely more than 8.
const LEAST_COLUMN_WIDTH: f32 = 8.0;
/// … and this share of them reach across most of the column, as running text does.
const LEAST_FULL_LINES: f32 = 0.6;
const FULL_LINE: f32 = 0.7;
/// Rows of a table within a column are at most this share of its rows and are then left aside
/// (on the development pages of an academic journal 4 of 33 are).
const MOST_TABLE_ROWS: f32 = 0.4;
/// Headlines and the like, themselves no shorter than a column's lines, may cross the gutter: at
/// most this share of the lines.
const MOST_CROSSING: f32 = 0.2;
/// Shorter lines may cross it above or below the columns, where at most this many other lines are:
/// running titles, authors, page numbers.
const MOST_IN_MARGIN: usize = 3;
/// A line that takes at least this share of the width of its block separates what is above it
/// from what is below.
const WIDE_LINE: f32 = 0.7;
/// A gutter is at least this many line heights wide (three columns of a copied newspaper page stand 0.47 apart:
/// lines are read in boxes higher than their characters).
const LEAST_GUTTER: f32 = 0.4;
/// A headline's line is at least so many times as high as the others.
const HEADLINE: f32 = 1.25;
/// Leans of gutters that are tried where none stands upright, up to six percent: photographs.
const LEAN_STEP: f32 = 0.01;
const LEAN_STEPS: i32 = 6;

/// The indexes of `lines` in reading order in the upright `frame`.
pub fn reading_order(lines: &[TextLine], frame: &Frame) -> Vec<usize> {
    let boxes: Vec<Rect> = lines.iter().map(|l| frame.upright_bounds(&l.quad)).collect();
    let all = || (0..boxes.len()).collect::<Vec<usize>>();
    let leaning = |lean: f32| -> Vec<Rect> {
        let by = |b: &Rect| -lean * b.center().y;
        boxes.iter().map(|b| Rect::new(b.left + by(b), b.top, b.right + by(b), b.bottom)).collect()
    };
    let upright = find_gutter(&boxes, &all()).is_some();
    let leans = (1..=LEAN_STEPS).flat_map(|i| [i, -i]).filter(|_| !upright);
    let straightened =
        leans.map(|i| leaning(i as f32 * LEAN_STEP)).find(|b| find_gutter(b, &all()).is_some());
    let mut out = Vec::with_capacity(boxes.len());
    order_block(straightened.as_ref().unwrap_or(&boxes), all(), &mut out);
    out
}

/// The boxes grouped into rows from top to bottom, each from left to right.
pub fn rows(boxes: &[Rect], mut members: Vec<usize>) -> Vec<Vec<usize>> {
    members.sort_by(|&a, &b| boxes[a].center().y.total_cmp(&boxes[b].center().y));
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for i in members {
        let (middle, height) = (boxes[i].center().y, boxes[i].height());
        // The row's nearest line along x tells best where the row runs here.
        let fits = |row: &Vec<usize>| {
            let nearest = row.iter().min_by(|&&a, &&b| {
                let gap = |k: usize| (boxes[k].center().x - boxes[i].center().x).abs();
                gap(a).total_cmp(&gap(b))
            });
            nearest.is_some_and(|&k| {
                let close = ROW_OVERLAP * height.min(boxes[k].height());
                // Two lines one above the other are two rows, however low they are.
                let shared = boxes[k].right.min(boxes[i].right) - boxes[k].left.max(boxes[i].left);
                let stacked = shared > 0.5 * boxes[k].width().min(boxes[i].width());
                (boxes[k].center().y - middle).abs() < close && !stacked
            })
        };
        // A line lower than all before it can only join one of the last rows.
        match rows.iter_mut().rev().take(3).find(|row| fits(row)) {
            Some(row) => row.push(i),
            None => rows.push(vec![i]),
        }
    }
    for row in &mut rows {
        row.sort_by(|&a, &b| boxes[a].left.total_cmp(&boxes[b].left));
    }
    rows
}

fn order_block(boxes: &[Rect], members: Vec<usize>, out: &mut Vec<usize>) {
    let Some(gutter) = find_gutter(boxes, &members) else {
        order_between_wide_lines(boxes, members, out);
        return;
    };
    let usual = median(members.iter().map(|&i| boxes[i].height())).unwrap_or_default();
    let crosses = |i: usize| boxes[i].left < gutter && boxes[i].right > gutter;
    // A headline above all columns may stand over one of them.
    let columns = members.iter().filter(|&&i| !crosses(i) && boxes[i].height() < HEADLINE * usual);
    let top = columns.map(|&i| boxes[i].top).fold(f32::INFINITY, f32::min);
    let (mut crossing, beside): (Vec<_>, Vec<_>) =
        members.into_iter().partition(|&i| crosses(i) || boxes[i].center().y < top);
    crossing.sort_by(|&a, &b| boxes[a].center().y.total_cmp(&boxes[b].center().y));
    // What lies between two lines across the page is read before the lower one.
    let mut rest = beside;
    for limit in crossing.iter().map(|&i| Some(i)).chain([None]) {
        let floor = limit.map_or(f32::INFINITY, |i| boxes[i].center().y);
        let (band, below): (Vec<_>, Vec<_>) = rest.into_iter().partition(|&i| boxes[i].center().y < floor);
        let (left, right): (Vec<_>, Vec<_>) = band.into_iter().partition(|&i| boxes[i].center().x < gutter);
        for side in [left, right] {
            if !side.is_empty() {
                order_block(boxes, side, out);
            }
        }
        out.extend(limit);
        rest = below;
    }
}

/// A block without a gutter of its own: parts of it between lines that reach across it may have
/// one each.
fn order_between_wide_lines(boxes: &[Rect], members: Vec<usize>, out: &mut Vec<usize>) {
    let Some(block) = members.iter().map(|&i| boxes[i]).reduce(|a, b| a.union(&b)) else { return };
    let rows = rows(boxes, members);
    let is_wide = |row: &[usize]| matches!(row, &[i] if boxes[i].width() >= WIDE_LINE * block.width());
    if !rows.iter().any(|row| is_wide(row)) {
        out.extend(rows.into_iter().flatten());
        return;
    }
    for band in rows.chunk_by(|a, b| !is_wide(a) && !is_wide(b)) {
        match band {
            [row] => out.extend(row),
            rows => order_block(boxes, rows.concat(), out),
        }
    }
}

/// The x at which a gutter between columns of running text lies, if there is one.
fn find_gutter(boxes: &[Rect], members: &[usize]) -> Option<f32> {
    if members.len() < 2 * LEAST_COLUMN_LINES {
        return None;
    }
    let height = median(members.iter().map(|&i| boxes[i].height()))?;
    // Sweep over the lines' left and right ends; between two ends the number of lines is constant.
    let mut ends: Vec<(f32, i32)> =
        members.iter().flat_map(|&i| [(boxes[i].left, 1), (boxes[i].right, -1)]).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let most = (MOST_CROSSING * members.len() as f32) as i32;
    let mut crossing = 0;
    let mut best: Option<(i32, f32, f32)> = None;
    for pair in ends.windows(2) {
        crossing += pair[0].1;
        let (width, x) = (pair[1].0 - pair[0].0, (pair[0].0 + pair[1].0) / 2.0);
        if crossing > most || width < LEAST_GUTTER * height {
            continue;
        }
        let (across, beside): (Vec<usize>, Vec<usize>) =
            members.iter().partition(|&&i| boxes[i].left < x && boxes[i].right > x);
        let headlines = across.iter().all(|&i| {
            let above = |k: &&usize| boxes[**k].center().y < boxes[i].center().y;
            let above = beside.iter().filter(above).count();
            boxes[i].width() >= LEAST_COLUMN_WIDTH * height
                || above.min(beside.len() - above) <= MOST_IN_MARGIN
        });
        let better = headlines && best.is_none_or(|(c, w, _)| (crossing, -width) < (c, -w));
        if better && is_column(boxes, members, x, height, true) && is_column(boxes, members, x, height, false)
        {
            best = Some((crossing, width, x));
        }
    }
    best.map(|(_, _, x)| x)
}

/// Whether the lines nearest to `gutter` on one side look like a column of running text.
fn is_column(boxes: &[Rect], members: &[usize], gutter: f32, height: f32, left: bool) -> bool {
    let side: Vec<usize> = members
        .iter()
        .copied()
        .filter(|&i| if left { boxes[i].right <= gutter } else { boxes[i].left >= gutter })
        .collect();
    if side.len() < LEAST_COLUMN_LINES {
        return false;
    }
    let side = rows(boxes, side);
    // Rows of several lines are those of a table within the column; a form has little else.
    let tables = side.iter().filter(|row| row.len() > 1).count();
    let alone = |row: &&Vec<usize>| row.len() == 1 || tables as f32 > MOST_TABLE_ROWS * side.len() as f32;
    let beside: Vec<usize> = side
        .iter()
        .filter(alone)
        .filter_map(|row| if left { row.last() } else { row.first() }.copied())
        .collect();
    if beside.len() < LEAST_COLUMN_LINES {
        return false;
    }
    let mut widths: Vec<f32> = beside.iter().map(|&i| boxes[i].width()).collect();
    widths.sort_by(f32::total_cmp);
    let column_width = widths[(widths.len() * 9 / 10).min(widths.len() - 1)];
    let full = widths.iter().filter(|&&w| w >= FULL_LINE * column_width).count();
    widths[widths.len() / 2] >= LEAST_COLUMN_WIDTH * height
        && full as f32 >= LEAST_FULL_LINES * widths.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Quad;

    fn order(boxes: &[(f32, f32, f32, f32)]) -> Vec<usize> {
        let lines: Vec<_> = boxes
            .iter()
            .map(|&(x, y, w, h)| TextLine {
                quad: Quad::from_rect(x, y, x + w, y + h),
                ..TextLine::default()
            })
            .collect();
        reading_order(&lines, &Frame::new(1000, 1000, 0, 0.0))
    }

    #[test]
    fn a_headline_over_one_of_the_columns_comes_first_and_columns_may_lean() {
        // Three columns of six lines, each line 200 wide; every line further down is set further right.
        let mut boxes = Vec::new();
        for column in 0..3 {
            for row in 0..6 {
                let y = 100.0 + 30.0 * row as f32;
                boxes.push((
                    20.0 + 205.0 * column as f32 + 0.04 * y,
                    y,
                    190.0 - 3.0 * (row % 2) as f32,
                    20.0,
                ));
            }
        }
        boxes.push((250.0, 30.0, 140.0, 40.0));
        let expected: Vec<usize> = [18].into_iter().chain(0..18).collect();
        assert_eq!(order(&boxes), expected);
    }

    #[test]
    fn forms_are_read_row_by_row() {
        // Labels and values in two halves, the right half printed three pixels lower.
        let mut boxes = Vec::new();
        for row in 0..6 {
            let y = 100.0 + 40.0 * row as f32;
            boxes.extend([(700.0, y + 3.0, 250.0, 20.0), (50.0, y, 80.0, 20.0)]);
            boxes.extend([(150.0, y + 2.0, 200.0 - 20.0 * row as f32, 22.0), (600.0, y + 3.0, 80.0, 20.0)]);
        }
        let wanted: Vec<_> = (0..6).flat_map(|r| [1, 2, 3, 0].map(|i| i + 4 * r)).collect();
        assert_eq!(order(&boxes), wanted);
    }

    #[test]
    fn columns_of_text_are_read_one_after_the_other_under_their_headline() {
        // Two columns, then a headline across the page, then three columns.
        let mut boxes = vec![(100.0, 20.0, 700.0, 40.0), (60.0, 300.0, 800.0, 40.0)];
        let mut wanted = vec![0];
        for x in [50.0, 500.0] {
            for row in 0..6 {
                wanted.push(boxes.len());
                boxes.push((x, 80.0 + 30.0 * row as f32, 400.0, 20.0));
            }
        }
        wanted.push(1);
        for x in [50.0, 350.0, 650.0] {
            for row in 0..12 {
                wanted.push(boxes.len());
                boxes.push((x, 360.0 + 30.0 * row as f32, if row == 11 { 120.0 } else { 270.0 }, 20.0));
            }
        }
        assert_eq!(order(&boxes), wanted);
    }

    #[test]
    fn a_table_within_a_column_does_not_undo_the_columns() {
        let mut boxes: Vec<_> = (0..14).map(|row| (50.0, 40.0 * row as f32, 400.0, 20.0)).collect();
        for row in 0..14 {
            let y = 40.0 * row as f32 + 15.0;
            match row {
                5..=8 => boxes.extend([500.0, 600.0, 700.0].map(|x| (x, y, 60.0, 20.0))),
                4 | 12 => boxes.push((500.0, y, 150.0, 20.0)),
                _ => boxes.push((500.0, y, 400.0, 20.0)),
            }
        }
        assert_eq!(order(&boxes), (0..boxes.len()).collect::<Vec<_>>());
    }

    #[test]
    fn a_page_number_below_the_columns_does_not_undo_them() {
        let mut boxes = vec![(420.0, 0.0, 100.0, 20.0)];
        for x in [50.0, 500.0] {
            boxes.extend((0..8).map(|row| (x, 60.0 + 30.0 * row as f32, 400.0, 20.0)));
        }
        boxes.push((460.0, 360.0, 40.0, 20.0));
        assert_eq!(order(&boxes), (0..boxes.len()).collect::<Vec<_>>());
    }

    #[test]
    fn a_slightly_sloping_row_stays_one_row() {
        let boxes: Vec<_> = (0..10).map(|i| (i as f32 * 90.0, 100.0 + i as f32 * 3.0, 80.0, 20.0)).collect();
        assert_eq!(order(&boxes), (0..10).collect::<Vec<_>>());
        assert!(order(&[]).is_empty());
    }
}
