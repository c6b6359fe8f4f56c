//! The page divided into regions with one role each, in reading order.

use crate::{
    geometry::{Quad, Rect},
    numbers::median,
    ocr::TextLine,
    structure::{Region, RegionType, Seal, frame::Frame, tables::FoundTable},
};

/// A title is at least this much higher than the page's usual text …
const TITLE_HEIGHT: f32 = 1.3;
/// … its middle at most this share of the width beside the middle of the text or of the page …
const TITLE_OFF_CENTER: f32 = 0.12;
/// … and it stands in this upper part of the text.
const TITLE_PART: f32 = 0.35;
/// Lines further apart than this many line heights begin a new paragraph.
const PARAGRAPH_GAP: f32 = 0.9;
/// Headers and footers stand in this outermost part of the page …
const MARGIN_PART: f32 = 0.07;
/// … and this many line heights away from the text.
const MARGIN_GAP: f32 = 1.5;

/// Regions over the `lines` (in reading order), the tables among them and the seals.
pub fn regions(lines: &[TextLine], tables: &[FoundTable], seals: &[Seal], frame: &Frame) -> Vec<Region> {
    let boxes: Vec<Rect> = lines.iter().map(|l| frame.upright_bounds(&l.quad)).collect();
    let table_of = |i: usize| tables.iter().position(|t| t.lines.contains(&i));
    let height = median(boxes.iter().map(Rect::height)).unwrap_or_default();
    let tables_and_lines =
        tables.iter().map(|t| frame.upright_bounds(&t.table.quad)).chain(boxes.iter().copied());
    let text = tables_and_lines.reduce(|a, b| a.union(&b)).unwrap_or_default();
    let free: Vec<usize> = (0..lines.len()).filter(|&i| table_of(i).is_none()).collect();

    let mut out: Vec<Region> = Vec::new();
    let mut done_tables = vec![false; tables.len()];
    let mut last: Option<usize> = None;
    for i in 0..lines.len() {
        if let Some(t) = table_of(i) {
            last = None;
            if !std::mem::replace(&mut done_tables[t], true) {
                out.push(region(RegionType::Table, tables[t].table.quad, tables[t].lines.clone()));
            }
            continue;
        }
        let kind = if is_title(&boxes[i], height, text, frame.size().0) {
            RegionType::Title
        } else {
            margin_role(i, &boxes, &free, frame).unwrap_or(RegionType::Text)
        };
        // What stands above the line before is the next column.
        let continues = last.is_some_and(|k| {
            boxes[i].top - boxes[k].bottom < PARAGRAPH_GAP * height && boxes[i].bottom > boxes[k].top
        });
        match out.last_mut() {
            Some(open) if continues && open.region_type == kind => open.lines.push(i),
            _ => out.push(region(kind, lines[i].quad, vec![i])),
        }
        last = Some(i);
    }
    for region in out.iter_mut().filter(|r| r.region_type != RegionType::Table) {
        let around = region.lines.iter().filter_map(|&i| boxes.get(i)).copied().reduce(|a, b| a.union(&b));
        if let Some(rect) = around {
            region.quad = frame.page_quad(rect);
        }
    }
    for seal in seals {
        out.push(region(RegionType::Seal, seal.quad, Vec::new()));
    }
    for (order, region) in out.iter_mut().enumerate() {
        region.order = order;
    }
    out
}

fn region(region_type: RegionType, quad: Quad, lines: Vec<usize>) -> Region {
    Region { region_type, quad, lines, order: 0 }
}

fn is_title(line: &Rect, height: f32, text: Rect, page_width: f32) -> bool {
    let off = |middle: f32| (line.center().x - middle).abs();
    line.height() >= TITLE_HEIGHT * height
        && off(text.center().x).min(off(page_width / 2.0)) <= TITLE_OFF_CENTER * text.width()
        && line.center().y <= text.top + TITLE_PART * text.height()
}

/// Header or footer, if the line stands alone in the page's margin.
fn margin_role(i: usize, boxes: &[Rect], free: &[usize], frame: &Frame) -> Option<RegionType> {
    let (line, page_height) = (boxes.get(i)?, frame.size().1);
    let gap = MARGIN_GAP * line.height();
    let apart = |others: &dyn Fn(&Rect) -> bool| {
        free.iter().all(|&k| {
            let b = &boxes[k];
            let level = (b.center().y - line.center().y).abs() < 0.5 * line.height();
            level || !others(b)
        })
    };
    if line.bottom < MARGIN_PART * page_height && apart(&|b| b.top < line.bottom + gap) {
        Some(RegionType::Header)
    } else if line.top > (1.0 - MARGIN_PART) * page_height && apart(&|b| b.bottom > line.top - gap) {
        Some(RegionType::Footer)
    } else {
        None
    }
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
        let found = regions(&lines, &[], &[], &Frame::new(1000, 1500, 0, 0.0));
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
        let found = regions(&lines, &[], &[], &Frame::new(1000, 1500, 0, 0.0));
        assert_eq!(found.iter().map(|r| r.lines.clone()).collect::<Vec<_>>(), [vec![0, 1], vec![2, 3]]);
    }
}
