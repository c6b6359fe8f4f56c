//! Files of every image format, drawn here or kept as small drawings in `fixtures/ingest`.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage, codecs::png::PngEncoder, imageops};
use luru::ingest::{
    FileFormat, IngestError, MAX_PAGES, MAX_SIDE, OpenOptions, PageImage, PageSelection, Source,
    decode_image_bytes, is_supported_extension, sniff,
};
use tempfile::TempDir;

const WIDTH: u32 = 48;
const HEIGHT: u32 = 32;
const RED: Rgb<u8> = Rgb([220, 30, 30]);
const GREEN: Rgb<u8> = Rgb([30, 160, 40]);
const BLUE: Rgb<u8> = Rgb([30, 60, 200]);
const BLACK: Rgb<u8> = Rgb([0, 0, 0]);
const WHITE: Rgb<u8> = Rgb([255, 255, 255]);

/// The drawing of the fixtures: a red, a green and a blue corner and a black middle on white, so
/// that no turn or flip and no exchange of channels goes unseen.
fn drawing() -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| match (x, y) {
        (0..12, 0..8) => RED,
        (36.., 0..8) => GREEN,
        (0..12, 24..) => BLUE,
        (20..28, 12..20) => BLACK,
        _ => WHITE,
    })
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ingest")
}

/// Bytes as a file with a name that says nothing of their format.
struct Scrap {
    _folder: TempDir,
    path: PathBuf,
}

fn scrap(bytes: &[u8]) -> Scrap {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("scrap.dat");
    fs::write(&path, bytes).unwrap();
    Scrap { _folder: folder, path }
}

fn open(path: &Path) -> Result<Source, IngestError> {
    Source::open(path, &OpenOptions::default())
}

fn read_bytes(bytes: &[u8]) -> Result<PageImage, IngestError> {
    open(&scrap(bytes).path)?.decode(1)
}

