//! The Excel workbook: a summary, a sheet per kind with typed cells, item rows on sheets of
//! their own, text and key–values of documents without fields, and their pages with tables; the seals of
//! documents that parties sign.
//!
//! Every document leads to its source file and to its rows on the other sheets; doubtful and
//! failing values are filled and carry the reason as a note.

mod cells;
mod names;
mod numbers;
mod overview;
mod pages;
mod signing;

use std::path::Path;

use rust_xlsxwriter::{DocProperties, IgnoreError, Workbook, Worksheet, XlsxError};

use crate::review::FileReading;

use super::{
    ExportError, Tables,
    grid::{self, Content, Grid},
    summary, write_atomic,
};
use cells::{Styles, Writer};

pub(super) use cells::file_url;
use names::SheetNames;

/// Column widths in characters of the standard face. A Chinese character takes two.
const MIN_WIDTH: usize = 6;
const MAX_WIDTH: usize = 48;

/// Writes the workbook of the readings' documents to `path`, under a temporary name first.
pub fn write(path: &Path, readings: &[FileReading], of: &Tables<'_>) -> Result<(), ExportError> {
    if readings.is_empty() {
        return Err(ExportError::Nothing);
    }
    let readings = grid::with_documents(readings, of.registry);
    let bytes = build(&readings, of)
        .map_err(|e| ExportError::Workbook { path: path.to_owned(), message: e.to_string() })?;
    write_atomic(path, &bytes)
}

/// The workbook as bytes.
fn build(readings: &[FileReading], of: &Tables<'_>) -> Result<Vec<u8>, XlsxError> {
    let lang = of.lang;
    let built = grid::build(readings, of.registry, lang, of.profile);
    let mut names = SheetNames::default();
    let summary_name = names.take(super::words::SUMMARY.get(lang));
    // Sheets are named before they are written: rows refer to sheets that come later.
    let sheets: Vec<String> = built.grids.iter().map(|g| names.take(&g.name)).collect();
    let writer = Writer { styles: Styles::new(), sheets, lang };

    let mut workbook = Workbook::new();
    workbook.set_properties(
        &DocProperties::new().set_title("Luru 录入").set_comment(concat!("luru ", env!("CARGO_PKG_VERSION"))),
    );
    let lines = summary::lines(readings, &built.groups, lang);
    overview::write(workbook.add_worksheet().set_name(&summary_name)?, &lines, &built.groups, &writer)?;
    for (grid, name) in built.grids.iter().zip(&writer.sheets) {
        let sheet = workbook.add_worksheet().set_name(name)?;
        write_grid(sheet, grid, &writer)?;
    }
    pages::write(&mut workbook, &built.groups, &mut names, &writer)?;
    signing::write(&mut workbook, &built.groups, &mut names, &writer)?;
    workbook.save_to_buffer()
}

/// One sheet: heading row, frozen and with filters, then the rows.
fn write_grid(sheet: &mut Worksheet, grid: &Grid<'_>, writer: &Writer) -> Result<(), XlsxError> {
    let mut widths = Widths::default();
    for (c, heading) in grid.headings.iter().enumerate() {
        let column = cells::column(c)?;
        writer.heading(sheet, column, heading)?;
        widths.see(c, heading);
    }
    for (r, cells) in grid.rows.iter().enumerate() {
        let row = cells::row(r + 1)?;
        for (c, cell) in cells.iter().enumerate() {
            writer.cell(sheet, row, cells::column(c)?, cell)?;
            match &cell.content {
                Content::Text(t) | Content::Value(t, _) | Content::Jump { text: t, .. } => widths.see(c, t),
                Content::File(path) => widths.see(c, &cells::file_name(path)),
                Content::Count(_) | Content::Empty => {}
            }
        }
    }
    widths.set(sheet)?;
    finish(sheet, grid.rows.len(), grid.headings.len())
}

/// What all sheets with one heading row share: it stays in view, filters, and is printed on
/// every page; landscape A4, one page wide.
fn finish(sheet: &mut Worksheet, rows: usize, columns: usize) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, 0)?;
    let (last_row, last_column) = (cells::row(rows)?, cells::column(columns.saturating_sub(1))?);
    sheet.autofilter(0, 0, last_row, last_column)?;
    // Identifiers are text on purpose: no green corners.
    sheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
    sheet.set_repeat_rows(0, 0)?;
    set_up_page(sheet);
    Ok(())
}

fn set_up_page(sheet: &mut Worksheet) {
    const A4: u8 = 9;
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_header("&L&F&R&A")
        .set_footer("&C&P / &N");
}

/// The widest text of each column.
#[derive(Debug, Default)]
struct Widths(Vec<usize>);

impl Widths {
    fn see(&mut self, column: usize, text: &str) {
        if self.0.len() <= column {
            self.0.resize(column + 1, MIN_WIDTH);
        }
        let widest = text.lines().map(display_width).max().unwrap_or_default();
        if let Some(width) = self.0.get_mut(column) {
            *width = (*width).max(widest + 2).min(MAX_WIDTH);
        }
    }

    fn set(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        for (c, width) in self.0.iter().enumerate() {
            sheet.set_column_width(cells::column(c)?, *width as f64)?;
        }
        Ok(())
    }
}

/// Columns that a text takes: East Asian wide characters (UAX #11, by their blocks) take two.
fn display_width(text: &str) -> usize {
    text.chars().map(|c| if matches!(u32::from(c), 0x1100..=0x115F | 0x2E80..=0xFFDC) { 2 } else { 1 }).sum()
}
