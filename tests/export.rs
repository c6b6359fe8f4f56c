//! The exports, read back by other programs' libraries.

use std::{collections::BTreeSet, fs, io::Read, path::Path};

use calamine::{Data, DataType, Reader, Xlsx, open_workbook};
use luru::{
    export::{
        self, ExportError, Profile, Selection, Tables, cloud, csv, json,
        profile::{ProfileColumn, tables_of},
        xlsx,
    },
    extract::{Entry, State},
    kind::{Lang, Registry},
    review::{DocumentState, Edit, FileReading, Session, Timings},
};
use serde_json::{Value, json};

use super::slips::{error, field, open_document, page, reading, registry, slip};

fn zh(registry: &Registry) -> Tables<'_> {
    Tables { registry, lang: Lang::Zh, profile: None }
}

/// Two files: slips with a doubtful and a failing value, and an open document.
fn readings() -> Vec<FileReading> {
    let mut wrong = slip(2, "24332000000012345678", "8.00");
    wrong.issues = vec![error("total", "合计与明细不符")];
    wrong.record.entries.insert("total".into(), Entry::One(field("8.00", State::Invalid)));
    wrong.record.entries.insert("buyer_name".into(), Entry::One(field("=1+1", State::Ok)));
    wrong.state = DocumentState::Confirmed;
    vec![
        reading("票据/甲 一.pdf", vec![slip(1, "044001900111", "12.50"), wrong]),
        reading("票据/乙.png", vec![open_document(1)]),
        FileReading {
            path: "坏.pdf".into(), error: Some("文件已损坏".into()), ..FileReading::default()
        },
    ]
}

#[test]
fn json_holds_what_the_contract_names() {
    let readings = readings();
    let result = json::file_result(&readings[0]);
    assert_eq!(result["file"], "票据/甲 一.pdf");
    assert_eq!(result["luru"], env!("CARGO_PKG_VERSION"));
    assert_eq!(result["error"], Value::Null);
    assert_eq!(result["timings_ms"]["decode"], json!(12.3));
    let page = &result["pages"][0];
    assert_eq!((&page["page"], &page["rotation"], &page["source"]), (&json!(1), &json!(90), &json!("scan")));
    assert_eq!(page["lines"][0]["quad"], json!([[10.0, 10.0], [110.0, 10.0], [110.0, 30.0], [10.0, 30.0]]));
    assert!(page["lines"][0].get("chars").is_none());
    assert_eq!(page["regions"][0]["type"], "title");
    assert_eq!(page["tables"][0]["cells"][0]["col_span"], 2);
    assert_eq!(page["seals"][0]["shape"], "round");
    assert_eq!(page["codes"][0]["text"], "01,32");
    assert!(page["quality"]["incomplete"].is_number());

    let document = &result["documents"][1];
    assert_eq!((&document["kind"], &document["page"]), (&json!("slip"), &json!(2)));
    let fields = &document["fields"];
    assert_eq!(fields["number"]["value"], "24332000000012345678");
    assert_eq!(fields["number"]["confidence"], json!(0.98));
    assert_eq!(fields["phone"]["value"], json!(["13900000000", "0571-80000000"]));
    assert_eq!(fields["item_list"]["rows"][1]["name"]["value"], "运费");
    assert_eq!(fields["total"]["state"], "invalid");
    // Only what lies on the document.
    assert_eq!(document["key_values"].as_array().map(Vec::len), Some(1));
    assert_eq!((&document["tables"], &document["seals"]), (&json!([0]), &json!([0])));
    let issue = json!({ "rule": "sum_of_rows", "severity": "error", "fields": ["total"], "message": "合计与明细不符" });
    assert_eq!(document["issues"], json!([issue]));

    let with_chars = json::file_result_with(&readings[0], json::JsonOptions { chars: true });
    assert_eq!(with_chars["pages"][0]["lines"][0]["chars"][3]["char"], "据");
    assert_eq!(json::file_result(&readings[2])["error"], "文件已损坏");
}

