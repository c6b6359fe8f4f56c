//! The upright, deskewed frame of a page and the way between it and page pixels.
//!
//! Everything that reasons about rows and columns does so in this frame; what it finds is
//! mapped back to page pixels before it leaves the room.

use image::GrayImage;

use crate::{
    geometry::{Point, Quad, Rect},
    ocr::TextLine,
    structure::bend::Bend,
};

/// Side of the squares of a bent page's view, in which its shift is interpolated.
const SQUARE: usize = 16;

/// A page turned upright by quarter turns and then by the small rest angle of its text; bent paper is
/// flattened.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    rotation: u16,
    sin: f32,
    cos: f32,
    /// Page size in page pixels.
    page: (f32, f32),
    /// Size in the upright frame, before and after the turn by the rest angle.
    turned: (f32, f32),
    size: (f32, f32),
    /// What flattens the paper, one after the other.
    bends: Vec<Bend>,
}

impl Frame {
    /// `rotation`: degrees clockwise (0, 90, 180, 270) that turn the page upright;
    /// `skew_degrees`: clockwise slope of the text that then remains.
    pub fn new(page_width: u32, page_height: u32, rotation: u16, skew_degrees: f32) -> Self {
        let page = (page_width as f32, page_height as f32);
        let turned = if rotation % 180 == 90 { (page.1, page.0) } else { page };
        let (sin, cos) = skew_degrees.to_radians().sin_cos();
        let size = (turned.0 * cos.abs() + turned.1 * sin.abs(), turned.1 * cos.abs() + turned.0 * sin.abs());
        Self { rotation, sin, cos, page, turned, size, bends: Vec::new() }
    }

    /// The frame in which the lines are level, where the paper is bent.
    pub fn flattened(mut self, lines: &[TextLine]) -> Self {
        let bend = Bend::of_text(lines.iter().map(|l| l.quad.map(|p| self.upright(p))));
        self.bends.extend(bend);
        self
    }

    /// This frame with a further bend taken out.
    pub fn without(&self, bend: Bend) -> Self {
        let mut frame = self.clone();
        frame.bends.push(bend);
        frame
    }

    /// Slope of bent paper's lines that skew and perspective do not explain; 0 of flat paper.
    pub fn bent_slope(&self) -> f32 {
        self.bends.first().map_or(0.0, |b| b.slope)
    }

    /// Width and height that hold the whole turned page.
    pub fn size(&self) -> (f32, f32) {
        self.size
    }

    /// The rest angle that is turned back, degrees clockwise.
    pub fn skew_degrees(&self) -> f32 {
        self.sin.atan2(self.cos).to_degrees()
    }

    /// Page pixels to the upright frame.
    pub fn upright(&self, p: Point) -> Point {
        let (w, h) = self.page;
        let q = match self.rotation {
            90 => Point::new(h - p.y, p.x),
            180 => Point::new(w - p.x, h - p.y),
            270 => Point::new(p.y, w - p.x),
            _ => p,
        };
        let (dx, dy) = (q.x - self.turned.0 / 2.0, q.y - self.turned.1 / 2.0);
        let level = Point::new(
            self.size.0 / 2.0 + self.cos * dx + self.sin * dy,
            self.size.1 / 2.0 - self.sin * dx + self.cos * dy,
        );
        self.bends.iter().fold(level, |p, bend| bend.flat(p))
    }

    /// The upright frame to page pixels.
    pub fn page(&self, p: Point) -> Point {
        let p = self.bends.iter().rev().fold(p, |p, bend| bend.bent(p));
        let (dx, dy) = (p.x - self.size.0 / 2.0, p.y - self.size.1 / 2.0);
        let q = Point::new(
            self.turned.0 / 2.0 + self.cos * dx - self.sin * dy,
            self.turned.1 / 2.0 + self.sin * dx + self.cos * dy,
        );
        self.unturned(q)
    }

    /// Size of the page after its quarter turns alone.
    pub fn turned_size(&self) -> (f32, f32) {
        self.turned
    }

    /// The page after its quarter turns alone, without its rest angle, to page pixels.
    pub fn unturned(&self, p: Point) -> Point {
        let (w, h) = self.page;
        match self.rotation {
            90 => Point::new(p.y, h - p.x),
            180 => Point::new(w - p.x, h - p.y),
            270 => Point::new(w - p.y, p.x),
            _ => p,
        }
    }

