//! Where text stands: the detection network (Differentiable Binarization, Liao et al. 2020;
//! parameters as PP-OCRv6 is published with), at the resolution that the text's height asks for.
//!
//! The network finds a line when its characters are some ten pixels tall and hardly better when
//! they are taller, while its cost follows the area: a page is looked at coarsely first, and only
//! where small text shows is it looked at again more finely, tile by tile.

use std::sync::{Arc, Mutex, PoisonError};

use image::{Rgb, RgbImage};
use ndarray::{Array4, s};

use super::{
    OcrError, lines,
    session::Session,
    text_map::TextMap,
    warp::{Scaler, fill_input},
};
use crate::geometry::{Point, Quad, Rect};

/// The network's strides multiply to 32: input sides are multiples of it.
const STRIDE: usize = 32;
/// Pixels of the first, coarse look: an A4 page keeps 64 % of its size at 200 dpi.
const COARSE_PIXELS: f32 = 900_000.0;
/// A picture that is looked at in one piece comes in one of few proportions, each this many times as wide for its
/// height as the one before, and one of few areas likewise: the kernels plan each new size (about 80 ms) and keep the
/// plan (4 MB). It is stretched by at most a fortieth either way. Put into one of 20 fixed sizes instead and framed,
/// 110 pages took 904 MB instead of 913, but small real pictures were read worse (fields 91.3 % instead of 92.4).
const PROPORTIONS: f32 = 1.1;
const AREAS: f32 = 1.25;
/// The coarse look shrinks no page more than this: its small text would leave no trace.
const MIN_COARSE_SCALE: f32 = 0.3;
/// A box below this height in network pixels may be incomplete and is looked at again. Of the
/// lines of 24 pages, looked at in seven sizes, 98 % were found at 10 and more pixels of text
/// height (13 of the box), 91 % at 8, 84 % at 6, 39 % at 4.
const SMALL_BOX: f32 = 13.0;
/// Height that small boxes get in the fine look, in network pixels.
const FINE_BOX: f32 = 18.0;
/// The fine look enlarges no more than this.
const MAX_FINE_SCALE: f32 = 2.5;
/// From this scale on small text anywhere leaves a trace in the coarse look: only what is near to it
/// is looked at again. Below (pages of more than 3.6 million pixels) the whole page is: on a sheet
/// of receipts at 300 dpi, 0.32 of its size, 3 of 61 lines of one were seen.
const TRUSTED_SCALE: f32 = 0.5;
/// A tile whose pixels differ by less than this of 255 is blank.
const BLANK_SPREAD: u8 = 24;
/// The fine look must be finer by this factor to be worth its time.
const MIN_GAIN: f32 = 1.2;
/// Pixels of a fine map at most.
const MAX_MAP_PIXELS: f32 = 100_000_000.0;
/// A map of more pixels than this is computed in equal tiles of at most this width and about half as many
/// pixels: the network takes some 290 bytes a pixel (203 MB in all for 0.46 million, 470 MB for 1.23
/// million). The coarse look is never parted: a number plate that fills its picture was cut at the seam.
const ONE_PIECE_PIXELS: usize = 1_100_000;
const TILE_WIDTH: usize = 960;
const TILE_PIXELS: usize = 600_000;
/// How much of its neighbours a tile sees on each side, so that nothing is lost at a seam. A multiple of
/// the stride.
const TILE_MARGIN: usize = 32;
/// Sides of tiles are multiples of this where the map is as large, so that few sizes occur.
const TILE_GRID: usize = 128;
/// How far around small text the fine look reaches, in network pixels.
const REACH: f32 = 96.0;
/// Pictures with a side below this get a border: text that touches the edge is not found.
const SMALL_PICTURE: u32 = 200;
const BORDER: u32 = 24;
/// Two boxes are of the same text when they share this much of the smaller one.
const SAME_TEXT: f32 = 0.5;
/// Lines that the coarse look took for one text reach over this share of it.
const FILLED: f32 = 0.75;

/// Finds text lines.
pub struct Detector {
    /// Readers may share it: it stands idle most of a page's time.
    session: Arc<Mutex<Session>>,
}

