//! Searchable PDF: each page's picture at its physical size, with the recognised text invisible
//! over it, exactly where it is printed, so that it can be found, selected and copied.
//!
//! Takes the pictures from the input file again; a page that lies on its side is shown upright.

mod font;
mod layer;
pub(super) mod picture;

use std::{io::Write, path::Path};

use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};

use crate::{
    ingest::{FileFormat, OpenOptions},
    review::{FileReading, PageReading},
};

use super::{ExportError, write_atomic};
use font::Glyphs;
use picture::Pictures;

const FONT: Name<'_> = Name(b"F1");
const PICTURE: Name<'_> = Name(b"Im1");
const POINTS_PER_INCH: f32 = 72.0;
/// A4 in points: for pages whose size nobody knows.
const A4: [f32; 2] = [595.28, 841.89];
/// Up to this resolution a picture file's statement is what its program writes by default (72, 96):
/// text that is really scanned so could not be read.
const PLACEHOLDER_DPI: f32 = 96.5;

/// Writes the file's pages as a searchable PDF to `path`, under a temporary name first.
///
/// `options` tells how the file is opened (password, PDF library); its choice of pages is not
/// looked at: the pages are those of `reading`. A page that could not be read becomes an empty one.
pub fn write(path: &Path, reading: &FileReading, options: &OpenOptions) -> Result<(), ExportError> {
    if reading.pages.is_empty() {
        return Err(ExportError::Nothing);
    }
    let bytes = searchable(reading, options)?;
    write_atomic(path, &bytes)
}

/// Numbers of the document's objects.
struct Objects(i32);

impl Objects {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

fn searchable(reading: &FileReading, options: &OpenOptions) -> Result<Vec<u8>, ExportError> {
    let mut objects = Objects(0);
    let [catalog, tree, info, font] = std::array::from_fn(|_| objects.next());
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let title = reading.path.file_name().unwrap_or_default().to_string_lossy();
    pdf.document_info(info)
        .title(TextStr(&title))
        .producer(TextStr(concat!("Luru ", env!("CARGO_PKG_VERSION"))));
    let mut pictures = Pictures::open(&reading.path, options)?;
    let mut glyphs = Glyphs::default();
    let mut pages = Vec::with_capacity(reading.pages.len());
    for page in &reading.pages {
        let id = objects.next();
        pages.push(id);
        write_page(&mut pdf, &mut objects, (id, tree, font), page, &mut pictures, &mut glyphs)?;
    }
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages).count(count);
    glyphs.write(&mut pdf, font, || objects.next());
    Ok(pdf.finish())
}

fn write_page(
    pdf: &mut Pdf,
    objects: &mut Objects,
    (id, tree, font): (Ref, Ref, Ref),
    page: &PageReading,
    pictures: &mut Pictures,
    glyphs: &mut Glyphs,
) -> Result<(), ExportError> {
    let failed = page.error.is_some() || page.width == 0 || page.height == 0;
    let (scale, size) = if failed { (1.0, A4) } else { size(page, pictures.format()) };
    let [image, contents] = std::array::from_fn(|_| objects.next());
    let mut content = Content::new();
    if !failed {
        let picture = pictures.page(page)?;
        picture.write(pdf, image);
        content.save_state().transform(picture.matrix(size)).x_object(PICTURE).restore_state();
        layer::write(&mut content, &page.structure.lines, scale, size[1], FONT, glyphs);
    }
    let mut entry = pdf.page(id);
    entry.parent(tree).media_box(Rect::new(0.0, 0.0, size[0], size[1])).contents(contents);
    entry.rotate(page.structure.rotation.into());
    let mut resources = entry.resources();
    resources.fonts().pair(FONT, font);
    if !failed {
        resources.x_objects().pair(PICTURE, image);
    }
    resources.finish();
    entry.finish();
    pdf.stream(contents, &deflated(&content.finish())).filter(Filter::FlateDecode);
    Ok(())
}

/// Points a pixel, and the page's width and height in points.
fn size(page: &PageReading, format: FileFormat) -> (f32, [f32; 2]) {
    let (width, height) = (page.width as f32, page.height as f32);
    let stated = |dpi: &f32| dpi.is_finite() && (format == FileFormat::Pdf || *dpi > PLACEHOLDER_DPI);
    let scale = match page.dpi.filter(stated) {
        Some(dpi) => POINTS_PER_INCH / dpi.max(1.0),
        // As large as it is printed on a sheet.
        None => (A4[0] / width.min(height)).min(A4[1] / width.max(height)),
    };
    // Hundredths of a point are finer than any printer.
    let points = |pixels: f32| (pixels * scale * 100.0).round() / 100.0;
    (scale, [points(width), points(height)])
}

pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_their_physical_size_where_it_is_known() {
        let page = |width, height, dpi| PageReading { width, height, dpi, ..PageReading::default() };
        let of = |p: PageReading, format| size(&p, format).1.map(|v| v.round());
        assert_eq!(of(page(1654, 2339, Some(200.0)), FileFormat::Tiff), [595.0, 842.0]);
        assert_eq!(of(page(3000, 4000, Some(72.0)), FileFormat::Jpeg), [595.0, 794.0]);
        assert_eq!(of(page(4000, 3000, None), FileFormat::Jpeg), [794.0, 595.0]);
        assert_eq!(of(page(4000, 3000, Some(50.0)), FileFormat::Pdf), [5760.0, 4320.0]);
    }
}
