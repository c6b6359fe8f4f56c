//! Made-up contracts: lines and seals at their places, without pixels.

use super::*;
use crate::{
    extract::{Entry, Field},
    kind::Registry,
    ocr::TextLine,
    structure::{EdgeSeal, Seal},
};

const A: &str = "苏州云帆机械设备有限公司";
const B: &str = "成都锦程贸易有限公司";

/// The first kind of the registry whose parties sign.
fn kind() -> Kind {
    let registry = Registry::builtin();
    registry.iter().find(|k| k.signing.is_some()).cloned().expect("a kind with parties")
}

fn line(text: &str, x: f32, y: f32) -> TextLine {
    let width = 16.0 * text.chars().count() as f32;
    TextLine {
        text: text.to_owned(),
        quad: Quad::from_rect(x, y, x + width, y + 20.0),
        confidence: 0.98,
        ..TextLine::default()
    }
}

/// A round seal of 200 pixels around a point.
fn seal(text: &str, x: f32, y: f32) -> Seal {
    Seal {
        shape: SealShape::Round,
        text: text.to_owned(),
        sub_text: "合同专用章".to_owned(),
        color: "red".to_owned(),
        quad: Quad::from_rect(x - 100.0, y - 100.0, x + 100.0, y + 100.0),
        own_quad: None,
        confidence: 0.95,
    }
}

fn part(y: f32) -> EdgeSeal {
    EdgeSeal {
        side: Side::Right,
        color: "red".to_owned(),
        quad: Quad::from_rect(1140.0, y - 90.0, 1200.0, y + 90.0),
    }
}

/// A page with the places of both parties in two columns.
fn last_page(seals: Vec<Seal>) -> PageStructure {
    let lines = vec![
        line("第九条 本合同自双方签字盖章之日起生效。", 100.0, 900.0),
        line(&format!("甲方（盖章）：{A}"), 100.0, 1000.0),
        line("乙方（盖章）", 650.0, 1004.0),
        line("法定代表人：", 100.0, 1060.0),
        line("法定代表人：侯怡", 650.0, 1064.0),
        line("日期：2024年1月18日", 100.0, 1120.0),
        line("日期：2024年1月19日", 650.0, 1124.0),
    ];
    PageStructure { lines, seals, ..PageStructure::default() }
}

fn record(names: [&str; 2]) -> Record {
    let mut record = Record::default();
    for (key, name) in ["party_a", "party_b"].iter().zip(names) {
        let field = Field { value: Some(name.to_owned()), confidence: 0.98, ..Field::default() };
        record.entries.insert((*key).to_owned(), Entry::One(field));
    }
    record
}

fn look(names: [&str; 2], pages: &[PageStructure]) -> Signing {
    let seen: Vec<SeenPage> = pages
        .iter()
        .enumerate()
        .map(|(i, structure)| SeenPage { page: i + 1, size: (1200, 1700), structure })
        .collect();
    signing(&kind(), &record(names), &seen).expect("a kind with parties")
}

fn rules(found: &Signing) -> Vec<&str> {
    found.issues.iter().map(|i| i.rule.as_str()).collect()
}

#[test]
fn each_party_with_its_seal_at_its_place_is_well() {
    // 昆 read for 锦, as seals are read.
    let page = last_page(vec![seal(A, 250.0, 1060.0), seal("成都昆程贸易有限公司", 800.0, 1070.0)]);
    let found = look([A, B], &[page]);
    assert_eq!(rules(&found), [""; 0]);
    assert_eq!([&found.parties[0].seals[..], &found.parties[1].seals[..]], [&[0][..], &[1][..]]);
    let places: Vec<(AreaKind, Option<usize>, &str)> =
        found.areas.iter().map(|a| (a.kind, a.party, a.value.as_str())).collect();
    assert_eq!(
        places,
        [
            (AreaKind::Seal, Some(0), A),
            (AreaKind::Seal, Some(1), ""),
            (AreaKind::Signature, Some(0), ""),
            (AreaKind::Signature, Some(1), "侯怡"),
            (AreaKind::Date, Some(0), "2024年1月18日"),
            (AreaKind::Date, Some(1), "2024年1月19日"),
        ]
    );
    assert_eq!([&found.areas[0].seals[..], &found.areas[1].seals[..]], [&[0][..], &[1][..]]);
}

#[test]
fn a_date_below_a_label_that_was_not_read_is_nobodys() {
    let mut page = last_page(vec![seal(A, 250.0, 1060.0), seal(B, 800.0, 1070.0)]);
    page.lines.retain(|l| l.text != "乙方（盖章）");
    let found = look([A, B], &[page]);
    let dates = found.areas.iter().filter(|a| a.kind == AreaKind::Date).map(|a| a.party);
    assert_eq!(dates.collect::<Vec<_>>(), [Some(0), None]);
}

#[test]
fn a_party_without_seal_is_named() {
    let found = look([A, B], &[last_page(vec![seal(A, 250.0, 1060.0)])]);
    assert_eq!(rules(&found), ["party_seal"]);
    assert!(found.issues[0].message.zh.contains(B), "{:?}", found.issues[0]);
    assert_eq!(found.issues[0].fields, [FieldPath::Field { key: "party_b".to_owned() }]);
}

#[test]
fn a_seal_that_was_not_read_is_to_be_looked_at() {
    let found = look([A, B], &[last_page(vec![seal(A, 250.0, 1060.0), seal("", 800.0, 1070.0)])]);
    assert_eq!(rules(&found), ["party_seal"]);
    assert!(found.issues[0].message.zh.contains("未能辨认"), "{:?}", found.issues[0]);
}

