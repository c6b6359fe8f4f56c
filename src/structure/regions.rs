//! The page divided into regions with one role each, in reading order.

use image::GrayImage;

use crate::{
    geometry::{Quad, Rect},
    numbers::median,
    ocr::TextLine,
    structure::{
        Region, RegionType, Seal,
        figures::Figure,
        formulas::formulas,
        frame::Frame,
        headings::{TextType, depth},
        markers::Marker,
        paragraphs::{self, Row, Sheet},
        tables::FoundTable,
    },
};

/// A title is at least this much higher than the page's usual text …
const TITLE_HEIGHT: f32 = 1.3;
/// … its middle at most this share of the width beside the middle of the text or of the page …
const TITLE_OFF_CENTER: f32 = 0.12;
/// … and it stands in this upper part of the text.
const TITLE_PART: f32 = 0.35;
/// Titles at the very top of a page need not be centred if they are so high, and in this part of the text.
/// Reasoned: slides and pages of the web begin with one at least half as large again as their text.
const TOP_TITLE_HEIGHT: f32 = 1.4;
const TOP_TITLE_PART: f32 = 0.15;
/// Lines of one heading differ by less than this factor in height: boxes around the same type vary by a tenth.
const SAME_TITLE_HEIGHT: f32 = 1.25;
/// Longer lines are text.
const LONGEST_TITLE: usize = 60;
/// Lines further apart than this many line heights begin a new paragraph.
const PARAGRAPH_GAP: f32 = 0.9;
/// Headers and footers stand in this outermost part of the page …
const MARGIN_PART: f32 = 0.07;
/// … on pages with so many lines in this one …
const WIDE_MARGIN_PART: f32 = 0.1;
const MANY_LINES: usize = 25;
/// … the page's number in this one, where a photograph shows more than the paper …
const NUMBER_PART: f32 = 0.16;
/// … and this many line heights away from the text.
const MARGIN_GAP: f32 = 1.5;

/// What was found on the page before it is divided.
pub struct Found<'a> {
    pub tables: &'a [FoundTable],
    pub figures: &'a [Figure],
    pub seals: &'a [Seal],
}

