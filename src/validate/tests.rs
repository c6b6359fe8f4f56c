//! Kinds and records as data: what the checks say and what states they leave.

use std::collections::BTreeMap;

mod sums;

use super::*;
use crate::{
    extract::{Entry, Field, Origin, State},
    geometry::Quad,
};

const INVOICE: &str = r#"
id = "example"
group = "receipts"
name = { zh = "发票", en = "Invoice" }
field = [
  { key = "type", label = { zh = "类型", en = "Type" } },
  { key = "code", label = { zh = "发票代码", en = "Code" }, type = "digits" },
  { key = "number", label = { zh = "发票号码", en = "Number" }, type = "digits", required = true },
  { key = "issue_date", label = { zh = "开票日期", en = "Date" }, type = "date", required = true },
  { key = "net", label = { zh = "金额", en = "Net" }, type = "amount" },
  { key = "tax", label = { zh = "税额", en = "Tax" }, type = "amount" },
  { key = "words", label = { zh = "大写金额", en = "Words" }, type = "amount_in_words" },
  { key = "total", label = { zh = "小写", en = "Total" }, type = "amount", required = true },
  { key = "seller_id", label = { zh = "税号", en = "Seller ID" }, type = "identifier" },
  { key = "remarks", label = { zh = "备注", en = "Remarks" }, type = "multiline" },
]
[[table]]
key = "rows"
label = { zh = "明细", en = "Items" }
column = [
  { key = "name", label = { zh = "名称", en = "Name" }, labels = ["名称"] },
  { key = "quantity", label = { zh = "数量", en = "Quantity" }, type = "number", labels = ["数量"] },
  { key = "price", label = { zh = "单价", en = "Price" }, type = "number", labels = ["单价"] },
  { key = "amount", label = { zh = "金额", en = "Amount" }, type = "amount", labels = ["金额"] },
  { key = "rate", label = { zh = "税率", en = "Rate" }, type = "percent", labels = ["税率"] },
  { key = "tax", label = { zh = "税额", en = "Tax" }, type = "amount", labels = ["税额"] },
]
[[check]]
rule = "sum_of_rows"
column = "rows.amount"
total = "net"
[[check]]
rule = "sum_of_rows"
column = "rows.tax"
total = "tax"
[[check]]
rule = "sum_of_fields"
parts = ["net", "tax"]
total = "total"
[[check]]
rule = "amount_in_words"
words = "words"
figure = "total"
[[check]]
rule = "product_of_columns"
factors = ["rows.quantity", "rows.price"]
product = "rows.amount"
[[check]]
rule = "rate_of_columns"
amount = "rows.amount"
rate = "rows.rate"
tax = "rows.tax"
unless = { field = "remarks", contains = ["差额征税"] }
[[check]]
rule = "credit_code_checksum"
field = "seller_id"
also = ["tax_id"]
[[check]]
rule = "not_in_future"
field = "issue_date"
[[check]]
rule = "invoice_number_structure"
number = "number"
code = "code"
issue_date = "issue_date"
invoice_type = "type"
types = [{ code = "0\\d{9}11", values = ["electronic"] }, { code = "0\\d{9}0[45]", values = ["normal"] }]
[[check]]
rule = "code_matches_fields"
starts_with = "01,"
separator = ","
parts = [
  { part = 2, field = "code" },
  { part = 3, field = "number" },
  { part = 4, field = "net", when_part = 1, equals = ["04", "10"] },
  { part = 4, field = "total", when_part = 1, equals = ["31", "32"] },
  { part = 5, field = "issue_date" },
]
"#;

