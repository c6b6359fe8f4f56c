//! The picture of a page while objects are drawn onto it. Knows nothing of packages.

use std::sync::Arc;

use image::RgbImage;
use vello_cpu::{
    Image, ImageSource, Pixmap, RenderContext, Resources,
    kurbo::{Affine, BezPath, PathSeg, Rect, Shape, Stroke},
    peniko::{BlendMode, Color, Compose, Fill, ImageQuality, ImageSampler, Mix, color::PremulRgba8},
};

use super::{objects::Rgba, package::damaged};
use crate::ingest::{IngestError, canvas::shrink};

/// Outlines that reach farther than this many pixels are not drawn.
const MAX_REACH: f64 = 1e6;
/// Lines are drawn at least this many pixels wide, as printers do: thinner ones would fade away.
const MIN_LINE: f64 = 1.0;

/// The renderer keeps some 32 bytes for every four rows of pixels that an outline's piece crosses; what would
/// take more than this many of them is not drawn. A page of 5000 characters takes some 300 000.
const MAX_CROSSINGS: f64 = 8e6;
const ROWS: f64 = 4.0;

pub(super) struct Canvas {
    context: RenderContext,
    /// What is left of [`MAX_CROSSINGS`].
    crossings: f64,
}

impl Canvas {
    /// White paper; both sides are at most [`crate::ingest::MAX_SIDE`].
    pub fn new(width: u32, height: u32) -> Result<Self, IngestError> {
        let too_large = || IngestError::TooLarge { width: width.into(), height: height.into() };
        let side = |side: u32| u16::try_from(side).map_err(|_| too_large());
        let mut context = RenderContext::new(side(width)?, side(height)?);
        context.set_paint(Color::WHITE);
        context.fill_rect(&Rect::new(0.0, 0.0, width.into(), height.into()));
        Ok(Self { context, crossings: MAX_CROSSINGS })
    }

    /// Whether outlines were left out because there are too many.
    pub fn is_full(&self) -> bool {
        self.crossings <= 0.0
    }

    pub fn fill(&mut self, path: &BezPath, transform: Affine, color: Rgba, even_odd: bool) {
        if !self.prepare(path, transform, 1.0) {
            return;
        }
        self.context.set_paint(paint(color));
        self.context.set_fill_rule(if even_odd { Fill::EvenOdd } else { Fill::NonZero });
        self.context.fill_path(path);
    }

    /// `width` in the path's own coordinates.
    pub fn stroke(&mut self, path: &BezPath, transform: Affine, color: Rgba, width: f64) {
        let scale = transform.determinant().abs().sqrt();
        let width = width.max(MIN_LINE / scale);
        // A stroke has two sides.
        if scale <= 0.0 || width * scale > MAX_REACH || !self.prepare(path, transform, 2.0) {
            return;
        }
        self.context.set_paint(paint(color));
        self.context.set_stroke(Stroke::new(width));
        self.context.stroke_path(path);
    }

    /// Sets the transform; whether the path may be drawn, `sides` times.
    fn prepare(&mut self, path: &BezPath, transform: Affine, sides: f64) -> bool {
        let bounds = transform.transform_rect_bbox(path.bounding_box());
        let reach = [bounds.x0, bounds.y0, bounds.x1, bounds.y1];
        // NaN is not below the limit either.
        let sound = !path.is_empty() && reach.iter().all(|v| v.abs() < MAX_REACH);
        if !sound {
            return false;
        }
        let bottom = f64::from(self.context.height());
        let crossed = |segment: PathSeg| {
            let around = transform.transform_rect_bbox(segment.bounding_box());
            1.0 + (around.y1.clamp(0.0, bottom) - around.y0.clamp(0.0, bottom)) / ROWS
        };
        self.crossings -= sides * path.segments().map(crossed).sum::<f64>();
        self.context.set_transform(transform);
        !self.is_full()
    }

    /// Draws a picture over the unit square of `transform`. Its colours darken what lies below, as
    /// ink does: a stamp on a white ground does not hide the text under it.
    pub fn picture(&mut self, image: RgbImage, transform: Affine, alpha: u8) -> Result<(), IngestError> {
        let [a, b, c, d, e, f] = transform.as_coeffs();
        if ![a, b, c, d, e, f].iter().all(|v| v.abs() < MAX_REACH) {
            return Ok(());
        }
        let (width, height) = image.dimensions();
        let target = |x: f64, y: f64, side: u32| (x.hypot(y).ceil().max(1.0) as u32).min(side);
        let (to_width, to_height) = (target(a, b, width), target(c, d, height));
        let image = if (to_width, to_height) == (width, height) {
            image
        } else {
            shrink(image, to_width, to_height)?
        };
        let pixels = image.pixels().map(|p| PremulRgba8 { r: p[0], g: p[1], b: p[2], a: 255 }).collect();
        let side = |side: u32| u16::try_from(side).map_err(damaged);
        let pixmap = Pixmap::from_parts_with_opacity(pixels, side(to_width)?, side(to_height)?, false);
        let sampler = ImageSampler {
            quality: ImageQuality::Medium,
            alpha: f32::from(alpha) / 255.0,
            ..ImageSampler::default()
        };
        self.context.set_transform(transform);
        let unit = Affine::scale_non_uniform(1.0 / f64::from(to_width), 1.0 / f64::from(to_height));
        self.context.set_paint_transform(unit);
        self.context.set_paint(Image { image: ImageSource::Pixmap(Arc::new(pixmap)), sampler });
        self.context.set_blend_mode(BlendMode::new(Mix::Multiply, Compose::SrcOver));
        self.context.set_fill_rule(Fill::NonZero);
        self.context.fill_rect(&Rect::new(0.0, 0.0, 1.0, 1.0));
        self.context.set_blend_mode(BlendMode::default());
        self.context.reset_paint_transform();
        Ok(())
    }

    pub fn into_image(mut self) -> RgbImage {
        let (width, height) = (self.context.width(), self.context.height());
        let mut pixmap = Pixmap::new(width, height);
        self.context.flush();
        self.context.render(&mut pixmap, &mut Resources::new());
        // The paper is opaque: nothing is left to be divided by.
        let rgb = pixmap.data().iter().flat_map(|p| [p.r, p.g, p.b]).collect();
        RgbImage::from_raw(width.into(), height.into(), rgb).unwrap_or_default()
    }
}

fn paint([r, g, b, alpha]: Rgba) -> Color {
    Color::from_rgba8(r, g, b, alpha)
}
