//! Tables on a page: ruled ones from their rules, others from aligned text.

use image::GrayImage;

use crate::numbers::median;
use crate::{
    geometry::{Point, Quad, Rect},
    ocr::TextLine,
    structure::{
        Table, cell_text,
        columns::aligned_grids,
        dashes::dash_in,
        digit_columns::join_digit_columns,
        frame::Frame,
        grid::{Grid, ruled_grids},
        lists::{Text, split_lists},
        pixels,
        rules::{Rule, find_rules},
        text_pieces::{LineKind, Piece, text_pieces},
        trim::{below_title, crosses_text, without_slivers},
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
    let by = (text_height / VIEW_TEXT_HEIGHT).round().clamp(1.0, 4.0);
    let view = frame.view(&pixels::reduced(gray, by as u32), by, by);
    let scaled = |b: &Rect, f: f32| Rect::new(b.left * f, b.top * f, b.right * f, b.bottom * f);
    let small: Vec<Rect> = boxes.iter().map(|b| scaled(b, 1.0 / by)).collect();
    let mut rules = find_rules(&view, &small, text_height / by);
    for rule in rules.horizontal.iter_mut().chain(&mut rules.vertical) {
        *rule = rule.scaled(by);
    }
    let drawn: Vec<Rect> =
        drawn.iter().map(|q| frame.upright_bounds(q).expanded(0.3 * text_height)).collect();
    let outside = |r: &Rule| !drawn.iter().any(|d| d.contains(r.from) && d.contains(r.to));
    rules.horizontal.retain(outside);
    rules.vertical.retain(outside);

    let pieces: Vec<Piece> = small
        .iter()
        .enumerate()
        .flat_map(|(line, b)| text_pieces(&view, *b).into_iter().map(move |p| (line, p)))
        .map(|(line, p)| {
            let kind = lines.get(line).map(|l| LineKind::of(&l.text)).unwrap_or_default();
            Piece { bounds: scaled(&p, by), line, kind }
        })
        .collect();
    let text = Text { pieces: &pieces, height: text_height };
    let places: Vec<Rect> = pieces.iter().map(|p| p.bounds).collect();
    rules.vertical.retain(|r| !crosses_text(r, &places, text_height));
    let mut found: Vec<(Grid, bool)> = ruled_grids(&rules, &places, text_height)
        .into_iter()
        .filter(|g| g.cells.len() >= LEAST_CELLS && g.rows() >= 2)
        .map(|g| join_digit_columns(g, text_height))
        .map(|g| without_slivers(g, &places, text_height))
        .map(|g| below_title(g, &places, &view, by))
        .flat_map(|g| split_lists(g, text))
        .map(|g| (g, true))
        .collect();
    let in_ruled =
        |p: Point| found.iter().any(|(g, _)| g.quad().bounds().expanded(0.5 * text_height).contains(p));
    let free: Vec<Piece> =
        pieces.iter().filter(|p| !boxes.get(p.line).is_some_and(|b| in_ruled(b.center()))).copied().collect();
    let free_rules: Vec<Rule> = rules.horizontal.iter().filter(|r| !in_ruled(r.middle())).copied().collect();
    let free_rules = Rule::joined(free_rules, text_height);
    found.extend(aligned_grids(&free, &free_rules, text_height).into_iter().map(|g| (g, false)));
    found.sort_by(|a, b| a.0.quad().center().y.total_cmp(&b.0.quad().center().y));
    found
        .iter()
        .map(|(grid, ruled)| {
            let (mut table, lines) = cell_text::fill(grid, *ruled, lines, frame);
            for (cell, place) in table.cells.iter_mut().zip(&grid.cells) {
                // Read as the figures one and two, which head rows but do not stand in other columns.
                let read_as_figure = cell.col > 0 && matches!(cell.text.as_str(), "一" | "二");
                if cell.text.is_empty() || read_as_figure {
                    let bounds = scaled(&grid.cell_quad(place).bounds(), 1.0 / by);
                    if let Some(dash) = dash_in(&view, bounds, text_height / by) {
                        cell.text = dash.to_owned();
                    }
                }
            }
            FoundTable { table, lines }
        })
        .filter(|f| f.table.cells.iter().filter(|c| !c.text.is_empty()).count() >= LEAST_CELLS_WITH_TEXT)
        .collect()
}