const CARD: &str = r#"
id = "example"
group = "cards"
name = { zh = "证件", en = "Card" }
field = [
  { key = "side", label = { zh = "面", en = "Side" } },
  { key = "number", label = { zh = "号码", en = "Number" }, type = "identifier" },
  { key = "number_again", label = { zh = "副页号码", en = "Second number" }, type = "identifier" },
  { key = "birth", label = { zh = "出生", en = "Birth" }, type = "date" },
  { key = "sex", label = { zh = "性别", en = "Sex" }, type = "sex" },
  { key = "ethnicity", label = { zh = "民族", en = "Ethnicity" } },
  { key = "from", label = { zh = "起始日期", en = "From" }, type = "date" },
  { key = "to", label = { zh = "截止日期", en = "To" }, type = "date" },
  { key = "issue", label = { zh = "签发机关", en = "Issuer" } },
  { key = "certificate", label = { zh = "字号", en = "Certificate" }, type = "identifier" },
  { key = "phone", label = { zh = "电话", en = "Phone" }, many = true },
  { key = "gross", label = { zh = "总质量", en = "Gross" } },
  { key = "empty", label = { zh = "整备质量", en = "Empty" } },
]
check = [
  { rule = "id_card_checksum", field = "number" },
  { rule = "birth_in_id_number", number = "number", birth = "birth" },
  { rule = "sex_in_id_number", number = "number", sex = "sex" },
  { rule = "one_of", field = "ethnicity", values = ["汉", "满", "回", "维吾尔"] },
  { rule = "validity_period", from = "from", to = "to", years = [5, 10, 20], open_ended = true },
  { rule = "date_order", earlier = "from", later = "to", strict = true },
  { rule = "not_expired", field = "to" },
  { rule = "required_when", field = "issue", when = "side", has = ["back"] },
  { rule = "equal_fields", fields = ["number", "number_again"] },
  { rule = "pattern", field = "certificate", regex = "[A-Z]\\d{6}-\\d{4}-\\d{6}", message = { zh = "应为字母加数字", en = "letter and digits" } },
  { rule = "part_equals", field = "certificate", first = 9, last = 12, other = "from" },
  { rule = "phone_number", field = "phone" },
  { rule = "not_less", larger = "gross", smaller = "empty" },
]
"#;

fn kind(text: &str) -> Kind {
    toml::from_str(text).unwrap()
}

fn field(value: &str) -> Field {
    Field { value: Some(value.to_owned()), raw: value.to_owned(), confidence: 0.99, ..Field::default() }
}

/// A record of `path = value` lines; `phone.0` and `rows.0.amount` as in field paths.
fn record(lines: &str) -> Record {
    let mut record = Record::default();
    for line in lines.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (path, value) = line.split_once(" =").unwrap();
        let value = value.trim();
        match FieldPath::try_from(path.to_owned()).unwrap() {
            FieldPath::Field { key } => {
                record.entries.insert(key, Entry::One(field(value)));
            }
            FieldPath::Item { key, .. } => {
                let entry = record.entries.entry(key).or_insert_with(|| Entry::Many(Vec::new()));
                let Entry::Many(fields) = entry else { panic!("{path}") };
                fields.push(field(value));
            }
            FieldPath::Cell { key, row, column } => {
                let entry = record.entries.entry(key).or_insert_with(|| Entry::Rows { rows: Vec::new() });
                let Entry::Rows { rows } = entry else { panic!("{path}") };
                rows.resize(rows.len().max(row + 1), BTreeMap::new());
                rows[row].insert(column, field(value));
            }
        }
    }
    record
}

fn day(text: &str) -> time::Date {
    value::parse_iso(text).unwrap()
}

/// Validates on a fixed day, twice, and asks that the second time changes nothing.
fn run_on(kind_text: &str, record: &mut Record, codes: &[Code]) -> Vec<Issue> {
    let kind = kind(kind_text);
    let issues = validate_on(day("2024-06-30"), &kind, record, codes);
    let after = record.clone();
    assert_eq!(validate_on(day("2024-06-30"), &kind, record, codes), issues);
    assert_eq!(*record, after);
    issues
}

fn state(record: &Record, path: &str) -> State {
    record.get(&FieldPath::try_from(path.to_owned()).unwrap()).map_or(State::Missing, |f| f.state)
}

/// `rule first-field suggestion` of each issue.
fn brief(issues: &[Issue]) -> Vec<String> {
    issues
        .iter()
        .map(|i| {
            let field = i.fields.first().map_or(String::new(), ToString::to_string);
            format!("{} {field} {}", i.rule, i.suggestion.as_deref().unwrap_or("-"))
        })
        .collect()
}