fn read_fixture(name: &str) -> PageImage {
    let mut source = open(&fixtures().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    source.decode(1).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn png(image: &RgbImage) -> Vec<u8> {
    encoded(&DynamicImage::ImageRgb8(image.clone()), ImageFormat::Png)
}

/// Asserts that two pictures have the same size and no channel differs by more than `tolerance`.
#[track_caller]
fn assert_looks_like(name: &str, seen: &RgbImage, expected: &RgbImage, tolerance: u8) {
    assert_eq!(seen.dimensions(), expected.dimensions(), "{name}");
    for (x, y, pixel) in seen.enumerate_pixels() {
        let wanted = expected.get_pixel(x, y);
        let near = pixel.0.iter().zip(wanted.0).all(|(a, b)| a.abs_diff(b) <= tolerance);
        assert!(near, "{name} at {x}, {y}: {pixel:?} instead of {wanted:?}");
    }
}

#[test]
fn every_format_is_told_by_its_content_and_read() {
    use ImageFormat::*;
    let picture = DynamicImage::ImageRgb8(drawing());
    let cases = [
        (Png, FileFormat::Png, 0),
        (Bmp, FileFormat::Bmp, 0),
        (Tiff, FileFormat::Tiff, 0),
        (Tga, FileFormat::Tga, 0),
        (Pnm, FileFormat::Pnm, 0),
        (WebP, FileFormat::WebP, 0),
        (Ico, FileFormat::Ico, 0),
        (Gif, FileFormat::Gif, 12),
        // Quality 75 blurs the edges of the drawing.
        (Jpeg, FileFormat::Jpeg, 110),
    ];
    for (written, format, tolerance) in cases {
        let file = scrap(&encoded(&picture, written));
        assert_eq!(sniff(&file.path), Some(format));
        let mut source = open(&file.path).unwrap();
        assert_eq!((source.format(), source.pages()), (format, vec![1]));
        let page = source.decode(1).unwrap();
        assert_looks_like(format.name(), &page.image, &drawing(), tolerance);
        assert!(page.notices.is_empty() && page.text_layer.is_empty(), "{format}");
    }
}

#[test]
fn fixtures_of_all_kinds_of_files_show_the_drawing() {
    let colours = [
        ("colours.png", 0),
        ("rgb_raw.tif", 0),
        ("rgb_bigtiff.tif", 0),
        ("rgb_packbits.tif", 0),
        ("rgb_lzw.tif", 0),
        ("rgb_lzw_predictor.tif", 0),
        ("rgb_adobe_deflate.tif", 0),
        ("rgb_deflate_predictor.tif", 0),
        ("rgb_lzma.tif", 0),
        ("palette.tif", 0),
        ("cmyk.tif", 2),
        // Conversion to L*a*b* in 8 bits and back.
        ("lab.tif", 6),
        ("rgb_jpeg.tif", 110),
        ("cmyk.jpg", 110),
        ("rgb.pcx", 0),
        ("rgb.webp", 0),
    ];
    for (name, tolerance) in colours {
        assert_looks_like(name, &read_fixture(name).image, &drawing(), tolerance);
    }
    let bilevel = read_fixture("bilevel.png").image;
    for name in ["bilevel_ccitt.tif", "bilevel_group3.tif", "bilevel_group3_2d.tif", "bilevel_group4.tif"] {
        assert_looks_like(name, &read_fixture(name).image, &bilevel, 0);
    }
    let mut grey = drawing();
    for pixel in grey.pixels_mut() {
        // Brightness after ITU-R BT.601.
        let [r, g, b] = pixel.0.map(u32::from);
        pixel.0 = [((299 * r + 587 * g + 114 * b) / 1000) as u8; 3];
    }
    assert_looks_like("grey_16.tif", &read_fixture("grey_16.tif").image, &grey, 1);
}

#[test]
fn pages_and_frames_are_pages() {
    let path = fixtures().join("pages.tif");
    let mut source = open(&path).unwrap();
    assert_eq!(source.pages(), [1, 2, 3]);
    assert_looks_like("page 1", &source.decode(1).unwrap().image, &drawing(), 0);
    let bilevel = read_fixture("bilevel.png").image;
    assert_looks_like("page 2", &source.decode(2).unwrap().image, &bilevel, 0);
    assert_eq!(source.decode(3).unwrap().page, 3);

    let options = OpenOptions { pages: "2-".parse().unwrap(), ..OpenOptions::default() };
    assert_eq!(Source::open(&path, &options).unwrap().pages(), [2, 3]);
    let outside = OpenOptions { pages: "5".parse().unwrap(), ..OpenOptions::default() };
    let error = Source::open(&path, &outside).err().unwrap();
    assert!(matches!(error, IngestError::PageOutOfRange { count: 3 }), "{error}");
    for page in [0, 4] {
        assert!(matches!(source.decode(page), Err(IngestError::PageOutOfRange { count: 3 })));
    }

    // Frames of an animation, in any order.
    let turned = imageops::rotate180(&drawing());
    let mut source = open(&fixtures().join("frames.webp")).unwrap();
    assert_eq!(source.pages(), [1, 2]);
    for _ in 0..2 {
        assert_looks_like("second frame", &source.decode(2).unwrap().image, &turned, 2);
        assert_looks_like("first frame", &source.decode(1).unwrap().image, &drawing(), 2);
    }
}

#[test]
fn frames_of_a_gif_are_drawn_over_one_another() {
    // The second frame is transparent but for one square.
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, 20, 20, &[200, 0, 0, 0, 0, 0]).unwrap();
    let first = gif::Frame::from_indexed_pixels(20, 20, vec![0; 400], None);
    encoder.write_frame(&first).unwrap();
    let square = (0..400).map(|i| u8::from(i % 20 < 10)).collect::<Vec<_>>();
    encoder.write_frame(&gif::Frame::from_indexed_pixels(20, 20, square, Some(0))).unwrap();
    drop(encoder);
    let file = scrap(&bytes);
    let mut source = open(&file.path).unwrap();
    assert_eq!(source.pages(), [1, 2]);
    let page = source.decode(2).unwrap();
    assert_eq!(page.image.get_pixel(5, 5), &BLACK);
    assert_eq!(page.image.get_pixel(15, 5), &Rgb([200, 0, 0]));
}

#[test]
fn the_largest_picture_of_an_icon_is_taken() {
    assert_eq!(read_fixture("two_sizes.ico").image.dimensions(), (32, 32));
}

/// A Photoshop file of the drawing: raw or run-length packed, RGB or (inverted) CMYK.
fn psd(packed: bool, cmyk: bool) -> Vec<u8> {
    let channels: u16 = if cmyk { 4 } else { 3 };
    let picture = drawing();
    let sample = |channel: u16, x: u32, y: u32| {
        let rgb = picture.get_pixel(x, y).0;
        // Without black ink the inverted inks are red, green and blue themselves.
        rgb.get(usize::from(channel)).copied().unwrap_or(255)
    };
    let mut bytes = b"8BPS\0\x01\0\0\0\0\0\0".to_vec();
    bytes.extend(channels.to_be_bytes());
    bytes.extend(HEIGHT.to_be_bytes());
    bytes.extend(WIDTH.to_be_bytes());
    bytes.extend(8u16.to_be_bytes());
    bytes.extend(if cmyk { 4u16 } else { 3 }.to_be_bytes());
    bytes.extend([0; 12]);
    bytes.extend(u16::from(packed).to_be_bytes());
    let rows = (0..channels).flat_map(|c| (0..HEIGHT).map(move |y| (c, y)));
    if packed {
        // Every row as one run of literal bytes.
        bytes.extend(rows.clone().flat_map(|_| (WIDTH as u16 + 1).to_be_bytes()));
    }
    for (channel, y) in rows {
        if packed {
            bytes.push(WIDTH as u8 - 1);
        }
        bytes.extend((0..WIDTH).map(|x| sample(channel, x, y)));
    }
    bytes
}

#[test]
fn photoshop_files_show_their_merged_picture() {
    for (packed, cmyk) in [(false, false), (true, false), (false, true), (true, true)] {
        let page = read_bytes(&psd(packed, cmyk)).unwrap();
        assert_looks_like("psd", &page.image, &drawing(), 0);
    }
}

#[test]
fn transparent_parts_are_white() {
    let clear = RgbaImage::from_fn(20, 20, |x, _| match x {
        0..5 => Rgba([0, 0, 0, 0]),
        5..10 => Rgba([200, 0, 0, 128]),
        _ => Rgba([0, 0, 200, 255]),
    });
    for format in [ImageFormat::Png, ImageFormat::Tiff, ImageFormat::Tga, ImageFormat::WebP] {
        let page = read_bytes(&encoded(&DynamicImage::ImageRgba8(clear.clone()), format)).unwrap();
        assert_eq!(page.image.get_pixel(0, 0), &WHITE, "{format:?}");
        assert_eq!(page.image.get_pixel(7, 0), &Rgb([227, 127, 127]), "{format:?}");
        assert_eq!(page.image.get_pixel(15, 0), &Rgb([0, 0, 200]), "{format:?}");
    }
}

#[test]
fn sixteen_bits_become_eight() {
    let deep = image::ImageBuffer::from_fn(20, 20, |x, _| image::Luma([(x * 3400) as u16]));
    let page = read_bytes(&encoded(&DynamicImage::ImageLuma16(deep), ImageFormat::Png)).unwrap();
    for x in 0..20u32 {
        let wanted = ((x * 3400 + 128) / 257) as u8;
        assert_eq!(page.image.get_pixel(x, 0), &Rgb([wanted; 3]));
    }
}

/// An EXIF block whose only tag says `orientation`.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    block
}

