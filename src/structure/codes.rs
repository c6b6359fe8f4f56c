//! QR codes, Data Matrix, PDF417 and linear barcodes.
//!
//! The decoding is zxing-cpp's; this module decides what to show it. The page at a reduced size
//! first, which costs a quarter, and at full size only for linear codes, which are looked for along
//! single rows; where something looks like an undecoded code, enlarged crops with other thresholds.

use image::{GrayImage, imageops};
use zxingcpp::{Barcode, BarcodeFormat, BarcodeReader, Binarizer, ImageFormat, ImageView, TextMode};

use crate::{
    geometry::{Point, Quad, Rect},
    structure::{
        Code,
        code_areas::{code_areas, dark_grounds},
        frame::Frame,
        pixels,
    },
};

/// Codes in two directions; all of them correct errors, so that none is read wrongly at a small size.
const PATTERNS: [BarcodeFormat; 4] =
    [BarcodeFormat::QRCode, BarcodeFormat::DataMatrix, BarcodeFormat::PDF417, BarcodeFormat::Aztec];
const LINEAR: [BarcodeFormat; 5] = [
    BarcodeFormat::Code128,
    BarcodeFormat::Code39,
    BarcodeFormat::EAN13,
    BarcodeFormat::EAN8,
    BarcodeFormat::ITF,
];
const FORMATS: [BarcodeFormat; 9] = [
    PATTERNS[0],
    PATTERNS[1],
    PATTERNS[2],
    PATTERNS[3],
    LINEAR[0],
    LINEAR[1],
    LINEAR[2],
    LINEAR[3],
    LINEAR[4],
];
/// The longer side of the reduced page, pixels: on A4 at 200 dpi a module of half a millimetre then
/// has two.
const REDUCED_SIDE: f32 = 1200.0;
/// Linear codes are read along rows and columns of pixels; a code that slopes by more than this
/// many degrees (bars ten times as high as a quiet line is wide) may be missed.
const MOST_SLOPE: f32 = 3.0;
/// At most this many areas of a page are looked at again; a page with more is a texture.
const MOST_RETRIES: usize = 6;
/// Crops are scaled so that their shorter side has about this many pixels: version-10 codes (57
/// modules) then have modules of 8 pixels.
const CROP_SIDE: f32 = 480.0;
/// A linear code read from a few rows of another's bars takes at most this share of the other's area
/// (reasoned: two codes of one height cannot lie in one place, and either may be the right one).
const PART: f32 = 0.5;

/// All codes on the page, in page pixels; `gray` is the page at full size.
pub fn codes(gray: &GrayImage, frame: &Frame) -> Vec<Code> {
    let mut found = Vec::new();
    let by = (gray.width().max(gray.height()) as f32 / REDUCED_SIDE).round().max(1.0);
    let small = pixels::reduced(gray, by as u32);
    let look = View { image: &small, to_page: &|p| Point::new(p.x * by, p.y * by) };
    if by > 1.0 {
        read(&look, &PATTERNS, Binarizer::LocalAverage, &mut found);
        let whole = View { image: gray, to_page: &|p| p };
        read(&whole, &LINEAR, Binarizer::LocalAverage, &mut found);
    } else {
        read(&look, &FORMATS, Binarizer::LocalAverage, &mut found);
    }
    if frame.skew_degrees().abs() > MOST_SLOPE {
        let level = frame.view(gray, 1.0, 1.0);
        let view = View { image: &level, to_page: &|p| frame.page(p) };
        read(&view, &[BarcodeFormat::AllLinear], Binarizer::LocalAverage, &mut found);
    }
    for ground in dark_grounds(&small).into_iter().take(MOST_RETRIES) {
        read_inverted(gray, ground, by, &mut found);
    }
    let known: Vec<Quad> = found.iter().map(|code| code.quad).collect();
    for area in code_areas(gray, &known).into_iter().take(MOST_RETRIES) {
        retry(gray, area, &mut found);
    }
    without_parts(found)
}