const GOOD_INVOICE: &str = "
    type = electronic
    code = 033002000211
    number = 83089647
    issue_date = 2020-07-23
    net = 510.68
    tax = 15.32
    words = 伍佰贰拾陆圆整
    total = 526.00
    seller_id = 91350100M000100Y43
    rows.0.name = *经营租赁*租车费
    rows.0.quantity = 2
    rows.0.price = 205.34
    rows.0.amount = 410.68
    rows.0.rate = 3%
    rows.0.tax = 12.32
    rows.1.name = *经营租赁*保险费
    rows.1.amount = 100.00
    rows.1.rate = 3%
    rows.1.tax = 3.00";

fn qr(text: &str) -> Code {
    Code { kind: "qr".to_owned(), text: text.to_owned(), quad: Quad::default() }
}

#[test]
fn a_right_invoice_has_no_issues() {
    let mut good = record(GOOD_INVOICE);
    let codes =
        [qr("01,10,033002000211,83089647,510.68,20200723,16197833567414507415,0941,"), qr("https://x")];
    let issues = run_on(INVOICE, &mut good, &codes);
    assert_eq!(brief(&issues), Vec::<String>::new());
    assert!(good.iter().all(|(_, f)| f.state == State::Ok));
}

#[test]
fn a_red_letter_invoice_has_no_issues() {
    let mut red = record(
        "number = 24332000000012345678
         issue_date = 2024-03-05
         net = -132.74
         tax = -17.26
         words = （负数）壹佰伍拾圆整
         total = -150.00
         rows.0.quantity = -2
         rows.0.price = 66.37
         rows.0.amount = -132.74
         rows.0.rate = 13%
         rows.0.tax = -17.26",
    );
    let issues = run_on(INVOICE, &mut red, &[qr("01,32,,24332000000012345678,-150.00,20240305,,0000")]);
    assert_eq!(brief(&issues), Vec::<String>::new());
}

#[test]
fn tax_free_rows_and_hidden_taxes_raise_no_alarm() {
    let mut free = record(
        "number = 83089647
         code = 033002000204
         type = normal
         issue_date = 2020-07-23
         net = 100.00
         tax = ***
         total = 100.00
         words = 壹佰元整
         rows.0.amount = 100.00
         rows.0.rate = 免税
         rows.0.tax = ***",
    );
    assert_eq!(brief(&run_on(INVOICE, &mut free, &[])), Vec::<String>::new());
    let mut part = record(
        "number = 83089647
         issue_date = 2020-07-23
         total = 100.00
         remarks = 差额征税：50.00。
         rows.0.amount = 97.62
         rows.0.rate = 5%
         rows.0.tax = 2.38",
    );
    assert_eq!(brief(&run_on(INVOICE, &mut part, &[])), Vec::<String>::new());
}

#[test]
fn the_value_that_all_others_contradict_is_to_blame() {
    let mut wrong = record(&GOOD_INVOICE.replace("total = 526.00", "total = 536.00"));
    let issues = run_on(INVOICE, &mut wrong, &[]);
    assert_eq!(brief(&issues), ["sum_of_fields total 526.00", "amount_in_words total -"]);
    assert_eq!(state(&wrong, "total"), State::Invalid);
    // Rows and tax sum up: they are proven and not in doubt.
    assert_eq!((state(&wrong, "net"), state(&wrong, "rows.0.tax")), (State::Ok, State::Ok));
    let message = &issues[0].message;
    assert_eq!(message.zh, "金额 510.68 + 税额 15.32 = 526.00，与小写 536.00 不一致");
    assert_eq!(issues[1].message.zh, "大写金额 伍佰贰拾陆圆整（526.00）与小写 536.00 不一致");
}

#[test]
fn one_confused_digit_in_a_row_is_suggested() {
    let mut wrong = record(&GOOD_INVOICE.replace("rows.0.amount = 410.68", "rows.0.amount = 410.63"));
    let issues = run_on(INVOICE, &mut wrong, &[]);
    assert!(brief(&issues).contains(&"sum_of_rows rows.0.amount 410.68".to_owned()), "{issues:#?}");
    assert_ne!(state(&wrong, "rows.0.amount"), State::Ok);
    let mut sign = record(&GOOD_INVOICE.replace("tax = 15.32", "tax = -15.32"));
    assert!(brief(&run_on(INVOICE, &mut sign, &[])).contains(&"sum_of_fields tax 15.32".to_owned()));
}