    /// The upright rectangle around a quad given in page pixels.
    pub fn upright_bounds(&self, quad: &Quad) -> Rect {
        quad.map(|p| self.upright(p)).bounds()
    }

    /// A rectangle of the upright frame as a quad in page pixels, first corner at its upper left.
    pub fn page_quad(&self, rect: Rect) -> Quad {
        Quad::from(rect).map(|p| self.page(p))
    }

    /// The page seen in this frame, made smaller by `scale` (frame pixels a result pixel);
    /// bilinear, white outside the page. `gray` is the page made smaller by `gray_scale`.
    pub fn view(&self, gray: &GrayImage, gray_scale: f32, scale: f32) -> GrayImage {
        let (width, height) = ((self.size.0 / scale) as u32, (self.size.1 / scale) as u32);
        if !self.bends.is_empty() {
            return self.flat_view(gray, gray_scale, scale, (width, height));
        }
        let source_width = gray.width() as usize;
        let source = gray.as_raw();
        let (max_x, max_y) = (gray.width() as f32 - 1.0, gray.height() as f32 - 1.0);
        // The map is affine: one step to the right is always the same step in the page.
        let origin = self.page(Point::new(scale / 2.0, scale / 2.0));
        let right = self.page(Point::new(scale * 1.5, scale / 2.0));
        let (step_x, step_y) = ((right.x - origin.x) / gray_scale, (right.y - origin.y) / gray_scale);
        // Fixed point with 16 bits behind it: steps along a row are additions.
        const ONE: f32 = 65536.0;
        let (fixed_x, fixed_y) = ((step_x * ONE) as i64, (step_y * ONE) as i64);
        let mut out = vec![255u8; width as usize * height as usize];
        for (y, row) in out.chunks_exact_mut(width.max(1) as usize).enumerate() {
            let start = self.page(Point::new(scale / 2.0, (y as f32 + 0.5) * scale));
            let (x0, y0) = (start.x / gray_scale - 0.5, start.y / gray_scale - 0.5);
            // The stretch of the row that lies on the page.
            let (from, to) = stretch(x0, step_x, max_x + 0.5, width);
            let (from_y, to_y) = stretch(y0, step_y, max_y + 0.5, width);
            let (from, to) = (from.max(from_y), to.min(to_y));
            let mut sx = (f64::from(x0) * f64::from(ONE)) as i64 + fixed_x * from as i64;
            let mut sy = (f64::from(y0) * f64::from(ONE)) as i64 + fixed_y * from as i64;
            let (last_x, last_y) = ((max_x * ONE) as i64, (max_y * ONE) as i64);
            for value in row.get_mut(from..to.max(from)).unwrap_or_default() {
                let (fx, fy) = ((sx >> 8 & 255) as u32, (sy >> 8 & 255) as u32);
                let (x, y) = (sx >> 16, sy >> 16);
                // Four pixels of the page lie around all places but those at its edges.
                let around = ((0..last_x).contains(&sx) && (0..last_y).contains(&sy)).then(|| {
                    let at = y as usize * source_width + x as usize;
                    Some((source.get(at..at + 2)?, source.get(at + source_width..at + source_width + 2)?))
                });
                let [a, b, c, d] = if let Some(Some((&[a, b], &[c, d]))) = around {
                    [a, b, c, d]
                } else {
                    let level = |x: i64, y: i64| {
                        let (x, y) = (x.clamp(0, last_x >> 16), y.clamp(0, last_y >> 16));
                        source.get(y as usize * source_width + x as usize).copied().unwrap_or(255)
                    };
                    [level(x, y), level(x + 1, y), level(x, y + 1), level(x + 1, y + 1)]
                };
                let upper = u32::from(a) * (256 - fx) + u32::from(b) * fx;
                let lower = u32::from(c) * (256 - fx) + u32::from(d) * fx;
                *value = ((upper * (256 - fy) + lower * fy) >> 16) as u8;
                sx += fixed_x;
                sy += fixed_y;
            }
        }
        GrayImage::from_raw(width, height, out).unwrap_or_default()
    }

