//! Several documents in one picture: sheets put together from the kinds' samples.

use luru::{
    classify::{FoundDocument, KindChoice, classify},
    geometry::{Homography, Point, Quad},
    kind::Registry,
    ocr::TextLine,
    structure::PageStructure,
};

use crate::kinds::{Sample, samples};

/// A sample laid on the sheet: its middle, its width there, and the degrees it is turned by.
struct Laid<'a> {
    name: &'a str,
    middle: Point,
    width: f32,
    degrees: f32,
}

fn laid(name: &str, x: f32, y: f32, width: f32, degrees: f32) -> Laid<'_> {
    Laid { name, middle: Point::new(x, y), width, degrees }
}

/// The lines of samples laid on one sheet, and where each sample's page lies.
fn sheet(all: &[Sample], pieces: &[Laid]) -> (PageStructure, Vec<Quad>) {
    let mut page = PageStructure::default();
    let mut outlines = Vec::new();
    for piece in pieces {
        let sample = all.iter().find(|s| s.name == piece.name).unwrap_or_else(|| panic!("{}", piece.name));
        let own = Quad::from_rect(0.0, 0.0, sample.size.0 as f32, sample.size.1 as f32);
        let (sin, cos) = piece.degrees.to_radians().sin_cos();
        let (w, h) = (piece.width / 2.0, piece.width / 2.0 * own.height() / own.width());
        let corner = |x: f32, y: f32| {
            Point::new(piece.middle.x + x * cos - y * sin, piece.middle.y + x * sin + y * cos)
        };
        let there = Quad([corner(-w, -h), corner(w, -h), corner(w, h), corner(-w, h)]);
        let view = Homography::between(&own, &there).expect("a piece has an extent");
        let seen = |quad: &Quad| quad.map(|p| view.apply(p));
        page.lines.extend(sample.page.lines.iter().map(|line| {
            let mut line = TextLine { quad: seen(&line.quad), ..line.clone() };
            line.chars.iter_mut().for_each(|c| c.quad = seen(&c.quad));
            line
        }));
        outlines.push(there);
    }
    (page, outlines)
}

/// The kind of the document found over each outline; `-` where none is.
fn kinds_at<'f>(found: &'f [FoundDocument], outlines: &[Quad]) -> Vec<&'f str> {
    let over = |outline: &Quad| {
        let best = found.iter().max_by(|a, b| a.location.iou(outline).total_cmp(&b.location.iou(outline)));
        best.filter(|d| d.location.iou(outline) >= 0.5).map_or("-", |d| d.kind.as_str())
    };
    outlines.iter().map(over).collect()
}

const SIZE: (u32, u32) = (2500, 3500);

fn nine() -> Vec<Laid<'static>> {
    vec![
        laid(CARDS[0], 450.0, 400.0, 640.0, 3.0),
        laid(CARDS[1], 1250.0, 400.0, 640.0, 180.0),
        laid(CARDS[2], 2050.0, 420.0, 640.0, -4.0),
        laid(CARDS[3], 450.0, 1250.0, 640.0, 90.0),
        laid(CARDS[4], 1250.0, 1250.0, 640.0, 2.0),
        laid(CARDS[5], 2050.0, 1250.0, 640.0, 184.0),
        laid(CARDS[6], 450.0, 2100.0, 640.0, -2.0),
        laid(CARDS[0], 1250.0, 2100.0, 640.0, 271.0),
        laid(CARDS[4], 2050.0, 2100.0, 640.0, 0.0),
    ]
}

/// Cards of different kinds.
const CARDS: [&str; 7] = [
    "id_card/front-labels-merged",
    "qualification_certificate/card",
    "vehicle_license/back",
    "transportation_license/card",
    "residence_permit/foreigner",
    "train_ticket/blue-photo",
    "toll_invoice/date-and-time-in-one",
];

fn kind_of(name: &str) -> &str {
    name.split_once('/').map_or(name, |(kind, _)| kind)
}

#[test]
fn nine_cards_on_one_sheet_are_nine_documents() {
    let (all, registry, pieces) = (samples(), Registry::builtin(), nine());
    let wanted: Vec<&str> = pieces.iter().map(|p| kind_of(p.name)).collect();
    let (page, outlines) = sheet(&all, &pieces);
    let page = PageStructure { pieces: outlines.clone(), ..page };
    let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
    assert_eq!(kinds_at(&found, &outlines), wanted);
    assert_eq!(found.len(), 9);
}

#[test]
fn an_outline_begins_at_the_upper_left_of_its_text() {
    let (all, registry) = (samples(), Registry::builtin());
    let pieces = [laid(CARDS[0], 500.0, 500.0, 640.0, 90.0), laid(CARDS[4], 1400.0, 500.0, 640.0, 180.0)];
    let (page, outlines) = sheet(&all, &pieces);
    // Outlines are seen without knowing which side is up.
    let page = PageStructure { pieces: outlines.iter().map(|q| q.rolled(3)).collect(), ..page };
    let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
    assert_eq!(found.len(), 2);
    for outline in &outlines {
        let one = found.iter().find(|d| d.location.iou(outline) > 0.9).expect("found");
        assert!(one.location.0[0].distance(outline.0[0]) < 1.0, "{:?}", one.location);
    }
}

