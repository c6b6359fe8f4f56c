//! The claim as a workbook: all sums are formulas over the lines, so that they follow corrections.

use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{
    ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Url, Workbook, Worksheet, XlsxError,
};

use super::{super::xlsx::file_url, Claim, Line, Sum, file_name, word};

const AMOUNT: &str = "#,##0.00";
/// Widths of the columns, in characters.
const WIDTHS: [f64; 11] = [6.0, 12.0, 20.0, 14.0, 26.0, 34.0, 12.0, 24.0, 13.0, 13.0, 24.0];
const LAST: u16 = WIDTHS.len() as u16 - 1;
const COST: u16 = 3;
const PERSON: u16 = 6;
const TOTAL: u16 = 8;
const TAX: u16 = 9;
/// Row of the headings; the lines follow.
const HEADINGS: u32 = 3;

struct Styles {
    title: Format,
    heading: Format,
    text: Format,
    amount: Format,
    date: Format,
    bold: Format,
    sum: Format,
    plain: Format,
}

impl Styles {
    fn new() -> Self {
        let text = Format::new()
            .set_border(FormatBorder::Thin)
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap();
        let plain = Format::new().set_align(FormatAlign::VerticalCenter);
        Self {
            title: plain.clone().set_bold().set_font_size(18).set_align(FormatAlign::Center),
            heading: text.clone().set_bold().set_align(FormatAlign::Center),
            amount: text.clone().set_num_format(AMOUNT),
            date: text.clone().set_num_format("yyyy-mm-dd"),
            bold: text.clone().set_bold(),
            sum: text.clone().set_bold().set_num_format(AMOUNT),
            text,
            plain,
        }
    }
}

/// The workbook as bytes.
pub(super) fn build(claim: &Claim) -> Result<Vec<u8>, XlsxError> {
    let of = |zh, en| word(claim.lang, zh, en);
    let styles = Styles::new();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name(of("报销单", "Claim"))?;
    for (column, width) in (0u16..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    sheet.merge_range(0, 0, 0, LAST, of("费用报销单", "Expense claim"), &styles.title)?;
    sheet.set_row_height(0, 30)?;
    let head = &claim.head;
    for (column, label, value) in [
        (0, of("报销人", "Claimant"), &head.person),
        (3, of("部门", "Department"), &head.department),
        (5, of("事由", "Purpose"), &head.purpose),
        (8, of("日期", "Date"), &head.date),
    ] {
        sheet.write_with_format(1, column, format!("{label}：{value}"), &styles.plain)?;
    }
    for (column, heading) in (0u16..).zip([
        of("序号", "No."),
        of("日期", "Date"),
        of("单据类型", "Kind"),
        of("费用类型", "Cost type"),
        of("收款方", "Paid to"),
        of("内容", "What for"),
        of("人员", "Person"),
        of("号码", "Number"),
        of("金额", "Amount"),
        of("可抵扣税额", "Deductible tax"),
        of("附件", "Attachment"),
    ]) {
        sheet.write_with_format(HEADINGS, column, heading, &styles.heading)?;
    }
    let mut row = HEADINGS + 1;
    for (number, line) in (1u32..).zip(&claim.lines) {
        write_line(sheet, row, number, line, &styles)?;
        row += 1;
    }
    // Rows as Excel counts them, from 1.
    let lines = (HEADINGS + 2, row);
    totals(sheet, row, lines, claim, &styles)?;
    let top = row + 3;
    let by_cost = Group { title: of("按费用类型", "By cost type"), key: COST, place: (1, TOTAL) };
    sums(sheet, top, lines, &by_cost, &claim.by_cost(), (&styles, claim))?;
    let top = top + 2 + claim.by_cost().len() as u32 + 1;
    let by_person = Group { title: of("按人员", "By person"), key: PERSON, place: (1, TOTAL) };
    sums(sheet, top, lines, &by_person, &claim.by_person(), (&styles, claim))?;
    let signatures = top + 2 + claim.by_person().len() as u32 + 1;
    for (column, who) in [
        (1, of("报销人签字：", "Claimant:")),
        (4, of("部门负责人：", "Head of department:")),
        (5, of("财务审核：", "Accounts:")),
        (7, of("领款人：", "Received by:")),
    ] {
        sheet.write_with_format(signatures, column, who, &styles.plain)?;
    }
    const A4: u8 = 9;
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0).set_footer("&C&P / &N");
    sheet.set_repeat_rows(HEADINGS, HEADINGS)?;
    workbook.save_to_buffer()
}

