//! The ink of stamps on a reduced view of the page: one map per colour.
//!
//! A map says for each pixel how much ink there is and whether it counts as ink; what the ink
//! draws is for the other modules to say.

use image::{GrayImage, RgbImage};

use crate::{
    geometry::Point,
    numbers::{histogram, percentile},
    ocr::TextLine,
    structure::{
        frame::Frame,
        pixels::{self, Mask, long_runs_down, runs},
        seal_colors::{Ink, SealColor},
    },
};

/// The page is reduced until its text is about this many pixels high: rims, as thick as the strokes
/// of print, stay one to two pixels thick …
const VIEW_TEXT_HEIGHT: f32 = 13.0;
/// … and its longer side has this many pixels at least, and at most.
const VIEW_SIDE: std::ops::RangeInclusive<f32> = 800.0..=1800.0;
/// Without text, this many.
const USUAL_SIDE: f32 = 1200.0;
/// Dark pictures are brightened until their paper has this level …
const PAPER: f32 = 235.0;
/// … but not by more than this: noise would come up with the ink.
const MOST_GAIN: f32 = 3.0;
/// Dark ink is darker than the mean of the square of this radius around it by this much: faded
/// stamps on the development photocopies by 15 to 30 gray levels.
const DARK_RADIUS: usize = 14;
const DARK_CONTRAST: u8 = 12;

/// Lines of print are read with at least this confidence (the usual one is 0.95 and more, that of
/// characters along a rim read as a line much less) …
const SURELY_READ: f32 = 0.9;
/// … and rise at most this much a pixel: 5°.
const LEVEL: f32 = 0.09;

/// The page made smaller, with its paper at a usual brightness.
pub struct InkView {
    /// Page pixels a view pixel.
    pub by: f32,
    /// Of the page's usual text, page pixels; 0 if it has none.
    pub text_height: f32,
    colors: RgbImage,
    gray: GrayImage,
}

/// Ink of one colour in an [`InkView`].
pub struct InkMap {
    pub ink: Ink,
    pub mask: Mask,
    /// How much ink there is, 0..255.
    pub strength: GrayImage,
}

impl InkView {
    /// `text_height`: of the page's usual text in page pixels, 0 if it has none.
    pub fn of(page: &RgbImage, text_height: f32) -> Self {
        let longer = page.width().max(page.height()) as f32;
        let wanted = if text_height > 0.0 { text_height / VIEW_TEXT_HEIGHT } else { longer / USUAL_SIDE };
        let most = (longer / VIEW_SIDE.start()).floor();
        let by = wanted.round().min(most).max((longer / VIEW_SIDE.end()).ceil()).max(1.0) as u32;
        let mut colors = pixels::reduced_rgb(page, by);
        let mut gray = pixels::gray(&colors);
        let paper = f32::from(percentile(&histogram(gray.as_raw().iter().copied()), 0.9)).max(1.0);
        let gain = ((PAPER / paper).clamp(1.0, MOST_GAIN) * 256.0) as u32;
        if gain > 256 {
            let brighter = |v: &mut u8| *v = ((u32::from(*v) * gain) >> 8).min(255) as u8;
            colors.iter_mut().for_each(brighter);
            gray.iter_mut().for_each(brighter);
        }
        Self { by: by as f32, text_height, colors, gray }
    }

    /// The ink of one colour, if there are at least `least` view pixels of it.
    pub fn map(&self, ink: Ink, least: usize) -> Option<InkMap> {
        let mask = match ink {
            Ink::Color(color) => Mask::of_rgb(&self.colors, |p| color.matches(p)),
            Ink::Black => pixels::darker_than_surroundings(&self.gray, DARK_RADIUS, DARK_CONTRAST),
        };
        if mask.count() < least {
            return None;
        }
        let (pixels, _) = self.colors.as_raw().as_chunks::<3>();
        let levels = pixels.iter().map(|&p| strength(ink, p)).collect();
        let strength =
            GrayImage::from_raw(self.colors.width(), self.colors.height(), levels).unwrap_or_default();
        Some(InkMap { ink, mask, strength })
    }
}

