//! Figures: photographs, charts, diagrams and logos, told as inked areas that no text line, table, seal or
//! code explains.
//!
//! Works on a small view of the upright page, in which text is about ten pixels high; knows no colours.

use image::GrayImage;

use crate::{
    geometry::{Point, Quad, Rect},
    numbers::{histogram, median, percentile},
    ocr::TextLine,
    structure::{
        Table,
        frame::Frame,
        headings::is_running,
        paper::Paper,
        paragraphs::{self, Sheet},
        pixels::{self, Component, Mask, components, runs},
    },
};

/// The view is made smaller until text is about this high, pixels.
const VIEW_TEXT_HEIGHT: f32 = 10.0;
/// Parts nearer than about so many pixels of the view belong to one figure.
const CELL: usize = 4;
/// A pixel is ink if it differs from the paper by this share of the text's contrast, and by so many gray
/// levels: thin strokes keep about a third of their contrast in the view (measured on line charts).
const INK: f32 = 0.16;
const LEAST_INK: f32 = 16.0;
/// Where the darkest parts differ by less than this share of the text's contrast it is a shadow or a fold.
const LEAST_CONTRAST: f32 = 0.4;
/// Thin strokes are this strong in the view, at least.
const LEAST_CONTRAST_DRAWN: f32 = 0.22;
/// A figure is at least so many text heights wide and high, and takes so many squares of a text height.
const LEAST_SIDE: f32 = 2.2;
const LEAST_AREA: f32 = 14.0;
/// At most this share of a figure is text, where it is drawn with lines. Measured: diagrams with words in all
/// of their boxes up to 0.2; frames around text 0.3 and more.
const MOST_TEXT: f32 = 0.25;
/// The same on pages without running text.
const BARE: f32 = 0.08;
/// Lines that take this share of the figure's width are running text in a frame, if there are several.
const WIDE_LINE: f32 = 0.55;
/// A line lies in a figure with at least this share.
const INSIDE: f32 = 0.6;
/// The same for tables, seals and codes, which are then no figures again.
const EXPLAINED: f32 = 0.3;
/// Labels stand within so many text heights of a figure.
const LABEL_GAP: f32 = 0.9;
/// Words that a caption begins with.
const CAPTIONS: [&str; 8] = ["图", "表", "圖", "Fig", "FIG", "Table", "TABLE", "Chart"];
/// Strokes along the axes at least so many text heights long are rules.
const RULE: f32 = 2.5;
/// A table of which so much is covered by strokes that are neither rules nor text is a drawing …
const DRAWN: f32 = 0.012;
/// … where at most this share of it is text.
const DRAWN_TEXT: f32 = 0.12;
/// Rows of which at least this share of the columns holds text, two of them one below the other and each with two
/// texts, make a table whatever its rules look like. Reasoned: of a chart's labels only those below it stand in a
/// full row, and the boxes of a diagram have rows of arrows between them.
const ROW_FILLED: f32 = 0.6;
/// An edge of a table is looked for so many pixels of the view above and below …
const EDGE: f32 = 3.0;
/// … and is drawn in part if this share of it is. Reasoned: rules of tables are whole.
const EDGE_DRAWN: std::ops::Range<f32> = 0.2..0.85;
/// Parts of one figure stand side by side or one above the other, so many text heights apart at most …
const PART_GAP: f32 = 1.5;
/// … and are each at least so many text heights wide and high.
const LEAST_PART: f32 = 0.7;
/// No more parts than these are joined to figures: the largest.
const MOST_PARTS: usize = 400;
/// A coloured band is even: its levels lie within so many of each other (10th to 90th hundredth).
const EVEN: u8 = 24;
/// Share of its box that a band or a picture covers.
const SOLID: f32 = 0.7;

