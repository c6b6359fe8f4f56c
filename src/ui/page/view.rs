//! Where the page lies in its pane: zoom, pan and turn as plain geometry.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::geometry::{Point, Quad};

/// Points per page pixel: 1 : 50 shows 8192 pixels in a thumbnail, 16 shows single pixels.
const ZOOM: (f32, f32) = (0.02, 16.0);
/// A field shown at this height in points reads like the form's own text.
const READABLE_HEIGHT: f32 = 14.0;
/// The height a field gets when it was too small to read.
const COMFORTABLE_HEIGHT: f32 = 24.0;

/// What part of the page is seen, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// The page point in the middle of the pane.
    pub center: Point,
    /// Points on the screen per page pixel.
    pub zoom: f32,
    /// Degrees clockwise by which the page is turned.
    pub turn: f32,
}

/// How the page keeps to its pane when the pane changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    Page,
    Width,
}

impl View {
    fn turned(v: Vec2, degrees: f32) -> Vec2 {
        // Quarter turns exactly, so that pixels stay on the grid.
        let (sin, cos) = match degrees.rem_euclid(360.0) {
            0.0 => (0.0, 1.0),
            90.0 => (1.0, 0.0),
            180.0 => (0.0, -1.0),
            270.0 => (-1.0, 0.0),
            d => d.to_radians().sin_cos(),
        };
        vec2(v.x * cos - v.y * sin, v.x * sin + v.y * cos)
    }

    pub fn to_screen(self, pane: Rect, p: Point) -> Pos2 {
        let from_center = vec2(p.x - self.center.x, p.y - self.center.y) * self.zoom;
        pane.center() + Self::turned(from_center, self.turn)
    }

    pub fn to_page(self, pane: Rect, at: Pos2) -> Point {
        let v = Self::turned(at - pane.center(), -self.turn) / self.zoom;
        Point::new(self.center.x + v.x, self.center.y + v.y)
    }

    pub fn quad_on_screen(&self, pane: Rect, quad: &Quad) -> [Pos2; 4] {
        quad.0.map(|p| self.to_screen(pane, p))
    }

    /// Zoomed by `factor` so that the page point under `at` stays there.
    pub fn zoomed(&self, pane: Rect, at: Pos2, factor: f32) -> Self {
        let fixed = self.to_page(pane, at);
        let zoom = (self.zoom * factor).clamp(ZOOM.0, ZOOM.1);
        let mut view = Self { zoom, ..*self };
        let moved = view.to_page(pane, at);
        view.center = Point::new(view.center.x + fixed.x - moved.x, view.center.y + fixed.y - moved.y);
        view
    }

    /// Dragged by `by` points.
    pub fn panned(&self, by: Vec2) -> Self {
        let v = Self::turned(by, -self.turn) / self.zoom;
        Self { center: Point::new(self.center.x - v.x, self.center.y - v.y), ..*self }
    }

    /// With the middle of the pane kept on the page, so that it cannot be lost.
    pub fn held_on(&self, size: (u32, u32)) -> Self {
        let center =
            Point::new(self.center.x.clamp(0.0, size.0 as f32), self.center.y.clamp(0.0, size.1 as f32));
        Self { center, ..*self }
    }

    /// The whole page, or its whole width, in the pane with a small margin.
    pub fn fitted(size: (u32, u32), turn: f32, pane: Rect, fit: Fit) -> Self {
        let (w, h) = (size.0.max(1) as f32, size.1.max(1) as f32);
        let turned = Self::turned(vec2(w, h), turn).abs();
        let space = (pane.size() - vec2(16.0, 16.0)).max(vec2(1.0, 1.0));
        let across = space.x / turned.x;
        let zoom = match fit {
            Fit::Page => across.min(space.y / turned.y),
            Fit::Width => across,
        };
        let mut view = Self { center: Point::new(w / 2.0, h / 2.0), zoom: zoom.clamp(ZOOM.0, ZOOM.1), turn };
        if fit == Fit::Width && turned.y * view.zoom > space.y {
            // The upper end of the page comes first.
            view = view.panned(vec2(0.0, (turned.y * view.zoom - space.y) / 2.0));
        }
        view
    }

    /// The least change of this view that shows `quad` readably: none if it already does.
    pub fn showing(&self, pane: Rect, quad: &Quad) -> Self {
        let zoom = if quad.height() * self.zoom < READABLE_HEIGHT && quad.height() > 0.0 {
            // Not so large that the value runs out of the pane.
            let by_height = COMFORTABLE_HEIGHT / quad.height();
            let by_width = pane.width() * 0.8 / quad.width().max(1.0);
            by_height.min(by_width).clamp(self.zoom, ZOOM.1)
        } else {
            self.zoom
        };
        let mut view = *self;
        if zoom != self.zoom {
            view = Self { zoom, center: quad.center(), ..view };
        }
        let inner = pane.shrink2(pane.size().min(vec2(64.0, 64.0)) / 4.0);
        let bounds = Rect::from_points(&view.quad_on_screen(pane, quad));
        let shift = |from: f32, to: f32, least: f32, most: f32| {
            if to - from > most - least {
                (least + most - from - to) / 2.0
            } else {
                (least - from).max(0.0) - (to - most).max(0.0)
            }
        };
        view.panned(vec2(
            shift(bounds.left(), bounds.right(), inner.left(), inner.right()),
            shift(bounds.top(), bounds.bottom(), inner.top(), inner.bottom()),
        ))
    }

