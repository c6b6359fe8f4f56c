//! A page as a person would type it: headings, paragraphs joined across line breaks, list items
//! and tables, in reading order.
//!
//! What plain text, Markdown, Word and the workbook's page sheets have in common. Works on the
//! structure that was read; looks at no pixels and knows no outside format.

pub mod table;

use crate::{
    geometry::{Quad, Rect},
    numbers::median,
    ocr::TextLine,
    review::{FileReading, PageReading},
    structure::{
        PageStructure, Region, RegionType, Table,
        frame::Frame,
        orientation,
        paragraphs::{self, Sheet},
    },
};

pub use crate::structure::{
    markers::{Marker, NumberForm},
    paragraphs::Align,
};

/// A line at least this many times as high as the page's usual text is a heading where it stands
/// alone; the same factor by which the page's structure tells titles.
const HEADING_HEIGHT: f32 = 1.3;
/// A heading lower than these shares of the document's highest one is of the second, third level.
/// Reasoned, not measured: print shops step sizes by about a quarter (22, 16, 14 points).
const LEVEL_HEIGHTS: [f32; 2] = [0.8, 0.6];
/// Longer headings are running text in large type.
const LONGEST_HEADING: usize = 60;

/// A piece of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Block<'a> {
    /// `level` from 1 (highest) to 3.
    Heading {
        level: u8,
        text: String,
        align: Align,
    },
    /// A tab parts what stands apart on one line.
    Paragraph {
        text: String,
        align: Align,
    },
    Item {
        marker: Marker,
        text: String,
    },
    Table(&'a Table),
}

/// The blocks of one page.
#[derive(Debug)]
pub struct Page<'a> {
    pub reading: &'a PageReading,
    pub blocks: Vec<Block<'a>>,
}

/// All pages of a file. Levels of headings are told over all of them.
pub fn pages(reading: &FileReading) -> Vec<Page<'_>> {
    let mut pages: Vec<(Page<'_>, Vec<f32>)> = reading.pages.iter().map(|p| page(p, None)).collect();
    set_levels(&mut pages);
    pages.into_iter().map(|(page, _)| page).collect()
}

fn set_levels(pages: &mut [(Page<'_>, Vec<f32>)]) {
    let highest = pages.iter().flat_map(|(_, heights)| heights).copied().fold(0.0, f32::max);
    for (page, heights) in pages {
        let headings = page.blocks.iter_mut().filter_map(|b| match b {
            Block::Heading { level, .. } => Some(level),
            _ => None,
        });
        for (level, height) in headings.zip(heights) {
            *level = 1 + LEVEL_HEIGHTS.iter().filter(|share| *height < *share * highest).count() as u8;
        }
    }
}

/// The part of one page that lies on `location`; the headings' levels are told on it alone.
pub fn part<'a>(reading: &'a PageReading, location: &Quad) -> Page<'a> {
    let mut pages = vec![page(reading, Some(location))];
    set_levels(&mut pages);
    let (page, _) = pages.swap_remove(0);
    page
}