/// The drawing as a camera stores it that was held as EXIF's `orientation` says.
fn held(orientation: u8) -> RgbImage {
    let picture = drawing();
    match orientation {
        2 => imageops::flip_horizontal(&picture),
        3 => imageops::rotate180(&picture),
        4 => imageops::flip_vertical(&picture),
        5 => imageops::flip_horizontal(&imageops::rotate90(&picture)),
        6 => imageops::rotate270(&picture),
        7 => imageops::flip_horizontal(&imageops::rotate270(&picture)),
        8 => imageops::rotate90(&picture),
        _ => picture,
    }
}

#[test]
fn pictures_are_turned_upright() {
    use image::ImageEncoder;
    for orientation in 1..=8 {
        let picture = held(orientation);
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        let (width, height) = picture.dimensions();
        encoder.write_image(picture.as_raw(), width, height, image::ExtendedColorType::Rgb8).unwrap();
        let page = read_bytes(&bytes).unwrap();
        assert_looks_like(&format!("PNG {orientation}"), &page.image, &drawing(), 0);

        let mut jpeg = encoded(&DynamicImage::ImageRgb8(picture), ImageFormat::Jpeg);
        let block = exif(orientation);
        let mut segment = vec![0xFF, 0xE1];
        segment.extend((block.len() as u16 + 8).to_be_bytes());
        segment.extend(b"Exif\0\0");
        segment.extend(block);
        jpeg.splice(2..2, segment);
        let page = read_bytes(&jpeg).unwrap();
        assert_looks_like(&format!("JPEG {orientation}"), &page.image, &drawing(), 110);
    }
    let turned = imageops::rotate90(&drawing());
    assert_looks_like("orientation_6.tif", &read_fixture("orientation_6.tif").image, &turned, 0);
}

