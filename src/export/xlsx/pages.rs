//! Pages with tables of documents without fields, as they are printed: each page a sheet, each
//! table with its merged cells, each text outside of them a row of its own in its place.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::{
    export::{
        flow::{
            self, Align, Block, View,
            table::{self, Grid},
        },
        grid::{self, Group, Located},
        words,
    },
    review::PageReading,
    structure::Table,
};

use super::{
    cells::{self, Typed, Writer},
    display_width,
    names::SheetNames,
    numbers::{self, Column},
};

/// Pages after this many follow one another on one last sheet: more tabs than that cannot be
/// found by their names any more, and each costs Excel memory.
const MAX_SHEETS: usize = 200;
/// Excel's own limits.
const MAX_ROWS: usize = 1_048_576;
const MAX_COLUMNS: usize = 16_384;
/// Widths of columns in characters of the standard face (half an ideograph): narrower ones show
/// `##` for short numbers, wider ones leave the screen.
const LEAST_WIDTH: f32 = 5.0;
const MOST_WIDTH: f32 = 60.0;
/// What Excel keeps free beside a cell's text, in characters.
const PADDING: f32 = 1.0;
/// Width of a page without a usable table.
const USUAL_WIDTH: f32 = 80.0;
/// An ideograph in heights of a line's box, as in the flow of text.
const EM: f32 = 0.8;
/// Height of a line of the standard face, points.
const LINE_HEIGHT: f64 = 15.0;
/// Excel's limit for a row's height, points.
const MOST_HEIGHT: f64 = 409.0;

pub(super) fn write(
    workbook: &mut Workbook,
    groups: &[Group<'_>],
    names: &mut SheetNames,
    writer: &Writer,
) -> Result<(), XlsxError> {
    let pages: Vec<_> = groups.iter().filter(|g| g.is_open()).flat_map(pages_of).collect();
    let (own, rest) = pages.split_at(pages.len().min(MAX_SHEETS));
    for page in own {
        let name = names.take(&format!(
            "{}{}-{}",
            words::TABLE.get(writer.lang),
            page.document.number,
            page.reading.page
        ));
        let mut sheet = Sheet::new(workbook.add_worksheet().set_name(name)?, writer);
        sheet.page(page)?;
        sheet.finish()?;
    }
    if !rest.is_empty() {
        let name = names.take(words::MORE_TABLES.get(writer.lang));
        let mut sheet = Sheet::new(workbook.add_worksheet().set_name(name)?, writer);
        for page in rest {
            sheet.page(page)?;
            sheet.row += 1;
        }
        sheet.finish()?;
    }
    Ok(())
}

/// A page with at least one table, as far as it belongs to a document.
struct TablePage<'a> {
    document: Located<'a>,
    reading: &'a PageReading,
    blocks: Vec<Block<'a>>,
}

fn pages_of<'a>(group: &Group<'a>) -> Vec<TablePage<'a>> {
    let of_document = |d: &Located<'a>| {
        let d = *d;
        grid::pages_of(d).map(move |reading| {
            let first = d.document.pages.first() == Some(&reading.page);
            let whole =
                crate::geometry::Quad::from_rect(0.0, 0.0, reading.width as f32, reading.height as f32);
            let location = if first { d.document.found.location } else { whole };
            TablePage { document: d, reading, blocks: flow::part(reading, &location).blocks }
        })
    };
    let has_table = |page: &TablePage<'_>| page.blocks.iter().any(|b| matches!(b, Block::Table(_)));
    group.documents.iter().flat_map(of_document).filter(has_table).collect()
}

/// A sheet that pages are written on, one below the other.
struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    writer: &'a Writer,
    /// The next free row.
    row: usize,
    /// Characters that each column holds.
    widths: Vec<f32>,
    /// Texts across all columns: row, text.
    texts: Vec<(usize, String)>,
}

impl<'a> Sheet<'a> {
    fn new(sheet: &'a mut Worksheet, writer: &'a Writer) -> Self {
        Self { sheet, writer, row: 0, widths: Vec::new(), texts: Vec::new() }
    }

