//! Whether a page's own text may stand for what is visible, and the lines it gives.

use image::RgbImage;

use crate::{
    geometry::Quad,
    ingest::TextLayerLine,
    ocr::{CharReading, TextLine},
};

/// Side of the cells in which text is looked for: at 200 dpi 2 mm, about half a character of 10
/// points, so that a cell lies either in a line or beside it.
const CELL: u32 = 16;
/// A step between neighbouring pixels is an edge from this many of 255 levels on: print on
/// security patterns steps by more, the patterns by less.
const EDGE: i32 = 48;
/// Edges that a cell needs along both axes. A rule has edges along one axis only.
const MIN_EDGES: u32 = 4;
/// The layer is trusted alone if it holds this share of the cells that look like text. Measured on
/// six digital documents it held 0.69 (a page with a large picture) to 0.99; a scan with a typed
/// header or page number has only that one line in its layer.
const MIN_COVERED: f32 = 0.5;
/// A read line lies in the layer if this part of its area does.
const SAME_LINE: f32 = 0.5;

/// Whether the layer holds most of what looks like text on the page.
pub(super) fn covers(image: &RgbImage, layer: &[TextLayerLine]) -> bool {
    let columns = (image.width() / CELL) as usize;
    let rows = (image.height() / CELL) as usize;
    let mut covered = vec![false; columns * rows];
    for line in layer {
        let bounds = line.quad.bounds();
        // Half a cell more on each side: glyphs reach out of their boxes.
        let cell = |v: f32, grow: f32| ((v / CELL as f32 + grow).max(0.0)) as usize;
        for row in cell(bounds.top, -0.5)..=cell(bounds.bottom, 0.5) {
            for column in cell(bounds.left, -0.5)..=cell(bounds.right, 0.5) {
                if row < rows && column < columns {
                    covered[row * columns + column] = true;
                }
            }
        }
    }
    let (mut text, mut inside) = (0u32, 0u32);
    for (index, &covered) in covered.iter().enumerate() {
        let (x, y) = ((index % columns) as u32 * CELL, (index / columns) as u32 * CELL);
        if looks_like_text(image, x, y) {
            text += 1;
            inside += u32::from(covered);
        }
    }
    inside as f32 >= MIN_COVERED * text as f32
}

/// Whether the cell at (`x`, `y`) has edges along both axes.
fn looks_like_text(image: &RgbImage, x: u32, y: u32) -> bool {
    let level = |x: u32, y: u32| i32::from(image.get_pixel(x, y).0[1]);
    let (mut along, mut across) = (0, 0);
    // The last column and row are compared with nothing beyond the cell: it may be the image's end.
    for dy in 0..CELL - 1 {
        for dx in 0..CELL - 1 {
            let here = level(x + dx, y + dy);
            along += u32::from((level(x + dx + 1, y + dy) - here).abs() >= EDGE);
            across += u32::from((level(x + dx, y + dy + 1) - here).abs() >= EDGE);
        }
    }
    along >= MIN_EDGES && across >= MIN_EDGES
}

/// The layer's lines; what the file says itself is certain.
pub(super) fn lines(layer: &[TextLayerLine]) -> Vec<TextLine> {
    layer
        .iter()
        .map(|line| TextLine {
            text: line.text.clone(),
            quad: line.quad,
            confidence: 1.0,
            language: None,
            handwritten: false,
            chars: line
                .chars
                .iter()
                .map(|&(char, quad)| CharReading { char, quad, confidence: 1.0 })
                .collect(),
        })
        .collect()
}

/// The layer's lines and of the lines that were read those that the layer does not hold.
pub(super) fn joined(layer: &[TextLayerLine], read: Vec<TextLine>) -> Vec<TextLine> {
    let in_layer = |quad: &Quad| {
        let shared: f32 = layer.iter().map(|l| l.quad.intersection_area(quad)).sum();
        shared >= SAME_LINE * quad.area()
    };
    let mut all = lines(layer);
    all.extend(read.into_iter().filter(|line| !in_layer(&line.quad)));
    all
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// A page with `count` lines of strokes at 40 px distance; each 400 px wide and 24 px high.
    fn page(count: u32) -> (RgbImage, Vec<TextLayerLine>) {
        let mut image = RgbImage::from_pixel(480, count * 40 + 40, Rgb([255; 3]));
        let mut layer = Vec::new();
        for line in 0..count {
            let top = 20 + line * 40;
            for x in (40..440).filter(|x| x % 8 < 3) {
                for y in (top..top + 24).filter(|y| (y + x) % 9 < 6) {
                    image.put_pixel(x, y, Rgb([0; 3]));
                }
            }
            layer.push(TextLayerLine {
                text: "文字".into(),
                quad: Quad::from_rect(40.0, top as f32, 440.0, (top + 24) as f32),
                chars: Vec::new(),
            });
        }
        (image, layer)
    }

    #[test]
    fn a_layer_that_holds_only_the_header_is_not_enough() {
        let (image, layer) = page(12);
        assert!(covers(&image, &layer));
        assert!(!covers(&image, &layer[..1]));
    }

    #[test]
    fn rules_do_not_count_as_text() {
        let (mut image, layer) = page(2);
        for y in [2, 3, 54, 55, 96, 97] {
            for x in 0..image.width() {
                image.put_pixel(x, y, Rgb([0; 3]));
            }
        }
        assert!(covers(&image, &layer));
    }

    #[test]
    fn read_lines_join_where_the_layer_has_none() {
        let (_, layer) = page(2);
        let read = |top: f32| TextLine {
            text: "读".into(),
            quad: Quad::from_rect(42.0, top, 430.0, top + 22.0),
            ..TextLine::default()
        };
        let all = joined(&layer[..1], vec![read(21.0), read(61.0)]);
        let texts: Vec<_> = all.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(texts, ["文字", "读"]);
    }
}