impl Detector {
    pub fn new(session: Arc<Mutex<Session>>) -> Self {
        Self { session }
    }

    /// Gives back what the network keeps for each size of picture.
    pub fn renew(&self) {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).renew();
    }

    /// Quads of text lines in page pixels, in no order. Each starts at the corner that is upper
    /// left on the page; whether the text really starts there is not known yet.
    pub fn detect(&mut self, page: &RgbImage, scaler: &mut Scaler) -> Result<Vec<Quad>, OcrError> {
        let (width, height) = page.dimensions();
        if width == 0 || height == 0 {
            return Ok(Vec::new());
        }
        if width.min(height) < SMALL_PICTURE {
            let border = BORDER as f32;
            let found = self.find(&with_border(page), scaler)?;
            let back = |p: Point| {
                Point::new((p.x - border).clamp(0.0, width as f32), (p.y - border).clamp(0.0, height as f32))
            };
            return Ok(found.into_iter().map(|q| q.map(back)).collect());
        }
        self.find(page, scaler)
    }

    fn find(&mut self, page: &RgbImage, scaler: &mut Scaler) -> Result<Vec<Quad>, OcrError> {
        let pixels = page.width() as f32 * page.height() as f32;
        let scale = (COARSE_PIXELS / pixels).sqrt().clamp(MIN_COARSE_SCALE, 1.0);
        let coarse = self.look(page, scaler, scale, None)?;
        let small_at = |found: &[Quad], scale: f32| -> Vec<Rect> {
            found.iter().filter(|q| side(q) * scale < SMALL_BOX).map(Quad::bounds).collect()
        };
        // The scale of a finer look, where it is worth its time.
        let finer = |found: &[Quad], scale: f32| {
            let finer = fine_scale(found, scale).min((MAX_MAP_PIXELS / pixels).sqrt());
            (finer >= scale * MIN_GAIN).then_some(finer)
        };
        let small = small_at(&coarse, scale);
        // A small picture without any box may hold text that is too small for the first look.
        if small.is_empty() && !(coarse.is_empty() && scale == 1.0) {
            return Ok(coarse);
        }
        let Some(fine_scale) = finer(&coarse, scale) else { return Ok(coarse) };
        // Of a page shrunk this much the first look misses whole pieces of small print on a pattern.
        let near = scale >= TRUSTED_SCALE && !small.is_empty();
        let fine = self.look(page, scaler, fine_scale, near.then_some(small.as_slice()))?;
        // Near small text larger text may be cut off where the fine look ends.
        let found = merge(coarse, fine, SMALL_BOX / scale * if near { 1.0 } else { 2.0 }, !near);
        if near {
            return Ok(found);
        }
        // Beside lines that were too small for the first look stand some that are for the second.
        let small = small_at(&found, fine_scale);
        let Some(finest) = finer(&found, fine_scale).filter(|_| !small.is_empty()) else { return Ok(found) };
        let last = self.look(page, scaler, finest, Some(&small))?;
        Ok(merge(found, last, SMALL_BOX / fine_scale, false))
    }

    /// Text boxes of the page seen at `scale`, in page pixels; only near `places` (page pixels)
    /// if any are given.
    fn look(
        &mut self,
        page: &RgbImage,
        scaler: &mut Scaler,
        scale: f32,
        places: Option<&[Rect]>,
    ) -> Result<Vec<Quad>, OcrError> {
        let (width, height) = fitted(page.width() as f32 * scale, page.height() as f32 * scale);
        let (sx, sy) = (width as f32 / page.width() as f32, height as f32 / page.height() as f32);
        let places: Option<Vec<Rect>> = places.map(|places| {
            let scaled =
                |r: &Rect| Rect::new(r.left * sx, r.top * sy, r.right * sx, r.bottom * sy).expanded(REACH);
            places.iter().map(scaled).collect()
        });
        let mut map = TextMap::new(width, height);
        for tile in tiles(width, height, places.as_deref()) {
            let (x, y) = (tile.x.0 as f64, tile.y.0 as f64);
            let (w, h) = (tile.x.1 - tile.x.0, tile.y.1 - tile.y.0);
            let (fx, fy) = (f64::from(sx), f64::from(sy));
            let part = (x / fx, y / fy, w as f64 / fx, h as f64 / fy);
            let Some(scaled) = scaler.resize_part(page, part, w as u32, h as u32) else { continue };
            if is_blank(&scaled) {
                continue;
            }
            let mut input = Array4::zeros((1, 3, h, w));
            fill_input(input.slice_mut(s![0, .., .., ..]), &scaled);
            let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            session.run(input.view(), |output| {
                let Ok(output) = output.into_dimensionality::<ndarray::Ix4>() else { return };
                // The tile's own part; at the map's edge it has no margin.
                for y in tile.own_y.0..tile.own_y.1 {
                    let row = output.slice(s![
                        0,
                        0,
                        y - tile.y.0,
                        tile.own_x.0 - tile.x.0..tile.own_x.1 - tile.x.0
                    ]);
                    map.put_row(tile.own_x.0, y, row.iter().copied());
                }
            })?;
        }
        let (right, bottom) = (page.width() as f32, page.height() as f32);
        let to_page = |p: Point| Point::new((p.x / sx).clamp(0.0, right), (p.y / sy).clamp(0.0, bottom));
        Ok(map.boxes().into_iter().map(|q| q.map(to_page)).collect())
    }
}

