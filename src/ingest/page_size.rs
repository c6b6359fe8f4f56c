//! How many pixels a page of known physical size becomes, for the formats that are drawn here.

use super::{FileFormat, IngestError, MAX_SIDE, MIN_SIDE};

/// Pages are rendered at this many dots per inch. An A4 page then has 1654×2339 pixels and 10.5 pt
/// text is 29 px high; text detection works on pages scaled to about that size, and finer rendering
/// only costs time.
const DPI: f32 = 200.0;
/// Pages that would become smaller than this many pixels on their longer side (cards, tickets) are
/// rendered finer, so that their small print keeps enough pixels …
const SMALL_PAGE_SIDE: f32 = 1600.0;
/// … up to this resolution: scans inside PDFs are rarely finer.
const MAX_DPI: f32 = 600.0;
const POINTS_PER_INCH: f32 = 72.0;

/// The size of a page's picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PageSize {
    pub width: u32,
    pub height: u32,
    /// Dots per inch that lead to it.
    pub dpi: f32,
}

impl PageSize {
    /// The picture of a page of these sides in points (1/72 inch).
    pub fn of(format: FileFormat, width: f32, height: f32) -> Result<Self, IngestError> {
        let longer = width.max(height);
        if !(width > 0.0 && height > 0.0 && longer.is_finite()) {
            return Err(IngestError::damaged(format, "页面大小 / page size"));
        }
        let at = |pixels: f32| pixels * POINTS_PER_INCH / longer;
        let dpi = at(SMALL_PAGE_SIDE).clamp(DPI, MAX_DPI).min(at(MAX_SIDE as f32));
        let pixels = |points: f32| ((points * dpi / POINTS_PER_INCH).round() as u32).clamp(1, MAX_SIDE);
        let (width, height) = (pixels(width), pixels(height));
        if width.min(height) < MIN_SIDE {
            return Err(IngestError::TooSmall { width, height });
        }
        Ok(Self { width, height, dpi })
    }

    /// What the user should know of a page that had to be drawn coarser.
    pub fn notice(&self) -> Option<String> {
        let dpi = self.dpi;
        (dpi < DPI).then(|| {
            format!(
                "页面很大，按 {dpi:.0} dpi 渲染 / the page is very large and was rendered at {dpi:.0} dpi"
            )
        })
    }
}