impl InkMap {
    /// The mask without surely read lines of print: level ones as the page's text is. `by`: page pixels
    /// a pixel of the mask.
    pub fn without_print(&self, by: f32, lines: &[TextLine], frame: &Frame) -> Mask {
        let mut mask = self.mask.clone();
        for line in lines.iter().filter(|l| l.confidence >= SURELY_READ) {
            let [a, b, ..] = line.quad.0.map(|p| frame.upright(p));
            if (b.y - a.y).abs() > LEVEL * (b.x - a.x) {
                continue;
            }
            let quad = line.quad.map(|p| Point::new(p.x / by, p.y / by));
            let bounds = quad.bounds();
            for y in bounds.top.max(0.0) as usize..bounds.bottom.max(0.0) as usize {
                for x in bounds.left.max(0.0) as usize..bounds.right.max(0.0) as usize {
                    if quad.contains(Point::new(x as f32 + 0.5, y as f32 + 0.5)) {
                        mask.set(x, y, false);
                    }
                }
            }
        }
        mask
    }
}

/// How much ink a pixel shows: the excess of a coloured ink's channel over both others (brown print
/// of forms has little), the darkness of black.
pub fn strength(ink: Ink, [r, g, b]: [u8; 3]) -> u8 {
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let excess = match ink {
        Ink::Color(SealColor::Red) => r - g.max(b),
        Ink::Color(SealColor::Blue) => b - g.max(r),
        Ink::Color(SealColor::Purple) => r.max(b) - g,
        Ink::Black => 255 - (r + 2 * g + b) / 4,
    };
    excess.clamp(0, 255) as u8
}

/// Blanks straight runs along rows and columns that are longer than any seal's strokes.
pub fn remove_rules(mask: &mut Mask, longest: usize) {
    let across = runs(mask, 0, longest.max(1));
    let down = long_runs_down(mask, longest);
    for run in across {
        (run.start..run.end).for_each(|x| mask.set(x, run.y, false));
    }
    for run in down {
        (run.start..run.end).for_each(|y| mask.set(run.y, y, false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Quad;
    use image::Rgb;

    #[test]
    fn print_is_left_out_where_it_was_read() {
        let mut page = RgbImage::from_pixel(300, 200, Rgb([240; 3]));
        for x in 40..200 {
            page.put_pixel(x, 50, Rgb([20; 3]));
            page.put_pixel(x, 150, Rgb([20; 3]));
        }
        let map = InkView::of(&page, 0.0).map(Ink::Black, 1).expect("black ink");
        let line = |y: f32, confidence: f32| TextLine {
            quad: Quad::from_rect(30.0, y, 210.0, y + 20.0),
            confidence,
            ..TextLine::default()
        };
        let frame = Frame::new(300, 200, 0, 0.0);
        let mask = map.without_print(1.0, &[line(40.0, 0.99), line(140.0, 0.4)], &frame);
        assert!(!mask.get(100, 50) && mask.get(100, 150));
    }

    #[test]
    fn ink_on_a_dark_picture_counts() {
        let mut page = RgbImage::from_pixel(300, 200, Rgb([80, 80, 80]));
        page.put_pixel(100, 50, Rgb([70, 45, 45]));
        for x in 20..280 {
            page.put_pixel(x, 100, Rgb([70, 30, 30]));
        }
        let view = InkView::of(&page, 0.0);
        let mut red = view.map(Ink::Color(SealColor::Red), 200).expect("red ink");
        assert!(red.strength.get_pixel(100, 50).0[0] > 40);
        assert!(view.map(Ink::Color(SealColor::Red), 300).is_none());
        assert!(view.map(Ink::Black, 1).is_some_and(|m| m.mask.get(100, 50)));
        remove_rules(&mut red.mask, 100);
        assert!(red.mask.get(100, 50) && !red.mask.get(100, 100));
    }
}
