//! The structure room as a whole: a drawn page in, its structure out.

use image::{GrayImage, Rgb, RgbImage, imageops};
use luru::{geometry::Quad, ocr::TextLine, structure::analyse};

fn line(text: &str, left: f32, top: f32, right: f32, bottom: f32) -> TextLine {
    TextLine {
        text: text.to_owned(),
        quad: Quad::from_rect(left, top, right, bottom),
        confidence: 0.95,
        ..TextLine::default()
    }
}

/// The page turned a quarter clockwise, with its lines.
fn quarter_turned(page: &RgbImage, lines: &[TextLine]) -> (RgbImage, Vec<TextLine>) {
    let height = page.height() as f32;
    let turned = lines
        .iter()
        .map(|l| TextLine { quad: l.quad.map(|p| [height - p.y, p.x].into()), ..l.clone() })
        .collect();
    (imageops::rotate90(page), turned)
}

#[test]
fn a_page_without_anything_has_no_structure() {
    let blank = analyse(&RgbImage::from_pixel(200, 100, Rgb([255; 3])), Vec::new());
    assert_eq!((blank.rotation, blank.lines.len(), blank.tables.len()), (0, 0, 0));
    assert!(blank.seals.is_empty() && blank.codes.is_empty() && blank.key_values.is_empty());
    // Sizes that no page has must not matter either.
    for (width, height) in [(0, 0), (1, 1), (1, 3000), (3000, 1)] {
        analyse(&RgbImage::new(width, height), vec![line("字", 0.0, 0.0, 1.0, 1.0)]);
    }
}

#[test]
fn a_page_on_its_side_is_read_in_the_same_order() {
    let page = RgbImage::from_pixel(800, 600, Rgb([250; 3]));
    let lines = [
        line("第二行的文字写在这里", 50.0, 140.0, 450.0, 170.0),
        line("右边的日期二〇二六年", 500.0, 102.0, 750.0, 130.0),
        line("第一行的文字写在这里", 50.0, 100.0, 450.0, 130.0),
    ];
    let texts = |lines: &[TextLine]| lines.iter().map(|l| l.text.clone()).collect::<Vec<_>>();
    let upright = analyse(&page, lines.to_vec());
    assert_eq!(
        texts(&upright.lines),
        ["第一行的文字写在这里", "右边的日期二〇二六年", "第二行的文字写在这里"]
    );
    let (sideways, turned) = quarter_turned(&page, &lines);
    let found = analyse(&sideways, turned);
    assert_eq!(found.rotation, 270);
    assert_eq!(texts(&found.lines), texts(&upright.lines));
}

#[test]
fn a_code_is_found_on_the_page() {
    let drawn = zxingcpp::create(zxingcpp::BarcodeFormat::QRCode)
        .from_str("https://example.com/r?n=20260102")
        .unwrap()
        .to_image_with(&zxingcpp::write().scale(4))
        .unwrap();
    let code = GrayImage::from_raw(drawn.width() as u32, drawn.height() as u32, drawn.data()).unwrap();
    let mut page = RgbImage::from_pixel(700, 500, Rgb([255; 3]));
    for (x, y, p) in code.enumerate_pixels() {
        page.put_pixel(x + 300, y + 200, Rgb([p.0[0]; 3]));
    }
    let found = analyse(&page, Vec::new());
    assert_eq!(found.codes.len(), 1);
    assert_eq!(found.codes[0].text, "https://example.com/r?n=20260102");
}
