//! The structure room as a whole: a drawn page in, its structure out.

use image::{GrayImage, Rgb, RgbImage, imageops};
use luru::{
    geometry::{Point, Quad},
    ocr::TextLine,
    structure::{RegionType, SealShape, analyse},
};

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

/// Fills a rectangle of the page.
fn fill(page: &mut RgbImage, left: u32, top: u32, right: u32, bottom: u32, color: [u8; 3]) {
    for y in top..bottom {
        for x in left..right {
            page.put_pixel(x, y, Rgb(color));
        }
    }
}

/// A form of two rows and three columns whose first cell spans both rows, with a seal beside it.
fn form() -> (RgbImage, Vec<TextLine>) {
    let mut page = RgbImage::from_pixel(1000, 700, Rgb([248; 3]));
    for y in [200, 250, 300] {
        fill(&mut page, if y == 250 { 140 } else { 100 }, y, 600, y + 2, [70; 3]);
    }
    for x in [100, 140, 260, 600] {
        fill(&mut page, x, 200, x + 2, 302, [70; 3]);
    }
    for (x, y, p) in page.enumerate_pixels_mut() {
        let (dx, dy) = ((x as f32 - 780.0) / 90.0, (y as f32 - 400.0) / 90.0);
        if (0.92..1.0).contains(&dx.hypot(dy)) || (dx.abs() < 0.5 && dy.abs() < 0.2 && x % 8 < 4) {
            *p = Rgb([210, 50, 50]);
        }
    }
    let lines = vec![
        line("回单", 440.0, 60.0, 560.0, 110.0),
        line("付", 108.0, 210.0, 132.0, 234.0),
        line("款", 108.0, 238.0, 132.0, 262.0),
        line("人", 108.0, 266.0, 132.0, 290.0),
        // Label and value of one row read as one line.
        line("名称远山文具有限公司", 194.0, 212.0, 494.0, 240.0),
        line("账号", 170.0, 262.0, 230.0, 290.0),
        line("日期：2026-01-02", 100.0, 330.0, 330.0, 358.0),
    ];
    (page, lines)
}

#[test]
fn a_form_gives_its_table_key_values_and_seal_whichever_way_it_lies() {
    let (page, lines) = form();
    for (page, lines) in [(page.clone(), lines.clone()), quarter_turned(&page, &lines)] {
        let found = analyse(&page, lines);
        assert_eq!(found.tables.len(), 1);
        let table = &found.tables[0];
        assert_eq!((table.rows, table.cols, table.cells.len(), table.ruled), (2, 3, 5, true));
        assert_eq!((table.cells[0].row_span, table.cells[0].text.as_str()), (2, "付\n款\n人"));
        assert_eq!(
            (table.cells[1].text.as_str(), table.cells[2].text.as_str()),
            ("名称", "远山文具有限公司")
        );
        let value = |key: &str| found.key_values.iter().find(|kv| kv.key == key).map(|kv| kv.value.as_str());
        assert_eq!(value("付款人名称"), Some("远山文具有限公司"));
        assert_eq!(value("付款人账号"), Some(""));
        assert_eq!(value("日期"), Some("2026-01-02"));
        assert_eq!(found.seals.len(), 1);
        assert_eq!((found.seals[0].shape, found.seals[0].color.as_str()), (SealShape::Round, "red"));
        let types: Vec<_> = found.regions.iter().map(|r| r.region_type).collect();
        assert_eq!(types, [RegionType::Title, RegionType::Table, RegionType::Text, RegionType::Seal]);
    }
}