/// The size of a map for a picture of `width` × `height` network pixels: multiples of the stride.
fn fitted(width: f32, height: f32) -> (usize, usize) {
    let multiple = |side: f32| ((side / STRIDE as f32).round() as usize).max(1) * STRIDE;
    let area = width * height;
    if area > ONE_PIECE_PIXELS as f32 {
        return (multiple(width), multiple(height));
    }
    let nearest = |value: f32, ratio: f32| ratio.powf((value.ln() / ratio.ln()).round());
    let proportion = nearest(width / height, PROPORTIONS);
    let area = COARSE_PIXELS * nearest(area / COARSE_PIXELS, AREAS);
    (multiple((area * proportion).sqrt()), multiple((area / proportion).sqrt()))
}

/// Whether a picture shows nothing.
fn is_blank(picture: &RgbImage) -> bool {
    let values = picture.as_raw();
    let (least, most) = values.iter().fold((u8::MAX, u8::MIN), |(a, b), &v| (a.min(v), b.max(v)));
    most.saturating_sub(least) < BLANK_SPREAD
}

/// Shorter side of a box.
fn side(quad: &Quad) -> f32 {
    quad.width().min(quad.height())
}

/// Scale at which nearly all boxes that are small where they were `found`, at `scale`, are tall enough.
fn fine_scale(found: &[Quad], scale: f32) -> f32 {
    let mut small: Vec<f32> = found.iter().map(side).filter(|h| h * scale < SMALL_BOX).collect();
    small.sort_by(f32::total_cmp);
    // Single specks do not decide.
    let typical = small.get(small.len() / 10).copied().unwrap_or(0.0).max(1.0);
    (FINE_BOX / typical).min(MAX_FINE_SCALE)
}

/// Boxes of both looks, each text once: of texts below `limit` (page pixels) the fine look's box
/// counts, of larger ones the coarse look's, unless the fine look found several lines in it. Where
/// that did not see the page `whole`, those must fill the place of the one.
fn merge(coarse: Vec<Quad>, fine: Vec<Quad>, limit: f32, whole: bool) -> Vec<Quad> {
    let (large, small): (Vec<Quad>, Vec<Quad>) = coarse.into_iter().partition(|q| side(q) >= limit);
    let (confirming, mut out): (Vec<Quad>, Vec<Quad>) = fine.into_iter().partition(|q| side(q) >= limit);
    for quad in large {
        // Not of their bounds: those of neighbouring lines overlap where these are tilted.
        let inside = |f: &Quad| f.intersection_area(&quad) > SAME_TEXT * f.area();
        let lines: Vec<&Quad> = out.iter().filter(|f| inside(f) && side(f) < 0.6 * side(&quad)).collect();
        let extent = lines.iter().map(|f| f.bounds()).reduce(|a, b| a.union(&b));
        let filled = whole || extent.is_some_and(|e| e.area() > FILLED * quad.bounds().area());
        // Small pieces that fill it are lines that the coarse look ran together; others are
        // fragments of its characters, or end where the fine look did.
        if lines.len() < 2 || !filled || confirming.iter().any(|f| f.iou(&quad) > SAME_TEXT) {
            out.retain(|f| !inside(f));
            out.push(quad);
        }
    }
    let known = out.len();
    for quad in small {
        if !out[..known].iter().any(|o| lines::are_of_same_text(o, &quad)) {
            out.push(quad);
        }
    }
    out
}

