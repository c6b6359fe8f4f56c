//! A text reader for tests: what it does depends on the page's width.

use std::{path::Path, sync::atomic::AtomicBool, thread, time::Duration};

use image::RgbImage;

use crate::{
    geometry::Quad,
    ocr::{OcrError, Reading, TextLine},
};

use super::{Input, pipeline::TextReader};

/// Pages of these widths are read badly; all others hold one line that tells their width.
pub const PANICS: u32 = 40;
pub const FAILS: u32 = 41;
/// Reading goes on until it is cancelled.
pub const ENDLESS: u32 = 42;

pub struct FakeReader;

impl TextReader for FakeReader {
    fn read(&mut self, page: &RgbImage, cancel: &AtomicBool) -> Result<Reading, OcrError> {
        match page.width() {
            PANICS => panic!("no row 7"),
            FAILS => Err(OcrError::Inference("no memory".into())),
            ENDLESS => {
                while !cancel.load(std::sync::atomic::Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(1));
                }
                Err(OcrError::Cancelled)
            }
            width => {
                let quad = Quad::from_rect(2.0, 2.0, 30.0, 14.0);
                let line = TextLine { text: width.to_string(), quad, confidence: 0.9, ..TextLine::default() };
                Ok(Reading {
                    lines: vec![line],
                    detect_millis: 1.0,
                    recognize_millis: 2.0,
                    notices: Vec::new(),
                })
            }
        }
    }

    fn read_line(&mut self, page: &RgbImage, quad: &Quad) -> Result<TextLine, OcrError> {
        Ok(TextLine { text: format!("again {}", page.width()), quad: *quad, ..TextLine::default() })
    }

    fn read_strips(&mut self, _: &[RgbImage]) -> Result<Vec<TextLine>, OcrError> {
        Ok(Vec::new())
    }
}

/// A blank page of this width as a file in `folder`.
pub fn page_file(folder: &Path, width: u32) -> Input {
    let path = folder.join(format!("{width}.png"));
    RgbImage::from_pixel(width, 20, image::Rgb([255; 3]))
        .save(&path)
        .expect("a scratch folder can be written");
    Input { path, password: None }
}