    /// [`Self::view`] of bent paper, of the given size.
    fn flat_view(
        &self,
        gray: &GrayImage,
        gray_scale: f32,
        scale: f32,
        (width, height): (u32, u32),
    ) -> GrayImage {
        let mut out = GrayImage::from_pixel(width, height, image::Luma([255]));
        if gray.width() < 2 || gray.height() < 2 {
            return out;
        }
        let (last_x, last_y) = (gray.width() - 1, gray.height() - 1);
        let source = |x: usize, y: usize| {
            let p = self.page(Point::new((x as f32 + 0.5) * scale, (y as f32 + 0.5) * scale));
            Point::new(p.x / gray_scale - 0.5, p.y / gray_scale - 0.5)
        };
        for top in (0..height as usize).step_by(SQUARE) {
            for left in (0..width as usize).step_by(SQUARE) {
                let corners = [(0, 0), (SQUARE, 0), (0, SQUARE), (SQUARE, SQUARE)];
                let [a, b, c, d] = corners.map(|(x, y)| source(left + x, top + y));
                for y in top..(top + SQUARE).min(height as usize) {
                    let v = (y - top) as f32 / SQUARE as f32;
                    let (from, to) = (a.lerp(c, v), b.lerp(d, v));
                    for x in left..(left + SQUARE).min(width as usize) {
                        let p = from.lerp(to, (x - left) as f32 / SQUARE as f32);
                        if p.x < -0.5 || p.y < -0.5 || p.x > last_x as f32 + 0.5 || p.y > last_y as f32 + 0.5
                        {
                            continue;
                        }
                        let (px, py) = (p.x.clamp(0.0, last_x as f32), p.y.clamp(0.0, last_y as f32));
                        let (ix, iy) = ((px as u32).min(last_x - 1), (py as u32).min(last_y - 1));
                        let (fx, fy) = (px - ix as f32, py - iy as f32);
                        let level = |x: u32, y: u32| f32::from(gray.get_pixel(x, y).0[0]);
                        let upper = level(ix, iy) * (1.0 - fx) + level(ix + 1, iy) * fx;
                        let lower = level(ix, iy + 1) * (1.0 - fx) + level(ix + 1, iy + 1) * fx;
                        let value = upper * (1.0 - fy) + lower * fy;
                        out.put_pixel(x as u32, y as u32, image::Luma([value as u8]));
                    }
                }
            }
        }
        out
    }
}

/// The steps 0..`count` for which `start + step · i` lies in `-0.5..=most`.
fn stretch(start: f32, step: f32, most: f32, count: u32) -> (usize, usize) {
    if step.abs() < 1e-6 {
        return if start < -0.5 || start > most { (0, 0) } else { (0, count as usize) };
    }
    let (a, b) = ((-0.5 - start) / step, (most - start) / step);
    let (first, last) = (a.min(b).ceil().max(0.0), a.max(b).floor());
    if last < first { (0, 0) } else { (first as usize, (last as usize + 1).min(count as usize)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_go_upright_and_back() {
        for rotation in [0, 90, 180, 270] {
            let frame = Frame::new(300, 200, rotation, 3.0);
            for p in [Point::new(0.0, 0.0), Point::new(299.0, 150.0), Point::new(20.0, 180.0)] {
                assert!(frame.page(frame.upright(p)).distance(p) < 1e-2);
                let (w, h) = frame.size();
                let q = frame.upright(p);
                assert!(Rect::new(0.0, 0.0, w, h).expanded(0.1).contains(q));
            }
        }
    }

    #[test]
    fn a_sideways_line_comes_out_level() {
        // Text running up the page turned by two degrees more.
        let (a, b) = (Point::new(50.0, 150.0), Point::new(50.0 + 100.0 * 2f32.to_radians().tan(), 50.0));
        let frame = Frame::new(200, 200, 90, 2.0);
        let (a, b) = (frame.upright(a), frame.upright(b));
        assert!((a.y - b.y).abs() < 0.1 && b.x > a.x);
    }

    #[test]
    fn the_view_shows_the_page_upright() {
        let mut page = GrayImage::from_pixel(60, 40, image::Luma([255]));
        page.put_pixel(5, 30, image::Luma([0]));
        let frame = Frame::new(60, 40, 90, 0.0);
        let view = frame.view(&page, 1.0, 1.0);
        assert_eq!(view.dimensions(), (40, 60));
        assert_eq!(view.get_pixel(9, 5).0, [0]);
        assert_eq!(view.as_raw().iter().filter(|&&v| v < 255).count(), 1);
    }
}