/// Whether a table holds two rows of text one below the other, and so is no chart or drawing.
pub fn has_rows_of_text(table: &Table) -> bool {
    let is_full = |row: usize| {
        let texts = || table.cells.iter().filter(|c| c.row == row && !c.text.trim().is_empty());
        let columns: usize = texts().map(|c| c.col_span).sum();
        texts().count() >= 2 && columns as f32 >= ROW_FILLED * table.cols as f32
    };
    (1..table.rows).any(|row| is_full(row - 1) && is_full(row))
}

/// A figure in the upright frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub bounds: Rect,
    /// Indexes of the lines that belong to it.
    pub lines: Vec<usize>,
}

/// The small view of a page with what is ink on it.
pub struct View {
    scale: f32,
    text_height: f32,
    gray: GrayImage,
    ink: Mask,
    contrast: f32,
    paper: Paper,
    /// Whether there is running text on the page.
    running: bool,
    /// Upright bounds of the lines, frame pixels.
    boxes: Vec<Rect>,
}

impl View {
    /// `None` on pages without text: nothing tells there what is paper.
    pub fn of(gray: &GrayImage, frame: &Frame, lines: &[TextLine]) -> Option<Self> {
        let boxes: Vec<Rect> = lines.iter().map(|l| frame.upright_bounds(&l.quad)).collect();
        let text_height = median(lines.iter().map(|l| l.quad.height())).filter(|&h| h >= 4.0)?;
        let by = (text_height / VIEW_TEXT_HEIGHT).round().max(1.0);
        let gray = frame.view(&pixels::reduced(gray, by as u32), by, by);
        let small: Vec<Rect> = boxes.iter().map(|b| scaled(b, 1.0 / by)).collect();
        let (paper, contrast) = Paper::of(&gray, &small)?;
        let least = LEAST_INK.max(INK * contrast);
        let mut ink = Mask::new(gray.width() as usize, gray.height() as usize);
        for y in 0..ink.height() {
            let levels = gray.as_raw().get(y * gray.width() as usize..).unwrap_or_default();
            for (x, (out, &level)) in ink.row_mut(y).iter_mut().zip(levels).enumerate() {
                *out = u8::from((f32::from(level) - paper.at(x, y)).abs() >= least);
            }
        }
        clear_outside(&mut ink, frame, by);
        let text = boxes.iter().copied().reduce(|a, b| a.union(&b))?;
        let sheet = Sheet { lines, boxes: &boxes, text };
        let rows = paragraphs::rows(&sheet, &(0..lines.len()).collect::<Vec<_>>());
        let running = is_running(&paragraphs::columns(&rows).collect::<Vec<_>>());
        Some(Self { scale: by, text_height, gray, ink, contrast, paper, running, boxes })
    }

    /// Whether there is running text on the page: forms, cards and receipts have none.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Whether a table in `bounds` (frame) is a chart or a drawing: strokes run through it that are neither
    /// rules nor text, and there is little text in it.
    pub fn is_drawing(&self, bounds: &Rect) -> bool {
        let inside: Vec<&Rect> = self.boxes.iter().filter(|b| share_inside(b, bounds) >= INSIDE).collect();
        let text: f32 = inside.iter().map(|b| b.area()).sum();
        if text > 2.0 * DRAWN_TEXT * bounds.area() {
            return false;
        }
        if self.is_ragged(bounds) {
            return true;
        }
        if text > DRAWN_TEXT * bounds.area() {
            return false;
        }
        let mut ink = self.cut(bounds);
        let place = scaled(bounds, 1.0 / self.scale);
        for b in &self.boxes {
            let b = scaled(&b.expanded(0.25 * self.text_height), 1.0 / self.scale);
            clear(
                &mut ink,
                &Rect::new(
                    b.left - place.left,
                    b.top - place.top,
                    b.right - place.left,
                    b.bottom - place.top,
                ),
            );
        }
        let least = (RULE * self.text_height / self.scale) as usize;
        let across = without_runs(&ink, least);
        let rest = without_runs(&across.transposed(), least);
        let drawn = rest.count() as f32 / (rest.width() * rest.height()).max(1) as f32;
        drawn >= DRAWN
    }