/// Regions over the `lines` (in reading order), the tables and figures among them and the seals.
pub fn regions(gray: &GrayImage, lines: &[TextLine], found: &Found<'_>, frame: &Frame) -> Vec<Region> {
    let boxes: Vec<Rect> = lines.iter().map(|l| frame.upright_bounds(&l.quad)).collect();
    let height = median(boxes.iter().map(Rect::height)).unwrap_or_default();
    let tables = found.tables.iter().map(|t| frame.upright_bounds(&t.table.quad));
    let text = tables.chain(boxes.iter().copied()).reduce(|a, b| a.union(&b)).unwrap_or_default();
    let sheet = Sheet { lines, boxes: &boxes, text };
    // What each line is part of, other than text.
    let mut part: Vec<Option<Part>> = vec![None; lines.len()];
    let mut set = |members: &[usize], p: Part| {
        for &i in members {
            if let Some(slot) = part.get_mut(i) {
                *slot = Some(p);
            }
        }
    };
    found.figures.iter().enumerate().for_each(|(n, f)| set(&f.lines, Part::Figure(n)));
    found.tables.iter().enumerate().for_each(|(n, t)| set(&t.lines, Part::Table(n)));
    let free: Vec<usize> = (0..lines.len()).filter(|&i| part[i].is_none()).collect();
    let margins = Margins { boxes: &boxes, free: &free, frame };
    for &i in &free {
        part[i] = margins.role(i, &lines[i].text).map(Part::Margin);
    }
    let free: Vec<usize> = free.into_iter().filter(|&i| part[i].is_none()).collect();
    let rows = paragraphs::rows(&sheet, &free);
    let columns: Vec<&[Row]> = paragraphs::columns(&rows).collect();
    let body = TextType::of(gray, lines, &columns);
    let formulas = match &body {
        Some(_) => formulas(lines, &boxes, |i| part[i].is_none(), height),
        None => Vec::new(),
    };
    formulas
        .iter()
        .enumerate()
        .for_each(|(n, f)| f.lines.iter().for_each(|&i| part[i] = Some(Part::Formula(n))));

    let high = titles(&boxes, height, text, frame);
    let is_title =
        |i: usize| lines.get(i).is_some_and(|l| l.text.chars().count() <= LONGEST_TITLE) && high(i);
    let mut out: Vec<Region> = Vec::new();
    let mut done: Vec<Part> = Vec::new();
    for run in (0..lines.len()).collect::<Vec<_>>().chunk_by(|&a, &b| part[a].is_none() && part[b].is_none())
    {
        let Some(&first) = run.first() else { continue };
        match part[first] {
            Some(p) if done.contains(&p) => {}
            Some(Part::Table(n)) => {
                done.push(Part::Table(n));
                out.push(region(
                    RegionType::Table,
                    found.tables[n].table.quad,
                    found.tables[n].lines.clone(),
                ));
            }
            Some(Part::Formula(n)) => {
                done.push(Part::Formula(n));
                out.push(region(
                    RegionType::Formula,
                    frame.page_quad(formulas[n].bounds),
                    formulas[n].lines.clone(),
                ));
            }
            Some(Part::Margin(role)) => match out.last_mut() {
                // A header or footer of several pieces on one line.
                Some(open) if open.region_type == role && level(&boxes, open, first) => {
                    open.lines.push(first)
                }
                _ => out.push(region(role, lines[first].quad, vec![first])),
            },
            Some(Part::Figure(_)) => {}
            None => match &body {
                Some(body) => running_text(gray, &sheet, run, body, &is_title, &mut out),
                None => blocks(&sheet, run, height, &is_title, &mut out),
            },
        }
    }
    join_headings(lines, &boxes, &mut out);
    join_items(lines, &mut out);
    let own = [RegionType::Table, RegionType::Formula];
    for region in out.iter_mut().filter(|r| !own.contains(&r.region_type)) {
        let around = region.lines.iter().filter_map(|&i| boxes.get(i)).copied().reduce(|a, b| a.union(&b));
        if let Some(rect) = around {
            region.quad = frame.page_quad(rect);
        }
    }
    for figure in found.figures {
        let places: Vec<Rect> = out.iter().map(|r| frame.upright_bounds(&r.quad)).collect();
        let at = place_of(&figure.bounds, &places);
        out.insert(at, region(RegionType::Figure, frame.page_quad(figure.bounds), figure.lines.clone()));
    }
    for seal in found.seals {
        out.push(region(RegionType::Seal, seal.quad, Vec::new()));
    }
    for (order, region) in out.iter_mut().enumerate() {
        region.order = order;
    }
    out
}

/// What a line belongs to, if not to the text.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Table(usize),
    Figure(usize),
    Formula(usize),
    Margin(RegionType),
}

/// Where a figure comes in the reading order of `places`: behind what stands above it in its column.
pub fn place_of(figure: &Rect, places: &[Rect]) -> usize {
    let shares_column = |p: &Rect| {
        let shared = p.right.min(figure.right) - p.left.max(figure.left);
        shared > 0.3 * p.width().min(figure.width())
    };
    let above = places
        .iter()
        .enumerate()
        .filter(|(_, p)| shares_column(p) && p.center().y < figure.center().y.min(figure.top + p.height()));
    if let Some((at, _)) = above.max_by(|a, b| a.1.bottom.total_cmp(&b.1.bottom)) {
        return at + 1;
    }
    places.iter().position(|p| shares_column(p) && p.top > figure.center().y).unwrap_or(places.len())
}

