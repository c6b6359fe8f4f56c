//! GIF and WEBP: pictures of one or more frames, each frame a page.
//!
//! Frames build on one another, so they are decoded in order; the position is kept between calls
//! and the file is started over when an earlier frame is asked for.

use std::io::Cursor;
use std::num::NonZeroU64;

use gif::{ColorOutput, DisposalMethod, MemoryLimit};
use image::{DynamicImage, RgbImage, RgbaImage, metadata::Orientation};
use image_webp::WebPDecoder;

use super::{Bytes, FileFormat, IngestError, MAX_DECODED_BYTES, MAX_PAGES, canvas, canvas::Decoded, exif};

/// What is held at once for a pixel of a GIF: the canvas, the canvas before the frame, the frame and what is
/// shown of it as RGBA, and the page as RGB.
const GIF_BYTES_PER_PIXEL: u64 = 4 * 4 + 3;

/// A GIF file. Frames are drawn onto one canvas as GIF89a says (disposal methods).
pub(super) struct Gif {
    bytes: Bytes,
    frame_count: usize,
    playing: Option<GifPlayer>,
}

/// A GIF decoder with the canvas as it stands before the frame `next`.
struct GifPlayer {
    decoder: gif::Decoder<Cursor<Bytes>>,
    canvas: RgbaImage,
    next: usize,
}

fn gif_error(error: gif::DecodingError) -> IngestError {
    match error {
        gif::DecodingError::UnexpectedEof => IngestError::Truncated { format: FileFormat::Gif },
        gif::DecodingError::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            IngestError::Truncated { format: FileFormat::Gif }
        }
        e => IngestError::damaged(FileFormat::Gif, e),
    }
}

fn gif_decoder(bytes: &Bytes, skip_pixels: bool) -> Result<gif::Decoder<Cursor<Bytes>>, IngestError> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    options.skip_frame_decoding(skip_pixels);
    options.allow_unknown_blocks(true);
    if let Some(limit) = NonZeroU64::new(MAX_DECODED_BYTES) {
        options.set_memory_limit(MemoryLimit::Bytes(limit));
    }
    options.read_info(bytes.cursor()).map_err(gif_error)
}

impl Gif {
    /// Reads the size and counts the frames, up to one behind [`MAX_PAGES`]; of a cut file those that begin.
    pub fn open(bytes: Bytes) -> Result<Self, IngestError> {
        let mut decoder = gif_decoder(&bytes, true)?;
        canvas::check_size(decoder.width().into(), decoder.height().into(), GIF_BYTES_PER_PIXEL)?;
        let mut frame_count = 0;
        while frame_count <= MAX_PAGES {
            match decoder.next_frame_info() {
                Ok(Some(_)) => frame_count += 1,
                Ok(None) => break,
                Err(error) if frame_count == 0 => return Err(gif_error(error)),
                Err(_) => break,
            }
        }
        Ok(Self { bytes, frame_count, playing: None })
    }

    pub fn frame_count(&self) -> usize {
        self.frame_count
    }

    /// Starts over with the next frame asked for.
    pub fn rewind(&mut self) {
        self.playing = None;
    }

    pub fn decode(&mut self, index: usize) -> Result<Decoded, IngestError> {
        if self.playing.as_ref().is_none_or(|p| p.next > index) {
            self.playing = Some(GifPlayer::start(&self.bytes)?);
        }
        let Some(player) = &mut self.playing else {
            return Err(IngestError::Truncated { format: FileFormat::Gif });
        };
        while player.next < index {
            player.draw_next()?;
        }
        let shown = player.draw_next()?;
        Ok(Decoded::new(canvas::onto_white(DynamicImage::ImageRgba8(shown))))
    }
}

impl GifPlayer {
    fn start(bytes: &Bytes) -> Result<Self, IngestError> {
        let decoder = gif_decoder(bytes, false)?;
        let canvas = RgbaImage::new(decoder.width().into(), decoder.height().into());
        Ok(Self { decoder, canvas, next: 0 })
    }