#[test]
fn an_alternative_reading_that_makes_the_sum_hold_is_suggested() {
    let mut wrong =
        record("number = 83089647\nissue_date = 2020-07-23\nnet = 900.00\ntax = 17.00\ntotal = 117.00");
    let Some(Entry::One(net)) = wrong.entries.get_mut("net") else { panic!() };
    net.alternatives = vec!["¥100.00".to_owned()];
    let issues = run_on(INVOICE, &mut wrong, &[]);
    assert_eq!(brief(&issues), ["sum_of_fields net 100.00"]);
    for key in ["net", "tax", "total"] {
        assert_eq!(state(&wrong, key), State::Doubtful, "{key}: which one is wrong is open");
    }
}

#[test]
fn one_empty_cell_takes_what_the_sum_lacks() {
    let mut gap = record(&GOOD_INVOICE.replace("rows.1.amount = 100.00", "rows.1.price = 100"));
    let issues = run_on(INVOICE, &mut gap, &[]);
    assert_eq!(brief(&issues), ["sum_of_rows rows.1.amount 100.00"]);
    assert_eq!(issues[0].severity, Severity::Warning);
}

#[test]
fn goods_sold_by_weight_count_as_one_piece() {
    let counted = INVOICE
        .replace(
            r#"key = "net", label = { zh = "金额", en = "Net" }, type = "amount""#,
            r#"key = "net", label = { zh = "件数", en = "Pieces" }, type = "number""#,
        )
        .replace(
            r#"column = "rows.amount"
total = "net""#,
            r#"column = "rows.quantity"
total = "net""#,
        );
    let sold = |weight: &str| {
        let rows = format!("net = 3\nrows.0.quantity = 2\nrows.1.quantity = {weight}");
        brief(&run_on(&counted, &mut record(&rows), &[]))
            .into_iter()
            .filter(|b| b.starts_with("sum_of_rows"))
            .count()
    };
    assert_eq!((sold("1"), sold("2.116"), sold("2")), (0, 0, 1));
}

#[test]
fn a_stroke_in_an_empty_place_is_no_value() {
    let mut stroke = record(&GOOD_INVOICE.replace("seller_id = 91350100M000100Y43", "seller_id = /"));
    assert_eq!(brief(&run_on(INVOICE, &mut stroke, &[])), Vec::<String>::new());
    let mut missing = record(&GOOD_INVOICE.replace("total = 526.00", "total = /"));
    assert_eq!(brief(&run_on(INVOICE, &mut missing, &[])), ["required total -"]);
}

#[test]
fn wrong_rates_and_products_are_found() {
    let mut wrong = record(&GOOD_INVOICE.replace("rows.0.rate = 3%", "rows.0.rate = 8%"));
    let issues = run_on(INVOICE, &mut wrong, &[]);
    assert_eq!(brief(&issues), ["rate_of_columns rows.0.rate 3%"]);
    assert_eq!(state(&wrong, "rows.0.rate"), State::Invalid);
    let mut wrong = record(&GOOD_INVOICE.replace("price = 205.34", "price = 255.34"));
    let issues = run_on(INVOICE, &mut wrong, &[]);
    assert_eq!(brief(&issues), ["product_of_columns rows.0.quantity -"]);
    assert_eq!(state(&wrong, "rows.0.price"), State::Doubtful);
    // 3 and 8 are confused: one factor is near.
    let mut wrong = record(&GOOD_INVOICE.replace("price = 205.34", "price = 205.84"));
    let issues = run_on(INVOICE, &mut wrong, &[]);
    assert_eq!(brief(&issues), ["product_of_columns rows.0.price 205.34"]);
}

#[test]
fn the_code_corrects_the_print() {
    let mut wrong = record(&GOOD_INVOICE.replace("number = 83089647", "number = 83089641"));
    let codes = [qr("01,10,033002000211,83089647,510.68,20200723,16197833567414507415,0941,")];
    let issues = run_on(INVOICE, &mut wrong, &codes);
    assert_eq!(brief(&issues), ["code_matches_fields number 83089647"]);
    assert_eq!(state(&wrong, "number"), State::Invalid);
}