#[test]
fn small_pictures_are_refused_and_large_ones_scaled_down() {
    let small = RgbImage::new(100, 14);
    let error = read_bytes(&png(&small)).unwrap_err();
    assert!(matches!(error, IngestError::TooSmall { width: 100, height: 14 }), "{error}");
    assert!(read_bytes(&png(&RgbImage::new(100, 15))).is_ok());

    let large = RgbImage::from_pixel(MAX_SIDE * 2, 60, RED);
    let page = read_bytes(&png(&large)).unwrap();
    assert_eq!(page.image.dimensions(), (MAX_SIDE, 30));
    assert_eq!(page.image.get_pixel(100, 15), &RED);
    assert_eq!(page.notices.len(), 1);
}

#[test]
fn pictures_that_unpack_to_too_much_are_refused_before() {
    let mut bomb = png(&drawing());
    // Width and height in the first chunk; its checksum is not looked at before the limit.
    bomb.splice(16..24, [60_000u32.to_be_bytes(), 60_000u32.to_be_bytes()].concat());
    assert!(read_bytes(&bomb).is_err());

    let mut bomb = encoded(&DynamicImage::ImageRgb8(drawing()), ImageFormat::Bmp);
    bomb.splice(18..26, [30_000u32.to_le_bytes(), 30_000u32.to_le_bytes()].concat());
    let error = read_bytes(&bomb).unwrap_err();
    assert!(matches!(error, IngestError::TooLarge { width: 30_000, height: 30_000 }), "{error}");

    let mut bomb = psd(true, false);
    bomb.splice(14..22, [300_000u32.to_be_bytes(), 300_000u32.to_be_bytes()].concat());
    let error = read_bytes(&bomb).unwrap_err();
    assert!(matches!(error, IngestError::TooLarge { .. }), "{error}");

    let gif = b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;";
    assert!(matches!(read_bytes(gif), Err(IngestError::TooLarge { .. })));
    // 9000 × 9000: the canvas alone would do, but not with the frames that are held beside it.
    let gif = b"GIF89a\x28\x23\x28\x23\0\0\0,\0\0\0\0\x28\x23\x28\x23\0\x02\x02\x44\x01\0;";
    assert!(matches!(read_bytes(gif), Err(IngestError::TooLarge { width: 9000, height: 9000 })));
}