/// Codes without linear ones that lie within another, larger one: a few rows of pixels read wrongly,
/// beside all the others.
fn without_parts(mut codes: Vec<Code>) -> Vec<Code> {
    let areas: Vec<Rect> = codes.iter().map(|c| c.quad.bounds().expanded(1.0)).collect();
    let linear = |code: &Code| LINEAR.iter().any(|f| kind_name(*f, *f) == code.kind);
    let part = |i: usize| {
        let own = &areas[i];
        let within = |(k, other): (usize, &Rect)| {
            k != i && own.area() < PART * other.area() && own.intersection(other).area() > 0.5 * own.area()
        };
        linear(&codes[i]) && areas.iter().enumerate().any(within)
    };
    let parts: Vec<bool> = (0..codes.len()).map(part).collect();
    let mut parts = parts.into_iter();
    codes.retain(|_| !parts.next().unwrap_or(false));
    codes
}

/// Reads light codes on a dark ground (`ground`: in pixels of the page reduced by `by`).
fn read_inverted(gray: &GrayImage, ground: Rect, by: f32, found: &mut Vec<Code>) {
    let (left, top) = ((ground.left * by) as u32, (ground.top * by) as u32);
    let (width, height) = ((ground.width() * by) as u32, (ground.height() * by) as u32);
    let mut part = imageops::crop_imm(gray, left, top, width, height).to_image();
    imageops::invert(&mut part);
    let scale = (part.width().max(part.height()) as f32 / REDUCED_SIDE).round().max(1.0);
    let part = pixels::reduced(&part, scale as u32);
    let to_page = |p: Point| Point::new(left as f32 + p.x * scale, top as f32 + p.y * scale);
    let view = View { image: &part, to_page: &to_page };
    read(&view, &FORMATS, Binarizer::LocalAverage, found);
}

/// What is shown to the decoder and where its pixels lie on the page.
struct View<'a> {
    image: &'a GrayImage,
    to_page: &'a dyn Fn(Point) -> Point,
}

/// Looks at one area again: enlarged or reduced, blurred, with another threshold.
fn retry(gray: &GrayImage, area: Rect, found: &mut Vec<Code>) {
    let (left, top) = (area.left.max(0.0) as u32, area.top.max(0.0) as u32);
    let right = (area.right as u32).min(gray.width());
    let bottom = (area.bottom as u32).min(gray.height());
    if left >= right || top >= bottom {
        return;
    }
    let crop = imageops::crop_imm(gray, left, top, right - left, bottom - top).to_image();
    let fitted = CROP_SIDE / crop.width().min(crop.height()) as f32;
    for scale in [fitted, fitted * 0.6, fitted * 1.6] {
        let scale = scale.clamp(0.3, 4.0);
        let (width, height) = ((crop.width() as f32 * scale) as u32, (crop.height() as f32 * scale) as u32);
        if width == 0 || height == 0 {
            continue;
        }
        let image = imageops::resize(&crop, width, height, imageops::FilterType::Triangle);
        let to_page = |p: Point| Point::new(left as f32 + p.x / scale, top as f32 + p.y / scale);
        let view = View { image: &image, to_page: &to_page };
        for binarizer in [Binarizer::LocalAverage, Binarizer::GlobalHistogram] {
            if read(&view, &FORMATS, binarizer, found) {
                return;
            }
        }
    }
}