#[test]
fn invoice_numbers_have_structure() {
    for (change, expected) in [
        (("number = 83089647", "number = 830896"), "invoice_number_structure number -"),
        (("code = 033002000211", "code = 03300200021"), "invoice_number_structure code -"),
        (("code = 033002000211", "code = 033002100211"), "invoice_number_structure code -"),
        (("code = 033002000211", "code = 033002000204"), "invoice_number_structure code -"),
        (("number = 83089647", "number = 24332000000012345678"), "invoice_number_structure number -"),
    ] {
        let mut wrong = record(&GOOD_INVOICE.replace(change.0, change.1));
        let issues = run_on(INVOICE, &mut wrong, &[]);
        assert_eq!(brief(&issues), [expected], "{change:?}");
    }
}

#[test]
fn missing_and_malformed_values_are_said() {
    let mut bad = record("issue_date = 2023-02-30\nnumber = 83089647\nseller_id = 91350100M000100Y");
    let issues = run_on(INVOICE, &mut bad, &[]);
    assert_eq!(
        brief(&issues),
        ["format issue_date -", "required total -", "credit_code_checksum seller_id -"]
    );
    assert_eq!(state(&bad, "issue_date"), State::Invalid);
    assert_eq!(issues[1].message.zh, "缺少小写");
    let mut late = record("issue_date = 2024-07-01\nnumber = 83089647\ntotal = 1.00");
    assert_eq!(brief(&run_on(INVOICE, &mut late, &[])), ["not_in_future issue_date -"]);
}

const GOOD_CARD: &str = "
    side = back
    number = 11010519491231002X
    number_again = 11010519491231002X
    birth = 1949-12-31
    sex = 女
    ethnicity = 汉
    from = 2015-09-18
    to = 2035-09-18
    issue = 示例市公安局
    certificate = J110101-2015-000001
    phone.0 = 13800138000
    phone.1 = 0755-12345678
    gross = 2170kg
    empty = 1500kg";

#[test]
fn cards() {
    assert_eq!(brief(&run_on(CARD, &mut record(GOOD_CARD), &[])), Vec::<String>::new());
    for ((from, to), expected) in [
        (("birth = 1949-12-31", "birth = 1949-12-21"), "birth_in_id_number birth 1949-12-31"),
        (("sex = 女", "sex = 男"), "sex_in_id_number sex 女"),
        (("ethnicity = 汉", "ethnicity = 维吾示"), "one_of ethnicity 维吾尔"),
        (("ethnicity = 汉", "ethnicity = 汉族"), "one_of ethnicity 汉"),
        (("to = 2035-09-18", "to = 2036-09-18"), "validity_period to 2035-09-18"),
        (("issue = 示例市公安局", "issue = "), "required_when issue -"),
        (("certificate = J110101", "certificate = J1101O1"), "pattern certificate J110101-2015-000001"),
        (("J110101-2015", "J110101-2016"), "part_equals certificate J110101-2015-000001"),
        (("phone.0 = 13800138000", "phone.0 = 1380013800"), "phone_number phone.0 -"),
        (("gross = 2170kg", "gross = 217kg"), "not_less gross -"),
    ] {
        let mut wrong = record(&GOOD_CARD.replace(from, to));
        let issues = run_on(CARD, &mut wrong, &[]);
        assert_eq!(brief(&issues), [expected], "{to}");
        if expected.starts_with("birth") || expected.starts_with("sex") {
            // The number's check digit holds: the other side is wrong.
            let path = issues[0].fields[0].to_string();
            assert_eq!((state(&wrong, &path), state(&wrong, "number")), (State::Invalid, State::Ok));
        }
    }
}

#[test]
fn the_printed_birth_date_mends_the_identity_number_that_fails_its_check_digit() {
    let mut wrong = record(&GOOD_CARD.replace("11010519491231002X", "11010519991231002X"));
    let issues = run_on(CARD, &mut wrong, &[]);
    assert!(
        brief(&issues).contains(&"birth_in_id_number number 11010519491231002X".to_owned()),
        "{issues:#?}"
    );
    assert_eq!(state(&wrong, "number"), State::Invalid);
    assert_eq!(state(&wrong, "birth"), State::Ok);
}

