//! Forms of one's own: a page that was turned, shifted, scaled or photographed is laid on the sample by its
//! references, told by them, and read at its places.

use std::{fs, path::Path};

use luru::{
    classify::{
        FoundDocument, KindChoice, classify,
        frame::Frame,
        references::{FitDoubt, FormFit, form_fit},
    },
    extract::{DocumentView, NoSecondReading, Record, State, extract},
    geometry::{Homography, Point, Quad},
    kind::{Kind, Registry, read_kind},
    ocr::TextLine,
    structure::{Code, PageStructure, Seal, SealShape},
    validate::{Paper, validate},
};

pub fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates/requisition.toml");
    fs::read_to_string(path).unwrap()
}

pub fn kind() -> Kind {
    read_kind("requisition.toml", &example()).unwrap()
}

/// A text on the sample page: left and top edge, height of its characters.
type Print<'a> = (&'a str, f32, f32, f32);

/// A filled form as printed; the labels are those of the sample.
const FORM: [Print; 25] = [
    ("设备领用单", 480.0, 100.0, 56.0),
    ("领用部门：", 100.0, 220.0, 30.0),
    ("物资管理部", 250.0, 220.0, 30.0),
    ("领用日期：2024年5月6日", 700.0, 220.0, 30.0),
    ("领用人：", 100.0, 290.0, 30.0),
    ("林小溪", 250.0, 292.0, 30.0),
    ("单据编号：", 700.0, 290.0, 30.0),
    ("20240506007", 860.0, 290.0, 30.0),
    ("设备名称", 110.0, 410.0, 30.0),
    ("数量", 560.0, 410.0, 30.0),
    ("金额", 760.0, 410.0, 30.0),
    ("激光测距仪", 110.0, 460.0, 30.0),
    ("2", 560.0, 460.0, 30.0),
    ("1,200.00", 760.0, 460.0, 30.0),
    ("防护手套（加厚", 110.0, 510.0, 30.0),
    ("10", 560.0, 510.0, 30.0),
    ("85.50", 760.0, 510.0, 30.0),
    ("耐磨）", 110.0, 560.0, 30.0),
    ("卷尺", 110.0, 610.0, 30.0),
    ("3", 560.0, 610.0, 30.0),
    ("64.50", 760.0, 610.0, 30.0),
    ("合计金额：", 100.0, 1040.0, 30.0),
    ("¥1,350.00", 250.0, 1040.0, 30.0),
    ("审批盖章", 700.0, 1300.0, 30.0),
    ("第一联 存根", 100.0, 1650.0, 24.0),
];

/// A point of the sample page to a point of this page.
type View = Box<dyn Fn(Point) -> Point>;

fn affine(a: f32, b: f32, c: f32, d: f32, x: f32, y: f32) -> View {
    Box::new(move |p| Point::new(a * p.x + b * p.y + x, c * p.x + d * p.y + y))
}

fn turned(degrees: f32, scale: f32, x: f32, y: f32) -> View {
    let (sin, cos) = degrees.to_radians().sin_cos();
    affine(scale * cos, -scale * sin, scale * sin, scale * cos, x, y)
}

fn photo(corners: [[f32; 2]; 4]) -> View {
    let sheet = Quad::from_rect(0.0, 0.0, 1240.0, 1754.0);
    let map = Homography::between(&sheet, &Quad(corners.map(Point::from))).unwrap();
    Box::new(move |p| map.apply(p))
}

fn views() -> Vec<(&'static str, View)> {
    vec![
        ("as it is", affine(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)),
        ("shifted", affine(1.0, 0.0, 0.0, 1.0, 90.0, -60.0)),
        ("half as large", affine(0.5, 0.0, 0.0, 0.5, 30.0, 20.0)),
        ("twice as large", affine(2.0, 0.0, 0.0, 2.0, 0.0, 0.0)),
        ("turned by 4 degrees", turned(4.0, 1.0, 120.0, 10.0)),
        ("turned by -7 degrees and larger", turned(-7.0, 1.3, 20.0, 300.0)),
        ("on its side", turned(90.0, 1.0, 1754.0, 0.0)),
        ("upside down", turned(180.0, 1.0, 1240.0, 1754.0)),
        ("shrunk in width", affine(0.94, 0.0, 0.0, 1.03, 40.0, 10.0)),
        ("sheared", affine(1.0, 0.03, 0.0, 1.0, 0.0, 0.0)),
        ("photographed", photo([[60.0, 40.0], [1100.0, 90.0], [1180.0, 1600.0], [10.0, 1500.0]])),
        ("photographed from below", photo([[140.0, 100.0], [1080.0, 80.0], [1230.0, 1700.0], [0.0, 1680.0]])),
        (
            "photographed from the side",
            photo([[100.0, 50.0], [1100.0, 160.0], [1120.0, 1500.0], [80.0, 1640.0]]),
        ),
    ]
}