/// Adds what the decoder finds in `view` and is not yet known; whether there was anything.
fn read(view: &View<'_>, formats: &[BarcodeFormat], binarizer: Binarizer, found: &mut Vec<Code>) -> bool {
    let reader = BarcodeReader::new()
        .formats(formats)
        .try_harder(true)
        .try_rotate(true)
        .try_downscale(true)
        .try_invert(false)
        .binarizer(binarizer)
        .text_mode(TextMode::Plain);
    let image = view.image;
    // Only an empty picture is refused, and on that there is no code.
    let Ok(shown) = ImageView::from_slice(image.as_raw(), image.width(), image.height(), ImageFormat::Lum)
    else {
        return false;
    };
    let barcodes = reader.from(&shown).unwrap_or_default();
    let mut any = false;
    for barcode in barcodes.iter().filter(|b| b.is_valid()) {
        any = true;
        let code = Code {
            kind: kind_name(barcode.symbology(), barcode.format()),
            text: text_of(barcode),
            quad: quad_of(barcode, view),
        };
        let known =
            found.iter().any(|c| c.text == code.text && overlaps(&c.quad.bounds(), &code.quad.bounds()));
        if !known && !code.text.is_empty() {
            found.push(code);
        }
    }
    any
}

fn quad_of(barcode: &Barcode, view: &View<'_>) -> Quad {
    let p = barcode.position();
    let corners = [p.top_left, p.top_right, p.bottom_right, p.bottom_left];
    Quad(corners.map(|c| (view.to_page)(Point::new(c.x as f32, c.y as f32))))
}

/// The name of a code: of its family, but EAN-13 and EAN-8 by themselves.
fn kind_name(family: BarcodeFormat, format: BarcodeFormat) -> String {
    match if family == BarcodeFormat::EANUPC { format } else { family } {
        BarcodeFormat::QRCode => "qr".to_owned(),
        BarcodeFormat::DataMatrix => "data_matrix".to_owned(),
        BarcodeFormat::PDF417 => "pdf417".to_owned(),
        BarcodeFormat::Aztec => "aztec".to_owned(),
        BarcodeFormat::Code128 => "code128".to_owned(),
        BarcodeFormat::Code39 => "code39".to_owned(),
        BarcodeFormat::EAN13 | BarcodeFormat::ISBN => "ean13".to_owned(),
        BarcodeFormat::EAN8 => "ean8".to_owned(),
        BarcodeFormat::ITF => "itf".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}

/// The text as encoded. A code that does not declare its character set holds UTF-8 or, in older
/// Chinese software, GBK; zxing-cpp guesses only between UTF-8, Shift JIS and Latin 1.
fn text_of(barcode: &Barcode) -> String {
    if barcode.has_eci() {
        return barcode.text();
    }
    let bytes = barcode.bytes();
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => gbk(error.as_bytes()).unwrap_or_else(|| barcode.text()),
    }
}

/// `bytes` as GBK, if every character beyond ASCII is then a Chinese one or Chinese punctuation.
fn gbk(bytes: &[u8]) -> Option<String> {
    let text = encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(bytes)?;
    let chinese = |c: char| {
        c.is_ascii()
            || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
            || matches!(c, '\u{2010}'..='\u{2030}' | '·' | '×' | '÷' | '°')
    };
    text.chars().all(chinese).then(|| text.into_owned())
}

