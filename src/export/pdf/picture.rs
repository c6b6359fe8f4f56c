//! The pictures of a file's pages as JPEG: the file's own bytes where it is one, else compressed
//! anew from the decoded page.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{
    ExtendedColorType, ImageDecoder, ImageEncoder, RgbImage,
    codecs::jpeg::{JpegDecoder, JpegEncoder},
    metadata::Orientation,
};
use pdf_writer::{Filter, Finish, Pdf, Ref};

use crate::{
    export::ExportError,
    ingest::{FileFormat, IngestError, OpenOptions, Source},
    review::PageReading,
};

/// Quality of pictures compressed anew, 1 to 100: text stays clean, a page of 200 dpi takes about
/// 0.3 to 0.6 MB.
const QUALITY: u8 = 85;

/// A picture that lies on a whole page.
pub struct Picture {
    pub jpeg: Vec<u8>,
    /// Pixels of the JPEG.
    pub width: u32,
    pub height: u32,
    /// One component, not three.
    pub gray: bool,
    /// How the JPEG is turned to become the page.
    orientation: Orientation,
}

impl Picture {
    /// Puts the JPEG into a document as the image `id`.
    pub fn write(&self, pdf: &mut Pdf, id: Ref) {
        let mut stream = pdf.image_xobject(id, &self.jpeg);
        stream.filter(Filter::DctDecode);
        stream.width(self.width.try_into().unwrap_or(i32::MAX));
        stream.height(self.height.try_into().unwrap_or(i32::MAX));
        stream.bits_per_component(8);
        if self.gray {
            stream.color_space().device_gray();
        } else {
            stream.color_space().device_rgb();
        }
        stream.finish();
    }

    /// The matrix that lays the picture's unit square on a page of `size` points.
    pub fn matrix(&self, [width, height]: [f32; 2]) -> [f32; 6] {
        // Both with the origin at the upper left; PDF has it at the lower left.
        let turned = |x: f32, y: f32| match self.orientation {
            Orientation::NoTransforms => (x, y),
            Orientation::Rotate90 => (1.0 - y, x),
            Orientation::Rotate180 => (1.0 - x, 1.0 - y),
            Orientation::Rotate270 => (y, 1.0 - x),
            Orientation::FlipHorizontal => (1.0 - x, y),
            Orientation::FlipVertical => (x, 1.0 - y),
            Orientation::Rotate90FlipH => (y, x),
            Orientation::Rotate270FlipH => (1.0 - y, 1.0 - x),
        };
        let on_page = |x: f32, y: f32| {
            let (x, y) = turned(x, 1.0 - y);
            (x * width, (1.0 - y) * height)
        };
        let (origin, right, up) = (on_page(0.0, 0.0), on_page(1.0, 0.0), on_page(0.0, 1.0));
        [right.0 - origin.0, right.1 - origin.1, up.0 - origin.0, up.1 - origin.1, origin.0, origin.1]
    }
}

/// The pages of one input file.
pub struct Pictures {
    path: PathBuf,
    source: Source,
}

impl Pictures {
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, ExportError> {
        let options = OpenOptions { pages: Default::default(), ..options.clone() };
        let source = Source::open(path, &options).map_err(|e| failed(path, e))?;
        Ok(Self { path: path.to_owned(), source })
    }

    pub fn format(&self) -> FileFormat {
        self.source.format()
    }

    /// The picture of a page that was read.
    pub fn page(&mut self, page: &PageReading) -> Result<Picture, ExportError> {
        if self.format() == FileFormat::Jpeg
            && page.notices.is_empty()
            && let Some(picture) = fs::read(&self.path).ok().and_then(|bytes| unchanged(bytes, page))
        {
            return Ok(picture);
        }
        let decoded = self.source.decode(page.page).map_err(|e| failed(&self.path, e))?;
        compressed(&decoded.image)
            .map_err(|message| ExportError::Document { path: self.path.clone(), message })
    }
}

fn failed(path: &Path, source: IngestError) -> ExportError {
    ExportError::Picture { path: path.to_owned(), source: Box::new(source) }
}

/// A JPEG file's own bytes, where a PDF viewer shows them as the page was read: one or three
/// components, of the page's size.
fn unchanged(jpeg: Vec<u8>, page: &PageReading) -> Option<Picture> {
    let mut decoder = JpegDecoder::new(Cursor::new(&jpeg)).ok()?;
    let (width, height) = decoder.dimensions();
    let gray = match decoder.original_color_type() {
        ExtendedColorType::L8 => true,
        ExtendedColorType::Rgb8 => false,
        _ => return None,
    };
    let orientation = decoder.orientation().ok()?;
    let on_its_side = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let size = if on_its_side { (height, width) } else { (width, height) };
    drop(decoder);
    (size == (page.width, page.height)).then_some(Picture { jpeg, width, height, gray, orientation })
}

fn compressed(image: &RgbImage) -> Result<Picture, String> {
    let (width, height) = image.dimensions();
    let gray = image.pixels().all(|p| p.0[0] == p.0[1] && p.0[1] == p.0[2]);
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    let written = if gray {
        let levels: Vec<u8> = image.pixels().map(|p| p.0[0]).collect();
        encoder.write_image(&levels, width, height, ExtendedColorType::L8)
    } else {
        encoder.write_image(image.as_raw(), width, height, ExtendedColorType::Rgb8)
    };
    written.map_err(|e| e.to_string())?;
    Ok(Picture { jpeg, width, height, gray, orientation: Orientation::NoTransforms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_pictures_fill_the_page() {
        let picture =
            |orientation| Picture { jpeg: Vec::new(), width: 2, height: 1, gray: false, orientation };
        let at = |m: [f32; 6], x: f32, y: f32| (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]);
        let upright = picture(Orientation::NoTransforms).matrix([20.0, 10.0]);
        assert_eq!(upright, [20.0, 0.0, 0.0, 10.0, 0.0, 0.0]);
        // The stored picture's upper left corner comes to the upper right.
        let quarter = picture(Orientation::Rotate90).matrix([10.0, 20.0]);
        assert_eq!(at(quarter, 0.0, 1.0), (10.0, 20.0));
        assert_eq!(at(quarter, 1.0, 1.0), (10.0, 0.0));
        let mirrored = picture(Orientation::FlipHorizontal).matrix([20.0, 10.0]);
        assert_eq!(at(mirrored, 0.0, 1.0), (20.0, 10.0));
    }

    #[test]
    fn a_grey_page_is_written_with_one_component() {
        let grey = compressed(&RgbImage::from_pixel(32, 16, image::Rgb([200; 3]))).expect("encodable");
        assert!(grey.gray && grey.jpeg.starts_with(&[0xFF, 0xD8]));
        assert!(!compressed(&RgbImage::from_pixel(32, 16, image::Rgb([200, 0, 0]))).expect("encodable").gray);
    }
}