    /// Whether neither the upper nor the lower edge of `bounds` (frame) is drawn all along, but parts of both are:
    /// boxes that stand apart.
    fn is_ragged(&self, bounds: &Rect) -> bool {
        let b = scaled(bounds, 1.0 / self.scale);
        let drawn = |y: f32| {
            let rows = (y - EDGE).max(0.0) as usize..=(y + EDGE).max(0.0) as usize;
            let columns = b.left.max(0.0) as usize..b.right.max(0.0) as usize;
            let inked = columns.clone().filter(|&x| rows.clone().any(|y| self.ink.get(x, y))).count();
            inked as f32 / columns.len().max(1) as f32
        };
        [b.top, b.bottom].into_iter().all(|y| EDGE_DRAWN.contains(&drawn(y)))
    }

    /// The ink in `bounds` (frame).
    fn cut(&self, bounds: &Rect) -> Mask {
        let b = scaled(bounds, 1.0 / self.scale);
        let (left, top) = (b.left.max(0.0) as usize, b.top.max(0.0) as usize);
        let (width, height) = (b.width().max(1.0) as usize, b.height().max(1.0) as usize);
        let mut out = Mask::new(width, height);
        for y in 0..height {
            let row = self.ink.row(top + y).get(left..).unwrap_or_default();
            out.row_mut(y).iter_mut().zip(row).for_each(|(o, v)| *o = *v);
        }
        out
    }

    /// The figures of the page; `known`: tables, seals and codes (frame).
    pub fn figures(&self, lines: &[TextLine], known: &[Rect]) -> Vec<Figure> {
        let mut ink = self.ink.clone();
        for b in &self.boxes {
            clear(&mut ink, &scaled(&b.expanded(0.12 * b.height()), 1.0 / self.scale));
        }
        for k in known {
            clear(&mut ink, &scaled(&k.expanded(0.5 * self.text_height), 1.0 / self.scale));
        }
        let cells = ink.reduced(CELL);
        let least = LEAST_PART * self.text_height;
        let mut parts: Vec<(Rect, Component)> = components(&runs(&cells, 0, 1))
            .into_iter()
            .filter(|c| !self.is_surround(c) && !self.is_edge(c))
            .filter_map(|c| Some((self.inked_bounds(&ink, &c)?, c)))
            .filter(|(b, _)| b.width().min(b.height()) >= least)
            .collect();
        // Grain in thousands of pieces is no figure.
        parts.sort_by(|a, b| b.0.area().total_cmp(&a.0.area()));
        parts.truncate(MOST_PARTS);
        merge(
            &mut parts,
            |a, b| overlap(&a.0, &b.0) || self.are_parts(&a.0, &b.0),
            |a, b| {
                a.0 = a.0.union(&b.0);
                a.1 = together(&a.1, b.1);
            },
        );
        parts.retain(|(bounds, component)| self.is_figure(bounds, component, &ink, known, lines));
        let mut out: Vec<Figure> =
            parts.into_iter().map(|(bounds, _)| Figure { bounds, lines: Vec::new() }).collect();
        for figure in &mut out {
            // The names of axes stand beyond their numbers.
            self.take_labels(figure, lines);
            self.take_labels(figure, lines);
        }
        merge(&mut out, |a, b| overlap(&a.bounds, &b.bounds), |a, b| a.bounds = a.bounds.union(&b.bounds));
        out.sort_by(|a, b| a.bounds.top.total_cmp(&b.bounds.top));
        let mut taken = vec![false; lines.len()];
        for figure in &mut out {
            let inside = |i: &usize| share_inside(&self.boxes[*i], &figure.bounds) >= INSIDE;
            figure.lines = (0..lines.len())
                .filter(inside)
                .filter(|&i| !std::mem::replace(&mut taken[i], true))
                .collect();
        }
        out
    }