/// A sheet with a ruled list of four rows and three columns, and the same list lying on its side.
fn sheet() -> (RgbImage, Vec<TextLine>) {
    let mut list = RgbImage::from_pixel(660, 300, Rgb([250; 3]));
    for row in 0..=4 {
        fill(&mut list, 20, 20 + 60 * row, 622, 22 + 60 * row, [60; 3]);
    }
    for column in 0..=3 {
        fill(&mut list, 20 + 200 * column, 20, 22 + 200 * column, 262, [60; 3]);
    }
    let cell = |i: usize| {
        let (left, top) = (30.0 + 200.0 * (i % 3) as f32, 36.0 + 60.0 * (i / 3) as f32);
        line(&format!("第{}行第{}栏", i / 3 + 1, i % 3 + 1), left, top, left + 150.0, top + 28.0)
    };
    let lines: Vec<TextLine> = (0..12).map(cell).collect();
    let (turned, turned_lines) = quarter_turned(&list, &lines);
    let mut sheet = RgbImage::from_pixel(1400, 800, Rgb([250; 3]));
    imageops::replace(&mut sheet, &list, 40, 60);
    imageops::replace(&mut sheet, &turned, 900, 60);
    let moved =
        |l: &TextLine, x: f32| TextLine { quad: l.quad.map(|p| [p.x + x, p.y + 60.0].into()), ..l.clone() };
    let all = lines.iter().map(|l| moved(l, 40.0)).chain(turned_lines.iter().map(|l| moved(l, 900.0)));
    (sheet, all.collect())
}

#[test]
fn documents_that_lie_different_ways_up_keep_their_tables() {
    let (page, mut lines) = sheet();
    // A watermark over the first list.
    let mut slanted = line("内部资料禁止外传", 120.0, 140.0, 520.0, 180.0);
    slanted.quad = slanted.quad.map(|p| [p.x, p.y + 0.5 * (p.x - 320.0)].into());
    lines.push(slanted);
    let found = analyse(&page, lines);
    assert_eq!(found.tables.len(), 2);
    for table in &found.tables {
        assert_eq!((table.rows, table.cols, table.cells.len()), (4, 3, 12));
        let texts: Vec<&str> = table.cells.iter().map(|c| c.text.as_str()).collect();
        assert_eq!((texts[0], texts[5], texts[11]), ("第1行第1栏", "第2行第3栏", "第4行第3栏"));
    }
}

/// A ruled table of twelve rows and five columns with the places of its text, as `moved` shows it: where a place of
/// the picture lies on the flat paper.
fn table_on_paper(moved: impl Fn(Point) -> Point) -> (RgbImage, Vec<TextLine>) {
    let mut flat = RgbImage::from_pixel(1200, 800, Rgb([240; 3]));
    let mut lines = Vec::new();
    for i in 0..=12 {
        fill(&mut flat, 100, 100 + 45 * i, 1102, 102 + 45 * i, [60; 3]);
    }
    for k in 0..=5 {
        fill(&mut flat, 100 + 200 * k, 100, 102 + 200 * k, 642, [60; 3]);
    }
    for (i, k) in (0..12).flat_map(|i| (0..5).map(move |k| (i, k))) {
        let (x, y) = (115 + 200 * k, 112 + 45 * i);
        // Strokes of characters.
        for stroke in 0..20 {
            fill(&mut flat, x + 8 * stroke, y + stroke % 5, x + 8 * stroke + 3, y + 22, [30; 3]);
        }
        let (x, y) = (x as f32, y as f32);
        lines.push(line(&format!("第{i}行{k}列的文字"), x, y, x + 160.0, y + 22.0));
    }
    let page = RgbImage::from_fn(1200, 800, |x, y| {
        let p = moved(Point::new(x as f32, y as f32));
        let (x, y) = (p.x.max(0.0) as u32, p.y.max(0.0) as u32);
        *flat.get_pixel(x.min(1199), y.min(799))
    });
    let seen = |p: Point| {
        let back = |q: Point| Point::new(q.x + p.x - moved(q).x, q.y + p.y - moved(q).y);
        (0..10).fold(p, |q, _| back(q))
    };
    for line in &mut lines {
        line.quad = line.quad.map(seen);
    }
    (page, lines)
}

