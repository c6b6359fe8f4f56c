//! Whole pages as text, Markdown, Word and searchable PDF, read back.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
};

use luru::{
    export::{ExportError, docx, markdown, pdf, text},
    geometry::{Point, Quad},
    ingest::{OpenOptions, Source},
    ocr::TextLine,
    review::{FileReading, PageReading},
    structure::{Cell, PageStructure, Region, RegionType, Table},
};

fn line(text: &str, left: f32, top: f32, right: f32, height: f32) -> TextLine {
    let quad = Quad::from_rect(left, top, right, top + height);
    TextLine { text: text.into(), quad, confidence: 0.9, ..TextLine::default() }
}

fn region(region_type: RegionType, lines: &[usize], order: usize) -> Region {
    Region { region_type, quad: Quad::default(), lines: lines.to_vec(), order }
}

/// A page of 1000 × 1400 at 200 dpi: title, a paragraph of two lines, two items, a table in which
/// the first row is merged and the first column spans two rows, and a last line.
fn page() -> PageReading {
    let cell = |row: usize, col: usize, row_span: usize, col_span: usize, text: &str| {
        let x = |c: usize| 100.0 + [0.0, 200.0, 500.0, 800.0][c];
        let y = |r: usize| 500.0 + 50.0 * r as f32;
        let quad = Quad::from_rect(x(col), y(row), x(col + col_span), y(row + row_span));
        Cell { row, col, row_span, col_span, text: text.into(), quad, confidence: 0.9 }
    };
    let table = Table {
        quad: Quad::from_rect(100.0, 500.0, 900.0, 650.0),
        rows: 3,
        cols: 3,
        ruled: true,
        cells: vec![
            cell(0, 0, 1, 3, "汇总表"),
            cell(1, 0, 2, 1, "部门"),
            cell(1, 1, 1, 1, "甲<乙>"),
            cell(1, 2, 1, 1, "1,200.00"),
            cell(2, 1, 1, 1, "丙"),
            cell(2, 2, 1, 1, "0012"),
        ],
    };
    let structure = PageStructure {
        lines: vec![
            line("采购合同", 400.0, 80.0, 600.0, 50.0),
            line("甲乙双方经友好协商，就办公设备采购事宜", 160.0, 200.0, 900.0, 30.0),
            line("达成如下协议。", 100.0, 250.0, 400.0, 30.0),
            line("1. 第一项", 100.0, 300.0, 300.0, 30.0),
            line("2. 第二项", 100.0, 350.0, 300.0, 30.0),
            line("汇总表", 450.0, 510.0, 550.0, 30.0),
            line("1,200.00", 770.0, 560.0, 895.0, 30.0),
            line("以下无正文", 100.0, 700.0, 300.0, 30.0),
        ],
        regions: vec![
            region(RegionType::Title, &[0], 0),
            region(RegionType::Text, &[1, 2, 3, 4], 1),
            Region { quad: table.quad, ..region(RegionType::Table, &[5, 6], 2) },
            region(RegionType::Text, &[7], 3),
        ],
        tables: vec![table],
        ..PageStructure::default()
    };
    PageReading { page: 1, width: 1000, height: 1400, dpi: Some(200.0), structure, ..PageReading::default() }
}

fn reading(path: &Path) -> FileReading {
    FileReading { path: path.to_owned(), pages: vec![page()], ..FileReading::default() }
}

#[test]
fn plain_text_joins_paragraphs_and_parts_columns_by_tabs() {
    let text = text::plain(&reading(Path::new("a.png")));
    assert_eq!(
        text,
        "采购合同\n\n甲乙双方经友好协商，就办公设备采购事宜达成如下协议。\n\n1. 第一项\n2. 第二项\n\n\
         汇总表\n部门\t甲<乙>\t1,200.00\n\t丙\t0012\n\n以下无正文\n"
    );
}

#[test]
fn markdown_has_headings_lists_and_merged_cells() {
    let text = markdown::markdown(&reading(Path::new("a.png")));
    assert!(
        text.starts_with("# 采购合同\n\n甲乙双方经友好协商，就办公设备采购事宜达成如下协议。\n\n"),
        "{text}"
    );
    assert!(text.contains("\n1. 第一项\n2. 第二项\n\n<table>\n"), "{text}");
    assert!(text.contains("<tr><td colspan=\"3\" align=\"center\">汇总表</td></tr>"), "{text}");
    assert!(
        text.contains("<td rowspan=\"2\">部门</td><td>甲&lt;乙&gt;</td><td align=\"right\">1,200.00</td>")
    );
    assert!(text.ends_with("</table>\n\n以下无正文\n"), "{text}");

    let mut plain = reading(Path::new("a.png"));
    let cells = &mut plain.pages[0].structure.tables[0].cells;
    cells.retain(|c| c.row > 0 && c.col > 0);
    cells.iter_mut().for_each(|c| (c.row, c.col) = (c.row - 1, c.col - 1));
    let text = markdown::markdown(&plain);
    assert!(text.contains("| 甲\\<乙\\> | 1,200.00 |\n|---|---|\n| 丙 | 0012 |\n"), "{text}");
}