    /// Whether two inked areas are parts of one figure: close to each other, level or one above the other, and
    /// no text stands between them.
    fn are_parts(&self, a: &Rect, b: &Rect) -> bool {
        let gap = PART_GAP * self.text_height;
        let (across, down) =
            (a.right.min(b.right) - a.left.max(b.left), a.bottom.min(b.bottom) - a.top.max(b.top));
        let beside = down > 0.5 * a.height().min(b.height()) && -across < gap;
        let over = across > 0.5 * a.width().min(b.width()) && -down < gap;
        let between =
            Rect::new(a.right.min(b.right), a.bottom.min(b.bottom), a.left.max(b.left), a.top.max(b.top));
        let c = between.center();
        (beside || over) && !self.boxes.iter().any(|t| t.contains(c))
    }

    /// The bounds of a component's own ink, frame pixels.
    fn inked_bounds(&self, ink: &Mask, component: &Component) -> Option<Rect> {
        let mut around: Option<Rect> = None;
        for run in &component.runs {
            for y in run.y * CELL..((run.y + 1) * CELL).min(ink.height()) {
                let row =
                    ink.row(y).get(run.start * CELL..(run.end * CELL).min(ink.width())).unwrap_or_default();
                let (Some(first), Some(last)) =
                    (row.iter().position(|&b| b != 0), row.iter().rposition(|&b| b != 0))
                else {
                    continue;
                };
                let from = (run.start * CELL + first) as f32;
                let stretch = Rect::new(from, y as f32, (run.start * CELL + last + 1) as f32, y as f32 + 1.0);
                around = Some(around.map_or(stretch, |a| a.union(&stretch)));
            }
        }
        around.map(|a| scaled(&a, self.scale))
    }

    fn is_figure(
        &self,
        bounds: &Rect,
        component: &Component,
        ink: &Mask,
        known: &[Rect],
        lines: &[TextLine],
    ) -> bool {
        let h = self.text_height;
        let small = bounds.width() < LEAST_SIDE * h || bounds.height() < LEAST_SIDE * h;
        if small || bounds.area() < LEAST_AREA * h * h || self.is_surround(component) {
            return false;
        }
        if known.iter().any(|k| k.intersection(bounds).area() > EXPLAINED * bounds.area().min(k.area())) {
            return false;
        }
        let inside: Vec<usize> =
            (0..lines.len()).filter(|&i| share_inside(&self.boxes[i], bounds) >= INSIDE).collect();
        let text = inside.iter().map(|&i| self.boxes[i].area()).sum::<f32>() / bounds.area();
        let wide = inside.iter().filter(|&&i| self.boxes[i].width() >= WIDE_LINE * bounds.width()).count();
        let labelled = inside.iter().filter(|&&i| lines[i].text.contains([':', '：'])).count();
        let levels = self.levels(ink, component);
        let solid = component.area as f32 >= SOLID * (component.width() * component.height()) as f32;
        let even = percentile(&levels.0, 0.9) - percentile(&levels.0, 0.1) <= EVEN;
        let least = if solid { LEAST_CONTRAST } else { LEAST_CONTRAST_DRAWN };
        let strong = f32::from(percentile(&levels.1, 0.9)) >= least * self.contrast;
        if !strong || (even && solid && !inside.is_empty()) || (even && solid && is_strip(bounds)) {
            return false;
        }
        let form = 3 * labelled > inside.len() && labelled > 1;
        // The backgrounds of cards have text all over them, forms have their own strokes.
        if !self.running && (text > BARE || !solid && !known.is_empty()) {
            return false;
        }
        text <= if solid { 2.0 * MOST_TEXT } else { MOST_TEXT }
            && (wide < 2 || solid)
            && !form
            && !self.is_frame(bounds, component, text)
    }

