//! Reading a page that way up which a person has chosen.

use std::sync::atomic::AtomicBool;

use image::{RgbImage, imageops};

use crate::{
    geometry::Point,
    ocr::{OcrError, Reading},
};

use super::pipeline::TextReader;

/// Reads the page turned clockwise by `rotation` degrees (0, 90, 180, 270); the lines lie on the
/// page as it is.
pub(super) fn read(
    reader: &mut dyn TextReader,
    page: &RgbImage,
    rotation: u16,
    cancel: &AtomicBool,
) -> Result<Reading, OcrError> {
    let upright = match rotation {
        90 => imageops::rotate90(page),
        180 => imageops::rotate180(page),
        270 => imageops::rotate270(page),
        _ => return reader.read(page, cancel),
    };
    let mut reading = reader.read(&upright, cancel)?;
    let size = page.dimensions();
    for line in &mut reading.lines {
        line.quad = line.quad.map(|p| back(p, rotation, size));
        for c in &mut line.chars {
            c.quad = c.quad.map(|p| back(p, rotation, size));
        }
    }
    Ok(reading)
}

/// A point of the turned page on the page as it is, which has this size.
fn back(p: Point, rotation: u16, (width, height): (u32, u32)) -> Point {
    let (w, h) = (width as f32, height as f32);
    match rotation {
        90 => Point::new(p.y, h - p.x),
        180 => Point::new(w - p.x, h - p.y),
        270 => Point::new(w - p.y, p.x),
        _ => p,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back_to_where_they_are_printed() {
        // A page of 4 by 2 whose upper left pixel is marked.
        let mut page = RgbImage::new(4, 2);
        page.put_pixel(0, 0, image::Rgb([255, 0, 0]));
        for (rotation, turned) in [
            (90, imageops::rotate90(&page)),
            (180, imageops::rotate180(&page)),
            (270, imageops::rotate270(&page)),
        ] {
            let mark = turned.enumerate_pixels().find(|(.., p)| p.0[0] == 255).map(|(x, y, _)| (x, y));
            let (x, y) = mark.expect("the mark is still there");
            // The pixel's middle.
            let p = back(Point::new(x as f32 + 0.5, y as f32 + 0.5), rotation, (4, 2));
            assert_eq!((p.x, p.y), (0.5, 0.5), "{rotation}");
        }
    }
}