#[test]
fn word_has_styles_numbering_and_real_merges() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("结果.docx");
    let mut two_pages = reading(Path::new("a.png"));
    two_pages.pages.push(PageReading { page: 2, ..page() });
    docx::write(&path, &two_pages).unwrap();
    let part = |name: &str| {
        let mut package = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
        let mut text = String::new();
        package.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let document = part("word/document.xml");
    // Every paragraph as its words.
    let paragraphs: Vec<String> = document
        .split("</w:p>")
        .map(|p| {
            p.split("</w:t>").filter_map(|t| Some(t.rsplit_once("<w:t ")?.1.split_once('>')?.1)).collect()
        })
        .filter(|p: &String| !p.is_empty())
        .collect();
    let one = [
        "采购合同",
        "甲乙双方经友好协商，就办公设备采购事宜达成如下协议。",
        "第一项",
        "第二项",
        "汇总表",
        "部门",
        "甲&lt;乙&gt;",
        "1,200.00",
        "丙",
        "0012",
        "以下无正文",
    ];
    assert_eq!(paragraphs, [one, one].concat());
    assert!(document.contains("<w:pStyle w:val=\"Heading1\""), "{document}");
    assert!(document.contains("<w:gridSpan w:val=\"3\""), "{document}");
    assert_eq!(document.matches("<w:vMerge w:val=\"restart\"").count(), 2);
    assert_eq!(document.matches("<w:vMerge w:val=\"continue\"").count(), 2);
    assert_eq!(document.matches("<w:pageBreakBefore").count(), 1);
    // Columns of 2 : 3 : 3.
    let grid: Vec<f32> = document
        .split("<w:gridCol w:w=\"")
        .skip(1)
        .take(3)
        .map(|w| w.split('"').next().unwrap().parse().unwrap())
        .collect();
    assert!((grid[1] / grid[0] - 1.5).abs() < 0.01 && (grid[2] / grid[1] - 1.0).abs() < 0.01, "{grid:?}");
    // The second page's list starts again at 1.
    let numbering = part("word/numbering.xml");
    assert_eq!(numbering.matches("<w:startOverride w:val=\"1\"").count(), 2, "{numbering}");
    assert!(part("word/styles.xml").contains("heading 1"));

    let broken = FileReading { error: Some("文件已损坏".into()), ..FileReading::default() };
    docx::write(&path, &broken).unwrap();
    assert!(part("word/document.xml").contains("error: 文件已损坏"));
}

/// A JPEG with ink wherever the page has text, so that the reader of text layers believes them.
fn picture(path: &Path, width: u32, height: u32) -> Vec<u8> {
    let stripes = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb(if (x / 4 + y / 4) % 2 == 0 { [250, 250, 250] } else { [20, 40, 60] })
    });
    stripes.save(path).unwrap();
    fs::read(path).unwrap()
}

fn inflated(stream: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Streams that are not deflated (pictures) give nothing.
    let _ = flate2::read::ZlibDecoder::new(stream).read_to_end(&mut bytes);
    bytes
}

/// The streams of a PDF as (from, to) in its bytes.
fn streams(pdf: &[u8]) -> Vec<(usize, usize)> {
    let find = |from: usize, what: &[u8]| {
        let rest = pdf.get(from..)?;
        rest.windows(what.len()).position(|w| w == what).map(|at| from + at)
    };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = find(at, b"stream\n") {
        let from = start + b"stream\n".len();
        let to = find(from, b"\nendstream").unwrap();
        found.push((from, to));
        at = to + b"\nendstream".len();
    }
    found
}

/// The PDF with its invisible text made visible (as boxes): only visible
/// text is taken for the page's own when a PDF is opened.
fn with_visible_text(pdf: &[u8]) -> Vec<u8> {
    for (from, to) in streams(pdf) {
        let content = inflated(&pdf[from..to]);
        let Some(at) = content.windows(4).position(|w| w == b"3 Tr") else { continue };
        let mut visible = content.clone();
        visible[at] = b'0';
        // Deflated anew with stored blocks only where nothing else has the old length: PDFium
        // mends tables whose offsets are wrong.
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&visible).unwrap();
        let stream = encoder.finish().unwrap();
        let length = |n: usize| format!("/Length {n}").into_bytes();
        let (old, new) = (length(to - from), length(stream.len()));
        let head = &pdf[..from];
        let place = head.windows(old.len()).rposition(|w| w == old).unwrap();
        return [&pdf[..place], &new, &pdf[place + old.len()..from], &stream, &pdf[to..]].concat();
    }
    panic!("no invisible text in the PDF");
}