fn line(text: &str, quad: Quad) -> TextLine {
    TextLine { text: text.into(), quad, confidence: 0.98, ..TextLine::default() }
}

fn width(text: &str, height: f32) -> f32 {
    text.chars().map(|c| if c.is_ascii() { 0.55 * height } else { height }).sum()
}

/// The prints as seen: lines, with a seal and a code where the form has them.
fn page(prints: &[Print], view: &View) -> PageStructure {
    let lines = prints.iter().map(|(text, left, top, height)| {
        let quad = Quad::from_rect(*left, *top, left + width(text, *height), top + height);
        line(text, quad.map(view))
    });
    let seal = Seal {
        shape: SealShape::Round,
        text: "示例设备有限公司".into(),
        sub_text: "审批专用章".into(),
        color: "red".into(),
        quad: Quad::from_rect(760.0, 1380.0, 1000.0, 1620.0).map(view),
        own_quad: None,
        confidence: 0.9,
    };
    let code = |text: &str, left: f32, top: f32| Code {
        kind: "qr".into(),
        text: text.into(),
        quad: Quad::from_rect(left, top, left + 110.0, top + 110.0).map(view),
    };
    PageStructure {
        lines: lines.collect(),
        seals: vec![seal],
        codes: vec![code("elsewhere", 100.0, 1500.0), code("REQ-20240506007", 1000.0, 50.0)],
        ..PageStructure::default()
    }
}

/// The filled form seen in one of the ways of [`views`].
pub fn filled_page(view: usize) -> PageStructure {
    page(&FORM, &views().remove(view).1)
}

fn read(page: &PageStructure, kind: &Kind) -> (Option<FormFit>, Record) {
    let lines: Vec<usize> = (0..page.lines.len()).collect();
    let fit = form_fit(&Frame::of_lines(&page.lines, &lines, 0), kind);
    let location = Quad::from_rect(-5000.0, -5000.0, 9000.0, 9000.0);
    let found = FoundDocument { kind: kind.id.clone(), confidence: 1.0, location, lines, fit: None };
    let view = DocumentView { page, found: &found, size: (1240, 1754) };
    (fit, extract(&view, kind, &mut NoSecondReading))
}

fn value<'r>(record: &'r Record, path: &str) -> Option<&'r str> {
    record.get(&super::slips::path(path))?.value.as_deref()
}

/// Every value of the filled form.
const VALUES: [(&str, &str); 15] = [
    ("department", "物资管理部"),
    ("person", "林小溪"),
    ("date", "2024-05-06"),
    ("number", "20240506007"),
    ("total", "1350.00"),
    ("seal", "示例设备有限公司审批专用章"),
    ("code", "REQ-20240506007"),
    ("items.0.name", "激光测距仪"),
    ("items.0.quantity", "2"),
    ("items.0.amount", "1200.00"),
    ("items.1.name", "防护手套（加厚耐磨）"),
    ("items.1.quantity", "10"),
    ("items.2.name", "卷尺"),
    ("items.2.quantity", "3"),
    ("items.2.amount", "64.50"),
];

fn assert_read(name: &str, record: &Record) {
    for (key, expected) in VALUES {
        // Brackets come half-width or full-width.
        let got = value(record, key).map(|v| v.replace('(', "（").replace(')', "）"));
        assert_eq!(got.as_deref(), Some(expected), "{name}: {key}");
    }
    assert_eq!(record.rows("items").len(), 3, "{name}");
}

#[test]
fn a_form_is_read_however_it_lies() {
    let kind = kind();
    for (name, view) in views() {
        let (fit, record) = read(&page(&FORM, &view), &kind);
        let fit = fit.unwrap();
        assert_eq!((fit.found, fit.of, fit.doubt), (6, 6, None), "{name}: {fit:?}");
        assert!(fit.residual_px < 4.0, "{name}: {fit:?}");
        assert_read(name, &record);
    }
}