#[test]
fn json_stays_finite_and_tells_missing_and_repeated_items() {
    let mut document = slip(1, "1", "1.00");
    let mut strange = field("1.00", State::Ok);
    strange.confidence = f32::NAN;
    document.record.entries.insert("total".into(), Entry::One(strange));
    document.record.entries.insert("fee".into(), Entry::One(field("", State::Missing)));
    let line = |item: &str, value: &str| {
        [("item", item), ("期末余额", value)].map(|(k, v)| (k.to_owned(), field(v, State::Ok))).into()
    };
    let rows = vec![line("货币资金", "5.00"), line("其他", "1.00"), line("其他", "2.00")];
    document.record.entries.insert("cells".into(), Entry::Rows { rows });
    document.issues = vec![error("cells.2.期末余额", "不符")];
    let result = json::file_result(&reading("a.png", vec![document]));
    let fields = &result["documents"][0]["fields"];
    assert_eq!(fields["total"]["confidence"], json!(0.0));
    assert_eq!(fields["fee"], json!({ "value": null, "state": "missing" }));
    assert_eq!(fields["cells"]["货币资金"]["期末余额"]["value"], "5.00");
    assert_eq!(fields["cells"]["其他"]["期末余额"]["value"], "1.00");
    assert_eq!(fields["cells"]["其他#2"]["期末余额"]["value"], "2.00");
    assert_eq!(result["documents"][0]["issues"][0]["fields"], json!(["cells.其他.期末余额"]));
}

#[test]
fn cloud_json_has_the_names_of_the_cloud_service() {
    let registry = registry();
    let result = cloud::file_result(&readings()[0], &registry);
    let slip = &result["result"][0];
    assert_eq!((&slip["status"]["error_code"], &slip["type"]), (&json!("AIS.0000"), &json!("slip")));
    assert_eq!((&slip["seal_mark"], &slip["location"][1]), (&json!(true), &json!([500, 0])));
    let content = &slip["content"];
    assert_eq!(content["number"], "044001900111");
    assert_eq!(content["phone"], json!(["13900000000", "0571-80000000"]));
    assert_eq!(content["item_list"][1], json!({ "name": "运费", "amount": "0.00" }));
    assert_eq!(content["confidence"]["number"], json!(0.98));
    assert_eq!(content["text_location"]["number"][0], json!([10, 10]));

    // A page without fields, read with kinds or without.
    for documents in [vec![open_document(1)], Vec::new()] {
        let result = cloud::file_result(&reading("a.png", documents), &registry);
        let content = &result["result"][0]["content"];
        assert_eq!(content["ocr_result"]["words_block_list"][1]["words"], "金额 12.00");
        assert_eq!(content["kv_result"]["kv_block_list"][0]["value"], "甲公司");
        let cell = &content["table_result"]["table_list"][0]["words_block_list"][0];
        assert_eq!((&cell["words"], &cell["columns"]), (&json!("标题"), &json!([0, 1])));
        assert_eq!(content["layout_result"]["layout_block_list"][0]["type"], "title");
    }
    assert_eq!(cloud::file_result(&readings()[2], &registry)["error_msg"], "文件已损坏");
}

#[test]
fn csv_is_what_a_spreadsheet_opens() {
    let tables = csv::tables(&readings(), &zh(&registry()), csv::Encoding::Utf8).unwrap();
    let names: Vec<_> = tables.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["测试_单据", "测试_单据-明细", "通用文档", "通用文档-键值"]);
    let rows = |bytes: &[u8]| -> Vec<Vec<String>> {
        let body = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(body);
        reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let slips = rows(&tables[0].bytes);
    assert_eq!(slips[0][..7], ["序号", "文件", "页", "状态", "单据号码", "开票日期", "购买方 名称"]);
    assert_eq!(slips[1][4], "044001900111");
    assert_eq!(slips[2][3], "已确认");
    assert_eq!(slips[2][6], "'=1+1");
    assert_eq!(slips[2].last().unwrap(), "合计与明细不符\n开票日期: 识别把握不足，请核对");
    let items = rows(&tables[1].bytes);
    assert_eq!(items[0], ["序号", "文件", "页", "单据号码", "行", "品名", "金额"]);
    assert_eq!(items.len(), 5);
    assert_eq!(items[4], ["2", "票据/甲 一.pdf", "2", "24332000000012345678", "2", "运费", "0.00"]);

    let joined =
        csv::joined(&readings(), &Tables { lang: Lang::En, ..zh(&registry()) }, csv::Encoding::Utf8).unwrap();
    let joined = String::from_utf8(joined).unwrap();
    assert_eq!(joined.matches('\u{feff}').count(), 1);
    assert!(joined.contains("\r\n\r\nNo.,File,Page,Number,Row,Item,Amount\r\n"), "{joined}");

    let folder = tempfile::tempdir().unwrap();
    let paths = csv::write(folder.path(), &readings(), &zh(&registry()), csv::Encoding::Utf8).unwrap();
    assert_eq!(paths.len(), 4);
    assert_eq!(fs::read(&paths[0]).unwrap(), tables[0].bytes);

    // The same in China's national encoding.
    let old = csv::tables(&readings(), &zh(&registry()), csv::Encoding::Gb18030).unwrap();
    let (text, had_errors) = encoding_rs::GB18030.decode_without_bom_handling(&old[0].bytes);
    assert!(!had_errors);
    assert_eq!(format!("\u{feff}{text}").as_bytes(), tables[0].bytes);
}