#[test]
fn files_with_too_many_pages_are_refused() {
    let frame = b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    let gif = |frames| {
        let start = b"GIF89a\x14\0\x14\0\x80\0\0\0\0\0\xff\xff\xff";
        [&start[..], &frame.repeat(frames), b";"].concat()
    };
    assert_eq!(open(&scrap(&gif(20)).path).unwrap().page_count(), 20);
    assert!(matches!(open(&scrap(&gif(MAX_PAGES + 1)).path), Err(IngestError::TooManyPages)));
}

#[test]
fn old_jpeg_strips_over_one_another_are_refused() {
    const STRIPS: u32 = 2000;
    let tiff = |with_counts: bool| {
        let values: [(u16, u16, u32, u32); 11] = [
            (256, 3, 1, 16),
            (257, 3, 1, STRIPS),
            (258, 3, 1, 8),
            (259, 3, 1, 6),
            (262, 3, 1, 1),
            (273, 4, STRIPS, 200),
            (277, 3, 1, 1),
            (278, 3, 1, 1),
            (if with_counts { 279 } else { 65_000 }, 4, STRIPS, 200 + 4 * STRIPS),
            (513, 4, 1, 150),
            (514, 4, 1, 4),
        ];
        let mut file = b"II*\0\x08\0\0\0\x0b\0".to_vec();
        for (tag, kind, count, value) in values {
            file.extend([tag, kind].map(u16::to_le_bytes).concat());
            file.extend([count, value].map(u32::to_le_bytes).concat());
        }
        file.resize(150, 0);
        file.extend([0xFF, 0xD8, 0xFF, 0xD9]);
        file.resize(200, 0);
        // Every strip begins at the head of the file and is 8000 bytes long.
        file.extend(8u32.to_le_bytes().repeat(STRIPS as usize));
        file.extend(8000u32.to_le_bytes().repeat(STRIPS as usize));
        file
    };
    let error = read_bytes(&tiff(true)).unwrap_err();
    assert!(error.to_string().contains("its strips overlap"), "{error}");
    let error = read_bytes(&tiff(false)).unwrap_err();
    assert!(matches!(error, IngestError::Truncated { format: FileFormat::Tiff }), "{error}");
}

#[test]
fn each_cause_has_its_error() {
    let missing = open(Path::new("no/such/file.png")).err().unwrap();
    assert!(matches!(&missing, IngestError::Open { .. }) && missing.to_string().contains("file.png"));
    assert!(matches!(open(&fixtures()).err().unwrap(), IngestError::Open { .. }));
    assert!(matches!(read_bytes(b"").unwrap_err(), IngestError::Empty));
    assert!(matches!(decode_image_bytes(Vec::new()).unwrap_err(), IngestError::Empty));
    let text = read_bytes(b"These are the words of a plain text file.").unwrap_err();
    assert!(matches!(text, IngestError::UnknownFormat));
    assert!(!text.needs_password());
    // An archive whose end is missing is told by its beginning.
    let ofd =
        read_bytes(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0OFD.xml").unwrap_err();
    assert!(matches!(ofd, IngestError::Damaged { format: FileFormat::Ofd, .. }), "{ofd}");
}

#[test]
fn misnamed_files_are_read_as_what_they_are() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("scan.jpg");
    fs::copy(fixtures().join("rgb_lzw.tif"), &path).unwrap();
    assert!(is_supported_extension(&path));
    let mut source = open(&path).unwrap();
    assert_eq!(source.format(), FileFormat::Tiff);
    assert_looks_like("scan.jpg", &source.decode(1).unwrap().image, &drawing(), 0);
}

#[test]
fn pasted_pictures_are_read_from_memory() {
    let page = decode_image_bytes(png(&drawing())).unwrap();
    assert_looks_like("pasted", &page.image, &drawing(), 0);
    assert!(decode_image_bytes(b"%PDF-1.7".to_vec()).is_err());
}