#[test]
fn any_two_references_may_be_missing() {
    let kind = kind();
    let texts: Vec<String> = kind.layouts[0].references.iter().map(|r| r.text.clone()).collect();
    for (a, first) in texts.iter().enumerate() {
        for second in &texts[a..] {
            let gone = |print: &&Print| {
                !print.0.starts_with(first.as_str()) && !print.0.starts_with(second.as_str())
            };
            let mut left: Vec<Print> = FORM.iter().filter(gone).copied().collect();
            // Its value stands on one line with the label: only the label is gone.
            if [first, second].iter().any(|t| *t == "领用日期") {
                left.push(("2024年5月6日", 850.0, 220.0, 30.0));
            }
            for (name, view) in views() {
                let name = format!("{name} without {first} and {second}");
                let (fit, record) = read(&page(&left, &view), &kind);
                let fit = fit.unwrap();
                assert_eq!(fit.found + fit.missing.len(), 6, "{name}");
                // Those at the head alone say too little about the foot.
                if first == "合计金额" && second == "审批盖章" {
                    assert_eq!(fit.doubt, Some(FitDoubt::FewReferences), "{name}: {fit:?}");
                    continue;
                }
                assert_eq!(fit.doubt, None, "{name}: {fit:?}");
                assert_read(&name, &record);
            }
        }
    }
}

#[test]
fn four_references_suffice_and_misread_or_repeated_ones_do_not_mislead() {
    let mut kind = kind();
    kind.layouts[0].references.retain(|r| r.text != "单据编号" && r.text != "合计金额");
    for (name, view) in views() {
        let (fit, record) = read(&page(&FORM, &view), &kind);
        assert_eq!(fit.unwrap().found, 4, "{name}");
        // The label of the number is no reference now, but stands outside of its place.
        assert_read(name, &record);

        let mut prints = FORM.to_vec();
        for print in &mut prints {
            match print.0 {
                "领用部门：" => print.0 = "领用部们：",
                "设备领用单" => print.0 = "設备领用单",
                _ => {}
            }
        }
        // The same texts again in a note at the foot and in the margin.
        prints.push(("请将设备领用单交领用部门存档", 100.0, 1700.0, 24.0));
        prints.push(("领用部门", 900.0, 1100.0, 30.0));
        prints.push(("审批盖章", 100.0, 1200.0, 30.0));
        let (fit, record) = read(&page(&prints, &view), &kind);
        let fit = fit.unwrap();
        assert_eq!((fit.found, fit.doubt), (4, None), "{name}: {fit:?}");
        assert_read(name, &record);
    }
}

#[test]
fn with_few_references_values_are_doubtful_and_the_document_says_so() {
    let kind = kind();
    let few = |texts: &[&str]| -> Vec<Print<'static>> {
        let labels: Vec<&str> = kind.layouts[0].references.iter().map(|r| r.text.as_str()).collect();
        let gone = |p: &&Print| {
            labels.iter().any(|l| p.0.starts_with(l)) && !texts.iter().any(|t| p.0.starts_with(t))
        };
        FORM.iter().filter(|p| !gone(p)).copied().collect()
    };
    for (name, view) in views().into_iter().take(8) {
        let two = page(&few(&["设备领用单", "审批盖章"]), &view);
        let (fit, mut record) = read(&two, &kind);
        let fit = fit.unwrap();
        assert_eq!((fit.found, fit.doubt), (2, Some(FitDoubt::FewReferences)), "{name}");
        assert_eq!(value(&record, "department"), Some("物资管理部"), "{name}: two tell turn and scale");
        let issues = validate(&kind, Paper { fit: Some(&fit), ..Paper::default() }, &mut record);
        assert!(issues.iter().any(|i| i.rule == "form_fit" && i.message.en.contains("2 of 6")), "{name}");
        let department = record.get(&super::slips::path("department")).unwrap();
        assert_eq!(department.state, State::Doubtful, "{name}");

        let (fit, record) = read(&page(&few(&["合计金额"]), &view), &kind);
        assert_eq!(fit.unwrap().doubt, Some(FitDoubt::NotRegistered), "{name}");
        assert!(record.iter().all(|(_, f)| f.value.is_none()), "{name}: nothing is invented");
        assert!(record.rows("items").is_empty());
    }
}

#[test]
fn places_without_print_stay_empty() {
    let kind = kind();
    let labels: Vec<&str> = kind.layouts[0].references.iter().map(|r| r.text.as_str()).collect();
    let blank: Vec<Print> =
        FORM.iter().filter(|p| labels.iter().any(|l| p.0.trim_end_matches('：') == *l)).copied().collect();
    let mut page = page(&blank, &views().remove(4).1);
    (page.seals, page.codes) = (Vec::new(), Vec::new());
    let (_, record) = read(&page, &kind);
    assert!(record.iter().all(|(_, f)| f.value.is_none() && f.state == State::Missing));
}

