//! Upright crops of text lines from a page, and images to network input.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::RgbImage;
use ndarray::ArrayViewMut3;

use crate::geometry::{Homography, Point, Quad};

/// Scales pictures; keeps its buffers between calls.
#[derive(Default)]
pub struct Scaler {
    resizer: Resizer,
}

impl Scaler {
    /// `image` at `width` × `height` pixels, averaging when it shrinks. `None` for empty sizes.
    pub fn resize(&mut self, image: &RgbImage, width: u32, height: u32) -> Option<RgbImage> {
        let whole = (0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        self.resize_part(image, whole, width, height)
    }

    /// The part `(left, top, width, height)` of `image` at `width` × `height` pixels. What reaches
    /// beyond the image, if only by a rounding error, is cut off. `None` for empty sizes.
    pub fn resize_part(
        &mut self,
        image: &RgbImage,
        (left, top, part_width, part_height): (f64, f64, f64, f64),
        width: u32,
        height: u32,
    ) -> Option<RgbImage> {
        if width == 0 || height == 0 {
            return None;
        }
        let from = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3).ok()?;
        let mut to = Image::new(width, height, PixelType::U8x3);
        let (left, top) = (left.max(0.0), top.max(0.0));
        let part_width = part_width.min(f64::from(image.width()) - left);
        let part_height = part_height.min(f64::from(image.height()) - top);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
            .crop(left, top, part_width, part_height)
            .use_alpha(false);
        self.resizer.resize(&from, &mut to, &options).ok()?;
        RgbImage::from_raw(width, height, to.into_vec())
    }

    /// The content of `quad`, turned so that its first edge runs along the top, at `height`
    /// pixels and proportional width (at least one pixel). `None` if the quad is empty or lies
    /// outside the page.
    pub fn crop(&mut self, page: &RgbImage, quad: &Quad, height: u32) -> Option<RgbImage> {
        let width = (quad.width() / quad.height() * height as f32).round() as u32;
        self.crop_to(page, quad, width.max(1), height)
    }

    /// Like [`Scaler::crop`] at `width` × `height` pixels.
    pub fn crop_to(&mut self, page: &RgbImage, quad: &Quad, width: u32, height: u32) -> Option<RgbImage> {
        let (w, h) = (quad.width(), quad.height());
        if !(w >= 1.0 && h >= 1.0) {
            return None;
        }
        let b = quad.bounds();
        let [a, _, c, _] = quad.0;
        let upright = (a.x - b.left).abs() < 0.5
            && (a.y - b.top).abs() < 0.5
            && (c.x - b.right).abs() < 0.5
            && (c.y - b.bottom).abs() < 0.5
            && (quad.0[1].y - b.top).abs() < 0.5
            && (quad.0[3].x - b.left).abs() < 0.5;
        let inside = b.left >= 0.0
            && b.top >= 0.0
            && b.right <= page.width() as f32
            && b.bottom <= page.height() as f32;
        if upright && inside {
            let part = (f64::from(b.left), f64::from(b.top), f64::from(b.width()), f64::from(b.height()));
            return self.resize_part(page, part, width, height);
        }
        // Warp at the page's own resolution, then shrink with averaging: sampling straight to a
        // much smaller size would drop thin strokes.
        let native_height = (h.round() as u32).clamp(1, 4096);
        let native_width = (w.round() as u32).clamp(1, 16384);
        let native = warp(page, quad, native_width, native_height)?;
        if (native_width, native_height) == (width, height) {
            return Some(native);
        }
        self.resize(&native, width, height)
    }
}