    /// All of `quad` in the pane with a small margin, the page turned as it is.
    pub fn around(&self, pane: Rect, quad: &Quad) -> Self {
        let bounds = Rect::from_points(&self.quad_on_screen(pane, quad));
        let space = (pane.size() - vec2(24.0, 24.0)).max(vec2(1.0, 1.0));
        let factor = (space.x / bounds.width().max(1.0)).min(space.y / bounds.height().max(1.0));
        Self { center: quad.center(), zoom: (self.zoom * factor).clamp(ZOOM.0, ZOOM.1), ..*self }
    }

    /// `quad` as large as it fits, upright along its own reading direction.
    pub fn filled_with(pane: Rect, quad: &Quad, margin: f32) -> Self {
        let (w, h) = (quad.width().max(1.0), quad.height().max(1.0));
        let grown = vec2(w + 2.0 * margin * h, h + 2.0 * margin * h);
        let zoom = (pane.width() / grown.x).min(pane.height() / grown.y);
        Self { center: quad.center(), zoom: zoom.clamp(ZOOM.0, ZOOM.1), turn: -quad.angle() }
    }

    /// Between two views, for gliding.
    pub fn between(from: &Self, to: &Self, t: f32) -> Self {
        let turn = from.turn + (to.turn - from.turn) * t;
        // Zoom changes evenly when its logarithm does.
        let zoom = (from.zoom.ln() + (to.zoom.ln() - from.zoom.ln()) * t).exp();
        Self { center: from.center.lerp(to.center, t), zoom, turn }
    }

    /// The page's part that the pane shows, as page coordinates (left, top, right, bottom).
    pub fn seen(&self, pane: Rect) -> crate::geometry::Rect {
        let corners = [pane.min, pos2(pane.right(), pane.top()), pane.max, pos2(pane.left(), pane.bottom())];
        Quad(corners.map(|c| self.to_page(pane, c))).bounds()
    }
}

/// The quarter turns, in degrees clockwise, that bring lines of this angle upright.
pub fn upright(angle: f32) -> f32 {
    ((-angle / 90.0).round() * 90.0).rem_euclid(360.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANE: Rect = Rect { min: Pos2 { x: 100.0, y: 50.0 }, max: Pos2 { x: 700.0, y: 650.0 } };

    fn close(a: Point, b: Point) -> bool {
        a.distance(b) < 0.05
    }

    #[test]
    fn screen_and_page_are_inverse_at_every_turn() {
        for turn in [0.0, 90.0, 180.0, 270.0, -37.0] {
            let view = View { center: Point::new(400.0, 300.0), zoom: 0.7, turn };
            let p = Point::new(123.0, 456.0);
            assert!(close(view.to_page(PANE, view.to_screen(PANE, p)), p), "turn {turn}");
        }
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let view = View { center: Point::new(400.0, 300.0), zoom: 0.5, turn: 90.0 };
        let at = pos2(650.0, 100.0);
        let zoomed = view.zoomed(PANE, at, 3.0);
        assert_eq!(zoomed.zoom, 1.5);
        assert!(close(view.to_page(PANE, at), zoomed.to_page(PANE, at)));
        assert_eq!(view.zoomed(PANE, at, 1e9).zoom, ZOOM.1);
    }

    #[test]
    fn fitting_shows_the_whole_turned_page() {
        for turn in [0.0, 90.0] {
            let view = View::fitted((2000, 1000), turn, PANE, Fit::Page);
            for corner in [Point::new(0.0, 0.0), Point::new(2000.0, 1000.0)] {
                assert!(PANE.contains(view.to_screen(PANE, corner)), "turn {turn}");
            }
        }
        let wide = View::fitted((1000, 4000), 0.0, PANE, Fit::Width);
        assert!(PANE.contains(wide.to_screen(PANE, Point::new(0.0, 0.0))));
        assert!(!PANE.contains(wide.to_screen(PANE, Point::new(0.0, 4000.0))));
    }

    #[test]
    fn a_field_in_sight_moves_nothing_and_a_hidden_one_comes_into_sight() {
        let view = View { center: Point::new(300.0, 300.0), zoom: 1.0, turn: 0.0 };
        let seen = Quad::from_rect(250.0, 250.0, 350.0, 280.0);
        assert_eq!(view.showing(PANE, &seen), view);
        let hidden = Quad::from_rect(2000.0, 1900.0, 2100.0, 1930.0);
        let moved = view.showing(PANE, &hidden);
        assert!(moved.quad_on_screen(PANE, &hidden).iter().all(|p| PANE.contains(*p)));
        assert_eq!(moved.zoom, view.zoom);
        let tiny = View { zoom: 0.1, ..view }.showing(PANE, &seen);
        assert!(tiny.zoom * 30.0 >= READABLE_HEIGHT);
    }

    #[test]
    fn dragging_moves_the_page_with_the_pointer_but_never_away() {
        let view = View { center: Point::new(300.0, 300.0), zoom: 2.0, turn: 180.0 };
        let p = Point::new(310.0, 290.0);
        let by = vec2(30.0, -12.0);
        let moved = view.panned(by);
        assert!((view.to_screen(PANE, p) + by - moved.to_screen(PANE, p)).length() < 0.01);
        let lost = view.panned(vec2(1e6, 1e6)).held_on((600, 600));
        assert!(lost.center.x >= 0.0 && lost.center.x <= 600.0);
    }

    #[test]
    fn documents_are_brought_upright_in_quarters() {
        for (angle, turn) in
            [(-2.0, 0.0), (4.0, 0.0), (87.0, 270.0), (-89.0, 90.0), (-180.0, 180.0), (179.0, 180.0)]
        {
            assert_eq!(upright(angle), turn, "{angle}");
        }
    }
}