#[test]
fn text_that_runs_over_the_edge_is_doubtful_and_offered_whole() {
    let kind = kind();
    let mut prints = FORM.to_vec();
    prints[2] = ("物资管理部下属第三仓库及运输车队", 250.0, 220.0, 30.0);
    let (fit, mut record) = read(&page(&prints, &views().remove(0).1), &kind);
    validate(&kind, Paper { fit: fit.as_ref(), ..Paper::default() }, &mut record);
    let field = record.get(&super::slips::path("department")).unwrap();
    assert_eq!(field.state, State::Doubtful);
    assert!(field.alternatives.iter().any(|a| a == "物资管理部下属第三仓库及运输车队"), "{field:?}");
}

#[test]
fn a_form_is_told_by_its_references_among_all_kinds() {
    let registry = Registry::builtin().with(kind());
    for (name, view) in views() {
        let found = classify(&page(&FORM, &view), (1400, 2000), &registry, &KindChoice::Auto);
        let kinds: Vec<&str> = found.iter().map(|d| d.kind.as_str()).collect();
        assert_eq!(kinds, ["requisition"], "{name}");
        let sheet = Quad::from_rect(0.0, 0.0, 1240.0, 1754.0).map(&view);
        assert!(found[0].location.iou(&sheet) > 0.98, "{name}: its outline is that of the sample");
    }
    // The same words elsewhere are another form.
    let scattered: Vec<Print> =
        FORM.iter().map(|(text, x, y, h)| (*text, 1000.0 - 0.7 * x, (7.0 * y) % 1500.0, *h)).collect();
    let found = classify(&page(&scattered, &views().remove(0).1), (1240, 1754), &registry, &KindChoice::Auto);
    assert!(found.iter().all(|d| d.kind != "requisition"), "{found:?}");
}

#[test]
fn a_form_is_not_cut_where_another_kind_would_take_a_part_of_it() {
    // All references stand in the lower half; above, the numbers of an invoice are printed.
    let lower = |text: &str| kind().layouts[0].references.iter().any(|r| text.starts_with(&r.text));
    let shifted = |(text, x, y, h): &Print<'static>| (*text, *x, y + 900.0, *h);
    let mut prints: Vec<Print> = FORM.iter().map(shifted).collect();
    for (i, text) in [
        "增值税专用发票",
        "发票代码：144031909110",
        "发票号码：08765432",
        "开票日期：2024年05月06日",
        "纳税人识别号：91440300MA5EXAMPLE",
        "价税合计（大写）",
        "密码区",
        "购买方",
        "销售方",
    ]
    .into_iter()
    .enumerate()
    {
        prints.push((text, 120.0, 60.0 + 70.0 * i as f32, 36.0));
    }
    let mut own = kind();
    if let Some(layout) = own.layouts.first_mut() {
        layout.page = Some([1240.0, 2700.0]);
        for reference in &mut layout.references {
            reference.quad = reference.quad.map(|p| Point::new(p.x, p.y + 900.0));
        }
    }
    assert!(prints.iter().filter(|p| lower(p.0)).all(|p| p.2 > 900.0));
    let page = page(&prints, &views().remove(0).1);
    let with = classify(&page, (1240, 2700), &Registry::builtin().with(own), &KindChoice::Auto);
    assert_eq!(with.iter().map(|d| d.kind.as_str()).collect::<Vec<_>>(), ["requisition"]);
    let without = classify(&page, (1240, 2700), &Registry::builtin(), &KindChoice::Auto);
    assert!(without.iter().any(|d| d.kind.contains("invoice")), "{without:?}");
}

#[test]
fn the_kinds_of_the_program_are_told_as_before() {
    // A form with the labels that many documents print must not take them.
    let greedy = example()
        .replace("设备领用单", "开票日期")
        .replace("\"领用部门\"", "\"名称\"")
        .replace("\"领用日期\"", "\"金额\"")
        .replace("\"单据编号\"", "\"合计\"")
        .replace("id = \"requisition\"", "id = \"greedy\"");
    let registry = Registry::builtin().with(read_kind("greedy.toml", &greedy).unwrap());
    assert!(super::kinds::kinds_of_samples(&registry).iter().all(|kind| kind != "greedy"));
}

#[test]
fn two_copies_of_a_form_on_one_sheet_are_two_documents() {
    let registry = Registry::builtin().with(kind());
    let (left, right) = (affine(0.5, 0.0, 0.0, 0.5, 0.0, 0.0), affine(0.5, 0.0, 0.0, 0.5, 700.0, 15.0));
    let mut sheet = page(&FORM, &left);
    sheet.lines.extend(page(&FORM, &right).lines);
    let found = classify(&sheet, (1400, 900), &registry, &KindChoice::Auto);
    assert_eq!(found.iter().filter(|d| d.kind == "requisition").count(), 2, "{found:?}");
}
