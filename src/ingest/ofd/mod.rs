//! OFD files (GB/T 33190-2016): the page's own text, and a picture drawn from its objects.
//!
//! Text, outlines, pictures and the stamps of signatures are drawn; gradients take their first
//! colour, clips are not cut. Signatures are not checked: that is no question of reading.

mod canvas;
mod document;
mod fonts;
mod objects;
mod package;
mod path;
mod scene;
mod stamps;
mod text;

use std::{
    collections::HashSet,
    io::{Read, Seek},
};

use vello_cpu::kurbo::Affine;
use zip::ZipArchive;

use self::{
    canvas::Canvas,
    document::Document,
    fonts::Fonts,
    package::Package,
    scene::{Budget, Page, Scene},
};
use super::{Bytes, FileFormat, IngestError, canvas::Decoded, page_size::PageSize, sniff_bytes};

const POINTS_PER_MILLIMETRE: f64 = 72.0 / 25.4;

/// Whether a zip archive is an OFD package, by its list of entries.
pub(super) fn is_package<R: Read + Seek>(archive: R) -> bool {
    ZipArchive::new(archive).is_ok_and(|archive| archive.index_for_name(package::ROOT).is_some())
}

/// An opened OFD file.
pub(super) struct Ofd {
    package: Package,
    documents: Vec<Document>,
    fonts: Fonts,
}

impl Ofd {
    pub fn open(bytes: Bytes) -> Result<Self, IngestError> {
        let mut package = Package::open(bytes)?;
        let documents = document::documents(&mut package)?;
        Ok(Self { package, documents, fonts: Fonts::default() })
    }

    pub fn page_count(&self) -> usize {
        self.documents.iter().map(|d| d.pages.len()).sum()
    }

    /// Draws the page (from 0) and collects its text.
    pub fn decode(&mut self, index: usize) -> Result<Decoded, IngestError> {
        let count = self.page_count();
        let mut pages = self.documents.iter().flat_map(|d| d.pages.iter().map(move |p| (d, p)));
        let (document, entry) = pages.nth(index).ok_or(IngestError::PageOutOfRange { count })?;
        let page = Page::read(&mut self.package, document, entry)?;
        let points = |millimetres: f64| (millimetres * POINTS_PER_MILLIMETRE) as f32;
        let size = PageSize::of(FileFormat::Ofd, points(page.area.width()), points(page.area.height()))?;
        let mut canvas = Canvas::new(size.width, size.height)?;
        let to_pixels =
            Affine::scale(f64::from(size.dpi) / 25.4) * Affine::translate(-page.area.origin().to_vec2());
        let mut layer = text::Layer::default();
        let mut scene = Scene {
            package: &mut self.package,
            document,
            fonts: &mut self.fonts,
            canvas: &mut canvas,
            layer: Some(&mut layer),
            budget: Budget::default(),
            failed: HashSet::new(),
            notices: page.notices.clone(),
        };
        scene.draw_page(&page, to_pixels);
        for stamp in document.stamps.iter().filter(|s| s.page_id == entry.id) {
            let place = to_pixels
                * Affine::translate(stamp.boundary.origin().to_vec2())
                * Affine::scale_non_uniform(stamp.boundary.width(), stamp.boundary.height());
            let drawn = if sniff_bytes(&stamp.picture) == Some(FileFormat::Ofd) {
                draw_package(&stamp.picture, place, scene.canvas)
            } else {
                scene.picture(stamp.picture.to_vec(), place, 255)
            };
            if let Err(e) = drawn {
                scene.notices.push(format!("印章未能显示 / a stamp cannot be shown: {e}"));
            }
        }
        let mut notices = scene.notices;
        notices.extend(size.notice());
        let text_layer = layer.into_lines();
        Ok(Decoded { dpi: Some(size.dpi), text_layer, notices, ..Decoded::new(canvas.into_image()) })
    }
}

/// Draws the first page of a package (a stamp's picture; without the stamps it may have itself)
/// over the unit square of `place`.
fn draw_package(bytes: &[u8], place: Affine, canvas: &mut Canvas) -> Result<(), IngestError> {
    let mut package = Package::open(Bytes::new(bytes.to_vec()))?;
    let documents = document::documents(&mut package)?;
    let first = documents.iter().find_map(|d| Some((d, d.pages.first()?)));
    let Some((document, entry)) = first else {
        return Err(IngestError::damaged(FileFormat::Ofd, "没有页面 / it has no pages"));
    };
    let page = Page::read(&mut package, document, entry)?;
    let size = page.area.size();
    if size.is_zero_area() || !size.is_finite() {
        return Err(IngestError::damaged(FileFormat::Ofd, "页面大小 / page size"));
    }
    let to_pixels = place
        * Affine::scale_non_uniform(1.0 / size.width, 1.0 / size.height)
        * Affine::translate(-page.area.origin().to_vec2());
    let mut scene = Scene {
        package: &mut package,
        document,
        fonts: &mut Fonts::default(),
        canvas,
        layer: None,
        budget: Budget::default(),
        failed: HashSet::new(),
        notices: Vec::new(),
    };
    scene.draw_page(&page, to_pixels);
    Ok(())
}