/// Paragraphs, headings and items of a stretch of running text.
fn running_text(
    gray: &GrayImage,
    sheet: &Sheet<'_>,
    run: &[usize],
    body: &TextType,
    is_title: &dyn Fn(usize) -> bool,
    out: &mut Vec<Region>,
) {
    let rows = paragraphs::rows(sheet, run);
    let mut heading = Vec::with_capacity(rows.len());
    for column in paragraphs::columns(&rows) {
        let right = column.iter().map(|r| r.bounds.right).fold(f32::NEG_INFINITY, f32::max);
        for row in column {
            let title = row.lines.iter().all(|&i| is_title(i));
            heading
                .push(title || body.is_heading(gray, sheet.lines, row, right.max(sheet.column_right(row))));
        }
    }
    let starts = |at: usize| at > 0 && heading[at] != heading[at - 1];
    for paragraph in paragraphs::of_rows(sheet, &rows, false, starts) {
        let first = paragraph.lines.first();
        let row = rows.iter().position(|r| r.lines.first() == first);
        let is_heading = row.is_some_and(|r| heading[r]);
        let kind = match (is_heading, paragraph.marker) {
            (true, _) => RegionType::Title,
            (false, Some(_)) => RegionType::List,
            (false, None) => RegionType::Text,
        };
        out.push(Region { region_type: kind, quad: Quad::default(), lines: paragraph.lines, order: 0 });
    }
}

/// Titles, items and blocks of text of a page that holds no running text: forms, receipts, cards, slides.
fn blocks(
    sheet: &Sheet<'_>,
    run: &[usize],
    height: f32,
    is_title: &dyn Fn(usize) -> bool,
    out: &mut Vec<Region>,
) {
    let boxes = sheet.boxes;
    let mut last: Option<usize> = None;
    for &i in run {
        let item = Marker::read(&sheet.lines[i].text).is_some();
        let kind = match (is_title(i), item) {
            (true, _) => RegionType::Title,
            (false, true) => RegionType::List,
            (false, false) => RegionType::Text,
        };
        // What stands above the line before is the next column.
        let continues = last.is_some_and(|k| {
            boxes[i].top - boxes[k].bottom < PARAGRAPH_GAP * height && boxes[i].bottom > boxes[k].top
        });
        match out.last_mut() {
            // An item goes on where its text hangs.
            Some(open) if continues && open.region_type == RegionType::List && kind == RegionType::Text => {
                let first = open.lines.first().map_or(0.0, |&f| boxes[f].left);
                if boxes[i].left > first + 0.5 * height {
                    open.lines.push(i);
                } else {
                    out.push(region(kind, Quad::default(), vec![i]));
                }
            }
            Some(open) if continues && open.region_type == kind && !item => open.lines.push(i),
            _ => out.push(region(kind, Quad::default(), vec![i])),
        }
        last = Some(i);
    }
}

/// Headings in type of one size, close one below the other, are one: without a number of its own, the second
/// goes on with the first.
fn join_headings(lines: &[TextLine], boxes: &[Rect], regions: &mut Vec<Region>) {
    let mut out: Vec<Region> = Vec::with_capacity(regions.len());
    for region in regions.drain(..) {
        let ends = out.last().and_then(|r| r.lines.last()).zip(region.lines.first());
        let joins = ends.is_some_and(|(&a, &b)| {
            let (above, below) = (boxes[a], boxes[b]);
            let alike = below.height() <= SAME_TITLE_HEIGHT * above.height()
                && above.height() <= SAME_TITLE_HEIGHT * below.height();
            let close = below.top - above.bottom < 0.6 * above.height()
                && below.top > above.top + 0.5 * above.height();
            // The first is as long as a line that was broken.
            let broken =
                above.width() > below.width() || (above.width() - below.width()).abs() < above.height();
            let centred = (above.center().x - below.center().x).abs() < above.height();
            let level = (above.left - below.left).abs() < above.height();
            alike
                && close
                && broken
                && (centred || level)
                && depth(&lines[b].text).is_none()
                && above.width() > 8.0 * above.height()
        });
        match out.last_mut() {
            Some(open)
                if joins
                    && open.region_type == RegionType::Title
                    && region.region_type == RegionType::Title =>
            {
                open.lines.extend(region.lines);
            }
            _ => out.push(region),
        }
    }
    *regions = out;
}

