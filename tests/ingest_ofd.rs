//! OFD files, written here part by part.

use std::{
    fs,
    io::{Cursor, Write},
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use luru::ingest::{
    FileFormat, IngestError, OpenOptions, PageImage, Source, decode_image_bytes, is_supported_extension,
    sniff,
};
use zip::{ZipWriter, write::SimpleFileOptions};

/// An OFD package: paths with their bytes.
type Parts = Vec<(&'static str, Vec<u8>)>;

fn part(path: &'static str, xml: &str) -> (&'static str, Vec<u8>) {
    (path, format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}").into_bytes())
}

fn packed(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in parts {
        zip.start_file(*path, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A document of one page of 100×60 mm with this content.
fn document(content: &str) -> Parts {
    document_of_pages(&[content])
}

fn document_of_pages(contents: &[&str]) -> Parts {
    const PAGES: [&str; 2] = ["Doc_0/Pages/Page_0/Content.xml", "Doc_0/Pages/Page_1/Content.xml"];
    let list: String = (0..contents.len())
        .map(|i| format!("<ofd:Page ID='{}' BaseLoc='Pages/Page_{i}/Content.xml'/>", 10 + i))
        .collect();
    let mut parts = vec![
        part(
            "OFD.xml",
            "<ofd:OFD xmlns:ofd='http://www.ofdspec.org/2016'><ofd:DocBody>\
             <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>\
             <ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>",
        ),
        part(
            "Doc_0/Document.xml",
            &format!(
                "<ofd:Document xmlns:ofd='http://www.ofdspec.org/2016'><ofd:CommonData>\
                 <ofd:PageArea><ofd:PhysicalBox>0 0 100 60</ofd:PhysicalBox></ofd:PageArea>\
                 <ofd:TemplatePage ID='2' BaseLoc='Tpls/Tpl_0/Content.xml'/>\
                 <ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>\
                 <ofd:Pages>{list}</ofd:Pages></ofd:Document>"
            ),
        ),
        part(
            "Doc_0/PublicRes.xml",
            "<ofd:Res xmlns:ofd='http://www.ofdspec.org/2016' BaseLoc='Res'>\
             <ofd:DrawParams><ofd:DrawParam ID='4' LineWidth='2'><ofd:StrokeColor Value='0 0 255'/>\
             </ofd:DrawParam></ofd:DrawParams>\
             <ofd:Fonts><ofd:Font ID='7' FontName='宋体'/></ofd:Fonts><ofd:MultiMedias>\
             <ofd:MultiMedia ID='9' Type='Image'><ofd:MediaFile>red.png</ofd:MediaFile></ofd:MultiMedia>\
             </ofd:MultiMedias></ofd:Res>",
        ),
        part(
            "Doc_0/Tpls/Tpl_0/Content.xml",
            "<ofd:Page xmlns:ofd='http://www.ofdspec.org/2016'><ofd:Content><ofd:Layer DrawParam='4'>\
             <ofd:TextObject Boundary='10 10 30 5' Font='7' Size='4'>\
             <ofd:TextCode X='0' Y='4' DeltaX='g 3 4'>发票号码</ofd:TextCode></ofd:TextObject>\
             <ofd:PathObject Boundary='0 30 100 2'><ofd:AbbreviatedData>M 0 1 L 100 1</ofd:AbbreviatedData>\
             </ofd:PathObject></ofd:Layer></ofd:Content></ofd:Page>",
        ),
        part("Doc_0/Signs/Signatures.xml", "<ofd:Signatures xmlns:ofd='http://www.ofdspec.org/2016'/>"),
        ("Doc_0/Res/red.png", red_png()),
    ];
    for (path, content) in PAGES.into_iter().zip(contents) {
        parts.push(part(
            path,
            &format!(
                "<ofd:Page xmlns:ofd='http://www.ofdspec.org/2016'>\
                 <ofd:Template TemplateID='2' ZOrder='Background'/>\
                 <ofd:Content><ofd:Layer>{content}</ofd:Layer></ofd:Content></ofd:Page>"
            ),
        ));
    }
    parts
}

fn red_png() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let red = RgbImage::from_pixel(20, 20, Rgb([255, 0, 0]));
    DynamicImage::ImageRgb8(red).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

const NUMBER: &str = "<ofd:TextObject Boundary='40 10 40 5' Font='7' Size='4'>\
    <ofd:TextCode X='0' Y='4' DeltaX='2'>12345678</ofd:TextCode></ofd:TextObject>";

fn open(parts: &[(&str, Vec<u8>)]) -> Result<Source, IngestError> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("scrap.dat");
    fs::write(&path, packed(parts)).unwrap();
    assert_eq!(sniff(&path), Some(FileFormat::Ofd));
    Source::open(&path, &OpenOptions::default())
}

fn read(parts: &[(&str, Vec<u8>)]) -> PageImage {
    open(parts).unwrap().decode(1).unwrap()
}

fn texts(page: &PageImage) -> Vec<&str> {
    page.text_layer.iter().map(|l| l.text.as_str()).collect()
}

/// The colour at a place in millimetres.
fn at(page: &PageImage, x: f32, y: f32) -> [u8; 3] {
    let scale = page.dpi.unwrap() / 25.4;
    page.image.get_pixel((x * scale) as u32, (y * scale) as u32).0
}

#[test]
fn pages_come_with_their_template_and_text() {
    assert!(is_supported_extension("票.OFD".as_ref()));
    let mut source = open(&document_of_pages(&[NUMBER, ""])).unwrap();
    assert_eq!((source.format(), source.pages()), (FileFormat::Ofd, vec![1, 2]));
    let page = source.decode(1).unwrap();
    // 100×60 mm is small: 1600 pixels on the longer side.
    assert_eq!(page.image.dimensions(), (1600, 960));
    assert_eq!(texts(&page), ["发票号码", "12345678"]);
    let number = &page.text_layer[1];
    let (bounds, scale) = (number.quad.bounds(), 16.0);
    assert!(
        (bounds.left - 40.0 * scale).abs() < 2.0 && (bounds.right - 56.0 * scale).abs() < 2.0,
        "{bounds:?}"
    );
    assert!(bounds.top < 12.0 * scale && bounds.bottom > 13.5 * scale, "{bounds:?}");
    assert_eq!(number.chars.len(), 8);
    // The template's rule, in the width and colour of its drawing parameters.
    assert_eq!([at(&page, 50.0, 30.5), at(&page, 50.0, 35.0)], [[0, 0, 255], [255; 3]]);
    assert!(page.notices.is_empty(), "{:?}", page.notices);
    assert_eq!(texts(&source.decode(2).unwrap()), ["发票号码"]);
}

#[test]
fn lines_written_into_one_stretch_come_apart() {
    let content = "<ofd:TextObject Boundary='40 40 40 20' Font='7' Size='4'>\
        <ofd:TextCode X='0' Y='4' DeltaX='g 2 2 -4 g 2 2' DeltaY='0 0 5 0 0'>ab&lt;12&gt;</ofd:TextCode>\
        </ofd:TextObject><ofd:TextObject Boundary='5 35 5 20' Font='7' Size='4'>\
        <ofd:TextCode X='0' Y='4' DeltaY='g 2 5'>购买方</ofd:TextCode></ofd:TextObject>";
    let page = read(&document(content));
    assert_eq!(texts(&page), ["发票号码", "ab<", "12>", "购买方"]);
    let column = page.text_layer[3].quad.bounds();
    assert!(column.height() > 2.5 * column.width());
}

#[test]
fn turned_text_reads_along_its_own_direction() {
    // A quarter turn clockwise about the boundary's corner.
    let content = "<ofd:TextObject Boundary='80 10 5 40' CTM='0 1 -1 0 0 0' Font='7' Size='4'>\
        <ofd:TextCode X='0' Y='0' DeltaX='2'>AB12</ofd:TextCode></ofd:TextObject>";
    let page = read(&document(content));
    let line = page.text_layer.iter().find(|l| l.text == "AB12").unwrap();
    assert!((line.quad.angle() - 90.0).abs() < 1.0, "{}", line.quad.angle());
}

#[test]
fn shapes_and_pictures_are_drawn_at_their_places() {
    let content = "<ofd:PathObject Boundary='10 40 10 10' Fill='true' Stroke='false'>\
        <ofd:FillColor Value='#00 #80 #00'/><ofd:AbbreviatedData>M 0 0 L 10 0 L 10 10 L 0 10 C</ofd:AbbreviatedData>\
        </ofd:PathObject><ofd:ImageObject Boundary='30 40 10 10' ResourceID='9'/>\
        <ofd:ImageObject Boundary='50 40 10 10' CTM='5 0 0 5 0 0' ResourceID='9'/>\
        <ofd:ImageObject Boundary='70 40 10 10' ResourceID='9' Visible='false'/>";
    let page = read(&document(content));
    assert_eq!(at(&page, 15.0, 45.0), [0, 128, 0]);
    assert_eq!(at(&page, 39.0, 49.0), [255, 0, 0]);
    assert_eq!([at(&page, 53.0, 43.0), at(&page, 57.0, 47.0)], [[255, 0, 0], [255; 3]]);
    assert_eq!(at(&page, 75.0, 45.0), [255; 3]);
}

/// One element of ASN.1 DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut all = vec![tag, 0x83, 0, (content.len() >> 8) as u8, content.len() as u8];
    all.extend(content);
    all
}

#[test]
fn stamps_of_signatures_are_drawn_over_the_page() {
    let stamp = |kind: &[u8], picture: Vec<u8>| {
        let mut inner = der(0x16, kind);
        inner.extend(der(0x04, &picture));
        let mut parts = document(NUMBER);
        parts.retain(|(path, _)| !path.contains("Signs"));
        parts.push(part(
            "Doc_0/Signs/Signatures.xml",
            "<ofd:Signatures xmlns:ofd='http://www.ofdspec.org/2016'>\
             <ofd:Signature ID='1' BaseLoc='/Doc_0/Signs/Sign_0/Signature.xml'/></ofd:Signatures>",
        ));
        parts.push(part(
            "Doc_0/Signs/Sign_0/Signature.xml",
            "<ofd:Signature xmlns:ofd='http://www.ofdspec.org/2016'><ofd:SignedInfo>\
             <ofd:StampAnnot ID='1' PageRef='10' Boundary='60 35 20 20'/></ofd:SignedInfo>\
             <ofd:SignedValue>SignedValue.dat</ofd:SignedValue></ofd:Signature>",
        ));
        parts.push(("Doc_0/Signs/Sign_0/SignedValue.dat", der(0x30, &der(0x30, &inner))));
        read(&parts)
    };
    let red = stamp(b"png", red_png());
    assert_eq!(at(&red, 70.0, 45.0), [255, 0, 0]);
    // A stamp that is an OFD itself; its text is part of the picture, not of the page.
    let content = "<ofd:PathObject Boundary='0 0 100 60' Fill='true'><ofd:FillColor Value='0 255 0'/>\
        <ofd:AbbreviatedData>M 0 0 L 100 0 L 100 60 L 0 60 C</ofd:AbbreviatedData></ofd:PathObject>";
    let green = stamp(b"ofd", packed(&document(content)));
    assert_eq!(at(&green, 70.0, 45.0), [0, 255, 0]);
    assert_eq!(texts(&green), ["发票号码", "12345678"]);
    let broken = stamp(b"png", b"no picture".to_vec());
    assert_eq!(broken.notices.iter().filter(|n| n.contains("印章")).count(), 1, "{:?}", broken.notices);
}

#[test]
fn what_is_missing_costs_only_itself() {
    let mut parts = document(&format!("{NUMBER}<ofd:ImageObject Boundary='1 1 5 5' ResourceID='9'/>"));
    parts.retain(|(path, _)| !path.contains("Tpls") && !path.contains("red.png"));
    let page = read(&parts);
    assert_eq!(texts(&page), ["12345678"]);
    assert!(page.notices.iter().any(|n| n.contains("Tpls")), "{:?}", page.notices);
    assert!(page.notices.iter().any(|n| n.contains("red.png")), "{:?}", page.notices);
}

#[test]
fn broken_packages_end_in_errors() {
    let damaged = |parts: &[(&str, Vec<u8>)]| match open(parts).and_then(|mut s| s.decode(1)) {
        Err(IngestError::Damaged { format: FileFormat::Ofd, detail }) => detail,
        other => panic!("{:?}", other.map(|p| p.notices)),
    };
    let without = |gone: &str| -> Parts {
        document(NUMBER).into_iter().filter(|(path, _)| !path.contains(gone)).collect()
    };
    assert!(damaged(&without("Document.xml")).contains("Document.xml"));
    assert!(damaged(&without("Page_0")).contains("Page_0"));
    assert!(damaged(&[part("OFD.xml", "<OFD/>")]).contains("no document"));
    damaged(&[part("OFD.xml", "<OFD><DocBody>")]);
    // Entities that would grow are refused with the declaration that holds them.
    damaged(&[part("OFD.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><OFD>&b;</OFD>")]);
    let file = packed(&document(NUMBER));
    for twelfth in 1..12 {
        assert!(decode_image_bytes(file[..file.len() * twelfth / 12].to_vec()).is_err(), "{twelfth}");
    }
}

#[test]
fn hostile_pages_end() {
    // Elements nested without end, a part that inflates to a hundred times its size, a drawing of
    // numbers that are none, paper without a size.
    let deep = format!("{}{}", "<ofd:PageBlock>".repeat(20_000), "</ofd:PageBlock>".repeat(20_000));
    assert!(matches!(
        open(&document(&deep)).unwrap().decode(1),
        Err(IngestError::Damaged { detail, .. }) if detail.contains("too deeply")
    ));
    let mut large = document(NUMBER);
    let at = large.iter().position(|(path, _)| path.contains("Page_0/Content.xml")).unwrap();
    large[at].1.extend(vec![b' '; 33 << 20]);
    assert!(matches!(
        open(&large).unwrap().decode(1),
        Err(IngestError::Damaged { detail, .. }) if detail.contains("too large")
    ));
    let odd = "<ofd:TextObject Boundary='NaN 0 1e300 5' Font='7' Size='1e308' CTM='1e300 0 0 1e300 0 0'>\
        <ofd:TextCode X='1e300' Y='inf' DeltaX='g 99999999999 1e300'>9</ofd:TextCode></ofd:TextObject>\
        <ofd:PathObject Boundary='0 0 10 10' LineWidth='1e300'>\
        <ofd:AbbreviatedData>M 0 0 A 1e99 0 0 1 1 5 5 L 1e9 nan B 1</ofd:AbbreviatedData></ofd:PathObject>\
        <ofd:ImageObject Boundary='0 0 10 10' CTM='1e300 0 0 1e300 0 0' ResourceID='9'/>";
    assert_eq!(texts(&read(&document(odd))), ["发票号码"]);
    let mut flat = document(NUMBER);
    for (path, bytes) in &mut flat {
        if *path == "Doc_0/Document.xml" {
            *bytes = String::from_utf8_lossy(bytes).replace("0 0 100 60", "0 0 100 0").into_bytes();
        }
    }
    assert!(matches!(open(&flat).unwrap().decode(1), Err(IngestError::Damaged { .. })));
}

/// A document whose resources have more in them.
fn with_resources(content: &str, fonts: &str, media: &str) -> Parts {
    let mut parts = document(content);
    for (_, bytes) in parts.iter_mut().filter(|(path, _)| *path == "Doc_0/PublicRes.xml") {
        let xml = String::from_utf8_lossy(bytes).replace("<ofd:Font ID='7' FontName='宋体'/>", fonts);
        *bytes = xml.replace("<ofd:MultiMedias>", &format!("<ofd:MultiMedias>{media}")).into_bytes();
    }
    parts
}

#[test]
fn a_font_that_cannot_be_read_is_told_once() {
    let font = "<ofd:Font ID='7' FontName='宋体'><ofd:FontFile>font.ttf</ofd:FontFile></ofd:Font>";
    let mut parts = with_resources(NUMBER, font, "");
    parts.push(("Doc_0/Res/font.ttf", b"no font".to_vec()));
    let page = read(&parts);
    assert_eq!(texts(&page), ["发票号码", "12345678"]);
    assert_eq!(page.notices.iter().filter(|n| n.contains("字体")).count(), 1, "{:?}", page.notices);
}

#[test]
fn broken_pictures_are_tried_once_and_have_an_end() {
    let draw = |id: u32| format!("<ofd:ImageObject Boundary='50 40 20 20' ResourceID='{id}'/>");
    let read_with = |ids: std::ops::Range<u32>, times: usize| {
        let list = |id| {
            format!(
                "<ofd:MultiMedia ID='{id}' Type='Image'><ofd:MediaFile>b{id}.png</ofd:MediaFile></ofd:MultiMedia>"
            )
        };
        let content = ids.clone().map(draw).collect::<String>().repeat(times) + &draw(9);
        let parts = with_resources(&content, "", &ids.clone().map(list).collect::<String>());
        let broken: Vec<String> = ids.map(|id| format!("Doc_0/Res/b{id}.png")).collect();
        let mut parts: Vec<(&str, Vec<u8>)> = parts;
        parts.extend(broken.iter().map(|path| (path.as_str(), b"no picture".to_vec())));
        read(&parts)
    };
    // One that is drawn over and over costs as much as once: the red picture behind it is there.
    let page = read_with(100..101, 500);
    assert_eq!((page.notices.len(), at(&page, 60.0, 50.0)), (1, [255, 0, 0]), "{:?}", page.notices);
    // Many that are all broken are not tried without end.
    let page = read_with(100..200, 1);
    assert!(page.notices.iter().any(|n| n.contains("too many pictures")), "{:?}", page.notices);
    assert_eq!(at(&page, 60.0, 50.0), [255; 3]);
}
