//! Registration of a document on a layout: which place of the frame is which place of the form.

use crate::{
    classify::{fold::find, frame::Frame},
    geometry::{Homography, Point, Rect},
    kind::{Area, Layout},
};

/// How far, as a share of the form's height, an anchor may stand from its declared place. Printers
/// and hands move text by a few percent of the form; other versions of a form by more.
const TOLERANCE: f32 = 0.06;

/// Margin around the text, as a share of the form, where no anchor tells more.
const MARGIN: f32 = 0.04;

/// Where the fractions of a form lie in the frame.
#[derive(Debug, Clone)]
pub struct Registration {
    to_frame: Homography,
    to_form: Homography,
    /// Anchors that agree with it; 0 where the text's bounds were taken for the form's.
    pub anchors: usize,
}

impl Registration {
    /// The rectangle of the frame that an area of the form takes.
    pub fn rect(&self, [left, top, right, bottom]: Area) -> Rect {
        let a = self.to_frame.apply(Point::new(left, top));
        let b = self.to_frame.apply(Point::new(right, bottom));
        Rect::new(a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y))
    }

    /// The place on the form, in fractions, of a point of the frame.
    pub fn place(&self, p: Point) -> Point {
        self.to_form.apply(p)
    }

    /// Whether a point of the frame lies in an area of the form.
    pub fn within(&self, p: Point, [left, top, right, bottom]: Area) -> bool {
        Rect::new(left, top, right, bottom).contains(self.place(p))
    }
}

/// Registers a frame on a layout by the anchors found; on the bounds of its text where they do
/// not suffice.
pub fn register(frame: &Frame, layout: Option<&Layout>) -> Registration {
    layout.and_then(|l| by_anchors(frame, l)).unwrap_or_else(|| by_bounds(frame))
}

fn registration(to_frame: Homography, anchors: usize) -> Option<Registration> {
    Some(Registration { to_form: to_frame.inverse()?, to_frame, anchors })
}

fn by_bounds(frame: &Frame) -> Registration {
    let b = frame.bounds;
    let inner = 1.0 - 2.0 * MARGIN;
    let (w, h) = (f64::from((b.width() / inner).max(1.0)), f64::from((b.height() / inner).max(1.0)));
    let (x, y) = (f64::from(b.left) - w * f64::from(MARGIN), f64::from(b.top) - h * f64::from(MARGIN));
    let to_frame = Homography([[w, 0.0, x], [0.0, h, y], [0.0, 0.0, 1.0]]);
    let to_form = Homography([[1.0 / w, 0.0, -x / w], [0.0, 1.0 / h, -y / h], [0.0, 0.0, 1.0]]);
    Registration { to_frame, to_form, anchors: 0 }
}

/// A declared place (in units of the form's height) and where it was found.
type Pair = (Point, Point, f32);

fn by_anchors(frame: &Frame, layout: &Layout) -> Option<Registration> {
    let aspect = layout.aspect?;
    let placed = layout.anchors.iter().filter_map(|a| Some((a, a.at?)));
    let pairs: Vec<Pair> = placed
        .flat_map(|(anchor, [x, y])| {
            let place = Point::new(x * aspect, y);
            find(frame, &anchor.text).into_iter().map(move |m| (place, m.rect.center(), m.quality))
        })
        .collect();
    let (scale, shift, inliers) = consensus(&pairs)?;
    let fine = Homography::fit_affine(&inliers).filter(|h| plausible(h, scale));
    let coarse = Homography([
        [f64::from(scale), 0.0, f64::from(shift.x)],
        [0.0, f64::from(scale), f64::from(shift.y)],
        [0.0, 0.0, 1.0],
    ]);
    let Homography(m) = if inliers.len() >= 4 { fine.unwrap_or(coarse) } else { coarse };
    // From units of the form's height to fractions of its width.
    let a = f64::from(aspect);
    registration(Homography(m.map(|[x, y, t]| [x * a, y, t])), inliers.len())
}

/// The scale and shift on which most anchors agree; `None` unless three do.
fn consensus(pairs: &[Pair]) -> Option<(f32, Point, Vec<Pair>)> {
    let mut best: Option<(f32, f32, Point, Vec<Pair>)> = None;
    for (i, a) in pairs.iter().enumerate() {
        for b in &pairs[i + 1..] {
            let (form, found) = (a.0.distance(b.0), a.1.distance(b.1));
            // Near anchors tell the scale badly.
            if form < 0.25 || found < 1.0 {
                continue;
            }
            let scale = found / form;
            let middle = |p: Point, q: Point| p.lerp(q, 0.5);
            let (m, n) = (middle(a.0, b.0), middle(a.1, b.1));
            let shift = Point::new(n.x - scale * m.x, n.y - scale * m.y);
            let fits = |p: &&Pair| {
                p.1.distance(Point::new(scale * p.0.x + shift.x, scale * p.0.y + shift.y)) < TOLERANCE * scale
            };
            let inliers: Vec<Pair> = pairs.iter().filter(fits).copied().collect();
            let weight: f32 = inliers.iter().map(|p| p.2).sum();
            if inliers.len() >= 3 && best.as_ref().is_none_or(|b| weight > b.0) {
                best = Some((weight, scale, shift, inliers));
            }
        }
    }
    best.map(|(_, scale, shift, inliers)| (scale, shift, inliers))
}

/// Whether an affine map is close to a plain scaling: anchors in one row determine it badly.
fn plausible(h: &Homography, scale: f32) -> bool {
    let s = f64::from(scale);
    let [[a, b, _], [c, d, _], _] = h.0;
    let near = |v: f64, to: f64| (v / s - to).abs() < 0.25;
    near(a, 1.0) && near(b, 0.0) && near(c, 0.0) && near(d, 1.0)
}
