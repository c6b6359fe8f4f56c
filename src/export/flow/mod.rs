//! A page as a person would type it: headings, paragraphs joined across line breaks, list items
//! and tables, in reading order.
//!
//! What plain text, Markdown, Word and the workbook's page sheets have in common. Works on the
//! structure that was read; looks at no pixels and knows no outside format.

pub mod table;

use std::collections::BTreeSet;

use crate::{
    geometry::{Quad, Rect},
    numbers::median,
    ocr::TextLine,
    review::{FileReading, PageReading},
    structure::{
        PageStructure, Region, RegionType, Table,
        frame::Frame,
        headings::depth,
        orientation,
        paragraphs::{self, Paragraph, Sheet, join},
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
/// A line that goes on in the next column is so many of its heights wide, at least.
const LEAST_OPEN: f32 = 6.0;
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
    let mut pages: Vec<(Page<'_>, Vec<Rank>)> = reading.pages.iter().map(|p| page(p, None)).collect();
    set_levels(&mut pages);
    pages.into_iter().map(|(page, _)| page).collect()
}

/// What tells the level of a heading.
struct Rank {
    /// Its height in heights of the page's usual text.
    height: f32,
    /// Of its number, as 2 of `1.1`.
    depth: Option<u8>,
}

/// Levels by the depth of the headings' numbers below that of the title; without a number by height.
fn set_levels(pages: &mut [(Page<'_>, Vec<Rank>)]) {
    let ranks = || pages.iter().flat_map(|(_, ranks)| ranks);
    let highest = ranks().map(|r| r.height).fold(0.0, f32::max);
    let depths: BTreeSet<u8> = ranks().filter_map(|r| r.depth).collect();
    let titled = ranks().any(|r| r.depth.is_none() && r.height >= LEVEL_HEIGHTS[0] * highest);
    for (page, ranks) in pages {
        let headings = page.blocks.iter_mut().filter_map(|b| match b {
            Block::Heading { level, .. } => Some(level),
            _ => None,
        });
        for (level, rank) in headings.zip(ranks) {
            let by_height = 1 + LEVEL_HEIGHTS.iter().filter(|share| rank.height < *share * highest).count();
            let by_number = rank.depth.map(|d| usize::from(titled) + depths.range(..=d).count());
            // Beside numbered headings, those without are the title or of the first level below it.
            let by_height = if depths.is_empty() { by_height } else { by_height.min(2) };
            *level = by_number.unwrap_or(by_height).clamp(1, 3) as u8;
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

/// The blocks of one page (of its part on `location`), with the rank of each of its headings.
fn page<'a>(reading: &'a PageReading, location: Option<&Quad>) -> (Page<'a>, Vec<Rank>) {
    let s = &reading.structure;
    let view = View::of(reading);
    let inside = |quad: &Quad| location.is_none_or(|l| l.contains(quad.center()));
    let mut writer = Writer { view: &view, blocks: Vec::new(), ranks: Vec::new(), open: None };
    let mut tables_done: Vec<bool> = s.tables.iter().map(|t| !inside(&t.quad)).collect();
    for mut part in parts(s) {
        if part.kind == RegionType::Table {
            let Some(quad) = part.quad else { continue };
            let nearest = (0..s.tables.len())
                .filter(|&t| !tables_done[t])
                .max_by(|&a, &b| s.tables[a].quad.iou(quad).total_cmp(&s.tables[b].quad.iou(quad)));
            if let Some(t) = nearest.filter(|_| inside(quad)) {
                tables_done[t] = true;
                writer.blocks.push(Block::Table(&s.tables[t]));
            }
            continue;
        }
        part.lines.retain(|&i| s.lines.get(i).is_some_and(|l| inside(&l.quad)));
        match part.kind {
            RegionType::Figure | RegionType::Formula => writer.words(&part.lines),
            kind => writer.text(&part.lines, kind),
        }
    }
    let left_over = s.tables.iter().zip(tables_done).filter(|(_, done)| !done);
    writer.blocks.extend(left_over.map(|(table, _)| Block::Table(table)));
    (Page { reading, blocks: writer.blocks }, writer.ranks)
}

/// Writes the blocks of a page.
struct Writer<'a, 'v> {
    view: &'v View<'a>,
    blocks: Vec<Block<'a>>,
    ranks: Vec<Rank>,
    /// The last line of a paragraph that may go on in the next column, and the place of its block.
    open: Option<(usize, usize)>,
}

impl Writer<'_, '_> {
    /// The words of a figure, or the pieces of a formula: on one line.
    fn words(&mut self, lines: &[usize]) {
        let words: Vec<&str> =
            lines.iter().filter_map(|&i| self.view.lines.get(i)).map(|l| l.text.trim()).collect();
        if !words.is_empty() {
            self.blocks.push(Block::Paragraph { text: words.join("\t"), align: Align::Center });
        }
    }

    fn text(&mut self, lines: &[usize], kind: RegionType) {
        let title = kind == RegionType::Title;
        let found = paragraphs::paragraphs(&self.view.sheet(), lines, title);
        let last = found.len().saturating_sub(1);
        for (n, paragraph) in found.into_iter().enumerate() {
            let share = paragraph.height / self.view.usual_height.max(1.0);
            let stands = title || !ends_sentence(&paragraph.text);
            let short =
                stands && paragraph.text.chars().count() <= LONGEST_HEADING && !paragraph.text.contains('\t');
            let align = paragraph.align;
            let goes_on = kind == RegionType::Text
                && n == last
                && paragraph.open_end
                && !ends_sentence(&paragraph.text);
            let end = paragraph.lines.last().copied();
            let is_heading = title || (kind != RegionType::Formula && share >= HEADING_HEIGHT && short);
            if is_heading {
                self.ranks.push(Rank { height: share, depth: depth(&paragraph.text) });
                self.blocks.push(Block::Heading { level: 1, text: paragraph.text, align });
            } else if let Some(marker) = paragraph.marker {
                self.blocks.push(Block::Item { marker, text: paragraph.text });
            } else if n > 0
                && kind == RegionType::List
                && let Some(Block::Item { text, .. }) = self.blocks.last_mut()
            {
                join(text, &paragraph.text);
            } else if n == 0
                && kind == RegionType::Text
                && let Some((at, from)) = self.open.take()
                && self.continues(from, &paragraph)
                && let Some(Block::Paragraph { text, .. }) = self.blocks.get_mut(at)
            {
                join(text, &paragraph.text);
                self.open = end.filter(|_| goes_on).map(|end| (at, end));
                continue;
            } else {
                self.blocks.push(Block::Paragraph { text: paragraph.text, align });
            }
            if kind == RegionType::Text {
                self.open = end.filter(|_| goes_on && !is_heading).map(|end| (self.blocks.len() - 1, end));
            }
        }
        if matches!(kind, RegionType::Title | RegionType::List) {
            self.open = None;
        }
    }

    /// Whether a paragraph at the top of a column, or below a figure, goes on with the one that ended with the
    /// line `from`.
    fn continues(&self, from: usize, paragraph: &Paragraph) -> bool {
        let Some((above, first)) =
            self.view.boxes.get(from).zip(paragraph.lines.first().and_then(|&i| self.view.boxes.get(i)))
        else {
            return false;
        };
        let next_column = first.bottom < above.top && first.left > above.left;
        let below_figure = first.top - above.bottom > 3.0 * above.height();
        (next_column || below_figure)
            && above.width() >= LEAST_OPEN * above.height()
            && self.view.sheet().is_flush(first)
    }
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end().ends_with(['。', '！', '？', '.', '!', '?', ':', '：', '；', ';'])
}

/// A region with text, or where a table lies; `quad` of regions alone.
struct Part<'a> {
    kind: RegionType,
    quad: Option<&'a Quad>,
    lines: Vec<usize>,
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
    // (first line, part): regions without lines (seals, pictures) say nothing.
    let mut parts: Vec<(usize, Part<'_>)> = Vec::new();
    for region in regions {
        let Some(&first) = region.lines.first() else { continue };
        let part = Part { kind: region.region_type, quad: Some(&region.quad), lines: region.lines.clone() };
        parts.push((first, part));
    }
    let free: Vec<usize> = (0..s.lines.len()).filter(|&i| !named[i]).collect();
    for run in free.chunk_by(|a, b| a + 1 == *b) {
        let Some(&first) = run.first() else { continue };
        let at = parts.iter().position(|(start, _)| *start > first).unwrap_or(parts.len());
        parts.insert(at, (first, Part { kind: RegionType::Text, quad: None, lines: run.to_vec() }));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_become_headings_by_their_numbers_items_and_paragraphs_across_columns() {
        let lines = [
            ("采购工作办法", 300.0, 60.0, 700.0, 110.0),
            ("一、总则", 100.0, 150.0, 220.0, 180.0),
            ("1.1 范围", 100.0, 190.0, 220.0, 220.0),
            ("左栏的文字一直写到", 140.0, 230.0, 480.0, 260.0),
            ("页边并且还没有写完就", 100.0, 270.0, 480.0, 300.0),
            ("到了右栏。", 520.0, 150.0, 700.0, 180.0),
            ("1、第一项", 560.0, 190.0, 700.0, 220.0),
            ("2、第二项", 560.0, 230.0, 700.0, 260.0),
            ("开始", 560.0, 300.0, 640.0, 330.0),
            ("结束", 760.0, 300.0, 840.0, 330.0),
        ];
        let region = |(order, (region_type, lines)): (usize, (RegionType, &[usize]))| Region {
            region_type,
            quad: Quad::default(),
            lines: lines.to_vec(),
            order,
        };
        let regions: [(RegionType, &[usize]); 7] = [
            (RegionType::Title, &[0]),
            (RegionType::Title, &[1]),
            (RegionType::Title, &[2]),
            (RegionType::Text, &[3, 4]),
            (RegionType::Text, &[5]),
            (RegionType::List, &[6, 7]),
            (RegionType::Figure, &[8, 9]),
        ];
        let structure = PageStructure {
            lines: lines
                .iter()
                .map(|&(text, left, top, right, bottom)| TextLine {
                    text: text.into(),
                    quad: Quad::from_rect(left, top, right, bottom),
                    ..TextLine::default()
                })
                .collect(),
            regions: regions.into_iter().enumerate().map(region).collect(),
            ..PageStructure::default()
        };
        let page = PageReading { width: 1000, height: 1400, structure, ..PageReading::default() };
        let reading = FileReading { pages: vec![page], ..FileReading::default() };
        let shown: Vec<String> = pages(&reading)
            .iter()
            .flat_map(|p| &p.blocks)
            .map(|b| match b {
                Block::Heading { level, text, .. } => format!("{level} {text}"),
                Block::Paragraph { text, .. } => text.clone(),
                Block::Item { marker, text } => format!("{}|{text}", marker.printed()),
                Block::Table(_) => "table".into(),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "1 采购工作办法",
                "2 一、总则",
                "3 1.1 范围",
                "左栏的文字一直写到页边并且还没有写完就到了右栏。",
                "1、|第一项",
                "2、|第二项",
                "开始\t结束",
            ]
        );
    }
}
