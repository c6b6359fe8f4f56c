//! Tables on a page: ruled ones from their rules, others from aligned text.

use image::GrayImage;

use crate::numbers::median;
use crate::{
    geometry::{Point, Quad, Rect},
    ocr::TextLine,
    structure::{
        Table,
        bend::{Bend, Stretch},
        cell_text,
        columns::aligned_grids,
        dashes::dash_in,
        digit_columns::join_digit_columns,
        frame::Frame,
        grid::{Grid, GridCell, ruled_grids},
        lists::{Text, split_lists},
        orientation::{rotation, skew_degrees, ways_up},
        pixels,
        rules::{Rule, Rules, find_rules},
        text_pieces::{LineKind, Piece, is_slanted, text_pieces},
        trim::{below_title, crosses_text, is_below_banner, without_blank_margins, without_slivers},
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

/// The outer rules of a table have text within this many text heights (margins of paper on the drawn photographs
/// are 4 and more, rows of tables below 2).
const PAPER_MARGIN: f32 = 2.5;
/// Pieces of rules at least this many text heights long show how the paper is bent …
const BENT_RULE: f32 = 2.5;
/// … each time better, as more of them are found straight.
const MOST_BENDS: usize = 2;

/// Tables that share this much of the smaller one are the same, seen different ways up.
const SAME_PLACE: f32 = 0.4;

/// A table with the indexes of the lines in it.
#[derive(Debug, Clone)]
pub struct FoundTable {
    pub table: Table,
    pub lines: Vec<usize>,
    /// Dashes that are all there is in a cell and were not read as text.
    pub dashes: Vec<TextLine>,
}

/// All tables of a page from top to bottom, in page pixels; `gray` is the page at full size.
/// `drawn`: codes and seals (page pixels), whose own strokes are no rules. Documents that lie different
/// ways up on a sheet are looked at each as it lies.
pub fn tables(gray: &GrayImage, frame: &Frame, lines: &[TextLine], drawn: &[Quad]) -> Vec<FoundTable> {
    let ways = ways_up(lines);
    if let [_] = ways.as_slice() {
        return tables_upright(gray, frame, lines, &vec![true; lines.len()], drawn);
    }
    let mut seen: Vec<(usize, FoundTable)> = Vec::new();
    for own in &ways {
        let read_so: Vec<TextLine> =
            lines.iter().zip(own).filter(|(_, own)| **own).map(|(l, _)| l.clone()).collect();
        let (turn, skew) = (rotation(&read_so), skew_degrees(&read_so));
        let frame = Frame::new(gray.width(), gray.height(), turn, skew).flattened(&read_so);
        for table in tables_upright(gray, &frame, lines, own, drawn) {
            let chars = |owned: bool| -> usize {
                let of_way = table.lines.iter().filter(|&&i| !owned || own.get(i) == Some(&true));
                of_way.filter_map(|&i| lines.get(i)).map(|l| l.text.chars().count()).sum()
            };
            // What is drawn by the rules of a document that lies another way up holds its text.
            if 2 * chars(true) >= chars(false) {
                seen.push((chars(true), table));
            }
        }
    }
    seen.sort_by_key(|(chars, _)| std::cmp::Reverse(*chars));
    let mut found: Vec<FoundTable> = Vec::new();
    for (_, table) in seen {
        let quad = table.table.quad;
        let known = found.iter().any(|f| {
            f.table.quad.intersection_area(&quad) > SAME_PLACE * f.table.quad.area().min(quad.area())
        });
        if !known {
            found.push(table);
        }
    }
    found.sort_by(|a, b| {
        let top = |t: &FoundTable| frame.upright_bounds(&t.table.quad).center().y;
        top(a).total_cmp(&top(b))
    });
    found
}

/// Whether a horizontal rule has no text on one side of it and none near on the other: an edge of the paper, or
/// a frame around the page.
fn is_margin(rule: &Rule, text: &[Rect], text_height: f32) -> bool {
    let y = rule.middle().y;
    let beside = text.iter().filter(|t| t.right > rule.from.x && t.left < rule.to.x);
    let (above, below): (Vec<&Rect>, Vec<&Rect>) = beside.partition(|t| t.center().y < y);
    let gaps = above.iter().map(|t| y - t.bottom).chain(below.iter().map(|t| t.top - y));
    let nearest = gaps.fold(f32::INFINITY, f32::min);
    // What no text stands above or below, as the dashes at a line's ends, is part of some other rule.
    above.is_empty() != below.is_empty() && nearest > PAPER_MARGIN * text_height
}

/// A page seen in a frame: where its text lies and its rules.
struct Look {
    text_height: f32,
    /// Frame pixels a pixel of the view.
    by: f32,
    /// Which lines do not run slantwise.
    level: Vec<bool>,
    /// Places of the lines, and the same in the view.
    boxes: Vec<Rect>,
    small: Vec<Rect>,
    view: GrayImage,
    rules: Rules,
}

impl Look {
    fn new(gray: &GrayImage, frame: &Frame, lines: &[TextLine], own: &[bool]) -> Self {
        // Watermarks run slantwise over everything.
        let level: Vec<bool> = lines.iter().map(|l| !is_slanted(l, frame)).collect();
        let boxes: Vec<Rect> = lines.iter().map(|l| frame.upright_bounds(&l.quad)).collect();
        let heights = lines.iter().zip(own).filter(|(_, own)| **own).map(|(l, _)| l.quad.height());
        let text_height = median(heights).filter(|&h| h >= 1.0).unwrap_or(USUAL_TEXT_HEIGHT);
        let by = (text_height / VIEW_TEXT_HEIGHT).round().clamp(1.0, 4.0);
        let view = frame.view(&pixels::reduced(gray, by as u32), by, by);
        let scaled = |b: &Rect, f: f32| Rect::new(b.left * f, b.top * f, b.right * f, b.bottom * f);
        let small: Vec<Rect> = boxes.iter().map(|b| scaled(b, 1.0 / by)).collect();
        let print: Vec<Rect> =
            small.iter().zip(&level).filter(|(_, level)| **level).map(|(b, _)| *b).collect();
        let mut rules = find_rules(&view, &print, text_height / by);
        for rule in rules.horizontal.iter_mut().chain(&mut rules.vertical) {
            *rule = rule.scaled(by);
        }
        Self { text_height, by, level, boxes, small, view, rules }
    }

    /// What still bends the paper where the text stands, as its long rules show.
    fn bend(&self) -> Option<Bend> {
        let place = self.boxes.iter().copied().reduce(|a, b| a.union(&b))?.expanded(2.0 * self.text_height);
        let stretches = |rules: &[Rule]| -> Vec<Stretch> {
            let long = |r: &&Rule| r.length() >= BENT_RULE * self.text_height;
            let inside = |r: &&Rule| place.contains(r.from) && place.contains(r.to);
            rules.iter().filter(long).filter(inside).map(|r| Stretch { from: r.from, to: r.to }).collect()
        };
        Bend::of_rules(&stretches(&self.rules.horizontal), &stretches(&self.rules.vertical))
    }
}

/// The tables that stand upright in a frame. `own`: which lines are read as it stands; the others' text is
/// still that of the cells it lies in.
fn tables_upright(
    gray: &GrayImage,
    frame: &Frame,
    lines: &[TextLine],
    own: &[bool],
    drawn: &[Quad],
) -> Vec<FoundTable> {
    let (mut frame, mut seen) = (frame.clone(), Look::new(gray, frame, lines, own));
    // Where text is level the rules do not tell bent paper from papers that lie side by side.
    let text = lines.iter().map(|l| l.quad.map(|p| frame.upright(p)));
    let bends = if frame.bent_slope() > 0.0 || !Bend::is_told(text) { MOST_BENDS } else { 0 };
    for _ in 0..bends {
        let Some(bend) = seen.bend() else { break };
        frame = frame.without(bend);
        seen = Look::new(gray, &frame, lines, own);
    }
    let frame = &frame;
    let Look { text_height, by, level, boxes, small, view, mut rules } = seen;
    let scaled = |b: &Rect, f: f32| Rect::new(b.left * f, b.top * f, b.right * f, b.bottom * f);
    let drawn: Vec<Rect> =
        drawn.iter().map(|q| frame.upright_bounds(q).expanded(0.3 * text_height)).collect();
    let outside = |r: &Rule| !drawn.iter().any(|d| d.contains(r.from) && d.contains(r.to));
    rules.horizontal.retain(outside);
    rules.vertical.retain(outside);

    let pieces: Vec<Piece> = small
        .iter()
        .enumerate()
        .filter(|(line, _)| own.get(*line) == Some(&true) && level.get(*line) == Some(&true))
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
        .map(|g| without_blank_margins(g, &places))
        .map(|g| below_title(g, &places, &view, by))
        .flat_map(|g| split_lists(g, text))
        .map(|g| (g, true))
        .collect();
    let in_ruled =
        |p: Point| found.iter().any(|(g, _)| g.quad().bounds().expanded(0.5 * text_height).contains(p));
    let mut free: Vec<Piece> =
        pieces.iter().filter(|p| !boxes.get(p.line).is_some_and(|b| in_ruled(b.center()))).copied().collect();
    let free_rules: Vec<Rule> = rules.horizontal.iter().filter(|r| !in_ruled(r.middle())).copied().collect();
    let mut free_rules = Rule::joined(free_rules, text_height);
    free_rules.retain(|r| !is_margin(r, &places, text_height));
    let mut aligned = aligned_grids(&free, &free_rules, text_height);
    let below_banner: Vec<Rect> = aligned
        .iter()
        .filter(|g| is_below_banner(g, &places, &view, by))
        .map(|g| g.cell_quad(&GridCell { row: 0, col: 0, row_span: 1, col_span: g.cols() }).bounds())
        .collect();
    if !below_banner.is_empty() {
        // Its text makes columns of its own.
        free.retain(|p| !below_banner.iter().any(|b| b.contains(p.bounds.center())));
        aligned = aligned_grids(&free, &free_rules, text_height);
    }
    found.extend(aligned.into_iter().map(|g| (g, false)));
    found.sort_by(|a, b| a.0.quad().center().y.total_cmp(&b.0.quad().center().y));
    found
        .iter()
        .map(|(grid, ruled)| {
            let (mut table, lines) = cell_text::fill(grid, *ruled, lines, frame);
            let mut dashes = Vec::new();
            for (cell, place) in table.cells.iter_mut().zip(&grid.cells) {
                // Read as the figures one and two, which head rows but do not stand in other columns.
                let read_as_figure = cell.col > 0 && matches!(cell.text.as_str(), "一" | "二");
                if cell.text.is_empty() || read_as_figure {
                    let quad = grid.cell_quad(place).map(|p| Point::new(p.x / by, p.y / by));
                    let on_page = |p: Point| frame.page(Point::new(p.x * by, p.y * by));
                    // Small, a specked cell is clean; at full size a thin dash is dark.
                    let seen_small =
                        || dash_in(&view, &quad, text_height / by).map(|(d, q)| (d, q.map(on_page)));
                    if let Some((dash, quad)) = dash_in(gray, &cell.quad, text_height).or_else(seen_small) {
                        if cell.text.is_empty() {
                            dashes.push(TextLine::of_dashes(&[(dash, quad)]));
                        }
                        cell.text = dash.to_string();
                    }
                }
            }
            FoundTable { table, lines, dashes }
        })
        .filter(|f| f.table.cells.iter().filter(|c| !c.text.is_empty()).count() >= LEAST_CELLS_WITH_TEXT)
        .collect()
}