fn write_line(
    sheet: &mut Worksheet,
    row: u32,
    number: u32,
    line: &Line,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.write_with_format(row, 0, number, &styles.text)?;
    // A date that Excel sorts and counts by.
    match ExcelDateTime::parse_from_str(&line.date) {
        Ok(date) if !line.date.is_empty() => {
            sheet.write_datetime_with_format(row, 1, date, &styles.date)?;
        }
        _ => {
            sheet.write_string_with_format(row, 1, &line.date, &styles.text)?;
        }
    }
    for (column, text) in [
        (2, &line.kind),
        (COST, &line.cost),
        (4, &line.payee),
        (5, &line.purpose),
        (PERSON, &line.person),
        (7, &line.number),
    ] {
        sheet.write_string_with_format(row, column, text, &styles.text)?;
    }
    for (column, amount) in [(TOTAL, line.amount), (TAX, line.deductible)] {
        match amount.and_then(|a| a.to_f64()) {
            Some(number) => sheet.write_number_with_format(row, column, number, &styles.amount)?,
            None => sheet.write_blank(row, column, &styles.amount)?,
        };
    }
    let name = match &line.repeats {
        Some(other) => format!("{} ⚠ = {other}", file_name(&line.path)),
        None => file_name(&line.path),
    };
    let link = file_url(&line.path).map(|url| Url::new(url).set_text(&name));
    let linked = link.is_some_and(|url| sheet.write_url_with_format(row, LAST, url, &styles.text).is_ok());
    if !linked {
        sheet.write_string_with_format(row, LAST, name, &styles.text)?;
    }
    Ok(())
}

/// The sums of all lines, and the total in words.
fn totals(
    sheet: &mut Worksheet,
    row: u32,
    (first, last): (u32, u32),
    claim: &Claim,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let of = |zh, en| word(claim.lang, zh, en);
    sheet.merge_range(row, 0, row, TOTAL - 1, of("合计", "Total"), &styles.bold)?;
    for (column, letter, sum) in [(TOTAL, 'I', claim.total()), (TAX, 'J', claim.deductible())] {
        let formula = Formula::new(format!("=SUM({letter}{first}:{letter}{last})"));
        sheet.write_formula_with_format(row, column, formula.set_result(sum.to_string()), &styles.sum)?;
    }
    let documents = format!("{} {}", claim.lines.len(), of("份附件", "attachments"));
    sheet.write_string_with_format(row, LAST, documents, &styles.bold)?;
    sheet.merge_range(row + 1, 0, row + 1, 2, of("合计（大写）", "Total in words"), &styles.bold)?;
    sheet.merge_range(row + 1, 3, row + 1, LAST, "", &styles.bold)?;
    let formula = Formula::new(in_words(&format!("$I${}", row + 1)));
    sheet.write_formula_with_format(row + 1, 3, formula.set_result(claim.total_in_words()), &styles.bold)?;
    Ok(())
}

/// The formula that writes an amount as [`crate::kind::value::amount_to_words`] does, from its cents:
/// number format `[DBNum2]` gives the characters of whole numbers, 元, 角 and 分 are put in between.
fn in_words(cell: &str) -> String {
    let cents = format!("ROUND(ABS({cell})*100,0)");
    let capital = |number: &str| format!("TEXT({number},\"[DBNum2][$-804]General\")");
    let yuan = format!("INT({cents}/100)");
    let jiao = format!("MOD(INT({cents}/10),10)");
    let fen = format!("MOD({cents},10)");
    let (yuan_words, jiao_words, fen_words) = (capital(&yuan), capital(&jiao), capital(&fen));
    format!(
        "=IF({cents}=0,\"零元整\",IF({cell}<0,\"（负数）\",\"\")&IF({yuan}=0,\"\",{yuan_words}&\"元\")\
         &IF(AND({yuan}>0,OR(AND({jiao}>0,MOD({yuan},10)=0),AND({jiao}=0,{fen}>0))),\"零\",\"\")\
         &IF({jiao}=0,\"\",{jiao_words}&\"角\")&IF({fen}=0,IF({jiao}=0,\"整\",\"\"),{fen_words}&\"分\"))"
    )
}

/// Sums by the values of one column.
struct Group {
    title: &'static str,
    /// Column whose values are told apart.
    key: u16,
    /// First column of the name, and that of the amount.
    place: (u16, u16),
}

fn sums(
    sheet: &mut Worksheet,
    top: u32,
    (first, last): (u32, u32),
    group: &Group,
    sums: &[Sum],
    (styles, claim): (&Styles, &Claim),
) -> Result<(), XlsxError> {
    let of = |zh, en| word(claim.lang, zh, en);
    let key = char::from(b'A' + group.key as u8);
    let (name, amount) = group.place;
    sheet.merge_range(top, name, top, amount - 2, group.title, &styles.heading)?;
    for (column, heading) in [
        (amount - 1, of("份数", "Documents")),
        (amount, of("金额", "Amount")),
        (amount + 1, of("可抵扣税额", "Deductible tax")),
    ] {
        sheet.write_with_format(top, column, heading, &styles.heading)?;
    }
    for (row, sum) in (top + 1..).zip(sums) {
        sheet.merge_range(row, name, row, amount - 2, &sum.name, &styles.text)?;
        let cell = format!("$B${}", row + 1);
        let keys = format!("${key}${first}:${key}${last}");
        let count = Formula::new(format!("=COUNTIF({keys},{cell})")).set_result(sum.documents.to_string());
        sheet.write_formula_with_format(row, amount - 1, count, &styles.text)?;
        for (column, letter, result) in [(amount, 'I', sum.amount), (amount + 1, 'J', sum.deductible)] {
            let formula = format!("=SUMIF({keys},{cell},{letter}${first}:{letter}${last})");
            let formula = Formula::new(formula).set_result(result.to_string());
            sheet.write_formula_with_format(row, column, formula, &styles.amount)?;
        }
    }
    Ok(())
}