    /// A frame, or rules that run around text: no more than a few strokes along the axes.
    fn is_frame(&self, bounds: &Rect, component: &Component, text: f32) -> bool {
        let ink = self.cut(bounds);
        let least = (RULE * self.text_height / self.scale) as usize;
        let rest = without_runs(&without_runs(&ink, least).transposed(), least);
        let cells = component.area as f32 / (component.width() * component.height()).max(1) as f32;
        let drawn = rest.count() as f32 / (rest.width() * rest.height()).max(1) as f32;
        drawn < 0.5 * DRAWN && (text > 0.0 || cells < 0.3) && cells < 0.5
    }

    /// How light a component's ink is, and by how much it differs from the paper, as histograms.
    fn levels(&self, ink: &Mask, component: &Component) -> ([u32; 256], [u32; 256]) {
        let width = self.gray.width() as usize;
        let (mut levels, mut differences) = (Vec::new(), Vec::new());
        for run in &component.runs {
            for y in run.y * CELL..((run.y + 1) * CELL).min(ink.height()) {
                for x in (run.start * CELL..(run.end * CELL).min(ink.width())).filter(|&x| ink.get(x, y)) {
                    let Some(&level) = self.gray.as_raw().get(y * width + x) else { continue };
                    levels.push(level);
                    differences.push((f32::from(level) - self.paper.at(x, y)).abs() as u8);
                }
            }
        }
        (histogram(levels), histogram(differences))
    }

    /// What lies around the paper reaches into a corner of the page.
    fn is_surround(&self, component: &Component) -> bool {
        let (width, height) = (self.ink.width().div_ceil(CELL), self.ink.height().div_ceil(CELL));
        let (left, right) = (component.left <= 1, component.right + 1 >= width);
        let (top, bottom) = (component.top <= 1, component.bottom + 1 >= height);
        (left || right) && (top || bottom)
    }

    /// What reaches an edge of the page outside the text is no part of the paper, or its shadow.
    fn is_edge(&self, component: &Component) -> bool {
        let (width, height) = (self.ink.width().div_ceil(CELL), self.ink.height().div_ceil(CELL));
        let at_edge = component.left <= 1
            || component.top <= 1
            || component.right + 1 >= width
            || component.bottom + 1 >= height;
        let text = self.boxes.iter().copied().reduce(|a, b| a.union(&b)).unwrap_or_default();
        at_edge && !text.contains(scaled(&component.bounds(), CELL as f32 * self.scale).center())
    }

    /// Takes in the lines within a figure and the short labels around it: numbers of its axes, their names.
    fn take_labels(&self, figure: &mut Figure, lines: &[TextLine]) {
        let h = self.text_height;
        let near = figure.bounds.expanded(LABEL_GAP * h);
        let mut around = figure.bounds;
        for (b, line) in self.boxes.iter().zip(lines) {
            let text = line.text.trim();
            let caption = CAPTIONS.iter().any(|c| text.starts_with(c));
            if caption || b.intersection(&near).area() <= 0.0 || share_inside(b, &figure.bounds) >= INSIDE {
                continue;
            }
            let number =
                !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || ".,-–%−eE+".contains(c));
            let turned = b.height() > 1.5 * b.width() && text.chars().count() > 1;
            let low = b.height() < 0.8 * h;
            let beside = b.left >= figure.bounds.left - 3.0 * h && b.right <= figure.bounds.right + 3.0 * h;
            let short = b.width() <= 0.35 * figure.bounds.width() && text.chars().count() <= 8;
            // A name stands nearer to its figure than to any other text.
            let lone = short && (number || self.running && (turned || self.stands_alone(b, &figure.bounds)));
            if beside && lone && (number || turned || low || share_inside(b, &near) >= 0.5) {
                around = around.union(b);
            }
        }
        figure.bounds = around;
    }

    /// Whether no line outside the figure stands closer than a line height to `b`.
    fn stands_alone(&self, b: &Rect, figure: &Rect) -> bool {
        let near = b.expanded(0.6 * b.height());
        self.boxes
            .iter()
            .filter(|o| *o != b && share_inside(o, figure) < INSIDE)
            .all(|o| o.intersection(&near).area() <= 0.0)
    }
}