fn overlaps(a: &Rect, b: &Rect) -> bool {
    a.intersection(b).width() > 0.0 && a.intersection(b).height() > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with a code drawn by zxing-cpp's own writer.
    fn page_with(format: BarcodeFormat, content: &[u8], scale: i32) -> GrayImage {
        let barcode = zxingcpp::create(format).from_slice(content).expect("encodable");
        let drawn = barcode.to_image_with(&zxingcpp::write().scale(scale)).expect("drawable");
        let (width, height) = (drawn.width() as u32, drawn.height() as u32);
        let code = GrayImage::from_raw(width, height, drawn.data()).expect("as many pixels as stated");
        let mut page = GrayImage::from_pixel(width + 300, height + 200, image::Luma([250]));
        imageops::replace(&mut page, &code, 200, 100);
        page
    }

    fn page_codes(page: &GrayImage) -> Vec<Code> {
        codes(page, &Frame::new(page.width(), page.height(), 0, 0.0))
    }

    #[test]
    fn linear_codes_on_a_sloping_page_are_read() {
        let level = page_with(BarcodeFormat::Code128, b"YT1234567890123", 3);
        let (width, height) = level.dimensions();
        let sloping = Frame::new(width, height, 0, -20.0).view(&level, 1.0, 1.0);
        let frame = Frame::new(sloping.width(), sloping.height(), 0, 20.0);
        let found = codes(&sloping, &frame);
        assert_eq!(found.first().map(|c| c.text.as_str()), Some("YT1234567890123"));
        let center = found[0].quad.center();
        assert!(
            center.distance(Point::new(sloping.width() as f32 / 2.0, sloping.height() as f32 / 2.0)) < 80.0
        );
    }

    #[test]
    fn codes_are_read_with_their_place() {
        for (format, kind, text) in [
            (BarcodeFormat::QRCode, "qr", "01,10,044001900111,12345678,88.00,20260102"),
            (BarcodeFormat::Code128, "code128", "YT1234567890123"),
            (BarcodeFormat::DataMatrix, "data_matrix", "DM-0042"),
            (BarcodeFormat::PDF417, "pdf417", "some longer text in a PDF417 symbol"),
            (BarcodeFormat::EAN13, "ean13", "6901234567892"),
            (BarcodeFormat::EAN13, "ean13", "9787111213826"),
            (BarcodeFormat::EAN8, "ean8", "69012341"),
            (BarcodeFormat::ITF, "itf", "04512345678906"),
        ] {
            let found = page_codes(&page_with(format, text.as_bytes(), 4));
            assert_eq!(found.len(), 1, "{kind}: {found:?}");
            assert_eq!((found[0].kind.as_str(), found[0].text.as_str()), (kind, text));
            let center = found[0].quad.center();
            assert!(center.x > 200.0 && center.y > 100.0);
        }
    }

    #[test]
    fn light_codes_on_dark_ground_are_read() {
        for (format, text) in
            [(BarcodeFormat::QRCode, "https://example.com"), (BarcodeFormat::DataMatrix, "D-7")]
        {
            let mut panel = page_with(format, text.as_bytes(), 5);
            imageops::invert(&mut panel);
            let mut page =
                GrayImage::from_pixel(panel.width() + 300, panel.height() + 600, image::Luma([235]));
            imageops::replace(&mut page, &panel, 150, 200);
            let found = page_codes(&page);
            assert_eq!(found.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), [text]);
            let center = found[0].quad.center();
            assert!(
                center.x > 350.0 && center.y > 300.0 && center.y < f64::from(panel.height()) as f32 + 100.0
            );
        }
    }

    #[test]
    fn a_code_read_from_a_few_rows_of_another_is_left_out() {
        let code = |kind: &str, text: &str, quad: Quad| Code { kind: kind.into(), text: text.into(), quad };
        let whole = code("code128", "M00917736", Quad::from_rect(239.0, 1064.0, 546.0, 1164.0));
        let rows = code("code128", "M04887736", Quad::from_rect(240.0, 1068.0, 543.0, 1080.0));
        let below = code("code128", "M04887737", Quad::from_rect(240.0, 1168.0, 543.0, 1180.0));
        let found = without_parts(vec![rows, whole.clone(), below.clone()]);
        assert_eq!(found, [whole, below]);
    }

    #[test]
    fn character_sets_that_are_not_declared_are_recognised() {
        let text = "姓名：张三，编号42";
        let (encoded, _, _) = encoding_rs::GBK.encode(text);
        assert_eq!(gbk(&encoded).as_deref(), Some(text));
        assert_eq!(gbk(b"caf\xe9 \xa4"), None);
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert!(page_codes(&GrayImage::from_pixel(400, 300, image::Luma([255]))).is_empty());
        assert!(page_codes(&GrayImage::new(0, 0)).is_empty());
    }
}