/// One run of the network: the pixels it sees and those of them that are its own, as ranges.
struct Tile {
    x: (usize, usize),
    y: (usize, usize),
    own_x: (usize, usize),
    own_y: (usize, usize),
}

/// Tiles of a map of `width` × `height` pixels (multiples of the stride), those that touch
/// `places` (map pixels) if any are given, each cut down to what it must see of them.
fn tiles(width: usize, height: usize, places: Option<&[Rect]>) -> Vec<Tile> {
    if places.is_none() && width * height <= ONE_PIECE_PIXELS {
        return vec![Tile { x: (0, width), y: (0, height), own_x: (0, width), own_y: (0, height) }];
    }
    // With its margins a tile is a multiple of the grid.
    let part = |side: usize, count: usize| {
        (side.div_ceil(count) + 2 * TILE_MARGIN).next_multiple_of(TILE_GRID) - 2 * TILE_MARGIN
    };
    let tile_width = part(width, width.div_ceil(TILE_WIDTH));
    let tile_height = part(height, (tile_width * height).div_ceil(TILE_PIXELS));
    let mut out = Vec::new();
    for top in (0..height).step_by(tile_height) {
        for left in (0..width).step_by(tile_width) {
            let (right, bottom) = ((left + tile_width).min(width), (top + tile_height).min(height));
            let mut own = Rect::new(left as f32, top as f32, right as f32, bottom as f32);
            if let Some(places) = places {
                let inside = places.iter().map(|p| p.intersection(&own)).filter(|p| p.area() > 0.0);
                let Some(needed) = inside.reduce(|a, b| a.union(&b)) else { continue };
                own = needed;
            }
            let range = |from: f32, to: f32, end: usize| {
                let from = from as usize / STRIDE * STRIDE;
                let to = (to.ceil() as usize).div_ceil(STRIDE) * STRIDE;
                let own = (from, to.min(end));
                let (first, last) = (from.saturating_sub(TILE_MARGIN), (to + TILE_MARGIN).min(end));
                let length = (last - first).next_multiple_of(TILE_GRID).min(end);
                let first = first.min(end - length);
                ((first, first + length), own)
            };
            let (x, own_x) = range(own.left, own.right, width);
            let (y, own_y) = range(own.top, own.bottom, height);
            out.push(Tile { x, y, own_x, own_y });
        }
    }
    out
}