    /// Draws the next frame, gives the canvas with it and then disposes of the frame.
    fn draw_next(&mut self) -> Result<RgbaImage, IngestError> {
        let frame = self
            .decoder
            .read_next_frame()
            .map_err(gif_error)?
            .ok_or(IngestError::Truncated { format: FileFormat::Gif })?;
        let before = (frame.dispose == DisposalMethod::Previous).then(|| self.canvas.clone());
        let (left, top) = (u32::from(frame.left), u32::from(frame.top));
        let width = usize::from(frame.width);
        for (y, row) in frame.buffer.chunks_exact(width.max(1) * 4).enumerate() {
            for (x, pixel) in row.chunks_exact(4).enumerate() {
                if let (Some(target), &[r, g, b, alpha]) =
                    (self.canvas.get_pixel_mut_checked(left + x as u32, top + y as u32), pixel)
                    && alpha != 0
                {
                    target.0 = [r, g, b, alpha];
                }
            }
        }
        self.next += 1;
        let shown = self.canvas.clone();
        match (frame.dispose, before) {
            (DisposalMethod::Background, _) => {
                for y in top..top.saturating_add(frame.height.into()).min(self.canvas.height()) {
                    for x in left..left.saturating_add(frame.width.into()).min(self.canvas.width()) {
                        self.canvas.put_pixel(x, y, image::Rgba([0; 4]));
                    }
                }
            }
            (_, Some(before)) => self.canvas = before,
            _ => {}
        }
        Ok(shown)
    }
}

/// A WEBP file, still or animated.
pub(super) struct WebP {
    bytes: Bytes,
    decoder: WebPDecoder<Cursor<Bytes>>,
    frame_count: usize,
    /// Index of the frame that the decoder reads next.
    next: usize,
}

fn webp_error(error: image_webp::DecodingError) -> IngestError {
    match error {
        image_webp::DecodingError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            IngestError::Truncated { format: FileFormat::WebP }
        }
        e => IngestError::damaged(FileFormat::WebP, e),
    }
}

impl WebP {
    pub fn open(bytes: Bytes) -> Result<Self, IngestError> {
        let mut decoder = WebPDecoder::new(bytes.cursor()).map_err(webp_error)?;
        let (width, height) = decoder.dimensions();
        canvas::check_size(width.into(), height.into(), 4)?;
        decoder.set_memory_limit(usize::try_from(MAX_DECODED_BYTES).unwrap_or(usize::MAX));
        let frame_count = if decoder.is_animated() { decoder.num_frames() as usize } else { 1 };
        Ok(Self { bytes, decoder, frame_count, next: 0 })
    }

    pub fn frame_count(&self) -> usize {
        self.frame_count
    }

    /// Starts over with the next frame asked for.
    pub fn rewind(&mut self) {
        self.next = usize::MAX;
    }

    pub fn decode(&mut self, index: usize) -> Result<Decoded, IngestError> {
        if self.next > index {
            *self = Self::open(self.bytes.clone())?;
        }
        let (width, height) = self.decoder.dimensions();
        let size = self
            .decoder
            .output_buffer_size()
            .ok_or(IngestError::TooLarge { width: width.into(), height: height.into() })?;
        let mut pixels = vec![0; size];
        if self.decoder.is_animated() {
            while self.next <= index {
                self.decoder.read_frame(&mut pixels).map_err(webp_error)?;
                self.next += 1;
            }
        } else {
            self.decoder.read_image(&mut pixels).map_err(webp_error)?;
        }
        let image = if self.decoder.has_alpha() {
            RgbaImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8)
        } else {
            RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
        };
        let image = image.ok_or_else(|| IngestError::damaged(FileFormat::WebP, "像素格式 / pixel format"))?;
        let block = self.decoder.exif_metadata().ok().flatten();
        let orientation = block.and_then(|b| exif::orientation(&b)).unwrap_or(Orientation::NoTransforms);
        Ok(Decoded { orientation, ..Decoded::new(canvas::onto_white(image)) })
    }
}