/// The blocks of one page (of its part on `location`), with the height of each of its headings in heights of the page's usual
/// text.
fn page<'a>(reading: &'a PageReading, location: Option<&Quad>) -> (Page<'a>, Vec<f32>) {
    let s = &reading.structure;
    let view = View::of(reading);
    let inside = |quad: &Quad| location.is_none_or(|l| l.contains(quad.center()));
    let mut blocks = Vec::new();
    let mut heights = Vec::new();
    let mut tables_done: Vec<bool> = s.tables.iter().map(|t| !inside(&t.quad)).collect();
    for part in parts(s) {
        match part {
            Part::Table(quad) => {
                let nearest = (0..s.tables.len())
                    .filter(|&t| !tables_done[t])
                    .max_by(|&a, &b| s.tables[a].quad.iou(quad).total_cmp(&s.tables[b].quad.iou(quad)));
                if let Some(t) = nearest.filter(|_| inside(quad)) {
                    tables_done[t] = true;
                    blocks.push(Block::Table(&s.tables[t]));
                }
            }
            Part::Text { mut lines, title } => {
                lines.retain(|&i| s.lines.get(i).is_some_and(|l| inside(&l.quad)));
                for paragraph in paragraphs::paragraphs(&view.sheet(), &lines, title) {
                    let share = paragraph.height / view.usual_height.max(1.0);
                    let text = paragraph.text;
                    let short = text.chars().count() <= LONGEST_HEADING && !text.contains('\t');
                    let align = paragraph.align;
                    if title || (share >= HEADING_HEIGHT && short) {
                        heights.push(share);
                        blocks.push(Block::Heading { level: 1, text, align });
                    } else if let Some(marker) = paragraph.marker {
                        blocks.push(Block::Item { marker, text });
                    } else {
                        blocks.push(Block::Paragraph { text, align });
                    }
                }
            }
        }
    }
    let left_over = s.tables.iter().zip(tables_done).filter(|(_, done)| !done);
    blocks.extend(left_over.map(|(table, _)| Block::Table(table)));
    (Page { reading, blocks }, heights)
}

/// A region with text, or where a table lies.
enum Part<'a> {
    Text { lines: Vec<usize>, title: bool },
    Table(&'a Quad),
}

/// The page's regions in reading order; lines that no region names are text where they stand.
fn parts(s: &PageStructure) -> Vec<Part<'_>> {
    let mut regions: Vec<&Region> = s.regions.iter().collect();
    regions.sort_by_key(|r| r.order);
    let mut named = vec![false; s.lines.len()];
    for &i in regions.iter().flat_map(|r| &r.lines) {
        if let Some(flag) = named.get_mut(i) {
            *flag = true;
        }
    }
    // (first line, part): regions without lines (seals, figures) say nothing.
    let mut parts: Vec<(usize, Part<'_>)> = Vec::new();
    for region in regions {
        let Some(&first) = region.lines.first() else { continue };
        let part = match region.region_type {
            RegionType::Table => Part::Table(&region.quad),
            other => Part::Text { lines: region.lines.clone(), title: other == RegionType::Title },
        };
        parts.push((first, part));
    }
    let free: Vec<usize> = (0..s.lines.len()).filter(|&i| !named[i]).collect();
    for run in free.chunk_by(|a, b| a + 1 == *b) {
        let Some(&first) = run.first() else { continue };
        let at = parts.iter().position(|(start, _)| *start > first).unwrap_or(parts.len());
        parts.insert(at, (first, Part::Text { lines: run.to_vec(), title: false }));
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// A page's lines as they lie on the upright page.
pub struct View<'a> {
    pub frame: Frame,
    pub lines: &'a [TextLine],
    /// Upright bounds of each line.
    pub boxes: Vec<Rect>,
    /// Median height of the lines, pixels.
    pub usual_height: f32,
    /// Around all lines and tables.
    pub text: Rect,
}

impl<'a> View<'a> {
    fn sheet(&self) -> Sheet<'_> {
        Sheet { lines: self.lines, boxes: &self.boxes, text: self.text }
    }

    pub fn of(page: &'a PageReading) -> Self {
        let s = &page.structure;
        let skew = orientation::skew_degrees(&s.lines);
        let frame = Frame::new(page.width, page.height, s.rotation, skew);
        let boxes: Vec<Rect> = s.lines.iter().map(|l| frame.upright_bounds(&l.quad)).collect();
        let tables = s.tables.iter().map(|t| frame.upright_bounds(&t.quad));
        let text = boxes.iter().copied().chain(tables).reduce(|a, b| a.union(&b)).unwrap_or_default();
        let usual_height = median(s.lines.iter().map(|l| l.quad.height())).unwrap_or_default();
        Self { frame, lines: &s.lines, boxes, usual_height, text }
    }
}