/// Items that follow each other become lists; one alone is text.
fn join_items(lines: &[TextLine], regions: &mut Vec<Region>) {
    let marker = |r: &Region| {
        let text = r.lines.first().and_then(|&i| lines.get(i)).map(|l| l.text.as_str()).unwrap_or_default();
        (r.region_type == RegionType::List).then(|| Marker::read(text).map(|m| m.0)).flatten()
    };
    let mut out: Vec<Region> = Vec::with_capacity(regions.len());
    let mut open: Option<(Marker, usize)> = None;
    for region in regions.drain(..) {
        let own = marker(&region);
        match (&mut open, own, out.last_mut()) {
            (Some((before, items)), Some(own), Some(last)) if own.follows(before) => {
                last.lines.extend(region.lines);
                *items += 1;
                *before = own;
            }
            (_, own, _) => {
                open = close(open, &mut out);
                open = own.map(|m| (m, 1)).or(open);
                out.push(region);
            }
        }
    }
    close(open, &mut out);
    *regions = out;
}

/// Ends a list: of a single item it is text.
fn close(open: Option<(Marker, usize)>, out: &mut [Region]) -> Option<(Marker, usize)> {
    if let (Some((_, 1)), Some(last)) = (open, out.last_mut()) {
        last.region_type = RegionType::Text;
    }
    None
}

/// Whether line `i` stands level with the last line of `region`.
fn level(boxes: &[Rect], region: &Region, i: usize) -> bool {
    let last = region.lines.last().and_then(|&l| boxes.get(l));
    last.zip(boxes.get(i))
        .is_some_and(|(a, b)| (a.center().y - b.center().y).abs() < 0.5 * a.height().min(b.height()))
}

fn region(region_type: RegionType, quad: Quad, lines: Vec<usize>) -> Region {
    Region { region_type, quad, lines, order: 0 }
}

/// Which lines are titles by their height and place.
fn titles<'a>(boxes: &'a [Rect], height: f32, text: Rect, frame: &Frame) -> impl Fn(usize) -> bool + use<'a> {
    let width = frame.size().0;
    let top = boxes
        .iter()
        .filter(|b| b.height() >= TOP_TITLE_HEIGHT * height)
        .map(|b| b.top)
        .fold(f32::INFINITY, f32::min);
    move |i| {
        boxes.get(i).is_some_and(|b| is_title(b, height, text, width) || is_top_title(b, height, text, top))
    }
}

/// A high line at the very top, wherever it begins: of slides and pages of the web.
fn is_top_title(line: &Rect, height: f32, text: Rect, top: f32) -> bool {
    line.height() >= TOP_TITLE_HEIGHT * height
        && line.top <= top + 2.5 * line.height()
        && line.top <= text.top + TOP_TITLE_PART * text.height()
        && line.left <= text.left + 2.0 * line.height()
}

fn is_title(line: &Rect, height: f32, text: Rect, page_width: f32) -> bool {
    let off = |middle: f32| (line.center().x - middle).abs();
    line.height() >= TITLE_HEIGHT * height
        && off(text.center().x).min(off(page_width / 2.0)) <= TITLE_OFF_CENTER * text.width()
        && line.center().y <= text.top + TITLE_PART * text.height()
}

/// Where headers and footers are looked for.
struct Margins<'a> {
    boxes: &'a [Rect],
    /// Lines outside tables and figures.
    free: &'a [usize],
    frame: &'a Frame,
}