#[test]
fn the_same_card_twice_is_two_documents() {
    let (all, registry) = (samples(), Registry::builtin());
    let pieces = [laid(CARDS[4], 500.0, 500.0, 640.0, 0.0), laid(CARDS[4], 1200.0, 500.0, 640.0, 0.0)];
    let (page, outlines) = sheet(&all, &pieces);
    let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
    assert_eq!(found.len(), 2);
    assert!(!kinds_at(&found, &outlines).contains(&"-"));
}

#[test]
fn only_the_kinds_allowed_are_found() {
    let (all, registry) = (samples(), Registry::builtin());
    let (page, outlines) = sheet(&all, &nine());
    let page = PageStructure { pieces: outlines.clone(), ..page };
    let allowed = vec![kind_of(CARDS[0]).to_owned(), kind_of(CARDS[4]).to_owned()];
    let found = classify(&page, SIZE, &registry, &KindChoice::Among(allowed.clone()));
    let open = &registry.open().expect("an open kind").id;
    assert!(found.iter().all(|d| &d.kind == open || allowed.contains(&d.kind)));
    let kinds = kinds_at(&found, &outlines);
    assert!([0, 4, 7, 8].iter().all(|&i| kinds[i] == kind_of(nine()[i].name)), "{kinds:?}");
}

#[test]
fn the_sides_of_cards_on_one_sheet_are_documents_of_their_own() {
    let (all, registry) = (samples(), Registry::builtin());
    let pieces = [
        laid("id_card/front-labels-merged", 500.0, 500.0, 640.0, 0.0),
        laid("vehicle_license/front-copy", 1250.0, 500.0, 640.0, 1.0),
        laid("vehicle_license/back", 500.0, 1300.0, 640.0, -1.0),
        laid("id_card/back-long-term", 1250.0, 1300.0, 640.0, 0.0),
    ];
    let wanted: Vec<&str> = pieces.iter().map(|p| kind_of(p.name)).collect();
    let (page, outlines) = sheet(&all, &pieces);
    for seen in [Vec::new(), outlines.clone()] {
        let page = PageStructure { pieces: seen, ..page.clone() };
        let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
        assert_eq!(kinds_at(&found, &outlines), wanted);
        assert_eq!(found.len(), 4);
    }
}

/// As on a copy of several people's cards: each back beside its front, as all the others are.
#[test]
fn sides_laid_in_rows_are_one_document_a_row() {
    let (all, registry) = (samples(), Registry::builtin());
    let rows = [400.0, 1000.0, 1600.0];
    let pieces: Vec<Laid> = rows
        .iter()
        .flat_map(|y| {
            let front = laid("id_card/front-labels-merged", 450.0, *y, 600.0, 0.0);
            [front, laid("id_card/back-long-term", 1250.0, *y, 600.0, 0.5)]
        })
        .collect();
    let (page, outlines) = sheet(&all, &pieces);
    for seen in [Vec::new(), outlines] {
        let page = PageStructure { pieces: seen, ..page.clone() };
        let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
        assert_eq!(found.len(), rows.len());
        for y in rows {
            let holds = |d: &FoundDocument, x: f32| d.location.contains(Point::new(x, y));
            assert!(found.iter().any(|d| holds(d, 450.0) && holds(d, 1250.0)), "row {y}");
        }
    }
}

#[test]
fn a_copy_of_both_sides_of_a_card_is_one_document() {
    let (all, registry) = (samples(), Registry::builtin());
    for (sides, kind) in [
        (["id_card/front-labels-merged", "id_card/back-long-term"], "id_card"),
        (["vehicle_license/front-copy", "vehicle_license/back"], "vehicle_license"),
    ] {
        let [front, back] = sides;
        let pieces = [laid(front, 900.0, 500.0, 640.0, 0.0), laid(back, 900.0, 1300.0, 640.0, 0.0)];
        let (page, outlines) = sheet(&all, &pieces);
        for seen in [Vec::new(), outlines] {
            let page = PageStructure { pieces: seen, ..page.clone() };
            let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
            assert_eq!(found.iter().map(|d| d.kind.as_str()).collect::<Vec<_>>(), [kind]);
        }
    }
}

/// Shops call the sum, the moment and the number by other words.
#[test]
fn receipts_of_different_shops_that_touch_are_documents_of_their_own() {
    let (all, registry) = (samples(), Registry::builtin());
    let names =
        ["shop_receipt/one-line-items", "shop_receipt/restaurant-check", "shop_receipt/two-line-items"];
    for degrees in [0.0, 3.0] {
        let mut left = 300.0;
        let pieces = names.map(|name| {
            left += 600.0;
            laid(name, left - 300.0, 900.0, 600.0, degrees)
        });
        let (page, outlines) = sheet(&all, &pieces);
        let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
        assert_eq!(kinds_at(&found, &outlines), ["shop_receipt"; 3]);
        assert_eq!(found.len(), 3);
    }
}