/// Writes the workbook and opens it with another library.
fn workbook(readings: &[FileReading], folder: &Path) -> Xlsx<std::io::BufReader<fs::File>> {
    let path = folder.join("结果.xlsx");
    xlsx::write(&path, readings, &zh(&registry())).unwrap();
    open_workbook(&path).unwrap()
}

/// A part of the workbook's package as text.
fn part(folder: &Path, name: &str) -> String {
    let mut package = zip::ZipArchive::new(fs::File::open(folder.join("结果.xlsx")).unwrap()).unwrap();
    let mut text = String::new();
    package.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_workbook_has_typed_cells() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = workbook(&readings(), folder.path());
    let sheets = ["汇总", "测试_单据", "测试_单据-明细", "通用文档", "通用文档-键值", "表格3-1"];
    assert_eq!(book.sheet_names(), sheets);

    let slips = book.worksheet_range("测试_单据").unwrap();
    let heading = |name: &str| {
        let at = |r: &[Data]| r.iter().position(|c| c.get_string() == Some(name));
        slips.rows().next().and_then(at).unwrap_or_else(|| panic!("no column {name}"))
    };
    let at = |row: usize, name: &str| slips.get((row, heading(name))).unwrap();
    assert_eq!(at(1, "单据号码"), &Data::String("044001900111".into()));
    assert_eq!(at(2, "单据号码"), &Data::String("24332000000012345678".into()));
    assert_eq!(at(1, "合计"), &Data::Float(12.5));
    // 2024-05-06 in Excel's count of days.
    assert!(matches!(at(1, "开票日期"), Data::DateTime(day) if day.as_f64() == 45418.0));
    assert_eq!(at(2, "购买方 名称"), &Data::String("=1+1".into()));
    assert_eq!(at(1, "电话").get_string(), Some("13900000000; 0571-80000000"));
    assert_eq!(at(2, "待核对").get_string(), Some("合计与明细不符\n开票日期: 识别把握不足，请核对"));

    let items = book.worksheet_range("测试_单据-明细").unwrap();
    assert_eq!(items.height(), 5);
    assert_eq!(items.get((1, 6)), Some(&Data::Float(12.5)));

    // Sums by kind are formulas with their results.
    let summary = book.worksheet_range("汇总").unwrap();
    let by_kind = summary.rows().find(|r| r[3].get_string() == Some("测试/单据") && r[0].is_empty()).unwrap();
    assert_eq!((by_kind[5].as_f64(), by_kind[6].as_f64()), (Some(2.0), Some(20.5)));
    let unread = summary.rows().find(|r| r[4].get_string() == Some("未能识别")).unwrap();
    assert_eq!(unread[5].get_string(), Some("文件已损坏"));
    let formulas = book.worksheet_formula("汇总").unwrap();
    assert!(formulas.used_cells().any(|(_, _, f)| f.starts_with("SUMIF(")));
}