#[test]
fn a_confused_digit_in_an_identity_number_is_repaired() {
    let mut wrong = record("number = 1101O519491231002X");
    let issues = run_on(CARD, &mut wrong, &[]);
    assert_eq!(brief(&issues), ["id_card_checksum number 11010519491231002X"]);
    assert_eq!(state(&wrong, "number"), State::Invalid);
    let mut twice = record("number = 11010519491231002X\nnumber_again = 11010519491231008X");
    let issues = run_on(CARD, &mut twice, &[]);
    assert_eq!(brief(&issues), ["equal_fields number_again 11010519491231002X"]);
}

#[test]
fn an_expired_card_is_read_all_right() {
    let mut old = record("from = 2010-09-18\nto = 2020-09-18");
    let issues = run_on(CARD, &mut old, &[]);
    assert_eq!(brief(&issues), ["not_expired to -"]);
    assert_eq!(state(&old, "to"), State::Ok);
    assert_eq!(brief(&run_on(CARD, &mut record("from = 2015-09-18\nto = 长期"), &[])), Vec::<String>::new());
    let swapped = run_on(CARD, &mut record("from = 2024-01-01\nto = 2014-01-01"), &[]);
    assert_eq!(brief(&swapped), ["validity_period to -", "date_order from -", "not_expired to -"]);
}

#[test]
fn dates_kept_as_printed_are_compared_as_dates() {
    let kind = r#"
id = "example"
group = "cards"
name = { zh = "护照", en = "Passport" }
field = [
  { key = "issue", label = { zh = "签发日期", en = "Issue" } },
  { key = "expiry", label = { zh = "有效期至", en = "Expiry" } },
]
check = [{ rule = "date_order", earlier = "issue", later = "expiry", strict = true }]
"#;
    for (issue, expiry, in_order) in [
        ("28 10月/OCT 2024", "27 10月/OCT 2034", true),
        ("27 10月/OCT 2034", "28 10月/OCT 2024", false),
        ("08 MAR 2023", "07 MAR 2033", true),
        ("2024-01-05 08:30", "2024-01-05 17:00", true),
        ("2024-01-05 17:00", "2024-01-05 08:30", false),
        ("2024-01-05", "2024-01-05", false),
    ] {
        let issues = run_on(kind, &mut record(&format!("issue = {issue}\nexpiry = {expiry}")), &[]);
        assert_eq!(issues.is_empty(), in_order, "{issue} before {expiry}");
    }
}

#[test]
fn confidence_makes_doubtful_what_is_neither_proven_nor_typed() {
    let mut record =
        record("number = 11010519491231002X\nissue = 示例市公安局\nethnicity = 汉\nbirth = 1949-12-31");
    for (key, confidence) in [("number", 0.6), ("issue", 0.6), ("ethnicity", 0.9), ("birth", 0.1)] {
        let Some(Entry::One(field)) = record.entries.get_mut(key) else { panic!("{key}") };
        field.confidence = confidence;
    }
    run_on(CARD, &mut record, &[]);
    let states = ["number", "issue", "ethnicity", "birth"].map(|k| state(&record, k));
    assert_eq!(states, [State::Ok, State::Doubtful, State::Ok, State::Doubtful]);
    for key in ["issue", "birth"] {
        let Some(Entry::One(field)) = record.entries.get_mut(key) else { panic!("{key}") };
        field.origin = Origin::Typed;
    }
    let Some(Entry::One(ethnicity)) = record.entries.get_mut("ethnicity") else { panic!() };
    ethnicity.char_confidences = vec![0.4];
    run_on(CARD, &mut record, &[]);
    let states = ["issue", "ethnicity", "birth"].map(|k| state(&record, k));
    assert_eq!(states, [State::Ok, State::Doubtful, State::Ok]);
}

const PASSPORT: &str = r#"
id = "example"
group = "cards"
name = { zh = "护照", en = "Passport" }
field = [
  { key = "line1", label = { zh = "机读码1", en = "Line 1" } },
  { key = "line2", label = { zh = "机读码2", en = "Line 2" } },
  { key = "number", label = { zh = "护照号码", en = "Number" }, type = "identifier" },
  { key = "surname", label = { zh = "姓", en = "Surname" } },
  { key = "birth", label = { zh = "出生日期", en = "Birth" }, type = "date" },
  { key = "sex", label = { zh = "性别", en = "Sex" }, type = "sex" },
  { key = "nationality", label = { zh = "国籍", en = "Nationality" } },
]
[[check]]
rule = "mrz"
lines = ["line1", "line2"]
fields = { number = "number", surname = "surname", birth = "birth", sex = "sex", nationality = "nationality" }
"#;

