//! Lines and pixels to what is on the page: orientation, reading order, tables, seals, codes,
//! key–values, quality.
//!
//! Never fails: on a page it cannot make sense of it returns less. Knows no document kind.

pub mod bend;
mod cell_text;
mod code_areas;
pub mod codes;
mod column_spans;
mod columns;
mod dashes;
mod digit_columns;
pub mod edge_seals;
pub mod figures;
mod form_tables;
mod formulas;
pub mod frame;
mod grid;
mod grid_lines;
mod ground;
pub mod headings;
pub mod key_values;
mod lean;
mod lists;
pub mod markers;
pub mod orientation;
mod paper;
pub mod paragraphs;
mod pieces;
pub mod pixels;
pub mod quality;
pub mod reading_order;
mod rectifier;
pub mod regions;
mod row_blocks;
mod row_split;
mod rule_contrast;
mod ruled_areas;
mod rules;
mod seal_chars;
pub mod seal_colors;
pub mod seal_erase;
mod seal_form;
pub mod seal_ink;
mod seal_inside;
mod seal_lines;
mod seal_outline;
mod seal_pieces;
mod seal_plane;
pub mod seal_rims;
pub mod seal_text;
mod seal_turn;
mod seal_unroll;
pub mod seals;
mod strokes;
pub mod table_edit;
mod table_rows;
pub mod tables;
mod text_pieces;
mod trim;

pub use edge_seals::{EdgeSeal, Side};
pub use pieces::pieces;

use image::{GrayImage, RgbImage};
use serde::{Deserialize, Serialize};

use crate::{
    geometry::{Quad, Rect},
    ocr::TextLine,
    structure::{figures::Figure, frame::Frame, tables::FoundTable},
};

/// What [`analyse`] found on one page. Indexes refer to [`PageStructure::lines`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageStructure {
    /// Degrees clockwise (0, 90, 180, 270) that turn the page upright.
    pub rotation: u16,
    /// The page's text lines in reading order.
    pub lines: Vec<TextLine>,
    pub regions: Vec<Region>,
    pub tables: Vec<Table>,
    pub seals: Vec<Seal>,
    /// Parts of seals that run off the page at its sides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edge_seals: Vec<EdgeSeal>,
    pub codes: Vec<Code>,
    pub key_values: Vec<KeyValue>,
    /// Outlines of cards and papers that lie on a ground of another colour.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Quad>,
    pub quality: Quality,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionType {
    Title,
    Text,
    Table,
    Figure,
    Seal,
    Header,
    Footer,
    List,
    Formula,
}

/// A part of the page with one role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    #[serde(rename = "type")]
    pub region_type: RegionType,
    pub quad: Quad,
    /// Indexes of its lines.
    pub lines: Vec<usize>,
    /// Place in the reading order, from 0.
    pub order: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub quad: Quad,
    pub rows: usize,
    pub cols: usize,
    /// Whether its cells are separated by printed rules.
    pub ruled: bool,
    pub cells: Vec<Cell>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// From 0.
    pub row: usize,
    /// From 0.
    pub col: usize,
    pub row_span: usize,
    pub col_span: usize,
    /// Lines of the cell joined by `\n`.
    pub text: String,
    pub quad: Quad,
    pub confidence: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealShape {
    Round,
    Ellipse,
    Square,
    Triangle,
    Diamond,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seal {
    pub shape: SealShape,
    /// Text along the rim; empty if it was not read.
    pub text: String,
    /// Text in the middle.
    pub sub_text: String,
    /// `red`, `blue` or `black`.
    pub color: String,
    pub quad: Quad,
    /// The quad around the seal that is turned as the seal itself is, where known; not stored.
    #[serde(skip)]
    pub own_quad: Option<Quad>,
    pub confidence: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// `qr`, `data_matrix`, `pdf417`, `code128`, `code39`, `ean13`, `itf`, …
    pub kind: String,
    pub text: String,
    pub quad: Quad,
}

/// A printed label with its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyValue {
    pub key: String,
    /// Empty where the form leaves the value empty.
    pub value: String,
    pub key_quad: Quad,
    /// `None` where the value is empty.
    pub value_quad: Option<Quad>,
    pub confidence: f32,
}

/// Defects of the picture, each 0..1, higher is worse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    pub blur: f32,
    pub glare: f32,
    pub dark: f32,
    pub copy: f32,
    pub incomplete: f32,
    /// How much the paper is bent or crumpled.
    #[serde(default)]
    pub bent: f32,
    /// Sides of the upright page at which text is cut: left, top, right, bottom.
    #[serde(default)]
    pub cut: [bool; 4],
}

/// Reads the text of the seals found on a page; `read` reads strips of one line each.
pub fn read_seals(image: &RgbImage, structure: &mut PageStructure, read: &mut seal_text::ReadStrips<'_>) {
    seal_text::read(image, &mut structure.seals, read);
}

