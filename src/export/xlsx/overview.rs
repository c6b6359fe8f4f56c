//! The summary sheet: one row per document, then sums by kind as formulas over those rows.

use rust_xlsxwriter::{Format, Formula, Worksheet, XlsxError};

use crate::{
    export::{
        grid::Group,
        summary::Line,
        words::{self, Word},
    },
    kind::FieldType,
};

use super::{
    Widths,
    cells::{self, Typed, Writer},
};

const HEADINGS: [Word; 10] = [
    words::NUMBER,
    words::FILE,
    words::PAGE,
    words::KIND,
    words::STATE,
    words::KEY_FACTS,
    words::TOTAL,
    words::ERRORS,
    words::WARNINGS,
    words::DOUBTFUL,
];
const KIND_COLUMN: u16 = 3;
const TOTAL_COLUMN: u16 = 6;
const AMOUNT: &str = "#,##0.00";

pub(super) fn write(
    sheet: &mut Worksheet,
    lines: &[Line<'_>],
    groups: &[Group<'_>],
    writer: &Writer,
) -> Result<(), XlsxError> {
    let mut widths = Widths::default();
    for (c, heading) in HEADINGS.iter().enumerate() {
        let text = heading.get(writer.lang);
        writer.heading(sheet, cells::column(c)?, text)?;
        widths.see(c, text);
    }
    let base = &writer.styles.base;
    for (i, line) in lines.iter().enumerate() {
        let row = cells::row(i + 1)?;
        if let (Some(number), Some((grid, to))) = (line.number, line.row) {
            writer.jump(sheet, row, 0, &number.to_string(), grid, to)?;
        }
        writer.file(sheet, row, 1, line.path)?;
        widths.see(1, &cells::file_name(line.path));
        match line.pages.parse::<u32>() {
            Ok(page) => sheet.write_number_with_format(row, 2, page, base).map(drop)?,
            Err(_) => writer.text(sheet, row, 2, &line.pages, base)?,
        }
        for (c, text) in [(KIND_COLUMN, &line.kind), (4, &line.state), (5, &line.facts)] {
            writer.text(sheet, row, c, text, base)?;
            widths.see(usize::from(c), text);
        }
        if let Some(total) = &line.total {
            writer.typed(
                sheet,
                row,
                TOTAL_COLUMN,
                cells::typed(total, FieldType::Amount, writer.lang),
                base,
            )?;
            widths.see(usize::from(TOTAL_COLUMN), total);
        }
        for (c, count) in [(7, line.errors), (8, line.warnings), (9, line.doubtful)] {
            sheet.write_number_with_format(row, c, count as f64, base)?;
        }
    }
    let last = sums(sheet, lines, groups, writer)?;
    widths.see(usize::from(TOTAL_COLUMN), &last);
    widths.set(sheet)?;
    super::finish(sheet, lines.len(), HEADINGS.len())
}

/// Below the documents: count and sum of each kind, and of all. Returns the widest sum as text.
fn sums(
    sheet: &mut Worksheet,
    lines: &[Line<'_>],
    groups: &[Group<'_>],
    writer: &Writer,
) -> Result<String, XlsxError> {
    let top = lines.len() + 2;
    let bold = &writer.styles.bold;
    let amount = writer.styles.base.clone().set_num_format(AMOUNT);
    let title = cells::row(top)?;
    writer.text(sheet, title, KIND_COLUMN, words::BY_KIND.get(writer.lang), bold)?;
    writer.text(sheet, title, 5, words::COUNT.get(writer.lang), bold)?;
    writer.text(sheet, title, TOTAL_COLUMN, words::SUM.get(writer.lang), bold)?;
    let last = lines.len() + 1;
    let mut row = title;
    for group in groups {
        row += 1;
        writer.text(sheet, row, KIND_COLUMN, &group.name, &writer.styles.base)?;
        let name = format!("D{}", row + 1);
        let of_group = lines.iter().filter(|l| l.kind == group.name);
        let count = Formula::new(format!("=COUNTIF(D$2:D${last},{name})"))
            .set_result(of_group.clone().count().to_string());
        sheet.write_formula_with_format(row, 5, count, &left(&writer.styles.base))?;
        if of_group.clone().any(|l| l.total.is_some()) {
            let total: f64 = of_group.filter_map(amount_of).sum();
            let formula = Formula::new(format!("=SUMIF(D$2:D${last},{name},G$2:G${last})"))
                .set_result(format!("{total:.2}"));
            sheet.write_formula_with_format(row, TOTAL_COLUMN, formula, &amount)?;
        }
    }
    row += 1;
    writer.text(sheet, row, KIND_COLUMN, words::ALL.get(writer.lang), bold)?;
    let documents = lines.iter().filter(|l| l.number.is_some()).count();
    let count = Formula::new(format!("=COUNT(H$2:H${last})-COUNTBLANK(D$2:D${last})"));
    sheet.write_formula_with_format(row, 5, count.set_result(documents.to_string()), &left(bold))?;
    let total: f64 = lines.iter().filter_map(amount_of).sum();
    let total = format!("{total:.2}");
    let sum = Formula::new(format!("=SUM(G$2:G${last})")).set_result(&total);
    sheet.write_formula_with_format(row, TOTAL_COLUMN, sum, &amount.set_bold())?;
    Ok(total)
}

fn left(format: &Format) -> Format {
    format.clone().set_align(rust_xlsxwriter::FormatAlign::Left)
}

/// A line's total as the number that its cell holds.
fn amount_of(line: &Line<'_>) -> Option<f64> {
    match cells::typed(line.total.as_deref()?, FieldType::Amount, crate::kind::Lang::Zh) {
        Typed::Number(n, _) => Some(n),
        _ => None,
    }
}