#[test]
fn machine_readable_zones() {
    let good = "line1 = P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<
        line2 = L898902C36UTO7408122F1204159ZE184226B<<<<<10
        number = L898902C3
        surname = ERIKSSON
        birth = 1974-08-12
        sex = 女
        nationality = UTOPIA";
    assert_eq!(brief(&run_on(PASSPORT, &mut record(good), &[])), Vec::<String>::new());
    // A kind may keep the sex as it is printed.
    let printed = PASSPORT.replace(r#", type = "sex""#, "");
    let as_printed = good.replace("sex = 女", "sex = F");
    assert_eq!(brief(&run_on(&printed, &mut record(&as_printed), &[])), Vec::<String>::new());
    let wrong = as_printed.replace("sex = F", "sex = M");
    assert_eq!(brief(&run_on(&printed, &mut record(&wrong), &[])), ["mrz sex 女"]);
    for ((from, to), expected) in [
        (("number = L898902C3", "number = L898902C8"), "mrz number L898902C3"),
        (("birth = 1974-08-12", "birth = 1974-08-22"), "mrz birth 1974-08-12"),
        (("surname = ERIKSSON", "surname = ERIKSON"), "mrz surname -"),
        (("L898902C36", "L898902G36"), "mrz line2 -"),
        (("<<<<<10", "<<<<<70"), "mrz line2 L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
        (("ZE184226B<<<<<10", "ZE184226B<<<<10"), "mrz line1 -"),
    ] {
        // A wrong zone cannot speak for or against the print.
        let mut wrong = record(&good.replace(from, to));
        let issues = run_on(PASSPORT, &mut wrong, &[]);
        assert_eq!(brief(&issues).first().map(String::as_str), Some(expected), "{to}");
    }
}

const REPORT: &str = r#"
id = "example"
group = "documents"
name = { zh = "化验单", en = "Report" }
field = [{ key = "figure", label = { zh = "小写", en = "Figure" }, type = "digits" }, { key = "words", label = { zh = "大写", en = "Words" }, type = "amount_in_words" }]
[[table]]
key = "items"
label = { zh = "项目", en = "Items" }
column = [
  { key = "result", label = { zh = "结果", en = "Result" }, labels = ["结果"] },
  { key = "range", label = { zh = "参考区间", en = "Range" }, labels = ["参考区间"] },
  { key = "flag", label = { zh = "提示", en = "Flag" }, labels = ["提示"] },
]
[[check]]
rule = "flag_in_range"
result = "items.result"
range = "items.range"
flag = "items.flag"
[[check]]
rule = "amount_in_words"
words = "words"
figure = "figure"
in_cents = true
"#;

#[test]
fn flags_agree_with_ranges() {
    let mut good = record(
        "items.0.result = 11.2
         items.0.range = 3.5-9.5
         items.0.flag = ↑
         items.1.result = 4.00
         items.1.range = 3.5~9.5
         items.2.result = 阴性
         items.2.range = 阴性(-)
         items.3.result = 0.2
         items.3.range = <0.5
         figure = 69900000
         words = 陆拾玖万玖仟圆整",
    );
    assert_eq!(brief(&run_on(REPORT, &mut good, &[])), Vec::<String>::new());
    let mut wrong = record(
        "items.0.result = 11.2\nitems.0.range = 3.5--9.5\nitems.1.result = 4\nitems.1.range = ≥5\nitems.1.flag = H",
    );
    let issues = run_on(REPORT, &mut wrong, &[]);
    assert_eq!(brief(&issues), ["flag_in_range items.0.flag H", "flag_in_range items.1.result -"]);
    // Without a flag in any row the sheet may have none.
    let mut none = record("items.0.result = 11.2\nitems.0.range = 3.5--9.5");
    assert_eq!(brief(&run_on(REPORT, &mut none, &[])), ["flag_in_range items.0.result -"]);
    let mut cents = record("figure = 69900008\nwords = 陆拾玖万玖仟圆整");
    assert_eq!(brief(&run_on(REPORT, &mut cents, &[])), ["amount_in_words figure 69900000"]);
    // Printed with its places it is no number of cents.
    let mut yuan = record("figure = ¥1,280,000.00\nwords = 壹佰贰拾捌万圆整");
    let found = brief(&run_on(REPORT, &mut yuan, &[]));
    assert!(!found.iter().any(|i| i.starts_with("amount_in_words")), "{found:?}");
}

#[test]
fn a_figure_that_lost_its_point_is_to_blame_and_not_the_words() {
    let mut lost = record("words = 捌万壹仟贰佰肆拾肆圆肆角贰分\n total = 8124442");
    let issues = brief(&run_on(INVOICE, &mut lost, &[]));
    assert_eq!(issues.last().map(String::as_str), Some("amount_in_words total 81244.42"));
    assert_eq!(state(&lost, "words"), State::Ok);
}

/// Every check of the kinds above on values that are none.
#[test]
fn no_value_trips_a_check() {
    let odd = [
        "",
        " ",
        "-",
        "¥",
        "９９",
        "𠀀𠀀",
        "9999999999999999999999999999",
        "0",
        "-0.00",
        "。",
        "2024-02-30",
        "é",
    ];
    for text in [INVOICE, CARD, PASSPORT, REPORT] {
        let kind = kind(text);
        for value in odd {
            let mut lines = String::new();
            for spec in &kind.fields {
                lines += &format!("{} = {value}\n", spec.key);
            }
            for (table, column) in kind.tables.iter().flat_map(|t| t.columns.iter().map(move |c| (t, c))) {
                lines += &format!("{}.0.{} = {value}\n", table.key, column.key);
            }
            run_on(text, &mut record(&lines), &[qr("01,"), qr("01,10,,,,,,,,"), qr("")]);
        }
    }
}

#[test]
fn every_key_of_a_check_can_be_asked_for() {
    for text in [INVOICE, CARD, PASSPORT, REPORT] {
        let kind = kind(text);
        let record = Record::default();
        let context = Context { kind: &kind, record: &record, codes: &[], today: day("2024-01-01") };
        for check in &kind.checks {
            assert!(text.contains(&format!("\"{}\"", check.rule())), "{check:?}");
            assert!(!check.fields().is_empty());
            for key in check.fields() {
                assert!(context.spec(key).is_some(), "{} names {key}", check.rule());
            }
        }
    }
}

#[test]
fn items_add_up_heading_by_heading() {
    let kind = kind(
        r#"
        id = "statement"
        group = "documents"
        name = { zh = "报表", en = "Statement" }
        [identify]
        min_score = 1.0
        [[table]]
        key = "cells"
        label = { zh = "项目", en = "Items" }
        body = "cells"
        items = ["项目"]
        [[check]]
        rule = "sum_of_items"
        table = "cells"
        total = ["所有者权益合计", "股东权益合计"]
        plus = ["实收资本", "资本公积", "专项储备"]
        minus = ["库存股"]
        gapless = true
        "#,
    );
    let rows = |stock: &str, other: &str| {
        let cells = [
            ("实收资本（或股本）", "10.00"),
            ("资本公积", "-"),
            ("减：库存股", stock),
            (other, "1.00"),
            ("股东权益合计", "8.00"),
        ];
        let row = |(item, value): (&str, &str)| {
            let item = item.trim_start_matches("减：");
            BTreeMap::from([("item".to_owned(), field(item)), ("期末余额".to_owned(), field(value))])
        };
        let rows = cells.into_iter().filter(|c| !c.0.is_empty()).map(row).collect();
        Record { entries: BTreeMap::from([("cells".to_owned(), Entry::Rows { rows })]) }
    };
    let found = |mut record: Record| validate_on(day("2024-01-01"), &kind, &mut record, &[]);
    assert_eq!(found(rows("2.00", "")), []);
    let wrong = found(rows("3.00", ""));
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].message.zh.contains("库存股（期末余额） 3.00"), "{}", wrong[0].message.zh);
    assert_eq!(found(rows("3.00", "其他综合收益")), []);
    // One subtotal of two is printed: the other half of the total stands item by item.
    let mut half = rows("3.00", "");
    if let Some(Entry::Rows { rows }) = half.entries.get_mut("cells") {
        rows.retain(|r| !matches!(r.get("item").and_then(|f| f.value.as_deref()), Some("资本公积")));
    }
    assert_eq!(found(half), []);
}