/// The lines in reading order and with them the dashes that stand alone in cells of the tables.
fn with_dashes(mut lines: Vec<TextLine>, tables: &mut [FoundTable], frame: &Frame) -> Vec<TextLine> {
    if tables.iter().all(|t| t.dashes.is_empty()) {
        return lines;
    }
    for table in tables.iter_mut() {
        table.lines.extend(lines.len()..lines.len() + table.dashes.len());
        lines.append(&mut table.dashes);
    }
    let (lines, order) = in_reading_order(lines, frame);
    let mut place = vec![0; lines.len()];
    for (at, &line) in order.iter().enumerate() {
        place[line] = at;
    }
    for line in tables.iter_mut().flat_map(|t| &mut t.lines) {
        *line = place[*line];
    }
    lines
}

/// The page's figures, and its lines in the order that they have when those of figures are left aside. Tables
/// that are charts or drawings are taken away.
fn with_figures(
    gray: &GrayImage,
    lines: Vec<TextLine>,
    tables: &mut Vec<FoundTable>,
    drawn: &[Quad],
    frame: &Frame,
) -> (Vec<TextLine>, Vec<Figure>) {
    let Some(view) = figures::View::of(gray, frame, &lines) else { return (lines, Vec::new()) };
    if view.is_running() {
        let holds = |t: &FoundTable| figures::has_rows_of_text(&t.table);
        tables.retain(|t| holds(t) || !view.is_drawing(&frame.upright_bounds(&t.table.quad)));
    }
    let tables_and_marks = tables.iter().map(|t| &t.table.quad).chain(drawn);
    let known: Vec<Rect> = tables_and_marks.map(|q| frame.upright_bounds(q)).collect();
    let mut figures = view.figures(&lines, &known);
    if !view.is_running() || figures.iter().all(|f| f.lines.is_empty()) {
        return (lines, figures);
    }
    let of_figure = |i: usize| figures.iter().any(|f| f.lines.contains(&i));
    let others: Vec<usize> = (0..lines.len()).filter(|&i| !of_figure(i)).collect();
    let text: Vec<TextLine> = others.iter().filter_map(|&i| lines.get(i)).cloned().collect();
    let mut order: Vec<usize> =
        reading_order::reading_order(&text, frame).into_iter().map(|i| others[i]).collect();
    for figure in &figures {
        let places: Vec<Rect> = order.iter().map(|&i| frame.upright_bounds(&lines[i].quad)).collect();
        let at = regions::place_of(&figure.bounds, &places);
        order.splice(at..at, figure.lines.iter().copied());
    }
    let mut place = vec![0; lines.len()];
    order.iter().enumerate().for_each(|(at, &line)| place[line] = at);
    let members = tables.iter_mut().map(|t| &mut t.lines).chain(figures.iter_mut().map(|f| &mut f.lines));
    for line in members.flatten() {
        *line = place[*line];
    }
    let mut slots: Vec<Option<TextLine>> = lines.into_iter().map(Some).collect();
    (order.iter().filter_map(|&i| slots.get_mut(i)?.take()).collect(), figures)
}

/// The lines in reading order, with the index that each of them had.
fn in_reading_order(lines: Vec<TextLine>, frame: &Frame) -> (Vec<TextLine>, Vec<usize>) {
    let order = reading_order::reading_order(&lines, frame);
    let mut slots: Vec<Option<TextLine>> = lines.into_iter().map(Some).collect();
    let lines = order.iter().filter_map(|&i| slots.get_mut(i)?.take()).collect();
    (lines, order)
}

/// Finds the structure of one page from its pixels and the text lines read on it.
pub fn analyse(image: &RgbImage, lines: Vec<TextLine>) -> PageStructure {
    let rotation = orientation::rotation(&lines);
    let skew_degrees = orientation::skew_degrees(&lines);
    let rigid = Frame::new(image.width(), image.height(), rotation, skew_degrees);
    let frame = rigid.clone().flattened(&lines);
    let (lines, _) = in_reading_order(lines, &frame);
    let gray = pixels::gray(image);
    let codes = codes::codes(&gray, &rigid);
    let view = seals::ink_view(image, &lines);
    let seals = seals::seals(&view, image.dimensions(), &rigid, &lines);
    let edge_seals = edge_seals::edge_seals(&view, image.dimensions(), &rigid);
    let lines = seal_lines::without(image, lines, &seals);
    let drawn: Vec<Quad> = codes.iter().map(|c| c.quad).chain(seals.iter().map(|s| s.quad)).collect();
    let mut found = tables::tables(&gray, &frame, &lines, &drawn);
    let lines = with_dashes(lines, &mut found, &frame);
    let (lines, figures) = with_figures(&gray, lines, &mut found, &drawn, &frame);
    let parts = regions::Found { tables: &found, figures: &figures, seals: &seals };
    let regions = regions::regions(&gray, &lines, &parts, &frame);
    let mut in_table = vec![false; lines.len()];
    for i in found.iter().flat_map(|f| &f.lines) {
        if let Some(flag) = in_table.get_mut(*i) {
            *flag = true;
        }
    }
    let tables: Vec<Table> = found.into_iter().map(|f| f.table).collect();
    let key_values = key_values::key_values(&lines, &in_table, &tables, &frame);
    let mut quality = quality::quality(image, &gray, &lines, rotation);
    quality.bent = quality::bent(frame.bent_slope());
    let pieces = pieces(image);
    PageStructure { rotation, lines, regions, tables, seals, edge_seals, codes, key_values, pieces, quality }
}