impl Margins<'_> {
    /// Header or footer, if the line stands alone in the page's margin, or is the number of the page.
    fn role(&self, i: usize, text: &str) -> Option<RegionType> {
        let (line, page_height) = (self.boxes.get(i)?, self.frame.size().1);
        let apart = |gap: f32, others: &dyn Fn(&Rect, f32) -> bool| {
            self.free.iter().all(|&k| {
                let b = &self.boxes[k];
                let level = (b.center().y - line.center().y).abs() < 0.5 * line.height();
                level || !others(b, gap)
            })
        };
        let gap = MARGIN_GAP * line.height();
        let lower = |b: &Rect, gap: f32| b.bottom > line.top - gap;
        let upper = |b: &Rect, gap: f32| b.top < line.bottom + gap;
        let number = is_page_number(text);
        let running = self.boxes.len() >= MANY_LINES;
        let part = if number {
            NUMBER_PART
        } else if running {
            WIDE_MARGIN_PART
        } else {
            MARGIN_PART
        };
        if line.bottom < part * page_height && apart(gap, &upper) {
            Some(RegionType::Header)
        } else if line.top > (1.0 - part) * page_height
            && apart(if number { 0.1 * line.height() } else { gap }, &lower)
        {
            Some(RegionType::Footer)
        } else {
            None
        }
    }
}

/// `12`, `— 1 —`, `第 2 页 共 3 页`, `Page 3 of 5`.
fn is_page_number(text: &str) -> bool {
    let signs: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let inner = signs.trim_matches(['-', '–', '—', '一', '·', '•']);
    let digits = inner.chars().filter(char::is_ascii_digit).count();
    let words = ["第", "页", "頁", "共", "Page", "page", "of", "/", "，", ","];
    let rest = words.iter().fold(inner.to_owned(), |t, w| t.replace(w, ""));
    (1..=8).contains(&digits)
        && inner.len() <= 24
        && rest.chars().all(|c| c.is_ascii_digit())
        && rest.len() <= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_follow_from_place_and_size() {
        let line = |left: f32, top: f32, right: f32, bottom: f32| TextLine {
            quad: Quad::from_rect(left, top, right, bottom),
            ..TextLine::default()
        };
        let lines = [
            line(100.0, 20.0, 300.0, 40.0),
            line(350.0, 120.0, 650.0, 160.0),
            line(100.0, 200.0, 900.0, 220.0),
            line(100.0, 230.0, 900.0, 250.0),
            line(100.0, 400.0, 500.0, 420.0),
            line(480.0, 1460.0, 520.0, 1480.0),
        ];
        let found = Found { tables: &[], figures: &[], seals: &[] };
        let found = regions(&GrayImage::new(1000, 1500), &lines, &found, &Frame::new(1000, 1500, 0, 0.0));
        let roles: Vec<_> = found.iter().map(|r| (r.region_type, r.lines.clone())).collect();
        assert_eq!(
            roles,
            [
                (RegionType::Header, vec![0]),
                (RegionType::Title, vec![1]),
                (RegionType::Text, vec![2, 3]),
                (RegionType::Text, vec![4]),
                (RegionType::Footer, vec![5]),
            ]
        );
        assert_eq!(found.iter().map(|r| r.order).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn each_column_is_a_region() {
        let line = |left: f32, top: f32| TextLine {
            quad: Quad::from_rect(left, top, left + 400.0, top + 20.0),
            ..TextLine::default()
        };
        let lines = [line(50.0, 600.0), line(50.0, 630.0), line(500.0, 600.0), line(500.0, 630.0)];
        let found = Found { tables: &[], figures: &[], seals: &[] };
        let found = regions(&GrayImage::new(1000, 1500), &lines, &found, &Frame::new(1000, 1500, 0, 0.0));
        assert_eq!(found.iter().map(|r| r.lines.clone()).collect::<Vec<_>>(), [vec![0, 1], vec![2, 3]]);
    }
}