#[test]
fn the_stated_resolution_is_kept() {
    let mut with_density = encoded(&DynamicImage::ImageRgb8(drawing()), ImageFormat::Png);
    // 11811 pixels a metre are 300 dpi; a decoder does not check this chunk's checksum strictly.
    let mut chunk = 9u32.to_be_bytes().to_vec();
    chunk.extend(b"pHYs");
    chunk.extend(11_811u32.to_be_bytes());
    chunk.extend(11_811u32.to_be_bytes());
    chunk.push(1);
    chunk.extend([0xC6, 0x9D, 0x10, 0x5F]);
    with_density.splice(33..33, chunk);
    if let Ok(page) = read_bytes(&with_density) {
        assert_eq!(page.dpi, Some(300.0));
    }
    assert_eq!(read_bytes(&png(&drawing())).unwrap().dpi, None);
}

/// All files that the tests have: the fixtures, and one drawn here of every other format.
fn samples() -> Vec<(String, Vec<u8>)> {
    use ImageFormat::*;
    let picture = DynamicImage::ImageRgb8(drawing());
    let drawn = [Jpeg, Bmp, Gif, Tga, Pnm, Ico].map(|f| (format!("{f:?}"), encoded(&picture, f)));
    let kept = fs::read_dir(fixtures()).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap())
    });
    kept.chain(drawn)
        .chain([("psd".into(), psd(true, false)), ("raw psd".into(), psd(false, true))])
        .collect()
}

/// Opens `bytes` and decodes every page: any result will do, a panic or a hang will not.
fn try_all(bytes: &[u8]) -> Vec<Result<PageImage, IngestError>> {
    match open(&scrap(bytes).path) {
        Ok(mut source) => source.pages().into_iter().map(|page| source.decode(page)).collect(),
        Err(error) => vec![Err(error)],
    }
}

#[test]
fn cut_files_end_in_a_part_with_a_notice_or_an_error() {
    for (name, bytes) in samples() {
        for twelfth in 0..12 {
            let cut = bytes.len() * twelfth / 12;
            let results = try_all(&bytes[..cut]);
            if twelfth < 2 {
                assert!(results.iter().any(Result::is_err), "{name} cut at {cut} seems whole");
            }
        }
    }
    // Two thirds of a picture with rows one after the other: the upper part, and a notice.
    let noisy = RgbImage::from_fn(64, 64, |x, y| Rgb([(x * 7 + y * 13) as u8, (x * y) as u8, (x ^ y) as u8]));
    let noisy = DynamicImage::ImageRgb8(noisy);
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tga, ImageFormat::Tiff] {
        let bytes = encoded(&noisy, format);
        // The directory of a TIFF file may stand at its end: then nothing can be read.
        let page = match read_bytes(&bytes[..bytes.len() * 4 / 5]) {
            Ok(page) => page,
            Err(_) if format == ImageFormat::Tiff => continue,
            Err(error) => panic!("{format:?}: {error}"),
        };
        assert_eq!(page.notices.len(), 1, "{format:?}");
        assert_eq!(page.image.get_pixel(0, 63), &WHITE, "{format:?}");
        assert!(read_bytes(&bytes[..bytes.len() / 4]).is_err(), "{format:?}");
    }
}

#[test]
fn damaged_files_never_panic() {
    for (name, bytes) in samples() {
        // A linear congruential generator: the same damage in every run.
        let mut state = name.bytes().fold(17u32, |s, b| s.wrapping_mul(31).wrapping_add(b.into()));
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        for _ in 0..20 {
            let mut damaged = bytes.clone();
            for _ in 0..4 {
                let at = next(damaged.len());
                damaged[at] = next(256) as u8;
            }
            for error in try_all(&damaged).into_iter().filter_map(Result::err) {
                assert!(!error.to_string().contains("the decoder gave up"), "{name}: a decoder panicked");
            }
        }
    }
}

#[test]
fn sources_may_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Source>();
    assert_eq!(PageSelection::default().pages(2).unwrap(), [1, 2]);
}
