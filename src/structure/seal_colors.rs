//! The colours of stamping ink, and pages with that colour taken away.

use image::{Rgb, RgbImage};

use crate::geometry::Rect;

/// Inks that stand out by colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealColor {
    Red,
    Blue,
    Purple,
}

/// What stamps are put down in: coloured ink, or black.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Color(SealColor),
    Black,
}

impl Ink {
    pub fn name(self) -> &'static str {
        match self {
            Self::Color(color) => color.name(),
            Self::Black => "black",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        SealColor::ALL.map(Self::Color).into_iter().chain([Self::Black]).find(|ink| ink.name() == name)
    }
}

/// Ink differs at least this much between its strongest and weakest channel: worn red on the
/// darkest development pages has 35, the paper's tint at most 20.
const LEAST_CHROMA: i32 = 32;

impl SealColor {
    /// All of them, the most usual first.
    pub const ALL: [Self; 3] = [Self::Red, Self::Blue, Self::Purple];

    pub fn name(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Blue => "blue",
            Self::Purple => "purple",
        }
    }

    /// Whether a pixel has this ink's hue: red from 335° to 20°, blue from 205° to 260°, purple what lies
    /// between both.
    pub fn matches(self, [r, g, b]: [u8; 3]) -> bool {
        let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
        match self {
            // A third of the chroma is 20° of hue.
            Self::Red => {
                let chroma = r - g.min(b);
                chroma >= LEAST_CHROMA && 3 * (g - b) <= chroma && 12 * (b - g) <= 5 * chroma
            }
            // Green between 7/12 above red (205°) and red up to a third above green (260°).
            Self::Blue => {
                let chroma = b - r.min(g);
                chroma >= LEAST_CHROMA && 12 * (g - r) <= 7 * chroma && 3 * (r - g) <= chroma
            }
            Self::Purple => {
                let chroma = r.max(b) - g;
                chroma >= LEAST_CHROMA && 3 * (r - g) > chroma && 12 * (b - g) > 5 * chroma
            }
        }
    }

    /// The channel in which the ink is nearly as bright as paper and black print stays dark.
    pub fn channel(self) -> usize {
        match self {
            Self::Red => 0,
            Self::Blue | Self::Purple => 2,
        }
    }
}

/// The part of `image` within `area` (clamped to it) as the ink's own channel shows it: the
/// stamp fades into the paper, and print below it can be read again.
pub fn without_color(image: &RgbImage, area: Rect, color: SealColor) -> RgbImage {
    let clamp = |v: f32, most: u32| (v.max(0.0) as u32).min(most);
    let (left, top) = (clamp(area.left, image.width()), clamp(area.top, image.height()));
    let (right, bottom) =
        (clamp(area.right.ceil(), image.width()), clamp(area.bottom.ceil(), image.height()));
    let channel = color.channel();
    RgbImage::from_fn(right.saturating_sub(left), bottom.saturating_sub(top), |x, y| {
        let pixel = image.get_pixel(left + x, top + y).0;
        Rgb([pixel[channel]; 3])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_are_told_from_print_and_paper() {
        for red in [[220, 40, 40], [240, 180, 185], [150, 60, 70], [200, 30, 70]] {
            assert!(SealColor::Red.matches(red) && !SealColor::Blue.matches(red), "{red:?}");
        }
        for blue in [[40, 60, 200], [150, 170, 230], [30, 80, 160]] {
            assert!(SealColor::Blue.matches(blue) && !SealColor::Red.matches(blue), "{blue:?}");
        }
        for purple in [[120, 45, 140], [190, 150, 205], [150, 70, 190], [160, 60, 130]] {
            assert!(SealColor::Purple.matches(purple), "{purple:?}");
            assert!(!SealColor::Red.matches(purple) && !SealColor::Blue.matches(purple), "{purple:?}");
        }
        for other in [[220, 40, 40], [40, 60, 200], [250, 245, 230], [30, 30, 30]] {
            assert!(!SealColor::Purple.matches(other), "{other:?}");
        }
        for other in [[250, 245, 230], [30, 30, 30], [120, 180, 90], [230, 200, 60], [90, 200, 200]] {
            assert!(!SealColor::Red.matches(other) && !SealColor::Blue.matches(other), "{other:?}");
        }
    }

    #[test]
    fn a_stamp_fades_and_print_stays() {
        let mut page = RgbImage::from_pixel(10, 10, Rgb([250, 250, 250]));
        page.put_pixel(4, 4, Rgb([225, 50, 50]));
        page.put_pixel(5, 4, Rgb([60, 20, 20]));
        let clean = without_color(&page, Rect::new(2.0, 2.0, 20.0, 8.0), SealColor::Red);
        assert_eq!(clean.dimensions(), (8, 6));
        assert_eq!((clean.get_pixel(2, 2).0, clean.get_pixel(3, 2).0), ([225; 3], [60; 3]));
        assert_eq!(
            without_color(&page, Rect::new(50.0, 50.0, 60.0, 60.0), SealColor::Red).dimensions(),
            (0, 0)
        );
    }
}
