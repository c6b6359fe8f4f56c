//! Tables on a page: ruled ones from their rules, others from aligned text.

use image::GrayImage;

use crate::{
    geometry::{Quad, Rect},
    ocr::TextLine,
    structure::{
        Table, cell_text,
        columns::aligned_grids,
        frame::Frame,
        grid::{Grid, ruled_grids},
        numbers::median,
        pixels,
        rules::{Rule, Rules, find_rules},
    },
};

/// The view in which rules are looked for is reduced until text is about this high, pixels: rules
/// are then 1 to 3 pixels thick.
const VIEW_TEXT_HEIGHT: f32 = 26.0;
/// Assumed on pages without text.
const USUAL_TEXT_HEIGHT: f32 = 28.0;
/// A frame with fewer cells is a box around text and no table.
const LEAST_CELLS: usize = 4;
/// A table with fewer cells that hold text is a drawing.
const LEAST_CELLS_WITH_TEXT: usize = 2;

/// A table with the indexes of the lines in it.
#[derive(Debug, Clone)]
pub struct FoundTable {
    pub table: Table,
    pub lines: Vec<usize>,
}

/// All tables of a page from top to bottom, in page pixels; `gray` is the page at full size.
/// `drawn`: codes and seals (page pixels), whose own strokes are no rules.
pub fn tables(gray: &GrayImage, frame: &Frame, lines: &[TextLine], drawn: &[Quad]) -> Vec<FoundTable> {
    let boxes: Vec<Rect> = lines.iter().map(|l| frame.upright_bounds(&l.quad)).collect();
    let text_height =
        median(lines.iter().map(|l| l.quad.height())).filter(|&h| h >= 1.0).unwrap_or(USUAL_TEXT_HEIGHT);
    let mut rules = page_rules(gray, frame, &boxes, text_height);
    let drawn: Vec<Rect> =
        drawn.iter().map(|q| frame.upright_bounds(q).expanded(0.3 * text_height)).collect();
    let outside = |r: &Rule| !drawn.iter().any(|d| d.contains(r.from) && d.contains(r.to));
    rules.horizontal.retain(outside);
    rules.vertical.retain(outside);

    let mut found: Vec<(Grid, bool)> = ruled_grids(&rules, text_height)
        .into_iter()
        .filter(|g| g.cells.len() >= LEAST_CELLS && g.rows() >= 2)
        .map(|g| (g, true))
        .collect();
    let in_ruled = |x: f32, y: f32| {
        found.iter().any(|(g, _)| g.quad().bounds().expanded(0.5 * text_height).contains([x, y].into()))
    };
    let free: Vec<Rect> = boxes.iter().filter(|b| !in_ruled(b.center().x, b.center().y)).copied().collect();
    let free_rules: Vec<Rule> =
        rules.horizontal.iter().filter(|r| !in_ruled(r.middle().x, r.middle().y)).copied().collect();
    found.extend(aligned_grids(&free, &free_rules, text_height).into_iter().map(|g| (g, false)));
    found.sort_by(|a, b| a.0.quad().center().y.total_cmp(&b.0.quad().center().y));
    found
        .iter()
        .map(|(grid, ruled)| {
            let (table, lines) = cell_text::fill(grid, *ruled, lines, frame);
            FoundTable { table, lines }
        })
        .filter(|f| f.table.cells.iter().filter(|c| !c.text.is_empty()).count() >= LEAST_CELLS_WITH_TEXT)
        .collect()
}

/// The page's rules in the upright frame.
fn page_rules(gray: &GrayImage, frame: &Frame, boxes: &[Rect], text_height: f32) -> Rules {
    let by = (text_height / VIEW_TEXT_HEIGHT).round().clamp(1.0, 4.0);
    let view = frame.view(&pixels::reduced(gray, by as u32), by, by);
    let small: Vec<Rect> =
        boxes.iter().map(|b| Rect::new(b.left / by, b.top / by, b.right / by, b.bottom / by)).collect();
    let rules = find_rules(&view, &small, text_height / by);
    let scale = |rules: Vec<Rule>| rules.iter().map(|r| r.scaled(by)).collect();
    Rules { horizontal: scale(rules.horizontal), vertical: scale(rules.vertical) }
}