#[test]
fn a_table_on_bent_paper_keeps_its_cells() {
    let wave = |v: f32, period: f32| (v / period * std::f32::consts::TAU).sin();
    let curved = |p: Point| Point::new(p.x, p.y - 30.0 * (p.x / 1200.0 * std::f32::consts::PI).sin());
    let crumpled = |p: Point| {
        let (u, v) = (wave(p.x + 0.4 * p.y, 700.0), wave(p.y - 0.3 * p.x, 600.0));
        Point::new(p.x + 6.0 * v, p.y + 7.0 * u)
    };
    let views: [(&str, &dyn Fn(Point) -> Point); 3] =
        [("flat", &|p| p), ("curved", &curved), ("crumpled", &crumpled)];
    for (name, moved) in views {
        let (page, lines) = table_on_paper(moved);
        let found = analyse(&page, lines);
        let [table] = found.tables.as_slice() else { panic!("{name}: {} tables", found.tables.len()) };
        assert_eq!((table.rows, table.cols, table.cells.len()), (12, 5, 60), "{name}");
        for cell in &table.cells {
            assert_eq!(cell.text, format!("第{}行{}列的文字", cell.row, cell.col), "{name}");
        }
        assert_eq!(found.quality.bent > 0.1, name != "flat", "{name}: {}", found.quality.bent);
    }
}

/// Characters as strokes, `thick` pixels each, and the line that is read there.
fn print(page: &mut RgbImage, lines: &mut Vec<TextLine>, text: &str, left: u32, top: u32, thick: u32) {
    let chars = text.chars().count() as u32;
    for at in 0..chars {
        for stroke in 0..3 {
            let x = left + 28 * at + 8 * stroke;
            fill(page, x, top + 4, x + thick, top + 26, [30; 3]);
        }
    }
    let (left, top) = (left as f32, top as f32);
    lines.push(line(text, left, top, left + 28.0 * chars as f32, top + 30.0));
}

#[test]
fn running_text_has_headings_paragraphs_lists_formulas_and_figures() {
    let mut page = RgbImage::from_pixel(1000, 1400, Rgb([250; 3]));
    let mut lines = Vec::new();
    let full = "占满整行的正文文字一直写到右边的页边为止方才换行也";
    let mut y = 100;
    let mut put = |page: &mut RgbImage, text: &str, left: u32, thick: u32| {
        print(page, &mut lines, text, left, y, thick);
        y += 44;
    };
    put(&mut page, "二、工作目标", 120, 6);
    put(&mut page, &full[..69], 176, 3);
    put(&mut page, full, 120, 3);
    put(&mut page, "第一段到这里结束。", 120, 3);
    put(&mut page, &full[..69], 176, 3);
    put(&mut page, "第二段到这里结束。", 120, 3);
    put(&mut page, "1、第一项内容较短", 176, 3);
    put(&mut page, "2、第二项内容也短", 176, 3);
    put(&mut page, "y = ax + b", 400, 3);
    put(&mut page, full, 120, 3);
    put(&mut page, "结束。", 120, 3);
    for (x, y) in (300..700).flat_map(|x| (700..950).map(move |y| (x, y))) {
        page.put_pixel(x, y, Rgb([((x / 9 * 37 + y / 7 * 23) % 200) as u8; 3]));
    }
    let found = analyse(&page, lines);
    let regions: Vec<_> = found.regions.iter().map(|r| (r.region_type, r.lines.as_slice())).collect();
    assert_eq!(
        regions,
        [
            (RegionType::Title, [0].as_slice()),
            (RegionType::Text, &[1, 2, 3]),
            (RegionType::Text, &[4, 5]),
            (RegionType::List, &[6, 7]),
            (RegionType::Formula, &[8]),
            (RegionType::Text, &[9, 10]),
            (RegionType::Figure, &[]),
        ]
    );
}
