//! PDF pages: written here as text, rendered by the real library where it is installed.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use luru::{
    geometry::Quad,
    ingest::{IngestError, OpenOptions, PageImage, Source},
};
use tempfile::TempDir;

/// The PDF library; without it these tests have nothing to test.
fn library() -> Option<PathBuf> {
    let library = luru::components::locate().ok().map(|c| c.pdfium);
    if library.is_none() {
        eprintln!("skipped: the components are not installed (`luru setup`)");
    }
    library
}

/// A page: its size in points, its `/Rotate` and its content.
struct Page {
    size: (u32, u32),
    rotate: u32,
    content: String,
}

fn page(content: &str) -> Page {
    Page { size: (300, 200), rotate: 0, content: content.to_owned() }
}

/// Text at a place in points from the lower left corner.
fn words(x: u32, y: u32, text: &str) -> String {
    format!("BT /F 20 Tf {x} {y} Td ({text}) Tj ET\n")
}

/// A PDF of these pages, with the standard font that needs no file, and a table of its objects.
fn pdf(pages: &[Page]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|i| format!("{} 0 R", 4 + 2 * i)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for (i, Page { size: (width, height), rotate, content }) in pages.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Rotate {rotate} \
             /Resources << /Font << /F 3 0 R >> >> /Contents {} 0 R >>",
            5 + 2 * i
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (i, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", i + 1).bytes());
    }
    let start = out.len();
    table += &format!("trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    out.extend(table.bytes());
    out
}

fn open(path: &Path, library: &Path, password: Option<&str>) -> Result<Source, IngestError> {
    let options = OpenOptions {
        password: password.map(str::to_owned),
        pdfium_library: Some(library.to_owned()),
        ..OpenOptions::default()
    };
    Source::open(path, &options)
}

/// Writes `bytes` to a file and opens it; the folder must outlive the source.
fn open_bytes(bytes: &[u8], library: &Path) -> (TempDir, Result<Source, IngestError>) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file.bin");
    fs::write(&path, bytes).unwrap();
    let source = open(&path, library, None);
    (folder, source)
}

fn texts(page: &PageImage) -> Vec<&str> {
    page.text_layer.iter().map(|l| l.text.as_str()).collect()
}

/// Whether something dark is inside the quad.
fn has_ink(page: &PageImage, quad: &Quad) -> bool {
    let r = quad.bounds();
    (r.top.max(0.0) as u32..(r.bottom as u32).min(page.image.height())).any(|y| {
        (r.left.max(0.0) as u32..(r.right as u32).min(page.image.width()))
            .any(|x| page.image.get_pixel(x, y).0.iter().all(|&c| c < 100))
    })
}

#[test]
fn without_the_library_the_error_names_the_remedy() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.pdf");
    fs::write(&path, b"just PDF by its first bytes? no: %PDF-1.7").unwrap();
    // The library may be loaded already by a test beside this one: then the file is what is wrong.
    let error = Source::open(&path, &OpenOptions::default()).err().unwrap();
    match &error {
        IngestError::NoPdfLibrary { .. } => assert!(error.to_string().contains("luru setup")),
        IngestError::Damaged { .. } => {}
        other => panic!("{other}"),
    }
}

#[test]
fn pages_come_at_their_size_with_their_text() {
    let Some(library) = library() else { return };
    let file = pdf(&[
        page(&(words(20, 150, "First page") + &words(200, 150, "Right"))),
        Page { size: (595, 842), ..page(&words(50, 50, "An A4 page")) },
        page("0 0 1 rg 0 0 150 100 re f"),
    ]);
    let (_folder, source) = open_bytes(&file, &library);
    let mut source = source.unwrap();
    assert_eq!(source.pages(), [1, 2, 3]);

    let first = source.decode(1).unwrap();
    // A small page: 1600 pixels on its longer side.
    assert_eq!(first.image.dimensions(), (1600, 1067));
    assert_eq!(first.dpi, Some(384.0));
    assert_eq!(texts(&first), ["First page", "Right"]);
    let line = &first.text_layer[0];
    assert_eq!(line.chars.iter().map(|(c, _)| c).collect::<String>(), line.text);
    let bounds = line.quad.bounds();
    let scale = 1600.0 / 300.0;
    assert!((bounds.left - 20.0 * scale).abs() < 10.0, "{bounds:?}");
    assert!(bounds.top < 50.0 * scale && bounds.bottom > 50.0 * scale, "{bounds:?}");
    for (c, quad) in &line.chars {
        assert!(*c == ' ' || has_ink(&first, quad), "{c:?} at {quad:?}");
    }

    let second = source.decode(2).unwrap();
    assert_eq!(second.image.dimensions(), (1653, 2339));
    assert_eq!(texts(&second), ["An A4 page"]);

    let third = source.decode(3).unwrap();
    assert_eq!(third.image.get_pixel(400, 800).0, [0, 0, 255]);
    assert_eq!(third.image.get_pixel(1200, 200).0, [255; 3]);
    assert!(third.text_layer.is_empty());
}