    fn page(&mut self, page: &TablePage<'_>) -> Result<(), XlsxError> {
        let view = View::of(page.reading);
        let tables = page.blocks.iter().filter_map(|b| match b {
            Block::Table(t) => Some((*t, Grid::of(t))),
            _ => None,
        });
        let mut columns = 2;
        for (table, grid) in tables {
            columns = columns.max(grid.cols.min(MAX_COLUMNS));
            self.see_widths(table, &grid, &view);
        }
        let (row, last) = (cells::row(self.row)?, cells::column(columns - 1)?);
        if columns > 2 {
            // The name has room, whatever the first column holds below it.
            self.sheet.merge_range(row, 0, row, last - 1, "", &self.writer.styles.link)?;
        }
        self.writer.file(self.sheet, row, 0, &page.document.reading.path)?;
        let place = format!("{} {}", words::PAGE.get(self.writer.lang), page.reading.page);
        self.writer.text(self.sheet, row, last, &place, &self.writer.styles.base)?;
        self.row += 1;
        let mut after_table = false;
        for block in &page.blocks {
            let base = Format::new().set_align(FormatAlign::VerticalCenter).set_text_wrap();
            let is_table = matches!(block, Block::Table(_));
            match block {
                Block::Heading { text, align, .. } => {
                    self.text(text, aligned(base, *align).set_bold(), columns)?;
                }
                Block::Paragraph { text, align } => self.text(text, aligned(base, *align), columns)?,
                Block::Item { marker, text } => {
                    self.text(&format!("{} {text}", marker.printed()), base, columns)?;
                }
                Block::Table(table) => {
                    // A blank row parts two tables.
                    self.row += usize::from(after_table);
                    self.table(table, &view)?;
                }
            }
            after_table = is_table;
        }
        Ok(())
    }

    /// A text of its own row, across all columns.
    fn text(&mut self, text: &str, format: Format, columns: usize) -> Result<(), XlsxError> {
        if self.row >= MAX_ROWS {
            return Ok(());
        }
        let text = self.writer.clip(&text.replace('\t', "    "));
        let (row, last) = (cells::row(self.row)?, cells::column(columns - 1)?);
        self.sheet.merge_range(row, 0, row, last, &text, &format)?;
        self.texts.push((self.row, text));
        self.row += 1;
        Ok(())
    }

    fn table(&mut self, table: &Table, view: &View<'_>) -> Result<(), XlsxError> {
        let grid = Grid::of(table);
        let base = Format::new().set_align(FormatAlign::VerticalCenter).set_text_wrap();
        let base = if table.ruled { base.set_border(FormatBorder::Thin) } else { base };
        let columns: Vec<Column> = (0..grid.cols)
            .map(|c| {
                let own = grid.cells.iter().filter(|p| p.col == c && p.cols == 1);
                Column::of(own.map(|p| p.cell.text.as_str()))
            })
            .collect();
        for placed in &grid.cells {
            let (top, left) = (self.row + placed.row, placed.col);
            let (bottom, right) = (top + placed.rows - 1, left + placed.cols - 1);
            if bottom >= MAX_ROWS || right >= MAX_COLUMNS {
                continue;
            }
            let text = placed.cell.text.as_str();
            let column = columns.get(left).copied().unwrap_or_default();
            let value = numbers::typed(text, column);
            let format = match (&value, table::align(placed.cell, view)) {
                // Numbers stand right by themselves.
                (Typed::Number(..), Align::Left) => base.clone(),
                (_, align) => aligned(base.clone(), align),
            };
            let (row, column) = (cells::row(top)?, cells::column(left)?);
            if placed.rows > 1 || placed.cols > 1 {
                let (last_row, last_column) = (cells::row(bottom)?, cells::column(right)?);
                self.sheet.merge_range(row, column, last_row, last_column, "", &format)?;
            }
            // Written over the blank of the merged range.
            self.writer.typed(self.sheet, row, column, value, &format)?;
        }
        self.row += grid.rows;
        Ok(())
    }

    /// Columns as wide as they are printed, in characters of the page's own size.
    fn see_widths(&mut self, table: &Table, grid: &Grid<'_>, view: &View<'_>) {
        let character = 0.5 * EM * view.usual_height.max(1.0);
        let widths = grid.column_widths(table, view);
        if self.widths.len() < widths.len() {
            self.widths.resize(widths.len(), LEAST_WIDTH);
        }
        for (width, printed) in self.widths.iter_mut().zip(widths) {
            *width = width.max((printed / character + PADDING).min(MOST_WIDTH));
        }
    }

    /// Sets what depends on all rows: widths, and heights of the texts across the columns, which
    /// Excel does not fit by itself.
    fn finish(self) -> Result<(), XlsxError> {
        for (c, width) in self.widths.iter().enumerate().take(MAX_COLUMNS) {
            self.sheet.set_column_width(cells::column(c)?, f64::from(*width))?;
        }
        let all = self.widths.iter().sum::<f32>();
        let all = if all > 0.0 { all } else { USUAL_WIDTH };
        for (row, text) in self.texts {
            let lines: f32 = text.lines().map(|l| (display_width(l) as f32 / all).ceil().max(1.0)).sum();
            let height = (f64::from(lines) * LINE_HEIGHT).min(MOST_HEIGHT);
            self.sheet.set_row_height(cells::row(row)?, height)?;
        }
        super::set_up_page(self.sheet);
        Ok(())
    }
}

fn aligned(format: Format, align: Align) -> Format {
    match align {
        Align::Left => format.set_align(FormatAlign::Left),
        Align::Center => format.set_align(FormatAlign::Center),
        Align::Right => format.set_align(FormatAlign::Right),
    }
}