fn scaled(b: &Rect, f: f32) -> Rect {
    Rect::new(b.left * f, b.top * f, b.right * f, b.bottom * f)
}

/// The share of `a` that lies in `b`.
fn share_inside(a: &Rect, b: &Rect) -> f32 {
    a.intersection(b).area() / a.area().max(1.0)
}

/// Long and low: a band, a thick rule.
fn is_strip(b: &Rect) -> bool {
    b.width().max(b.height()) > 6.0 * b.width().min(b.height())
}

fn clear(mask: &mut Mask, b: &Rect) {
    let (from, to) = (b.left.max(0.0) as usize, b.right.max(0.0).ceil() as usize);
    for y in b.top.max(0.0) as usize..(b.bottom.max(0.0).ceil() as usize).min(mask.height()) {
        let end = to.min(mask.width());
        mask.row_mut(y).get_mut(from.min(end)..end).unwrap_or_default().fill(0);
    }
}

/// What a turned page does not cover of its upright frame is no ink.
fn clear_outside(ink: &mut Mask, frame: &Frame, by: f32) {
    if frame.skew_degrees().abs() < 0.05 {
        return;
    }
    let (width, height) = frame.turned_size();
    let page = Quad::from_rect(0.0, 0.0, width, height);
    for y in 0..ink.height() {
        let on_page = |x: usize| {
            let p = frame.page(Point::new((x as f32 + 0.5) * by, (y as f32 + 0.5) * by));
            page.contains(p) || Quad::from_rect(0.0, 0.0, height, width).contains(p)
        };
        let end = ink.width();
        let from = (0..end).find(|&x| on_page(x)).unwrap_or(end);
        let to = (from..end).rev().find(|&x| on_page(x)).map_or(from, |x| x + 1);
        let row = ink.row_mut(y);
        row.iter_mut().take(from + 1).for_each(|b| *b = 0);
        row.iter_mut().skip(to.saturating_sub(1)).for_each(|b| *b = 0);
    }
}

/// The mask without its runs of `least` pixels and more, and what borders on them above and below.
fn without_runs(mask: &Mask, least: usize) -> Mask {
    let mut out = mask.clone();
    for run in runs(mask, 1, least.max(4)) {
        for y in run.y.saturating_sub(1)..=run.y + 1 {
            let end = run.end.min(out.width());
            out.row_mut(y).get_mut(run.start..end).unwrap_or_default().fill(0);
        }
    }
    out
}

/// What belongs together becomes one.
fn merge<T>(all: &mut Vec<T>, together: impl Fn(&T, &T) -> bool, join: impl Fn(&mut T, T)) {
    let mut i = 0;
    while i < all.len() {
        match (i + 1..all.len()).find(|&k| together(&all[i], &all[k])) {
            Some(k) => {
                let other = all.swap_remove(k);
                join(&mut all[i], other);
                i = 0;
            }
            None => i += 1,
        }
    }
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.intersection(b).area() > 0.1 * a.area().min(b.area())
}