/// Rows of cards that stand in a grid go on over the blank between them, and no card is cut between its lines.
#[test]
fn cards_in_a_grid_are_cut_between_each_other() {
    let (all, registry) = (samples(), Registry::builtin());
    let places = (0..6).map(|i| (450.0 + 800.0 * (i % 2) as f32, 300.0 + 440.0 * (i / 2) as f32));
    let pieces: Vec<Laid> =
        places.map(|(x, y)| laid("business_card/two-languages-in-a-grid", x, y, 720.0, 0.0)).collect();
    let (page, outlines) = sheet(&all, &pieces);
    let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
    assert_eq!(kinds_at(&found, &outlines), ["business_card"; 6]);
    assert_eq!(found.len(), 6);
}

/// The columns of one receipt are no part of the next.
#[test]
fn receipts_of_one_shop_side_by_side_keep_their_columns() {
    let (all, registry) = (samples(), Registry::builtin());
    let name = "shop_receipt/askew-beside-others";
    let degrees = [1.0, -1.0, -2.0, 2.0];
    let place = |i: usize| (500.0 + 690.0 * (i % 2) as f32, 500.0 + 900.0 * (i / 2) as f32);
    let pieces: Vec<Laid> = (0..4)
        .map(|i| laid(name, place(i).0, place(i).1, 640.0, degrees.get(i).copied().unwrap_or_default()))
        .collect();
    let (page, outlines) = sheet(&all, &pieces);
    let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
    assert_eq!(kinds_at(&found, &outlines), ["shop_receipt"; 4]);
    let lines: Vec<usize> = found.iter().map(|d| d.lines.len()).collect();
    assert_eq!(lines, [page.lines.len() / 4; 4]);
}

/// Vouchers are printed two and three to a page.
#[test]
fn two_vouchers_on_one_page_are_two_documents() {
    let (all, registry) = (samples(), Registry::builtin());
    let pieces = [
        laid("payment_voucher/plain", 1100.0, 700.0, 1800.0, 0.0),
        laid("payment_voucher/software", 1100.0, 2000.0, 1800.0, 0.0),
    ];
    let (page, outlines) = sheet(&all, &pieces);
    let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
    assert_eq!(kinds_at(&found, &outlines), ["payment_voucher"; 2]);
    assert_eq!(found.len(), 2);
}

/// A text beside a paper that is seen is none of it, though it would say more with it.
#[test]
fn a_paper_that_is_seen_takes_no_text_from_beside_it() {
    let (all, registry) = (samples(), Registry::builtin());
    let pieces = [
        laid("shop_receipt/portions", 500.0, 900.0, 600.0, -6.0),
        laid("shop_receipt/restaurant-check", 1150.0, 900.0, 600.0, 3.0),
        laid("train_ticket/blue-photo", 800.0, 2400.0, 640.0, 8.0),
    ];
    let (page, outlines) = sheet(&all, &pieces);
    // The paper of the second one is not seen.
    let page = PageStructure { pieces: vec![outlines[0], outlines[2]], ..page };
    let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
    assert_eq!(kinds_at(&found, &outlines), ["shop_receipt", "shop_receipt", "train_ticket"]);
    assert_eq!(found.len(), 3);
}

/// Each waybill has its own number, however much more the other one says.
#[test]
fn waybills_beside_each_other_are_documents_of_their_own() {
    let (all, registry) = (samples(), Registry::builtin());
    let pieces = [
        laid("waybill_electronic/service-above-receiver", 500.0, 900.0, 800.0, 0.0),
        laid("waybill_electronic/number-above", 1400.0, 900.0, 800.0, 0.0),
    ];
    let (page, _) = sheet(&all, &pieces);
    let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
    assert_eq!(found.iter().map(|d| d.kind.as_str()).collect::<Vec<_>>(), ["waybill_electronic"; 2]);
    let (left, right) = (0.0..950.0, 950.0..2500.0);
    for side in [left, right] {
        let own = |i: &usize| side.contains(&page.lines[*i].quad.center().x);
        assert!(found.iter().any(|d| d.lines.iter().all(own)), "{side:?}");
    }
}

/// A coloured box of a card whose paper is as white as the ground is no document of its own.
#[test]
fn a_coloured_box_belongs_to_the_card_beside_it() {
    let (all, registry) = (samples(), Registry::builtin());
    let pieces = [
        laid("business_card/bare-values", 600.0, 500.0, 720.0, 2.0),
        laid("residence_permit/foreigner", 600.0, 1300.0, 640.0, -4.0),
    ];
    let (mut page, outlines) = sheet(&all, &pieces);
    let name = Quad::from_rect(110.0, 480.0, 220.0, 505.0);
    let text = "禾木设计".to_owned();
    page.lines.push(TextLine { text, quad: name, confidence: 0.95, ..TextLine::default() });
    page.pieces = vec![Quad::from_rect(90.0, 300.0, 240.0, 700.0), outlines[1]];
    let found = classify(&page, SIZE, &registry, &KindChoice::Auto);
    assert_eq!(found.len(), 2);
    assert!(!kinds_at(&found, &outlines).contains(&"-"));
}
