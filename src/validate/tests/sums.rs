//! What a sum that fails says: copied values, summands that are none, and the one change that would do.

use super::*;
use crate::extract::Origin;

const SLIP: &str = r#"
id = "example"
group = "receipts"
name = { zh = "小票", en = "Slip" }
field = [
  { key = "fare", label = { zh = "车费", en = "Fare" }, type = "amount" },
  { key = "surcharge", label = { zh = "附加费", en = "Surcharge" }, type = "amount" },
  { key = "extra", label = { zh = "其他", en = "Extra" } },
  { key = "total", label = { zh = "合计", en = "Total" }, type = "amount", required = true },
  { key = "seller_id", label = { zh = "税号", en = "Seller ID" }, type = "identifier" },
]
[[check]]
rule = "sum_of_fields"
parts = ["fare", "surcharge"]
optional = ["extra"]
total = "total"
[[check]]
rule = "equal_fields"
fields = ["fare", "total"]
[[check]]
rule = "credit_code_checksum"
field = "seller_id"
"#;

/// The sum alone, without the fields that must be equal.
fn sum_only() -> String {
    SLIP.replace("[[check]]\nrule = \"equal_fields\"\nfields = [\"fare\", \"total\"]\n", "")
}

fn change(record: &mut Record, key: &str, change: impl FnOnce(&mut Field)) {
    let Some(Entry::One(field)) = record.entries.get_mut(key) else { panic!("{key}") };
    change(field);
}

#[test]
fn a_value_copied_from_one_print_does_not_agree_with_it() {
    let copied = |lines: &str| {
        let mut slip = record(lines);
        for key in ["fare", "total"] {
            change(&mut slip, key, |f| {
                f.quad = Some(Quad::from_rect(1.0, 2.0, 3.0, 4.0));
                // Well enough for a value that a check proves, too badly for one that none does.
                f.confidence = 0.6;
            });
        }
        slip
    };
    let mut twice = copied("fare = 25.00\n total = 25.00");
    run_on(SLIP, &mut twice, &[]);
    assert_eq!(state(&twice, "total"), State::Ok, "two prints agree");
    let mut once = copied("fare = 25.00\n total = 25.00");
    change(&mut once, "fare", |f| f.origin = Origin::Computed);
    run_on(SLIP, &mut once, &[]);
    assert_eq!(state(&once, "total"), State::Doubtful, "one print proves nothing");
    // Beside another summand a copy of the total is no summand; a total copied from one summand is wrong.
    let of = |key: &str| {
        let mut slip = copied("fare = 25.00\n surcharge = 1.00\n total = 25.00");
        change(&mut slip, key, |f| f.origin = Origin::Computed);
        brief(&run_on(&sum_only(), &mut slip, &[]))
    };
    assert_eq!(of("fare"), [] as [&str; 0]);
    assert_eq!(of("total"), ["sum_of_fields total 26.00"]);
}

#[test]
fn a_summand_that_is_no_amount_is_named() {
    let lines = |fare: &str, extra: &str| {
        record(&format!("fare = {fare}\n surcharge = 1.00\n extra = {extra}\n total = 25.00"))
    };
    let issues = run_on(&sum_only(), &mut lines("24.00", "问司机"), &[]);
    assert_eq!(brief(&issues), ["sum_of_fields extra -"]);
    assert_eq!(issues[0].message.zh, "其他“问司机”不是金额，合计无法核对");
    let issues = run_on(&sum_only(), &mut lines("二十四", "0.00"), &[]);
    assert_eq!(brief(&issues), ["format fare -"], "its own form has told");
    assert_eq!(
        brief(&run_on(&sum_only(), &mut lines("24.00", "-"), &[])),
        [] as [&str; 0],
        "a dash is nothing"
    );
    assert_eq!(
        brief(&run_on(&sum_only(), &mut lines("24.00", "YQ EXEMPT"), &[])),
        [] as [&str; 0],
        "what is exempt is nothing"
    );
}

#[test]
fn a_summand_that_a_person_has_emptied_counts_as_nothing() {
    let mut slip = record("fare = 24.00\n surcharge = 1.00\n total = 25.00");
    change(&mut slip, "fare", |f| *f = Field { confirmed: true, ..Field::default() });
    let issues = run_on(&sum_only(), &mut slip, &[]);
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].message.zh, "附加费 1.00 = 1.00，与合计 25.00 不一致");
    // What was not found says nothing.
    change(&mut slip, "fare", |f| *f = Field::default());
    assert_eq!(brief(&run_on(&sum_only(), &mut slip, &[])), [] as [&str; 0]);
}