/// Two components as one.
fn together(a: &Component, mut b: Component) -> Component {
    b.runs.extend(&a.runs);
    Component {
        area: a.area + b.area,
        left: a.left.min(b.left),
        top: a.top.min(b.top),
        right: a.right.max(b.right),
        bottom: a.bottom.max(b.bottom),
        runs: b.runs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::Cell;

    /// A page of text in strokes, with the lines that were read.
    fn page() -> (GrayImage, Vec<TextLine>) {
        let mut page = GrayImage::from_pixel(1000, 1400, image::Luma([240]));
        let mut lines = Vec::new();
        for n in 0..24u32 {
            let y = if n < 12 { 100 + 30 * n } else { 500 + 30 * n };
            for x in (100..900).step_by(7) {
                for (dx, dy) in (0..3).flat_map(|dx| (0..18).map(move |dy| (dx, dy))) {
                    page.put_pixel(x + dx, y + dy, image::Luma([30]));
                }
            }
            lines.push(TextLine {
                text: "一行占满整个栏宽的正文文字用来说明页面".into(),
                quad: Quad::from_rect(100.0, y as f32 - 2.0, 900.0, y as f32 + 20.0),
                ..TextLine::default()
            });
        }
        (page, lines)
    }

    #[test]
    fn rows_of_text_are_no_chart() {
        let table = |rows: usize, texts: &[(usize, usize)]| Table {
            quad: Quad::default(),
            rows,
            cols: 4,
            ruled: true,
            cells: (texts.iter())
                .map(|&(row, col)| Cell {
                    row,
                    col,
                    row_span: 1,
                    col_span: 1,
                    text: "文".into(),
                    quad: Quad::default(),
                    confidence: 1.0,
                })
                .collect(),
        };
        let heading_and_item = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 2), (1, 3)];
        assert!(has_rows_of_text(&table(4, &heading_and_item)));
        // The scale of a chart and the labels below it; boxes with arrows between them.
        assert!(!has_rows_of_text(&table(4, &[(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (3, 3)])));
        assert!(!has_rows_of_text(&table(3, &[(0, 0), (0, 1), (0, 3), (2, 0), (2, 1), (2, 3)])));
    }

    fn found(page: &GrayImage, lines: &[TextLine]) -> Vec<Figure> {
        let view = View::of(page, &Frame::new(page.width(), page.height(), 0, 0.0), lines);
        view.map(|v| v.figures(lines, &[])).unwrap_or_default()
    }

    #[test]
    fn pictures_and_charts_are_figures_and_frames_around_text_are_none() {
        let (plain, lines) = page();
        assert_eq!(found(&plain, &lines), []);
        // A picture between the paragraphs.
        let mut picture = plain.clone();
        for (x, y) in (300..700).flat_map(|x| (520..780).map(move |y| (x, y))) {
            picture.put_pixel(x, y, image::Luma([((x / 9 * 37 + y / 7 * 23) % 200) as u8]));
        }
        let figures = found(&picture, &lines);
        assert_eq!(figures.len(), 1);
        let wanted = Rect::new(300.0, 520.0, 700.0, 780.0);
        assert!(
            figures[0].bounds.intersection(&wanted).area()
                > 0.9 * wanted.area().max(figures[0].bounds.area())
        );
        // A chart with numbers at its axis, which belong to it.
        let mut chart = plain.clone();
        let mut dot =
            |x: u32, y: u32| (0..4).for_each(|d| chart.put_pixel(x + d % 2, y + d / 2, image::Luma([20])));
        (520..780).for_each(|y| dot(350, y));
        (350..700).for_each(|x| dot(x, 780));
        (0..340).for_each(|i| dot(352 + i, 770 - i * i / 500));
        let mut labelled = lines.clone();
        labelled.push(TextLine {
            text: "100".into(),
            quad: Quad::from_rect(300.0, 530.0, 340.0, 552.0),
            ..TextLine::default()
        });
        let figures = found(&chart, &labelled);
        assert_eq!(figures.iter().map(|f| f.lines.clone()).collect::<Vec<_>>(), [vec![24]]);
        // A frame around the first paragraph.
        let mut framed = plain;
        for x in 80..920 {
            (0..3).for_each(|d| {
                [84 + d, 470 + d].iter().for_each(|&y| framed.put_pixel(x, y, image::Luma([20])))
            });
        }
        for y in 84..473 {
            (0..3).for_each(|d| {
                [80 + d, 917 + d].iter().for_each(|&x| framed.put_pixel(x, y, image::Luma([20])))
            });
        }
        assert_eq!(found(&framed, &lines), []);
    }
}
