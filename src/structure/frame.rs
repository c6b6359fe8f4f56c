//! The upright, deskewed frame of a page and the way between it and page pixels.
//!
//! Everything that reasons about rows and columns does so in this frame; what it finds is
//! mapped back to page pixels before it leaves the room.

use image::GrayImage;

use crate::geometry::{Point, Quad, Rect};

/// A page turned upright by quarter turns and then by the small rest angle of its text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    rotation: u16,
    sin: f32,
    cos: f32,
    /// Page size in page pixels.
    page: (f32, f32),
    /// Size in the upright frame, before and after the turn by the rest angle.
    turned: (f32, f32),
    size: (f32, f32),
}

impl Frame {
    /// `rotation`: degrees clockwise (0, 90, 180, 270) that turn the page upright;
    /// `skew_degrees`: clockwise slope of the text that then remains.
    pub fn new(page_width: u32, page_height: u32, rotation: u16, skew_degrees: f32) -> Self {
        let page = (page_width as f32, page_height as f32);
        let turned = if rotation % 180 == 90 { (page.1, page.0) } else { page };
        let (sin, cos) = skew_degrees.to_radians().sin_cos();
        let size = (turned.0 * cos.abs() + turned.1 * sin.abs(), turned.1 * cos.abs() + turned.0 * sin.abs());
        Self { rotation, sin, cos, page, turned, size }
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
        Point::new(
            self.size.0 / 2.0 + self.cos * dx + self.sin * dy,
            self.size.1 / 2.0 - self.sin * dx + self.cos * dy,
        )
    }

    /// The upright frame to page pixels.
    pub fn page(&self, p: Point) -> Point {
        let (dx, dy) = (p.x - self.size.0 / 2.0, p.y - self.size.1 / 2.0);
        let q = Point::new(
            self.turned.0 / 2.0 + self.cos * dx - self.sin * dy,
            self.turned.1 / 2.0 + self.sin * dx + self.cos * dy,
        );
        let (w, h) = self.page;
        match self.rotation {
            90 => Point::new(q.y, h - q.x),
            180 => Point::new(w - q.x, h - q.y),
            270 => Point::new(w - q.y, q.x),
            _ => q,
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
        let source_width = gray.width() as usize;
        let source = gray.as_raw();
        let (max_x, max_y) = (gray.width() as f32 - 1.0, gray.height() as f32 - 1.0);
        // The map is affine: one step to the right is always the same step in the page.
        let origin = self.page(Point::new(scale / 2.0, scale / 2.0));
        let right = self.page(Point::new(scale * 1.5, scale / 2.0));
        let (step_x, step_y) = ((right.x - origin.x) / gray_scale, (right.y - origin.y) / gray_scale);
        let mut out = Vec::with_capacity(width as usize * height as usize);
        for y in 0..height {
            let start = self.page(Point::new(scale / 2.0, (y as f32 + 0.5) * scale));
            let (x0, y0) = (start.x / gray_scale - 0.5, start.y / gray_scale - 0.5);
            for x in 0..width {
                let (sx, sy) = (x0 + x as f32 * step_x, y0 + x as f32 * step_y);
                if sx < -0.5 || sy < -0.5 || sx > max_x + 0.5 || sy > max_y + 0.5 {
                    out.push(255);
                    continue;
                }
                let (sx, sy) = (sx.clamp(0.0, max_x), sy.clamp(0.0, max_y));
                let (ix, iy) = (sx as usize, sy as usize);
                let (fx, fy) = ((sx - ix as f32) * 256.0, (sy - iy as f32) * 256.0);
                let (fx, fy) = (fx as u32, fy as u32);
                let next_x = if sx >= max_x { 0 } else { 1 };
                let next_row = if sy >= max_y { 0 } else { source_width };
                let at = iy * source_width + ix;
                let value = |i: usize| source.get(i).map_or(255, |&v| u32::from(v));
                let upper = value(at) * (256 - fx) + value(at + next_x) * fx;
                let lower = value(at + next_row) * (256 - fx) + value(at + next_row + next_x) * fx;
                out.push(((upper * (256 - fy) + lower * fy) >> 16) as u8);
            }
        }
        GrayImage::from_raw(width, height, out).unwrap_or_default()
    }
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
