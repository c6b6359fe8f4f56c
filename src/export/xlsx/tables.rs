//! Recognised tables of documents without fields, as they stand on the page: merged cells
//! merged, each on a sheet of its own.

use std::collections::HashSet;

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::{
    export::{
        grid::{self, Group, Located},
        words,
    },
    structure::{Cell, Table},
};

use super::{
    Widths,
    cells::{self, Writer},
    names::SheetNames,
};

/// Tables after this many follow one another on one last sheet: more tabs than that cannot be
/// found by their names any more, and each costs Excel memory.
const MAX_SHEETS: usize = 200;

/// Rows and columns beyond which a table is none: Excel's own limits.
const MAX_ROWS: usize = 1_048_576;
const MAX_COLUMNS: usize = 16_384;

pub(super) fn write(
    workbook: &mut Workbook,
    groups: &[Group<'_>],
    names: &mut SheetNames,
    writer: &Writer,
) -> Result<(), XlsxError> {
    let tables: Vec<_> = groups.iter().filter(|g| g.is_open()).flat_map(tables_of).collect();
    let (own, rest) = tables.split_at(tables.len().min(MAX_SHEETS));
    for (d, page, table) in own {
        let name = names.take(&format!("{}{}-{page}", words::TABLE.get(writer.lang), d.number));
        let sheet = workbook.add_worksheet().set_name(name)?;
        let mut widths = Widths::default();
        put(sheet, 0, d, *page, table, writer, &mut widths)?;
        widths.set(sheet)?;
        super::set_up_page(sheet);
    }
    if !rest.is_empty() {
        let sheet = workbook.add_worksheet().set_name(names.take(words::MORE_TABLES.get(writer.lang)))?;
        let mut widths = Widths::default();
        let mut top = 0;
        for (d, page, table) in rest {
            top = put(sheet, top, d, *page, table, writer, &mut widths)? + 1;
        }
        widths.set(sheet)?;
        super::set_up_page(sheet);
    }
    Ok(())
}

/// The tables that lie on a group's documents, with their page.
fn tables_of<'a>(group: &Group<'a>) -> Vec<(Located<'a>, usize, &'a Table)> {
    let of_document = |d: &Located<'a>| {
        let d = *d;
        grid::pages_of(d).flat_map(move |page| {
            let whole = d.document.pages.first() != Some(&page.page);
            let inside = move |t: &&Table| whole || d.document.found.location.contains(t.quad.center());
            page.structure.tables.iter().filter(inside).map(move |t| (d, page.page, t))
        })
    };
    group.documents.iter().flat_map(of_document).collect()
}

/// Writes one table below a line that says where it is from; returns the next free row.
fn put(
    sheet: &mut Worksheet,
    top: usize,
    d: &Located<'_>,
    page: usize,
    table: &Table,
    writer: &Writer,
    widths: &mut Widths,
) -> Result<usize, XlsxError> {
    writer.file(sheet, cells::row(top)?, 0, &d.reading.path)?;
    let place = format!("{} {page}", words::PAGE.get(writer.lang));
    writer.text(sheet, cells::row(top)?, 1, &place, &writer.styles.base)?;
    let base = Format::new().set_align(FormatAlign::VerticalCenter).set_text_wrap();
    let format = if table.ruled { base.set_border(FormatBorder::Thin) } else { base };
    let mut taken = HashSet::new();
    let mut bottom = top + 1;
    for cell in &table.cells {
        let Some((rows, columns)) = extent(cell, top + 1) else { continue };
        let free = |at: &(usize, usize)| !taken.contains(at);
        let all: Vec<_> = rows.clone().flat_map(|r| columns.clone().map(move |c| (r, c))).collect();
        // Cells that overlap others cannot be merged; their text is kept where there is room.
        let merged = all.len() > 1 && all.iter().all(free);
        let Some(&(r, c)) = all.iter().find(|at| free(at)) else { continue };
        if merged {
            sheet.merge_range(
                cells::row(*rows.start())?,
                cells::column(*columns.start())?,
                cells::row(*rows.end())?,
                cells::column(*columns.end())?,
                &writer.clip(&cell.text),
                &format,
            )?;
            taken.extend(all);
        } else {
            writer.typed(sheet, cells::row(r)?, cells::column(c)?, plain(&cell.text), &format)?;
            taken.insert((r, c));
        }
        if columns.clone().count() == 1 {
            widths.see(*columns.start(), &cell.text);
        }
        bottom = bottom.max(rows.end() + 1);
    }
    Ok(bottom)
}

/// The sheet rows and columns of a cell; `None` if it lies outside of what Excel has.
fn extent(
    cell: &Cell,
    top: usize,
) -> Option<(std::ops::RangeInclusive<usize>, std::ops::RangeInclusive<usize>)> {
    let last_row = cell.row.checked_add(top)?.checked_add(cell.row_span.max(1) - 1)?;
    let last_column = cell.col.checked_add(cell.col_span.max(1) - 1)?;
    let fits = last_row < MAX_ROWS && last_column < MAX_COLUMNS;
    // A hostile span must not make millions of cells.
    let area = cell.row_span.max(1).checked_mul(cell.col_span.max(1))?;
    (fits && area <= 100_000).then(|| (cell.row + top..=last_row, cell.col..=last_column))
}

/// Amounts of a table are numbers where nothing is lost by it; all else stays as printed.
fn plain(text: &str) -> cells::Typed {
    let bare = text.trim().replace(',', "");
    match cells::typed(&bare, crate::kind::FieldType::Amount, crate::kind::Lang::Zh) {
        // Whole numbers may be identifiers, years or row numbers: only printed decimals count.
        number @ cells::Typed::Number(..) if bare.contains('.') => number,
        _ => cells::Typed::Text(text.to_owned()),
    }
}