/// The content of `quad` at `width` × `height` pixels by bilinear sampling; beyond the page's
/// edge its border pixels repeat. `None` if the quad is degenerate or the page empty.
pub fn warp(page: &RgbImage, quad: &Quad, width: u32, height: u32) -> Option<RgbImage> {
    let (page_width, page_height) = page.dimensions();
    if page_width == 0 || page_height == 0 || width == 0 || height == 0 {
        return None;
    }
    let target = Quad::from_rect(0.0, 0.0, width as f32, height as f32);
    let to_page = Homography::between(&target, quad)?;
    let pixels = page.as_raw();
    let stride = page_width as usize * 3;
    let (max_x, max_y) = ((page_width - 1) as f32, (page_height - 1) as f32);
    let mut out = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            let p = to_page.apply(Point::new(x as f32 + 0.5, y as f32 + 0.5));
            // Pixel centres lie at half coordinates.
            let (u, v) = ((p.x - 0.5).clamp(0.0, max_x), (p.y - 0.5).clamp(0.0, max_y));
            let (x0, y0) = (u as usize, v as usize);
            let (fx, fy) = (u - x0 as f32, v - y0 as f32);
            let x1 = (x0 + 1).min(page_width as usize - 1);
            let y1 = (y0 + 1).min(page_height as usize - 1);
            for c in 0..3 {
                let at = |x: usize, y: usize| f32::from(pixels[y * stride + x * 3 + c]);
                let top = at(x0, y0) * (1.0 - fx) + at(x1, y0) * fx;
                let bottom = at(x0, y1) * (1.0 - fx) + at(x1, y1) * fx;
                out.push((top * (1.0 - fy) + bottom * fy + 0.5) as u8);
            }
        }
    }
    RgbImage::from_raw(width, height, out)
}

/// Writes `image` into the left of a `3 × height × width` input as (value / 255 − 0.5) / 0.5 in
/// the order blue, green, red, as the networks were trained (OpenCV's order). The rest stays.
pub fn fill_input(mut input: ArrayViewMut3<'_, f32>, image: &RgbImage) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    for (channel, mut plane) in input.outer_iter_mut().enumerate() {
        let from = 2usize.saturating_sub(channel);
        for (y, mut row) in plane.outer_iter_mut().enumerate().take(height) {
            let pixels = &image.as_raw()[y * width * 3..(y + 1) * width * 3];
            for (value, pixel) in row.iter_mut().zip(pixels.chunks_exact(3)) {
                *value = f32::from(pixel[from]) / 127.5 - 1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left half black, right half white.
    fn half() -> RgbImage {
        RgbImage::from_fn(40, 20, |x, _| image::Rgb(if x < 20 { [0; 3] } else { [255; 3] }))
    }

    #[test]
    fn a_crop_follows_the_quads_direction() {
        let upright = Quad::from_rect(0.0, 0.0, 40.0, 20.0);
        let mut scaler = Scaler::default();
        let same = scaler.crop(&half(), &upright, 10).unwrap();
        assert_eq!(same.dimensions(), (20, 10));
        assert_eq!((same.get_pixel(2, 5).0[0], same.get_pixel(17, 5).0[0]), (0, 255));
        let turned = scaler.crop(&half(), &upright.rolled(2), 10).unwrap();
        assert_eq!((turned.get_pixel(2, 5).0[0], turned.get_pixel(17, 5).0[0]), (255, 0));
        let quarter = scaler.crop(&half(), &upright.rolled(1), 40).unwrap();
        assert_eq!(quarter.dimensions(), (20, 40));
        // Reading downwards along the right edge: white above (right half), black below.
        assert_eq!((quarter.get_pixel(10, 5).0[0], quarter.get_pixel(10, 35).0[0]), (255, 0));
    }

    #[test]
    fn empty_and_outlying_quads_do_no_harm() {
        let mut scaler = Scaler::default();
        assert!(scaler.crop(&half(), &Quad::default(), 48).is_none());
        assert!(scaler.crop(&half(), &Quad::from_rect(-30.0, -30.0, -5.0, -5.0), 48).is_some());
        assert!(warp(&RgbImage::new(0, 0), &Quad::from_rect(0.0, 0.0, 5.0, 5.0), 5, 5).is_none());
    }

    #[test]
    fn input_is_blue_green_red_between_minus_one_and_one() {
        let image = RgbImage::from_pixel(1, 1, image::Rgb([255, 0, 127]));
        let mut input = ndarray::Array3::<f32>::zeros((3, 1, 2));
        fill_input(input.view_mut(), &image);
        assert_eq!(input[[2, 0, 0]], 1.0);
        assert_eq!(input[[1, 0, 0]], -1.0);
        assert!(input[[0, 0, 0]].abs() < 0.01);
        assert_eq!(input[[0, 0, 1]], 0.0);
    }
}