#[test]
fn a_seal_elsewhere_leaves_its_place_empty() {
    let found = look([A, B], &[last_page(vec![seal(A, 900.0, 500.0), seal(B, 800.0, 1070.0)])]);
    assert_eq!(rules(&found), ["seal_place"]);
}

#[test]
fn seals_of_others_and_badly_read_ones_are_told_apart() {
    let others = vec![
        seal("南宁户明兰械设限公", 250.0, 1060.0),
        seal(B, 800.0, 1070.0),
        seal("武汉蓝海汽车销售服务有限公司", 900.0, 400.0),
        seal("已验收", 300.0, 400.0),
    ];
    let names = ["南宁启明机械设备有限公司", B];
    let found = look(names, &[last_page(others)]);
    assert_eq!(rules(&found), ["seal_text", "seal_of_no_party"]);
    assert_eq!(found.seals[0].party, Some((0, Likeness::Doubtful)));
    assert_eq!(found.seals[3].party, None);
}

#[test]
fn persons_sign_and_pages_without_an_end_lack_nothing() {
    let mut page = last_page(vec![seal(A, 250.0, 1060.0)]);
    let found = look([A, "欧阳明"], std::slice::from_ref(&page));
    assert!(found.parties[1].is_person);
    assert_eq!(rules(&found), [""; 0]);
    page.lines.retain(|l| !l.text.contains("侯怡"));
    assert_eq!(rules(&look([A, "欧阳明"], &[page])), ["party_signature"]);
    let middle = PageStructure {
        lines: vec![line("第三条 交货期限", 100.0, 200.0)],
        ..PageStructure::default()
    };
    assert_eq!(rules(&look([A, B], &[middle])), [""; 0]);
}

#[test]
fn running_text_is_no_place_for_a_seal() {
    let page = PageStructure {
        lines: vec![
            line("甲方盖章后将本合同寄送乙方。", 100.0, 200.0),
            line("甲乙双方签字盖章", 100.0, 300.0),
        ],
        ..PageStructure::default()
    };
    assert_eq!(look([A, B], &[page]).areas, []);
}

#[test]
fn other_parties_are_known_by_their_place() {
    let mut page = last_page(vec![seal(A, 250.0, 1060.0), seal(B, 800.0, 1070.0)]);
    page.lines.push(line("担保方（盖章）：厦门海纳物流有限公司", 100.0, 1300.0));
    let found = look([A, B], &[page]);
    assert_eq!(found.parties[2].name, "厦门海纳物流有限公司");
    assert_eq!(rules(&found), ["party_seal"]);
}

#[test]
fn parts_at_one_height_are_one_seal_over_the_edges() {
    let plain = |parts: Vec<EdgeSeal>| PageStructure { edge_seals: parts, ..PageStructure::default() };
    let whole = [plain(vec![part(800.0)]), plain(vec![part(830.0)]), plain(vec![part(790.0)])];
    let found = look(["", ""], &whole);
    assert_eq!((found.paging.len(), found.paging[0].parts.len()), (1, 3));
    assert_eq!(rules(&found), [""; 0]);
    let lacking = [plain(vec![part(800.0)]), plain(vec![]), plain(vec![part(790.0), part(300.0)])];
    let found = look(["", ""], &lacking);
    assert_eq!((found.paging.len(), &found.paging[0].missing[..]), (1, &[2][..]));
    assert_eq!(rules(&found), ["paging_seal"]);
    // One part alone may be a stain.
    assert_eq!(look(["", ""], &[plain(vec![part(800.0)]), plain(vec![])]).paging, []);
}

#[test]
fn pages_that_the_text_counts_must_be_there() {
    let page =
        |text: &str| PageStructure { lines: vec![line(text, 500.0, 1600.0)], ..PageStructure::default() };
    let all = [page("第1页 共2页"), page("第2页 共2页")];
    assert_eq!(rules(&look(["", ""], &all)), [""; 0]);
    let lacking = [page("第1页 共3页"), page("第3页 共3页")];
    let found = look(["", ""], &lacking);
    assert_eq!(found.page_count, Some(PageCount { stated: 3, missing: vec![2], present: 2 }));
    assert_eq!(rules(&found), ["page_count"]);
}

#[test]
fn amounts_and_terms_of_the_text() {
    let page = PageStructure {
        lines: vec![
            line("合同总金额为人民币357,000.00元（大写：叁拾伍万柒仟圆整）", 100.0, 200.0),
            line("预付款人民币10000元（大写：壹万贰仟元整）", 100.0, 240.0),
            line("服务期限自2019年8月1日起至2020年8月", 100.0, 280.0),
            line("28日止，期满续签。", 100.0, 320.0),
            line("保修期自2021年8月1日至2020年8月28日。", 100.0, 360.0),
        ],
        ..PageStructure::default()
    };
    let found = look(["", ""], &[page]);
    let agree: Vec<Option<bool>> = found.amounts.iter().map(Amount::agrees).collect();
    assert_eq!(agree, [Some(true), Some(false)]);
    let terms: Vec<String> =
        found.terms.iter().map(|t| format!("{} {}", value::to_iso(t.from), value::to_iso(t.to))).collect();
    assert_eq!(terms, ["2019-08-01 2020-08-28", "2021-08-01 2020-08-28"]);
    assert_eq!(rules(&found), ["term_order", "clause_amount"]);
}