#[test]
fn turned_pages_come_upright() {
    let Some(library) = library() else { return };
    for rotate in [90, 180, 270] {
        let file = pdf(&[Page { rotate, ..page(&words(20, 150, "Turned")) }]);
        let (_folder, source) = open_bytes(&file, &library);
        let page = source.unwrap().decode(1).unwrap();
        let (width, height) = page.image.dimensions();
        assert_eq!(width < height, rotate != 180, "{rotate}");
        assert_eq!(texts(&page), ["Turned"]);
        let line = &page.text_layer[0];
        let angle = [0.0, 90.0, 180.0, -90.0][rotate as usize / 90];
        assert!((line.quad.angle() - angle).abs() < 1.0, "{rotate}: {}", line.quad.angle());
        for (c, quad) in &line.chars {
            assert!(has_ink(&page, quad), "{rotate}: {c:?} at {quad:?}");
        }
    }
}

#[test]
fn characters_drawn_one_by_one_are_joined_and_columns_are_not() {
    let Some(library) = library() else { return };
    let content = words(34, 100, "B") + &words(20, 100, "A") + &words(48, 100, "C") + &words(150, 100, "D");
    let (_folder, source) = open_bytes(&pdf(&[page(&content)]), &library);
    assert_eq!(texts(&source.unwrap().decode(1).unwrap()), ["ABC", "D"]);
}

#[test]
fn text_that_nobody_sees_is_left_out() {
    let Some(library) = library() else { return };
    let invisible = "BT /F 20 Tf 3 Tr 20 100 Td (Hidden layer) Tj 0 Tr ET\n";
    let white = "1 g BT /F 20 Tf 20 60 Td (White on white) Tj ET 0 g\n";
    let content = format!("{invisible}{white}{}", words(20, 20, "Seen"));
    let (_folder, source) = open_bytes(&pdf(&[page(&content)]), &library);
    assert_eq!(texts(&source.unwrap().decode(1).unwrap()), ["Seen"]);
}

#[test]
fn encrypted_files_ask_for_their_password() {
    let Some(library) = library() else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ingest/password_luru.pdf");
    let error = open(&path, &library, None).err().unwrap();
    assert!(matches!(error, IngestError::Encrypted { wrong_password: false }) && error.needs_password());
    let error = open(&path, &library, Some("1234")).err().unwrap();
    assert!(matches!(error, IngestError::Encrypted { wrong_password: true }) && error.needs_password());
    let page = open(&path, &library, Some("luru")).unwrap().decode(1).unwrap();
    assert_eq!(texts(&page), ["Locked page"]);
}

#[test]
fn huge_pages_are_rendered_coarser_and_slivers_refused() {
    let Some(library) = library() else { return };
    let file = pdf(&[
        Page { size: (14_400, 7_200), ..page("") },
        Page { size: (14_400, 10), ..page("") },
        page(&words(20, 20, "Still good")),
    ]);
    let (_folder, source) = open_bytes(&file, &library);
    let mut source = source.unwrap();
    let large = source.decode(1).unwrap();
    assert_eq!(large.image.dimensions(), (8192, 4096));
    assert_eq!(large.notices.len(), 1);
    assert!(matches!(source.decode(2), Err(IngestError::TooSmall { .. })));
    assert_eq!(texts(&source.decode(3).unwrap()), ["Still good"]);
}

#[test]
fn damaged_files_end_in_an_error_or_in_their_good_pages() {
    let Some(library) = library() else { return };
    let file = pdf(&[page(&words(20, 20, "One")), page(&words(20, 20, "Two"))]);
    for twelfth in 1..12 {
        let (_folder, source) = open_bytes(&file[..file.len() * twelfth / 12], &library);
        if let Ok(mut source) = source {
            for number in source.pages() {
                let _ = source.decode(number);
            }
        }
    }
    let (_folder, source) = open_bytes(b"%PDF-1.7\nand then nothing of the kind", &library);
    assert!(matches!(source.err().unwrap(), IngestError::Damaged { .. }));
}

#[test]
fn two_threads_may_read_two_files() {
    let Some(library) = library() else { return };
    let readers = ["Left", "Right"].map(|name| {
        let (folder, source) = open_bytes(&pdf(&[page(&words(20, 20, name)), page("")]), &library);
        let mut source = source.unwrap();
        thread::spawn(move || {
            let _folder = folder;
            for _ in 0..4 {
                assert_eq!(texts(&source.decode(1).unwrap()), [name]);
                assert!(source.decode(2).unwrap().text_layer.is_empty());
            }
        })
    });
    for reader in readers {
        reader.join().unwrap();
    }
}