#[test]
fn one_confused_character_in_one_amount_is_suggested() {
    // 4 is read for 9 more often than the other way.
    let mut slip = record("fare = 24.00\n surcharge = 1.00\n total = 30.00");
    assert_eq!(brief(&run_on(&sum_only(), &mut slip, &[])), ["sum_of_fields fare 29.00"]);
    // Either of two would do.
    let mut slip = record("fare = 23.00\n surcharge = 3.00\n total = 31.00");
    assert_eq!(brief(&run_on(&sum_only(), &mut slip, &[])), ["sum_of_fields fare -"]);
    let kind = sum_only().replace("total = \"total\"", "total = \"total\"\ntolerance = 0.5");
    let mut slip = record("fare = 24.00\n surcharge = 3.00\n total = 32.20");
    assert_eq!(
        brief(&run_on(&kind, &mut slip, &[])),
        ["sum_of_fields surcharge 8.00"],
        "within the tolerance"
    );
    // A misread amount beside its rate and tax.
    let mut invoice = record(
        "number = 83089647
         issue_date = 2020-07-23
         total = 106.00
         rows.0.amount = 160.00
         rows.0.rate = 6%
         rows.0.tax = 6.00",
    );
    let issues = run_on(INVOICE, &mut invoice, &[]);
    assert!(
        brief(&issues).contains(&"rate_of_columns rows.0.amount 100.00".to_owned()),
        "{:?}",
        brief(&issues)
    );
}

#[test]
fn a_failing_code_and_its_suggestion_say_the_same() {
    let right = "91350100M000100Y43";
    let mut suggested = 0;
    for (at, read) in [(17, '8'), (15, 'V'), (1, 'I'), (8, 'N'), (16, '9')] {
        let wrong: String = right.chars().enumerate().map(|(i, c)| if i == at { read } else { c }).collect();
        let mut slip = record(&format!("total = 1.00\n seller_id = {wrong}"));
        let issues = run_on(&sum_only(), &mut slip, &[]);
        let message = &issues[0].message.zh;
        let Some(suggestion) = &issues[0].suggestion else {
            assert!(!message.contains("可能是"), "{message}");
            continue;
        };
        suggested += 1;
        let place = wrong.chars().zip(suggestion.chars()).position(|(a, b)| a != b).unwrap();
        let (old, new) = (wrong.chars().nth(place).unwrap(), suggestion.chars().nth(place).unwrap());
        assert!(
            message.contains(&format!("第 {} 位的 {old} 可能是 {new}", place + 1)),
            "{message}: {suggestion}"
        );
    }
    assert!(suggested > 0);
}

#[test]
fn the_total_of_a_page_is_that_of_its_rows() {
    let kind = INVOICE.replace(
        "column = \"rows.amount\"\ntotal = \"net\"",
        "column = \"rows.amount\"\ntotal = \"net\"\nof_page = true",
    );
    let lines = "number = 83089647\n issue_date = 2020-07-23\n total = 30.00\n net = 10.00\n rows.0.amount = 10.00\n rows.1.amount = 20.00";
    let mut list = record(lines);
    let Some(Entry::Rows { rows }) = list.entries.get_mut("rows") else { panic!("rows") };
    for (row, page) in rows.iter_mut().zip([None, Some(2)]) {
        row.values_mut().for_each(|f| (f.quad, f.page) = (Some(Quad::from_rect(0.0, 0.0, 9.0, 9.0)), page));
    }
    let sums = |issues: &[Issue]| brief(issues).iter().filter(|b| b.starts_with("sum_of_rows")).count();
    assert_eq!(sums(&run_on(&kind, &mut list, &[])), 0);
    assert_eq!(sums(&run_on(INVOICE, &mut list, &[])), 1, "over all pages it is another one");
}

#[test]
fn what_differs_from_a_wrong_number_is_not_asked_as_well() {
    let card = |number: &str| record(&format!("number = {number}\n birth = 1988-03-17\n sex = 女"));
    let mut right = card("110105198803174821");
    assert_eq!(brief(&run_on(CARD, &mut right, &[])), [] as [&str; 0]);
    let mut wrong = card("110105193803174821");
    let issues = run_on(CARD, &mut wrong, &[]);
    assert!(
        issues.iter().all(|i| i.fields.first().is_some_and(|f| f.key() == "number")),
        "{:?}",
        brief(&issues)
    );
    let suggested: Vec<_> = issues.iter().filter_map(|i| i.suggestion.as_deref()).collect();
    assert!(suggested.contains(&"110105198803174821"), "{suggested:?}");
    assert_eq!((state(&wrong, "number"), state(&wrong, "birth")), (State::Invalid, State::Ok));
}