#[test]
fn the_searchable_pdf_keeps_the_jpeg_and_hides_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("合同.jpg");
    let jpeg = picture(&input, 1000, 1400);
    let target = folder.path().join("结果.pdf");
    let mut file = reading(&input);
    file.pages[0].structure.rotation = 90;
    pdf::write(&target, &file, &OpenOptions::default()).unwrap();
    let written = fs::read(&target).unwrap();
    assert!(written.windows(jpeg.len()).any(|w| w == jpeg), "the JPEG is taken as it is");
    let ascii = String::from_utf8_lossy(&written);
    assert!(ascii.contains("/MediaBox [0 0 360 504]"), "1000 × 1400 pixels of 200 dpi");
    assert!(ascii.contains("/Rotate 90") && ascii.contains("/Identity-H"));
    let content: Vec<u8> = streams(&written)
        .into_iter()
        .map(|(from, to)| inflated(&written[from..to]))
        .find(|c| c.windows(2).any(|w| w == b"BT"))
        .unwrap();
    let content = String::from_utf8_lossy(&content).into_owned();
    assert!(content.contains("3 Tr"), "{content}");

    // A picture that is no JPEG is compressed; a page that failed stays an empty page.
    let png = folder.path().join("灰.png");
    image::GrayImage::from_pixel(300, 200, image::Luma([180])).save(&png).unwrap();
    let failed = PageReading { page: 2, error: Some("读不了".into()), ..PageReading::default() };
    let good = PageReading { page: 1, width: 300, height: 200, ..PageReading::default() };
    let pages = FileReading { path: png, pages: vec![good, failed], ..FileReading::default() };
    pdf::write(&target, &pages, &OpenOptions::default()).unwrap();
    let ascii = String::from_utf8_lossy(&fs::read(&target).unwrap()).into_owned();
    assert!(ascii.contains("/DeviceGray") && ascii.contains("/Count 2"), "{ascii}");

    let gone = reading(&folder.path().join("没有.jpg"));
    assert!(matches!(pdf::write(&target, &gone, &OpenOptions::default()), Err(ExportError::Picture { .. })));
    let nothing = FileReading::default();
    assert!(matches!(pdf::write(&target, &nothing, &OpenOptions::default()), Err(ExportError::Nothing)));
}

#[test]
fn the_text_of_a_searchable_pdf_lies_on_the_picture() {
    let Some(library) = luru::components::locate().ok().map(|c| c.pdfium) else {
        eprintln!("skipped: the components are not installed (`luru setup`)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("页.jpg");
    picture(&input, 1000, 1400);
    let mut file = reading(&input);
    let lines = &mut file.pages[0].structure.lines;
    *lines = vec![
        line("采购合同 Contract 2024", 300.0, 80.0, 800.0, 50.0),
        line("生僻字龘与", 100.0, 300.0, 400.0, 40.0),
    ];
    // A line that runs down the page.
    let down = [[900.0, 400.0], [900.0, 800.0], [860.0, 800.0], [860.0, 400.0]].map(Point::from);
    lines.push(TextLine { text: "竖着的一行字".into(), quad: Quad(down), ..TextLine::default() });
    let target = folder.path().join("结果.pdf");
    pdf::write(&target, &file, &OpenOptions::default()).unwrap();
    let options = OpenOptions { pdfium_library: Some(library), ..OpenOptions::default() };

    // Invisible text is not taken for the page's own.
    let page = Source::open(&target, &options).unwrap().decode(1).unwrap();
    assert!(page.text_layer.is_empty());
    assert_eq!(page.image.dimensions(), (1143, 1600), "a small page is rendered finer");

    let visible = folder.path().join("可见.pdf");
    fs::write(&visible, with_visible_text(&fs::read(&target).unwrap())).unwrap();
    let page = Source::open(&visible, &options).unwrap().decode(1).unwrap();
    let scale = page.image.width() as f32 / 1000.0;
    let in_pixels = |quad: &Quad| quad.map(|p| Point::new(p.x * scale, p.y * scale));
    let (level, running_down) = file.pages[0].structure.lines.split_at(2);
    for wanted in level {
        let found = page.text_layer.iter().find(|l| l.text == wanted.text);
        let texts: Vec<_> = page.text_layer.iter().map(|l| &l.text).collect();
        let found = found.unwrap_or_else(|| panic!("{} is not among {texts:?}", wanted.text));
        let expected = in_pixels(&wanted.quad);
        for (a, b) in found.quad.0.iter().zip(expected.0) {
            assert!(a.distance(b) < 4.0, "{}: {:?} instead of {expected:?}", wanted.text, found.quad);
        }
    }
    // PDFium tells text that runs down an upright page in pieces of its own order.
    let expected = in_pixels(&running_down[0].quad).bounds();
    let inside = page.text_layer.iter().filter(|l| expected.contains(l.quad.center()));
    let mut chars: Vec<char> = inside.flat_map(|l| l.text.chars()).collect();
    let mut wanted: Vec<char> = running_down[0].text.chars().collect();
    chars.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(chars, wanted);
}