#[test]
fn the_workbook_links_marks_and_merges() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = workbook(&readings(), folder.path());
    let merged = book.merge_cells_by_sheet_name("表格3-1").unwrap();
    // Three texts across both columns, then the table's heading.
    let across = |row: u32| calamine::Dimensions { start: (row, 0), end: (row, 1) };
    assert_eq!(merged, [across(1), across(2), across(3), across(4)]);
    let table = book.worksheet_range("表格3-1").unwrap();
    let text = |row: u32| table.get_value((row, 0)).and_then(|v| v.get_string()).unwrap_or_default();
    assert_eq!([1, 2, 3, 4, 5].map(text), ["测试单据", "金额 12.00", "旁边的字", "标题", "0012"]);
    assert_eq!(table.get_value((5, 1)), Some(&Data::Float(1234.5)));

    // Links to the source files and between the sheets.
    let relations = part(folder.path(), "xl/worksheets/_rels/sheet2.xml.rels");
    let target = std::path::absolute("票据/甲 一.pdf").unwrap().to_string_lossy().replace(' ', "%20");
    assert!(relations.contains(&target), "{relations}");
    let slips = part(folder.path(), "xl/worksheets/sheet2.xml");
    assert!(slips.contains("location=\"'测试_单据-明细'!A4\""), "{slips}");
    assert!(part(folder.path(), "xl/worksheets/sheet1.xml").contains("location=\"'通用文档'!A2\""));
    assert!(part(folder.path(), "xl/worksheets/sheet3.xml").contains("location=\"'测试_单据'!A3\""));

    // Doubtful and failing values: a fill and a note with the reason.
    let notes = part(folder.path(), "xl/comments1.xml");
    assert!(notes.contains("合计与明细不符") && notes.contains("请核对"), "{notes}");
    let styles = part(folder.path(), "xl/styles.xml");
    assert!(styles.contains("FFFFEB9C") && styles.contains("FFFFC7CE"));

    // Headings stay in view, filter, and are printed on every page.
    assert!(slips.contains("ySplit=\"1\"") && slips.contains("<autoFilter"));
    assert!(slips.contains("orientation=\"landscape\"") && slips.contains("fitToHeight=\"0\""));
    assert!(part(folder.path(), "xl/workbook.xml").contains("_xlnm.Print_Titles"));
}

#[test]
fn a_workbook_of_hundreds_of_documents_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<_> = (1..=300)
        .map(|n| {
            let mut slip = slip(1, &format!("{n:020}"), &format!("{n}.25"));
            let long = Entry::One(field(&"长".repeat(33_000), State::Ok));
            slip.record.entries.insert("seller_name".into(), long);
            reading(&format!("单据 {n}#.png"), vec![slip, open_document(2)])
        })
        .collect();
    let mut book = workbook(&many, folder.path());
    // Tables beyond the two hundredth share a last sheet.
    assert_eq!(book.sheet_names().len(), 5 + 200 + 1);
    assert_eq!(book.worksheet_range("测试_单据").unwrap().height(), 301);
    let more = book.worksheet_range("其余表格").unwrap();
    assert_eq!(more.rows().filter(|r| r[0].get_string() == Some("标题")).count(), 100);
}

#[test]
fn a_profile_chooses_orders_and_names_columns() {
    let registry = registry();
    let usual = tables_of(&readings(), &registry, Lang::Zh);
    let names: Vec<_> = usual.iter().map(|t| (t.kind.as_str(), t.rows.as_deref())).collect();
    let item_list = Some("item_list");
    assert_eq!(
        names,
        [("slip", None), ("slip", item_list), ("document", None), ("document", Some("key_values"))]
    );
    assert_eq!(usual[1].columns[3].key, "@document.number");
    let column = |key: &str, heading: Option<&str>| ProfileColumn {
        key: key.into(),
        heading: heading.map(str::to_owned),
    };
    let mut profile = Profile::default();
    let columns =
        vec![column("total", Some("价税合计")), column("no_such", Some("空")), column("number", None)];
    profile.set_columns("slip", None, Some(columns));
    profile.set_columns(
        "slip",
        item_list,
        Some(vec![column("@document.number", None), column("amount", None)]),
    );
    let tables = Tables { profile: Some(&profile), ..zh(&registry) };
    let csv = csv::tables(&readings(), &tables, csv::Encoding::Utf8).unwrap();
    let text = |n: usize| String::from_utf8(csv[n].bytes.clone()).unwrap();
    assert_eq!(
        text(0),
        "\u{feff}价税合计,空,单据号码\r\n12.50,,044001900111\r\n8.00,,24332000000012345678\r\n"
    );
    assert!(text(1).starts_with("\u{feff}单据号码,金额\r\n044001900111,12.50\r\n"), "{}", text(1));
    assert!(text(2).starts_with("\u{feff}序号,文件,"), "what it does not name stays: {}", text(2));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx");
    xlsx::write(&path, &readings(), &tables).unwrap();
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    let slips = book.worksheet_range("测试_单据").unwrap();
    assert_eq!((slips.width(), slips.get((1, 0))), (3, Some(&Data::Float(12.5))));
}