/// The picture with a border of its edge's mean colour.
fn with_border(page: &RgbImage) -> RgbImage {
    let (width, height) = page.dimensions();
    let edge =
        page.enumerate_pixels().filter(|(x, y, _)| *x == 0 || *y == 0 || x + 1 == width || y + 1 == height);
    let (mut sum, mut count) = ([0_u64; 3], 0);
    for (_, _, pixel) in edge {
        for (s, v) in sum.iter_mut().zip(pixel.0) {
            *s += u64::from(v);
        }
        count += 1;
    }
    let colour = sum.map(|s| (s / count.max(1)) as u8);
    let mut out = RgbImage::from_pixel(width + 2 * BORDER, height + 2 * BORDER, Rgb(colour));
    image::imageops::replace(&mut out, page, i64::from(BORDER), i64::from(BORDER));
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn tiles_cover_a_map_once_and_see_their_neighbours() {
        let (width, height) = (2240, 1952);
        let found = tiles(width, height, None);
        let own: usize = found.iter().map(|t| (t.own_x.1 - t.own_x.0) * (t.own_y.1 - t.own_y.0)).sum();
        assert_eq!(own, width * height);
        for t in &found {
            for (seen, own, end) in [(t.x, t.own_x, width), (t.y, t.own_y, height)] {
                assert_eq!((seen.1 - seen.0) % STRIDE, 0);
                assert!(own.0 == 0 || seen.0 + TILE_MARGIN <= own.0);
                assert!(own.1 == end || seen.1 >= own.1 + TILE_MARGIN);
            }
        }
        assert!(found.iter().all(|t| (t.x.1 - t.x.0) * (t.y.1 - t.y.0) < 800_000));
        let of_few_sizes = |(from, to): (usize, usize)| (to - from).is_multiple_of(TILE_GRID);
        assert!(found.iter().all(|t| of_few_sizes(t.x) && of_few_sizes(t.y)));
        assert_eq!(tiles(800, 1120, None).len(), 1);
    }

    #[test]
    fn pictures_come_in_few_sizes_of_nearly_their_proportions() {
        let mut sizes = BTreeSet::new();
        for proportion in (0..=100).map(|i| 0.4 * 6.25_f32.powf(i as f32 / 100.0)) {
            let (width, height) = ((COARSE_PIXELS * proportion).sqrt(), (COARSE_PIXELS / proportion).sqrt());
            let size = fitted(width, height);
            assert!(size.0 * size.1 <= ONE_PIECE_PIXELS);
            assert!(size.0.is_multiple_of(STRIDE) && size.1.is_multiple_of(STRIDE));
            let stretch = (size.0 as f32 / size.1 as f32) / proportion;
            assert!((0.92..1.08).contains(&stretch), "{proportion}: {size:?}");
            sizes.insert(size);
        }
        assert!(sizes.len() <= 21, "{}", sizes.len());
        assert_eq!(fitted(3000.0, 2016.0), (3008, 2016));
    }

    #[test]
    fn only_tiles_with_small_text_are_looked_at_again() {
        let found = tiles(1920, 1920, Some(&[Rect::new(1000.0, 100.0, 1200.0, 130.0)]));
        assert_eq!(found.len(), 1);
        let t = &found[0];
        assert!(t.own_x.0 <= 1000 && t.own_x.1 >= 1200 && t.own_y.0 <= 100 && t.own_y.1 >= 130);
        assert!(t.x.1 - t.x.0 <= 512);
    }

    #[test]
    fn fine_boxes_replace_small_coarse_ones_only() {
        let line = |y: f32, h: f32| Quad::from_rect(0.0, y, 100.0, y + h);
        let coarse = vec![line(0.0, 10.0), line(50.0, 60.0), line(200.0, 10.0)];
        let fine = vec![line(1.0, 9.0), line(60.0, 50.0), line(150.0, 9.0)];
        let found = merge(coarse, fine, 40.0, false);
        assert_eq!(found, [line(1.0, 9.0), line(150.0, 9.0), line(50.0, 60.0), line(200.0, 10.0)]);
        // What ran together in the coarse look are lines, pieces of large characters are not.
        let lines: Vec<Quad> = (0..4).map(|i| line(20.0 * i as f32, 13.0)).collect();
        assert_eq!(merge(vec![line(0.0, 75.0)], lines.clone(), 40.0, false), lines);
        assert_eq!(
            merge(vec![line(0.0, 50.0)], vec![line(0.0, 38.0), line(38.0, 12.0)], 40.0, false),
            [line(0.0, 50.0)]
        );
        let twice = vec![line(0.0, 72.0), line(0.0, 20.0), line(40.0, 20.0)];
        assert_eq!(merge(vec![line(0.0, 75.0)], twice, 40.0, false), [line(0.0, 75.0)]);
    }

    #[test]
    fn a_border_takes_the_edges_colour() {
        let page = with_border(&RgbImage::from_pixel(10, 5, Rgb([9, 8, 7])));
        assert_eq!(page.dimensions(), (58, 53));
        assert!(page.pixels().all(|p| p.0 == [9, 8, 7]));
    }
}