#[test]
fn files_read_without_kinds_give_their_text_and_tables() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = workbook(&[reading("a.png", Vec::new())], folder.path());
    assert_eq!(book.sheet_names(), ["汇总", "通用文档", "通用文档-键值", "表格1-1", "表格2-2"]);
    let text = book.worksheet_range("通用文档").unwrap();
    assert_eq!(text.get((1, 4)).unwrap().get_string(), Some("测试单据\n金额 12.00\n旁边的字"));
}

#[test]
fn exports_that_cannot_be_written_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("没有/结果.xlsx");
    let refused = xlsx::write(&missing, &readings(), &zh(&registry()));
    assert!(matches!(refused, Err(ExportError::NoFolder { .. })), "{refused:?}");
    let nothing = xlsx::write(&folder.path().join("a.xlsx"), &[], &zh(&registry()));
    assert!(matches!(nothing, Err(ExportError::Nothing)));
    // What could not be replaced stays whole, and no part of a file is left behind.
    fs::create_dir(folder.path().join("a.xlsx")).unwrap();
    assert!(xlsx::write(&folder.path().join("a.xlsx"), &readings(), &zh(&registry())).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_selection_picks_documents_of_a_session() {
    let mut session = Session::new(registry());
    let mut ids = Vec::new();
    for name in ["甲.png", "乙.png", "丙.png"] {
        let (file, _) = session.add_file(Path::new(name), None);
        ids.extend(session.page_done(file, page(1), vec![open_document(1)], Timings::default()));
        session.file_done(file, None);
    }
    let (broken, _) = session.add_file(Path::new("坏.pdf"), None);
    session.file_done(broken, Some(("文件已损坏".into(), false)));
    for (id, state) in [(ids[0], DocumentState::Confirmed), (ids[1], DocumentState::Rejected)] {
        session.apply(Edit::SetState { document: id, state, reason: None }).unwrap();
    }
    let files = |selection: &Selection| -> Vec<String> {
        let readings = export::select(&session, selection);
        readings.iter().map(|r| r.path.to_string_lossy().into_owned()).collect()
    };
    assert_eq!(files(&Selection::Confirmed), ["甲.png"]);
    assert_eq!(files(&Selection::Selected(BTreeSet::from([ids[1], ids[2]]))), ["乙.png", "丙.png"]);
    assert_eq!(files(&Selection::All), ["甲.png", "丙.png", "坏.pdf"]);
    assert_eq!(Selection::All.ids(&session), [ids[0], ids[2]]);
}

#[test]
fn half_a_set_of_tables_is_not_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    // A folder of that name lets the second table fail.
    let second = folder.path().join("测试_单据-明细.csv");
    fs::create_dir(&second).unwrap();
    let registry = registry();
    assert!(csv::write(folder.path(), &readings(), &zh(&registry), csv::Encoding::Utf8).is_err());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left, [second]);
}

#[test]
fn a_kind_without_figures_is_summed_by_what_is_claimed_for_it() {
    let registry = Registry::builtin();
    let kind = registry.iter().find(|k| k.id == "quota_invoice").unwrap();
    let mut record = luru::extract::Record::default();
    assert_eq!(export::total_of(kind, &record), None);
    for (printed, total) in [("壹佰元整", "100.00"), ("¥50.00", "50.00")] {
        record.entries.insert("amount".into(), Entry::One(field(printed, State::Ok)));
        assert_eq!(export::total_of(kind, &record).as_deref(), Some(total), "{printed}");
    }
}

#[test]
fn a_heading_that_names_its_section_is_not_preceded_by_it() {
    let registry = Registry::builtin();
    let mut document = slip(1, "1", "1.00");
    document.found.kind = "vat_invoice".into();
    document.record.entries.clear();
    let tables = tables_of(&[reading("a.png", vec![document])], &registry, Lang::Zh);
    let table = tables.iter().find(|t| t.rows.is_none()).unwrap();
    let headings: Vec<_> = table.columns.iter().filter_map(|c| c.heading.as_deref()).collect();
    assert!(headings.contains(&"购买方名称"), "{headings:?}");
    assert!(!headings.contains(&"购买方 购买方名称"));
    let mut once = headings.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), headings.len(), "each heading once: {headings:?}");
}
